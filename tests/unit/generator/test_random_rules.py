"""Random schemas with rules between columns and tables: each holds in what is generated, however it is cut, in any
thread and any process."""

from __future__ import annotations

import collections
import functools
import hashlib
import math
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.unit.generator.profile import FACTOR, profile

from dw_simulator.errors import SchemaError
from dw_simulator.generator import DirectorySink, build_plan, run
from dw_simulator.generator.streams import Rows
from dw_simulator.schema.folders import folder_name
from dw_simulator.schema.model import Experiment
from dw_simulator.schema.parse import parse_experiment

QUICK = profile(12)

NUMBERS = st.sampled_from(
    [
        {"type": "uniform"},
        {"type": "gamma", "shape": 0.7, "scale": 9.0},
        {"type": "beta", "alpha": 0.5, "beta": 2},
        {"type": "poisson", "mean": 4.2},
        {"type": "binomial", "trials": 40, "probability": 0.3},
        {"type": "pareto", "alpha": 1.1},
        {"type": "histogram", "edges": [0, 3, 3, 40], "weights": [1, 2, 3]},
        {
            "type": "mixture",
            "components": [
                {"weight": 2, "distribution": {"type": "histogram", "edges": [0, 0]}},
                {"distribution": {"type": "normal", "mean": 20, "stddev": 9}},
            ],
        },
        {
            "type": "conditional",
            "cases": [{"when": "flag", "distribution": {"type": "exponential", "scale": 5}}],
            "otherwise": {"type": "categorical", "values": [7]},
        },
    ]
)
CALENDARS = st.sampled_from(
    [
        {"type": "calendar", "business_hours": {"open": 8, "close": 18}},
        {"type": "calendar", "months": [1] * 6 + [3] * 6, "growth": -0.5},
        {"type": "histogram", "edges": ["2024-01-01", "2024-03-01", "2024-12-31"], "weights": [1, 9]},
    ]
)
MARKOV = {
    "type": "markov",
    "along": "parent_id",
    "start": {"a": 1, "b": 1},
    "transitions": {"a": {"b": 1}, "b": {"c": 1, "b": 2}},
}
STEPS = {("a", "b"), ("b", "c"), ("b", "b"), ("c", "c")}


@st.composite
def parents(draw: Any) -> dict[str, Any]:
    number = draw(st.sampled_from(["INT", "DECIMAL(9,2)", "FLOAT"]))
    limits = {"min_value": 0, "max_value": 50} if draw(st.booleans()) else {}
    columns: list[dict[str, Any]] = [
        {"name": "id", "data_type": "BIGINT"},
        {"name": "flag", "data_type": "BOOLEAN", "null_fraction": draw(st.sampled_from([0, 0.3]))},
        {"name": "amount", "data_type": number, "distribution": draw(NUMBERS), **limits},
        {"name": "born", "data_type": "TIMESTAMP", "date_end": "2024-12-31", "distribution": draw(CALENDARS)},
        {"name": "code", "data_type": "VARCHAR(12)", "faker_rule": r"regex:[A-Z]{2}-\d{2,6}", "is_unique": True},
        {"name": "x", "data_type": "VARCHAR(5)"},
        {"name": "y", "data_type": "INT"},
        {"name": "total", "data_type": "DECIMAL(14,2)", "rollup": {"table": "child", "value": "line"}},
        {"name": "children", "data_type": "INT", "rollup": {"table": "child", "function": "count"}},
        {"name": "lead", "data_type": "BIGINT", "foreign_key": {"table": "parent", "column": "id"}},
    ]
    table: dict[str, Any] = {
        "name": "parent",
        "target_rows": draw(st.sampled_from([5, 60, 400])),
        "primary_key": "id",
        "columns": columns,
        "lookups": [{"columns": ["x", "y"], "rows": [["a", 1], ["b", 2], ["c", None]]}],
    }
    if draw(st.booleans()):
        columns[-1]["foreign_key"]["hierarchy"] = {"depth": draw(st.integers(1, 3)), "roots": draw(st.integers(1, 2))}
    if draw(st.booleans()):
        born_before = draw(st.sampled_from([-0.9, 0.4, 1.0]))
        table["correlations"] = [{"columns": ["amount", "born"], "value": born_before}]
    return table


