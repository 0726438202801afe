"""Query messages told apart by their templates: what PostgreSQL gets for one that differs in literals only.

As `planning` does for statements, by the bytes that came and nothing else. What has quoted names, comments, backslashes
or characters beyond ASCII is left to `planning`: there a literal can only be told by looking at each token.
"""

from __future__ import annotations

import re
import struct

from dw_simulator.emulators.redshift.reuse import is_constant
from dw_simulator.emulators.redshift.translation.scan import LITERAL, Template

_LITERALS = re.compile(LITERAL.encode(), re.A).split
_LENGTH = struct.Struct("!i").unpack_from
_HEADER = struct.Struct("!ci").pack
_QUOTE = ord("'")
_OVERHEAD = 6
"""Bytes of a Query message beside its text."""

_TEMPLATES = 512
_LONGEST = 2000
"""Bytes of a message that is looked at."""

Pieces = tuple[bytes | int, ...]
"""A text with gaps: texts, and numbers of literals. Empty: the message passes as it came."""


class Templates:
    """The templates that one session knows."""

    def __init__(self) -> None:
        self._known: dict[bytes, Pieces] = {}

    def clear(self) -> None:
        self._known.clear()

    def remember(self, raw: bytes, pieces: tuple[str, ...]) -> None:
        """Query messages like ``raw`` have the plan ``pieces``: text, number of a literal, text, …; empty: none."""
        found = _read(raw)
        if found is None:
            return
        key, literals = found
        stand_ins = tuple("'x'" if literal[0] == _QUOTE else "1" for literal in literals)
        if is_constant(Template(raw[5:-1].decode()).with_literals(stand_ins)):
            return  # its result may be kept, by the text
        if len(self._known) >= _TEMPLATES:
            self._known.clear()
        self._known[key] = tuple([int(piece) if at % 2 else piece.encode() for at, piece in enumerate(pieces)])

    def sent(self, raw: bytes) -> bytes | None:
        """What PostgreSQL gets for a Query message; None when its template is not known. ``raw`` may be any bytes."""
        if not self._known:
            return None
        found = _read(raw)
        pieces = self._known.get(found[0]) if found is not None else None
        if not pieces or found is None:
            return None if pieces is None else raw
        literals = found[1]
        body = b"".join([literals[piece] if isinstance(piece, int) else piece for piece in pieces])
        return b"".join((_HEADER(b"Q", len(body) + _OVERHEAD - 1), body, b"\0"))


def _read(raw: bytes) -> tuple[bytes, list[bytes]] | None:
    """Key and literals, as `scan.Template` has them. None: it is not a Query message by itself, or not a simple one."""
    size = len(raw)
    if not _OVERHEAD < size <= _LONGEST or raw[-1] or _LENGTH(raw, 1)[0] != size - 1:
        return None
    text = raw[5:-1]
    if not text.isascii() or b'"' in text or b"\\" in text or b"--" in text or b"/*" in text or b"\0" in text:
        return None
    parts = _LITERALS(text)
    literals = parts[1::2]
    if not literals:
        return None
    parts[1::2] = [b"\0s" if each[0] == _QUOTE else b"\0d" if b"." in each else b"\0n" for each in literals]
    return b"".join(parts), literals
