"""How many children a parent has, from the sketch of the foreign key; and numbers that count a parent's children."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dw_simulator.experiments.learning.scan import ColumnFacts, TableFacts

FEWEST_PARENTS = 20


def fan_out(column: ColumnFacts, parent: TableFacts, *, scattered: bool) -> dict[str, Any] | None:
    """The rule of a foreign key without NULLs; None where there are too few parents to say."""
    counts = column.sketch.counts
    if column.nulls or len(counts) < FEWEST_PARENTS:
        return None
    least, most = int(counts.min()), int(counts.max())
    childless = round(max(0.0, 1 - column.sketch.distinct / parent.rows), 6)
    found: dict[str, Any] = {"min": least, "max": most, "shape": _shape(counts, least, most)}
    if childless > 0:
        found["childless"] = childless
    return found | ({"scattered": True} if scattered else {})


def _shape(counts: Any, least: int, most: int) -> str:
    """By the spread of what the parents have above the least: a mean of m goes with a variance of m (Poisson),
    m * (m + 1) (geometric), or that of equally likely numbers."""
    above = counts - least
    mean, variance = float(above.mean()), float(above.var())
    if variance < 0.3:
        return "even"
    width = most - least + 1
    expected = {"poisson": mean, "geometric": mean * (mean + 1), "uniform": (width**2 - 1) / 12}
    if abs(mean - (most - least) / 2) > 0.15 * width:
        del expected["uniform"]
    return min(expected, key=lambda shape: abs(np.log(variance / expected[shape])))


def is_ordinal(facts: TableFacts, parent: str, column: str) -> bool:
    """Whether ``column`` numbers the rows of each parent 1, 2, 3, …; seen only where the sample has all rows."""
    if facts.sampled < facts.rows or not facts.column(column).typed.kind.is_integer:
        return False
    numbers = pa.array(facts.column(column).typed.values)
    table = pa.table({"parent": facts.sample.column(parent), "number": numbers})
    if facts.column(column).nulls or facts.column(parent).nulls:
        return False
    grouped = table.group_by("parent").aggregate([("number", "min"), ("number", "max"), ("number", "count_distinct")])
    is_first = pc.all(pc.equal(grouped.column("number_min"), 1)).as_py()
    is_dense = pc.all(pc.equal(grouped.column("number_max"), grouped.column("number_count_distinct"))).as_py()
    return bool(is_first and is_dense)
