"""Loads of completed runs into warehouses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from dw_simulator.config import Settings
from dw_simulator.errors import Conflict, NotFound, ServiceUnavailable
from dw_simulator.experiments.adding import Added
from dw_simulator.experiments.loading_ledger import ledger
from dw_simulator.experiments.stores import Ask, Stores, services
from dw_simulator.metadata import ExperimentRecord, GenerationRun, RunStatus
from dw_simulator.observability import logs, tracing
from dw_simulator.schema import Warehouse

if TYPE_CHECKING:
    from dw_simulator.loader import LoadReport, Running, WarehouseLoad
    from dw_simulator.warehouses.base import Adapter, LoadProgress, StagedFile

LoadStarted = Callable[[GenerationRun, Mapping[Warehouse, Mapping[str, int]]], None]
"""Told the run, and the rows that are about to go into each table of each warehouse."""


class Loading:
    def __init__(self, stores: Stores, ask: Ask) -> None:
        self._stores = stores
        self._ask = ask

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
        """See :meth:`.ExperimentService.load_each`."""
        from dw_simulator import loader

        record = self._stores.ready(name)
        targets = self.confirm(name, warehouses)
        with (
            logs.bound(experiment=record.name),
            tracing.span("load", {"dw_simulator.experiment": record.name}) as span,
            self._stores.locked(record, "load"),
        ):
            run = self._run_to_load(record, run_id)
            span.set({"dw_simulator.run_id": run.id})
            if run.location.startswith("file:") and any(target is not Warehouse.SQLITE for target in targets):
                raise Conflict(
                    f"run {run.id} of experiment {name!r} was generated for SQLite only and is not in the object store",
                    hint="add the warehouse to the experiment's target_warehouse and generate again",
                )
            added = Added(self._stores, record, self._chain(run))
            behind = added.behind(targets)
            if started is not None:
                started(run, {warehouse: added.rows_after(behind.get(warehouse)) for warehouse in targets})
            with logs.bound(run_id=run.id):
                return self._load(record, added, behind, targets, progress, running or loader.Running())

    def _load(
        self,
        record: ExperimentRecord,
        added: Added,
        behind: dict[Warehouse, int],
        targets: Sequence[Warehouse],
        progress: LoadProgress | None,
        running: Running,
    ) -> LoadReport:
        """Load the run that all others extend where none of them is loaded, then what the others add, one by one."""
        from dw_simulator import loader

        chain = added.chain
        whole = [warehouse for warehouse in targets if warehouse not in behind]
        report = loader.LoadReport((), 0.0)
        if whole:
            notes = _LoadNotes(self._stores, record, chain[0])
            report = loader.load(
                self._stores.settings,
                record.experiment,
                _staged(chain[0]),
                whole,
                connect=notes.connect,
                progress=progress,
                done=notes.done,
                running=running,
            )
        if len(chain) == 1:
            return report
        for one in report.loads:
            if one.error is None:
                behind[one.warehouse] = 0
        failed = tuple(one for one in report.loads if one.error is not None)
        more = added.load(behind, progress, running)
        loads = {one.warehouse: one for one in (*failed, *more.loads)}
        return loader.LoadReport(tuple(loads[warehouse] for warehouse in targets), report.seconds + more.seconds)

    def _chain(self, run: GenerationRun) -> list[GenerationRun]:
        """The run and those that it extends, the first one first."""
        chain = [run]
        while (before := chain[0].extends) is not None:
            chain.insert(0, self._stores.runs.get(before))
        return chain

    def confirm(self, name: str, warehouses: Sequence[Warehouse] | None = None) -> list[Warehouse]:
        """The warehouses that a load would go to. Raises ConfirmationRequired when the guard says no to one of them."""
        record = self._stores.ready(name)
        targets = list(dict.fromkeys(warehouses or record.experiment.target_warehouse))
        self._ask(f"replace the tables of experiment {record.name!r}", services(targets))
        return targets

    def _run_to_load(self, record: ExperimentRecord, run_id: int | None) -> GenerationRun:
        run = self._stores.runs.latest_completed(record) if run_id is None else self._stores.runs.get(run_id)
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


class _LoadNotes:
    """Keeps the metadata in step with a load, warehouse by warehouse, so that a load which is killed leaves no tables
    that nobody knows of: a warehouse counts as one that holds the experiment from before its first change on.
    """

    def __init__(
        self,
        stores: Stores,
        record: ExperimentRecord,
        run: GenerationRun,
    ) -> None:
        self._experiments = stores.experiments
        self._runs = stores.runs
        self._files = stores.files
        self._record = record
        self._run = run
        self._known = {loaded.warehouse for loaded in stores.experiments.loaded_tables(record)}

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
            self._files.add(self._record, ledger(self._run, self._run.files, loaded.warehouse))
            data = {"warehouse": loaded.warehouse, "rows": loaded.total_rows, "seconds": round(loaded.seconds, 3)}
            self._runs.add_event(self._record, "loaded", data, self._run.id)
            return
        if loaded.warehouse not in self._known and not isinstance(loaded.error, ServiceUnavailable):
            self._experiments.forget_loaded(self._record, loaded.warehouse)
        failure = {"warehouse": loaded.warehouse, "error": str(loaded.error)}
        self._runs.add_event(self._record, "load_failed", failure, self._run.id)


def _staged(run: GenerationRun) -> dict[str, list[StagedFile]]:
    from dw_simulator.warehouses.base import StagedFile

    return {table: [StagedFile(file.uri, file.rows, file.size) for file in group] for table, group in run.files.items()}
