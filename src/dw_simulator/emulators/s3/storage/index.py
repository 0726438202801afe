"""The keys of one bucket in order, for listings."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

_LAST = 0x10FFFF
_LONGER_THAN_A_KEY = 257


@dataclass(slots=True)
class Page:
    """One page of a listing: ``entries`` in key order, as (text, is_common_prefix)."""

    entries: list[tuple[str, bool]] = field(default_factory=list)
    truncated: bool = False


class KeyIndex:
    """A sorted list. Text compares by code point, which is the order of its UTF-8 bytes, as S3 wants."""

    def __init__(self, keys: Iterable[str] = ()) -> None:
        self._keys = sorted(set(keys))

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: str) -> bool:
        position = bisect_left(self._keys, key)
        return position < len(self._keys) and self._keys[position] == key

    def add(self, key: str) -> None:
        if not self._keys or key > self._keys[-1]:
            self._keys.append(key)
        elif key not in self:
            self._keys.insert(bisect_left(self._keys, key), key)

    def discard(self, key: str) -> None:
        position = bisect_left(self._keys, key)
        if position < len(self._keys) and self._keys[position] == key:
            del self._keys[position]

    def page(self, prefix: str, delimiter: str, after: str, after_prefix: bool, limit: int) -> Page:
        """Entries after ``after`` (if ``after_prefix``, after all keys that start with it), at most ``limit``."""
        keys, page = self._keys, Page()
        start = bisect_left(keys, after_all(after)) if after_prefix else bisect_right(keys, after)
        position = max(start if after else 0, bisect_left(keys, prefix))
        while position < len(keys) and keys[position].startswith(prefix):
            if len(page.entries) == limit:
                page.truncated = limit > 0
                return page
            key = keys[position]
            cut = key.find(delimiter, len(prefix)) if delimiter else -1
            if cut < 0:
                page.entries.append((key, False))
                position += 1
            else:
                common = key[: cut + len(delimiter)]
                page.entries.append((common, True))
                position = bisect_left(keys, after_all(common), position)
        return page


def after_all(prefix: str) -> str:
    """The smallest text greater than everything that starts with ``prefix``."""
    stem = prefix.rstrip(chr(_LAST))
    if not stem:
        return chr(_LAST) * _LONGER_THAN_A_KEY
    following = ord(stem[-1]) + 1
    return stem[:-1] + chr(0xE000 if following == 0xD800 else following)
