"""When earlier states of tables are kept. Vendor page: "Understanding & using Time Travel" (data retention period).

Every table has a retention of a day, but keeping rows costs each change something: it is done where somebody has set
DATA_RETENTION_TIME_IN_DAYS or CHANGE_TRACKING, or made an append-only stream.
"""

from __future__ import annotations

import datetime as dt
import time

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.backend import LOCK_ATTEMPTS, LOCKED
from dw_simulator.emulators.snowflake.catalog import streams, versions
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.registry import Run

CHANGE_TRACKING = "change_tracking"


def now() -> int:
    return versions.microseconds(dt.datetime.now(dt.UTC))


# --- tables -----------------------------------------------------------------------------------------------------------
def track(entry: Entry, changes: Changes) -> None:
    """Give the rows of a table ids. ``entry`` is changed (it is new or a copy)."""
    if not entry.properties.get(streams.TRACKED):
        changes.run(*streams.tracking_sql(entry))
        entry.properties |= {streams.TRACKED: True, CHANGE_TRACKING: True}


def begin(entry: Entry, changes: Changes) -> None:
    """Keep the history of a table from now on. ``entry`` is changed (it is new or a copy)."""
    shown = entry.properties.get(CHANGE_TRACKING)
    track(entry, changes)
    entry.properties[CHANGE_TRACKING] = shown
    entry.properties[versions.VERSIONED] = True
    changes.run(*versions.start_sql(entry, now()))


def settle_new(run: Run, entry: Entry, changes: Changes) -> None:
    """Begin the history of a table that is being made, if it is to have one. Its own SQL is in ``changes``."""
    cloned = entry.properties.pop(versions.VERSIONED, False)
    if not entry.temporary and (cloned or _wanted(run, entry)):
        begin(entry, changes)


def _wanted(run: Run, entry: Entry) -> bool:
    days = versions.explicit_days(run.engine.catalog, entry)
    return entry.kind == "TABLE" and (bool(days) or entry.properties.get(CHANGE_TRACKING) is True)


def follow(run: Run, old: Entry, entry: Entry, changes: Changes) -> None:
    """After ALTER TABLE: begin the history, give it up, or note the new columns."""
    versioned, off = entry.properties.get(versions.VERSIONED), versions.own_days(entry) == 0
    if entry.temporary:
        return
    catalog = run.engine.catalog
    if versioned and off and not streams.streams_on(catalog, entry) and not streams.needs_history(catalog, entry):
        entry.properties.pop(versions.VERSIONED)
        changes.run(*versions.forget_sql(entry.id))
    elif not versioned and _wanted(run, entry):
        begin(entry, changes)
    elif versioned and versions.layout(old) != versions.layout(entry):
        changes.run(*versions.altered_sql(entry, run.query_id, now()))


def begin_inside(run: Run, holder: Entry, changes: Changes) -> None:
    """After a retention was set on an account, a database or a schema: begin the history of the tables in it."""
    if not versions.own_days(holder):
        return
    database = {"ACCOUNT": None, "DATABASE": holder.name}.get(holder.kind, holder.database)
    schema = holder.name if holder.kind == "SCHEMA" else None
    for table in run.engine.catalog.entries("TABLE", database, schema):
        if not table.properties.get(versions.VERSIONED) and versions.own_days(table) != 0:
            copy = ddl.copy_entry(table)
            begin(copy, changes)
            changes.put(copy)


# --- statements -------------------------------------------------------------------------------------------------------
def advance(run: Run, ids: str | None) -> None:
    """Before a statement changes its targets: their next versions. ``ids``: see :func:`versions.advance_sql`.

    Runs in a transaction, the statement's own if none is open. Raises SnowflakeError 000625: another transaction is
    changing the table.
    """
    targets = {entry.id: entry for entry in run.targets if entry.properties.get(versions.VERSIONED)}
    if not targets:
        return
    connection = run.state.connection
    alone = not connection.in_transaction
    for attempt in range(LOCK_ATTEMPTS):
        if alone:
            connection.begin()
            run.session.in_transaction, run.own_transaction = True, True
        try:
            for entry in targets.values():
                _advance(run, entry, ids)
            return
        except errors.SnowflakeError as error:
            if error.errno != LOCKED or not alone or attempt == LOCK_ATTEMPTS - 1:
                raise
            run.engine.rollback(run.state)
        time.sleep(0.01 * (attempt + 1))


def _advance(run: Run, entry: Entry, ids: str | None) -> None:
    connection = run.state.connection
    for sql in versions.advance_sql(connection.run, run.engine.catalog, entry, run.query_id, now(), ids):
        connection.change(sql)
    run.state.versions.setdefault(entry.id, versions.head(connection.run, entry))
