"""Tasks as objects. Vendor pages: "CREATE TASK", "ALTER TASK", "DROP TASK", "SHOW TASKS".

How they hang together is in ``task_graphs``, how they are run in ``task_runs``.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from typing import Any

from dw_simulator.emulators.snowflake import cron, errors
from dw_simulator.emulators.snowflake.catalog.model import PARAMETERS, Entry, now
from dw_simulator.emulators.snowflake.catalog.store import Catalog, Changes
from dw_simulator.emulators.snowflake.commands import ddl, task_graphs
from dw_simulator.emulators.snowflake.commands.options import if_exists, if_not_exists, properties
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.parameters import PARAMETERS as KNOWN
from dw_simulator.emulators.snowflake.parameters import SessionParameters
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.scripting.parser import begins_block, parse
from dw_simulator.emulators.snowflake.translation.lexer import STRING
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.types import model as m

KIND = "TASK"
_UNITS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600, "S": 1, "M": 60, "H": 3600}
SHORTEST_SECONDS, LONGEST_SECONDS, LONGEST_TARGET = 10, 8 * 24 * 3600, 24 * 3600
COLUMNS = (
    "created_on", "name", "id", "database_name", "schema_name", "owner", "comment", "warehouse", "schedule",
    "predecessors", "state", "definition", "condition", "allow_overlapping_execution", "error_integration",
    "last_committed_on", "last_suspended_on", "owner_role_type", "config", "budget", "task_relations",
    "last_suspended_reason", "success_integration", "scheduling_mode", "target_completion_interval",
    "execute_as_user", "overlap_policy",
)  # fmt: skip
TIMES = ("created_on", "last_committed_on", "last_suspended_on")
OVERLAPS = ("NO_OVERLAP", "ALLOW_CHILD_OVERLAP", "ALLOW_ALL_OVERLAP")
_SIZES = ("XSMALL", "SMALL", "MEDIUM", "LARGE", "XLARGE", "XXLARGE", "X2LARGE", "XXXLARGE", "X3LARGE")
_RANGES = {
    "USER_TASK_TIMEOUT_MS": (0, 604_800_000),
    "SUSPEND_TASK_AFTER_NUM_FAILURES": (0, 2**31 - 1),
    "TASK_AUTO_RETRY_ATTEMPTS": (0, 30),
    "USER_TASK_MINIMUM_TRIGGER_INTERVAL_IN_SECONDS": (10, 604_800),
}
_SIZED = (
    "USER_TASK_MANAGED_INITIAL_WAREHOUSE_SIZE", "SERVERLESS_TASK_MIN_STATEMENT_SIZE",
    "SERVERLESS_TASK_MAX_STATEMENT_SIZE",
)  # fmt: skip
_OPTIONS = ("WAREHOUSE", "SCHEDULE", "CONFIG", "OVERLAP_POLICY", "TARGET_COMPLETION_INTERVAL", "LOG_LEVEL",
            "TRACE_LEVEL", *_RANGES, *_SIZED)  # fmt: skip
_NOTIFYING = ("ERROR_INTEGRATION", "SUCCESS_INTEGRATION")


# --- schedules --------------------------------------------------------------------------------------------------------
def interval_seconds(text: str) -> int | None:
    """Seconds of ``'num { HOURS | MINUTES | SECONDS }'``; None where it is no such text."""
    found = re.fullmatch(r"\+?(\d+)\s(SECOND|MINUTE|HOUR)S?\s*|\+?(\d+)\s([SMH])\s*", text, re.I)
    if found is None:
        return None
    number, unit = (found[1], found[2]) if found[1] else (found[3], found[4])
    return int(number) * _UNITS[unit.upper()]


def following(schedule: str, moment: dt.datetime) -> dt.datetime:
    """The time after ``moment`` at which a schedule is due. Raises SnowflakeError 001008: it is no schedule."""
    words = schedule.strip()
    if words.upper().startswith("USING CRON "):
        try:
            return cron.parse(words[len("USING CRON ") :]).after(moment)
        except ValueError as error:
            raise errors.INVALID_SCHEDULE() from error
    seconds = interval_seconds(schedule)
    if not seconds:
        raise errors.INVALID_SCHEDULE()
    if seconds < SHORTEST_SECONDS:
        raise errors.SCHEDULE_TOO_SHORT()
    if seconds > LONGEST_SECONDS:
        raise errors.SCHEDULE_TOO_LONG()
    return moment + dt.timedelta(seconds=seconds)


# --- CREATE -----------------------------------------------------------------------------------------------------------
@command("CREATE TASK", "CREATE OR REPLACE TASK")
def create_task(run: Run) -> StatementResult:
    parser = run.parser
    if_missing = if_not_exists(parser)
    entry = ddl.new_entry(run, KIND, ddl.object_name(run), "CREATE TASK")
    old = ddl.existing(run, entry)
    if old is not None and if_missing:
        return StatementResult.status(f"{entry.name} already exists, statement succeeded.")
    _begin(entry)
    given: set[str] = set()
    if parser.accept("CLONE"):
        source = _task(run, ddl.object_name(run))
        copied = ddl.copy_entry(source).properties
        entry.properties = {**copied, "state": "suspended", task_graphs.FINALIZED: None, "uuid": str(uuid.uuid4())}
        entry.text, entry.comment = source.text, source.comment
        parser.accept("COPY", "GRANTS")
        parser.expect_end()
    else:
        given = _defined(run, entry)
    replaces = "OR REPLACE" in run.words
    _check(run, entry, old if replaces else None, given)
    changes = Changes()
    if old is not None and replaces:
        task_graphs.relink(run.engine.catalog, changes, old, entry)
    return ddl.create(run, entry, changes, replace=replaces, if_missing=if_missing)


@command("CREATE OR ALTER TASK")
def create_or_alter_task(run: Run) -> StatementResult:
    """A task that is there is altered into what the statement says; whether it is resumed stays, and so do its tags."""
    parts = ddl.object_name(run)
    old = ddl.catalog_of(run).find(KIND, parts)
    if old is None:
        entry = ddl.new_entry(run, KIND, parts, "CREATE TASK")
        _begin(entry)
        given = _defined(run, entry)
        _check(run, entry, None, given)
        return ddl.create(run, entry, Changes(), replace=False, if_missing=False)
    entry = ddl.copy_entry(_task(run, parts, "ALTER TASK"))
    kept = ("state", "started", "suspended", "suspended_reason", "uuid")
    entry.properties = {name: value for name, value in entry.properties.items() if name in kept}
    entry.properties |= {task_graphs.AFTER: [], "condition": None}
    entry.comment = ""
    given = _defined(run, entry)
    if entry.properties.pop("TAG", None):
        raise errors.UNSUPPORTED_FEATURE("CREATE OR ALTER TASK with tags")
    entry.tags.update(old.tags)
    _check(run, entry, old, given)
    catalog = run.engine.catalog
    if task_graphs.is_root(catalog, entry) and not task_graphs.is_root(catalog, old):
        switch(entry, resumes=False)
    return ddl.stored(run, entry)


def _begin(entry: Entry) -> None:
    entry.properties = {"state": "suspended", task_graphs.AFTER: [], "condition": None, "uuid": str(uuid.uuid4())}


def _defined(run: Run, entry: Entry) -> set[str]:
    """What follows a task's name, up to and with its body. Gives the names of the options."""
    parser = run.parser
    given: set[str] = set()
    while not parser.is_word("AS"):
        if parser.accept("AFTER"):
            entry.properties[task_graphs.AFTER] = _predecessors(run)
        elif parser.accept("WHEN"):
            entry.properties["condition"] = _condition(run)
        elif parser.accept("EXECUTE", "AS", "USER"):
            entry.properties["execute_as_user"] = _user(run)
        else:
            given |= _options(run, entry)
    parser.expect("AS")
    entry.text = _definition(run)
    if not entry.text:
        parser.fail()
    return given


