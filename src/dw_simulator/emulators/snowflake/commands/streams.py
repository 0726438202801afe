"""Streams as objects. Vendor pages: "CREATE STREAM", "ALTER STREAM", "SHOW STREAMS"."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import moments, streams, versions, view_streams
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import ddl, external_tables, versioning
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
    if parser.accept("CLONE"):
        return _clone(run, entry, if_missing)
    source = _source(run)
    moment = parser.moment() if parser.is_word("AT", "BEFORE") else None
    found = properties(parser)
    parser.expect_end()
    initial = found.pop("SHOW_INITIAL_ROWS", False) is True
    entry.comment = str(found.pop("COMMENT", ""))
    entry.properties = {"source": source.id, "source_name": source.full_name, "TAG": found.pop("TAG", [])}
    if found.pop("APPEND_ONLY", False) is True:
        entry.properties[streams.APPEND_ONLY] = True
    if found.pop("INSERT_ONLY", False) is True:
        entry.properties[streams.INSERT_ONLY] = True
    external = source.kind == external_tables.KIND
    if external is not bool(entry.properties.get(streams.INSERT_ONLY)) or (external and (moment or initial)):
        raise errors.UNSUPPORTED_FEATURE(
            "streams on external tables other than with INSERT_ONLY = TRUE, without AT and SHOW_INITIAL_ROWS"
            if external
            else f"INSERT_ONLY for a stream on a {source.kind}"
        )
    for name in found:
        raise errors.INVALID_PROPERTY(name, "STREAM")
    old = ddl.existing(run, entry)
    changes = Changes()
    _forget(run, old, changes)
    if external:
        offset = _files_offset(run, source)
    else:
        make = _view_offset if source.kind == "VIEW" else _table_offset
        offset = make(run, entry, source, changes, moment, initial)
    changes.run(f"CREATE TABLE {streams.offset_table(entry)} AS {offset}")
    return ddl.create(run, entry, changes, replace="OR REPLACE" in run.words, if_missing=if_missing)


def _forget(run: Run, old: Entry | None, changes: Changes) -> None:
    """What a stream kept that is replaced."""
    if old is not None and old.kind == streams.KIND and "OR REPLACE" in run.words:
        changes.run(f"DROP TABLE IF EXISTS {streams.offset_table(old)}")


def _clone(run: Run, entry: Entry, if_missing: bool) -> StatementResult:
    """A stream with the definition and at the offset of another one."""
    origin = _stream(run, ddl.object_name(run), "CREATE STREAM")
    if run.parser.accept("COPY", "GRANTS"):
        entry.properties["copy_grants"] = True
    run.parser.expect_end()
    copy = ddl.copy_entry(origin)
    entry.properties, entry.comment = copy.properties | entry.properties, copy.comment
    entry.tags.update(copy.tags)
    changes = Changes()
    changes.run(f"CREATE TABLE {streams.offset_table(entry)} AS FROM {streams.offset_table(origin)}")
    old = ddl.existing(run, entry)
    _forget(run, old, changes)
    return ddl.create(run, entry, changes, replace="OR REPLACE" in run.words, if_missing=if_missing)


def clone_along(entry: Entry, table: Entry, changes: Changes) -> None:
    """A stream in the clone of a schema: it begins where its table is, which was cloned or is the same one."""
    entry.properties |= {"source": table.id, "source_name": table.full_name}
    changes.run(f"CREATE TABLE {streams.offset_table(entry)} AS {streams.position_sql(entry, table)}")
    changes.put(entry)


def _source(run: Run) -> Entry:
    """The table or view that a stream is on."""
    parser = run.parser
    parser.expect("ON")
    kind: str | None = external_tables.KIND if parser.accept("EXTERNAL", "TABLE") else None
    kind = kind or parser.accept_any("TABLE", "VIEW")
    if kind is None:
        raise errors.UNSUPPORTED_FEATURE(f"CREATE STREAM ON {parser.token.value}")
    source = ddl.catalog_of(run).require("TABLE", ddl.object_name(run))
    if source.kind != kind or source.temporary:
        raise errors.UNSUPPORTED_FEATURE(f"CREATE STREAM ON {'TEMPORARY ' if source.temporary else ''}{source.kind}")
    return source


def _files_offset(run: Run, table: Entry) -> str:
    """SQL of what a stream on an external table keeps: the files that the table has."""
    files = run.engine.environment(run.session, run.state).hints["files"]
    return streams.files_sql((item.file.path, item.file.etag) for item in files.external_files(table)[1])


def _table_offset(
    run: Run, entry: Entry, table: Entry, changes: Changes, moment: moments.Written | None, initial: bool
) -> str:
    """SQL of what a stream on a table keeps; the rows of the table get ids."""
    _track(table, changes, history=bool(entry.properties.get(streams.APPEND_ONLY)))
    if moment is not None:
        return moments.offset_sql(run.engine.binder(run), entry, table, moment)
    if not initial:
        return streams.position_sql(entry, table)
    return "SELECT -1 AS version" if entry.properties.get(streams.APPEND_ONLY) else streams.rows_sql(table, none=True)


def _view_offset(
    run: Run, entry: Entry, view: Entry, changes: Changes, moment: moments.Written | None, initial: bool
) -> str:
    """SQL of what a stream on a view keeps; the histories of the view's tables begin."""
    single = bool(entry.properties.get(streams.APPEND_ONLY))
    tables = view_streams.base_tables(run.engine.binder(run), ddl.catalog_of(run), view, single=single)
    entry.properties |= {
        view_streams.BASES: [table.id for table in tables],
        "base_names": [table.full_name for table in tables],
    }
    for table in tables:
        _track(table, changes, history=True)
    if moment is not None:
        return moments.view_offset_sql(run.engine.binder(run), tables, moment)
    if initial:
        return moments.offsets_sql((table.id, -1) for table in tables)
    return streams.position_sql(entry, view)


def _track(table: Entry, changes: Changes, *, history: bool) -> None:
    tracked = ddl.copy_entry(table)
    versioning.track(tracked, changes)
    if history and not table.properties.get(versions.VERSIONED):
        versioning.begin(tracked, changes)
    tracked.properties[versioning.CHANGE_TRACKING] = True
    if tracked.properties != table.properties:
        changes.put(tracked)


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
    modes = {streams.APPEND_ONLY: "APPEND_ONLY", streams.INSERT_ONLY: "INSERT_ONLY"}
    mode = next((shown for name, shown in modes.items() if entry.properties.get(name)), "DEFAULT")
    invalid = "N/A" if table is not None else "Base table dropped"
    kind, bases = "External Table" if mode == "INSERT_ONLY" else "Table", name
    if view_streams.BASES in entry.properties:
        kind, bases = "View", ", ".join(entry.properties["base_names"])
    return (
        entry.created, entry.name, entry.database, entry.schema, entry.owner, entry.comment, name, kind, bases,
        "DELTA", "false", mode, entry.created + RETENTION, invalid, "ROLE",
    )  # fmt: skip


@command("DESCRIBE STREAM", "DESC STREAM")
def describe_stream(run: Run) -> StatementResult:
    entry = _stream(run, ddl.object_name(run), "DESCRIBE")
    run.parser.expect_end()
    times = ("created_on", "stale_after")
    columns = [ResultColumn(name, m.timestamp_ltz(3) if name in times else m.text()) for name in COLUMNS]
    return StatementResult.rows(columns, [row(run, entry)], StatementType.DESCRIBE)
