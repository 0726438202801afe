"""How statements are read (Redshift) and written (the backend's PostgreSQL).

Function calls stay as they were written (`exp.Anonymous`): sqlglot's own function classes normalise arguments for many
warehouses at once and lose what differs (date units, argument order, return types). sqlglot's parser classes are
compiled and cannot be extended, so the names it knows are marked in the token stream, and the mark is taken off the
text that comes out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import ErrorLevel, exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.dialects.redshift import Redshift
from sqlglot.errors import ParseError, TokenError, UnsupportedError
from sqlglot.parsers.redshift import RedshiftParser
from sqlglot.tokenizer_core import Token, TokenType

from dw_simulator.emulators.redshift.errors import RedshiftError, UnsupportedFeatureError, syntax_error
from dw_simulator.emulators.redshift.translation.marks import conditional_commas, object_transforms, operators
from dw_simulator.emulators.redshift.translation.words import joined_at, plain_names

MARK = "_rsf_"
"""Prefix of a function name that the parser must not interpret."""

UNPIVOT_MARK = "_rsu_"
"""Prefix of the head of a path that is unpivoted (``FROM t, UNPIVOT t.obj AS v AT k``)."""

# Words whose own syntax the parser has to read, and words that are types or clauses before they are functions.
_READ_BY_PARSER = frozenset(
    [
        "CAST",
        "EXTRACT",
        "OVERLAY",
        "POSITION",
        "SUBSTRING",
        "TRIM",
        "TRY_CAST",
        "CONVERT",
        "EXISTS",
        "ANY",
        "ALL",
        "SOME",
        "CASE",
        "VALUES",
        "IN",
        "AS",
        "CHAR",
        "VARCHAR",
        "NCHAR",
        "NVARCHAR",
        "DATE",
        "TIME",
        "TIMESTAMP",
        "TIMETZ",
        "TIMESTAMPTZ",
        "DATETIME",
        "INTERVAL",
        "DECIMAL",
        "NUMERIC",
        "FLOAT",
        "BPCHAR",
        "VARBYTE",
        "VARBINARY",
        "BINARY",
        "GEOMETRY",
        "GEOGRAPHY",
        "SUPER",
        "TEXT",
        "PRIMARY",
        "UNIQUE",
        "FILTER",
        "OVER",
        "INSERT",
        "SET",
        "MATCH",
        "STRUCT",
        "AND",
        "OR",
        "XOR",
        "LIKE",
        "GLOB",
        "UNNEST",
        "APPLY",
        "INT64",
        "STRING",
        "MAP",
        "LIST",
    ]
)
_EXTRA_FUNCTIONS = frozenset(["LEFT", "RIGHT", "REPLACE", "ARRAY", "OBJECT", "SIZE", "FORMAT", "LOG", "COUNT"])
MARKED_FUNCTIONS = frozenset(
    {*RedshiftParser.FUNCTIONS, *RedshiftParser.FUNCTION_PARSERS, *_EXTRA_FUNCTIONS} - _READ_BY_PARSER
)
_APPROXIMATED = frozenset(["COUNT", "PERCENTILE_DISC"])


class RedshiftSql(Redshift):
    """Redshift with the word lists of its documentation. A type that is not there is told of when it is translated."""

    SUPPORTS_USER_DEFINED_TYPES = True

    class Tokenizer(Redshift.Tokenizer):
        KEYWORDS = {
            word: token for word, token in Redshift.Tokenizer.KEYWORDS.items() if word not in ("USER", "MINUS")
        } | {"MINUS": TokenType.EXCEPT, "VALUES": TokenType.VALUES}


_SOURCE = RedshiftSql()
_TARGET = Postgres()


def _copy(token: Token, text: str, token_type: TokenType = TokenType.VAR) -> Token:
    return Token(token_type, text, token.line, token.col, token.start, token.end, token.comments)


def _without_schema_of_types(tokens: list[Token]) -> Iterator[Token]:
    """``x::pg_catalog.regtype``, ``CAST(x AS pg_catalog.text)``: the parser knows no schema of a type."""
    skip = 0
    for position, token in enumerate(tokens):
        if skip:
            skip -= 1
            continue
        yield token
        following = [item.text.lower() for item in tokens[position + 1 : position + 3]]
        if token.token_type in (TokenType.DCOLON, TokenType.ALIAS) and following == ["pg_catalog", "."]:
            skip = 2


_INTERVAL_UNITS = frozenset(
    [
        "year",
        "years",
        "month",
        "months",
        "week",
        "weeks",
        "day",
        "days",
        "hour",
        "hours",
        "minute",
        "minutes",
        "second",
        "seconds",
        "millisecond",
        "milliseconds",
        "microsecond",
        "microseconds",
        "quarter",
        "quarters",
        "decade",
        "decades",
        "century",
        "centuries",
        "millennium",
        "millennia",
    ]
)


def _plain_intervals(tokens: list[Token]) -> Iterator[Token]:
    """``interval '1 day'`` and ``interval '1 2:03' day to minute`` as casts.

    The parser takes what follows the first for more of the interval, and the number in the string for all of it.
    """
    skip = 0
    for position, token in enumerate(tokens):
        if skip:
            skip -= 1
            continue
        following = tokens[position + 1 : position + 5]
        if token.token_type != TokenType.INTERVAL or not following or following[0].token_type != TokenType.STRING:
            yield token
            continue
        unit, between, _ = [item.text.lower() for item in following[1:]] + [""] * (4 - len(following))
        span = following[1:] if unit in _INTERVAL_UNITS and between == "to" else []
        if unit in _INTERVAL_UNITS and not span:
            yield token
            continue
        # Not with "::": the parser would take a name that follows, an alias, for the unit.
        yield _copy(token, "CAST", TokenType.VAR)
        yield _copy(token, "(", TokenType.L_PAREN)
        yield following[0]
        yield _copy(token, "AS", TokenType.ALIAS)
        yield token
        yield from span
        yield _copy(token, ")", TokenType.R_PAREN)
        skip = 1 + len(span)


def _is_subquery(tokens: list[Token], position: int) -> bool:
    """``ARRAY (SELECT …)``, which is PostgreSQL's constructor in catalog queries."""
    inner = tokens[position + 2] if position + 2 < len(tokens) else None
    return tokens[position].text.upper() == "ARRAY" and inner is not None and inner.token_type == TokenType.SELECT


