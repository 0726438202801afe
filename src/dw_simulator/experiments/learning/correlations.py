"""Correlations of a sample's columns, as coefficients of their normal scores: what a Gaussian copula is made of.

A copula's coefficient is not the correlation of the columns that come out: values are another function of the scores
than a straight line, and values that many rows have stand for a range of scores. The coefficients are therefore those
with which the generated columns are as correlated (Pearson) as those of the sample, by the Hermite expansion of each
column's quantile function ("normal to anything", NORTA; M. C. Cario, B. L. Nelson, 1997).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
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
_HALVINGS = 30
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
        places, ranks = codes[both].astype(np.intp), _mean_scores(other[both])
        rows = np.bincount(places, minlength=count)
        means = np.bincount(places, weights=ranks, minlength=count) / np.maximum(rows, 1)
        between = float((rows * means**2).sum() / both.sum())
        if best is None or between > best[0]:
            best = (between, np.argsort(means, kind="stable").tolist())
    return best[1] if best else None


def coefficients(columns: Mapping[str, F64]) -> dict[str, Any] | None:
    """An entry of a table's ``correlations``: those columns that go together, with their matrix; None without any."""
    names = list(columns)[:MOST_COLUMNS]
    scaled = [_standardized(columns[name]) for name in names]
    kept = [place for place, values in enumerate(scaled) if values is not None]
    if len(kept) < 2:
        return None
    values = np.array([scaled[place] for place in kept])
    there = np.isfinite(values)
    filled = np.where(there, values, 0.0)
    squares = filled**2
    pairs = there.astype(np.float64) @ there.T.astype(np.float64)
    norms = np.sqrt((squares @ there.T) * (there @ squares.T))
    matrix = np.divide(filled @ filled.T, norms, out=np.zeros_like(norms), where=norms > 0)
    weak = np.abs(matrix) < np.maximum(NOTHING, 1 / np.sqrt(np.maximum(pairs, 1)))
    matrix[(pairs < FEWEST_ROWS) | weak] = 0.0
    matrix = _latent(matrix, np.array([_hermite(row[mask]) for row, mask in zip(values, there, strict=True)]))
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


def _standardized(codes: F64) -> F64 | None:
    """With mean 0 and standard deviation 1; None for too few rows, or one value only."""
    there = np.isfinite(codes)
    if there.sum() < FEWEST_ROWS:
        return None
    deviation = float(codes[there].std())
    return (codes - codes[there].mean()) / deviation if deviation > 0 else None


# --- from correlations to those of the scores ---------------------------------------------------------------
_TERMS = 40
_GRID = np.linspace(-6.0, 6.0, 4001)
_DENSITY = np.exp(-(_GRID**2) / 2) / np.sqrt(2 * np.pi) * (_GRID[1] - _GRID[0])


@lru_cache(maxsize=1)
def _polynomials() -> tuple[F64, F64]:
    """Normalized Hermite polynomials over the grid, from the first degree on, and the probabilities below it."""
    found = [np.ones_like(_GRID), _GRID.copy()]
    for degree in range(1, _TERMS):
        found.append((_GRID * found[-1] - np.sqrt(degree) * found[-2]) / np.sqrt(degree + 1))
    return np.array(found[1:]), np.array([_NORMAL.cdf(score) for score in _GRID.tolist()])


def _hermite(values: F64) -> F64:
    """The Hermite coefficients of the quantile function of ``values`` as a function of the normal score."""
    polynomials, levels = _polynomials()
    ordered = np.sort(values)
    quantiles = ordered[np.minimum((levels * len(ordered)).astype(np.intp), len(ordered) - 1)]
    return np.asarray((polynomials * (quantiles * _DENSITY)).sum(axis=1))


def _latent(wanted: F64, expansions: F64) -> F64:
    """The coefficients of scores with which columns of these expansions have the correlations ``wanted``: found by
    halving, as the correlation rises with the coefficient."""
    products = expansions[:, None, :] * expansions[None, :, :]
    low, high = np.full_like(wanted, -_STRONGEST), np.full_like(wanted, _STRONGEST)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        found = np.zeros_like(middle)
        for degree in range(_TERMS - 1, -1, -1):
            found = (found + products[:, :, degree]) * middle
        low, high = np.where(found < wanted, middle, low), np.where(found < wanted, high, middle)
    return np.where(wanted == 0, 0.0, (low + high) / 2)


def _height(place: int, count: int) -> float:
    """The normal density at the score that ``place`` of ``count`` values lie below."""
    return _NORMAL.pdf(_NORMAL.inv_cdf(place / count)) if 0 < place < count else 0.0


@lru_cache(maxsize=2)
def _heights(count: int) -> F64:
    """:func:`_height` of every place, which columns of many different values share."""
    return np.array([_height(place, count) for place in range(count + 1)])


def _mean_scores(values: F64) -> F64:
    """For each value the mean of the normal scores that it stands for."""
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    few = len(counts) < len(values) // 8
    heights = np.array([_height(end, len(values)) for end in ends.tolist()]) if few else _heights(len(values))[ends]
    means = (heights[:-1] - heights[1:]) * len(values) / counts
    return np.asarray(means[where])
