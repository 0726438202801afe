"""DATE, TIME, TIMESTAMP, TIMESTAMP_TZ.

Times have a resolution of one second, or of one microsecond where a unique column needs more different values.
"""

from __future__ import annotations

import datetime as dt

import pyarrow as pa

from dw_simulator.generator.columns.numbers import binned
from dw_simulator.generator.domain import Domain, Grid
from dw_simulator.generator.registry import Request, Values, distribution, family
from dw_simulator.schema.checks.values import read_moment
from dw_simulator.schema.distributions import Histogram
from dw_simulator.schema.model import Column, DataType

MICROSECOND = 1
SECOND = 1_000_000
DAY = 86_400 * SECOND
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_LAST_DATE = dt.date(9999, 12, 31)

ARROW_TYPES = {
    DataType.DATE: pa.date32(),
    DataType.TIME: pa.time64("us"),
    DataType.TIMESTAMP: pa.timestamp("us"),
    DataType.TIMESTAMP_TZ: pa.timestamp("us", "UTC"),
}


@family(DataType.DATE)
def dates(request: Request) -> Domain:
    """Days from ``date_start`` to ``date_end``; a unique column without an end goes on as long as it needs to."""
    column = request.column
    start = _days(column.date_start or request.guess.start)
    end = _days(column.date_end or request.guess.end)
    if column.date_start is None and start > end:
        start = end - (_days(request.guess.end) - _days(request.guess.start))
    if column.date_end is None:
        last = _days(_LAST_DATE)
        end = max(end, start) if end > start else min(start + 365, last)
        end = max(end, min(start + request.wanted - 1, last))
    elif column.date_start is None and request.wanted:
        start = max(min(start, end - request.wanted + 1), _days(dt.date(1, 1, 1)))
    return Grid.between(ARROW_TYPES[DataType.DATE], start, end)


@family(DataType.TIMESTAMP, DataType.TIMESTAMP_TZ)
def timestamps(request: Request) -> Domain:
    """Moments from ``date_start`` to ``date_end``, in UTC where the type has a zone."""
    column = request.column
    low, high = window(column, request.guess.start, request.guess.end)
    kind = ARROW_TYPES[column.data_type]
    return Grid.between(kind, low, high, _resolution(request.wanted, low, high))


@family(DataType.TIME)
def times(request: Request) -> Domain:
    """Times of day."""
    return Grid.between(ARROW_TYPES[DataType.TIME], 0, DAY - 1, _resolution(request.wanted, 0, DAY - 1))


@distribution("histogram", (DataType.DATE, DataType.TIMESTAMP, DataType.TIMESTAMP_TZ))
def histogram(request: Request) -> Values:
    """Days, or moments to the second (to the microsecond where the edges say so), from the bins of a histogram."""
    column = request.column
    spec = column.distribution
    assert isinstance(spec, Histogram)
    edges = [read_moment(str(edge)) for edge in spec.edges]
    kind = ARROW_TYPES[column.data_type]
    if column.data_type is DataType.DATE:
        days = [_days(edge) for edge in edges]
        first = _days(column.date_start or dt.date.min)
        bounds = (first, _days(column.date_end or dt.date.max))
        return binned(request, Grid(kind, 0, 1), days, spec.weights, days[-1], bounds)
    ticks = [microseconds(edge) for edge in edges]
    last = end_of(edges[-1])
    step = SECOND if all(tick % SECOND == 0 for tick in ticks) else MICROSECOND
    low = -(-microseconds(column.date_start or dt.date.min) // step)
    high = end_of(column.date_end or dt.date.max) // step
    steps = [-(-tick // step) for tick in ticks]
    return binned(request, Grid(kind, 0, 1, step), steps, spec.weights, last // step, (low, high))


def _resolution(wanted: int, low: int, high: int) -> int:
    enough = (high - low) // SECOND + 1 >= max(wanted, 1)
    return SECOND if enough and high - low >= SECOND else MICROSECOND


def window(column: Column, first: dt.date, last: dt.date) -> tuple[int, int]:
    """First and last microsecond since 1970."""
    low = microseconds(column.date_start or first)
    high = end_of(column.date_end or last)
    if low > high:
        span = end_of(last) - microseconds(first)
        if column.date_end is None:
            high = min(low + span, end_of(_LAST_DATE))
        else:
            low = high - span
    return low, high


def _days(moment: dt.date) -> int:
    day = moment.date() if isinstance(moment, dt.datetime) else moment
    return day.toordinal() - _EPOCH.toordinal()


def microseconds(moment: dt.date) -> int:
    """Microseconds since 1970; a date is its first one, a time without zone is UTC."""
    if not isinstance(moment, dt.datetime):
        moment = dt.datetime(moment.year, moment.month, moment.day, tzinfo=dt.UTC)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return (moment - _EPOCH) // dt.timedelta(microseconds=1)


def end_of(moment: dt.date) -> int:
    """A date is meant to its last microsecond."""
    return microseconds(moment) + (0 if isinstance(moment, dt.datetime) else DAY - 1)
