"""`verify` in each warehouse: nothing is found in what was loaded, and each broken row is."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable

import pytest

from dw_simulator.experiments import ExperimentService
from dw_simulator.experiments.guard import allow
from dw_simulator.schema import Experiment, Warehouse
from dw_simulator.warehouses.sqlite import SqliteAdapter

SCHEMA = {
    "name": "verified",
    "target_warehouse": ["redshift", "snowflake", "sqlite"],
    "tables": [
        {
            "name": "region",
            "target_rows": 20,
            "primary_key": ["country", "number"],
            "columns": [
                {"name": "country", "data_type": "CHAR(2)"},
                {"name": "number", "data_type": "INT", "min_value": 1, "max_value": 99},
            ],
        },
        {
            "name": "Order",
            "quoted": True,
            "target_rows": 50,
            "foreign_keys": [
                {"columns": ["country", "region"], "table": "region", "references": ["country", "number"]}
            ],
            "columns": [
                {"name": "id", "data_type": "BIGINT", "is_unique": True, "required": True, "min_value": 1},
                {"name": "parent id", "quoted": True, "data_type": "BIGINT", "foreign_key": "Order.id"},
                {"name": "country", "data_type": "CHAR(2)"},
                {"name": "region", "data_type": "INT"},
                {"name": "total", "data_type": "DECIMAL(20,2)", "min_value": 0.5, "max_value": 1000},
                {"name": "weight", "data_type": "FLOAT", "min_value": 0, "max_value": 1.5},
                {
                    "name": "state",
                    "data_type": "VARCHAR(12)",
                    "distribution": {"type": "categorical", "values": ["it's", "back\\slash", "new"]},
                },
                {
                    "name": "paid",
                    "data_type": "BOOLEAN",
                    "distribution": {"type": "categorical", "values": [True]},
                },
                {"name": "day", "data_type": "DATE", "date_start": "2024-01-01", "date_end": "2024-01-31"},
                {"name": "moment", "data_type": "TIMESTAMP", "date_start": "2024-01-01", "date_end": "2024-01-02"},
                {"name": "zoned", "data_type": "TIMESTAMP_TZ", "date_start": "2024-01-01T00:00:00+02:00"},
                {"name": "note", "data_type": "VARCHAR(40)", "required": True, "null_fraction": 0},
            ],
        },
    ],
}

TABLE = {Warehouse.REDSHIFT: '"order"', Warehouse.SNOWFLAKE: '"Order"', Warehouse.SQLITE: '"Order"'}
PARENT = {Warehouse.REDSHIFT: '"parent id"', Warehouse.SNOWFLAKE: '"parent id"', Warehouse.SQLITE: '"parent id"'}

# what is done to one row, and which check is to find it; {0} is the smallest id, {parent} and {table} are names
BROKEN: list[tuple[str, tuple[str, str, tuple[str, ...]]]] = [
    ("{parent} = -5", ("Order", "foreign_key", ("parent id",))),
    ("country = 'zz'", ("Order", "foreign_key", ("country", "region"))),
    ("total = 1000.01", ("Order", "range", ("total",))),
    ("weight = -0.25", ("Order", "range", ("weight",))),
    ("state = 'other'", ("Order", "values", ("state",))),
    ("paid = FALSE", ("Order", "values", ("paid",))),
    ("day = '2024-02-01'", ("Order", "range", ("day",))),
    ("moment = '2024-01-03 00:00:00'", ("Order", "range", ("moment",))),
    ("zoned = '2023-12-31 21:59:59+00:00'", ("Order", "range", ("zoned",))),
]


@pytest.fixture(scope="module")
def service(stack):
    service = ExperimentService(stack.settings, guard=allow)
    service.create(Experiment.model_validate(SCHEMA))
    service.generate("verified")
    service.load("verified")
    yield service
    service.delete("verified")
    service.close()


def _runner(service: ExperimentService, warehouse: Warehouse) -> Callable[[str], None]:
    if warehouse is Warehouse.SQLITE:
        path = SqliteAdapter(service.settings).path("verified")

        def run(sql: str) -> None:
            connection = sqlite3.connect(path)
            with connection:
                connection.execute(sql)
            connection.close()

        return run
    return lambda sql: service.query(sql, warehouse, "verified").close()


def _found(service: ExperimentService, warehouse: Warehouse) -> dict[tuple[str, str, tuple[str, ...]], int]:
    report = service.verify("verified", warehouses=[warehouse])
    (part,) = report.warehouses
    assert part.error is None
    assert report.ok == part.ok == all(check.ok for check in part.checks)
    return {(c.table, str(c.rule), tuple(c.columns)): c.violations for c in part.checks if not c.ok}


@pytest.mark.parametrize("warehouse", list(Warehouse))
def test_each_broken_row_is_found(service, warehouse):
    assert _found(service, warehouse) == {}
    run, table = _runner(service, warehouse), TABLE[warehouse]
    for change, _ in BROKEN:
        change = change.format(parent=PARENT[warehouse])
        run(f"UPDATE {table} SET {change} WHERE id = (SELECT MIN(id) FROM {table})")
    assert _found(service, warehouse) == {check: 1 for _, check in BROKEN}
    service.load("verified", warehouses=[warehouse])
    assert _found(service, warehouse) == {}


@pytest.mark.parametrize("warehouse", [Warehouse.REDSHIFT, Warehouse.SNOWFLAKE])  # SQLite refuses such rows
def test_keys_that_a_warehouse_does_not_enforce(service, warehouse):
    run, table = _runner(service, warehouse), TABLE[warehouse]
    columns = ", ".join(f'"{c["name"]}"' if c.get("quoted") else c["name"] for c in SCHEMA["tables"][1]["columns"])
    run(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} WHERE id = (SELECT MAX(id) FROM {table})")
    run("DELETE FROM region WHERE number = (SELECT MIN(number) FROM region)")
    run("INSERT INTO region SELECT * FROM region WHERE number = (SELECT MAX(number) FROM region)")
    found = _found(service, warehouse)
    orphans = found.pop(("Order", "foreign_key", ("country", "region")), 0)
    assert orphans >= 0
    assert found.keys() >= {("Order", "row_count", ()), ("Order", "unique", ("id",))}
    assert found["region", "primary_key", ("country", "number")] >= 1
    service.load("verified", warehouses=[warehouse])
    assert _found(service, warehouse) == {}


def test_the_command(service, stack):
    assert stack.dw_sim("verify", "verified").returncode == 0
    run = _runner(service, Warehouse.SQLITE)
    run('UPDATE "Order" SET total = -1')
    failed = stack.dw_sim("verify", "verified", "-w", "sqlite", "--json", check=False)
    assert failed.returncode == 11
    assert "1 check found violations" in failed.stderr
    assert "WHERE CAST(total AS REAL) < 0.5 OR CAST(total AS REAL) > 1000" in failed.stderr
    (check,) = (c for c in json.loads(failed.stdout)["warehouses"][0]["checks"] if not c["ok"])
    assert (check["rule"], check["violations"], check["actual"]) == ("range", 50, "50 rows break it")
    run('DROP TABLE "Order"')
    gone = stack.dw_sim("verify", "verified", "-w", "sqlite", check=False)
    assert gone.returncode == 11
    assert "the check failed: " in gone.stdout
    service.load("verified", warehouses=[Warehouse.SQLITE])
