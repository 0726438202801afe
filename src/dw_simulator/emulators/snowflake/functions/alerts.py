"""What an alert that runs knows of its run, and the history of alerts. Vendor pages: "SCHEDULED_TIME",
"LAST_SUCCESSFUL_SCHEDULED_TIME", "GET_CONDITION_QUERY_UUID", "SYSTEM$GET_ALERT_CONFIG", "ALERT_HISTORY"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.alert_log import BY_SCHEDULE, AlertRun
from dw_simulator.emulators.snowflake.functions.query_history import moment_argument
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function
from dw_simulator.emulators.snowflake.functions.tables import argument, constant_argument, table_function
from dw_simulator.emulators.snowflake.functions.task_history import (
    AHEAD,
    DEFAULT_LIMIT,
    known_arguments,
    limit_argument,
    rows_query,
)
from dw_simulator.emulators.snowflake.functions.task_runtime import configured
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.scope import BoundQuery
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "System"
_RANGE = ("SCHEDULED_TIME_RANGE_START", "SCHEDULED_TIME_RANGE_END")
_COLUMNS = (
    "NAME DATABASE_NAME SCHEMA_NAME CONDITION CONDITION_QUERY_ID ACTION ACTION_QUERY_ID STATE SQL_ERROR_CODE:n "
    "SQL_ERROR_MESSAGE SCHEDULED_TIME:l COMPLETED_TIME:l SCHEDULED_FROM RUNBOOK WAS_AUTO_SUSPENDED:b CONFIG"
)


def _run(call: FunctionCall) -> AlertRun:
    """The run of an alert that the statement is part of. Raises SnowflakeError 091087."""
    env = call.binder.env
    env.volatile = True
    found: AlertRun | None = env.hints.get("alert")
    if found is None:
        raise errors.NOT_IN_A_TASK(call.name, "an alert")
    return found


def _moment(moment: dt.datetime | None) -> Typed:
    kind = m.timestamp_ltz()
    if moment is None:
        return Typed("CAST(NULL AS TIMESTAMPTZ)", kind)
    return Typed(f"TIMESTAMPTZ '{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S.%f}+00'", kind)


@function("SNOWFLAKE.ALERT.SCHEDULED_TIME", CATEGORY, 0)
def scheduled_time(call: FunctionCall) -> Typed:
    return _moment(_run(call).scheduled)


@function("SNOWFLAKE.ALERT.LAST_SUCCESSFUL_SCHEDULED_TIME", CATEGORY, 0)
def last_successful_scheduled_time(call: FunctionCall) -> Typed:
    """NULL where no condition of the alert has been evaluated yet."""
    return _moment(_run(call).last_good)


@function("SNOWFLAKE.ALERT.GET_CONDITION_QUERY_UUID", CATEGORY, 0)
def condition_query_id(call: FunctionCall) -> Typed:
    found = _run(call).condition_id
    return Typed(literal(found), m.text(), found)


@function("SYSTEM$GET_ALERT_CONFIG", CATEGORY, 0, 1)
def alert_config(call: FunctionCall) -> Typed:
    return configured(call, _run(call).config)


@table_function("ALERT_HISTORY")
def alert_history(binder: Any, call: n.Call) -> BoundQuery:
    """The last runs and those that are scheduled, the latest first."""
    binder.env.volatile = True
    known_arguments(call, (*_RANGE, "RESULT_LIMIT", "ALERT_NAME"))
    named = constant_argument(binder, argument(call, "ALERT_NAME"), None)
    first, last = (moment_argument(binder, argument(call, name)) for name in _RANGE)
    limit = limit_argument(binder, call, DEFAULT_LIMIT)
    catalog = binder.env.catalog
    rows = [*_scheduled(binder), *(_row(run) for run in catalog.catalog.alert_log.runs() if _seen(catalog, run.alert))]
    rows = [
        row
        for row in rows
        if (named is None or row[0].upper() == str(named).upper())
        and (first is None or row[10] >= first)
        and (last is None or row[10] <= last)
    ]
    return rows_query(call, _COLUMNS, rows[:limit])


def _seen(catalog: Any, alert: int) -> bool:
    """Whether the session may see the alert (which may be gone by now)."""
    entry = catalog.catalog.by_id(alert)
    return catalog.access is None or (entry is not None and catalog.access.sees(entry))


def _scheduled(binder: Any) -> Iterable[tuple[Any, ...]]:
    catalog, due = binder.env.catalog, binder.env.hints.get("next_alert_run")
    found = [
        (moment, entry)
        for entry in catalog.catalog.entries("ALERT")
        if due is not None and _seen(catalog, entry.id) and (moment := due(entry)) is not None
    ]
    for moment, entry in sorted(found, key=lambda pair: pair[0], reverse=True):
        if moment - dt.datetime.now(dt.UTC) <= AHEAD:
            get = entry.properties.get
            yield (
                entry.name, entry.database, entry.schema, get("condition"), None, entry.text, None, "SCHEDULED", None,
                None, moment, None, BY_SCHEDULE, get("runbook"), None, get("config"),
            )  # fmt: skip


def _row(run: AlertRun) -> tuple[Any, ...]:
    error = run.error
    return (
        run.parts[2], run.parts[0], run.parts[1], run.condition, run.condition_id, run.action, run.action_id, run.state,
        error.errno if error is not None else None, error.message if error is not None else None, run.scheduled,
        run.ended, run.source, run.runbook, run.suspended, run.config,
    )  # fmt: skip