@st.composite
def children(draw: Any, rows: int) -> dict[str, Any]:
    spread = {
        "min": draw(st.integers(0, 1)),
        "childless": draw(st.sampled_from([0, 0.25])),
        "shape": draw(st.sampled_from(["even", "poisson", "geometric", "zipf", "uniform"])),
        "scattered": draw(st.booleans()),
    }
    empty = draw(st.sampled_from([0, 0.2]))
    return {
        "name": "child",
        "target_rows": rows * draw(st.integers(2, 6)),
        "columns": [
            {
                "name": "parent_id",
                "data_type": "BIGINT",
                "null_fraction": empty,
                "foreign_key": {"table": "parent", "column": "id", "fan_out": spread},
            },
            {"name": "number", "data_type": "INT", "expression": "ordinal(parent_id)"},
            {"name": "qty", "data_type": "INT", "min_value": 0, "max_value": 9},
            {"name": "price", "data_type": "DECIMAL(8,2)", "distribution": {"type": "gamma", "shape": 2, "scale": 7}},
            {"name": "line", "data_type": "DECIMAL(12,1)", "expression": "qty * price - coalesce(parent_id.y, 0)"},
            {
                "name": "made",
                "data_type": draw(st.sampled_from(["DATE", "TIMESTAMP"])),
                "after": {"columns": ["parent_id.born"], "unit": draw(st.sampled_from(["days", "hours"])), "max": 99},
            },
            {"name": "gone", "data_type": "TIMESTAMP", "null_fraction": 0.5, "after": {"columns": "made"}},
            {"name": "state", "data_type": "CHAR(1)", "distribution": MARKOV},
        ],
    }


@st.composite
def experiments(draw: Any) -> Experiment:
    parent = draw(parents())
    child = draw(children(parent["target_rows"]))
    return parse_experiment({"name": "random", "tables": [parent, child]})


def rows_of(table: Any) -> list[dict[str, Any]]:
    return list(pa.Table.from_batches([table.batch(0, table.rows)]).to_pylist())


def check_parents(experiment: Experiment, rows: list[dict[str, Any]]) -> None:
    table = experiment.tables[0]
    amount, lead = table.columns[2], table.columns[-1].foreign_key
    assert len({row["code"] for row in rows}) == len(rows)
    assert {(row["x"], row["y"]) for row in rows} <= {("a", 1), ("b", 2), ("c", None)}
    low, high = amount.min_value, amount.max_value
    assert all(low is None or low <= row["amount"] <= high for row in rows)
    by_id = {row["id"]: row for row in rows}
    assert lead is not None
    if lead.hierarchy is None:
        return
    depths = collections.Counter()  # type: ignore[var-annotated]
    for row in rows:
        depth, at = 0, row
        while at["lead"] is not None:
            depth, at = depth + 1, by_id[at["lead"]]
        depths[depth] += 1
    assert set(depths) == set(range(lead.hierarchy.depth + 1))
    assert depths[0] == lead.hierarchy.roots


def check_children(experiment: Experiment, parents: list[dict[str, Any]], rows: list[dict[str, Any]]) -> None:
    key = experiment.tables[1].columns[0]
    assert key.foreign_key is not None
    rule = key.foreign_key.fan_out
    assert rule is not None
    by_id, lines = {row["id"]: row for row in parents}, collections.defaultdict(list)
    assert sum(row["parent_id"] is None for row in rows) == round(len(rows) * key.null_fraction)
    for row in rows:
        parent = by_id.get(row["parent_id"])
        lines[row["parent_id"]].append(row)
        exact = row["qty"] * row["price"] - ((parent or {}).get("y") or 0)
        assert row["line"] == exact.quantize(Decimal("0.1"), ROUND_HALF_UP)
        assert (row["made"] is None) == (row["number"] is None) == (parent is None)
        if parent is not None:
            born = parent["born"]
            assert row["made"] >= (born if hasattr(row["made"], "hour") else born.date())
        if row["gone"] is not None:
            assert str(row["gone"]) >= str(row["made"])
    for parent in parents:
        own = lines[parent["id"]]
        assert sorted(row["number"] for row in own) == list(range(1, len(own) + 1))
        assert (parent["total"], parent["children"]) == (sum(row["line"] for row in own), len(own))
        assert len(own) >= rule.min or (not own and rule.childless)
        chain = [row["state"] for row in sorted(own, key=lambda row: row["number"])]
        assert set(zip(chain, chain[1:], strict=False)) <= STEPS  # noqa: RUF007
    childless = sum(not lines[parent["id"]] for parent in parents)
    assert childless == round(rule.childless * len(parents)) or not rule.childless


