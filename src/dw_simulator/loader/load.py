"""Loads the files of one generation run into one or several warehouses, side by side."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial

from dw_simulator.config import Settings
from dw_simulator.errors import DwSimulatorError, LoadCancelled
from dw_simulator.observability import tracing
from dw_simulator.schema import Experiment, Warehouse
from dw_simulator.warehouses.base import Adapter, LoadProgress, StagedFile

Connect = Callable[[Warehouse, Settings], Adapter]


@dataclass(frozen=True, slots=True)
class WarehouseLoad:
    """One warehouse of a load: rows by table and seconds, or the error that left it as it was."""

    warehouse: Warehouse
    rows: Mapping[str, int]
    seconds: float
    error: DwSimulatorError | None = None

    @property
    def total_rows(self) -> int:
        return sum(self.rows.values())


@dataclass(frozen=True, slots=True)
class LoadReport:
    loads: tuple[WarehouseLoad, ...]
    seconds: float

    @property
    def errors(self) -> list[DwSimulatorError]:
        return [load.error for load in self.loads if load.error is not None]

    def failure(self) -> DwSimulatorError | None:
        """The first error, with the messages of the other warehouses added to its own; None when all went well."""
        if not self.errors:
            return None
        first = self.errors[0]
        first.message = "\n".join(dict.fromkeys(str(error) for error in self.errors))
        first.args = (first.message,)
        return first


def load(
    settings: Settings,
    experiment: Experiment,
    files: Mapping[str, Sequence[StagedFile]],
    warehouses: Sequence[Warehouse],
    *,
    connect: Connect,
    progress: LoadProgress | None = None,
    done: Callable[[WarehouseLoad], None] = lambda _: None,
    running: Running | None = None,
) -> LoadReport:
    """Load ``files`` (by table) into each warehouse; ``done`` is called (in any thread) as each one ends.

    Each warehouse is loaded whole or not at all. A warehouse that fails does not stop the others: its error is in the
    report, and what it held before is still there. Interrupted (ctrl-C) or cancelled through ``running``, it stops
    those that are not done yet.
    """
    began = time.perf_counter()
    job = _Job(settings, experiment, files, connect, progress, done, running or Running())
    with ThreadPoolExecutor(max_workers=len(warehouses), thread_name_prefix="load") as pool:
        tasks = [pool.submit(tracing.carried(partial(job.load, warehouse))) for warehouse in warehouses]
        try:
            loads = tuple(task.result() for task in tasks)
        except BaseException:
            job.running.cancel()
            raise
    return LoadReport(loads, time.perf_counter() - began)


class Running:
    """The adapters that load now, so that an interrupted command can stop them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._adapters: list[Adapter] = []
        self._cancelled = threading.Event()

    @contextmanager
    def holding(self, adapter: Adapter) -> Iterator[None]:
        with self._lock:
            if self._cancelled.is_set():
                raise LoadCancelled("the load was stopped before it began")
            self._adapters.append(adapter)
        try:
            yield
        finally:
            with self._lock:
                self._adapters.remove(adapter)

    def sleep(self, seconds: float) -> None:
        """Wait before another attempt. Raises LoadCancelled when the load is stopped meanwhile."""
        if self._cancelled.wait(seconds):
            raise LoadCancelled("the load was stopped before its next attempt")

    def cancel(self) -> None:
        with self._lock:
            self._cancelled.set()
            adapters = list(self._adapters)
        for adapter in adapters:
            with suppress(DwSimulatorError):  # one that cannot be reached any more has stopped
                adapter.cancel()


@dataclass(frozen=True, slots=True)
class _Job:
    """What is loaded into each of the warehouses."""

    settings: Settings
    experiment: Experiment
    files: Mapping[str, Sequence[StagedFile]]
    connect: Connect
    progress: LoadProgress | None
    done: Callable[[WarehouseLoad], None]
    running: Running

    def load(self, warehouse: Warehouse) -> WarehouseLoad:
        began = time.perf_counter()
        rows: Mapping[str, int] = {}
        failure = None
        try:
            with tracing.span(f"load {warehouse}", {"dw_simulator.warehouse": str(warehouse)}) as span:
                rows = self._fill(warehouse)
                span.set({"dw_simulator.rows": sum(rows.values())})
        except DwSimulatorError as error:
            failure = error
        loaded = WarehouseLoad(warehouse, rows, time.perf_counter() - began, failure)
        self.done(loaded)
        return loaded

    def _fill(self, warehouse: Warehouse) -> Mapping[str, int]:
        adapter = self.connect(warehouse, self.settings)
        try:
            with self.running.holding(adapter):
                return adapter.load(self.experiment, self.files, self.progress)
        finally:
            adapter.close()
