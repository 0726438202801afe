"""Dates and timestamps that follow the calendar: weekdays, hours, seasons, growth, holidays, bursts."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np

from dw_simulator.generator.columns.moments import ARROW_TYPES, DAY, SECOND, end_of, microseconds, window
from dw_simulator.generator.columns.numbers import MeasuredNumbers
from dw_simulator.generator.domain import Grid
from dw_simulator.generator.marginals import PiecewiseQuantile
from dw_simulator.generator.registry import Request, RuleProblem, Values, distribution
from dw_simulator.generator.transforms import F64
from dw_simulator.schema.distributions import BusinessHours, Calendar
from dw_simulator.schema.model import DataType

HOUR = 3600 * SECOND
MOST_CELLS = 2_000_000
"""Hours of a calendar (228 years), or days."""
_EPOCH = dt.date(1970, 1, 1)
_WORKING_DAYS = [1.0] * 5 + [0.0] * 2
_YEAR = 365.2425


@distribution("calendar", (DataType.DATE, DataType.TIMESTAMP, DataType.TIMESTAMP_TZ))
def calendar(request: Request) -> Values:
    """Moments whose frequency follows the calendar, to the second; days for dates."""
    column = request.column
    spec = column.distribution
    assert isinstance(spec, Calendar)
    is_date = column.data_type is DataType.DATE
    if is_date and (spec.hours or spec.business_hours):
        raise RuleProblem("a DATE has no hours", "remove hours and business_hours, or use TIMESTAMP")
    low, high = window(column, request.guess.start, request.guess.end)
    cell = DAY if is_date else HOUR
    first, last = low // cell, high // cell
    if last - first + 1 > MOST_CELLS:
        raise RuleProblem(f"a calendar cannot cover more than {MOST_CELLS:,} hours", "move date_start and date_end")
    step = DAY if is_date else SECOND
    weights = _weights(spec, first, last, cell)
    edges = np.arange(first, last + 2, dtype=np.int64) * (cell // step)
    bounds = np.clip(edges, -(-low // step), high // step + 1)
    weights *= np.diff(bounds) / (cell // step)
    ends = np.cumsum(weights)
    if not ends[-1] > 0:
        raise RuleProblem(
            "the calendar leaves no time between date_start and date_end", "give hours, days or months more weight"
        )
    levels = np.concatenate([np.zeros(1), ends / ends[-1]])
    sampler = PiecewiseQuantile(levels, bounds.astype(np.float64)).sample
    start, size = int(bounds[0]), int(bounds[-1] - bounds[0])
    unit = 1 if is_date else SECOND
    grid = Grid(ARROW_TYPES[column.data_type], start * unit, size, unit)
    return MeasuredNumbers(sampler, request.words, grid, 1.0, start, np.floor)


def _weights(spec: Calendar, first: int, last: int, cell: int) -> F64:
    cells_a_day = DAY // cell
    hours = np.array(_hours(spec) if cells_a_day > 1 else [1.0])
    first_day, last_day = first // cells_a_day, last // cells_a_day
    days = np.array([_day_weight(spec, day, first_day) for day in range(first_day, last_day + 1)])
    start = first - first_day * cells_a_day
    out = np.outer(days, hours).ravel()[start : start + last - first + 1]
    for burst in spec.bursts:
        begins, ends = microseconds(burst.start), end_of(burst.end) + 1
        for place in range(max(begins // cell, first), min(-(-ends // cell), last + 1)):
            inside = (min(ends, (place + 1) * cell) - max(begins, place * cell)) / cell
            out[place - first] *= 1 + (burst.factor - 1) * inside
    return out


def _hours(spec: Calendar) -> list[float]:
    weights = spec.hours or [1.0] * 24
    opening: BusinessHours | None = spec.business_hours
    if opening is None:
        return weights
    return [weight if opening.open <= hour < opening.close else 0.0 for hour, weight in enumerate(weights)]


def _day_weight(spec: Calendar, day: int, first: int) -> float:
    date = _EPOCH + dt.timedelta(days=day)
    if date in spec.holidays:
        return 0.0
    weekdays = spec.weekdays or (_WORKING_DAYS if spec.business_hours else None)
    weight = weekdays[date.weekday()] if weekdays else 1.0
    if spec.months:
        weight *= spec.months[date.month - 1]
    return weight * math.exp(math.log1p(spec.growth) * (day - first) / _YEAR)