def _marked(tokens: list[Token]) -> Iterator[Token]:
    unpivoting = False
    for position, token in enumerate(tokens):
        word = token.text.upper()
        following = tokens[position + 1] if position + 1 < len(tokens) else None
        if token.token_type in (TokenType.STRING, TokenType.IDENTIFIER, TokenType.NUMBER):
            yield token
        elif word == "APPROXIMATE" and following is not None and following.text.upper() in _APPROXIMATED:
            continue  # the exact function answers
        elif word == "SYSDATE":
            yield _copy(token, MARK + "sysdate")
            yield _copy(token, "(", TokenType.L_PAREN)
            yield _copy(token, ")", TokenType.R_PAREN)
        elif word == "UNPIVOT" and following is not None and following.token_type != TokenType.L_PAREN:
            unpivoting = following.text.upper() not in ("INCLUDE", "EXCLUDE")
            if not unpivoting:
                yield token
        elif unpivoting:
            unpivoting = False
            yield _copy(token, UNPIVOT_MARK + token.text)
        elif (
            following is not None
            and following.token_type == TokenType.L_PAREN
            and word in MARKED_FUNCTIONS
            and not _is_subquery(tokens, position)
        ):
            yield _copy(token, MARK + token.text.lower())
        else:
            yield token


_PARAMETER = re.compile(r"""'(?:[^'\\]|''|\\.)*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|\$(?P<number>\d+)""", re.S)
_STAND_IN = re.compile(r"_rsp_(\d+)_")


def _with_stand_ins(sql: str) -> str:
    """Bound parameters as names: the tokenizer would take ``$1, $`` for the start of a dollar-quoted string."""
    if "$" not in sql:
        return sql
    return _PARAMETER.sub(lambda match: f"_rsp_{match['number']}_" if match["number"] else match[0], sql)


def tokenize(sql: str) -> list[Token]:
    try:
        return _SOURCE.tokenize(_with_stand_ins(sql))
    except TokenError as error:
        raise RedshiftError("42601", f"syntax error: {error}") from error


_STEPS = (
    plain_names,
    _without_schema_of_types,
    _plain_intervals,
    object_transforms,
    operators,
    joined_at,
    conditional_commas,
    _marked,
)


def parse(sql: str) -> exp.Expr:
    """The tree of one statement.

    Raises:
        RedshiftError: 42601 at the place where the statement stops making sense.
    """
    merge = _remove_duplicates(sql)
    if merge is not None:
        return merge
    tokens = tokenize(sql)
    for step in _STEPS:
        tokens = list(step(tokens))
    try:
        trees = _SOURCE.parser(error_level=ErrorLevel.IMMEDIATE).parse(tokens, _with_stand_ins(sql))
    except ParseError as error:
        raise _syntax_error(error, sql) from error
    statements = [tree for tree in trees if tree is not None]
    if len(statements) != 1:
        raise RedshiftError("42601", "cannot insert multiple commands into a prepared statement")
    return statements[0]


_DUPLICATES = re.compile(r"\s*merge\s.*\bremove\s+duplicates\s*\Z", re.I | re.S)
_DUPLICATES_WORDS = re.compile(r"\bremove\s+duplicates\s*\Z", re.I)


def _remove_duplicates(sql: str) -> exp.Expr | None:
    """MERGE … REMOVE DUPLICATES ("MERGE"): matched rows go, then every distinct row of the source comes in."""
    if not _DUPLICATES.match(sql):
        return None
    merge = parse(_DUPLICATES_WORDS.sub("WHEN MATCHED THEN DELETE", sql))
    target, source = merge.this, merge.args["using"]
    name = target.copy()
    name.set("alias", None)
    gone = exp.Delete(this=target.copy(), using=[source.copy()], where=exp.Where(this=merge.args["on"].copy()))
    rows = exp.Select(expressions=[exp.Star()], distinct=exp.Distinct(), from_=exp.From(this=source.copy()))
    cte = exp.CTE(this=gone, alias=exp.TableAlias(this=exp.to_identifier("_rs_gone")))
    return exp.Insert(this=name, expression=rows, with_=exp.With(expressions=[cte]))


def _syntax_error(error: ParseError, sql: str) -> RedshiftError:
    place = error.errors[0] if error.errors else {}
    word = str(place.get("highlight") or "")
    before = len(str(place.get("start_context") or ""))
    position = sql.find(word, max(0, before - 1)) + 1 if word else None
    return syntax_error(word.replace(MARK, "") or "end of input", position or None)


def generate(tree: exp.Expr) -> str:
    """SQL of the backend for a translated tree.

    Raises:
        UnsupportedFeatureError: the tree still holds something that PostgreSQL has no words for.
    """
    try:
        text: str = _TARGET.generate(
            tree, unsupported_level=ErrorLevel.RAISE, comments=False, normalize_functions=False
        )
    except UnsupportedError as error:
        raise UnsupportedFeatureError(str(error)) from error
    return _STAND_IN.sub(r"$\1", text.replace(MARK, ""))
