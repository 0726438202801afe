"""Identifiers in DDL: how each dialect reads quoted and plain names."""

from __future__ import annotations

import re

from dw_simulator.schema.importers.sql.drafts import Report
from dw_simulator.schema.importers.sql.tokens import Stream, Token
from dw_simulator.schema.model import Dialect
from dw_simulator.schema.reserved import SYSTEM_TITLES, Kind, reserved_in

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")


def read_name(stream: Stream, what: str) -> Token:
    token = stream.peek()
    if token.kind not in ("word", "quoted"):
        stream.fail(f"expected the name of a {what}")
    return stream.take()


def read_qualified(stream: Stream, what: str) -> list[Token]:
    """``database.schema.name`` as tokens; the last is the name."""
    parts = [read_name(stream, what)]
    while stream.accept_symbol("."):
        parts.append(read_name(stream, what))
    return parts


def needs_quotes(token: Token, dialect: Dialect, kind: Kind) -> bool:
    """Whether the name can only be written in quotes.

    Redshift folds quoted names too, so quotes around a plain name mean nothing there (page "Names and identifiers");
    in Snowflake a quoted name is plain only if it is in upper case (page "Identifier requirements").
    """
    if token.kind != "quoted":
        return False
    if not _PLAIN.fullmatch(token.text) or reserved_in(token.text, kind, (dialect,)):
        return True
    return dialect is Dialect.SNOWFLAKE and token.text != token.text.upper()


def check_not_reserved(token: Token, dialect: Dialect, kind: Kind, report: Report) -> None:
    """A reserved word without quotes, which the warehouse would refuse."""
    if token.kind == "word" and reserved_in(token.text, kind, (dialect,)):
        report(
            f"{kind} name {token.text!r} is a reserved word in {SYSTEM_TITLES[dialect]}",
            token,
            f'write it in double quotes, here and in queries: "{token.text}"',
        )


def read_names(stream: Stream, what: str) -> list[str]:
    """``(a, b, c)``"""
    stream.expect_symbol("(", f"before the names of the {what}s")
    names = [read_name(stream, what).text]
    while stream.accept_symbol(","):
        names.append(read_name(stream, what).text)
    stream.expect_symbol(")", f"after the names of the {what}s")
    return names
