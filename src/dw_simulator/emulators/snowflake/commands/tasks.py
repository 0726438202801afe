"""Tasks. Vendor pages: "CREATE TASK", "ALTER TASK", "EXECUTE TASK", "TASK_HISTORY"."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import uuid
from typing import TYPE_CHECKING, Any

from dw_simulator.emulators.snowflake import cron, errors
from dw_simulator.emulators.snowflake.catalog.model import Entry, now
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.options import if_exists, if_not_exists, properties
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.scripting.parser import begins_block, parse
from dw_simulator.emulators.snowflake.task_log import TaskRun
from dw_simulator.emulators.snowflake.translation.binder import Binder
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.types import model as m

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.engine import Engine
    from dw_simulator.emulators.snowflake.session_state import SessionState
    from dw_simulator.emulators.snowflake.sessions import Session

log = logging.getLogger(__name__)

KIND = "TASK"
_UNITS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600}
SHORTEST_SECONDS, LONGEST_SECONDS = 10, 8 * 24 * 3600
COLUMNS = (
    "created_on", "name", "id", "database_name", "schema_name", "owner", "comment", "warehouse", "schedule",
    "predecessors", "state", "definition", "condition", "allow_overlapping_execution", "error_integration",
    "last_committed_on", "last_suspended_on", "owner_role_type", "config",
)  # fmt: skip


# --- schedules --------------------------------------------------------------------------------------------------------
def following(schedule: str, moment: dt.datetime) -> dt.datetime:
    """The time after ``moment`` at which a schedule is due. Raises SnowflakeError 001008: it is no schedule."""
    words = schedule.strip()
    if words.upper().startswith("USING CRON "):
        try:
            return cron.parse(words[len("USING CRON ") :]).after(moment)
        except ValueError as error:
            raise errors.INVALID_PARAMETER_VALUE(f"{schedule}: {error}", "SCHEDULE") from error
    found = re.fullmatch(r"(\d+)\s*(SECOND|MINUTE|HOUR|S|M|H)S?", words, re.I)
    units = {**_UNITS, "S": 1, "M": 60, "H": 3600}
    seconds = int(found[1]) * units[found[2].upper()] if found else 0
    if not SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:
        raise errors.INVALID_PARAMETER_VALUE(schedule, "SCHEDULE")
    return moment + dt.timedelta(seconds=seconds)


# --- CREATE, ALTER, DROP ----------------------------------------------------------------------------------------------
@command("CREATE TASK", "CREATE OR REPLACE TASK")
def create_task(run: Run) -> StatementResult:
    parser = run.parser
    if_missing = if_not_exists(parser)
    entry = ddl.new_entry(run, KIND, ddl.object_name(run), "CREATE TASK")
    entry.properties = {"state": "suspended", "after": [], "condition": None}
    if parser.accept("CLONE"):
        source = _task(run, ddl.object_name(run))
        entry.properties = {**ddl.copy_entry(source).properties, "state": "suspended"}
        entry.text, entry.comment = source.text, source.comment
        parser.accept("COPY", "GRANTS")
        parser.expect_end()
        return ddl.create(run, entry, Changes(), replace="OR REPLACE" in run.words, if_missing=if_missing)
    while not parser.is_word("AS"):
        if parser.accept("AFTER"):
            entry.properties["after"] = [_task(run, parts).id for parts in parser.comma_list(parser.qualified)]
        elif parser.accept("WHEN"):
            entry.properties["condition"] = _condition(run)
        else:
            found = properties(parser)
            if not found:
                parser.fail()
            entry.comment = str(found.pop("COMMENT", entry.comment))
            _set(run, entry, found)
    parser.expect("AS")
    entry.text = _definition(run)
    _check(run, entry)
    return ddl.create(run, entry, Changes(), replace="OR REPLACE" in run.words, if_missing=if_missing)


def _definition(run: Run) -> str:
    text = run.parser.rest()
    if begins_block(Parser(text)):
        parse(text, str(run.session.parameters["TIMESTAMP_TYPE_MAPPING"]))
    return text


_OPTIONS = (
    "WAREHOUSE", "SCHEDULE", "CONFIG", "ALLOW_OVERLAPPING_EXECUTION", "USER_TASK_TIMEOUT_MS",
    "SUSPEND_TASK_AFTER_NUM_FAILURES", "USER_TASK_MANAGED_INITIAL_WAREHOUSE_SIZE", "TASK_AUTO_RETRY_ATTEMPTS", "TAG",
    "USER_TASK_MINIMUM_TRIGGER_INTERVAL_IN_SECONDS", "TARGET_COMPLETION_INTERVAL",
)  # fmt: skip


def _set(run: Run, entry: Entry, found: dict[str, Any]) -> None:
    for name, value in found.items():
        if name not in _OPTIONS:
            raise errors.INVALID_PROPERTY(name, "TASK")
        entry.properties[name if name == "TAG" else name.lower()] = value
    warehouse = found.get("WAREHOUSE")
    if warehouse is not None and run.engine.catalog.get("WAREHOUSE", name=str(warehouse)) is None:
        raise errors.KIND_NOT_FOUND("Warehouse", warehouse)


def _condition(run: Run) -> str:
    """The text of WHEN, which is bound to see that it can be."""
    parser = run.parser
    start = parser.token.start
    run.engine.binder(run).condition(parser.expression())
    return parser.sql[start : parser.last_end]


def _check(run: Run, entry: Entry) -> None:
    """Raise for a schedule that is none, one of a task that follows others, a circle, an empty definition."""
    if not entry.text:
        run.parser.fail()
    schedule, after = entry.properties.get("schedule"), entry.properties["after"]
    if schedule is not None:
        following(str(schedule), now())
        if after:
            raise errors.TASK_SCHEDULE(entry.name)
    seen, stack = set(), list(after)
    while stack:
        ident = stack.pop()
        if ident == entry.id:
            raise errors.TASK_CYCLE(entry.name)
        found = run.engine.catalog.by_id(ident)
        if found is not None and ident not in seen:
            seen.add(ident)
            stack.extend(found.properties["after"])


def _task(run: Run, parts: tuple[str, ...], action: str = "DESCRIBE") -> Entry:
    return ddl.catalog_of(run).require(KIND, parts, action)


@command("ALTER TASK")
def alter_task(run: Run) -> StatementResult:
    parser = run.parser
    maybe = if_exists(parser)
    parts = ddl.object_name(run)
    if maybe and ddl.catalog_of(run).find(KIND, parts) is None:
        return ddl.succeeded()
    operates = parser.is_word("RESUME", "SUSPEND")
    entry = ddl.copy_entry(_task(run, parts, "OPERATE" if operates else "ALTER TASK"))
    _alter(run, entry)
    parser.expect_end()
    _check(run, entry)
    changes = Changes()
    changes.put(entry)
    run.engine.apply(run, changes)
    return ddl.succeeded()


def _alter(run: Run, entry: Entry) -> None:
    parser, values = run.parser, entry.properties
    if parser.accept("RESUME"):
        values |= {"state": "started", "started": now().isoformat()}
    elif parser.accept("SUSPEND"):
        values |= {"state": "suspended", "suspended": now().isoformat()}
    elif parser.accept("ADD", "AFTER"):
        values["after"] += [_task(run, parts).id for parts in parser.comma_list(parser.qualified)]
    elif parser.accept("REMOVE", "AFTER"):
        gone = {_task(run, parts).id for parts in parser.comma_list(parser.qualified)}
        values["after"] = [ident for ident in values["after"] if ident not in gone]
    elif parser.accept("MODIFY", "AS"):
        entry.text = _definition(run)
    elif parser.accept("MODIFY", "WHEN"):
        values["condition"] = _condition(run)
    elif parser.accept("REMOVE", "WHEN"):
        values["condition"] = None
    elif ddl.change_tags(run, entry):
        pass
    elif parser.accept("UNSET"):
        for name in parser.comma_list(parser.identifier):
            entry.comment = "" if name == "COMMENT" else entry.comment
            values.pop(name.lower(), None)
    else:
        parser.expect("SET")
        found = properties(parser)
        entry.comment = str(found.pop("COMMENT", entry.comment))
        _set(run, entry, found)


@command("DROP TASK")
def drop_task(run: Run) -> StatementResult:
    maybe = if_exists(run.parser)
    parts = ddl.object_name(run)
    run.parser.expect_end()
    if maybe and ddl.catalog_of(run).find(KIND, parts) is None:
        return ddl.missing_status(parts[-1])
    entry = _task(run, parts, "DROP TASK")
    changes = Changes()
    ddl.drop_entry(changes, entry)
    run.engine.apply(run, changes)
    return ddl.dropped_status(entry.name)


# --- running ----------------------------------------------------------------------------------------------------------
@command("EXECUTE TASK")
def execute_task(run: Run) -> StatementResult:
    """Runs the task and those that follow it before it answers, so that a test sees what they did."""
    entry = _task(run, ddl.object_name(run), "OPERATE")
    run.parser.accept("RETRY", "LAST")
    run.parser.expect_end()
    run.engine.commit(run.state)
    run_graph(run.engine, entry, now(), by_schedule=False)
    return ddl.succeeded(f"Task {entry.name} is scheduled to run immediately.")


def resume_graph(engine: Engine, root: Entry) -> None:
    """Resume a task and all that follow it."""
    found = {root.id: root}
    while True:
        more = [entry for entry in engine.catalog.entries(KIND)
                if entry.id not in found and any(ident in found for ident in entry.properties["after"])]  # fmt: skip
        if not more:
            break
        found |= {entry.id: entry for entry in more}
    changes = Changes()
    for entry in found.values():
        if entry.properties["state"] != "started":
            copy = ddl.copy_entry(entry)
            copy.properties |= {"state": "started", "started": now().isoformat()}
            changes.put(copy)
    engine.apply(None, changes)


def run_graph(engine: Engine, root: Entry, scheduled: dt.datetime, *, by_schedule: bool) -> None:
    """Run a task, and after it the resumed tasks whose predecessors in this run have all succeeded."""
    done: dict[int, bool] = {root.id: _run_one(engine, root, root, scheduled, by_schedule)}
    while True:
        ready = [
            entry
            for entry in engine.catalog.entries(KIND)
            if entry.id not in done and entry.properties["after"] and entry.properties["state"] == "started"
            and all(done.get(ident) for ident in entry.properties["after"])
        ]  # fmt: skip
        if not ready:
            return
        for entry in ready:
            done[entry.id] = _run_one(engine, entry, root, scheduled, by_schedule)


def _run_one(engine: Engine, entry: Entry, root: Entry, scheduled: dt.datetime, by_schedule: bool) -> bool:
    """Run one task with the rights of its owner; its condition may skip it. Whether those after it may run."""
    record = TaskRun(str(uuid.uuid4()), entry.id, entry.parts, entry.text, root.id, scheduled, now(), by_schedule)
    record.condition = entry.properties["condition"]
    engine.catalog.task_log.append(record)
    with engine.owner_session(entry) as (session, state):
        try:
            if record.condition and not _holds(engine, session, state, record.condition):
                record.end("SKIPPED", None)
                return False
            result = engine.execute(session, entry.text, binds=None, query_id=record.query_id)
            for _ in result.batches:
                pass
        except errors.SnowflakeError as error:
            log.warning("the task %s failed: %s", entry.full_name, error)
            record.end("FAILED", error)
            return False
    record.end("SUCCEEDED", None)
    return True


def _holds(engine: Engine, session: Session, state: SessionState, condition: str) -> bool:
    test = Binder(engine.environment(session, state), condition).condition(Parser(condition).expression())
    return bool(state.connection.run(f"SELECT {test}")[0][0])


def run_due(engine: Engine, at: dt.datetime) -> dt.datetime | None:
    """Run the resumed tasks whose schedule is due at a moment. Gives when the next one is due."""
    coming = []
    for entry in engine.catalog.entries(KIND):
        values = entry.properties
        if values["state"] != "started" or values.get("schedule") is None:
            continue
        last = engine.catalog.task_log.last_scheduled(entry.id) or dt.datetime.fromisoformat(values["started"])
        moment = following(str(values["schedule"]), max(last, dt.datetime.fromisoformat(values["started"])))
        if moment <= at:
            run_graph(engine, entry, at, by_schedule=True)
            moment = following(str(values["schedule"]), at)
        coming.append(moment)
    return min(coming, default=None)


# --- SHOW -------------------------------------------------------------------------------------------------------------
def row(run: Run, entry: Entry) -> tuple[Any, ...]:
    """A task as SHOW TASKS and DESCRIBE TASK print it."""
    get = entry.properties.get
    before = [run.engine.catalog.by_id(ident) for ident in entry.properties["after"]]
    names = json.dumps([item.full_name for item in before if item is not None])
    started, suspended = (
        dt.datetime.fromisoformat(value) if value else None for value in (get("started"), get("suspended"))
    )
    return (
        entry.created, entry.name, str(entry.id), entry.database, entry.schema, entry.owner, entry.comment,
        get("warehouse"), get("schedule"), names, get("state"), entry.text, get("condition"),
        str(get("allow_overlapping_execution") is True).lower(), "null", started, suspended, "ROLE", get("config"),
    )  # fmt: skip


@command("DESCRIBE TASK", "DESC TASK")
def describe_task(run: Run) -> StatementResult:
    entry = _task(run, ddl.object_name(run))
    run.parser.expect_end()
    times = ("created_on", "last_committed_on", "last_suspended_on")
    columns = [ResultColumn(name, m.timestamp_ltz(3) if name in times else m.text()) for name in COLUMNS]
    return StatementResult.rows(columns, [row(run, entry)], StatementType.DESCRIBE)
