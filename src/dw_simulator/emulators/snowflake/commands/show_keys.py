"""SHOW of constraints, hybrid tables and indexes. Vendor pages: "SHOW PRIMARY KEYS", "SHOW IMPORTED KEYS",
"SHOW EXPORTED KEYS", "SHOW HYBRID TABLES", "SHOW INDEXES"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dw_simulator.emulators.snowflake.catalog.hybrid import indexes_of
from dw_simulator.emulators.snowflake.catalog.model import Constraint, Entry
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.registry import Run
from dw_simulator.emulators.snowflake.commands.show import Filter, kind, shown_entries


def _tables(run: Run, wanted: Filter) -> Iterable[Entry]:
    if wanted.table is not None:
        return [ddl.catalog_of(run).require("TABLE", wanted.table, "DESCRIBE")]
    return shown_entries(run, wanted, "TABLE")


def _keys(tables: Iterable[Entry], name: str) -> Iterator[tuple[Entry, Constraint]]:
    for entry in tables:
        for constraint in entry.constraints:
            if constraint.kind == name:
                yield entry, constraint


_KEY_COLUMNS = (
    "created_on:l database_name schema_name table_name column_name key_sequence:n constraint_name rely comment"
)


@kind("PRIMARY KEYS", _KEY_COLUMNS)
def _primary_keys(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    yield from _key_rows(run, wanted, "PRIMARY KEY")


@kind("UNIQUE KEYS", _KEY_COLUMNS)
def _unique_keys(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    yield from _key_rows(run, wanted, "UNIQUE")


def _key_rows(run: Run, wanted: Filter, name: str) -> Iterable[tuple[Any, ...]]:
    for entry, constraint in _keys(_tables(run, wanted), name):
        for position, column in enumerate(constraint.columns, 1):
            yield (
                entry.created, entry.database, entry.schema, entry.name, column, position, constraint.name,
                constraint.options.get("rely", "false"), constraint.comment,
            )  # fmt: skip


_FOREIGN_COLUMNS = (
    "created_on:l pk_database_name pk_schema_name pk_table_name pk_column_name fk_database_name fk_schema_name "
    "fk_table_name fk_column_name key_sequence:n update_rule delete_rule fk_name pk_name deferrability rely comment"
)


@kind("IMPORTED KEYS", _FOREIGN_COLUMNS)
def _imported_keys(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    """Foreign keys of the tables that are asked for."""
    for entry, constraint in _keys(_tables(run, wanted), "FOREIGN KEY"):
        yield from _foreign_rows(run, entry, constraint)


@kind("EXPORTED KEYS", _FOREIGN_COLUMNS)
def _exported_keys(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    """Foreign keys of any table that reference the tables that are asked for."""
    referenced = {entry.parts for entry in _tables(run, wanted)}
    everywhere = Filter(account=True)
    for entry, constraint in _keys(shown_entries(run, everywhere, "TABLE"), "FOREIGN KEY"):
        if referenced_table(entry, constraint) in referenced:
            yield from _foreign_rows(run, entry, constraint)


def referenced_table(entry: Entry, constraint: Constraint) -> tuple[str, str, str]:
    """The full name of the table that a foreign key of ``entry`` references."""
    assert constraint.references is not None
    return entry.named_from(constraint.references[0])


def _foreign_rows(run: Run, entry: Entry, constraint: Constraint) -> Iterator[tuple[Any, ...]]:
    assert constraint.references is not None
    parts, columns = referenced_table(entry, constraint), constraint.references[1]
    other = run.engine.catalog.get("TABLE", *parts)
    keys = [item for item in other.constraints if item.kind == "PRIMARY KEY"] if other else []
    named = columns or (keys[0].columns if keys else [])
    options = constraint.options
    for position, (column, key) in enumerate(zip(constraint.columns, named, strict=False), 1):
        yield (
            entry.created, *parts, key, entry.database, entry.schema, entry.name, column, position,
            options.get("update_rule", "NO ACTION"), options.get("delete_rule", "NO ACTION"), constraint.name,
            keys[0].name if keys else None, options.get("deferrability", "NOT DEFERRABLE"),
            options.get("rely", "false"), constraint.comment,
        )  # fmt: skip


# --- hybrid tables ----------------------------------------------------------------------------------------------------
@kind("HYBRID TABLES", "created_on:l name database_name schema_name owner rows:n bytes:n comment owner_role_type")
def _hybrid_tables(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    for entry in shown_entries(run, wanted, "TABLE"):
        if entry.properties.get("hybrid"):
            count = run.engine.catalog.row_count(entry) or 0
            yield (
                entry.created, entry.name, entry.database, entry.schema, entry.owner, count, count * 8, entry.comment,
                "ROLE",
            )  # fmt: skip


@kind(
    "INDEXES",
    "created_on:l name kind is_unique columns included_columns table database_name schema_name owner owner_role_type "
    "status status_info",
)
def _indexes(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    for entry in _tables(run, wanted):
        for index in indexes_of(entry):
            yield (
                entry.created, index.name, "KEY_VALUE_INDEX", "Y" if index.unique else "N",
                f"[{', '.join(index.columns)}]", f"[{', '.join(index.included)}]", entry.name, entry.database,
                entry.schema, entry.owner, "ROLE", "ACTIVE",
                None,
            )  # fmt: skip
