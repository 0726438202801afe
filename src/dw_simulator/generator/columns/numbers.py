"""What integers, decimals and floats share: bounds from rules, names and types; measured distributions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from dw_simulator.generator import arrays, transforms
from dw_simulator.generator.domain import Grid
from dw_simulator.generator.marginals import Binned, cut, marginal
from dw_simulator.generator.registry import Request, RuleProblem, Values, distribution
from dw_simulator.generator.streams import U64, Rows, WordSource
from dw_simulator.generator.transforms import F64
from dw_simulator.schema.checks.rules import number_range
from dw_simulator.schema.distributions import Distribution, Exponential, Histogram, LogNormal, Normal
from dw_simulator.schema.model import INTEGER_RANGES, Column, DataType

DEFAULT_LOW, DEFAULT_HIGH = 1, 10_000

NUMBERS = (*INTEGER_RANGES, DataType.DECIMAL, DataType.FLOAT)


def arrow_type(column: Column) -> pa.DataType:
    """Arrow type of a number column; decimals are 64-bit where their precision allows, for half the memory traffic."""
    if column.data_type is DataType.DECIMAL:
        precision, scale = column.decimal_size
        return pa.decimal64(precision, scale) if precision <= 18 else pa.decimal128(precision, scale)
    return _INTEGER_TYPES.get(column.data_type, pa.float64())


_INTEGER_TYPES = {DataType.SMALLINT: pa.int16(), DataType.INT: pa.int32(), DataType.BIGINT: pa.int64()}


def scale_of(column: Column) -> int:
    return column.decimal_size[1] if column.data_type is DataType.DECIMAL else 0


def exact(value: object) -> Fraction:
    return Fraction(str(value))


def bounds(request: Request) -> tuple[Fraction, Fraction]:
    """Lowest and highest value: the rules first, then what the name suggests, always within the type."""
    column, hint = request.column, request.guess
    low = exact(DEFAULT_LOW if hint.low is None else hint.low)
    high = exact(DEFAULT_HIGH if hint.high is None else hint.high)
    span = high - low
    if column.min_value is not None:
        low = exact(column.min_value)
        high = high if high > low else low + span
    if column.max_value is not None:
        high = exact(column.max_value)
        if column.min_value is None:
            low = low if low < high else high - span
    limits = number_range(column)
    if limits:
        low, high = max(low, limits[0]), min(high, limits[1])
        low = low if low <= high else Fraction(0)
    return low, high


def unscaled(request: Request) -> tuple[int, int]:
    """:func:`bounds` in the last digit that the type holds."""
    low, high = bounds(request)
    factor = 10 ** scale_of(request.column)
    lowest, highest = math.ceil(low * factor), math.floor(high * factor)
    return (lowest, highest) if lowest <= highest else (highest, highest)


def is_bounded(column: Column) -> bool:
    return column.min_value is not None and column.max_value is not None


def unscaled_domain(request: Request) -> Grid:
    """The numbers of an integer or decimal column. A unique column without both bounds takes as many as it needs,
    upwards from its ``min_value`` (or 1), or downwards from its ``max_value``."""
    column, kind = request.column, arrow_type(request.column)
    low, high = unscaled(request)
    if not request.wanted or is_bounded(column):
        return Grid.between(kind, low, high)
    named = request.guess.known and not request.guess.flexible
    if named and column.data_type is not DataType.DECIMAL and high - low + 1 >= request.wanted:
        return Grid.between(kind, low, high)
    return _as_many_as_wanted(request, kind)


def _as_many_as_wanted(request: Request, kind: pa.DataType) -> Grid:
    column, factor = request.column, 10 ** scale_of(request.column)
    limits = number_range(column)
    assert limits is not None
    least, most = int(limits[0] * factor), int(limits[1] * factor)
    for step in (factor, 1):
        first = 1 if column.min_value is None else math.ceil(exact(column.min_value) * factor)
        first = first if column.min_value is not None else step
        if column.max_value is not None:
            last = math.floor(exact(column.max_value) * factor)
            first = min(first, last - (request.wanted - 1) * step)
        if least <= first and first + (request.wanted - 1) * step <= most:
            return Grid(kind, first, request.wanted, step)
    return Grid.between(kind, least if column.min_value is None else first, most)


# --- measured distributions -----------------------------------------------------------------------------------
_MOST_STEPS = 1 << 62

Sampler = Callable[[U64], F64]


@dataclass
class MeasuredNumbers:
    """Integers or decimals from a continuous distribution, rounded to the last digit and kept within the bounds."""

    sampler: Sampler
    words: WordSource
    grid: Grid
    factor: float
    """grid steps of one unit"""
    first: int
    """the grid's start, in steps, at least -2**62"""
    rounded: np.ufunc = np.rint

    @property
    def last(self) -> int:
        return self.first + self.grid.size - 1

    @property
    def type(self) -> pa.DataType:
        return self.grid.type

    def take(self, rows: Rows) -> pa.Array:
        values = self.sampler(rows.words(self.words))
        if self.factor != 1:
            values *= self.factor
        self.rounded(values, out=values)
        np.clip(values, -_MOST_STEPS, _MOST_STEPS, out=values)
        steps = values.astype(np.int64)
        np.clip(steps, self.first, self.last, out=steps)
        steps -= self.first
        return self.grid.at(steps.view(np.uint64))


