"""LOGIN_HISTORY and LOGIN_HISTORY_BY_USER. Vendor page of those names."""

from __future__ import annotations

from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import account_objects
from dw_simulator.emulators.snowflake.functions.query_history import DEFAULT_LIMIT, MOST, moment_argument
from dw_simulator.emulators.snowflake.functions.tables import argument, constant_argument, table_function
from dw_simulator.emulators.snowflake.functions.task_history import known_arguments, rows_query
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.scope import BoundQuery

_TIMES = ("TIME_RANGE_START", "TIME_RANGE_END")


@table_function("LOGIN_HISTORY", "LOGIN_HISTORY_BY_USER")
def login_history(binder: Any, call: n.Call) -> BoundQuery:
    """The last logins, newest first."""
    binder.env.volatile = True
    by_user = call.name.endswith("USER")
    known_arguments(call, (*_TIMES, "RESULT_LIMIT", *(("USER_NAME",) if by_user else ())))
    limit = int(constant_argument(binder, argument(call, "RESULT_LIMIT"), DEFAULT_LIMIT))
    if not 1 <= limit <= MOST:
        raise errors.INVALID_PARAMETER_VALUE(limit, "RESULT_LIMIT")
    first, last = (moment_argument(binder, argument(call, name)) for name in _TIMES)
    user = constant_argument(binder, argument(call, "USER_NAME", 0), None) if by_user else None
    if by_user and user is None:
        user = binder.env.context.get("CURRENT_USER")
    rows = [
        row
        for row in account_objects.login_rows(binder.env.catalog)
        if (first is None or row[1] >= first) and (last is None or row[1] <= last) and user in (None, row[3])
    ]
    return rows_query(call, account_objects.LOGIN_COLUMNS, rows[:limit])
