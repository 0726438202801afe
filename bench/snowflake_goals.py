"""The Snowflake emulator against the best open one (fakesnow, pinned) and against plain DuckDB.

    python -m bench.snowflake_goals [ROUNDS [NAME …]]

Both emulators run in processes of their own and are reached by the same driver, that of the peer's environment, which
the first run makes (``scripts/client-venvs fakesnow``). Rounds of the two alternate and the median counts, so that a
busy machine slows both. A third server, which only repeats recorded answers (``bare_responder``), shows the client's
share. Constant statements (``select 1``) are answered from earlier results (ADR 24); ``many_run`` is one that is not.

TPC-H (SF 0.1, through the driver, all rows fetched) is measured against DuckDB in this process with the same tables in
a file. Queries that read a table are run each time.
"""

from __future__ import annotations

import compileall
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import duckdb
import snowflake.connector

from bench import tpch

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
ROUNDS, STARTS, QUERY_RUNS = 5, 3, 5
SCALE = 0.1
GOALS = {
    "start": ("start to ready", "at most 0.7x the time"),
    "connect": ("connect by the driver", "at most 0.5x the time"),
    "raw_select": ("select 1, plain HTTP", "at most 0.4x the time"),
    "driver_select": ("select 1, driver", "at most 0.6x the time"),
    "many_sessions": ("16 sessions, plain HTTP, a statement", "at least 4x the speed"),
    "many_run": ("the same, each statement run", "none: what reused results do not help"),
    "pandas_fetch": ("1,000,000 rows as pandas", "at least 2x the speed"),
    "executemany_pyformat": ("executemany, pyformat, a row", "at least 10x the speed"),
    "executemany_qmark": ("executemany, qmark, a row", "at least 100x the speed"),
}
_SERVER = """
import sys
from dw_simulator.serving import collector
collector.pause()
import uvloop
from dw_simulator.config.settings import load_settings
from dw_simulator.emulators.snowflake import server

settings = load_settings({"home": sys.argv[1], "snowflake": {"port": int(sys.argv[2])}}, use_running_stack=False)
uvloop.run(server.serve(settings, ready=lambda *_: collector.resume()))
"""


def peer_environment() -> Path:
    """The folder of fakesnow's programs, made if need be. Raises CalledProcessError when it cannot be installed."""
    made = subprocess.run(
        [sys.executable, ROOT / "scripts" / "client-venvs", "fakesnow"], check=True, stdout=subprocess.PIPE, text=True
    )
    return Path(made.stdout.strip()) / "bin"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


@contextmanager
def serving(command: list[str], port: int) -> Iterator[float]:
    """A server in a process of its own; yields the seconds until it took a connection.

    Raises:
        SystemExit: it ended before that.
    """
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            if process.poll() is not None:
                raise SystemExit(f"{command[0]} ended with status {process.returncode}")
            try:
                socket.create_connection(("127.0.0.1", port)).close()
            except ConnectionRefusedError:
                time.sleep(0.005)
                continue
            break
        yield time.perf_counter() - began
    finally:
        process.terminate()
        process.wait(30)


def ours(home: Path, port: int) -> list[str]:
    return [sys.executable, "-c", _SERVER, str(home), str(port)]


def theirs(programs: Path, port: int) -> list[str]:
    return [str(programs / "fakesnow"), "--server", "--port", str(port)]


def against_peer(rounds: int, names: list[str]) -> None:
    programs = peer_environment()
    with tempfile.TemporaryDirectory(prefix="dw-sim-bench-") as folder:
        starts: tuple[list[float], list[float]] = ([], [])
        # The first of each only fills the caches of the file system.
        for number in range(STARTS + 1):
            for server, seconds in zip((ours, theirs), starts, strict=True):
                port = free_port()
                command = ours(Path(folder) / f"start{number}", port) if server is ours else theirs(programs, port)
                with serving(command, port) as taken:
                    seconds.append(taken)
        _print("start", [seconds[1:] for seconds in starts])
        mine, peer, bare = free_port(), free_port(), free_port()
        with (
            serving(ours(Path(folder) / "rounds", mine), mine),
            serving(theirs(programs, peer), peer),
            serving([sys.executable, str(HERE / "bare_responder.py"), str(bare)], bare),
        ):
            client = [programs / "python", HERE / "snowflake_client.py", mine, peer, bare, rounds, *names]
            done = subprocess.run([str(part) for part in client], check=True, stdout=subprocess.PIPE, text=True)
    for name, seconds in json.loads(done.stdout).items():
        _print(name, seconds)