@dataclass
class MeasuredFloats:
    """Floats from a continuous distribution, within the bounds; with ``decimals``, rounded to so many digits."""

    sampler: Sampler
    words: WordSource
    low: float
    high: float
    decimals: int | None
    type: ClassVar[pa.DataType] = pa.float64()

    def take(self, rows: Rows) -> pa.Array:
        values = self.sampler(rows.words(self.words))
        if self.decimals is not None:
            scale = 10.0**self.decimals
            values *= scale
            np.rint(values, out=values)
            values /= scale
        np.clip(values, self.low, self.high, out=values)
        return arrays.fixed(values, self.type)


def _sampler(spec: Distribution, low: float, high: float) -> Sampler | None:
    """Distributions that have tables of their own."""
    if isinstance(spec, Normal):
        return transforms.normal(spec.mean, spec.stddev, low, high)
    if isinstance(spec, LogNormal):
        return transforms.lognormal(spec.mu, spec.sigma, low, high)
    if isinstance(spec, Exponential):
        return transforms.exponential(spec.scale, low if low > -math.inf else 0.0, high)
    return None


_UNLIMITED = (-math.inf, math.inf)


def measured(request: Request, spec: Distribution) -> Values:
    """Values of a distribution of numbers, cut at the column's bounds.

    Raises:
        RuleProblem: the distribution has no mass between the bounds.
    """
    column = request.column
    guessed = column.distribution is None
    given: tuple[Any, Any] = bounds(request) if guessed else (column.min_value, column.max_value)
    limits: tuple[Any, Any] = number_range(column) or (-math.inf, math.inf)
    low, high = (float(limit) if value is None else float(value) for value, limit in zip(given, limits, strict=True))
    start = 0.0 if isinstance(spec, Exponential) and given[0] is None else low
    wide = [unlimited if value is None else float(value) for value, unlimited in zip(given, _UNLIMITED, strict=True)]
    try:
        sampler = _sampler(spec, start, high) or cut(marginal(spec, wide[0], wide[1]), low, high).sample
    except transforms.NoMassError as error:
        raise RuleProblem(
            f"distribution {spec.type} has practically no values between {low:g} and {high:g}",
            "move min_value and max_value to where the distribution lies",
        ) from error
    if column.data_type is DataType.FLOAT:
        decimals = request.guess.decimals if guessed else None
        return MeasuredFloats(sampler, request.words, low, high, decimals)
    return _measured_numbers(request, sampler, low, high)


