"""Defects of numbers and moments: outliers, drift, and moments that come late."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from dw_simulator.generator.columns.categorical import converted_values
from dw_simulator.generator.columns.moments import DAY, microseconds
from dw_simulator.generator.columns.numbers import scale_of
from dw_simulator.generator.defects.cells import (
    Cells,
    Change,
    Target,
    as_floats,
    from_floats,
    from_unscaled,
    is_whole,
    kind,
    lower,
    type_limits,
    unscaled,
    upper,
)
from dw_simulator.generator.registry import RuleProblem
from dw_simulator.generator.transforms import F64
from dw_simulator.schema.defects import DriftDefect, LateDefect, NullDefect, OutlierDefect

_WIDEST = 1.5
"""Outliers are up to so many times their factor away from the mean."""


@kind("null")
def null(_: NullDefect, __: Target) -> Change:
    return lambda cells: pa.nulls(len(cells.values), cells.values.type)


@kind("outlier")
def outlier(defect: OutlierDefect, target: Target) -> Change:
    column = target.column
    sample = as_floats(target.sample, column)
    mean, deviation = (float(sample.mean()), float(sample.std())) if len(sample) else (0.0, 0.0)
    if deviation == 0:
        raise RuleProblem("its values do not differ, so none is an outlier", "use a defect of kind invalid")
    near, far = defect.factor * deviation, defect.factor * deviation * _WIDEST
    sides = [side for side in (-1.0, 1.0) if defect.side in ("both", "low" if side < 0 else "high")]
    possible = [side for side in sides if _holds(target, mean + side * near)]
    if not possible:
        raise RuleProblem(
            f"its type does not hold a value {defect.factor:g} standard deviations of {deviation:g} from {mean:g}",
            "give the defect a smaller factor, or the column a larger type",
        )
    signs = np.array(possible)

    def change(cells: Cells) -> pa.Array:
        away = near + (far - near) * upper(cells.words)
        sign = signs[(lower(cells.words) * len(signs)).astype(np.int64)]
        away = np.ceil(away * 10.0 ** scale_of(column)) / 10.0 ** scale_of(column) if is_whole(column) else away
        return from_floats(mean + sign * away, column, cells.values.type)

    return change


def _holds(target: Target, value: float) -> bool:
    if not is_whole(target.column):
        return bool(np.isfinite(value))
    low, high = type_limits(target.column)
    return low < value * 10.0 ** scale_of(target.column) < high


# --- drift ------------------------------------------------------------------------------------------------------------
@kind("drift")
def drift(defect: DriftDefect, target: Target) -> Change:
    start = microseconds(defect.start)
    span = microseconds(defect.end) - start if defect.end is not None else 0
    move = _redrawn(defect, target) if defect.values is not None else _moved(defect, target)

    def change(cells: Cells) -> pa.Array:
        since = (_micros(cells.other(defect.time_column)) - start).astype(np.float64)
        done = np.clip(since / span, 0.0, 1.0) if span else (since >= 0).astype(np.float64)
        return move(cells, done)

    return change


def _micros(moments: pa.Array) -> Any:
    """Microseconds since 1970; for NULL, long before."""
    numbers = unscaled(moments)
    numbers = numbers * DAY if pa.types.is_date(moments.type) else numbers
    known = moments.is_valid().to_numpy(zero_copy_only=False)
    return np.where(known, numbers, np.iinfo(np.int64).min // 4)


def _moved(defect: DriftDefect, target: Target) -> Any:
    shift, factor = defect.shift or 0.0, 1.0 if defect.factor is None else defect.factor

    def move(cells: Cells, done: F64) -> pa.Array:
        old = as_floats(cells.values, target.column)
        new = (old + shift * done) * (1.0 + (factor - 1.0) * done)
        moved = from_floats(new, target.column, cells.values.type)
        return _where(done > 0, moved, cells.values)

    return move


def _redrawn(defect: DriftDefect, target: Target) -> Any:
    assert defect.values is not None
    values = converted_values(target.column, defect.values)
    weights = np.cumsum(defect.weights or np.ones(len(values)))
    edges = weights / weights[-1]

    def move(cells: Cells, done: F64) -> pa.Array:
        drawn = np.minimum(np.searchsorted(edges, lower(cells.words), side="right"), len(values) - 1)
        return _where(upper(cells.words) < done, values.take(pa.array(drawn)), cells.values)

    return move


def _where(mask: Any, new: pa.Array, old: pa.Array) -> pa.Array:
    """``new`` where the mask is true; works for every type, which if_else does not."""
    size = len(old)
    index = np.where(mask, np.arange(size) + size, np.arange(size))
    return pa.concat_arrays([old, new]).take(pa.array(index))


# --- late -------------------------------------------------------------------------------------------------------------
@kind("late")
def late(defect: LateDefect, target: Target) -> Change:
    least, most = defect.days
    day = 1 if pa.types.is_date(target.sample.type) else DAY

    def change(cells: Cells) -> pa.Array:
        days = least + (lower(cells.words) * (most - least + 1)).astype(np.int64)
        return from_unscaled(unscaled(cells.values) + days * day, cells.values.type)

    return change
