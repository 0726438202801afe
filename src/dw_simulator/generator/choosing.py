"""Ways to choose, for every row, a number from a domain; and which rows are NULL."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from dw_simulator.generator.arrays import Mask
from dw_simulator.generator.permutation import Permutation
from dw_simulator.generator.streams import I64, U64, Rows, Stream, WordSource
from dw_simulator.generator.transforms import AnyInt, Choice, ZipfIndex, digits, uniform_index, weighted


class Chooser(Protocol):
    def choose(self, rows: Rows) -> AnyInt:
        """A number from the domain for every row."""
        ...


class Nulls(Protocol):
    def empty(self, rows: Rows) -> Mask:
        """True where the row has no value."""
        ...


# --- nulls --------------------------------------------------------------------------------------------
class RandomNulls:
    """Each row is NULL with probability ``fraction``."""

    def __init__(self, stream: Stream, fraction: float) -> None:
        self._stream = stream
        self._limit = round(fraction * 2**32)

    def empty(self, rows: Rows) -> Mask:
        return rows.words32(self._stream).astype(np.uint64) < np.uint64(self._limit)


class AllNull:
    def empty(self, rows: Rows) -> Mask:
        return np.ones(rows.count, np.bool_)


class ExactNulls:
    """Exactly ``count`` of ``total`` rows are NULL, and the others are numbered: so a unique column with gaps still
    can be referred to. With ``first``, row 0 is one of those that are NULL."""

    def __init__(self, stream: Stream, total: int, count: int, *, first: bool = False) -> None:
        self.total, self.count = total, count
        self._order = Permutation(stream, total) if 0 < count < total else None
        self._turn = np.uint64(0)
        if first and self._order is not None:
            self._turn = np.uint64(total - int(self._order.apply(np.zeros(1, np.uint64))[0]))

    def empty(self, rows: Rows) -> Mask:
        if self._order is None:
            return np.full(rows.count, self.count > 0)
        return self._place(self._order, rows) < np.uint64(self.count)

    def _place(self, order: Permutation, rows: Rows) -> U64:
        place = order.apply(rows.index)
        return (place + self._turn) % np.uint64(self.total) if self._turn else place

    def ordinal(self, rows: Rows) -> U64:
        """The number of each row among those that have a value; 0 for a row without one."""
        if self._order is None:
            return rows.index if self.count == 0 else np.zeros(rows.count, np.uint64)
        place = self._place(self._order, rows)
        return np.where(place < np.uint64(self.count), np.uint64(0), place - np.uint64(self.count))

    def rows_of(self, ordinal: U64) -> U64:
        """The row that has the given number among those with a value."""
        if self._order is None:
            return ordinal
        place = ordinal + np.uint64(self.count)
        if self._turn:
            place = (place + np.uint64(self.total) - self._turn) % np.uint64(self.total)
        return self._order.invert(place)


# --- at random ------------------------------------------------------------------------------------------
class UniformChoice:
    def __init__(self, stream: WordSource, size: int) -> None:
        self._stream, self._size = stream, size

    def choose(self, rows: Rows) -> AnyInt:
        return uniform_index(rows, self._stream, self._size)


class WeightedChoice:
    def __init__(self, stream: WordSource, choice: Choice) -> None:
        self._stream, self._choice = stream, choice

    @classmethod
    def of(cls, stream: WordSource, weights: list[float], *, rising: bool = False) -> WeightedChoice:
        return cls(stream, weighted(weights, rising=rising))

    def choose(self, rows: Rows) -> AnyInt:
        return self._choice.choose(rows.words32(self._stream))


class ZipfChoice:
    """A few numbers are very frequent: those that ``order`` puts first, or without it the lowest."""

    def __init__(
        self, stream: WordSource, size: int, exponent: float, order: Permutation | None, *, rising: bool = False
    ) -> None:
        self._stream, self._order = stream, order
        self._zipf = ZipfIndex(size, exponent, rising=rising)

    def choose(self, rows: Rows) -> AnyInt:
        rank = self._zipf.choose(rows.words(self._stream))
        return rank if self._order is None else self._order.apply(rank)


# --- unique -----------------------------------------------------------------------------------------------
class InOrder:
    """Row i gets number i (rows without a value are skipped)."""

    def __init__(self, nulls: ExactNulls) -> None:
        self._nulls = nulls

    def choose(self, rows: Rows) -> AnyInt:
        return self._nulls.ordinal(rows)


class Shuffled:
    """Every row gets another number, in no visible order."""

    def __init__(self, nulls: ExactNulls, order: Permutation) -> None:
        self._nulls, self._order = nulls, order

    def choose(self, rows: Rows) -> AnyInt:
        return self._order.apply(self._nulls.ordinal(rows))


class KeyTuples:
    """Different tuples of numbers for different rows: a permuted row number, written in mixed radix.

    ``sizes`` are the sizes of the domains; their product is at least the number of rows. ``limits`` say how many values
    of each are used at most, at even distances.
    """

    def __init__(self, sizes: list[int], order: Permutation | None, limits: list[int] | None = None) -> None:
        self.sizes, self._order = sizes, order
        self._used = _used_sizes(limits or sizes)

    @property
    def space(self) -> int:
        """How many tuples there are to choose from: the size that ``order`` must have."""
        return _product(self._used)

    def order_by(self, order: Permutation) -> None:
        self._order = order

    def digits(self, rows: Rows) -> list[U64]:
        return rows.shared(id(self), lambda: self._digits(rows))

    def _digits(self, rows: Rows) -> list[U64]:
        number = rows.index if self._order is None else self._order.apply(rows.index)
        out = digits(number, self._used)
        for place, (size, used) in enumerate(zip(self.sizes, self._used, strict=True)):
            if size // used > 1:
                out[place] *= np.uint64(size // used)
        return out


def _product(sizes: list[int]) -> int:
    out = 1
    for size in sizes:
        out *= size
    return out


def _used_sizes(sizes: list[int]) -> list[int]:
    """Sizes with a product of at most 2**62: larger domains are used at even distances."""
    used = list(sizes)
    while _product(used) > 1 << 62:
        widest = max(range(len(used)), key=used.__getitem__)
        used[widest] //= 2
    return used


class KeyDigit:
    """One place of the tuples."""

    def __init__(self, tuples: KeyTuples, place: int) -> None:
        self._tuples, self._place = tuples, place

    def choose(self, rows: Rows) -> AnyInt:
        return self._tuples.digits(rows)[self._place]


# --- hierarchies --------------------------------------------------------------------------------------------
class EarlierRow:
    """A row refers to an earlier row of its own table, so there are no cycles; row 0 refers to itself (or to nothing).

    With ``zipf``, low rows are frequent parents.
    """

    def __init__(self, stream: Stream, zipf: ZipfIndex | None = None) -> None:
        self._stream, self._zipf = stream, zipf

    def choose(self, rows: Rows) -> AnyInt:
        words, limit = rows.words(self._stream), np.maximum(rows.index, np.uint64(1))
        if self._zipf is not None:
            return self._zipf.choose(words) % limit
        return below_each(words, limit)


def below_each(words: U64, limit: U64) -> U64:
    """In [0, limit) for limits below 2**42."""
    high = (words >> np.uint64(42)) * limit
    low = ((words >> np.uint64(20)) & np.uint64((1 << 22) - 1)) * limit
    return (high + (low >> np.uint64(22))) >> np.uint64(22)


class LevelAbove:
    """Rows in levels, the roots first; a row refers to a row of the level above, a root to itself."""

    def __init__(self, stream: Stream, rows: int, roots: int, depth: int) -> None:
        self._stream = stream
        self.roots = roots
        self._starts = np.array(level_starts(rows, roots, depth), np.uint64)

    def number(self, rows: Rows) -> I64:
        """The level of each row: 0 for the roots."""
        return np.searchsorted(self._starts, rows.index, side="right") - 1

    def choose(self, rows: Rows) -> AnyInt:
        level = self.number(rows)
        above = np.maximum(level - 1, 0)
        first = self._starts[above]
        parent = first + below_each(rows.words(self._stream), self._starts[above + 1] - first)
        return np.where(level == 0, rows.index, parent)


def level_starts(rows: int, roots: int, depth: int) -> list[int]:
    """The first row of each of ``depth + 1`` levels, each larger than the one above by the same factor (about)."""
    low, high = 0.0, float(max(rows, 2))
    for _ in range(200):
        factor = (low + high) / 2
        low, high = (factor, high) if sum(_level_sizes(rows, roots, depth, factor)) < rows - roots else (low, factor)
    starts, end = [0, roots], float(roots)
    for level, size in enumerate(_level_sizes(rows, roots, depth, high)[:-1], start=1):
        end += size
        starts.append(min(max(round(end), starts[-1] + 1), rows - (depth - level)))
    return starts


def _level_sizes(rows: int, roots: int, depth: int, factor: float) -> list[float]:
    """The sizes of the levels below the roots, as far as they are not more than all rows."""
    sizes, size = [], float(roots)
    for _ in range(depth):
        size = min(size * factor, float(rows))
        sizes.append(size)
    return sizes


class PreviousRow:
    """Row i refers to row i - 1: the one hierarchy in which no row has two children."""

    def choose(self, rows: Rows) -> AnyInt:
        return np.maximum(rows.index, np.uint64(1)) - np.uint64(1)


class OwnRow:
    """Every row refers to itself: the only way for a required and unique reference of a table to itself."""

    def choose(self, rows: Rows) -> AnyInt:
        return rows.index
