"""The registries of column generators: by type (:func:`family`), by rule name (:func:`rule`), by distribution
(:func:`distribution`).

Each file in :mod:`.columns` is one family and registers what it offers; importing the package fills the registries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol, TypeVar

import pyarrow as pa

from dw_simulator.generator.domain import Domain
from dw_simulator.generator.guess import Guess, guess
from dw_simulator.generator.streams import Rows, Stream, WordSource
from dw_simulator.schema.model import Column, DataType, Table

DEFAULT_LENGTH = {DataType.VARCHAR: 255, DataType.CHAR: 1, DataType.BINARY: 16}
"""Bytes that a column without a declared length is filled to: CHAR alone is CHAR(1) in every dialect."""


class RuleProblem(Exception):
    """A column cannot be generated as its rules want."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


class Values(Protocol):
    """The values of one column, before NULLs."""

    @property
    def type(self) -> pa.DataType: ...

    def take(self, rows: Rows) -> pa.Array: ...


@dataclass(frozen=True)
class Request:
    """What is known about a column when its values are designed.

    ``wanted`` is how many different values are needed (0: repetition is fine); ``argument`` is what follows the colon
    in a rule such as ``pattern:??-####``; ``correlated`` are the words that a correlated column reads instead of its
    own stream; ``pools`` is the folder in which pools that take long to make are kept.
    """

    seed: int
    table: Table
    column: Column
    wanted: int = 0
    argument: str = ""
    correlated: WordSource | None = None
    pools: Path | None = None

    @property
    def words(self) -> WordSource:
        """What decides the column's values; larger words must give larger values where the column is correlated."""
        return self.correlated or self.stream()

    def stream(self, purpose: str = "") -> Stream:
        return Stream(self.seed, self.table.name.lower(), self.column.name.lower(), purpose)

    @property
    def limit(self) -> int:
        """Longest text or binary value in bytes."""
        return self.column.varchar_length or DEFAULT_LENGTH.get(self.column.data_type, 1 << 20)

    @cached_property
    def guess(self) -> Guess:
        """What the name says about the values."""
        return guess(self.table.name, self.column.model_copy(update={"distribution": None, "after": None}))


Maker = Callable[[Request], Domain]
DistributionMaker = Callable[[Request], Values]
_Any = TypeVar("_Any", bound=Callable[..., object])


@dataclass(frozen=True)
class Rule:
    """A named kind of text. ``takes_argument`` says what may follow the name after a colon."""

    name: str
    make: Maker
    description: str
    takes_argument: str = ""


FAMILIES: dict[DataType, Maker] = {}
"""How the values of each type are made when no rule says otherwise."""

RULES: dict[str, Rule] = {}
"""The built-in rules for ``faker_rule``, by name and by alias."""

DISTRIBUTIONS: dict[tuple[str, DataType], DistributionMaker] = {}
"""Distributions that measure a value directly (others choose from a domain)."""


def family(*types: DataType) -> Callable[[_Any], _Any]:
    """Register a maker of domains for these types."""

    def register(make: _Any) -> _Any:
        for kind in types:
            if kind in FAMILIES:
                raise ValueError(f"type {kind} has a family already")
            FAMILIES[kind] = make  # type: ignore[assignment]
        return make

    return register


def rule(name: str, *aliases: str, takes_argument: str = "") -> Callable[[_Any], _Any]:
    """Register a maker of domains under a rule name; the first line of its docstring describes it."""

    def register(make: _Any) -> _Any:
        description = (make.__doc__ or name).strip().splitlines()[0]
        add_rule(Rule(name, make, description, takes_argument), aliases)  # type: ignore[arg-type]
        return make

    return register


def add_rule(entry: Rule, aliases: Iterable[str] = ()) -> None:
    for name in (entry.name, *aliases):
        if name in RULES:
            raise ValueError(f"rule {name!r} is registered twice")
        RULES[name] = entry


def distribution(name: str, types: Iterable[DataType]) -> Callable[[_Any], _Any]:
    """Register a maker of values for one distribution over these types."""

    def register(make: _Any) -> _Any:
        for kind in types:
            DISTRIBUTIONS[name, kind] = make  # type: ignore[assignment]
        return make

    return register


def find_rule(text: str) -> tuple[Rule | None, str]:
    """(the built-in rule or None, the argument) of ``name``, ``faker.name`` or ``name:argument``."""
    name, _, argument = text.removeprefix("faker.").partition(":")
    return RULES.get(name.strip().lower()), argument
