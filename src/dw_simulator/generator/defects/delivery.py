"""Which rows a table delivers, and in which order, where rows come twice or late.

Rows are delivered in blocks: those of the first run, then those of each day that is added. A block has the rows of its
day that are not late, in their order, then those of earlier days that were, then the second copies of rows of its day.
Every block is known without the others, so rows that are there never move.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from dw_simulator.generator.defects.cells import lower
from dw_simulator.generator.defects.strata import Strata
from dw_simulator.generator.growth import RowGrowth
from dw_simulator.generator.streams import I64, U64, Rows, Stream

_NONE = np.zeros(0, np.uint64)


@dataclass(frozen=True)
class Piece:
    """Rows that come one after another, the first at ``position``: all from ``lo`` to ``hi`` without ``left_out`` (in
    order, within them); or, where there is no range, the rows of ``listed``.

    ``copy``: the number of the duplicate defect that they are second copies by. ``late``: they are late.
    """

    position: int
    lo: int = 0
    hi: int = 0
    left_out: U64 = field(default_factory=lambda: _NONE)
    listed: U64 | None = None
    copy: int | None = None
    late: bool = False

    @property
    def rows(self) -> Rows:
        """The rows to compute, with those left out."""
        return Rows.range(self.lo, self.hi) if self.listed is None else Rows.of(self.listed)

    def kept(self) -> I64 | None:
        """The places of the delivered rows among :attr:`rows`; None for all."""
        if not len(self.left_out):
            return None
        keep = np.ones(self.hi - self.lo, np.bool_)
        keep[(self.left_out - np.uint64(self.lo)).astype(np.int64)] = False
        return np.flatnonzero(keep)

    def positions(self, rows: U64) -> I64:
        """Where rows of the range, none of them left out, are delivered."""
        before = np.searchsorted(self.left_out, rows)
        return self.position + (rows - np.uint64(self.lo)).astype(np.int64) - before


@dataclass(frozen=True)
class Lateness:
    """Which rows of added days are late, and by how many days."""

    strata: Strata
    stream: Stream
    least: int
    most: int

    def delays(self, rows: U64) -> I64:
        span = self.most - self.least + 1
        return self.least + (lower(self.stream.words_at(rows)) * span).astype(np.int64)


class Delivery:
    """``copies``: the rows that come twice, by each duplicate defect."""

    def __init__(self, growth: RowGrowth, copies: Sequence[Strata], late: Lateness | None) -> None:
        self.growth, self._copies, self._late = growth, copies, late
        self._blocks: dict[int, _Block] = {}
        self._ends: list[int] = []

    def rows_after(self, days: int) -> int:
        """The rows that are delivered by the end of that day."""
        while len(self._ends) <= days:
            day = len(self._ends)
            self._ends.append((self._ends[-1] if day else 0) + self.block(day).size)
        return self._ends[days]

    def pieces(self, lo: int, hi: int) -> Iterator[Piece]:
        """The rows that are delivered at positions ``lo`` to ``hi``."""
        day = 0
        while lo < hi:
            while self.rows_after(day) <= lo:
                day += 1
            start = self.rows_after(day - 1) if day else 0
            end = min(hi, self.rows_after(day))
            yield from self.block(day).pieces(start, lo - start, end - start)
            lo = end

    def block(self, day: int) -> _Block:
        if day not in self._blocks:
            self._blocks[day] = self._make(day)
        return self._blocks[day]

    def _make(self, day: int) -> _Block:
        lo = self.growth.rows_after(day - 1) if day else 0
        hi = self.growth.rows_after(day)
        late = self._late_of(day, lo, hi)
        return _Block(lo, hi, late, self._arrivals(day), self._copies)

    def _late_of(self, day: int, lo: int, hi: int) -> U64:
        """Of the first run no row is late: it is all that was there before."""
        return self._late.strata.among(lo, hi) if self._late is not None and day else _NONE

    def _arrivals(self, day: int) -> U64:
        if self._late is None:
            return _NONE
        found = [_NONE]
        for before in range(self._late.most, self._late.least - 1, -1):
            if day - before >= 1:
                lo, hi = self.growth.rows_after(day - before - 1), self.growth.rows_after(day - before)
                rows = self._late_of(day - before, lo, hi)
                found.append(rows[self._late.delays(rows) == before])
        return np.concatenate(found)

    def delays(self, rows: U64) -> I64:
        assert self._late is not None
        return self._late.delays(rows)


@dataclass
class _Block:
    """The rows of one day (``lo`` to ``hi``), as they are delivered."""

    lo: int
    hi: int
    late: U64
    arrivals: U64
    strata: Sequence[Strata]

    @property
    def on_time(self) -> int:
        return self.hi - self.lo - len(self.late)

    @cached_property
    def size(self) -> int:
        if not len(self.late):
            copies = sum(strata.count(self.lo, self.hi) for strata in self.strata)
            return self.on_time + len(self.arrivals) + copies
        return self.on_time + len(self.arrivals) + sum(len(rows) for rows in self.copies)

    @cached_property
    def copies(self) -> list[U64]:
        """A row that is late comes once."""
        found = [strata.among(self.lo, self.hi) for strata in self.strata]
        return [rows[~np.isin(rows, self.late)] if len(self.late) else rows for rows in found]

    def pieces(self, start: int, lo: int, hi: int) -> Iterator[Piece]:
        """Positions ``lo`` to ``hi`` of the block, which begins at ``start``."""
        if lo < min(hi, self.on_time):
            yield self._range(start, lo, min(hi, self.on_time))
        at = self.on_time
        parts: list[tuple[U64, int | None]] = [(self.arrivals, None)]
        if hi > at + len(self.arrivals):
            parts += [(rows, number) for number, rows in enumerate(self.copies)]
        for rows, copy in parts:
            first, last = max(lo - at, 0), min(hi - at, len(rows))
            if first < last:
                yield Piece(start + at + first, listed=rows[first:last], copy=copy, late=copy is None)
            at += len(rows)

    def _range(self, start: int, lo: int, hi: int) -> Piece:
        """The rows on time from number ``lo`` to ``hi`` of them."""
        # How many of those on time come before each late row; so the k-th one on time has as many late rows before it
        # as there are entries up to k.
        before = (self.late - np.uint64(self.lo)).astype(np.int64) - np.arange(len(self.late))
        first = self.lo + lo + int(np.searchsorted(before, lo, side="right"))
        last = self.lo + hi - 1 + int(np.searchsorted(before, hi - 1, side="right"))
        inside = self.late[(self.late > np.uint64(first)) & (self.late < np.uint64(last))]
        return Piece(start + lo, first, last + 1, inside)
