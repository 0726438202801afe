"""Short names that stand for long ones behind the emulator: commands/long_names.py puts them into statements."""

from __future__ import annotations

import hashlib
import re

LONGEST = 127
"""In bytes: "Names and identifiers"."""

_HASH = 12
_PREFIX = 63 - _HASH - 1
_SHORT = re.compile(r"~[0-9a-f]{12}")

_long: dict[str, str] = {}
"""Short names to long ones, of all statements since the start: a result's description may come at any time."""


def shorten(name: str) -> str:
    """A name of at most 63 bytes, always the same one, that `lengthened` knows."""
    name = _cut(name, LONGEST)
    digest = hashlib.sha256(name.encode()).hexdigest()[:_HASH]
    short = f"{_cut(name, _PREFIX)}~{digest}"
    _long[short] = name
    return short


def kept(name: str) -> str:
    """The name by which the backend knows a column that is called ``name``."""
    return shorten(name) if len(name.encode()) > 63 else name


def lengthened(text: str) -> str:
    """``text`` with the long names in the place of their short ones: a name, or a message with names."""
    if not _long or _SHORT.search(text) is None:
        return text
    for short, name in _long.items():
        if short in text:
            text = text.replace(short, name)
    return text


def _cut(text: str, size: int) -> str:
    """The first ``size`` bytes, without a part of a character at the end."""
    return text.encode()[:size].decode(errors="ignore")
