"""Snowflake's result columns as Arrow, the same for every version of the connector and every chunk of a result."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dw_simulator.errors import WarehouseError
from dw_simulator.warehouses.base import ResultColumn

TYPE_NAMES = (
    "FIXED",
    "REAL",
    "TEXT",
    "DATE",
    "TIMESTAMP",
    "VARIANT",
    "TIMESTAMP_LTZ",
    "TIMESTAMP_TZ",
    "TIMESTAMP_NTZ",
    "OBJECT",
    "ARRAY",
    "BINARY",
    "TIME",
    "BOOLEAN",
    "GEOGRAPHY",
    "GEOMETRY",
    "VECTOR",
    "MAP",
    "FILE",
)
"""By the type codes of the connector's ``description`` (its API page, "Type codes")."""

_INT64_DIGITS = 18
_MAX_DIGITS = 38

_ARROW_TYPES: Mapping[str, pa.DataType] = {
    "REAL": pa.float64(),
    "DATE": pa.date32(),
    "TIME": pa.time64("us"),
    "BOOLEAN": pa.bool_(),
    "BINARY": pa.binary(),
    "TIMESTAMP": pa.timestamp("us"),
    "TIMESTAMP_NTZ": pa.timestamp("us"),
    "TIMESTAMP_LTZ": pa.timestamp("us", "UTC"),
    "TIMESTAMP_TZ": pa.timestamp("us", "UTC"),
}


def describe(description: Sequence[Any]) -> tuple[list[ResultColumn], pa.Schema]:
    """Columns and schema from a cursor's ``description``; types that Arrow has no match for are text."""
    columns, fields = [], []
    for name, code, _, _, precision, scale, *_ in description:
        kind = TYPE_NAMES[code] if 0 <= code < len(TYPE_NAMES) else "TEXT"
        if kind == "FIXED":
            digits, places = precision or _MAX_DIGITS, scale or 0
            columns.append(ResultColumn(name, f"NUMBER({digits},{places})"))
            whole = digits <= _INT64_DIGITS and places == 0
            fields.append((name, pa.int64() if whole else pa.decimal128(max(digits, places), places)))
        else:
            columns.append(ResultColumn(name, "FLOAT" if kind == "REAL" else kind))
            fields.append((name, _ARROW_TYPES.get(kind, pa.string())))
    return columns, pa.schema(fields)


def conform(table: pa.Table, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The rows of one chunk in the result's schema: the connector picks integer widths chunk by chunk."""
    arrays = [_cast(table.column(index), field) for index, field in enumerate(schema)]
    yield from pa.Table.from_arrays(arrays, schema=schema).to_batches()


def _cast(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    if column.type == field.type:
        return column
    if pa.types.is_nested(column.type):
        return pa.chunked_array([_as_json(chunk) for chunk in column.chunks], field.type)
    try:
        return pc.cast(column, field.type, safe=not pa.types.is_temporal(field.type))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise WarehouseError(f"column {field.name!r} of the result cannot be read as {field.type}: {error}") from error


def _as_json(array: pa.Array) -> pa.Array:
    """Vectors come as lists; other structured values are JSON already."""
    return pa.array([None if value is None else json.dumps(value) for value in array.to_pylist()], pa.string())


def batch_of_rows(rows: Sequence[Sequence[Any]], schema: pa.Schema) -> pa.RecordBatch:
    """Rows of Python values, as statements other than queries return them."""
    arrays = []
    for values, field in zip(zip(*rows, strict=True), schema, strict=True):
        convert: Callable[[Any], Any] = str if pa.types.is_string(field.type) else _same
        arrays.append(pa.array([None if value is None else convert(value) for value in values], field.type))
    return pa.record_batch(arrays, schema=schema)


def _same(value: Any) -> Any:
    return value
