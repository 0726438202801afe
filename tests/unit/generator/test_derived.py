"""Columns that follow from others: moments in order, lookups, conditional distributions, calendars."""

from __future__ import annotations

import collections
import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from dw_simulator.errors import SchemaError
from dw_simulator.generator import build_plan
from dw_simulator.generator.streams import Rows
from dw_simulator.schema.parse import parse_experiment

PLACES = {
    "columns": ["zip", "city", "height"],
    "rows": [["10115", "Berlin", 34], ["10117", "Berlin", 35], ["20095", "Hamburg", None]],
    "weights": [1, 1, 2],
}
CUSTOMERS: dict[str, Any] = {
    "name": "customers",
    "target_rows": 300,
    "primary_key": "id",
    "columns": [
        {"name": "id", "data_type": "INT"},
        {"name": "signup", "data_type": "TIMESTAMP", "date_start": "2023-01-01", "date_end": "2023-12-31"},
        {"name": "zip", "data_type": "CHAR(5)"},
        {"name": "city", "data_type": "VARCHAR(20)"},
        {"name": "height", "data_type": "INT"},
    ],
    "lookups": [PLACES],
}
ORDERS: dict[str, Any] = {
    "name": "orders",
    "target_rows": 5000,
    "columns": [
        {"name": "customer_id", "data_type": "INT", "foreign_key": "customers.id", "null_fraction": 0.1},
        {"name": "placed", "data_type": "TIMESTAMP", "after": {"columns": "customer_id.signup", "min": 1}},
        {"name": "shipped", "data_type": "DATE", "after": {"columns": ["placed"], "max": 9}},
        {
            "name": "closed",
            "data_type": "TIMESTAMP_TZ",
            "null_fraction": 0.3,
            "after": {
                "columns": ["placed", "shipped"],
                "unit": "seconds",
                "min": 0.5,
                "distribution": {"type": "gamma", "shape": 2},
            },
        },
        {
            "name": "carrier",
            "data_type": "VARCHAR(9)",
            "distribution": {
                "type": "conditional",
                "cases": [
                    {
                        "when": "customer_id.city = 'Berlin'",
                        "distribution": {"type": "categorical", "values": ["bike", "van"], "weights": [3, 1]},
                    },
                    {
                        "when": "customer_id is null",
                        "distribution": {"type": "categorical", "values": ["none"]},
                    },
                ],
                "otherwise": {"type": "categorical", "values": ["ship"]},
            },
        },
        {"name": "city", "data_type": "VARCHAR(20)", "expression": "customer_id.city"},
    ],
}


def plan_of(*tables: dict[str, Any]) -> Any:
    return build_plan(parse_experiment({"name": "e", "tables": list(tables)}), seed=3)


def rows_of(plan: Any) -> list[dict[str, Any]]:
    return list(pa.Table.from_batches([plan.batch(0, plan.rows)]).to_pylist())


