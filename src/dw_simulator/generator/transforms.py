"""Random words -> bounded integers, weighted choices, ranks and quantiles.

At run time only integer and IEEE basic operations (+, -, *, comparison, rounding) touch the values, so a seed gives the
same bytes on every machine; logarithms, powers and the normal quantile appear only in tables, computed with Python's
``math``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from statistics import NormalDist
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from dw_simulator.generator.streams import U32, U64, Rows, WordSource, multiply_high

F64 = NDArray[np.float64]
AnyInt = NDArray[Any]

NARROW = 1 << 20
"""Up to this many choices 32-bit words do: the bias of multiply-shift is below 2**-12 of one choice's probability."""

_32 = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)


def unit(words: U64) -> F64:
    """uint64 -> floats in [0, 1), 53 bits."""
    out = (words >> np.uint64(11)).astype(np.float64)
    out *= 2.0**-53
    return out


def below32(words: U32, count: int) -> AnyInt:
    """uint32 words -> int32 in [0, count), count <= NARROW."""
    wide = words.astype(np.uint64)
    wide *= np.uint64(count)
    wide >>= _32
    return wide.astype(np.int32)


def below64(words: U64, count: int) -> U64:
    """uint64 words -> uint64 in [0, count), count <= 2**63: the upper half of the 128-bit product."""
    if count & (count - 1) == 0:
        return words >> np.uint64(65 - count.bit_length()) if count > 1 else np.zeros_like(words)
    if count >= 1 << 32:
        return multiply_high(words, np.uint64(count))
    low = words & _LOW
    low *= np.uint64(count)
    low >>= _32
    high = words >> _32
    high *= np.uint64(count)
    high += low
    high >>= _32
    return high


def uniform_index(rows: Rows, stream: WordSource, count: int) -> AnyInt:
    """One of [0, count) for every row: int32 for small counts, uint64 for large ones."""
    if count <= NARROW:
        return below32(rows.words32(stream), count)
    return below64(rows.words(stream), count)


def digits(index: U64, sizes: Sequence[int]) -> list[U64]:
    """``index`` in mixed radix: one array a place, the last place moves fastest."""
    out: list[U64] = []
    rest = index
    for size in reversed(sizes):
        upper = rest // np.uint64(size)
        out.append(rest - upper * np.uint64(size))
        rest = upper
    return out[::-1]


class Choice(Protocol):
    """Chooses i with probability weights[i] / sum(weights): one uint32 word in, one int32 index out."""

    def choose(self, words: U32) -> AnyInt: ...


def weighted(weights: Sequence[float], *, rising: bool = False) -> Choice:
    """A :class:`Choice` for these weights, exact to 2**-32. ``rising``: larger words give the same or later choices."""
    if rising and len(weights) > _FEW_CHOICES:
        return CellChoice(weights, 16)
    return CellChoice(weights) if len(weights) <= _FEW_CHOICES else AliasChoice(weights)


_FEW_CHOICES = 64


class CellChoice:
    """For few choices: the word's upper bits look up a cell; a cell in which one choice ends and another begins is
    settled by binary search."""

    def __init__(self, weights: Sequence[float], bits: int = 12) -> None:
        cumulated = np.cumsum(np.asarray(weights, np.float64)) / math.fsum(weights)
        ends = np.minimum(np.rint(cumulated * 2.0**32), 2.0**32).astype(np.uint64)
        ends[int(np.flatnonzero(np.asarray(weights))[-1]) :] = 1 << 32
        edges = np.arange((1 << bits) + 1, dtype=np.uint64) << np.uint64(32 - bits)
        first = np.searchsorted(ends, edges[:-1], side="right")
        final = np.searchsorted(ends, edges[1:] - np.uint64(1), side="right")
        self._ends = ends
        self._shift = np.uint32(32 - bits)
        self._cells = np.where(first == final, first, -1).astype(np.int32)

    def choose(self, words: U32) -> AnyInt:
        out = self._cells[words >> self._shift]
        undecided = np.flatnonzero(out < 0)
        if len(undecided):
            out[undecided] = np.searchsorted(self._ends, words[undecided].astype(np.uint64), side="right")
        return cast(AnyInt, out)


