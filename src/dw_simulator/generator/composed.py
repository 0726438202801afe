"""Texts put together from parts: domains whose number, in mixed radix, says which variant of each part a text has."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Protocol, runtime_checkable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dw_simulator.generator import arrays
from dw_simulator.generator.domain import LARGEST, Reach, Unweighted, widest
from dw_simulator.generator.spelling import Speller
from dw_simulator.generator.streams import U64, Stream
from dw_simulator.generator.transforms import AnyInt, digits


class Part(Protocol):
    """One piece of a composed text: ``size`` variants, the longest of ``width`` bytes."""

    @property
    def size(self) -> int: ...

    @property
    def width(self) -> int: ...

    def text(self, index: U64) -> pa.Array: ...


@runtime_checkable
class Picked(Protocol):
    """A part whose texts are one or several entries of pools, one after the other."""

    @property
    def pools(self) -> Sequence[pa.Array]: ...

    def entries(self, index: U64) -> Sequence[AnyInt]:
        """The numbers of the entries, one array a pool."""
        ...


class Choice:
    """A part from a pool of texts."""

    def __init__(self, values: pa.Array | Sequence[str]) -> None:
        self.values = values if isinstance(values, pa.Array) else pa.array(list(values), pa.string())
        self.size = len(self.values)
        self.width = widest(self.values)

    def text(self, index: U64) -> pa.Array:
        return arrays.take(self.values, index)

    @property
    def pools(self) -> Sequence[pa.Array]:
        return (self.values,)

    def entries(self, index: U64) -> Sequence[AnyInt]:
        return (index,)


_GROUP = 4
"""Digits that are looked up together."""


@lru_cache(maxsize=_GROUP)
def _numerals(width: int) -> pa.Array:
    """All numbers of ``width`` digits."""
    return arrays.text_matrix(Speller([b"0123456789"] * width).matrix(np.arange(10**width, dtype=np.uint64)))


class Digits:
    """A part of decimal digits: the numbers ``first`` to ``first + size - 1``, padded with zeros to one width."""

    def __init__(self, first: int, size: int, width: int | None = None) -> None:
        self.first, self.size = first, size
        self.width = width or len(str(first + size - 1))

    @cached_property
    def _groups(self) -> list[int]:
        """The widths of the groups, from the left."""
        first = self.width % _GROUP
        return [first] * (first > 0) + [_GROUP] * (self.width // _GROUP)

    @property
    def pools(self) -> Sequence[pa.Array]:
        return [_numerals(width) for width in self._groups]

    def entries(self, index: U64) -> Sequence[AnyInt]:
        return digits(index + np.uint64(self.first), [10**width for width in self._groups])

    def text(self, index: U64) -> pa.Array:
        return picked(self, index)


class Counter:
    """A part that is empty for number 0 and then ``2``, ``3``, …: it tells apart what would be the same text."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.width = len(str(size)) if size > 1 else 0

    def text(self, index: U64) -> pa.Array:
        if self.size <= _MANY:
            return arrays.take(_counters(self.size), index)
        texts = pc.cast(arrays.fixed(index.view(np.int64) + 1, pa.int64()), pa.string())
        return pc.if_else(arrays.booleans(index == 0), "", texts)


_MANY = 1 << 16


@lru_cache(maxsize=16)
def _counters(size: int) -> pa.Array:
    return pa.array(["", *(str(number) for number in range(2, size + 1))][:size], pa.string())


class Scattered:
    """A part whose variant follows from the other parts of the text: it adds variety, not different values."""

    def __init__(self, part: Choice, stream: Stream) -> None:
        self._part = part
        self._factor = np.uint64(stream.integers(1)[0] | 1)
        self.width = part.width
        self.size = 1

    @property
    def pools(self) -> Sequence[pa.Array]:
        return self._part.pools

    def entries(self, index: U64) -> Sequence[AnyInt]:
        mixed = (index * self._factor) >> np.uint64(33)
        return self._part.entries(mixed % np.uint64(self._part.size))

    def text(self, index: U64) -> pa.Array:
        return picked(self, index)


class Fixed:
    """A part that is the same in every text."""

    size = 1

    def __init__(self, text: str) -> None:
        self.pools: Sequence[pa.Array] = (pa.array([text], pa.string()),)
        self.width = len(text.encode())

    def entries(self, index: U64) -> Sequence[AnyInt]:
        return (np.zeros(len(index), np.int32),)

    def text(self, index: U64) -> pa.Array:
        return picked(self, index)


def picked(part: Picked, index: U64) -> pa.Array:
    """The texts of a part."""
    return Picker(part.pools).texts(part.entries(index))


