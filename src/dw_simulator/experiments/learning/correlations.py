"""Correlations of a sample's columns, as coefficients of their normal scores: what a Gaussian copula is made of.

A value that many rows have stands for a range of scores, so its mean score is used, and what the coefficients lose by
that is given back: a copula with those coefficients then yields columns that are as correlated as the sample's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Any

import numpy as np

from dw_simulator.experiments.learning.kinds import F64

FEWEST_ROWS = 30
MOST_COLUMNS = 100
NOTHING = 0.02
"""Coefficients below are taken as none; in small samples those that chance alone would give."""

_STRONGEST = 0.995
_PROJECTIONS = 100
_NORMAL = NormalDist()


def order_listed(codes: F64, ordered: Sequence[F64]) -> list[int] | None:
    """The order of a listed column's places in which it goes best with the columns that have an order of their own.

    None where there is none: the places then stay as they are.
    """
    count = int(np.nanmax(codes)) + 1 if np.isfinite(codes).any() else 0
    best: tuple[float, list[int]] | None = None
    for other in ordered:
        both = np.isfinite(codes) & np.isfinite(other)
        if both.sum() < FEWEST_ROWS or count < 3:
            continue
        places, ranks = codes[both].astype(np.intp), _mean_scores(other[both])[0]
        rows = np.bincount(places, minlength=count)
        means = np.bincount(places, weights=ranks, minlength=count) / np.maximum(rows, 1)
        between = float((rows * means**2).sum() / both.sum())
        if best is None or between > best[0]:
            best = (between, np.argsort(means, kind="stable").tolist())
    return best[1] if best else None


def coefficients(columns: Mapping[str, F64]) -> dict[str, Any] | None:
    """An entry of a table's ``correlations``: those columns that go together, with their matrix; None without any."""
    names = list(columns)[:MOST_COLUMNS]
    scored = [_scores(columns[name]) for name in names]
    kept = [place for place, (_, spread) in enumerate(scored) if spread > 0.05]
    if len(kept) < 2:
        return None
    scores = np.array([scored[place][0] for place in kept])
    spreads = np.array([scored[place][1] for place in kept])
    there = np.isfinite(scores)
    filled = np.where(there, scores, 0.0)
    squares = filled**2
    pairs = there.astype(np.float64) @ there.T.astype(np.float64)
    norms = np.sqrt((squares @ there.T) * (there @ squares.T))
    matrix = np.divide(filled @ filled.T, norms, out=np.zeros_like(norms), where=norms > 0)
    matrix /= np.outer(spreads, spreads)
    weak = np.abs(matrix) < np.maximum(NOTHING, 1 / np.sqrt(np.maximum(pairs, 1)))
    matrix[(pairs < FEWEST_ROWS) | weak] = 0.0
    matrix = np.clip(matrix, -_STRONGEST, _STRONGEST)
    np.fill_diagonal(matrix, 1.0)
    together = np.flatnonzero((matrix != 0).sum(axis=1) > 1)
    if len(together) < 2:
        return None
    possible = nearest(matrix[np.ix_(together, together)])
    return {
        "columns": [names[kept[place]] for place in together.tolist()],
        "matrix": [[round(float(value), 4) for value in row] for row in possible],
    }


def nearest(matrix: F64) -> F64:
    """The positive definite matrix of coefficients that is nearest to the one given (N. J. Higham, "Computing the
    nearest correlation matrix", 2002); rounding to four digits keeps it so."""
    for floor in (0.002, 0.005, 0.02, 0.05):
        rounded = np.round(_projected(matrix, floor), 4)
        np.fill_diagonal(rounded, 1.0)
        if np.linalg.eigvalsh(rounded)[0] > 1e-4:
            return np.asarray(rounded)
    return np.eye(len(matrix))


def _projected(matrix: F64, floor: float) -> F64:
    """Alternating projections, with Dykstra's correction, on matrices of eigenvalues of at least ``floor`` and on those
    with 1 on the diagonal."""
    found, correction = matrix, np.zeros_like(matrix)
    for _ in range(_PROJECTIONS):
        if np.linalg.eigvalsh(found)[0] >= floor * 0.99:
            break
        shifted = found - correction
        values, vectors = np.linalg.eigh(shifted)
        positive = (vectors * np.maximum(values, floor)) @ vectors.T
        correction = positive - shifted
        found = (positive + positive.T) / 2
        np.fill_diagonal(found, 1.0)
    scale = 1 / np.sqrt(1 + max(0.0, floor - float(np.linalg.eigvalsh(found)[0])))
    mended = found * scale**2
    np.fill_diagonal(mended, 1.0)
    return np.asarray(mended)


def _scores(codes: F64) -> tuple[F64, float]:
    out = np.full(len(codes), np.nan)
    there = np.isfinite(codes)
    if there.sum() < FEWEST_ROWS:
        return out, 0.0
    out[there], spread = _mean_scores(codes[there])
    return out, spread


def _mean_scores(values: F64) -> tuple[F64, float]:
    """For each value the mean of the normal scores that it stands for, and the standard deviation of those means."""
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts) / len(values)
    inner = [_NORMAL.pdf(_NORMAL.inv_cdf(end)) for end in ends[:-1].tolist()]
    heights = np.array([0.0, *inner, 0.0])
    means = (heights[:-1] - heights[1:]) * len(values) / counts
    scores = means[where]
    return scores, float(np.sqrt(np.mean(scores**2)))
