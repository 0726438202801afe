"""Runs of tasks and their graphs. Vendor pages: "TASK_HISTORY", "COMPLETE_TASK_GRAPHS", "CURRENT_TASK_GRAPHS",
"TASK_DEPENDENTS"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import information_schema
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.functions.query_history import moment_argument
from dw_simulator.emulators.snowflake.functions.tables import argument, constant_argument, table_function
from dw_simulator.emulators.snowflake.task_log import BY_SCHEDULE, GraphRun, TaskRun
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.scope import BoundQuery

_COLUMNS = (
    "QUERY_ID NAME DATABASE_NAME SCHEMA_NAME QUERY_TEXT CONDITION_TEXT STATE ERROR_CODE ERROR_MESSAGE SCHEDULED_TIME:l "
    "QUERY_START_TIME:l NEXT_SCHEDULED_TIME:l COMPLETED_TIME:l ROOT_TASK_ID GRAPH_VERSION:n RUN_ID:n RETURN_VALUE "
    "SCHEDULED_FROM ATTEMPT_NUMBER:n CONFIG QUERY_HASH QUERY_HASH_VERSION:n QUERY_PARAMETERIZED_HASH "
    "QUERY_PARAMETERIZED_HASH_VERSION:n GRAPH_RUN_GROUP_ID BACKFILL_INFO"
)
_GRAPH_COLUMNS = (
    "ROOT_TASK_NAME DATABASE_NAME SCHEMA_NAME STATE FIRST_ERROR_TASK_NAME FIRST_ERROR_CODE:n FIRST_ERROR_MESSAGE "
    "SCHEDULED_TIME:l QUERY_START_TIME:l NEXT_SCHEDULED_TIME:l {}ROOT_TASK_ID GRAPH_VERSION:n RUN_ID:n "
    "ATTEMPT_NUMBER:n SCHEDULED_FROM CONFIG GRAPH_RUN_GROUP_ID BACKFILL_INFO SCHEDULED_BY_USER"
)
_KNOWN = ("RESULT_LIMIT", "TASK_NAME", "ERROR_ONLY", "ROOT_TASK_ID")
_RANGE = ("SCHEDULED_TIME_RANGE_START", "SCHEDULED_TIME_RANGE_END")
DEFAULT_LIMIT, DEFAULT_GRAPHS, MOST = 100, 1000, 10_000
AHEAD = dt.timedelta(days=8)
"""How far ahead scheduled runs are told of."""


def known_arguments(call: n.Call, names: Iterable[str]) -> None:
    for name in call.named:
        if name not in names:
            raise errors.INVALID_PARAMETER_VALUE(name, call.name)


def limit_argument(binder: Any, call: n.Call, default: int) -> int:
    """RESULT_LIMIT. Raises SnowflakeError 001008: it is more than the vendor allows."""
    limit = int(constant_argument(binder, argument(call, "RESULT_LIMIT"), default))
    if limit > MOST:
        raise errors.TASK_RULE(f"Value for parameter RESULT_LIMIT exceeds maximum allowable value ({MOST:,}).")
    return limit


def rows_query(call: n.Call, columns: str, rows: Iterable[tuple[Any, ...]]) -> BoundQuery:
    source = information_schema.literal_table(information_schema.typed_columns(columns), rows, ("", "", call.name))
    return BoundQuery(f"SELECT * FROM {source.sql} AS found", source.columns)


# --- TASK_HISTORY -----------------------------------------------------------------------------------------------------
@table_function("TASK_HISTORY")
def task_history(binder: Any, call: n.Call) -> BoundQuery:
    """The last runs and those that are scheduled, the latest first."""
    binder.env.volatile = True
    known_arguments(call, (*_KNOWN, *_RANGE))
    values = {name: constant_argument(binder, argument(call, name), None) for name in _KNOWN}
    first, last = (moment_argument(binder, argument(call, name)) for name in _RANGE)
    wanted = str(values["TASK_NAME"]).upper() if values["TASK_NAME"] is not None else None
    limit = limit_argument(binder, call, DEFAULT_LIMIT)
    rows = [*_scheduled(binder), *(_row(binder, run) for run in _seen_runs(binder))]
    rows = [
        row
        for row in rows
        if wanted in (None, row[1].upper())
        and (not values["ERROR_ONLY"] or row[6] == "FAILED")
        and values["ROOT_TASK_ID"] in (None, row[13])
        and (first is None or row[9] >= first)
        and (last is None or row[9] <= last)
    ]
    return rows_query(call, _COLUMNS, rows[:limit])


def _seen_runs(binder: Any) -> Iterable[TaskRun]:
    catalog = binder.env.catalog
    return (run for run in catalog.catalog.task_log.runs() if _seen(catalog, run.task))


def _seen(catalog: Any, task: int) -> bool:
    """Whether the session may see the task (which may be gone by now)."""
    entry = catalog.catalog.by_id(task)
    return catalog.access is None or (entry is not None and catalog.access.sees(entry))


def _due(binder: Any) -> Iterable[tuple[Entry, dt.datetime]]:
    """Resumed root tasks and when they run next, the latest first."""
    catalog, due = binder.env.catalog, binder.env.hints.get("next_task_run")
    found = [
        (entry, moment)
        for entry in catalog.catalog.entries("TASK")
        if due is not None and _seen(catalog, entry.id) and (moment := due(entry)) is not None
    ]
    soon = [(entry, moment) for entry, moment in found if moment - dt.datetime.now(dt.UTC) <= AHEAD]
    return sorted(soon, key=lambda pair: pair[1], reverse=True)


def _scheduled(binder: Any) -> Iterable[tuple[Any, ...]]:
    for entry, moment in _due(binder):
        yield (
            None, entry.name, entry.database, entry.schema, entry.text, entry.properties["condition"], "SCHEDULED",
            None, None, moment, None, None, None, entry.properties.get("uuid"), None, _millis(moment), None,
            BY_SCHEDULE, 1, entry.properties.get("config"), None, None, None, None, None, None,
        )  # fmt: skip


def _millis(moment: dt.datetime) -> int:
    return int(moment.timestamp() * 1000)


def _next(binder: Any, graph: GraphRun) -> dt.datetime | None:
    """When the root task of a run would be scheduled after it."""
    entry, after = binder.env.catalog.catalog.by_id(graph.root), binder.env.hints.get("task_after")
    found: dt.datetime | None = after(entry, graph.scheduled) if entry is not None and after is not None else None
    return found


def _row(binder: Any, run: TaskRun) -> tuple[Any, ...]:
    error, graph = run.error, run.graph
    following = _next(binder, graph) if run.task == graph.root else None
    return (
        run.query_id, run.parts[2], run.parts[0], run.parts[1], run.text, run.condition, run.state,
        error.code if error is not None else None, error.message if error is not None else None, graph.scheduled,
        run.started, following, run.ended, graph.uuid, graph.version, _millis(graph.original or graph.scheduled),
        run.returned, graph.source, graph.attempt, graph.config, None, None, None, None, graph.group, None,
    )  # fmt: skip


# --- graphs -----------------------------------------------------------------------------------------------------------
def _graph_row(graph: GraphRun, following: dt.datetime | None) -> list[Any]:
    failed, first = graph.first_failed, graph.run_of(graph.root)
    error = failed.error if failed is not None else None
    return [
        graph.parts[2], graph.parts[0], graph.parts[1], graph.state, failed.parts[2] if failed is not None else None,
        error.errno if error is not None else None, error.message if error is not None else None, graph.scheduled,
        first.started if first is not None else None, following, graph.uuid, graph.version,
        _millis(graph.original or graph.scheduled), graph.attempt, graph.source, graph.config, graph.group, None, None,
    ]  # fmt: skip


def _wanted_graphs(binder: Any, call: n.Call) -> tuple[list[GraphRun], str | None]:
    named = constant_argument(binder, argument(call, "ROOT_TASK_NAME"), None)
    wanted = str(named).upper() if named is not None else None
    catalog = binder.env.catalog
    graphs = [
        graph
        for graph in catalog.catalog.task_log.graphs()
        if wanted in (None, graph.parts[2].upper()) and _seen(catalog, graph.root)
    ]
    return graphs, wanted


@table_function("COMPLETE_TASK_GRAPHS")
def complete_task_graphs(binder: Any, call: n.Call) -> BoundQuery:
    """Runs of graphs that have ended; one whose root task was skipped is left out."""
    binder.env.volatile = True
    known_arguments(call, ("RESULT_LIMIT", "ROOT_TASK_NAME", "ERROR_ONLY"))
    states = ("FAILED",) if constant_argument(binder, argument(call, "ERROR_ONLY"), False) else ("FAILED", "SUCCEEDED")
    graphs = [graph for graph in _wanted_graphs(binder, call)[0] if graph.state in states]
    graphs.sort(key=lambda graph: graph.ended or graph.scheduled, reverse=True)
    rows = []
    for graph in graphs[: limit_argument(binder, call, DEFAULT_GRAPHS)]:
        row = _graph_row(graph, _next(binder, graph))
        rows.append((*row[:10], graph.ended, *row[10:]))
    return rows_query(call, _GRAPH_COLUMNS.format("COMPLETED_TIME:l "), rows)


@table_function("CURRENT_TASK_GRAPHS")
def current_task_graphs(binder: Any, call: n.Call) -> BoundQuery:
    """Runs of graphs that have not ended, and those that are scheduled."""
    binder.env.volatile = True
    known_arguments(call, ("RESULT_LIMIT", "ROOT_TASK_NAME"))
    graphs, wanted = _wanted_graphs(binder, call)
    rows: list[tuple[Any, ...]] = [
        (
            entry.name, entry.database, entry.schema, "SCHEDULED", None, None, None, moment, None,
            binder.env.hints["task_after"](entry, moment), entry.properties.get("uuid"),
            binder.env.hints["task_version"](entry), _millis(moment), 1, BY_SCHEDULE, entry.properties.get("config"),
            None, None, None,
        )
        for entry, moment in _due(binder)
        if wanted in (None, entry.name.upper())
    ]  # fmt: skip
    rows += [tuple(_graph_row(graph, _next(binder, graph))) for graph in graphs if graph.state == "EXECUTING"]
    return rows_query(call, _GRAPH_COLUMNS.format(""), rows[: limit_argument(binder, call, DEFAULT_GRAPHS)])


# --- TASK_DEPENDENTS --------------------------------------------------------------------------------------------------
_DEPENDENT_COLUMNS = (
    "CREATED_ON:l NAME DATABASE_NAME SCHEMA_NAME OWNER COMMENT WAREHOUSE SCHEDULE PREDECESSORS STATE DEFINITION "
    "CONDITION ALLOW_OVERLAPPING_EXECUTION ERROR_INTEGRATION LAST_COMMITTED_ON:l LAST_SUSPENDED_ON:l OWNER_ROLE_TYPE "
    "CONFIG BUDGET TASK_RELATIONS LAST_SUSPENDED_REASON"
)


@table_function("TASK_DEPENDENTS")
def task_dependents(binder: Any, call: n.Call) -> BoundQuery:
    """A task and those that follow it: directly, or with RECURSIVE (the default) all of them."""
    binder.env.volatile = True
    known_arguments(call, ("TASK_NAME", "RECURSIVE"))
    node = argument(call, "TASK_NAME", 0)
    if node is None:
        raise errors.NOT_ENOUGH_ARGUMENTS(call.name, 1, 0)
    name = str(constant_argument(binder, node, None))
    recursive = bool(constant_argument(binder, argument(call, "RECURSIVE", 1), True))
    entry = binder.env.catalog.find("TASK", Parser(name).qualified())
    describe = binder.env.hints.get("task_rows")
    if entry is None or describe is None:
        raise errors.TASK_RULE(
            f"Invalid value [{name}] for function 'TASK_DEPENDENTS_SCAN', parameter 1: must be a valid task name"
        )
    return rows_query(call, _DEPENDENT_COLUMNS, describe(entry, recursive))