def _measured_numbers(request: Request, sampler: Sampler, low: float, high: float) -> MeasuredNumbers:
    """Floats are exact to about 15 digits, so a column with more of them gets zeros behind."""
    column = request.column
    scale = scale_of(column)
    reach = max(abs(low), abs(high), 1.0) if column.data_type is DataType.DECIMAL else 1.0
    kept = scale
    while kept > 0 and scale > 6 and reach * 10.0**kept > 1e17:
        kept -= 1
    step = 10 ** (scale - kept)
    if step >= 1 << 63:
        raise RuleProblem("the distribution cannot fill so many digits", "use a DECIMAL with a smaller scale")
    first = max(math.ceil(low * 10**kept), -_MOST_STEPS)
    last = min(math.floor(high * 10**kept), _MOST_STEPS)
    grid = Grid(arrow_type(column), first * step, last - first + 1, step)
    return MeasuredNumbers(sampler, request.words, grid, 10.0**kept, first)


def _declared(request: Request) -> Values:
    spec = request.column.distribution
    assert spec is not None
    return measured(request, spec)


for _name in (
    "normal", "lognormal", "exponential", "gamma", "beta", "poisson", "binomial", "pareto", "mixture",
):  # fmt: skip
    distribution(_name, NUMBERS)(_declared)


@distribution("histogram", NUMBERS)
def histogram(request: Request) -> Values:
    """Numbers from the bins of a histogram, cut at the column's bounds."""
    column = request.column
    spec = column.distribution
    assert isinstance(spec, Histogram)
    if column.data_type is DataType.FLOAT:
        edges = [float(edge) for edge in spec.edges]
        low = -math.inf if column.min_value is None else float(column.min_value)
        high = math.inf if column.max_value is None else float(column.max_value)
        sampler = _cut_bins(edges, spec.weights, low, high)
        return MeasuredFloats(sampler, request.words, max(low, edges[0]), min(high, edges[-1]), None)
    factor = 10 ** scale_of(column)
    steps = [math.ceil(exact(edge) * factor) for edge in spec.edges]
    limits = number_range(column)
    assert limits is not None
    lowest = limits[0] if column.min_value is None else exact(column.min_value)
    highest = limits[1] if column.max_value is None else exact(column.max_value)
    last = math.floor(exact(spec.edges[-1]) * factor)
    bounds = (math.ceil(lowest * factor), math.floor(highest * factor))
    return binned(request, Grid(arrow_type(column), 0, 1), steps, spec.weights, last, bounds)


def binned(
    request: Request,
    grid: Grid,
    edges: list[int],
    weights: list[float] | None,
    last: int,
    bounds: tuple[int, int],
) -> MeasuredNumbers:
    """Grid steps from the bins of a histogram; ``last`` is the last step, ``bounds`` cut them.

    Raises:
        RuleProblem: no step lies in the bins, or within the bounds.
    """
    if last < edges[0]:
        raise RuleProblem("no value of the column's type lies between the histogram's edges", "move the edges apart")
    whole = [min(edge, last) for edge in edges]
    first, final = max(whole[0], bounds[0]), min(last, bounds[1])
    ends = [float(edge) for edge in whole]
    if whole[-1] > whole[-2]:
        ends[-1] = float(last + 1)
    sampler = _cut_bins(ends, weights, float(bounds[0]), math.nextafter(float(bounds[1]) + 1, -math.inf))
    if first > final or abs(first) > _MOST_STEPS or abs(final) > _MOST_STEPS:
        raise RuleProblem(
            "the histogram has no values between the column's bounds", "move the bounds or the histogram's edges"
        )
    steps = Grid(grid.type, grid.start + first * grid.step, final - first + 1, grid.step)
    return MeasuredNumbers(sampler, request.words, steps, 1.0, first, np.floor)


def _cut_bins(edges: list[float], weights: list[float] | None, low: float, high: float) -> Sampler:
    try:
        return cut(Binned(edges, weights), max(low, edges[0]), min(high, edges[-1])).sample
    except transforms.NoMassError as error:
        raise RuleProblem(
            "the histogram has practically no values between the column's bounds",
            "move the bounds or the histogram's edges",
        ) from error
