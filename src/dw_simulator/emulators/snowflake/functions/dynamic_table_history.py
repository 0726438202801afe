"""Dynamic tables: what they are and were, and their refreshes. Vendor pages: "DYNAMIC_TABLES",
"DYNAMIC_TABLE_GRAPH_HISTORY", "DYNAMIC_TABLE_REFRESH_HISTORY"."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.dynamic_tables import (
    DOWNSTREAM,
    KIND,
    REFRESH_COLUMNS,
    data_moment,
    described_since,
    refresh_row,
    state_code,
    target_lag,
)
from dw_simulator.emulators.snowflake.catalog.model import Entry, now
from dw_simulator.emulators.snowflake.functions.query_history import moment_argument
from dw_simulator.emulators.snowflake.functions.tables import argument, constant_argument, table_function
from dw_simulator.emulators.snowflake.functions.task_history import (
    DEFAULT_LIMIT,
    known_arguments,
    limit_argument,
    rows_query,
)
from dw_simulator.emulators.snowflake.refresh_log import FAILED, GOOD, UPSTREAM, Refresh
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.scope import BoundQuery

_GRAPH_COLUMNS = (
    "NAME SCHEMA_NAME DATABASE_NAME QUALIFIED_NAME INPUTS:a TARGET_LAG_TYPE TARGET_LAG_SEC:n QUERY_TEXT VALID_FROM:l "
    "VALID_TO:l SCHEDULING_STATE:o ALTER_TRIGGER:a"
)
_TABLE_COLUMNS = (
    "NAME SCHEMA_NAME DATABASE_NAME QUALIFIED_NAME TARGET_LAG_SEC:n TARGET_LAG_TYPE SCHEDULING_STATE:o MEAN_LAG_SEC:n "
    "MAXIMUM_LAG_SEC:n TIME_ABOVE_TARGET_LAG_SEC:n TIME_WITHIN_TARGET_LAG_RATIO:f LATEST_DATA_TIMESTAMP:l "
    "LAST_COMPLETED_REFRESH_STATE LAST_COMPLETED_REFRESH_STATE_CODE LAST_COMPLETED_REFRESH_STATE_MESSAGE "
    "EXECUTING_REFRESH_QUERY_ID"
)
_DAY, _KEPT = dt.timedelta(days=1), dt.timedelta(days=7)
_ORDER = (FAILED, UPSTREAM, GOOD, None)
"""The last states of refreshes as DYNAMIC_TABLES sorts them."""


def _tables(binder: Any) -> list[Entry]:
    """The dynamic tables that the session may see."""
    catalog = binder.env.catalog
    found = catalog.catalog.entries(KIND)
    return [entry for entry in found if catalog.access is None or catalog.access.sees(entry)]


def _named(binder: Any, call: n.Call) -> str | None:
    """The full name that NAME means."""
    text = constant_argument(binder, argument(call, "NAME"), None)
    if text is None:
        return None
    return ".".join(binder.env.catalog.qualify(tuple(str(text).upper().split(".")), call.name))


def _document(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _lag_type(entry: Entry) -> str:
    return DOWNSTREAM if str(entry.properties.get("target_lag", DOWNSTREAM)).upper() == DOWNSTREAM else "USER_DEFINED"


# --- DYNAMIC_TABLE_REFRESH_HISTORY ------------------------------------------------------------------------------------
@table_function("DYNAMIC_TABLE_REFRESH_HISTORY")
def refresh_history(binder: Any, call: n.Call) -> BoundQuery:
    """The refreshes of a day, those that ended last first."""
    binder.env.volatile = True
    span = ("DATA_TIMESTAMP_START", "DATA_TIMESTAMP_END")
    known_arguments(call, (*span, "RESULT_LIMIT", "NAME", "NAME_PREFIX", "ERROR_ONLY"))
    first, last = (moment_argument(binder, argument(call, name)) for name in span)
    last = last or now()
    first = first or last - _DAY
    name = _named(binder, call)
    prefix = str(constant_argument(binder, argument(call, "NAME_PREFIX"), "")).upper()
    failed = bool(constant_argument(binder, argument(call, "ERROR_ONLY"), False))
    limit = limit_argument(binder, call, DEFAULT_LIMIT)
    seen = {entry.id for entry in _tables(binder)}
    found = binder.env.catalog.catalog.refresh_log.refreshes()
    rows = [
        refresh_row(item)
        for item in sorted(found, key=lambda item: item.ended or last, reverse=True)
        if item.table in seen
        and (item.ended is None or first <= item.data <= last)
        and name in (None, ".".join(item.parts).upper())
        and ".".join(item.parts).upper().startswith(prefix)
        and (not failed or item.state in (FAILED, UPSTREAM))
    ]
    return rows_query(call, REFRESH_COLUMNS, rows[:limit])


# --- DYNAMIC_TABLE_GRAPH_HISTORY --------------------------------------------------------------------------------------
@table_function("DYNAMIC_TABLE_GRAPH_HISTORY")
def graph_history(binder: Any, call: n.Call) -> BoundQuery:
    """Descriptions of dynamic tables: those that are true, or those of a moment or a span.

    Raises:
        SnowflakeError: 001008, HISTORY_END without HISTORY_START.
    """
    binder.env.volatile = True
    names = ("AS_OF", "HISTORY_START", "HISTORY_END")
    known_arguments(call, names)
    moment, first, last = (moment_argument(binder, argument(call, name)) for name in names)
    if last is not None and first is None:
        raise errors.INVALID_PARAMETER_VALUE("HISTORY_END", "HISTORY_START")
    if moment is not None:
        first = last = moment
    tables = _tables(binder)
    known = {entry.id for entry in tables}
    found: list[tuple[Entry, dt.datetime | None]] = [(entry, None) for entry in tables]
    if first is not None:
        log = binder.env.catalog.catalog.refresh_log
        found += [(item.entry, item.until) for item in log.descriptions() if item.entry.id in known]
    rows = [
        _graph_row(binder, entry, until)
        for entry, until in found
        if (until is None or first is None or until > first)
        and (until is None or until > now() - _KEPT)
        and (last is None or described_since(entry) <= last)
    ]
    return rows_query(call, _GRAPH_COLUMNS, rows)


def _graph_row(binder: Any, entry: Entry, until: dt.datetime | None) -> tuple[Any, ...]:
    inputs = []
    for parts in entry.properties.get("inputs", ()):
        source = binder.env.catalog.catalog.get("TABLE", *parts)
        kind = source.kind.replace(" ", "_") if source is not None else "TABLE"
        inputs.append({"kind": kind, "name": ".".join(parts)})
    trigger = str(entry.properties.get("described_for", "NONE"))
    return (
        entry.name, entry.schema, entry.database, ".".join(entry.parts), _document(inputs), _lag_type(entry),
        target_lag(entry), entry.text, described_since(entry), until, _document(_scheduling(entry, "ACTIVE")),
        _document([trigger]),
    )  # fmt: skip


def _scheduling(entry: Entry, active: str) -> dict[str, str]:
    get = entry.properties.get
    if get("scheduling_state") != "SUSPENDED":
        resumed = {"resumed_on": _shown(str(get("resumed_on")))} if get("resumed_on") else {}
        return {**resumed, "state": active}
    reason, message = str(get("suspended_for", "USER_SUSPENDED")), "The dynamic table was suspended by a user."
    if int(get("failures", 0)) > 0:
        reason, message = "SUSPENDED_DUE_TO_ERRORS", "The dynamic table was suspended after consecutive refresh errors."
    elif reason != "USER_SUSPENDED":
        message = "The dynamic table is a clone."
    return {
        "reason_code": reason,
        "reason_message": message,
        "state": "SUSPENDED",
        "suspended_on": _shown(str(get("last_suspended_on"))),
    }


def _shown(moment: str) -> str:
    return f"{dt.datetime.fromisoformat(moment).astimezone(dt.UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3] + " Z"


# --- DYNAMIC_TABLES ---------------------------------------------------------------------------------------------------
@table_function("DYNAMIC_TABLES")
def dynamic_tables(binder: Any, call: n.Call) -> BoundQuery:
    """Dynamic tables and how far they lagged, those whose last refresh failed first.

    Raises:
        SnowflakeError: 001008, INCLUDE_CONNECTED without NAME or with RESULT_LIMIT.
    """
    binder.env.volatile = True
    known_arguments(call, ("NAME", "REFRESH_DATA_TIMESTAMP_START", "RESULT_LIMIT", "INCLUDE_CONNECTED"))
    name = _named(binder, call)
    since = moment_argument(binder, argument(call, "REFRESH_DATA_TIMESTAMP_START")) or now() - _KEPT
    connected = bool(constant_argument(binder, argument(call, "INCLUDE_CONNECTED"), False))
    if connected and (name is None or "RESULT_LIMIT" in call.named):
        raise errors.INVALID_PARAMETER_VALUE("TRUE", "INCLUDE_CONNECTED")
    limit = limit_argument(binder, call, DEFAULT_LIMIT)
    tables = _tables(binder)
    if name is not None:
        wanted = _connected(tables, name) if connected else {name}
        tables = [entry for entry in tables if ".".join(entry.parts).upper() in wanted]
    rows = [_table_row(binder, entry, since) for entry in tables]
    rows.sort(key=lambda row: _ORDER.index(row[12]))
    return rows_query(call, _TABLE_COLUMNS, rows[:limit])


def _connected(tables: Iterable[Entry], name: str) -> set[str]:
    """The names of the dynamic tables of one graph."""
    edges = [
        {".".join(entry.parts).upper(), ".".join(parts).upper()}
        for entry in tables
        for parts in entry.properties.get("inputs", ())
    ]
    found, before = {name}, 0
    while len(found) > before:
        before = len(found)
        found = found.union(*(edge for edge in edges if edge & found))
    return found


def _table_row(binder: Any, entry: Entry, since: dt.datetime) -> tuple[Any, ...]:
    refreshes = binder.env.catalog.catalog.refresh_log.refreshes(entry.id)
    ended = [item for item in refreshes if item.ended is not None and item.data >= since]
    state, code, message = (ended[0].state, *state_code(ended[0])) if ended else (None, None, None)
    running = next((item.query_id for item in refreshes if item.ended is None), None)
    return (
        entry.name, entry.schema, entry.database, ".".join(entry.parts), target_lag(entry), _lag_type(entry),
        _document(_scheduling(entry, "RUNNING")), *_lags(entry, ended),
        data_moment(entry), state, code, message, running,
    )  # fmt: skip


def _lags(entry: Entry, refreshes: list[Refresh]) -> tuple[int | None, int | None, int | None, float | None]:
    """The mean lag, the longest one, the seconds over the target and the part of the time within it.

    Between two refreshes the lag grows with the time, from what the first one took to what the second one ends.
    """
    target, mean, most, above, total = target_lag(entry), 0.0, 0.0, 0.0, 0.0
    good = [item for item in reversed(refreshes) if item.state == GOOD]
    for at, item in enumerate(good):
        assert item.ended is not None
        until = good[at + 1].ended if at + 1 < len(good) else now()
        assert until is not None
        least, longest = (item.ended - item.data).total_seconds(), (until - item.data).total_seconds()
        mean += (longest - least) * (longest + least) / 2
        most, total = max(most, longest), total + longest - least
        above += max(0.0, longest - max(float(target or 0), least))
    if not total:
        return None, None, None, None
    if target is None:
        return round(mean / total), round(most), None, None
    return round(mean / total), round(most), round(above), round(1 - above / total, 6)
