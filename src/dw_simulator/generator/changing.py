"""A column that surely changes: no version of a key has the value of the version before it.

The first, third, fifth … version of a key draw freely, as the column's rules say. The others draw again until they
differ from both neighbours. So each value is found from its neighbours alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dw_simulator.generator import arrays
from dw_simulator.generator.arrays import Mask
from dw_simulator.generator.choosing import Chooser
from dw_simulator.generator.lives import Events, Lives
from dw_simulator.generator.making import Drawn
from dw_simulator.generator.registry import RuleProblem, Values
from dw_simulator.generator.streams import I64, Rows
from dw_simulator.generator.transforms import AnyInt

_AGAIN = 8
"""Draws before the next value that fits is taken."""

_MEASURED_AGAIN = 64

_FAR = np.uint64(1 << 44)
"""Draws after the first use the words of rows that no table has."""


def changing(values: Values, lives: Lives, events: Callable[[Rows], Events]) -> Values:
    """``values`` of a table of versions, changed so that they change. Raises RuleProblem for fewer than two values."""
    if not isinstance(values, Drawn):
        return _Measured(values, lives, events)
    weights = values.domain.weights
    allowed = None if weights is None else np.flatnonzero(np.asarray(weights) > 0)
    size = values.domain.size if allowed is None else len(allowed)
    if size < 2:
        raise RuleProblem(
            "it is to change from version to version, but can take one value only",
            "allow it more values, or name another column first in changes",
        )
    return Drawn(values.domain, _Changing(values.chooser, lives, events, size, allowed))


@dataclass
class _Neighbours:
    """The versions that draw again (``places`` among the rows), and those before and after them."""

    places: AnyInt
    before: Rows
    after: Rows
    has_after: Mask


def _neighbours(lives: Lives, events: Events) -> _Neighbours:
    places = np.flatnonzero(events.round % 2 == 0)
    some = Events(*(part[places] for part in (events.number, events.day, events.key, events.round)))
    before, after = lives.previous(some), lives.next(some)
    return _Neighbours(
        places,
        Rows.of(before.number.astype(np.uint64)),
        Rows.of(after.number.astype(np.uint64)),
        after.day <= lives.days,
    )


def _again(numbers: I64, attempt: int) -> Rows:
    return Rows.of(numbers.astype(np.uint64) + np.uint64(attempt) * _FAR)


@dataclass
class _Changing:
    """Numbers of a domain. ``allowed`` are those with a weight, if the domain has weights; ``size`` is their number."""

    inner: Chooser
    lives: Lives
    events: Callable[[Rows], Events]
    size: int
    allowed: AnyInt | None

    def choose(self, rows: Rows) -> AnyInt:
        events = self.events(rows)
        if self.size == 2:
            return self._alternating(events)
        out = self.inner.choose(rows).astype(np.int64)
        near = _neighbours(self.lives, events)
        if not len(near.places):
            return out
        before = self.inner.choose(near.before).astype(np.int64)
        after = np.where(near.has_after, self.inner.choose(near.after).astype(np.int64), -1)
        mine = out[near.places]
        for attempt in range(1, _AGAIN + 1):
            equal = np.flatnonzero((mine == before) | (mine == after))
            if not len(equal):
                break
            numbers = events.number[near.places[equal]]
            mine[equal] = self.inner.choose(_again(numbers, attempt)).astype(np.int64)
        for _ in range(2):
            equal = np.flatnonzero((mine == before) | (mine == after))
            mine[equal] = self._following(mine[equal])
        out[near.places] = mine
        return out

    def _following(self, numbers: I64) -> I64:
        if self.allowed is None:
            return (numbers + 1) % self.size
        return self.allowed[(np.searchsorted(self.allowed, numbers) + 1) % self.size].astype(np.int64)

    def _alternating(self, events: Events) -> AnyInt:
        """Of two values, the versions of a key take turns."""
        first = self.lives.of_key(events.key, np.full(len(events.key), -1, np.int64))
        drawn = self.inner.choose(Rows.of(first.number.astype(np.uint64))).astype(np.int64)
        return np.where(events.round % 2 == 0, self._following(drawn), drawn)


@dataclass
class _Measured:
    """Values that are measured and not numbered."""

    inner: Values
    lives: Lives
    events: Callable[[Rows], Events]

    @property
    def type(self) -> pa.DataType:
        return self.inner.type

    def take(self, rows: Rows) -> pa.Array:
        events = self.events(rows)
        near = _neighbours(self.lives, events)
        values = arrays.plain(self.inner.take(rows))
        if not len(near.places):
            return values
        before, after = (arrays.plain(self.inner.take(part)) for part in (near.before, near.after))
        mine = values.take(pa.array(near.places))
        for attempt in range(_MEASURED_AGAIN + 1):
            equal = np.flatnonzero(_equal(mine, before) | (_equal(mine, after) & near.has_after))
            if not len(equal):
                break
            if attempt == _MEASURED_AGAIN:
                raise ValueError(
                    "its distribution hardly gives two different values, but it is to change in each version"
                )
            drawn = arrays.plain(self.inner.take(_again(events.number[near.places[equal]], attempt + 1)))
            mine = _replaced(mine, equal, drawn)
        return _replaced(values, near.places, mine)


def _equal(one: pa.Array, other: pa.Array) -> Mask:
    found: Mask = pc.equal(one, other).to_numpy(zero_copy_only=False)
    return found


def _replaced(values: pa.Array, places: AnyInt, new: pa.Array) -> pa.Array:
    index = np.arange(len(values))
    index[places] = len(values) + np.arange(len(new))
    return pa.concat_arrays([values, new]).take(pa.array(index))
