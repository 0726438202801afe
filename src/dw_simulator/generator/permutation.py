"""Pseudo-random permutations of [0, n) for any n, evaluated anywhere, in both directions, without memory.

Small n: a table. Large n: a bijection of the next power of two (rounds of odd multiply, add and xor-shift, each of
which can be undone), with cycle walking: a value that falls outside [0, n) goes through the bijection again until it
is inside.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dw_simulator.generator.streams import U64, Stream

TABLE_LIMIT = 1 << 16
"""Up to this size both directions are kept as tables, of two bytes an entry."""
MAX_SIZE = 1 << 63
_ROUNDS = 4


class Permutation:
    """A bijection of [0, size), chosen by ``stream``. ``apply`` and ``invert`` take and return uint64 arrays."""

    def __init__(self, stream: Stream, size: int) -> None:
        if not 1 <= size <= MAX_SIZE:
            raise ValueError(f"a permutation needs a size from 1 to 2**63, got {size}")
        self.size = size
        self._stream = stream
        self._bits = max(1, (size - 1).bit_length())
        self._shift = np.uint64((self._bits + 1) // 2)
        self._mask = np.uint64((1 << self._bits) - 1)
        if size > TABLE_LIMIT:
            words = stream.integers(2 * _ROUNDS)
            modulus = 1 << self._bits
            multipliers = [word % modulus | 1 for word in words[::2]]
            self._adds = [np.uint64(word % modulus) for word in words[1::2]]
            self._multipliers = [np.uint64(value) for value in multipliers]
            self._inverses = [np.uint64(pow(value, -1, modulus)) for value in multipliers]

    def apply(self, index: U64) -> U64:
        if self.size <= TABLE_LIMIT:
            return self._tables[0][index.astype(np.intp, copy=False)].astype(np.uint64)
        return self._walk(index, self._mix)

    def invert(self, value: U64) -> U64:
        if self.size <= TABLE_LIMIT:
            return self._tables[1][value.astype(np.intp, copy=False)].astype(np.uint64)
        return self._walk(value, self._unmix)

    @cached_property
    def _tables(self) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
        """(permutation, inverse): the order of random words; a stable sort, so every sort algorithm gives the same."""
        forward = np.argsort(self._stream.words(0, self.size), kind="stable")
        backward = np.empty(self.size, np.uint16)
        backward[forward] = np.arange(self.size, dtype=np.uint16)
        return forward.astype(np.uint16), backward

    def _walk(self, index: U64, step: Callable[[U64], U64]) -> U64:
        out = step(index)
        outside = np.flatnonzero(out >= np.uint64(self.size))
        while len(outside):
            moved = step(out[outside])
            out[outside] = moved
            outside = outside[moved >= np.uint64(self.size)]
        return out

    def _mix(self, index: U64) -> U64:
        x = index.astype(np.uint64)
        for multiplier, add in zip(self._multipliers, self._adds, strict=True):
            x *= multiplier
            x += add
            x &= self._mask
            x ^= x >> self._shift
        return x

    def _unmix(self, value: U64) -> U64:
        x = value.astype(np.uint64)
        for inverse, add in zip(reversed(self._inverses), reversed(self._adds), strict=True):
            x ^= x >> self._shift
            x -= add
            x *= inverse
            x &= self._mask
        return x
