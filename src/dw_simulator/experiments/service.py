"""The use cases on experiments, shared by the command line and the API."""

from __future__ import annotations

import contextlib
import copy
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Event as CancelEvent
from typing import TYPE_CHECKING, Literal

from dw_simulator.config import Settings
from dw_simulator.config.targets import remote_targets
from dw_simulator.errors import (
    Conflict,
    DwSimulatorError,
    GenerationCancelled,
    NotFound,
    SchemaError,
    ServiceUnavailable,
)
from dw_simulator.experiments.guard import Guard, refuse
from dw_simulator.experiments.locks import experiment_lock, is_locked
from dw_simulator.experiments.staging import (
    ClusterSink,
    RunSink,
    RunStore,
    needs_object_store,
    open_run_store,
    run_store_of,
)
from dw_simulator.metadata import (
    Activity,
    ActivityRepository,
    ChangeRepository,
    Database,
    ExperimentOverview,
    ExperimentRecord,
    ExperimentRepository,
    ExperimentState,
    GenerationRun,
    JobRepository,
    LedgerFile,
    LoadedFileRepository,
    LoadedTable,
    RunRepository,
    RunStatus,
)
from dw_simulator.observability import logs, tracing
from dw_simulator.schema import Dialect, Experiment, Warehouse

if TYPE_CHECKING:
    from dw_simulator.experiments.incoming import IncomingFiles
    from dw_simulator.experiments.objects import Objects
    from dw_simulator.generator import GenerationPlan, Progress
    from dw_simulator.loader import LoadReport, Prefix, Retries, Running, WarehouseLoad
    from dw_simulator.warehouses.base import Adapter, LoadProgress, QueryResult

Runner = Literal["local", "dask"]
LoadStarted = Callable[[GenerationRun, Sequence[Warehouse]], None]

DEFAULT_SEED = 42
"""Seed of a run when neither the caller nor the experiment gives one: the same data every time."""

TRACEBACK_CHARACTERS = 8_000


