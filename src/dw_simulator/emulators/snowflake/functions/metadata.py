"""Metadata functions: GET_DDL and the helpers of INFER_SCHEMA. Vendor page: "Metadata functions"."""

from __future__ import annotations

from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function
from dw_simulator.emulators.snowflake.functions.runtime import udf
from dw_simulator.emulators.snowflake.functions.variant_json import loads
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "Metadata"


@function("GET_DDL", CATEGORY, 2, 3)
def get_ddl(call: FunctionCall) -> Typed:
    """The statement that makes an object. Vendor page: "GET_DDL"."""
    call.binder.env.volatile = True
    kind = str(call.constant(0)).upper()
    parser = Parser(str(call.constant(1)))
    parts = parser.qualified()
    catalog: Any = call.binder.env.catalog
    full = bool(call.constant(2, False))
    if kind in ("TABLE", "VIEW"):
        text = object_ddl(catalog.require("TABLE", parts), full)
    elif kind == "SEQUENCE":
        entry = catalog.require("SEQUENCE", parts)
        start, step = entry.properties["start"], entry.properties["increment"]
        text = f"create or replace sequence {entry.name} start with {start} increment by {step} noorder;"
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
        for what in ("TABLE", "VIEW"):
            lines.extend(object_ddl(entry, full) for entry in store.entries(what, database, name))
    return "\n\n".join(lines)


def quoted(name: str) -> str:
    import re

    return name if re.fullmatch(r"[A-Z_][A-Z0-9_$]*", name) else '"' + name.replace('"', '""') + '"'


def object_ddl(entry: Any, full: bool) -> str:
    name = ".".join(quoted(part) for part in entry.parts) if full else quoted(entry.name)
    if entry.kind == "VIEW":
        secure = "secure " if entry.properties.get("secure") else ""
        columns = ",\n\t".join(quoted(column.name) for column in entry.columns)
        return f"create or replace {secure}view {name}(\n\t{columns}\n) as {entry.text};"
    lines = [_column_ddl(column) for column in entry.columns]
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
    return f"create or replace {kind}TABLE {name} {cluster}(\n\t" + ",\n\t".join(lines) + f"\n){comment};"


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
    if kind == "view":
        return ",\n".join(f'"{column["COLUMN_NAME"]}" ' for column in columns)
    if kind == "external_table":
        return ",\n".join(
            f'"{column["COLUMN_NAME"]}" {column["TYPE"]} AS ({column.get("EXPRESSION", "null")})' for column in columns
        )
    return ",\n".join(f'"{column["COLUMN_NAME"]}" {column["TYPE"]}' for column in columns)