def _options(run: Run, entry: Entry) -> set[str]:
    """``name = value …`` of CREATE and ALTER … SET; the names."""
    parser = run.parser
    if parser.is_word("WITH") and parser.ahead().value == "CONTACT":
        raise errors.UNSUPPORTED_FEATURE("CONTACT of a task")
    if parser.is_word("FINALIZE"):
        parser.next()
        parser.expect_op("=")
        entry.properties[task_graphs.FINALIZED] = _root_named(run)
        return {"FINALIZE"}
    found = properties(parser, stop=("FINALIZE",))
    if not found:
        parser.fail()
    given = set(found)
    entry.comment = str(found.pop("COMMENT", entry.comment))
    _set(run, entry, found)
    return given


def _definition(run: Run) -> str:
    text = run.parser.rest()
    if begins_block(Parser(text)):
        parse(text, str(run.session.parameters["TIMESTAMP_TYPE_MAPPING"]))
    return text


def _predecessors(run: Run) -> list[int]:
    """Ids of the tasks that are named, each once. Raises SnowflakeError 091086: one is not there."""
    view = ddl.catalog_of(run)
    found: dict[int, None] = {}
    for parts in run.parser.comma_list(lambda: _name(run)):
        entry = view.find(KIND, parts)
        if entry is None:
            raise errors.TASK_RULE(f"Invalid predecessor {'.'.join(parts)} was specified.")
        found[entry.id] = None
    return list(found)


