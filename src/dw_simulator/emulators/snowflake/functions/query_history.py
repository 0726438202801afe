"""QUERY_HISTORY and its relatives. Vendor page: "QUERY_HISTORY , QUERY_HISTORY_BY_*"."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import account_usage, information_schema
from dw_simulator.emulators.snowflake.functions.tables import argument, constant_argument, table_function
from dw_simulator.emulators.snowflake.query_log import QueryRecord
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.scope import BoundQuery
from dw_simulator.emulators.snowflake.types import model as m

DEFAULT_LIMIT, MOST = 100, 10_000
_ARGUMENTS = {
    "QUERY_HISTORY": (),
    "QUERY_HISTORY_BY_SESSION": ("SESSION_ID",),
    "QUERY_HISTORY_BY_USER": ("USER_NAME",),
    "QUERY_HISTORY_BY_WAREHOUSE": ("WAREHOUSE_NAME",),
}
_TIMES = ("END_TIME_RANGE_START", "END_TIME_RANGE_END")


@table_function(*_ARGUMENTS)
def query_history(binder: Any, call: n.Call) -> BoundQuery:
    """The last statements, newest first."""
    binder.env.volatile = True
    known = (*_ARGUMENTS[call.name], *_TIMES, "RESULT_LIMIT", "INCLUDE_CLIENT_GENERATED_STATEMENT")
    for name in call.named:
        if name not in known:
            raise errors.INVALID_PARAMETER_VALUE(name, call.name)
    limit = int(constant_argument(binder, argument(call, "RESULT_LIMIT"), DEFAULT_LIMIT))
    if not 1 <= limit <= MOST:
        raise errors.INVALID_PARAMETER_VALUE(limit, "RESULT_LIMIT")
    first, last = (moment_argument(binder, argument(call, name)) for name in _TIMES)
    wanted = [
        record
        for record in account_usage.visible_queries(binder.env.catalog)
        if _matches(binder, call, record) and _between(record, first, last)
    ]
    columns = information_schema.typed_columns(account_usage.QUERY_COLUMNS)
    rows = [account_usage.query_row(record) for record in wanted[:limit]]
    source = information_schema.literal_table(columns, rows, ("", "", call.name))
    return BoundQuery(f"SELECT * FROM {source.sql} AS found", source.columns)


def moment_argument(binder: Any, node: n.Expr | None) -> dt.datetime | None:
    """The value of a timestamp argument, which may be any constant expression."""
    if node is None:
        return None
    value = binder.coerce(binder.expression(node), m.timestamp_ltz())
    found: dt.datetime | None = binder.env.evaluate(f"SELECT {value.sql}")[0][0]
    return found


def _between(record: QueryRecord, first: dt.datetime | None, last: dt.datetime | None) -> bool:
    ended = dt.datetime.fromtimestamp(record.ended, dt.UTC) if record.ended is not None else dt.datetime.now(dt.UTC)
    return (first is None or ended >= first) and (last is None or ended <= last)


def _matches(binder: Any, call: n.Call, record: QueryRecord) -> bool:
    context = binder.env.context
    if call.name == "QUERY_HISTORY":
        return True
    name = _ARGUMENTS[call.name][0]
    given = constant_argument(binder, argument(call, name), None)
    if name == "SESSION_ID":
        return record.session_id == int(given if given is not None else context.get("CURRENT_SESSION"))
    if name == "USER_NAME":
        return bool(record.user == str(given if given is not None else context.get("CURRENT_USER")).upper())
    return bool(record.warehouse == (given if given is not None else context.get("CURRENT_WAREHOUSE")))
