"""Tables with history from the command to SQLite: increments close versions, and verify finds what is broken."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dw_simulator.config import load_settings
from dw_simulator.errors import SchemaError
from dw_simulator.experiments import ExperimentService
from dw_simulator.schema import Warehouse
from dw_simulator.schema.parse import parse_experiment

SHOP: dict[str, Any] = {
    "name": "shop",
    "tables": [
        {
            "name": "customers",
            "target_rows": 120,
            "primary_key": "sk",
            "history": {"key": "id", "changes": ["tier"], "start": "2024-01-01", "end": "2024-01-31", "max_days": 30,
                        "surrogate_key": "sk", "is_current": "now", "version": "nth", "is_deleted": "gone",
                        "deletes": 0.2, "inserts_per_day": 1},
            "columns": [
                {"name": "sk", "data_type": "BIGINT"},
                {"name": "id", "data_type": "INT"},
                {"name": "country", "data_type": "CHAR(2)"},
                {"name": "tier", "data_type": "VARCHAR(9)", "faker_rule": "color"},
                {"name": "valid_from", "data_type": "TIMESTAMP"},
                {"name": "valid_to", "data_type": "TIMESTAMP"},
                {"name": "now", "data_type": "BOOLEAN"},
                {"name": "gone", "data_type": "BOOLEAN"},
                {"name": "nth", "data_type": "INT"},
            ],
        },
        {
            "name": "events",
            "primary_key": "lsn",
            "cdc": {"of": "customers"},
            "columns": [
                {"name": "lsn", "data_type": "BIGINT"},
                {"name": "op", "data_type": "CHAR(1)"},
                {"name": "event_time", "data_type": "TIMESTAMP"},
                {"name": "id", "data_type": "INT"},
                {"name": "tier", "data_type": "VARCHAR(9)"},
            ],
        },
        {
            "name": "visits",
            "target_rows": 60,
            "columns": [
                {"name": "customer", "data_type": "BIGINT",
                 "foreign_key": {"table": "customers", "column": "sk", "as_of": "at"}},
                {"name": "at", "data_type": "TIMESTAMP", "date_start": "2024-01-01", "date_end": "2024-01-31"},
            ],
        },
    ],
}  # fmt: skip


@pytest.fixture
def service(tmp_path: Path) -> Iterator[ExperimentService]:
    service = ExperimentService(load_settings({"home": tmp_path, "s3": {"port": 1}}, use_running_stack=False))
    service.create(parse_experiment(SHOP))
    service.generate("shop", batch_rows=50)
    service.load("shop")
    yield service
    service.close()


def test_increments_close_versions_one_by_one_or_together(service: ExperimentService) -> None:
    service.append("shop", 2, batch_rows=5)
    service.load("shop")
    service.append("shop", 1)
    service.append("shop", 4)
    report = service.load("shop")
    rows = dict(report.loads[0].rows)
    assert rows["customers"] == rows["events"] > 120
    found = service.verify("shop")
    assert found.ok, found
    assert {"versions", "replay", "as_of"} <= {check.rule for check in found.warehouses[0].checks}


def test_days_that_give_so_many_rows(service: ExperimentService) -> None:
    days = service.days_for("shop", 100)
    assert service.plan_increment("shop", days).rows >= 100 > service.plan_increment("shop", days - 1).rows
    assert service.days_for("shop", 1) == 1
    with pytest.raises(SchemaError, match="1,000,000 rows were asked for, but the 30 days"):
        service.days_for("shop", 1_000_000)


BROKEN = {
    "UPDATE customers SET valid_to = datetime(valid_to, '+1 day') WHERE nth = 1": "ends when the next version",
    "UPDATE customers SET valid_to = NULL, now = 1 WHERE sk = 1": "one current version",
    "UPDATE customers SET now = 0 WHERE now = 1": "one current version",
    "UPDATE customers SET nth = nth + 1": "counts the versions",
    "UPDATE customers SET country = 'XX' WHERE nth = 2": "the same in all versions",
    "UPDATE customers SET tier = 'red' WHERE NOT gone": "differs from the version before",
    "UPDATE events SET op = 'D' WHERE lsn = (SELECT MAX(lsn) FROM events WHERE op = 'U')": "comes of replaying",
    "DELETE FROM events WHERE op = 'D'": "replayed to the end",
    "UPDATE events SET event_time = '2024-01-01 00:00:00' WHERE op = 'U'": "later events",
    "UPDATE events SET op = 'X' WHERE op = 'U'": "one of 'I', 'U', 'D'",
    "UPDATE visits SET at = '2030-01-01 00:00:00'": "the version of customers at that moment",
}


@pytest.mark.parametrize(("statement", "expected"), BROKEN.items())
def test_verify_finds_what_is_broken(service: ExperimentService, statement: str, expected: str) -> None:
    assert service.verify("shop").ok
    with closing(sqlite3.connect(next(service.settings.home.rglob("shop.sqlite")))) as connection, connection:
        assert connection.execute(statement).rowcount
    broken = [check for check in service.verify("shop").warehouses[0].checks if not check.ok]
    assert any(expected in check.expected for check in broken), broken
    assert all(check.violations > 0 for check in broken)


def test_nothing_is_left_open_twice(service: ExperimentService) -> None:
    service.append("shop", 9)
    service.load("shop")
    sql = "SELECT id FROM customers GROUP BY id HAVING SUM(valid_to IS NULL) <> 1 OR COUNT(*) <> COUNT(DISTINCT sk)"
    with service.query(sql, Warehouse.SQLITE, "shop") as result:
        assert [row for batch in result.batches for row in batch.to_pylist()] == []
