"""Dynamic tables. Vendor pages: "CREATE DYNAMIC TABLE", "ALTER DYNAMIC TABLE"."""

from __future__ import annotations

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.dynamic_tables import KIND, lag_seconds, suspend_clone
from dw_simulator.emulators.snowflake.catalog.model import Entry, now
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import ddl, immutable_rows, lineage
from dw_simulator.emulators.snowflake.commands.alter_table import change_table, kept_in
from dw_simulator.emulators.snowflake.commands.dynamic_refreshes import describe, note_creation, refresh
from dw_simulator.emulators.snowflake.commands.options import ColumnSpec, column_list, if_not_exists
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.commands.tables import as_select, copy_table, table_options
from dw_simulator.emulators.snowflake.results import StatementResult
from dw_simulator.emulators.snowflake.translation.text import identifier
from dw_simulator.emulators.snowflake.translation.typing import storage

_CHOICES = {
    "refresh_mode": ("AUTO", "FULL", "INCREMENTAL"),
    "initialize": ("ON_CREATE", "ON_SCHEDULE"),
    "scheduler": ("ENABLE", "DISABLE"),
}
_ONLY_NEW = ("initialize", "initialization_warehouse")
"""What CREATE OR ALTER cannot change."""
_DESCRIBED = {"target_lag": "ALTER_TARGET_LAG", "warehouse": "ALTER_WAREHOUSE"}
"""What makes a new entry of DYNAMIC_TABLE_GRAPH_HISTORY."""
_FORMS = [f"CREATE {replace}{life}DYNAMIC TABLE" for replace in ("", "OR REPLACE ") for life in ("", "TRANSIENT ")]


@command(*_FORMS, "CREATE OR ALTER DYNAMIC TABLE")
def create_dynamic_table(run: Run) -> StatementResult:
    parser = run.parser
    if_missing = if_not_exists(parser)
    entry = ddl.new_entry(run, KIND, ddl.object_name(run), "CREATE DYNAMIC TABLE")
    entry.transient = "TRANSIENT" in run.words
    old = ddl.existing(run, entry)
    if old is not None and if_missing:
        return StatementResult.status(f"{entry.name} already exists, statement succeeded.")
    changes = Changes()
    if parser.is_word("CLONE") and "OR ALTER" in run.words:
        raise errors.UNSUPPORTED_FEATURE("CREATE OR ALTER DYNAMIC TABLE … CLONE")
    if parser.accept("CLONE"):
        _clone(run, entry, changes)
    else:
        _defined(run, entry, changes)
    if old is not None and "OR ALTER" in run.words:
        return _altered(run, entry, old)
    entry.properties["described_for"] = "CREATE_DYNAMIC_TABLE"
    result = ddl.create(
        run, entry, changes, replace="OR REPLACE" in run.words, if_missing=if_missing,
        message=f"Dynamic table {entry.name} successfully created.",
    )  # fmt: skip
    if entry.properties["scheduling_state"] == "ACTIVE":  # clones have rows without a refresh
        note_creation(run.engine, entry)
    return result


def _defined(run: Run, entry: Entry, changes: Changes) -> None:
    specs: list[ColumnSpec] = column_list(run.parser)[0] if run.parser.is_op("(") else []
    backfill = _options(run, entry)
    if "lag" in entry.properties:  # the option's first name, which Snowpark still writes
        entry.properties.setdefault("target_lag", entry.properties.pop("lag"))
    define(run, entry, changes, specs, backfill)


