"""Dynamic tables. Vendor pages: "CREATE DYNAMIC TABLE", "ALTER DYNAMIC TABLE"."""

from __future__ import annotations

import datetime as dt
import logging
import re
from typing import TYPE_CHECKING

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry, now
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import ddl, immutable_rows, registry
from dw_simulator.emulators.snowflake.commands.alter_table import change_table
from dw_simulator.emulators.snowflake.commands.options import ColumnSpec, column_list, if_not_exists
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.commands.tables import as_select, copy_table, table_options
from dw_simulator.emulators.snowflake.results import StatementResult
from dw_simulator.emulators.snowflake.translation.binder import Binder
from dw_simulator.emulators.snowflake.translation.parser import Parser

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.engine import Engine

log = logging.getLogger(__name__)

KIND = "DYNAMIC TABLE"
DOWNSTREAM = "DOWNSTREAM"
SHORTEST_LAG = 60
MOST_FAILURES = 5
"""After so many failed refreshes in a row a dynamic table is suspended."""
_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_CHOICES = {
    "refresh_mode": ("AUTO", "FULL", "INCREMENTAL"),
    "initialize": ("ON_CREATE", "ON_SCHEDULE"),
    "scheduler": ("ENABLE", "DISABLE"),
}


def lag_seconds(text: str) -> int | None:
    """Seconds of a TARGET_LAG; None for DOWNSTREAM. Raises SnowflakeError 001008."""
    if text.upper() == DOWNSTREAM:
        return None
    found = re.fullmatch(r"\s*(\d+)\s*(second|minute|hour|day)s?\s*", text, re.I)
    seconds = int(found[1]) * _UNITS[found[2].lower()] if found else 0
    if seconds < SHORTEST_LAG:
        raise errors.INVALID_PARAMETER_VALUE(text, "TARGET_LAG")
    return seconds


_FORMS = [f"CREATE {replace}{life}DYNAMIC TABLE" for replace in ("", "OR REPLACE ") for life in ("", "TRANSIENT ")]


@command(*_FORMS)
def create_dynamic_table(run: Run) -> StatementResult:
    parser = run.parser
    if_missing = if_not_exists(parser)
    entry = ddl.new_entry(run, KIND, ddl.object_name(run), "CREATE DYNAMIC TABLE")
    entry.transient = "TRANSIENT" in run.words
    if ddl.existing(run, entry) is not None and if_missing:
        return StatementResult.status(f"{entry.name} already exists, statement succeeded.")
    changes = Changes()
    if parser.accept("CLONE"):
        _clone(run, entry, changes)
    else:
        _defined(run, entry, changes)
    return ddl.create(
        run, entry, changes, replace="OR REPLACE" in run.words, if_missing=if_missing,
        message=f"Dynamic table {entry.name} successfully created.",
    )  # fmt: skip


def _defined(run: Run, entry: Entry, changes: Changes) -> None:
    specs: list[ColumnSpec] = column_list(run.parser)[0] if run.parser.is_op("(") else []
    _options(run, entry)
    if "lag" in entry.properties:  # the option's first name, which Snowpark still writes
        entry.properties.setdefault("target_lag", entry.properties.pop("lag"))
    define(run, entry, changes, specs)


def define(run: Run, entry: Entry, changes: Changes, specs: list[ColumnSpec]) -> None:
    """What ``AS query`` says, after the options."""
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
    bound = run.engine.bind_query(run, query)
    if any(column.type.name.startswith("INTERVAL") for column in bound.columns):
        raise errors.UNSUPPORTED_FEATURE("INTERVAL columns of dynamic tables")
    if run.engine.streams_read(run):
        raise errors.UNSUPPORTED_FEATURE("dynamic table on a stream")
    as_select(run, entry, changes, specs, bound)
    immutable_rows.check(run, entry)
    if entry.properties.get("initialize") == "ON_SCHEDULE":
        changes.sql.pop()  # the rows come with the first refresh
    else:
        entry.properties["data_timestamp"] = now().isoformat()


