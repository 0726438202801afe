"""What the API itself costs: list and show of experiments, and the UI's start page, against its cheapest answer.

    python -m bench.api_overhead [EXPERIMENTS]

A stack with the API alone, and that many experiments of five tables (20). One client, one connection, one request at a
time. The limit of list and show is 5 ms at the median.
"""

from __future__ import annotations

import http.client
import statistics
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from bench.standard_job import experiment
from dw_simulator.experiments import ExperimentService
from dw_simulator.testing.stack import RunningStack, start_stack

LIMIT_MS = 5.0
WARM_UP, REQUESTS = 50, 500


def run(experiments: int = 20) -> None:
    with tempfile.TemporaryDirectory(prefix="dw-sim-bench-") as folder:
        stack = start_stack(Path(folder), services=("api",))
        try:
            with closing(ExperimentService(stack.settings)) as service:
                for number in range(experiments):
                    service.create(experiment(1).model_copy(update={"name": f"bench_{number}"}))
            _measure(stack, experiments)
        finally:
            stack.stop()


def _measure(stack: RunningStack, experiments: int) -> None:
    floor = _median_ms(stack, "/health")
    print(f"{'the cheapest answer, /health':<44} {floor:6.2f} ms")
    paths = {
        f"list {experiments} experiments": "/api/experiments",
        "show one": "/api/experiments/bench_0",
        "its runs": "/api/experiments/bench_0/runs",
    }
    for title, path in paths.items():
        taken = _median_ms(stack, path)
        print(f"{title:<44} {taken:6.2f} ms   {taken / floor:.1f} of it, {taken / LIMIT_MS:.2f} of the limit of 5 ms")
    taken = _median_ms(stack, "/", statuses=(200, 503))
    print(f"{'the start page of the UI':<44} {taken:6.2f} ms   {taken / floor:.1f} of it")


def _median_ms(stack: RunningStack, path: str, *, statuses: tuple[int, ...] = (200,)) -> float:
    api, taken = stack.settings.api, []
    with closing(http.client.HTTPConnection(api.host, api.port)) as connection:
        for _ in range(WARM_UP + REQUESTS):
            began = time.perf_counter()
            connection.request("GET", path, headers={"Accept": "text/html, application/json"})
            answer = connection.getresponse()
            answer.read()
            taken.append((time.perf_counter() - began) * 1000)
            if answer.status not in statuses:
                raise SystemExit(f"{path} answered {answer.status}")
    return statistics.median(taken[WARM_UP:])


def main() -> None:
    run(int(sys.argv[1]) if len(sys.argv) > 1 else 20)


if __name__ == "__main__":
    main()
