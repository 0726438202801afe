"""The use cases with SQLite as the warehouse: they need no running service."""

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

import pytest

from dw_simulator.config import load_settings
from dw_simulator.errors import Conflict, GenerationCancelled, NotFound, SchemaError, ServiceUnavailable, StagingError
from dw_simulator.experiments import ExperimentService, locks
from dw_simulator.experiments.locks import experiment_lock
from dw_simulator.experiments.removing import Removing
from dw_simulator.experiments.run_files import RunFiles
from dw_simulator.metadata import RunStatus
from dw_simulator.schema import Dialect, Experiment, Warehouse

SHOP = {
    "name": "shop",
    "tables": [
        {
            "name": "customers",
            "target_rows": 300,
            "primary_key": "id",
            "columns": [
                {"name": "id", "data_type": "INT", "required": True},
                {"name": "email", "data_type": "VARCHAR(60)"},
            ],
        },
        {
            "name": "orders",
            "target_rows": 1000,
            "primary_key": "id",
            "columns": [
                {"name": "id", "data_type": "BIGINT", "required": True},
                {"name": "customer_id", "data_type": "INT", "foreign_key": "customers.id", "required": True},
                {"name": "total", "data_type": "DECIMAL(10,2)", "min_value": 1, "max_value": 500},
            ],
        },
    ],
}


@pytest.fixture
def settings(tmp_path):
    return load_settings({"home": tmp_path, "s3": {"port": 1}}, use_running_stack=False)


@pytest.fixture
def service(settings):
    service = ExperimentService(settings)
    yield service
    service.close()


def shop(**changes):
    return Experiment.model_validate({**SHOP, **changes})


def rows_of(service, sql, experiment="shop"):
    with service.query(sql, Warehouse.SQLITE, experiment) as result:
        return [tuple(row.values()) for batch in result.batches for row in batch.to_pylist()]


def staged_files(settings):
    return sorted(path.relative_to(settings.home) for path in (settings.home / "staging").rglob("*.parquet"))


def test_a_schema_becomes_rows_that_can_be_queried(service, settings):
    service.create(shop())
    run = service.generate("shop", seed=5, batch_rows=400)
    assert (run.status, run.seed, run.row_counts) == (RunStatus.COMPLETED, 5, {"customers": 300, "orders": 1000})
    assert [len(files) for files in run.files.values()] == [1, 3]
    assert len(staged_files(settings)) == 4
    report = service.load("shop")
    assert report.loads[0].rows == {"customers": 300, "orders": 1000}
    assert rows_of(service, "SELECT count(*), count(DISTINCT id) FROM orders") == [(1000, 1000)]
    orphans = "SELECT count(*) FROM orders o LEFT JOIN customers c ON c.id = o.customer_id WHERE c.id IS NULL"
    assert rows_of(service, orphans) == [(0,)]
    assert [(t.table, t.row_count, t.run_id) for t in service.loaded_tables("shop")] == [
        ("customers", 300, run.id),
        ("orders", 1000, run.id),
    ]
    assert service.row_counts("shop", Warehouse.SQLITE) == {"customers": 300, "orders": 1000}


def test_the_same_seed_gives_the_same_rows(service):
    service.create(shop())
    contents = []
    for seed, batch in ((9, 100), (9, 5000), (10, 5000)):
        service.generate("shop", seed=seed, batch_rows=batch)
        service.load("shop")
        contents.append(rows_of(service, "SELECT * FROM orders ORDER BY id"))
    assert contents[0] == contents[1]
    assert contents[0] != contents[2]


def test_row_counts_may_be_overridden_in_any_case(service):
    service.create(shop())
    assert service.generate("shop", rows={"ORDERS": 7}).row_counts == {"customers": 300, "orders": 7}
    with pytest.raises(SchemaError, match="no table 'order'") as caught:
        service.generate("shop", rows={"order": 7})
    assert caught.value.hint == "its tables are: customers, orders"
    with pytest.raises(SchemaError, match="-1 rows"):
        service.generate("shop", rows={"orders": -1})


def test_a_wrong_schema_is_not_stored(service):
    tables = [{"name": "t", "columns": [{"name": "a", "data_type": "INT", "foreign_key": "nowhere.id"}]}]
    bad = Experiment.model_validate({"name": "bad", "tables": tables})
    with pytest.raises(SchemaError, match="nowhere"):
        service.create(bad)
    assert service.experiments() == []


def test_ddl_is_imported_and_a_dry_run_stores_nothing(service):
    sql = "CREATE TABLE t (a INT PRIMARY KEY, b VARCHAR(10))"
    experiment = service.import_sql(sql, dialect=Dialect.ANSI, name="x", target_rows=12, dry_run=True)
    assert experiment.tables[0].target_rows == 12
    assert service.experiments() == []
    service.import_sql(sql, dialect=Dialect.ANSI, name="x")
    assert [record.name for record in service.experiments()] == ["x"]


def test_loading_without_a_run_says_what_to_do(service):
    service.create(shop())
    with pytest.raises(NotFound, match="no completed generation run") as caught:
        service.load("shop")
    assert "dw-sim experiment generate shop" in caught.value.hint


