"""How often which value of a column comes: the distributions that a column can declare."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, StrictInt, field_validator, model_validator

from dw_simulator.schema.base import Count, Model, Real

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


Distribution = Annotated[
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
    | Mixture,
    Field(discriminator="type"),
]

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
}
"""The models, by what ``type`` says."""
