"""The Dask runner against real clusters: the files of the local runner, and nothing left after a failure."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from dw_simulator.errors import GenerationCancelled, GenerationError, ServiceUnavailable, StagingError
from dw_simulator.generator import DirectorySink, build_plan, run
from dw_simulator.generator.dask_runner import run_on_dask
from dw_simulator.schema import Experiment
from dw_simulator.schema.folders import folder_name

distributed = pytest.importorskip("distributed")

SHOP = Experiment.model_validate({
    "name": "shop",
    "tables": [
        {
            "name": "customers",
            "target_rows": 2_500,
            "primary_key": ["id"],
            "columns": [
                {"name": "id", "data_type": "BIGINT", "is_unique": True},
                {"name": "email", "data_type": "VARCHAR(60)", "is_unique": True},
            ],
        },
        {
            "name": "orders",
            "target_rows": 7_001,
            "columns": [
                {"name": "customer", "data_type": "BIGINT", "foreign_key": {"table": "customers", "column": "id"}},
                {"name": "total", "data_type": "DECIMAL(10,2)"},
                {"name": "at", "data_type": "TIMESTAMP"},
            ],
        },
        {"name": "none", "target_rows": 0, "columns": [{"name": "id", "data_type": "INT"}]},
    ],
})  # fmt: skip
PLAN = build_plan(SHOP, seed=5, rows={"orders": 5_000})


@dataclass(frozen=True)
class FolderSink:
    """Files in a folder that all workers reach. ``error`` is raised for file ``bad`` of orders, after ``seconds``."""

    path: Path
    bad: int | None = None
    error: Exception | None = None
    seconds: float = 0.0

    def write(self, table: str, index: int, lo: int, hi: int, data: pa.Buffer) -> str:
        time.sleep(self.seconds)
        if table == "orders" and index == self.bad:
            raise self.error
        target = self.path / folder_name(table) / f"batch-{index:05}.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        return str(target)


def digests(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*.parquet"))
    }


@pytest.fixture(scope="module")
def cluster():
    """A scheduler and two workers, each a process of its own."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", silence_logs=50
    ) as made:
        yield made


@pytest.mark.parametrize("where", ["this process", "other processes"])
def test_the_files_are_those_of_the_local_runner(request, tmp_path, where):
    scheduler = request.getfixturevalue("cluster").scheduler_address if where == "other processes" else None
    local = run(PLAN, DirectorySink(tmp_path / "local"), batch_rows=700)
    seen, written = [], []
    report = run_on_dask(
        SHOP, PLAN, FolderSink(tmp_path / "dask"), batch_rows=700, scheduler=scheduler, workers=2,
        progress=seen.append, written=lambda *file: written.append(file),
    )  # fmt: skip
    assert len(digests(tmp_path / "local")) == 4 + 8
    assert digests(tmp_path / "dask") == digests(tmp_path / "local")
    assert (report.rows, report.bytes) == (local.rows, local.bytes)
    assert [len(table.uris) for table in report.tables] == [len(table.uris) for table in local.tables]
    assert (seen[-1].rows_done, seen[-1].rows) == (7_500, 7_500)
    assert sorted(one.table for one in seen if one.table_finished) == ["customers", "orders"]
    assert sorted((table, lo, hi) for table, _, lo, hi, _, _ in written)[-1] == ("orders", 4_900, 5_000)
    assert sum(size for *_, size in written) == report.bytes


@pytest.mark.parametrize("where", ["this process", "other processes"])
def test_the_error_of_a_task_is_raised_as_it_is(request, tmp_path, where):
    scheduler = request.getfixturevalue("cluster").scheduler_address if where == "other processes" else None
    for error in (
        StagingError("staging failed: SlowDown", hint="wait"),
        ServiceUnavailable("s3", "127.0.0.1:1", reason="refused"),
    ):
        with pytest.raises(type(error)) as caught:
            run_on_dask(SHOP, PLAN, FolderSink(tmp_path, 2, error), batch_rows=500, scheduler=scheduler, workers=2)
        assert (str(caught.value), caught.value.hint) == (str(error), error.hint)


@pytest.mark.parametrize("how", ["cancelled", "failed"])
def test_no_worker_writes_after_the_end(cluster, tmp_path, how):
    cancel = threading.Event()
    sink = FolderSink(tmp_path, 1 if how == "failed" else None, StagingError("no"), seconds=0.2)
    stop = cancel.set if how == "cancelled" else lambda: None
    with pytest.raises(GenerationCancelled if how == "cancelled" else StagingError):
        run_on_dask(
            SHOP, PLAN, sink, batch_rows=100, scheduler=cluster.scheduler_address, cancel=cancel,
            progress=lambda _: stop(),
        )  # fmt: skip
    there = digests(tmp_path)
    assert 0 < len(there) < 75
    time.sleep(1)
    assert digests(tmp_path) == there


def test_lost_workers_change_nothing(cluster, tmp_path):
    local = run(PLAN, DirectorySink(tmp_path / "local"), batch_rows=250)
    with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
        victims = list(client.run(os.getpid).values())

    def strike(_progress):
        if victims:
            os.kill(victims.pop(), signal.SIGKILL)

    report = run_on_dask(
        SHOP, PLAN, FolderSink(tmp_path / "dask", seconds=0.05), batch_rows=250, scheduler=cluster.scheduler_address,
        progress=strike,
    )  # fmt: skip
    assert (victims, report.rows) == ([], local.rows)
    assert digests(tmp_path / "dask") == digests(tmp_path / "local")


def test_a_cluster_that_is_not_there(tmp_path):
    with pytest.raises(ServiceUnavailable, match="dask service does not answer at tcp://127") as caught:
        run_on_dask(SHOP, PLAN, FolderSink(tmp_path), batch_rows=100, scheduler="tcp://127.0.0.1:9")
    assert "generator.dask_scheduler" in caught.value.hint


def test_a_cluster_without_workers(tmp_path):
    with (
        distributed.LocalCluster(n_workers=0, processes=False, dashboard_address="127.0.0.1:0") as empty,
        pytest.raises(GenerationError, match="no workers"),
    ):
        run_on_dask(SHOP, PLAN, FolderSink(tmp_path), batch_rows=100, scheduler=empty.scheduler_address)