class AliasChoice:
    """For many choices: Vose's alias method over a power of two of cells (M. D. Vose, "A linear algorithm for
    generating random numbers with a given distribution", 1991)."""

    def __init__(self, weights: Sequence[float]) -> None:
        self._bits = (len(weights) - 1).bit_length()
        cells = 1 << self._bits
        total = math.fsum(weights)
        shares = [weight / total * cells for weight in weights] + [0.0] * (cells - len(weights))
        other = list(range(cells))
        small = [cell for cell, share in enumerate(shares) if share < 1]
        large = [cell for cell, share in enumerate(shares) if share >= 1]
        kept = list(shares)
        while small and large:
            low, high = small.pop(), large[-1]
            other[low] = high
            kept[high] -= 1 - kept[low]
            if kept[high] < 1:
                small.append(large.pop())
        heaviest = max(range(len(weights)), key=weights.__getitem__)
        for cell in small:
            other[cell] = cell if shares[cell] > 0 else heaviest
        inside = 32 - self._bits
        self._limits = np.minimum(np.rint(np.array(kept) * 2.0**inside), 2.0**inside).astype(np.uint32)
        self._steps = np.array(other, np.int32) - np.arange(cells, dtype=np.int32)
        self._inside = np.uint32((1 << inside) - 1)

    def choose(self, words: U32) -> AnyInt:
        cell = (words >> np.uint32(32 - self._bits)).astype(np.intp)
        moved = self._steps.take(cell, mode="clip")
        moved *= (words & self._inside) >= self._limits.take(cell, mode="clip")
        moved += cell.astype(np.int32)
        return cast(AnyInt, moved)


class ZipfIndex:
    """Rank r (0-based) of ``count`` with weight 1 / (r + 1)**exponent.

    The first ranks have their exact weights; the tail is cut into narrow geometric bins, uniform inside.
    """

    _HEAD = 2048
    _BINS = 4096

    def __init__(self, count: int, exponent: float, *, rising: bool = False) -> None:
        self.count = count
        head = min(count, self._HEAD)
        weights = [rank**-exponent for rank in range(1, head + 1)]
        starts = np.arange(head, dtype=np.uint64)
        widths = np.ones(head, np.uint64)
        if count > head:
            edges = _geometric_edges(head, count, self._BINS)
            weights += [_power_integral(a, b, exponent) for a, b in pairwise(edges)]
            starts = np.concatenate([starts, np.array(edges[:-1], np.uint64)])
            widths = np.concatenate([widths, np.diff(np.array(edges, np.uint64))])
        self._choice = weighted(weights, rising=rising)
        self._starts, self._widths = starts, widths

    def choose(self, words: U64) -> U64:
        code = self._choice.choose((words >> _32).astype(np.uint32))
        out = self._starts.take(code, mode="clip")
        if self.count > self._HEAD:
            inside = words & _LOW
            inside *= self._widths.take(code, mode="clip")
            inside >>= _32
            out += inside
        return out


def _geometric_edges(start: int, end: int, bins: int) -> list[int]:
    ratio = (end / start) ** (1 / bins)
    edges = [start]
    for step in range(1, bins):
        edge = int(start * ratio**step)
        if edges[-1] < edge < end:
            edges.append(edge)
    return [*edges, end]


def _power_integral(a: int, b: int, exponent: float) -> float:
    """Close to the sum of (r + 1)**-exponent for r in [a, b)."""
    low, high = a + 0.5, b + 0.5
    if abs(exponent - 1) < 1e-9:
        return math.log(high / low)
    return float((high ** (1 - exponent) - low ** (1 - exponent)) / (1 - exponent))


Quantile = Callable[[float], float]


