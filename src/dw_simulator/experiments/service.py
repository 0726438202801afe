"""The use cases on experiments, shared by the command line and the API.

One face; behind it a module for each: :mod:`.schemas`, :mod:`.generating`, :mod:`.loading`, :mod:`.verifying`,
:mod:`.removing`, :mod:`.queries`.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from threading import Event as CancelEvent
from typing import TYPE_CHECKING

from dw_simulator.config import Settings
from dw_simulator.config.targets import remote_targets
from dw_simulator.errors import DwSimulatorError
from dw_simulator.experiments import schemas
from dw_simulator.experiments.defects import Defects
from dw_simulator.experiments.generating import TRACEBACK_CHARACTERS, Generating, Runner
from dw_simulator.experiments.guard import Guard, refuse
from dw_simulator.experiments.loading import Loading, LoadStarted
from dw_simulator.experiments.removing import Removing
from dw_simulator.experiments.schemas import DEFAULT_SEED, check_experiment, read_experiment
from dw_simulator.experiments.staging import needs_object_store
from dw_simulator.experiments.stores import Stores, services
from dw_simulator.experiments.verifying import Rows, Verifying
from dw_simulator.metadata import (
    Activity,
    Database,
    ExperimentOverview,
    ExperimentRecord,
    GenerationRun,
    LedgerFile,
    LoadedTable,
    QueryHistory,
    SavedQueries,
)
from dw_simulator.observability import tracing
from dw_simulator.schema import Dialect, Experiment, Warehouse

if TYPE_CHECKING:
    import pyarrow as pa

    from dw_simulator.experiments.incoming import IncomingFiles
    from dw_simulator.experiments.objects import Objects
    from dw_simulator.experiments.verification.report import VerifyReport
    from dw_simulator.experiments.verification.run import Stopper, VerifyProgress
    from dw_simulator.generator import GenerationPlan, Progress
    from dw_simulator.loader import LoadReport, Prefix, Retries, Running
    from dw_simulator.warehouses.base import Adapter, LoadProgress, QueryResult


class ExperimentService:
    """Create, generate, load, query, reset and delete experiments. One per process, safe to share by threads."""

    def __init__(self, settings: Settings, *, guard: Guard = refuse) -> None:
        self.settings = settings
        self._guard = guard
        self._database = Database(settings.metadata_path)
        self._stores = Stores.over(settings, self._database)
        self._experiments = self._stores.experiments
        self._runs = self._stores.runs
        self._activity = self._stores.activity
        self._files = self._stores.files
        self.jobs = self._stores.jobs
        self.changes = self._stores.changes
        self.query_history = QueryHistory(self._database)
        self.saved_queries = SavedQueries(self._database)
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
        return Generating(self._stores).recover()

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
        imported = schemas.interpret_sql(
            sql,
            dialect=dialect,
            name=name,
            surrogate_key=surrogate_key,
            target_warehouse=target_warehouse,
            target_rows=target_rows,
        )
        if not dry_run:
            self.store(imported.experiment)
        return imported.experiment

    def store(self, experiment: Experiment) -> ExperimentRecord:
        """Store an experiment that is checked already. Raises Conflict."""
        return self._experiments.add(experiment)

    retarget = staticmethod(schemas.retarget)

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
        return Generating(self._stores).plan(name, seed=seed, rows=rows)

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
        return Generating(self._stores).generate(
            name,
            seed=seed,
            rows=rows,
            batch_rows=batch_rows,
            workers=workers,
            runner=runner,
            progress=progress,
            cancel=cancel,
            started=started,
        )

    def plan_increment(self, name: str, days: int) -> GenerationPlan:
        """What :meth:`append` would make, checked but not made. Raises what it raises before it begins."""
        return Generating(self._stores).plan_increment(name, days)

    def days_for(self, name: str, rows: int) -> int:
        """The fewest days that :meth:`append` is to add so that all tables together get at least ``rows`` new rows.

        Raises:
            NotFound: no such experiment, or it has no completed run.
            SchemaError: no table grows, or not by so many rows.
        """
        return Generating(self._stores).days_for(name, rows)

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
        """Generate the rows that the next ``days`` days add to the newest completed run, as a run that extends it.

        The rows that are there stay as they are. The run's files are those of the run before and the new ones, so that
        a load of it brings a warehouse up to date. For the other arguments see :meth:`generate`.

        Raises:
            NotFound: no such experiment, or it has no completed run.
            SchemaError: no table grows, not for so many days, or by a rule that no increment can keep.
            Conflict: another version of dw-simulator has made the run that would be added to.
            Conflict, GenerationError, StagingError, ServiceUnavailable, GenerationCancelled: as :meth:`generate`.
        """
        return Generating(self._stores).append(
            name,
            days,
            batch_rows=batch_rows,
            workers=workers,
            runner=runner,
            progress=progress,
            cancel=cancel,
            started=started,
        )

    def defects(self, name: str, *, run_id: int | None = None, tables: Sequence[str] = ()) -> Iterator[pa.Table]:
        """The defects that were put into a completed run (the newest by default), a part at a time; see
        :data:`dw_simulator.generator.defects.report.SCHEMA`.

        Raises NotFound when there is no such run or table, Conflict when the run did not complete.
        """
        return Defects(self._stores).parts(name, run_id, tables)

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
        return Loading(self._stores, self._ask).load(
            name, warehouses=warehouses, run_id=run_id, progress=progress, started=started, running=running
        )

    def confirm_load(self, name: str, warehouses: Sequence[Warehouse] | None = None) -> list[Warehouse]:
        """The warehouses that a load would go to. Raises ConfirmationRequired when the guard says no to one of them."""
        return Loading(self._stores, self._ask).confirm(name, warehouses)

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
        from dw_simulator.experiments.incoming import IncomingFiles

        return IncomingFiles(self.settings, self._stores, prefix, names=names, warehouses=warehouses, retries=retries)

    # --- verify -----------------------------------------------------------------------------------
    def verify(self, name: str, *, warehouses: Sequence[Warehouse] | None = None) -> VerifyReport:
        """Check in the warehouses (all that hold the experiment by default) what the schema promises.

        Raises NotFound when it is not loaded there, Conflict when the experiment is busy, and the first error of a
        warehouse when none could be checked; else the report carries the errors.
        """
        report, errors = self.verify_each(name, warehouses=warehouses)
        if len(errors) == len(report.warehouses):
            raise errors[0]
        return report

    def verify_each(
        self,
        name: str,
        *,
        warehouses: Sequence[Warehouse] | None = None,
        progress: VerifyProgress | None = None,
        started: Callable[[Rows], None] | None = None,
        stopper: Stopper | None = None,
    ) -> tuple[VerifyReport, list[DwSimulatorError]]:
        """As :meth:`verify`; the errors of warehouses are given beside the report.

        ``started`` is called with the rows by table that each warehouse should hold; ``stopper`` lets another thread
        stop the checks, which raises QueryCancelled.
        """
        return Verifying(self._stores).verify(
            name, warehouses=warehouses, progress=progress, started=started, stopper=stopper
        )

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

        if remote_targets(self.settings, services([warehouse])) and not only_reads(sql, warehouse):
            self._ask("run a statement that may change something", services([warehouse]))
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
        return Removing(self._stores, self._ask).reset(name)

    def delete(self, name: str, *, purge_staging: bool = True) -> int:
        """Drop the experiment everywhere and forget it. Returns the number of physical tables dropped.

        Every warehouse that holds it must answer before anything is dropped. Should one fail half-way, the experiment
        stays in state DELETING, and deleting it again finishes the work.
        """
        return Removing(self._stores, self._ask).delete(name, purge_staging=purge_staging)


__all__ = [
    "DEFAULT_SEED",
    "TRACEBACK_CHARACTERS",
    "ExperimentService",
    "check_experiment",
    "needs_object_store",
    "read_experiment",
]
