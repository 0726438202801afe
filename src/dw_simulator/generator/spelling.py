"""Numbers -> letters: a number in mixed radix, each place a letter of an alphabet of its own.

Letters are looked up two or four at a time in tables that stay in the CPU's cache.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dw_simulator.generator.streams import U64

_LARGEST_TABLE = 1 << 16
_WORDS: dict[int, type[np.unsignedinteger[Any]]] = {1: np.uint8, 2: np.uint16, 4: np.uint32}

Matrix = NDArray[np.uint8]


class Speller:
    """Spells numbers; the last place moves fastest, or with ``reverse`` the first."""

    def __init__(self, alphabets: Sequence[bytes], *, reverse: bool = False) -> None:
        self.width = len(alphabets)
        ordered = alphabets if reverse else alphabets[::-1]
        self._chunks = [
            (
                start if reverse else self.width - start - width,
                width,
                _table(tuple(ordered[start : start + width]), reverse),
            )
            for start, width in _cut(ordered)
        ]

    def write(self, out: Matrix, number: U64) -> None:
        """Fill ``out``, (n, width) bytes whose rows may lie apart."""
        rest = number
        for start, width, table in self._chunks:
            target = out[:, start : start + width].view(table.dtype)[:, 0]
            if len(table) == 1:
                target[:] = table[0]
                continue
            upper = rest // np.uint64(len(table))
            target[:] = table.take((rest - upper * np.uint64(len(table))).view(np.int64), mode="clip")
            rest = upper

    def matrix(self, number: U64) -> Matrix:
        out = np.empty((len(number), self.width), np.uint8)
        self.write(out, number)
        return out


def _cut(alphabets: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Starts and widths (4, 2 or 1) of the pieces whose variants fit into a table."""
    start = 0
    while start < len(alphabets):
        width = next(size for size in (4, 2, 1) if size == 1 or _fits(alphabets[start : start + size], size))
        yield start, width
        start += width


def _fits(alphabets: Sequence[bytes], width: int) -> bool:
    return len(alphabets) == width and math.prod(len(alphabet) for alphabet in alphabets) <= _LARGEST_TABLE


@lru_cache(maxsize=64)
def _table(alphabets: tuple[bytes, ...], reverse: bool) -> NDArray[Any]:
    """Every spelling of these places (fastest first) as one word; the words' bytes lie as the letters do."""
    width = len(alphabets)
    number = np.arange(math.prod(len(alphabet) for alphabet in alphabets))
    letters = np.empty((len(number), width), np.uint8)
    for place, alphabet in enumerate(alphabets):
        number, letter = np.divmod(number, len(alphabet))
        letters[:, place if reverse else width - 1 - place] = np.frombuffer(alphabet, np.uint8)[letter]
    return letters.view(_WORDS[width])[:, 0]
