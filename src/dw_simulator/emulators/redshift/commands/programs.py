"""Stored procedures, user-defined functions and CALL."""

from __future__ import annotations

import re
from collections.abc import Callable

from dw_simulator.emulators.redshift.commands.lexer import Reader, quote_names
from dw_simulator.emulators.redshift.commands.plpgsql import translate_body
from dw_simulator.emulators.redshift.commands.registry import command
from dw_simulator.emulators.redshift.commands.tables import read_column_type
from dw_simulator.emulators.redshift.commands.translating import Generation, planned
from dw_simulator.emulators.redshift.commands.trapping import restructure
from dw_simulator.emulators.redshift.commands.types import PASS_THROUGH, Plan, Rewritten, Session
from dw_simulator.emulators.redshift.errors import RedshiftError, UnsupportedFeatureError, python_ended

Translate = Callable[[str], str]
_NAMED = re.compile(r' AS "[^"]*"(?=,|\Z)')
_MODES = ("in", "out", "inout")


@command("create procedure", "create or replace procedure")
def create_procedure(sql: str, session: Session) -> Plan:
    Generation.advance()
    return planned(session, lambda translate: Rewritten(_procedure(sql, translate)))


def _head(reader: Reader, kind: str) -> tuple[str, str]:
    reader.expect("create")
    replace = " OR REPLACE" if reader.take("or", "replace") else ""
    reader.expect(kind)
    return replace, quote_names(reader.qualified_name()[-2:])


def _procedure(sql: str, translate: Translate) -> str:
    reader = Reader(sql)
    replace, name = _head(reader, "procedure")
    arguments = _arguments(reader)
    nonatomic = False
    body, options = "", []
    while not reader.at_end():
        if reader.take("as"):
            body = reader.string()
        elif reader.take("language"):
            _language(reader, "plpgsql")
        elif reader.take("nonatomic"):
            nonatomic = True
        elif reader.take("security"):
            options.append(f"SECURITY {reader.next().text.upper()}")
        elif reader.take("set"):
            parameter = reader.name()
            reader.take_any("to", "=")
            options.append(f"SET {parameter} TO {reader.next().text}")
        else:
            raise reader.error()
    text = restructure(translate_body(body, translate), nonatomic=nonatomic)
    return f"CREATE{replace} PROCEDURE {name}({arguments}) LANGUAGE plpgsql {' '.join(options)} AS {_dollars(text)}"


def _language(reader: Reader, only: str) -> None:
    name = reader.name()
    if name != only:
        raise UnsupportedFeatureError(f"LANGUAGE {name}")


def _dollars(text: str) -> str:
    tag = "dw"
    while f"${tag}$" in text:
        tag += "w"
    return f"${tag}${text}${tag}$"


def _arguments(reader: Reader) -> str:
    """Parameters. OUT ones are INOUT with a default, so that CALL leaves them out, as in Redshift."""
    reader.expect("(")
    items: list[str] = []
    defaulted = False
    while not reader.take(")"):
        mode = reader.take_any(*_MODES)
        name = "" if _is_lone_type(reader) else _argument_name(reader)
        mode = mode or reader.take_any(*_MODES) or "in"
        type_name = re.sub(r"\(.*\)", "", read_column_type(reader))
        default = ""
        if mode == "out" or defaulted:
            default, defaulted, mode = " DEFAULT NULL", True, "inout" if mode == "out" else mode
        items.append(f"{mode.upper()} {name} {type_name}{default}".replace("  ", " "))
        reader.take(",")
    return ", ".join(items)


def _is_lone_type(reader: Reader) -> bool:
    following = reader.tokens[reader.position + 1 : reader.position + 2]
    return (
        not following
        or following[0].word in (",", ")", "(")
        or (following[0].word in ("precision", "varying") and len(following) == 1)
    )


def _argument_name(reader: Reader) -> str:
    return reader.next().text.lower()


# --- functions -------------------------------------------------------------------------------------------------------
@command("create function", "create or replace function")
def create_function(sql: str, session: Session) -> Plan:
    Generation.advance()
    return planned(session, lambda translate: Rewritten(_function(sql, translate)))


def _function(sql: str, translate: Translate) -> str:
    reader = Reader(sql)
    replace, name = _head(reader, "function")
    arguments = _arguments(reader)
    reader.expect("returns")
    returned = re.sub(r"\(.*\)", "", read_column_type(reader))
    body, volatility, language = "", "VOLATILE", ""
    while not reader.at_end():
        if reader.take("as"):
            body = reader.string()
        elif reader.take("language"):
            language = reader.name()
        else:
            found = reader.take_any("volatile", "stable", "immutable")
            if not found:
                raise reader.error()
            volatility = found.upper()
    if language == "plpythonu":
        raise python_ended()
    if language != "sql":
        raise RedshiftError("42704", f'language "{language}" does not exist')
    text = _cast_result(translate(body.strip().rstrip(";")), returned)
    return (
        f"CREATE{replace} FUNCTION {name}({arguments}) RETURNS {returned} LANGUAGE sql {volatility} AS {_dollars(text)}"
    )


def _cast_result(query: str, returned: str) -> str:
    return f"SELECT CAST(({query}) AS {returned})"


@command("drop procedure", "drop function")
def drop_program(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    Generation.advance()
    return PASS_THROUGH


@command("alter procedure", "alter function")
def alter_program(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    Generation.advance()
    return PASS_THROUGH


@command("call")
def call(sql: str, session: Session) -> Plan:
    """Arguments are expressions; what the procedure does may change any table."""
    Generation.advance()
    reader = Reader(sql)
    reader.expect("call")
    name = quote_names(reader.qualified_name()[-2:])
    arguments = reader.parenthesised().strip()
    reader.finish()

    def build(translate: Translate) -> Rewritten:
        if not arguments:
            return Rewritten(f"CALL {name}()")
        expressions = translate(f"SELECT {arguments}").removeprefix("SELECT ")
        return Rewritten(f"CALL {name}({_NAMED.sub('', expressions)})")

    return planned(session, build)
