"""Loads files that others put under a prefix of the object store: each once into each warehouse.

The warehouse's own record, written with the rows, says what is there (:mod:`dw_simulator.warehouses.record`). The
ledger in the metadata saves asking it at every look: a process asks each warehouse once, and from then on trusts the
ledger, which is told to forget before rows are removed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from dw_simulator.config import Settings
from dw_simulator.errors import Conflict, DwSimulatorError, NotFound
from dw_simulator.experiments.load_items import LoadItem, LoadState, OnRetry, Report, RetryNotice
from dw_simulator.experiments.stores import Stores
from dw_simulator.loader import (
    Appended,
    AppendJob,
    BadFile,
    Batch,
    FileChanged,
    FoundFile,
    Prefix,
    Retries,
    batches_of,
    examine,
    is_transient,
    table_of,
)
from dw_simulator.metadata import (
    ExperimentRecord,
    ExperimentState,
    LedgerFile,
)
from dw_simulator.observability.tracing import span
from dw_simulator.schema import Table, Warehouse
from dw_simulator.staging import Stage, connect_stage
from dw_simulator.warehouses import connect
from dw_simulator.warehouses.base import Adapter, IncomingFile

T = TypeVar("T")
_READERS = 8
"""Footers that are read at the same time."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file with the table that it is for."""

    table: Table
    file: FoundFile

    @property
    def key(self) -> tuple[str, str]:
        return self.table.name.lower(), self.file.uri


class IncomingFiles:
    """The files under one prefix. :meth:`load_new` is called once, or again and again by a loader that watches."""

    def __init__(
        self,
        settings: Settings,
        stores: Stores,
        prefix: Prefix,
        *,
        names: Sequence[str] = (),
        warehouses: Sequence[Warehouse] | None = None,
        retries: Retries,
    ) -> None:
        self._settings = settings
        self._stores = stores
        self._prefix = prefix
        self._names = frozenset(name.lower() for name in names)
        self._warehouses = warehouses
        self._retries = retries
        self._asked: set[tuple[int, Warehouse]] = set()
        self._told: set[tuple[str, str, str]] = set()
        self._stage: Stage | None = None

    def close(self) -> None:
        if self._stage is not None:
            self._stage.close()

    def load_new(self, report: Report, on_retry: OnRetry, *, again: bool) -> None:
        """Load what is new. ``again``: also try what was set aside, and report what was there already.

        Everything is reported; errors of the object store that do not pass are raised (StagingError,
        ServiceUnavailable), others stay with their file.
        """
        found = self._retried("", on_retry, self._list)
        for name, files in self._by_experiment(found, report, again).items():
            self._retries.check_stop()
            record = self._stores.experiments.get(name)
            pass_ = _Pass(self, record, files, report, on_retry, again)
            try:
                pass_.run()
            except DwSimulatorError as error:
                self._retries.check_stop()
                if isinstance(error, Conflict) and not again:
                    continue  # another operation is under way: the next look finds the files again
                pass_.fail(error)

    # --- what is there ----------------------------------------------------------------------------
    @property
    def stage(self) -> Stage:
        if self._stage is None:
            self._stage = connect_stage(self._settings)
        return self._stage

    def _list(self) -> list[FoundFile]:
        return self._prefix.files(self.stage, self._stores.runs.locations())

    def _by_experiment(self, found: Sequence[FoundFile], report: Report, again: bool) -> dict[str, list[Arrived]]:
        """The files by the name of their experiment. Those that are for no table are reported, by a watcher once."""
        groups: dict[str, list[Arrived]] = {}
        for file in found:
            target = self._prefix.target(file)
            if self._names and target is not None and target[0].lower() not in self._names:
                continue
            try:
                name, arrived = self._place(file, target)
            except NotFound as error:
                if self.is_news("", file, again):
                    folder = target[0] if target else ""
                    report(LoadItem(folder, None, None, file.uri, LoadState.FAILED, error=error))
            else:
                groups.setdefault(name, []).append(arrived)
        return groups

    def _place(self, file: FoundFile, target: tuple[str, str] | None) -> tuple[str, Arrived]:
        if target is None:
            raise NotFound(
                f"{file.uri} is in no folder of a table",
                hint=f"put it under {self._prefix.uri}EXPERIMENT/TABLE/, or name them: --experiment, --table",
            )
        record = self._stores.experiments.get(target[0])
        table = table_of(record.experiment, target[1])
        if table is None:
            names = ", ".join(table.name for table in record.experiment.tables)
            raise NotFound(
                f"experiment {record.name!r} has no table {target[1]!r}, which {file.uri} is for",
                hint=f"its tables are: {names}",
            )
        return record.name, Arrived(table, file)

    def is_news(self, place: str, file: FoundFile, again: bool) -> bool:
        """Whether something is to be said of a file: by a watcher once, as long as the file stays as it is."""
        key = (place, file.uri, file.etag)
        news = again or key not in self._told
        self._told.add(key)
        return news

    # --- helpers for a pass -----------------------------------------------------------------------
    def targets(self, record: ExperimentRecord) -> list[Warehouse]:
        return list(dict.fromkeys(self._warehouses or record.experiment.target_warehouse))

    def _retried(self, experiment: str, on_retry: OnRetry, work: Callable[[], T]) -> T:
        waits = self._retries.waits()
        while True:
            try:
                return work()
            except DwSimulatorError as error:
                self._retries.check_stop()
                wait = next(waits, None) if is_transient(error) else None
                if wait is None:
                    raise
                on_retry(RetryNotice(experiment, None, error, wait))
                time.sleep(wait)


