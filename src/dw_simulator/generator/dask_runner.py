"""Runs a plan on a Dask cluster: the same batches, the same bytes, made by as many machines as it has.

A task is text and numbers (the schema as JSON, the seed, the table, a range of rows): a worker builds the plan itself,
once, and writes its files where the sink says. So a task that Dask runs again, because a worker was lost, writes the
same file.

https://distributed.dask.org/en/stable/client.html
"""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from dw_simulator.errors import ConfigError, DwSimulatorError, GenerationCancelled, GenerationError, ServiceUnavailable
from dw_simulator.generator.parquet import ParquetEncoder, Profile
from dw_simulator.generator.plan import GenerationPlan, build_plan
from dw_simulator.generator.runner import Done, GenerationReport, Progress, Tally, Task, missing_tasks
from dw_simulator.schema import Experiment

if TYPE_CHECKING:
    from distributed import Client, Future

_CONNECT_SECONDS = 10
_AHEAD = 2
"""Tasks that each thread of the cluster has waiting besides the one it is at."""


class ClusterSink(Protocol):
    """Keeps finished files, from any worker: it can be pickled, and what it writes is within reach of all."""

    def write(self, table: str, index: int, lo: int, hi: int, data: pa.Buffer) -> str:
        """As :meth:`BatchSink.write`; writing the same file again is fine."""
        ...


@dataclass(frozen=True, slots=True)
class _Work:
    """What all tasks of a run have in common."""

    experiment: str
    seed: int
    rows: tuple[tuple[str, int], ...]
    days: int
    profile: Profile
    sink: ClusterSink
    version: str


def run_on_dask(
    experiment: Experiment,
    plan: GenerationPlan,
    sink: ClusterSink,
    *,
    batch_rows: int,
    scheduler: str | None = None,
    workers: int = 0,
    profile: Profile = "default",
    progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
    written: Callable[[str, int, int, int, str, int], None] = lambda *_: None,
    kept: Sequence[Done] = (),
) -> GenerationReport:
    """As :func:`dw_simulator.generator.run`, on the cluster of ``scheduler`` (``tcp://host:8786``).

    Without one, in a cluster of this process with ``workers`` threads (0: one a CPU). ``written`` is told of every
    file: table, index, first and last row, URI, bytes. When this ends, however it ends, no worker is at a task of the
    run.

    Raises:
        ConfigError: the extra ``dask`` is not installed.
        ServiceUnavailable: the scheduler does not answer (any more).
        GenerationCancelled: ``cancel`` was set.
        GenerationError: a batch could not be made; the cluster has no workers or another version of dw-simulator.
        Any error of the sink or of ``progress``, and KeyboardInterrupt, pass through.
    """
    started = time.perf_counter()
    work = _Work(
        experiment.model_dump_json(), plan.seed, tuple(plan.base.items()), plan.days, profile, sink,
        version("dw-simulator"),
    )  # fmt: skip
    tally = Tally(plan, progress)
    with _connected(scheduler, workers) as client, _translated(scheduler):
        crew = _Crew(client, work, iter(missing_tasks(plan, batch_rows, kept)), _threads(client))
        try:
            for done in kept:
                tally.add(done)
            for done in crew.results(cancel):
                task = done.task
                written(task.table.name, task.index, task.lo, task.hi, done.uri, done.size)
                tally.add(done)
        finally:
            crew.stop()
    return tally.report(batch_rows, time.perf_counter() - started)


