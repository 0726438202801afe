"""Context functions. Vendor page: "Context functions"."""

from __future__ import annotations

import json

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import NULL_TYPE, Typed
from dw_simulator.emulators.snowflake.types import interval
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "Context"
VERSION = "9.40.0"
REGION = "AWS_US_WEST_2"
_CONSTANTS = {
    "CURRENT_VERSION": VERSION, "CURRENT_REGION": REGION, "CURRENT_ORGANIZATION_NAME": "LOCAL",
    "CURRENT_ROLE_TYPE": "ROLE",
}  # fmt: skip


def _text(value: str | None) -> Typed:
    if value is None:
        return Typed("CAST(NULL AS VARCHAR)", m.text(), None)
    return Typed(literal(value), m.text(max(1, len(value)), nullable=False), value)


@function(
    "CURRENT_USER CURRENT_ROLE CURRENT_WAREHOUSE CURRENT_SESSION CURRENT_ACCOUNT CURRENT_TRANSACTION "
    "CURRENT_SECONDARY_ROLES CURRENT_CLIENT CURRENT_IP_ADDRESS",
    CATEGORY,
    0,
)
def context(call: FunctionCall) -> Typed:
    return _text(call.binder.env.context.get(call.name))


@function("CURRENT_STATEMENT", CATEGORY, 0)
def statement(call: FunctionCall) -> Typed:
    return _text(call.binder.env.hints.get("statement", call.binder.sql))


@function("CURRENT_ACCOUNT_NAME CURRENT_ACCOUNT_LOCATOR", CATEGORY, 0)
def account_name(call: FunctionCall) -> Typed:
    return _text(call.binder.env.context.get("CURRENT_ACCOUNT"))


@function(" ".join(_CONSTANTS), CATEGORY, 0)
def constant(call: FunctionCall) -> Typed:
    return _text(_CONSTANTS[call.name])


@function("LAST_TRANSACTION CURRENT_ORGANIZATION_USER", CATEGORY, 0)
def nothing(call: FunctionCall) -> Typed:
    """No transaction is remembered once it is over, and there are no organization users."""
    del call
    return _text(None)


@function("ALL_USER_NAMES", CATEGORY, 0)
def all_user_names(call: FunctionCall) -> Typed:
    user = call.binder.env.context.get("CURRENT_USER") or ""
    return Typed(literal(f'["{user}"]'), m.array(nullable=False))


@function("IS_APPLICATION_ROLE_IN_SESSION IS_INSTANCE_ROLE_IN_SESSION IS_GRANTED_TO_INVOKER_ROLE", CATEGORY, 1)
def role_of_another_kind(call: FunctionCall) -> Typed:
    """There are no applications and no class instances; a role is granted to itself."""
    if call.name == "IS_GRANTED_TO_INVOKER_ROLE":
        role = call.binder.env.context.get("CURRENT_ROLE") or ""
        return Typed(f"({call.sql(0, 't')} IN ({literal(role)}, 'PUBLIC'))", m.boolean())
    return Typed(f"(CASE WHEN {call.sql(0, 't')} IS NOT NULL THEN false END)", m.boolean())


@function("CURRENT_DATABASE", CATEGORY, 0)
def current_database(call: FunctionCall) -> Typed:
    return _text(call.binder.env.database)


@function("CURRENT_SCHEMA", CATEGORY, 0)
def current_schema(call: FunctionCall) -> Typed:
    return _text(call.binder.env.schema)


@function("CURRENT_SCHEMAS", CATEGORY, 0)
def current_schemas(call: FunctionCall) -> Typed:
    names = [f"{database}.{schema}" for database, schema in call.binder.env.catalog.schemas()]
    return _text("[" + ", ".join(f'"{name}"' for name in names) + "]")


@function("CURRENT_AVAILABLE_ROLES", CATEGORY, 0)
def current_available_roles(call: FunctionCall) -> Typed:
    return _text(json.dumps(sorted(call.binder.env.hints["session_roles"]()), separators=(",", ":")))


@function("LAST_QUERY_ID", CATEGORY, 0, 1)
def last_query_id(call: FunctionCall) -> Typed:
    return _text(call.binder.env.query_ids(int(call.constant(0, -1))))


@function("INVOKER_ROLE INVOKER_SHARE", CATEGORY, 0)
def invoker(call: FunctionCall) -> Typed:
    role = call.binder.env.hints.get("invoker") or call.binder.env.context.get("CURRENT_ROLE")
    return _text(role if call.name == "INVOKER_ROLE" else None)


@function("IS_ROLE_IN_SESSION IS_DATABASE_ROLE_IN_SESSION", CATEGORY, 1)
def is_role_in_session(call: FunctionCall) -> Typed:
    names = ", ".join(literal(name) for name in sorted(call.binder.env.hints["session_roles"]()))
    return Typed(f"({call.sql(0, 't')} IN ({names}))", m.boolean())


@function("SYS_CONNECT_BY_PATH", CATEGORY, 2)
def sys_connect_by_path(call: FunctionCall) -> Typed:
    connect = call.binder.scope.connect
    sql = connect.paths.get(call.binder.text_of(call.node)) if connect is not None else None
    if sql is None:
        raise errors.INVALID_FUNCTION_TYPE("SYS_CONNECT_BY_PATH", "a query without CONNECT BY")
    return Typed(sql, m.text())


@function("GETVARIABLE", CATEGORY, 1)
def getvariable(call: FunctionCall) -> Typed:
    value = call.binder.env.variables.get(str(call.constant(0)).upper())
    return value if value is not None else Typed("NULL", NULL_TYPE, None)


