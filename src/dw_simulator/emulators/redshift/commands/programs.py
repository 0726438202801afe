"""Stored procedures, user-defined functions and CALL."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from itertools import pairwise

from dw_simulator.emulators.redshift.commands.lexer import Reader, quote_names
from dw_simulator.emulators.redshift.commands.plpgsql import translate_body
from dw_simulator.emulators.redshift.commands.registry import command
from dw_simulator.emulators.redshift.commands.tables import read_column_type
from dw_simulator.emulators.redshift.commands.translating import Generation, planned
from dw_simulator.emulators.redshift.commands.trapping import restructure
from dw_simulator.emulators.redshift.commands.types import PASS_THROUGH, Plan, Rewritten, Session
from dw_simulator.emulators.redshift.errors import RedshiftError, UnsupportedFeatureError, python_ended

_WITHOUT_EFFECT = frozenset(
    ("stored_proc_log_min_messages", "query_group", "wlm_query_slot_count", "enable_result_cache_for_session")
)
"""Redshift's own parameters that a procedure may set and that change nothing here."""
_WRITTEN = "/*dw_written:"
"""Begins the comment behind a body that has what was written, for SHOW PROCEDURE."""
Translate = Callable[[str], str]
_NAMED = re.compile(r' AS "[^"]*"(?=,|\Z)')
_MODES = ("in", "out", "inout")


@command("create procedure", "create or replace procedure")
def create_procedure(sql: str, session: Session) -> Plan:
    Generation.advance()
    _remember_outputs(sql, session)
    return planned(session, lambda translate: Rewritten(_procedure(sql, translate)))


def _remember_outputs(sql: str, session: Session) -> None:
    reader = Reader(sql)
    reader.expect("create")
    reader.take("or", "replace")
    reader.expect("procedure")
    name = reader.qualified_name()[-1]
    modes = [item.split(" ", 1)[0] for item in _arguments(reader)]
    session.backend.outputs.define(session.database, name, "".join(_LETTERS[mode] for mode in modes))


_LETTERS = {"IN": "i", "OUT": "o", "INOUT": "b"}
"""As in pg_proc.proargmodes."""


def _head(reader: Reader, kind: str) -> tuple[str, str]:
    reader.expect("create")
    replace = " OR REPLACE" if reader.take("or", "replace") else ""
    reader.expect(kind)
    return replace, quote_names(reader.qualified_name())


def _procedure(sql: str, translate: Translate) -> str:
    reader = Reader(sql)
    replace, name = _head(reader, "procedure")
    arguments = ", ".join(_arguments(reader))
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
            own = "dw." if parameter in _WITHOUT_EFFECT else ""  # as current_setting() sees Redshift's own
            options.append(f"SET {own}{parameter} TO {reader.next().text}")
        else:
            raise reader.error()
    # PostgreSQL ends no transaction in these.
    words = [token.word for token in Reader(body).tokens]
    may_commit = not options and ("exception", "when") not in pairwise(words)
    text = restructure(translate_body(body, translate, may_commit=may_commit), nonatomic=nonatomic)
    mode = "NONATOMIC" if nonatomic else ""
    text += f"\n{_WRITTEN}{mode}:{base64.b64encode(body.encode()).decode()}*/"
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


def _arguments(reader: Reader) -> list[str]:
    """The arguments for the backend: each with mode, name and type."""
    reader.expect("(")
    items: list[str] = []
    while not reader.take(")"):
        mode = reader.take_any(*_MODES)
        name = "" if _is_lone_type(reader) else _argument_name(reader)
        mode = mode or reader.take_any(*_MODES) or "in"
        type_name = re.sub(r"\(.*\)", "", read_column_type(reader))
        items.append(f"{mode.upper()} {name} {type_name}".replace("  ", " "))
        reader.take(",")
    return items


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
    arguments = ", ".join(_arguments(reader))
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
def alter_program(sql: str, session: Session) -> Plan:
    Generation.advance()
    reader = Reader(sql)
    reader.expect("alter")
    reader.take_any("procedure", "function")
    name = reader.qualified_name()[-1]
    reader.parenthesised()
    if reader.take("rename", "to"):
        session.backend.outputs.rename(session.database, name, reader.name())
    return PASS_THROUGH


@command("call")
def call(sql: str, session: Session) -> Plan:
    """Arguments are expressions; what the procedure does may change any table."""
    Generation.advance()
    reader = Reader(sql, database=session.database)
    reader.expect("call")
    name = reader.relation_name()
    arguments = _split(reader.parenthesised())
    reader.finish()

    modes = session.backend.outputs.of_call(session.database, name[-1], len(arguments))
    left = iter(arguments)
    given = ["NULL" if mode == "o" else next(left) for mode in modes] if modes else arguments

    def build(translate: Translate) -> Rewritten:
        expressions = translate(f"SELECT {', '.join(given)}").removeprefix("SELECT ") if given else ""
        return Rewritten(f"CALL {quote_names(name)}({_NAMED.sub('', expressions)})")

    return planned(session, build)


def _split(arguments: str) -> list[str]:
    """The arguments of a call, as written."""
    parts: list[str] = []
    depth = start = 0
    for token in Reader(arguments).tokens:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.word, 0)
        if depth == 0 and token.word == ",":
            parts.append(arguments[start : token.start].strip())
            start = token.end
    last = arguments[start:].strip()
    return [*parts, last] if parts or last else []