def _options(run: Run, entry: Entry) -> None:
    """What stands between the columns and AS."""
    table_options(run, entry)
    while immutable_rows.accept(run.parser, entry):
        table_options(run, entry)


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
    _check(run, entry)


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
    entry, changes = ddl.copy_entry(old), Changes()
    if parser.accept("SUSPEND", "RECLUSTER") or parser.accept("RESUME", "RECLUSTER"):
        pass  # nothing is clustered
    elif parser.accept("SUSPEND"):
        entry.properties["scheduling_state"] = "SUSPENDED"
        entry.properties["last_suspended_on"] = now().isoformat()
    elif parser.accept("RESUME"):
        entry.properties["scheduling_state"] = "ACTIVE"
        entry.properties.pop("failures", None)
    elif parser.at_words("SET", "IMMUTABLE"):
        parser.next()
        immutable_rows.accept(parser, entry) or parser.fail()
        immutable_rows.check(run, entry)
    elif parser.accept("UNSET", "IMMUTABLE", "WHERE"):
        entry.properties.pop(immutable_rows.PROPERTY, None)
    else:
        change_table(run, entry, changes)
        _check(run, entry)
    parser.expect_end()
    changes.put(entry)
    run.engine.apply(run, changes)
    return ddl.succeeded()


# --- refreshing -------------------------------------------------------------------------------------------------------
def refresh(engine: Engine, entry: Entry) -> None:
    """Compute a dynamic table anew with the rights of its owner, after those that it reads.

    Raises:
        SnowflakeError: its query does not run any more.
    """
    with engine.owner_session(entry) as (session, state):
        env = engine.environment(session, state)
        parser = Parser(entry.text)
        bound = Binder(env, entry.text).query(parser.query())
        for parts in dict.fromkeys(env.sources):
            source = engine.catalog.get("TABLE", *parts)
            if source is not None and source.kind == KIND and source.id != entry.id:
                refresh(engine, source)
        run = registry.Run(engine, session, state, entry.text, parser, "")
        with engine.catalog.lock:
            current = engine.catalog.by_id(entry.id)
            if current is None:
                return
            copy = ddl.copy_entry(current)
            copy.properties["data_timestamp"] = now().isoformat()
            copy.properties.pop("failures", None)
            changes = Changes()
            changes.run(*immutable_rows.renewal(run, copy, bound, first="data_timestamp" not in current.properties))
            changes.put(copy)
            engine.apply(run, changes)


def due(entry: Entry) -> dt.datetime | None:
    """When a dynamic table is to be refreshed by itself; None for never."""
    values = entry.properties
    if values.get("scheduling_state") != "ACTIVE" or values.get("scheduler") == "DISABLE":
        return None
    seconds = lag_seconds(str(values["target_lag"]))
    if seconds is None:
        return None
    last = values.get("attempted") or values.get("data_timestamp")
    return entry.created if last is None else dt.datetime.fromisoformat(last) + dt.timedelta(seconds=seconds)


def run_due(engine: Engine, at: dt.datetime) -> dt.datetime | None:
    """Refresh what is due at a moment. Gives when the next one is due."""
    coming = []
    for entry in engine.catalog.entries(KIND):
        moment = due(entry)
        if moment is None:
            continue
        if moment <= at:
            _refresh_by_itself(engine, entry, at)
            fresh = engine.catalog.by_id(entry.id)
            moment = due(fresh) if fresh is not None else None
        if moment is not None:
            coming.append(moment)
    return min(coming, default=None)


def _refresh_by_itself(engine: Engine, entry: Entry, at: dt.datetime) -> None:
    """A refresh that fails is tried again after the lag, and at last the table is suspended."""
    try:
        refresh(engine, entry)
        return
    except errors.SnowflakeError as error:
        log.warning("the dynamic table %s was not refreshed: %s", entry.full_name, error)
    with engine.catalog.lock:
        current = engine.catalog.by_id(entry.id)
        if current is None:
            return
        copy = ddl.copy_entry(current)
        copy.properties["attempted"] = at.isoformat()
        copy.properties["failures"] = int(copy.properties.get("failures", 0)) + 1
        if copy.properties["failures"] >= MOST_FAILURES:
            copy.properties["scheduling_state"] = "SUSPENDED"
            copy.properties["last_suspended_on"] = at.isoformat()
        changes = Changes()
        changes.put(copy)
        engine.apply(None, changes)
