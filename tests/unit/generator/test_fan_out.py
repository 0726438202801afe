"""Children of parents: numbers of children, roll-ups without reading, places, hierarchies, Markov chains."""

from __future__ import annotations

import collections
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from dw_simulator.errors import SchemaError
from dw_simulator.generator import build_plan, fan_out
from dw_simulator.generator.choosing import level_starts
from dw_simulator.generator.fan_out import FanOutTable, limits_of
from dw_simulator.generator.streams import Rows, Stream
from dw_simulator.schema.parse import parse_experiment
from dw_simulator.schema.rules import FanOut

RULES: list[tuple[dict[str, Any], int, int]] = [
    ({}, 1000, 5000),
    ({"min": 1, "max": 3}, 3000, 6000),
    ({"childless": 0.3, "shape": "geometric"}, 5000, 20_000),
    ({"shape": "zipf", "min": 1}, 5000, 20_000),
    ({"shape": "uniform", "min": 2, "max": 8}, 3000, 15_000),
    ({"shape": "even"}, 7, 30),
    ({"max": 1}, 10, 10),
    ({"max": 5}, 2000, 10_000),
    ({"min": 2}, 2000, 4000),
    ({"min": 2, "max": 2000}, 2, 2002),
    ({}, 3, 0),
    ({}, 1, 100),
    ({"childless": 0.5}, 3, 7),
]


@pytest.mark.parametrize(("given", "parents", "children"), RULES)
@pytest.mark.parametrize("all_kept", [True, False])
def test_numbers_of_children(
    monkeypatch: Any, given: dict[str, Any], parents: int, children: int, all_kept: bool
) -> None:
    rule = FanOut(**given)
    kept = FanOutTable(Stream("x"), parents, children, rule)
    if not all_kept:
        monkeypatch.setattr(fan_out, "ALL_KEPT", 0)
    table = FanOutTable(Stream("x"), parents, children, rule)
    first, counts = table.slots_of(np.arange(parents, dtype=np.uint64))
    assert counts.sum() == children
    assert first.tolist() == (np.cumsum(counts) - counts).tolist()
    limits = limits_of(rule, parents, children)
    assert counts.max() <= limits.most
    if children:
        assert (counts == 0).sum() == limits.childless or not rule.childless
        assert (counts >= limits.least).sum() >= parents - limits.childless
    parent, place = table.parent_of(np.arange(children, dtype=np.uint64))
    assert parent.tolist() == np.repeat(np.arange(parents), counts).tolist()
    assert place.tolist() == (np.arange(children) - first[parent]).tolist()
    assert counts.tolist() == kept.slots_of(np.arange(parents, dtype=np.uint64))[1].tolist()


def test_shapes() -> None:
    parents = np.arange(20_000, dtype=np.uint64)
    counts = {
        shape: FanOutTable(Stream("x"), 20_000, 80_000, FanOut(shape=shape)).slots_of(parents)[1]
        for shape in ("even", "poisson", "geometric", "zipf", "uniform")
    }
    assert set(counts["even"].tolist()) == {4}
    assert abs(counts["poisson"].var() - 4) < 0.3
    assert abs(counts["geometric"].var() - 20) < 2
    assert counts["zipf"].max() > 40
    assert counts["uniform"].max() == 8


def column(name: str, data_type: str, **rules: Any) -> dict[str, Any]:
    return {"name": name, "data_type": data_type, **rules}


def to_orders(**rule: Any) -> dict[str, Any]:
    return {"table": "orders", "column": "id", "fan_out": rule}


