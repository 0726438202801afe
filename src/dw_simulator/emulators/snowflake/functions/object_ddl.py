"""GET_DDL: the statements that make objects. Vendor page: "GET_DDL"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import policies, streams
from dw_simulator.emulators.snowflake.catalog.model import (
    PARAMETERS,
    TAGS,
    Constraint,
    Entry,
    TableColumn,
    type_from_json,
)
from dw_simulator.emulators.snowflake.catalog.routines import signed_name
from dw_simulator.emulators.snowflake.catalog.store import Catalog
from dw_simulator.emulators.snowflake.catalog.warehouses import shown_size
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function
from dw_simulator.emulators.snowflake.stages.file_format import FORMATS, FileFormat
from dw_simulator.emulators.snowflake.translation.lexer import OP, tokenize, upper_words
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import Typed, resolve
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "Metadata"
_DYNAMIC_OPTIONS = ("TARGET_LAG", "REFRESH_MODE", "INITIALIZE", "WAREHOUSE", "INITIALIZATION_WAREHOUSE", "SCHEDULER")


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
    elif kind in ("FUNCTION", "PROCEDURE"):
        kinds = [resolve(ref) for ref in parser.parenthesized(parser.type_ref)]
        entry = catalog.require(kind, (*parts[:-1], signed_name(parts[-1], kinds)))
        text = _function_ddl(entry, full) if kind == "FUNCTION" else _procedure_ddl(entry, full)
    elif kind in ("SCHEMA", "DATABASE"):
        text = _container_ddl(catalog, kind, parts, full)
    elif kind in ("WAREHOUSE", "INTEGRATION"):
        held = catalog.catalog.get(kind, name=parts[-1])
        if held is None or (catalog.access is not None and not catalog.access.sees(held)):
            raise errors.KIND_NOT_FOUND(kind.capitalize(), parts[-1])
        text = _warehouse_ddl(held) if kind == "WAREHOUSE" else _integration_ddl(held)
    elif kind in _SCHEMA_OBJECTS:
        text = _schema_object_ddl(catalog.require(_SCHEMA_OBJECTS[kind], parts), full, catalog.catalog)
    else:
        raise errors.UNSUPPORTED_FEATURE(f"GET_DDL of {kind}")
    return Typed(literal(text), m.text())


_SCHEMA_OBJECTS = {
    "TAG": "TAG", "SEQUENCE": "SEQUENCE", "STREAM": streams.KIND, "TASK": "TASK", "PIPE": "PIPE",
    "ALERT": "ALERT",
    "FILE_FORMAT": "FILE FORMAT",
}  # fmt: skip


def _schema_object_ddl(entry: Entry, full: bool, catalog: Catalog) -> str:
    match entry.kind:
        case "TAG":
            return _tag_ddl(entry, full)
        case "SEQUENCE":
            return _sequence_ddl(entry, full)
        case "TASK":
            return _task_ddl(entry, full, catalog)
        case "ALERT":
            return _alert_ddl(entry, full)
        case "PIPE":
            return _pipe_ddl(entry, full)
        case "FILE FORMAT":
            return _file_format_ddl(entry, full)
        case _:
            return _stream_ddl(entry, full, catalog)


def _container_ddl(catalog: Any, kind: str, parts: tuple[str, ...], full: bool) -> str:
    database = parts[0] if kind == "DATABASE" or len(parts) == 2 else catalog.database
    store = catalog.catalog
    names = [parts[-1]] if kind == "SCHEMA" else [entry.name for entry in store.entries("SCHEMA", database)]
    lines = [f"create or replace database {quoted(database)};"] if kind == "DATABASE" else []
    for name in names:
        schema = store.schema(database, name)
        if kind == "SCHEMA" or name != "PUBLIC":
            comment = f" COMMENT={literal(schema.comment)}" if schema.comment else ""
            managed = " WITH MANAGED ACCESS" if schema.properties.get("managed_access") else ""
            word = "transient " if schema.transient else ""
            shown = _named((database, name) if full else (name,))
            lines.append(f"create or replace {word}schema {shown}{managed}{comment};")
        for what in _IN_ORDER:
            for entry in catalog.entries(what, database):
                if entry.schema == name:
                    lines.append(_any_ddl(entry, full, store))
    return "\n\n".join(lines)


_IN_ORDER = (
    "TAG", policies.MASKING, policies.ROW_ACCESS, "SEQUENCE", "FILE FORMAT", "TABLE", "EXTERNAL TABLE", "VIEW",
    "DYNAMIC TABLE", "FUNCTION", "PROCEDURE", streams.KIND, "PIPE", "TASK", "ALERT",
)  # fmt: skip
"""What a schema's DDL holds, so that each comes after what it may need."""


