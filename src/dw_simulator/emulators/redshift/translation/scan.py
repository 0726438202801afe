"""A cheap look at a statement before it is parsed: is it plain, and what is its template?

Plain statements mean the same to the backend and pass untouched. A template is the statement with its literals
taken out; the translation of one serves all statements that differ in literals only.
"""

from __future__ import annotations

import re

from dw_simulator.emulators.redshift.translation.words import BACKEND_RESERVED

_TOKEN = re.compile(
    r"""(?P<blank>\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/)
    |(?P<string>'(?:[^'\\]|'')*')
    |(?P<number>(?<![\w$"])\d+(?:\.\d+)?(?![\w.]))
    |(?P<word>[A-Za-z_\x80-\U0010ffff][\w$\x80-\U0010ffff]*)
    |(?P<parameter>\$\d+)
    |(?P<symbol>[(),;=<>*.]|<=|>=|<>)
    |(?P<other>.)""",
    re.S | re.X,
)
LITERAL = r"""([\d'](?:(?<=')(?:[^']|'')*'|(?<=\d)(?<![\w$].)\d*(?:\.\d+)?(?![\w.])))"""
"""A literal in a statement that is not `_INTRICATE`. With its first character first it is found in half the time."""
_LITERAL = re.compile(LITERAL)
_INTRICATE = re.compile(r"""["\\]|--|/\*|[^\x00-\x7f]""")
"""Where a literal can only be told from what is none by looking at each token."""
_DELETE_FROM = re.compile(r"delete\s+from\b", re.I)
_PLAIN_WORDS = frozenset(
    [
        "select",
        "from",
        "where",
        "and",
        "or",
        "not",
        "in",
        "is",
        "null",
        "between",
        "order",
        "by",
        "limit",
        "offset",
        "asc",
        "desc",
        "insert",
        "into",
        "values",
        "update",
        "set",
        "delete",
        "true",
        "false",
        "default",
        "distinct",
        "count",
        "sum",
        "min",
        "max",
    ]
)
_FUNCTIONS = frozenset(["count", "sum", "min", "max"])
_COMPARISONS = frozenset(["<", ">", "=", "<=", ">=", "<>"])
_BEFORE_PARENTHESIS = _FUNCTIONS | frozenset(["in", "values", "and", "or", "not", "where", "by", "select"])
CATALOG_PREFIXES = ("pg_", "svv_", "svl_", "stl_", "stv_", "sys_", "svcs_", "information_schema")
"""How names of catalog tables and system views begin."""
_REFUSED_WORDS = frozenset(
    [
        "current_aws_account",
        "current_namespace",
        "current_user_id",
        "current_session_arn",
        "sysdate",
        "user",
        "minus",
        "super",
        "top",
        "qualify",
        "level",
        *BACKEND_RESERVED,
    ]
)


def is_plain(sql: str) -> bool:
    """Whether every word of ``sql`` is one that both read alike, or a name that stands where names are simple.

    It errs on the safe side: no aliases (they may be lateral), no dots (they may navigate), no operators but
    comparisons, and these not with subqueries.
    """
    previous = before = ""
    in_target = sql[:6].lower() == "insert"
    if sql[:6].lower() == "delete" and not _DELETE_FROM.match(sql):
        return False
    for match in _TOKEN.finditer(sql):
        kind = match.lastgroup
        if kind == "blank":
            continue
        text = match.group()
        if kind == "other" or (kind == "symbol" and text in ".;"):
            return False
        if kind == "word":
            word = text.lower()
            if word not in _PLAIN_WORDS:
                if (
                    previous in ("name", "literal", ")", "*")
                    or word in _REFUSED_WORDS
                    or word.startswith(CATALOG_PREFIXES)
                ):
                    return False
                word = "name"
            elif (previous == "name" and word in _FUNCTIONS) or (word == "select" and before in _COMPARISONS):
                return False
            previous = word
            in_target = in_target and word not in ("values", "select")
        elif text == "(":
            if previous == "name" and not in_target:
                return False
            before, previous = previous, text
        else:
            previous = "literal" if kind in ("string", "number") else text
    return True


class Template:
    """A statement without its literals. ``key`` is what identifies it, ``literals`` are the texts taken out."""

    __slots__ = ("key", "literals")

    def __init__(self, sql: str) -> None:
        if _INTRICATE.search(sql) is None:
            parts = _LITERAL.split(sql)
            self.literals = tuple(parts[1::2])
            parts[1::2] = [_mark(literal) for literal in self.literals]
            self.key = "".join(parts)
        else:
            self._look_at_each_token(sql)

    def _look_at_each_token(self, sql: str) -> None:
        literals: list[str] = []
        parts: list[str] = []
        for match in _TOKEN.finditer(sql):
            kind = match.lastgroup
            if kind in ("string", "number"):
                literals.append(match.group())
                parts.append(_mark(match.group()))
            else:
                parts.append(match.group())
        self.key = "".join(parts)
        self.literals = tuple(literals)

    def with_literals(self, literals: tuple[str, ...]) -> str:
        values = iter(literals)
        return re.sub("\0[snd]", lambda _: next(values), self.key)


def _mark(literal: str) -> str:
    """What stands for a literal in a template's key: its kind decides how the statement is read."""
    return "\0s" if literal[0] == "'" else "\0d" if "." in literal else "\0n"
