"""Generation runs: made, recorded, and cleaned up after when they do not complete."""

from __future__ import annotations

import hashlib
import json
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from threading import Event as CancelEvent
from typing import TYPE_CHECKING, Literal

from dw_simulator.errors import Conflict, GenerationCancelled, NotFound
from dw_simulator.experiments.defects import write_report
from dw_simulator.experiments.locks import is_locked
from dw_simulator.experiments.run_files import RunFiles
from dw_simulator.experiments.schemas import DEFAULT_SEED, table_rows
from dw_simulator.experiments.staging import (
    ClusterSink,
    RunSink,
    RunStore,
    file_uri,
    needs_object_store,
    open_run_store,
)
from dw_simulator.experiments.stores import Stores
from dw_simulator.metadata import ExperimentRecord, FileRecord, GenerationRun, RunStatus
from dw_simulator.observability import logs, tracing
from dw_simulator.schema import Experiment

if TYPE_CHECKING:
    from dw_simulator.generator import GenerationPlan, Progress
    from dw_simulator.generator.runner import Done

Runner = Literal["local", "dask"]

TRACEBACK_CHARACTERS = 8_000


class Generating:
    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._staged = RunFiles(stores)

    def recover(self) -> list[GenerationRun]:
        """Mark runs whose process is gone as ABORTED. Returns what it marked.

        Called at every start. The files that they finished stay: the experiment's next run goes on with them, if it
        makes the same, and removes them otherwise.
        """
        marked = []
        for run in self._stores.runs.running():
            record = self._stores.experiments.get(run.experiment)
            if not is_locked(self._stores.settings.home, record.id):
                marked.append(self._abort_dead(record, run))
        return marked

    def _abort_dead(self, record: ExperimentRecord, run: GenerationRun) -> GenerationRun:
        message = "the process that ran it ended before it was done; the next run of the same kind keeps its files"
        self._stores.runs.add_event(record, "aborted", {"error": message, "rows": dict(run.target_rows)}, run.id)
        return self._stores.runs.finish(run, RunStatus.ABORTED, error=message)

    def plan(self, name: str, *, seed: int | None = None, rows: Mapping[str, int] | None = None) -> GenerationPlan:
        """What a run would make, checked but not made. Raises SchemaError, GenerationError, NotFound."""
        from dw_simulator.generator import build_plan

        experiment = self._stores.experiments.get(name).experiment
        overrides = table_rows(experiment, rows or {})
        chosen = seed if seed is not None else experiment.seed
        return build_plan(
            experiment, seed=DEFAULT_SEED if chosen is None else chosen, rows=overrides, pools=self._pools()
        )

    def plan_increment(self, name: str, days: int) -> GenerationPlan:
        """What the next ``days`` days would add to the newest completed run, checked but not made.

        Raises SchemaError, GenerationError, NotFound, and Conflict when another version has made that run.
        """
        record = self._stores.experiments.get(name)
        return self._increment(record, self._newest(record), days)

    def days_for(self, name: str, rows: int) -> int:
        """See :meth:`ExperimentService.days_for`."""
        from dw_simulator.generator import days_for_rows

        record = self._stores.experiments.get(name)
        last = self._newest(record)
        base = self._first(last).target_rows
        return days_for_rows(record.experiment, seed=last.seed, rows=base, covered=last.days, wanted=rows)

    def _increment(self, record: ExperimentRecord, last: GenerationRun, days: int) -> GenerationPlan:
        from dw_simulator.generator import build_plan

        here = version("dw-simulator")
        if last.version != here:
            raise Conflict(
                f"run {last.id} was made by dw-simulator {last.version or '(unknown)'}, and this is {here}: "
                "they need not make rows that go together",
                hint=f"append with that version, or begin again: dw-sim experiment generate {record.name}",
            )
        return build_plan(
            record.experiment,
            seed=last.seed,
            rows=self._first(last).target_rows,
            pools=self._pools(),
            covered=last.days,
            days=last.days + days,
        )

    def _first(self, run: GenerationRun) -> GenerationRun:
        """The run that all before it extend."""
        while run.extends is not None:
            run = self._stores.runs.get(run.extends)
        return run

    def _newest(self, record: ExperimentRecord) -> GenerationRun:
        run = self._stores.runs.latest_completed(record)
        if run is None:
            raise NotFound(
                f"experiment {record.name!r} has no completed generation run to add to",
                hint=f"generate first: dw-sim experiment generate {record.name}",
            )
        return run

    def _pools(self) -> Path:
        return self._stores.settings.home / "cache" / "faker"

    def generate(
        self,
        name: str,
        *,
        seed: int | None = None,
        rows: Mapping[str, int] | None = None,
        batch_rows: int | None = None,
        workers: int | None = None,
        runner: Runner | None = None,
        progress: Callable[[Progress], None] | None = None,
        cancel: CancelEvent | None = None,
        started: Callable[[GenerationRun], None] | None = None,
    ) -> GenerationRun:
        """See :meth:`ExperimentService.generate`."""
        options = _Options(batch_rows, workers, runner, progress, cancel, started)
        return self._make(name, lambda _: (self.plan(name, seed=seed, rows=rows), None), options)

    def append(
        self,
        name: str,
        days: int,
        *,
        batch_rows: int | None = None,
        workers: int | None = None,
        runner: Runner | None = None,
        progress: Callable[[Progress], None] | None = None,
        cancel: CancelEvent | None = None,
        started: Callable[[GenerationRun], None] | None = None,
    ) -> GenerationRun:
        """See :meth:`ExperimentService.append`."""
        if days < 1:
            raise ValueError(f"an increment is of 1 day or more, not of {days}")
        options = _Options(batch_rows, workers, runner, progress, cancel, started)

        def next_days(record: ExperimentRecord) -> tuple[GenerationPlan, GenerationRun | None]:
            last = self._newest(record)
            return self._increment(record, last, days), last

        return self._make(name, next_days, options)

    def _make(
        self,
        name: str,
        planned: Callable[[ExperimentRecord], tuple[GenerationPlan, GenerationRun | None]],
        options: _Options,
    ) -> GenerationRun:
        """Make a plan, and the run that it continues, once the experiment is locked; then make the run."""
        record = self._stores.ready(name)
        with (
            logs.bound(experiment=record.name),
            tracing.span("generate", {"dw_simulator.experiment": record.name}) as span,
            self._stores.locked(record, "generate"),
        ):
            plan, last = planned(record)
            runner = options.runner or self._stores.settings.generator.runner
            self._check_runner(runner, record.experiment)
            with closing(open_run_store(self._stores.settings, record.experiment)) as store:
                store.prepare()
                batch_rows = options.batch_rows or self._stores.settings.generator.batch_rows
                run, kept = self._begin(record, plan, store, batch_rows, last)
                span.set(
                    {"dw_simulator.run_id": run.id, "dw_simulator.seed": plan.seed, "dw_simulator.rows": plan.rows}
                )
                making = _Making(
                    batch_rows=batch_rows,
                    kept=kept,
                    workers=self._stores.settings.generator.workers if options.workers is None else options.workers,
                    runner=runner,
                    progress=options.progress,
                    cancel=options.cancel,
                    before={} if last is None else last.files,
                )
                if options.started is not None:
                    options.started(run)
                with logs.bound(run_id=run.id):
                    return self._run_generator(record, run, plan, store, making)

    def _begin(
        self,
        record: ExperimentRecord,
        plan: GenerationPlan,
        store: RunStore,
        batch_rows: int,
        last: GenerationRun | None,
    ) -> tuple[GenerationRun, Sequence[Done]]:
        """A run for ``plan`` that continues ``last``, and the files that it has already: those of one that was cut off,
        if it made the same.
        """
        for run in self._stores.runs.running():
            # With the experiment's lock held no other run of it can be alive.
            if run.experiment == record.name:
                self._abort_dead(record, run)
        extends = None if last is None else last.id
        recipe = self._recipe(record, plan, batch_rows, extends)
        resumed = self._stores.runs.resume(record, recipe)
        self._sweep(record)
        if resumed is not None:
            kept = _kept(store, resumed, plan, batch_rows)
            self._stores.runs.add_event(record, "resumed", {"files": len(kept), "rows": _rows(kept)}, resumed.id)
            return resumed, kept
        targets = {table.name: table.target_rows for table in plan.tables}
        started = self._stores.runs.start(
            record,
            seed=plan.seed,
            target_rows=targets,
            base_uri=store.base_uri,
            recipe=recipe,
            extends=extends,
            days=plan.days,
            version=version("dw-simulator"),
        )
        return started, ()

    def _recipe(self, record: ExperimentRecord, plan: GenerationPlan, batch_rows: int, extends: int | None) -> str:
        """What decides every byte of a run's files, as a digest."""
        made_of = {
            "schema": record.experiment.model_dump(mode="json"),
            "seed": plan.seed,
            "rows": {table.name: table.rows for table in plan.tables},
            "extends": extends,
            "batch_rows": batch_rows,
            "profile": self._stores.settings.generator.parquet_profile,
            "version": version("dw-simulator"),
        }
        return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()

    def _sweep(self, record: ExperimentRecord) -> None:
        """Remove the files of runs that did not complete and are not under way."""
        for run in self._stores.runs.of(record):
            if run.status not in (RunStatus.COMPLETED, RunStatus.RUNNING) and run.staged:
                self._staged.unstage_failed(record, run)

    def _run_generator(
        self,
        record: ExperimentRecord,
        run: GenerationRun,
        plan: GenerationPlan,
        store: RunStore,
        making: _Making,
    ) -> GenerationRun:
        sink = RunSink(store, run.location)
        for done in making.kept:
            sink.remember(done.task.table.name, done.task.index, done.task.lo, done.task.hi, done.uri, done.size)
        began = time.perf_counter()
        try:
            self._make_files(record, run, plan, sink, making)
            defects = write_report(store, run.location, plan, making.cancel)
        except BaseException as error:
            self._fail(record, run, error)
            raise
        new = {table.name: sink.files().get(table.name, []) for table in plan.tables}
        files = {table: [*making.before.get(table, []), *group] for table, group in new.items()}
        finished = self._stores.runs.finish(
            run, RunStatus.COMPLETED, files=files, timings={"generate": round(time.perf_counter() - began, 3)}
        )
        made = {
            "rows": {table: sum(file.rows for file in group) for table, group in new.items()},
            "bytes": sum(file.size for group in new.values() for file in group),
            "seconds": finished.timings["generate"],
            **({"defects": defects} if defects is not None else {}),
        }
        self._stores.runs.add_event(record, "generated", made, run.id)
        return finished

    def _make_files(
        self, record: ExperimentRecord, run: GenerationRun, plan: GenerationPlan, sink: RunSink, making: _Making
    ) -> None:
        from dw_simulator import generator

        settings = self._stores.settings.generator
        if making.runner == "local":
            generator.run(
                plan,
                sink,
                batch_rows=making.batch_rows,
                workers=making.workers,
                profile=settings.parquet_profile,
                progress=making.progress,
                cancel=making.cancel,
                kept=making.kept,
            )
            return
        from dw_simulator.generator.dask_runner import run_on_dask

        run_on_dask(
            record.experiment,
            plan,
            ClusterSink.of(self._stores.settings, run.location),
            batch_rows=making.batch_rows,
            scheduler=settings.dask_scheduler,
            workers=making.workers,
            profile=settings.parquet_profile,
            progress=making.progress,
            cancel=making.cancel,
            written=sink.remember,
            kept=making.kept,
        )

    def _check_runner(self, runner: Runner, experiment: Experiment) -> None:
        """Raises Conflict for an experiment whose files a cluster could not put where they belong."""
        if runner == "dask" and not needs_object_store(experiment):
            raise Conflict(
                f"experiment {experiment.name!r} is for SQLite only, so it is staged in a folder of this machine, which"
                " a Dask cluster does not reach",
                hint="add a warehouse to its target_warehouse, or generate it with --runner local",
            )

    def _fail(self, record: ExperimentRecord, run: GenerationRun, error: BaseException) -> None:
        """Mark the run and remove what it staged, whatever state the store is in."""
        stopped = isinstance(error, GenerationCancelled | KeyboardInterrupt)
        status = RunStatus.ABORTED if stopped else RunStatus.FAILED
        said = "interrupted" if isinstance(error, KeyboardInterrupt) else str(error) or type(error).__name__
        message = said + self._staged.unstage_failed(record, run)
        trace = "" if stopped else "".join(traceback.format_exception(error))[-TRACEBACK_CHARACTERS:]
        self._stores.runs.finish(run, status, error=message, traceback=trace or None)
        lost = {"error": message, "rows": dict(run.target_rows)}
        self._stores.runs.add_event(record, status.value.lower(), lost, run.id)


