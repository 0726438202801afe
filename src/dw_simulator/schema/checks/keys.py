"""Keys: their columns exist, foreign keys refer to something unique of the same type, tables have an order to fill."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from dw_simulator.schema.checks.context import Context, column_path, table_path
from dw_simulator.schema.checks.rules import number_range, type_text
from dw_simulator.schema.graph import cycle_problem
from dw_simulator.schema.model import Column, DataType, Reference, Table
from dw_simulator.schema.suggest import did_you_mean


def column_groups(table: Table) -> Iterator[tuple[str, list[str], int]]:
    """(path below the table, column names, fewest columns) of everything that names columns of its own table."""
    if table.primary_key:
        yield "primary_key", table.primary_key, 1
    for name, groups in (("unique_keys", table.unique_keys), ("composite_keys", table.composite_keys)):
        for index, group in enumerate(groups):
            yield f"{name}.{index}", group, 1 if name == "unique_keys" else 2
    for index, key in enumerate(table.foreign_keys):
        yield f"foreign_keys.{index}.columns", key.columns, 2
    if table.sort_key and table.sort_key.columns:
        yield "sort_key.columns", table.sort_key.columns, 1
    if table.dist_key is not None:
        yield "dist_key", [table.dist_key], 1


def check_key_columns(context: Context) -> None:
    for table in context.experiment.tables:
        for path, names, fewest in column_groups(table):
            _check_group(context, table, table_path(table, path), names, fewest)


def _check_group(context: Context, table: Table, path: str, names: list[str], fewest: int) -> None:
    if not names:
        context.report(path, "the key has no columns", f"name at least {fewest}, or remove the key")
        return
    if len(names) < fewest:
        context.report(path, f"a composite key has at least {fewest} columns, got {names[0]!r}", "use primary_key")
    seen: set[str] = set()
    for name in names:
        if context.column(table, name) is None:
            known = [column.name for column in table.columns]
            context.report(
                path, f"table {table.name!r} has no column {name!r}", did_you_mean(name, known, "its columns are")
            )
        if name.lower() in seen:
            context.report(path, f"column {name!r} is there twice", "name it once")
        seen.add(name.lower())


def check_json_keys(context: Context) -> None:
    for table in context.experiment.tables:
        for path, names, _ in column_groups(table):
            for name in names:
                column = context.column(table, name)
                if column and column.data_type is DataType.JSON:
                    context.report(
                        table_path(table, path), f"column {name!r} is of type JSON, which cannot be part of a key"
                    )
        for column in table.columns:
            if column.data_type is DataType.JSON and (column.is_unique or column.foreign_key):
                context.report(column_path(table, column), "a JSON column cannot be unique or a foreign key")


# --- foreign keys ---------------------------------------------------------------------------------
def check_foreign_keys(context: Context) -> None:
    for reference in context.experiment.references():
        child = context.table(reference.table)
        if child is not None:
            _check_reference(context, child, reference)
    if problem := cycle_problem(context.experiment):
        context.problems.append(problem)


def _check_reference(context: Context, child: Table, reference: Reference) -> None:
    path = _reference_path(child, reference)
    parent = context.table(reference.parent)
    if parent is None:
        known = [table.name for table in context.experiment.tables]
        context.report(
            path,
            f"refers to table {reference.parent!r}, which does not exist",
            did_you_mean(reference.parent, known, "the tables are"),
        )
        return
    missing = [name for name in reference.parent_columns if context.column(parent, name) is None]
    for name in missing:
        known = [column.name for column in parent.columns]
        context.report(
            path,
            f"refers to column {parent.name}.{name}, which does not exist",
            did_you_mean(name, known, "the columns are"),
        )
    if missing:
        return
    _check_unique_parent(context, path, child, parent, reference)
    for name, parent_name in zip(reference.columns, reference.parent_columns, strict=True):
        column, target = context.column(child, name), context.column(parent, parent_name)
        if column and target:
            _check_types(context, path, column, parent, target)


def _reference_path(child: Table, reference: Reference) -> str:
    if len(reference.columns) == 1:
        return table_path(child, "columns", reference.columns[0], "foreign_key")
    for index, key in enumerate(child.foreign_keys):
        if tuple(key.columns) == reference.columns:
            return table_path(child, "foreign_keys", str(index))
    return table_path(child, "foreign_keys")


def _check_unique_parent(context: Context, path: str, child: Table, parent: Table, reference: Reference) -> None:
    wanted = {name.lower() for name in reference.parent_columns}
    groups = parent.unique_groups()
    if parent.history is not None and wanted == {parent.history.key.lower()}:
        return  # what a version is of
    if child is parent and {name.lower() for name in reference.columns} == wanted:
        context.report(path, "the foreign key refers to itself", "refer to another column, or remove the foreign key")
    elif not any({name.lower() for name in group} == wanted for group in groups):
        names = ", ".join(reference.parent_columns)
        context.report(
            path,
            f"refers to {parent.name}({names}), which is not unique",
            _way_out(parent, names, groups, len(wanted)),
        )


def _way_out(parent: Table, names: str, groups: Sequence[tuple[str, ...]], size: int) -> str:
    unique = [f"{parent.name}({', '.join(group)})" for group in groups if len(group) == size]
    declare = (
        f"declare {parent.name}.{names} is_unique (UNIQUE) or the primary key"
        if size == 1
        else f"declare ({names}) the primary key or a unique key of {parent.name}"
    )
    return f"{declare}, or refer to {' or '.join(unique)}" if unique else declare


_FAMILIES = {
    DataType.SMALLINT: "whole numbers",
    DataType.INT: "whole numbers",
    DataType.BIGINT: "whole numbers",
    DataType.VARCHAR: "text",
    DataType.CHAR: "text",
}


def type_family(column: Column) -> str:
    if column.data_type is DataType.DECIMAL:
        scale = column.decimal_size[1]
        return f"decimals with {scale} digits after the point" if scale else "whole numbers"
    return _FAMILIES.get(column.data_type, str(column.data_type))


def _check_types(context: Context, path: str, column: Column, parent: Table, target: Column) -> None:
    if type_family(column) != type_family(target):
        context.report(
            path,
            f"{column.name} is {type_text(column)} but refers to {parent.name}.{target.name}, "
            f"which is {type_text(target)}",
            "give both the same type",
        )
        return
    bounds, wanted = number_range(column), _stated_range(context, parent, target)
    if bounds and wanted and not (bounds[0] <= wanted[0] and wanted[1] <= bounds[1]):
        context.report(
            path,
            f"{column.name} is {type_text(column)}, too small for the values of {parent.name}.{target.name}, "
            f"{wanted[0]} to {wanted[1]}",
            f"use {target.data_type}",
        )


def _stated_range(context: Context, parent: Table, target: Column) -> tuple[Fraction, Fraction] | None:
    """The values that the parent's key will surely take, where its rules say so."""
    if target.identity:
        last = target.identity.seed + max(context.rows_of(parent) - 1, 0) * target.identity.step
        low, high = sorted((target.identity.seed, last))
        return Fraction(low), Fraction(high)
    if target.min_value is not None and target.max_value is not None and target.min_value <= target.max_value:
        return Fraction(str(target.min_value)), Fraction(str(target.max_value))
    return None


CHECKS = (check_key_columns, check_json_keys, check_foreign_keys)
