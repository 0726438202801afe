"""``dw-sim load --watch`` against a real stack: what comes is loaded, and stopping leaves nothing half done."""

from __future__ import annotations

import datetime as dt
import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing

import pytest
from tests.e2e.arrivals import ALL, Place, items, watching

pytestmark = [
    pytest.mark.stack,
    pytest.mark.filterwarnings("ignore:enable_server_session_keep_alive:FutureWarning"),
]


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