def _any_ddl(entry: Entry, full: bool, catalog: Catalog) -> str:
    if entry.kind in ("FUNCTION", "PROCEDURE"):
        return _function_ddl(entry, full) if entry.kind == "FUNCTION" else _procedure_ddl(entry, full)
    if entry.kind in policies.KINDS:
        return _policy_ddl(entry, full)
    if entry.kind in _SCHEMA_OBJECTS.values():
        return _schema_object_ddl(entry, full, catalog)
    return object_ddl(entry, full, catalog)


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


def _signature(entry: Entry, full: bool) -> str:
    """Name and arguments of a procedure or function."""
    values = entry.properties
    arguments = ", ".join(
        f'"{name}"{" OUT" * (name in values.get("outputs", ()))} {type_from_json(dict(kind)).sql_name()}'
        + (f" DEFAULT {default}" if default is not None else "")
        for name, kind, default in values["arguments"]
    )
    parts = (*entry.parts[:2], values["base_name"]) if full else (values["base_name"],)
    name = ".".join('"' + part.replace('"', '""') + '"' for part in parts)
    return f"{name}({arguments})"


def _handler_lines(values: Mapping[str, Any]) -> list[str]:
    """What a routine with a handler says of it."""
    lines = []
    for option in ("runtime_version", "handler"):
        if values.get(option):
            lines.append(f"{option.upper()} = {literal(str(values[option]))}")
    for option in ("packages", "imports"):
        listed = ", ".join(literal(item) for item in values.get(option, ()))
        if listed:
            lines.append(f"{option.upper()} = ({listed})")
    return lines


def _procedure_ddl(entry: Entry, full: bool) -> str:
    values = entry.properties
    secure = "SECURE " if values["secure"] else ""
    comment = f"COMMENT={literal(entry.comment)}\n" if entry.comment else ""
    not_null = " NOT NULL" if values["not_null"] else ""
    strict = "STRICT\n" if values["strict"] else ""
    language = "\n".join([values.get("language", "SQL"), *_handler_lines(values)])
    return (
        f"CREATE OR REPLACE {secure}PROCEDURE {_signature(entry, full)}\nRETURNS {values['result']}{not_null}\n"
        f"LANGUAGE {language}\n"
        f"{strict}{comment}EXECUTE AS {values['execute_as']}\nAS {literal(entry.text)};"
    )


def _function_words(values: Mapping[str, Any]) -> str:
    return ("SECURE " if values.get("secure") else "") + ("AGGREGATE " if values.get("aggregate") else "")


def _function_ddl(entry: Entry, full: bool) -> str:
    values = entry.properties
    columns = ", ".join(f'"{label}" {type_from_json(dict(kind)).sql_name()}' for label, kind in values["table"])
    lines = [
        f"CREATE OR REPLACE {_function_words(values)}FUNCTION {_signature(entry, full)}",
        f"RETURNS {values['result']}" if not columns else f"RETURNS TABLE ({columns})",
        f"LANGUAGE {values['language']}",
        *(["STRICT"] if values.get("strict") else []),
        *(["IMMUTABLE"] if values.get("immutable") else []),
        *(["MEMOIZABLE"] if values.get("memoizable") else []),
    ]
    lines += _handler_lines(values)
    lines += [f"COMMENT={literal(entry.comment)}"] if entry.comment else []
    body = f"\nAS {literal(entry.text)}" if entry.text else ""
    return "\n".join(lines) + body + ";"


def _stream_ddl(entry: Entry, full: bool, catalog: Catalog) -> str:
    table = streams.source_table(catalog, entry)
    options = " append_only=true" if entry.properties.get(streams.APPEND_ONLY) else ""
    comment = f" comment={literal(entry.comment)}" if entry.comment else ""
    name = _named(entry.parts if full else (entry.name,))
    return f"create or replace stream {name} on {table.kind.lower()} {_named(table.parts)}{options}{comment};"


