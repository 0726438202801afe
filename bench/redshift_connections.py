"""Many connections to the Redshift emulator: 200 that idle, and 32 that run statements all the time.

    python -m bench.redshift_connections [SECONDS]

Prints the statements a second of the 32, against 32 connections to the PostgreSQL behind it, and the errors: none are
expected.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bench.redshift_latency import emulator_and_peer

IDLE, BUSY = 200, 32


@dataclass(frozen=True)
class Result:
    """Statements a second, and what failed."""

    rate: float
    peer_rate: float
    errors: list[str]


def run(seconds: float = 5.0) -> Result:
    with tempfile.TemporaryDirectory(prefix="dw-sim-bench-") as home:
        Path(home).chmod(0o755)
        with emulator_and_peer(home) as (mine, peer), ExitStack() as stack:
            errors: list[str] = []
            peer_rate = _rate(peer, seconds, errors)
            idle = [stack.enter_context(psycopg.connect(mine, autocommit=True)) for _ in range(IDLE)]
            rate = _rate(mine, seconds, errors)
            for connection in idle:
                _try(connection, "select 1", errors)
            return Result(rate, peer_rate, errors)


def _try(connection: psycopg.Connection[Any], statement: str, errors: list[str]) -> None:
    try:
        psycopg.ClientCursor(connection).execute(statement).fetchall()
    except psycopg.Error as error:
        errors.append(str(error))


def _rate(target: str, seconds: float, errors: list[str]) -> float:
    counts = [0] * BUSY
    with ExitStack() as stack:
        connections = [stack.enter_context(psycopg.connect(target, autocommit=True)) for _ in range(BUSY)]
        until = time.monotonic() + seconds

        def work(index: int) -> None:
            while time.monotonic() < until:
                _try(connections[index], f"select {counts[index]} + {index}", errors)
                counts[index] += 1

        threads = [threading.Thread(target=work, args=(index,)) for index in range(BUSY)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return sum(counts) / seconds


def main() -> None:
    result = run(float(sys.argv[1]) if len(sys.argv) > 1 else 5.0)
    print(f"{BUSY} busy beside {IDLE} idle connections: {result.rate:,.0f} statements/s", end=" ")
    print(
        f"against {result.peer_rate:,.0f}: {result.rate / result.peer_rate:.2f}x the speed; {len(result.errors)} errors"
    )
    for error in sorted(set(result.errors)):
        print(f"  {error}")


if __name__ == "__main__":
    main()
