"""Masks what is secret in a statement that is kept or shown to others than the one who wrote it."""

from __future__ import annotations

import re

from dw_simulator.observability.logs import MASK

_NAMES = (
    r"password|passwd|passphrase|credentials|authorization|secret|secret_string|access_key_id|secret_access_key"
    r"|access_key|key_id|secret_key|symmetric_key|master_key|private_key|client_secret|token"
)
_NAME = re.compile(rf"\"?(?:\w+_)?(?:{_NAMES})\"?", re.IGNORECASE)
_TOKEN = re.compile(
    r"""
      (?P<text>'(?:[^'\\]|''|\\.)*+(?:'|\Z)|\$\$.*?(?:\$\$|\Z))
    | (?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))
    | (?P<word>"(?:[^"]|"")*+"?|[^\W\d]\w*)
    | (?P<between>=>|:=|=|:|\s+)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_IN_TEXT = re.compile(rf"(?P<name>\b(?:\w{{1,40}}_)?(?:{_NAMES})=)[^\s;'\"&,)]+", re.IGNORECASE)
"""``aws_secret_access_key=x`` within a text."""
_IN_URL = re.compile(r"(?P<name>\b[a-z][a-z0-9+.-]{0,20}://[^/\s:@']{0,200}:)[^@\s/']+(?=@)", re.IGNORECASE)
_DEEPEST = 3


def mask_sql(sql: str) -> str:
    """``sql`` with the texts behind the names of passwords, keys and tokens replaced by ``'****'``.

    ``PASSWORD 'x'``, ``AWS_SECRET_KEY = 'x'``, ``CREDENTIALS AS 'aws_iam_role=…'``, also within a text that is SQL
    itself, and keys and passwords within texts and URLs. Redshift guide, "Authorization parameters"; Snowflake
    reference, "CREATE STAGE", "CREATE USER", "CREATE SECRET". A comparison (``WHERE token = 'x'``) is masked as well.
    """
    return _masked(sql, 0)


def _masked(sql: str, depth: int) -> str:
    parts = []
    is_secret = False
    for found in _TOKEN.finditer(sql):
        token, kind = found[0], found.lastgroup
        if kind == "text":
            token = f"'{MASK}'" if is_secret else _text(token, depth)
            is_secret = False
        elif kind == "word":
            is_secret = bool(_NAME.fullmatch(token)) or (is_secret and token.upper() == "AS")
        elif kind == "other":
            is_secret = False
        parts.append(token)
    return "".join(parts)


def _text(token: str, depth: int) -> str:
    """A text literal, which may hold SQL."""
    masked = _IN_URL.sub(rf"\g<name>{MASK}", _IN_TEXT.sub(rf"\g<name>{MASK}", token))
    if depth >= _DEEPEST:
        return masked
    if token.startswith("$$"):
        return "$$" + _masked(masked[2:].removesuffix("$$"), depth + 1) + ("$$" if len(masked) > 3 else "")
    if "''" not in masked:
        return masked
    ended = masked.endswith("'")
    inner = masked[1:-1] if ended else masked[1:]
    return "'" + _masked(inner.replace("''", "'"), depth + 1).replace("'", "''") + ("'" if ended else "")