def _altered(run: Run, entry: Entry, old: Entry) -> StatementResult:
    """What is there becomes what the statement describes; another query or other columns mean new rows.

    Raises:
        SnowflakeError: it is no dynamic table; 000002, it cannot be altered so.
    """
    if old.kind != KIND or old.properties.get("interactive"):
        raise errors.WRONG_KIND(old.kind, KIND)
    for name in _ONLY_NEW:
        if entry.properties.get(name, old.properties.get(name)) != old.properties.get(name):
            raise errors.UNSUPPORTED_FEATURE(f"CREATE OR ALTER DYNAMIC TABLE that changes {name.upper()}")
        entry.properties.pop(name, None)
    entry.transient, entry.id = old.transient, old.id
    changes = Changes()
    names = [column.name for column in entry.columns]
    kept = [column for column in old.columns if column.name in names]
    if names[: len(kept)] != [column.name for column in kept]:
        raise errors.UNSUPPORTED_FEATURE("CREATE OR ALTER DYNAMIC TABLE with new columns not at the end, or moved ones")
    for at, column in enumerate(kept):
        if column.type.with_nullable(True) != entry.columns[at].type.with_nullable(True):
            raise errors.UNSUPPORTED_FEATURE(f"CREATE OR ALTER DYNAMIC TABLE that changes the type of {column.name}")
        entry.columns[at].key = column.key
    for table in kept_in(run, old):
        for column in entry.columns[len(kept) :]:
            changes.run(f"ALTER TABLE {table} ADD COLUMN {identifier(column.key)} {storage(column.type)}")
        for column in old.columns:
            if column not in kept:
                changes.run(f"ALTER TABLE {table} DROP COLUMN {identifier(column.key)}")
    mode = old.properties.get("refresh_mode", "AUTO") != entry.properties.get("refresh_mode", "AUTO")
    anew = bool(changes.sql) or mode or old.text != entry.text
    of_itself = ("scheduling_state", "data_timestamp", "last_suspended_on", "described", "described_for", *_ONLY_NEW)
    entry.properties = {name: value for name, value in entry.properties.items() if name not in of_itself} | {
        name: old.properties[name] for name in of_itself if name in old.properties
    }
    for name, trigger in _DESCRIBED.items():
        if old.properties.get(name) != entry.properties.get(name):
            describe(run.engine, old, entry, trigger)
    result = ddl.create(run, entry, changes, replace=False, if_missing=False)
    if anew:
        refresh(run.engine, entry, anew=True)
    return result


def define(run: Run, entry: Entry, changes: Changes, specs: list[ColumnSpec], backfill: Entry | None = None) -> None:
    """What ``AS query`` says, after the options. ``backfill`` has the rows that are not to change."""
    parser = run.parser
    _check(run, entry)
    if "warehouse" not in entry.properties and entry.properties.get("scheduler") != "DISABLE":
        raise errors.MISSING_OPTION("WAREHOUSE")
    parser.expect("AS")
    start = parser.token.start
    query = parser.query()
    parser.expect_end()
    entry.text = parser.sql[start : parser.last_end]
    entry.properties["statement"] = run.sql.strip().rstrip(";")
    entry.properties["scheduling_state"] = "ACTIVE"
    bound = lineage.tracing(run.engine.binder(run)).query(query)
    if any(column.type.name.startswith("INTERVAL") for column in bound.columns):
        raise errors.UNSUPPORTED_FEATURE("INTERVAL columns of dynamic tables")
    if run.engine.streams_read(run):
        raise errors.UNSUPPORTED_FEATURE("dynamic table on a stream")
    as_select(run, entry, changes, specs, bound)
    lineage.note(run, entry, query, bound)
    immutable_rows.check(run, entry)
    if backfill is not None:
        changes.sql[-1:] = immutable_rows.backfilled(run, entry, bound, backfill)
    if entry.properties.get("initialize") == "ON_SCHEDULE":
        changes.sql.pop()  # the rows come with the first refresh
    else:
        entry.properties["data_timestamp"] = now().isoformat()


def _options(run: Run, entry: Entry) -> Entry | None:
    """What stands between the columns and AS; gives the table of BACKFILL FROM.

    Raises:
        SnowflakeError: 000002, rows of another time are wanted, or the table is none or has policies or tags.
    """
    parser, backfill = run.parser, None
    while True:
        table_options(run, entry)
        if parser.accept("BACKFILL", "FROM"):
            backfill = ddl.catalog_of(run).require("TABLE", ddl.object_name(run))
            if backfill.kind not in ("TABLE", KIND):
                raise errors.WRONG_KIND(backfill.kind, "TABLE")
            if parser.is_word("AT", "BEFORE"):
                raise errors.UNSUPPORTED_FEATURE("time travel (BACKFILL FROM … AT | BEFORE)")
        elif not immutable_rows.accept(parser, entry):
            break
    if backfill is not None and immutable_rows.PROPERTY not in entry.properties:
        raise errors.MISSING_OPTION("IMMUTABLE WHERE")
    return backfill


