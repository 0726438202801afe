"""Running tasks: by hand, by their schedule, by what comes into a stream. Vendor pages: "EXECUTE TASK", "Create a
sequence of tasks with a task graph", "Triggered tasks"."""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
import uuid
from typing import TYPE_CHECKING, Any

from dw_simulator.emulators.snowflake import errors, task_log
from dw_simulator.emulators.snowflake.catalog.model import PARAMETERS, Entry, now
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import ddl, task_graphs
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.commands.tasks import KIND, OVERLAPS, configuration, following, switch, task_uuid
from dw_simulator.emulators.snowflake.results import StatementResult
from dw_simulator.emulators.snowflake.task_log import GraphRun, TaskRun
from dw_simulator.emulators.snowflake.translation.binder import Binder
from dw_simulator.emulators.snowflake.translation.parser import Parser

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.engine import Engine
    from dw_simulator.emulators.snowflake.session_state import SessionState
    from dw_simulator.emulators.snowflake.sessions import Session

log = logging.getLogger(__name__)

DEFAULT_FAILURES = 10
DEFAULT_TIMEOUT_MS = 3_600_000
DEFAULT_TRIGGER_SECONDS = 30
POLL_SECONDS = 1
"""How often the condition of a task without a schedule is looked at."""


# --- EXECUTE TASK -----------------------------------------------------------------------------------------------------
@command("EXECUTE TASK")
def execute_task(run: Run) -> StatementResult:
    """Runs the task and those that follow it before it answers, so that a test sees what they did."""
    parser, engine = run.parser, run.engine
    entry = ddl.catalog_of(run).require(KIND, ddl.object_name(run), "OPERATE")
    if not task_graphs.is_root(engine.catalog, entry):
        raise errors.TASK_RULE(
            f"Execute task cannot be called on non-root task {entry.full_name}. Call EXECUTE TASK on the root task of "
            "its graph instead."
        )
    config, retried = None, None
    if parser.accept("USING", "CONFIG"):
        parser.expect_op("=")
        given = json.loads(configuration(parser.string()))
        default = entry.properties.get("config")
        config = json.dumps(_merged(json.loads(default) if default else {}, given))
    elif parser.accept("RETRY", "LAST"):
        retried = _last_run(engine, entry)
    elif parser.accept("RETRY", "GRAPH", "RUN", "GROUP"):
        retried = _run_of_group(engine, entry, parser.string())
    parser.expect_end()
    if engine.catalog.task_log.runs_here(entry.id):
        raise errors.UNSUPPORTED_FEATURE("EXECUTE TASK of the task that runs it")
    engine.commit(run.state)
    if retried is not None:
        _retry(engine, entry, retried)
    else:
        run_graph(engine, entry, now(), task_log.BY_HAND, config)
    return ddl.succeeded(f"Task {entry.name} is scheduled to run immediately.")