def _name(run: Run) -> tuple[str, ...]:
    """A task's name, which a string may hold."""
    return Parser(run.parser.string()).qualified() if run.parser.token.kind == STRING else run.parser.qualified()


def _root_named(run: Run) -> int:
    parts = _name(run)
    entry = ddl.catalog_of(run).find(KIND, parts)
    if entry is None:
        raise errors.TASK_RULE(f"Invalid finalized root task {'.'.join(parts)} was specified.")
    return entry.id


def _user(run: Run) -> str:
    name = run.parser.identifier()
    if run.engine.catalog.get("USER", name=name) is None:
        raise errors.KIND_NOT_FOUND("User", name)
    return name


def _set(run: Run, entry: Entry, found: dict[str, Any]) -> None:
    """Set options and session parameters. Raises SnowflakeError: there is none of that name, or a wrong value."""
    values = entry.properties
    overlapping = found.pop("ALLOW_OVERLAPPING_EXECUTION", None)
    if overlapping is not None:
        policy = OVERLAPS[1 if overlapping is True else 0]
        if str(found.setdefault("OVERLAP_POLICY", policy)).upper() != policy:
            raise errors.TASK_RULE(
                "Cannot specify ALLOW_OVERLAPPING_EXECUTION and OVERLAP_POLICY to different values in the same command."
            )
    for name, value in found.items():
        if name in _NOTIFYING:
            raise errors.UNSUPPORTED_FEATURE(f"{name} of a task")
        if name in _OPTIONS:
            values[name.lower()] = _checked(name, value)
        elif name == "TAG":
            values["TAG"] = value
        elif name in KNOWN:
            _set_parameter(entry, name, value)
        else:
            raise errors.INVALID_PROPERTY(name, "TASK")
    warehouse = found.get("WAREHOUSE")
    if warehouse is not None and run.engine.catalog.get("WAREHOUSE", name=str(warehouse)) is None:
        raise errors.KIND_NOT_FOUND("Warehouse", warehouse)


def _checked(name: str, value: Any) -> Any:
    if name in _RANGES:
        low, high = _RANGES[name]
        number = int(str(value)) if re.fullmatch(r"-?\d+", str(value)) else low - 1
        if not low <= number <= high:
            raise errors.INVALID_PARAMETER_VALUE(value, name)
        return number
    if name in _SIZED and str(value).upper().replace("-", "") not in _SIZES:
        raise errors.INVALID_PARAMETER_VALUE(value, name)
    if name == "OVERLAP_POLICY":
        if str(value).upper() not in OVERLAPS:
            raise errors.INVALID_PROPERTY_VALUE(value, name)
        return str(value).upper()
    if name == "CONFIG":
        return configuration(value)
    if name == "TARGET_COMPLETION_INTERVAL":
        seconds = interval_seconds(str(value)) or 0
        if not SHORTEST_SECONDS <= seconds <= LONGEST_TARGET:
            raise errors.INVALID_PARAMETER_VALUE(value, name)
    return value


def configuration(text: object) -> str:
    """The text of a CONFIG. Raises SnowflakeError 091086: it is no JSON object."""
    try:
        found = json.loads(str(text))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise errors.TASK_RULE("Invalid config. Must be a string representation of a valid JSON Object.")
    return str(text)


