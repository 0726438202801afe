"""Every goal of the Redshift emulator's speed in one table, each against the PostgreSQL behind it.

    python -m bench redshift_goals
    python -m bench.redshift_goals [--calls N] [--rows N] [--scale N]

A ratio is taken in rounds that alternate, on one machine in one run, so that a busy machine slows both. The parts have
benchmarks of their own: redshift_latency, redshift_copy, redshift_connections, redshift_tpch. What pgbench measures is
not in the table: redshift_pgbench.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass

from bench import redshift_connections, redshift_copy, redshift_latency, redshift_tpch

TIME_GOAL, POINT_GOAL, FETCH_GOAL = 2.0, 0.5, 0.95


@dataclass(frozen=True)
class Line:
    name: str
    measured: str
    goal: str
    met: bool


def latency(calls: int, rows: int) -> Iterator[Line]:
    for result in redshift_latency.run(calls, rows):
        if result.goal == redshift_latency.NO_GOAL:
            measured, met = f"{1 / result.speed:.2f}x the time", True
        elif "time" in result.goal:
            measured, met = f"{1 / result.speed:.2f}x the time", 1 / result.speed <= TIME_GOAL
        else:
            needed = FETCH_GOAL if result.name.startswith("fetch") else POINT_GOAL
            measured, met = f"{result.speed:.2f}x the speed", result.speed >= needed
        yield Line(result.name, measured, result.goal, met)


def copying(rows: int) -> Iterator[Line]:
    for result in redshift_copy.run(rows):
        if result.name.startswith("UNLOAD"):
            rate = result.rows / result.seconds
            yield Line(result.name, f"{rate:,.0f} rows/s", result.goal, rate >= redshift_copy.UNLOAD_GOAL)
        else:
            yield Line(result.name, f"{result.ratio:.2f}x the speed", result.goal, result.ratio >= 1)


def connections() -> Line:
    result = redshift_connections.run()
    share = result.rate / result.peer_rate
    name = f"{redshift_connections.BUSY} busy, {redshift_connections.IDLE} idle connections"
    measured = f"{len(result.errors)} errors, {share:.2f}x the speed"
    return Line(name, measured, "no error", not result.errors)


def queries(scale: float) -> Iterator[Line]:
    goal = f"at most {redshift_tpch.RATIO_GOAL}x the time, {redshift_tpch.SECONDS_GOAL:g} s"
    for result in redshift_tpch.run(scale, 3, []):
        yield Line(f"TPC-H query {result.query}", str(result), goal, result.met)


def lines(calls: int, rows: int, scale: float) -> Iterator[Line]:
    yield from latency(calls, rows)
    yield connections()
    yield from copying(rows)
    yield from queries(scale)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=5000, help="statements of each kind (default: 5000)")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows to fetch, load and unload (default: 1000000)")
    parser.add_argument("--scale", type=float, default=0.1, help="of TPC-H's rows (default: 0.1)")
    options = parser.parse_args()
    print(f"{'':<36} {'measured':<44} {'goal':<32} on {os.cpu_count()} CPUs")
    for line in lines(options.calls, options.rows, options.scale):
        print(f"{line.name:<36} {line.measured:<44} {line.goal:<32} {'met' if line.met else 'NOT MET'}", flush=True)


if __name__ == "__main__":
    main()
