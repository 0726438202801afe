"""The REST API of objects: paths and bodies as SQL, and rows of SHOW as JSON. Vendor page: "Snowflake REST APIs".

Objects can be listed, fetched, created and dropped; some also cloned, brought back, resumed, suspended and run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.protocol import object_bodies, object_parts, object_routines
from dw_simulator.emulators.snowflake.protocol.moments_text import moment

PREFIX = "/api/v2/"
ROOTS = ("databases", "warehouses", "roles", "users")
OTHER_ROOTS = (
    "accounts", "api-integrations", "catalog-integrations", "compute-pools", "connections", "cortex",
    "external-volumes", "failover-groups", "grants", "managed-accounts", "network-policies",
    "notification-integrations",
)  # fmt: skip
"""Paths that are refused by name."""
_INSIDE = {
    "tables": "TABLE",
    "views": "VIEW",
    "sequences": "SEQUENCE",
    "streams": "STREAM",
    "stages": "STAGE",
    "tasks": "TASK",
    "alerts": "ALERT",
    "tags": "TAG",
    "dynamic-tables": "DYNAMIC TABLE",
    "pipes": "PIPE",
    "procedures": "PROCEDURE",
    "user-defined-functions": "FUNCTION",
}
ROUTINES = ("PROCEDURE", "FUNCTION")
_WAYS: dict[tuple[str, ...], str] = {
    ("databases",): "DATABASE", ("databases", "schemas"): "SCHEMA", ("warehouses",): "WAREHOUSE", ("roles",): "ROLE",
    ("users",): "USER", ("databases", "database-roles"): "DATABASE ROLE",
    **{("databases", "schemas", kinds): kind for kinds, kind in _INSIDE.items()},
}  # fmt: skip
_ACTIONS = {
    ("WAREHOUSE", "resume"): "ALTER WAREHOUSE {} RESUME IF SUSPENDED",
    ("WAREHOUSE", "suspend"): "ALTER WAREHOUSE {} SUSPEND",
    ("WAREHOUSE", "abort"): "ALTER WAREHOUSE {} ABORT ALL QUERIES",
    ("ALERT", "execute"): "EXECUTE ALERT {}",
    ("TASK", "resume"): "ALTER TASK {} RESUME",
    ("TASK", "suspend"): "ALTER TASK {} SUSPEND",
    ("TASK", "execute"): "EXECUTE TASK {}",
    ("DYNAMIC TABLE", "resume"): "ALTER DYNAMIC TABLE {} RESUME",
    ("DYNAMIC TABLE", "suspend"): "ALTER DYNAMIC TABLE {} SUSPEND",
    ("DYNAMIC TABLE", "refresh"): "ALTER DYNAMIC TABLE {} REFRESH",
    ("PIPE", "refresh"): "ALTER PIPE {} REFRESH",
    ("PROCEDURE", "call"): "",
    **{(kind, "undrop"): f"UNDROP {kind} {{}}" for kind in ("DATABASE", "SCHEMA", "TABLE", "DYNAMIC TABLE", "TAG")},
    **{
        (kind, f"{word}-recluster"): f"ALTER {kind} {{}} {word.upper()} RECLUSTER"
        for kind in ("TABLE", "DYNAMIC TABLE")
        for word in ("suspend", "resume")
    },
}
_CLONED = ("DATABASE", "SCHEMA", "TABLE", "DYNAMIC TABLE", "ALERT", "STREAM")
_RENAMED = ("WAREHOUSE", "FUNCTION", "TAG")
_ALTERED = ("DATABASE", "SCHEMA", "TABLE", "WAREHOUSE", "ROLE", "TASK", "VIEW", "STAGE")
_SWAPPED = ("TABLE", "DYNAMIC TABLE")
_WHOLE = ("retention_time", "rows", "bytes", "min_cluster_count", "max_cluster_count", "started_clusters", "running",
          "queued", "auto_suspend", "search_optimization_progress", "search_optimization_bytes", "assigned_to_users",
          "granted_to_roles", "granted_roles", "granted_to_database_roles", "granted_database_roles",
          "query_acceleration_max_scale_factor")  # fmt: skip
_FLAGS = ("is_default", "is_current", "is_inherited", "automatic_clustering", "change_tracking", "search_optimization",
          "enable_schema_evolution", "disabled", "stale", "has_credentials", "has_encryption_key", "ordered",
          "allow_overlapping_execution", "must_change_password", "snowflake_lock", "has_password",
          "has_rsa_public_key", "ext_authn_duo")  # fmt: skip
_MODES = {"": ("", ""), "errorifexists": ("", ""), "orreplace": ("OR REPLACE ", ""),
          "ifnotexists": ("", "IF NOT EXISTS ")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """What a path means: a kind of objects, where they are, and one of them if it names one. Names are as in SQL."""

    kind: str
    holder: tuple[str, ...]
    name: str | None
    action: str | None = None
    """What is to be done with the object (``:resume``)."""
    part: str | None = None
    """What of the object is asked for (``/dependents``)."""

    @property
    def full_name(self) -> str:
        return ".".join((*self.holder, self.name or ""))


class NoEndpointError(SnowflakeError):
    """Clients try paths to see which there are: these are told to be unknown."""


def target_of(path: str) -> Target:
    """Raises NoEndpointError: it is not the path of a kind that is emulated."""
    pieces = [piece for piece in path.removeprefix(PREFIX).split("/") if piece]
    kinds = pieces[::2]
    kind, names = _WAYS.get(tuple(kinds)), pieces[1::2]
    if kind is None and len(names) == len(kinds) - 1:
        kind = _WAYS.get(tuple(kinds[:-1]))
        part = object_parts.part_of(kind, kinds[-1])
        if kind is not None and part is not None:
            return Target(kind, tuple(names[:-1]), names[-1], part=part)
        kind = None
    action = None
    if names and len(names) == len(kinds):
        names[-1], _, action = names[-1].partition(":")
        action = action.replace("_recluster", "-recluster")
    if kind is None or any(":" in name for name in names) or not _is_action(kind, action):
        raise NoEndpointError(2, "0A000", f"Unsupported feature 'the REST API {path}'.")
    named = len(names) == len(kinds)
    return Target(kind, tuple(names[:-1] if named else names), names[-1] if named else None, action or None)


def _is_action(kind: str, action: str | None) -> bool:
    if action in ("clone", "swap-with"):
        return kind in (_CLONED if action == "clone" else _SWAPPED)
    if action == "rename":
        return kind in _RENAMED
    return not action or action in object_parts.TAG_ACTIONS or (kind, action) in _ACTIONS


def alter_sql(target: Target, query: Mapping[str, str], body: Mapping[str, Any]) -> str:
    """CREATE OR ALTER of what a body describes. Raises SnowflakeError as :func:`create_sql` does."""
    if target.kind not in _ALTERED or query:
        raise errors.UNSUPPORTED_FEATURE(f"create or alter of a {target.kind.lower()} in the REST API")
    values = {name: value for name, value in body.items() if value is not None}
    for name in ("name", *object_bodies.FETCHED):
        values.pop(name, None)
    before, after = object_bodies.definition(target.kind, values)
    return f"CREATE OR ALTER {before}{target.kind} {target.full_name}{after}"


def rename_sql(target: Target, query: Mapping[str, str], body: Any) -> str:
    """ALTER … RENAME TO; the new name is a parameter or in the body. Raises SnowflakeError 390001: there is none."""
    name = query.get("targetName") or (body.get("name") if isinstance(body, dict) else None)
    if not name:
        raise errors.BAD_REQUEST("the request has no targetName")
    place = [query.get(part) or held for part, held in zip(_TARGETS, target.holder, strict=False)]
    maybe = "IF EXISTS " if query.get("ifExists", "").lower() == "true" else ""
    return f"ALTER {target.kind} {maybe}{target.full_name} RENAME TO {'.'.join((*place, name))}"


_TARGETS = ("targetDatabase", "targetSchema")


def action_sql(target: Target, query: Mapping[str, str]) -> str:
    """What an action means. Raises SnowflakeError 000002 for a parameter of it."""
    given = {name: value for name, value in query.items() if value}
    sql, text = _ACTIONS.get((target.kind, target.action or ""), ""), ""
    if (target.kind, target.action) == ("TASK", "execute") and given.pop("retryLast", "").lower() == "true":
        text = " RETRY LAST"
    if target.action == "swap-with":
        other = given.pop("targetName", None) or given.pop("targetTableName", None)
        if other is None:
            raise errors.BAD_REQUEST("the request has no targetName")
        place = given.pop("targetDatabase", target.holder[0]), given.pop("targetSchema", target.holder[1])
        sql = f"ALTER {target.kind} {{}} SWAP WITH {'.'.join((*place, other))}"
    if target.kind == "PIPE":
        for name, word in (("prefix", "PREFIX"), ("modified_after", "MODIFIED_AFTER")):
            if name in given:
                text += f" {word} = {object_bodies.literal(given.pop(name))}"
    for name, value in given.items():
        if name not in ("ifExists", "asyncExec", "retryLast") or value.lower() == "true":
            raise errors.UNSUPPORTED_FEATURE(f"the parameter {name} of the REST API")
    return sql.format(target.full_name) + text


def clone_sql(target: Target, query: Mapping[str, str], body: Mapping[str, Any]) -> str:
    """CREATE … CLONE of the object that a path names, with the name in the body.

    Raises:
        SnowflakeError: 390001, the body has no name; 000002, it has something that is not emulated.
    """
    values = {name: value for name, value in body.items() if value is not None}
    replace, missing = _mode(query)
    name = _name_in(values)
    holder = list(target.holder)
    for index, parameter in enumerate(_TARGETS):
        if query.get(parameter) and index < len(holder):
            holder[index] = query[parameter]
    moment_ = values.pop("point_of_time", None)
    at = object_bodies.point_of_time(moment_) if moment_ else ""
    before, after = object_bodies.clone(target.kind, values)
    grants = " COPY GRANTS" if query.get("copyGrants", "").lower() == "true" else ""
    there = ".".join((*holder, name))
    return f"CREATE {replace}{before}{target.kind} {missing}{there} CLONE {target.full_name}{at}{grants}{after}"


def list_sql(target: Target, query: Mapping[str, str]) -> str:
    """SHOW with the filters of a list. Raises SnowflakeError 000002 for others than like, startsWith and showLimit."""
    known = ("like", "startsWith", "showLimit", "fromName", "history", "deep", "rootOnly")
    for name, value in query.items():
        if name not in known or (name in ("history", "deep") and value.lower() == "true"):
            raise errors.UNSUPPORTED_FEATURE(f"the parameter {name} of the REST API")
    parts = [f"SHOW {'USER ' if target.kind == 'FUNCTION' else ''}{target.kind}S"]
    if query.get("like"):
        parts.append(f"LIKE {object_bodies.literal(query['like'])}")
    if target.holder:
        parts.append(f"IN {'DATABASE' if len(target.holder) == 1 else 'SCHEMA'} {'.'.join(target.holder)}")
    if query.get("startsWith"):
        parts.append(f"STARTS WITH {object_bodies.literal(query['startsWith'])}")
    if query.get("showLimit"):
        parts.append(f"LIMIT {int(query['showLimit'])}")
        if query.get("fromName"):
            parts.append(f"FROM {object_bodies.literal(query['fromName'])}")
    return " ".join(parts)


def drop_sql(target: Target, query: Mapping[str, str]) -> str:
    maybe = "IF EXISTS " if query.get("ifExists", "").lower() == "true" else ""
    return f"DROP {target.kind} {maybe}{target.full_name}"


def create_sql(target: Target, query: Mapping[str, str], body: Mapping[str, Any]) -> str:
    """CREATE of what a body describes.

    Raises:
        SnowflakeError: 390001 the body has no name; 000002 it has a property that is not emulated, or createMode is
            none.
    """
    replace, missing = _mode(query)
    values = {name: value for name, value in body.items() if value is not None}
    name = _name_in(values)
    make = object_routines.definition if target.kind in ROUTINES else object_bodies.definition
    before, after = make(target.kind, values)
    return f"CREATE {replace}{before}{target.kind} {missing}{'.'.join((*target.holder, name))}{after}"


def _mode(query: Mapping[str, str]) -> tuple[str, str]:
    """What ``createMode`` puts before the kind and before the name."""
    replace, missing = _MODES.get(query.get("createMode", "").lower(), ("", None))
    if missing is None:
        raise errors.UNSUPPORTED_FEATURE(f"createMode {query['createMode']}")
    return replace, missing


def _name_in(values: dict[str, Any]) -> str:
    name = values.pop("name", None)
    if not isinstance(name, str) or not name:
        raise errors.BAD_REQUEST("the body has no name")
    return name


def split_name(name: str) -> list[str]:
    """The parts of a qualified name as SHOW tells it, each as SQL spells it."""
    return [part for part in re.findall(r'"(?:[^"]|"")*"|[^.]+', name) if part]


# --- answers ----------------------------------------------------------------------------------------------------------
def object_json(kind: str, names: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    """A row of SHOW, whose cells are texts, as an object of the REST API."""
    values: dict[str, Any] = {}
    for name, cell in zip(names, row, strict=True):
        if cell is None:
            continue
        if name.endswith("_on"):
            values[name] = moment(cell)
        elif name in _WHOLE:
            values[name] = int(cell) if str(cell).lstrip("-").isdigit() else 0
        elif name in _FLAGS:
            values[name] = str(cell).upper() in ("Y", "ON", "TRUE", "1")
        else:
            values[name] = str(cell)
    if kind in ("DATABASE", "SCHEMA"):
        values["kind"] = "TRANSIENT" if "TRANSIENT" in values.get("options", "") else "PERMANENT"
        for name in ("schema_name", *(("database_name",) if kind == "DATABASE" else ())):
            values.pop(name, None)
    change = _SHOWN.get(kind)
    if change is not None:
        change(values)
    if kind == "TABLE":
        values["kind"] = "PERMANENT" if values.get("kind") == "TABLE" else values.get("kind")
        values["cluster_by"] = [values["cluster_by"]] if values.get("cluster_by") else []
    return values


def _view_json(values: dict[str, Any]) -> None:
    values |= {
        "kind": "PERMANENT",
        "secure": values.pop("is_secure", "false") == "true",
        "query": values.pop("text", ""),
        "columns": [],
    }
    for name in ("reserved", "is_materialized", "change_tracking"):
        values.pop(name, None)


def _sequence_json(values: dict[str, Any]) -> None:
    values["increment"] = int(values.pop("interval"))
    values.pop("next_value")


def _stream_json(values: dict[str, Any]) -> None:
    *holder, name = values["table_name"].split(".")
    source = {"src_type": values.pop("source_type").lower().replace(" ", "_"), "name": name}
    if len(holder) == 2:
        source |= {"database_name": holder[0], "schema_name": holder[1]}
    values["table_name"] = name
    mode = "insert_only" if source["src_type"] == "external_table" else "append_only"
    values["stream_source"] = {**source, mode: values["mode"].lower() == mode}
    values["stale_after"] = moment(values["stale_after"])
    values.pop("base_tables")


def _dynamic_table_json(values: dict[str, Any]) -> None:
    lag = str(values["target_lag"])
    amount, _, unit = lag.partition(" ")
    values["target_lag"] = {"type": "DOWNSTREAM"}
    if amount.isdigit():
        values["target_lag"] = {"type": "USER_DEFINED", "seconds": int(amount) * _SECONDS[unit.lower().rstrip("s")]}
    values["query"] = object_routines.defining_query(values.pop("text"))
    values["scheduling_state"] = "RUNNING" if values["scheduling_state"] == "ACTIVE" else "SUSPENDED"
    values["cluster_by"] = [values["cluster_by"]] if values.get("cluster_by") else []
    for name in ("refresh_mode_reason", "last_suspended_on", "is_clone", "is_replica", "data_timestamp"):
        values.pop(name, None)


_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}


def _pipe_json(values: dict[str, Any]) -> None:
    values["copy_statement"] = values.pop("definition")
    values["auto_ingest"] = values.pop("notification_channel", None) is not None
    values.pop("kind", None)


def _stage_json(values: dict[str, Any]) -> None:
    values["kind"] = "PERMANENT"
    values["directory_table"] = {"enable": values.pop("directory_enabled") == "Y"}
    values.pop("type")


def _task_json(values: dict[str, Any]) -> None:
    values["predecessors"] = json.loads(values.get("predecessors") or "[]")
    if "config" in values:
        values["config"] = json.loads(values["config"])
    _schedule_json(values, "schedule")
    _schedule_json(values, "target_completion_interval")
    relations = json.loads(values.get("task_relations") or "{}")
    if "FinalizedRootTask" in relations:
        values["finalize"] = relations["FinalizedRootTask"]
    for name in ("error_integration", "success_integration"):
        if values.get(name) == "null":
            values.pop(name)


def _schedule_json(values: dict[str, Any], name: str) -> None:
    """A schedule as the REST API has it: an interval of minutes and seconds, or a cron expression."""
    words = str(values.pop(name, "")).split()
    if len(words) == 2:
        seconds = int(words[0]) * {"S": 1, "M": 60, "H": 3600}[words[1][0].upper()]
        interval = {"minutes": seconds // 60, **({"seconds": seconds % 60} if seconds % 60 else {})}
        values[name] = {"schedule_type": "MINUTES_TYPE", **interval}
    elif words:
        cron = {"cron_expr": " ".join(words[2:-1]), "timezone": words[-1]}
        values[name] = {"schedule_type": "CRON_TYPE", **cron}


def _alert_json(values: dict[str, Any]) -> None:
    _schedule_json(values, "schedule")
    if values.get("schedule", {}).get("schedule_type") == "MINUTES_TYPE":
        values["schedule"]["schedule_type"] = "SCHEDULE_TYPE"  # as the vendor's clients know it of alerts
    for name in ("runbook", "config", "was_auto_suspended"):
        values.pop(name, None)


def _tag_json(values: dict[str, Any]) -> None:
    if "allowed_values" in values:
        values["allowed_values"] = json.loads(values["allowed_values"])


def _user_json(values: dict[str, Any]) -> None:
    for name in ("mins_to_unlock", "days_to_expiry", "mins_to_bypass_mfa"):
        text = values.pop(name, "")
        if text.isdigit():
            values[name] = int(text)
    for shown, name in _USER_TIMES.items():
        if shown in values:
            values[name] = moment(values.pop(shown))
    if "default_secondary_roles" in values:
        values["default_secondary_roles"] = "ALL" if "ALL" in values["default_secondary_roles"] else "NONE"


_USER_TIMES = {
    "last_success_login": "last_successful_login",
    "expires_at_time": "expires_at",
    "locked_until_time": "locked_until",
}


_SHOWN: dict[str, Callable[[dict[str, Any]], None]] = {
    "VIEW": _view_json,
    "SEQUENCE": _sequence_json,
    "STREAM": _stream_json,
    "DYNAMIC TABLE": _dynamic_table_json,
    "PIPE": _pipe_json,
    "STAGE": _stage_json,
    "TASK": _task_json,
    "ALERT": _alert_json,
    "TAG": _tag_json,
    "USER": _user_json,
}


def _identifier(name: str) -> str:
    return name if re.fullmatch(r"[A-Z_][A-Z0-9_$]*", name) else '"' + name.replace('"', '""') + '"'


def column_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of DESCRIBE TABLE as a column. Its name is as in SQL: with quotes where it needs them."""
    found = {
        "name": _identifier(row["name"]), "datatype": row["type"], "nullable": row["null?"] == "Y",
        "default": row["default"], "comment": row["comment"],
    }  # fmt: skip
    return {name: value for name, value in found.items() if value is not None}


def key_json(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The primary key among the rows of DESCRIBE TABLE."""
    columns = [_identifier(row["name"]) for row in rows if row["primary key"] == "Y"]
    return [{"constraint_type": "PRIMARY KEY", "column_names": columns}] if columns else []


def error_status(error: SnowflakeError) -> int:
    """The HTTP status of a failure."""
    if isinstance(error, NoEndpointError):
        return 404
    statuses = {2003: 404, 2043: 404, 2002: 409, 3001: 403, 2: 501, 390101: 401, 390104: 401, 390112: 401}
    return statuses.get(error.errno, 400)


def error_json(error: SnowflakeError) -> dict[str, Any]:
    return {"error_code": error.code, "code": error.code, "message": error.message, "sqlState": error.sqlstate}
