"""NUMBER values as scaled integers: Snowflake sends them in the smallest integer type that holds the whole column."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from dw_simulator.emulators.snowflake import compute as pc
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

Range = tuple[int, int]
"""Smallest and largest scaled value of a column."""

_INTEGER_TYPES = ((pa.int8(), 7), (pa.int16(), 15), (pa.int32(), 31), (pa.int64(), 63))


def value_range(column: pa.Array, kind: SnowflakeType) -> Range | None:
    """Smallest and largest scaled value of a FIXED column in the logical form; None when all values are NULL."""
    if column.null_count == len(column):
        return None
    scaled = scaled_integers(column, kind)
    if scaled is not None:
        values = np.asarray(scaled.drop_null() if scaled.null_count else scaled)
        return int(values.min()), int(values.max())
    bounds, factor = pc.min_max(column), 10 ** (kind.scale or 0)
    return int(bounds["min"].as_py() * factor), int(bounds["max"].as_py() * factor)


def join_ranges(left: Range | None, right: Range | None) -> Range | None:
    if left is None or right is None:
        return left or right
    return min(left[0], right[0]), max(left[1], right[1])


def physical_type(kind: SnowflakeType, bounds: Range | None) -> pa.DataType:
    """The Arrow type of the whole column: int8 … int64 of the scaled value, else decimal128."""
    if bounds is None:
        return pa.int64() if (kind.precision or 38) <= 18 else pa.decimal128(38, kind.scale or 0)
    for candidate, bits in _INTEGER_TYPES:
        if -(1 << bits) <= bounds[0] and bounds[1] < (1 << bits):
            return candidate
    return pa.decimal128(38, kind.scale or 0)


def encode(column: pa.Array, kind: SnowflakeType, target: pa.DataType) -> pa.Array:
    """A FIXED column of the logical form as ``target`` (see :func:`physical_type`)."""
    if pa.types.is_decimal(target):
        return column.cast(target)
    scaled = scaled_integers(column, kind)
    if scaled is None:
        raise ValueError(f"values of {kind.sql_name()} do not fit {target}")
    if scaled.type == target:
        return scaled
    if scaled.null_count:
        return scaled.cast(target)
    return pa.array(np.asarray(scaled).astype(target.to_pandas_dtype()))  # a fraction of what Arrow's cast takes


def scaled_integers(column: pa.Array, kind: SnowflakeType) -> pa.Array | None:
    """The column's values times ten to its scale, as integers; None when some do not fit 64 bits."""
    scale = kind.scale or 0
    if pa.types.is_integer(column.type):
        if scale == 0:
            return column if column.type != pa.uint64() else column.cast(pa.decimal128(38, 0)).cast(pa.int64())
        column = column.cast(pa.decimal128(38, scale))
    elif not pa.types.is_decimal128(column.type) or column.type.scale != scale:
        column = column.cast(pa.decimal128(38, scale))
    return _low_words(column)


def _low_words(column: pa.Array) -> pa.Array | None:
    """The lower 64 bits of decimal128 values, or None when that loses digits."""
    count = len(column)
    if count == 0:
        return pa.array([], pa.int64())
    words = np.frombuffer(column.buffers()[1], dtype=np.int64)[2 * column.offset : 2 * (column.offset + count)]
    words = words.reshape(count, 2)
    low = words[:, 0].copy()
    fits = words[:, 1] == (low >> 63)
    if column.null_count == 0:
        return pa.array(low) if bool(fits.all()) else None
    missing = np.asarray(column.is_null())
    if not bool((fits | missing).all()):
        return None
    low[missing] = 0
    return pa.array(low, mask=missing)