_TASK_WORDS = ("user_task_timeout_ms", "suspend_task_after_num_failures", "task_auto_retry_attempts",
               "user_task_minimum_trigger_interval_in_seconds", "overlap_policy")  # fmt: skip
_TASK_TEXTS = ("schedule", "config", "target_completion_interval", "user_task_managed_initial_warehouse_size",
               "serverless_task_min_statement_size", "serverless_task_max_statement_size", "log_level")  # fmt: skip


def _task_ddl(entry: Entry, full: bool, catalog: Catalog) -> str:
    values = entry.properties
    lines = [f"create or replace task {_named(entry.parts if full else (entry.name,))}"]
    lines += [f"warehouse={values['warehouse']}"] if values.get("warehouse") is not None else []
    lines += [f"{name}={literal(str(values[name]))}" for name in _TASK_TEXTS if values.get(name) is not None]
    lines += [f"{name}={values[name]}" for name in _TASK_WORDS if values.get(name) is not None]
    for name, value in values.get(PARAMETERS, {}).items():
        lines.append(f"{name}={str(value).upper() if isinstance(value, bool) else literal(str(value))}")
    before = [catalog.by_id(ident) for ident in values["after"]]
    root = catalog.by_id(values.get("finalize") or 0)
    if before:
        lines.append("after " + ", ".join(_named(item.parts) for item in before if item is not None))
    lines += [f"finalize={_named(root.parts)}"] if root is not None else []
    if values["condition"]:
        lines.append(f"when {values['condition']}")
    lines += [f"comment={literal(entry.comment)}"] if entry.comment else []
    return "\n\t".join([*lines, f"as {entry.text}"]) + ";"


def _alert_ddl(entry: Entry, full: bool) -> str:
    """As the vendor prints it: without the comment."""
    values = entry.properties
    lines = [f"create or replace alert {_named(entry.parts if full else (entry.name,))}"]
    lines += [f"warehouse={values['warehouse']}"] if values.get("warehouse") is not None else []
    lines += [f"{name}={literal(values[name])}" for name in ("schedule", "config", "runbook") if values.get(name)]
    failures = values.get("suspend_alert_after_num_failures")
    lines += [f"suspend_alert_after_num_failures={failures}"] if failures is not None else []
    lines += ["if (exists(", f"\t{values['condition']}", "))", "then", entry.text]
    return "\n\t".join(lines) + ";"


def _tag_ddl(entry: Entry, full: bool) -> str:
    allowed = entry.properties["allowed_values"]
    values = "" if allowed is None else " allowed_values " + ", ".join(literal(value) for value in allowed)
    for name in ("propagate", "on_conflict"):
        value = entry.properties.get(name)
        word = value if name == "propagate" or value == "ALLOWED_VALUES_SEQUENCE" else literal(str(value))
        values += f" {name} = {word}" if value is not None else ""
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
    listed = ", ".join(sorted(f"{_named(tag.parts)}={literal(value)}" for tag, value in found if tag is not None))
    return f" WITH TAG ({listed})" if listed else ""


def _sequence_ddl(entry: Entry, full: bool) -> str:
    start, step = entry.properties["start"], entry.properties["increment"]
    order = "order" if entry.properties.get("ordered") else "noorder"
    comment = f" COMMENT={literal(entry.comment)}" if entry.comment else ""
    name = _named(entry.parts if full else (entry.name,))
    return f"create or replace sequence {name} start with {start} increment by {step} {order}{comment};"


def _pipe_ddl(entry: Entry, full: bool) -> str:
    name = _named(entry.parts if full else (entry.name,))
    comment = f" comment={literal(entry.comment)}" if entry.comment else ""
    automatic = str(bool(entry.properties["auto_ingest"])).lower()
    return f"create or replace pipe {name} auto_ingest={automatic}{comment} as {entry.text};"


def _file_format_ddl(entry: Entry, full: bool) -> str:
    """The options that differ from their defaults; backslashes as a statement needs them."""
    chosen = FileFormat.from_dict(entry.properties)
    lines = [
        f"CREATE OR REPLACE FILE FORMAT {_named(entry.parts if full else (entry.name,))}",
        f"\tTYPE = {chosen.type}",
    ]
    for name, value in chosen.options.items():
        if value != FORMATS[chosen.type][name].default:
            lines.append(f"\t{name} = {_option_text(value)}")
    lines += [f"\tCOMMENT = {_escaped(entry.comment)}"] if entry.comment else []
    return "\n".join(lines) + "\n;"


