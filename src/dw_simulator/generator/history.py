"""Tables that keep history (slowly changing dimensions of type 2), and the change events of such a table.

Three row spaces lie on top of each other. Columns that stay have one value a key: they are columns of a table of keys.
Columns that change have one a version: those of a table of versions, which are numbered as the events of
:mod:`.lives` are. What is written is the versions as they are known at the end of the day that writes them: the first
run writes each of its versions once; each later day closes those that it ends, by writing them again, and then writes
its new ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from dw_simulator.generator import arrays
from dw_simulator.generator.arrays import Mask
from dw_simulator.generator.changing import changing
from dw_simulator.generator.columns.moments import ARROW_TYPES, DAY, microseconds
from dw_simulator.generator.design import ColumnPlan, Design, TableDesign, declared_type
from dw_simulator.generator.domain import Reach
from dw_simulator.generator.growth import RowGrowth
from dw_simulator.generator.lives import Events, Lives
from dw_simulator.generator.registry import RuleProblem, Values
from dw_simulator.generator.streams import I64, Rows
from dw_simulator.schema.checks.history import pivot_of
from dw_simulator.schema.model import MAX_ROWS, Column, DataType, Table


# --- which rows are written ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class EventGrowth(RowGrowth):
    """``ends``: the rows there are after the first run and after each day that is added."""

    ends: I64 = field(default_factory=lambda: np.zeros(1, np.int64))

    @classmethod
    def after(cls, ends: I64) -> EventGrowth:
        return cls(int(ends[0]), int(ends[-1] > ends[0]), len(ends) - 1, ends)

    def rows_after(self, days: int) -> int:
        return int(self.ends[min(days, self.days)])

    def day(self, rows: Rows) -> I64:
        return np.searchsorted(self.ends, rows.index.astype(np.int64), side="right").astype(np.int64)


@dataclass(frozen=True)
class Written:
    """``events``: which version each row writes. ``known``: the day until which it is known what follows."""

    events: Events
    known: I64


class Writing(Protocol):
    """From the rows of a table to the events that they tell of."""

    @property
    def growth(self) -> EventGrowth: ...

    def written(self, rows: Rows) -> Written: ...


class VersionRows:
    """The rows of a table of versions: closed ones of a day before its new ones."""

    def __init__(self, lives: Lives) -> None:
        self._lives = lives
        days = np.arange(lives.first + 1, lives.days + 1)
        added = np.diff(lives.ends)[lives.first :] + lives.changes_on(days) if len(days) else np.zeros(0, np.int64)
        self.growth = EventGrowth.after(lives.rows + np.concatenate([[0], np.cumsum(added)]))

    def written(self, rows: Rows) -> Written:
        return rows.shared((id(self), "written"), lambda: self._written(rows))

    def _written(self, rows: Rows) -> Written:
        lives, index = self._lives, rows.index.astype(np.int64)
        added = self.growth.day(rows)
        day = lives.first + added
        number = index.copy()
        later = np.flatnonzero(added)
        closed = np.zeros(0, np.int64)
        if len(later):
            place = index[later] - self.growth.ends[added[later] - 1]
            changes = lives.changes_on(day[later])
            number[later] = lives.before(day[later]) + place - changes
            closes = place < changes
            closed = later[closes]
            ended = lives.change(place[closes], day[closed])
            number[closed] = lives.previous(ended).number
        return Written(lives.at(number), day)


class EventRows:
    """The rows of a table of events."""

    def __init__(self, lives: Lives) -> None:
        self._lives = lives
        self.growth = EventGrowth.after(lives.ends[lives.first :])

    def written(self, rows: Rows) -> Written:
        return rows.shared((id(self), "written"), lambda: self._written(rows))

    def _written(self, rows: Rows) -> Written:
        events = self._lives.at(rows.index.astype(np.int64))
        return Written(events, events.day)


# --- columns of keys and versions ---------------------------------------------------------------------------------
class Dimension:
    """The keys and versions of one table with history.

    Raises:
        RuleProblem: the history does not fit the rows.
    """

    def __init__(self, design: Design, table: Table, rows: int) -> None:
        assert table.history is not None
        self.table, self.history = table, table.history
        stream = TableDesign(design, table, 0).stream
        self.lives = Lives(lambda purpose: stream(purpose, "history"), self.history, rows)
        if self.lives.most > MAX_ROWS // 2:
            raise RuleProblem(
                f"with {self.history.max_days:,} more days it has {self.lives.most:,} versions",
                "give it a lower max_days, or fewer rows",
            )
        self.keys = TableDesign(design, keys_of(table), self.lives.most_keys)
        self.versions = _Versions(design, versions_of(table), self)

    def key(self) -> ColumnPlan | None:
        return self.keys.column(self.history.key)

    def key_rows(self, rows: Rows) -> Rows:
        """Rows of versions -> rows of keys."""
        return rows.shared((id(self), "keys"), lambda: Rows.of(self.events(rows).key.astype(np.uint64)))

    def events(self, rows: Rows) -> Events:
        return rows.shared((id(self), "events"), lambda: self.lives.at(rows.index.astype(np.int64)))

    def is_version_column(self, column: str) -> bool:
        return self.history.tracks(column) or self.history.role_of(column) == "surrogate_key"

    def state(self, column: str, writing: Writing) -> Stated | None:
        """A column that the history does not fill, or the surrogate key, in the rows that are written."""
        surrogate = self.history.role_of(column) == "surrogate_key"
        of_version = self.is_version_column(column)
        plan = (self.versions if of_version else self.keys).column(column)
        return None if plan is None else Stated(plan, self, writing, of_version, surrogate)


def keys_of(table: Table) -> Table:
    """The columns that stay, as a table of keys."""
    history = table.history
    assert history is not None
    key = history.key.lower()
    columns = [
        column.model_copy(update={"is_unique": True, "required": True}) if column.name.lower() == key else column
        for column in table.columns
        if not history.tracks(column.name) and history.role_of(column.name) is None
    ]
    return _part(table, columns, {column.name.lower() for column in columns})


def versions_of(table: Table) -> Table:
    """The columns that change and the surrogate key, as a table of versions; those that stay can be read in it."""
    history = table.history
    assert history is not None
    columns, own = [], set()
    for column in table.columns:
        role = history.role_of(column.name)
        if role == "surrogate_key":
            columns.append(column.model_copy(update={"is_unique": True, "required": True}))
        elif role is None:
            columns.append(column)
        if role == "surrogate_key" or history.tracks(column.name):
            own.add(column.name.lower())
    return _part(table, columns, own)


def _part(table: Table, columns: list[Column], own: set[str]) -> Table:
    """A table of these columns, with the rules between those of them that are its ``own``."""

    def inside(names: list[str]) -> bool:
        return {name.lower() for name in names} <= own

    return table.model_copy(
        update={
            "columns": columns,
            "primary_key": [],
            "unique_keys": [],
            "composite_keys": [],
            "foreign_keys": [key for key in table.foreign_keys if inside(key.columns)],
            "correlations": [one for one in table.correlations if inside(one.columns)],
            "lookups": [one for one in table.lookups if inside(one.columns)],
            "history": None,
        }
    )


class _Versions(TableDesign):
    """The table of versions. The columns of its keys can be read in it."""

    def __init__(self, design: Design, table: Table, dimension: Dimension) -> None:
        super().__init__(design, table, dimension.lives.most)
        self._dimension = dimension

    def _make(self, column: Column) -> ColumnPlan | None:
        dimension = self._dimension
        if not dimension.is_version_column(column.name):
            plan = dimension.keys.column(column.name)
            if plan is None:
                return None
            values = _OfKey(plan, dimension)
            return ColumnPlan(column.name, values, None, plan.reach, plan.may_be_null)
        made = super()._make(column)
        if made is not None and column.name.lower() == pivot_of(dimension.table):
            made.values = changing(made.values, dimension.lives, dimension.events)
        return made


@dataclass
class _OfKey:
    """A column of keys in rows of versions."""

    plan: ColumnPlan
    dimension: Dimension

    @property
    def type(self) -> pa.DataType:
        return self.plan.type

    def take(self, rows: Rows) -> pa.Array:
        return self.plan.take(self.dimension.key_rows(rows))


@dataclass
class Stated:
    """A column of keys or versions in the rows that are written. ``exact``: a version that marks a delete has its own
    value, and not that of the version before."""

    plan: ColumnPlan
    dimension: Dimension
    writing: Writing
    of_version: bool
    exact: bool

    @property
    def type(self) -> pa.DataType:
        return self.plan.type

    def take(self, rows: Rows) -> pa.Array:
        return self.of(self.writing.written(rows).events, rows, "written")

    def of(self, events: Events, rows: Rows, purpose: str) -> pa.Array:
        """Of these events, one a row of ``rows``; equal purposes have equal events."""
        memo = (id(self.dimension), purpose, self.exact)
        if not self.of_version:
            return self.plan.take(rows.shared((*memo, "keys"), lambda: Rows.of(events.key.astype(np.uint64))))
        return self.plan.take(rows.shared(memo, lambda: self._version_rows(events)))

    def _version_rows(self, events: Events) -> Rows:
        number = events.number if self.exact else self.dimension.lives.with_values(events).number
        if len(number) and (np.diff(number) == 1).all():
            return Rows.range(int(number[0]), int(number[-1]) + 1)
        return Rows.of(number.astype(np.uint64))


# --- columns that the history fills -------------------------------------------------------------------------------
def flags(column: Column, mask: Mask) -> pa.Array:
    """True and false as the column's type has them: booleans, 1 and 0, Y and N."""
    if column.data_type is DataType.BOOLEAN:
        return arrays.booleans(mask)
    if column.data_type.is_text:
        return arrays.dictionary(mask.astype(np.int32), pa.array(["N", "Y"]))
    return whole(column, mask.astype(np.int64))


