"""How often which value of a column comes: the distributions that a column can declare."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, StrictInt, field_validator, model_validator

from dw_simulator.schema.base import Count, IsoMoment, Model, Real, parse_moment

Weight = Annotated[Real, Field(ge=0)]

MOST_OUTCOMES = 100_000_000
"""Largest mean of a Poisson and number of trials of a binomial distribution: their values are tabulated."""


def _check_weights(weights: list[float] | None, wanted: int, what: str) -> None:
    if weights is None:
        return
    if len(weights) != wanted:
        raise ValueError(f"{wanted} {what}s but {len(weights)} weights; give one weight a {what}")
    if sum(weights) <= 0:
        raise ValueError(f"all weights are 0; give at least one {what} a weight above 0")


class Uniform(Model):
    """Every value between ``min_value`` and ``max_value`` (``date_start`` and ``date_end``) is equally likely."""

    type: Literal["uniform"] = "uniform"


class Normal(Model):
    """Normal (Gaussian), cut at the column's ``min_value`` and ``max_value`` where these are given."""

    type: Literal["normal"] = "normal"
    mean: Real
    stddev: Real = Field(gt=0)


class LogNormal(Model):
    """exp(Normal(mu, sigma)): many small values and a few large ones. The median is exp(mu)."""

    type: Literal["lognormal"] = "lognormal"
    mu: Real
    sigma: Real = Field(gt=0)


class Exponential(Model):
    """Exponential with the given mean (``scale``), shifted to start at the column's ``min_value`` (0 without one)."""

    type: Literal["exponential"] = "exponential"
    scale: Real = Field(gt=0)


class Gamma(Model):
    """Gamma with mean ``shape * scale``: waiting times, amounts. Cut at the column's bounds."""

    type: Literal["gamma"] = "gamma"
    shape: Real = Field(ge=0.01, le=1e6)
    scale: Real = Field(1.0, gt=0)


class Beta(Model):
    """Beta, stretched from the column's ``min_value`` to its ``max_value`` (0 to 1 without them): shares, scores."""

    type: Literal["beta"] = "beta"
    alpha: Real = Field(ge=0.01, le=1e6)
    beta: Real = Field(ge=0.01, le=1e6)


class Poisson(Model):
    """Poisson: how many events there are when ``mean`` are expected. Cut at the column's bounds."""

    type: Literal["poisson"] = "poisson"
    mean: Real = Field(gt=0, le=MOST_OUTCOMES)


class Binomial(Model):
    """Binomial: how many of ``trials`` succeed, each with ``probability``. Cut at the column's bounds."""

    type: Literal["binomial"] = "binomial"
    trials: Count = Field(ge=1, le=MOST_OUTCOMES)
    probability: Real = Field(ge=0, le=1)


class Pareto(Model):
    """Pareto: P(value > x) = (minimum / x)**alpha from ``minimum`` on; the smaller ``alpha``, the heavier the tail."""

    type: Literal["pareto"] = "pareto"
    alpha: Real = Field(ge=0.05)
    minimum: Real = Field(1.0, gt=0)


class Zipf(Model):
    """Rank r of n has weight 1 / r**exponent. On a foreign key it says how children spread over their parents."""

    type: Literal["zipf"] = "zipf"
    exponent: Real = Field(1.0, gt=0, le=10)


class Categorical(Model):
    """One of ``values``, with ``weights`` (equal without them)."""

    type: Literal["categorical"] = "categorical"
    values: list[str | int | float | bool] = Field(min_length=1, max_length=100_000)
    weights: list[Weight] | None = None

    @model_validator(mode="after")
    def _weights_match(self) -> Categorical:
        _check_weights(self.weights, len(self.values), "value")
        return self


class Histogram(Model):
    """An empirical distribution: bin i lies between ``edges[i]`` (included) and ``edges[i + 1]`` and has ``weights[i]``
    (equal without weights: the edges are quantiles). Inside a bin every value is equally likely; the last edge is
    included. Two equal edges are one value that has a weight of its own. Edges of dates and timestamps are ISO 8601
    texts."""

    type: Literal["histogram"] = "histogram"
    edges: list[StrictInt | Real | str] = Field(min_length=2, max_length=10_001)
    weights: list[Weight] | None = None

    @field_validator("edges", mode="before")
    @classmethod
    def _moments_as_text(cls, value: Any) -> Any:
        """YAML reads dates as such."""
        if not isinstance(value, list):
            return value
        return [edge.isoformat() if isinstance(edge, dt.date) else edge for edge in value]

    @model_validator(mode="after")
    def _edges_in_order(self) -> Histogram:
        numbers = [edge for edge in self.edges if not isinstance(edge, str)]
        if numbers and len(numbers) < len(self.edges):
            raise ValueError("the edges are partly numbers and partly texts; write all numbers or all moments")
        for low, high in pairwise(numbers):
            if high < low:
                raise ValueError(f"edge {high} comes after {low}; edges must not fall")
        return self

    @model_validator(mode="after")
    def _weights_match(self) -> Histogram:
        _check_weights(self.weights, len(self.edges) - 1, "bin")
        return self


class MixtureComponent(Model):
    """One part of a mixture, with its share."""

    weight: Annotated[Real, Field(gt=0)] = 1.0
    distribution: Annotated[
        Normal | LogNormal | Exponential | Gamma | Beta | Poisson | Binomial | Pareto | Histogram,
        Field(discriminator="type"),
    ]


class Mixture(Model):
    """Each value comes from one of ``components``, with probability in proportion to its ``weight``: several peaks, or
    a spike at 0 beside a continuous part. Cut at the column's bounds as a whole."""

    type: Literal["mixture"] = "mixture"
    components: list[MixtureComponent] = Field(min_length=1, max_length=100)