def _option_text(value: Any) -> str:
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_escaped, value)) + ")"
    if value is None:
        return "NONE"
    return str(value).upper() if isinstance(value, bool) else str(value) if isinstance(value, int) else _escaped(value)


def _escaped(text: str) -> str:
    shown = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return literal(shown)


def _warehouse_ddl(entry: Entry) -> str:
    """With the defaults of what was not given, as the vendor's page shows it."""
    get = entry.properties.get
    least = int(get("min_cluster_count", 1))
    values: dict[str, object] = {
        "warehouse_type": literal(str(get("warehouse_type", "STANDARD")).upper()),
        "warehouse_size": literal(shown_size(get("warehouse_size", get("size")))),
        "max_cluster_count": max(least, int(get("max_cluster_count", least))),
        "min_cluster_count": least,
        "scaling_policy": str(get("scaling_policy", "STANDARD")).upper(),
        "auto_suspend": get("auto_suspend", 600),
        "auto_resume": get("auto_resume", True),
        "initially_suspended": get("initially_suspended", False),
        "enable_query_acceleration": get("enable_query_acceleration", False),
        "query_acceleration_max_scale_factor": get("query_acceleration_max_scale_factor", 8),
        "max_concurrency_level": get("max_concurrency_level", 8),
        "statement_queued_timeout_in_seconds": get("statement_queued_timeout_in_seconds", 0),
        "statement_timeout_in_seconds": get("statement_timeout_in_seconds", 172800),
    }
    if entry.comment:
        values["comment"] = literal(entry.comment)
    lines = [f"    {key}={str(value).upper() if isinstance(value, bool) else value}" for key, value in values.items()]
    return "\n".join([f"create or replace warehouse {quoted(entry.name)}", "with", *lines, ";"])


def _integration_ddl(entry: Entry) -> str:
    get = entry.properties.get
    if get("category") != "STORAGE":
        raise errors.UNSUPPORTED_FEATURE(f"GET_DDL of a {str(get('category')).lower()} integration")
    lines = [f"CREATE OR REPLACE STORAGE INTEGRATION {quoted(entry.name)}", f"  TYPE = {get('type', 'EXTERNAL_STAGE')}"]
    for name in ("storage_provider", "storage_aws_role_arn", "storage_aws_external_id"):
        lines += [f"  {name.upper()} = {literal(str(get(name)))}"] if get(name) else []
    lines.append(f"  ENABLED = {str(get('enabled') is True).upper()}")
    for name in ("storage_allowed_locations", "storage_blocked_locations"):
        listed = ", ".join(literal(str(item)) for item in get(name) or ())
        lines += [f"  {name.upper()} = ({listed})"] if listed else []
    lines += [f"  COMMENT = {literal(entry.comment)}"] if entry.comment else []
    return "\n".join(lines) + ";"


def object_ddl(entry: Any, full: bool, catalog: Catalog) -> str:
    """Of a table, a view, a dynamic or an external table, or a stream."""
    if entry.kind == streams.KIND:
        return _stream_ddl(entry, full, catalog)
    name = _named(entry.parts if full else (entry.name,))
    after, options = _with_policies(catalog, entry)
    if entry.kind == "VIEW":
        return _view_ddl(entry, name, after, options)
    if entry.kind == "DYNAMIC TABLE":
        columns = ",\n\t".join(_named_column(column, after) for column in entry.columns)
        given = [(label, entry.properties.get(label.lower())) for label in _DYNAMIC_OPTIONS]
        shown = " ".join(
            f"{label.lower()} = {literal(value) if label == 'TARGET_LAG' and value != 'DOWNSTREAM' else value}"
            for label, value in given
            if value is not None
        )
        cluster = entry.properties.get("cluster_by", "").removeprefix("LINEAR")
        shown += f" cluster by {cluster}" if cluster else ""
        immutable = entry.properties.get("immutable_where")
        shown += f" immutable where ({immutable})" if immutable else ""
        comment = f" COMMENT={literal(entry.comment)}" if entry.comment else ""
        kind = "transient dynamic" if entry.transient else "dynamic"
        kind = "interactive" if entry.properties.get("interactive") else kind
        return f"create or replace {kind} table {name}(\n\t{columns}\n) {shown}{comment}{options}\n as {entry.text};"
    if entry.kind == "EXTERNAL TABLE":
        raise errors.UNSUPPORTED_FEATURE("GET_DDL of EXTERNAL TABLE")
    return _table_ddl(entry, name, after, options)


