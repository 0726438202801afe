"""What is in the columns of a table: counts, extremes, spread, lengths, histograms, the most frequent values."""

from __future__ import annotations

import datetime as dt
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dw_simulator.errors import WarehouseSqlError
from dw_simulator.experiments.profiles import MAX_ROWS, Bucket, ColumnProfile, TableProfile, TopValue
from dw_simulator.experiments.queries.cells import EXACT, cells, kind_of_column, parsed_json
from dw_simulator.warehouses.catalogs.model import CatalogColumn, CatalogTable, Place, columns_of
from dw_simulator.warehouses.kinds import ColumnKind
from dw_simulator.warehouses.names import quote
from dw_simulator.warehouses.profile_sql import (
    BUCKET,
    DISTINCT,
    MEASURED,
    ORDERED,
    SPREAD,
    TOP,
    Buckets,
    grouped,
    overview,
    profile_sql,
)

if TYPE_CHECKING:
    from dw_simulator.schema import Warehouse
    from dw_simulator.warehouses.catalogs.model import Catalog
    from dw_simulator.warehouses.profile_sql import ProfileSql

EXACT_ROWS = 5_000_000
"""Above this many rows different values are estimated, where the warehouse can do that."""
BUCKETS = 20
COLUMNS_AT_ONCE = 100
"""Columns of one scan: warehouses have limits on the columns of a result."""


def profile(
    catalog: Catalog,
    warehouse: Warehouse,
    place: Place,
    table: CatalogTable,
    *,
    names: Sequence[str] = (),
    max_rows: int = MAX_ROWS,
) -> TableProfile:
    """Look at the columns of a table, all or the named ones, in about ``max_rows`` rows at most.

    Raises NotFound for a column that is not there, and what the catalog's queries raise.
    """
    began = time.perf_counter()
    columns = columns_of(table, names)
    profiler = _Profiler(catalog, profile_sql(warehouse), place, table, max_rows)
    found = [
        column
        for start in range(0, len(columns), COLUMNS_AT_ONCE)
        for column in profiler.columns(columns[start : start + COLUMNS_AT_ONCE])
    ]
    return TableProfile(
        rows=profiler.rows,
        profiled_rows=profiler.profiled_rows,
        seconds=round(time.perf_counter() - began, 6),
        columns=found,
    )


class _Profiler:
    """One table. Its rows are counted at once."""

    def __init__(self, catalog: Catalog, sql: ProfileSql, place: Place, table: CatalogTable, max_rows: int) -> None:
        self._catalog, self._sql, self._place = catalog, sql, place
        named = catalog.named(place, table.name)
        self.rows = int(self._table(f"SELECT count(*) FROM {named}")[0][0].raw)
        self.profiled_rows = 0
        self._sampled = self.rows > max_rows
        self._source = f"{named} AS s"
        if self._sampled:
            sample = sql.sample(named, max_rows / self.rows, max_rows, is_table=table.kind == "table")
            self._source = f"(SELECT * FROM {sample}) AS s"

    def columns(self, columns: Sequence[CatalogColumn]) -> Iterator[ColumnProfile]:
        self._begin()
        (row,) = self._table(overview(self._sql, columns, self._source))
        aggregates = iter(row)
        self.profiled_rows = int(next(aggregates).raw)
        for column in columns:
            profile, span = self._aggregated(column, aggregates)
            if column.kind is not ColumnKind.OTHER:
                with _noted(profile):
                    self._group(profile, column, span)
            yield profile

    def _aggregated(
        self, column: CatalogColumn, aggregates: Iterator[_Cell]
    ) -> tuple[ColumnProfile, tuple[float, float] | None]:
        """What the scan of all columns tells of one, and its lowest and highest position."""
        count = int(next(aggregates).raw)
        profile = ColumnProfile(
            name=column.name, type=column.type, kind=column.kind, nulls=self.profiled_rows - count, distinct=0
        )
        span = None
        if column.kind in ORDERED:
            profile.min, profile.max = next(aggregates).shown, next(aggregates).shown
        if column.kind in SPREAD:
            low, high = next(aggregates).raw, next(aggregates).raw
            if low is not None and math.isfinite(low) and math.isfinite(high):
                span = float(low), float(high)
        if column.kind in MEASURED:
            profile.min_length, profile.max_length = next(aggregates).raw, next(aggregates).raw
        if column.kind is ColumnKind.NUMBER:
            moments = [next(aggregates).raw for _ in self._sql.moments("", "")]
            if count and span is not None:
                mean, deviation = self._sql.mean_and_deviation(count, moments)
                profile.mean, profile.stddev = _finite(mean), _finite(deviation)
        if column.kind is ColumnKind.OTHER:
            profile.distinct = None
        return profile, span

    def _group(self, profile: ColumnProfile, column: CatalogColumn, span: tuple[float, float] | None) -> None:
        if profile.nulls == self.profiled_rows:
            return
        buckets = None if span is None else _buckets(column, *span)
        estimate = self._sql.approximate(self._sql.comparable(quote(column.name), column.kind))
        exact = estimate is None or self.profiled_rows <= EXACT_ROWS
        counts: dict[int, int] = {}
        self._begin()
        for what, value, count, bucket in self._table(grouped(self._sql, column, self._source, buckets, exact=exact)):
            if what.raw == TOP:
                profile.top_values.append(TopValue(value=_value(column, value), count=int(count.raw)))
            elif what.raw == DISTINCT:
                profile.distinct = int(count.raw)
            elif what.raw == BUCKET:
                counts[int(bucket.raw)] = int(count.raw)
        profile.top_values.sort(key=lambda top: -top.count)
        if buckets is not None:
            profile.histogram = _histogram(column, buckets, counts)
        if not exact:
            self._begin()
            ((estimated,),) = self._table(f"SELECT {estimate} FROM {self._source}")
            profile.distinct, profile.distinct_is_approximate = int(estimated.raw), True

    def _begin(self) -> None:
        before = self._sql.before() if self._sampled else None
        if before is not None:
            self._catalog.query(before, self._place).close()

    def _table(self, sql: str) -> list[list[_Cell]]:
        with self._catalog.query(sql, self._place) as result:
            rows: list[list[_Cell]] = []
            for batch in result.batches:
                shown = [
                    cells(array, kind_of_column(column, array.type))
                    for column, array in zip(result.columns, batch.columns, strict=True)
                ]
                raw = [array.to_pylist() for array in batch.columns]
                pairs = [map(_Cell, one, other) for one, other in zip(raw, shown, strict=True)]
                rows += [list(row) for row in zip(*pairs, strict=True)]
            return rows


