"""Columns that follow from other columns of the row, or of a row that it refers to. Nothing is read back: the other
columns are computed for the same rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from dw_simulator.generator import arrays
from dw_simulator.generator.arrays import Mask
from dw_simulator.generator.choosing import Chooser, ExactNulls
from dw_simulator.generator.columns.moments import DAY, MICROSECOND, SECOND
from dw_simulator.generator.columns.numbers import Sampler
from dw_simulator.generator.expressions import Converter, evaluate
from dw_simulator.generator.expressions.evaluate import holds
from dw_simulator.generator.expressions.forms import empty, numbers
from dw_simulator.generator.fan_out import FanOutChoice
from dw_simulator.generator.registry import Values
from dw_simulator.generator.streams import I64, U64, Rows, Stream, WordSource
from dw_simulator.schema.expressions import Name, Typed

Streams = Callable[[str], Stream]
"""A stream of the column for a purpose."""


class Taken(Protocol):
    """A column's values, NULLs included."""

    def take(self, rows: Rows) -> pa.Array: ...


@dataclass(frozen=True)
class ParentColumn:
    """A column of the row that a foreign key refers to. ``key`` is the foreign key's own column where that may be
    NULL: then so is this."""

    column: Taken
    chooser: Chooser
    present: ExactNulls | None
    key: Taken | None

    def take(self, rows: Rows) -> pa.Array:
        parents, places = rows.shared(("parents", id(self.chooser)), lambda: self._rows(rows))
        values = arrays.plain(self.column.take(parents))
        if places is not None:
            values = values.take(places)
        if self.key is None:
            return values
        missing = empty(self.key.take(rows))
        return arrays.with_nulls(values, missing) if missing.any() else values

    def _rows(self, rows: Rows) -> tuple[Rows, pa.Array | None]:
        """The parents, and which of them each row has; None: one after the other. Parents that lie close together are
        computed as a range, which is many times cheaper than single rows, and each once."""
        number = self.chooser.choose(rows).astype(np.uint64, copy=False)
        index = number if self.present is None else self.present.rows_of(number)
        if len(index):
            low, high = int(index.min()), int(index.max())
            if high - low < 2 * len(index):
                return Rows.range(low, high + 1), arrays.fixed((index - np.uint64(low)).view(np.int64), pa.int64())
        return Rows.of(index), None


class Placed(Protocol):
    """Numbers the rows by a foreign key: the place among the children of a parent, or the level of a hierarchy."""

    def number(self, rows: Rows) -> I64: ...


@dataclass(frozen=True)
class Ordinal:
    """1, 2, … for the children of one parent."""

    choice: FanOutChoice

    def number(self, rows: Rows) -> I64:
        return self.choice.ordinal(rows) + 1


@dataclass(frozen=True)
class KeyNumber:
    """A number by a foreign key, NULL where the key is (``key`` is None where it never is)."""

    placed: Placed
    key: Taken | None

    def take(self, rows: Rows) -> pa.Array:
        values = arrays.fixed(self.placed.number(rows), pa.int64())
        if self.key is None:
            return values
        missing = empty(self.key.take(rows))
        return arrays.with_nulls(values, missing) if missing.any() else values


class RowValues:
    """What an expression sees of the rows that a column is computed for."""

    def __init__(self, rows: Rows, columns: Mapping[str, Taken], stream: Streams) -> None:
        self._rows, self._columns, self._stream = rows, columns, stream
        self.count = rows.count

    @property
    def index(self) -> U64:
        return self._rows.index

    def column(self, name: Name) -> pa.Array:
        return self._columns[name.text.lower()].take(self._rows)

    def placed(self, function: str, name: Name) -> pa.Array:
        return self._columns[f"{function}({name.text.lower()})"].take(self._rows)

    def words(self, purpose: str) -> U64:
        return self._rows.words(self._stream(purpose))


@dataclass
class Computed:
    """The values of an expression."""

    typed: Typed
    columns: Mapping[str, Taken]
    stream: Streams
    convert: Converter
    type: pa.DataType

    def take(self, rows: Rows) -> pa.Array:
        return self.convert(evaluate(self.typed, RowValues(rows, self.columns, self.stream)))


