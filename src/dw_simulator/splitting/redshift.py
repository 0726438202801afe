"""Splits a script into statements at top-level semicolons: aware of quotes, dollar quotes and comments.

It does not know blocks (BEGIN … END): in Redshift those only occur inside dollar quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

_SPECIAL = re.compile(r"""['";]|--|/\*|\$(?:[A-Za-z_\x80-\U0010ffff][\w\x80-\U0010ffff]*)?\$""")
_STRING = re.compile(r"'(?:[^']|'')*(?:'|\Z)", re.S)
_ESCAPE_STRING = re.compile(r"'(?:[^'\\]|''|\\.)*(?:'|\Z)", re.S)
_IDENTIFIER = re.compile(r'"(?:[^"]|"")*(?:"|\Z)', re.S)
_LINE_END = re.compile(r"\n|\Z")
_COMMENT_MARK = re.compile(r"/\*|\*/")
# Possessive: what has been matched is never tried another way, which would take exponential time.
_BLANK = re.compile(r"(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?\*/)++\Z", re.S)


def split(sql: str, *, backslash_escapes: bool = False) -> list[str]:
    """The statements of ``sql``, without semicolons and surrounding white space; those with nothing to run left out.

    ``backslash_escapes``: a backslash escapes in every string, as in Redshift, not only in E'…'. An unfinished quote or
    comment reaches to the end: the server that gets the statement reports it.
    """
    if ";" not in sql:
        stripped = sql.strip()
        return [stripped] if stripped and not _is_blank(stripped) else []
    if sql.find(";") == len(sql) - 1 and not _has_quotes(sql):
        stripped = sql[:-1].strip()
        return [stripped] if stripped else []
    return list(_split(sql, backslash_escapes)) if len(sql) < 100_000 else list(_cut(sql, backslash_escapes))


def _has_quotes(sql: str) -> bool:
    """Whether there may be quotes or comments: quicker than a pattern, for what most clients send."""
    return "'" in sql or '"' in sql or "$" in sql or "--" in sql or "/*" in sql


@lru_cache(2048)
def _split(sql: str, backslash_escapes: bool) -> tuple[str, ...]:
    return tuple(_cut(sql, backslash_escapes))


def _cut(sql: str, backslash_escapes: bool) -> list[str]:
    return [sql[start:end] for start, end in spans(sql, backslash_escapes=backslash_escapes)]


def spans(sql: str, *, backslash_escapes: bool = False) -> Iterator[tuple[int, int]]:
    """Start and end of each statement that :func:`split` gives."""
    start = 0
    for end in _separators(sql, backslash_escapes):
        piece = sql[start:end]
        statement = piece.strip()
        if statement and not _is_blank(statement):
            begin = start + len(piece) - len(piece.lstrip())
            yield begin, begin + len(statement)
        start = end + 1


def _is_blank(statement: str) -> bool:
    """Whether it is only comments."""
    return statement[0] in "-/" and _BLANK.match(statement) is not None


def _separators(sql: str, backslash_escapes: bool) -> list[int]:
    """Where the top-level semicolons are, and the end."""
    found = []
    position = 0
    while match := _SPECIAL.search(sql, position):
        mark = match.group()
        at = match.start()
        if mark == ";":
            found.append(at)
            position = match.end()
        elif mark == "'":
            position = _after_string(sql, at, backslash_escapes)
        elif mark == '"':
            position = _end(_IDENTIFIER.match(sql, at), sql)
        elif mark == "--":
            position = _end(_LINE_END.search(sql, at), sql)
        elif mark == "/*":
            position = _after_comment(sql, match.end())
        else:
            position = _after_dollar(sql, at, mark)
    return [*found, len(sql)]


def _end(match: re.Match[str] | None, sql: str) -> int:
    return match.end() if match else len(sql)


def _after_string(sql: str, at: int, backslash_escapes: bool) -> int:
    is_escape_string = at > 0 and sql[at - 1] in "eE" and not _in_word(sql, at - 1)
    pattern = _ESCAPE_STRING if backslash_escapes or is_escape_string else _STRING
    return _end(pattern.match(sql, at), sql)


def _in_word(sql: str, at: int) -> bool:
    return at > 0 and (sql[at - 1].isalnum() or sql[at - 1] in "_$")


def _after_comment(sql: str, position: int) -> int:
    depth = 1
    while depth:
        match = _COMMENT_MARK.search(sql, position)
        if match is None:
            return len(sql)
        depth += 1 if match.group() == "/*" else -1
        position = match.end()
    return position


def _after_dollar(sql: str, at: int, mark: str) -> int:
    if _in_word(sql, at):
        return at + 1
    end = sql.find(mark, at + len(mark))
    return len(sql) if end < 0 else end + len(mark)
