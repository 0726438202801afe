"""Where statements end: at semicolons outside of quotes, comments, ``$$`` bodies and Snowflake Scripting blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""
      '(?:[^'\\]|\\.|'')*(?:'|\Z)        # text, with backslash escapes
    | "(?:[^"]|"")*(?:"|\Z)              # quoted name
    | \$\$.*?(?:\$\$|\Z)                 # dollar-quoted body
    | --[^\n]* | //[^\n]*                # comments to the end of the line
    | /\*.*?(?:\*/|\Z)                   # block comment
    | [A-Za-z_][A-Za-z0-9_$]*            # word
    | ;
    """,
    re.VERBOSE | re.DOTALL,
)
_LOOP_WORDS = frozenset({"IF", "FOR", "WHILE", "LOOP", "REPEAT"})
_TRANSACTION_WORDS = frozenset({"TRANSACTION", "WORK", "NAME"})


def split_statements(sql: str) -> list[str]:
    """The statements of ``sql`` without their semicolons; empty ones (blank or comment only) are left out."""
    return [sql[start:end].strip() for start, end in spans(sql)]


def spans(sql: str) -> Iterator[tuple[int, int]]:
    """Start and end of each statement, with the white space around it."""
    start, depth, empty, scripting = 0, 0, True, _Scripting()
    for match in _TOKEN.finditer(sql):
        token = match.group()
        if token == ";":  # noqa: S105 - not a secret
            if scripting.inside and depth + scripting.pending > 0:
                scripting.semicolon()
                continue
            if not empty or _has_text(sql, start, match.start()):
                yield start, match.start()
            start, depth, empty, scripting = match.end(), 0, True, _Scripting()
            continue
        if token[0] in "-/" and token[1:2] in ("-", "/", "*"):
            continue
        empty = False
        if token[0].isalpha():
            depth = scripting.word(token.upper(), depth, _next_word(sql, match.end()))
    if not empty or _has_text(sql, start, len(sql)):
        yield start, len(sql)


_COMMENT = re.compile(r"--[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)


def _has_text(sql: str, start: int, end: int) -> bool:
    return bool(_COMMENT.sub("", sql[start:end]).strip())


_WORD_AFTER = re.compile(r"\s*([A-Za-z_]+|;|\Z)")


def _next_word(sql: str, position: int) -> str:
    match = _WORD_AFTER.match(sql, position)
    return match.group(1).upper() if match else "("


class _Scripting:
    """Follows the nesting of BEGIN … END within one statement.

    A statement is a block when it starts with DECLARE, or with BEGIN that begins no transaction, or when such
    a block is the unquoted body of CREATE PROCEDURE. Within a block, END closes BEGIN and CASE; END IF, END LOOP and
    their like close what opened without being counted.
    """

    def __init__(self) -> None:
        self.inside = False
        self.pending = 0
        self._first: str | None = None
        self._previous = ""
        self._skip_word = False

    def semicolon(self) -> None:
        self._previous = ";"

    def word(self, word: str, depth: int, following: str) -> int:
        """The depth after ``word``."""
        first = self._first is None
        if first:
            self._first = word
        previous, self._previous = self._previous, word
        if previous == "END" and (word in _LOOP_WORDS or word == "CASE"):
            return depth
        if word == "DECLARE" and (first or previous == "AS"):
            self.inside, self.pending = True, 1
            return depth
        if word == "BEGIN" and self._opens_block(first, previous, following):
            self.inside, self.pending = True, 0
            return depth + 1
        if not self.inside:
            return depth
        if word == "CASE":
            return depth + 1
        if word == "END" and following not in _LOOP_WORDS:
            return depth - 1
        return depth

    def _opens_block(self, first: bool, previous: str, following: str) -> bool:
        if following in _TRANSACTION_WORDS or following in (";", ""):
            return False
        return self.inside or first or (self._first in ("CREATE", "ALTER") and previous == "AS")
