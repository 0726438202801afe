"""Runs a plan: threads take batches in turn, compute and encode them, and hand the files to a sink.

Memory is bounded by one batch a thread: a thread takes its next batch only when the sink has accepted the last one.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from dw_simulator.errors import GenerationCancelled
from dw_simulator.generator import heap
from dw_simulator.generator.parquet import ParquetEncoder, Profile
from dw_simulator.generator.plan import GenerationPlan, TablePlan
from dw_simulator.generator.sinks import BatchSink, DiscardingSink
from dw_simulator.generator.spans import TableSpans

DEFAULT_BATCH_ROWS = 131_072


@dataclass(frozen=True)
class Progress:
    """A file is finished. Counts are rows so far and in all, of the table and of the whole run."""

    table: str
    table_rows_done: int
    table_rows: int
    rows_done: int
    rows: int
    uri: str

    @property
    def table_finished(self) -> bool:
        return self.table_rows_done == self.table_rows


@dataclass(frozen=True)
class TableReport:
    """What was written for one table; ``uris`` in the order of the rows."""

    name: str
    rows: int
    uris: tuple[str, ...]
    bytes: int


@dataclass(frozen=True)
class GenerationReport:
    """What a run wrote, and how long it took in seconds."""

    experiment: str
    seed: int
    batch_rows: int
    seconds: float
    tables: tuple[TableReport, ...]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

    @property
    def bytes(self) -> int:
        return sum(table.bytes for table in self.tables)

    @property
    def uris(self) -> dict[str, tuple[str, ...]]:
        """Files by table name."""
        return {table.name: table.uris for table in self.tables}


@dataclass(frozen=True)
class Task:
    """One file to make."""

    table: TablePlan
    index: int
    lo: int
    hi: int


@dataclass(frozen=True)
class Done:
    """One file that was made; ``size`` in bytes."""

    task: Task
    uri: str
    size: int


def run(
    plan: GenerationPlan,
    sink: BatchSink,
    *,
    batch_rows: int = DEFAULT_BATCH_ROWS,
    workers: int = 0,
    profile: Profile = "default",
    progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
    kept: Sequence[Done] = (),
) -> GenerationReport:
    """Generate every table of ``plan`` into ``sink``, one file a batch.

    ``workers`` threads (0: one a CPU). ``progress`` is called in the calling thread after each file. A table of 0 rows
    has no files. The files are the same for any number of workers. Those that are ``kept``, from a run that was cut
    off, are not made again.

    Raises:
        GenerationCancelled: ``cancel`` was set.
        GenerationError: a column could not be computed or a file not be written.
        Any error of the sink or of ``progress``, and KeyboardInterrupt, pass through. In every case the threads have
        ended and, if the sink has ``discard()``, what was written is removed before.
    """
    encoders = {table.name: ParquetEncoder(table.schema, profile) for table in plan.tables}

    def make(task: Task) -> Done:
        data = encoders[task.table.name].encode(task.table.batch(task.lo, task.hi))
        uri = sink.write(task.table.name, task.index, task.lo, task.hi, data)
        return Done(task, uri, data.size)

    try:
        return run_tasks(
            plan, make, batch_rows=batch_rows, workers=workers, progress=progress, cancel=cancel, kept=kept
        )
    except BaseException:
        if isinstance(sink, DiscardingSink):
            sink.discard()
        raise


def run_tasks(
    plan: GenerationPlan,
    make: Callable[[Task], Done],
    *,
    batch_rows: int = DEFAULT_BATCH_ROWS,
    workers: int = 0,
    progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
    kept: Sequence[Done] = (),
) -> GenerationReport:
    """As :func:`run`, with ``make``, which threads call, to compute a batch and put it where it belongs.

    Raises:
        As :func:`run`; nothing that was made is removed.
    """
    if batch_rows < 1:
        raise ValueError(f"batch_rows must be at least 1, got {batch_rows}")
    started = time.perf_counter()
    crew = _Crew(plan, make, missing_tasks(plan, batch_rows, kept))
    tally = Tally(plan, progress)
    with heap.kept():
        try:
            for done in kept:
                tally.add(done)
            crew.start(min(workers or os.cpu_count() or 1, max(crew.tasks, 1)))
            for done in crew.results(cancel):
                tally.add(done)
        finally:
            crew.stop()
    return tally.report(batch_rows, time.perf_counter() - started)


class _Crew:
    """The threads and what passes between them and the caller."""

    def __init__(self, plan: GenerationPlan, make: Callable[[Task], Done], tasks: Sequence[Task]) -> None:
        self._make = make
        self._todo = iter(tasks)
        self.tasks = len(tasks)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._results: queue.SimpleQueue[Done | BaseException] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._spans = TableSpans(plan, Counter(task.table.name for task in tasks))

    def start(self, count: int) -> None:
        for number in range(count):
            thread = threading.Thread(target=self._work, name=f"generate-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def results(self, cancel: threading.Event | None) -> Iterator[Done]:
        """Every finished task, in the order they finish.

        Raises:
            GenerationCancelled: ``cancel`` was set.
            The error of a thread.
        """
        missing = self.tasks
        while missing:
            if cancel is not None and cancel.is_set():
                raise GenerationCancelled("generation was cancelled")
            try:
                result = self._results.get(timeout=0.1)
            except queue.Empty:
                continue
            if isinstance(result, BaseException):
                raise result
            missing -= 1
            yield result

    def stop(self) -> None:
        """Let no thread begin another task, and wait for those they are at."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._spans.stop()

    def _work(self) -> None:
        try:
            while not self._stopping.is_set():
                with self._lock:
                    task = next(self._todo, None)
                if task is None:
                    return
                self._results.put(self._do(task))
        except BaseException as error:  # noqa: BLE001 - handed to the caller's thread, which raises it
            self._results.put(error)

    def _do(self, task: Task) -> Done:
        with self._spans.batch(task.table.name):
            done = self._make(task)
        self._spans.written(task.table.name, done.size)
        return done


