"""Streams as objects. Vendor pages: "CREATE STREAM", "ALTER STREAM", "SHOW STREAMS"."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import moments, streams, versions
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import ddl, versioning
from dw_simulator.emulators.snowflake.commands.options import if_exists, if_not_exists, properties
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.types import model as m

RETENTION = dt.timedelta(days=14)
COLUMNS = (
    "created_on", "name", "database_name", "schema_name", "owner", "comment", "table_name", "source_type",
    "base_tables", "type", "stale", "mode", "stale_after", "invalid_reason", "owner_role_type",
)  # fmt: skip


@command("CREATE STREAM", "CREATE OR REPLACE STREAM")
def create_stream(run: Run) -> StatementResult:
    parser = run.parser
    if_missing = if_not_exists(parser)
    entry = ddl.new_entry(run, streams.KIND, ddl.object_name(run), "CREATE STREAM")
    parser.accept("COPY", "GRANTS")
    if not parser.accept("ON", "TABLE"):
        parser.expect("ON")
        raise errors.UNSUPPORTED_FEATURE(f"CREATE STREAM ON {parser.token.value}")
    table = ddl.catalog_of(run).require("TABLE", ddl.object_name(run))
    if table.kind != "TABLE" or table.temporary:
        raise errors.UNSUPPORTED_FEATURE(f"CREATE STREAM ON {'TEMPORARY ' if table.temporary else ''}{table.kind}")
    moment = parser.moment() if parser.is_word("AT", "BEFORE") else None
    found = properties(parser)
    parser.expect_end()
    initial = found.pop("SHOW_INITIAL_ROWS", False) is True
    entry.comment = str(found.pop("COMMENT", ""))
    entry.properties = {"source": table.id, "source_name": table.full_name, "TAG": found.pop("TAG", [])}
    if found.pop("APPEND_ONLY", False) is True:
        entry.properties[streams.APPEND_ONLY] = True
    for name in found:
        raise errors.INVALID_PROPERTY(name, "STREAM")
    old = ddl.existing(run, entry)
    changes = Changes()
    if old is not None and old.kind == streams.KIND and "OR REPLACE" in run.words:
        changes.run(f"DROP TABLE IF EXISTS {streams.offset_table(old)}")
    tracked = ddl.copy_entry(table)
    versioning.track(tracked, changes)
    if entry.properties.get(streams.APPEND_ONLY) and not table.properties.get(versions.VERSIONED):
        versioning.begin(tracked, changes)
    tracked.properties[versioning.CHANGE_TRACKING] = True
    if tracked.properties != table.properties:
        changes.put(tracked)
    if moment is not None:
        offset = moments.offset_sql(run.engine.binder(run), entry, table, moment)
    elif not initial:
        offset = streams.position_sql(entry, table)
    else:
        offset = (
            "SELECT -1 AS version" if entry.properties.get(streams.APPEND_ONLY) else streams.rows_sql(table, none=True)
        )
    changes.run(f"CREATE TABLE {streams.offset_table(entry)} AS {offset}")
    return ddl.create(run, entry, changes, replace="OR REPLACE" in run.words, if_missing=if_missing)


@command("ALTER STREAM")
def alter_stream(run: Run) -> StatementResult:
    parser = run.parser
    maybe = if_exists(parser)
    parts = ddl.object_name(run)
    if maybe and ddl.catalog_of(run).find(streams.KIND, parts) is None:
        return ddl.succeeded()
    entry = ddl.copy_entry(_stream(run, parts, "ALTER STREAM"))
    if parser.accept("UNSET", "COMMENT"):
        entry.comment = ""
    elif not ddl.change_tags(run, entry):
        parser.expect("SET")
        found = properties(parser)
        entry.comment = str(found.pop("COMMENT", entry.comment))
        for name in found:
            raise errors.UNSUPPORTED_FEATURE(f"ALTER STREAM … SET {name}")
    parser.expect_end()
    changes = Changes()
    changes.put(entry)
    run.engine.apply(run, changes)
    return ddl.succeeded()


@command("DROP STREAM")
def drop_stream(run: Run) -> StatementResult:
    maybe = if_exists(run.parser)
    parts = ddl.object_name(run)
    run.parser.expect_end()
    if maybe and ddl.catalog_of(run).find(streams.KIND, parts) is None:
        return ddl.missing_status(parts[-1])
    entry = _stream(run, parts, "DROP STREAM")
    changes = Changes()
    changes.run(f"DROP TABLE IF EXISTS {streams.offset_table(entry)}")
    ddl.drop_entry(changes, entry)
    run.engine.apply(run, changes)
    return ddl.dropped_status(entry.name)


def _stream(run: Run, parts: tuple[str, ...], action: str) -> Entry:
    entry = ddl.catalog_of(run).require(streams.KIND, parts, action)
    if entry.kind != streams.KIND:
        raise errors.WRONG_KIND(entry.kind, streams.KIND)
    return entry


def row(run: Run, entry: Entry) -> tuple[Any, ...]:
    """A stream as SHOW STREAMS and DESCRIBE STREAM print it."""
    table = run.engine.catalog.by_id(entry.properties["source"])
    name = table.full_name if table is not None else entry.properties["source_name"]
    mode = "APPEND_ONLY" if entry.properties.get(streams.APPEND_ONLY) else "DEFAULT"
    invalid = "N/A" if table is not None else "Base table dropped"
    return (
        entry.created, entry.name, entry.database, entry.schema, entry.owner, entry.comment, name, "Table", name,
        "DELTA", "false", mode, entry.created + RETENTION, invalid, "ROLE",
    )  # fmt: skip


@command("DESCRIBE STREAM", "DESC STREAM")
def describe_stream(run: Run) -> StatementResult:
    entry = _stream(run, ddl.object_name(run), "DESCRIBE")
    run.parser.expect_end()
    times = ("created_on", "stale_after")
    columns = [ResultColumn(name, m.timestamp_ltz(3) if name in times else m.text()) for name in COLUMNS]
    return StatementResult.rows(columns, [row(run, entry)], StatementType.DESCRIBE)
