"""Results as JSON rowsets: every value is a string or null, in the forms that drivers parse.

FIXED as digits, DATE as days since 1970-01-01, TIME and timestamps as seconds with ``scale`` fractional digits
(TIMESTAMP_TZ followed by a blank and its offset in minutes plus 1440), BOOLEAN as 1 or 0, BINARY as upper-case
hex, intervals as months or nanoseconds, the rest as text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import orjson
import pyarrow as pa

from dw_simulator.emulators.snowflake import compute as pc
from dw_simulator.emulators.snowflake.protocol import moments
from dw_simulator.emulators.snowflake.protocol.arrow_encoding import OFFSET_BIAS
from dw_simulator.emulators.snowflake.results import ResultColumn
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

Cell = str | None

_PLAIN_DECIMAL_SCALE = 5
"""Up to this scale Arrow prints decimals without an exponent."""


def encode_rows(batch: pa.RecordBatch, columns: Sequence[ResultColumn]) -> Iterator[list[Cell]]:
    """The rows of a batch of the logical form."""
    if not columns:
        return iter([[] for _ in range(batch.num_rows)])
    cells = [_encode(batch.column(index), column.type) for index, column in enumerate(columns)]
    return map(list, zip(*cells, strict=True))


def _encode(column: pa.Array, kind: SnowflakeType) -> list[Cell]:
    encoder = _ENCODERS.get(kind.name, _encode_text)
    return encoder(column, kind)


def _strings(column: pa.Array) -> list[Cell]:
    cells: list[Cell] = column.to_pylist()
    return cells


def _encode_text(column: pa.Array, kind: SnowflakeType) -> list[Cell]:  # noqa: ARG001
    return _strings(column)


def _encode_fixed(column: pa.Array, kind: SnowflakeType) -> list[Cell]:
    scale = kind.scale or 0
    if pa.types.is_integer(column.type) and scale == 0:
        return _strings(column.cast(pa.string()))
    if not pa.types.is_decimal(column.type) or column.type.scale != scale:
        column = column.cast(pa.decimal128(38, scale))
    if scale <= _PLAIN_DECIMAL_SCALE:
        return _strings(column.cast(pa.string()))
    return [None if value is None else format(value, "f") for value in column.to_pylist()]


def _encode_real(column: pa.Array, kind: SnowflakeType) -> list[Cell]:  # noqa: ARG001
    return [None if value is None else float_text(value) for value in column.to_pylist()]


def float_text(value: float) -> str:
    """A FLOAT as Snowflake prints it in JSON results: ``1.5``, ``1e+20`` , ``inf``, ``NaN``."""
    if value != value:
        return "NaN"
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)


def _encode_boolean(column: pa.Array, kind: SnowflakeType) -> list[Cell]:  # noqa: ARG001
    return _strings(pc.if_else(column, "1", "0"))


def _encode_date(column: pa.Array, kind: SnowflakeType) -> list[Cell]:  # noqa: ARG001
    return _strings(column.cast(pa.date32()).cast(pa.int32()).cast(pa.string()))


def _encode_moment(column: pa.Array, kind: SnowflakeType) -> list[Cell]:
    return _strings(_seconds_text(column, kind.scale or 0))


def _encode_timestamp_tz(column: pa.Array, kind: SnowflakeType) -> list[Cell]:
    value, offset = column.flatten()
    zone = pc.add(offset.cast(pa.int32()), OFFSET_BIAS).cast(pa.string())
    return _strings(pc.binary_join_element_wise(_seconds_text(value, kind.scale or 0), zone, " "))


def _seconds_text(column: pa.Array, scale: int) -> pa.Array:
    """Seconds since the epoch (or midnight) with ``scale`` fractional digits; negative values as a negative number."""
    values, missing, digits = moments.integers(column)
    if scale < digits:
        values, digits = moments.rescale(values, digits, scale), scale
    unit = 10**digits
    size = np.abs(values)
    text = pa.array(size // unit).cast(pa.string())
    if scale:  # digits are added to the text: nanoseconds of a far year do not fit 64 bits
        fraction = pc.utf8_lpad(pa.array(size % unit).cast(pa.string()), digits, "0") if digits else pa.scalar("")
        text = pc.binary_join_element_wise(text, pc.utf8_rpad(fraction, scale, "0"), ".")
    negative = values < 0
    if negative.any():
        text = pc.if_else(pa.array(negative), pc.binary_join_element_wise("-", text, ""), text)
    return text if missing is None else pc.if_else(pa.array(missing), pa.scalar(None, pa.string()), text)


def _encode_binary(column: pa.Array, kind: SnowflakeType) -> list[Cell]:  # noqa: ARG001
    return [None if value is None else value.hex().upper() for value in column.to_pylist()]


def _encode_interval(column: pa.Array, kind: SnowflakeType) -> list[Cell]:  # noqa: ARG001
    return [None if value is None else str(int(value)) for value in column.to_pylist()]


def _encode_vector(column: pa.Array, kind: SnowflakeType) -> list[Cell]:
    """On one line, floats with six digits, as Snowflake's own .NET driver expects both."""
    form = "{:.6f}" if kind.fields[0].type.name == "REAL" else "{:d}"
    cells: list[Cell] = []
    for value in column.to_pylist():
        items = orjson.loads(value) if isinstance(value, str) else value
        cells.append(None if items is None else f"[{','.join(map(form.format, items))}]")
    return cells


_ENCODERS: dict[str, Callable[[pa.Array, SnowflakeType], list[Cell]]] = {
    "FIXED": _encode_fixed,
    "REAL": _encode_real,
    "BOOLEAN": _encode_boolean,
    "DATE": _encode_date,
    "TIME": _encode_moment,
    "TIMESTAMP_NTZ": _encode_moment,
    "TIMESTAMP_LTZ": _encode_moment,
    "TIMESTAMP_TZ": _encode_timestamp_tz,
    "BINARY": _encode_binary,
    "VECTOR": _encode_vector,
    "INTERVAL_YEAR_MONTH": _encode_interval,
    "INTERVAL_DAY_TIME": _encode_interval,
}
