"""Names in expressions and rules -> the columns that they mean; which columns follow from which."""

from __future__ import annotations

from collections.abc import Iterator

from dw_simulator.schema.distributions import Conditional
from dw_simulator.schema.expressions import Call, ExpressionError, Name, names_in, parse
from dw_simulator.schema.model import Column, Experiment, Reference, Table
from dw_simulator.schema.rules import Rollup
from dw_simulator.schema.suggest import did_you_mean


def resolve(experiment: Experiment, table: Table, name: Name) -> tuple[Table, Column]:
    """The column that ``name`` means in ``table``, and its table: the parent for ``fk_column.parent_column``.

    Raises:
        ExpressionError: there is no such column, or ``fk_column`` is part of no foreign key.
    """
    if name.through is None:
        return table, _column(table, name.column, name.at)
    through = _column(table, name.through, name.at)
    reference = reference_of(experiment, table, through)
    parent = experiment.table(reference.parent) if reference else None
    if parent is None:
        raise ExpressionError(
            f"{through.name!r} is no foreign key, so {name.text!r} means nothing",
            name.at,
            "write fk_column.parent_column",
        )
    return parent, _column(parent, name.column, name.at)


def _column(table: Table, name: str, at: int) -> Column:
    column = table.column(name)
    if column is None:
        known = [one.name for one in table.columns]
        raise ExpressionError(
            f"table {table.name!r} has no column {name!r}", at, did_you_mean(name, known, "its columns are")
        )
    return column


def reference_of(experiment: Experiment, table: Table, column: Column) -> Reference | None:
    """The foreign key that a column belongs to, those over several columns first."""
    name, found = column.name.lower(), None
    for reference in experiment.references():
        if reference.table.lower() == table.name.lower() and name in {one.lower() for one in reference.columns}:
            found = reference if found is None or len(reference.columns) > len(found.columns) else found
    return found


def ordinal_of(column: Column) -> str | None:
    """The foreign key column (in lower case) whose children this column numbers: ``ordinal(order_id)``."""
    if column.expression is None:
        return None
    try:
        node = parse(column.expression)
    except ExpressionError:
        return None
    if isinstance(node, Call) and node.function == "ordinal" and len(node.arguments) == 1:
        name = node.arguments[0]
        return name.column.lower() if isinstance(name, Name) and name.through is None else None
    return None


def is_ordinal_in_keys(table: Table, column: Column) -> bool:
    """Whether every key that the column is part of has the foreign key whose children it numbers: then it is unique."""
    key, name = ordinal_of(column), column.name.lower()
    groups = [{one.lower() for one in group} for group in table.unique_groups()]
    return key is not None and all(key in group for group in groups if name in group)


def rollup_key(experiment: Experiment, table: Table, rule: Rollup) -> Reference:
    """The foreign key by which the rows of a roll-up refer to ``table``.

    Raises:
        ExpressionError: there is no such table or key, or the rule does not say which of several.
    """
    child = experiment.table(rule.table)
    if child is None:
        known = [one.name for one in experiment.tables]
        raise ExpressionError(
            f"there is no table {rule.table!r}", hint=did_you_mean(rule.table, known, "the tables are")
        )
    keys = [
        reference
        for reference in experiment.references()
        if reference.table == child.name and reference.parent.lower() == table.name.lower()
    ]
    wanted = rule.foreign_key.lower() if rule.foreign_key else None
    fitting = [key for key in keys if wanted is None or wanted in {name.lower() for name in key.columns}]
    if len(fitting) == 1:
        return fitting[0]
    names = ", ".join(key.columns[0] for key in keys)
    if not fitting:
        what = f"by {rule.foreign_key!r}" if wanted and keys else "by a foreign key"
        hint = f"its foreign keys to {table.name} are: {names}" if keys else f"give it a foreign key to {table.name}"
        raise ExpressionError(f"table {child.name!r} does not refer to {table.name!r} {what}", hint=hint)
    raise ExpressionError(
        f"table {child.name!r} refers to {table.name!r} by several foreign keys", hint=f"say which: {names}"
    )


def moment_name(text: str) -> Name:
    """``created_at`` or ``fk_column.parent_column``, as the rules of columns write it."""
    through, _, column = text.rpartition(".")
    return Name(column, through or None)


def expressions_of(column: Column) -> Iterator[tuple[str, str]]:
    """(path below the column, text) of every expression of a column."""
    if column.expression is not None:
        yield "expression", column.expression
    if isinstance(column.distribution, Conditional):
        for index, case in enumerate(column.distribution.cases):
            yield f"distribution.cases.{index}.when", case.when


def names_of(column: Column) -> Iterator[Name]:
    """Every name that a column's values follow from. Raises ExpressionError for an expression that cannot be read."""
    for _, text in expressions_of(column):
        yield from names_in(parse(text))
    if column.after is not None:
        yield from (moment_name(text) for text in column.after.columns)