def test_a_run_made_for_sqlite_only_cannot_go_elsewhere(service):
    service.create(shop())
    service.generate("shop")
    with pytest.raises(Conflict, match="SQLite only"):
        service.load("shop", warehouses=[Warehouse.REDSHIFT])


def test_a_service_that_is_down_is_named_and_leaves_nothing_behind(service):
    service.create(shop(target_warehouse=["snowflake"]))
    with pytest.raises(ServiceUnavailable, match="the s3 service does not answer") as caught:
        service.generate("shop")
    assert "dw-sim up" in caught.value.hint
    assert service.runs("shop") == []


def test_reset_empties_the_tables_and_forgets_the_runs(service, settings):
    service.create(shop())
    service.generate("shop")
    service.load("shop")
    assert service.reset("shop") == {Warehouse.SQLITE: 2}
    assert rows_of(service, "SELECT count(*) FROM orders") == [(0,)]
    assert service.runs("shop") == []
    assert staged_files(settings) == []
    service.generate("shop")
    assert service.load("shop").loads[0].total_rows == 1300


def test_delete_leaves_nothing(service, settings):
    service.create(shop())
    service.generate("shop")
    service.load("shop")
    assert service.delete("shop") == 2
    assert service.experiments() == []
    assert staged_files(settings) == []
    assert list((settings.home / "sqlite").glob("*")) == []
    with pytest.raises(NotFound):
        service.show("shop")
    service.create(shop())


def test_an_experiment_does_one_thing_at_a_time(service, settings, monkeypatch):
    monkeypatch.setattr(locks, "PATIENCE_SECONDS", 0.02)
    record = service.create(shop())
    with experiment_lock(settings.home, record.id, "shop", "generate"):
        for operation in (service.generate, service.load, service.reset, service.delete):
            with pytest.raises(Conflict, match=r"'shop' is busy: generate \(process \d+\) is under way"):
                operation("shop")
    service.generate("shop")


def test_an_operation_that_is_about_to_end_is_waited_for(service, settings):
    record = service.create(shop())
    held = contextlib.ExitStack()
    held.enter_context(experiment_lock(settings.home, record.id, "shop", "generate"))
    threading.Timer(0.1, held.close).start()
    assert service.generate("shop").status is RunStatus.COMPLETED


def test_cancelling_leaves_no_files(service, settings):
    service.create(shop())
    cancel = threading.Event()
    with pytest.raises(GenerationCancelled):
        service.generate("shop", rows={"orders": 50_000_000}, progress=lambda _: cancel.set(), cancel=cancel)
    (run,) = service.runs("shop")
    assert run.status is RunStatus.ABORTED
    assert run.finished_at is not None
    assert staged_files(settings) == []


def test_a_failure_is_recorded_with_its_traceback_and_leaves_no_files(service, settings, monkeypatch):
    service.create(shop())

    def full(self, uri, data):
        raise StagingError("cannot write: No space left on device")

    monkeypatch.setattr("dw_simulator.experiments.staging.LocalRunStore.write", full)
    with pytest.raises(StagingError, match="No space left"):
        service.generate("shop")
    (run,) = service.runs("shop")
    assert run.status is RunStatus.FAILED
    assert "No space left on device" in run.error
    assert "StagingError" in run.traceback
    assert staged_files(settings) == []


KILLED = """
import sys
from dw_simulator.config import load_settings
from dw_simulator.experiments import ExperimentService
service = ExperimentService(load_settings({"home": sys.argv[1]}, use_running_stack=False))
service.generate("shop", rows={"orders": 500_000_000}, workers=1, progress=lambda p: print(p, flush=True))
"""


def test_a_killed_run_is_marked_at_the_next_start(service, settings):
    service.create(shop())
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(settings.home)], stdout=subprocess.PIPE, env=os.environ, text=True
    )
    assert child.stdout.readline()
    assert service.recover() == []
    with pytest.raises(Conflict, match="busy"):
        service.generate("shop")
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    other = ExperimentService(settings)
    (run,) = other.runs("shop")
    other.close()
    assert run.status is RunStatus.ABORTED
    assert "process that ran it ended" in run.error
    kept = staged_files(settings)
    assert kept
    assert service.generate("shop").status is RunStatus.COMPLETED
    assert not set(kept) & set(staged_files(settings))  # it made something else


CUT_OFF = """
import os, sys
from dw_simulator.config import load_settings
from dw_simulator.experiments import ExperimentService
service = ExperimentService(load_settings({"home": sys.argv[1]}, use_running_stack=False))
files = 0
def progress(_):
    global files
    files += 1
    if files == 7:
        os._exit(9)
service.generate("shop", rows={"orders": 50_000}, batch_rows=5_000, workers=1, progress=progress)
"""


def contents(run):
    return {
        table: [hashlib.sha256(Path(url2pathname(urlparse(file.uri).path)).read_bytes()).hexdigest() for file in group]
        for table, group in run.files.items()
    }


