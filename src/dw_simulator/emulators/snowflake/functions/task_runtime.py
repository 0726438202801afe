"""What a task that runs knows of its run. Vendor pages: "SYSTEM$SET_RETURN_VALUE",
"SYSTEM$GET_PREDECESSOR_RETURN_VALUE", "SYSTEM$GET_TASK_GRAPH_CONFIG", "SYSTEM$TASK_RUNTIME_INFO"."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function
from dw_simulator.emulators.snowflake.functions.semistructured_values import get_path
from dw_simulator.emulators.snowflake.functions.variant_json import dumps, loads
from dw_simulator.emulators.snowflake.task_log import GraphRun, TaskRun
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "System"
MOST_BYTES = 10 * 1024


def _text(value: str | None) -> Typed:
    return Typed("CAST(NULL AS VARCHAR)" if value is None else literal(value), m.text(), value)


def _run(call: FunctionCall) -> TaskRun:
    """The run of a task that the statement is part of. Raises SnowflakeError 091087."""
    env = call.binder.env
    env.volatile = True
    found: TaskRun | None = env.hints.get("task")
    if found is None:
        raise errors.NOT_IN_A_TASK(call.name, "a task")
    return found


def _unset(value: str | None) -> Typed:
    """A text that is not taken for a constant of the statement: it is another one in the next run."""
    return Typed(_text(value).sql, m.text())


@function("SYSTEM$SET_RETURN_VALUE", CATEGORY, 1)
def set_return_value(call: FunctionCall) -> Typed:
    """Gives what it has set."""
    run, env = _run(call), call.binder.env
    value = call.binder.coerce(call.arg(0), m.text())
    if env.describing or env.evaluate is None:
        return _unset(None)
    (found,) = env.evaluate(f"SELECT {value.sql}")[0]
    if found is not None and len(str(found).encode()) > MOST_BYTES:
        raise errors.INVALID_PARAMETER_VALUE(f"{str(found)[:32]}…", call.name)
    run.returned = found
    return _unset(found)


@function("SYSTEM$GET_PREDECESSOR_RETURN_VALUE", CATEGORY, 0, 1)
def predecessor_return_value(call: FunctionCall) -> Typed:
    """The value of a predecessor, or of one further back that is named; without a name that of the only one."""
    if call.binder.env.hints.get("task_condition"):
        return _unset(None)
    run = _run(call)
    name = call.constant(0)
    before = _before(call, run, run.task)
    if name is None:
        if len(before) != 1:
            raise errors.TASK_RULE(f"{call.name} needs the name of one of the predecessors.")
        return _unset(before[0].returned)
    waiting, seen = before, set()
    while waiting:
        for item in waiting:
            if item.parts[-1] == str(name):
                return _unset(item.returned)
        seen |= {item.task for item in waiting}
        waiting = [more for item in waiting for more in _before(call, run, item.task) if more.task not in seen]
    raise errors.TASK_RULE(f"The task {run.parts[-1]} has no predecessor {name} that has run.")


def _before(call: FunctionCall, run: TaskRun, task: int) -> list[TaskRun]:
    """The runs of the tasks before one; what a finalizer comes after is its root."""
    catalog: Any = call.binder.env.catalog
    entry = catalog.catalog.by_id(task)
    idents = [] if entry is None else [*entry.properties["after"], entry.properties.get("finalize")]
    found = (run.graph.run_of(ident) for ident in idents if ident is not None)
    return [item for item in found if item is not None]


@function("SYSTEM$GET_TASK_GRAPH_CONFIG", CATEGORY, 0, 1)
def task_graph_config(call: FunctionCall) -> Typed:
    """The configuration of the graph that runs, or a value in it: a string's text, anything else as JSON."""
    return configured(call, _run(call).graph.config)


def configured(call: FunctionCall, config: str | None) -> Typed:
    """A configuration, or what the path in the call's first argument names in it."""
    path = call.constant(0)
    if config is None or (call.count and path is None):
        return _unset(None)
    document = dumps(loads(config))
    if path is None:
        return _unset(document)
    found = get_path(document, str(path))
    value = None if found is None else loads(found)
    return _unset(value if isinstance(value, str) or value is None else dumps(value))


@function("SYSTEM$TASK_RUNTIME_INFO", CATEGORY, 1)
def task_runtime_info(call: FunctionCall) -> Typed:
    run = _run(call)
    graph, good = run.graph, run.graph.last_good
    values = {
        "CURRENT_TASK_NAME": run.parts[-1],
        "CURRENT_ROOT_TASK_NAME": graph.parts[-1],
        "CURRENT_ROOT_TASK_UUID": graph.uuid,
        "CURRENT_TASK_GRAPH_RUN_GROUP_ID": graph.group,
        "CURRENT_TASK_GRAPH_ORIGINAL_SCHEDULED_TIMESTAMP": _moment(call, graph),
        "LAST_SUCCESSFUL_TASK_GRAPH_RUN_GROUP_ID": good.group if good is not None else None,
        "LAST_SUCCESSFUL_TASK_GRAPH_ORIGINAL_SCHEDULED_TIMESTAMP": _moment(call, good),
    }
    name = str(call.constant(0)).upper()
    if name not in values:
        raise errors.INVALID_PARAMETER_VALUE(name, call.name)
    return _unset(values[name])


def _moment(call: FunctionCall, graph: GraphRun | None) -> str | None:
    """When a run was scheduled at first, as text with the session's time zone."""
    if graph is None:
        return None
    at = (graph.original or graph.scheduled).astimezone(dt.UTC)
    evaluate = call.binder.env.evaluate
    assert evaluate is not None
    shown = f"strftime(TIMESTAMPTZ '{at:%Y-%m-%d %H:%M:%S.%f}+00', '%Y-%m-%d %H:%M:%S.%g %z')"
    text: str = evaluate(f"SELECT {shown}")[0][0]
    return text


@function("SYSTEM$CURRENT_USER_TASK_NAME", CATEGORY, 0)
def current_task_name(call: FunctionCall) -> Typed:
    """The full name of the task that runs the statement; NULL outside of a task."""
    env = call.binder.env
    env.volatile = True
    run: TaskRun | None = env.hints.get("task")
    return _unset(None if run is None else ".".join(run.parts))
