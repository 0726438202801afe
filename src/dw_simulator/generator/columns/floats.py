"""FLOAT: double precision."""

from __future__ import annotations

import math

from dw_simulator.generator.columns.numbers import bounds, is_bounded
from dw_simulator.generator.domain import Domain, FloatGrid
from dw_simulator.generator.registry import Request, family
from dw_simulator.schema.model import DataType

_MOST = 1 << 52


@family(DataType.FLOAT)
def floats(request: Request) -> Domain:
    """Floats between the column's bounds; money and rates are rounded as usual unless they must be unique."""
    low, high = (float(bound) for bound in bounds(request))
    column = request.column
    if request.wanted and not is_bounded(column):
        high = max(high, low + request.wanted) if column.max_value is None else high
    if request.wanted:
        return FloatGrid(low, high, _distinct(low, high))
    given = column.min_value is not None or column.max_value is not None
    decimals = None if given and request.guess.decimals is None else request.guess.decimals
    return FloatGrid(low, high, _MOST if high > low else 1, decimals)


def _distinct(low: float, high: float) -> int:
    """How many evenly spaced floats stay apart from each other after rounding."""
    gap = 4 * math.ulp(max(abs(low), abs(high)))
    return max(1, min(_MOST, int((high - low) / gap))) if high > low else 1
