"""Jobs: their life, their events, and what becomes of them when the server ends."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from tests.ports import ports
from tests.unit.api.conftest import serving

from dw_simulator.api.app import create_app
from dw_simulator.api.events import changes_between
from dw_simulator.config.settings import load_settings
from dw_simulator.experiments import ExperimentService
from dw_simulator.experiments.locks import ServerLock, is_server_alive

MANY = 100_000_000
"""Rows that nobody waits for."""

get, post = partial(httpx.get, timeout=60), partial(httpx.post, timeout=60)


def until(found: Callable[[], Any], limit: float = 90) -> Any:
    """The first answer that is true."""
    give_up_at = time.monotonic() + limit
    while not (answer := found()):
        assert time.monotonic() < give_up_at, answer
        time.sleep(0.02)
    return answer


# --- in one process ---------------------------------------------------------------------------------------------------
@pytest.fixture
def loaded(client, shop) -> dict[str, Any]:
    """The job of loading a generated shop, ended."""
    client.post("/api/experiments", json=shop)
    assert client.post("/api/experiments/shop/generate", json={"load": True}).status_code == 202
    return until(lambda: next((job for job in _jobs(client) if job["kind"] == "load" and job["finished_at"]), None))


def _jobs(client, **parameters) -> list[dict[str, Any]]:
    return client.get("/api/jobs", params=parameters).json()


def test_appending_is_a_run_too(client, shop):
    shop["tables"][0]["growth"] = {"rows_per_day": 4}
    client.post("/api/experiments", json=shop)
    assert client.post("/api/experiments/shop/append").status_code == 404
    first = client.post("/api/experiments/shop/generate").json()["id"]
    until(lambda: client.get(f"/api/experiments/shop/runs/{first}").json()["status"] == "COMPLETED")
    refused = client.post("/api/experiments/shop/append", json={"days": 1, "rows": 1})
    assert refused.status_code == 422
    assert "leave out days" in refused.text
    started = client.post("/api/experiments/shop/append", json={"rows": 9, "load": True})
    assert started.status_code == 202, started.text
    assert (started.json()["extends"], started.json()["days"]) == (first, 3)
    load = until(lambda: next((job for job in _jobs(client) if job["kind"] == "load" and job["finished_at"]), None))
    assert (load["state"], load["run_id"]) == ("completed", started.json()["id"])
    append = next(job for job in _jobs(client) if job["kind"] == "generate" and job["run_id"] == load["run_id"])
    assert (append["rows_done"], append["rows_total"]) == (12, 12)
    assert _tables(load) == [("customers", 22, 22, "done")]  # nothing was loaded: the first run comes along


def test_the_load_of_an_increment_counts_the_rows_that_are_added(client, shop):
    shop["tables"][0]["growth"] = {"rows_per_day": 4}
    fixed = {"name": "kinds", "target_rows": 3, "columns": [{"name": "id", "data_type": "INT"}]}
    shop["tables"].append(fixed)
    client.post("/api/experiments", json=shop)
    for operation, expected in (
        ("generate", [("customers", 10, 10, "done"), ("kinds", 3, 3, "done")]),
        ("append", [("customers", 4, 4, "done"), ("kinds", 0, 0, "done")]),
    ):
        run = client.post(f"/api/experiments/shop/{operation}", json={"load": True}).json()["id"]
        loads = [("load", run, True)]
        until(lambda loads=loads: loads == [_ended(job) for job in _jobs(client)][:1])
        assert _tables(_jobs(client)[0]) == expected


def _ended(job: dict[str, Any]) -> tuple[str, int, bool]:
    return job["kind"], job["run_id"], job["finished_at"] is not None


def _tables(job: dict[str, Any]) -> list[tuple[str, int, int, str]]:
    return [(table["table"], table["rows_done"], table["rows_total"], table["state"]) for table in job["tables"]]


def test_generating_and_loading_are_two_jobs(client, loaded):
    load, generate = _jobs(client)
    assert (load["state"], load["error"], load["run_id"]) == ("completed", None, generate["run_id"])
    assert (generate["kind"], generate["state"], generate["rows_done"], generate["rows_total"]) == (
        "generate", "completed", 10, 10,
    )  # fmt: skip
    (table,) = load["tables"]
    assert {key: table[key] for key in ("warehouse", "table", "rows_done", "rows_total", "state")} == {
        "warehouse": "sqlite", "table": "customers", "rows_done": 10, "rows_total": 10, "state": "done",
    }  # fmt: skip
    assert load["result"]["loads"][0]["rows"] == {"customers": 10}
    summary = client.get("/api/experiments").json()[0]
    assert summary["last_run"]["rows"] == 10
    assert [(held["warehouse"], held["rows"], held["run_id"]) for held in summary["loaded"]] == [
        ("sqlite", 10, load["run_id"])
    ]
    assert summary["active_job"] is None
    assert client.get(f"/api/jobs/{load['id']}").json() == load


def test_jobs_are_found_by_experiment_state_and_number(client, loaded):
    assert [job["id"] for job in _jobs(client, limit=1)] == [loaded["id"]]
    assert len(_jobs(client, experiment="SHOP")) == 2
    assert _jobs(client, experiment="other") == _jobs(client, active=True) == []
    assert len(_jobs(client, active=False)) == 2


@pytest.mark.parametrize(("path", "status"), [("/99", 404), ("/0", 422), (f"/{2**63}", 422), ("/x", 422)])
@pytest.mark.parametrize(("method", "end"), [("GET", ""), ("GET", "/events"), ("POST", "/cancel")])
def test_a_job_that_is_not_there(client, path, status, method, end):
    answer = client.request(method, f"/api/jobs{path}{end}")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_a_job_that_has_ended_cannot_be_cancelled(client, loaded):
    answer = client.post(f"/api/jobs/{loaded['id']}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


def test_verify_waits_or_not(client, loaded):
    report = client.post("/api/experiments/shop/verify?wait=true")
    assert (report.status_code, report.json()["ok"]) == (200, True)
    assert {check["rule"] for check in report.json()["warehouses"][0]["checks"]} == {
        "row_count", "not_null", "unique", "length",
    }  # fmt: skip
    answer = client.post("/api/experiments/shop/verify", json={"warehouses": ["sqlite"]})
    assert (answer.status_code, answer.json()["kind"]) == (202, "verify")
    job = until(lambda: _jobs(client, active=False)[0]["id"] == answer.json()["id"] and _jobs(client)[0])
    assert (job["state"], job["rows_done"], job["result"]["ok"]) == ("completed", 10, True)


def test_what_cannot_begin_is_an_answer_and_no_job(client, shop):
    client.post("/api/experiments", json=shop)
    for path, body, status in (
        ("load", {}, 404),  # nothing was generated
        ("load?wait=true", {}, 404),
        ("load", {"run_id": 5}, 404),
        ("verify", {}, 404),  # nothing is loaded
        ("generate", {"rows": {"nobody": 5}}, 422),
        ("generate", {"rows": {"customers": -5}}, 422),
        ("generate", {"rows": {"customers": 2**41}}, 422),
        ("generate", {"workers": -1}, 422),
        ("verify", {"warehouses": ["oracle"]}, 422),
    ):
        answer = client.post(f"/api/experiments/shop/{path}", json=body)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), path
    assert _jobs(client) == []


def test_an_experiment_has_one_job_at_a_time(client, shop):
    client.post("/api/experiments", json=shop)
    run = client.post("/api/experiments/shop/generate", json={"rows": {"customers": MANY}}).json()
    for path in ("generate", "load", "verify"):
        assert client.post(f"/api/experiments/shop/{path}").status_code == 409
    for method, path in (("POST", "/reset"), ("DELETE", "")):
        assert client.request(method, f"/api/experiments/shop{path}").status_code == 409
    job = client.get("/api/experiments/shop").json()["summary"]["active_job"]
    assert (job["run_id"], job["rows_total"]) == (run["id"], MANY)
    until(lambda: client.get(f"/api/jobs/{job['id']}").json()["rows_done"])
    cancelled = client.post(f"/api/jobs/{job['id']}/cancel").json()
    assert (cancelled["state"], cancelled["error"]["code"], cancelled["traceback"]) == ("cancelled", "cancelled", None)
    assert client.get(f"/api/experiments/shop/runs/{run['id']}").json()["status"] == "ABORTED"
    assert client.delete("/api/experiments/shop").status_code == 200
    assert _jobs(client) == []


def test_a_load_is_cancelled_and_undone(client, loaded):
    rows = 3_000_000
    client.post("/api/experiments/shop/generate", json={"rows": {"customers": rows}})
    until(lambda: not _jobs(client, active=True))
    job = client.post("/api/experiments/shop/load").json()
    cancelled = client.post(f"/api/jobs/{job['id']}/cancel").json()
    assert (cancelled["state"], cancelled["rows_done"]) == ("cancelled", 0)
    assert cancelled["tables"][0]["state"] == "failed"
    held = client.get("/api/experiments/shop").json()["summary"]["loaded"]
    assert [one["rows"] for one in held] == [10]


def test_a_failure_is_kept_with_its_traceback(client, loaded, monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr("dw_simulator.warehouses.sqlite.SqliteAdapter.load", fail)
    job = client.post("/api/experiments/shop/load").json()
    failed = until(lambda: (found := client.get(f"/api/jobs/{job['id']}").json())["finished_at"] and found)
    assert failed["state"] == "failed"
    assert (failed["error"]["code"], failed["error"]["detail"]) == ("internal", "ZeroDivisionError: of all things")
    assert "in fail" in failed["traceback"]
    assert client.post("/api/experiments/shop/load?wait=true").status_code == 500


def test_runs_belong_to_their_experiment(client, loaded, shop):
    client.post("/api/experiments", json={**shop, "name": "other"})
    run = loaded["run_id"]
    assert client.get(f"/api/experiments/shop/runs/{run}").json()["id"] == run
    for name, number, status in (("other", run, 404), ("shop", 99, 404), ("none", run, 404), ("shop", "x", 422)):
        assert client.get(f"/api/experiments/{name}/runs/{number}").status_code == status


# --- events -----------------------------------------------------------------------------------------------------------
@dataclass
class Stream:
    """The events of an open stream, as (name, data)."""

    lines: Iterator[str]

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        name = ""
        for line in self.lines:
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                yield name, json.loads(value)


@contextlib.contextmanager
def streaming(base: str, path: str) -> Iterator[Stream]:
    with httpx.stream("GET", base + path, timeout=60) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Stream(answer.iter_lines())


@pytest.fixture
def app(tmp_path):
    return create_app(load_settings({"home": tmp_path / "home"}, use_running_stack=False))


@pytest.fixture
def base(app) -> Iterator[str]:
    with serving(app) as port:
        until(lambda: hasattr(app.state, "jobs"))
        yield f"http://127.0.0.1:{port}"


def test_a_job_is_followed_to_its_end(base, shop):
    post(f"{base}/api/experiments", json=shop)
    post(f"{base}/api/experiments/shop/generate", json={"rows": {"customers": MANY}, "batch_rows": 1000})
    (job,) = get(f"{base}/api/jobs").json()
    seen = []
    with streaming(base, f"/api/jobs/{job['id']}/events") as stream:
        for name, data in stream:
            seen.append((time.monotonic(), data))
            assert (name, data["id"]) == ("job", job["id"])
            if len(seen) == 3:
                post(f"{base}/api/jobs/{job['id']}/cancel")
    assert [data["state"] for _, data in seen[:3]] == ["running"] * 3
    assert seen[-1][1]["state"] == "cancelled"
    assert [data["rows_done"] for _, data in seen[:3]] == sorted(data["rows_done"] for _, data in seen[:3])
    with streaming(base, f"/api/jobs/{job['id']}/events") as stream:  # one that has ended
        assert [data["state"] for _, data in stream] == ["cancelled"]


def test_everything_is_seen_also_what_others_do(app, base, shop):
    with streaming(base, "/api/events") as stream, contextlib.closing(ExperimentService(app.state.settings)) as other:
        events = iter(stream)
        until(lambda: app.state.watch._task)
        post(f"{base}/api/experiments", json=shop)
        assert next(events) == ("experiments", {"name": "shop", "change": "created"})
        other.generate("shop")  # as the command line would
        assert next(events) == ("experiments", {"name": "shop", "change": "changed"})
        post(f"{base}/api/experiments/shop/load?wait=true")
        assert next(data for name, data in events if name == "job")["kind"] == "load"
        other.delete("shop")
        assert next(event for event in events if event[0] == "experiments" and event[1]["change"] == "deleted")
    until(lambda: not app.state.hub.listeners)
    assert app.state.watch._task is None


def test_who_does_not_read_holds_nobody_up(app, base, shop):
    post(f"{base}/api/experiments", json=shop)
    port = int(base.rpartition(":")[2])
    sleepers = []
    for _ in range(5):
        sleeper = socket.create_connection(("127.0.0.1", port))
        sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        sleeper.sendall(b"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        sleepers.append(sleeper)
    until(lambda: app.state.hub.listeners == 5)
    for _ in range(3):
        assert post(f"{base}/api/experiments/shop/generate").status_code == 202
        until(lambda: not get(f"{base}/api/jobs?active=true").json())
    assert all(len(each._pending) <= 4 for each in app.state.hub._subscriptions)
    for sleeper in sleepers:
        sleeper.close()
    until(lambda: not app.state.hub.listeners)


def test_changes_are_told_by_name():
    old = {(1, "a"): "x", (2, "b"): "x", (3, "c"): "x", (4, "d"): "x"}
    new = {(1, "a"): "x", (2, "b"): "y", (9, "c"): "x", (5, "e"): "x"}
    assert [(change.name, change.change) for change in changes_between(old, new)] == [
        ("b", "changed"), ("c", "changed"), ("d", "deleted"), ("e", "created"),
    ]  # fmt: skip


# --- the end of a server ----------------------------------------------------------------------------------------------
@pytest.fixture
def start_server(tmp_path) -> Iterator[Callable[[], tuple[subprocess.Popen[bytes], str]]]:
    processes = []

    def start() -> tuple[subprocess.Popen[bytes], str]:
        port = ports()
        command = [sys.executable, "-m", "dw_simulator", "--home", str(tmp_path / "home"), "serve", "api"]
        with (tmp_path / "log").open("ab") as log:
            process = subprocess.Popen([*command, "--port", str(port)], stdout=log, stderr=log)
        processes.append(process)
        address = f"http://127.0.0.1:{port}"

        def answers() -> bool:
            with contextlib.suppress(httpx.TransportError):
                return get(f"{address}/health").status_code == 200
            return False

        until(answers)
        return process, address

    yield start
    for process in processes:
        process.kill()
        process.wait()


def test_a_killed_server_leaves_nothing_stuck(start_server, shop):
    process, base = start_server()
    post(f"{base}/api/experiments", json=shop)
    run = post(f"{base}/api/experiments/shop/generate", json={"rows": {"customers": MANY}}).json()
    until(lambda: get(f"{base}/api/jobs").json()[0]["rows_done"])
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    _, base = start_server()
    (job,) = get(f"{base}/api/jobs").json()
    assert (job["state"], job["error"]["code"], job["tables"][0]["state"] != "running") == ("aborted", "aborted", True)
    assert get(f"{base}/api/experiments/shop/runs/{run['id']}").json()["status"] == "ABORTED"
    assert get(f"{base}/api/experiments/shop").json()["summary"]["active_job"] is None
    again = post(f"{base}/api/experiments/shop/generate", json={"load": True})
    assert again.status_code == 202
    load = until(lambda: next((j for j in get(f"{base}/api/jobs").json() if j["kind"] == "load"), None))
    until(lambda: get(f"{base}/api/jobs/{load['id']}").json()["state"] == "completed")


def test_a_server_that_ends_cancels_its_jobs_and_closes_its_streams(start_server, shop, tmp_path):
    process, base = start_server()
    post(f"{base}/api/experiments", json=shop)
    post(f"{base}/api/experiments/shop/generate", json={"rows": {"customers": MANY}})
    with streaming(base, "/api/events") as stream:
        events = iter(stream)
        assert next(events)[1]["state"] == "running"
        process.terminate()
        assert {name for name, _ in events} <= {"job", "experiments"}  # to the end: the stream is closed in good order
    assert process.wait(timeout=60) == 0
    with contextlib.closing(ExperimentService(load_settings({"home": tmp_path / "home"}))) as service:
        assert [job.state for job in service.jobs.all()] == ["cancelled"]
        assert [run.status for run in service.runs("shop")] == ["ABORTED"]


def test_the_lock_of_a_server(tmp_path: Path):
    lock = ServerLock(tmp_path)
    assert is_server_alive(tmp_path, lock.name)
    lock.close()
    assert not is_server_alive(tmp_path, lock.name)
    assert list((tmp_path / "run" / "locks").iterdir()) == []