def _merged(default: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The default configuration with the given one's values; objects inside are merged too."""
    merged = dict(default)
    for name, value in given.items():
        inner = merged.get(name)
        merged[name] = _merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return merged


def _last_run(engine: Engine, root: Entry) -> GraphRun:
    found = next((graph for graph in engine.catalog.task_log.graphs() if graph.root == root.id), None)
    if found is None:
        raise errors.TASK_RULE(f"Cannot perform retry: no suitable run of graph with root task {root.name} to retry.")
    return found


def _run_of_group(engine: Engine, root: Entry, group: str) -> GraphRun:
    for graph in engine.catalog.task_log.graphs():
        if graph.root == root.id and graph.group == group:
            return graph
    raise errors.TASK_RULE(f"Cannot perform retry: Graph run group with ID {group} not found.")


def _retry(engine: Engine, root: Entry, failed: GraphRun) -> None:
    """Run what failed in a run of a graph again, and what follows it."""
    if failed.state != "FAILED":
        raise errors.TASK_RULE(
            f"Cannot perform retry: run (GRAPH_RUN_GROUP_ID = {failed.group}, attempt = {failed.attempt}) of graph "
            f"with root task {root.name} had no failures."
        )
    if failed.definition != task_graphs.definition(engine.catalog, root):
        raise errors.TASK_RULE(f"Cannot perform retry: graph with root task {root.name} was modified since its run.")
    with engine.catalog.task_log.turn(root.id, alone=_alone(root)):
        _attempts(engine, root, _next_attempt(engine, root, failed, task_log.AGAIN_BY_HAND))


# --- graphs -----------------------------------------------------------------------------------------------------------
def resume_graph(engine: Engine, root: Entry) -> None:
    """Resume a task and all that follow it."""
    changes = Changes()
    for entry in task_graphs.members(engine.catalog, root):
        if entry.properties["state"] != "started":
            copy = ddl.copy_entry(entry)
            switch(copy, resumes=True)
            changes.put(copy)
    engine.apply(None, changes)


def _alone(root: Entry) -> bool:
    return root.properties.get("overlap_policy") != OVERLAPS[-1]


def run_graph(engine: Engine, root: Entry, scheduled: dt.datetime, source: str, config: str | None = None) -> None:
    """Run a task and what follows it, again as often as it says while something in it fails."""
    log_ = engine.catalog.task_log
    with log_.turn(root.id, alone=_alone(root)):
        good = next((graph for graph in log_.graphs() if graph.root == root.id and graph.state == "SUCCEEDED"), None)
        definition = task_graphs.definition(engine.catalog, root)
        graph = GraphRun(
            root.id, task_uuid(root), root.parts, scheduled, source, config or root.properties.get("config"),
            log_.version(root.id, definition), definition, original=scheduled, last_good=good,
        )  # fmt: skip
        _attempts(engine, root, graph)


def version(engine: Engine, root: Entry) -> int:
    """The version of a graph as it would run now."""
    return engine.catalog.task_log.version(root.id, task_graphs.definition(engine.catalog, root))


def _next_attempt(engine: Engine, root: Entry, failed: GraphRun, source: str) -> GraphRun:
    done = {task: run for task, run in {**failed.done, **failed.runs}.items() if run.state != "FAILED"}
    last = task_graphs.finalizer(engine.catalog, root.id)
    if last is not None:
        done.pop(last.id, None)
    return GraphRun(
        root.id, failed.uuid, failed.parts, now(), source, failed.config, failed.version, failed.definition,
        failed.group, failed.original, failed.attempt + 1, done=done, last_good=failed.last_good,
    )  # fmt: skip


def _attempts(engine: Engine, root: Entry, graph: GraphRun) -> None:
    left = int(root.properties.get("task_auto_retry_attempts") or 0)
    while True:
        _attempt(engine, root, graph)
        if graph.state != "FAILED" or not left:
            break
        left -= 1
        graph = _next_attempt(engine, root, graph, task_log.AGAIN_BY_ITSELF)
    _suspend_after_failures(engine, root)


def _attempt(engine: Engine, root: Entry, graph: GraphRun) -> None:
    """One run through the graph: a task runs when the resumed ones before it, at least one, have succeeded."""
    catalog = engine.catalog
    catalog.task_log.begin(graph)
    resumed = {task.id: task for task in task_graphs.members(catalog, root) if task.properties["state"] == "started"}
    last = task_graphs.finalizer(catalog, root.id)
    if last is not None:
        resumed.pop(last.id, None)
    resumed[root.id] = root
    limit = root.properties.get("user_task_timeout_ms")
    deadline = now() + dt.timedelta(milliseconds=limit) if limit else None
    ended = {task: run.state == "SUCCEEDED" for task, run in graph.done.items()}
    while True:
        ready = [task for task in resumed.values() if task.id not in ended and _is_ready(task, root, resumed, ended)]
        if not ready:
            break
        for task in ready:
            ended[task.id] = _run_one(engine, task, graph, deadline)
    runs = [run.state for run in {**graph.done, **graph.runs}.values()]
    first = graph.run_of(root.id)
    skipped = first is not None and first.state == "SKIPPED"
    if last is not None and last.properties["state"] == "started" and not skipped:
        _run_one(engine, last, graph, None)
        runs.append(graph.runs[last.id].state)
    graph.ended = now()
    graph.state = "SKIPPED" if skipped else "FAILED" if "FAILED" in runs else "SUCCEEDED"


def _is_ready(task: Entry, root: Entry, resumed: dict[int, Entry], ended: dict[int, bool]) -> bool:
    if task.id == root.id:
        return True
    wanted = [ident for ident in task.properties[task_graphs.AFTER] if ident in resumed]
    return bool(wanted) and all(ended.get(ident) for ident in wanted)


def _suspend_after_failures(engine: Engine, root: Entry) -> None:
    """Suspend a root task whose runs have failed too often in a row since it was resumed."""
    current = engine.catalog.by_id(root.id)
    if current is None or current.properties["state"] != "started":
        return
    most = current.properties.get("suspend_task_after_num_failures", DEFAULT_FAILURES)
    since = dt.datetime.fromisoformat(current.properties["started"])
    failures, groups = 0, set()
    for graph in engine.catalog.task_log.graphs():
        if graph.root != root.id or graph.group in groups:
            continue
        groups.add(graph.group)
        if graph.state == "SKIPPED":
            continue
        if graph.state != "FAILED" or (graph.ended or since) < since:
            break
        failures += 1
    if most and failures >= most:
        copy = ddl.copy_entry(current)
        switch(copy, resumes=False, reason="SUSPENDED_DUE_TO_ERRORS")
        changes = Changes()
        changes.put(copy)
        engine.apply(None, changes)


# --- one task ---------------------------------------------------------------------------------------------------------
def _run_one(engine: Engine, entry: Entry, graph: GraphRun, deadline: dt.datetime | None) -> bool:
    """Run one task with the rights of its owner; its condition may skip it. Whether those after it may run."""
    record = TaskRun(str(uuid.uuid4()), entry.id, entry.parts, entry.text, graph, now())
    record.condition = entry.properties["condition"]
    engine.catalog.task_log.append(record)
    with engine.owner_session(entry) as (session, state):
        try:
            _prepare(session, state, entry, record)
            if record.condition and not _holds(engine, session, state, record.condition):
                record.end("SKIPPED", None)
                return False
            _execute(engine, session, entry, record, deadline)
        except errors.SnowflakeError as error:
            log.warning("the task %s failed: %s", entry.full_name, error)
            record.end("FAILED", error)
            return False
    record.end("SUCCEEDED", None)
    return True


def _prepare(session: Session, state: SessionState, entry: Entry, record: TaskRun) -> None:
    state.task = record
    session.warehouse = entry.properties.get("warehouse")
    session.user = entry.properties.get("execute_as_user") or session.user
    for name, value in entry.properties.get(PARAMETERS, {}).items():
        session.parameters.set(name, value)


def _execute(engine: Engine, session: Session, entry: Entry, record: TaskRun, deadline: dt.datetime | None) -> None:
    """Run what the task says, and stop it when its time is over. Raises SnowflakeError."""
    own = entry.properties.get("user_task_timeout_ms")
    seconds = int(own or DEFAULT_TIMEOUT_MS) / 1000
    if own is None and deadline is not None:
        seconds = max(0.0, (deadline - now()).total_seconds())
    over = threading.Event()

    def stop() -> None:
        over.set()
        engine.cancel(record.query_id)

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        result = engine.execute(session, entry.text, binds=None, query_id=record.query_id)
        for _ in result.batches:
            pass
    except errors.SnowflakeError as error:
        if over.is_set():
            raise errors.TIMEOUT(f"{seconds:g}") from error
        raise
    finally:
        timer.cancel()


def _holds(engine: Engine, session: Session, state: SessionState, condition: str) -> bool:
    test = Binder(engine.environment(session, state), condition).condition(Parser(condition).expression())
    return bool(state.connection.run(f"SELECT {test}")[0][0])


# --- by itself --------------------------------------------------------------------------------------------------------
def is_triggered(entry: Entry) -> bool:
    """Whether a task runs when there is something in the stream that its condition names."""
    values = entry.properties
    has = "SYSTEM$STREAM_HAS_DATA" in str(values["condition"]).upper()
    return values.get("schedule") is None and has


def due(engine: Engine, entry: Entry) -> dt.datetime | None:
    """When a task runs by its schedule next; None for never."""
    values = entry.properties
    if values["state"] != "started" or values.get("schedule") is None or not task_graphs.is_root(engine.catalog, entry):
        return None
    begun = dt.datetime.fromisoformat(values["started"])
    return following(str(values["schedule"]), max(engine.catalog.task_log.last_scheduled(entry.id) or begun, begun))


def after(entry: Entry, moment: dt.datetime) -> dt.datetime | None:
    """When a task runs by its schedule after a moment, if it is resumed then."""
    schedule = entry.properties.get("schedule")
    return None if schedule is None else following(str(schedule), moment)


def run_due(engine: Engine, at: dt.datetime) -> dt.datetime | None:
    """Run the resumed tasks whose schedule is due at a moment. Gives when the next one is due."""
    coming = []
    for entry in engine.catalog.entries(KIND):
        if entry.properties["state"] != "started" or not task_graphs.is_root(engine.catalog, entry):
            continue
        if is_triggered(entry):
            coming.append(_run_triggered(engine, entry, at))
            continue
        moment = due(engine, entry)
        if moment is None:
            continue
        if moment <= at:
            run_graph(engine, entry, at, task_log.BY_SCHEDULE)
            moment = following(str(entry.properties["schedule"]), at)
        coming.append(moment)
    return min(coming, default=None)


def _run_triggered(engine: Engine, entry: Entry, at: dt.datetime) -> dt.datetime:
    """Run a task if its streams have data and its last run is long enough ago. Gives when to look again."""
    least = entry.properties.get("user_task_minimum_trigger_interval_in_seconds") or DEFAULT_TRIGGER_SECONDS
    last = engine.catalog.task_log.last_scheduled(entry.id)
    if last is not None and last + dt.timedelta(seconds=least) > at:
        return last + dt.timedelta(seconds=least)
    with engine.owner_session(entry) as (session, state):
        try:
            found = _holds(engine, session, state, entry.properties["condition"])
        except errors.SnowflakeError as error:
            log.warning("the condition of the task %s: %s", entry.full_name, error)
            found = False
    if not found:
        return at + dt.timedelta(seconds=POLL_SECONDS)
    run_graph(engine, entry, at, task_log.BY_STREAM)
    return at + dt.timedelta(seconds=least)