@QUICK
@given(experiments(), st.integers(0, 2**63))
def test_declared_rules_hold_for_any_cut(experiment: Experiment, seed: int) -> None:
    try:
        plan = build_plan(experiment, seed=seed)
    except SchemaError as error:
        reasons = ("its fan_out allows", "levels want", "is not positive definite")
        unexpected = [problem for problem in error.problems if not any(reason in problem.message for reason in reasons)]
        if unexpected:
            raise
        return
    data = {table.name: rows_of(table) for table in plan.tables}
    check_parents(experiment, data["parent"])
    check_children(experiment, data["parent"], data["child"])
    for table in plan.tables:
        size = max(table.rows // 3, 7)
        cuts = [table.batch(lo, min(lo + size, table.rows)) for lo in range(0, table.rows, size)]
        assert pa.Table.from_batches(cuts, schema=table.schema).to_pylist() == data[table.name]
        index = np.array([table.rows - 1, 0, table.rows // 2, 0], np.uint64)
        for column in table.columns:
            found = column.take(Rows.of(index)).to_pylist()
            assert found == [data[table.name][int(row)][column.name] for row in index], column.name


def digests(folder: Path) -> dict[str, str]:
    files = sorted(folder.rglob("*.parquet"))
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def _generate(text: str, folder: str, workers: int) -> dict[str, str]:
    plan = build_plan(Experiment.model_validate_json(text), seed=4)
    run(plan, DirectorySink(Path(folder)), batch_rows=100, workers=workers)
    return digests(Path(folder))


@dataclass(frozen=True)
class SharedFolder:
    """A sink that a cluster's workers can be sent."""

    path: Path

    def write(self, table: str, index: int, lo: int, hi: int, data: pa.Buffer) -> str:
        target = self.path / folder_name(table) / f"batch-{index:05}.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        return str(target)


@pytest.mark.parametrize("number", range(FACTOR))
def test_the_same_bytes_in_any_thread_and_process(tmp_path: Path, number: int) -> None:
    text = random_experiment(number).model_dump_json()
    alone = _generate(text, str(tmp_path / "1"), 1)
    assert len(alone) > math.ceil(600 / 100)
    assert _generate(text, str(tmp_path / "2"), 3) == alone
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(_generate, text, str(tmp_path / "3"), 2).result() == alone


@pytest.mark.parametrize("number", range(FACTOR))
def test_the_same_bytes_on_dask(tmp_path: Path, number: int) -> None:
    pytest.importorskip("distributed")
    from dw_simulator.generator.dask_runner import run_on_dask

    experiment = random_experiment(number)
    alone = _generate(experiment.model_dump_json(), str(tmp_path / "1"), 1)
    run_on_dask(experiment, build_plan(experiment, seed=4), SharedFolder(tmp_path / "2"), batch_rows=100, workers=2)
    assert digests(tmp_path / "2") == alone


@functools.cache
def random_experiment(number: int) -> Experiment:
    """One of the random schemas, the same for a number."""
    found: list[Experiment] = []

    @hypothesis.seed(number)
    @settings(
        max_examples=10, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck]
    )
    @given(st.data())
    def one(data: Any) -> None:
        parent = data.draw(parents()) | {"target_rows": 300}
        child = data.draw(children(300)) | {"target_rows": 900}
        if found:
            return
        experiment = parse_experiment({"name": "random", "tables": [parent, child]})
        with suppress(SchemaError):  # rules that contradict each other: another one
            build_plan(experiment, seed=4)
            found.append(experiment)

    one()
    return found[0]
