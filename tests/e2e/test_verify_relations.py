"""`verify` of rules between columns and tables, in each warehouse: kept as generated, and each broken row is found."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from dw_simulator.experiments import ExperimentService
from dw_simulator.experiments.guard import allow
from dw_simulator.schema import Warehouse
from dw_simulator.schema.parse import parse_experiment
from dw_simulator.warehouses.sqlite import SqliteAdapter

CUSTOMER: dict[str, Any] = {
    "name": "customer",
    "target_rows": 60,
    "primary_key": "id",
    "columns": [
        {"name": "id", "data_type": "INT"},
        {"name": "signup", "data_type": "TIMESTAMP", "date_start": "2023-01-01", "date_end": "2023-12-31"},
        {"name": "zip", "data_type": "CHAR(5)", "required": True},
        {"name": "city", "data_type": "VARCHAR(20)"},
        {"name": "height", "data_type": "INT"},
    ],
    "lookups": [
        {
            "columns": ["zip", "city", "height"],
            "rows": [["10115", "Berlin", 34], ["10117", "Berlin", 35], ["20095", "Ham\\burg", None]],
        }
    ],
}
PURCHASE: dict[str, Any] = {
    "name": "purchase",
    "target_rows": 700,
    "columns": [
        {"name": "id", "data_type": "BIGINT", "is_unique": True},
        {"name": "customer_id", "data_type": "INT", "foreign_key": "customer.id", "required": True},
        {"name": "placed", "data_type": "TIMESTAMP", "after": {"columns": "customer_id.signup"}},
        {"name": "shipped", "data_type": "DATE", "null_fraction": 0.2, "after": {"columns": "placed"}},
        {"name": "qty", "data_type": "INT", "min_value": 1, "max_value": 9},
        {
            "name": "price",
            "data_type": "DECIMAL(10,2)",
            "distribution": {"type": "lognormal", "mu": 3, "sigma": 1},
        },
        {"name": "weight", "data_type": "FLOAT", "distribution": {"type": "gamma", "shape": 3}},
        {"name": "total", "data_type": "DECIMAL(12,2)", "expression": "qty * price - least(qty, 3)"},
        {"name": "share", "data_type": "FLOAT", "expression": "case when total > 0 then price / total else 0 end"},
        {
            "name": "label",
            "data_type": "VARCHAR(60)",
            "null_fraction": 0.1,
            "expression": "upper(left(customer_id.city, 3)) || '-' || lpad('7', 3, '0') || id",
        },
        {"name": "month_no", "data_type": "INT", "expression": "year(placed) * 100 + month(placed)"},
        {"name": "late", "data_type": "BOOLEAN", "expression": "days_between(placed, shipped) > 30"},
        {"name": "due", "data_type": "DATE", "expression": "date(placed) + 14"},
        {
            "name": "carrier",
            "data_type": "VARCHAR(9)",
            "distribution": {
                "type": "conditional",
                "cases": [
                    {
                        "when": "qty > 5 and customer_id.height is not null",
                        "distribution": {"type": "categorical", "values": ["bike", "van"]},
                    }
                ],
                "otherwise": {"type": "categorical", "values": ["ship"]},
            },
        },
        {
            "name": "points",
            "data_type": "INT",
            "distribution": {"type": "histogram", "edges": [0, 10, 100], "weights": [3, 1]},
        },
    ],
    "correlations": [{"columns": ["price", "weight"], "value": 0.7}],
}
CUSTOMER["columns"] += [
    {
        "name": "boss",
        "data_type": "INT",
        "foreign_key": {"table": "customer", "column": "id", "hierarchy": {"depth": 2}},
    },
    {"name": "visits", "data_type": "INT", "rollup": {"table": "visit", "function": "count", "where": "spent > 20"}},
    {"name": "spent", "data_type": "DECIMAL(12,2)", "rollup": {"table": "visit", "value": "spent - 1"}},
    {"name": "mean", "data_type": "FLOAT", "rollup": {"table": "visit", "function": "avg", "value": "spent"}},
    {"name": "last", "data_type": "TIMESTAMP", "rollup": {"table": "visit", "function": "max", "value": "at"}},
]
VISIT: dict[str, Any] = {
    "name": "visit",
    "target_rows": 200,
    "primary_key": ["customer_id", "visit_no"],
    "columns": [
        {
            "name": "customer_id",
            "data_type": "INT",
            "foreign_key": {
                "table": "customer",
                "column": "id",
                "fan_out": {"min": 2, "max": 8, "childless": 0.25, "scattered": True},
            },
        },
        {"name": "visit_no", "data_type": "INT", "expression": "ordinal(customer_id)"},
        {"name": "at", "data_type": "TIMESTAMP", "expression": "add_seconds(customer_id.signup, visit_no * 60)"},
        {"name": "spent", "data_type": "DECIMAL(8,2)", "min_value": 0, "max_value": 99},
        {
            "name": "state",
            "data_type": "VARCHAR(9)",
            "distribution": {
                "type": "markov",
                "along": "customer_id",
                "start": {"new": 1},
                "transitions": {"new": {"new": 1, "known": 2}},
            },
        },
    ],
}
SCHEMA = {
    "name": "related",
    "target_warehouse": ["redshift", "snowflake", "sqlite"],
    "tables": [CUSTOMER, PURCHASE, VISIT],
}

# table, what is done to one row, which check is to find it; SQLite has no check for the rules that its SQL cannot say
BROKEN: list[tuple[str, str, tuple[str, str, tuple[str, ...]]]] = [
    ("customer", "city = 'Hamburg' WHERE id = 1", ("customer", "lookup", ("zip", "city", "height"))),
    ("customer", "boss = 59 WHERE id = 60", ("customer", "hierarchy", ("boss",))),
    ("customer", "visits = visits + 1 WHERE id = 2", ("customer", "rollup", ("visits",))),
    ("customer", "spent = spent + 0.01 WHERE id = 3", ("customer", "rollup", ("spent",))),
    ("customer", "mean = -1 WHERE id = 4", ("customer", "rollup", ("mean",))),
    ("customer", "last = '2022-12-31 00:00:00' WHERE id = 5", ("customer", "rollup", ("last",))),
    (
        "visit",
        "customer_id = 1 WHERE customer_id < 30",
        ("visit", "fan_out", ("customer_id",)),
    ),
    ("purchase", "placed = '2022-12-31 00:00:00' WHERE id = 1", ("purchase", "order", ("placed",))),
    ("purchase", "shipped = '2022-12-30' WHERE id = 2", ("purchase", "order", ("shipped",))),
    ("purchase", "total = total + 0.01 WHERE id = 3", ("purchase", "expression", ("total",))),
    ("purchase", "share = NULL WHERE id = 4", ("purchase", "expression", ("share",))),
    ("purchase", "label = 'xyz' WHERE id = 5", ("purchase", "expression", ("label",))),
    ("purchase", "month_no = 1 WHERE id = 6", ("purchase", "expression", ("month_no",))),
    ("purchase", "due = '2030-01-01' WHERE id = 7", ("purchase", "expression", ("due",))),
    ("purchase", "carrier = 'plane' WHERE id = 8", ("purchase", "condition", ("carrier",))),
    ("purchase", "points = 101 WHERE id = 9", ("purchase", "range", ("points",))),
    ("purchase", "price = 1000 - price WHERE id < 350", ("purchase", "correlation", ("weight", "price"))),
]
NOT_IN_SQLITE = {("purchase", "expression", (name,)) for name in ("label", "month_no", "due")}


@pytest.fixture(scope="module")
def service(stack):
    service = ExperimentService(stack.settings, guard=allow)
    service.create(parse_experiment(SCHEMA))
    service.generate("related")
    service.load("related")
    yield service
    service.delete("related")
    service.close()


def _runner(service: ExperimentService, warehouse: Warehouse) -> Callable[[str], None]:
    if warehouse is not Warehouse.SQLITE:
        return lambda sql: service.query(sql, warehouse, "related").close()
    path = SqliteAdapter(service.settings).path("related")

    def run(sql: str) -> None:
        connection = sqlite3.connect(path)
        with connection:
            connection.execute(sql)
        connection.close()

    return run


def _checks(service: ExperimentService, warehouse: Warehouse) -> dict[tuple[str, str, tuple[str, ...]], int]:
    (part,) = service.verify("related", warehouses=[warehouse]).warehouses
    assert part.error is None
    for check in part.checks:
        assert "failed" not in check.actual, (check.sql, check.actual)
    return {(c.table, str(c.rule), tuple(c.columns)): c.violations for c in part.checks}


@pytest.mark.parametrize("warehouse", list(Warehouse))
def test_rules_between_columns(service, warehouse):
    before = _checks(service, warehouse)
    assert {check: count for check, count in before.items() if count} == {}
    expected = [check for _, _, check in BROKEN if warehouse is not Warehouse.SQLITE or check not in NOT_IN_SQLITE]
    assert set(expected) <= set(before)
    run = _runner(service, warehouse)
    run("UPDATE visit SET visit_no = 100 * customer_id + visit_no")
    for table, change, _ in BROKEN:
        run(f"UPDATE {table} SET {change}")
    found = {check for check, count in _checks(service, warehouse).items() if count}
    assert set(expected) <= found
    service.load("related", warehouses=[warehouse])
    assert not any(_checks(service, warehouse).values())