def _check(run: Run, entry: Entry) -> None:
    """Raise when an option has a value that it cannot have."""
    values = entry.properties
    for name, choices in _CHOICES.items():
        if name in values:
            values[name] = str(values[name]).upper()
            if values[name] not in choices:
                raise errors.INVALID_PARAMETER_VALUE(values[name], name.upper())
    if values.get("scheduler") == "DISABLE":
        values.pop("target_lag", None)  # there is none while others call for the refreshes
    elif "target_lag" not in values:
        raise errors.MISSING_OPTION("TARGET_LAG")
    else:
        lag_seconds(str(values["target_lag"]))
    for name in ("warehouse", "initialization_warehouse"):
        warehouse = str(values.get(name, ""))
        if warehouse and run.engine.catalog.get("WAREHOUSE", name=warehouse) is None:
            raise errors.KIND_NOT_FOUND("Warehouse", warehouse)


def _clone(run: Run, entry: Entry, changes: Changes) -> None:
    source = ddl.catalog_of(run).require("TABLE", ddl.object_name(run))
    if source.kind != KIND:
        raise errors.WRONG_KIND(source.kind, KIND)
    if run.parser.is_word("AT", "BEFORE"):
        raise errors.UNSUPPORTED_FEATURE("time travel (CLONE AT | BEFORE)")
    entry.text = source.text
    table_options(run, entry)
    run.parser.expect_end()
    copy_table(run, source, entry, changes)
    entry.properties.pop("interactive", None)
    _check(run, entry)
    suspend_clone(entry)


@command("ALTER DYNAMIC TABLE")
def alter_dynamic_table(run: Run) -> StatementResult:
    old = ddl.altered(run, "TABLE", "ALTER DYNAMIC TABLE", operating=("REFRESH", "SUSPEND", "RESUME"))
    if old is None:
        return ddl.succeeded()
    if old.kind != KIND or old.properties.get("interactive"):
        raise errors.WRONG_KIND(old.kind, KIND)
    return alter(run, old)


def alter(run: Run, old: Entry) -> StatementResult:
    """The action after the name."""
    parser = run.parser
    if parser.accept("REFRESH"):
        parser.accept("COPY", "SESSION")
        parser.expect_end()
        run.engine.commit(run.state)
        refresh(run.engine, old)
        return ddl.succeeded()
    entry, changes, trigger = ddl.copy_entry(old), Changes(), ""
    if parser.accept("SUSPEND", "RECLUSTER") or parser.accept("RESUME", "RECLUSTER"):
        pass  # nothing is clustered
    elif parser.accept("SUSPEND"):
        entry.properties["scheduling_state"], trigger = "SUSPENDED", "SUSPEND"
        entry.properties["last_suspended_on"] = now().isoformat()
    elif parser.accept("RESUME"):
        entry.properties["scheduling_state"], trigger = "ACTIVE", "RESUME"
        entry.properties["resumed_on"] = now().isoformat()
        entry.properties.pop("failures", None)
        entry.properties.pop("suspended_for", None)
    elif parser.at_words("SET", "IMMUTABLE"):
        parser.next()
        immutable_rows.accept(parser, entry) or parser.fail()
        immutable_rows.check(run, entry)
    elif parser.accept("UNSET", "IMMUTABLE", "WHERE"):
        entry.properties.pop(immutable_rows.PROPERTY, None)
    else:
        change_table(run, entry, changes)
        _check(run, entry)
        for name, reason in _DESCRIBED.items():
            trigger = trigger if old.properties.get(name) == entry.properties.get(name) else reason
    if trigger:
        describe(run.engine, old, entry, trigger)
    parser.expect_end()
    changes.put(entry)
    run.engine.apply(run, changes)
    return ddl.succeeded()
