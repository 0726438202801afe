"""A few rows of every expression, condition and roll-up before anything is generated: a division by zero or a result
that its column does not hold is then named with its column while nothing has been written yet."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from dw_simulator.errors import Problem
from dw_simulator.generator.design import Design, TableDesign
from dw_simulator.generator.streams import Rows
from dw_simulator.schema.checks.rules import type_text
from dw_simulator.schema.distributions import Conditional
from dw_simulator.schema.expressions import Name, names_in, parse
from dw_simulator.schema.model import Column
from dw_simulator.schema.resolve import names_of, resolve, rollup_key

FAILURES = (pa.ArrowException, ArithmeticError, LookupError, TypeError, ValueError, MemoryError)
"""What computing a column raises where its values are not possible."""

ROWS = 256
"""Rows of a table that are probed: evenly spread, the first and the last among them."""

MOST_COST = 512
"""Values that a probed row may need: what sums up more children is left to the run, which names it as well."""


class Costs:
    """How many values have to be computed for one value of a column, about."""

    def __init__(self, design: Design) -> None:
        self._design = design
        self._known: dict[tuple[str, str], float] = {}

    def of(self, table: TableDesign, column: Column) -> float:
        key = table.table.name.lower(), column.name.lower()
        if key not in self._known:
            self._known[key] = 1.0  # for a row that refers to itself
            self._known[key] = self._of(table, column)
        return self._known[key]

    def _of(self, table: TableDesign, column: Column) -> float:
        cost = 1.0 + sum(self._named(table, name) for name in names_of(column))
        if column.rollup is None:
            return cost
        rule = column.rollup
        key = rollup_key(self._design.experiment, table.table, rule)
        child = self._design.tables[key.table.lower()]
        texts = [text for text in (rule.value, rule.where) if text is not None]
        each = 1.0 + sum(self._named(child, name) for text in texts for name in names_in(parse(text)))
        return cost + each * child.rows / max(table.rows, 1)

    def _named(self, table: TableDesign, name: Name) -> float:
        other, column = resolve(self._design.experiment, table.table, name)
        return self.of(self._design.tables[other.name.lower()], column)


def probe(design: Design) -> list[Problem]:
    """What goes wrong in a few rows of the columns that are computed from others; nothing if all is well."""
    costs, found = Costs(design), []
    for table in design.tables.values():
        if not table.rows:
            continue
        index = np.unique(np.linspace(0, table.rows - 1, ROWS).astype(np.uint64))
        for column in table.table.columns:
            if _computes(column) and costs.of(table, column) <= MOST_COST:
                found += _problems(table, column, Rows.of(index))
    return found


def _computes(column: Column) -> bool:
    return bool(column.expression or column.rollup) or isinstance(column.distribution, Conditional)


def _problems(table: TableDesign, column: Column, rows: Rows) -> list[Problem]:
    plan = table.column(column.name)
    if plan is None:
        return []
    try:
        plan.take(rows)
    except FAILURES as error:
        text = str(error) or type(error).__name__
        return [Problem(text, path=f"tables.{table.table.name}.columns.{column.name}", hint=_hint(text, column))]
    return []


def _hint(text: str, column: Column) -> str | None:
    if "more digits" in text or "not in range" in text or "overflow" in text:
        return f"widen the column, which is {type_text(column)}, or bound the columns that it follows from"
    return None if "write" in text else "bound the columns that it follows from, or write a case around such values"
