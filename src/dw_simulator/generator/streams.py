"""Counter-based random words: word ``i`` of a stream is a pure function of (seed, table, column, ``i``).

Every stream is Philox4x64-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3") with a key of its own. Only
the generator's raw words are used, never a distribution method of numpy, so values do not change with the numpy
version. A range of words comes from numpy's compiled generator; words at arbitrary positions come from
:func:`philox_at`, the same function written with array operations.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable
from typing import Any, Protocol, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

_Made = TypeVar("_Made")

_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_MULTIPLIERS = (np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157))
_WEYL = (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)
_MASK64 = (1 << 64) - 1
_ROUNDS = 10
_DENSE = 16
"""A word of a range costs numpy's compiled generator less than this part of what :func:`philox_at` takes for one."""
_BLOCK = 65_536
"""Words at once, so that what is in between stays in the CPU's cache."""


class WordSource(Protocol):
    """Gives every row a random word. Equal identities give equal words."""

    @property
    def identity(self) -> Hashable: ...

    def words_of(self, rows: Rows) -> U64: ...

    def words32_of(self, rows: Rows) -> U32: ...


class Stream:
    """An endless sequence of random words, readable anywhere.

    ``path`` names it: seed, table, column and what the words are for. Equal paths are equal streams.
    """

    __slots__ = ("key",)

    def __init__(self, *path: object) -> None:
        text = "\x1f".join(str(part) for part in path)
        digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
        self.key: tuple[int, int] = (int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little"))

    @property
    def identity(self) -> Hashable:
        return self.key

    def words(self, lo: int, count: int) -> U64:
        """The 64-bit words at positions ``lo`` to ``lo + count``."""
        skip = lo & 3
        source = np.random.Philox(key=np.array(self.key, np.uint64), counter=np.array([lo >> 2, 0, 0, 0], np.uint64))
        words: U64 = source.random_raw(count + skip)
        return words[skip:] if skip else words

    def words32(self, lo: int, count: int) -> U32:
        """The 32-bit words at positions ``lo`` to ``lo + count``: two of each 64-bit word, the lower half first."""
        first = lo >> 1
        words = self.words(first, ((lo + count + 1) >> 1) - first)
        start = lo & 1
        return halves(words)[start : start + count]

    def words_at(self, index: U64) -> U64:
        """The 64-bit words at the given positions."""
        if len(index):
            first = index.min()
            span = int(index.max() - first) + 1
            if span <= _DENSE * len(index):
                words: U64 = self.words(int(first), span)[(index - first).view(np.int64)]
                return words
        return philox_at(self.key, index)

    def words32_at(self, index: U64) -> U32:
        """The 32-bit words at the given positions."""
        words = self.words_at(index >> np.uint64(1))
        words >>= (index & np.uint64(1)) << np.uint64(5)
        return words.astype(np.uint32)

    def words_of(self, rows: Rows) -> U64:
        """One 64-bit word a row."""
        return self.words_at(rows.index) if rows.lo is None else self.words(rows.lo, rows.count)

    def words32_of(self, rows: Rows) -> U32:
        """One 32-bit word a row."""
        return self.words32_at(rows.index) if rows.lo is None else self.words32(rows.lo, rows.count)

    def integers(self, count: int) -> list[int]:
        """The first ``count`` words as Python integers, for round keys and the like."""
        return [int(word) for word in self.words(0, count)]


def halves(words: U64) -> U32:
    """Each 64-bit word as two 32-bit words, the lower half first, on any byte order."""
    return words.astype("<u8", copy=False).view("<u4").astype(np.uint32, copy=False)


def multiply_high(left: U64, right: U64 | np.uint64) -> U64:
    """The upper 64 bits of the 128-bit products."""
    left_low, left_high = left & _LOW, left >> _32
    right_low, right_high = right & _LOW, right >> _32
    low = left_low * right_low
    low >>= _32
    middle = left_high * right_low
    middle += low
    other = np.bitwise_and(middle, _LOW, out=low)
    left_low *= right_high
    other += left_low
    other >>= _32
    middle >>= _32
    left_high *= right_high
    left_high += middle
    left_high += other
    return cast(U64, left_high)


def philox_at(key: tuple[int, int], index: U64) -> U64:
    """Word ``i`` of the Philox stream of ``key`` for every ``i`` of ``index``; numpy numbers its blocks from 1."""
    out = np.empty(len(index), np.uint64)
    for start in range(0, len(index), _BLOCK):
        out[start : start + _BLOCK] = _philox_block(key, index[start : start + _BLOCK])
    return out


def _philox_block(key: tuple[int, int], index: U64) -> U64:
    state = [(index >> np.uint64(2)) + np.uint64(1)] + [np.zeros(len(index), np.uint64) for _ in range(3)]
    first, second = key
    for _ in range(_ROUNDS):
        high0, high1 = multiply_high(state[0], _MULTIPLIERS[0]), multiply_high(state[2], _MULTIPLIERS[1])
        low0, low1 = state[0], state[2]
        low0 *= _MULTIPLIERS[0]
        low1 *= _MULTIPLIERS[1]
        high1 ^= state[1]
        high1 ^= np.uint64(first)
        high0 ^= state[3]
        high0 ^= np.uint64(second)
        state = [high1, low1, high0, low0]
        first, second = (first + _WEYL[0]) & _MASK64, (second + _WEYL[1]) & _MASK64
    lane = (index & np.uint64(3)).view(np.int64)
    return cast(U64, np.choose(lane, state))


class Rows:
    """Which rows of a table are asked for: a range, or any list of row numbers (0-based).

    Column values are computed from one of these; a foreign key asks its parent for arbitrary rows the same way that a
    batch asks for a range. Not shared between threads: ``shared`` keeps what several columns of one batch need.
    """

    __slots__ = ("_index", "_memo", "_places", "_whole", "count", "lo")

    def __init__(self, lo: int | None, count: int, index: U64 | None) -> None:
        self.lo = lo
        self.count = count
        self._index = index
        self._memo: dict[Hashable, Any] = {}
        self._whole: Rows | None = None
        self._places: Any = None

    def some(self, places: Any) -> Rows:
        """The rows at these places of this list. They share the words of the whole."""
        if len(places) == self.count and self._whole is None:
            return self
        rows = Rows.of(self.index[places])
        rows._whole, rows._places = self, places
        return rows

    @classmethod
    def range(cls, lo: int, hi: int) -> Rows:
        return cls(lo, hi - lo, None)

    @classmethod
    def of(cls, index: U64) -> Rows:
        return cls(None, len(index), index)

    @property
    def index(self) -> U64:
        """Row numbers, uint64."""
        if self._index is None:
            assert self.lo is not None
            self._index = np.arange(self.lo, self.lo + self.count, dtype=np.uint64)
        return self._index

    def words(self, source: WordSource) -> U64:
        whole = self._whole
        if whole is None:
            return source.words_of(self)
        words: U64 = whole.shared(("words", source.identity), lambda: whole.words(source))[self._places]
        return words

    def words32(self, source: WordSource) -> U32:
        whole = self._whole
        if whole is None:
            return source.words32_of(self)
        words: U32 = whole.shared(("words32", source.identity), lambda: whole.words32(source))[self._places]
        return words

    def shared(self, key: Hashable, make: Callable[[], _Made]) -> _Made:
        """What ``make`` returns, made once for these rows."""
        if key not in self._memo:
            self._memo[key] = make()
        return cast(_Made, self._memo[key])
