"""Correlated columns: a Gaussian copula. Each column keeps its own stream of words, and its words are replaced by those
whose normal scores are correlated; a distribution that rises with its word then needs to know nothing of it.

The scores of a row depend on that row's words alone, so any row can be computed by itself.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from functools import cached_property, lru_cache
from statistics import NormalDist

import numpy as np

from dw_simulator.generator.streams import U32, U64, Rows, Stream
from dw_simulator.generator.transforms import F64, QuantileTable

_REACH = 8.5
_CELLS = 1 << 14
_STANDARD = NormalDist()


@lru_cache(maxsize=1)
def _scores() -> QuantileTable:
    return QuantileTable(_STANDARD.inv_cdf)


@lru_cache(maxsize=1)
def _levels() -> tuple[F64, F64]:
    """The normal distribution function at the ends of equal cells, and its rise over each."""
    step = 2 * _REACH / _CELLS
    values = np.array([0.5 * math.erfc(-(place * step - _REACH) / math.sqrt(2)) for place in range(_CELLS + 1)])
    return values[:-1].copy(), np.diff(values)


def _words(scores: F64) -> U64:
    """The words whose normal scores these are, to 53 bits."""
    start, rise = _levels()
    place = np.clip((scores + _REACH) * (_CELLS / (2 * _REACH)), 0.0, _CELLS - 2.0**-30)
    cell = place.astype(np.intp)
    place -= cell
    place *= rise[cell]
    place += start[cell]
    place *= 2.0**53
    return np.minimum(place, 2.0**53 - 1).astype(np.uint64) << np.uint64(11)


class Copula:
    """Correlated words for the columns of one group; ``lower`` is the Cholesky triangle of their coefficients."""

    def __init__(self, streams: list[Stream], lower: list[list[float]]) -> None:
        self._streams, self._lower = streams, lower

    def words(self, rows: Rows) -> list[U64]:
        """The words of every column."""
        return rows.shared(id(self), lambda: self._correlate(rows))

    def _correlate(self, rows: Rows) -> list[U64]:
        scores = [_scores().sample(rows.words(stream)) for stream in self._streams]
        out: list[U64] = []
        for row in self._lower:
            mixed = np.zeros(rows.count)
            for factor, score in zip(row, scores, strict=True):
                if factor:
                    mixed += score * factor
            out.append(_words(mixed))
        return out

    @cached_property
    def columns(self) -> list[CorrelatedWords]:
        """What each column reads instead of its own stream."""
        return [CorrelatedWords(self, place) for place in range(len(self._streams))]


class CorrelatedWords:
    """The words of one column of a copula."""

    def __init__(self, copula: Copula, place: int) -> None:
        self._copula, self._place = copula, place

    @property
    def identity(self) -> Hashable:
        return id(self._copula), self._place

    def words_of(self, rows: Rows) -> U64:
        return self._copula.words(rows)[self._place]

    def words32_of(self, rows: Rows) -> U32:
        return (self.words_of(rows) >> np.uint64(32)).astype(np.uint32)
