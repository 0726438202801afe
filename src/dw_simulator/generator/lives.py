"""When the keys of a table with history come, change and go: every event by arithmetic, in both directions.

Day 0 brings the first keys. Each later day brings some new keys and changes some of those that are there. Changes go
round: the keys of day 0, and those of each later day, are a group whose members all change once before one changes
again. A round has two halves; who is in a half stays, the order within it is another each time. So a key changes at
most once a day, at irregular distances, and the event before and after an event are found without looking for them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import numpy as np

from dw_simulator.generator.arrays import Mask
from dw_simulator.generator.choosing import below_each
from dw_simulator.generator.columns.moments import DAY, SECOND
from dw_simulator.generator.permutation import Permutation
from dw_simulator.generator.registry import RuleProblem
from dw_simulator.generator.streams import I64, U64, Stream
from dw_simulator.schema.history import History

_DAY_SECONDS = DAY // SECOND
_MOST_A_DAY = 1 << 31
_GROUPS = np.uint64(40)
"""Rounds of a group are numbered below 2**40."""


class Round:
    """The order in which ``size`` members change in a round; ``turn`` are random words, one for each round."""

    def __init__(self, stream: Callable[[str], Stream], size: int) -> None:
        first = (size + 1) // 2
        self._halves = [(0, first), (first, size - first)]
        self._orders = [
            Permutation(stream(f"half {place}"), length) if length else None
            for place, (_, length) in enumerate(self._halves)
        ]

    def place(self, member: I64, turn: U64) -> I64:
        """The place of each member in its round."""
        return self._each(
            member, lambda order, inner, turned: order.apply((inner + turned) % np.uint64(order.size)), turn
        )

    def member(self, place: I64, turn: U64) -> I64:
        """The member at each place of its round."""

        def find(order: Permutation, inner: U64, turned: U64) -> U64:
            size = np.uint64(order.size)
            return (order.invert(inner) + size - turned) % size

        return self._each(place, find, turn)

    def _each(self, numbers: I64, step: Callable[[Permutation, U64, U64], U64], turn: U64) -> I64:
        out = np.empty(len(numbers), np.int64)
        for (first, length), order in zip(self._halves, self._orders, strict=True):
            inside = (numbers >= first) & (numbers < first + length)
            if order is not None and inside.any():
                inner = (numbers[inside] - first).astype(np.uint64)
                out[inside] = step(order, inner, turn[inside] % np.uint64(length)).astype(np.int64) + first
        return out


@dataclass(frozen=True)
class Events:
    """Some events: their numbers, days, keys, and rounds (-1: the key comes). ``day`` is past the last where there is
    no such event, and the number then means nothing."""

    number: I64
    day: I64
    key: I64
    round: I64


class Lives:
    """All events of a table. ``rows`` happen in the first run, and the days that can be added bring more."""

    def __init__(self, stream: Callable[[str], Stream], history: History, rows: int) -> None:
        """Raises RuleProblem if the history does not fit so many rows."""
        self.rows, self.first, self.days = rows, history.days, history.days + history.max_days
        self.start = (history.first_day - dt.date(1970, 1, 1)).days
        self.daily = history.inserts_per_day
        self._streams = {name: stream(name) for name in ("second", "turn", "delete")}
        self._deleting = round(min(2 * history.deletes, 1.0) * 2**32)
        self._lay_out(history)
        self._rounds = [Round(lambda part: stream(f"first {part}"), self.born)]
        if self.daily:
            self._rounds.append(Round(lambda part: stream(f"later {part}"), self.daily))

    def _lay_out(self, history: History) -> None:
        """How many events each day has. All numbers are exact: the first run has as many as there are rows."""
        keys = min(max(round(self.rows / history.versions), 1), self.rows)
        self.born = keys - self.daily * self.first
        if self.born < 1:
            raise RuleProblem(
                f"{self.rows:,} rows with {history.versions:g} versions a key are {keys:,} keys, but "
                f"{self.daily:,} new ones a day for {self.first:,} days are {self.daily * self.first:,}",
                "ask for more rows, or for fewer inserts_per_day, versions or days",
            )
        changes = self.rows - keys
        if changes and not self.first:
            raise RuleProblem("it has one day only, so no key has a second version", "let it end later, or versions: 1")
        key_days = self.born * self.first + self.daily * self.first * (self.first - 1) // 2
        # of keys that come on one day: changes up to each age in days
        ages = [age * self.daily * changes // key_days if key_days else 0 for age in range(self.days + 1)]
        of_born = changes - sum(ages[: self.first])
        rounds = [day * of_born // self.first if self.first else 0 for day in range(self.days + 1)]
        most = max((b - a for a, b in pairwise(rounds)), default=0)
        later = max((b - a for a, b in pairwise(ages)), default=0)
        if most > self.born // 2 + 1 or later > self.daily // 2 + 1:
            raise RuleProblem(
                f"{history.versions:g} versions a key are too many for {self.first:,} days: a key changes at most once "
                "a day, and half of them do",
                "let the history start earlier, or ask for fewer versions",
            )
        ends, total = [self.born], self.born
        for day in range(1, self.days + 1):
            added = self.daily + rounds[day] - rounds[day - 1] + ages[day - 1]
            if added >= _MOST_A_DAY:
                raise RuleProblem(f"a day has {added:,} events", "ask for fewer rows, or more days")
            total += added
            ends.append(total)
        self.ends, self._born_ends, self._age_ends = (np.array(part, np.int64) for part in (ends, rounds, ages))

    # --- counts ---------------------------------------------------------------------------------------------------
    @property
    def most(self) -> int:
        """Events of all days."""
        return int(self.ends[-1])

    def keys_after(self, day: I64) -> I64:
        """The keys that have come up to the end of each day."""
        return self.born + self.daily * day

    @property
    def most_keys(self) -> int:
        return self.born + self.daily * self.days

    def before(self, day: I64) -> I64:
        """The events of the days before each day."""
        return np.where(day > 0, self.ends[np.maximum(day - 1, 0)], 0)

    def changes_on(self, day: Any) -> Any:
        """Events of each day that are no new keys; days from 1."""
        return self.ends[day] - self.ends[day - 1] - self.daily

    # --- events -----------------------------------------------------------------------------------------------------
    def at(self, number: I64) -> Events:
        """The events of these numbers."""
        day = np.searchsorted(self.ends, number, side="right")
        key, turn = number.copy(), np.full(len(number), -1, np.int64)
        later = np.flatnonzero(day > 0)
        if len(later):
            key[later], turn[later] = self._of_day(number[later], day[later])
        return Events(number, day.astype(np.int64), key, turn)

    def _of_day(self, number: I64, day: I64) -> tuple[I64, I64]:
        place, size = number - self.ends[day - 1], self.ends[day] - self.ends[day - 1]
        new_before = place * self.daily // size
        comes = (place + 1) * self.daily // size > new_before
        key = self.born + (day - 1) * self.daily + new_before
        turn = np.full(len(number), -1, np.int64)
        changes = np.flatnonzero(~comes)
        if len(changes):
            key[changes], turn[changes] = self._changed((place - new_before)[changes], day[changes])
        return key, turn

    def change(self, place: I64, day: I64) -> Events:
        """Event ``place`` of those of a day that are no new keys."""
        number = self._number_of_change(place, day)
        key, turn = self._changed(place, day)
        return Events(number, day, key, turn)

    def _number_of_change(self, place: I64, day: I64) -> I64:
        changes = self.changes_on(day)
        size = changes + self.daily
        return cast(I64, self.ends[day - 1] + place * size // np.maximum(changes, 1))

    def _changed(self, place: I64, day: I64) -> tuple[I64, I64]:
        """(key, round)"""
        of_born = self._born_ends[day] - self._born_ends[day - 1]
        slot = np.where(place < of_born, self._born_ends[day - 1] + place, place - of_born)
        key, turn = np.empty_like(slot), np.empty_like(slot)
        for group, some in ((0, np.flatnonzero(place < of_born)), (1, np.flatnonzero(place >= of_born))):
            if len(some):
                size = self.daily if group else self.born
                came = day[some] - np.searchsorted(self._age_ends, slot[some], side="right") if group else 0 * some
                turn[some] = slot[some] // size
                member = self._rounds[group].member(slot[some] % size, self._turn(came, turn[some]))
                key[some] = member if not group else self.born + (came - 1) * size + member
        return key, turn

    def _turn(self, came: I64, turn: I64) -> U64:
        return self._streams["turn"].words_at((came.astype(np.uint64) << _GROUPS) + turn.astype(np.uint64))

    def came(self, key: I64) -> I64:
        """The day on which each key comes."""
        return np.where(key < self.born, 0, (key - self.born) // max(self.daily, 1) + 1)

    def of_key(self, key: I64, turn: I64) -> Events:
        """The event of each key in a round; -1 is that it comes."""
        came = self.came(key)
        number, day = key.copy(), came.copy()
        first = np.flatnonzero((turn < 0) & (came > 0))
        if len(first):
            size = self.ends[day[first]] - self.ends[day[first] - 1]
            member = (key[first] - self.born) % self.daily
            number[first] = self.ends[day[first] - 1] + -(-(member + 1) * size // self.daily) - 1
        for group, some in (
            (0, np.flatnonzero((turn >= 0) & (came == 0))),
            (1, np.flatnonzero((turn >= 0) & (came > 0))),
        ):
            if len(some):
                number[some], day[some] = self._of_round(group, key[some], came[some], turn[some])
        return Events(number, day, key, turn)

    def _of_round(self, group: int, key: I64, came: I64, turn: I64) -> tuple[I64, I64]:
        slot = self._slot(group, key, came, turn)
        ends = self._age_ends if group else self._born_ends
        day = came + np.searchsorted(ends, slot, side="right")
        there = day <= self.days
        known = np.where(there, day, self.days) if self.days else np.ones_like(day)
        if not self.days:
            return np.zeros_like(slot), day
        of_born = self._born_ends[known] - self._born_ends[known - 1]
        place = slot + of_born if group else slot - self._born_ends[known - 1]
        number = self._number_of_change(np.where(there, place, 0), known)
        return np.where(there, number, 0), np.where(there, day, self.days + 1)

    def _slot(self, group: int, key: I64, came: I64, turn: I64) -> I64:
        size = self.daily if group else self.born
        member = (key - self.born) % size if group else key
        return turn * size + self._rounds[group].place(member, self._turn(came, turn))

    def next(self, events: Events) -> Events:
        """The next event of each key."""
        return self.of_key(events.key, events.round + 1)

    def previous(self, events: Events) -> Events:
        """The event of each key before; of those with which keys come, these themselves."""
        return self.of_key(events.key, np.maximum(events.round - 1, -1))

    # --- what they are --------------------------------------------------------------------------------------------
    def ticks(self, events: Events) -> I64:
        """Microseconds since 1970, to the second; they do not fall from event to event."""
        before, day = self.before(events.day), events.day
        size = self.ends[np.minimum(day, self.days)] - before
        words = self._streams["second"].words_at(events.number.astype(np.uint64))
        part = below_each(words, np.full(len(words), _DAY_SECONDS, np.uint64)).astype(np.int64)
        second = ((events.number - before) * _DAY_SECONDS + part) // np.maximum(size, 1)
        return cast(I64, (self.start + day) * DAY + np.where(day > 0, second, 0) * SECOND)

    def deleted(self, events: Events) -> Mask:
        """Whether the event deletes its key. The next event of the key then brings it back."""
        if not self._deleting:
            return np.zeros(len(events.number), np.bool_)
        words = self._streams["delete"].words32_at(events.number.astype(np.uint64)).astype(np.uint64)
        found: Mask = (words < np.uint64(self._deleting)) & (events.round >= 0) & (events.round % 2 == 0)
        return found

    def with_values(self, events: Events) -> Events:
        """The events that say what the rows hold: a delete changes nothing but that."""
        if not self._deleting:
            return events
        before, gone = self.previous(events), self.deleted(events)
        pairs = ((events.number, before.number), (events.day, before.day), (events.key, before.key))
        number, day, key = (np.where(gone, other, own) for own, other in pairs)
        return Events(number, day, key, np.where(gone, before.round, events.round))

    def last_by(self, key: I64, ticks: I64, unit: int = 1) -> Events:
        """The last event of each key up to a moment, whose moments are cut to ``unit`` microseconds. The keys have come
        on an earlier day, or with the first ones."""
        day = ticks // DAY - self.start
        came = self.came(key)
        turn = np.full(len(key), -1, np.int64)
        for group, some in ((0, np.flatnonzero(came == 0)), (1, np.flatnonzero(came > 0))):
            if len(some):
                turn[some] = self._last_round(group, key[some], came[some], day[some])
        events = self.of_key(key, turn)
        late = self.ticks(events) // unit * unit > ticks
        return self.of_key(key, np.where(late, turn - 1, turn))

    def _last_round(self, group: int, key: I64, came: I64, day: I64) -> I64:
        """The last round in which each key has changed up to the end of a day."""
        ends = self._age_ends if group else self._born_ends
        done = ends[day - came]
        turn = done // (self.daily if group else self.born)
        return cast(I64, np.where(self._slot(group, key, came, turn) < done, turn, turn - 1))
