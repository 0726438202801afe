"""Redshift's wire types as Arrow (Redshift guide, "Data types"; OIDs as the service sends them)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa

from dw_simulator.errors import WarehouseError
from dw_simulator.warehouses.base import ResultColumn

NUMERIC_OID = 1700
VARBYTE_OID = 6551
_MAX_DIGITS = 38
_DEFAULT_SCALE = 18


@dataclass(frozen=True, slots=True)
class _Type:
    """``convert`` is for values that pyarrow does not take as the driver gives them."""

    name: str
    arrow: pa.DataType
    convert: Callable[[Any], Any] | None = None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _json_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _bytes(value: Any) -> bytes:
    return bytes.fromhex(value) if isinstance(value, str) else bytes(value)


_TYPES: Mapping[int, _Type] = {
    16: _Type("boolean", pa.bool_()),
    17: _Type("varbyte", pa.binary(), _bytes),
    18: _Type('"char"', pa.string(), _text),
    19: _Type("name", pa.string(), _text),
    20: _Type("bigint", pa.int64()),
    21: _Type("smallint", pa.int16()),
    23: _Type("integer", pa.int32()),
    25: _Type("text", pa.string(), _text),
    26: _Type("oid", pa.int64()),
    700: _Type("real", pa.float32()),
    701: _Type("double precision", pa.float64()),
    1042: _Type("character", pa.string(), _text),
    1043: _Type("character varying", pa.string(), _text),
    1082: _Type("date", pa.date32()),
    1083: _Type("time without time zone", pa.time64("us")),
    1114: _Type("timestamp without time zone", pa.timestamp("us")),
    1184: _Type("timestamp with time zone", pa.timestamp("us", "UTC")),
    1266: _Type("time with time zone", pa.string(), _text),
    4000: _Type("super", pa.string(), _json_text),
    VARBYTE_OID: _Type("varbyte", pa.binary(), _bytes),
}
_UNKNOWN = _Type("unknown", pa.string(), _text)


class RowConverter:
    """Rows of one result to record batches. ``first`` are rows to judge numbers without a declared scale by."""

    def __init__(self, row_desc: Sequence[Mapping[str, Any]], first: Sequence[Sequence[Any]]) -> None:
        names = [field["label"].decode() for field in row_desc]
        self._types = [_type_of(field, position, first) for position, field in enumerate(row_desc)]
        self.schema = pa.schema([(name, kind.arrow) for name, kind in zip(names, self._types, strict=True)])
        self.columns = [ResultColumn(name, kind.name) for name, kind in zip(names, self._types, strict=True)]

    def batch(self, rows: Sequence[Sequence[Any]]) -> pa.RecordBatch:
        """Raises WarehouseError for a number that does not fit."""
        arrays = []
        for field, kind, values in zip(self.schema, self._types, zip(*rows, strict=True), strict=True):
            convert = kind.convert
            given = values if convert is None else [None if value is None else convert(value) for value in values]
            try:
                arrays.append(pa.array(given, kind.arrow))
            except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
                raise WarehouseError(
                    f"column {field.name!r} has a value that does not fit {kind.arrow}: {error}",
                    hint=f"cast it in the query, for example {field.name}::decimal(38,10)",
                ) from error
        return pa.record_batch(arrays, schema=self.schema)


def _type_of(field: Mapping[str, Any], position: int, first: Sequence[Sequence[Any]]) -> _Type:
    oid, modifier = int(field["type_oid"]), int(field["type_modifier"])
    if oid == NUMERIC_OID:
        return _numeric(modifier, [row[position] for row in first])
    found = _TYPES.get(oid, _UNKNOWN)
    if oid in (1042, 1043) and modifier > 4:
        return _Type(f"{found.name}({modifier - 4})", found.arrow, found.convert)
    return found


def _numeric(modifier: int, values: Sequence[Any]) -> _Type:
    if modifier > 4:
        precision, scale = (modifier - 4) >> 16 & 0xFFFF, (modifier - 4) & 0xFFFF
        if precision <= _MAX_DIGITS:
            return _Type(f"numeric({precision},{scale})", pa.decimal128(precision, scale), _decimal)
    scales = [-int(value.as_tuple().exponent) for value in values if isinstance(value, Decimal) and value.is_finite()]
    scale = min(max([0, *scales]) if scales else _DEFAULT_SCALE, _MAX_DIGITS - 1)
    return _Type("numeric", pa.decimal128(_MAX_DIGITS, scale), _decimal)


def _decimal(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))
