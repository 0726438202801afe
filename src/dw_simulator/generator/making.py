"""From a column's rules to its domain, and to values where repetition is fine."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pyarrow as pa

from dw_simulator.generator.choosing import Chooser, UniformChoice, WeightedChoice, ZipfChoice
from dw_simulator.generator.columns.categorical import categorical
from dw_simulator.generator.columns.faker_ import faker_domain, localised
from dw_simulator.generator.columns.numbers import is_bounded, measured
from dw_simulator.generator.domain import Domain
from dw_simulator.generator.registry import (
    DISTRIBUTIONS,
    FAMILIES,
    Request,
    RuleProblem,
    Values,
    find_rule,
)
from dw_simulator.generator.streams import Rows
from dw_simulator.schema.distributions import Categorical, Uniform, Zipf
from dw_simulator.schema.model import Column, DataType

_MOST_RANKS = 1 << 32


@dataclass
class Drawn:
    """Numbers chosen from a domain."""

    domain: Domain
    chooser: Chooser

    @property
    def type(self) -> pa.DataType:
        return self.domain.type

    def take(self, rows: Rows) -> pa.Array:
        return self.domain.at(self.chooser.choose(rows))


def make_domain(request: Request) -> Domain:
    """The values that the column's rules allow, at least ``request.wanted`` of them if the rules allow so many.

    Raises:
        RuleProblem: a rule is unknown, cannot be followed, or needs a longer column.
    """
    column = request.column
    if isinstance(column.distribution, Categorical):
        return categorical(column, column.distribution)
    if column.locale is not None:
        return localised(request, column.locale)
    if column.faker_rule:
        return _ruled(request, column.faker_rule)
    if column.data_type.is_text and request.guess.rule:
        return _guessed(request, request.guess.rule)
    return FAMILIES[column.data_type](request)


def _ruled(request: Request, text: str) -> Domain:
    entry, argument = find_rule(text)
    if entry is None:
        return faker_domain(request, text.removeprefix("faker."))
    if argument and not entry.takes_argument:
        raise RuleProblem(
            f"the rule {entry.name} takes nothing after a colon, but {argument!r} is there", f"write {entry.name}"
        )
    return entry.make(replace(request, argument=argument))


def _guessed(request: Request, text: str) -> Domain:
    """What the name suggests if it fits the column; plain text or codes if not."""
    try:
        domain = _ruled(request, text)
    except RuleProblem:
        return FAMILIES[request.column.data_type](request)
    if domain.size < request.wanted:
        return FAMILIES[request.column.data_type](request)
    return domain


def is_flexible(request: Request) -> bool:
    """Whether nothing says how many different values the column has: a key may choose."""
    column = request.column
    if isinstance(column.distribution, Categorical) or column.faker_rule:
        return False
    if request.guess.known and not request.guess.flexible:
        return False
    if column.data_type.is_integer or column.data_type is DataType.DECIMAL:
        return not is_bounded(column)
    return column.data_type.is_text


def follows_distribution(column: Column) -> bool:
    """Whether a declared distribution decides how often each value comes, so that a key must not."""
    return not isinstance(column.distribution, Categorical | Uniform | None)


def make_random(request: Request) -> Values:
    """Values that may repeat, as the column's distribution (or the one that its name suggests) says.

    Raises:
        RuleProblem: as :func:`make_domain`; or the distribution does not fit the column.
    """
    column = request.column
    spec = column.distribution
    if spec is not None and (spec.type, column.data_type) in DISTRIBUTIONS:
        return DISTRIBUTIONS[spec.type, column.data_type](request)
    if spec is None and (values := _guessed_distribution(request)):
        return values
    domain = make_domain(request)
    return Drawn(domain, _chooser(request, domain))


def _guessed_distribution(request: Request) -> Values | None:
    spec, column = request.guess.distribution, request.column
    if spec is None or column.min_value is not None or column.max_value is not None:
        return None
    try:
        return measured(request, spec)
    except RuleProblem:
        return None


def _chooser(request: Request, domain: Domain) -> Chooser:
    spec, words, rising = request.column.distribution, request.words, request.correlated is not None
    if isinstance(spec, Zipf):
        return ZipfChoice(words, min(domain.size, _MOST_RANKS), spec.exponent, None, rising=rising)
    if domain.weights is not None and not isinstance(spec, Uniform):
        return WeightedChoice.of(words, list(domain.weights), rising=rising)
    if spec is not None and not isinstance(spec, Uniform | Categorical):
        raise RuleProblem(
            f"distribution {spec.type} does not fit type {request.column.data_type}", "remove the distribution"
        )
    return UniformChoice(words, domain.size)
