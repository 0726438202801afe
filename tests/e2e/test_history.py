"""Versions, events and facts in each warehouse: loads close what increments close, and verify counts what is broken."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from dw_simulator.experiments import ExperimentService
from dw_simulator.experiments.guard import allow
from dw_simulator.schema import Warehouse
from dw_simulator.schema.parse import parse_experiment

SCHEMA: dict[str, Any] = {
    "name": "versioned",
    "target_warehouse": ["redshift", "snowflake", "sqlite"],
    "tables": [
        {
            "name": "customers",
            "target_rows": 300,
            "primary_key": "sk",
            "history": {
                "key": "id", "changes": ["tier", "city"], "start": "2024-01-01", "end": "2024-02-29",
                "inserts_per_day": 1, "deletes": 0.2, "surrogate_key": "sk", "is_current": "current_flag",
                "is_deleted": "gone", "version": "version_no", "created_at": "created_at",
                "open_end": "9999-12-31",
            },
            "columns": [
                {"name": "sk", "data_type": "BIGINT"},
                {"name": "id", "data_type": "INT"},
                {"name": "email", "data_type": "VARCHAR(80)"},
                {"name": "tier", "data_type": "VARCHAR(8)", "faker_rule": "color"},
                {"name": "city", "data_type": "VARCHAR(40)", "null_fraction": 0.2},
                {"name": "created_at", "data_type": "TIMESTAMP"},
                {"name": "valid_from", "data_type": "TIMESTAMP"},
                {"name": "valid_to", "data_type": "TIMESTAMP", "required": True},
                {"name": "current_flag", "data_type": "BOOLEAN"},
                {"name": "gone", "data_type": "CHAR(1)"},
                {"name": "version_no", "data_type": "INT"},
            ],
        },
        {
            "name": "customer_events",
            "primary_key": "lsn",
            "cdc": {"of": "customers", "before": "before_image", "after": "after_image"},
            "columns": [
                {"name": "lsn", "data_type": "BIGINT"},
                {"name": "op", "data_type": "CHAR(1)"},
                {"name": "event_time", "data_type": "TIMESTAMP"},
                {"name": "before_image", "data_type": "JSON"},
                {"name": "after_image", "data_type": "JSON"},
                {"name": "id", "data_type": "INT"},
                {"name": "tier", "data_type": "VARCHAR(8)"},
                {"name": "city", "data_type": "VARCHAR(40)"},
            ],
        },
        {
            "name": "orders",
            "target_rows": 200,
            "primary_key": "id",
            "growth": {"rows_per_day": 20, "time_column": "ordered_at"},
            "columns": [
                {"name": "id", "data_type": "BIGINT"},
                {"name": "customer_sk", "data_type": "BIGINT",
                 "foreign_key": {"table": "customers", "column": "sk", "as_of": "ordered_at"}},
                {"name": "customer_id", "data_type": "INT", "foreign_key": "customers.id"},
                {"name": "ordered_at", "data_type": "TIMESTAMP", "date_start": "2024-01-01", "date_end": "2024-02-29"},
            ],
        },
    ],
}  # fmt: skip

MERGED = (
    "SELECT COUNT(*) FROM (SELECT id FROM customers WHERE current_flag = {true} GROUP BY id HAVING COUNT(*) = 1) AS k"
)


@pytest.fixture
def service(stack):
    with closing(ExperimentService(stack.settings, guard=allow)) as service:
        service.create(parse_experiment(SCHEMA))
        yield service
        service.delete("versioned")


def answer(service: ExperimentService, warehouse: Warehouse, sql: str) -> list[Any]:
    with service.query(sql, warehouse, "versioned") as result:
        return [value for batch in result.batches for row in batch.to_pylist() for value in row.values()]


def test_loads_close_versions_and_verify_knows_the_rules(service: ExperimentService) -> None:
    service.generate("versioned", batch_rows=90)
    service.load("versioned")
    assert broken(service) == []
    service.append("versioned", 1)
    run = service.append("versioned", 3, batch_rows=25)
    report = service.load("versioned")
    events = run.row_counts["customer_events"]
    assert run.row_counts["customers"] > events  # closed versions are written once more
    for one in report.loads:
        assert dict(one.rows) == {"customers": events, "customer_events": events, "orders": 280}
    assert broken(service) == []
    keys = {answer(service, one, MERGED.format(true=_TRUE[one]))[0] for one in Warehouse}
    assert len(keys) == 1
    assert keys.pop() > 60
    service.load("versioned")
    assert broken(service) == []


_TRUE = {Warehouse.REDSHIFT: "TRUE", Warehouse.SNOWFLAKE: "TRUE", Warehouse.SQLITE: "1"}


def broken(service: ExperimentService) -> list[str]:
    report = service.verify("versioned")
    assert [part.error for part in report.warehouses] == [None] * 3
    rules = {str(check.rule) for part in report.warehouses for check in part.checks}
    assert {"versions", "replay", "as_of"} <= rules
    return [
        f"{part.warehouse} {check.table} {check.expected}: {check.sql}"
        for part in report.warehouses
        for check in part.checks
        if not check.ok
    ]
