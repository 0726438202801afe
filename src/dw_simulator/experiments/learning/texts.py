"""Texts that are not a few frequent values: what they look like, without showing any."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

SHARE = 0.95
"""A form is that of the column when so many values have it."""

PROSE = ("words", "sentence", "paragraph")
LOOKED_AT = 5_000
LONGEST_PATTERN = 60
LONGEST_ADDRESS = 15
"""255.255.255.255"""
_LENGTHS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 36, 40, 48, 64, 80, 100, 128, 160, 200, 255)

_FORMS: tuple[tuple[str, str], ...] = (
    ("email", r"^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$"),
    ("uuid", r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"),
    ("url", r"^https?://\S+$"),
    ("ipv4", r"^(\d{1,3}\.){3}\d{1,3}$"),
    ("mac_address", r"^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$"),
    ("hash", r"^([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$"),
    ("phone_number", r"^\+?[0-9]{0,3}[ .-]?\(?[0-9]{2,4}\)?[ .-][0-9]{3,4}[ .-]?[0-9]{3,5}$"),
)


def length_of(values: pa.Array) -> int:
    """A round number of bytes that holds every value."""
    longest = int(pc.max(pc.binary_length(values)).as_py() or 1)
    return next((length for length in _LENGTHS if longest <= length), -(-longest // 256) * 256)


def rule_of(values: pa.Array, least: int) -> str | None:
    """The rule that makes texts of this form; None where nothing is sure."""
    texts = [str(value) for value in values.slice(0, LOOKED_AT).to_pylist()]
    if len(texts) < least:
        return None
    for rule, form in _FORMS:
        compiled = re.compile(form)
        if _enough(sum(1 for text in texts if compiled.match(text)), len(texts)):
            return rule
    return _pattern(texts) or _prose(texts)


def _enough(count: int, total: int) -> bool:
    return count >= SHARE * total


def _pattern(texts: Sequence[str]) -> str | None:
    """``pattern:ORD-######`` where nearly all texts have letters, digits and marks at the same places.

    Letters and digits stand as they are only where every one of those texts has the same.
    """
    shapes = Counter(_shape(text) for text in texts if len(text) <= LONGEST_PATTERN)
    if not shapes:
        return None
    shape, count = shapes.most_common(1)[0]
    if not _enough(count, len(texts)) or not re.search("[#?@]", shape) or " " in shape:
        return None
    alike = [text for text in texts if _shape(text) == shape]
    parts = []
    for place, sign in enumerate(shape):
        characters = {text[place] for text in alike}
        if sign in "#?@" and len(characters) > 1:
            parts.append(sign)
        else:
            (only,) = characters
            parts.append("\\" + only if only in "#?@^*\\" else only)
    pattern = "".join(parts)
    return f"pattern:{pattern}" if pattern.strip() and any(part in "#?@" for part in parts) else None


def _shape(text: str) -> str:
    def sign(character: str) -> str:
        if character.isascii() and character.isalnum():
            return "#" if character.isdigit() else "?" if character.isupper() else "@"
        return character if character.isascii() and character.isprintable() else "\x00"

    return "".join(map(sign, text))


def _prose(texts: Sequence[str]) -> str | None:
    words = sum(text.count(" ") + 1 for text in texts) / len(texts)
    if words >= 12:
        return "paragraph"
    return "sentence" if words >= 5 else "words" if words >= 1.5 else None