def test_rules_hold() -> None:
    plan = plan_of(CUSTOMERS, ORDERS)
    customers = {row["id"]: row for row in rows_of(plan.table("customers"))}
    places = {tuple(row) for row in PLACES["rows"]}  # type: ignore[union-attr]
    assert {(row["zip"], row["city"], row["height"]) for row in customers.values()} == places
    assert 120 < sum(row["city"] == "Hamburg" for row in customers.values()) < 180
    carriers: dict[Any, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for row in rows_of(plan.table("orders")):
        carriers[row["city"]][row["carrier"]] += 1
        if row["customer_id"] is None:
            assert (row["placed"], row["shipped"], row["closed"], row["city"]) == (None, None, None, None)
            continue
        customer = customers[row["customer_id"]]
        assert row["city"] == customer["city"]
        assert row["placed"] >= customer["signup"] + dt.timedelta(days=1)
        assert row["placed"].date() <= row["shipped"] <= row["placed"].date() + dt.timedelta(days=10)
        if row["closed"] is not None:
            latest = max(row["placed"], dt.datetime.combine(row["shipped"], dt.time()))
            assert row["closed"].replace(tzinfo=None) >= latest + dt.timedelta(seconds=0.5)
    assert set(carriers[None]) == {"none"}
    assert set(carriers["Hamburg"]) == {"ship"}
    assert 2 < carriers["Berlin"]["bike"] / carriers["Berlin"]["van"] < 4


def test_any_cut_and_any_row() -> None:
    for table in plan_of(CUSTOMERS, ORDERS).tables:
        whole = table.batch(0, table.rows)
        assert table.batch(3, 250).equals(whole.slice(3, 247))
        index = np.array([table.rows - 1, 0, 5, 5, 4], np.uint64)
        for column in table.columns:
            expected = whole.column(column.name).take(pa.array(index)).to_pylist()
            assert column.take(Rows.of(index)).to_pylist() == expected, column.name


def moments(calendar: dict[str, Any], data_type: str = "TIMESTAMP") -> list[Any]:
    column = {
        "name": "x",
        "data_type": data_type,
        "date_start": "2023-01-01",
        "date_end": "2024-12-31",
        "distribution": {"type": "calendar", **calendar},
    }
    plan = plan_of({"name": "t", "target_rows": 20_000, "columns": [column]}).tables[0]
    return list(plan.batch(0, 20_000).column(0).to_pylist())


def test_business_hours_and_holidays() -> None:
    found = moments({"business_hours": {"open": 8, "close": 18}, "holidays": ["2024-05-01"]})
    assert {value.weekday() for value in found} == set(range(5))
    assert {value.hour for value in found} == set(range(8, 18))
    assert dt.date(2024, 5, 1) not in {value.date() for value in found}
    assert min(found).year == 2023
    assert max(found).year == 2024


def test_seasons_growth_and_bursts() -> None:
    burst = {"start": "2024-06-01T06:00:00", "end": "2024-06-01T08:00:00", "factor": 1000}
    found = moments({"months": [1] * 11 + [4], "growth": 1.0, "bursts": [burst]})
    by_month = collections.Counter((value.year, value.month) for value in found)
    assert by_month[2023, 12] > 3 * by_month[2023, 11]
    assert by_month[2024, 3] > 1.6 * by_month[2023, 3]
    inside = sum(dt.datetime(2024, 6, 1, 6) <= value < dt.datetime(2024, 6, 1, 8) for value in found)
    assert 0.05 < inside / len(found) < 0.2


def test_days() -> None:
    found = moments({"weekdays": [0, 0, 0, 0, 0, 1, 3]}, "DATE")
    by_day = collections.Counter(value.weekday() for value in found)
    assert set(by_day) == {5, 6}
    assert 2.5 < by_day[6] / by_day[5] < 3.5


def column_problem(**rules: Any) -> str:
    table = {
        "name": "t",
        "columns": [
            {"name": "a", "data_type": "TIMESTAMP", "date_start": "2024-01-01", "date_end": "2024-06-30"},
            {"name": "n", "data_type": "INT"},
            {"name": "x", **rules},
        ],
    }
    with pytest.raises(SchemaError) as error:
        plan_of(table)
    return str(error.value)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"data_type": "INT", "after": {"columns": "a"}}, "after does not fit type INT"),
        ({"data_type": "DATE", "after": {"columns": "b"}}, "table 't' has no column 'b'"),
        ({"data_type": "DATE", "after": {"columns": "n"}}, "'n' is INT, wanted is a date or timestamp"),
        ({"data_type": "DATE", "after": {"columns": "n.a"}}, "'n' is no foreign key"),
        ({"data_type": "DATE", "after": {"columns": "x"}}, "its value would follow from itself: t.x -> t.x"),
        (
            {"data_type": "TIMESTAMP", "after": {"columns": "a"}, "date_end": "2024-03-31"},
            "it comes after a, which can be as late as 2024-06-30 23:59:59, but must not be later than its date_end",
        ),
        (
            {"data_type": "TIMESTAMP", "after": {"columns": "a", "min": 10}, "date_end": "2024-07-03"},
            "give a a date_end that leaves time for the delay",
        ),
        ({"data_type": "DATE", "after": {"columns": "a", "min": 3, "max": 1}}, "the longest delay 1 is shorter than"),
        (
            {"data_type": "DATE", "after": {"columns": "a", "unit": "hours", "min": 1, "max": 5}},
            "no delay from 1 to 5 hours is possible for DATE",
        ),
        (
            {"data_type": "DATE", "after": {"columns": "a"}, "date_start": "2024-01-01"},
            "date_start contradicts after, which already says every value",
        ),
        (
            {"data_type": "INT", "expression": "n + 1", "min_value": 3, "is_unique": True},
            "the column is part of a key, but expression decides its values, which may repeat",
        ),
        (
            {"data_type": "DATE", "distribution": {"type": "calendar", "business_hours": {}}},
            "a DATE has no hours",
        ),
        (
            {"data_type": "TIMESTAMP", "distribution": {"type": "calendar", "business_hours": {"open": 9, "close": 9}}},
            "closes at 9, but opens at 9",
        ),
        (
            {"data_type": "TIMESTAMP", "distribution": {"type": "calendar", "weekdays": [0] * 7}},
            "the calendar leaves no time between date_start and date_end",
        ),
        (
            {
                "data_type": "INT",
                "distribution": {
                    "type": "conditional",
                    "cases": [{"when": "n", "distribution": {"type": "uniform"}}],
                    "otherwise": {"type": "uniform"},
                },
            },
            "'n' is integer, wanted is a condition",
        ),
        (
            {
                "data_type": "INT",
                "distribution": {
                    "type": "conditional",
                    "cases": [{"when": "n = 1", "distribution": {"type": "categorical", "values": ["a"]}}],
                    "otherwise": {"type": "calendar"},
                },
            },
            "distribution calendar does not fit type INT",
        ),
    ],
)
def test_impossible_rules(rules: dict[str, Any], message: str) -> None:
    assert message in column_problem(**rules)


