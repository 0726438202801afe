"""Runs the two sides of a comparison at the same time."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dw_simulator.errors import DwSimulatorError, QueryCancelled, WarehouseSqlError
from dw_simulator.experiments.queries.cells import kind_of_column
from dw_simulator.experiments.queries.compare import Differences, Rows, compare
from dw_simulator.experiments.queries.execution import Execution, QueryRequest
from dw_simulator.experiments.queries.kinds import ColumnKind
from dw_simulator.experiments.queries.spool import Spool
from dw_simulator.experiments.queries.statements import is_ordered
from dw_simulator.schema import Warehouse
from dw_simulator.warehouses.base import ResultColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dw_simulator.experiments.queries.service import Queries
    from dw_simulator.experiments.service import ExperimentService
    from dw_simulator.warehouses.base import QueryResult


@dataclass(slots=True)
class ComparedSide:
    """What one side answered, or why it did not."""

    warehouse: Warehouse
    columns: Sequence[ResultColumn] = ()
    kinds: Sequence[ColumnKind] = ()
    rows: int = 0
    seconds: float = 0.0
    truncated: bool = False
    error: DwSimulatorError | None = None


@dataclass(slots=True)
class Compared:
    """``ordered``: rows were compared by their position. ``truncated``: a side has more rows than were compared."""

    left: ComparedSide
    right: ComparedSide
    ordered: bool = False
    differences: Differences = field(default_factory=Differences)

    @property
    def equal(self) -> bool:
        return not (self.left.error or self.right.error) and self.differences.equal

    @property
    def truncated(self) -> bool:
        return self.left.truncated or self.right.truncated


class _Side:
    """One query and its rows."""

    def __init__(self, queries: Queries, request: QueryRequest, experiments: ExperimentService) -> None:
        self.found = ComparedSide(request.warehouse)
        self.spool: Spool | None = None
        self.failure: BaseException | None = None
        self._queries = queries
        self._limit = request.row_limit
        self.execution: Execution | None = None
        try:
            self.execution = queries.execution(request, experiments)
        except WarehouseSqlError as error:
            self.found.error = error

    def run(self) -> None:
        if self.execution is None:
            return
        began = time.perf_counter()
        try:
            self._queries.run(self.execution, self._keep)
        except DwSimulatorError as error:
            self.found.error = error
        except BaseException as error:  # noqa: BLE001 - it is raised where the comparison was asked for
            self.failure = error
        self.found.seconds = time.perf_counter() - began

    def _keep(self, result: QueryResult) -> int:
        assert self.execution is not None
        self.spool = spool = Spool(self._queries.folder, result.schema)
        self.found.columns = result.columns
        self.found.kinds = [kind_of_column(*pair) for pair in zip(result.columns, result.schema.types, strict=True)]
        for batch in result.batches:
            self.execution.stop_if_cancelled()
            taken = batch.slice(0, self._limit - spool.rows)
            spool.write(taken)
            if taken.num_rows < batch.num_rows:
                self.found.truncated = True
                break
        self.found.rows = spool.rows
        return spool.rows

    def answer(self) -> Rows:
        assert self.spool is not None
        return Rows(self.found.warehouse, self.found.columns, self.found.kinds, self.spool)

    def close(self) -> None:
        if self.spool is not None:
            self.spool.close()


def run_comparison(
    queries: Queries,
    left: QueryRequest,
    right: QueryRequest,
    experiments: ExperimentService,
    *,
    key: Sequence[str],
    stop: threading.Event,
) -> Compared:
    """See :meth:`Queries.compare`."""
    sides = [_Side(queries, request, experiments) for request in (left, right)]
    with closing(sides[0]), closing(sides[1]):
        _run(sides, stop)
        found = Compared(sides[0].found, sides[1].found)
        found.ordered = not key and all(is_ordered(side.sql, side.warehouse) for side in (left, right))
        if not (found.left.error or found.right.error):
            found.differences = compare(sides[0].answer(), sides[1].answer(), ordered=found.ordered, key=key)
    return found


def _run(sides: Sequence[_Side], stop: threading.Event) -> None:
    """Both at the same time. Raises QueryCancelled once ``stop`` is set, and what is no error of a warehouse."""
    threads = []
    for side in sides:
        context = contextvars.copy_context()
        threads.append(threading.Thread(target=context.run, args=(side.run,), name="query-side", daemon=True))
    with _stopping(sides, stop):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for side in sides:
        if side.failure is not None:
            raise side.failure
    if stop.is_set():
        raise QueryCancelled("the comparison was cancelled")


@contextmanager
def _stopping(sides: Sequence[_Side], stop: threading.Event) -> Iterator[None]:
    """Cancel the sides as soon as ``stop`` is set."""
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            if stop.wait(0.1):
                for side in sides:
                    if side.execution is not None and not over.is_set():
                        side.execution.cancel()
                return

    watcher = threading.Thread(target=watch, name="query-side-watcher", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
