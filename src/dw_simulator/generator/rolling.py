"""Roll-ups: a row's sum, count, … of the rows of another table that refer to it. Those rows are found by arithmetic and
computed, not read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from dw_simulator.generator import arrays
from dw_simulator.generator.arrays import Mask
from dw_simulator.generator.choosing import ExactNulls
from dw_simulator.generator.derived import RowValues, Streams, Taken
from dw_simulator.generator.expressions import Converter, evaluate
from dw_simulator.generator.expressions.evaluate import holds
from dw_simulator.generator.expressions.forms import FORMS, as_float, empty, numbers
from dw_simulator.generator.fan_out import FanOutChoice
from dw_simulator.generator.streams import I64, Rows
from dw_simulator.schema.expressions import Kind, Type, Typed

_LARGEST = 9.2e18


@dataclass
class RolledUp:
    """``function`` over ``value`` of the children that ``choice`` finds. ``present`` numbers the parents that can have
    some: those whose key is not NULL."""

    function: str
    value: Typed | None
    where: Typed | None
    columns: Mapping[str, Taken]
    stream: Streams
    choice: FanOutChoice
    present: ExactNulls | None
    convert: Converter
    result: Type
    type: pa.DataType

    def take(self, rows: Rows) -> pa.Array:
        children, counts = self._children(rows)
        groups = np.repeat(np.arange(rows.count), counts)
        seen = RowValues(children, self.columns, self.stream)
        kept: Mask = np.ones(children.count, np.bool_) if self.where is None else holds(self.where, seen)
        if self.value is None:
            return self.convert(_counted(groups[kept], rows.count))
        values = evaluate(self.value, seen)
        kept = kept & ~empty(values)
        if self.function == "avg":
            values = as_float(values, self.value.type)
        return self.convert(_rolled(self.function, numbers(values)[kept], groups[kept], rows.count, self.result))

    def _children(self, rows: Rows) -> tuple[Rows, I64]:
        if self.present is None:
            return self.choice.children_of(rows.index)
        known = ~self.present.empty(rows)
        found, some = self.choice.children_of(self.present.ordinal(rows)[known])
        counts = np.zeros(rows.count, np.int64)
        counts[known] = some
        return found, counts


def _counted(groups: Any, count: int) -> pa.Array:
    return pa.array(np.bincount(groups, minlength=count).astype(np.int64))


def _rolled(function: str, values: Any, groups: Any, count: int, result: Type) -> pa.Array:
    """``groups`` rise. A sum over nothing is 0, anything else NULL."""
    sizes = np.bincount(groups, minlength=count)
    some = np.flatnonzero(sizes)
    starts = (np.cumsum(sizes) - sizes)[some]
    kind = FORMS[result.kind]
    out = np.zeros(count, np.float64 if result.kind is Kind.FLOAT else np.int64)
    if len(some):
        if function in ("sum", "avg"):
            if (
                values.dtype != np.float64
                and np.abs(np.add.reduceat(values.astype(np.float64), starts)).max() > _LARGEST
            ):
                raise ValueError("overflow: a sum has more than 18 digits")
            out[some] = np.add.reduceat(values, starts)
            if function == "avg":
                out[some] = out[some] / sizes[some]
        else:
            out[some] = _EXTREMES[function](values, starts)
    plain = out.astype(np.int32) if kind == pa.date32() else out
    made = arrays.fixed(plain, kind)
    return made if function == "sum" or len(some) == count else arrays.with_nulls(made, sizes == 0)


_EXTREMES: dict[str, Callable[[Any, Any], Any]] = {"min": np.minimum.reduceat, "max": np.maximum.reduceat}
