"""Statements that the SQL API does not run. Vendor page: "Snowflake SQL API", limitations."""

from __future__ import annotations

from collections.abc import Iterator

from dw_simulator.emulators.snowflake import errors, several
from dw_simulator.emulators.snowflake.translation.lexer import END, Token, tokenize

_TRANSFERS = frozenset({"PUT", "GET"})
_TRANSACTIONS = frozenset({"COMMIT", "ROLLBACK", "USE", "SET", "UNSET"})
_BEGINS = frozenset({"TRANSACTION", "WORK", "NAME", ";"})
_TEMPORARY = frozenset({"TEMP", "TEMPORARY", "VOLATILE"})


def check(sql: str, *, several_statements: bool) -> None:
    """Raises SnowflakeError 000002: the API does not take a statement, or only among several."""
    statements = several.split(sql)
    for statement in statements:
        words = _words(statement.sql)
        first = next(words, "")
        if first in _TRANSFERS:
            raise errors.UNSUPPORTED_FEATURE(f"{first} in the SQL API")
        kind = "" if several_statements or len(statements) > 1 else _of_a_session(first, words)
        if kind:
            raise errors.UNSUPPORTED_FEATURE(f"{kind} in a request of the SQL API that has no other statement")


def _words(sql: str) -> Iterator[str]:
    """The first tokens of a statement; a text that cannot be read has none, and fails where it is run."""
    try:
        tokens: list[Token] = tokenize(sql[:200])
    except errors.SnowflakeError:
        return
    yield from (token.value for token in tokens if token.kind != END)


def _of_a_session(first: str, rest: Iterator[str]) -> str:
    """What the statement is, if it makes sense within a session only: a request of one statement has none."""
    if first in _TRANSACTIONS:
        return first
    second = next(rest, ";")
    if (first == "BEGIN" and second in _BEGINS) or (first, second) in (("START", "TRANSACTION"), ("ALTER", "SESSION")):
        return f"{first} {second}".rstrip(" ;")
    if first == "CREATE":
        if second == "OR":
            next(rest, "")
            second = next(rest, "")
        while second in ("LOCAL", "GLOBAL"):
            second = next(rest, "")
        kind = next(rest, "")
        if second in _TEMPORARY and kind in ("TABLE", "STAGE"):
            return f"CREATE {second} {kind}"
    return ""
