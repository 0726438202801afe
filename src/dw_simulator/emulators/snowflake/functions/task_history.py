"""TASK_HISTORY. Vendor page: "TASK_HISTORY"."""

from __future__ import annotations

from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import information_schema
from dw_simulator.emulators.snowflake.functions.tables import argument, constant_argument, table_function
from dw_simulator.emulators.snowflake.task_log import TaskRun
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.scope import BoundQuery

_COLUMNS = (
    "QUERY_ID NAME DATABASE_NAME SCHEMA_NAME QUERY_TEXT CONDITION_TEXT STATE ERROR_CODE ERROR_MESSAGE SCHEDULED_TIME:l "
    "QUERY_START_TIME:l NEXT_SCHEDULED_TIME:l COMPLETED_TIME:l ROOT_TASK_ID RUN_ID:n RETURN_VALUE SCHEDULED_FROM "
    "ATTEMPT_NUMBER:n"
)
_KNOWN = ("RESULT_LIMIT", "TASK_NAME", "ERROR_ONLY", "ROOT_TASK_ID")
DEFAULT_LIMIT = 100


@table_function("TASK_HISTORY")
def task_history(binder: Any, call: n.Call) -> BoundQuery:
    """The last runs, newest first."""
    binder.env.volatile = True
    for name in call.named:
        if name not in _KNOWN:
            raise errors.UNSUPPORTED_FEATURE(f"TASK_HISTORY({name} => …)")
    values = {name: constant_argument(binder, argument(call, name), None) for name in _KNOWN}
    wanted = str(values["TASK_NAME"]).upper() if values["TASK_NAME"] is not None else None
    runs = [
        run
        for run in binder.env.catalog.catalog.task_log.runs()
        if (wanted is None or run.parts[-1].upper() == wanted)
        and (not values["ERROR_ONLY"] or run.state == "FAILED")
        and values["ROOT_TASK_ID"] in (None, str(run.root))
        and _seen(binder.env.catalog, run)
    ]
    columns = information_schema.typed_columns(_COLUMNS)
    limit = int(values["RESULT_LIMIT"] or DEFAULT_LIMIT)
    source = information_schema.literal_table(columns, [_row(run) for run in runs[:limit]], ("", "", call.name))
    return BoundQuery(f"SELECT * FROM {source.sql} AS found", source.columns)


def _seen(catalog: Any, run: TaskRun) -> bool:
    """Whether the session may see the task (which may be gone by now)."""
    entry = catalog.catalog.by_id(run.task)
    return catalog.access is None or (entry is not None and catalog.access.sees(entry))


def _row(run: TaskRun) -> tuple[Any, ...]:
    error = run.error
    return (
        run.query_id, run.parts[2], run.parts[0], run.parts[1], run.text, run.condition, run.state,
        error.code if error is not None else None, error.message if error is not None else None, run.scheduled,
        run.started, None, run.ended, str(run.root), int(run.scheduled.timestamp() * 1000), None,
        "SCHEDULE" if run.by_schedule else "EXECUTE TASK", 1,
    )  # fmt: skip
