"""Domains: numbered sets of values. Value ``i`` is a function of ``i``; different numbers, different values.

A column is a domain and a way to choose numbers from it (:mod:`.choosing`): at random, by a permutation (unique), by a
digit of a composite key. Because every domain counts its values, a key that cannot be unique is known before anything
is generated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dw_simulator.generator import arrays
from dw_simulator.generator.permutation import Permutation
from dw_simulator.generator.streams import I64, U64, Stream, multiply_high
from dw_simulator.generator.transforms import AnyInt

LARGEST = 1 << 63
"""Domains do not count further than this."""


class Domain(Protocol):
    """``size`` values of Arrow type ``type``."""

    @property
    def size(self) -> int: ...

    @property
    def type(self) -> pa.DataType: ...

    @property
    def weights(self) -> Sequence[float] | None:
        """How likely each value is where values may repeat; None: all the same."""
        ...

    def at(self, index: AnyInt) -> pa.Array:
        """The values of these numbers, each in [0, size)."""
        ...

    def reach(self) -> Reach:
        """What the values stay within."""
        ...


@dataclass(frozen=True)
class Reach:
    """Bounds of a domain: ``low`` and ``high`` for numbers, dates and times (in the unit of the Arrow type; decimals
    unscaled), ``width`` in bytes for text and binary."""

    low: int | None = None
    high: int | None = None
    width: int | None = None


class Unweighted:
    """A domain whose values are all equally likely."""

    weights: Sequence[float] | None = None


class Grid(Unweighted):
    """``start + i * step`` as an integer, decimal, date, time or timestamp type (in its unit; decimals unscaled)."""

    def __init__(
        self, kind: pa.DataType, start: int, size: int, step: int = 1, weights: Sequence[float] | None = None
    ) -> None:
        self.type, self.weights = kind, weights
        self.start, self.size, self.step = start, size, step

    @classmethod
    def between(cls, kind: pa.DataType, low: int, high: int, step: int = 1) -> Grid:
        """All of ``low``, ``low + step``, … up to ``high``; a range of more than 2**63 values is thinned out evenly."""
        size = (high - low) // step + 1
        if size > LARGEST:
            step *= -(-size // LARGEST)
            size = (high - low) // step + 1
        return cls(kind, low, size, step)

    def at(self, index: AnyInt) -> pa.Array:
        if pa.types.is_decimal128(self.type):
            return self._wide(index.astype(np.uint64, copy=False))
        if pa.types.is_boolean(self.type):
            return arrays.booleans(index == 1)
        return arrays.fixed(self.raw(index).astype(_storage(self.type), copy=False), self.type)

    def raw(self, index: AnyInt) -> I64:
        """The values as int64 (wraps around in between, as two's complement does, never in the result)."""
        out = index.astype(np.int64) if index.dtype != np.uint64 else index.view(np.int64).copy()
        if self.step != 1:
            out *= np.int64(_signed(self.step))
        if self.start:
            out += np.int64(_signed(self.start))
        return out

    def _wide(self, index: U64) -> pa.Array:
        step, start = abs(self.step), self.start & ((1 << 128) - 1)
        step_low = np.uint64(step & ((1 << 64) - 1))
        low, high = index * step_low, multiply_high(index, step_low) + index * np.uint64(step >> 64)
        if self.step < 0:
            low, high = ~low + np.uint64(1), ~high + (low == 0).astype(np.uint64)
        start_low = np.uint64(start & ((1 << 64) - 1))
        total = low + start_low
        high = high + np.uint64(start >> 64) + (total < low).astype(np.uint64)
        return arrays.decimal128(total, high.view(np.int64), self.type)

    def reach(self) -> Reach:
        last = self.start + (self.size - 1) * self.step
        return Reach(min(self.start, last), max(self.start, last))


def _signed(value: int) -> int:
    """The int64 with the same lowest 64 bits."""
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value


_STORAGE: dict[int, np.dtype[np.signedinteger[Any]]] = {
    2: np.dtype(np.int16),
    4: np.dtype(np.int32),
    8: np.dtype(np.int64),
}


def _storage(kind: pa.DataType) -> np.dtype[np.signedinteger[Any]]:
    return _STORAGE[kind.bit_width // 8]


class FloatGrid(Unweighted):
    """Floats from ``low`` to ``high``, evenly spaced; with ``decimals``, rounded to so many digits after the point."""

    type = pa.float64()

    def __init__(self, low: float, high: float, size: int, decimals: int | None = None) -> None:
        self.low, self.high, self.size = low, high, size
        self._step = (high - low) / max(size - 1, 1)
        self._scale = None if decimals is None else 10.0**decimals

    def at(self, index: AnyInt) -> pa.Array:
        out = index.astype(np.int64, copy=False).astype(np.float64)
        out *= self._step
        out += self.low
        if self._scale is not None:
            out *= self._scale
            np.rint(out, out=out)
            out /= self._scale
        np.minimum(out, self.high, out=out)
        np.maximum(out, self.low, out=out)
        return arrays.fixed(out, self.type)

    def reach(self) -> Reach:
        return Reach()


class Pool(Unweighted):
    """The values of an array, as a dictionary array. The values must differ from each other."""

    def __init__(self, values: pa.Array, weights: Sequence[float] | None = None) -> None:
        self.values = values
        self.weights = weights
        self.size = len(values)
        self.type = pa.dictionary(pa.int32(), values.type)

    def at(self, index: AnyInt) -> pa.Array:
        return arrays.dictionary(index, self.values)

    def reach(self) -> Reach:
        return Reach(width=widest(self.values))


class Listed(Unweighted):
    """The values of an array, as they are: for numbers, dates and long lists of unique texts."""

    def __init__(self, values: pa.Array, weights: Sequence[float] | None = None) -> None:
        self.values = values
        self.weights = weights
        self.size = len(values)
        self.type = values.type

    def at(self, index: AnyInt) -> pa.Array:
        return arrays.take(self.values, index)

    def reach(self) -> Reach:
        if pa.types.is_string(self.type) or pa.types.is_binary(self.type):
            return Reach(width=widest(self.values))
        if pa.types.is_boolean(self.type) or pa.types.is_floating(self.type) or pa.types.is_decimal(self.type):
            return Reach()
        bounds = pc.min_max(
            self.values.view(
                pa.int32() if self.type.bit_width == 32 else pa.int64() if self.type.bit_width == 64 else self.type
            )
        )
        return Reach(bounds["min"].as_py(), bounds["max"].as_py())


def widest(values: pa.Array) -> int:
    return int(pc.max(pc.binary_length(values)).as_py() or 0)


def sampled(domain: Domain, stream: Stream, count: int) -> Pool:
    """``count`` values of ``domain`` (all, if it has no more) as a pool: where repetition does not matter, a pool is
    many times cheaper than composing every value."""
    count = min(count, domain.size)
    index = np.arange(count, dtype=np.uint64)
    return Pool(arrays.plain(domain.at(Permutation(stream, domain.size).apply(index))))
