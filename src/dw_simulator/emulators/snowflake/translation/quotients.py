"""Exact quotients in 64 bits where they are enough: DuckDB's arithmetic of 128 bits takes twenty times as long."""

from __future__ import annotations

import re

from dw_simulator.emulators.snowflake.translation.typing import Typed

_DIGITS = 18
"""That 64 bits hold, whatever they are, with half of as long a divisor added."""
_EXACT_DIGITS = 15
"""Up to so many a decimal as a double, times its power of ten, is less than half a unit off: a cast makes it exact."""
_COLUMN = re.compile(r'\w+\."(?:[^"]|"")*"')


def near_quotient(left: Typed, right: Typed, scale: int) -> str | None:
    """SQL of ``left / right`` in units of 10**-scale, rounded half away from zero, in 64 bits; a divisor of zero gives
    NULL. None: the types of the operands do not tell that 64 bits are enough, or they are no columns."""
    if not all(side.kind == "FIXED" and _COLUMN.fullmatch(side.sql) for side in (left, right)):
        return None
    own, other = left.type.scale or 0, right.type.scale or 0
    up = scale + other - own
    if (left.type.precision or 38) + up > _DIGITS or (right.type.precision or 38) > _DIGITS:
        return None
    a, b = _units(left, own), _units(right, other)
    return f"sf.div_near({a}, {10**up}, {b})" if a and b else None


def _units(value: Typed, scale: int) -> str | None:
    """The number in units of its scale, as a BIGINT."""
    if not scale:
        return f"CAST({value.sql} AS BIGINT)"
    if (value.type.precision or 38) > _EXACT_DIGITS:
        return None
    return f"CAST(CAST({value.sql} AS DOUBLE) * {10**scale} AS BIGINT)"
