"""Alerts as objects. Vendor pages: "CREATE ALERT", "ALTER ALERT", "SHOW ALERTS", "Setting up alerts based on data in
Snowflake". How they are run is in ``alert_runs``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry, now
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import alert_rows, ddl
from dw_simulator.emulators.snowflake.commands.options import if_exists, if_not_exists, properties
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.commands.show import Filter, kind, shown_entries
from dw_simulator.emulators.snowflake.commands.tasks import configuration, following, switch
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.scripting.parser import begins_block, parse
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.types import model as m

KIND = "ALERT"
COLUMNS = (
    "created_on name database_name schema_name owner comment warehouse schedule state condition action "
    "owner_role_type runbook config was_auto_suspended"
)
_OPTIONS = ("WAREHOUSE", "SCHEDULE", "CONFIG", "RUNBOOK", "SUSPEND_ALERT_AFTER_NUM_FAILURES")
_UNSETTABLE = ("WAREHOUSE", "CONFIG", "RUNBOOK", "SUSPEND_ALERT_AFTER_NUM_FAILURES")
_KEPT = ("state", "started", "suspended", "suspended_reason")
LONGEST_RUNBOOK = 2048


def required(run: Run, parts: tuple[str, ...], action: str = "DESCRIBE") -> Entry:
    return ddl.catalog_of(run).require(KIND, parts, action)


# --- CREATE -----------------------------------------------------------------------------------------------------------
@command("CREATE ALERT", "CREATE OR REPLACE ALERT")
def create_alert(run: Run) -> StatementResult:
    parser = run.parser
    if_missing = if_not_exists(parser)
    entry = ddl.new_entry(run, KIND, ddl.object_name(run), "CREATE ALERT")
    entry.properties = {"state": "suspended"}
    if parser.accept("CLONE"):
        source = required(run, ddl.object_name(run))
        entry.properties = {**ddl.copy_entry(source).properties, "state": "suspended"}
        entry.text, entry.comment = source.text, source.comment
        parser.accept("COPY", "GRANTS")
        parser.expect_end()
    else:
        _defined(run, entry)
    return ddl.create(run, entry, Changes(), replace="OR REPLACE" in run.words, if_missing=if_missing)


@command("CREATE OR ALTER ALERT")
def create_or_alter_alert(run: Run) -> StatementResult:
    """An alert that is there is altered into what the statement says; whether it is resumed stays, and so do its
    tags."""
    parts = ddl.object_name(run)
    old = ddl.catalog_of(run).find(KIND, parts)
    if old is None:
        entry = ddl.new_entry(run, KIND, parts, "CREATE ALERT")
        entry.properties = {"state": "suspended"}
        _defined(run, entry)
        return ddl.create(run, entry, Changes(), replace=False, if_missing=False)
    entry = ddl.copy_entry(required(run, parts, "ALTER ALERT"))
    entry.properties = {name: value for name, value in entry.properties.items() if name in _KEPT}
    entry.comment = ""
    _defined(run, entry)
    if entry.properties.pop("TAG", None):
        raise errors.UNSUPPORTED_FEATURE("CREATE OR ALTER ALERT with tags")
    entry.tags.update(old.tags)
    return ddl.stored(run, entry)


def _defined(run: Run, entry: Entry) -> None:
    """What follows an alert's name: options, ``IF (EXISTS (condition)) THEN action``."""
    parser = run.parser
    while not parser.is_word("IF"):
        found = properties(parser)
        if not found:
            parser.fail()
        _set(run, entry, found)
    parser.expect("IF")
    parser.expect_op("(")
    _condition(run, entry)
    parser.expect_op(")")
    parser.expect("THEN")
    _action(run, entry)


def _condition(run: Run, entry: Entry) -> None:
    """``EXISTS (condition)``: a query, SHOW or CALL, whose names are looked up when it is evaluated."""
    parser = run.parser
    parser.expect("EXISTS")
    parser.expect_op("(")
    start, depth = parser.token.start, 1
    while not parser.at_end():
        depth += parser.is_op("(") - parser.is_op(")")
        if not depth:
            break
        parser.next()
    text = parser.sql[start : parser.token.start].strip()
    parser.expect_op(")")
    inner = Parser(text)
    if inner.is_word("SELECT", "WITH") or inner.is_op("("):
        inner.query()
        inner.expect_end()
    elif not inner.is_word("SHOW", "CALL"):
        inner.fail()
    entry.properties["condition"] = text


def _action(run: Run, entry: Entry) -> None:
    entry.text = run.parser.rest()
    if not entry.text:
        run.parser.fail()
    if begins_block(Parser(entry.text)):
        parse(entry.text, str(run.session.parameters["TIMESTAMP_TYPE_MAPPING"]))


