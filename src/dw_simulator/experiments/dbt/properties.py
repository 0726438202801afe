"""An experiment's tables as dbt describes them: columns, types, and the tests that their rules promise to pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dw_simulator.schema import Categorical, Column, DataType, Experiment, Table
from dw_simulator.schema.defects import DuplicateDefect, LateDefect

Reference = Callable[[str], str | None]
"""The name of a table -> the expression that refers to it, ref('customers'); None where the project has it not."""

MOST_VALUES = 50
"""Accepted values that a test lists; a column of more has no such test."""


def columns_of(table: Table, refer: Reference) -> list[dict[str, Any]]:
    """The entries of ``columns:`` in a property file."""
    found = []
    for column in table.columns:
        entry: dict[str, Any] = {"name": column.name}
        if column.comment:
            entry["description"] = column.comment
        if column.quoted:
            entry["quote"] = True
        if tests := _tests(table, column, refer):
            dirty = _dirty(table, column)
            entry["data_tests"] = [_warning(test) if _name_of(test) in dirty else test for test in tests]
        found.append(entry)
    return found


def _tests(table: Table, column: Column, refer: Reference) -> list[str | dict[str, Any]]:
    tests: list[str | dict[str, Any]] = []
    if table.is_unique_column(column.name):
        tests.append("unique")
    if column.required or column.name.lower() in {name.lower() for name in table.primary_key}:
        tests.append("not_null")
    spec = column.distribution
    if isinstance(spec, Categorical) and len(spec.values) <= MOST_VALUES and _is_listed(column):
        arguments: dict[str, Any] = {"values": list(spec.values)} | (
            {} if column.data_type.is_text else {"quote": False}
        )
        tests.append({"accepted_values": {"arguments": arguments}})
    if column.foreign_key is not None and (parent := refer(column.foreign_key.table)) is not None:
        arguments = {"to": parent, "field": column.foreign_key.column}
        tests.append({"relationships": {"arguments": arguments}})
    return tests


def _dirty(table: Table, column: Column) -> set[str]:
    """The tests that the table's defects break: dbt warns of what was asked for, and fails by nothing of it."""
    broken: set[str] = set()
    for defect in table.defects:
        if isinstance(defect, DuplicateDefect):
            broken.add("unique")
        elif not isinstance(defect, LateDefect) and column.name.lower() in {name.lower() for name in defect.columns}:
            broken |= {"unique", "not_null", "accepted_values", "relationships"}
    return broken


def _name_of(test: str | dict[str, Any]) -> str:
    return test if isinstance(test, str) else next(iter(test))


def _warning(test: str | dict[str, Any]) -> dict[str, Any]:
    """The test with a severity of its own."""
    settings = {} if isinstance(test, str) else test[_name_of(test)]
    return {_name_of(test): {**settings, "config": {"severity": "warn"}}}


def _is_listed(column: Column) -> bool:
    """Whether SQL compares these values with literals as they are written."""
    return column.data_type is DataType.VARCHAR or column.data_type.is_integer


def spelled(experiment: Experiment, name: str) -> str:
    """The table's own spelling of its name."""
    table = experiment.table(name)
    return table.name if table else name


def type_text(column: Column) -> str:
    """A type that Redshift and Snowflake both know; texts for what a CSV file cannot say otherwise."""
    kind = column.data_type
    if kind is DataType.DECIMAL:
        return "decimal({},{})".format(*column.decimal_size)
    if kind is DataType.FLOAT:
        return "double precision"
    if kind is DataType.TIMESTAMP_TZ:
        return "timestamptz"
    if kind in (DataType.JSON, DataType.BINARY):
        return "varchar(65535)"
    if kind.is_text:
        return f"varchar({column.varchar_length or 256})"
    return str(kind).lower()
