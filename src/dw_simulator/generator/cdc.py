"""Change events: what happened to the keys of a table with history, one event a row, in the order of time.

Debezium documentation, "Change event values" (op c, u, d, r; before and after; source); AWS DMS guide, "Using Amazon S3
as a target" (I, U and D in front of the row's columns).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dw_simulator.generator import arrays
from dw_simulator.generator.arrays import Mask
from dw_simulator.generator.choosing import below_each
from dw_simulator.generator.columns.documents import json_parts
from dw_simulator.generator.design import ColumnPlan, Design, TableDesign, declared_type
from dw_simulator.generator.history import (
    Dimension,
    EventRows,
    Filled,
    HistoryDesign,
    Stated,
    moments,
    whole,
)
from dw_simulator.generator.lives import Events
from dw_simulator.generator.registry import RuleProblem
from dw_simulator.generator.streams import I64, Rows
from dw_simulator.schema.history import Cdc
from dw_simulator.schema.model import INTEGER_RANGES, Column, DataType, Table

FIRST_SEQUENCE = 1_000_000
SEQUENCE_STEP = 64
"""The log has other entries than those of this table, so its numbers have gaps: below this."""

SEQUENCE_DIGITS = 20
"""Of sequence numbers as text, so that they sort as numbers do."""


class CdcDesign(TableDesign):
    """A table of events."""

    def __init__(self, design: Design, table: Table) -> None:
        assert table.cdc is not None
        source = design.tables[table.cdc.of.lower()]
        assert isinstance(source, HistoryDesign)
        super().__init__(design, table, source.dimension.lives.rows)
        self.cdc, self.dimension = table.cdc, source.dimension
        self.writing = EventRows(self.dimension.lives)
        self.growth = self.writing.growth
        self.rows = self.growth.most

    def _make(self, column: Column) -> ColumnPlan | None:
        role = self.cdc.role_of(column.name)
        if role is None:
            return self._same(column)
        log = _Log(self.cdc, self.dimension, self)
        if role in ("before", "after", "envelope"):
            images = self._images()
            if images is None:
                return None
            values = _Documents(role, log, images)
            return ColumnPlan(column.name, values, None, passes_nulls=role != "envelope")
        self._check_numbers(column, role)
        return ColumnPlan(column.name, _Told(column, role, log), None)

    def _same(self, column: Column) -> ColumnPlan | None:
        if self.dimension.history.role_of(column.name) == "created_at":
            return ColumnPlan(column.name, Filled(column, "created_at", self.dimension, self.writing), None)
        stated = self.dimension.state(column.name, self.writing)
        if stated is None:
            return None
        return ColumnPlan(column.name, stated, None, stated.plan.reach, stated.plan.may_be_null)

    def _images(self) -> _Images | None:
        names, columns = [], []
        for column in self.dimension.table.columns:
            if self.dimension.history.role_of(column.name) is None:
                stated = self.dimension.state(column.name, self.writing)
                if stated is None:
                    return None
                names.append(column.name)
                columns.append((stated, column.data_type is DataType.JSON))
        return _Images(names, columns)

    def _check_numbers(self, column: Column, role: str) -> None:
        if column.data_type not in INTEGER_RANGES:
            return
        last = {
            "sequence": FIRST_SEQUENCE + self.rows * SEQUENCE_STEP,
            "transaction": self.rows // self.cdc.transaction_rows + 2,
            "time": 10**13 if column.data_type is not DataType.BIGINT else 0,
        }.get(role, 0)
        if last > INTEGER_RANGES[column.data_type][1]:
            raise RuleProblem(f"its numbers go up to {last:,}, which {column.data_type} does not hold", "use BIGINT")


@dataclass
class _Log:
    """What the columns of the events have in common."""

    cdc: Cdc
    dimension: Dimension
    table: CdcDesign

    def events(self, rows: Rows) -> Events:
        return self.table.writing.written(rows).events

    def before(self, rows: Rows) -> Events:
        return rows.shared((id(self.table), "before"), lambda: self.dimension.lives.previous(self.events(rows)))

    def kinds(self, rows: Rows) -> I64:
        """Places in :data:`_KINDS`."""
        return rows.shared((id(self.table), "kinds"), lambda: self._kinds(rows))

    def _kinds(self, rows: Rows) -> I64:
        lives, events = self.dimension.lives, self.events(rows)
        comes = (events.round < 0) | lives.deleted(self.before(rows))
        kind = np.where(comes, _KINDS.index("insert"), _KINDS.index("update"))
        kind[lives.deleted(events)] = _KINDS.index("delete")
        kind[events.day == 0] = _KINDS.index("snapshot")
        return kind

    def names(self) -> list[str]:
        words = self.cdc.operations
        return [words.insert, words.update, words.delete, words.snapshot or words.insert]

    def sequence(self, rows: Rows) -> I64:
        index = rows.index.astype(np.int64)
        words = rows.words(self.table.stream("sequence", "cdc"))
        gaps = below_each(words, np.full(rows.count, SEQUENCE_STEP, np.uint64)).astype(np.int64)
        return FIRST_SEQUENCE + index * SEQUENCE_STEP + gaps

    def transaction(self, rows: Rows) -> I64:
        """Transactions begin once in every so many events, anywhere among them."""
        index, size = rows.index.astype(np.int64), self.cdc.transaction_rows
        group = index // size
        words = self.table.stream("transaction", "cdc").words_at(group.astype(np.uint64))
        begins = below_each(words, np.full(rows.count, size, np.uint64)).astype(np.int64)
        return group + (index % size >= begins)

    def milliseconds(self, rows: Rows) -> I64:
        return self.dimension.lives.ticks(self.events(rows)) // 1000


_KINDS = ("insert", "update", "delete", "snapshot")


@dataclass
class _Told:
    """A column that is no document, in its ``role``."""

    column: Column
    role: str
    log: _Log

    @property
    def type(self) -> pa.DataType:
        if self.role == "operation":
            return pa.dictionary(pa.int32(), pa.string())
        return declared_type(self.column)

    def take(self, rows: Rows) -> pa.Array:
        return _TELLERS[self.role](self, rows)


def _operation(told: _Told, rows: Rows) -> pa.Array:
    names = list(dict.fromkeys(told.log.names()))
    codes = np.array([names.index(name) for name in told.log.names()])
    return arrays.dictionary(codes[told.log.kinds(rows)], pa.array(names))


def _time(told: _Told, rows: Rows) -> pa.Array:
    if told.column.data_type.is_temporal:
        return moments(told.column, told.log.dimension.lives.ticks(told.log.events(rows)))
    return whole(told.column, told.log.milliseconds(rows))


def _sequence(told: _Told, rows: Rows) -> pa.Array:
    numbers = told.log.sequence(rows)
    if told.column.data_type.is_text:
        return pc.utf8_lpad(arrays.fixed(numbers, pa.int64()).cast(pa.string()), SEQUENCE_DIGITS, "0")
    return whole(told.column, numbers)


def _transaction(told: _Told, rows: Rows) -> pa.Array:
    return whole(told.column, told.log.transaction(rows))


_TELLERS: Mapping[str, Callable[[_Told, Rows], pa.Array]] = {
    "operation": _operation,
    "time": _time,
    "sequence": _sequence,
    "transaction": _transaction,
}


@dataclass
class _Images:
    """Rows of the table as JSON objects. ``columns`` say whether their texts are JSON already."""

    names: Sequence[str]
    columns: Sequence[tuple[Stated, bool]]

    def of(self, events: Events, rows: Rows, purpose: str) -> pa.Array:
        parts: list[Any] = []
        for place, (name, (column, is_json)) in enumerate(zip(self.names, self.columns, strict=True)):
            values = arrays.plain(column.of(events, rows, purpose))
            key = ("," if place else "{") + json.dumps(name, ensure_ascii=False) + ":"
            texts = [values] if is_json else json_parts(_as_written(values))
            parts += [key, pc.fill_null(arrays.join(*texts) if len(texts) > 1 else texts[0], "null")]
        return arrays.join(*parts, "}")


def _as_written(values: pa.Array) -> pa.Array:
    """Bytes as hexadecimal digits: JSON has no bytes."""
    if not pa.types.is_binary(values.type):
        return values
    return pa.array([None if one is None else one.hex() for one in values.to_pylist()], pa.string())


@dataclass
class _Documents:
    """``before``, ``after``, or both in an ``envelope``."""

    role: str
    log: _Log
    images: _Images
    type = pa.string()

    def take(self, rows: Rows) -> pa.Array:
        if self.role == "before":
            return self._before(rows)
        return self._after(rows) if self.role == "after" else self._envelope(rows)

    def _before(self, rows: Rows) -> pa.Array:
        def make() -> pa.Array:
            return _nulled(self.images.of(self.log.before(rows), rows, "before"), ~self._existed(rows))

        return rows.shared((id(self.log.table), "image before"), make)

    def _existed(self, rows: Rows) -> Mask:
        kinds = self.log.kinds(rows)
        found: Mask = (kinds == _KINDS.index("update")) | (kinds == _KINDS.index("delete"))
        return found

    def _after(self, rows: Rows) -> pa.Array:
        def make() -> pa.Array:
            gone = self.log.kinds(rows) == _KINDS.index("delete")
            return _nulled(self.images.of(self.log.events(rows), rows, "written"), gone)

        return rows.shared((id(self.log.table), "image after"), make)

    def _envelope(self, rows: Rows) -> pa.Array:
        log = self.log
        codes = log.kinds(rows)
        operations = pa.array([json.dumps(name) for name in log.names()]).take(pa.array(codes))
        moment = _text(log.milliseconds(rows))
        table = json.dumps(log.cdc.of, ensure_ascii=False)
        return arrays.join(
            '{"before":', pc.fill_null(self._before(rows), "null"),
            ',"after":', pc.fill_null(self._after(rows), "null"),
            ',"source":{"ts_ms":', moment, f',"table":{table},"txId":', _text(log.transaction(rows)),
            ',"lsn":', _text(log.sequence(rows)), '},"op":', operations, ',"ts_ms":', moment, "}",
        )  # fmt: skip


def _text(numbers: I64) -> pa.Array:
    return arrays.fixed(numbers, pa.int64()).cast(pa.string())


def _nulled(values: pa.Array, empty: Mask) -> pa.Array:
    return arrays.with_nulls(values, empty) if empty.any() else values
