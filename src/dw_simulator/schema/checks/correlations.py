"""Correlations: columns that can be correlated, coefficients that do not contradict each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from dw_simulator.schema.checks.context import Context, table_path
from dw_simulator.schema.distributions import Categorical
from dw_simulator.schema.model import Column, DataType, Table
from dw_simulator.schema.suggest import did_you_mean

Matrix = Sequence[Sequence[float]]

_ROUNDING = 1e-9
"""How far below 0 a pivot may fall by rounding: coefficients of 1 and -1 are possible."""


@dataclass
class CorrelatedColumns:
    """Columns that are correlated with each other, and the coefficients of their normal scores."""

    columns: list[str]
    """in lower case, in the order of the table"""
    matrix: list[list[float]]


@dataclass
class _Merged:
    """What all entries of a table say of each pair."""

    pairs: dict[tuple[str, str], float] = field(default_factory=dict)
    conflicts: list[tuple[int, str, str, float, float]] = field(default_factory=list)


def normal_coefficient(value: float, kind: str) -> float:
    """The correlation of the normal scores for a coefficient of ranks: 2 sin(pi r / 6)."""
    return max(-1.0, min(1.0, 2 * math.sin(math.pi * value / 6))) if kind == "spearman" else value


def _merge(table: Table) -> _Merged:
    merged = _Merged()
    for index, entry in enumerate(table.correlations):
        names = [name.lower() for name in entry.columns]
        for i, first in enumerate(names):
            for j in range(i):
                pair = (min(first, names[j]), max(first, names[j]))
                value = normal_coefficient(entry.coefficient(i, j), entry.kind)
                before = merged.pairs.setdefault(pair, value)
                if abs(before - value) > _ROUNDING:
                    merged.conflicts.append((index, entry.columns[j], entry.columns[i], before, value))
    return merged


def correlated_columns(table: Table) -> list[CorrelatedColumns]:
    """The groups of columns that are connected by coefficients other than 0, each with its whole matrix."""
    pairs = {pair: value for pair, value in _merge(table).pairs.items() if value and pair[0] != pair[1]}
    group: dict[str, set[str]] = {}
    for first, second in pairs:
        joined = group.get(first, {first}) | group.get(second, {second})
        group.update(dict.fromkeys(joined, joined))
    order = [column.name.lower() for column in table.columns]
    found: list[CorrelatedColumns] = []
    for name in order:
        if name in group and not any(name in one.columns for one in found):
            names = [one for one in order if one in group[name]]
            found.append(CorrelatedColumns(names, [[_between(pairs, a, b) for b in names] for a in names]))
    return found


def _between(pairs: dict[tuple[str, str], float], first: str, second: str) -> float:
    return 1.0 if first == second else pairs.get((min(first, second), max(first, second)), 0.0)


def cholesky(matrix: Matrix) -> list[list[float]] | None:
    """The lower triangle L with L L' = ``matrix``; None if the matrix is not positive semi-definite."""
    size = len(matrix)
    lower = [[0.0] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rest = matrix[i][j] - math.fsum(lower[i][k] * lower[j][k] for k in range(j))
            if i == j:
                if rest < -_ROUNDING:
                    return None
                lower[i][i] = math.sqrt(rest) if rest > _ROUNDING else 0.0
            elif lower[j][j]:
                lower[i][j] = rest / lower[j][j]
            elif abs(rest) > math.sqrt(_ROUNDING):
                return None
    return lower


def largest_factor(matrix: Matrix) -> float:
    """By what all coefficients can be multiplied at most (two digits, rounded down) to make a matrix possible."""
    low, high = 0, 100
    while low < high:
        middle = (low + high + 1) // 2
        scaled = [[v if i == j else v * middle / 100 for j, v in enumerate(row)] for i, row in enumerate(matrix)]
        low, high = (middle, high) if cholesky(scaled) else (low, middle - 1)
    return low / 100


# --- checks ---------------------------------------------------------------------------------------
def check_correlations(context: Context) -> None:
    for table in context.experiment.tables:
        known = [_check_columns(context, table, index) for index in range(len(table.correlations))]
        if table.correlations and all(known):
            _check_coefficients(context, table)


def _check_columns(context: Context, table: Table, index: int) -> bool:
    path, before = table_path(table, "correlations", str(index), "columns"), len(context.problems)
    names = table.correlations[index].columns
    for place, name in enumerate(names):
        column = context.column(table, name)
        if column is None:
            every = [one.name for one in table.columns]
            context.report(
                path, f"table {table.name!r} has no column {name!r}", did_you_mean(name, every, "its columns are")
            )
        elif name.lower() in {other.lower() for other in names[:place]}:
            context.report(path, f"column {name!r} is there twice", "name it once")
        elif why := _why_not(table, column):
            context.report(path, f"column {name!r} cannot be correlated: {why[0]}", why[1])
    return len(context.problems) == before


def _why_not(table: Table, column: Column) -> tuple[str, str] | None:
    """(reason, way out) for a column whose values a correlation cannot order or choose."""
    name = column.name.lower()
    keys = {key.lower() for group in table.unique_groups() for key in group}
    keys |= {key.lower() for composite in table.foreign_keys for key in composite.columns}
    if column.identity or column.foreign_key or name in keys:
        return "it is part of a key, which decides its values", "correlate another column"
    if column.expression is not None or name in {one.lower() for lookup in table.lookups for one in lookup.columns}:
        return "its values follow from other columns", "correlate those"
    has_order = column.data_type.is_number or column.data_type.is_temporal or column.data_type is DataType.TIME
    if not (has_order or column.data_type is DataType.BOOLEAN or isinstance(column.distribution, Categorical)):
        return (
            f"values of type {column.data_type} have no order",
            "give it a categorical distribution, whose values are ordered as listed",
        )
    return None


def _check_coefficients(context: Context, table: Table) -> None:
    for index, first, second, one, other in _merge(table).conflicts:
        context.report(
            table_path(table, "correlations", str(index)),
            f"{first!r} and {second!r} have {other:.4g} here and {one:.4g} in an earlier entry",
            "keep one of them",
        )
    for group in correlated_columns(table):
        if cholesky(group.matrix) is None:
            names = ", ".join(group.columns)
            context.report(
                table_path(table, "correlations"),
                f"the correlations of {names} contradict each other: their matrix is not positive definite",
                f"weaken them: with all coefficients times {largest_factor(group.matrix):g} it is possible",
            )


CHECKS = (check_correlations,)
