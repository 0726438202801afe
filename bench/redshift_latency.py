"""The Redshift emulator against the PostgreSQL behind it: what passing through the proxy costs.

    python bench/redshift_latency.py [CALLS [ROWS]]

Prints, for each kind of work, both times and their ratio. Both are reached by TCP, from one client process, in rounds
that alternate; the median counts, so that a busy machine slows both. ``select 1`` is answered from the result cache
(ADR 23), ``select 1 + 0`` by PostgreSQL. The peer is the same PostgreSQL, which listens on an address of its own for
the benchmark only (Linux).
"""

from __future__ import annotations

import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, LiteralString

import psycopg

ROUNDS = 100
FETCH_ROUNDS = 5
ACCOUNTS = 100_000
NO_GOAL = "no goal"

_SERVER = """
import importlib, json, sys
import uvloop
from dw_simulator.config.settings import load_settings

def ready(host, port):
    print(json.dumps(port), flush=True)

server = importlib.import_module(f"dw_simulator.emulators.{sys.argv[1]}.server")
settings = load_settings(json.loads(sys.argv[2]), use_running_stack=False)
uvloop.run(server.serve(settings, ready=ready))
"""

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Result:
    """Seconds of one unit of work."""

    name: str
    seconds: float
    peer_seconds: float
    goal: str

    @property
    def speed(self) -> float:
        """How fast the emulator is; 1 is as fast as the peer."""
        return self.peer_seconds / self.seconds


@contextmanager
def service(name: str, settings: dict[str, Any]) -> Iterator[int]:
    """A running emulator (redshift, s3) in a process of its own; yields its port."""
    command = [sys.executable, "-c", _SERVER, name, json.dumps(settings)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(30)


def emulator(home: str) -> AbstractContextManager[int]:
    return service("redshift", {"home": home, "redshift": {"port": 0}})


@contextmanager
def emulator_and_peer(home: str) -> Iterator[tuple[str, str]]:
    """The connection strings of an emulator and of the PostgreSQL behind it, both by TCP and without TLS."""
    address = f"127.{secrets.randbelow(200) + 20}.{secrets.randbelow(256)}.{secrets.randbelow(254) + 1}"
    rules = Path(home) / "hba.conf"
    rules.write_text(f"local all all trust\nhost all all {address}/8 trust\n")
    rules.chmod(0o644)
    with emulator(home), psycopg.connect(owner(home), autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET listen_addresses = '{address}'")
        connection.execute(f"ALTER SYSTEM SET hba_file = '{rules}'")
    options = "dbname=dev sslmode=disable gssencmode=disable"
    with emulator(home) as port:
        yield (
            f"host=127.0.0.1 port={port} user=awsuser password=mockpass {options}",
            f"host={address} port=5432 user=rdsdb {options}",
        )


def compare(
    name: str, goal: str, ours: Connection, theirs: Connection, work: Callable[[Connection, int], int], rounds: int
) -> Result:
    """``work`` does its work for a round's number and says how many units that was."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        for connection, seconds in zip((ours, theirs), times, strict=True):
            started = time.perf_counter()
            units = work(connection, number)
            seconds.append((time.perf_counter() - started) / units)
    # The first round warms up.
    mine, peer = (statistics.median(seconds[1:]) for seconds in times)
    return Result(name, mine, peer, goal)


def run(calls: int = 5000, rows: int = 1_000_000) -> list[Result]:
    with tempfile.TemporaryDirectory(prefix="dw-sim-bench-") as home:
        Path(home).chmod(0o755)
        with (
            emulator_and_peer(home) as (mine, peer),
            psycopg.connect(mine, autocommit=True) as ours,
            psycopg.connect(peer, autocommit=True) as theirs,
        ):
            return _all(ours, theirs, calls, rows)


def owner(home: str, database: str = "dev") -> str:
    """The connection string of PostgreSQL's owner, by the unix socket."""
    return f"host={socket_folder(home)} port=5432 dbname={database} user=rdsdb"


def socket_folder(home: str) -> Path:
    found = next((Path(home) / "redshift").resolve().rglob("socket"), None)
    # A root's server has its files elsewhere, behind a link.
    return found or next((Path(home) / "redshift" / "cluster").resolve().rglob("socket"))


def _all(ours: Connection, theirs: Connection, calls: int, rows: int) -> list[Result]:
    ours.execute("CREATE TABLE bench_accounts (id int PRIMARY KEY, balance int, filler varchar(84))")
    ours.execute(
        "INSERT INTO bench_accounts SELECT n, n * 7 % 10000, repeat('x', 40)"
        f" FROM generate_series(1, {ACCOUNTS}) AS g(n)"
    )
    theirs.execute("ANALYZE bench_accounts")
    each = max(calls // ROUNDS, 1)

    def simple(connection: Connection, _number: int, sql: LiteralString = "select 1") -> int:
        with psycopg.ClientCursor(connection) as cursor:
            for _ in range(each):
                cursor.execute(sql).fetchall()
        return each

    def extended(connection: Connection, _number: int, sql: LiteralString = "select %s::int") -> int:
        with connection.cursor() as cursor:
            for _ in range(each):
                cursor.execute(sql, (1,)).fetchall()
        return each

    def literals(connection: Connection, number: int) -> int:
        with psycopg.ClientCursor(connection) as cursor:
            for call in range(each):
                account = (number * each + call) * 7919 % ACCOUNTS + 1
                cursor.execute(f"select balance from bench_accounts where id = {account}").fetchall()
        return each

    def fetch(connection: Connection, _number: int) -> int:
        with psycopg.ClientCursor(connection) as cursor:
            cursor.execute(f"select * from generate_series(1, {rows}) as g(n)")
            cursor.fetchmany(1)
        return 1

    return [
        compare("select 1, simple protocol", "at most 2x the time", ours, theirs, simple, ROUNDS),
        compare("select 1, extended protocol", "at most 2x the time", ours, theirs, extended, ROUNDS),
        compare("select 1 + 0, simple, run", NO_GOAL, ours, theirs, partial(simple, sql="select 1 + 0"), ROUNDS),
        compare(
            "select 1 + 0, extended, run", NO_GOAL, ours, theirs, partial(extended, sql="select %s::int + 0"), ROUNDS
        ),
        compare("point look-ups, varying literals", "at least 0.5x the speed", ours, theirs, literals, ROUNDS),
        compare(f"fetch of {rows:,} rows", "at least 0.95x the speed", ours, theirs, fetch, FETCH_ROUNDS),
    ]


def main() -> None:
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    for result in run(calls, rows):
        times = f"{result.seconds * 1e6:,.0f} µs against {result.peer_seconds * 1e6:,.0f} µs"
        ratios = f"{1 / result.speed:.2f}x the time, {result.speed:.2f}x the speed (goal: {result.goal})"
        print(f"{result.name}: {times}, {ratios} on {os.cpu_count()} CPUs")


if __name__ == "__main__":
    main()
