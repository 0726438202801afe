"""Resource monitors: kept and shown, as nothing is billed. Vendor pages: "CREATE RESOURCE MONITOR", "ALTER RESOURCE
MONITOR", "SHOW RESOURCE MONITORS"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import declared
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.catalog.store import Catalog, Changes
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.options import if_exists, if_not_exists, properties
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.commands.show import Filter, kind, visible_entries
from dw_simulator.emulators.snowflake.results import StatementResult

KIND = "RESOURCE MONITOR"
_FREQUENCIES = ("MONTHLY", "DAILY", "WEEKLY", "YEARLY", "NEVER")
_ACTIONS = {"SUSPEND": "suspend_at", "SUSPEND_IMMEDIATE": "suspend_immediately_at", "NOTIFY": "notify_at"}
_NAMES = ("CREDIT_QUOTA", "FREQUENCY", "START_TIMESTAMP", "END_TIMESTAMP", "NOTIFY_USERS", "COMMENT")


@command(f"CREATE {KIND}", f"CREATE OR REPLACE {KIND}")
def create_monitor(run: Run) -> StatementResult:
    parser = run.parser
    if_missing = if_not_exists(parser)
    name = ddl.object_name(run)[-1]
    access = run.engine.access(run.session, run.state)
    if access is not None:
        access.demand_on_account(f"CREATE {KIND}", run.session.account)
    entry = Entry(KIND, name, id=run.engine.catalog.next_id(), owner=run.session.role or "ACCOUNTADMIN")
    parser.accept("WITH")
    _take(run, entry)
    return ddl.create(run, entry, Changes(), replace="OR REPLACE" in run.words, if_missing=if_missing)


@command(f"ALTER {KIND}")
def alter_monitor(run: Run) -> StatementResult:
    parser = run.parser
    maybe = if_exists(parser)
    name = ddl.object_name(run)[-1]
    old, access = run.engine.catalog.get(KIND, name=name), run.engine.access(run.session, run.state)
    if old is None:
        if maybe:
            return ddl.succeeded()
        raise errors.KIND_NOT_FOUND(KIND.capitalize(), name)
    if access is not None:
        access.demand(old, "MODIFY")
    entry = ddl.copy_entry(old)
    if not parser.accept("SET") and not parser.is_word("TRIGGERS", "NOTIFY_USERS"):
        parser.fail()
    _take(run, entry)
    changes = Changes()
    changes.put(entry)
    run.engine.apply(run, changes)
    return ddl.succeeded()


def _take(run: Run, entry: Entry) -> None:
    """Properties and ``TRIGGERS ON <percent> PERCENT DO <action> …``. Raises SnowflakeError 001420, 001008."""
    parser = run.parser
    found = properties(parser)
    for name, value in found.items():
        if name not in _NAMES:
            raise errors.INVALID_PROPERTY(name, KIND)
        if name == "FREQUENCY" and str(value).upper() not in _FREQUENCIES:
            raise errors.INVALID_PARAMETER_VALUE(value, name)
        if name == "CREDIT_QUOTA" and str(value) != "NULL" and not str(value).isdigit():
            raise errors.INVALID_PARAMETER_VALUE(value, name)
        if name == "NOTIFY_USERS":
            value = [_user(run, str(user)) for user in (value if isinstance(value, list) else [value])]
        if name == "COMMENT":
            entry.comment = str(value)
        elif str(value) == "NULL":
            entry.properties.pop(name.lower(), None)
        else:
            entry.properties[name.lower()] = str(value).upper() if name == "FREQUENCY" else value
    if ("FREQUENCY" in found) != ("START_TIMESTAMP" in found):
        raise errors.MISSING_OPTION("START_TIMESTAMP" if "FREQUENCY" in found else "FREQUENCY")
    if parser.accept("TRIGGERS"):
        _triggers(run, entry)
    parser.expect_end()


def _user(run: Run, name: str) -> str:
    if run.engine.catalog.get("USER", name=name) is None:
        raise errors.KIND_NOT_FOUND("User", name)
    return name


def _triggers(run: Run, entry: Entry) -> None:
    parser = run.parser
    for key in _ACTIONS.values():
        entry.properties.pop(key, None)
    while parser.accept("ON"):
        percent = parser.integer()
        parser.expect("PERCENT", "DO")
        action = parser.accept_any(*_ACTIONS)
        if action is None:
            parser.fail()
        entry.properties.setdefault(_ACTIONS[action], []).append(percent)


def _level(catalog: Catalog, entry: Entry) -> str | None:
    account = declared.account_of(catalog)
    if account is not None and account.properties.get("resource_monitor") == entry.name:
        return "ACCOUNT"
    warehouses = catalog.entries("WAREHOUSE")
    return "WAREHOUSE" if any(item.properties.get("resource_monitor") == entry.name for item in warehouses) else None


def _moment(text: str | None, default: dt.datetime | None) -> dt.datetime | None:
    if text is None or text.upper() == "IMMEDIATELY":
        return default
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return default
    return found if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)


def _percents(entry: Entry, key: str) -> str | None:
    found = entry.properties.get(key)
    return ",".join(f"{percent}%" for percent in found) if found else None


@kind(
    "RESOURCE MONITORS",
    "name credit_quota used_credits remaining_credits level frequency start_time:l end_time:l notify_at suspend_at "
    "suspend_immediately_at created_on:l owner comment notify_users",
)
def _monitors(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    del wanted
    for entry in visible_entries(run, KIND):
        get = entry.properties.get
        given = get("credit_quota")
        quota = None if given is None else f"{int(given):.2f}"
        yield (
            entry.name, quota, "0.00", quota, _level(run.engine.catalog, entry), get("frequency", "MONTHLY"),
            _moment(get("start_timestamp"), entry.created), _moment(get("end_timestamp"), None),
            _percents(entry, "notify_at"), _percents(entry, "suspend_at"), _percents(entry, "suspend_immediately_at"),
            entry.created, entry.owner, entry.comment, ", ".join(get("notify_users", ())),
        )  # fmt: skip
