"""Tests and constraints -> rules of tables and columns. What cannot become a rule is a warning, never silently lost.

dbt documentation, pages "Data tests" and "Constraints"; the README files of dbt_utils, dbt_expectations and
dbt_constraints for the tests of those packages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dw_simulator.schema.importers.dbt.drafts import ColumnDraft, ReferenceDraft, TableDraft
from dw_simulator.schema.importers.dbt.nodes import Constraint, Test, has_jinja, target_of
from dw_simulator.schema.model import DataType

Arguments = Mapping[str, Any]

ColumnRule = Callable[[TableDraft, ColumnDraft, Arguments], str | None]
"""Adds a rule to a column; a text says why it could not."""

TableRule = Callable[[TableDraft, Arguments], str | None]


def apply_test(table: TableDraft, test: Test) -> None:
    """Make a rule of a test, or warn."""
    said = f"test {test.name}" + (f" of {test.column}" if test.column else "")
    texts = [value for value in test.arguments.values() if not (isinstance(value, str) and target_of(value))]
    if has_jinja(texts):
        table.warn(f"{said} was left out: its arguments are only known once dbt has rendered them")
        return
    if test.name in _HOLD_ANYWAY:
        return
    column_rule, table_rule = _COLUMN_RULES.get(test.name), _TABLE_RULES.get(test.name)
    problem: str | None
    if column_rule is not None and test.column is not None:
        column = table.column(test.column)
        problem = column_rule(table, column, test.arguments) if column else f"there is no column {test.column!r}"
    elif table_rule is not None:
        problem = table_rule(table, test.arguments)
    else:
        problem = "generated data does not follow it unless other rules of the schema say the same"
    if problem:
        table.warn(f"{said} was left out: {problem}")


_HOLD_ANYWAY = frozenset(("not_empty_string", "at_least_one", "not_constant", "expect_column_to_exist"))


# --- of one column -----------------------------------------------------------------------------------
def _unique(_: TableDraft, column: ColumnDraft, __: Arguments) -> None:
    column.fields["is_unique"] = True


def _not_null(_: TableDraft, column: ColumnDraft, __: Arguments) -> None:
    column.fields["required"] = True


def _accepted_values(key: str) -> ColumnRule:
    def add(_: TableDraft, column: ColumnDraft, arguments: Arguments) -> str | None:
        given = arguments.get(key)
        values = [value for value in given if value is not None] if isinstance(given, list) else []
        if not values:
            return f"it has no list of {key}"
        if any(isinstance(value, list | Mapping) for value in values):
            return f"its {key} are not plain values"
        column.values = list(dict.fromkeys(values))
        return None

    return add


def _relationship(table: TableDraft, column: ColumnDraft, arguments: Arguments) -> str | None:
    to, field = arguments.get("to"), arguments.get("field")
    target = target_of(to) if isinstance(to, str) else None
    if target is None:
        return f"{to!r} is not ref('…') or source('…', '…')"
    if not isinstance(field, str) or not field:
        return "it names no field"
    table.references.append(ReferenceDraft((column.name,), target, (field,), "relationships"))
    return None


def _relationship_where(table: TableDraft, column: ColumnDraft, arguments: Arguments) -> str | None:
    if "to_condition" in arguments:
        table.warn(f"test relationships_where of {column.name}: its to_condition is not kept to")
    return _relationship(table, column, arguments)


def _between(_: TableDraft, column: ColumnDraft, arguments: Arguments) -> str | None:
    inclusive = arguments.get("inclusive", arguments.get("strictly") is not True)
    for side in ("min", "max"):
        if (bound := arguments.get(f"{side}_value")) is not None:
            column.bounds.append((side, bound, bool(inclusive)))
    return None if column.bounds else "it has neither min_value nor max_value"


def _not_null_proportion(_: TableDraft, column: ColumnDraft, arguments: Arguments) -> str | None:
    least = arguments.get("at_least")
    if isinstance(least, bool) or not isinstance(least, int | float) or not 0 <= least <= 1:
        return f"at_least is {least!r}, not a share from 0 to 1"
    if least == 1:
        column.fields["required"] = True
    else:  # half of what is allowed: a share that varies from run to run stays on the right side
        column.fields["null_fraction"] = round((1 - least) / 2, 6)
    return None


def _sequential(_: TableDraft, column: ColumnDraft, arguments: Arguments) -> str | None:
    interval = arguments.get("interval", 1)
    if arguments.get("datepart") or arguments.get("group_by_columns"):
        return "only whole numbers over the whole table can be sequential"
    if isinstance(interval, bool) or not isinstance(interval, int) or interval == 0:
        return f"interval is {interval!r}, not a whole number"
    column.fields |= {"identity": {"seed": 1, "step": interval, "by_default": True}, "required": True}
    column.type = column.type or {"data_type": "BIGINT"}
    return None


def _lengths(_: TableDraft, column: ColumnDraft, arguments: Arguments) -> str | None:
    longest = arguments.get("max_value")
    if not isinstance(longest, int) or isinstance(longest, bool) or longest < 1:
        return "only max_value can be kept to"
    if column.type is None:
        column.type = {"data_type": "VARCHAR", "varchar_length": longest}
    return None


def _regex(_: TableDraft, column: ColumnDraft, arguments: Arguments) -> str | None:
    """The test searches the expression anywhere in a value, so texts that are just that pass it."""
    expression = arguments.get("regex")
    if not isinstance(expression, str) or not expression:
        return "it has no regex"
    if column.type is not None and not DataType(column.type["data_type"]).is_text:
        return "only texts are made after an expression"
    column.fields["faker_rule"] = f"regex:{expression.removeprefix('^').removesuffix('$')}"
    column.type = column.type or {"data_type": "VARCHAR", "varchar_length": 255}
    return None


_COLUMN_RULES: dict[str, ColumnRule] = {
    "unique": _unique,
    "not_null": _not_null,
    "accepted_values": _accepted_values("values"),
    "relationships": _relationship,
    "relationships_where": _relationship_where,
    "accepted_range": _between,
    "not_null_proportion": _not_null_proportion,
    "sequential_values": _sequential,
    "expect_column_values_to_be_unique": _unique,
    "expect_column_values_to_not_be_null": _not_null,
    "expect_column_values_to_be_in_set": _accepted_values("value_set"),
    "expect_column_values_to_be_between": _between,
    "expect_column_value_lengths_to_be_between": _lengths,
    "expect_column_values_to_match_regex": _regex,
    "primary_key": lambda table, column, _: _primary_key(table, {"column_names": [column.name]}),
    "unique_key": _unique,
    "foreign_key": lambda table, column, given: _foreign_key(table, {"fk_column_names": [column.name], **given}),
}


# --- of a table --------------------------------------------------------------------------------------
def _names(arguments: Arguments, *keys: str) -> list[str]:
    for key in keys:
        given = arguments.get(key)
        if isinstance(given, str):
            return [given]
        if isinstance(given, list) and all(isinstance(each, str) for each in given):
            return given
    return []


def _unique_together(*keys: str) -> TableRule:
    def add(table: TableDraft, arguments: Arguments) -> str | None:
        names = _names(arguments, *keys)
        return None if table.add_unique(names) else f"({', '.join(names)}) are not all columns"

    return add


def _primary_key(table: TableDraft, arguments: Arguments) -> str | None:
    names = table.spelled(_names(arguments, "column_names", "column_name"))
    if not names:
        return "it does not name columns that exist"
    table.primary_key = names
    for name in names:
        table.columns[name.lower()].fields["required"] = True
    return None


def _foreign_key(table: TableDraft, arguments: Arguments) -> str | None:
    columns = table.spelled(_names(arguments, "fk_column_names", "fk_column_name"))
    parents = _names(arguments, "pk_column_names", "pk_column_name", "field")
    to = arguments.get("pk_table_name", arguments.get("to"))
    if not columns or len(columns) != len(parents) or not isinstance(to, str):
        return "it does not name columns, a table and as many of its columns"
    table.references.append(ReferenceDraft(tuple(columns), target_of(to) or to.lower(), tuple(parents), "foreign_key"))
    return None


_TABLE_RULES: dict[str, TableRule] = {
    "unique_combination_of_columns": _unique_together("combination_of_columns"),
    "expect_compound_columns_to_be_unique": _unique_together("column_list"),
    "unique_key": _unique_together("column_names", "column_name"),
    "primary_key": _primary_key,
    "foreign_key": _foreign_key,
    "unique": _unique_together("column_name"),
}


# --- constraints ---------------------------------------------------------------------------------------
def apply_constraint(table: TableDraft, constraint: Constraint) -> None:
    """Make a rule of a constraint of a contract, or warn."""
    columns = table.spelled(constraint.columns)
    problem: str | None = None
    if not columns:
        problem = "its columns do not exist"
    elif constraint.kind == "not_null":
        for name in columns:
            table.columns[name.lower()].fields["required"] = True
    elif constraint.kind == "unique":
        table.add_unique(columns)
    elif constraint.kind == "primary_key":
        problem = _primary_key(table, {"column_names": columns})
    elif constraint.kind == "foreign_key":
        problem = _foreign_constraint(table, columns, constraint)
    else:
        problem = "generated data does not follow it unless other rules of the schema say the same"
    if problem:
        table.warn(f"constraint {constraint.kind} was left out: {problem}")


def _foreign_constraint(table: TableDraft, columns: Sequence[str], constraint: Constraint) -> str | None:
    """``to`` with ``to_columns``, or an expression such as ``shop.customers (id)``."""
    to, parents = constraint.to, constraint.to_columns
    if to is None and constraint.expression:
        relation, bracket, rest = constraint.expression.removeprefix("references ").partition("(")
        to = relation.strip()
        parents = tuple(name.strip(' "') for name in rest.partition(")")[0].split(",")) if bracket else ()
    if not to or len(parents) != len(columns):
        return "it does not name a table and as many of its columns"
    target = target_of(to) or to.rpartition(".")[2].strip('"` ').lower()
    table.references.append(ReferenceDraft(tuple(columns), target, parents, "foreign_key"))
    return None