def _view_ddl(entry: Entry, name: str, after: Mapping[str, str], options: str) -> str:
    secure = "secure " if entry.properties.get("secure") else ""
    kind = "materialized view" if entry.properties.get("materialized") else "view"
    columns = ",\n\t".join(_named_column(column, after) for column in entry.columns)
    cluster = entry.properties.get("cluster_by", "").removeprefix("LINEAR")
    options += f" cluster by {cluster}" if cluster else ""
    options += f" COMMENT={literal(entry.comment)}\n" if entry.comment else ""
    return f"create or replace {secure}{kind} {name}(\n\t{columns}\n){options} as {entry.text};"


def _named_column(column: TableColumn, after: Mapping[str, str]) -> str:
    comment = f" COMMENT {literal(column.comment)}" if column.comment else ""
    return f"{quoted(column.name)}{after[column.name]}{comment}"


def _table_ddl(entry: Entry, name: str, after: Mapping[str, str], options: str) -> str:
    lines = [_column_ddl(column, after[column.name]) for column in entry.columns]
    lines += [_constraint_ddl(item) for item in entry.constraints]
    for label, columns, included in entry.properties.get("indexes", []):
        listed, extra = ", ".join(map(quoted, columns)), ", ".join(map(quoted, included))
        lines.append(f"index {quoted(label)} ({listed})" + (f" include ({extra})" if extra else ""))
    kind = "TRANSIENT " if entry.transient else "TEMPORARY " if entry.temporary else ""
    kind = "HYBRID " if entry.properties.get("hybrid") else kind
    kind = "INTERACTIVE " if entry.properties.get("interactive") else kind
    cluster = entry.properties.get("cluster_by", "").removeprefix("LINEAR")
    before = f"{name} cluster by {cluster}" if cluster else f"{name} "
    comment = f"COMMENT={literal(entry.comment)}\n" if entry.comment else ""
    return f"create or replace {kind}TABLE {before}(\n\t" + ",\n\t".join(lines) + f"\n){options}{comment};"


def _constraint_ddl(item: Constraint) -> str:
    listed = ", ".join(quoted(column) for column in item.columns)
    label = "" if item.name.startswith("SYS_CONSTRAINT") else f"constraint {quoted(item.name)} "
    line = f"{label}{item.kind.lower()} ({listed})"
    if item.references is not None:
        target, columns = item.references
        line += f" references {_named(target)}({', '.join(map(quoted, columns))})"
    for option, words in (("update_rule", "on update"), ("delete_rule", "on delete")):
        line += f" {words} {item.options[option].lower()}" if option in item.options else ""
    return line + (" rely" if item.options.get("rely") == "true" else "")


def _column_ddl(column: TableColumn, after: str) -> str:
    text = f"{quoted(column.name)} {column.shown_type}"
    if not column.type.nullable:
        text += " NOT NULL"
    if column.identity is not None:
        order = "order" if column.ordered else "noorder"
        text += f" autoincrement start {column.identity[0]} increment {column.identity[1]} {order}"
    if column.default is not None:
        text += f" DEFAULT {upper_words(column.default)}"
    if column.computed is not None:
        inside = column.computed[1:-1] if _is_enclosed(column.computed) else column.computed
        text += f" AS ({inside})"
    return text + after + (f" COMMENT {literal(column.comment)}" if column.comment else "")


def _is_enclosed(text: str) -> bool:
    """Whether the parenthesis that an expression begins with is closed by its last character."""
    depth = 0
    tokens = tokenize(text)[:-1]
    for index, token in enumerate(tokens):
        if token.kind == OP and token.value in "()":
            depth += 1 if token.value == "(" else -1
        if depth == 0:
            return index > 0 and index == len(tokens) - 1
    return False
