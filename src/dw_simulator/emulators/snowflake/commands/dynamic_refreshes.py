"""Refreshing dynamic tables: by hand and when they are due. Vendor page: "Dynamic table refresh"."""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING

from dw_simulator.emulators.snowflake import errors, refresh_log
from dw_simulator.emulators.snowflake.catalog.dynamic_tables import KIND, data_moment, described_since, target_lag
from dw_simulator.emulators.snowflake.catalog.model import Entry, now
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import ddl, immutable_rows, registry
from dw_simulator.emulators.snowflake.refresh_log import Refresh
from dw_simulator.emulators.snowflake.session_state import SessionState
from dw_simulator.emulators.snowflake.translation.binder import Binder
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.text import identifier

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.engine import Engine

log = logging.getLogger(__name__)

MOST_FAILURES = 5
"""After so many failed refreshes in a row a dynamic table is suspended."""
_BEFORE = "rows_before_refresh"


def describe(engine: Engine, old: Entry, entry: Entry, trigger: str) -> None:
    """``entry`` is from now on what ``old`` was till now."""
    engine.catalog.refresh_log.describe(old)
    entry.properties["described"], entry.properties["described_for"] = now().isoformat(), trigger


def _mode(entry: Entry) -> str:
    return refresh_log.INCREMENTAL if entry.properties.get("refresh_mode") == "INCREMENTAL" else refresh_log.FULL


def _begun(entry: Entry, trigger: str) -> Refresh:
    return Refresh(entry.id, entry.parts, trigger, target_lag(entry), described_since(entry), data_moment(entry))


def note_creation(engine: Engine, entry: Entry) -> None:
    """The refresh that making a dynamic table was."""
    if "data_timestamp" not in entry.properties:
        return
    record = _begun(entry, refresh_log.AT_CREATION)
    record.action, record.inserted = _mode(entry), engine.catalog.row_count(entry) or 0
    record.end(refresh_log.GOOD)
    engine.catalog.refresh_log.append(record)


def refresh(engine: Engine, entry: Entry, trigger: str = refresh_log.BY_HAND, *, anew: bool = False) -> None:
    """Compute a dynamic table anew with the rights of its owner, after those that it reads.

    ``anew``: its definition was changed.

    Raises:
        SnowflakeError: its query does not run any more.
    """
    record = _begun(entry, trigger)
    engine.catalog.refresh_log.append(record)
    try:
        known = _renew(engine, entry, record, anew)
    except errors.SnowflakeError as error:
        record.end(record.state if record.state == refresh_log.UPSTREAM else refresh_log.FAILED, error)
        raise
    if known:
        record.end(refresh_log.GOOD)
    else:
        engine.catalog.refresh_log.forget(record)


def _renew(engine: Engine, entry: Entry, record: Refresh, anew: bool) -> bool:
    """Whether the table is still there."""
    with engine.owner_session(entry) as (session, state):
        env = engine.environment(session, state)
        parser = Parser(entry.text)
        bound = Binder(env, entry.text).query(parser.query())
        for parts in dict.fromkeys(env.sources):
            source = engine.catalog.get("TABLE", *parts)
            if source is not None and source.kind == KIND and source.id != entry.id:
                _refresh_before(engine, source, record)
        run = registry.Run(engine, session, state, entry.text, parser, "")
        with engine.catalog.lock:
            current = engine.catalog.by_id(entry.id)
            if current is None:
                return False
            copy = ddl.copy_entry(current)
            first = "data_timestamp" not in current.properties
            copy.properties["data_timestamp"] = now().isoformat()
            copy.properties.pop("failures", None)
            changes = Changes()
            changes.run(*immutable_rows.renewal(run, copy, bound, first=first))
            changes.put(copy)
            before = _fingerprint(state, copy)
            diffed = _mode(copy) == refresh_log.INCREMENTAL or immutable_rows.PROPERTY in copy.properties
            if diffed:
                state.connection.run(f"CREATE OR REPLACE TEMP TABLE {_BEFORE} AS {_stored(copy)}")
            engine.apply(run, changes)
            _count(state, copy, record, before, diffed)
            record.data = now()
            if record.action != refresh_log.NO_DATA or first or anew:
                record.action = refresh_log.REINITIALIZE if anew else _mode(copy)
    return True


def _refresh_before(engine: Engine, source: Entry, record: Refresh) -> None:
    """Refresh what a dynamic table reads."""
    try:
        refresh(engine, source, record.trigger)
    except errors.SnowflakeError:
        record.state = refresh_log.UPSTREAM
        raise
    fresh = engine.catalog.by_id(source.id)
    if fresh is not None:
        record.dependency = fresh.full_name, str(fresh.properties.get("data_timestamp"))


def _stored(entry: Entry) -> str:
    return f"SELECT {', '.join(identifier(column.key) for column in entry.columns)} FROM {entry.physical}"


def _fingerprint(state: SessionState, entry: Entry) -> tuple[object, ...]:
    """What differs when the rows do."""
    keys = ", ".join(identifier(column.key) for column in entry.columns)
    return state.connection.run(f"SELECT count(*), sum(hash({keys})) FROM {entry.physical}")[0]


def _count(state: SessionState, entry: Entry, record: Refresh, before: tuple[object, ...], diffed: bool) -> None:
    """What the refresh changed, from what there was before and is now."""
    after = _fingerprint(state, entry)
    old, new = int(str(before[0])), int(str(after[0]))
    if before == after:
        record.action = refresh_log.NO_DATA
    elif diffed:
        kept = f"SELECT count(*) FROM (SELECT * FROM {_BEFORE} INTERSECT ALL {_stored(entry)})"
        record.copied = int(state.connection.run(kept)[0][0])
        record.inserted, record.deleted = new - record.copied, old - record.copied
    else:
        record.inserted, record.deleted = new, old
    if diffed:
        state.connection.run(f"DROP TABLE IF EXISTS {_BEFORE}")


# --- by themselves ----------------------------------------------------------------------------------------------------
def due(entry: Entry) -> dt.datetime | None:
    """When a dynamic table is to be refreshed by itself; None for never."""
    values = entry.properties
    if values.get("scheduling_state") != "ACTIVE" or values.get("scheduler") == "DISABLE":
        return None
    seconds = target_lag(entry)
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
        refresh(engine, entry, refresh_log.BY_SCHEDULE)
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
            describe(engine, current, copy, "SUSPEND")
        changes = Changes()
        changes.put(copy)
        engine.apply(None, changes)
