"""Increments from the command to the warehouse: runs that extend runs, and loads that add to what is there."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlparse
from urllib.request import url2pathname

import pytest

from dw_simulator.config import load_settings
from dw_simulator.errors import Conflict, NotFound, SchemaError
from dw_simulator.experiments import ExperimentService, generating
from dw_simulator.metadata import RunStatus
from dw_simulator.schema import Experiment, Warehouse

SHOP: dict[str, Any] = {
    "name": "shop",
    "tables": [
        {
            "name": "customers",
            "target_rows": 50,
            "primary_key": "id",
            "growth": {"rows_per_day": 3},
            "columns": [{"name": "id", "data_type": "INT"}, {"name": "email", "data_type": "TEXT", "is_unique": True}],
        },
        {
            "name": "orders",
            "target_rows": 200,
            "primary_key": "id",
            "growth": {"rows_per_day": 20, "time_column": "ordered_at"},
            "columns": [
                {"name": "id", "data_type": "BIGINT"},
                {"name": "customer_id", "data_type": "INT", "foreign_key": "customers.id", "required": True},
                {
                    "name": "ordered_at",
                    "data_type": "TIMESTAMP",
                    "date_start": "2023-01-01",
                    "date_end": "2023-12-31",
                    "required": True,
                },
            ],
        },
    ],
}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[ExperimentService]:
    service = ExperimentService(load_settings({"home": tmp_path, "s3": {"port": 1}}, use_running_stack=False))
    service.create(Experiment.model_validate(SHOP))
    yield service
    service.close()


def rows_of(service: ExperimentService, sql: str) -> list[tuple[Any, ...]]:
    with service.query(sql, Warehouse.SQLITE, "shop") as result:
        return [tuple(row.values()) for batch in result.batches for row in batch.to_pylist()]


def whole(service: ExperimentService) -> list[list[tuple[Any, ...]]]:
    return [rows_of(service, f"SELECT * FROM {table} ORDER BY id") for table in ("customers", "orders")]


def digests(run: Any) -> list[str]:
    paths = [Path(url2pathname(urlparse(file.uri).path)) for files in run.files.values() for file in files]
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]


def test_an_increment_is_a_run_of_its_own_that_a_load_adds(service: ExperimentService) -> None:
    first = service.generate("shop", seed=5)
    service.load("shop")
    before = whole(service)
    run = service.append("shop", 2)
    assert (run.status, run.extends, run.days, run.seed) == (RunStatus.COMPLETED, first.id, 2, 5)
    assert run.row_counts == {"customers": 56, "orders": 240} == run.target_rows
    assert all(run.files[table][: len(files)] == files for table, files in first.files.items())
    with closing(sqlite3.connect(next(service.settings.home.rglob("shop.sqlite")))) as connection, connection:
        connection.execute("UPDATE customers SET email = 'mark' WHERE id = 1")  # a load of everything would undo it
    report = service.load("shop")
    assert report.loads[0].rows == {"customers": 56, "orders": 240}
    assert rows_of(service, "SELECT email FROM customers WHERE id = 1") == [("mark",)]
    after = whole(service)
    assert [rows[: len(old)][1:] for rows, old in zip(after, before, strict=True)] == [old[1:] for old in before]
    days = rows_of(
        service, "SELECT substr(ordered_at, 1, 10) AS day, count(*) AS n FROM orders WHERE id > 200 GROUP BY 1"
    )
    assert sorted(days) == [("2024-01-01", 20), ("2024-01-02", 20)]
    assert service.newest_run("shop", Warehouse.SQLITE) == (run, True)


def test_what_was_added_is_verified_and_is_the_same_when_loaded_at_once(service: ExperimentService) -> None:
    service.generate("shop")
    service.load("shop")
    service.append("shop", 1)
    service.load("shop")
    service.append("shop", 1)
    service.append("shop", 3)
    service.load("shop")  # two increments together
    report = service.verify("shop")
    assert report.ok, report
    there = whole(service)
    service.load("shop")  # all of it again: the warehouse has the newest run already
    assert whole(service) == there
    assert [len(rows) for rows in there] == [65, 300]


def test_an_earlier_run_can_be_loaded_again(service: ExperimentService) -> None:
    first = service.generate("shop")
    second = service.append("shop", 1)
    service.load("shop")
    service.load("shop", run_id=first.id)
    assert service.row_counts("shop", Warehouse.SQLITE) == {"customers": 50, "orders": 200}
    service.load("shop", run_id=second.id)
    assert service.row_counts("shop", Warehouse.SQLITE) == {"customers": 53, "orders": 220}


def test_the_same_appends_make_the_same_bytes(service: ExperimentService) -> None:
    made = []
    for workers in (1, 2):
        service.generate("shop", seed=9, batch_rows=64)
        service.append("shop", 4, batch_rows=32, workers=workers)
        made.append(digests(service.append("shop", 1, batch_rows=32, workers=workers)))
    assert made[0] == made[1]


def test_a_new_first_run_begins_again(service: ExperimentService) -> None:
    service.generate("shop")
    service.append("shop", 4)
    run = service.generate("shop", rows={"orders": 10})
    assert (run.extends, run.days) == (None, 0)
    assert service.append("shop", 1).row_counts == {"customers": 53, "orders": 30}


def test_what_cannot_be_added_is_said_before_a_run(service: ExperimentService) -> None:
    with pytest.raises(NotFound, match="no completed generation run to add to"):
        service.append("shop", 1)
    service.generate("shop")
    with pytest.raises(SchemaError, match="room for 366"):
        service.append("shop", 367)
    assert len(service.runs("shop")) == 1


def test_another_version_adds_nothing(service: ExperimentService, monkeypatch: pytest.MonkeyPatch) -> None:
    service.generate("shop")
    monkeypatch.setattr(generating, "version", lambda _: "999.0")
    with pytest.raises(Conflict, match=r"run 1 was made by dw-simulator \d.*, and this is 999\.0"):
        service.append("shop", 1)
    assert len(service.runs("shop")) == 1


def test_a_load_that_fails_half_way_goes_on_where_it_was(service: ExperimentService) -> None:
    service.generate("shop")
    service.load("shop")
    service.append("shop", 1)
    last = service.append("shop", 2)
    path = next(service.settings.home.rglob("shop.sqlite"))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "CREATE TRIGGER stop BEFORE INSERT ON orders WHEN new.id > 220"
            " BEGIN SELECT RAISE(ABORT, 'no orders today'); END"
        )
    failure = service.load_each("shop").failure()
    assert failure is not None
    assert "no orders today" in str(failure)
    assert rows_of(service, "SELECT count(*) FROM customers") == [(59,)]
    assert rows_of(service, "SELECT count(*) FROM orders") == [(220,)]
    assert service.newest_run("shop", Warehouse.SQLITE) == (last, False)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER stop")
    assert service.load("shop").loads[0].rows == {"customers": 59, "orders": 260}
    assert service.verify("shop").ok
