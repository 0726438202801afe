"""Results as Arrow in Snowflake's own physical layout.

What a driver finds in the IPC stream, by type (``scale`` is the column's): FIXED as int8 … int64 times 10^scale
or decimal128; TIME as int32 or int64 times 10^scale; TIMESTAMP_NTZ and _LTZ as int64 times 10^scale up to scale
7, above as struct<epoch, fraction>; TIMESTAMP_TZ as struct<epoch, fraction, timezone>, the offset in minutes
plus 1440; DECFLOAT as struct<exponent, significand>, the latter a big-endian integer; intervals as int64 or
decimal128, of months or nanoseconds; the rest as one would think.
Each field carries its Snowflake type as metadata, which is what drivers go by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from dw_simulator.emulators.snowflake.protocol import fixed, moments
from dw_simulator.emulators.snowflake.results import ResultColumn
from dw_simulator.emulators.snowflake.types import decfloat, interval
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

ONE_INTEGER_SCALE = 7
"""Largest scale at which a timestamp without offset is a single integer."""
TIME_INT32_SCALE = 4
OFFSET_BIAS = 1440
"""Minutes added to offsets so that they are not negative."""

Mask = npt.NDArray[np.bool_] | None

_EPOCH = pa.field("epoch", pa.int64(), nullable=False)
_FRACTION = pa.field("fraction", pa.int32(), nullable=False)
_ZONE = pa.field("timezone", pa.int32(), nullable=False)
_DECFLOAT = pa.struct(
    [pa.field("exponent", pa.int16(), nullable=False), pa.field("significand", pa.binary(), nullable=False)]
)
_TWO_FIELDS = pa.struct([_EPOCH, _FRACTION])
_THREE_FIELDS = pa.struct([_EPOCH, _FRACTION, _ZONE])


def physical_schema(columns: Sequence[ResultColumn], ranges: Sequence[fixed.Range | None]) -> pa.Schema:
    """The schema of the stream. ``ranges`` has the value range of each FIXED column over the whole result."""
    pairs = zip(columns, ranges, strict=True)
    return pa.schema([_field(column, _physical_type(column.type, bounds)) for column, bounds in pairs])


def encode_batch(batch: pa.RecordBatch, columns: Sequence[ResultColumn], schema: pa.Schema) -> pa.RecordBatch:
    """A batch of the logical form in the physical form that ``schema`` says."""
    arrays = [
        _encode(batch.column(index), column.type, schema.field(index).type) for index, column in enumerate(columns)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def encode_stream(batches: Iterable[pa.RecordBatch], columns: Sequence[ResultColumn], schema: pa.Schema) -> pa.Buffer:
    """Batches of the logical form as one IPC stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(encode_batch(batch, columns, schema))
    return sink.getvalue()


# --- schema ---
@lru_cache(maxsize=5000)
def _field(column: ResultColumn, physical: pa.DataType) -> pa.Field:
    kind = column.type
    precision, scale = interval.wire(kind) if kind.name in interval.NAMES else (kind.precision or 0, kind.scale or 0)
    metadata = {
        "logicalType": _logical_name(kind),
        "precision": str(precision),
        "scale": str(scale),
        "charLength": str(kind.length or 0 if kind.name not in interval.NAMES else 0),
        "byteLength": str(_byte_length(kind)),
        "finalType": "T",
    }
    return pa.field(column.name, physical, nullable=kind.nullable, metadata=metadata)


def _logical_name(kind: SnowflakeType) -> str:
    """UUID, MAP and the geographic types travel as text, which drivers read under these names."""
    if kind.name == "UUID":
        return "TEXT"
    return "OBJECT" if kind.name in ("MAP", "GEOGRAPHY", "GEOMETRY") else kind.name


def _byte_length(kind: SnowflakeType) -> int:
    if kind.name in ("TEXT", "BINARY"):
        return kind.byte_length or 0
    return _BYTE_LENGTHS.get(kind.name, 0)


_BYTE_LENGTHS = {
    "FIXED": 16,
    "REAL": 8,
    "BOOLEAN": 1,
    "DATE": 4,
    "TIME": 8,
    "TIMESTAMP_NTZ": 16,
    "TIMESTAMP_LTZ": 16,
    "TIMESTAMP_TZ": 16,
}