def _print(name: str, seconds: list[list[float]]) -> None:
    title, goal = GOALS[name]
    mine, peer, *bare = map(statistics.median, filter(None, seconds))
    times = f"{mine * 1e3:9.3f} ms against {peer * 1e3:9.3f} ms"
    client = f"; the client alone: {bare[0] * 1e3:.3f} ms, {bare[0] / peer:.2f}x" if bare else ""
    print(
        f"{title:<38} {times}, {mine / peer:5.2f}x the time, {peer / mine:6.1f}x the speed (goal: {goal}{client})",
        flush=True,
    )


def against_duckdb() -> None:
    with tempfile.TemporaryDirectory(prefix="dw-sim-bench-") as folder:
        tpch.write(Path(folder) / "tpch", SCALE)
        port = free_port()
        with (
            serving(ours(Path(folder) / "home", port), port),
            closing(_connect(port)) as connection,
            closing(duckdb.connect(str(Path(folder) / "plain.duckdb"))) as plain,
        ):
            cursor = connection.cursor()
            _fill(cursor, plain, Path(folder) / "tpch")
            repeated = {name: _query_times(cursor, plain, sql) for name, sql in tpch.QUERIES.items()}
            cursor.execute("alter session set use_cached_result = false")
            run = {name: _query_times(cursor, plain, sql) for name, sql in tpch.QUERIES.items()}
            one_row = _query_times(cursor, plain, "select r_name from region limit 1")
    for name, (mine, peer) in run.items():
        print(f"TPC-H {name:<4} {mine * 1e3:7.1f} ms against {peer * 1e3:7.1f} ms, {mine / peer:5.2f}x the time")
    for title, times in (("repeated", repeated), ("each one run, USE_CACHED_RESULT off", run)):
        mine, peer = (sum(pair[side] for pair in times.values()) for side in (0, 1))
        print(
            f"TPC-H SF {SCALE}, all 22 queries, {title}: {mine * 1e3:.0f} ms against {peer * 1e3:.0f} ms,"
            f" {mine / peer:.2f}x the time (goal: at most 1.25x)"
        )
    mine, peer = (seconds * len(run) * 1e3 for seconds in one_row)
    print(f"As many queries of one row, which are the way there and back: {mine:.0f} ms against {peer:.0f} ms")


def _connect(port: int) -> Any:
    return snowflake.connector.connect(
        user="bench", password="bench", account="bench", host="127.0.0.1", port=port, protocol="http"
    )


def _fill(cursor: Any, plain: duckdb.DuckDBPyConnection, folder: Path) -> None:
    cursor.execute("create database bench")
    for name, columns in tpch.COLUMNS.items():
        file = folder / f"{name}.parquet"
        cursor.execute(f"create table {name} ({columns})")
        cursor.execute(f"put file://{file} @~ auto_compress=false")
        cursor.execute(
            f"copy into {name} from @~/{file.name} file_format=(type=parquet) match_by_column_name=case_insensitive"
        )
        plain.execute(f"create table {name} ({columns})")
        plain.execute(f"insert into {name} select * from '{file}'")


def _query_times(cursor: Any, plain: duckdb.DuckDBPyConnection, sql: str) -> tuple[float, float]:
    """Median seconds of a query in the emulator and in DuckDB. Raises SystemExit if their numbers of rows differ."""
    seconds: tuple[list[float], list[float]] = ([], [])
    # The first run of each warms up: it is translated, and pages come into memory.
    for _ in range(QUERY_RUNS + 1):
        began = time.perf_counter()
        mine = cursor.execute(sql).fetchall()
        between = time.perf_counter()
        peer = plain.execute(sql).fetchall()
        seconds[1].append(time.perf_counter() - between)
        seconds[0].append(between - began)
        if len(mine) != len(peer):
            raise SystemExit(f"{len(mine)} rows and {len(peer)} rows of the same query: {sql}")
    return statistics.median(seconds[0][1:]), statistics.median(seconds[1][1:])


def compile_ours() -> None:
    """Ours as bytecode, which the installer made of the peer: a checkout has it only where Python may write it."""
    compileall.compile_dir(ROOT / "src", quiet=1)


def main() -> None:
    compile_ours()
    rounds, names = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS, sys.argv[2:]
    if names != ["tpch"]:
        against_peer(rounds, [name for name in names if name != "tpch"])
    if not names or "tpch" in names:
        against_duckdb()


if __name__ == "__main__":
    main()
