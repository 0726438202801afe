"""The use case "verify": the checks of :mod:`.verification` in the warehouses that hold an experiment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from dw_simulator.errors import DwSimulatorError, NotFound
from dw_simulator.experiments.defects import Defects
from dw_simulator.experiments.stores import Stores
from dw_simulator.metadata import ExperimentRecord
from dw_simulator.observability import logs, tracing
from dw_simulator.schema import Warehouse

if TYPE_CHECKING:
    from dw_simulator.experiments.verification.report import VerifyReport
    from dw_simulator.experiments.verification.reported import Reported
    from dw_simulator.experiments.verification.run import Stopper, VerifyProgress

Rows = Mapping[Warehouse, Mapping[str, int]]
"""Rows by table, by warehouse."""


class Verifying:
    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def verify(
        self,
        name: str,
        *,
        warehouses: Sequence[Warehouse] | None,
        progress: VerifyProgress | None,
        started: Callable[[Rows], None] | None,
        stopper: Stopper | None,
    ) -> tuple[VerifyReport, list[DwSimulatorError]]:
        """See :meth:`.ExperimentService.verify_each`."""
        from dw_simulator.experiments.verification.run import Stopper, Verification

        record = self._stores.ready(name)
        with (
            logs.bound(experiment=record.name),
            tracing.span("verify", {"dw_simulator.experiment": record.name}),
            self._stores.locked(record, "verify"),
        ):
            loaded = self._loaded(record, warehouses)
            if started is not None:
                started(loaded)
            work = Verification(
                self._stores.settings,
                record.experiment,
                loaded,
                progress or (lambda _: None),
                stopper or Stopper(),
                self._reported(record, list(loaded)),
            )
            return work.run(list(loaded))

    def _reported(self, record: ExperimentRecord, warehouses: Sequence[Warehouse]) -> dict[Warehouse, Reported]:
        """The defects that were put into the run that each warehouse holds."""
        if not any(table.defects for table in record.experiment.tables):
            return {}
        from dw_simulator.experiments.verification.reported import by_table

        runs = {table.warehouse: table.run_id for table in self._stores.experiments.loaded_tables(record)}
        reports: dict[int, Reported] = {}
        found = {}
        for warehouse in warehouses:
            run = runs.get(warehouse)
            if run is not None:
                if run not in reports:
                    reports[run] = by_table(Defects(self._stores).parts(record.name, run))
                found[warehouse] = reports[run]
        return found

    def _loaded(self, record: ExperimentRecord, warehouses: Sequence[Warehouse] | None) -> Rows:
        """What the warehouses should hold. Raises NotFound when one of those wanted, or all, hold nothing."""
        found: dict[Warehouse, dict[str, int]] = {}
        for table in self._stores.experiments.loaded_tables(record):
            found.setdefault(table.warehouse, {})[table.table] = table.row_count
        wanted = list(dict.fromkeys(warehouses or found))
        missing = [str(warehouse) for warehouse in wanted if warehouse not in found]
        if missing or not wanted:
            where = " and ".join(missing) or "any warehouse"
            raise NotFound(
                f"experiment {record.name!r} is not loaded into {where}",
                hint=f"load it: dw-sim experiment load {record.name}",
            )
        return {warehouse: found[warehouse] for warehouse in wanted}