def _set_parameter(entry: Entry, name: str, value: Any) -> None:
    if name == "SEARCH_PATH" or (name == "AUTOCOMMIT" and value is False):
        shown = name if name == "SEARCH_PATH" else "AUTOCOMMIT = false"
        raise errors.TASK_RULE(
            f"The parameter {shown} is not supported with Tasks. Remove the parameter and try again."
        )
    SessionParameters().set(name, value)
    entry.properties.setdefault(PARAMETERS, {})[name] = value


def _condition(run: Run) -> str:
    """The text of WHEN, which is bound to see that it can be; the streams that it names need not be there yet."""
    parser = run.parser
    start = parser.token.start
    binder = run.engine.binder(run)
    binder.env.hints["task_condition"] = True
    binder.condition(parser.expression())
    return parser.sql[start : parser.last_end]


def _check(run: Run, entry: Entry, old: Entry | None, given: set[str]) -> None:
    """Raise for a schedule that is none, and for what the task's graph does not allow."""
    catalog = run.engine.catalog
    values = entry.properties
    if values.get("schedule") is not None:
        following(str(values["schedule"]), now())
    if values.get("warehouse") is not None:
        for name in _SIZED:
            if values.get(name.lower()) is not None:
                raise errors.TASK_RULE(f"Cannot set {name} on a non-serverless task.")
    task_graphs.check(catalog, entry, old, given)
    if old is not None:
        alone = len(task_graphs.members(catalog, old)) == 1 and task_graphs.is_root(catalog, old)
        if not alone or "OR REPLACE" not in run.words:
            task_graphs.demand_suspended(catalog, [old])
    task_graphs.demand_suspended(catalog, task_graphs.before(catalog, entry))
    root = task_graphs.finalized(catalog, entry)
    task_graphs.demand_suspended(catalog, [root] if root is not None else [])


def _task(run: Run, parts: tuple[str, ...], action: str = "DESCRIBE") -> Entry:
    return ddl.catalog_of(run).require(KIND, parts, action)


# --- ALTER, DROP ------------------------------------------------------------------------------------------------------
@command("ALTER TASK")
def alter_task(run: Run) -> StatementResult:
    parser, catalog = run.parser, run.engine.catalog
    maybe = if_exists(parser)
    parts = ddl.object_name(run)
    if maybe and ddl.catalog_of(run).find(KIND, parts) is None:
        return ddl.succeeded()
    operates = parser.is_word("RESUME", "SUSPEND")
    old = _task(run, parts, "OPERATE" if operates else "ALTER TASK")
    entry = ddl.copy_entry(old)
    if operates:
        if not task_graphs.is_root(catalog, old):
            task_graphs.demand_suspended(catalog, [old])
        switch(entry, resumes=parser.next().value == "RESUME")
    elif not ddl.change_tags(run, entry):
        given = _alter(run, entry)
        _check(run, entry, old, given)
    parser.expect_end()
    return ddl.stored(run, entry)


def switch(entry: Entry, *, resumes: bool, reason: str = "USER_SUSPENDED") -> None:
    """Resume or suspend a task (a copy of it)."""
    if resumes:
        entry.properties |= {"state": "started", "started": now().isoformat()}
        entry.properties.pop("suspended_reason", None)
    else:
        entry.properties |= {"state": "suspended", "suspended": now().isoformat(), "suspended_reason": reason}


def _alter(run: Run, entry: Entry) -> set[str]:
    parser, values, after = run.parser, entry.properties, entry.properties[task_graphs.AFTER]
    if parser.accept("ADD", "AFTER"):
        after += [ident for ident in _predecessors(run) if ident not in after]
    elif parser.accept("REMOVE", "AFTER"):
        _remove_predecessors(run, entry)
    elif parser.accept("MODIFY", "AS"):
        entry.text = _definition(run)
    elif parser.accept("MODIFY", "WHEN"):
        values["condition"] = _condition(run)
    elif parser.accept("REMOVE", "WHEN"):
        values["condition"] = None
    elif parser.accept("UNSET"):
        _unset(run, entry)
    else:
        parser.expect("SET")
        if parser.accept("EXECUTE", "AS", "USER"):
            values["execute_as_user"] = _user(run)
            return set()
        if parser.is_word("CONTACT"):
            raise errors.UNSUPPORTED_FEATURE("CONTACT of a task")
        return _options(run, entry)
    return set()


