"""Generating on a Dask cluster: the same objects in the staging bucket, and none of a run that did not complete."""

from __future__ import annotations

import json
import os
import signal
import threading
from contextlib import closing

import pytest

from dw_simulator.errors import Conflict, GenerationCancelled
from dw_simulator.experiments.service import ExperimentService
from dw_simulator.schema import Experiment
from dw_simulator.staging import connect_stage, parse_s3_uri

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.stack


def experiment(name, *warehouses):
    return Experiment.model_validate({
        "name": name,
        "target_warehouse": warehouses,
        "tables": [
            {
                "name": "customers",
                "target_rows": 3_000,
                "primary_key": ["id"],
                "columns": [
                    {"name": "id", "data_type": "BIGINT", "is_unique": True},
                    {"name": "email", "data_type": "VARCHAR(60)"},
                ],
            },
            {
                "name": "orders",
                "target_rows": 20_000,
                "columns": [
                    {"name": "customer", "data_type": "BIGINT", "foreign_key": {"table": "customers", "column": "id"}},
                    {"name": "total", "data_type": "DECIMAL(10,2)"},
                ],
            },
        ],
    })  # fmt: skip


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", silence_logs=50
    ) as made:
        yield made.scheduler_address


@pytest.fixture
def stage(stack):
    with closing(connect_stage(stack.settings)) as stage:
        yield stage


def service_of(stack, **generator):
    chosen = stack.settings.generator.model_copy(update=generator)
    return closing(ExperimentService(stack.settings.model_copy(update={"generator": chosen})))


def contents(stage, run):
    """The bytes of a run's files by table and place."""
    return {
        (table, index): stage.store.read(*parse_s3_uri(file.uri))
        for table, files in run.files.items()
        for index, file in enumerate(files)
    }


def test_workers_stage_the_files_of_the_local_runner(stack, stage, cluster):
    with service_of(stack, batch_rows=1_000, dask_scheduler=cluster) as service:
        service.create(experiment("on_dask", "redshift"))
        local = service.generate("on_dask", runner="local")
        there = service.generate("on_dask", runner="dask")
        assert (there.status, there.row_counts, len(there.files["orders"])) == ("COMPLETED", local.row_counts, 20)
        assert [(file.rows, file.size) for file in there.files["orders"]] == [
            (file.rows, file.size) for file in local.files["orders"]
        ]
        assert contents(stage, there) == contents(stage, local)
        assert service.load("on_dask").loads[0].total_rows == 23_000
        service.delete("on_dask")


def test_a_lost_worker_costs_only_the_files_that_it_was_at(stack, stage, cluster):
    with distributed.Client(cluster, set_as_default=False) as client:
        workers = list(client.run(os.getpid).values())
    seen = []

    def strike(progress):
        seen.append(progress.rows_done)
        if workers and progress.rows_done > 4_000:
            os.kill(workers.pop(), signal.SIGKILL)

    with service_of(stack, batch_rows=500, dask_scheduler=cluster) as service:
        service.create(experiment("struck", "redshift"))
        there = service.generate("struck", runner="dask", progress=strike)
        assert (workers, there.status, seen[-1]) == ([], "COMPLETED", 23_000)
        assert contents(stage, there) == contents(stage, service.generate("struck", runner="local"))
        service.delete("struck")


def test_a_cancelled_run_leaves_nothing_staged(stack, stage, cluster):
    with service_of(stack, batch_rows=100, dask_scheduler=cluster, runner="dask") as service:
        service.create(experiment("off_dask", "redshift"))
        cancel = threading.Event()
        with pytest.raises(GenerationCancelled):
            service.generate("off_dask", cancel=cancel, progress=lambda _: cancel.set())
        (run,) = service.runs("off_dask")
        assert (run.status, run.staged) == ("ABORTED", False)
        assert stage.list(parse_s3_uri(run.location)[1]) == []
        service.delete("off_dask")


def test_a_folder_of_this_machine_is_no_place_for_a_cluster(stack):
    with service_of(stack) as service:
        service.create(experiment("for_sqlite", "sqlite"))
        with pytest.raises(Conflict, match="is for SQLite only"):
            service.generate("for_sqlite", runner="dask")
        assert service.runs("for_sqlite") == []
        service.delete("for_sqlite")


def test_the_command_makes_a_cluster_of_its_own(stack, tmp_path):
    schema = tmp_path / "schema.json"
    schema.write_text(experiment("own_dask", "snowflake").model_dump_json(exclude_none=True))
    stack.dw_sim("experiment", "create", str(schema))
    run = json.loads(stack.dw_sim("experiment", "generate", "own_dask", "--runner", "dask", "--json").stdout)
    assert (run["status"], run["total_rows"]) == ("COMPLETED", 23_000)
    stack.dw_sim("experiment", "delete", "own_dask", "--yes")