def test_a_run_that_was_cut_off_is_gone_on_with(service, settings):
    service.create(shop())
    same = {"rows": {"orders": 50_000}, "batch_rows": 5_000}
    whole = service.generate("shop", **same)
    expected = contents(whole)
    service.reset("shop")
    done = subprocess.run([sys.executable, "-c", CUT_OFF, str(settings.home)], env=os.environ, check=False)
    assert done.returncode == 9
    cut_off = {file: file.stat().st_mtime_ns for file in (settings.home / "staging").rglob("*.parquet")}
    assert len(cut_off) >= 7
    broken = sorted(cut_off)[3]
    broken.write_bytes(broken.read_bytes()[:-20])
    seen = []
    run = service.generate("shop", **same, progress=seen.append)
    assert run.status is RunStatus.COMPLETED
    assert run.error is None
    assert run.row_counts == whole.row_counts
    assert contents(run) == expected
    assert seen[-1].rows_done == seen[-1].rows == run.total_rows
    untouched = [file for file, at in cut_off.items() if file != broken and file.stat().st_mtime_ns == at]
    assert len(untouched) == len(cut_off) - 1
    (event,) = [event for event in service._runs.events(run) if event.kind == "resumed"]
    assert event.data["files"] == len(cut_off) - 1
    assert len(service.runs("shop")) == 1


@pytest.mark.parametrize("other", [{"seed": 7}, {"batch_rows": 6_000}, {"rows": {"orders": 40_000}}])
def test_a_run_of_another_kind_begins_anew(service, settings, other):
    service.create(shop())
    subprocess.run([sys.executable, "-c", CUT_OFF, str(settings.home)], env=os.environ, check=False)
    run = service.generate("shop", **{"rows": {"orders": 50_000}, "batch_rows": 5_000, **other})
    aborted = service.runs("shop")[-1]
    assert (aborted.status, aborted.staged) == (RunStatus.ABORTED, False)
    assert all(f"run-{run.id:06d}" in str(file) for file in (settings.home / "staging").rglob("*.parquet"))


def test_a_delete_that_was_cut_off_can_be_finished(service, monkeypatch):
    service.create(shop())
    service.generate("shop")
    service.load("shop")
    with monkeypatch.context() as patch:

        def broken(self, record):
            raise StagingError("the bucket is gone")

        patch.setattr(RunFiles, "purge", broken)
        with pytest.raises(StagingError):
            service.delete("shop")
    with pytest.raises(Conflict, match="being deleted") as caught:
        service.generate("shop")
    assert "dw-sim experiment delete shop" in caught.value.hint
    service.delete("shop")
    assert service.experiments() == []


@pytest.mark.parametrize(("again", "said"), [(False, "there is no experiment"), (True, "another one of that name")])
def test_what_was_deleted_meanwhile_is_not_deleted_again(service, again, said):
    """Between the question and the lock somebody else was quicker."""
    service.create(shop())

    def somebody_else(*_):
        service.delete("shop")
        if again:
            time.sleep(0.002)  # times in the store have milliseconds
            service.create(shop())

    with pytest.raises(NotFound, match=said):
        Removing(service._stores, somebody_else).delete("shop")
    assert len(service.experiments()) == again


def test_two_threads_cannot_generate_at_once(service, monkeypatch):
    monkeypatch.setattr(locks, "PATIENCE_SECONDS", 0.02)
    service.create(shop())
    outcomes = []
    began, told = threading.Event(), threading.Event()

    def slow(_):
        began.set()
        assert told.wait(60)

    def first():
        outcomes.append(service.generate("shop", progress=slow).status)

    thread = threading.Thread(target=first)
    thread.start()
    assert began.wait(60)
    with pytest.raises(Conflict):
        service.generate("shop")
    told.set()
    thread.join()
    assert outcomes == [RunStatus.COMPLETED]


def test_a_staging_folder_that_cannot_be_made_is_named(service, settings):
    service.create(shop())
    Path(settings.home / "staging").write_text("in the way")
    with pytest.raises(StagingError, match="cannot make the staging folder"):
        service.generate("shop")


@pytest.mark.parametrize(
    ("table", "folder"),
    [
        ("orders", "orders"),
        ("../../evil", "=2E=2E=2F=2E=2E=2Fevil"),
        ("..", "=2E=2E"),
        ("a=b %41", "a=3Db=20=2541"),
        ("köln", "k=C3=B6ln"),
    ],
)
def test_no_table_name_leaves_the_run_s_folder(service, settings, table, folder):
    columns = [{"name": 'x "y"', "quoted": True, "data_type": "INT", "is_unique": True}]
    tables = [{"name": table, "quoted": True, "target_rows": 5, "columns": columns}]
    service.create(Experiment.model_validate({"name": "odd", "tables": tables}))
    run = service.generate("odd")
    assert staged_files(settings) == [Path(f"staging/odd/run-{run.id:06d}/{folder}/batch-00000.parquet")]
    assert service.load("odd").loads[0].rows == {table: 5}
    assert service.delete("odd") == 1
