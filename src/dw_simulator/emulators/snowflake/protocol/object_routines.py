"""Functions and procedures in the REST API of objects. Vendor page: "Snowflake REST APIs" (functions, procedures)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.protocol.object_bodies import Body, literal, required
from dw_simulator.emulators.snowflake.results import ResultColumn

_LANGUAGES = ("SQL", "PYTHON", "JAVASCRIPT")
_SQL_OPTIONS = ("runtime_version", "packages", "imports", "handler")


# --- bodies -----------------------------------------------------------------------------------------------------------
def definition(kind: str, values: Body) -> tuple[str, str]:
    """A body as what comes before the kind, and what follows the name. ``values`` is used up.

    Raises:
        SnowflakeError: 390001 the body lacks a property; 000002 it has one that is not emulated.
    """
    arguments = values.pop("arguments", None) or []
    before = "SECURE " if values.pop("is_secure", False) else ""
    if kind == "FUNCTION":
        before += "TEMPORARY " if values.pop("is_temporary", False) else ""
        before += "AGGREGATE " if values.pop("is_aggregate", False) else ""
    text = f" ({', '.join(map(_argument, arguments))}) RETURNS {_returned(required(values, 'return_type'))}"
    text += _language(dict(required(values, "language_config")))
    if kind == "FUNCTION" and values.pop("is_memoizable", False):
        text += " MEMOIZABLE"
    if values.get("comment") is not None:
        text += f" COMMENT = {literal(str(values.pop('comment')))}"
    if kind == "PROCEDURE" and values.get("execute_as") is not None:
        text += f" EXECUTE AS {values.pop('execute_as')}"
    body = required(values, "body")
    for name in values:
        raise errors.UNSUPPORTED_FEATURE(f"the property {name} in the REST API")
    return before, f"{text} AS {literal(str(body))}"


def _argument(argument: Mapping[str, Any]) -> str:
    default = argument.get("default_value")
    return f"{argument['name']} {argument['datatype']}{f' DEFAULT {default}' if default is not None else ''}"


def _returned(kind: Mapping[str, Any]) -> str:
    if str(kind.get("type", "")).upper() == "TABLE":
        columns = [f"{column['name']} {column['datatype']}" for column in kind.get("column_list") or ()]
        return f"TABLE ({', '.join(columns)})"
    return f"{kind['datatype']}{' NOT NULL' if kind.get('nullable') is False else ''}"


def _language(config: dict[str, Any]) -> str:
    language = str(config.pop("language", "SQL")).upper()
    if language not in _LANGUAGES:
        raise errors.UNSUPPORTED_FEATURE(f"LANGUAGE {language}")
    text = f" LANGUAGE {language}"
    called = config.pop("called_on_null_input", None)
    for name, value in config.items():
        if not value:
            continue
        if name not in _SQL_OPTIONS:
            raise errors.UNSUPPORTED_FEATURE(f"the property {name} of functions in the REST API")
        shown = (
            literal(str(value)) if isinstance(value, str) else f"({', '.join(literal(str(item)) for item in value)})"
        )
        text += f" {name.upper()} = {shown}"
    return text + (" STRICT" if called is False else "")


# --- answers ----------------------------------------------------------------------------------------------------------
def signature(row: Mapping[str, Any]) -> str:
    """A routine of SHOW as DESCRIBE and DROP name it: its name with the types of its arguments."""
    types = str(row["arguments"]).rpartition(") RETURN")[0].partition("(")[2]
    plain = ", ".join(part.strip().removeprefix("DEFAULT ") for part in _split(types))
    name = str(row["name"]).replace('"', '""')
    return f'"{name}"({plain})'


def is_called(shown: Mapping[str, Any], asked: str, described: Mapping[str, Any] | None) -> bool:
    """Whether a row of SHOW is the routine that a path asks for, whose DESCRIBE is given if it names argument types."""
    name = asked.partition("(")[0]
    plain = name[1:-1].replace('""', '"') if name.startswith('"') else name.upper()
    if shown["name"] != plain or described is None:
        return bool(shown["name"] == plain)
    kinds = [column["datatype"].partition("(")[0] for column in columns(str(described["signature"]))]
    return signature(shown).partition("(")[2].removesuffix(")") == ", ".join(kinds)


def routine_json(kind: str, shown: Mapping[str, Any], described: Mapping[str, Any]) -> dict[str, Any]:
    """A row of SHOW and the properties of DESCRIBE as a routine of the REST API."""
    returns = str(described["returns"])
    config: dict[str, Any] = {"language": described["language"]}
    if "null handling" in described:
        config["called_on_null_input"] = described["null handling"] == "CALLED ON NULL INPUT"
    for name in _SQL_OPTIONS:
        if described.get(name):
            text = str(described[name])
            lists = name in ("packages", "imports")
            config[name] = orjson.loads(text.replace("'", '"')) if lists else text
    found: dict[str, Any] = {
        "name": shown["name"],
        "arguments": columns(str(described["signature"])),
        "return_type": {"type": "DATATYPE", "datatype": returns},
        "language_config": config,
        "body": described.get("body"),
        "database_name": shown["catalog_name"],
        "schema_name": shown["schema_name"],
        "min_num_arguments": int(shown["min_num_arguments"]),
        "max_num_arguments": int(shown["max_num_arguments"]),
        "is_builtin": shown["is_builtin"] == "Y",
        "is_secure": shown["is_secure"] == "Y",
    }
    if returns.startswith("TABLE"):
        found["return_type"] = {"type": "TABLE", "column_list": columns(returns.removeprefix("TABLE").strip())}
    if kind == "PROCEDURE":
        found["execute_as"] = described.get("execute as")
    else:
        flags = ("is_aggregate", "is_memoizable", "is_table_function", "valid_for_clustering")
        found |= {name: shown[name] == "Y" for name in flags}
    return {name: value for name, value in found.items() if value is not None}


def columns(text: str) -> list[dict[str, str]]:
    """``(X NUMBER(38,0), Y VARCHAR)`` as a list of names and types."""
    inner = text.strip().removeprefix("(").removesuffix(")")
    pairs = [_parted(part.strip()) for part in _split(inner)]
    return [{"name": name, "datatype": kind} for name, kind in pairs]


def _parted(text: str) -> tuple[str, str]:
    first = next(_outside(text))
    return first.group(), text[first.end() :].strip()


def _split(text: str) -> list[str]:
    """The parts between the commas that no parentheses are around."""
    parts, start = [], 0
    for token in _outside(text):
        if token.group() == ",":
            parts.append(text[start : token.start()])
            start = token.end()
    return [part for part in (*parts, text[start:]) if part.strip()]


def defining_query(text: str) -> str:
    """The query of a CREATE … AS statement."""
    found = next((token for token in _outside(text) if token.group().upper() == "AS"), None)
    return text if found is None else text[found.end() :].strip()


_TOKEN = re.compile(r"""--[^\n]*|/\*.*?\*/|'(?:[^'\\]|\\.|'')*'|"(?:[^"]|"")*"|\$\$.*?\$\$|[\w$]+|[^\s]""", re.S)


