"""How many children each parent has, by arithmetic in both directions: child -> parent and its place among the
parent's children, parent -> its children. Nothing is read, and memory does not grow with the children.

Parents draw their numbers of children independently from a distribution whose mean is exactly what the rows of both
tables say; what the draws miss of the total is then added to or taken from some parents, evenly spread. Numbers are
drawn in blocks; only the sums of blocks are kept (of few parents, all sums).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dw_simulator.generator.choosing import ExactNulls
from dw_simulator.generator.permutation import Permutation
from dw_simulator.generator.streams import I64, U64, Rows, Stream
from dw_simulator.generator.transforms import AnyInt, CellChoice
from dw_simulator.schema.rules import FanOut

BLOCK = 1024
"""Parents whose numbers of children are drawn together."""

ALL_KEPT = 1 << 22
"""Up to this many parents the sums are kept for each, else for each block."""

_MOST_CHOICES = 10_000


@dataclass(frozen=True)
class Limits:
    """The fewest and most children of a parent that has some; ``childless`` parents have none."""

    least: int
    most: int
    childless: int


def limits_of(rule: FanOut, parents: int, children: int) -> Limits:
    """What a rule allows for so many parents and children (``most`` is the number of children where it says none)."""
    childless = round(rule.childless * parents)
    least = max(rule.min, 1) if childless else rule.min
    return Limits(least, rule.max if rule.max is not None else max(children, least), childless)


def drawn_weights(shape: str, exponent: float, mean: float, limits: Limits) -> tuple[int, list[float]]:
    """(the first number of children, the weights of it and those after it): ``shape``, tilted so that the mean is
    ``mean``."""
    low, high = limits.least, min(limits.most, _widest(shape, mean) + limits.least, limits.least + _MOST_CHOICES)
    if shape == "even" or mean <= low or mean >= high:
        whole = min(max(math.floor(mean), limits.least), limits.most)
        part = min(max(mean - whole, 0.0), 1.0)
        return whole, [1 - part, part] if part else [1.0]
    logs = [_log_weight(shape, exponent, number) for number in range(low, high + 1)]
    tilt = _solve(lambda factor: _mean(logs, low, factor) - mean)
    return low, _tilted(logs, tilt)


def _widest(shape: str, mean: float) -> int:
    """Numbers of children beyond which there is practically nobody."""
    if shape == "uniform":
        return max(math.ceil(2 * mean), 1)
    spread = {"poisson": 10 * math.sqrt(mean) + 20, "geometric": 30 * mean + 30}.get(shape, 1000 * mean + 1000)
    return math.ceil(mean + spread)


def _log_weight(shape: str, exponent: float, number: int) -> float:
    if shape == "poisson":
        return -math.lgamma(number + 1)
    return -exponent * math.log(max(number, 1)) if shape == "zipf" else 0.0


def _tilted(logs: Sequence[float], factor: float) -> list[float]:
    raw = [value + factor * place for place, value in enumerate(logs)]
    top = max(raw)
    return [math.exp(value - top) for value in raw]


def _mean(logs: Sequence[float], low: int, factor: float) -> float:
    weights = _tilted(logs, factor)
    return low + math.fsum(place * weight for place, weight in enumerate(weights)) / math.fsum(weights)


def _solve(rises: Callable[[float], float]) -> float:
    low, high = -40.0, 40.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rises(middle) < 0 else (low, middle)
    return (low + high) / 2


class FanOutTable:
    """``children`` slots spread over ``parents``: those of parent 0 first, then those of parent 1, …"""

    def __init__(self, stream: Stream, parents: int, children: int, rule: FanOut) -> None:
        limits = limits_of(rule, parents, children)
        active = parents - limits.childless
        mean = children / active if active else 0.0
        first, weights = drawn_weights(rule.shape, rule.exponent, mean, limits)
        self.parents, self.children = parents, children
        self._limits, self._first, self._stream = limits, first, stream
        self._choice = CellChoice(weights, 12 if len(weights) <= 64 else 16)
        self._childless = ExactNulls(Stream(*stream.key, "childless"), parents, limits.childless)
        self._rounds, self._sign = 0, 1
        self._wanted: I64 = np.zeros(0, np.int64)
        self._balance(len(weights))
        self._firsts = self._sums()

    # --- numbers of children ----------------------------------------------------------------------
    def _blocks(self) -> int:
        return -(-self.parents // BLOCK)

    def _drawn(self, lo: int, hi: int) -> tuple[I64, NDArray[np.bool_]]:
        """(numbers as drawn, which parents may have children) of parents ``lo`` to ``hi``."""
        rows = Rows.range(lo, hi)
        numbers = self._choice.choose(rows.words32(self._stream)).astype(np.int64) + self._first
        active = ~self._childless.empty(rows)
        return np.where(active, numbers, 0), active

    def _room(self, numbers: I64, active: NDArray[np.bool_]) -> I64:
        """By how much each number can still change in the direction that is needed."""
        room = self._limits.most - numbers if self._sign > 0 else numbers - self._limits.least
        return np.where(active, room, 0)

    def _chunks(self) -> list[tuple[int, int]]:
        step = BLOCK * 1024
        return [(lo, min(lo + step, self.parents)) for lo in range(0, self.parents, step)]

    def _balance(self, choices: int) -> None:
        """Work out how the draws are changed so that they add up to the children that are wanted."""
        total = sum(int(self._drawn(lo, hi)[0].sum()) for lo, hi in self._chunks())
        missing = abs(self.children - total)
        self._sign = 1 if self.children >= total else -1
        most = missing if self._sign > 0 else choices
        rooms: dict[int, int] = {}
        for lo, hi in self._chunks():
            found, counts = np.unique(np.minimum(self._room(*self._drawn(lo, hi)), max(most, 1)), return_counts=True)
            for room, count in zip(found.tolist(), counts.tolist(), strict=True):
                rooms[room] = rooms.get(room, 0) + count
        self._rounds, left = _whole_rounds(rooms, missing)
        eligible = [count for lo, hi in self._chunks() for count in self._eligible_by_block(lo, hi)]
        ends, all_eligible = list(accumulate(eligible)), sum(eligible)
        shares = [end * left // all_eligible if all_eligible else 0 for end in ends]
        self._wanted = np.array([end - start for start, end in pairwise([0, *shares])], np.int64)

    def _eligible_by_block(self, lo: int, hi: int) -> list[int]:
        eligible = self._room(*self._drawn(lo, hi)) > self._rounds
        return [int(eligible[start : start + BLOCK].sum()) for start in range(0, hi - lo, BLOCK)]

    def numbers(self, block: int) -> I64:
        """The numbers of children of the parents of one block."""
        lo = block * BLOCK
        return self._balanced(lo, min(lo + BLOCK, self.parents))

    def _balanced(self, lo: int, hi: int) -> I64:
        numbers, active = self._drawn(lo, hi)
        room = self._room(numbers, active)
        numbers += self._sign * np.minimum(room, self._rounds)
        for start in range(0, hi - lo, BLOCK):
            wanted = int(self._wanted[(lo + start) // BLOCK])
            if wanted:
                places = np.flatnonzero(room[start : start + BLOCK] > self._rounds) + start
                chosen = np.arange(len(places), dtype=np.int64)
                taken = (chosen + 1) * wanted // len(places) > chosen * wanted // len(places)
                numbers[places[taken]] += self._sign
        return numbers

    def _sums(self) -> I64:
        """The first slot of each parent, or of each block; and the end."""
        parts: list[I64] = [np.zeros(1, np.int64)]
        for lo, hi in self._chunks():
            numbers = self._balanced(lo, hi)
            if self.parents > ALL_KEPT:
                numbers = np.add.reduceat(numbers, np.arange(0, hi - lo, BLOCK))
            parts.append(numbers)
        return np.cumsum(np.concatenate(parts))

    # --- both directions ----------------------------------------------------------------------------
    def parent_of(self, slots: U64) -> tuple[I64, I64]:
        """(parent, place among its children from 0) of each slot."""
        wanted = slots.astype(np.int64)
        place = np.searchsorted(self._firsts, wanted, side="right") - 1
        if self.parents <= ALL_KEPT:
            return place, wanted - self._firsts[place]
        parents, places = np.empty_like(wanted), np.empty_like(wanted)
        for block, rows in _grouped(place):
            firsts = self._firsts[block] + np.concatenate([[0], np.cumsum(self.numbers(block))])
            inner = np.searchsorted(firsts, wanted[rows], side="right") - 1
            parents[rows] = block * BLOCK + inner
            places[rows] = wanted[rows] - firsts[inner]
        return parents, places

    def slots_of(self, parents: U64) -> tuple[I64, I64]:
        """(first slot, number of children) of each parent."""
        wanted = parents.astype(np.int64)
        if self.parents <= ALL_KEPT:
            first = self._firsts[wanted]
            return first, self._firsts[wanted + 1] - first
        starts, counts = np.empty_like(wanted), np.empty_like(wanted)
        for block, rows in _grouped(wanted // BLOCK):
            numbers = self.numbers(block)
            firsts = self._firsts[block] + np.concatenate([[0], np.cumsum(numbers)])
            inner = wanted[rows] - block * BLOCK
            starts[rows], counts[rows] = firsts[inner], numbers[inner]
        return starts, counts


def _grouped(keys: I64) -> list[tuple[int, Any]]:
    """(key, places that have it) for every different key."""
    if not len(keys):
        return []
    order = np.argsort(keys, kind="stable")
    found, starts = np.unique(keys[order], return_index=True)
    return list(zip(found.tolist(), np.split(order, starts[1:]), strict=True))


def _whole_rounds(rooms: dict[int, int], missing: int) -> tuple[int, int]:
    """How often every parent with room is changed by one, and how many are still missing after that."""
    rounds, left = 0, missing
    while True:
        able = sum(count for room, count in rooms.items() if room > rounds)
        if able > left or not able:
            return rounds, left
        # all rounds until the next parents have no more room
        next_stop = min(room for room in rooms if room > rounds)
        steps = min(next_stop - rounds, left // able)
        rounds, left = rounds + steps, left - steps * able


class FanOutChoice:
    """Chooses the parents of a table's rows, and finds the rows of parents. ``nulls`` numbers the rows that have a
    parent; ``order`` scatters the children of a parent over the table."""

    def __init__(self, table: FanOutTable, nulls: ExactNulls, order: Permutation | None) -> None:
        self.table, self._nulls, self._order = table, nulls, order

    def choose(self, rows: Rows) -> AnyInt:
        return self._placed(rows)[0].astype(np.uint64)

    def ordinal(self, rows: Rows) -> I64:
        """The place of each row among the children of its parent, from 0."""
        return self._placed(rows)[1]

    def _placed(self, rows: Rows) -> tuple[I64, I64]:
        return rows.shared((id(self), "placed"), lambda: self.table.parent_of(self.slots(rows)))

    def slots(self, rows: Rows) -> U64:
        """The number of each row among all children, those of a parent one after the other."""
        slots = self._nulls.ordinal(rows)
        if not self.table.children:
            return np.zeros_like(slots)
        return slots if self._order is None else self._order.apply(slots)

    def children_of(self, parents: U64) -> tuple[Rows, I64]:
        """(the rows of all children, parent by parent; how many each has)"""
        first, counts = self.table.slots_of(parents)
        total = int(counts.sum())
        if self._order is None and not self._nulls.count and total and _is_run(first, counts):
            return Rows.range(int(first[0]), int(first[0]) + total), counts
        slots = np.repeat(first - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts) + np.arange(total)
        numbers = slots.astype(np.uint64)
        if self._order is not None and total:
            numbers = self._order.invert(numbers)
        return Rows.of(self._nulls.rows_of(numbers)), counts


def _is_run(first: I64, counts: I64) -> bool:
    """Whether the slots follow each other without a gap."""
    return bool((first[1:] == first[:-1] + counts[:-1]).all())
