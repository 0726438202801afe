"""The standard job from schema to loaded warehouses: generate, stage, load Redshift and Snowflake side by side, count.

    python -m bench.end_to_end [FACTOR]

The limit is 15 seconds for 1M rows on 2 cores (FACTOR 1). Also prints how long the stack takes until all is healthy,
cold (empty home) and warm (limit 6 seconds).
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from bench.standard_job import experiment
from dw_simulator.experiments import ExperimentService
from dw_simulator.schema import Warehouse
from dw_simulator.testing.stack import RunningStack, start_stack

TARGETS = [Warehouse.REDSHIFT, Warehouse.SNOWFLAKE]
JOB_LIMIT = 15.0
START_LIMIT = 6.0


def run(factor: int = 1) -> None:
    with tempfile.TemporaryDirectory(prefix="dw-sim-bench-") as folder:
        cold, stack = _timed_start(Path(folder))
        stack.stop()
        warm, stack = _timed_start(Path(folder))
        try:
            _line("dw-sim up until all healthy, cold", cold)
            _line("dw-sim up until all healthy, warm", warm, START_LIMIT)
            _job(stack, factor)
        finally:
            stack.stop()


def _timed_start(folder: Path) -> tuple[float, RunningStack]:
    began = time.perf_counter()
    stack = start_stack(folder)
    return time.perf_counter() - began, stack


def _job(stack: RunningStack, factor: int) -> None:
    service = ExperimentService(stack.settings)
    began = time.perf_counter()
    service.create(experiment(factor).model_copy(update={"name": "bench", "target_warehouse": TARGETS}))
    generated = service.generate("bench")
    staged = time.perf_counter()
    report = service.load("bench")
    ended = time.perf_counter()
    if report.errors:
        raise report.errors[0]
    for warehouse in TARGETS:
        if service.row_counts("bench", warehouse) != dict(generated.row_counts):
            raise SystemExit(f"{warehouse} does not hold the generated rows")
    service.close()
    _line(f"generate and stage {generated.total_rows:,} rows", staged - began)
    for load in report.loads:
        _line(f"load {load.warehouse} ({load.total_rows / load.seconds:,.0f} rows/s)", load.seconds)
    _line("end to end", ended - began, JOB_LIMIT * factor)


def _line(name: str, seconds: float, limit: float | None = None) -> None:
    share = f"   {seconds / limit:.2f} of the limit of {limit:g} s" if limit else ""
    print(f"{name:<52} {seconds:7.2f} s{share}")


def main() -> None:
    run(int(sys.argv[1]) if len(sys.argv) > 1 else 1)


if __name__ == "__main__":
    main()
