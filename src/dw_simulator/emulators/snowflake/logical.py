"""Between DuckDB's Arrow columns and the logical form of ``results``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pyarrow as pa

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions import geometry_text, variant_json
from dw_simulator.emulators.snowflake.interfaces import Bind
from dw_simulator.emulators.snowflake.parameters import SessionParameters
from dw_simulator.emulators.snowflake.results import ResultColumn
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import NULL_TYPE, Typed
from dw_simulator.emulators.snowflake.types import decfloat
from dw_simulator.emulators.snowflake.types import model as m
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

LARGEST = 10**38 - 1
_UTC = pa.timestamp("us", tz="UTC")
_TZ = pa.struct([pa.field("value", _UTC), pa.field("offset_minutes", pa.int32())])
_SHAPES = ("GEOGRAPHY", "GEOMETRY")
_SEMI = ("VARIANT", "OBJECT", "ARRAY", "MAP", "GEOGRAPHY", "GEOMETRY", "VECTOR")


def output_columns(columns: Sequence[ResultColumn], parameters: SessionParameters) -> Sequence[ResultColumn]:
    """Columns with shapes as the session's output formats show them: as text or bytes unless as GeoJSON. Vendor pages:
    "GEOGRAPHY_OUTPUT_FORMAT", "GEOMETRY_OUTPUT_FORMAT"."""
    if not any(column.type.name in _SHAPES for column in columns):
        return columns
    return [_output_column(column, parameters) for column in columns]


def _output_column(column: ResultColumn, parameters: SessionParameters) -> ResultColumn:
    style = _shape_style(column.type.name, parameters)
    if not style:
        return column
    kind = m.binary() if style.endswith("B") else m.text()
    return replace(column, type=kind.with_nullable(column.type.nullable), extended=column.type.name)


def _shape_style(name: str, parameters: SessionParameters) -> str:
    """WKT, WKB, EWKT or EWKB; empty for other types and for GeoJSON."""
    style = str(parameters[f"{name}_OUTPUT_FORMAT"]).upper() if name in _SHAPES else "GEOJSON"
    return "" if style == "GEOJSON" else style


def _shapes(array: pa.Array, column: ResultColumn, style: str) -> pa.Array:
    texts = array.cast(pa.string()).to_pylist()
    values = [None if text is None else geometry_text.shown(text, column.extended, style) for text in texts]
    return pa.array(values, pa.binary() if column.type.name == "BINARY" else pa.string())


def shaped(
    batches: Iterable[pa.RecordBatch], columns: Sequence[ResultColumn], parameters: SessionParameters
) -> Iterator[pa.RecordBatch]:
    """Record batches of DuckDB in the logical form."""
    shapes = [_shape_style(column.extended, parameters) for column in columns]
    style = parameters.derived(variant_json.style_of)
    names = [str(index) for index in range(len(columns))]
    try:
        for batch in batches:
            arrays = [
                _shapes(array, column, shape) if shape else _shape(array, column.type, style)
                for array, column, shape in zip(batch.columns, columns, shapes, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(arrays, names=names)
    finally:
        if isinstance(batches, Generator):  # an open result would block the session
            batches.close()


def _shape(array: pa.Array, kind: SnowflakeType, style: variant_json.Style) -> pa.Array:
    name = kind.name
    if name in _SEMI:
        return _semi(array, style)
    if name == "DECFLOAT":
        texts = array.cast(pa.string()).to_pylist()
        return pa.array(
            [None if text is None else decfloat.text_of(decfloat.decode(text)) for text in texts], pa.string()
        )
    if name == "TIMESTAMP_LTZ":
        return array.cast(_UTC)
    if name == "TIMESTAMP_TZ":
        return array.cast(_TZ) if not pa.types.is_null(array.type) else pa.nulls(len(array), _TZ)
    if name == "FIXED":
        return _fixed(array, kind)
    if name == "TEXT" and not pa.types.is_string(array.type):
        return array.cast(pa.string())
    if name == "REAL" and not pa.types.is_float64(array.type):
        return array.cast(pa.float64())
    return array


def _fixed(array: pa.Array, kind: SnowflakeType) -> pa.Array:
    scale = kind.scale or 0
    type_ = array.type
    if pa.types.is_decimal(type_):
        if not type_.scale:
            _check_digits(array)
        return array if type_.scale == scale else array.cast(pa.decimal128(38, scale))
    if scale == 0 and pa.types.is_integer(type_):
        return array
    return array.cast(pa.decimal128(38, scale)) if scale else array.cast(pa.int64())


def _check_digits(array: pa.Array) -> None:
    """Raises SnowflakeError 100046: a number has more than 38 digits, for which DuckDB's 128-bit integers have room."""
    words = np.frombuffer(array.buffers()[1], dtype=np.int64)[2 * array.offset : 2 * (array.offset + len(array))]
    if not (np.abs(words[1::2]) >= LARGEST >> 64).any():
        return
    for value in array.to_pylist():
        if value is not None and abs(int(value)) > LARGEST:
            raise errors.NUMBER_NOT_REPRESENTABLE(value)