ORDERS = {
    "name": "orders",
    "target_rows": 900,
    "primary_key": "id",
    "columns": [
        column("id", "BIGINT"),
        column("placed", "TIMESTAMP", date_start="2023-01-01", date_end="2023-12-31"),
        column("total", "DECIMAL(12,2)", rollup={"table": "items", "value": "line_total"}),
        column("lines", "INT", rollup={"table": "items", "function": "count"}),
        column("cheap", "INT", rollup={"table": "items", "function": "count", "where": "price < 10"}),
        column("last", "TIMESTAMP", rollup={"table": "items", "function": "max", "value": "shipped"}),
        column("mean", "FLOAT", rollup={"table": "items", "function": "avg", "value": "price"}),
        column("net", "DECIMAL(12,2)", expression="total * 0.9"),
        column("visits", "INT", rollup={"table": "visits", "function": "max", "value": "number"}),
    ],
}
ITEMS = {
    "name": "items",
    "target_rows": 2500,
    "primary_key": ["order_id", "line_no"],
    "columns": [
        column("order_id", "BIGINT", foreign_key=to_orders(childless=0.1, max=9)),
        column("line_no", "INT", expression="ordinal(order_id)"),
        column("qty", "INT", min_value=1, max_value=9),
        column("price", "DECIMAL(10,2)", distribution={"type": "lognormal", "mu": 3, "sigma": 1}),
        column("line_total", "DECIMAL(12,2)", expression="qty * price"),
        column("shipped", "TIMESTAMP", null_fraction=0.1, expression="add_seconds(order_id.placed, 60 * line_no)"),
    ],
}
VISITS = {
    "name": "visits",
    "target_rows": 1500,
    "columns": [
        column("order_id", "BIGINT", null_fraction=0.2, foreign_key=to_orders(scattered=True, shape="geometric")),
        column("number", "INT", expression="ordinal(order_id)"),
        column(
            "state",
            "VARCHAR(9)",
            distribution={
                "type": "markov",
                "along": "order_id",
                "start": {"open": 1},
                "transitions": {"open": {"open": 1, "paid": 1}, "paid": {"done": 1}},
            },
        ),
    ],
}
STAFF = {
    "name": "staff",
    "target_rows": 500,
    "primary_key": "id",
    "columns": [
        column("id", "INT"),
        column("boss", "INT", foreign_key={"table": "staff", "column": "id", "hierarchy": {"depth": 4, "roots": 3}}),
        column("level", "INT", expression="level(boss)"),
    ],
}


def plan_of(*tables: dict[str, Any]) -> Any:
    return build_plan(parse_experiment({"name": "e", "tables": list(tables)}), seed=3)


def rows_of(table: Any) -> list[dict[str, Any]]:
    return list(pa.Table.from_batches([table.batch(0, table.rows)]).to_pylist())


def test_rollups_are_what_reading_would_give() -> None:
    plan = plan_of(ORDERS, ITEMS, VISITS)
    items, visits = collections.defaultdict(list), collections.Counter()  # type: ignore[var-annotated]
    for row in rows_of(plan.table("items")):
        items[row["order_id"]].append(row)
    for row in rows_of(plan.table("visits")):
        visits[row["order_id"]] += 1
        assert (row["number"] is None) == (row["order_id"] is None)
    assert visits[None] == 300
    for row in rows_of(plan.table("orders")):
        lines = items[row["id"]]
        assert [line["line_no"] for line in lines] == list(range(1, len(lines) + 1))
        assert row["total"] == sum(line["line_total"] for line in lines)
        assert (row["lines"], row["cheap"]) == (len(lines), sum(line["price"] < 10 for line in lines))
        assert row["last"] == max((line["shipped"] for line in lines if line["shipped"]), default=None)
        assert (row["mean"] is None) == (not lines)
        if lines:
            assert abs(row["mean"] - float(sum(line["price"] for line in lines)) / len(lines)) < 1e-9
        assert (row["visits"] or 0) == visits[row["id"]]
    assert sum(not items[row["id"]] for row in rows_of(plan.table("orders"))) == 90


def test_any_cut_and_any_row() -> None:
    for table in plan_of(ORDERS, ITEMS, VISITS, STAFF).tables:
        whole = table.batch(0, table.rows)
        whole.validate(full=True)
        assert table.batch(3, 250).equals(whole.slice(3, 247))
        index = np.array([table.rows - 1, 0, 5, 5, 4], np.uint64)
        for one in table.columns:
            expected = whole.column(one.name).take(pa.array(index)).to_pylist()
            assert one.take(Rows.of(index)).to_pylist() == expected, one.name


def test_chains_follow_their_transitions() -> None:
    allowed = {("open", "open"), ("open", "paid"), ("paid", "done"), ("done", "done")}
    chains = collections.defaultdict(dict)  # type: ignore[var-annotated]
    for row in rows_of(plan_of(ORDERS, ITEMS, VISITS).table("visits")):
        if row["order_id"] is not None:
            chains[row["order_id"]][row["number"]] = row["state"]
    for chain in chains.values():
        states = [chain[number] for number in sorted(chain)]
        assert states[0] == "open"
        assert set(pairwise(states)) <= allowed


