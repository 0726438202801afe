"""Foreign keys to tables with history: a key that is there by then, or the version of one at a moment of the row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dw_simulator.generator import arrays
from dw_simulator.generator.arrays import Mask
from dw_simulator.generator.choosing import below_each
from dw_simulator.generator.columns.moments import DAY
from dw_simulator.generator.expressions.forms import empty, numbers
from dw_simulator.generator.foreign import converted
from dw_simulator.generator.growth import RowGrowth
from dw_simulator.generator.lives import Lives
from dw_simulator.generator.registry import RuleProblem
from dw_simulator.generator.streams import I64, Rows, Stream
from dw_simulator.schema.model import Column, DataType

if TYPE_CHECKING:
    from dw_simulator.generator.design import ColumnPlan, TableDesign
    from dw_simulator.generator.history import Dimension


@dataclass
class VersionedKey:
    """``plan`` is the column of keys, or with ``of_version`` of versions, that is referred to; ``moment`` the column
    that says when. Versions start at moments cut to ``unit`` microseconds."""

    plan: ColumnPlan
    lives: Lives
    stream: Stream
    growth: RowGrowth
    moment: ColumnPlan | None
    of_version: bool
    unit: int
    type: pa.DataType

    def take(self, rows: Rows) -> pa.Array:
        known = np.minimum(self.lives.first + self.growth.day(rows), self.lives.days)
        if self.moment is None:
            return self._values(self._any(rows, self.lives.keys_after(known)))
        ticks, missing = self._ticks(self.moment, rows, known)
        # all but the first keys come during their day, so those of the day before are there for sure
        key = self._any(rows, self.lives.keys_after(np.maximum(ticks // DAY - self.lives.start - 1, 0)))
        number = self.lives.last_by(key, ticks, self.unit).number if self.of_version else key
        values = self._values(number)
        return arrays.with_nulls(values, missing) if missing.any() else values

    def _ticks(self, moment: ColumnPlan, rows: Rows, known: I64) -> tuple[I64, Mask]:
        """(microseconds, whether there is no moment). Raises ValueError for a moment outside the history."""
        values = arrays.plain(moment.take(rows))
        missing = empty(values)
        ticks = numbers(values).astype(np.int64) * (DAY if pa.types.is_date(values.type) else 1)
        ticks = np.where(missing, self.lives.start * DAY, ticks)
        day = ticks // DAY - self.lives.start
        outside = np.flatnonzero((day < 0) | (day > known))
        if len(outside):
            when = np.datetime64(int(ticks[outside[0]]), "us")
            raise ValueError(
                f"{moment.name} is {when}, but the versions are known from {np.datetime64(self.lives.start, 'D')} to "
                f"{np.datetime64(self.lives.start + int(known[outside[0]]), 'D')} only"
            )
        return ticks, missing

    def _any(self, rows: Rows, there: I64) -> I64:
        return below_each(rows.words(self.stream), there.astype(np.uint64)).astype(np.int64)

    def _values(self, number: I64) -> pa.Array:
        values = self.plan.take(Rows.of(number.astype(np.uint64)))
        return values if values.type == self.type else converted(arrays.plain(values), self.type)


def versioned(
    child: TableDesign, column: Column, dimension: Dimension, stream: Stream, declared: pa.DataType
) -> tuple[VersionedKey, bool] | None:
    """The values of a foreign key column, and whether they may be NULL; None if what it needs cannot be made."""
    key, history = column.foreign_key, dimension.history
    assert key is not None
    of_version = history.role_of(key.column) == "surrogate_key"
    plan = (dimension.versions if of_version else dimension.keys).column(key.column)
    moment = child.column(key.as_of) if key.as_of is not None else None
    if plan is None or (key.as_of is not None and moment is None):
        return None
    may_be_null = moment is not None and moment.may_be_null
    if may_be_null and child.never_null(column):
        raise RuleProblem(f"it is required, but {key.as_of} may be NULL", f"require {key.as_of}, or let it be NULL")
    if moment is not None:
        moment.shared = True
    start = dimension.table.column(history.valid_from)
    unit = DAY if start is not None and start.data_type is DataType.DATE else 1
    kind = plan.type if column.data_type.is_text and pa.types.is_dictionary(plan.type) else declared
    return VersionedKey(plan, dimension.lives, stream, child.growth, moment, of_version, unit, kind), may_be_null
