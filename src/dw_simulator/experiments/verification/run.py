"""Makes the checks of an experiment in one warehouse or several, side by side."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa

from dw_simulator.config import Settings
from dw_simulator.errors import DwSimulatorError, QueryCancelled, WarehouseSqlError
from dw_simulator.experiments.verification.excepting import Exceptions
from dw_simulator.experiments.verification.presence import presence
from dw_simulator.experiments.verification.promises import promises
from dw_simulator.experiments.verification.report import Check, Promise, Rule, VerifyReport, WarehouseVerification
from dw_simulator.experiments.verification.reported import Reported
from dw_simulator.observability import tracing
from dw_simulator.schema import Experiment, Table, Warehouse

if TYPE_CHECKING:
    from dw_simulator.warehouses.base import Adapter

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TableVerified:
    """The checks of one table of ``rows`` rows are made."""

    warehouse: Warehouse
    table: str
    rows: int
    seconds: float


VerifyProgress = Callable[[TableVerified], None]


class Stopper:
    """Lets another thread stop a verification."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._adapters: list[Adapter] = []
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Stop what runs now and let nothing more begin."""
        self._stopped.set()
        with self._lock:
            adapters = list(self._adapters)
        for adapter in adapters:
            adapter.interrupt()

    def check(self) -> None:
        """Raises QueryCancelled after :meth:`stop`."""
        if self._stopped.is_set():
            raise QueryCancelled("the verification was stopped")

    @contextmanager
    def holding(self, adapter: Adapter) -> Iterator[None]:
        with self._lock:
            self._adapters.append(adapter)
        try:
            self.check()
            yield
        finally:
            with self._lock:
                self._adapters.remove(adapter)


@dataclass(frozen=True, slots=True)
class Verification:
    """``loaded``: the rows that each table got, by warehouse; a warehouse that is not there holds nothing."""

    settings: Settings
    experiment: Experiment
    loaded: Mapping[Warehouse, Mapping[str, int]]
    progress: VerifyProgress
    stopper: Stopper
    reported: Mapping[Warehouse, Reported] = field(default_factory=dict)
    """the defects that were put into what each holds"""

    def run(self, warehouses: Sequence[Warehouse]) -> tuple[VerifyReport, list[DwSimulatorError]]:
        """Check each; a warehouse that fails does not stop the others. Raises QueryCancelled when it is stopped."""
        began = time.perf_counter()
        with ThreadPoolExecutor(max_workers=len(warehouses), thread_name_prefix="verify") as pool:
            tasks = [pool.submit(tracing.carried(partial(self._verify, warehouse))) for warehouse in warehouses]
            try:
                found = [task.result() for task in tasks]
            except BaseException:
                self.stopper.stop()
                raise
        self.stopper.check()
        parts = [part for part, _ in found]
        report = VerifyReport(
            ok=all(part.ok for part in parts), seconds=round(time.perf_counter() - began, 3), warehouses=parts
        )
        return report, [error for _, error in found if error is not None]

    def _verify(self, warehouse: Warehouse) -> tuple[WarehouseVerification, DwSimulatorError | None]:
        checks: list[Check] = []
        error: DwSimulatorError | None = None
        try:
            with tracing.span(f"verify {warehouse}", {"dw_simulator.warehouse": str(warehouse)}):
                self._check_tables(warehouse, checks)
        except DwSimulatorError as failure:
            error = failure
        ok = error is None and all(check.ok for check in checks)
        return (
            WarehouseVerification(
                warehouse=warehouse, ok=ok, error=error.message if error is not None else None, checks=checks
            ),
            error,
        )

    def _check_tables(self, warehouse: Warehouse, checks: list[Check]) -> None:
        from dw_simulator.warehouses import connect

        rows = self.loaded.get(warehouse, {})
        reported = self.reported.get(warehouse, {})
        exceptions = Exceptions(self.experiment, warehouse, reported) if reported else None
        adapter = connect(warehouse, self.settings)
        try:
            with self.stopper.holding(adapter):
                adapter.use(self.experiment.name)
                for table in self.experiment.tables:
                    began = time.perf_counter()
                    expected = rows.get(table.name, 0)
                    for promise in promises(self.experiment, table, warehouse, expected):
                        self.stopper.check()
                        checks.append(_made(adapter, table, promise, expected, exceptions))
                    if (defects := reported.get(table.name.lower())) is not None:
                        self.stopper.check()
                        checks.extend(presence(adapter, table, warehouse, defects))
                    self.progress(TableVerified(warehouse, table.name, expected, time.perf_counter() - began))
        finally:
            adapter.close()


def _made(adapter: Adapter, table: Table, promise: Promise, rows: int, exceptions: Exceptions | None) -> Check:
    """A check whose statement fails is one that is not kept: a table or column may be missing."""
    began = time.perf_counter()
    failure: str | None = None
    found, excepted = 0, None
    try:
        found = _number(adapter, promise.sql)
        excepted = exceptions.of(adapter, table, promise, found) if exceptions is not None else None
    except WarehouseSqlError as error:
        failure = error.message
    except pa.ArrowException as error:
        failure = str(error)
    violations, actual = found, f"{found} rows break it" if found else "none breaks it"
    if promise.rule is Rule.ROW_COUNT:
        violations, actual = abs(found - rows), f"{found} rows"
    if excepted is not None:
        violations, actual = excepted.violations, excepted.said
    return Check(
        table=table.name,
        rule=promise.rule,
        columns=list(promise.columns),
        ok=failure is None and violations == 0,
        violations=violations if failure is None else 0,
        excepted=excepted.rows if excepted is not None else 0,
        expected=promise.expected,
        actual=actual if failure is None else f"the check failed: {failure}",
        sql=promise.sql,
        seconds=round(time.perf_counter() - began, 4),
    )


def _number(adapter: Adapter, sql: str) -> int:
    with adapter.query(sql) as result:
        values = [value for batch in result.batches for value in batch.column(0).to_pylist()]
    return int(values[0])
