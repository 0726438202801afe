"""The statements of a text that a user runs: where each begins, its kind, and whether it surely only reads."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from dw_simulator.schema import Warehouse
from dw_simulator.splitting import redshift, snowflake

_TEXT = r"'(?:[^']|'')*+'?"
_ESCAPED_TEXT = r"'(?:[^'\\]|\\.|'')*+'?"
_REST = r"""
    | "(?:[^"]|"")*+"?                   # quoted name
    | \$\$.*?(?:\$\$|\Z)                 # dollar-quoted text
    | --[^\n]*                           # comments
    | /\*.*?(?:\*/|\Z)
    | [^\W\d][\w$]*                      # word
    | [();]
"""
_TOKENS = {
    Warehouse.REDSHIFT: re.compile(_ESCAPED_TEXT + _REST, re.VERBOSE | re.DOTALL),
    Warehouse.SNOWFLAKE: re.compile(_ESCAPED_TEXT + _REST + r"| //[^\n]*", re.VERBOSE | re.DOTALL),
    Warehouse.SQLITE: re.compile(_TEXT + _REST + r"| `[^`]*+`? | \[[^]]*+\]?", re.VERBOSE | re.DOTALL),
}


class StatementKind(StrEnum):
    SELECT = "select"
    DDL = "ddl"
    DML = "dml"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; ``line`` and ``column`` (1-based) are where it begins in its text."""

    sql: str
    kind: StatementKind
    line: int
    column: int


_QUERIES = frozenset({"SELECT", "VALUES", "TABLE"})
_DML = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "UNLOAD", "REPLACE"})
_DDL = frozenset({"CREATE", "ALTER", "DROP", "UNDROP", "TRUNCATE", "COMMENT", "GRANT", "REVOKE"})
_READING = _QUERIES | {"SHOW", "DESC", "DESCRIBE", "EXPLAIN", "LIST", "LS", "WITH"}
_CHANGING = (_DML | _DDL | {"INTO", "CALL", "EXECUTE", "SET_CONFIG"}) - {"COMMENT", "REPLACE"}
"""Words that a statement which only reads does not have outside of quotes. REPLACE is also a function."""
_FILES = frozenset({"PUT", "GET"})


def statements_of(text: str, warehouse: Warehouse) -> list[Statement]:
    """The statements of ``text`` in their order; blank ones and comments alone are left out."""
    found = []
    line, seen = 1, 0
    for start, end in _spans(text, warehouse):
        line += text.count("\n", seen, start)
        seen = start
        sql = text[start:end]
        column = start - (text.rfind("\n", 0, start) + 1) + 1
        found.append(Statement(sql, kind_of(sql, warehouse), line, column))
    return found


def _spans(text: str, warehouse: Warehouse) -> Iterator[tuple[int, int]]:
    match warehouse:
        case Warehouse.REDSHIFT:
            yield from redshift.spans(text, backslash_escapes=True)
        case Warehouse.SNOWFLAKE:
            for start, end in snowflake.spans(text):
                piece = text[start:end]
                begin = start + len(piece) - len(piece.lstrip())
                yield begin, begin + len(piece.strip())
        case Warehouse.SQLITE:
            yield from _sqlite_spans(text)


def _sqlite_spans(text: str) -> Iterator[tuple[int, int]]:
    """A piece that SQLite does not hold for complete (the body of a trigger) goes on behind its semicolon."""
    begin: int | None = None
    end = 0
    for start, end in redshift.spans(text):
        begin = start if begin is None else begin
        if sqlite3.complete_statement(text[begin:end] + ";"):
            yield begin, end
            begin = None
    if begin is not None:
        yield begin, end


def words_of(sql: str, warehouse: Warehouse) -> Iterator[tuple[str, int]]:
    """The words outside of quotes and comments, in capitals, each with how many parentheses are open around it."""
    depth = 0
    for found in _TOKENS[warehouse].finditer(sql):
        token = found[0]
        if token == "(":  # noqa: S105 - not a secret
            depth += 1
        elif token == ")":  # noqa: S105 - not a secret
            depth -= 1
        elif token[0].isalpha() or token[0] == "_":
            yield token.upper(), depth


def kind_of(sql: str, warehouse: Warehouse) -> StatementKind:
    """What kind of statement it is. SELECT … INTO makes a table; WITH is what its last part is."""
    words = words_of(sql, warehouse)
    first = next(words, ("", 0))[0]
    if first == "WITH":
        first = next((word for word, depth in words if depth == 0 and word in _QUERIES | _DML), "")
    if first in _DML:
        return StatementKind.DML
    if first in _DDL:
        return StatementKind.DDL
    if first in _QUERIES:
        makes_table = warehouse is Warehouse.REDSHIFT and any(word == "INTO" and depth == 0 for word, depth in words)
        return StatementKind.DDL if makes_table else StatementKind.SELECT
    return StatementKind.OTHER


def only_reads(text: str, warehouse: Warehouse) -> bool:
    """Whether every statement surely changes nothing: neither tables nor the session it runs in."""
    return all(_only_reads(each.sql, warehouse) for each in statements_of(text, warehouse))


def _only_reads(sql: str, warehouse: Warehouse) -> bool:
    words = words_of(sql, warehouse)
    return next(words, ("", 0))[0] in _READING and not any(word in _CHANGING for word, _ in words)


def moves_files(sql: str, warehouse: Warehouse) -> bool:
    """Whether it is one of Snowflake's commands that read or write files where the client runs."""
    return warehouse is Warehouse.SNOWFLAKE and next(words_of(sql, warehouse), ("", 0))[0] in _FILES


def is_ordered(sql: str, warehouse: Warehouse) -> bool:
    """Whether the rows come in an order: there is an ORDER BY outside of parentheses."""
    top = [word for word, depth in words_of(sql, warehouse) if depth == 0]
    return ("ORDER", "BY") in pairwise(top)
