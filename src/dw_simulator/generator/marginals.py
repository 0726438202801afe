"""Distributions of numbers as cumulative functions and their inverses, made into tables from words to values.

Everything here runs once for a column, before the first row, with Python's ``math``; what runs for each row is in
:class:`PiecewiseQuantile` and uses IEEE basic operations only.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from statistics import NormalDist
from typing import Protocol, cast

import numpy as np

from dw_simulator.generator.streams import U64
from dw_simulator.generator.transforms import F64, NoMassError
from dw_simulator.schema.distributions import (
    Beta,
    Binomial,
    Distribution,
    Exponential,
    Gamma,
    Histogram,
    LogNormal,
    Mixture,
    Normal,
    Pareto,
    Poisson,
)

_NODES = 2048
_TINY = 2.0**-26
_LEAST_MASS = 1e-9

Points = list[float]


class Marginal(Protocol):
    """One distribution of numbers."""

    def below(self, x: float) -> float:
        """The probability of values smaller than ``x``."""
        ...

    def cdf(self, x: float) -> float:
        """The probability of values up to ``x``."""
        ...

    def points(self) -> Points:
        """Values, rising, between which the cumulative function is nearly straight; of discrete ones all."""
        ...


class Continuous:
    """A distribution without jumps, by its cumulative function and its inverse."""

    def __init__(self, cdf: Callable[[float], float], quantile: Callable[[float], float]) -> None:
        self._cdf, self._quantile = cdf, quantile

    def below(self, x: float) -> float:
        return self._cdf(x)

    def cdf(self, x: float) -> float:
        return self._cdf(x)

    def points(self) -> Points:
        """Evenly spaced probabilities; the first and last step are cut again into ever smaller ones."""
        tail = [2.0**-exponent / 8 * eighths for exponent in range(26, 11, -1) for eighths in range(8, 16)]
        middle = [place / _NODES for place in range(1, _NODES)]
        levels = sorted({_TINY, *tail, *middle, *(1 - level for level in tail), 1 - _TINY})
        return [self._quantile(level) for level in levels]


class Stepwise:
    """Whole numbers from ``first`` on with these weights."""

    def __init__(self, first: int, weights: Sequence[float]) -> None:
        self.first, self.weights = first, weights
        total = math.fsum(weights)
        self._ends = [end / total for end in accumulate(weights)]
        self._ends[-1] = 1.0

    def below(self, x: float) -> float:
        return self._before(math.ceil(x) - self.first)

    def cdf(self, x: float) -> float:
        return self._before(math.floor(x) - self.first + 1)

    def _before(self, place: int) -> float:
        return 0.0 if place <= 0 else self._ends[min(place, len(self._ends)) - 1]

    def points(self) -> Points:
        return [float(self.first + place) for place in range(len(self.weights))]


class Binned:
    """A histogram; two equal edges are one value."""

    def __init__(self, edges: Sequence[float], weights: Sequence[float] | None) -> None:
        self._edges = list(edges)
        shares = list(weights) if weights is not None else [1.0] * (len(edges) - 1)
        total = math.fsum(shares)
        self._ends = [0.0, *(end / total for end in accumulate(shares))]
        self._ends[-1] = 1.0

    def below(self, x: float) -> float:
        return self._at(x, bisect_left(self._edges, x))

    def cdf(self, x: float) -> float:
        return self._at(x, bisect_right(self._edges, x))

    def _at(self, x: float, place: int) -> float:
        """``place`` edges lie before x, those equal to it counted or not."""
        if place == 0:
            return 0.0
        if place == len(self._edges):
            return 1.0
        low, high = self._edges[place - 1], self._edges[place]
        share = (x - low) / (high - low) if high > low else 0.0
        return self._ends[place - 1] + (self._ends[place] - self._ends[place - 1]) * share

    def points(self) -> Points:
        return list(dict.fromkeys(self._edges))


class Mixed:
    """Several distributions with shares."""

    def __init__(self, parts: Sequence[tuple[float, Marginal]]) -> None:
        total = math.fsum(weight for weight, _ in parts)
        self._parts = [(weight / total, marginal) for weight, marginal in parts]

    def below(self, x: float) -> float:
        return math.fsum(share * marginal.below(x) for share, marginal in self._parts)

    def cdf(self, x: float) -> float:
        return math.fsum(share * marginal.cdf(x) for share, marginal in self._parts)

    def points(self) -> Points:
        return sorted({point for _, marginal in self._parts for point in marginal.points()})


# --- distributions without a closed inverse -----------------------------------------------------------------------
class _Tabulated:
    """A distribution from its density over t, where the value is ``value(t)``: cumulated over a grid, with the density
    straight between grid points."""

    _STEPS = 8192

    def __init__(self, density: Callable[[float], float], low: float, high: float) -> None:
        width = (high - low) / self._STEPS
        self._grid = [low + width * step for step in range(self._STEPS + 1)]
        self._density = [density(t) for t in self._grid]
        masses = ((a + b) / 2 * width for a, b in pairwise(self._density))
        self._ends = [0.0, *accumulate(masses)]
        self._width = width

    def cdf(self, t: float) -> float:
        if t <= self._grid[0]:
            return 0.0
        if t >= self._grid[-1]:
            return 1.0
        cell = min(int((t - self._grid[0]) / self._width), self._STEPS - 1)
        rest = t - self._grid[cell]
        low, high = self._density[cell], self._density[cell + 1]
        inside = rest * (low + (high - low) * rest / self._width / 2)
        return (self._ends[cell] + inside) / self._ends[-1]

    def quantile(self, p: float) -> float:
        wanted = p * self._ends[-1]
        cell = min(max(bisect_right(self._ends, wanted) - 1, 0), self._STEPS - 1)
        rest, low, high = wanted - self._ends[cell], self._density[cell], self._density[cell + 1]
        slope = (high - low) / self._width
        root = math.sqrt(max(low * low + 2 * slope * rest, 0.0))
        return self._grid[cell] + (min(2 * rest / (low + root), self._width) if low + root > 0 else 0.0)


@lru_cache(maxsize=32)
def _gamma(shape: float) -> _Tabulated:
    """ln x of a gamma distribution with scale 1."""
    log_norm = math.lgamma(shape)

    def density(t: float) -> float:
        return math.exp(shape * t - math.exp(t) - log_norm)

    spread = 12 / math.sqrt(shape)
    low = math.log(shape) - spread - (40 / shape if shape < 40 else 0)
    return _Tabulated(density, max(low, -700.0), math.log(shape + 12 * math.sqrt(shape) + 40))


@lru_cache(maxsize=32)
def _beta(alpha: float, beta: float) -> _Tabulated:
    """ln (x / (1 - x)) of a beta distribution."""
    log_norm = math.lgamma(alpha) + math.lgamma(beta) - math.lgamma(alpha + beta)

    def density(t: float) -> float:
        log_x = -math.log1p(math.exp(-t)) if t > 0 else t - math.log1p(math.exp(t))
        return math.exp(alpha * log_x + beta * (log_x - t) - log_norm)

    centre, spread = math.log(alpha / beta), 12 * math.sqrt(1 / alpha + 1 / beta)
    low = centre - spread - (40 / alpha if alpha < 40 else 0)
    high = centre + spread + (40 / beta if beta < 40 else 0)
    return _Tabulated(density, max(low, -700.0), min(high, 700.0))


def _logistic(t: float) -> float:
    return 1 / (1 + math.exp(-t)) if t > 0 else math.exp(t) / (1 + math.exp(t))


def _logit(x: float) -> float:
    if x <= 0:
        return -math.inf
    return math.inf if x >= 1 else math.log(x) - math.log1p(-x)


def poisson(mean: float) -> Stepwise:
    def log_weight(k: int) -> float:
        return k * math.log(mean) - mean - math.lgamma(k + 1)

    return _around(mean, math.sqrt(mean), None, log_weight)


def binomial(trials: int, probability: float) -> Stepwise:
    if probability in (0, 1):
        return Stepwise(trials if probability else 0, [1.0])
    log_p, log_q, log_all = math.log(probability), math.log1p(-probability), math.lgamma(trials + 1)

    def log_weight(k: int) -> float:
        ways = log_all - math.lgamma(k + 1) - math.lgamma(trials - k + 1)
        return ways + k * log_p + (trials - k) * log_q

    mean = trials * probability
    return _around(mean, math.sqrt(mean * (1 - probability)), trials, log_weight)


def _around(mean: float, stddev: float, most: int | None, log_weight: Callable[[int], float]) -> Stepwise:
    """The outcomes within 10 standard deviations (and some more for small means): all others come to below 1e-15."""
    first = max(0, math.floor(mean - 10 * stddev))
    last = math.ceil(mean + 10 * stddev + 25)
    last = last if most is None else min(last, most)
    return Stepwise(first, [math.exp(log_weight(k)) for k in range(first, last + 1)])


def marginal(spec: Distribution, low: float, high: float) -> Marginal:
    """The distribution that ``spec`` declares. ``low`` and ``high`` are the column's bounds (may be infinite): a beta
    distribution is stretched over them, an exponential one begins at ``low``."""
    return _MAKERS[type(spec)](spec, low, high)


def _normal_marginal(spec: Normal, _: float, __: float) -> Marginal:
    normal = NormalDist(spec.mean, spec.stddev)
    return Continuous(normal.cdf, normal.inv_cdf)


def _lognormal_marginal(spec: LogNormal, _: float, __: float) -> Marginal:
    normal = NormalDist(spec.mu, spec.sigma)
    return Continuous(lambda x: normal.cdf(math.log(x)) if x > 0 else 0.0, lambda p: math.exp(normal.inv_cdf(p)))


def _exponential_marginal(spec: Exponential, low: float, _: float) -> Marginal:
    start = low if low > -math.inf else 0.0
    return Continuous(
        lambda x: -math.expm1(-max(x - start, 0.0) / spec.scale), lambda p: start - spec.scale * math.log1p(-p)
    )


def _gamma_marginal(spec: Gamma, _: float, __: float) -> Marginal:
    table = _gamma(spec.shape)
    return Continuous(
        lambda x: table.cdf(math.log(x / spec.scale)) if x > 0 else 0.0,
        lambda p: spec.scale * math.exp(table.quantile(p)),
    )


def _beta_marginal(spec: Beta, low: float, high: float) -> Marginal:
    table = _beta(spec.alpha, spec.beta)
    start, end = _beta_support(low, high)
    width = end - start
    return Continuous(
        lambda x: table.cdf(_logit((x - start) / width)), lambda p: start + width * _logistic(table.quantile(p))
    )


def _beta_support(low: float, high: float) -> tuple[float, float]:
    """Where a beta distribution lies: between the bounds that are given, one wide if only one is."""
    if low > -math.inf and high < math.inf:
        return (low, high) if high > low else (low, low + 1e-9)
    if low > -math.inf:
        return low, low + 1
    return (high - 1, high) if high < math.inf else (0.0, 1.0)


def _pareto_marginal(spec: Pareto, _: float, __: float) -> Marginal:
    return Continuous(
        lambda x: 1 - (spec.minimum / x) ** spec.alpha if x > spec.minimum else 0.0,
        lambda p: spec.minimum * (1 - p) ** (-1 / spec.alpha),
    )


def _histogram_marginal(spec: Histogram, _: float, __: float) -> Marginal:
    return Binned([float(edge) for edge in spec.edges], spec.weights)


def _mixture_marginal(spec: Mixture, low: float, high: float) -> Marginal:
    return Mixed([(part.weight, marginal(part.distribution, low, high)) for part in spec.components])


_MAKERS = cast(
    dict[type, Callable[[Distribution, float, float], Marginal]],
    {
        Normal: _normal_marginal,
        LogNormal: _lognormal_marginal,
        Exponential: _exponential_marginal,
        Gamma: _gamma_marginal,
        Beta: _beta_marginal,
        Pareto: _pareto_marginal,
        Poisson: lambda spec, _, __: poisson(spec.mean),
        Binomial: lambda spec, _, __: binomial(spec.trials, spec.probability),
        Histogram: _histogram_marginal,
        Mixture: _mixture_marginal,
    },
)


# --- words to values ------------------------------------------------------------------------------------------------
class PiecewiseQuantile:
    """Inverse-CDF sampling between given points: straight between them, constant at jumps. Rises with the word."""

    def __init__(self, levels: Sequence[float] | F64, values: Sequence[float] | F64) -> None:
        """``levels`` rise from 0 to 1, ``values`` do not fall; equal levels are a gap between two values."""
        ends = np.minimum(np.rint(np.array(levels[1:]) * 2.0**53), 2.0**53).astype(np.uint64)
        ends[-1] = 1 << 53
        bits = 12 if len(ends) <= 512 else 16
        edges = np.arange((1 << bits) + 1, dtype=np.uint64) << np.uint64(53 - bits)
        first = np.searchsorted(ends, edges[:-1], side="right")
        final = np.searchsorted(ends, edges[1:] - np.uint64(1), side="right")
        self._ends = ends
        self._shift = np.uint64(53 - bits)
        self._cells = np.where(first == final, first, -1).astype(np.int32)
        starts = np.concatenate([np.zeros(1), ends[:-1].astype(np.float64)])
        widths = np.maximum(ends.astype(np.float64) - starts, 1.0)
        lower = np.array(values[:-1], np.float64)
        self._starts, self._lower = starts, lower
        self._slopes = (np.array(values[1:], np.float64) - lower) / widths

    def sample(self, words: U64) -> F64:
        """One value a word."""
        levels = words >> np.uint64(11)
        piece = self._cells[(levels >> self._shift).astype(np.intp)]
        undecided = np.flatnonzero(piece < 0)
        if len(undecided):
            piece[undecided] = np.searchsorted(self._ends, levels[undecided], side="right")
        out = levels.astype(np.float64)
        out -= self._starts[piece]
        out *= self._slopes[piece]
        out += self._lower[piece]
        return out


def cut(source: Marginal, low: float, high: float) -> PiecewiseQuantile:
    """``source``, cut to [low, high] (may be infinite).

    Raises:
        NoMassError: less than 1e-9 of the distribution lies between the bounds.
    """
    first, last = source.below(low) if low > -math.inf else 0.0, source.cdf(high) if high < math.inf else 1.0
    if last - first < _LEAST_MASS:
        raise NoMassError
    inside = [point for point in source.points() if low <= point <= high]
    points = sorted({*inside, *(bound for bound in (low, high) if abs(bound) < math.inf)})
    levels: list[float] = []
    values: list[float] = []
    for point in points:
        for level in (source.below(point), source.cdf(point)):
            levels.append(min(max((level - first) / (last - first), levels[-1] if levels else 0.0), 1.0))
            values.append(point)
    levels[0], levels[-1] = 0.0, 1.0
    return PiecewiseQuantile(levels, values)
