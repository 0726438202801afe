import pytest

from dw_simulator.metadata import (
    Database,
    ExperimentRepository,
    LedgerFile,
    LoadedFileRepository,
    RunRepository,
    RunStatus,
)
from dw_simulator.schema import Experiment, Warehouse

HERE, THERE = Warehouse.REDSHIFT, Warehouse.SQLITE
SHOP = Experiment.model_validate({
    "name": "shop",
    "tables": [{"name": "Items", "columns": [{"name": "id", "data_type": "INT"}]}],
})  # fmt: skip


@pytest.fixture
def database(tmp_path):
    database = Database(tmp_path / "metadata.sqlite")
    yield database
    database.close()


@pytest.fixture
def record(database):
    return ExperimentRepository(database).add(SHOP)


def a_run(database, record):
    runs = RunRepository(database)
    run = runs.start(record, seed=1, target_rows={}, base_uri="s3://b/shop")
    return runs.finish(run, RunStatus.COMPLETED)


def file(uri, warehouse=HERE, *, etag="e", run_id=None, rows=3, error=None):
    return LedgerFile(
        warehouse=warehouse, table="Items", uri=uri, etag=etag, size=9, run_id=run_id, rows=rows, error=error
    )


def test_files_are_kept_by_warehouse(database, record):
    files = LoadedFileRepository(database)
    files.add(record, [file("s3://b/1"), file("s3://b/2", error="it is bad"), file("s3://b/1", THERE, rows=4)])
    assert [(one.uri, one.rows, one.error) for one in files.of(record, HERE)] == [
        ("s3://b/1", 3, None),
        ("s3://b/2", 3, "it is bad"),
    ]
    assert [one.rows for one in files.of(record, THERE)] == [4]
    assert all(one.loaded_at.tzinfo for one in files.of(record, HERE))


def test_what_is_known_of_a_file_is_replaced(database, record):
    files = LoadedFileRepository(database)
    files.add(record, [file("s3://b/1", error="it is bad")])
    files.add(record, [file("s3://b/1", etag="f")])
    assert {key: (one.etag, one.error) for key, one in files.found(record, HERE).items()} == {
        ("items", "s3://b/1"): ("f", None)
    }


def test_found_files_are_forgotten_and_those_of_runs_are_not(database, record):
    files, run = LoadedFileRepository(database), a_run(database, record)
    files.add(record, [file(f"s3://b/{number}") for number in range(4)] + [file("s3://b/run", run_id=run.id)])
    files.forget(record, HERE, [("ITEMS", "s3://b/1"), ("items", "s3://b/none")])
    assert {uri for _, uri in files.found(record, HERE)} == {"s3://b/0", "s3://b/2", "s3://b/3"}
    files.forget_found(record, HERE)
    assert [one.uri for one in files.of(record, HERE)] == ["s3://b/run"]


def test_the_newest_run_is_the_last_that_was_ever_loaded(database, record):
    files, experiments = LoadedFileRepository(database), ExperimentRepository(database)
    assert files.newest_run(record, HERE) == 0
    first, second = a_run(database, record), a_run(database, record)
    experiments.set_loaded(record, HERE, {"Items": 0}, second.id)
    assert files.newest_run(record, HERE) == second.id, "also a run without files"
    files.add(record, [file("s3://b/2", run_id=second.id)])
    experiments.set_loaded(record, HERE, {"Items": 0}, first.id)
    assert files.newest_run(record, HERE) == second.id
    assert files.newest_run(record, THERE) == 0
    RunRepository(database).remove_all(record)
    assert (files.newest_run(record, HERE), files.of(record, HERE)) == (0, [])


def test_an_experiment_takes_its_files_along(database, record):
    files = LoadedFileRepository(database)
    files.add(record, [file("s3://b/1")])
    ExperimentRepository(database).remove(record)
    assert database.rows("SELECT * FROM loaded_files") == []


def test_counts_change_without_their_run(database, record):
    experiments, run = ExperimentRepository(database), a_run(database, record)
    experiments.set_loaded(record, HERE, {"Items": 3}, run.id)
    experiments.set_counts(record, HERE, {"Items": 8, "More": 1})
    found = {one.table: (one.row_count, one.run_id) for one in experiments.loaded_tables(record)}
    assert found == {"Items": (8, run.id), "More": (1, None)}
