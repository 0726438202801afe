"""TIME and timestamps of the logical form as integers of a given number of fractional digits."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Integers = npt.NDArray[np.int64]
_UNIT_DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}

NANOSECOND_DIGITS = 9


def integers(column: pa.Array) -> tuple[Integers, npt.NDArray[np.bool_] | None, int]:
    """(values, which are NULL, fractional digits of a value) of a time or timestamp column. NULLs are 0."""
    digits = _UNIT_DIGITS[column.type.unit]
    count = len(column)
    width = np.int32 if pa.types.is_time32(column.type) else np.int64
    data = column.buffers()[1] if count else None
    raw = np.frombuffer(data, dtype=width)[column.offset : column.offset + count] if data else np.empty(0, width)
    values = raw.astype(np.int64, copy=False)
    if column.null_count == 0:
        return values, None, digits
    missing = np.asarray(column.is_null())
    return np.where(missing, 0, values), missing, digits


def rescale(values: Integers, digits: int, wanted: int) -> Integers:
    """Values of ``digits`` fractional digits with ``wanted`` digits; what is too fine is cut towards the past."""
    if wanted == digits:
        return values
    if wanted > digits:
        scaled: Integers = values * 10 ** (wanted - digits)
        return scaled
    cut: Integers = values // 10 ** (digits - wanted)
    return cut


def seconds_and_nanoseconds(values: Integers, digits: int) -> tuple[Integers, npt.NDArray[np.int32]]:
    """Whole seconds (rounded down) and the rest in nanoseconds."""
    unit = 10**digits
    seconds = values // unit
    rest = (values - seconds * unit) * 10 ** (NANOSECOND_DIGITS - digits)
    return seconds, rest.astype(np.int32)