def _outside(text: str) -> Iterator[re.Match[str]]:
    """The tokens of SQL that no parentheses are around."""
    depth = 0
    for token in _TOKEN.finditer(text):
        if token.group() in "()":
            depth += 1 if token.group() == "(" else -1
        elif depth == 0:
            yield token


# --- calls ------------------------------------------------------------------------------------------------------------
def call_sql(full_name: str, body: Mapping[str, Any]) -> str:
    """CALL with the arguments of a body, by their names."""
    arguments = [
        f"{item['name']} => CAST({_value(item.get('value'))} AS {item['datatype']})"
        for item in body.get("call_arguments") or ()
    ]
    return f"CALL {full_name}({', '.join(arguments)})"


def _value(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, list | dict):
        return f"PARSE_JSON({literal(orjson.dumps(value).decode())})"
    return literal(str(value))


def result_json(names: Sequence[ResultColumn], rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """The rows that a call gives, an object each."""
    return [{column.name: _cell(column, cell) for column, cell in zip(names, row, strict=True)} for row in rows]


def _cell(column: ResultColumn, cell: Any) -> Any:
    if cell is None:
        return None
    match column.type.name:
        case "FIXED":
            return int(cell) if not column.type.scale else float(cell)
        case "REAL":
            return float(cell)
        case "BOOLEAN":
            return str(cell).lower() in ("1", "true")
    return cell