def _remove_predecessors(run: Run, entry: Entry) -> None:
    after = entry.properties[task_graphs.AFTER]
    for ident in _predecessors(run):
        if ident not in after:
            gone = run.engine.catalog.by_id(ident)
            raise errors.TASK_RULE(f"Task {entry.name} does not have predecessor {gone.name if gone else ident}.")
        after.remove(ident)
    if not after:
        switch(entry, resumes=False)


def _unset(run: Run, entry: Entry) -> None:
    parser, values = run.parser, entry.properties
    if parser.accept("EXECUTE", "AS", "USER"):
        values.pop("execute_as_user", None)
        return
    for name in parser.comma_list(parser.identifier):
        if name == "COMMENT":
            entry.comment = ""
        elif name == "FINALIZE":
            values[task_graphs.FINALIZED] = None
            switch(entry, resumes=False)
        elif name == "ALLOW_OVERLAPPING_EXECUTION":
            values.pop("overlap_policy", None)
        elif name in _OPTIONS or name in _NOTIFYING:
            values.pop(name.lower(), None)
        elif name in KNOWN:
            values.get(PARAMETERS, {}).pop(name, None)
        else:
            raise errors.INVALID_PROPERTY(name, "TASK")


@command("DROP TASK")
def drop_task(run: Run) -> StatementResult:
    """Drop a task; what followed it follows nothing then."""
    maybe = if_exists(run.parser)
    parts = ddl.object_name(run)
    run.parser.expect_end()
    if maybe and ddl.catalog_of(run).find(KIND, parts) is None:
        return ddl.missing_status(parts[-1])
    entry = _task(run, parts, "DROP TASK")
    catalog = run.engine.catalog
    if not task_graphs.is_root(catalog, entry) or len(task_graphs.members(catalog, entry)) > 1:
        task_graphs.demand_suspended(catalog, [entry])
    changes = Changes()
    task_graphs.relink(catalog, changes, entry, None)
    ddl.drop_entry(changes, entry)
    run.engine.apply(run, changes)
    return ddl.dropped_status(entry.name)


# --- SHOW -------------------------------------------------------------------------------------------------------------
def task_uuid(entry: Entry) -> str:
    """The id of a task that clients see."""
    return str(entry.properties.get("uuid") or uuid.uuid5(uuid.NAMESPACE_OID, str(entry.id)))


def row(catalog: Catalog, entry: Entry) -> tuple[Any, ...]:
    """A task as SHOW TASKS and DESCRIBE TASK print it."""
    get = entry.properties.get
    names = json.dumps(sorted(item.full_name for item in task_graphs.before(catalog, entry)), indent=2)
    started, suspended = (
        dt.datetime.fromisoformat(value) if value else None for value in (get("started"), get("suspended"))
    )
    policy = str(get("overlap_policy", OVERLAPS[0])) if task_graphs.is_root(catalog, entry) else None
    overlaps = "null" if policy is None else str(policy == OVERLAPS[1]).lower()
    return (
        entry.created, entry.name, task_uuid(entry), entry.database, entry.schema, entry.owner, entry.comment,
        get("warehouse"), get("schedule"), names, get("state"), entry.text, get("condition"), overlaps, "null",
        started, suspended, "ROLE", get("config"), None, task_graphs.relations(catalog, entry),
        get("suspended_reason"), "null", None, get("target_completion_interval"), get("execute_as_user"), policy,
    )  # fmt: skip


def dependents(catalog: Catalog, entry: Entry, recursive: bool) -> list[tuple[Any, ...]]:
    """The rows of TASK_DEPENDENTS: those of SHOW TASKS without ``id``, up to the reason of the suspension."""
    found = task_graphs.members(catalog, entry) if recursive else [entry, *task_graphs.children(catalog, entry.id)]
    last = task_graphs.finalizer(catalog, entry.id)
    found += [last] if last is not None and last not in found else []
    return [(*shown[:2], *shown[3:22]) for shown in (row(catalog, task) for task in found)]


@command("DESCRIBE TASK", "DESC TASK")
def describe_task(run: Run) -> StatementResult:
    entry = _task(run, ddl.object_name(run))
    run.parser.expect_end()
    columns = [ResultColumn(name, m.timestamp_ltz(3) if name in TIMES else m.text()) for name in COLUMNS]
    return StatementResult.rows(columns, [row(run.engine.catalog, entry)], StatementType.DESCRIBE)
