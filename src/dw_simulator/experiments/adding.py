"""Increments on their way into warehouses: the rows of later runs are added to what an earlier one has put there."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from dw_simulator.errors import DwSimulatorError
from dw_simulator.experiments.loading_ledger import ledger
from dw_simulator.experiments.stores import Stores
from dw_simulator.metadata import ExperimentRecord, FileRecord, GenerationRun
from dw_simulator.observability import tracing
from dw_simulator.schema import Warehouse

if TYPE_CHECKING:
    from dw_simulator.loader import LoadReport, Running, WarehouseLoad
    from dw_simulator.warehouses.base import Adapter, LoadProgress


class Added:
    """``chain``: runs of which each one extends the one before it."""

    def __init__(self, stores: Stores, record: ExperimentRecord, chain: Sequence[GenerationRun]) -> None:
        self._stores = stores
        self._record = record
        self.chain = chain

    def behind(self, warehouses: Sequence[Warehouse]) -> dict[Warehouse, int]:
        """The warehouses that hold one of the runs before the last, and the place of that one."""
        places = {run.id: place for place, run in enumerate(self.chain[:-1])}
        wanted = {table.name.lower() for table in self._record.experiment.tables}
        runs: dict[Warehouse, dict[str, int | None]] = {}
        for loaded in self._stores.experiments.loaded_tables(self._record):
            runs.setdefault(loaded.warehouse, {})[loaded.table.lower()] = loaded.run_id
        found = {}
        for warehouse in warehouses:
            of_tables = runs.get(warehouse, {})
            run = next(iter(of_tables.values()), None)
            if run in places and set(of_tables) == wanted and set(of_tables.values()) == {run}:
                found[warehouse] = places[run]
        return found

    def rows_after(self, place: int | None) -> dict[str, int]:
        """The rows that go into each table of a warehouse that holds the run at ``place``, or none of them."""
        first = self.chain[0]
        rows = dict.fromkeys(first.row_counts, 0) if place is not None else dict(first.row_counts)
        place = place or 0
        for before, run in zip(self.chain[place:], self.chain[place + 1 :], strict=False):
            for table, files in _new_files(before, run).items():
                rows[table] = rows.get(table, 0) + sum(file.rows for file in files)
        return rows

    def load(self, behind: Mapping[Warehouse, int], progress: LoadProgress | None, running: Running) -> LoadReport:
        """Add to each warehouse what the runs after the one that it holds have added, side by side.

        A file is added once, whatever happens meanwhile: the warehouse records it with its rows. A warehouse that fails
        keeps the runs before the one it failed at, and its error is in the report.
        """
        from dw_simulator.loader import LoadReport

        began = time.perf_counter()
        with ThreadPoolExecutor(max_workers=max(len(behind), 1), thread_name_prefix="add") as pool:
            tasks = [
                pool.submit(tracing.carried(partial(self._bring, warehouse, place, progress, running)))
                for warehouse, place in behind.items()
            ]
            try:
                loads = tuple(task.result() for task in tasks)
            except BaseException:
                running.cancel()
                raise
        return LoadReport(loads, time.perf_counter() - began)

    def _bring(
        self, warehouse: Warehouse, place: int, progress: LoadProgress | None, running: Running
    ) -> WarehouseLoad:
        from dw_simulator.loader import WarehouseLoad
        from dw_simulator.warehouses import connect

        began = time.perf_counter()
        rows: dict[str, int] = {}
        failure = None
        run = self.chain[place]
        try:
            adapter = connect(warehouse, self._stores.settings)
            try:
                for before, run in zip(self.chain[place:], self.chain[place + 1 :], strict=False):
                    with running.holding(adapter):
                        rows = self._add(adapter, warehouse, before, run, progress)
            finally:
                adapter.close()
        except DwSimulatorError as error:
            failure = error
            data = {"warehouse": warehouse, "error": str(error)}
            self._stores.runs.add_event(self._record, "load_failed", data, run.id)
        return WarehouseLoad(warehouse, rows, time.perf_counter() - began, failure)

    def _add(
        self,
        adapter: Adapter,
        warehouse: Warehouse,
        before: GenerationRun,
        run: GenerationRun,
        progress: LoadProgress | None,
    ) -> dict[str, int]:
        """Add what ``run`` has added. Returns the rows of all tables."""
        from dw_simulator.loader.append import BATCH_FILES
        from dw_simulator.warehouses.base import IncomingFile, TableLoaded

        began, new = time.perf_counter(), _new_files(before, run)
        for table in self._record.experiment.tables:
            started = time.perf_counter()
            names = tuple(column.name for column in table.columns)
            files = [
                IncomingFile(file.uri, file.rows, file.size, "", tuple(table.columns), names)
                for file in new.get(table.name, ())
            ]
            for first in range(0, len(files), BATCH_FILES):
                batch = files[first : first + BATCH_FILES]
                adapter.append(self._record.experiment, table, batch, _unchanged)
            if files and progress is not None:
                seconds = time.perf_counter() - started
                progress(TableLoaded(warehouse, table.name, sum(file.rows for file in files), seconds))
        rows = adapter.row_counts(self._record.experiment)
        self._stores.experiments.set_loaded(self._record, warehouse, rows, run.id)
        self._stores.files.add(self._record, ledger(run, new, warehouse))
        total = sum(file.rows for group in new.values() for file in group)
        data = {"warehouse": warehouse, "rows": total, "seconds": round(time.perf_counter() - began, 3)}
        self._stores.runs.add_event(self._record, "loaded", data, run.id)
        return rows


def _new_files(before: GenerationRun, run: GenerationRun) -> dict[str, list[FileRecord]]:
    there = {file.uri for group in before.files.values() for file in group}
    return {table: [file for file in group if file.uri not in there] for table, group in run.files.items()}


def _unchanged() -> None:
    """The files of a run stay as they are: nobody replaces them."""