def test_chains_of_a_length() -> None:
    markov = {
        "type": "markov",
        "length": 10,
        "start": {"a": 3, "b": 1},
        "transitions": {"a": {"b": 1}, "b": {"a": 1, "b": 3}},
    }
    plan = plan_of({"name": "t", "target_rows": 20_000, "columns": [column("x", "CHAR(1)", distribution=markov)]})
    states = plan.tables[0].batch(0, 20_000).column(0).to_pylist()
    assert 0.7 < states[::10].count("a") / 2000 < 0.8
    after_b = [states[i + 1] for i in range(19_999) if states[i] == "b" and (i + 1) % 10]
    assert 0.72 < after_b.count("b") / len(after_b) < 0.78
    assert all(states[i + 1] == "b" for i in range(19_999) if states[i] == "a" and (i + 1) % 10)


def test_levels() -> None:
    staff = {row["id"]: row for row in rows_of(plan_of(STAFF).tables[0])}
    levels = collections.Counter(row["level"] for row in staff.values())
    assert levels[0] == 3
    assert set(levels) == {0, 1, 2, 3, 4}
    assert levels[4] > levels[3] > levels[2] > levels[1]
    for row in staff.values():
        assert (row["boss"] is None) == (row["level"] == 0)
        assert row["boss"] is None or staff[row["boss"]]["level"] == row["level"] - 1


@pytest.mark.parametrize(
    ("rows", "roots", "depth"), [(2, 1, 1), (5, 1, 4), (6, 1, 4), (1001, 1, 1000), (10**12, 7, 30)]
)
def test_every_level_has_a_row(rows: int, roots: int, depth: int) -> None:
    starts = level_starts(rows, roots, depth)
    assert starts[:2] == [0, roots]
    assert len(starts) == depth + 1
    assert all(low < high for low, high in zip(starts, [*starts[1:], rows], strict=True))


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        (
            [ORDERS, ITEMS | {"target_rows": 9000}, VISITS],
            "its fan_out allows 810 to 7,290 children of 900 rows in orders, but 9,000 are wanted",
        ),
        (
            [{"name": "orders", "target_rows": 10, "primary_key": "id", "columns": [column("id", "INT")]},
             {"name": "items", "target_rows": 30, "columns": [
                column("order_id", "INT", foreign_key=to_orders(mean=4))]}],
            "its fan_out says 4 children a parent, but there are 3: 30 of 10 rows in orders",
        ),
        (
            [{"name": "items", "columns": [column("order_id", "INT", foreign_key=to_orders(min=3, max=2))]}],
            "at most 2 children are fewer than at least 3",
        ),
        (
            [{"name": "orders", "primary_key": "id", "columns": [
                column("id", "INT"), column("n", "INT", rollup={"table": "items", "function": "count"})]},
             {"name": "items", "columns": [column("order_id", "INT", foreign_key="orders.id")]}],
            "it sums up items by order_id, which has no fan_out (give the foreign key items.order_id a fan_out)",
        ),
        (
            [{"name": "orders", "columns": [column("n", "INT", rollup={"table": "itms", "function": "count"})]}],
            "there is no table 'itms'",
        ),
        (
            [{"name": "orders", "columns": [column("n", "INT", rollup={"table": "orders", "function": "count"})]}],
            "table 'orders' does not refer to 'orders' by a foreign key",
        ),
        (
            [{"name": "orders", "columns": [column("n", "INT", rollup={"table": "orders"})]}],
            "a roll-up wants a value",
        ),
        (
            [{"name": "orders", "primary_key": "id", "columns": [
                column("id", "INT"), column("n", "INT", rollup={"table": "items", "value": "x"})]},
             {"name": "items", "columns": [
                column("order_id", "INT", foreign_key=to_orders()),
                column("x", "INT", expression="order_id.n + 1")]}],
            "its value would follow from itself: orders.n -> items.x -> orders.n",
        ),
        (
            [{"name": "t", "columns": [column("a", "INT"), column("n", "INT", expression="ordinal(a)")]}],
            "ordinal(a) wants a foreign key with a fan_out",
        ),
        (
            [STAFF | {"target_rows": 6}],
            "3 roots and 4 levels want 7 rows, not 6",
        ),
        (
            [ORDERS | {"columns": ORDERS["columns"][:2]}, {"name": "items", "columns": [  # type: ignore[index]
                column("order_id", "BIGINT", is_unique=True, foreign_key=to_orders(max=3))]}],
            "fan_out contradicts is_unique",
        ),
    ],
)  # fmt: skip
def test_impossible_rules(tables: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(SchemaError) as error:
        plan_of(*tables)
    assert message in str(error.value)
