"""Interactive tables: recorded and shown, as standard warehouses read them like other tables.

Those with TARGET_LAG are dynamic tables underneath. Vendor pages: "CREATE INTERACTIVE TABLE", "Snowflake interactive
tables and interactive warehouses".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.dynamic_tables import KIND as DYNAMIC
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import ddl, dynamic_tables, versioning
from dw_simulator.emulators.snowflake.commands.alter_table import change_table
from dw_simulator.emulators.snowflake.commands.options import column_list, if_not_exists
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.commands.show import Filter, kind, shown_entries
from dw_simulator.emulators.snowflake.commands.tables import fill, table_options
from dw_simulator.emulators.snowflake.results import StatementResult

WAREHOUSES = ("warehouse", "initialization_warehouse")
REFRESHED = ("target_lag", *WAREHOUSES)
"""Options of tables that are refreshed."""


@command("CREATE INTERACTIVE TABLE", "CREATE OR REPLACE INTERACTIVE TABLE")
def create_interactive_table(run: Run) -> StatementResult:
    parser = run.parser
    if_missing = if_not_exists(parser)
    entry = ddl.new_entry(run, "TABLE", ddl.object_name(run), "CREATE INTERACTIVE TABLE")
    if ddl.existing(run, entry) is not None and if_missing:
        return StatementResult.status(f"{entry.name} already exists, statement succeeded.")
    changes = Changes()
    specs, constraints = column_list(parser) if parser.is_op("(") else ([], [])
    table_options(run, entry)
    entry.properties["interactive"] = True
    if "cluster_by" not in entry.properties:
        raise errors.MISSING_OPTION("CLUSTER BY")
    if "target_lag" in entry.properties:
        entry.kind = DYNAMIC
        dynamic_tables.define(run, entry, changes, specs)
    else:
        _no_refresh(entry, entry.properties)
        fill(run, entry, changes, specs, constraints)
        versioning.settle_new(run, entry, changes)
    return ddl.create(
        run, entry, changes, replace="OR REPLACE" in run.words, if_missing=if_missing,
        message=f"Table {entry.name} successfully created.",
    )  # fmt: skip


def _no_refresh(entry: Entry, given: Iterable[str]) -> None:
    wrong = next((name for name in REFRESHED if name in given), None)
    if wrong is not None:
        raise errors.INVALID_PROPERTY(wrong.upper(), entry.kind)


@command("ALTER INTERACTIVE TABLE")
def alter_interactive_table(run: Run) -> StatementResult:
    parser = run.parser
    old = ddl.altered(run, "TABLE", "ALTER TABLE", operating=("REFRESH", "SUSPEND", "RESUME"))
    if old is None:
        return ddl.succeeded()
    if not old.properties.get("interactive"):
        raise errors.WRONG_KIND(old.kind, "INTERACTIVE TABLE")
    if parser.is_word("CLUSTER"):
        parser.fail()  # a table with another key is made anew
    if old.kind == DYNAMIC:
        return dynamic_tables.alter(run, old)
    entry, changes = ddl.copy_entry(old), Changes()
    change_table(run, entry, changes)
    _no_refresh(entry, set(entry.properties) - set(old.properties))
    parser.expect_end()
    versioning.follow(run, old, entry, changes)
    changes.put(entry)
    run.engine.apply(run, changes)
    return ddl.succeeded()


@kind(
    "INTERACTIVE TABLES",
    "created_on:l name database_name schema_name cluster_by rows:n bytes:n owner comment target_lag refresh_warehouse "
    "initialization_warehouse owner_role_type",
)
def _interactive_tables(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    found = [entry for name in ("TABLE", DYNAMIC) for entry in shown_entries(run, wanted, name)]
    for entry in sorted(found, key=lambda item: item.parts):
        get = entry.properties.get
        if not get("interactive"):
            continue
        count = run.engine.catalog.row_count(entry) or 0
        yield (
            entry.created, entry.name, entry.database, entry.schema, get("cluster_by"), count, count * 8, entry.owner,
            entry.comment, get("target_lag"), get("warehouse"), get("initialization_warehouse"), "ROLE",
        )  # fmt: skip
