"""Requests of several statements (MULTI_STATEMENT_COUNT). Vendor page: "Execute multiple statements in one request"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.interfaces import Bind
from dw_simulator.emulators.snowflake.translation.lexer import OP, tokenize
from dw_simulator.splitting.snowflake import spans

SHOWN_CHARACTERS = 30
"""How much of a statement the message of its failure shows."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One of the statements of a request, and where it starts there: the line from 1, the position in it from 0."""

    sql: str
    line: int
    position: int


def split(text: str) -> list[Statement]:
    """The statements of a request without their semicolons; empty ones are left out."""
    found = []
    for start, end in spans(text):
        sql = text[start:end]
        at = start + len(sql) - len(sql.lstrip())
        line = text.count("\n", 0, at) + 1
        found.append(Statement(sql.strip(), line, at - (text.rfind("\n", 0, at) + 1)))
    return found


def with_binds(
    statements: Sequence[Statement], binds: Sequence[Bind] | None
) -> Iterator[tuple[Statement, Sequence[Bind] | None]]:
    """The statements with the values of their placeholders: each ``?`` of a request takes the next one; ``:1`` names
    one by its position in the whole request.
    """
    taken = 0
    for statement in statements:
        count = sum(token.kind == OP and token.value == "?" for token in tokenize(statement.sql)) if binds else 0
        if binds and count:
            own = binds[taken : taken + count]
            taken += count
            yield statement, [replace(bind, name=str(number)) for number, bind in enumerate(own, 1)]
        else:
            yield statement, binds


def failure(statement: Statement, error: SnowflakeError) -> SnowflakeError:
    """What the request fails with when one of its statements does. One that was cancelled is told as it is."""
    if error.errno in (errors.CANCELLED.errno, errors.TIMEOUT.errno):
        return error
    shown = statement.sql
    if len(shown) > SHOWN_CHARACTERS:
        shown = f"{shown[:SHOWN_CHARACTERS]}..."
    return errors.SEVERAL_FAILED(shown, statement.line, statement.position, error.message)