class _Crew:
    """The tasks that the cluster has: no more than it is soon to be at, so that stopping means waiting for little."""

    def __init__(self, client: Client, work: _Work, todo: Iterator[Task], threads: int) -> None:
        self._client = client
        self._work = work
        self._todo = todo
        self._most = threads * (1 + _AHEAD)
        self._pending: dict[Future, Task] = {}
        self._ended: queue.SimpleQueue[Future] = queue.SimpleQueue()

    def results(self, cancel: threading.Event | None) -> Iterator[Done]:
        self._fill()
        while self._pending:
            if cancel is not None and cancel.is_set():
                raise GenerationCancelled("generation was cancelled")
            try:
                future = self._ended.get(timeout=0.1)
            except queue.Empty:
                continue
            task = self._pending.pop(future)
            uri, size = future.result()
            self._fill()
            yield Done(task, uri, size)

    def _fill(self) -> None:
        while len(self._pending) < self._most and (task := next(self._todo, None)) is not None:
            future = self._client.submit(
                _make, self._work, task.table.name, task.index, task.lo, task.hi, pure=False, retries=0
            )
            self._pending[future] = task
            future.add_done_callback(self._ended.put)

    def stop(self) -> None:
        """Wait for the tasks that the cluster has: one that is cancelled would go on, and write its file later."""
        while self._pending and self._client.status == "running":
            try:
                self._pending.pop(self._ended.get(timeout=0.1), None)
            except queue.Empty:
                continue


def _make(work: _Work, table: str, index: int, lo: int, hi: int) -> tuple[str, int]:
    """On a worker: make one file. Returns its URI and bytes."""
    here = version("dw-simulator")
    if here != work.version:
        raise GenerationError(
            f"a Dask worker has dw-simulator {here}, and this is {work.version}: they need not make the same data",
            hint="install the same version everywhere",
        )
    plan, encoders = _planned(work.experiment, work.seed, work.rows, work.days, work.profile)
    data = encoders[table].encode(plan.table(table).batch(lo, hi))
    return work.sink.write(table, index, lo, hi, data), data.size


@lru_cache(maxsize=4)
def _planned(
    experiment: str, seed: int, rows: tuple[tuple[str, int], ...], days: int, profile: Profile
) -> tuple[GenerationPlan, dict[str, ParquetEncoder]]:
    plan = build_plan(Experiment.model_validate_json(experiment), seed=seed, rows=dict(rows), days=days)
    return plan, {table.name: ParquetEncoder(table.schema, profile) for table in plan.tables}


# --- the cluster ------------------------------------------------------------------------------------------------------
@contextmanager
def _connected(scheduler: str | None, workers: int) -> Iterator[Client]:
    try:
        from distributed import Client
    except ImportError as error:
        raise ConfigError(
            "the package distributed is not installed", hint="pip install 'dw-simulator[dask]'"
        ) from error
    options: dict[str, Any] = {"address": scheduler, "timeout": _CONNECT_SECONDS}
    if scheduler is None:
        options = {
            "processes": False,
            "n_workers": 1,
            "threads_per_worker": workers or os.cpu_count() or 1,
            "dashboard_address": "127.0.0.1:0",
            "silence_logs": logging.CRITICAL,  # the error of a task is raised here, with its traceback
        }
    try:
        client = Client(**options, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ServiceUnavailable(
            "dask", scheduler or "this process", reason=str(error), hint="check generator.dask_scheduler"
        ) from error
    with client:
        yield client


def _threads(client: Client) -> int:
    """The threads of all workers; those that come later get their share when a task ends."""
    threads = int(sum(client.nthreads().values()))
    if not threads:
        raise GenerationError("the Dask cluster has no workers", hint="start some: dask worker tcp://SCHEDULER:8786")
    return threads


@contextmanager
def _translated(scheduler: str | None) -> Iterator[None]:
    """Dask's own errors as ours."""
    from distributed import KilledWorker
    from distributed.comm import CommClosedError

    try:
        yield
    except (DwSimulatorError, GeneratorExit):
        raise
    except KilledWorker as error:
        raise GenerationError(f"Dask workers were lost, each at the same batch: {error}", hint=_MEMORY) from error
    except ImportError as error:
        raise GenerationError(
            f"the Dask workers cannot import what is needed: {error}", hint="install dw-simulator on the workers"
        ) from error
    except (CommClosedError, CancelledError, TimeoutError) as error:
        address = scheduler or "this process"
        raise ServiceUnavailable("dask", address, reason=str(error) or "it was lost", hint=_LOST) from error


_MEMORY = "give the workers more memory, or make fewer rows a file: generator.batch_rows"
_LOST = "look at the scheduler's log, and generate again"
