"""What is written of a statement that has run: its kind, its text without secrets, and the row of the journal's tables.

Rows are made in the binary format of COPY (PostgreSQL, "COPY", "Binary Format"): they take a fraction of the time of
any other form, here and in PostgreSQL.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dw_simulator.emulators.redshift.history import Entry

_COLUMNS = (
    "query_id, user_name, pid, transaction_id, label, family, query_type, start_time, end_time, row_count, sqlstate,"
    " error_message, query_text"
)


# --- rows ---
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_NO_ERROR = 2 * _NULL
_BEGINNING = struct.Struct("!hiq").pack
_PROCESS = struct.Struct("!iiiq").pack
_TIME = struct.Struct("!iq").pack
_TIMES = struct.Struct("!iqiqiq").pack
_SIZE = struct.Struct("!i").pack
_EPOCH = 946_684_800_000_000
"""PostgreSQL counts from the year 2000. Microseconds."""


def insertion(table: str) -> str:
    """The statement that takes `copied`."""
    return f"COPY pg_catalog.{table} ({_COLUMNS}) FROM STDIN (FORMAT binary)"


def copied(entries: Iterable[Entry]) -> bytes:
    """The rows of statements."""
    return b"".join((_HEADER, *map(_row, entries), _END))


def _row(entry: Entry) -> bytes:
    session, label, error = entry.session, entry.label, entry.error
    text = entry.text
    start = int(entry.started * 1e6) - _EPOCH
    if entry.ended:
        times = _TIMES(8, start, 8, int(entry.ended * 1e6) - _EPOCH, 8, entry.rows)
    else:
        times = _TIME(8, start) + _NULL + _TIME(8, entry.rows)
    return b"".join(
        (
            _BEGINNING(13, 8, entry.number),
            _name(session.user),
            _PROCESS(4, session.pid, 8, entry.transaction),
            _NULL if label is None else _text(label),
            _kind(classify(text)),
            times,
            _NO_ERROR if error is None else _text(error[0]) + _text(error[1]),
            _text(text),
        )
    )


def _text(value: str) -> bytes:
    """A text with its length. PostgreSQL has none with the character of code 0."""
    encoded = value.replace("\0", "").encode()
    return _SIZE(len(encoded)) + encoded


_name = lru_cache(64)(_text)


@lru_cache(64)
def _kind(classified: tuple[str, str]) -> bytes:
    return b"".join(map(_text, classified))


# --- kinds of statements ---
# Possessive, here and below: what has been matched is never tried another way, which could take exponential time.
_WORDS = re.compile(r"(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?\*/|\()*+([A-Za-z_#]\w*)", re.S)
_CTAS = re.compile(r"\bas\b[\s(]*(?:select|with)\b", re.I)
_QUERIES = {
    "select": "SELECT",
    "with": "SELECT",
    "values": "SELECT",
    "fetch": "SELECT",
    "insert": "INSERT",
    "update": "UPDATE",
    "delete": "DELETE",
    "merge": "MERGE",
    "copy": "COPY",
    "unload": "UNLOAD",
}
_DEFINITIONS = frozenset(("create", "alter", "drop", "comment", "truncate", "grant", "revoke"))
_CLUSTER_OBJECTS = frozenset(("user", "database", "group", "role", "library"))


_BEGINNINGS = {f"{word} ": ("query", kind) for word, kind in _QUERIES.items() if len(word) == 6}
"""Of most statements the first characters tell it all."""


def classify(sql: str) -> tuple[str, str]:
    """The view a statement is listed in (query, ddl or utility), and its type as SYS_QUERY_HISTORY names it."""
    known = _BEGINNINGS.get(sql[:7].lower())
    return known or _classified(sql)


def _classified(sql: str) -> tuple[str, str]:
    match = _WORDS.match(sql)
    if match is None:
        return "utility", "OTHER"
    word = match[1].lower()
    if word in _QUERIES:
        return "query", _QUERIES[word]
    if word not in _DEFINITIONS:
        return "utility", "UTILITY"
    following = _WORDS.match(sql, match.end())
    target = following[1].lower() if following is not None else ""
    if word == "create" and target in ("table", "temp", "temporary", "local") and _CTAS.search(sql):
        return "query", "CTAS"
    return ("utility" if target in _CLUSTER_OBJECTS or word in ("grant", "revoke", "comment") else "ddl"), "DDL"


# --- secrets ---
_GAP = r"(?:\s|--[^\n]*\n|/\*.*?\*/)"
_STRING = r"(?:[eE])?'(?:[^'\\]|''|\\.)*(?:'|\Z)"
_PASSWORD = re.compile(rf"(\bpassword(?:{_GAP}++as)?{_GAP}*+){_STRING}", re.I | re.S)
_CREDENTIALS = re.compile(
    rf"(\b(?:credentials|access_key_id|secret_access_key|session_token|iam_role)(?:{_GAP}++as)?{_GAP}*+){_STRING}",
    re.I | re.S,
)


def mask(sql: str) -> str:
    """Passwords as '***' and credentials as empty strings, as Redshift logs them."""
    low = sql.lower()
    # One after the other: this is asked of every statement.
    if "password" in low or "credentials" in low or "_key" in low or "token" in low or "iam_role" in low:
        return _masked(sql)
    return sql


def _masked(sql: str) -> str:
    return _CREDENTIALS.sub(r"\1''", _PASSWORD.sub(r"\1'***'", sql))