def tasks_of(plan: GenerationPlan, batch_rows: int) -> Iterator[Task]:
    for table in plan.tables:
        for index, lo in enumerate(range(table.first, table.rows, batch_rows)):
            yield Task(table, index, lo, min(lo + batch_rows, table.rows))


def missing_tasks(plan: GenerationPlan, batch_rows: int, kept: Sequence[Done]) -> list[Task]:
    """The files that are still to be made."""
    there = {(done.task.table.name, done.task.index) for done in kept}
    return [task for task in tasks_of(plan, batch_rows) if (task.table.name, task.index) not in there]


@dataclass
class Tally:
    """Adds up results in the calling thread."""

    plan: GenerationPlan
    progress: Callable[[Progress], None] | None
    done: dict[str, list[Done]] = field(default_factory=dict)
    table_rows: dict[str, int] = field(default_factory=dict)
    rows: int = 0

    def add(self, result: Done) -> None:
        task = result.task
        self.done.setdefault(task.table.name, []).append(result)
        self.rows += task.hi - task.lo
        finished = self.table_rows.get(task.table.name, 0) + task.hi - task.lo
        self.table_rows[task.table.name] = finished
        if self.progress is not None:
            counts = (finished, task.table.new_rows, self.rows, self.plan.rows)
            self.progress(Progress(task.table.name, *counts, result.uri))

    def report(self, batch_rows: int, seconds: float) -> GenerationReport:
        tables = tuple(self._table(table) for table in self.plan.tables)
        return GenerationReport(self.plan.experiment, self.plan.seed, batch_rows, seconds, tables)

    def _table(self, table: TablePlan) -> TableReport:
        files = sorted(self.done.get(table.name, []), key=lambda done: done.task.index)
        return TableReport(table.name, table.new_rows, tuple(done.uri for done in files), sum(d.size for d in files))
