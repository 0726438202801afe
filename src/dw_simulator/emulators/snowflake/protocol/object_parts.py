"""What the REST API tells of parts of an object: runs and dependents of a task, files of a stage, tags.

Vendor page: "Snowflake REST APIs" (task, stage, tag).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.protocol import object_bodies
from dw_simulator.emulators.snowflake.protocol.moments_text import moment

GRAPHS = {"current-graphs": "CURRENT_TASK_GRAPHS", "complete-graphs": "COMPLETE_TASK_GRAPHS"}
PARTS = {"TASK": ("dependents", *GRAPHS), "STAGE": ("files",)}
TAG_ACTIONS = ("set-tags", "unset-tags", "get-tags")
_TABLES = ("TABLE", "VIEW", "DYNAMIC TABLE")


def part_of(kind: str | None, word: str) -> str | None:
    """The part of an object that the last word of a path names (graphs have two spellings)."""
    part = word.replace("_", "-")
    return part if part in PARTS.get(kind or "", ()) else None


def part_sql(kind: str, part: str, holder: tuple[str, ...], name: str, query: Mapping[str, str]) -> str:
    """What lists a part. Raises SnowflakeError 000002 for a parameter of it that is not emulated."""
    given = {key: value for key, value in query.items() if value}
    full = ".".join((*holder, name))
    if kind == "STAGE":
        pattern = given.pop("pattern", None)
        sql = f"LIST @{full}" + (f" PATTERN = {object_bodies.literal(pattern)}" if pattern else "")
    elif part == "dependents":
        recursive = given.pop("recursive", "true").lower() != "false"
        arguments = f"TASK_NAME => {object_bodies.literal(full)}, RECURSIVE => {recursive}"
        sql = f"SELECT * FROM TABLE({holder[0]}.INFORMATION_SCHEMA.TASK_DEPENDENTS({arguments}))"
    else:
        sql = _graphs_sql(part, holder, name, given)
    for parameter in given:
        raise errors.UNSUPPORTED_FEATURE(f"the parameter {parameter} of the REST API")
    return sql


def _graphs_sql(part: str, holder: tuple[str, ...], name: str, given: dict[str, str]) -> str:
    plain = name[1:-1] if name.startswith('"') else name
    arguments = [f"ROOT_TASK_NAME => {object_bodies.literal(plain)}"]
    if "resultLimit" in given:
        arguments.append(f"RESULT_LIMIT => {int(given.pop('resultLimit'))}")
    only = given.pop("errorOnly", "").lower() == "true"
    if only and part == "complete-graphs":
        arguments.append("ERROR_ONLY => TRUE")
    where = " AND ".join(
        f"{column} = {object_bodies.literal(part[1:-1] if part.startswith(chr(34)) else part.upper())}"
        for column, part in zip(("database_name", "schema_name"), holder, strict=True)
    )
    call = f"{holder[0]}.INFORMATION_SCHEMA.{GRAPHS[part]}({', '.join(arguments)})"
    return f"SELECT * FROM TABLE({call}) WHERE {where}"


def run_json(names: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    """A run of a graph."""
    values: dict[str, Any] = {}
    for name, cell in zip(names, row, strict=True):
        if cell is None:
            continue
        key = name.lower()
        number = key in ("first_error_code", "graph_version", "run_id", "attempt_number")
        values[key] = int(cell) if number else moment(cell) if key.endswith("_time") else str(cell)
    return values


def file_json(names: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    return {name: str(cell) for name, cell in zip(names, row, strict=True) if cell is not None}


# --- tags -------------------------------------------------------------------------------------------------------------
def tags_sql(kind: str, full_name: str, action: str, query: Mapping[str, str], body: Any) -> str:
    """What sets, unsets or gives the tags of an object. Raises SnowflakeError 390001: the body has no list of tags."""
    domain = "TABLE" if kind in _TABLES else kind
    if action == "get-tags":
        name = f"{object_bodies.literal(full_name)}, {object_bodies.literal(domain)}"
        only = (
            "" if query.get("withLineage", "").lower() == "true" else f" WHERE level = {object_bodies.literal(domain)}"
        )
        return f"SELECT * FROM TABLE(INFORMATION_SCHEMA.TAG_REFERENCES({name})){only}"
    if not isinstance(body, list) or not body:
        raise errors.BAD_REQUEST("the body has no tags")
    maybe = "IF EXISTS " if query.get("ifExists", "").lower() == "true" else ""
    items = []
    for item in body:
        tag = ".".join(item[key] for key in ("tag_database", "tag_schema", "tag_name") if item.get(key))
        items.append(tag if action == "unset-tags" else f"{tag} = {object_bodies.literal(str(item['tag_value']))}")
    word = "UNSET" if action == "unset-tags" else "SET"
    return f"ALTER {kind} {maybe}{full_name} {word} TAG {', '.join(items)}"


def tag_json(names: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    """A tag that is set, from a row of TAG_REFERENCES."""
    values = dict(zip(names, row, strict=True))
    return {name.lower(): values[name] for name in ("TAG_DATABASE", "TAG_SCHEMA", "TAG_NAME", "TAG_VALUE", "LEVEL")}