class QuantileTable:
    """Inverse-CDF sampling: probability -> value by linear interpolation, between probabilities ``low`` and ``high``.

    4,096 equal cells; the first and the last cell are cut again into 4,096, so tails reach to probabilities of 2**-25.
    """

    _CELLS = 4096
    _TINY = 2.0**-26

    def __init__(self, quantile: Quantile, low: float = 0.0, high: float = 1.0) -> None:
        cells = self._CELLS
        span = high - low
        self._main = self._table(quantile, low, span / cells, cells)
        self._left = self._table(quantile, low, span / cells / cells, cells)
        self._right = self._table(quantile, high - span / cells, span / cells / cells, cells)

    def _table(self, quantile: Quantile, start: float, width: float, cells: int) -> tuple[F64, F64]:
        points = [min(max(start + width * step, self._TINY), 1 - self._TINY) for step in range(cells + 1)]
        values = np.array([quantile(point) for point in points], np.float64)
        return values[:-1].copy(), np.diff(values)

    def sample(self, words: U64) -> F64:
        """One value a word."""
        cell = (words >> np.uint64(52)).astype(np.int32)
        out = self._lerp(self._main, cell, words << np.uint64(12))
        for table, edge in ((self._left, 0), (self._right, self._CELLS - 1)):
            rows = np.flatnonzero(cell == edge)
            inner = words[rows] << np.uint64(12)
            fine = (inner >> np.uint64(52)).astype(np.int32)
            out[rows] = self._lerp(table, fine, inner << np.uint64(12))
        return out

    @staticmethod
    def _lerp(table: tuple[F64, F64], cell: AnyInt, rest: U64) -> F64:
        values, steps = table
        out = (rest >> np.uint64(11)).astype(np.float64)
        out *= 2.0**-53
        out *= steps.take(cell, mode="clip")
        out += values.take(cell, mode="clip")
        return out


_STANDARD = NormalDist()


@lru_cache(maxsize=64)
def _normal_table(low: float, high: float) -> QuantileTable:
    return QuantileTable(_STANDARD.inv_cdf, low, high)


@lru_cache(maxsize=64)
def _lognormal_table(mu: float, sigma: float, low: float, high: float) -> QuantileTable:
    return QuantileTable(lambda p: math.exp(mu + sigma * _STANDARD.inv_cdf(p)), low, high)


@lru_cache(maxsize=64)
def _exponential_table(low: float, high: float) -> QuantileTable:
    return QuantileTable(lambda p: -math.log1p(-p), low, high)


class NoMassError(ValueError):
    """A distribution has practically no probability between the bounds it is cut to."""


def _bounds(cdf: Callable[[float], float], low: float, high: float) -> tuple[float, float]:
    first = cdf(low) if low > -math.inf else 0.0
    last = cdf(high) if high < math.inf else 1.0
    if last - first < 1e-9:
        raise NoMassError
    return first, last


def normal(mean: float, stddev: float, low: float, high: float) -> Callable[[U64], F64]:
    """Normal, cut to [low, high] (may be infinite).

    Raises:
        NoMassError: less than 1e-9 of the distribution lies between the bounds.
    """
    first, last = _bounds(NormalDist(mean, stddev).cdf, low, high)
    table = _normal_table(first, last)

    def sample(words: U64) -> F64:
        out = table.sample(words)
        out *= stddev
        out += mean
        return out

    return sample


def lognormal(mu: float, sigma: float, low: float, high: float) -> Callable[[U64], F64]:
    """exp(Normal(mu, sigma)), cut to [low, high].

    Raises:
        NoMassError: less than 1e-9 of the distribution lies between the bounds.
    """
    standard = NormalDist(mu, sigma).cdf
    first, last = _bounds(lambda x: standard(math.log(x)) if x > 0 else 0.0, low, high)
    return _lognormal_table(mu, sigma, first, last).sample


def exponential(scale: float, start: float, high: float) -> Callable[[U64], F64]:
    """start + Exponential(mean ``scale``), cut at ``high``.

    Raises:
        NoMassError: less than 1e-9 of the distribution lies below ``high``.
    """
    first, last = _bounds(lambda x: -math.expm1(-max(x, 0.0) / scale), 0.0, high - start)
    table = _exponential_table(first, last)

    def sample(words: U64) -> F64:
        out = table.sample(words)
        out *= scale
        out += start
        return out

    return sample
