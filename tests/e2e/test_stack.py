"""The stack's commands as a user types them, and what happens when things go wrong."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from tests.ports import ports

from dw_simulator.stack import processes
from dw_simulator.testing.stack import environment_of, run_dw_sim

SERVICES = ("s3", "snowflake", "redshift", "api")
LIGHT = ("s3", "api")
"""Services that start fast, for tests of what is the same for all."""


def services_of(home: Path) -> Any:
    return json.loads(run_dw_sim(home, "status", "--json", check=False).stdout)["services"]


def service_of(home: Path, name: str) -> Any:
    return next(service for service in services_of(home) if service["name"] == name)


def wait_until(condition, *, limit: float = 90.0) -> None:
    give_up_at = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < give_up_at, "it did not happen in time"
        time.sleep(0.05)


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def test_the_life_of_a_stack(own_stack, tmp_path):
    stack = own_stack()
    shown = stack.dw_sim("status", "--json")
    services = json.loads(shown.stdout)["services"]
    assert json.loads(shown.stdout).keys() == {"services"}
    keys = {"name", "state", "host", "port", "pid", "started_at", "restarts", "last_error", "memory_bytes"}
    keys |= {"metrics_port"}
    assert [service.keys() for service in services] == [keys] * 4
    assert [(service["name"], service["state"], service["host"]) for service in services] == [
        (name, "running", "127.0.0.1") for name in SERVICES
    ]
    assert all(answers(service["port"]) and processes.is_alive(service["pid"]) for service in services)

    stack.dw_sim("down")
    stopped = stack.dw_sim("status", "--json", check=False)
    assert stopped.returncode == 10
    assert {(service["state"], service["pid"]) for service in json.loads(stopped.stdout)["services"]} == {
        ("stopped", None)
    }
    assert not any(processes.is_alive(service["pid"]) for service in services)
    assert stack.dw_sim("down").stderr.endswith("no stack is running\n")


def test_up_tells_how_to_connect(tmp_path):
    base = ports(5)
    done = run_dw_sim(tmp_path, "up", "--detach", f"--port-base={base}", "--service=s3", "--service=api")
    try:
        assert f"http://127.0.0.1:{base}" in done.stdout
        assert f"http://127.0.0.1:{base + 3}/docs" in done.stdout
        assert "Redshift" not in done.stdout
        assert "the stack is up" in done.stderr
    finally:
        run_dw_sim(tmp_path, "down")


@pytest.mark.parametrize("name", SERVICES)
def test_a_killed_service_comes_back_at_its_address(own_stack, name):
    stack = own_stack(name)
    before = service_of(stack.home, name)
    os.kill(before["pid"], signal.SIGKILL)
    wait_until(lambda: service_of(stack.home, name)["pid"] not in (before["pid"], None))
    wait_until(lambda: service_of(stack.home, name)["state"] == "running")
    after = service_of(stack.home, name)
    assert (after["host"], after["port"]) == (before["host"], before["port"])
    assert answers(after["port"])
    assert f"{name} was ended by SIGKILL: restarting" in stack.dw_sim("logs", "stack").stdout


def test_restart_replaces_one_process_and_status_tells(own_stack):
    stack = own_stack(*LIGHT)
    before = {service["name"]: service for service in services_of(stack.home)}
    assert stack.dw_sim("restart", "api").stderr.endswith("api answers again\n")
    os.kill(before["s3"]["pid"], signal.SIGKILL)
    wait_until(lambda: service_of(stack.home, "s3")["pid"] not in (before["s3"]["pid"], None))
    wait_until(lambda: service_of(stack.home, "s3")["state"] == "running")
    after = {service["name"]: service for service in services_of(stack.home)}
    assert {name: (s["port"], s["restarts"]) for name, s in after.items()} == {
        "s3": (before["s3"]["port"], 1),
        "api": (before["api"]["port"], 0),
    }
    assert not {s["pid"] for s in after.values()} & {s["pid"] for s in before.values()}
    assert after["s3"]["last_error"].endswith("UTC: was ended by SIGKILL")
    if sys.platform == "linux":
        assert all(10 << 20 < service["memory_bytes"] < 1 << 30 for service in after.values())
    unknown = stack.dw_sim("restart", "redshift", check=False)
    assert unknown.returncode == 10
    assert "this stack has no service redshift" in unknown.stderr


def test_a_killed_supervisor_takes_its_services_along_and_is_forgotten(own_stack):
    stack = own_stack("s3", "redshift", "api")
    services = services_of(stack.home)
    supervisor = json.loads((stack.home / "run" / "stack.json").read_text())["pid"]
    os.kill(supervisor, signal.SIGKILL)
    assert {service["state"] for service in services_of(stack.home)} == {"stopped"}
    wait_until(lambda: not any(processes.is_alive(service["pid"]) for service in services))
    again = own_stack("s3", "redshift", "api")
    assert {service["state"] for service in services_of(again.home)} == {"running"}


def test_down_cleans_up_after_a_killed_supervisor(own_stack):
    stack = own_stack(*LIGHT)
    services = services_of(stack.home)
    os.kill(json.loads((stack.home / "run" / "stack.json").read_text())["pid"], signal.SIGKILL)
    stack.dw_sim("down")
    assert not any(processes.is_alive(service["pid"]) for service in services)
    assert not (stack.home / "run" / "stack.json").exists()


def test_a_second_up_in_one_home_is_refused(own_stack):
    stack = own_stack(*LIGHT)
    for mode in ("--detach", "--foreground"):
        refused = stack.dw_sim("up", mode, "--port-base=0", check=False)
        assert refused.returncode == 10
        assert f"error: a stack is already running in {stack.home} (process " in refused.stderr
        assert "dw-sim down" in refused.stderr
    assert {service["state"] for service in services_of(stack.home)} == {"running"}


def test_two_stacks_run_side_by_side(own_stack):
    one, two = own_stack(*LIGHT, home="one"), own_stack(*LIGHT, home="two")
    theirs = [service["port"] for stack in (one, two) for service in services_of(stack.home)]
    assert len(set(theirs)) == 4
    assert all(answers(port) for port in theirs)
    one.dw_sim("down")
    assert {service["state"] for service in services_of(two.home)} == {"running"}


@pytest.mark.parametrize("mode", ["--detach", "--foreground"])
def test_a_port_in_use_is_named_and_nothing_stays(tmp_path, mode):
    base = ports(5)
    with socket.create_server(("127.0.0.1", base + 3)):
        done = run_dw_sim(tmp_path / "home", "up", mode, f"--port-base={base}", check=False)
    assert done.returncode == 10
    assert f"error: port {base + 3} of 127.0.0.1, wanted for api, is in use by another program" in done.stderr
    assert "--port-base" in done.stderr
    assert "Traceback" not in done.stderr
    assert {service["state"] for service in services_of(tmp_path / "home")} == {"stopped"}


def test_a_service_that_cannot_start_fails_the_stack_with_its_log(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "s3").write_text("not a folder")
    done = run_dw_sim(home, "up", "--detach", "--port-base=0", "--service=s3", "--service=api", check=False)
    assert done.returncode == 10
    assert "error: s3 did not start: it ended with exit code 1" in done.stderr
    assert "s3 | error: " in done.stderr
    assert {service["state"] for service in services_of(home)} == {"stopped"}


def test_a_home_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    for mode in ("--detach", "--foreground"):
        done = run_dw_sim(tmp_path / "file" / "home", "up", mode, "--port-base=0", check=False)
        assert done.returncode == 10
        assert "error: cannot write in" in done.stderr
        assert "--home" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_foreground_stops_everything_on_a_signal(tmp_path, number):
    home = tmp_path / "home"
    command = [sys.executable, "-P", "-m", "dw_simulator", "up", "--port-base=0", "--service=s3", "--service=api"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment_of(home)) as process:
        wait_until(lambda: all(service["state"] == "running" for service in services_of(home)))
        services = services_of(home)
        process.send_signal(number)
        output, _ = process.communicate(timeout=90)
    assert process.returncode == 0
    assert "s3        | " in output
    assert "api       | " in output
    assert not any(processes.is_alive(service["pid"]) for service in services)


def test_ctrl_c_while_a_detached_stack_starts_leaves_nothing(tmp_path):
    """A terminal sends SIGINT to the waiting command only: the supervisor has a session of its own."""
    home = tmp_path / "home"
    command = [sys.executable, "-P", "-m", "dw_simulator", "up", "--detach", "--port-base=0", "--service=redshift"]
    # The stack never comes up by itself: the PostgreSQL that it asks for says nothing.
    silent = socket.create_server(("127.0.0.1", 0))
    backend = f"host=127.0.0.1 port={silent.getsockname()[1]} dbname=dev user=nobody"
    environment = {**environment_of(home), "DW_SIMULATOR_REDSHIFT_BACKEND_DSN": backend}
    with silent, subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        wait_until(lambda: service_of(home, "redshift")["pid"])
        pid = service_of(home, "redshift")["pid"]
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=120)
    assert process.returncode == 130
    assert said.endswith("interrupted\n")
    assert not processes.is_alive(pid)
    assert {service["state"] for service in services_of(home)} == {"stopped"}


def test_on_a_terminal_the_stream_is_coloured(tmp_path):
    home = tmp_path / "home"
    leader, follower = pty.openpty()
    command = [sys.executable, "-P", "-m", "dw_simulator", "up", "--port-base=0", "--service=s3"]
    process = subprocess.Popen(command, stdout=follower, stderr=follower, env=environment_of(home))
    os.close(follower)
    shown = b""
    while b"ctrl-C stops the stack" not in shown:
        assert select.select([leader], [], [], 90)[0], shown
        shown += os.read(leader, 65_536)
    process.send_signal(signal.SIGINT)
    assert process.wait(90) == 0
    os.close(leader)
    assert b"\x1b[33ms3        |\x1b[0m " in shown


def test_reset_asks_then_stops_and_empties(own_stack):
    stack = own_stack("s3")
    refused = stack.dw_sim("reset", check=False, stdin=subprocess.DEVNULL)
    assert refused.returncode == 2
    assert "hint: say --yes" in refused.stderr
    assert service_of(stack.home, "s3")["state"] == "running"

    done = stack.dw_sim("reset", "--yes")
    assert "stopping the stack first" in done.stderr
    assert service_of(stack.home, "s3")["state"] == "stopped"
    assert {path.name for path in stack.home.iterdir()} == {"run"}


def test_logs_of_one_service_and_of_an_unknown_one(own_stack):
    stack = own_stack(*LIGHT)
    shown = stack.dw_sim("logs", "s3", "--lines", "5").stdout
    assert "s3        | " in shown
    assert "api" not in shown
    unknown = stack.dw_sim("logs", "postgres", check=False)
    assert unknown.returncode == 2
    assert "'postgres' is not one of: s3, snowflake, redshift, api, stack" in unknown.stderr


def test_the_api_knows_the_services(own_stack):
    stack = own_stack(*LIGHT)
    address = stack.settings.api.address
    with urllib.request.urlopen(f"http://{address}/api/services", timeout=10) as answer:
        told = json.load(answer)["services"]
    memory = {"memory_bytes": None}  # what only the command looks at
    assert [{**service, **memory} for service in told] == [{**s, **memory} for s in services_of(stack.home)]