class ExperimentService:
    """Create, generate, load, query, reset and delete experiments. One per process, safe to share by threads."""

    def __init__(self, settings: Settings, *, guard: Guard = refuse) -> None:
        self.settings = settings
        self._guard = guard
        self._database = Database(settings.metadata_path)
        self._experiments = ExperimentRepository(self._database)
        self._runs = RunRepository(self._database)
        self._activity = ActivityRepository(self._database)
        self._files = LoadedFileRepository(self._database)
        self.jobs = JobRepository(self._database)
        self.changes = ChangeRepository(self._database)
        self.recover()

    def close(self) -> None:
        self._database.close()

    def guarded_by(self, guard: Guard) -> ExperimentService:
        """This service with another guard; it shares everything else."""
        other = copy.copy(self)
        other._guard = guard
        return other

    def _ask(self, action: str, services: Iterable[str]) -> None:
        """Raises ConfirmationRequired when the action would touch a service elsewhere and the guard says no."""
        if targets := remote_targets(self.settings, services):
            self._guard(action, targets)

    def recover(self) -> list[GenerationRun]:
        """Mark runs whose process is gone as ABORTED and remove what they staged. Returns what it marked.

        Called at every start. Files that cannot be removed now (the store is down) go with the experiment's next run.
        """
        marked = []
        for run in self._runs.running():
            record = self._experiments.get(run.experiment)
            if not is_locked(self.settings.home, record.id):
                marked.append(self._abort_dead(record, run))
        return marked

    def _abort_dead(self, record: ExperimentRecord, run: GenerationRun) -> GenerationRun:
        message = "the process that ran it ended before it was done" + self._unstage_failed(record, run)
        self._runs.add_event(record, "aborted", {"error": message, "rows": dict(run.target_rows)}, run.id)
        return self._runs.finish(run, RunStatus.ABORTED, error=message)

    def _unstage_failed(self, record: ExperimentRecord, run: GenerationRun) -> str:
        """Remove the files of a run that did not complete. Returns a remark when they could not be removed."""
        try:
            self._delete_staged(record, run)
        except DwSimulatorError as error:
            return f"; its staged files under {run.location} could not be removed yet: {error}"
        self._runs.set_unstaged(run)
        return ""

    # --- create, look at --------------------------------------------------------------------------
    def create(self, experiment: Experiment) -> ExperimentRecord:
        """Check and store an experiment. Raises SchemaError (with every problem) and Conflict."""
        check_experiment(experiment)
        return self._experiments.add(experiment)

    def import_sql(
        self,
        sql: str,
        *,
        dialect: Dialect,
        name: str,
        surrogate_key: bool = True,
        target_warehouse: Sequence[Warehouse] | None = None,
        target_rows: int | None = None,
        dry_run: bool = False,
    ) -> Experiment:
        """Read DDL and store it as an experiment (unless ``dry_run``). Raises ImportSchemaError, SchemaError, Conflict.

        Without ``target_warehouse`` the experiment goes to the warehouse of its dialect (SQLite for ANSI).
        """
        from dw_simulator.schema.importers.ddl import read_ddl
        from dw_simulator.schema.reserved import quote_reserved

        experiment = read_ddl(sql, dialect=dialect, name=name, surrogate_key=surrogate_key)
        experiment = quote_reserved(self.retarget(experiment, target_warehouse, target_rows))
        if dry_run:
            check_experiment(experiment)
        else:
            self.create(experiment)
        return experiment

    @staticmethod
    def retarget(
        experiment: Experiment, target_warehouse: Sequence[Warehouse] | None, target_rows: int | None
    ) -> Experiment:
        """The experiment with other warehouses or row counts, where these are given."""
        changes: dict[str, object] = {}
        if target_warehouse:
            changes["target_warehouse"] = list(dict.fromkeys(target_warehouse))
        if target_rows is not None:
            changes["tables"] = [table.model_copy(update={"target_rows": target_rows}) for table in experiment.tables]
        return experiment.model_copy(update=changes) if changes else experiment

    def experiments(self) -> list[ExperimentRecord]:
        return self._experiments.all()

    def overviews(self) -> list[ExperimentOverview]:
        """All experiments as a list shows them, without reading their schemas."""
        return self._experiments.overviews()

    def overview(self, name: str) -> ExperimentOverview:
        return self._experiments.overview(name)

    def show(self, name: str) -> ExperimentRecord:
        return self._experiments.get(name)

    def runs(self, name: str) -> list[GenerationRun]:
        """The experiment's generation runs, newest first."""
        return self._runs.of(self._experiments.get(name))

    def activity(self) -> list[Activity]:
        """What was generated and loaded so far, also by experiments that are deleted."""
        return self._activity.totals()

    def run(self, run_id: int) -> GenerationRun:
        return self._runs.get(run_id)

    def loaded_tables(self, name: str) -> list[LoadedTable]:
        return self._experiments.loaded_tables(self._experiments.get(name))

    def found_files(self, name: str, warehouse: Warehouse) -> list[LedgerFile]:
        """The files that others made and a warehouse got, or that were set aside for it."""
        return list(self._files.found(self._experiments.get(name), warehouse).values())

    # --- generate ---------------------------------------------------------------------------------
    def plan(self, name: str, *, seed: int | None = None, rows: Mapping[str, int] | None = None) -> GenerationPlan:
        """What a run would make, checked but not made. Raises SchemaError, GenerationError, NotFound."""
        from dw_simulator.generator import build_plan

        experiment = self._experiments.get(name).experiment
        overrides = _table_rows(experiment, rows or {})
        chosen = seed if seed is not None else experiment.seed
        return build_plan(experiment, seed=DEFAULT_SEED if chosen is None else chosen, rows=overrides)

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
        """Generate every table and stage it as Parquet; on failure or cancellation nothing stays staged.

        ``batch_rows``, ``workers``, ``runner``: see the settings of the generator, which are used without them.
        ``started`` is called with the run as soon as it is recorded.

        Raises:
            NotFound: no such experiment, or ``rows`` names a table that it does not have.
            Conflict: another operation on the experiment is under way.
            SchemaError, GenerationError: the data cannot be made; nothing was started.
            StagingError, ServiceUnavailable: the staging store failed.
            GenerationCancelled: ``cancel`` was set.
        """
        record = self._ready(name)
        with (
            logs.bound(experiment=record.name),
            tracing.span("generate", {"dw_simulator.experiment": record.name}) as span,
            experiment_lock(self.settings.home, record.id, record.name, "generate"),
        ):
            plan = self.plan(name, seed=seed, rows=rows)
            runner = runner or self.settings.generator.runner
            self._check_runner(runner, record.experiment)
            with closing(open_run_store(self.settings, record.experiment)) as store:
                store.prepare()
                self._sweep(record)
                targets = {table.name: table.rows for table in plan.tables}
                run = self._runs.start(record, seed=plan.seed, target_rows=targets, base_uri=store.base_uri)
                span.set(
                    {"dw_simulator.run_id": run.id, "dw_simulator.seed": plan.seed, "dw_simulator.rows": plan.rows}
                )
                making = _Making(
                    batch_rows=batch_rows or self.settings.generator.batch_rows,
                    workers=self.settings.generator.workers if workers is None else workers,
                    runner=runner,
                    progress=progress,
                    cancel=cancel,
                )
                if started is not None:
                    started(run)
                with logs.bound(run_id=run.id):
                    return self._run_generator(record, run, plan, store, making)

    def _sweep(self, record: ExperimentRecord) -> None:
        """With the experiment's lock held: no other run can be alive, and none that failed may keep files."""
        for run in self._runs.of(record):
            if run.status is RunStatus.RUNNING:
                self._abort_dead(record, run)
            elif run.status is not RunStatus.COMPLETED and run.staged:
                self._unstage_failed(record, run)

    def _run_generator(
        self,
        record: ExperimentRecord,
        run: GenerationRun,
        plan: GenerationPlan,
        store: RunStore,
        making: _Making,
    ) -> GenerationRun:
        sink = RunSink(store, run.location)
        began = time.perf_counter()
        try:
            self._make_files(record, run, plan, sink, making)
        except BaseException as error:
            self._fail(record, run, error)
            raise
        files = {table.name: sink.files().get(table.name, []) for table in plan.tables}
        finished = self._runs.finish(
            run, RunStatus.COMPLETED, files=files, timings={"generate": round(time.perf_counter() - began, 3)}
        )
        made = {
            "rows": dict(finished.row_counts),
            "bytes": sum(file.size for group in finished.files.values() for file in group),
            "seconds": finished.timings["generate"],
        }
        self._runs.add_event(record, "generated", made, run.id)
        return finished

    def _make_files(
        self, record: ExperimentRecord, run: GenerationRun, plan: GenerationPlan, sink: RunSink, making: _Making
    ) -> None:
        from dw_simulator import generator

        settings = self.settings.generator
        if making.runner == "local":
            generator.run(
                plan,
                sink,
                batch_rows=making.batch_rows,
                workers=making.workers,
                profile=settings.parquet_profile,
                progress=making.progress,
                cancel=making.cancel,
            )
            return
        from dw_simulator.generator.dask_runner import run_on_dask

        run_on_dask(
            record.experiment,
            plan,
            ClusterSink.of(self.settings, run.location),
            batch_rows=making.batch_rows,
            scheduler=settings.dask_scheduler,
            workers=making.workers,
            profile=settings.parquet_profile,
            progress=making.progress,
            cancel=making.cancel,
            written=sink.remember,
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
        message = said + self._unstage_failed(record, run)
        trace = "" if stopped else "".join(traceback.format_exception(error))[-TRACEBACK_CHARACTERS:]
        self._runs.finish(run, status, error=message, traceback=trace or None)
        lost = {"error": message, "rows": dict(run.target_rows)}
        self._runs.add_event(record, status.value.lower(), lost, run.id)

    # --- load -------------------------------------------------------------------------------------
    def load(
        self,
        name: str,
        *,
        warehouses: Sequence[Warehouse] | None = None,
        run_id: int | None = None,
        progress: LoadProgress | None = None,
        started: LoadStarted | None = None,
        running: Running | None = None,
    ) -> LoadReport:
        """Load a completed run (the newest by default) into the experiment's warehouses, each whole or not at all.

        ``started`` is called once it is clear what is loaded where; ``running`` lets another thread cancel the load.

        Raises NotFound when there is no completed run, Conflict when the experiment is busy, and the first error of a
        warehouse when none could be loaded; else the report carries the errors.
        """
        report = self.load_each(
            name, warehouses=warehouses, run_id=run_id, progress=progress, started=started, running=running
        )
        failure = report.failure()
        if failure is not None and len(report.errors) == len(report.loads):
            raise failure
        return report

    def load_each(
        self,
        name: str,
        *,
        warehouses: Sequence[Warehouse] | None = None,
        run_id: int | None = None,
        progress: LoadProgress | None = None,
        started: LoadStarted | None = None,
        running: Running | None = None,
    ) -> LoadReport:
        """As :meth:`load`; the errors of warehouses are in the report, whatever their number."""
        from dw_simulator import loader
        from dw_simulator.warehouses.base import StagedFile

        record = self._ready(name)
        targets = self.confirm_load(name, warehouses)
        with (
            logs.bound(experiment=record.name),
            tracing.span("load", {"dw_simulator.experiment": record.name}) as span,
            experiment_lock(self.settings.home, record.id, record.name, "load"),
        ):
            run = self._run_to_load(record, run_id)
            span.set({"dw_simulator.run_id": run.id})
            if run.location.startswith("file:") and any(target is not Warehouse.SQLITE for target in targets):
                raise Conflict(
                    f"run {run.id} of experiment {name!r} was generated for SQLite only and is not in the object store",
                    hint="add the warehouse to the experiment's target_warehouse and generate again",
                )
            files = {
                table: [StagedFile(file.uri, file.rows, file.size) for file in group]
                for table, group in run.files.items()
            }
            if started is not None:
                started(run, targets)
            notes = _LoadNotes(self._experiments, self._runs, self._files, record, run)
            with logs.bound(run_id=run.id):
                return loader.load(
                    self.settings,
                    record.experiment,
                    files,
                    targets,
                    connect=notes.connect,
                    progress=progress,
                    done=notes.done,
                    running=running,
                )

    def confirm_load(self, name: str, warehouses: Sequence[Warehouse] | None = None) -> list[Warehouse]:
        """The warehouses that a load would go to. Raises ConfirmationRequired when the guard says no to one of them."""
        record = self._ready(name)
        targets = list(dict.fromkeys(warehouses or record.experiment.target_warehouse))
        self._ask(f"replace the tables of experiment {record.name!r}", _services(targets))
        return targets

    def newest_run(self, name: str, warehouse: Warehouse) -> tuple[GenerationRun | None, bool]:
        """The newest completed run of an experiment, and whether it, or one after it, was loaded there already."""
        record = self._experiments.get(name)
        run = self._runs.latest_completed(record)
        return run, run is not None and self._files.newest_run(record, warehouse) >= run.id

    def incoming(
        self,
        prefix: Prefix,
        *,
        names: Sequence[str] = (),
        warehouses: Sequence[Warehouse] | None = None,
        retries: Retries,
    ) -> IncomingFiles:
        """What loads the files that others put under a prefix; see :class:`IncomingFiles`."""
        from dw_simulator.experiments.incoming import IncomingFiles, Stores

        stores = Stores(self._experiments, self._runs, self._files)
        return IncomingFiles(self.settings, stores, prefix, names=names, warehouses=warehouses, retries=retries)

    def _run_to_load(self, record: ExperimentRecord, run_id: int | None) -> GenerationRun:
        run = self._runs.latest_completed(record) if run_id is None else self._runs.get(run_id)
        if run is None:
            raise NotFound(
                f"experiment {record.name!r} has no completed generation run",
                hint=f"generate first: dw-sim experiment generate {record.name}",
            )
        if run.experiment.lower() != record.name.lower():
            raise NotFound(f"run {run.id} belongs to experiment {run.experiment!r}, not to {record.name!r}")
        if run.status is not RunStatus.COMPLETED:
            raise Conflict(f"run {run.id} is {run.status}: only a completed run can be loaded")
        return run

    # --- query ------------------------------------------------------------------------------------
    def query(self, sql: str, warehouse: Warehouse, experiment: str | None = None) -> QueryResult:
        """Run one statement in a warehouse, with the experiment's tables in reach. Close the result when done.

        A statement that may change something counts as a destructive operation.
        """
        from dw_simulator.warehouses import connect

        name = self.check_query(sql, warehouse, experiment)
        span = tracing.start_span("query", {"dw_simulator.warehouse": str(warehouse)})
        with contextlib.ExitStack() as opened:
            opened.callback(span.end)
            with span.failing(), span.active():
                adapter: Adapter = connect(warehouse, self.settings)
                opened.callback(adapter.close)
                result = adapter.query(sql, name)
            result.on_close(opened.pop_all().close)
        return result

    def check_query(self, sql: str, warehouse: Warehouse, experiment: str | None) -> str | None:
        """What stands before every query. Returns the experiment's name as it is stored.

        Raises ConfirmationRequired for what may change a warehouse elsewhere, and NotFound for the experiment.
        """
        from dw_simulator.experiments.queries.statements import only_reads

        if remote_targets(self.settings, _services([warehouse])) and not only_reads(sql, warehouse):
            self._ask("run a statement that may change something", _services([warehouse]))
        return self._experiments.get(experiment).name if experiment else None

    def row_counts(self, name: str, warehouse: Warehouse) -> dict[str, int]:
        """Rows by table, counted in the warehouse now."""
        from dw_simulator.warehouses import connect

        adapter = connect(warehouse, self.settings)
        try:
            return adapter.row_counts(self._experiments.get(name).experiment)
        finally:
            adapter.close()

    # --- object store -----------------------------------------------------------------------------
    def objects(self) -> Objects:
        """What looks into the object store of the settings."""
        from dw_simulator.experiments.objects import Objects

        return Objects(self.settings)

    def delete_object(self, bucket: str, key: str) -> None:
        """Delete an object. Raises NotFound when there is none, and what :class:`Objects` raises."""
        self._ask(f"delete s3://{bucket}/{key}", ["s3"])
        self.objects().delete(bucket, key)

    # --- reset, delete ----------------------------------------------------------------------------
    def reset(self, name: str) -> dict[Warehouse, int]:
        """Empty the tables in every warehouse that holds them, and forget the runs with their staged files.

        All warehouses must answer before anything is emptied. Returns the number of tables emptied by warehouse.
        """
        record = self._ready(name)
        self._ask(f"empty the tables of experiment {record.name!r}", self._places(record))
        with experiment_lock(self.settings.home, record.id, record.name, "reset"):
            emptied: dict[Warehouse, int] = {}
            for warehouse, adapter in self._holders(record).items():
                self._files.forget_found(record, warehouse)
                try:
                    adapter.reset(record.experiment)
                finally:
                    adapter.close()
                emptied[warehouse] = len(record.experiment.tables)
                self._experiments.set_loaded(record, warehouse, {t.name: 0 for t in record.experiment.tables}, None)
            self._purge(record)
            self._runs.remove_all(record)
        return emptied

    def delete(self, name: str, *, purge_staging: bool = True) -> int:
        """Drop the experiment everywhere and forget it. Returns the number of physical tables dropped.

        Every warehouse that holds it must answer before anything is dropped. Should one fail half-way, the experiment
        stays in state DELETING, and deleting it again finishes the work.
        """
        record = self._experiments.get(name)
        self._ask(f"drop the tables of experiment {record.name!r}", self._places(record, staged=purge_staging))
        with experiment_lock(self.settings.home, record.id, record.name, "delete"):
            holders = self._holders(record)
            self._experiments.set_state(record, ExperimentState.DELETING)
            dropped = 0
            for warehouse, adapter in holders.items():
                self._files.forget_found(record, warehouse)
                try:
                    dropped += adapter.drop(record.name)
                finally:
                    adapter.close()
                self._experiments.forget_loaded(record, warehouse)
            if purge_staging:
                self._purge(record)
            self._experiments.remove(record)
        return dropped

    def _places(self, record: ExperimentRecord, *, staged: bool = True) -> list[str]:
        """The services that hold something of the experiment."""
        holders = _services(loaded.warehouse for loaded in self._experiments.loaded_tables(record))
        runs = [run for run in self._runs.of(record) if run.staged and run.location.startswith("s3:")]
        return [*holders, "s3"] if staged and runs else holders

    def _holders(self, record: ExperimentRecord) -> dict[Warehouse, Adapter]:
        """Connected adapters of the warehouses that hold the experiment; all of them, or an error and none."""
        from dw_simulator.warehouses import connect

        adapters: dict[Warehouse, Adapter] = {}
        try:
            for warehouse in dict.fromkeys(loaded.warehouse for loaded in self._experiments.loaded_tables(record)):
                adapters[warehouse] = connect(warehouse, self.settings)
                adapters[warehouse].ping()
        except BaseException:
            for adapter in adapters.values():
                adapter.close()
            raise
        return adapters

    def _purge(self, record: ExperimentRecord) -> None:
        """Delete the staged files of all runs."""
        for run in self._runs.of(record):
            if run.staged:
                self._delete_staged(record, run)

    def _delete_staged(self, record: ExperimentRecord, run: GenerationRun) -> None:
        with closing(run_store_of(self.settings, record.name, run.location)) as store:
            store.delete_under(run.location)

    def _ready(self, name: str) -> ExperimentRecord:
        record = self._experiments.get(name)
        if record.state is ExperimentState.DELETING:
            raise Conflict(
                f"experiment {record.name!r} is being deleted",
                hint=f"finish it with: dw-sim experiment delete {record.name}",
            )
        return record


def _services(warehouses: Iterable[Warehouse]) -> list[str]:
    """The services behind warehouses; SQLite is a file of ours."""
    return [warehouse.value for warehouse in warehouses if warehouse is not Warehouse.SQLITE]


@dataclass(frozen=True, slots=True)
class _Making:
    """How a run is made."""

    batch_rows: int
    workers: int
    runner: Runner
    progress: Callable[[Progress], None] | None
    cancel: CancelEvent | None


class _LoadNotes:
    """Keeps the metadata in step with a load, warehouse by warehouse, so that a load which is killed leaves no tables
    that nobody knows of: a warehouse counts as one that holds the experiment from before its first change on.
    """

    def __init__(
        self,
        experiments: ExperimentRepository,
        runs: RunRepository,
        files: LoadedFileRepository,
        record: ExperimentRecord,
        run: GenerationRun,
    ) -> None:
        self._experiments = experiments
        self._runs = runs
        self._files = files
        self._record = record
        self._run = run
        self._known = {loaded.warehouse for loaded in experiments.loaded_tables(record)}

    def connect(self, warehouse: Warehouse, settings: Settings) -> Adapter:
        from dw_simulator.warehouses import connect

        adapter = connect(warehouse, settings)
        if warehouse not in self._known:
            nothing = {table.name: 0 for table in self._record.experiment.tables}
            self._experiments.set_loaded(self._record, warehouse, nothing, None)
        self._files.forget_found(self._record, warehouse)
        return adapter

    def done(self, loaded: WarehouseLoad) -> None:
        if loaded.error is None:
            self._experiments.set_loaded(self._record, loaded.warehouse, loaded.rows, self._run.id)
            self._files.add(self._record, self._ledger(loaded.warehouse))
            data = {"warehouse": loaded.warehouse, "rows": loaded.total_rows, "seconds": round(loaded.seconds, 3)}
            self._runs.add_event(self._record, "loaded", data, self._run.id)
            return
        if loaded.warehouse not in self._known and not isinstance(loaded.error, ServiceUnavailable):
            self._experiments.forget_loaded(self._record, loaded.warehouse)
        failure = {"warehouse": loaded.warehouse, "error": str(loaded.error)}
        self._runs.add_event(self._record, "load_failed", failure, self._run.id)

    def _ledger(self, warehouse: Warehouse) -> Iterator[LedgerFile]:
        for table, files in self._run.files.items():
            for file in files:
                yield LedgerFile(
                    warehouse=warehouse,
                    table=table,
                    uri=file.uri,
                    etag="",
                    size=file.size,
                    run_id=self._run.id,
                    rows=file.rows,
                )


def check_experiment(experiment: Experiment) -> None:
    """Check that a schema is consistent and that its data can be made. Raises SchemaError with every problem.

    The second needs the generator, which alone knows the rules a `faker_rule` may name and the values they give.
    """
    from dw_simulator.generator import build_plan
    from dw_simulator.schema.validation import check

    check(experiment)
    build_plan(experiment, seed=DEFAULT_SEED)


def read_experiment(
    path: Path,
    *,
    name: str | None = None,
    target_warehouse: Sequence[Warehouse] | None = None,
    target_rows: int | None = None,
) -> Experiment:
    """Read a schema file (JSON or YAML) for :meth:`ExperimentService.create`. Raises ImportSchemaError, NotFound."""
    from dw_simulator.schema.importers import read_file

    if not path.exists():
        raise NotFound(f"there is no file {path}")
    experiment = read_file(path, name=name)
    return ExperimentService.retarget(experiment, target_warehouse, target_rows)


def _table_rows(experiment: Experiment, rows: Mapping[str, int]) -> dict[str, int]:
    """Row overrides by the tables' own spelling. Raises SchemaError for an unknown table."""
    found: dict[str, int] = {}
    for name, count in rows.items():
        table = experiment.table(name)
        if table is None:
            names = ", ".join(table.name for table in experiment.tables)
            raise SchemaError(f"experiment {experiment.name!r} has no table {name!r}", hint=f"its tables are: {names}")
        if count < 0:
            raise SchemaError(f"table {name!r} cannot have {count} rows", hint="give 0 or more")
        found[table.name] = count
    return found


__all__ = ["DEFAULT_SEED", "ExperimentService", "check_experiment", "needs_object_store", "read_experiment"]