def _semi(array: pa.Array, style: variant_json.Style) -> pa.Array:
    texts = array.cast(pa.string()).to_pylist()
    return pa.array([None if text is None else variant_json.display(text, style) for text in texts], pa.string())


def to_physical(batches: Sequence[pa.RecordBatch], columns: Sequence[ResultColumn], names: Sequence[str]) -> pa.Table:
    """Rows of the logical form as a table that DuckDB reads as stored values (RESULT_SCAN)."""
    chunks: list[list[pa.Array]] = [[] for _ in columns]
    for batch in batches:
        for index, array in enumerate(batch.columns):
            if columns[index].type.name in _SEMI:
                texts = array.cast(pa.string()).to_pylist()
                array = pa.array(
                    [None if text is None else variant_json.from_display(text) for text in texts], pa.string()
                )
            if columns[index].type.name == "DECFLOAT":
                array = _decfloats(array)
            chunks[index].append(array)
    arrays = [
        pa.chunked_array(parts) if parts else pa.chunked_array([], type=_empty_type(column.type))
        for parts, column in zip(chunks, columns, strict=True)
    ]
    return pa.Table.from_arrays(arrays, names=list(names))


def _empty_type(kind: SnowflakeType) -> pa.DataType:
    from dw_simulator.emulators.snowflake.results import logical_type

    return logical_type(kind)


def _decfloats(array: pa.Array) -> pa.Array:
    """Texts of DECFLOATs as they are kept."""
    texts = array.cast(pa.string()).to_pylist()
    return pa.array([None if text is None else decfloat.encode(Decimal(text)) for text in texts], pa.string())


# --- binds ------------------------------------------------------------------------------------------------------------
def bind_value(bind: Bind) -> Typed:
    """A bound value as a literal of its type."""
    value, kind = bind.value, bind.type
    if value is None:
        return Typed("NULL", NULL_TYPE, None)
    if kind.name == "DECFLOAT":
        return Typed(literal(decfloat.encode(Decimal(str(value)))), m.decfloat(nullable=False))
    if isinstance(value, bool):
        return Typed(str(value).lower(), m.boolean(nullable=False), value)
    if isinstance(value, int):
        digits = len(str(abs(value)))
        sql = f"({value})" if digits <= 18 else f"CAST('{value}' AS HUGEINT)"
        return Typed(sql, m.number(max(1, min(38, digits)), 0, nullable=False), value)
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, float):
        return Typed(f"CAST('{value!r}' AS DOUBLE)", m.real(nullable=False), value)
    if isinstance(value, bytes):
        return Typed(f"unhex('{value.hex()}')", m.binary(nullable=False))
    if isinstance(value, str):
        return Typed(literal(value), m.text(max(1, len(value)), nullable=False), value)
    return _moment(value, kind)


def _decimal(value: Decimal) -> Typed:
    sign, digits, exponent = value.as_tuple()
    del sign
    scale = max(0, -int(exponent))
    precision = max(len(digits), scale + 1)
    if precision > 38:
        return Typed(f"CAST('{value}' AS DOUBLE)", m.real(nullable=False), float(value))
    sql = f"CAST('{value:f}' AS {f'DECIMAL({precision},{scale})' if scale else 'HUGEINT'})"
    return Typed(sql, m.number(precision, scale, nullable=False), value)


def _moment(value: dt.date | dt.time, kind: SnowflakeType) -> Typed:
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            return Typed(f"TIMESTAMP '{value.isoformat(sep=' ')}'", m.timestamp_ntz(nullable=False))
        utc = value.astimezone(dt.UTC).replace(tzinfo=None).isoformat(sep=" ")
        sql = f"TIMESTAMPTZ '{utc}+00'"
        if kind.name != "TIMESTAMP_TZ":
            return Typed(sql, m.timestamp_ltz(nullable=False))
        offset = int((value.utcoffset() or dt.timedelta()).total_seconds() // 60)
        return Typed(f"sf.tz_at({sql}, {offset})", m.timestamp_tz(nullable=False))
    if isinstance(value, dt.date):
        return Typed(f"DATE '{value.isoformat()}'", m.date(nullable=False))
    return Typed(f"TIME '{value.isoformat()}'", m.time(nullable=False))


def array_column(array: pa.Array, kind: SnowflakeType) -> pa.Array:
    """The values of an array bind as DuckDB reads them."""
    if kind.name == "DECFLOAT":
        return _decfloats(array)
    if kind.name == "FIXED" and pa.types.is_decimal(array.type) and array.type.scale == 0:
        return array.cast(pa.decimal128(38, 0))
    return array
