"""Declared distributions have the moments, the bounds and the correlations that they say, whatever the type."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from dw_simulator.errors import SchemaError
from dw_simulator.generator import arrays, build_plan
from dw_simulator.generator.marginals import Binned, Mixed, PiecewiseQuantile, binomial, cut, poisson
from dw_simulator.generator.streams import Rows, Stream
from dw_simulator.schema.model import Experiment

ROWS = 40_000


def table_of(columns: list[dict[str, Any]], rows: int = ROWS, **more: Any) -> Any:
    table = {"name": "t", "target_rows": rows, "columns": columns, **more}
    return build_plan(Experiment.model_validate({"name": "e", "tables": [table]}), seed=5).tables[0]


def values(distribution: dict[str, Any], data_type: str = "FLOAT", **rules: Any) -> list[Any]:
    plan = table_of([{"name": "x", "data_type": data_type, "distribution": distribution, **rules}])
    return list(plan.batch(0, ROWS).column(0).to_pylist())


SPIKE_AT_0 = {"type": "histogram", "edges": [0, 0]}
WIDE = {"type": "normal", "mean": 8, "stddev": 9}
HALF_NORMAL = [
    {"weight": 1, "distribution": SPIKE_AT_0},
    {"weight": 3, "distribution": {"type": "normal", "mean": 10, "stddev": 1}},
]


@pytest.mark.parametrize(
    ("distribution", "mean", "variance"),
    [
        ({"type": "gamma", "shape": 2.5, "scale": 3}, 7.5, 22.5),
        ({"type": "gamma", "shape": 0.1}, 0.1, 0.1),
        ({"type": "gamma", "shape": 900}, 900, 900),
        ({"type": "beta", "alpha": 2, "beta": 5}, 2 / 7, 10 / (49 * 8)),
        ({"type": "beta", "alpha": 0.5, "beta": 0.5}, 0.5, 0.125),
        ({"type": "pareto", "alpha": 5, "minimum": 4}, 5, 5 / 3),
        ({"type": "poisson", "mean": 3.5}, 3.5, 3.5),
        ({"type": "poisson", "mean": 100_000}, 100_000, 100_000),
        ({"type": "binomial", "trials": 20, "probability": 0.3}, 6, 4.2),
        ({"type": "mixture", "components": HALF_NORMAL}, 7.5, 0.75 + 100 * 3 / 16),
        ({"type": "histogram", "edges": [0, 2, 2, 4], "weights": [1, 2, 1]}, 2, 2 / 3),
    ],
)
def test_moments(distribution: dict[str, Any], mean: float, variance: float) -> None:
    found = np.array(values(distribution))
    assert abs(found.mean() - mean) < 5 * math.sqrt(variance / ROWS)
    assert abs(found.var() - variance) < 0.1 * variance


@pytest.mark.parametrize("data_type", ["SMALLINT", "BIGINT", "DECIMAL(9,3)", "FLOAT"])
@pytest.mark.parametrize(
    "distribution",
    [
        {"type": "gamma", "shape": 2, "scale": 5},
        {"type": "beta", "alpha": 2, "beta": 2},
        {"type": "pareto", "alpha": 0.5},
        {"type": "poisson", "mean": 9},
        {"type": "binomial", "trials": 30, "probability": 0.4},
{"type": "mixture", "components": [{"distribution": SPIKE_AT_0}, {"distribution": WIDE}]},
        {"type": "histogram", "edges": [0, 8, 8, 40], "weights": [1, 1, 1]},
    ],
    ids=lambda one: one["type"],
)  # fmt: skip
def test_cut_at_the_bounds(distribution: dict[str, Any], data_type: str) -> None:
    found = values(distribution, data_type, min_value=5, max_value=12)
    assert all(5 <= value <= 12 for value in found)
    assert len(set(found)) > 5


def test_whole_numbers_of_a_histogram_are_as_frequent_as_their_bins() -> None:
    found = values({"type": "histogram", "edges": [0, 10, 10, 20, 30], "weights": [1, 2, 3, 4]}, "INT")
    shares = np.bincount(found, minlength=31) / ROWS
    assert abs(shares[:10].sum() - 0.1) < 0.01
    assert abs(shares[10] - 0.23) < 0.01  # the spike, and a tenth of the bin that begins there
    assert abs(shares[20:].sum() - 0.4) < 0.01
    assert min(shares) > 0


@pytest.mark.parametrize(
    ("data_type", "edges", "low", "high"),
    [
        ("DATE", ["2024-01-01", "2024-02-01", "2024-02-29"], dt.date(2024, 1, 1), dt.date(2024, 2, 29)),
        ("TIMESTAMP", ["2024-01-01", "2024-01-02"], dt.datetime(2024, 1, 1), dt.datetime(2024, 1, 2, 23, 59, 59)),
        (
            "TIMESTAMP",
            ["2024-01-01T10:00:00.000001", "2024-01-01T10:00:00.5"],
            dt.datetime(2024, 1, 1, 10, 0, 0, 1),
            dt.datetime(2024, 1, 1, 10, 0, 0, 500_000),
        ),
        ("DECIMAL(6,2)", [1.005, 2.5], Decimal("1.01"), Decimal("2.50")),
        ("INT", [0.5, 3.5], 1, 3),
    ],
)
def test_edges_of_a_histogram(data_type: str, edges: list[Any], low: Any, high: Any) -> None:
    found = values({"type": "histogram", "edges": edges}, data_type)
    assert low <= min(found)
    assert max(found) <= high
    assert len(set(found)) >= 3


def test_quantiles_with_jumps_and_gaps() -> None:
    source = Mixed([(1, Binned([0, 0], None)), (1, Binned([5, 6], None)), (2, poisson(2.0))])
    found = cut(source, -math.inf, math.inf).sample(Stream("t").words(0, 100_000))
    whole = found == np.rint(found)
    assert abs(whole.mean() - 0.75) < 0.01
    assert ((found[~whole] > 5) & (found[~whole] < 6)).all()
    assert abs((found == 0).mean() - (0.25 + 0.5 * math.exp(-2))) < 0.01


def test_quantiles_rise_with_their_words() -> None:
    words = np.sort(Stream("t").words(0, 10_000))
    for source in (binomial(50, 0.2), Binned([0, 1, 1, 1, 3], [1, 2, 0, 3])):
        sampler = cut(source, -math.inf, math.inf)
        assert isinstance(sampler, PiecewiseQuantile)
        assert (np.diff(sampler.sample(words)) >= 0).all()


# --- correlations -------------------------------------------------------------------------------------------------
LEVELS = [str(i) for i in range(200)]
COLUMNS: list[dict[str, Any]] = [
    {"name": "price", "data_type": "DECIMAL(10,2)", "distribution": {"type": "lognormal", "mu": 3, "sigma": 1}},
    {"name": "day", "data_type": "DATE", "date_start": "2020-01-01", "date_end": "2024-12-31"},
    {"name": "big", "data_type": "BIGINT", "min_value": 0, "max_value": 2**62},
    {"name": "level", "data_type": "VARCHAR(9)", "distribution": {"type": "categorical", "values": LEVELS}},
    {"name": "rank", "data_type": "INT", "min_value": 1, "max_value": 5000, "distribution": {"type": "zipf"}},
    {"name": "flag", "data_type": "BOOLEAN"},
    {"name": "free", "data_type": "FLOAT"},
]  # fmt: skip


def ranks(array: pa.Array) -> Any:
    values = arrays.plain(array).to_pylist()
    numbers = [value if not isinstance(value, str) else int(value) for value in values]
    _, inverse, counts = np.unique(np.array(numbers), return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - counts / 2)[inverse]


def test_correlations() -> None:
    entries = [
        {"columns": ["price", "day", "big"], "matrix": [[1, 0.8, -0.5], [0.8, 1, 0], [-0.5, 0, 1]], "kind": "spearman"},
        {"columns": ["level", "RANK"], "value": 0.9, "kind": "spearman"},
    ]
    batch = table_of(COLUMNS, correlations=entries).batch(0, ROWS)
    alone = table_of(COLUMNS).batch(0, ROWS)
    found = {name: ranks(batch.column(name)) for name in batch.schema.names}
    expected = {("price", "day"): 0.8, ("price", "big"): -0.5, ("day", "big"): 0, ("level", "rank"): 0.9}
    for (first, second), value in expected.items():
        assert abs(np.corrcoef(found[first], found[second])[0, 1] - value) < 0.02, (first, second)
    for name in ("free", "flag"):
        assert batch.column(name).equals(alone.column(name))
        assert abs(np.corrcoef(found[name], found["price"])[0, 1]) < 0.02
    for name in ("price", "day", "level"):  # each keeps its own distribution
        own, before = (np.sort(ranks(one.column(name))) for one in (batch, alone))
        assert abs(own[ROWS // 3] - before[ROWS // 3]) < 0.02 * ROWS


def test_perfect_correlation_and_any_cut() -> None:
    matrix = [[1, 1, -1], [1, 1, -1], [-1, -1, 1]]
    plan = table_of(COLUMNS, correlations=[{"columns": ["day", "big", "flag"], "matrix": matrix}])
    whole = plan.batch(0, ROWS)
    assert np.corrcoef(ranks(whole.column("day")), ranks(whole.column("big")))[0, 1] > 0.999
    assert np.corrcoef(ranks(whole.column("day")), ranks(whole.column("flag")))[0, 1] < -0.85
    assert plan.batch(777, 1999).equals(whole.slice(777, 1222))
    index = np.array([39_999, 0, 12_345, 12_344, 0], np.uint64)
    for column in plan.columns:
        assert column.take(Rows.of(index)).to_pylist() == whole.column(column.name).take(pa.array(index)).to_pylist()


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (
            {"data_type": "FLOAT", "distribution": {"type": "gamma", "shape": 2}, "max_value": -1},
            "distribution gamma has practically no values between -inf and -1",
        ),
        (
            {"data_type": "INT", "distribution": {"type": "histogram", "edges": [0.2, 0.8]}},
            "no value of the column's type lies between the histogram's edges",
        ),
        (
            {"data_type": "INT", "distribution": {"type": "histogram", "edges": [0, 5]}, "min_value": 7},
            "the histogram has practically no values between the column's bounds",
        ),
        (
            {"data_type": "DATE", "distribution": {"type": "histogram", "edges": ["2024-02-01", "2024-01-01"]}},
            "edge 2024-01-01 comes after 2024-02-01T00:00:00+00:00; edges must not fall",
        ),
        (
            {"data_type": "DATE", "distribution": {"type": "histogram", "edges": [1, 2]}},
            "edge 1 is not a date such as 2024-12-31 or a timestamp such as 2024-12-31T23:59:59",
        ),
        (
            {"data_type": "VARCHAR(9)", "distribution": {"type": "gamma", "shape": 2}},
            "distribution gamma does not fit type VARCHAR",
        ),
    ],
)
def test_impossible_distributions(column: dict[str, Any], message: str) -> None:
    with pytest.raises(SchemaError) as error:
        table_of([{"name": "x", **column}])
    problem = error.value.problems[0]
    assert message in problem.message
    assert (problem.path or "").startswith("tables.t.columns.x")
