"""What COPY and Snowpipe did: VALIDATE, COPY_HISTORY. Vendor page: "Table functions"."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function
from dw_simulator.emulators.snowflake.functions.tables import table_function
from dw_simulator.emulators.snowflake.stages.options import folded_names
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.scope import BoundQuery
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.copy.load_queries import LoadQueries


def load_queries(binder: Any) -> LoadQueries:
    binder.env.volatile = True
    found: LoadQueries = binder.env.hints["loads"]
    return found


def constant_text(binder: Any, call: n.Call, name: str) -> str:
    """A named argument that is a literal. Raises SnowflakeError: it is missing or not constant."""
    node = call.named.get(name)
    if node is None:
        raise errors.NOT_ENOUGH_ARGUMENTS(call.name, 1, 0)
    value = binder.expression(node)
    if not value.is_const or value.const is None:
        raise errors.INVALID_FUNCTION_TYPE(binder.text_of(node), call.name)
    return str(value.const)


@table_function("VALIDATE")
def validate(binder: Any, call: n.Call) -> BoundQuery:
    if not call.args:
        raise errors.NOT_ENOUGH_ARGUMENTS("VALIDATE", 2, 0)
    table = call.args[0]
    if isinstance(table, n.Name):
        parts = table.parts
    else:
        parts = folded_names(str(binder.expression(table).const))
    return load_queries(binder).validate(parts, constant_text(binder, call, "JOB_ID"))


@table_function("COPY_HISTORY")
def copy_history(binder: Any, call: n.Call) -> BoundQuery:
    table = folded_names(constant_text(binder, call, "TABLE_NAME"))
    if "START_TIME" not in call.named:
        raise errors.NOT_ENOUGH_ARGUMENTS("COPY_HISTORY", 2, 1)
    found = load_queries(binder).copy_history(table)
    return between(binder, call, found, "LAST_LOAD_TIME")


@table_function("EXTERNAL_TABLE_FILES")
def external_table_files(binder: Any, call: n.Call) -> BoundQuery:
    binder.env.volatile = True
    table = folded_names(constant_text(binder, call, "TABLE_NAME"))
    found: BoundQuery = binder.env.hints["files"].external_table_files(table)
    return found


@table_function("EXTERNAL_TABLE_FILE_REGISTRATION_HISTORY")
def registration_history(binder: Any, call: n.Call) -> BoundQuery:
    binder.env.volatile = True
    table = folded_names(constant_text(binder, call, "TABLE_NAME"))
    found: BoundQuery = binder.env.hints["files"].registration_history(table)
    return between(binder, call, found, "REGISTERED_ON")


@table_function("VALIDATE_PIPE_LOAD")
def validate_pipe_load(binder: Any, call: n.Call) -> BoundQuery:
    pipe = folded_names(constant_text(binder, call, "PIPE_NAME"))
    if "START_TIME" not in call.named:
        raise errors.NOT_ENOUGH_ARGUMENTS("VALIDATE_PIPE_LOAD", 2, 1)
    found = between(binder, call, load_queries(binder).pipe_errors(pipe), "LOADED")
    columns = [column for column in found.columns if column.name != "LOADED"]
    listed = ", ".join(f'"{column.key}"' for column in columns)
    return BoundQuery(f"SELECT {listed} FROM ({found.sql}) AS e", columns)


@table_function("PIPE_USAGE_HISTORY")
def pipe_usage_history(_binder: Any, _call: n.Call) -> BoundQuery:
    raise errors.UNSUPPORTED_FEATURE("PIPE_USAGE_HISTORY: no credits are spent here")


def _pipe(call: FunctionCall, action: str) -> Any:
    call.binder.env.volatile = True
    catalog: Any = call.binder.env.catalog
    return catalog.require("PIPE", folded_names(str(call.constant(0))), action)


@function("SYSTEM$PIPE_STATUS", "System", 1)
def pipe_status(call: FunctionCall) -> Typed:
    answer = call.binder.env.hints["pipe_status"](_pipe(call, "MONITOR"))
    return Typed(literal(json.dumps(answer, separators=(",", ":"))), m.text())


@function("SYSTEM$PIPE_FORCE_RESUME", "System", 1, 2)
def pipe_force_resume(call: FunctionCall) -> Typed:
    call.binder.env.hints["resume_pipe"](_pipe(call, "OPERATE"))
    return Typed(literal("SUCCESS"), m.text())


@function("SYSTEM$TASK_DEPENDENTS_ENABLE", "System", 1)
def task_dependents_enable(call: FunctionCall) -> Typed:
    """Resumes a task and all that follow it. Vendor page: "SYSTEM$TASK_DEPENDENTS_ENABLE"."""
    env = call.binder.env
    catalog: Any = env.catalog
    env.volatile = True
    entry = catalog.require("TASK", folded_names(str(call.constant(0))), "OPERATE")
    if not env.describing:
        env.hints["resume_tasks"](entry)
    return Typed("true", m.boolean(nullable=False), True)


def between(binder: Any, call: n.Call, found: BoundQuery, column: str) -> BoundQuery:
    """The rows whose time is from START_TIME to END_TIME, as far as these are given."""
    tests = [
        f'"{column}" {operator} {binder.coerce(binder.expression(call.named[name]), m.timestamp_ltz()).sql}'
        for name, operator in (("START_TIME", ">="), ("END_TIME", "<="))
        if name in call.named
    ]
    if not tests:
        return found
    return BoundQuery(f"SELECT * FROM ({found.sql}) AS h WHERE {' AND '.join(tests)}", found.columns)