@dataclass(frozen=True, slots=True)
class _Making:
    """How a run is made."""

    batch_rows: int
    kept: Sequence[Done]
    workers: int
    runner: Runner
    progress: Callable[[Progress], None] | None
    cancel: CancelEvent | None
    before: Mapping[str, Sequence[FileRecord]]
    """the files of the run that it continues, by table"""


@dataclass(frozen=True, slots=True)
class _Options:
    """What a caller says of how a run is made; the settings say what it does not."""

    batch_rows: int | None
    workers: int | None
    runner: Runner | None
    progress: Callable[[Progress], None] | None
    cancel: CancelEvent | None
    started: Callable[[GenerationRun], None] | None


def _kept(store: RunStore, run: GenerationRun, plan: GenerationPlan, batch_rows: int) -> list[Done]:
    """The files of a run that are there, whole, and of the rows that they should have."""
    from dw_simulator.generator.runner import Done, tasks_of

    sizes = store.sizes_under(run.location)
    kept = []
    for task in tasks_of(plan, batch_rows):
        uri = file_uri(run.location, task.table.name, task.index)
        if uri in sizes and store.rows_of(uri) == task.hi - task.lo:
            kept.append(Done(task, uri, sizes[uri]))
    return kept


def _rows(kept: Sequence[Done]) -> int:
    return sum(done.task.hi - done.task.lo for done in kept)
