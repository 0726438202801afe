"""Dates and timestamps that follow the calendar: weekdays, hours, seasons, growth, holidays, bursts."""

from __future__ import annotations

import datetime as dt
import math

from dw_simulator.generator.columns.moments import (
    ARROW_TYPES,
    DAY,
    SECOND,
    binned_moments,
    end_of,
    microseconds,
    window,
)
from dw_simulator.generator.registry import Request, RuleProblem, Values, distribution
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
    weights = _weights(spec, first, last, cell)
    if math.fsum(weights) <= 0:
        raise RuleProblem(
            "the calendar leaves no time between date_start and date_end", "give hours, days or months more weight"
        )
    edges = [place * cell for place in range(first, last + 2)]
    return binned_moments(request, ARROW_TYPES[column.data_type], edges, weights, (low, high))


def _weights(spec: Calendar, first: int, last: int, cell: int) -> list[float]:
    cells_a_day = DAY // cell
    hours = _hours(spec) if cells_a_day > 1 else [1.0]
    out: list[float] = []
    days: dict[int, float] = {}
    for place in range(first, last + 1):
        day, hour = divmod(place, cells_a_day)
        if day not in days:
            days[day] = _day_weight(spec, day, first // cells_a_day)
        out.append(days[day] * hours[hour])
    for burst in spec.bursts:
        start, end = microseconds(burst.start), end_of(burst.end) + 1
        for place in range(max(start // cell, first), min(-(-end // cell), last + 1)):
            inside = (min(end, (place + 1) * cell) - max(start, place * cell)) / cell
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