class Picker:
    """Joins entries of several pools row by row: one lookup in all pools at once lays the texts out as they are to be,
    so that only the offsets of every first entry are kept."""

    def __init__(self, pools: Sequence[pa.Array]) -> None:
        self._entries = pools[0] if len(pools) == 1 else pa.concat_arrays(pools)
        self._starts = np.cumsum([0, *(len(pool) for pool in pools[:-1])])

    def texts(self, entries: Sequence[AnyInt]) -> pa.Array:
        """``entries``: one array a pool, of the numbers of its entries."""
        if len(entries) == 1:
            return arrays.take(self._entries, entries[0])
        count, pieces = len(entries[0]), len(entries)
        if not count:
            return pa.array([], pa.string())
        index = np.empty((count, pieces), np.int32)
        for place, (start, numbers) in enumerate(zip(self._starts, entries, strict=True)):
            index[:, place] = numbers
            if start:
                index[:, place] += np.int32(start)
        laid = arrays.take(self._entries, index.reshape(-1))
        offsets = np.frombuffer(laid.buffers()[1], np.int32)[: count * pieces + 1 : pieces]
        return pa.Array.from_buffers(
            pa.string(), count, [None, pa.py_buffer(np.ascontiguousarray(offsets)), laid.buffers()[2]]
        )


_FOLDED = 10_000
"""Neighbours of a text with at most so many variants together become one pool, which stays in the CPU's cache."""


def _variants(part: Part) -> pa.Array | None:
    """All texts of a part in their order, if it is of a kind and size that may become a pool."""
    if isinstance(part, Fixed):
        return part.pools[0]
    if isinstance(part, Choice):
        return part.values
    if isinstance(part, Digits | Counter) and part.size <= _FOLDED:
        return part.text(np.arange(part.size, dtype=np.uint64))
    return None


def _folded(parts: Sequence[Part]) -> list[Part]:
    """The same texts from fewer parts: neighbours are joined beforehand. The numbers mean the same: in mixed radix two
    neighbouring places are one place of the product of their sizes."""
    out: list[Part] = []
    for part in parts:
        left, right = _variants(out[-1]) if out else None, _variants(part)
        if left is None or right is None or len(left) * len(right) > _FOLDED:
            out.append(part if right is None else Choice(right))
            continue
        number = np.arange(len(left) * len(right), dtype=np.uint64)
        first, second = digits(number, [len(left), len(right)])
        out[-1] = Choice(arrays.join(arrays.take(left, first), arrays.take(right, second)))
    return out


class Composed(Unweighted):
    """Texts put together from parts; a ``str`` part is the same in every value.

    The caller sees to it that different choices of parts give different texts (separators that no part contains).
    A :class:`Scattered` part gets the number of the whole text.
    """

    type = pa.string()

    def __init__(self, *parts: Part | str) -> None:
        self._parts = [Fixed(part) if isinstance(part, str) else part for part in parts]
        self.size = 1
        for part in self._parts:
            self.size = min(self.size * part.size, LARGEST)

    @cached_property
    def _pieces(self) -> list[Part]:
        """The parts to compute with."""
        return _folded(self._parts)

    @cached_property
    def _picker(self) -> Picker | None:
        if not all(isinstance(piece, Picked) for piece in self._pieces):
            return None
        return Picker([pool for piece in self._pieces if isinstance(piece, Picked) for pool in piece.pools])

    def at(self, index: AnyInt) -> pa.Array:
        whole = index.astype(np.uint64, copy=False)
        places = [place for place, piece in enumerate(self._pieces) if piece.size > 1]
        numbers = dict(zip(places, digits(whole, [self._pieces[place].size for place in places]), strict=True))
        parts = [
            (piece, numbers[place] if place in numbers else whole if isinstance(piece, Scattered) else whole * 0)
            for place, piece in enumerate(self._pieces)
        ]
        if self._picker is None:
            return arrays.join(*(piece.text(number) for piece, number in parts))
        entries = [piece.entries(number) for piece, number in parts if isinstance(piece, Picked)]
        return self._picker.texts([one for several in entries for one in several])

    def reach(self) -> Reach:
        return Reach(width=sum(part.width for part in self._parts))


class Pattern(Unweighted):
    """Texts of equal length with an alphabet for every place, such as ``AB-1234``."""

    type = pa.string()

    def __init__(self, alphabets: Sequence[bytes]) -> None:
        self._speller = Speller(alphabets)
        self.size = 1
        for alphabet in alphabets:
            self.size = min(self.size * len(alphabet), LARGEST)

    def at(self, index: AnyInt) -> pa.Array:
        return arrays.text_matrix(self._speller.matrix(index.astype(np.uint64, copy=False)))

    def reach(self) -> Reach:
        return Reach(width=self._speller.width)
