"""Tables that grow by days: which rows a day adds, what its moments are, and which parents are there by then.

Day 0 is the first run. Rows are laid out for all days that can ever be added, so nothing depends on how many were.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dw_simulator.errors import Problem, SchemaError
from dw_simulator.generator.choosing import below_each
from dw_simulator.generator.columns.moments import DAY, SECOND
from dw_simulator.generator.registry import Values
from dw_simulator.generator.streams import I64, Rows, Stream
from dw_simulator.generator.transforms import AnyInt
from dw_simulator.schema.model import Experiment, Table

_EPOCH = dt.date(1970, 1, 1)
_SECONDS = DAY // SECOND


@dataclass(frozen=True)
class RowGrowth:
    """``base`` rows at first, and ``per_day`` more with each of ``days`` days."""

    base: int
    per_day: int = 0
    days: int = 0

    @classmethod
    def of(cls, table: Table, base: int) -> RowGrowth:
        growth = table.growth
        return cls(base) if growth is None else cls(base, growth.rows_per_day, growth.max_days)

    @property
    def most(self) -> int:
        return self.rows_after(self.days)

    def rows_after(self, days: int) -> int:
        return self.base + self.per_day * days

    def day(self, rows: Rows) -> I64:
        """The day that adds each row; 0 for those of the first run."""
        if not self.per_day:
            return np.zeros(rows.count, np.int64)
        later = rows.index.astype(np.int64) - self.base
        return np.where(later < 0, 0, later // self.per_day + 1)


def check_days(experiment: Experiment, days: int) -> None:
    """Raises SchemaError, naming the tables, when a table cannot grow for so many days, or none grows at all."""
    if not days:
        return
    growing = [
        (table.name, part, rule.max_days)
        for table in experiment.tables
        for part, rule in (("growth", table.growth), ("history", table.history))
        if rule is not None and rule.max_days
    ]
    problems = [
        Problem(
            f"{days:,} days were asked for in all, but the table has room for {most:,}",
            path=f"tables.{name}.{part}.max_days",
            hint="make a new experiment with a higher max_days: rows that are there already depend on it",
        )
        for name, part, most in growing
        if days > most
    ]
    if not growing:
        problems = [
            Problem(
                "no table says how it grows",
                path="tables",
                hint="add growth to a table, in a new experiment: "
                "growth: {rows_per_day: 1000, time_column: ordered_at, start: 2024-01-01}",
            )
        ]
    if problems:
        raise SchemaError(problems)


class ParentsByThen:
    """Any row of the parent that is there on the day that adds the row."""

    def __init__(self, stream: Stream, child: RowGrowth, parent: RowGrowth) -> None:
        self._stream, self._child, self._parent = stream, child, parent

    def choose(self, rows: Rows) -> AnyInt:
        there = self._parent.base + self._parent.per_day * self._child.day(rows)
        return below_each(rows.words(self._stream), there.astype(np.uint64))


class GrowingMoments:
    """``first`` in the rows of the first run; after it, moments of the day that adds the row, to the second."""

    def __init__(self, first: Values, growth: RowGrowth, start: dt.date, stream: Stream) -> None:
        self._first, self._growth, self._stream = first, growth, stream
        self._before = (start - _EPOCH).days - 1
        self.type: pa.DataType = first.type

    def take(self, rows: Rows) -> pa.Array:
        values, day = self._first.take(rows), self._growth.day(rows)
        added = day > 0
        if not added.any():
            return values
        moments = self._before + day
        if pa.types.is_date(self.type):
            later = pa.array(moments.astype(np.int32)).cast(self.type)
        else:
            seconds = below_each(rows.words(self._stream), np.full(rows.count, _SECONDS, np.uint64)).astype(np.int64)
            later = pa.array(moments * DAY + seconds * SECOND).cast(self.type)
        return later if added.all() else pc.if_else(pa.array(added), later, values)
