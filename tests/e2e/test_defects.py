"""Defects in each warehouse: its COPY keeps them as they are, and verifying finds each of them and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dw_simulator.experiments import ExperimentService
from dw_simulator.experiments.defects import counted
from dw_simulator.experiments.guard import allow
from dw_simulator.experiments.verification.report import Rule
from dw_simulator.schema import Warehouse
from dw_simulator.schema.importers import read_file

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "dirty" / "schema.yaml"


@pytest.fixture
def service(stack) -> Iterator[ExperimentService]:
    with closing(ExperimentService(stack.settings, guard=allow)) as service:
        service.create(read_file(EXAMPLE))
        yield service
        service.delete("dirty_shop")


def test_every_warehouse_has_what_the_report_has(service: ExperimentService) -> None:
    service.generate("dirty_shop", rows={"customers": 500, "orders": 1500})
    service.load("dirty_shop")
    service.append("dirty_shop", 3)
    service.load("dirty_shop")
    report = service.verify("dirty_shop")
    assert report.ok
    counts = {(one.table, one.kind, one.column): one.rows for one in counted(service.defects("dirty_shop"))}
    assert counts["customers", "duplicate", None] == 2
    assert counts["orders", "late", None] > 0
    assert {part.warehouse for part in report.warehouses} == {Warehouse.REDSHIFT, Warehouse.SNOWFLAKE}
    for part in report.warehouses:
        found = [check for check in part.checks if check.rule is Rule.DEFECT]
        assert len(found) == len(counts)
        assert sum(check.excepted > 0 for check in part.checks) >= 10
    for warehouse in (Warehouse.REDSHIFT, Warehouse.SNOWFLAKE):
        sql = "SELECT COUNT(*) FROM customers WHERE email IS NULL"
        with service.query(sql, warehouse, "dirty_shop") as result:
            assert [batch.column(0).to_pylist() for batch in result.batches] == [[counts["customers", "null", "email"]]]