def _physical_type(kind: SnowflakeType, bounds: fixed.Range | None) -> pa.DataType:
    scale = kind.scale or 0
    match kind.name:
        case "FIXED":
            return fixed.physical_type(kind, bounds)
        case "TIME":
            return pa.int32() if scale <= TIME_INT32_SCALE else pa.int64()
        case "TIMESTAMP_NTZ" | "TIMESTAMP_LTZ":
            return pa.int64() if scale <= ONE_INTEGER_SCALE else _TWO_FIELDS
        case "TIMESTAMP_TZ":
            return _THREE_FIELDS
        case "DECFLOAT":
            return _DECFLOAT
        case interval.YEAR_MONTH | interval.DAY_TIME:
            return pa.int64() if interval.width(kind) <= 8 else pa.decimal128(38, 0)
        case "VECTOR":
            element = pa.int32() if kind.fields[0].type.name == "FIXED" else pa.float32()
            return pa.list_(element, kind.length or 0)
    return _PLAIN_TYPES.get(kind.name, pa.string())


_PLAIN_TYPES = {"REAL": pa.float64(), "BOOLEAN": pa.bool_(), "DATE": pa.date32(), "BINARY": pa.binary()}


# --- values ---
def _encode(column: pa.Array, kind: SnowflakeType, target: pa.DataType) -> pa.Array:
    encoder = _ENCODERS.get(kind.name)
    if encoder is not None:
        return encoder(column, kind, target)
    return column if column.type == target else column.cast(target)


def _encode_time(column: pa.Array, kind: SnowflakeType, target: pa.DataType) -> pa.Array:
    values, missing, digits = moments.integers(column)
    return pa.array(moments.rescale(values, digits, kind.scale or 0), mask=missing).cast(target)


def _encode_timestamp(column: pa.Array, kind: SnowflakeType, target: pa.DataType) -> pa.Array:
    values, missing, digits = moments.integers(column)
    if pa.types.is_integer(target):
        return pa.array(moments.rescale(values, digits, kind.scale or 0), mask=missing)
    seconds, fraction = moments.seconds_and_nanoseconds(values, digits)
    return _struct([pa.array(seconds), pa.array(fraction)], [_EPOCH, _FRACTION], missing)


def _encode_timestamp_tz(column: pa.Array, kind: SnowflakeType, target: pa.DataType) -> pa.Array:  # noqa: ARG001
    value, offset = column.flatten()  # flatten, unlike field, applies the struct's own NULLs
    values, missing, digits = moments.integers(value)
    seconds, fraction = moments.seconds_and_nanoseconds(values, digits)
    zone = np.asarray(offset.fill_null(0)).astype(np.int32) + np.int32(OFFSET_BIAS)
    return _struct([pa.array(seconds), pa.array(fraction), pa.array(zone)], [_EPOCH, _FRACTION, _ZONE], missing)


def _struct(children: list[pa.Array], fields: list[pa.Field], missing: Mask) -> pa.Array:
    mask = pa.array(missing) if missing is not None else None
    return pa.StructArray.from_arrays(children, fields=fields, mask=mask)


def _encode_vector(column: pa.Array, kind: SnowflakeType, target: pa.DataType) -> pa.Array:  # noqa: ARG001
    if pa.types.is_fixed_size_list(column.type):
        return column.cast(target)
    return pa.array([None if text is None else orjson.loads(text) for text in column.to_pylist()], type=target)


def _encode_decfloat(column: pa.Array, kind: SnowflakeType, target: pa.DataType) -> pa.Array:  # noqa: ARG001
    rows: list[dict[str, object] | None] = []
    for text in column.to_pylist():
        if text is None:
            rows.append(None)
            continue
        exponent, significand = decfloat.parts_of(Decimal(text))
        size = significand.bit_length() // 8 + 1
        rows.append({"exponent": exponent, "significand": significand.to_bytes(size, "big", signed=True)})
    return pa.array(rows, type=target)


_ENCODERS: dict[str, Callable[[pa.Array, SnowflakeType, pa.DataType], pa.Array]] = {
    "FIXED": fixed.encode,
    "DECFLOAT": _encode_decfloat,
    "TIME": _encode_time,
    "TIMESTAMP_NTZ": _encode_timestamp,
    "TIMESTAMP_LTZ": _encode_timestamp,
    "TIMESTAMP_TZ": _encode_timestamp_tz,
    "VECTOR": _encode_vector,
}