def whole(column: Column, numbers: I64) -> pa.Array:
    """Whole numbers as the column's type has them."""
    values, kind = arrays.fixed(numbers, pa.int64()), declared_type(column)
    if pa.types.is_decimal(kind):
        return values.cast(pa.decimal128(38, 0)).cast(kind)
    return values.cast(kind)


def moments(column: Column, ticks: I64, empty: Mask | None = None) -> pa.Array:
    """Microseconds since 1970 as the column's type has them."""
    kind = ARROW_TYPES[column.data_type]
    if pa.types.is_date(kind):
        made = arrays.fixed((ticks // DAY).astype(np.int32), kind)
    else:
        made = arrays.fixed(ticks, kind)
    return made if empty is None or not empty.any() else arrays.with_nulls(made, empty)


@dataclass
class Filled:
    """A column that the history fills, in its ``role``."""

    column: Column
    role: str
    dimension: Dimension
    writing: Writing

    @property
    def type(self) -> pa.DataType:
        if self.column.data_type.is_text:
            return pa.dictionary(pa.int32(), pa.string())
        return declared_type(self.column)

    def take(self, rows: Rows) -> pa.Array:
        return _FILLERS[self.role](self, self.writing.written(rows), rows)

    def end(self, written: Written, rows: Rows) -> tuple[Events, Mask]:
        """(the next versions, whether there is none yet)"""

        def find() -> tuple[Events, Mask]:
            following = self.dimension.lives.next(written.events)
            return following, following.day > written.known

        return rows.shared((id(self.dimension), "end"), find)


def _valid_from(filled: Filled, written: Written, _: Rows) -> pa.Array:
    return moments(filled.column, filled.dimension.lives.ticks(written.events))


def _valid_to(filled: Filled, written: Written, rows: Rows) -> pa.Array:
    following, is_open = filled.end(written, rows)
    ticks = np.zeros(rows.count, np.int64)
    closed = ~is_open
    known = Events(*(part[closed] for part in (following.number, following.day, following.key, following.round)))
    ticks[closed] = filled.dimension.lives.ticks(known)
    high = filled.dimension.history.open_end
    if high is None:
        return moments(filled.column, ticks, is_open)
    return moments(filled.column, np.where(is_open, microseconds(high), ticks))


def _is_current(filled: Filled, written: Written, rows: Rows) -> pa.Array:
    return flags(filled.column, filled.end(written, rows)[1])


def _version(filled: Filled, written: Written, _: Rows) -> pa.Array:
    return whole(filled.column, written.events.round + 2)


def _is_deleted(filled: Filled, written: Written, _: Rows) -> pa.Array:
    return flags(filled.column, filled.dimension.lives.deleted(written.events))


def _created_at(filled: Filled, written: Written, _: Rows) -> pa.Array:
    lives, key = filled.dimension.lives, written.events.key
    return moments(filled.column, lives.ticks(lives.of_key(key, np.full(len(key), -1, np.int64))))


_FILLERS: Mapping[str, Any] = {
    "valid_from": _valid_from,
    "valid_to": _valid_to,
    "is_current": _is_current,
    "version": _version,
    "is_deleted": _is_deleted,
    "created_at": _created_at,
}


class HistoryDesign(TableDesign):
    """A table with history: its columns are made in the tables of its keys and of its versions."""

    def __init__(self, design: Design, table: Table, rows: int) -> None:
        super().__init__(design, table, rows)
        self.dimension = Dimension(design, table, rows)
        self.writing = VersionRows(self.dimension.lives)
        self.growth = self.writing.growth
        self.rows = self.growth.most

    def _make(self, column: Column) -> ColumnPlan | None:
        history = self.dimension.history
        role = history.role_of(column.name)
        if role is None or role == "surrogate_key":
            stated = self.dimension.state(column.name, self.writing)
            if stated is None:
                return None
            return ColumnPlan(column.name, stated, None, stated.plan.reach, stated.plan.may_be_null)
        values: Values = Filled(column, role, self.dimension, self.writing)
        if role == "version" and column.data_type is DataType.SMALLINT and self.dimension.lives.days >= 1 << 15:
            raise RuleProblem("a key may have more versions than SMALLINT counts", "use INT")
        return ColumnPlan(column.name, values, None, Reach(), role == "valid_to" and history.open_end is None)


def design_of(design: Design, table: Table, rows: int) -> TableDesign:
    """The design of any table. Raises RuleProblem for a history that cannot be."""
    if table.history is not None:
        return HistoryDesign(design, table, rows)
    if table.cdc is not None and isinstance(design.tables[table.cdc.of.lower()], HistoryDesign):
        from dw_simulator.generator.cdc import CdcDesign

        return CdcDesign(design, table)
    return TableDesign(design, table, rows)