_STORAGE = {
    "REAL": "DOUBLE",
    "DECFLOAT": "DECFLOAT",
    "UUID": "SB16",
    "BOOLEAN": "SB1",
    "DATE": "SB4",
    "TIME": "SB8",
    "TIMESTAMP_NTZ": "SB8",
}


@function("SYSTEM$TYPEOF", CATEGORY, 1)
def system_typeof(call: FunctionCall) -> Typed:
    """The type and how values are kept: whole numbers by their size in bytes."""
    value = call.arg(0)
    kind = value.type
    if kind is NULL_TYPE:
        return _text("NULL[LOB]")
    storage = _STORAGE.get(kind.name, "LOB")
    if kind.name == "FIXED":
        storage = f"SB{_width(value)}"
    elif kind.name in interval.NAMES:
        storage = f"SB{interval.width(kind)}"
    elif kind.name.startswith("TIMESTAMP"):
        storage = "SB8" if kind.name != "TIMESTAMP_TZ" else "SB16"
    name = kind.sql_name()
    if kind.fields:
        name = name.replace(f"VARCHAR({m.MAX_TEXT_LENGTH})", "VARCHAR")
    return _text(f"{name}[{storage}]")


def _width(value: Typed) -> int:
    """Bytes of a number: a literal's own, else those of the largest that the type allows."""
    digits = value.type.precision or 38
    largest = (
        abs(int(str(value.const).replace(".", ""))) if value.is_const and value.const is not None else 10**digits - 1
    )
    return next(width for width in (1, 2, 4, 8, 16) if largest < 2 ** (8 * width - 1) or width == 16)


_UNITS = {"DAYS": 86_400.0, "HOURS": 3_600.0, "MINUTES": 60.0, "SECONDS": 1.0, "MILLISECONDS": 0.001}


@function("SYSTEM$WAIT", CATEGORY, 1, 2)
def system_wait(call: FunctionCall) -> Typed:
    """Wait, until a cancel or a timeout ends it. Vendor page: "SYSTEM$WAIT"."""
    env = call.binder.env
    amount, unit = call.constant(0), str(call.constant(1, "SECONDS"))
    if amount is None:
        return _text(None)
    if unit.upper() not in _UNITS:
        raise errors.INVALID_PARAMETER_VALUE(unit, "time_unit")
    wait = env.hints.get("wait")
    if wait is None:
        raise errors.UNSUPPORTED_FEATURE("SYSTEM$WAIT here")
    wait(max(0.0, float(amount) * _UNITS[unit.upper()]))
    return _text(f"waited {amount} {unit.lower()}")


@function("SYSTEM$ARE_ANACONDA_TERMS_ACKNOWLEDGED", CATEGORY, 0)
def anaconda_terms(call: FunctionCall) -> Typed:
    """Packages of Python are those of this machine: there are no terms to accept."""
    del call
    return Typed("true", m.boolean(nullable=False), True)


@function("SYSTEM$GET_DEFAULT_PYTHON_ARTIFACT_REPOSITORY", CATEGORY, 1, 3)
def default_artifact_repository(call: FunctionCall) -> Typed:
    del call
    return _text("snowflake.snowpark.anaconda_shared_repository")


@function("SYSTEM$CLIENT_VERSION_INFO", CATEGORY, 0)
def client_version_info(call: FunctionCall) -> Typed:
    """Which versions of clients are recommended: none, as all are welcome."""
    del call
    return _text("[]")


@function("SYSTEM$VERSION", CATEGORY, 0)
def system_version(call: FunctionCall) -> Typed:
    del call
    return _text(VERSION)


@function("SYSTEM$ALLOWLIST SYSTEM$WHITELIST", CATEGORY, 0)
def system_allowlist(call: FunctionCall) -> Typed:
    """The hosts a client needs: this one."""
    del call
    return _text('[{"type":"SNOWFLAKE_DEPLOYMENT","host":"127.0.0.1","port":443}]')


@function("SYSTEM$GET_LOGIN_FAILURE_DETAILS", CATEGORY, 1)
def system_login_failure(call: FunctionCall) -> Typed:
    """Why a login failed that was refused with this UUID. Vendor page: "SYSTEM$GET_LOGIN_FAILURE_DETAILS"."""
    failures = call.binder.env.hints.get("login_failures")
    key = str(call.constant(0))
    details = failures.details(key) if failures is not None else None
    if details is None:
        raise errors.INVALID_PARAMETER_VALUE(key, "uuid")
    return _text(details)


@function("SYSTEM$CANCEL_ALL_QUERIES", CATEGORY, 1)
def system_cancel_all(call: FunctionCall) -> Typed:
    """Cancel what a session runs. Vendor page: "SYSTEM$CANCEL_ALL_QUERIES"."""
    cancel = call.binder.env.hints.get("cancel_session")
    if cancel is None:
        raise errors.UNSUPPORTED_FEATURE("SYSTEM$CANCEL_ALL_QUERIES here")
    session_id = int(call.constant(0))
    call.binder.env.hints["check_cancels"](session_id=session_id)
    return _text(f"{cancel(session_id)} cancelled.")


@function("SYSTEM$CANCEL_QUERY", CATEGORY, 1)
def system_cancel_query(call: FunctionCall) -> Typed:
    """Cancel one statement. Vendor page: "SYSTEM$CANCEL_QUERY"."""
    cancel = call.binder.env.hints.get("cancel_query")
    if cancel is None:
        raise errors.UNSUPPORTED_FEATURE("SYSTEM$CANCEL_QUERY here")
    query_id = str(call.constant(0))
    call.binder.env.hints["check_cancels"](query_id=query_id)
    if cancel(query_id):
        return _text(f"query [{query_id}] terminated.")
    return _text("Identified SQL statement is not currently executing.")
