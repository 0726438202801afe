"""The loader job against a real stack: each run and file once, whatever happens to the loader and to the services."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import queue
import random
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from itertools import count
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dw_simulator.cli.main import run
from dw_simulator.experiments.guard import allow
from dw_simulator.experiments.service import ExperimentService
from dw_simulator.loader import FoundFile, examine
from dw_simulator.schema import Experiment, Warehouse
from dw_simulator.staging import connect_stage
from dw_simulator.testing import RunningStack
from dw_simulator.warehouses import connect

pytestmark = [
    pytest.mark.stack,
    pytest.mark.filterwarnings("ignore:enable_server_session_keep_alive:FutureWarning"),
]

ALL = ("redshift", "snowflake", "sqlite")
KILLS = 6
_numbers = count(1)


class Place:
    """An experiment of this test with the prefix its files arrive under."""

    def __init__(self, stack: RunningStack, warehouses: tuple[str, ...] = ALL) -> None:
        self.stack = stack
        self.name = f"load_{next(_numbers)}"
        self.warehouses = warehouses
        self.stage = connect_stage(stack.settings)
        self.stage.ensure_bucket()
        self.prefix = f"arrivals/{self.name}/"
        self.uri = self.stage.uri(self.prefix)
        self.service = ExperimentService(stack.settings, guard=allow)
        self.schema = Experiment.model_validate(self._schema())
        self.service.create(self.schema)

    def close(self) -> None:
        self.stage.close()
        self.service.close()

    def _schema(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "target_warehouse": list(self.warehouses),
            "tables": [
                {
                    "name": "items",
                    "target_rows": 50,
                    "columns": [
                        {"name": "id", "data_type": "BIGINT", "required": True},
                        {"name": "name", "data_type": "VARCHAR(40)"},
                        {"name": "price", "data_type": "DECIMAL(10,2)"},
                    ],
                },
                {
                    "name": "notes",
                    "target_rows": 20,
                    "columns": [{"name": "id", "data_type": "BIGINT"}, {"name": "body", "data_type": "JSON"}],
                },
            ],
        }

    def put(self, key: str, data: bytes) -> None:
        self.stage.put(f"{self.prefix}{key}", data)

    def load(self, *options: str, prefix: bool = True) -> dict[str, Any]:
        """``dw-sim load`` in this process: its document, with its exit code and what it said on stderr."""
        place = ("--prefix", self.uri) if prefix else (self.name,)
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = run(["--home", str(self.stack.home), "load", *place, "--json", *options])
        return {**json.loads(out.getvalue()), "code": code, "stderr": err.getvalue()}

    def rows(self, warehouse: str, sql: str) -> list[list[Any]]:
        with (
            closing(connect(Warehouse(warehouse), self.stack.settings)) as adapter,
            adapter.query(sql, self.name) as result,
        ):
            return [list(row.values()) for batch in result.batches for row in batch.to_pylist()]

    def counts(self, table: str = "items") -> dict[str, list[int]]:
        """Rows and different ids by warehouse."""
        sql = f"SELECT COUNT(*) AS n, COUNT(DISTINCT id) AS d FROM {table}"
        return {warehouse: list(map(int, self.rows(warehouse, sql)[0])) for warehouse in self.warehouses}

    def all_have(self, rows: int) -> dict[str, list[int]]:
        return {warehouse: [rows, rows] for warehouse in self.warehouses}


def items(first: int, rows: int, **more: list[Any]) -> bytes:
    ids = range(first, first + rows)
    columns = {"id": pa.array(ids, pa.int64()), "name": [f"item {number}" for number in ids], **more}
    return parquet(columns)


def parquet(columns: Mapping[str, Any]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(dict(columns)), out)
    return out.getvalue()


def states(report: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """State by file name and warehouse."""
    return {(item["source"].rpartition("/")[2], item["warehouse"]): item["state"] for item in report["items"]}


@pytest.fixture
def place(stack) -> Iterator[Place]:
    with closing(Place(stack)) as made:
        yield made
        made.service.delete(made.name)


# --- once ------------------------------------------------------------------------------------------------------------
def test_the_newest_run_is_loaded_once_into_each_warehouse(place):
    tables = ("items", "notes")

    def load(*options):
        report = place.load(*options, prefix=False)
        assert {item["source"].split()[0] for item in report["items"]} == {"run"}
        return {(item["table"], item["warehouse"]): item["state"] for item in report["items"]}

    empty = place.load(prefix=False)
    assert (empty["code"], empty["totals"]["failed"]) == (8, 1)
    place.service.generate(place.name)
    assert load("-w", "redshift", "-w", "snowflake") == {
        (table, warehouse): "loaded" for table in tables for warehouse in ("redshift", "snowflake")
    }
    assert load() == {
        (table, warehouse): "loaded" if warehouse == "sqlite" else "skipped" for table in tables for warehouse in ALL
    }
    place.service.generate(place.name, rows={"items": 60})
    assert set(load().values()) == {"loaded"}
    assert set(load().values()) == {"skipped"}
    assert place.counts() == place.all_have(60)


def test_a_run_loaded_by_hand_stays(place):
    first = place.service.generate(place.name, rows={"items": 10})
    place.service.generate(place.name, rows={"items": 20})
    assert place.load("-w", "sqlite", prefix=False)["totals"]["rows"] == 40
    place.service.load(place.name, run_id=first.id, warehouses=[Warehouse.SQLITE])
    assert place.load("-w", "sqlite", prefix=False)["totals"]["loaded"] == 0
    place.warehouses = ("sqlite",)
    assert place.counts() == place.all_have(10)


def test_each_file_is_appended_once(place):
    place.put(f"{place.name}/items/a.parquet", items(0, 100))
    place.put(f"{place.name.upper()}/ITEMS/2026/b.parquet", parquet({"NAME": ["x"], "ID": [100]}))
    place.put(f"{place.name}/notes/n.parquet", parquet({"body": ['{"a": [1, 2]}', None], "id": [1, 2]}))
    first = place.load()
    assert states(first) == {(f"{name}.parquet", warehouse): "loaded" for name in "abn" for warehouse in ALL}
    assert first["totals"]["rows"] == 3 * 103
    again = place.load()
    assert set(states(again).values()) == {"skipped"}
    place.put(f"{place.name}/items/c.parquet", items(101, 9))
    third = place.load()
    assert {key: state for key, state in states(third).items() if state == "loaded"} == {
        ("c.parquet", warehouse): "loaded" for warehouse in ALL
    }
    assert place.counts() == place.all_have(110)
    assert place.counts("notes") == place.all_have(2)
    for warehouse, sql in (("redshift", "body.a[1]"), ("snowflake", "body:a[1]"), ("sqlite", "body ->> '$.a[1]'")):
        assert place.rows(warehouse, f"SELECT CAST({sql} AS INTEGER) AS v FROM notes WHERE id = 1") == [[2]]
    loaded = place.service.loaded_tables(place.name)
    assert {(one.warehouse, one.table, one.row_count) for one in loaded} == {
        (warehouse, table, rows) for warehouse in ALL for table, rows in (("items", 110), ("notes", 2))
    }


def test_a_prefix_may_be_that_of_one_table(place):
    place.put("a.parquet", items(0, 5))
    place.load("--experiment", place.name, "--table", "items")
    assert place.counts() == place.all_have(5)


def test_bad_files_are_named_and_keep_no_others_out(place):
    place.put(f"{place.name}/items/good.parquet", items(0, 10))
    place.put(f"{place.name}/items/corrupt.parquet", items(10, 10)[:-30])
    place.put(f"{place.name}/items/wrong.parquet", parquet({"id": [1], "colour": ["red"]}))
    place.put(f"{place.name}/items/refused.parquet", parquet({"id": [7], "name": ["x" * 50]}))
    place.put(f"{place.name}/nothing/a.parquet", items(0, 1))
    place.put("nobody/items/b.parquet", items(0, 1))
    place.put("high.parquet", items(0, 1))
    report = place.load("-w", "redshift", "-w", "snowflake")
    both = ("redshift", "snowflake")
    expected = {("good.parquet", warehouse): "loaded" for warehouse in both}
    expected |= {
        (f"{bad}.parquet", warehouse): "failed" for bad in ("corrupt", "wrong", "refused") for warehouse in both
    }
    expected |= {(name, None): "failed" for name in ("a.parquet", "b.parquet", "high.parquet")}
    assert (states(report), report["code"]) == (expected, 8)
    reasons = " ".join(item["reason"] for item in report["items"] if item["reason"])
    for said in (
        "corrupt.parquet is no Parquet file",
        "no column colour",
        "no table 'nothing'",
        "no experiment 'nobody'",
    ):
        assert said in reasons
    place.put(f"{place.name}/items/corrupt.parquet", items(10, 10))
    assert states(place.load("-w", "redshift", "-w", "snowflake"))["corrupt.parquet", "redshift"] == "loaded"
    place.warehouses = both
    assert place.counts() == place.all_have(20)


def test_a_file_that_changed_since_is_not_loaded_again(place):
    place.put(f"{place.name}/items/a.parquet", items(0, 5))
    place.load()
    place.put(f"{place.name}/items/a.parquet", items(5, 5))
    report = place.load()
    assert {(item["state"], "has changed since" in item["reason"]) for item in report["items"]} == {("skipped", True)}
    assert place.counts() == place.all_have(5)


def test_replaced_and_reset_tables_get_the_files_again(place):
    place.put(f"{place.name}/items/a.parquet", items(1000, 5))
    place.load()
    place.service.generate(place.name)
    place.load(prefix=False)
    assert {counts[0] for counts in place.counts().values()} == {50}
    place.load()
    assert {counts[0] for counts in place.counts().values()} == {55}
    place.service.reset(place.name)
    place.load()
    assert place.counts() == place.all_have(5)


# --- crashes ---------------------------------------------------------------------------------------------------------
def test_a_crash_after_the_commit_doubles_nothing(place):
    """The ledger knows of nothing, as if the loader was killed before it wrote: the warehouses are asked."""
    place.put(f"{place.name}/items/a.parquet", items(0, 25))
    place.load()
    with closing(sqlite3.connect(place.stack.settings.metadata_path)) as metadata:
        metadata.execute("DELETE FROM loaded_files WHERE uri LIKE ?", (f"%{place.name}/items/a.parquet",))
        metadata.commit()
    assert set(states(place.load()).values()) == {"skipped"}
    assert place.counts() == place.all_have(25)


def test_a_ledger_that_claims_too_much_is_corrected(place):
    """A warehouse that was emptied behind our back has no record, so its files are loaded."""
    place.put(f"{place.name}/items/a.parquet", items(0, 25))
    place.load()
    place.rows("redshift", "DROP TABLE items")
    place.rows("redshift", "DROP TABLE _dw_simulator_loads")
    assert states(place.load())["a.parquet", "redshift"] == "loaded"
    assert place.counts() == place.all_have(25)


def test_a_loader_killed_at_any_moment_leaves_nothing_half_done_and_nothing_twice(place):
    draw = random.Random(7)
    rows = 0
    for turn in range(KILLS):
        for number in range(6):
            size = draw.randrange(1, 4000)
            place.put(f"{place.name}/items/{turn:02d}-{number}.parquet", items(rows, size))
            rows += size
        with watching(place) as loader:
            if turn % 2:
                loader.event("loaded")  # something is committed, the next is under way
            else:
                loader.started()
            time.sleep(draw.uniform(0, 0.6))
            loader.process.kill()
            assert loader.process.wait(120) == -signal.SIGKILL
    last = place.load()
    assert last["totals"]["failed"] == 0
    assert place.counts() == place.all_have(rows)
    assert set(states(place.load()).values()) == {"skipped"}


def test_loaders_at_the_same_time_take_turns(place):
    for number in range(8):
        place.put(f"{place.name}/items/{number}.parquet", items(number * 500, 500))
    arguments = ("load", "--prefix", place.uri, "--json")
    with ThreadPoolExecutor(3) as pool:
        reports = [json.loads(done.stdout) for done in pool.map(lambda _: place.stack.dw_sim(*arguments), range(3))]
    assert [report["totals"]["failed"] for report in reports] == [0, 0, 0]
    assert sum(report["totals"]["loaded"] for report in reports) == 8 * len(ALL)
    assert place.counts() == place.all_have(4000)


@pytest.mark.parametrize("warehouse", [Warehouse.REDSHIFT, Warehouse.SQLITE])
def test_loaders_without_a_common_home_do_not_double_either(place, warehouse):
    """Below the lock of the home folder: two connections append the same file at the same time."""
    data = items(0, 3000)
    place.put(f"{place.name}/items/a.parquet", data)
    settings = place.stack.settings
    experiment = place.schema
    table = experiment.tables[0]
    key = f"{place.prefix}{place.name}/items/a.parquet"
    etag = place.stage.head(key, place.stage.bucket).etag
    file = examine(place.stage, table, FoundFile(place.stage.uri(key), len(data), etag, ()))
    barrier = threading.Barrier(3)

    def append() -> dict[str, int]:
        with closing(connect(warehouse, settings)) as adapter:
            barrier.wait(120)
            return adapter.append(experiment, table, [file], lambda: time.sleep(0.2))

    with closing(connect(warehouse, settings)) as adapter:
        adapter.append(experiment, experiment.tables[1], [], lambda: None)
    with ThreadPoolExecutor(3) as pool:
        loaded = [task.result() for task in [pool.submit(append) for _ in range(3)]]
    assert sorted(map(len, loaded)) == [0, 0, 1]
    with closing(connect(warehouse, settings)) as adapter:
        assert adapter.row_counts(experiment)["items"] == 3000
        assert [(one.table, one.uri, one.etag, one.rows) for one in adapter.recorded(experiment)] == [
            ("items", file.uri, etag, 3000)
        ]
        adapter.drop(experiment.name)


# --- services that go away -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("service", ["redshift", "snowflake"])
def test_a_load_survives_the_restart_of_the_warehouse(own_stack, service):
    stack = own_stack("s3", service)
    with closing(Place(stack, (service,))) as place:
        rows = 0
        for number in range(60):  # two transactions
            place.put(f"{place.name}/items/{number:02d}.parquet", items(rows, 2000))
            rows += 2000
        with watching(place) as loader:
            loader.event("loaded")
            os.kill(_pid(stack, service), signal.SIGKILL)
            for _ in range(59):
                loader.event("loaded", "skipped")  # skipped: only the answer to the commit was lost
            assert loader.stop() == 0
        assert place.counts() == place.all_have(rows)
        assert set(states(place.load()).values()) == {"skipped"}


def test_what_does_not_answer_is_said_after_the_last_attempt(own_stack, monkeypatch):
    monkeypatch.setenv("DW_SIMULATOR_LOADER_ATTEMPTS", "3")
    monkeypatch.setenv("DW_SIMULATOR_LOADER_RETRY_SECONDS", "0.01")
    with closing(Place(own_stack("s3"), ("redshift", "sqlite"))) as place:
        place.put(f"{place.name}/items/a.parquet", items(0, 5))
        report = place.load()
    assert states(report) == {("a.parquet", "redshift"): "failed", ("a.parquet", "sqlite"): "loaded"}
    assert report["code"] == 7
    assert report["stderr"].count("trying again") == 2


def _pid(stack: RunningStack, service: str) -> int:
    state = json.loads((stack.home / "run" / "stack.json").read_text())
    return next(one["pid"] for one in state["services"] if one["name"] == service)


# --- watching --------------------------------------------------------------------------------------------------------
class Watcher:
    """``dw-sim load --watch --json`` with the events it prints."""

    def __init__(self, place: Place, *options: str, **variables: str) -> None:
        command = [
            sys.executable,
            "-P",
            "-m",
            "dw_simulator",
            "load",
            "--watch",
            "--prefix",
            place.uri,
            "--json",
            *options,
        ]
        self.process = subprocess.Popen(
            command,
            env={
                **place.stack.environment,
                "DW_SIMULATOR_LOADER_POLL_SECONDS": "0.2",
                "DW_SIMULATOR_LOADER_METRICS_PORT": "0",
                **variables,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.metrics = ""
        self.seen: list[dict[str, Any]] = []
        self.stderr: list[str] = []
        self._events: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._up = threading.Event()
        self._threads = [threading.Thread(target=self._read), threading.Thread(target=self._read_errors)]
        for thread in self._threads:
            thread.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            if line.startswith("{") and line.endswith("}\n"):
                self._events.put(json.loads(line))
        self._events.put(None)

    def _read_errors(self) -> None:
        for line in self.process.stderr:
            self.stderr.append(line)
            if line.startswith("watching"):
                self.metrics = re.search(r"http://[\d.:]+", line)[0]
                self._up.set()

    def started(self) -> None:
        assert self._up.wait(120), self.stderr

    def get(self, path: str) -> str:
        self.started()
        with urllib.request.urlopen(self.metrics + path, timeout=60) as answer:
            return answer.read().decode()

    def event(self, *kinds: str) -> dict[str, Any]:
        """The next event of one of these kinds."""
        while True:
            found = self._events.get(timeout=120)
            assert found is not None, self.stderr
            self.seen.append(found)
            if found["event"] in kinds:
                return found

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(120)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(120)
        for thread in self._threads:
            thread.join(120)
        self.process.stdout.close()
        self.process.stderr.close()


@contextmanager
def watching(place: Place, *options: str, **variables: str) -> Iterator[Watcher]:
    watcher = Watcher(place, place.name, *options, **variables)
    try:
        yield watcher
    finally:
        watcher.close()


def test_a_watching_loader_loads_what_comes(place):
    with watching(place) as loader:
        loader.started()
        place.put(f"{place.name}/items/a.parquet", items(0, 10))
        assert {loader.event("loaded")["warehouse"] for _ in ALL} == set(ALL)
        place.put(f"{place.name}/items/bad.parquet", b"PAR1, but not more")
        assert {loader.event("failed")["warehouse"] for _ in ALL} == set(ALL)
        place.put(f"{place.name}/items/b.parquet", items(10, 10))
        assert {loader.event("loaded", "failed")["source"][-9:] for _ in ALL} == {"b.parquet"}
        place.put(f"{place.name}/items/bad.parquet", items(20, 10))
        assert {loader.event("loaded", "failed")["source"][-11:] for _ in ALL} == {"bad.parquet"}
        assert place.counts() == place.all_have(30)
        place.service.generate(place.name, rows={"items": 7, "notes": 0})
        runs = [loader.event("loaded", "failed") for _ in range(2 * len(ALL) + 3 * len(ALL))]
        assert sorted(one["table"] for one in runs if one["source"].startswith("run")) == ["items"] * 3 + ["notes"] * 3
        assert all(one["event"] == "loaded" for one in runs), "the run replaces the tables, the files come on top again"
        assert {counts[0] for counts in place.counts().values()} == {37}
        metrics = loader.get("/metrics")
        for warehouse in ALL:
            assert f'dw_simulator_loader_rows_total{{warehouse="{warehouse}"}} {10 + 10 + 10 + 7 + 30}.0' in metrics
            assert f'dw_simulator_loader_items_total{{state="failed",warehouse="{warehouse}"}} 1.0' in metrics
        health = json.loads(loader.get("/health"))
        assert (health["status"], health["service"], health["trouble"]) == ("ok", "loader", None)
        assert abs(dt.datetime.fromisoformat(health["last_success"]) - dt.datetime.now(dt.UTC)) < dt.timedelta(
            minutes=5
        )
        assert loader.stop() == 0
        assert loader.event("stopped")["failed"] == len(ALL)


def test_a_watching_loader_without_its_store_is_not_well(own_stack):
    with closing(Place(own_stack("s3"), ("sqlite",))) as place:
        place.put(f"{place.name}/items/a.parquet", items(0, 1))
        with watching(place, DW_SIMULATOR_LOADER_ATTEMPTS="1") as loader:
            loader.event("loaded")
            place.stack.stop()
            assert "does not answer" in loader.event("trouble")["reason"]
            with pytest.raises(urllib.error.HTTPError, match="503") as answer:
                loader.get("/health")
            health = json.loads(answer.value.read())
            answer.value.close()
            assert (health["status"], "does not answer" in health["trouble"]) == ("failing", True)
            assert loader.stop() == 0


def test_two_watchers_want_two_ports(place):
    with watching(place) as loader:
        loader.started()
        port = loader.metrics.rpartition(":")[2]
        environment = {**place.stack.environment, "DW_SIMULATOR_LOADER_METRICS_PORT": port}
        done = place.stack.dw_sim("load", "--watch", check=False, env=environment)
        assert (done.returncode, "DW_SIMULATOR_LOADER_METRICS_PORT" in done.stderr) == (10, True), done.stderr


def test_set_aside_files_stay_so_for_the_next_watcher(place):
    place.put(f"{place.name}/items/bad.parquet", b"PAR1, but not more")
    with watching(place, "-w", "sqlite") as loader:
        loader.event("failed")
        loader.stop()
    with watching(place, "-w", "sqlite") as loader:
        loader.started()
        place.put(f"{place.name}/items/good.parquet", items(0, 1))
        loader.event("loaded")
        assert [one["event"] for one in loader.seen] == ["loaded"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_loader_rolls_back_what_runs(place, number):
    for part in range(40):
        place.put(f"{place.name}/items/{part:02d}.parquet", items(part * 5000, 5000))
    with watching(place) as loader:
        loader.started()
        time.sleep(1.0)
        assert loader.stop(number) == 0
        loader.event("stopped")
    for warehouse in {loaded.warehouse for loaded in place.service.loaded_tables(place.name)}:
        rows = place.service.row_counts(place.name, warehouse).get("items", 0)
        assert rows % 5000 == 0
    place.load()
    assert place.counts() == place.all_have(200_000)


SWALLOWING = """
import os, sys, time
from dw_simulator.cli import main
from dw_simulator.errors import ServiceUnavailable
from dw_simulator.experiments import incoming

