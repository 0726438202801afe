"""The loader job: loads what is staged and not loaded yet, once or for as long as it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dw_simulator.config.targets import remote_targets
from dw_simulator.errors import Busy, DwSimulatorError, NotFound
from dw_simulator.experiments.guard import Guard, allow
from dw_simulator.experiments.incoming import IncomingFiles
from dw_simulator.experiments.load_items import LoadItem, LoadState, OnRetry, Report, RetryNotice, Totals
from dw_simulator.experiments.service import ExperimentService
from dw_simulator.loader import Prefix, Retries, is_transient
from dw_simulator.metadata import ExperimentRecord, ExperimentState, GenerationRun
from dw_simulator.schema import Warehouse
from dw_simulator.warehouses.base import TableLoaded


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """What a loader looks at: the experiments named (all without names), in their target warehouses or in those given;
    completed ``runs``, and files under ``prefix``."""

    names: Sequence[str] = ()
    warehouses: Sequence[Warehouse] | None = None
    runs: bool = True
    prefix: Prefix | None = None


class LoadJob:
    """:meth:`run_pass` loads what is new. ``watching``: it is called again and again, so what is there already is not
    reported, a failure is reported once, and what was set aside stays so until it changes."""

    def __init__(
        self,
        service: ExperimentService,
        plan: LoadPlan,
        *,
        watching: bool,
        guard: Guard,
        report: Report,
        on_retry: OnRetry,
        check_stop: Callable[[], None] = lambda: None,
    ) -> None:
        """``check_stop`` raises when the job is to stop: it is called between steps, and before an error is believed.

        Raises NotFound for a name that is no experiment's, and what ``guard`` raises for warehouses elsewhere.
        """
        self._settings = service.settings
        self._plan = plan
        self._watching = watching
        self._report = report
        self._on_retry = on_retry
        self._check_stop = check_stop
        self._retries = Retries.of(service.settings.loader, check_stop)
        self._names = [service.show(name).name for name in plan.names]
        self._confirm(service, guard)
        self._service = service.guarded_by(allow)
        self._failed_runs: set[tuple[int, Warehouse]] = set()
        self._incoming: IncomingFiles | None = None
        if plan.prefix is not None:
            self._incoming = self._service.incoming(
                plan.prefix, names=self._names, warehouses=plan.warehouses, retries=self._retries
            )

    def close(self) -> None:
        if self._incoming is not None:
            self._incoming.close()

    def _confirm(self, service: ExperimentService, guard: Guard) -> None:
        """Ask once, before anything is loaded, about the warehouses that are not on this machine."""
        plan = self._plan
        warehouses = set(plan.warehouses or Warehouse)
        if plan.warehouses is None and not self._watching:
            records = [record for record in service.experiments() if not self._names or record.name in self._names]
            warehouses = {warehouse for record in records for warehouse in record.experiment.target_warehouse}
        services = sorted(warehouse.value for warehouse in warehouses - {Warehouse.SQLITE})
        if targets := remote_targets(service.settings, services):
            guard("load experiments", targets)

    def run_pass(self) -> Totals:
        """One look at everything. Errors are reported with what they hit; those of the object store are raised."""
        try:
            return self._pass()
        finally:
            self._check_stop()

    def _pass(self) -> Totals:
        began = time.perf_counter()
        totals = Totals()

        def report(item: LoadItem) -> None:
            totals.add([item])
            self._report(item)

        if self._plan.runs:
            for record in self._records():
                self._check_stop()
                _RunLoads(self, record, report).load_new()
        if self._incoming is not None:
            self._incoming.load_new(report, self._on_retry, again=not self._watching)
        totals.seconds = time.perf_counter() - began
        return totals

    def _records(self) -> list[ExperimentRecord]:
        """The experiments to look at; those that are being deleted have nothing to load."""
        return [
            record
            for record in self._service.experiments()
            if record.state is ExperimentState.READY and (not self._names or record.name in self._names)
        ]


@dataclass(slots=True)
class _RunLoads:
    """Loads the newest completed run of one experiment where it, or one after it, was not loaded yet."""

    job: LoadJob
    record: ExperimentRecord
    report: Report
    seconds: dict[tuple[Warehouse, str], float] = field(default_factory=dict)

    def load_new(self) -> None:
        job = self.job
        targets = list(dict.fromkeys(job._plan.warehouses or self.record.experiment.target_warehouse))
        newest = {warehouse: job._service.newest_run(self.record.name, warehouse) for warehouse in targets}
        run = next(iter(newest.values()))[0]
        if run is None:
            self._say_nothing_generated()
            return
        loaded = [warehouse for warehouse, (_, there) in newest.items() if there]
        pending = [warehouse for warehouse in targets if warehouse not in loaded]
        if not job._watching:
            for warehouse in loaded:
                self._say_tables(run, warehouse, LoadState.SKIPPED)
        pending = [warehouse for warehouse in pending if (run.id, warehouse) not in job._failed_runs]
        if run.location.startswith("file:"):  # in no object store: the others' failure is not SQLite's
            self._load(run, [warehouse for warehouse in pending if warehouse is not Warehouse.SQLITE])
            pending = [warehouse for warehouse in pending if warehouse is Warehouse.SQLITE]
        self._load(run, pending)

    def _say_nothing_generated(self) -> None:
        """An experiment without data is worth a word only to who has named it."""
        if self.job._names and not self.job._watching and self.job._incoming is None:
            error = NotFound(
                f"experiment {self.record.name!r} has no completed generation run",
                hint=f"generate first: dw-sim experiment generate {self.record.name}",
            )
            self.report(LoadItem(self.record.name, None, None, "", LoadState.FAILED, error=error))

    def _load(self, run: GenerationRun, pending: list[Warehouse]) -> None:
        waits = self.job._retries.waits()
        while pending:
            failed = self._attempt(run, pending)
            self.job._check_stop()
            passing = [warehouse for warehouse, error in failed.items() if is_transient(error)]
            wait = next(waits, None) if passing else None
            for warehouse, error in failed.items():
                if wait is None or warehouse not in passing:
                    self._failed(run, warehouse, error)
            if wait is None:
                return
            for warehouse in passing:
                self.job._on_retry(RetryNotice(self.record.name, warehouse, failed[warehouse], wait))
            time.sleep(wait)
            pending = passing

    def _attempt(self, run: GenerationRun, pending: list[Warehouse]) -> dict[Warehouse, DwSimulatorError]:
        """Load into these warehouses; the errors of those that failed."""
        try:
            report = self.job._service.load_each(
                self.record.name, warehouses=pending, run_id=run.id, progress=self._progress
            )
        except DwSimulatorError as error:
            return dict.fromkeys(pending, error)
        failed = {}
        for one in report.loads:
            if one.error is None:
                self._say_tables(run, one.warehouse, LoadState.LOADED)
            else:
                failed[one.warehouse] = one.error
        return failed

    def _progress(self, loaded: TableLoaded) -> None:
        self.seconds[loaded.warehouse, loaded.table] = loaded.seconds

    def _failed(self, run: GenerationRun, warehouse: Warehouse, error: DwSimulatorError) -> None:
        """Report it. A watcher tries a run again only if the reason may pass by itself."""
        if self.job._watching and isinstance(error, Busy | NotFound):
            return  # generated, loaded or deleted by someone else just now
        if not is_transient(error):
            self.job._failed_runs.add((run.id, warehouse))
        self.report(LoadItem(self.record.name, None, warehouse, f"run {run.id}", LoadState.FAILED, error=error))

    def _say_tables(self, run: GenerationRun, warehouse: Warehouse, state: LoadState) -> None:
        for table, rows in run.row_counts.items():
            seconds = self.seconds.get((warehouse, table), 0.0)
            self.report(LoadItem(self.record.name, table, warehouse, f"run {run.id}", state, rows, seconds))
