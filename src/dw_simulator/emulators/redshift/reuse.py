"""Results that are answered again without being asked for ("Result caching").

A leader node answers a repeated query from its cache while nothing that the result came from has changed. Here that
is done only where nothing can change: for one SELECT of literals and of the statement's own parameters.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from functools import lru_cache

from dw_simulator.emulators.redshift.protocol import messages

SWITCH = "enable_result_cache_for_session"

_LONGEST = 500
_INTEGER = r"[+-]?\d{1,9}"
_TEXT = r"'[ -&(-\[\]-~]*+'"
_TYPE = r"(?:int|integer|int2|int4|int8|bigint|smallint|varchar|text)"
_ITEM = rf"(?:{_INTEGER}|{_TEXT}|true|false|null|\$\d{{1,3}}(?:::{_TYPE})?)(?:\s++(?:as\s++)?[a-z_]\w*+)?"
_CONSTANT = re.compile(rf"\s*+select\s++{_ITEM}(?:\s*+,\s*+{_ITEM})*+\s*+;?\s*+", re.I | re.A)

_BOUND, _PARAMETERS, _ROWS, _NO_DATA, _ROW, _COMPLETE, _READY = b"2tTnDCZ"
_SHAPES = frozenset((_BOUND, _PARAMETERS, _ROWS, _NO_DATA))
_LENGTH = struct.Struct("!i").unpack_from
_IDLE = messages.ready_for_query("I")


@dataclass(frozen=True, slots=True)
class Kept:
    """All that a client gets for a message or several, up to ReadyForQuery, and the number of the query that it was."""

    answer: bytes
    tag: str
    source: int


@lru_cache(512)
def is_constant(sql: str) -> bool:
    """Whether a statement only shows literals and parameters: plain ASCII, with no type that a setting could change."""
    return len(sql) <= _LONGEST and _CONSTANT.fullmatch(sql) is not None


def kept(answer: bytes, source: int) -> Kept | None:
    """``answer`` if it is whole: one result set and nothing else (no error, no notice), outside of a transaction."""
    position, rows, completed = 0, 0, 0
    while position + 5 <= len(answer):
        kind = answer[position]
        position += _LENGTH(answer, position + 1)[0] + 1
        if kind == _READY:
            whole = position == len(answer) and answer.endswith(_IDLE) and completed == 1
            return Kept(answer, f"SELECT {rows}", source) if whole else None
        if kind == _ROW:
            rows += 1
        elif kind == _COMPLETE:
            completed += 1
        elif kind not in _SHAPES:
            return None
    return None