@pytest.mark.parametrize(
    ("lookup", "message"),
    [
        ({"columns": ["zip", "town"], "rows": [["1", "a"]]}, "table 'customers' has no column 'town'"),
        ({"columns": ["zip", "zip"], "rows": [["1", "a"]]}, "column 'zip' is looked up twice"),
        ({"columns": ["zip"], "rows": [["1", "a"]]}, "row 1 has 2 values for 1 columns"),
        ({"columns": ["zip"], "rows": [["123456"]]}, "row 1, column 'zip': value '123456' is 6 characters long"),
        ({"columns": ["height"], "rows": [["high"]]}, "row 1, column 'height': value 'high' is not a number"),
        ({"columns": ["id"], "rows": [[1]]}, "the column is part of a key, but a lookup decides its values"),
        ({"columns": ["zip"], "rows": [["1"]], "weights": [0]}, "all weights are 0"),
    ],
)
def test_impossible_lookups(lookup: dict[str, Any], message: str) -> None:
    with pytest.raises(SchemaError) as error:
        plan_of(CUSTOMERS | {"lookups": [lookup]})
    assert message in str(error.value)


def test_circles_over_tables_are_named() -> None:
    parent = {
        "name": "p",
        "primary_key": "id",
        "columns": [
            {"name": "id", "data_type": "INT"},
            {"name": "boss", "data_type": "INT", "foreign_key": "p.id"},
            {"name": "since", "data_type": "DATE", "after": {"columns": "boss.since"}},
        ],
    }
    with pytest.raises(SchemaError, match=r"its value would follow from itself: p\.since -> p\.since"):
        plan_of(parent)
