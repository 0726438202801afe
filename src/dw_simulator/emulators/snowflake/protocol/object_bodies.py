"""Bodies of the REST API of objects as CREATE statements, kind by kind. Vendor page: "Snowflake REST APIs".

A body names each property as SQL does, in lower case. One that is not known here is an error: nothing is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dw_simulator.emulators.snowflake import errors

_NUMBERS = ("data_retention_time_in_days", "max_data_extension_time_in_days", "max_cluster_count", "min_cluster_count",
            "auto_suspend", "max_concurrency_level", "statement_queued_timeout_in_seconds",
            "statement_timeout_in_seconds", "query_acceleration_max_scale_factor", "days_to_expiry", "mins_to_unlock",
            "user_task_timeout_ms", "suspend_task_after_num_failures", "start", "increment", "task_auto_retry_attempts",
            "user_task_minimum_trigger_interval_in_seconds")  # fmt: skip
_TEXTS = ("comment", "warehouse_type", "warehouse_size", "scaling_policy", "default_ddl_collation", "password",
          "login_name", "display_name", "first_name", "middle_name", "last_name", "email", "default_warehouse",
          "default_namespace", "default_role", "rsa_public_key", "rsa_public_key_2", "url", "endpoint",
          "user_task_managed_initial_warehouse_size", "serverless_task_min_statement_size",
          "serverless_task_max_statement_size")  # fmt: skip
_WORDS = ("auto_resume", "initially_suspended", "enable_query_acceleration", "enable_schema_evolution",
          "change_tracking", "must_change_password", "disabled", "allow_overlapping_execution", "append_only",
          "show_initial_rows", "auto_ingest", "insert_only")  # fmt: skip
_NAMES = (
    "warehouse",
    "type",
    "overlap_policy",
    "error_integration",
    "success_integration",
    "storage_integration",
    "refresh_mode",
    "initialize",
    "initialization_warehouse",
)
_READ_ONLY = ("snowflake_lock", "snowflake_support", "custom_landing_page_url_flush_next_ui_load")
"""Flags that clients send with their default, false."""
FETCHED = (
    "created_on",
    "database_name",
    "schema_name",
    "owner",
    "owner_role_type",
    "rows",
    "bytes",
    "retention_time",
    "automatic_clustering",
    "search_optimization",
    "options",
    "is_default",
    "is_current",
    "is_inherited",
    "assigned_to_users",
    "granted_to_roles",
    "granted_roles",
    "origin",
    "state",
    "size",
    "type",
    "running",
    "queued",
    "started_clusters",
    "available",
    "provisioning",
    "quiescing",
    "other",
    "resumed_on",
    "updated_on",
    "resource_monitor",
    "is_external",
    "is_event",
    "is_hybrid",
    "is_iceberg",
    "is_dynamic",
)
"""What an object that was fetched tells besides what can be set: clients send it back."""
Body = dict[str, Any]


def literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def definition(kind: str, values: Body) -> tuple[str, str]:
    """Words before the kind, and what follows the name. ``values`` is the body without its name; it is used up.

    Raises:
        SnowflakeError: 390001 the body lacks a property; 000002 it has one that is not emulated.
    """
    given = str(values.pop("kind", None) or "PERMANENT").upper()
    if given not in ("PERMANENT", "TRANSIENT", "TEMPORARY", "TABLE", "STANDARD"):
        raise errors.UNSUPPORTED_FEATURE(f"kind {given}")
    word = f"{given} " if given in ("TRANSIENT", "TEMPORARY") else ""
    make = _KINDS.get(kind)
    if make is not None:
        before, after = make(values)
        return f"{before}{word}", after
    managed = " WITH MANAGED ACCESS" if values.pop("managed_access", False) else ""
    return word, f"{managed}{options(values)}"


def options(values: Mapping[str, Any]) -> str:
    text = ""
    for name, value in values.items():
        if name in _NUMBERS:
            text += f" {name.upper()} = {int(value)}"
        elif name in _TEXTS:
            text += f" {name.upper()} = {literal(str(value))}"
        elif name in _WORDS:
            text += f" {name.upper()} = {'TRUE' if str(value).lower() == 'true' else 'FALSE'}"
        elif name in _NAMES:
            text += f" {name.upper()} = {value}"
        elif name not in _READ_ONLY or value is not False:
            raise errors.UNSUPPORTED_FEATURE(f"the property {name} in the REST API")
    return text


def required(values: Body, name: str) -> Any:
    value = values.pop(name, None)
    if not value:
        raise errors.BAD_REQUEST(f"the body has no {name}")
    return value


# --- kinds ------------------------------------------------------------------------------------------------------------
def _table(values: Body) -> tuple[str, str]:
    items = [_column(column) for column in required(values, "columns")]
    for constraint in values.pop("constraints", None) or ():
        kind = str(constraint.get("constraint_type", "")).upper()
        if kind not in ("PRIMARY KEY", "UNIQUE"):
            raise errors.UNSUPPORTED_FEATURE(f"constraints of type {kind} in the REST API")
        name = f"CONSTRAINT {constraint['name']} " if constraint.get("name") else ""
        items.append(f"{name}{kind} ({', '.join(constraint['column_names'])})")
    keys = values.pop("cluster_by", None)
    cluster = f" CLUSTER BY ({', '.join(keys)})" if keys else ""
    if keys and str(keys[0]).startswith("LINEAR"):  # as it is shown
        cluster = f" CLUSTER BY {keys[0]}"
    return "", f" ({', '.join(items)}){cluster}{options(values)}"


def _column(column: Mapping[str, Any]) -> str:
    values = {name: value for name, value in column.items() if value is not None}
    text = f"{values.pop('name', '')} {values.pop('datatype', '')}"
    if values.pop("nullable", True) is False:
        text += " NOT NULL"
    if "default" in values:
        text += f" DEFAULT {values.pop('default')}"
    if values.pop("autoincrement", False):
        start, step = values.pop("autoincrement_start", 1), values.pop("autoincrement_increment", 1)
        text += f" AUTOINCREMENT START {int(start)} INCREMENT {int(step)}"
    if "comment" in values:
        text += f" COMMENT {literal(str(values.pop('comment')))}"
    for name in values:
        raise errors.UNSUPPORTED_FEATURE(f"the property {name} of columns in the REST API")
    return text


def _view(values: Body) -> tuple[str, str]:
    query = required(values, "query")
    names = []
    for column in values.pop("columns", None) or ():
        comment = f" COMMENT {literal(column['comment'])}" if column.get("comment") else ""
        names.append(f"{column['name']}{comment}")
    columns = f" ({', '.join(names)})" if names else ""
    recursive = "RECURSIVE " if values.pop("recursive", False) else ""
    return f"{'SECURE ' if values.pop('secure', False) else ''}{recursive}", f"{columns}{options(values)} AS {query}"


def _user(values: Body) -> tuple[str, str]:
    secondary = values.pop("default_secondary_roles", None)
    roles = ""
    if secondary is not None:
        roles = f" DEFAULT_SECONDARY_ROLES = ({'' if secondary == 'NONE' else literal(str(secondary))})"
    return "", f"{options(values)}{roles}"


def _sequence(values: Body) -> tuple[str, str]:
    ordered = values.pop("ordered", None)
    order = "" if ordered is None else " ORDER" if ordered else " NOORDER"
    comment = {"comment": values.pop("comment")} if "comment" in values else {}
    return "", f"{options(values)}{order}{options(comment)}"


def _stream(values: Body) -> tuple[str, str]:
    source = {name: value for name, value in required(values, "stream_source").items() if value is not None}
    kind = str(source.pop("src_type", "")).upper().replace("_", " ")
    if kind not in ("TABLE", "VIEW", "EXTERNAL TABLE"):
        raise errors.UNSUPPORTED_FEATURE(f"streams on a {kind.lower()} in the REST API")
    parts = [source.pop(name) for name in ("database_name", "schema_name", "name") if name in source]
    return "", f" ON {kind} {'.'.join(parts)}{options(source)}{options(values)}"


def _stage(values: Body) -> tuple[str, str]:
    text = ""
    directory = values.pop("directory_table", None)
    if directory is not None:
        flags = {name: str(value).upper() for name, value in directory.items() if value is not None}
        text += f" DIRECTORY = ({' '.join(f'{name.upper()} = {flag}' for name, flag in flags.items())})"
    encryption = values.pop("encryption", None)
    if encryption is not None:
        text += f" ENCRYPTION = (TYPE = {literal(str(encryption['type']))})"
    credentials = values.pop("credentials", None)
    if credentials is not None:
        given = {name: value for name, value in credentials.items() if value is not None and name != "credential_type"}
        text += f" CREDENTIALS = ({' '.join(f'{name.upper()} = {literal(str(v))}' for name, v in given.items())})"
    comment = {"comment": values.pop("comment")} if "comment" in values else {}
    return "", f"{options(values)}{text}{options(comment)}"


def _task(values: Body) -> tuple[str, str]:
    body, condition = required(values, "definition"), values.pop("condition", None)
    text = ""
    schedule = values.pop("schedule", None)
    if schedule is not None:
        text += f" SCHEDULE = {literal(_schedule(schedule))}"
    config = values.pop("config", None)
    if config is not None:
        import json

        text += f" CONFIG = {literal(json.dumps(config))}"
    target = values.pop("target_completion_interval", None)
    if target is not None:
        text += f" TARGET_COMPLETION_INTERVAL = {literal(_schedule(target))}"
    for name, value in (values.pop("session_parameters", None) or {}).items():
        shown = str(value).upper() if isinstance(value, bool) else value if isinstance(value, int) else literal(value)
        text += f" {name} = {shown}"
    values.pop("task_relations", None)
    after = values.pop("predecessors", None)
    finalize = values.pop("finalize", None)
    comment = {"comment": values.pop("comment")} if "comment" in values else {}
    tail = f" FINALIZE = {finalize}" if finalize else ""
    tail += f" AFTER {', '.join(after)}" if after else ""
    tail += f" WHEN {condition}" if condition else ""
    return "", f"{options(values)}{text}{options(comment)}{tail} AS {body}"


def _alert(values: Body) -> tuple[str, str]:
    condition, action = required(values, "condition"), required(values, "action")
    schedule = values.pop("schedule", None)
    text = f" SCHEDULE = {literal(_schedule(schedule))}" if schedule is not None else ""
    return "", f"{options(values)}{text} IF (EXISTS ({condition})) THEN {action}"


def _tag(values: Body) -> tuple[str, str]:
    allowed = values.pop("allowed_values", None)
    text = f" ALLOWED_VALUES {', '.join(map(literal, allowed))}" if allowed else ""
    propagate = values.pop("propagate", None)
    text += f" PROPAGATE = {propagate}" if propagate else ""
    return "", f"{text}{options(values)}"


def _dynamic_table(values: Body) -> tuple[str, str]:
    query, lag = required(values, "query"), required(values, "target_lag")
    names = []
    for column in values.pop("columns", None) or ():
        comment = f" COMMENT {literal(column['comment'])}" if column.get("comment") else ""
        names.append(f"{column['name']} {column.get('datatype') or ''}{comment}")
    columns = f" ({', '.join(names)})" if names else ""
    keys = values.pop("cluster_by", None)
    cluster = f" CLUSTER BY ({', '.join(keys)})" if keys else ""
    return "", f"{columns} TARGET_LAG = {_lag(lag)}{options(values)}{cluster} AS {query}"


def _lag(lag: Mapping[str, Any]) -> str:
    if str(lag.get("type", "")).upper() == "DOWNSTREAM":
        return "DOWNSTREAM"
    return literal(f"{int(lag['seconds'])} seconds")


def _pipe(values: Body) -> tuple[str, str]:
    statement = required(values, "copy_statement")
    return "", f"{options(values)} AS {statement}"


def clone(kind: str, values: Body) -> tuple[str, str]:
    """What a clone is given besides its name: before the kind, and at the end. Raises as :func:`definition` does."""
    lag = values.pop("target_lag", None) if kind == "DYNAMIC TABLE" else None
    given = str(values.pop("kind", None) or "PERMANENT").upper()
    end = f" TARGET_LAG = {_lag(lag)}" if lag else ""
    return ("TRANSIENT " if given == "TRANSIENT" else ""), f"{end}{options(values)}"


def point_of_time(moment: Mapping[str, Any]) -> str:
    """The AT or BEFORE clause that a ``point_of_time`` means."""
    kind = str(moment.get("point_of_time_type") or "")
    if kind not in ("offset", "statement", "timestamp") or moment.get(kind) is None:
        raise errors.BAD_REQUEST("the point_of_time has no offset, statement or timestamp")
    value = str(moment[kind])
    text = f"{int(value)}" if kind == "offset" else literal(value)
    if kind == "timestamp":
        text += "::TIMESTAMP_TZ"
    return f" {'BEFORE' if str(moment.get('reference', '')).lower() == 'before' else 'AT'} ({kind.upper()} => {text})"


def _schedule(schedule: Mapping[str, Any]) -> str:
    if schedule.get("minutes") is not None or schedule.get("seconds"):
        minutes, seconds = int(schedule.get("minutes") or 0), int(schedule.get("seconds") or 0)
        return f"{minutes} MINUTE" if not seconds else f"{minutes * 60 + seconds} SECOND"
    return f"USING CRON {schedule.get('cron_expr', '')} {schedule.get('timezone', '')}"


_KINDS: dict[str, Callable[[Body], tuple[str, str]]] = {
    "TABLE": _table,
    "VIEW": _view,
    "USER": _user,
    "SEQUENCE": _sequence,
    "STREAM": _stream,
    "STAGE": _stage,
    "TASK": _task,
    "ALERT": _alert,
    "TAG": _tag,
    "DYNAMIC TABLE": _dynamic_table,
    "PIPE": _pipe,
}
