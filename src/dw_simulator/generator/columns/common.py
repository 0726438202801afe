"""What the text families share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa

from dw_simulator.generator import pools
from dw_simulator.generator.composed import Choice, Composed, Counter, Part, Pattern
from dw_simulator.generator.domain import Domain, Listed, Pool, sampled
from dw_simulator.generator.registry import Request, Rule, RuleProblem, add_rule

POOL_SIZE = 8192
"""Values of a pool that stands in for composing every value."""

UPPER = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LOWER = b"abcdefghijklmnopqrstuvwxyz"
DIGITS = b"0123456789"
HEX = b"0123456789abcdef"
CODE = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without 0, 1, I and O, which people mix up."""


def texts(values: Sequence[str]) -> pa.Array:
    return pa.array(list(dict.fromkeys(values)), pa.string())


def fit(request: Request, values: pa.Array) -> pa.Array:
    """The values that the column is long enough for.

    Raises:
        RuleProblem: none is.
    """
    found = pools.fitting(values, request.limit)
    if len(found):
        return found
    shortest = min((len(value.encode()) for value in values.to_pylist()), default=0)
    raise RuleProblem(
        f"its values are at least {shortest} bytes long, but {type_text(request)} holds {request.limit}",
        "widen the column or use another rule",
    )


def type_text(request: Request) -> str:
    length = request.column.varchar_length
    return f"{request.column.data_type}({length})" if length else str(request.column.data_type)


def from_pool(request: Request, values: pa.Array) -> Domain:
    fitting = fit(request, values)
    return Listed(fitting) if request.wanted and len(fitting) > POOL_SIZE else Pool(fitting)


def add_pool(name: str, *aliases: str, file: str, field: int = 0, description: str) -> None:
    """Register a rule whose values are one field of a pool file."""

    def make(request: Request) -> Domain:
        return from_pool(request, pools.pool(file, field))

    add_rule(Rule(name, make, description), aliases)


def pooled(request: Request, domain: Domain) -> Domain:
    """``domain`` itself for a unique column, a pool of its values for any other."""
    return domain if request.wanted else sampled(domain, request.stream("pool"), POOL_SIZE)


def within(request: Request, *candidates: Callable[[], Composed]) -> Composed:
    """The first candidate that the column is long enough for and that has as many values as are wanted; the most
    numerous of those that fit if none has.

    Raises:
        RuleProblem: none fits.
    """
    made = [candidate() for candidate in candidates]
    fitting = [domain for domain in made if (domain.reach().width or 0) <= request.limit]
    if not fitting:
        shortest = min(domain.reach().width or 0 for domain in made)
        raise RuleProblem(
            f"its values are up to {shortest} bytes long, but {type_text(request)} holds {request.limit}",
            "widen the column or use another rule",
        )
    enough = (domain for domain in fitting if domain.size >= request.wanted)
    return next(enough, max(fitting, key=lambda domain: domain.size))


def counter_for(request: Request, variants: int) -> Counter:
    """A part that makes ``variants`` texts into as many as are wanted."""
    return Counter(max(1, -(-request.wanted // max(variants, 1))))


def numbered(request: Request, values: pa.Array, separator: str = " ") -> Domain:
    """Values of a pool; for a unique column with more rows than values, followed by a number where needed."""
    if request.wanted <= len(pools.fitting(values, request.limit)):
        return from_pool(request, values)
    room = request.limit - len(separator) - len(str(request.wanted))
    fitting = pools.fitting(values, room)
    if not len(fitting):
        return from_pool(request, values)
    return Composed(Choice(fitting), _Suffix(separator, counter_for(request, len(fitting))))


class _Suffix:
    """A counter with a separator before it, unless it is empty."""

    def __init__(self, separator: str, counter: Counter) -> None:
        self._part: Part = (
            Choice(["", *(f"{separator}{number}" for number in range(2, counter.size + 1))])
            if counter.size <= 1 << 16
            else counter
        )
        self.size, self.width = counter.size, counter.width + len(separator)
        self.text = self._part.text


def code(request: Request, most: int = 10) -> Pattern:
    """Capital letters and digits: ``most`` characters, or as many as the wanted number of values needs; small letters
    too where the column is too short for so many values."""
    width = min(most, request.limit)
    while len(CODE) ** width < 2 * request.wanted and width < request.limit:
        width += 1
    return Pattern([CODE if len(CODE) ** width >= request.wanted else UPPER + LOWER + DIGITS] * width)


def hexadecimal(width: int) -> Pattern:
    return Pattern([HEX] * width)
