"""Appends files to the tables of one experiment in several warehouses, side by side, with retries."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from dw_simulator.config import Settings
from dw_simulator.errors import DwSimulatorError, LoadCancelled, WarehouseError
from dw_simulator.loader.load import Connect, Running
from dw_simulator.loader.retries import Retries, is_transient
from dw_simulator.observability import tracing
from dw_simulator.observability.tracing import Value
from dw_simulator.schema import Experiment, Table, Warehouse
from dw_simulator.staging import Stage, parse_s3_uri
from dw_simulator.warehouses.base import Adapter, IncomingFile

BATCH_FILES = 50
"""Files of a table that are loaded in one transaction."""


class FileChanged(DwSimulatorError):
    """A file was replaced while it was loaded; nothing of it was."""

    code = "file_changed"
    exit_code = 9


@dataclass(frozen=True, slots=True)
class Batch:
    """Files of one table that have the same columns."""

    table: Table
    files: tuple[IncomingFile, ...]


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of a batch in a warehouse: rows by URI of the files loaded now, or the error that kept them out.

    Files of the batch that are not in ``rows`` were there before. ``refused``: it is the warehouse that would not have
    the file, so that trying again makes no sense as long as both are as they are.
    """

    warehouse: Warehouse
    batch: Batch
    rows: Mapping[str, int]
    seconds: float
    error: DwSimulatorError | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True)
class AppendJob:
    """How batches are loaded. ``on_retry`` is told of an error that is tried again, and the wait before that."""

    settings: Settings
    experiment: Experiment
    stage: Stage
    connect: Connect
    retries: Retries
    done: Callable[[Appended], None]
    on_retry: Callable[[Warehouse, DwSimulatorError, float], None] = lambda _warehouse, _error, _wait: None

    def run(self, work: Mapping[Warehouse, Sequence[Batch]]) -> dict[Warehouse, dict[str, int]]:
        """Load the batches of each warehouse in their order. Returns rows by table of those that were changed.

        ``done`` is called (in any thread) for each batch. A batch with a file that the warehouse refuses is loaded file
        by file, so that only this file stays out. Interrupted (ctrl-C), what runs is rolled back.
        """
        running = Running()
        with ThreadPoolExecutor(max_workers=max(len(work), 1), thread_name_prefix="append") as pool:
            tasks = {
                warehouse: pool.submit(tracing.carried(partial(_Warehouse(self, warehouse, running).load, batches)))
                for warehouse, batches in work.items()
            }
            try:
                found = {warehouse: task.result() for warehouse, task in tasks.items()}
            except BaseException:
                running.cancel()
                raise
        return {warehouse: counts for warehouse, counts in found.items() if counts is not None}

    def check_unchanged(self, files: Iterable[IncomingFile]) -> None:
        """Raises FileChanged when the store has another object under the URI than when the file was looked at."""
        for file in files:
            bucket, key = parse_s3_uri(file.uri)
            if self.stage.head(key, bucket).etag != file.etag:
                raise FileChanged(f"{file.uri} was replaced while it was loaded", hint="load it again")


class _Warehouse:
    """The batches of one warehouse, over one connection that is made again when it is lost."""

    def __init__(self, job: AppendJob, warehouse: Warehouse, running: Running) -> None:
        self._job = job
        self._warehouse = warehouse
        self._running = running
        self._adapter: Adapter | None = None
        self._broken: DwSimulatorError | None = None

    def load(self, batches: Sequence[Batch]) -> dict[str, int] | None:
        changed = False
        try:
            for batch in batches:
                for appended in self._append(batch):
                    changed |= bool(appended.rows)
                    self._job.done(appended)
            return self._counts() if changed else None
        finally:
            self._disconnect()

    def _counts(self) -> dict[str, int] | None:
        try:
            return self._connected().row_counts(self._job.experiment)
        except DwSimulatorError:
            return None  # the numbers are for display; the next load counts again

    def _append(self, batch: Batch) -> Iterator[Appended]:
        began = time.perf_counter()
        try:
            rows = self._tried(batch)
        except LoadCancelled:
            raise
        except DwSimulatorError as error:
            refused = isinstance(error, WarehouseError) and self._adapter is not None
            if refused and len(batch.files) > 1:
                for file in batch.files:
                    yield from self._append(replace(batch, files=(file,)))
                return
            if self._adapter is None:
                self._broken = error
            yield Appended(self._warehouse, batch, {}, time.perf_counter() - began, error, refused)
        else:
            yield Appended(self._warehouse, batch, rows, time.perf_counter() - began)

    def _tried(self, batch: Batch) -> Mapping[str, int]:
        if self._broken is not None:
            raise self._broken  # the warehouse does not answer: it was tried often enough for an earlier batch
        waits = self._job.retries.waits()
        while True:
            try:
                return self._once(batch)
            except DwSimulatorError as error:
                if not is_transient(error):
                    raise
                self._disconnect()
                wait = next(waits, None)
                if wait is None:
                    raise
                self._job.on_retry(self._warehouse, error, wait)
                self._running.sleep(wait)

    def _once(self, batch: Batch) -> Mapping[str, int]:
        attributes: dict[str, Value] = {
            "dw_simulator.warehouse": str(self._warehouse),
            "dw_simulator.table": batch.table.name,
            "dw_simulator.files": len(batch.files),
        }
        with tracing.span(f"append {batch.table.name}", attributes) as span:
            adapter = self._connected()
            with self._running.holding(adapter):
                rows = adapter.append(
                    self._job.experiment, batch.table, batch.files, lambda: self._job.check_unchanged(batch.files)
                )
            span.set({"dw_simulator.rows": sum(rows.values())})
            return rows

    def _connected(self) -> Adapter:
        if self._adapter is None:
            self._adapter = self._job.connect(self._warehouse, self._job.settings)
        return self._adapter

    def _disconnect(self) -> None:
        adapter, self._adapter = self._adapter, None
        if adapter is not None:
            adapter.close()


def batches_of(table: Table, files: Iterable[IncomingFile]) -> list[Batch]:
    """Files in batches of one order of columns each."""
    groups: dict[tuple[str, ...], list[IncomingFile]] = {}
    for file in files:
        groups.setdefault(file.names, []).append(file)
    return [
        Batch(table, tuple(group[start : start + BATCH_FILES]))
        for group in groups.values()
        for start in range(0, len(group), BATCH_FILES)
    ]