def _set(run: Run, entry: Entry, found: dict[str, Any]) -> None:
    entry.comment = str(found.pop("COMMENT", entry.comment))
    for name, value in found.items():
        if name == "TAG":
            entry.properties["TAG"] = value
        elif name not in _OPTIONS:
            raise errors.INVALID_PROPERTY(name, KIND)
        else:
            entry.properties[name.lower()] = _checked(name, value)
    warehouse = found.get("WAREHOUSE")
    if warehouse is not None and run.engine.catalog.get("WAREHOUSE", name=str(warehouse)) is None:
        raise errors.KIND_NOT_FOUND("Warehouse", warehouse)


def _checked(name: str, value: Any) -> Any:
    if name == "SCHEDULE":
        if str(value).upper() == "NULL":
            return None
        following(str(value), now())
    elif name == "CONFIG":
        return configuration(value)
    elif name == "RUNBOOK" and len(str(value)) > LONGEST_RUNBOOK:
        raise errors.INVALID_PARAMETER_VALUE(f"{str(value)[:32]}…", name)
    elif name == "SUSPEND_ALERT_AFTER_NUM_FAILURES":
        if not str(value).isdigit():
            raise errors.INVALID_PARAMETER_VALUE(value, name)
        return int(value)
    return value


# --- ALTER, DROP ------------------------------------------------------------------------------------------------------
@command("ALTER ALERT")
def alter_alert(run: Run) -> StatementResult:
    parser = run.parser
    old = ddl.altered(run, KIND, "ALTER ALERT", operating=("RESUME", "SUSPEND"))
    if old is None:
        return ddl.succeeded()
    entry = ddl.copy_entry(old)
    if parser.is_word("RESUME", "SUSPEND"):
        resumes = parser.next().value == "RESUME"
        if resumes and entry.properties.get("schedule") is None:
            entry.properties[alert_rows.SEEN] = alert_rows.position(run.engine, entry)
        switch(entry, resumes=resumes)
    elif parser.accept("MODIFY", "CONDITION"):
        _condition(run, entry)
    elif parser.accept("MODIFY", "ACTION"):
        _action(run, entry)
    elif ddl.change_tags(run, entry):
        pass
    elif parser.accept("UNSET"):
        for name in parser.comma_list(parser.identifier):
            if name == "COMMENT":
                entry.comment = ""
            elif name in _UNSETTABLE:
                entry.properties.pop(name.lower(), None)
            else:
                raise errors.INVALID_PROPERTY(name, KIND)
    else:
        parser.expect("SET")
        found = properties(parser)
        if not found:
            parser.fail()
        _set(run, entry, found)
        if (entry.properties.get("schedule") is None) is not (old.properties.get("schedule") is None):
            raise errors.TASK_RULE("An alert on new data cannot become one on a schedule, nor the other way round.")
    parser.expect_end()
    return ddl.stored(run, entry)


@command("DROP ALERT")
def drop_alert(run: Run) -> StatementResult:
    maybe = if_exists(run.parser)
    parts = ddl.object_name(run)
    run.parser.expect_end()
    if maybe and ddl.catalog_of(run).find(KIND, parts) is None:
        return ddl.missing_status(parts[-1])
    entry = required(run, parts, "DROP ALERT")
    changes = Changes()
    ddl.drop_entry(changes, entry)
    run.engine.apply(run, changes)
    return ddl.dropped_status(entry.name)


# --- SHOW -------------------------------------------------------------------------------------------------------------
def _row(entry: Entry) -> tuple[Any, ...]:
    get = entry.properties.get
    reason = get("suspended_reason")
    failed = str(reason == "SUSPENDED_DUE_TO_ERRORS").lower() if get("started") else None
    return (
        entry.created, entry.name, entry.database, entry.schema, entry.owner, entry.comment, get("warehouse"),
        get("schedule"), get("state"), get("condition"), entry.text, "ROLE", get("runbook"), get("config"), failed,
    )  # fmt: skip


@kind("ALERTS", COLUMNS.replace("created_on", "created_on:l"))
def _alerts(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    return (_row(entry) for entry in shown_entries(run, wanted, KIND))


@command("DESCRIBE ALERT", "DESC ALERT")
def describe_alert(run: Run) -> StatementResult:
    entry = required(run, ddl.object_name(run))
    run.parser.expect_end()
    columns = [ResultColumn(name, m.timestamp_ltz(6) if name == "created_on" else m.text()) for name in COLUMNS.split()]
    return StatementResult.rows(columns, [_row(entry)], StatementType.DESCRIBE)