connect, number, then = incoming.connect, int(sys.argv.pop(1)), sys.argv.pop(1)

def login(warehouse, settings):
    try:
        os.kill(os.getpid(), number)
        time.sleep(300)
    except BaseException:
        if then == "fails":
            raise ServiceUnavailable("redshift", "somewhere")
    return connect(warehouse, settings)

incoming.connect = login
main.main()
"""
"""`dw-sim` whose driver catches everything that happens in a login: it goes on, or fails for a reason of its own."""


@pytest.mark.parametrize(
    ("number", "then"), [(signal.SIGTERM, "goes on"), (signal.SIGTERM, "fails"), (signal.SIGINT, "fails")]
)
def test_a_loader_stops_even_if_a_driver_swallows_the_signal(place, number, then):
    place.put(f"{place.name}/items/a.parquet", items(0, 10))
    command = [sys.executable, "-c", SWALLOWING, str(int(number)), then]
    command += ["load", "--watch", "--prefix", place.uri, "--json", "-w", "sqlite", place.name]
    environment = {**place.stack.environment, "DW_SIMULATOR_LOADER_METRICS_PORT": "0"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(event["event"], event["loaded"], event["failed"]) for event in events] == [("stopped", 0, 0)]
    place.load()
    assert place.counts() == place.all_have(10)


# --- the command line ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("nobody",), 8, "there is no experiment 'nobody'"),
        (("--experiment", "x"), 2, "--prefix"),
        (("--prefix", "lake/in"), 2, "'lake/in' is no prefix"),
        (("--prefix", "s3://b/in", "--table", "t"), 2, "of no experiment"),
        (("--prefix", "s3://no-such-bucket-here/in"), 5, "NoSuchBucket"),
    ],
)
def test_wrong_use_is_told(stack, arguments, code, said):
    done = stack.dw_sim("load", *arguments, check=False)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
