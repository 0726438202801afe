"""Which rows have a defect: one in every ``1 / rate`` rows, anywhere among them.

Stratum ``r`` are the rows from ``floor(r / rate)`` up to the start of the next one, and one of them, at random, is
chosen. So the share is exact in any range of rows to one row at each end, does not depend on how many rows there are,
and the chosen rows of a range are found without looking at the others.
"""

from __future__ import annotations

import numpy as np

from dw_simulator.generator.arrays import Mask
from dw_simulator.generator.choosing import below_each
from dw_simulator.generator.streams import U64, Stream

_WHOLE = 1_000_000


class Strata:
    """Rows of ``rate``, which is rounded to millionths, chosen by the words of ``stream``."""

    def __init__(self, stream: Stream, rate: float) -> None:
        self._stream = stream
        self._share = max(round(rate * _WHOLE), 1)

    def number(self, rows: U64) -> U64:
        """The stratum of each row."""
        share, whole, one = np.uint64(self._share), np.uint64(_WHOLE), np.uint64(1)
        numbers: U64 = ((rows + one) * share - one) // whole
        return numbers

    def _chosen(self, first: int, words: U64) -> U64:
        """The chosen rows of the strata from ``first`` on, one for each word."""
        numbers = np.arange(first, first + len(words) + 1, dtype=np.uint64)
        return self._within(self._starts(numbers), words)

    def _starts(self, numbers: U64) -> U64:
        starts: U64 = numbers * np.uint64(_WHOLE) // np.uint64(self._share)
        return starts

    def _within(self, starts: U64, words: U64) -> U64:
        widths = starts[1:] - starts[:-1]
        return starts[:-1] + below_each(words, widths)

    def among(self, lo: int, hi: int) -> U64:
        """The chosen rows from ``lo`` to ``hi`` (not included), in their order."""
        if hi <= lo:
            return np.zeros(0, np.uint64)
        edges = self.number(np.array([lo, hi - 1], np.uint64))
        first, count = int(edges[0]), int(edges[1] - edges[0]) + 1
        rows = self._chosen(first, self._stream.words(first, count))
        return rows[(rows >= np.uint64(lo)) & (rows < np.uint64(hi))]

    def hits(self, rows: U64) -> Mask:
        """Which of any rows are chosen."""
        numbers = self.number(rows)
        starts = self._starts(numbers)
        widths = self._starts(numbers + np.uint64(1)) - starts
        mask: Mask = starts + below_each(self._stream.words_at(numbers), widths) == rows
        return mask

    def count(self, lo: int, hi: int) -> int:
        """How many rows are chosen from ``lo`` to ``hi``."""
        return self._below(hi) - self._below(lo)

    def _below(self, row: int) -> int:
        if row <= 0:
            return 0
        last = int(self.number(np.array([row - 1], np.uint64))[0])
        return last + int(self._chosen(last, self._stream.words(last, 1))[0] < row)
