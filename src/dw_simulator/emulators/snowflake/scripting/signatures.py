"""The arguments and the result of a procedure. Vendor pages: "CREATE PROCEDURE", "DECLARE (Snowflake Scripting)"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import type_from_json, type_to_json
from dw_simulator.emulators.snowflake.translation.lexer import WORD
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.typing import resolve
from dw_simulator.emulators.snowflake.types import model as m
from dw_simulator.emulators.snowflake.types.model import SnowflakeType


def routine_argument(parser: Parser, mapping: str) -> tuple[str, SnowflakeType, str | None]:
    """``name type [DEFAULT expression]``, the default as it is written."""
    name = parser.identifier()
    return name, *_typed(parser, mapping)


def _typed(parser: Parser, mapping: str) -> tuple[SnowflakeType, str | None]:
    kind, default = resolve(parser.type_ref(), mapping), None
    if parser.accept("DEFAULT"):
        start = parser.token.start
        parser.expression()
        default = parser.sql[start : parser.last_end]
    return kind, default


def signature(parser: Parser, name: str, mapping: str) -> tuple[dict[str, Any], list[SnowflakeType]]:
    """``(arguments) RETURNS …`` as the properties of a procedure's entry, and the types of its arguments."""
    outputs: list[str] = []
    arguments = parser.parenthesized(lambda: _argument(parser, mapping, outputs))
    parser.expect("RETURNS")
    table = _returned_columns(parser, mapping) if parser.accept("TABLE") else None
    returns = resolve(parser.type_ref(), mapping) if table is None else None
    columns = ", ".join(f"{label} {kind.sql_name()}" for label, kind in table or ())
    shown = (f"{label} {kind.sql_name()}" for label, kind, _ in arguments)
    properties = {
        "base_name": name,
        "arguments": [[label, type_to_json(kind), default] for label, kind, default in arguments],
        "outputs": outputs,
        "signature": f"({', '.join(shown)})",
        "result": returns.sql_name() if returns is not None else f"TABLE ({columns})",
        "returns": type_to_json(returns.with_nullable(True)) if returns is not None else None,
        "table": [[label, type_to_json(kind)] for label, kind in table] if table is not None else None,
        "secure": False,
        "not_null": returns is not None and not returns.nullable,
        "strict": False,
        "execute_as": "OWNER",
    }
    return properties, [kind for _, kind, _ in arguments]


def _argument(parser: Parser, mapping: str, outputs: list[str]) -> tuple[str, SnowflakeType, str | None]:
    """Snowflake writes ``name [IN | OUT] type``; the word in front is taken too."""
    out = _mode(parser) if parser.ahead().kind == parser.ahead(2).kind == WORD else False
    name = parser.identifier()
    if parser.ahead().kind == WORD and parser.is_word(*_MODES):
        out = _mode(parser)
    kind, default = _typed(parser, mapping)
    if out and default is not None:
        raise errors.OUTPUT_WITH_DEFAULT(name)
    if out:
        outputs.append(name)
    return name, kind, default


_MODES = ("IN", "INPUT", "OUT", "OUTPUT", "INOUT")


def _mode(parser: Parser) -> bool:
    """Whether the mode that comes next, if any, is an output."""
    word = parser.accept_any(*_MODES)
    if word == "INOUT":
        raise errors.UNSUPPORTED_FEATURE("INOUT arguments: Snowflake's OUT arguments take the variable's value in")
    return word in ("OUT", "OUTPUT")


def _returned_columns(parser: Parser, mapping: str) -> list[tuple[str, SnowflakeType]]:
    """The columns of RETURNS TABLE, none where it names none."""
    if not parser.accept_op("("):
        return []
    if parser.accept_op(")"):
        return []
    columns = parser.comma_list(lambda: (parser.identifier(), resolve(parser.type_ref(), mapping)))
    parser.expect_op(")")
    return columns


_LONGEST = (m.text().sql_name(), m.binary().sql_name())


def described(properties: Mapping[str, Any]) -> tuple[str, str]:
    """The signature and the result of a routine as DESCRIBE tells them: the longest VARCHAR and BINARY without their
    length, and the columns of a table without the NUMBER's size also. JDBC cannot read ``BINARY(8388608)``."""
    arguments = (f"{name} {_shown(type_from_json(dict(kind)))}" for name, kind, _ in properties["arguments"])
    result = properties["result"]
    if properties["table"]:
        columns = ((name, type_from_json(dict(kind))) for name, kind in properties["table"])
        result = f"TABLE ({', '.join(f'{name} {_shown(kind, m.number().sql_name())}' for name, kind in columns)})"
    elif properties["returns"] is not None:
        result = _shown(type_from_json(dict(properties["returns"])))
    return f"({', '.join(arguments)})", result


def _shown(kind: SnowflakeType, *bare: str) -> str:
    shown = kind.sql_name()
    return shown.split("(")[0] if shown in (*_LONGEST, *bare) else shown
