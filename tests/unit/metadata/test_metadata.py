import sqlite3

import pytest

from dw_simulator.errors import ConfigError, Conflict, NotFound
from dw_simulator.metadata import Database, ExperimentRepository, FileRecord, RunRepository, RunStatus
from dw_simulator.schema import Experiment, Warehouse


def experiment(name="shop", **changes):
    columns = [
        {"name": "id", "data_type": "INT", "is_unique": True},
        {"name": "kind", "data_type": "VARCHAR(9)", "distribution": {"type": "categorical", "values": ["a", "b"]}},
        {"name": "price", "data_type": "DECIMAL(10,2)", "min_value": "0.50"},
    ]
    return Experiment.model_validate({"name": name, "tables": [{"name": "items", "columns": columns}], **changes})


@pytest.fixture
def database(tmp_path):
    database = Database(tmp_path / "home" / "metadata.sqlite")
    yield database
    database.close()


def test_an_experiment_comes_back_as_it_was_stored(database):
    repository = ExperimentRepository(database)
    repository.add(experiment(description="what I sell"))
    record = repository.get("SHOP")
    assert record.experiment == experiment(description="what I sell")
    assert record.state == "READY"
    assert record.created_at.tzinfo is not None


def test_names_are_taken_in_any_case(database):
    repository = ExperimentRepository(database)
    repository.add(experiment("shop"))
    with pytest.raises(Conflict, match="'Shop' exists already") as caught:
        repository.add(experiment("Shop"))
    assert "dw-sim experiment delete" in caught.value.hint


def test_an_unknown_experiment_is_named_with_those_that_exist(database):
    repository = ExperimentRepository(database)
    repository.add(experiment("shop"))
    with pytest.raises(NotFound, match="'shopp'") as caught:
        repository.get("shopp")
    assert caught.value.hint == "experiments are: shop"


def test_a_run_is_recorded_with_its_files(database):
    record = ExperimentRepository(database).add(experiment())
    runs = RunRepository(database)
    run = runs.start(record, seed=7, target_rows={"items": 10}, base_uri="s3://b/x")
    assert (run.status, run.location) == (RunStatus.RUNNING, f"s3://b/x/run-{run.id:06d}")
    files = {"items": [FileRecord(uri="s3://b/x/1", rows=6, size=60), FileRecord(uri="s3://b/x/2", rows=4, size=40)]}
    done = runs.finish(run, RunStatus.COMPLETED, files=files, timings={"generate": 0.5})
    assert done.row_counts == {"items": 10}
    assert done.files["items"][1].uri == "s3://b/x/2"
    assert done.total_rows == 10
    assert done.finished_at >= done.started_at
    assert runs.latest_completed(record) == done


def test_only_one_run_of_an_experiment_at_a_time(database):
    repository, runs = ExperimentRepository(database), RunRepository(database)
    first, second = repository.add(experiment("a")), repository.add(experiment("b"))
    runs.start(first, seed=1, target_rows={}, base_uri="s3://b")
    runs.start(second, seed=1, target_rows={}, base_uri="s3://b")
    with pytest.raises(Conflict, match="'a' is being generated"):
        runs.start(first, seed=1, target_rows={}, base_uri="s3://b")


def test_removing_an_experiment_removes_all_that_belongs_to_it(database):
    repository, runs = ExperimentRepository(database), RunRepository(database)
    record = repository.add(experiment())
    run = runs.start(record, seed=1, target_rows={}, base_uri="s3://b")
    runs.add_event(record, "generated", {"rows": 1}, run.id)
    repository.set_loaded(record, Warehouse.REDSHIFT, {"items": 3}, run.id)
    assert [(t.warehouse, t.table, t.row_count) for t in repository.loaded_tables(record)] == [("redshift", "items", 3)]
    assert [event.kind for event in runs.events(run)] == ["generated"]
    repository.remove(record)
    for table in ("experiments", "generation_runs", "experiment_tables", "events"):
        assert database.rows(f"SELECT count(*) AS n FROM {table}")[0]["n"] == 0


def test_a_failed_transaction_changes_nothing(database):
    repository = ExperimentRepository(database)
    insert = "INSERT INTO experiments (name, schema_json, created_at, updated_at) VALUES ('x', '{}', '', '')"
    with pytest.raises(sqlite3.IntegrityError), database.transaction() as connection:
        [connection.execute(insert) for _ in "12"]  # the second breaks the unique name
    assert repository.all() == []


def test_the_file_survives_a_restart(tmp_path):
    path = tmp_path / "metadata.sqlite"
    first = Database(path)
    ExperimentRepository(first).add(experiment())
    first.close()
    second = Database(path)
    assert [record.name for record in ExperimentRepository(second).all()] == ["shop"]
    second.close()


def test_a_file_of_a_newer_version_is_refused(tmp_path):
    path = tmp_path / "metadata.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(ConfigError, match="newer dw-simulator"):
        Database(path)


def test_a_file_that_is_no_database_is_named(tmp_path):
    path = tmp_path / "metadata.sqlite"
    path.write_text("this is not a database, but it is long enough to be read as one" * 20)
    with pytest.raises(ConfigError, match=r"metadata\.sqlite"):
        Database(path)