class _Cell:
    """A value of a result: as Python has it, and as JSON does."""

    __slots__ = ("raw", "shown")

    def __init__(self, raw: Any, shown: Any) -> None:
        self.raw, self.shown = raw, shown


@contextmanager
def _noted(profile: ColumnProfile) -> Iterator[None]:
    """Let a column that the warehouse cannot group say so, and the others be shown."""
    try:
        yield
    except WarehouseSqlError as error:
        profile.distinct, profile.top_values, profile.histogram = None, [], None
        profile.note = f"no distinct and top values: {error.message}"


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _value(column: CatalogColumn, cell: _Cell) -> Any:
    if column.kind is ColumnKind.JSON and isinstance(cell.raw, str):
        return parsed_json(cell.raw)
    return bool(cell.raw) if column.kind is ColumnKind.BOOLEAN and cell.raw in (0, 1) else cell.shown


# --- histograms -----------------------------------------------------------------------------------------------------
def _is_whole(column: CatalogColumn) -> bool:
    """Whether all values are whole: their buckets have whole bounds then."""
    name = column.type.lower()
    return column.kind is ColumnKind.DATE or "int" in name or name.endswith(",0)")


def _buckets(column: CatalogColumn, low: float, high: float) -> Buckets:
    if high <= low:
        return Buckets(low, 1.0, 1, low)
    if _is_whole(column) and high - low < EXACT:
        values = int(high) - int(low) + 1
        step = -(-values // BUCKETS)
        count = -(-values // step)
        return Buckets(low, float(step), count, low + step * count)
    width = (high - low) / BUCKETS
    return Buckets(low, width, BUCKETS, high) if math.isfinite(width) and width > 0 else Buckets(low, 1.0, 1, high)


def _histogram(column: CatalogColumn, buckets: Buckets, counts: dict[int, int]) -> list[Bucket]:
    bounds = [*(buckets.low + buckets.width * number for number in range(buckets.count)), buckets.high]
    return [
        Bucket(low=_bound(column, bounds[number]), high=_bound(column, bounds[number + 1]), count=counts.get(number, 0))
        for number in range(buckets.count)
    ]


def _has_zone(column: CatalogColumn) -> bool:
    """Whether the values of a timestamp are shown with their offset, which is UTC's."""
    name = column.type.lower()
    return name.endswith(("with time zone", "_tz", "_ltz", "timestamptz"))


_BEGINNING = dt.datetime(1970, 1, 1)
_LATEST = (dt.datetime.max - _BEGINNING).total_seconds()


def _bound(column: CatalogColumn, position: float) -> Any:
    match column.kind:
        case ColumnKind.DATE:
            seconds = position * 86_400
            return (_BEGINNING + dt.timedelta(seconds=min(seconds, _LATEST))).date().isoformat()
        case ColumnKind.TIMESTAMP:
            moment = _BEGINNING + dt.timedelta(seconds=min(round(position, 6), _LATEST))
            return moment.isoformat() + ("+00:00" if _has_zone(column) else "")
        case _:
            return int(position) if _is_whole(column) and abs(position) <= EXACT else position
