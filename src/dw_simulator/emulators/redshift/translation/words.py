"""Words that are plain names in Redshift, but begin some syntax for the parser or for PostgreSQL.

Redshift reserves fewer words than either ("Reserved words",
https://docs.aws.amazon.com/redshift/latest/dg/r_pg_keywords.html). Such a word becomes a quoted name before the parser
sees it, except where the syntax that it begins is one of Redshift's, or of the catalog queries of drivers, and is what
is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from sqlglot.parsers.redshift import RedshiftParser
from sqlglot.tokenizer_core import Token, TokenType

AT_MARK = "_rsat_"
"""Joins the alias of an unnested value with the alias of its index (``c.orders AS o AT i``) into one alias."""

BACKEND_RESERVED = frozenset(
    [
        "asymmetric",
        "collation",
        "concurrently",
        "fetch",
        "lateral",
        "returning",
        "symmetric",
        "system_user",
        "tablesample",
        "variadic",
        "window",
    ]
)
"""Words that PostgreSQL reserves and Redshift does not."""

_COMMANDS = frozenset(["alter", "describe", "drop", "revoke", "rollback", "uncache"])
_OPERATORS = frozenset(["glob", "partitioned_by", "regexp", "rlike", "xor"])
_CLAUSES = frozenset(["cube", "function", "if", "insert", "lock", "qualify", "recursive", "rollup", "values"])
_TYPES = frozenset(["list", "map", "nullable", "object", "range", "struct"])
"""The parser takes ``<`` after them for the start of what the type holds."""

NAMES = BACKEND_RESERVED | _COMMANDS | _OPERATORS | _CLAUSES | _TYPES

_BEFORE_TABLE = frozenset([TokenType.FROM, TokenType.JOIN, TokenType.INTO, TokenType.UPDATE, TokenType.TABLE])
_AFTER_NAME = frozenset(
    [
        TokenType.COMMA,
        TokenType.R_PAREN,
        TokenType.DOT,
        TokenType.DCOLON,
        TokenType.ALIAS,
        TokenType.FROM,
        TokenType.ORDER_BY,
        TokenType.GROUP_BY,
        TokenType.EQ,
        TokenType.NEQ,
        TokenType.LT,
        TokenType.LTE,
        TokenType.GT,
        TokenType.GTE,
        TokenType.PLUS,
        TokenType.DASH,
        TokenType.STAR,
        TokenType.SLASH,
        TokenType.ASC,
        TokenType.DESC,
        TokenType.IS,
        TokenType.IN,
        TokenType.AND,
        TokenType.OR,
        TokenType.WHERE,
        TokenType.HAVING,
        TokenType.SET,
        TokenType.LIMIT,
    ]
)
"""What can follow a name, but not the word of a clause."""


class Place(NamedTuple):
    """Where a word stands: the token before it, and the two that follow it."""

    before: Token
    following: Token | None
    then: Token | None


def _word(token: Token | None) -> str:
    return token.text.lower() if token is not None else ""


def _is(token: Token | None, *types: TokenType) -> bool:
    return token is not None and token.token_type in types


def _ends_a_name(token: Token | None) -> bool:
    return _is(token, *_AFTER_NAME)


def _calls(place: Place) -> bool:
    return _is(place.following, TokenType.VAR) and _is(place.then, TokenType.L_PAREN)


_FRAME = ("unbounded", "current")
_SYNTAX: dict[str, Callable[[Place], bool]] = {
    "asymmetric": lambda place: _is(place.before, TokenType.BETWEEN),
    "symmetric": lambda place: _is(place.before, TokenType.BETWEEN),
    "collation": lambda place: _word(place.following) == "for",
    "fetch": lambda place: _word(place.following) in ("first", "next") and not _is(place.then, TokenType.FROM),
    "lateral": _calls,
    "tablesample": _calls,
    "window": lambda place: _is(place.then, TokenType.ALIAS) and not _ends_a_name(place.following),
    "insert": lambda place: _is(place.before, TokenType.THEN) or _is(place.following, TokenType.INTO),
    "qualify": lambda place: place.following is not None and not _ends_a_name(place.following),
    "recursive": lambda place: not _ends_a_name(place.following),
    "range": lambda place: _word(place.then if _is(place.following, TokenType.BETWEEN) else place.following) in _FRAME,
    "values": lambda place: not _is(place.before, *_BEFORE_TABLE) and not _is(place.following, TokenType.ALIAS),
}
"""Whether the word begins its syntax."""


def plain_names(tokens: list[Token]) -> Iterator[Token]:
    """The words of :data:`NAMES` as quoted names, where they are names."""
    for position, token in enumerate(tokens):
        word = token.text.lower()
        if word not in NAMES or not position or token.token_type in (TokenType.STRING, TokenType.IDENTIFIER):
            yield token
            continue
        following, then = (tokens[index] if index < len(tokens) else None for index in (position + 1, position + 2))
        place = Place(tokens[position - 1], following, then)
        opens = _is(following, TokenType.L_PAREN) and not _is(place.before, TokenType.INTO)
        is_syntax = _SYNTAX.get(word)
        if opens or (is_syntax is not None and is_syntax(place)):
            yield token
        else:
            yield Token(TokenType.IDENTIFIER, word, token.line, token.col, token.start, token.end, token.comments)


def joined_at(tokens: list[Token]) -> Iterator[Token]:
    """``alias AT index`` as one token; ``AT TIME ZONE`` stays, and so does a name ``at``."""
    skip = 0
    for position, token in enumerate(tokens):
        if skip:
            skip -= 1
            continue
        following = tokens[position + 1 : position + 3]
        if (
            position
            and len(following) == 2
            and following[0].token_type == TokenType.VAR
            and following[0].text.upper() == "AT"
            and following[1].text.upper() != "TIME"
            and {token.token_type, following[1].token_type} <= RedshiftParser.ID_VAR_TOKENS
        ):
            text = f"{token.text}{AT_MARK}{following[1].text}"
            yield Token(TokenType.VAR, text, token.line, token.col, token.start, token.end, token.comments)
            skip = 2
        else:
            yield token
