"""Tables that grow by days: rows that are there stay, keys and time go on, and what cannot be kept is said before."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dw_simulator.errors import SchemaError
from dw_simulator.generator import build_plan
from dw_simulator.schema.model import Experiment

START = dt.date(2024, 1, 1)


def shop(**changes: Any) -> Experiment:
    """Customers and orders grow, products and countries do not; items and visits refer to all of them."""
    tables = {
        "countries": {"target_rows": 7, "primary_key": "id", "columns": [column("id INT")]},
        "customers": {
            "target_rows": 40,
            "primary_key": "id",
            "growth": {"rows_per_day": 5, "max_days": 20},
            "columns": [
                column("id INT"),
                column("email VARCHAR(60)", is_unique=True, faker_rule="email"),
                column("nick VARCHAR(20)", is_unique=True, null_fraction=0.3),
                column("country_id INT", foreign_key="countries.id", distribution={"type": "zipf", "exponent": 1.2}),
                column("referred_by INT", foreign_key="customers.id"),
            ],
        },
        "orders": {
            "target_rows": 100,
            "primary_key": "id",
            "growth": {"rows_per_day": 30, "time_column": "ordered_at", "max_days": 20},
            "columns": [
                column("id INT", identity={"seed": 1000, "step": 10}),
                column("code VARCHAR(8)", is_unique=True, faker_rule="regex:[A-Z]{3}[0-9]{5}"),
                column("customer_id INT", foreign_key="customers.id", required=True),
                column("ordered_at TIMESTAMP", date_start="2023-01-01", date_end="2023-12-31"),
                column("shipped_at TIMESTAMP", after={"columns": ["ordered_at"], "unit": "hours", "min": 1, "max": 9}),
            ],
        },
        "visits": {
            "target_rows": 60,
            "primary_key": ["country_id", "day_no"],
            "growth": {"rows_per_day": 9, "time_column": "on_day", "start": "2024-02-01", "max_days": 20},
            "columns": [
                column("country_id INT", foreign_key="countries.id"),
                column("day_no INT"),
                column("order_id INT", foreign_key="orders.id", null_fraction=0.2),
                column("on_day DATE"),
            ],
        },
    }
    for path, value in changes.items():
        table, _, rule = path.partition("__")
        tables[table] = {**tables[table], rule: value}
    return Experiment.model_validate(
        {"name": "shop", "tables": [{"name": name, **table} for name, table in tables.items()]}
    )


def column(text: str, **rules: Any) -> dict[str, Any]:
    name, kind = text.split()
    return {"name": name, "data_type": kind, **rules}


def changed(experiment: Experiment, table: str, name: str, **rules: Any) -> Experiment:
    """The experiment with other rules for a column."""
    found = experiment.table(table)
    assert found is not None
    one = found.column(name)
    assert one is not None
    raw = experiment.model_dump(mode="json")
    place = [each.name for each in experiment.tables].index(found.name)
    columns = raw["tables"][place]["columns"]
    columns[[each["name"] for each in columns].index(one.name)].update(rules)
    return Experiment.model_validate(raw)


def made(experiment: Experiment, seed: int, covered: int, days: int) -> dict[str, list[dict[str, Any]]]:
    plan = build_plan(experiment, seed=seed, covered=covered, days=days)
    return {
        table.name: pa.Table.from_batches([table.batch(table.first, table.rows)]).to_pylist() for table in plan.tables
    }


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**63 - 1), steps=st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_increments_continue_what_is_there(seed: int, steps: list[int]) -> None:
    experiment, days = shop(), 0
    there = made(experiment, seed, 0, 0)
    assert {name: len(rows) for name, rows in there.items()} == {
        "countries": 7, "customers": 40, "orders": 100, "visits": 60,
    }  # fmt: skip
    check_keys(there)
    for step in steps:
        new = made(experiment, seed, days, days + step)
        assert {name: len(rows) for name, rows in new.items()} == {
            "countries": 0, "customers": 5 * step, "orders": 30 * step, "visits": 9 * step,
        }  # fmt: skip
        first, after = START + dt.timedelta(days), START + dt.timedelta(days + step)
        for order in new["orders"]:
            assert first <= order["ordered_at"].date() < after
            assert dt.timedelta(hours=1) <= order["shipped_at"] - order["ordered_at"] <= dt.timedelta(hours=9)
        assert {visit["on_day"] - dt.timedelta(31) for visit in new["visits"]} == {
            first + dt.timedelta(day) for day in range(step)
        }
        for name, rows in new.items():
            there[name] += rows
        days += step
        check_keys(there)


def check_keys(there: dict[str, list[dict[str, Any]]]) -> None:
    """Unique values do not repeat, and references name rows that are there."""
    for table, *names in (
        ("customers", "id"), ("customers", "email"), ("customers", "nick"), ("orders", "id"), ("orders", "code"),
        ("visits", "country_id", "day_no"),
    ):  # fmt: skip
        keys = [tuple(row[name] for name in names) for row in there[table] if row[names[0]] is not None]
        assert len(keys) == len(set(keys)), (table, names)
    for table, name, parent in (
        ("customers", "country_id", "countries"), ("customers", "referred_by", "customers"),
        ("orders", "customer_id", "customers"), ("visits", "country_id", "countries"), ("visits", "order_id", "orders"),
    ):  # fmt: skip
        ids = {row["id"] for row in there[parent]}
        assert {row[name] for row in there[table]} - {None} <= ids, (table, name)


def test_the_whole_is_the_same_in_one_step_or_many() -> None:
    one, many = made(shop(), 3, 2, 4), [made(shop(), 3, 2, 3), made(shop(), 3, 3, 4)]
    assert one == {name: many[0][name] + many[1][name] for name in one}


def test_new_rows_refer_to_new_parents_too() -> None:
    orders = made(shop(), 3, 0, 10)["orders"]
    assert any(order["customer_id"] > 40 for order in orders[100:])


def fan_out() -> Experiment:
    key = {"table": "customers", "column": "id", "fan_out": {"min": 0}}
    return changed(shop(), "orders", "customer_id", foreign_key=key)


def in_key() -> Experiment:
    return changed(shop(visits__primary_key=["order_id", "day_no"]), "visits", "order_id", null_fraction=0.0)


@pytest.mark.parametrize(
    ("experiment", "words"),
    [
        (fan_out, "fan_out spreads all rows"),
        (in_key, "laid out over all rows of orders"),
        (
            lambda: changed(shop(), "orders", "customer_id", distribution={"type": "zipf", "exponent": 1.1}),
            "zipf ranks all rows of customers",
        ),
        (
            lambda: changed(
                shop(), "customers", "referred_by",
                foreign_key={"table": "customers", "column": "id", "hierarchy": {"depth": 2, "roots": 1}},
            ),
            "hierarchy lays out all rows",
        ),
        (lambda: changed(shop(), "visits", "order_id", is_unique=True), "laid out over all rows of orders"),
        (lambda: shop(customers__target_rows=0), "which has 0 rows at first"),
        (lambda: shop(orders__growth={"rows_per_day": 3, "time_column": "shipped_at"}), "its after decides"),
        (lambda: shop(orders__growth={"rows_per_day": 3, "time_column": "code"}), "is of type VARCHAR"),
        (lambda: shop(orders__growth={"rows_per_day": 3, "time_column": "order_at"}), "no column 'order_at'"),
        (
            lambda: shop(orders__growth={"rows_per_day": 3, "time_column": "ordered_at", "start": "2023-12-31"}),
            "is not after date_end",
        ),
        (lambda: shop(visits__growth={"rows_per_day": 3, "time_column": "on_day"}), "add start to growth"),
        (lambda: changed(shop(), "visits", "on_day", is_unique=True), "part of a key, or unique"),
        (lambda: shop(orders__growth={"rows_per_day": 1 << 40}), "more than 1,099,511,627,776 rows"),
        (lambda: changed(shop(), "customers", "id", data_type="SMALLINT", max_value=90, min_value=1), "140 rows"),
    ],
)  # fmt: skip
def test_what_no_increment_can_keep_is_refused_by_name(experiment: Any, words: str) -> None:
    with pytest.raises(SchemaError) as caught:
        build_plan(experiment(), seed=1)
    assert any(words in f"{problem.message} {problem.hint}" for problem in caught.value.problems), str(caught.value)


@pytest.mark.parametrize(
    ("experiment", "days", "words"),
    [
        (shop, 21, "21 days were asked for in all, but the table has room for 20"),
        (lambda: shop(customers__growth=None, orders__growth=None, visits__growth=None), 1, "says how it grows"),
    ],
)  # fmt: skip
def test_days_that_cannot_be_added(experiment: Any, days: int, words: str) -> None:
    with pytest.raises(SchemaError, match=words):
        build_plan(experiment(), seed=1, covered=days - 1, days=days)


def test_start_without_a_time_column_is_an_error() -> None:
    with pytest.raises(ValueError, match="there is no time_column"):
        shop(customers__growth={"rows_per_day": 1, "start": "2024-01-01"})
