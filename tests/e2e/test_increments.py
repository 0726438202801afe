"""Increments in each warehouse: a load adds the new days to what is there, over the warehouse's own COPY."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from dw_simulator.experiments import ExperimentService
from dw_simulator.experiments.guard import allow
from dw_simulator.schema import Experiment, Warehouse
from dw_simulator.staging import connect_stage, parse_s3_uri

SCHEMA: dict[str, Any] = {
    "name": "growing",
    "target_warehouse": ["redshift", "snowflake", "sqlite"],
    "tables": [
        {
            "name": "customers",
            "target_rows": 100,
            "primary_key": "id",
            "growth": {"rows_per_day": 5},
            "columns": [
                {"name": "id", "data_type": "INT"},
                {"name": "email", "data_type": "VARCHAR(80)", "is_unique": True},
                {"name": "extra", "data_type": "JSON"},
            ],
        },
        {
            "name": "Order",
            "quoted": True,
            "target_rows": 400,
            "primary_key": "id",
            "growth": {"rows_per_day": 30, "time_column": "ordered_at", "start": "2024-03-01"},
            "columns": [
                {"name": "id", "data_type": "BIGINT"},
                {"name": "customer_id", "data_type": "INT", "foreign_key": "customers.id", "required": True},
                {
                    "name": "ordered_at",
                    "data_type": "TIMESTAMP_TZ",
                    "date_start": "2023-01-01",
                    "date_end": "2023-12-31",
                },
            ],
        },
    ],
}


@pytest.fixture
def service(stack):
    with closing(ExperimentService(stack.settings, guard=allow)) as service:
        service.create(Experiment.model_validate(SCHEMA))
        yield service
        service.delete("growing")


def numbers(service: ExperimentService, warehouse: Warehouse, sql: str) -> list[int]:
    with service.query(sql, warehouse, "growing") as result:
        return [int(value) for batch in result.batches for row in batch.to_pylist() for value in row.values()]


def test_loads_add_the_new_days(service: ExperimentService) -> None:
    service.generate("growing", batch_rows=150)
    service.load("growing")
    service.append("growing", 1)
    service.append("growing", 2, batch_rows=25)
    report = service.load("growing")
    assert {one.warehouse: dict(one.rows) for one in report.loads} == {
        warehouse: {"customers": 115, "Order": 490} for warehouse in Warehouse
    }
    for warehouse in Warehouse:
        recorded = numbers(service, warehouse, "SELECT SUM(row_count) FROM _dw_simulator_loads")
        assert recorded == [3 * 35]  # the rows of the first run were not loaded again
        days = "ordered_at >= '2024-03-01' AND ordered_at < '2024-03-04'"
        later = numbers(service, warehouse, f'SELECT COUNT(*) FROM "Order" WHERE {days}')
        assert later == [90]
    assert service.verify("growing").ok
    service.load("growing")  # the newest is there: all of it again
    assert service.verify("growing").ok


def test_a_cluster_makes_the_same_increment(service: ExperimentService, stack: Any) -> None:
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    made = []
    with closing(connect_stage(stack.settings)) as stage:
        for runner in ("local", "dask"):
            service.generate("growing")
            run = service.append("growing", 3, batch_rows=20, runner=runner)
            files = [file for group in run.files.values() for file in group]
            made.append([stage.store.read(*parse_s3_uri(file.uri)) for file in files])
    assert len(made[0]) == 2 + 1 + 5
    assert made[0] == made[1]
