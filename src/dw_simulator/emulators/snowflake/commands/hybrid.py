"""Indexes of hybrid tables: recorded and shown, as the engine underneath keeps none for them.

Vendor pages: "CREATE HYBRID TABLE", "CREATE INDEX", "DROP INDEX".
"""

from __future__ import annotations

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.options import if_exists, if_not_exists
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.results import StatementResult


def check(entry: Entry) -> None:
    """What a hybrid table needs.

    Raises:
        SnowflakeError: 391425, it has no primary key; 000904, an index is on a column that is not there; 002002, two
            indexes have one name.
    """
    if not any(item.kind == "PRIMARY KEY" for item in entry.constraints):
        raise errors.HYBRID_WITHOUT_KEY(entry.name)
    for column in entry.columns:
        if column.type.name in ("DECFLOAT", "UUID"):
            raise errors.UNSUPPORTED_FEATURE(f"{column.type.name} in hybrid tables")
    names = [name for name, _, _ in entry.properties["indexes"]]
    for name, columns, included in entry.properties["indexes"]:
        if names.count(name) > 1:
            raise errors.ALREADY_EXISTS(name)
        for column in (*columns, *included):
            if entry.column(column) is None:
                raise errors.INVALID_IDENTIFIER(column)


def _hybrid(run: Run, parts: tuple[str, ...]) -> Entry:
    entry = ddl.catalog_of(run).require("TABLE", parts, "ALTER TABLE")
    if not entry.properties.get("hybrid"):
        raise errors.WRONG_KIND(entry.kind, "HYBRID TABLE")
    return ddl.copy_entry(entry)


@command("CREATE INDEX", "CREATE OR REPLACE INDEX")
def create_index(run: Run) -> StatementResult:
    parser = run.parser
    if_missing = if_not_exists(parser)
    name = parser.identifier()
    parser.expect("ON")
    entry = _hybrid(run, parser.qualified())
    columns = parser.parenthesized(parser.identifier)
    included = parser.parenthesized(parser.identifier) if parser.accept("INCLUDE") else []
    parser.expect_end()
    known = [index[0] for index in entry.properties["indexes"]]
    if name in known:
        if if_missing:
            return StatementResult.status(f"{name} already exists, statement succeeded.")
        if "OR REPLACE" not in run.words:
            raise errors.ALREADY_EXISTS(name)
        entry.properties["indexes"] = [index for index in entry.properties["indexes"] if index[0] != name]
    entry.properties["indexes"].append([name, columns, included])
    check(entry)
    return _store(run, entry, f"Index {name} successfully created.")


@command("DROP INDEX")
def drop_index(run: Run) -> StatementResult:
    maybe = if_exists(run.parser)
    *table, name = run.parser.qualified()
    run.parser.expect_end()
    if not table:
        run.parser.fail()
    entry = _hybrid(run, tuple(table))
    kept = [index for index in entry.properties["indexes"] if index[0] != name]
    if len(kept) == len(entry.properties["indexes"]):
        if maybe:
            return ddl.missing_status(name)
        raise errors.KIND_NOT_FOUND("Index", name)
    entry.properties["indexes"] = kept
    return _store(run, entry, f"{name} successfully dropped.")


def _store(run: Run, entry: Entry, message: str) -> StatementResult:
    changes = Changes()
    changes.put(entry)
    run.engine.apply(run, changes)
    return StatementResult.status(message)