class _Pass:
    """One look at the files of one experiment."""

    def __init__(
        self,
        owner: IncomingFiles,
        record: ExperimentRecord,
        arrived: Sequence[Arrived],
        report: Report,
        on_retry: OnRetry,
        again: bool,
    ) -> None:
        self._owner = owner
        self._record = record
        self._arrived = arrived
        self._report = report
        self._on_retry = on_retry
        self._again = again
        self._targets = owner.targets(record)
        self._files = owner._stores.files

    def fail(self, error: DwSimulatorError) -> None:
        """Nothing was loaded: say so of every file."""
        for arrived in self._arrived:
            if self._owner.is_news("experiment", arrived.file, self._again):
                self._say(arrived, None, LoadState.FAILED, error=error)

    def run(self) -> None:
        """Raises Busy, and NotFound when the experiment is being deleted."""
        if self._record.state is ExperimentState.DELETING:
            raise NotFound(f"experiment {self._record.name!r} is being deleted")
        if self._asked_all and not any(self._pending(warehouse) for warehouse in self._targets):
            self._say_skipped()
            return
        owner = self._owner
        if self._again:
            owner._retried(self._record.name, self._on_retry, self._load_locked)
        else:
            self._load_locked()

    @property
    def _asked_all(self) -> bool:
        return {(self._record.id, warehouse) for warehouse in self._targets} <= self._owner._asked

    def _load_locked(self) -> None:
        with self._owner._stores.locked(self._record, "load"):
            reachable = [warehouse for warehouse in self._targets if self._ask(warehouse)]
            pending = {warehouse: self._pending(warehouse) for warehouse in reachable}
            self._say_skipped()
            good = self._examined(pending)
            self._owner._retries.check_stop()
            work = {warehouse: _batches(files, good) for warehouse, files in pending.items()}
            self._append({warehouse: batches for warehouse, batches in work.items() if batches})

    # --- which files ------------------------------------------------------------------------------
    def _ask(self, warehouse: Warehouse) -> bool:
        """Bring the ledger in step with the warehouse's record, once a process. False when it cannot be asked."""
        if (self._record.id, warehouse) in self._owner._asked:
            return True
        try:
            self._owner._retried(self._record.name, self._on_retry, lambda: self._compare(warehouse))
        except DwSimulatorError as error:
            for arrived in self._arrived:
                if self._owner.is_news(warehouse, arrived.file, self._again):
                    self._say(arrived, warehouse, LoadState.FAILED, error=error)
            return False
        self._owner._asked.add((self._record.id, warehouse))
        return True

    def _compare(self, warehouse: Warehouse) -> None:
        adapter = connect(warehouse, self._owner._settings)
        try:
            recorded = {(file.table.lower(), file.uri): file for file in adapter.recorded(self._record.experiment)}
        finally:
            adapter.close()
        known = self._files.found(self._record, warehouse)
        gone = [key for key, file in known.items() if file.error is None and key not in recorded]
        self._files.forget(self._record, warehouse, gone)
        sizes = {arrived.key: arrived.file.size for arrived in self._arrived}
        self._files.add(
            self._record,
            [
                LedgerFile(
                    warehouse=warehouse,
                    table=file.table,
                    uri=file.uri,
                    etag=file.etag,
                    size=sizes.get(key, 0),
                    run_id=None,
                    rows=file.rows,
                )
                for key, file in recorded.items()
                if key not in known or known[key].error is not None
            ],
        )

    def _pending(self, warehouse: Warehouse) -> list[Arrived]:
        """The files that the warehouse has not got, without those that were set aside and are as they were."""
        known = self._files.found(self._record, warehouse)
        return [arrived for arrived in self._arrived if self._is_new(arrived, known.get(arrived.key))]

    def _is_new(self, arrived: Arrived, known: LedgerFile | None) -> bool:
        if known is None:
            return True
        return known.error is not None and (self._again or known.etag != arrived.file.etag)

    def _say_skipped(self) -> None:
        """Files that are there: all of them if everything is to be reported, else those that have changed since."""
        for warehouse in self._targets:
            known = self._files.found(self._record, warehouse)
            for arrived in self._arrived:
                file = known.get(arrived.key)
                if file is None or file.error is not None:
                    continue
                if file.etag != arrived.file.etag:
                    if self._owner.is_news(f"changed {warehouse}", arrived.file, self._again):
                        self._say(arrived, warehouse, LoadState.SKIPPED, error=_changed(arrived))
                elif self._again:
                    self._say(arrived, warehouse, LoadState.SKIPPED, rows=file.rows)

    def _examined(self, pending: Mapping[Warehouse, Sequence[Arrived]]) -> dict[str, IncomingFile]:
        """The files that can be loaded, by URI. The others are set aside and reported."""
        wanted = {arrived.file.uri: arrived for files in pending.values() for arrived in files}
        with ThreadPoolExecutor(max_workers=_READERS, thread_name_prefix="footers") as pool:
            found = pool.map(lambda arrived: self._examine(arrived), wanted.values())
            outcomes = dict(zip(wanted, found, strict=True))
        good = {}
        for uri, outcome in outcomes.items():
            if isinstance(outcome, IncomingFile):
                good[uri] = outcome
                continue
            for warehouse, files in pending.items():
                if wanted[uri] in files:
                    self._set_aside(wanted[uri], warehouse, outcome, keep=isinstance(outcome, BadFile))
        return good

    def _examine(self, arrived: Arrived) -> IncomingFile | DwSimulatorError:
        try:
            return self._owner._retried(
                self._record.name,
                self._on_retry,
                lambda: examine(self._owner.stage, arrived.table, arrived.file),
            )
        except DwSimulatorError as error:
            return error

    # --- loading ----------------------------------------------------------------------------------
    def _append(self, work: Mapping[Warehouse, Sequence[Batch]]) -> None:
        if not work:
            return
        job = AppendJob(
            self._owner._settings,
            self._record.experiment,
            self._owner.stage,
            self._connect,
            self._owner._retries,
            self._done,
            lambda warehouse, error, wait: self._on_retry(RetryNotice(self._record.name, warehouse, error, wait)),
        )
        with span(
            "load files", {"dw_simulator.experiment": self._record.name, "dw_simulator.prefix": self._owner._prefix.uri}
        ):
            changed = job.run(work)
        for warehouse, counts in changed.items():
            self._owner._stores.experiments.set_counts(self._record, warehouse, counts)

    def _connect(self, warehouse: Warehouse, settings: Settings) -> Adapter:
        """The warehouse counts as one that holds the experiment from before its first change on."""
        adapter = connect(warehouse, settings)
        experiments = self._owner._stores.experiments
        if warehouse not in {loaded.warehouse for loaded in experiments.loaded_tables(self._record)}:
            experiments.set_loaded(self._record, warehouse, dict.fromkeys(_names(self._record), 0), None)
        return adapter

    def _done(self, appended: Appended) -> None:
        batch, warehouse = appended.batch, appended.warehouse
        by_uri = {arrived.file.uri: arrived for arrived in self._arrived}
        if appended.error is not None:
            keep = appended.refused and not isinstance(appended.error, FileChanged)
            for file in batch.files:
                self._set_aside(by_uri[file.uri], warehouse, appended.error, keep=keep)
            return
        self._files.add(self._record, [_ledger(warehouse, batch.table, file) for file in batch.files])
        rows = sum(appended.rows.values())
        data = {"warehouse": warehouse, "table": batch.table.name, "files": len(appended.rows), "rows": rows}
        if appended.rows:
            self._owner._stores.runs.add_event(self._record, "appended", data)
        for file in batch.files:
            new = file.uri in appended.rows
            state = LoadState.LOADED if new else LoadState.SKIPPED
            seconds = appended.seconds / len(batch.files)
            self._say(by_uri[file.uri], warehouse, state, rows=file.rows, seconds=seconds)

    def _set_aside(self, arrived: Arrived, warehouse: Warehouse, error: DwSimulatorError, *, keep: bool) -> None:
        """Report a file that was not loaded; ``keep`` that in mind until the file is another."""
        if keep:
            file = IncomingFile(arrived.file.uri, 0, arrived.file.size, arrived.file.etag, (), ())
            self._files.add(self._record, [_ledger(warehouse, arrived.table, file, str(error))])
        if keep or self._owner.is_news(f"failed {warehouse}", arrived.file, self._again):
            self._say(arrived, warehouse, LoadState.FAILED, error=error)

    def _say(
        self,
        arrived: Arrived,
        warehouse: Warehouse | None,
        state: LoadState,
        *,
        rows: int = 0,
        seconds: float = 0.0,
        error: DwSimulatorError | None = None,
    ) -> None:
        self._report(
            LoadItem(self._record.name, arrived.table.name, warehouse, arrived.file.uri, state, rows, seconds, error)
        )


def _changed(arrived: Arrived) -> DwSimulatorError:
    return Conflict(
        f"{arrived.file.uri} has changed since it was loaded, and is not loaded again",
        hint="put new rows into files of new names",
    )


def _names(record: ExperimentRecord) -> Iterator[str]:
    return (table.name for table in record.experiment.tables)


def _batches(files: Sequence[Arrived], good: Mapping[str, IncomingFile]) -> list[Batch]:
    """The loadable files by table, in the order of the tables' first files."""
    tables: dict[str, tuple[Table, list[IncomingFile]]] = {}
    for arrived in files:
        if arrived.file.uri in good:
            tables.setdefault(arrived.table.name, (arrived.table, []))[1].append(good[arrived.file.uri])
    return [batch for table, group in tables.values() for batch in batches_of(table, group)]


def _ledger(warehouse: Warehouse, table: Table, file: IncomingFile, error: str | None = None) -> LedgerFile:
    return LedgerFile(
        warehouse=warehouse,
        table=table.name,
        uri=file.uri,
        etag=file.etag,
        size=file.size,
        run_id=None,
        rows=file.rows,
        error=error,
    )
