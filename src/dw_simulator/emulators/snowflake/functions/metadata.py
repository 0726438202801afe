"""Metadata functions: GET_DDL and the helpers of INFER_SCHEMA. Vendor page: "Metadata functions"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import policies, streams
from dw_simulator.emulators.snowflake.catalog.model import TAGS, Entry, type_from_json
from dw_simulator.emulators.snowflake.catalog.routines import signed_name
from dw_simulator.emulators.snowflake.catalog.store import Catalog
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function
from dw_simulator.emulators.snowflake.functions.runtime import udf
from dw_simulator.emulators.snowflake.functions.variant_json import loads
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import Typed, resolve
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "Metadata"
_DYNAMIC_OPTIONS = ("TARGET_LAG", "REFRESH_MODE", "INITIALIZE", "WAREHOUSE", "SCHEDULER")


@function("GET_DDL", CATEGORY, 2, 3)
def get_ddl(call: FunctionCall) -> Typed:
    """The statement that makes an object. Vendor page: "GET_DDL"."""
    call.binder.env.volatile = True
    kind = str(call.constant(0)).upper()
    parser = Parser(str(call.constant(1)))
    parts = parser.qualified()
    catalog: Any = call.binder.env.catalog
    full = bool(call.constant(2, False))
    if kind in ("TABLE", "VIEW", "DYNAMIC_TABLE"):
        text = object_ddl(catalog.require("TABLE", parts), full, catalog.catalog)
    elif kind == "POLICY":
        found = next((catalog.find(one, parts) for one in policies.KINDS if catalog.find(one, parts)), None)
        text = _policy_ddl(found or catalog.require(policies.MASKING, parts), full)
    elif kind == "TAG":
        text = _tag_ddl(catalog.require("TAG", parts), full)
    elif kind == "SEQUENCE":
        entry = catalog.require("SEQUENCE", parts)
        start, step = entry.properties["start"], entry.properties["increment"]
        text = f"create or replace sequence {entry.name} start with {start} increment by {step} noorder;"
    elif kind == "STREAM":
        text = _stream_ddl(catalog.require(streams.KIND, parts), full, catalog.catalog)
    elif kind == "TASK":
        text = _task_ddl(catalog.require("TASK", parts), full, catalog.catalog)
    elif kind == "FUNCTION":
        kinds = [resolve(ref) for ref in parser.parenthesized(parser.type_ref)]
        text = _function_ddl(catalog.require("FUNCTION", (*parts[:-1], signed_name(parts[-1], kinds))), full)
    elif kind == "PROCEDURE":
        kinds = [resolve(ref) for ref in parser.parenthesized(parser.type_ref)]
        text = _procedure_ddl(catalog.require("PROCEDURE", (*parts[:-1], signed_name(parts[-1], kinds))), full)
    elif kind in ("SCHEMA", "DATABASE"):
        text = _container_ddl(catalog, kind, parts, full)
    else:
        raise errors.UNSUPPORTED_FEATURE(f"GET_DDL of {kind}")
    return Typed(literal(text), m.text())


def _container_ddl(catalog: Any, kind: str, parts: tuple[str, ...], full: bool) -> str:
    database = parts[0] if kind == "DATABASE" or len(parts) == 2 else catalog.database
    store = catalog.catalog
    names = [parts[-1]] if kind == "SCHEMA" else [entry.name for entry in store.entries("SCHEMA", database)]
    lines = [f"create or replace database {quoted(database)};"] if kind == "DATABASE" else []
    for name in names:
        store.schema(database, name)
        lines.append(f"create or replace schema {quoted(name)};")
        for what in ("TABLE", "VIEW", "DYNAMIC TABLE"):
            lines.extend(
                object_ddl(entry, full, store) for entry in catalog.entries(what, database) if entry.schema == name
            )
    return "\n\n".join(lines)


def quoted(name: str) -> str:
    import re

    return name if re.fullmatch(r"[A-Z_][A-Z0-9_$]*", name) else '"' + name.replace('"', '""') + '"'


def _named(parts: Iterable[str]) -> str:
    return ".".join(quoted(part) for part in parts)


def _policy_ddl(entry: Entry, full: bool) -> str:
    arguments = ", ".join(f"{quoted(name)} {kind.sql_name()}" for name, kind in policies.arguments_of(entry))
    returns = type_from_json(dict(entry.properties["returns"])).sql_name()
    name = _named(entry.parts if full else (entry.name,))
    comment = f"\ncomment={literal(entry.comment)}" if entry.comment else ""
    kind = entry.kind.lower()
    return f"create or replace {kind} {name} as ({arguments})\nreturns {returns} ->\n{entry.text}{comment}\n;"


def _procedure_ddl(entry: Entry, full: bool) -> str:
    values = entry.properties
    arguments = ", ".join(
        f'"{name}" {type_from_json(dict(kind)).sql_name()}' + (f" DEFAULT {default}" if default is not None else "")
        for name, kind, default in values["arguments"]
    )
    parts = (*entry.parts[:2], values["base_name"]) if full else (values["base_name"],)
    name = ".".join('"' + part.replace('"', '""') + '"' for part in parts)
    secure = "SECURE " if values["secure"] else ""
    comment = f"COMMENT={literal(entry.comment)}\n" if entry.comment else ""
    not_null = " NOT NULL" if values["not_null"] else ""
    strict = "STRICT\n" if values["strict"] else ""
    language = values.get("language", "SQL")
    for option, value in (("RUNTIME_VERSION", values.get("runtime_version")), ("HANDLER", values.get("handler"))):
        language += f"\n{option} = {literal(str(value))}" if value else ""
    for option in ("packages", "imports"):
        listed = ", ".join(literal(item) for item in values.get(option, ()))
        language += f"\n{option.upper()} = ({listed})" if listed else ""
    return (
        f"CREATE OR REPLACE {secure}PROCEDURE {name}({arguments})\nRETURNS {values['result']}{not_null}\n"
        f"LANGUAGE {language}\n"
        f"{strict}{comment}EXECUTE AS {values['execute_as']}\nAS {literal(entry.text)};"
    )


def _function_ddl(entry: Entry, full: bool) -> str:
    values = entry.properties
    arguments = ", ".join(
        f'"{name}" {type_from_json(dict(kind)).sql_name()}' + (f" DEFAULT {default}" if default is not None else "")
        for name, kind, default in values["arguments"]
    )
    parts = (*entry.parts[:2], values["base_name"]) if full else (values["base_name"],)
    name = ".".join('"' + part.replace('"', '""') + '"' for part in parts)
    columns = ", ".join(f'"{label}" {type_from_json(dict(kind)).sql_name()}' for label, kind in values["table"])
    lines = [
        f"CREATE OR REPLACE {'AGGREGATE ' if values.get('aggregate') else ''}FUNCTION {name}({arguments})",
        f"RETURNS {values['result']}" if not columns else f"RETURNS TABLE ({columns})",
        f"LANGUAGE {values['language']}",
        *(["STRICT"] if values.get("strict") else []),
        *(["IMMUTABLE"] if values.get("immutable") else []),
    ]
    for option, value in (("RUNTIME_VERSION", values.get("runtime_version")), ("HANDLER", values.get("handler"))):
        lines += [f"{option} = {literal(str(value))}"] if value else []
    for option in ("packages", "imports"):
        listed = ", ".join(literal(item) for item in values.get(option, ()))
        lines += [f"{option.upper()} = ({listed})"] if listed else []
    lines += [f"COMMENT={literal(entry.comment)}"] if entry.comment else []
    body = f"\nAS {literal(entry.text)}" if entry.text else ""
    return "\n".join(lines) + body + ";"


def _stream_ddl(entry: Entry, full: bool, catalog: Catalog) -> str:
    table = streams.source_table(catalog, entry)
    options = " append_only=true" if entry.properties.get(streams.APPEND_ONLY) else ""
    comment = f" comment={literal(entry.comment)}" if entry.comment else ""
    name = _named(entry.parts if full else (entry.name,))
    return f"create or replace stream {name} on {table.kind.lower()} {_named(table.parts)}{options}{comment};"


def _task_ddl(entry: Entry, full: bool, catalog: Catalog) -> str:
    values = entry.properties
    lines = [f"create or replace task {_named(entry.parts if full else (entry.name,))}"]
    for option in ("warehouse", "schedule", "config", "allow_overlapping_execution", "user_task_timeout_ms"):
        if values.get(option) is not None:
            shown = literal(str(values[option])) if option in ("schedule", "config") else str(values[option]).lower()
            lines.append(f"{option}={shown.upper() if option == 'warehouse' else shown}")
    before = [catalog.by_id(ident) for ident in values["after"]]
    if before:
        lines.append("after " + ", ".join(_named(item.parts) for item in before if item is not None))
    if values["condition"]:
        lines.append(f"when {values['condition']}")
    lines += [f"comment={literal(entry.comment)}"] if entry.comment else []
    return "\n\t".join([*lines, f"as {entry.text}"]) + ";"


def _tag_ddl(entry: Entry, full: bool) -> str:
    allowed = entry.properties["allowed_values"]
    values = "" if allowed is None else " allowed_values " + ", ".join(literal(value) for value in allowed)
    comment = f" comment={literal(entry.comment)}" if entry.comment else ""
    return f"create or replace tag {_named(entry.parts if full else (entry.name,))}{values}{comment};"


def _with_policies(catalog: Catalog, entry: Entry) -> tuple[dict[str, str], str]:
    """What follows each column, and what follows the columns, for the policies and tags that are set directly."""
    after: dict[str, str] = {}
    rows = ""
    names = {column.key: quoted(column.name) for column in entry.columns}
    for use in policies.uses_in(catalog, entry):
        listed = ", ".join(names[key] for key in use.keys)
        if use.column is None:
            rows = f" WITH ROW ACCESS POLICY {_named(use.policy.parts)} ON ({listed})"
        elif use.tag is None:
            using = f" USING ({listed})" if len(use.keys) > 1 else ""
            after[use.column] = f" WITH MASKING POLICY {_named(use.policy.parts)}{using}"
    for column in entry.columns:
        after[column.name] = after.get(column.name, "") + _with_tags(catalog, column.tags)
    return after, rows + _with_tags(catalog, entry.properties.get(TAGS, {}))


def _with_tags(catalog: Catalog, values: Mapping[str, str]) -> str:
    found = [(catalog.by_id(int(ident)), value) for ident, value in values.items()]
    listed = ", ".join(f"{_named(tag.parts)}={literal(value)}" for tag, value in found if tag is not None)
    return f" WITH TAG ({listed})" if listed else ""


def object_ddl(entry: Any, full: bool, catalog: Catalog) -> str:
    if entry.kind == "STREAM":
        raise errors.UNSUPPORTED_FEATURE("GET_DDL of STREAM")
    name = _named(entry.parts if full else (entry.name,))
    after, options = _with_policies(catalog, entry)
    if entry.kind == "VIEW":
        secure = "secure " if entry.properties.get("secure") else ""
        columns = ",\n\t".join(quoted(column.name) + after[column.name] for column in entry.columns)
        return f"create or replace {secure}view {name}(\n\t{columns}\n){options} as {entry.text};"
    if entry.kind == "DYNAMIC TABLE":
        columns = ",\n\t".join(quoted(column.name) + after[column.name] for column in entry.columns)
        given = [(label, entry.properties.get(label.lower())) for label in _DYNAMIC_OPTIONS]
        shown = " ".join(
            f"{label.lower()} = {literal(value) if label == 'TARGET_LAG' and value != 'DOWNSTREAM' else value}"
            for label, value in given
            if value is not None
        )
        kind = "transient dynamic" if entry.transient else "dynamic"
        return f"create or replace {kind} table {name}(\n\t{columns}\n) {shown}{options}\n as {entry.text};"
    lines = [_column_ddl(column) + after[column.name] for column in entry.columns]
    for item in entry.constraints:
        listed = ", ".join(quoted(column) for column in item.columns)
        label = "" if item.name.startswith("SYS_CONSTRAINT") else f"constraint {quoted(item.name)} "
        line = f"{label}{item.kind.lower()} ({listed})"
        if item.references is not None:
            target, columns_ = item.references
            line += f" references {'.'.join(quoted(part) for part in target)}({', '.join(map(quoted, columns_))})"
        lines.append(line)
    kind = "TRANSIENT " if entry.transient else "TEMPORARY " if entry.temporary else ""
    cluster = (
        f"cluster by {entry.properties['cluster_by'].removeprefix('LINEAR')}"
        if entry.properties.get("cluster_by")
        else ""
    )
    comment = f"\nCOMMENT={literal(entry.comment)}\n" if entry.comment else ""
    return f"create or replace {kind}TABLE {name} {cluster}(\n\t" + ",\n\t".join(lines) + f"\n){options}{comment};"


def _column_ddl(column: Any) -> str:
    text = f"{quoted(column.name)} {column.type.sql_name()}"
    if not column.type.nullable:
        text += " NOT NULL"
    if column.identity is not None:
        text += f" autoincrement start {column.identity[0]} increment {column.identity[1]} noorder"
    if column.default is not None:
        text += f" DEFAULT {column.default}"
    if column.computed is not None:
        text += f" AS ({column.computed})"
    return text + (f" COMMENT {literal(column.comment)}" if column.comment else "")


@function("GENERATE_COLUMN_DESCRIPTION", CATEGORY, 2)
def generate_column_description(call: FunctionCall) -> Typed:
    return Typed(f"sf_column_description({call.sql(0, 'v')}, {call.sql(1, 't')})", m.text())


@udf("sf_column_description", "VARCHAR VARCHAR", "VARCHAR")
def _column_description(text: str, kind: str) -> str:
    columns = loads(text)
    if not isinstance(columns, list):
        raise errors.VARIANT_CAST(text, "ARRAY")
    if kind == "view":
        return ",\n".join(f'"{column["COLUMN_NAME"]}" ' for column in columns)
    if kind == "external_table":
        return ",\n".join(
            f'"{column["COLUMN_NAME"]}" {column["TYPE"]} AS ({column.get("EXPRESSION", "null")})' for column in columns
        )
    return ",\n".join(f'"{column["COLUMN_NAME"]}" {column["TYPE"]}' for column in columns)