@dataclass
class Delayed:
    """The latest of some moments, and a delay in ``step`` microseconds: ``least`` to ``most`` steps of it.

    ``last`` is the latest moment in microseconds.
    """

    bases: Sequence[Taken]
    sampler: Sampler
    words: WordSource
    unit: int
    step: int
    least: int
    most: int
    last: int | None
    type: pa.DataType

    def take(self, rows: Rows) -> pa.Array:
        latest: Any = None
        missing: Mask = np.zeros(rows.count, np.bool_)
        for base in self.bases:
            values = arrays.plain(base.take(rows))
            ticks = self._ticks(values)
            missing |= empty(values)
            latest = ticks if latest is None else np.maximum(latest, ticks)
        delay = self.sampler(rows.words(self.words))
        delay *= self.unit / self.step
        np.clip(delay, self.least, self.most, out=delay)
        moment = latest + delay.astype(np.int64) * self.step
        if self.last is not None:
            np.minimum(moment, self.last, out=moment)
        made = arrays.fixed(moment // DAY if pa.types.is_date(self.type) else moment, pa.int64())
        out = made.cast(pa.int32()).view(self.type) if pa.types.is_date(self.type) else made.view(self.type)
        return arrays.with_nulls(out, missing) if missing.any() else out

    def _ticks(self, values: pa.Array) -> Any:
        """Microseconds; for dates, the first midnight that is not before."""
        ticks = numbers(values).astype(np.int64)
        if pa.types.is_date(values.type):
            return ticks * DAY
        return -(-ticks // DAY) * DAY if pa.types.is_date(self.type) else ticks


def step_of(unit: int, least: float, most: float, is_date: bool) -> int:
    """Microseconds of a step: a day for dates, a second unless the shortest or longest delay needs a finer one."""
    if is_date:
        return DAY
    bounds = [least * unit, *([most * unit] if most < math.inf else [])]
    return SECOND if all(bound % SECOND == 0 for bound in bounds) else MICROSECOND


@dataclass
class Cases:
    """Values of the first case whose condition holds, else those of ``otherwise``."""

    conditions: Sequence[Typed]
    values: Sequence[Values]
    columns: Mapping[str, Taken]
    stream: Streams
    type: pa.DataType

    def take(self, rows: Rows) -> pa.Array:
        seen = RowValues(rows, self.columns, self.stream)
        left = np.ones(rows.count, np.bool_)
        places: list[Any] = []
        for condition in self.conditions:
            mask = left & holds(condition, seen)
            places.append(np.flatnonzero(mask))
            left &= ~mask
        places.append(np.flatnonzero(left))
        parts = [self._part(values, rows, some) for values, some in zip(self.values, places, strict=True) if len(some)]
        if not parts:
            return pa.nulls(0, self.type)
        back = np.empty(rows.count, np.int64)
        back[np.concatenate(places)] = np.arange(rows.count)
        return pa.concat_arrays(parts).take(pa.array(back))

    def _part(self, values: Values, rows: Rows, places: Any) -> pa.Array:
        return arrays.plain(values.take(rows.some(places))).cast(self.type)


@dataclass
class LookedUp:
    """One column of a lookup: ``codes`` say for every row of the list which of ``values`` it has, -1 for NULL."""

    chooser: Chooser
    values: pa.Array
    codes: Any

    @property
    def type(self) -> pa.DataType:
        return pa.dictionary(pa.int32(), self.values.type) if pa.types.is_string(self.values.type) else self.values.type

    @property
    def has_nulls(self) -> bool:
        return bool((self.codes < 0).any())

    def take(self, rows: Rows) -> pa.Array:
        code = self.codes[self.chooser.choose(rows)]
        known = np.maximum(code, 0)
        out = (
            arrays.dictionary(known, self.values)
            if pa.types.is_string(self.values.type)
            else arrays.take(self.values, known)
        )
        return arrays.with_nulls(out, code < 0) if self.has_nulls else out