Hour = Annotated[Count, Field(ge=0, le=24)]


class BusinessHours(Model):
    """Hours of the day, from ``open`` (included) to ``close`` (not included), on the days with a weight."""

    open: Hour = 9
    close: Hour = 17

    @model_validator(mode="after")
    def _in_order(self) -> BusinessHours:
        if self.close <= self.open:
            raise ValueError(f"closes at {self.close}, but opens at {self.open}; close must be later")
        return self


class Burst(Model):
    """A time in which values are ``factor`` times as frequent (0: none). Dates mean whole days."""

    start: IsoMoment
    end: IsoMoment = Field(description="included where it is a date")
    factor: Weight

    @field_validator("start", "end", mode="before")
    @classmethod
    def _read_moment(cls, value: Any) -> Any:
        return parse_moment(value)

    @model_validator(mode="after")
    def _in_order(self) -> Burst:
        if _first_moment(self.end) < _first_moment(self.start):
            raise ValueError(f"the burst ends at {self.end}, before it starts at {self.start}; exchange them")
        return self


def _first_moment(moment: IsoMoment) -> dt.datetime:
    """Midnight of a date; in UTC where there is no zone."""
    full = moment if isinstance(moment, dt.datetime) else dt.datetime.combine(moment, dt.time())
    return full if full.tzinfo else full.replace(tzinfo=dt.UTC)


class Calendar(Model):
    """Dates and timestamps that follow the calendar: all weights multiply. Hours are in UTC and for timestamps only."""

    type: Literal["calendar"] = "calendar"
    weekdays: list[Weight] | None = Field(
        None, min_length=7, max_length=7, description="weights of Monday to Sunday; with business_hours 5 days"
    )
    hours: list[Weight] | None = Field(None, min_length=24, max_length=24, description="weights of the hours 0 to 23")
    months: list[Weight] | None = Field(
        None, min_length=12, max_length=12, description="weights of January to December"
    )
    business_hours: BusinessHours | None = Field(None, description="nothing outside of these hours, nor on weekends")
    growth: Real = Field(0.0, gt=-1, le=1000, description="change per year: 0.2 is 20 % more each year")
    holidays: list[dt.date] = Field(default_factory=list, description="days without values")
    bursts: list[Burst] = Field(default_factory=list)


class Markov(Model):
    """A Markov chain, such as the states of an order over its events: each row's state follows from the state of the
    row before. Chains are ``length`` rows long, or as long as a parent has children: ``along`` names the foreign key
    column, which needs a `fan_out`. ``transitions`` give for each state the weights of the next one; a state without
    transitions stays."""

    type: Literal["markov"] = "markov"
    start: dict[str, Weight] = Field(min_length=1, description="weights of the first state")
    transitions: dict[str, dict[str, Weight]]
    length: Count | None = Field(None, ge=1, le=10_000)
    along: str | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Markov:
        if (self.length is None) == (self.along is None):
            raise ValueError("a Markov chain wants either a length or a foreign key column that it goes along")
        for state, weights in (("start", self.start), *self.transitions.items()):
            if weights and sum(weights.values()) <= 0:
                raise ValueError(f"all weights of {state!r} are 0; give at least one a weight above 0")
        return self

    @property
    def states(self) -> list[str]:
        """Every state, in the order in which they are named."""
        named = [*self.start, *self.transitions, *(state for row in self.transitions.values() for state in row)]
        return list(dict.fromkeys(named))


_Drawn = (
    Uniform
    | Normal
    | LogNormal
    | Exponential
    | Gamma
    | Beta
    | Poisson
    | Binomial
    | Pareto
    | Zipf
    | Categorical
    | Histogram
    | Mixture
    | Calendar
)
Plain = Annotated[_Drawn, Field(discriminator="type")]
"""A distribution that depends on nothing else."""


class Case(Model):
    """One case of a conditional distribution."""

    when: str = Field(min_length=1, description="a condition on other columns of the row, see docs/expressions.md")
    distribution: Plain


class Conditional(Model):
    """Depends on other columns: the distribution of the first case whose condition holds, else ``otherwise``."""

    type: Literal["conditional"] = "conditional"
    cases: list[Case] = Field(min_length=1, max_length=1000)
    otherwise: Plain


Distribution = Annotated[_Drawn | Markov | Conditional, Field(discriminator="type")]

DISTRIBUTIONS: dict[str, type[Model]] = {
    "uniform": Uniform,
    "normal": Normal,
    "lognormal": LogNormal,
    "exponential": Exponential,
    "gamma": Gamma,
    "beta": Beta,
    "poisson": Poisson,
    "binomial": Binomial,
    "pareto": Pareto,
    "zipf": Zipf,
    "categorical": Categorical,
    "histogram": Histogram,
    "mixture": Mixture,
    "calendar": Calendar,
    "markov": Markov,
    "conditional": Conditional,
}
"""The models, by what ``type`` says."""


def parts_of(distribution: Distribution | None, path: str = "distribution") -> Iterator[tuple[str, Distribution]]:
    """The distribution and those inside of it, each with its path below the column."""
    if distribution is None:
        return
    yield path, distribution
    if isinstance(distribution, Mixture):
        for index, part in enumerate(distribution.components):
            yield from parts_of(part.distribution, f"{path}.components.{index}.distribution")
    if isinstance(distribution, Conditional):
        for index, case in enumerate(distribution.cases):
            yield from parts_of(case.distribution, f"{path}.cases.{index}.distribution")
        yield from parts_of(distribution.otherwise, f"{path}.otherwise")
