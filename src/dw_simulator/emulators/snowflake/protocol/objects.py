"""The REST API of objects: paths and bodies as SQL, and rows of SHOW as JSON. Vendor page: "Snowflake REST APIs".

Databases, schemas, tables and warehouses can be listed, fetched, created and dropped.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.errors import SnowflakeError

PREFIX = "/api/v2/"
KINDS = {"databases": "DATABASE", "schemas": "SCHEMA", "tables": "TABLE", "warehouses": "WAREHOUSE"}
_WHOLE = ("retention_time", "rows", "bytes", "min_cluster_count", "max_cluster_count", "started_clusters", "running",
          "queued", "auto_suspend", "search_optimization_progress", "search_optimization_bytes")  # fmt: skip
_FLAGS = ("is_default", "is_current", "automatic_clustering", "change_tracking", "search_optimization",
          "enable_schema_evolution")  # fmt: skip
_MODES = {"": ("", ""), "errorifexists": ("", ""), "orreplace": ("OR REPLACE ", ""),
          "ifnotexists": ("", "IF NOT EXISTS ")}  # fmt: skip
_NUMBERS = ("data_retention_time_in_days", "max_data_extension_time_in_days", "max_cluster_count", "min_cluster_count",
            "auto_suspend", "max_concurrency_level", "statement_queued_timeout_in_seconds",
            "statement_timeout_in_seconds", "query_acceleration_max_scale_factor")  # fmt: skip
_TEXTS = ("comment", "warehouse_type", "warehouse_size", "scaling_policy", "default_ddl_collation")
_WORDS = ("auto_resume", "initially_suspended", "enable_query_acceleration", "enable_schema_evolution",
          "change_tracking")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """What a path means: a kind of objects, where they are, and one of them if it names one. Names are as in SQL."""

    kind: str
    holder: tuple[str, ...]
    name: str | None

    @property
    def full_name(self) -> str:
        return ".".join((*self.holder, self.name or ""))


class NoEndpointError(SnowflakeError):
    """Clients try paths to see which there are: these are told to be unknown."""


def target_of(path: str) -> Target:
    """Raises NoEndpointError: it is not the path of a kind that is emulated."""
    pieces = [piece for piece in path.removeprefix(PREFIX).split("/") if piece]
    kinds = pieces[::2]
    ways: dict[tuple[str, ...], str] = {
        ("databases",): "DATABASE", ("databases", "schemas"): "SCHEMA", ("databases", "schemas", "tables"): "TABLE",
        ("warehouses",): "WAREHOUSE",
    }  # fmt: skip
    kind = ways.get(tuple(kinds))
    if kind is None or any(":" in piece for piece in pieces[1::2]):
        raise NoEndpointError(2, "0A000", f"Unsupported feature 'the REST API {path}'.")
    names = pieces[1::2]
    named = len(names) == len(kinds)
    return Target(kind, tuple(names[:-1] if named else names), names[-1] if named else None)


def list_sql(target: Target, query: Mapping[str, str]) -> str:
    """SHOW with the filters of a list. Raises SnowflakeError 000002 for others than like, startsWith and showLimit."""
    known = ("like", "startsWith", "showLimit", "fromName", "history", "deep")
    for name, value in query.items():
        if name not in known or (name in ("history", "deep") and value.lower() == "true"):
            raise errors.UNSUPPORTED_FEATURE(f"the parameter {name} of the REST API")
    parts = [f"SHOW {target.kind}S"]
    if query.get("like"):
        parts.append(f"LIKE {_literal(query['like'])}")
    if target.holder:
        parts.append(f"IN {'DATABASE' if target.kind == 'SCHEMA' else 'SCHEMA'} {'.'.join(target.holder)}")
    if query.get("startsWith"):
        parts.append(f"STARTS WITH {_literal(query['startsWith'])}")
    if query.get("showLimit"):
        parts.append(f"LIMIT {int(query['showLimit'])}")
        if query.get("fromName"):
            parts.append(f"FROM {_literal(query['fromName'])}")
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
    replace, missing = _MODES.get(query.get("createMode", "").lower(), ("", None))
    if missing is None:
        raise errors.UNSUPPORTED_FEATURE(f"createMode {query['createMode']}")
    values = {name: value for name, value in body.items() if value is not None}
    name = values.pop("name", None)
    if not isinstance(name, str) or not name:
        raise errors.BAD_REQUEST("the body has no name")
    kind = str(values.pop("kind", "PERMANENT")).upper()
    if kind not in ("PERMANENT", "TRANSIENT", "TEMPORARY", "TABLE", "STANDARD"):
        raise errors.UNSUPPORTED_FEATURE(f"kind {kind}")
    word = f"{kind} " if kind in ("TRANSIENT", "TEMPORARY") else ""
    full = ".".join((*target.holder, name))
    columns = ""
    if target.kind == "TABLE":
        listed = values.pop("columns", None)
        if not isinstance(listed, list) or not listed:
            raise errors.BAD_REQUEST("the body has no columns")
        columns = f" ({', '.join(_column(column) for column in listed)})"
    managed = " WITH MANAGED ACCESS" if values.pop("managed_access", False) else ""
    return f"CREATE {replace}{word}{target.kind} {missing}{full}{columns}{managed}{_options(values)}"


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
        text += f" COMMENT {_literal(str(values.pop('comment')))}"
    for name in values:
        raise errors.UNSUPPORTED_FEATURE(f"the property {name} of columns in the REST API")
    return text


def _options(values: Mapping[str, Any]) -> str:
    options = ""
    for name, value in values.items():
        if name in _NUMBERS:
            options += f" {name.upper()} = {int(value)}"
        elif name in _TEXTS:
            options += f" {name.upper()} = {_literal(str(value))}"
        elif name in _WORDS:
            options += f" {name.upper()} = {'TRUE' if str(value).lower() == 'true' else 'FALSE'}"
        else:
            raise errors.UNSUPPORTED_FEATURE(f"the property {name} in the REST API")
    return options


def _literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


# --- answers ----------------------------------------------------------------------------------------------------------
def object_json(kind: str, names: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    """A row of SHOW, whose cells are texts, as an object of the REST API."""
    values: dict[str, Any] = {}
    for name, cell in zip(names, row, strict=True):
        if cell is None:
            continue
        if name.endswith("_on"):
            values[name] = dt.datetime.fromtimestamp(float(cell), dt.UTC).isoformat().replace("+00:00", "Z")
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
    if kind == "TABLE":
        values["kind"] = "PERMANENT" if values.get("kind") == "TABLE" else values.get("kind")
        values["cluster_by"] = [values["cluster_by"]] if values.get("cluster_by") else []
    return values


def column_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of DESCRIBE TABLE as a column."""
    found = {
        "name": row["name"], "datatype": row["type"], "nullable": row["null?"] == "Y", "default": row["default"],
        "comment": row["comment"],
    }  # fmt: skip
    return {name: value for name, value in found.items() if value is not None}


def error_status(error: SnowflakeError) -> int:
    """The HTTP status of a failure."""
    if isinstance(error, NoEndpointError):
        return 404
    statuses = {2003: 404, 2043: 404, 2002: 409, 3001: 403, 2: 501, 390101: 401, 390104: 401, 390112: 401}
    return statuses.get(error.errno, 400)


def error_json(error: SnowflakeError) -> dict[str, Any]:
    return {"error_code": error.code, "code": error.code, "message": error.message, "sqlState": error.sqlstate}
