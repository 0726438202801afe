"""Experiments emptied or deleted, in all warehouses that hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dw_simulator.experiments.run_files import RunFiles
from dw_simulator.experiments.stores import DELETE, Ask, Stores, services
from dw_simulator.metadata import ExperimentRecord, ExperimentState
from dw_simulator.schema import Warehouse

if TYPE_CHECKING:
    from dw_simulator.warehouses.base import Adapter


class Removing:
    def __init__(self, stores: Stores, ask: Ask) -> None:
        self._stores = stores
        self._ask = ask
        self._staged = RunFiles(stores)

    def reset(self, name: str) -> dict[Warehouse, int]:
        """Empty the tables in every warehouse that holds them, and forget the runs with their staged files.

        All warehouses must answer before anything is emptied. Returns the number of tables emptied by warehouse.
        """
        record = self._stores.ready(name)
        self._ask(f"empty the tables of experiment {record.name!r}", self._places(record))
        with self._stores.locked(record, "reset"):
            emptied: dict[Warehouse, int] = {}
            for warehouse, adapter in self._holders(record).items():
                self._stores.files.forget_found(record, warehouse)
                try:
                    adapter.reset(record.experiment)
                finally:
                    adapter.close()
                emptied[warehouse] = len(record.experiment.tables)
                self._stores.experiments.set_loaded(
                    record, warehouse, {t.name: 0 for t in record.experiment.tables}, None
                )
            self._staged.purge(record)
            self._stores.runs.remove_all(record)
        return emptied

    def delete(self, name: str, *, purge_staging: bool = True) -> int:
        """Drop the experiment everywhere and forget it. Returns the number of physical tables dropped.

        Every warehouse that holds it must answer before anything is dropped. Should one fail half-way, the experiment
        stays in state DELETING, and deleting it again finishes the work.
        """
        record = self._stores.experiments.get(name)
        self._ask(f"drop the tables of experiment {record.name!r}", self._places(record, staged=purge_staging))
        with self._stores.locked(record, DELETE):
            holders = self._holders(record)
            self._stores.experiments.set_state(record, ExperimentState.DELETING)
            dropped = 0
            for warehouse, adapter in holders.items():
                self._stores.files.forget_found(record, warehouse)
                try:
                    dropped += adapter.drop(record.name)
                finally:
                    adapter.close()
                self._stores.experiments.forget_loaded(record, warehouse)
            if purge_staging:
                self._staged.purge(record)
            self._stores.experiments.remove(record)
        return dropped

    def _places(self, record: ExperimentRecord, *, staged: bool = True) -> list[str]:
        """The services that hold something of the experiment."""
        holders = services(loaded.warehouse for loaded in self._stores.experiments.loaded_tables(record))
        runs = [run for run in self._stores.runs.of(record) if run.staged and run.location.startswith("s3:")]
        return [*holders, "s3"] if staged and runs else holders

    def _holders(self, record: ExperimentRecord) -> dict[Warehouse, Adapter]:
        """Connected adapters of the warehouses that hold the experiment; all of them, or an error and none."""
        from dw_simulator.warehouses import connect

        adapters: dict[Warehouse, Adapter] = {}
        try:
            for warehouse in dict.fromkeys(
                loaded.warehouse for loaded in self._stores.experiments.loaded_tables(record)
            ):
                adapters[warehouse] = connect(warehouse, self._stores.settings)
                adapters[warehouse].ping()
        except BaseException:
            for adapter in adapters.values():
                adapter.close()
            raise
        return adapters
