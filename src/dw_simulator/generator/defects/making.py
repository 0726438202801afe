"""From the defects of a schema to the plan that puts them into a table."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import fields

import numpy as np
import pyarrow as pa

from dw_simulator.errors import Problem
from dw_simulator.generator import arrays
from dw_simulator.generator.defects.cells import Cells, Change, Target, change_of
from dw_simulator.generator.defects.delivery import Delivery, Lateness
from dw_simulator.generator.defects.plan import Copying, DirtyTablePlan
from dw_simulator.generator.defects.soiling import Edit, Soiling, differing
from dw_simulator.generator.defects.strata import Strata
from dw_simulator.generator.design import TableDesign
from dw_simulator.generator.domain import Reach
from dw_simulator.generator.growth import RowGrowth
from dw_simulator.generator.plan import TablePlan
from dw_simulator.generator.registry import DEFAULT_LENGTH, RuleProblem
from dw_simulator.generator.streams import I64, U64, Rows, Stream
from dw_simulator.schema.checks.growth import first_day
from dw_simulator.schema.defects import (
    Defect,
    DriftDefect,
    DuplicateDefect,
    LateDefect,
    SwapDefect,
    duplicated,
    moved_by_delivery,
)
from dw_simulator.schema.distributions import Categorical
from dw_simulator.schema.model import Column, Table

SAMPLE_ROWS = 2_048
"""Rows that are looked at before: for the spread of numbers, and whether a defect changes anything."""


def dirty_plan(design: TableDesign, clean: TablePlan, covered: int, days: int) -> TablePlan:
    """``clean`` with the defects of its table. Problems are reported to the design."""
    if not design.rows:
        return clean
    maker = _Maker(design, clean)
    edits = maker.edits()
    copies, delivery = maker.delivery()
    soiling = Soiling([column.name for column in clean.columns], edits)
    copying = tuple(
        Copying(tuple(maker.place(name) for name in one.columns), design.growth.base or design.rows, stream)
        for one, stream in copies
    )
    kept = {field.name: getattr(clean, field.name) for field in fields(clean)}
    if delivery is not None:
        kept["rows"] = delivery.rows_after(days)
        kept["first"] = delivery.rows_after(covered) if days else 0
        kept["asked"] = clean.target_rows
    return DirtyTablePlan(
        **kept,
        soiling=soiling,
        delivery=delivery,
        copying=copying,
        key=tuple(maker.place(name) for name in design.table.primary_key),
        due=_due(design.table, design.growth, delivery),
    )


class _Maker:
    def __init__(self, design: TableDesign, clean: TablePlan) -> None:
        self._design, self._clean, self._table = design, clean, design.table
        self._places = {column.name.lower(): place for place, column in enumerate(clean.columns)}
        self._sample = Rows.range(0, min(SAMPLE_ROWS, design.rows))
        self._seen: Counter[str] = Counter()

    def place(self, column: str) -> int:
        return self._places[column.lower()]

    def _strata(self, defect: Defect, *about: str) -> tuple[Strata, Stream]:
        """Which rows, and what their cells become; the second defect of a kind in a column gets words of its own."""
        name = "\x1e".join(("defect", defect.kind, *about))
        self._seen[name] += 1
        path = (name, str(self._seen[name]))
        return Strata(self._design.stream(*path, "rows"), defect.rate), self._design.stream(*path, "cells")

    # --- cells --------------------------------------------------------------------------------------------------------
    def edits(self) -> list[Edit]:
        found = []
        for number, defect in enumerate(self._table.defects):
            for names in _groups(defect):
                try:
                    found.append(self._edit(defect, names))
                except RuleProblem as problem:
                    self._report(number, defect, names[0], problem.message, problem.hint)
                except OverflowError as problem:
                    self._report(number, defect, names[0], str(problem), "use a defect of another kind")
        return found

    def _report(self, number: int, defect: Defect, column: str, message: str, hint: str | None) -> None:
        path = f"tables.{self._table.name}.defects.{number}"
        self._design.design.report(Problem(f"column {column!r}, {defect.kind}: {message}", path=path, hint=hint))

    def _edit(self, defect: Defect, names: tuple[str, ...]) -> Edit:
        strata, stream = self._strata(defect, *names)
        places = tuple(self.place(name) for name in names)
        changes: tuple[Change, ...]
        if isinstance(defect, SwapDefect):
            changes = (_taken_from(names[1]), _taken_from(names[0]))
        else:
            changes = tuple(change_of(defect, self._target(place)) for place in places)
        reads = (self.place(defect.time_column),) if isinstance(defect, DriftDefect) else ()
        edit = Edit(defect.kind, places, changes, strata, stream, exchange=isinstance(defect, SwapDefect), reads=reads)
        if not isinstance(defect, DriftDefect):  # which may change nothing in the first rows
            self._check_changes(edit)
        return edit

    def _values(self, place: int) -> pa.Array:
        return arrays.plain(self._clean.take(self._clean.columns[place], self._sample))

    def _target(self, place: int) -> Target:
        plan, column = self._clean.columns[place], self._table.column(self._clean.columns[place].name)
        assert column is not None
        values = self._values(place).drop_null()
        spec = column.distribution
        listed = {str(value) for value in spec.values} if isinstance(spec, Categorical) else set()
        seen = set(values.to_pylist()) if column.data_type.is_text else set()
        limit = column.varchar_length or DEFAULT_LENGTH.get(column.data_type, 1 << 20)
        return Target(column, values, plan.reach, self._parent(column), frozenset(listed | seen), limit)

    def _parent(self, column: Column) -> Reach | None:
        source = self._design.sources[column.name.lower()]
        if source.reference is None:
            return None
        plan = self._design.parent(source).column(source.parent_column(column.name))
        return None if plan is None else plan.reach

    def _check_changes(self, edit: Edit) -> None:
        """Raises RuleProblem when the defect changes none of the first values, OverflowError when rows are too many."""
        numbers = np.arange(self._sample.count, dtype=np.uint64)
        most = edit.strata.number(np.array([self._design.rows], np.uint64))[0]
        values = [self._values(place) for place in edit.columns]
        known = np.ones(len(numbers), np.bool_)
        if not edit.exchange:
            for each in values:
                known &= each.is_valid().to_numpy(zero_copy_only=False)
        if not known.any():
            return
        at = pa.array(np.flatnonzero(known))
        words = edit.stream.words(0, len(numbers))[known]
        for old, change in zip(values, edit.changes, strict=True):
            some = old.take(at)
            some_numbers = numbers[known]
            some_numbers[-1] = most
            new = change(Cells(some, words, some_numbers, lambda name: self._values(self.place(name)).take(at)))
            if not differing(some, new).any():
                raise RuleProblem("it would change none of the values", _NOTHING.get(edit.kind, _OTHER))

    # --- rows ---------------------------------------------------------------------------------------------------------
    def delivery(self) -> tuple[list[tuple[DuplicateDefect, Stream]], Delivery | None]:
        """The duplicate defects with the words of their copies; and the order of the rows, where it is not that of
        their numbers."""
        copies, strata = [], []
        for one in duplicated(self._table.defects):
            rows, stream = self._strata(one)
            strata.append(rows)
            copies.append((one, stream))
        late = moved_by_delivery(self._table.defects)
        lateness = Lateness(*self._strata(late), *late.days) if late is not None else None
        if not strata and lateness is None:
            return [], None
        return copies, Delivery(self._design.growth, strata, lateness)


_OTHER = "choose another column, or a defect of another kind"
_NOTHING = {
    "whitespace": "give the column a longer type than its texts: there is no room for a space",
    "case": "choose a column with letters",
    "encoding": "choose a column with letters",
    "truncate": "give a smaller length, or choose a column with longer texts",
    "invalid": "say what is put in: values",
    "swap": "choose columns with different values",
}


def _groups(defect: Defect) -> list[tuple[str, ...]]:
    """The columns that a defect changes in the same rows."""
    if isinstance(defect, DuplicateDefect) or (isinstance(defect, LateDefect) and not defect.columns):
        return []
    if isinstance(defect, SwapDefect | LateDefect):
        return [tuple(defect.columns)]
    return [(name,) for name in defect.columns]


def _taken_from(column: str) -> Change:
    return lambda cells: cells.other(column)


def _due(
    table: Table, growth: RowGrowth, delivery: Delivery | None
) -> Callable[[U64, I64], tuple[pa.Array, pa.Array]] | None:
    """The day that adds each row and the day on which it comes, as texts: dates where the table has a time column."""
    if delivery is None or moved_by_delivery(table.defects) is None or table.growth is None:
        return None
    column = table.column(table.growth.time_column) if table.growth.time_column else None
    start = first_day(table.growth, column) if column is not None else None

    def texts(days: I64) -> pa.Array:
        if start is None:
            return pa.array([f"day {day}" for day in days], pa.string())
        return pa.array([str(start + dt.timedelta(int(day) - 1)) for day in days], pa.string())

    def due(rows: U64, delays: I64) -> tuple[pa.Array, pa.Array]:
        days = growth.day(Rows.of(rows))
        return texts(days), texts(days + delays)

    return due
