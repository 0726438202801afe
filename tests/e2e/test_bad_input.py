"""What goes wrong on real machines: one clear message, a non-zero exit code, nothing half-done left."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from dw_simulator.testing import RunningStack
from dw_simulator.testing.stack import environment_of, run_dw_sim

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def one_message(stderr: str) -> list[str]:
    """The lines from the one error message on; fails if there is a traceback, or not exactly one message."""
    assert "Traceback" not in stderr
    lines = stderr.splitlines()
    starts = [index for index, line in enumerate(lines) if line.startswith("error: ")]
    assert len(starts) == 1, stderr
    return lines[starts[0] :]


def runs_of(stack: RunningStack, name: str) -> list[dict[str, Any]]:
    return json.loads(stack.dw_sim("experiment", "show", name, "--json").stdout)["runs"]


def staged_files(stack: RunningStack) -> list[str]:
    return [str(path) for path in (stack.home / "s3").rglob("*.parquet*")]


def start(stack: RunningStack, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-P", "-m", "dw_simulator", *arguments]
    return subprocess.Popen(command, env=stack.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(condition, *, limit: float = 90.0) -> None:
    give_up_at = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < give_up_at, "it did not happen in time"
        time.sleep(0.02)


def is_connected(pid: int, port: int) -> bool:
    connections = psutil.Process(pid).net_connections("tcp")
    return any(connection.raddr and connection.raddr.port == port for connection in connections)


@pytest.fixture
def shop(tmp_path) -> Path:
    """A schema of one wide table that takes its time to generate."""
    columns = [{"name": "id", "data_type": "BIGINT", "is_unique": True, "required": True}]
    columns += [{"name": f"text_{number}", "data_type": "VARCHAR", "varchar_length": 60} for number in range(6)]
    schema = {
        "name": "wide",
        "target_warehouse": ["redshift"],
        "tables": [{"name": "things", "target_rows": 1000, "columns": columns}],
    }
    path = tmp_path / "wide.json"
    path.write_text(json.dumps(schema))
    return path


# --- services that are not there ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("arguments", "service"),
    [
        (("experiment", "generate", "wide"), "s3"),
        (("query", "select 1", "--warehouse", "redshift"), "redshift"),
        (("query", "select 1", "--warehouse", "snowflake"), "snowflake"),
    ],
)
def test_a_service_that_is_down_is_named(tmp_path, shop, arguments, service):
    home = tmp_path / "home"
    nowhere = {f"DW_SIMULATOR_{name}_PORT": "9" for name in ("S3", "REDSHIFT", "SNOWFLAKE")}
    environment = environment_of(home) | nowhere
    run_dw_sim(home, "experiment", "create", str(shop), env=environment)
    done = run_dw_sim(home, *arguments, check=False, env=environment)
    assert done.returncode == 7
    message = one_message(done.stderr)
    assert message[0].startswith(f"error: the {service} service does not answer at ")
    assert "127.0.0.1:9" in message[0]
    assert message[-1] == "hint: start the local stack with: dw-sim up --detach"


# --- generation that is stopped --------------------------------------------------------------------------------------
MANY = "--rows=things=50000000"


def _generate_until_staged(stack: RunningStack) -> subprocess.Popen[str]:
    process = start(stack, "experiment", "generate", "wide", MANY)
    wait_for(lambda: staged_files(stack) or process.poll() is not None)
    assert process.poll() is None, process.communicate()
    return process


def test_ctrl_c_during_generation_leaves_nothing(own_stack, shop):
    stack = own_stack("s3")
    stack.dw_sim("experiment", "create", str(shop))
    with _generate_until_staged(stack) as process:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=120)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert [run["status"] for run in runs_of(stack, "wide")] == ["ABORTED"]
    assert staged_files(stack) == []


def test_a_killed_generation_is_found_and_marked(own_stack, shop):
    stack = own_stack("s3")
    stack.dw_sim("experiment", "create", str(shop))
    with _generate_until_staged(stack) as process:
        process.kill()
        process.communicate(timeout=120)
    assert [run["status"] for run in runs_of(stack, "wide")] == ["ABORTED"]
    stack.dw_sim("experiment", "generate", "wide")
    assert [run["status"] for run in runs_of(stack, "wide")] == ["COMPLETED", "ABORTED"]


def test_a_second_generation_meanwhile_is_refused(own_stack, shop):
    stack = own_stack("s3")
    stack.dw_sim("experiment", "create", str(shop))
    with _generate_until_staged(stack) as process:
        refused = stack.dw_sim("experiment", "generate", "wide", check=False)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)
    assert refused.returncode == 9
    assert "experiment 'wide' is busy: generate (process " in one_message(refused.stderr)[0]


# --- storage that is full --------------------------------------------------------------------------------------------
def test_a_store_that_cannot_write_fails_the_run(tmp_path, shop):
    """The services inherit a limit on the size of files, which meets the S3 store in the middle of an object."""
    home = tmp_path / "home"

    def limit_file_size() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    run_dw_sim(home, "up", "--detach", "--port-base=0", "--service=s3", preexec_fn=limit_file_size)
    try:
        run_dw_sim(home, "experiment", "create", str(shop))
        done = run_dw_sim(home, "experiment", "generate", "wide", "--rows=things=300000", check=False)
        assert done.returncode == 5, done.stderr
        assert one_message(done.stderr)[0].startswith("error: ")
        shown = json.loads(run_dw_sim(home, "experiment", "show", "wide", "--json").stdout)
        assert [run["status"] for run in shown["runs"]] == ["FAILED"]
        assert not list((home / "s3").rglob("*.parquet*"))
        run_dw_sim(home, "experiment", "generate", "wide", "--rows=things=100")
    finally:
        run_dw_sim(home, "down")


# --- a warehouse that goes away --------------------------------------------------------------------------------------
@pytest.mark.parametrize("warehouse", ["redshift", "snowflake"])
def test_a_warehouse_killed_during_a_load_keeps_what_it_had(own_stack, shop, warehouse):
    stack = own_stack("s3", warehouse)
    target = ("--target-warehouse", warehouse)
    count = ("query", "select count(*) as n from things", "--warehouse", warehouse, "--experiment", "wide", "--json")
    stack.dw_sim("experiment", "create", str(shop), *target)
    stack.dw_sim("experiment", "generate", "wide", "--load")
    stack.dw_sim("experiment", "generate", "wide", "--rows=things=1500000")

    status = json.loads(stack.dw_sim("status", "--json").stdout)["services"]
    service = next(service for service in status if service["name"] == warehouse)
    with start(stack, "experiment", "load", "wide") as process:
        wait_for(lambda: is_connected(process.pid, service["port"]))
        time.sleep(0.3)
        assert process.poll() is None, process.communicate()
        os.kill(service["pid"], signal.SIGKILL)
        _, said = process.communicate(timeout=120)
    assert process.returncode in (6, 7), said
    assert warehouse in one_message(said)[0].lower()

    wait_for(lambda: stack.dw_sim("status", check=False).returncode == 0)
    assert [int(value) for row in json.loads(stack.dw_sim(*count).stdout) for value in row.values()] == [1000]
    stack.dw_sim("experiment", "load", "wide")
    assert [int(value) for row in json.loads(stack.dw_sim(*count).stdout) for value in row.values()] == [1_500_000]


def _start_load_of_many(stack: RunningStack) -> subprocess.Popen[str]:
    stack.dw_sim("experiment", "generate", "wide", "--rows=things=2000000")
    process = start(stack, "experiment", "load", "wide")
    port = stack.settings.redshift.port
    wait_for(lambda: process.poll() is not None or is_connected(process.pid, port))
    time.sleep(1)  # into the load, whose rows take longer
    assert process.poll() is None, process.communicate()
    return process


def test_ctrl_c_during_a_load_keeps_what_was_there(own_stack, shop):
    stack = own_stack("s3", "redshift", "snowflake")
    stack.dw_sim("experiment", "create", str(shop), "-w", "redshift", "-w", "snowflake", "-w", "sqlite")
    stack.dw_sim("experiment", "generate", "wide", "--load")
    with _start_load_of_many(stack) as process:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=100)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    for warehouse in ("redshift", "snowflake", "sqlite"):
        sql = "select count(*) from things"
        counted = stack.dw_sim("query", sql, "-w", warehouse, "-e", "wide", "--format", "csv").stdout
        assert counted.split()[1] == "1000", warehouse


def test_a_first_load_that_is_killed_is_known_to_delete(own_stack, shop):
    stack = own_stack("s3", "redshift", "snowflake")
    stack.dw_sim("experiment", "create", str(shop), "-w", "redshift", "-w", "snowflake")
    with _start_load_of_many(stack) as process:
        process.kill()
        process.communicate(timeout=120)
    stack.dw_sim("experiment", "delete", "wide", "--yes")
    assert staged_files(stack) == []
    left = {
        "redshift": "select table_name from information_schema.tables where table_name = 'things'",
        "snowflake": "show databases like 'WIDE'",
    }
    for warehouse, sql in left.items():
        assert json.loads(stack.dw_sim("query", sql, "-w", warehouse, "--json").stdout) == [], warehouse


# --- schemas that cannot be used -------------------------------------------------------------------------------------
ID = {"name": "id", "data_type": "INT", "is_unique": True, "required": True}


def _table(*columns: dict[str, Any], name: str = "t", **more: Any) -> dict[str, Any]:
    return {"name": name, "target_rows": 1000, "columns": [ID, *columns], **more}


def _column(**more: Any) -> dict[str, Any]:
    return {"name": "c", "data_type": "INT", **more}


BAD_SCHEMAS = {
    "unknown type": ([_table(_column(data_type="INTEGR"))], "INTEGR"),
    "duplicate table": ([_table(), _table()], "table"),
    "foreign key to a missing column": ([_table(_column(foreign_key={"table": "t", "column": "nope"}))], "nope"),
    "foreign key cycle": (
        [
            _table(_column(required=True, foreign_key={"table": "b", "column": "id"}), name="a"),
            _table(_column(required=True, foreign_key={"table": "a", "column": "id"}), name="b"),
        ],
        "a",
    ),
    "too few values for a unique column": ([_table(_column(is_unique=True, min_value=1, max_value=10))], "10"),
    "min over max": ([_table(_column(min_value=5, max_value=1))], "max_value"),
    "reserved table name": ([_table(name="select")], "select"),
}


@pytest.mark.parametrize(("tables", "part"), BAD_SCHEMAS.values(), ids=BAD_SCHEMAS.keys())
def test_a_bad_schema_is_refused_with_its_place(dw_sim, tmp_path, tables, part):
    path = tmp_path / "bad.json"
    path.write_text(json.dumps({"name": "bad", "tables": tables}))
    done = dw_sim("experiment", "create", str(path), check=False)
    assert done.returncode == 3, done.stderr
    assert part in "\n".join(one_message(done.stderr))
    assert json.loads(dw_sim("experiment", "list", "--json").stdout) == []


def test_a_syntax_error_in_the_middle_of_ddl_is_placed(dw_sim, tmp_path):
    path = tmp_path / "bad.sql"
    path.write_text("create table a (x int);\ncreate table b (y int,, z int);\ncreate table c (q int);\n")
    done = dw_sim("experiment", "import-sql", str(path), "--dialect", "redshift", check=False)
    assert done.returncode == 3
    assert "line 2, column " in one_message(done.stderr)[0]
    assert json.loads(dw_sim("experiment", "list", "--json").stdout) == []
