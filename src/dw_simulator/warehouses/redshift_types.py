"""Redshift's wire types as Arrow (Redshift guide, "Data types"; OIDs as the service sends them)."""

from __future__ import annotations

import datetime as dt
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
_MAX_LENGTH = 65_535


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


class _Converter:
    """Rows of one result to record batches."""

    def __init__(self, names: Sequence[str], types: Sequence[_Type]) -> None:
        self._types = types
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


class RowConverter(_Converter):
    """Rows of the driver. ``first`` are rows to judge numbers without a declared scale by."""

    def __init__(self, row_desc: Sequence[Mapping[str, Any]], first: Sequence[Sequence[Any]]) -> None:
        names = [field["label"].decode() for field in row_desc]
        super().__init__(names, [_type_of(field, position, first) for position, field in enumerate(row_desc)])


def has_unscaled_number(row_desc: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a result has numbers without a declared scale."""
    return any(int(field["type_oid"]) == NUMERIC_OID and int(field["type_modifier"]) <= 4 for field in row_desc)


class ApiRowConverter(_Converter):
    """Rows of the Data API, whose values are JSON's, with other types as texts; ``metadata`` is its ColumnMetadata."""

    def __init__(self, metadata: Sequence[Mapping[str, Any]], first: Sequence[Sequence[Any]]) -> None:
        names = [str(column.get("label") or column.get("name") or "") for column in metadata]
        super().__init__(names, [_api_type(column, position, first) for position, column in enumerate(metadata)])


def _moment(value: Any) -> dt.datetime:
    """Texts as Redshift writes them: ``2024-01-02 03:04:05.678+00``."""
    return dt.datetime.fromisoformat(value)


_API_TYPES: Mapping[str, _Type] = {
    "bool": _TYPES[16],
    "int2": _TYPES[21],
    "int4": _TYPES[23],
    "int8": _TYPES[20],
    "oid": _TYPES[26],
    "float4": _TYPES[700],
    "float8": _TYPES[701],
    "char": _TYPES[18],
    "name": _TYPES[19],
    "text": _TYPES[25],
    "bpchar": _TYPES[1042],
    "varchar": _TYPES[1043],
    "date": _Type("date", pa.date32(), dt.date.fromisoformat),
    "time": _Type("time without time zone", pa.time64("us"), dt.time.fromisoformat),
    "timetz": _TYPES[1266],
    "timestamp": _Type("timestamp without time zone", pa.timestamp("us"), _moment),
    "timestamptz": _Type("timestamp with time zone", pa.timestamp("us", "UTC"), _moment),
    "super": _TYPES[4000],
    "varbyte": _TYPES[VARBYTE_OID],
}


def _api_type(column: Mapping[str, Any], position: int, first: Sequence[Sequence[Any]]) -> _Type:
    name, length, scale = str(column.get("typeName", "")), int(column.get("precision", 0)), int(column.get("scale", 0))
    if name == "numeric":
        modifier = (length << 16 | scale) + 4 if 0 < length <= _MAX_DIGITS else 0
        return _numeric(modifier, [None if row[position] is None else Decimal(row[position]) for row in first])
    found = _API_TYPES.get(name, _UNKNOWN)
    if name in ("bpchar", "varchar") and 0 < length <= _MAX_LENGTH:
        return _Type(f"{found.name}({length})", found.arrow, found.convert)
    return found


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
