"""The loader job against a real stack: each run and file once, whatever happens to the loader and to the services."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from tests.e2e.arrivals import ALL, Place, items, parquet, states, watching

from dw_simulator.loader import FoundFile, examine
from dw_simulator.schema import Warehouse
from dw_simulator.testing import RunningStack
from dw_simulator.warehouses import connect

pytestmark = [
    pytest.mark.stack,
    pytest.mark.filterwarnings("ignore:enable_server_session_keep_alive:FutureWarning"),
]

KILLS = 6


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
