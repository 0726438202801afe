"""Loads the files of one generation run into one or several warehouses, side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from dw_simulator.config import Settings
from dw_simulator.errors import DwSimulatorError
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


def load(
    settings: Settings,
    experiment: Experiment,
    files: Mapping[str, Sequence[StagedFile]],
    warehouses: Sequence[Warehouse],
    *,
    connect: Connect,
    progress: LoadProgress | None = None,
) -> LoadReport:
    """Load ``files`` (by table) into each warehouse.

    Each warehouse is loaded whole or not at all. A warehouse that fails does not stop the others: its error is in the
    report, and what it held before is still there.
    """
    began = time.perf_counter()
    with ThreadPoolExecutor(max_workers=len(warehouses), thread_name_prefix="load") as pool:
        tasks = [
            pool.submit(_load_one, settings, experiment, files, warehouse, connect, progress)
            for warehouse in warehouses
        ]
        loads = tuple(task.result() for task in tasks)
    return LoadReport(loads, time.perf_counter() - began)


def _load_one(
    settings: Settings,
    experiment: Experiment,
    files: Mapping[str, Sequence[StagedFile]],
    warehouse: Warehouse,
    connect: Connect,
    progress: LoadProgress | None,
) -> WarehouseLoad:
    began = time.perf_counter()
    try:
        adapter = connect(warehouse, settings)
        try:
            rows = adapter.load(experiment, files, progress)
        finally:
            adapter.close()
    except DwSimulatorError as error:
        return WarehouseLoad(warehouse, {}, time.perf_counter() - began, error)
    return WarehouseLoad(warehouse, rows, time.perf_counter() - began)
