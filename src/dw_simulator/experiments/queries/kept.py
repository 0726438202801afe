"""One query: it runs in a thread of its own, and its rows are kept in a file from which pages are read."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dw_simulator.errors import DwSimulatorError, NotFound, QueryCancelled
from dw_simulator.experiments.queries.execution import Execution, Timing
from dw_simulator.experiments.queries.kinds import ColumnKind
from dw_simulator.experiments.queries.sessions import Sessions
from dw_simulator.experiments.queries.statements import StatementKind
from dw_simulator.schema import Warehouse
from dw_simulator.warehouses.base import ResultColumn

if TYPE_CHECKING:
    import pyarrow as pa

    from dw_simulator.experiments.queries.spool import Spool
    from dw_simulator.warehouses.base import QueryResult

log = logging.getLogger(__name__)

_STREAM_ROWS = 50_000
"""Rows that an export reads from the disk at a time."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a result. ``rows_kept`` can be asked for so far; ``complete``: there will not be more.

    ``query_id`` is None for rows that are not kept.
    """

    query_id: str | None
    warehouse: Warehouse
    columns: Sequence[ResultColumn]
    kinds: Sequence[ColumnKind]
    rows: list[list[Any]]
    offset: int
    rows_kept: int
    complete: bool
    truncated: bool
    statement: StatementKind
    seconds: Timing


class KeptQuery:
    """Read by any thread, run by one."""

    def __init__(self, execution: Execution, *, folder: Path, room: Callable[[int], bool]) -> None:
        """``room`` is told how many bytes the result takes and says whether it may take more."""
        self.id = execution.request.query_id
        self.columns: tuple[ResultColumn, ...] = ()
        self.kinds: tuple[ColumnKind, ...] = ()
        self.schema: pa.Schema | None = None
        self.truncated = False
        self.error: BaseException | None = None
        self.used_at = time.monotonic()
        self.ended = threading.Event()
        self._execution = execution
        self._request = execution.request
        self._folder = folder
        self._room = room
        self._spool: Spool | None = None
        self._freed = False
        self._lock = threading.Lock()
        self._waiting: list[tuple[int, Future[None]]] = []

    @property
    def rows(self) -> int:
        return self._spool.rows if self._spool is not None else 0

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return self._spool.size if self._spool is not None else 0

    # --- in the query's own thread --------------------------------------------------------------------------------
    def run(self, sessions: Sessions) -> None:
        """Run the statements and keep the rows of the last one; an error is kept too."""
        try:
            self._execution.run(sessions, self._keep)
        except QueryCancelled as error:
            if self._spool is None:
                self.error = error
            self.truncated = True  # what was read stays, as after any other limit
        except DwSimulatorError as error:
            self.error = error
        except Exception as error:
            log.exception("query %s failed", self.id)
            self.error = error
        finally:
            self.ended.set()
            self._tell()
            if self._freed:
                self._close()

    def _keep(self, result: QueryResult) -> int:
        from dw_simulator.experiments.queries.cells import kind_of_column
        from dw_simulator.experiments.queries.spool import Spool

        began = time.perf_counter()
        limit = self._request.row_limit
        with self._lock:
            self._spool = Spool(self._folder, result.schema)
            self.schema = result.schema
            self.columns = result.columns
            self.kinds = tuple(map(kind_of_column, result.columns, result.schema.types))
        seconds = self._execution.seconds
        for batch in result.batches:
            self._execution.stop_if_cancelled()
            taken = batch.slice(0, limit - self._spool.rows)
            self._spool.write(taken)
            if not seconds.first_page and self._spool.rows >= min(self._request.page_rows, limit):
                seconds.first_page = time.perf_counter() - began
            if taken.num_rows < batch.num_rows or not self._room(self._spool.size):
                self.truncated = True
                break
            self._tell()
        seconds.first_page = seconds.first_page or time.perf_counter() - began
        return self._spool.rows

    def _tell(self) -> None:
        """Wake those whose rows are there."""
        with self._lock:
            over = self.ended.is_set()
            ready = [future for rows, future in self._waiting if over or self.rows >= rows]
            self._waiting = [] if over else [pair for pair in self._waiting if self.rows < pair[0]]
        for future in ready:
            if future.set_running_or_notify_cancel():
                future.set_result(None)

    # --- in other threads -----------------------------------------------------------------------------------------
    def when(self, rows: int) -> Future[None]:
        """Done as soon as so many rows are kept, or there will not be more."""
        future: Future[None] = Future()
        with self._lock:
            self._waiting.append((rows, future))
        self._tell_if_over(rows)
        return future

    def _tell_if_over(self, rows: int) -> None:
        if self.ended.is_set() or (self._spool is not None and self.rows >= rows):
            self._tell()

    def page(self, offset: int, limit: int) -> Page:
        """The rows that are there of a page. Raises the query's own error, and NotFound when it was freed."""
        from dw_simulator.experiments.queries.cells import rows_of

        self.used_at = time.monotonic()
        complete = self.ended.is_set()
        if self.error is not None and (self._spool is None or offset + limit > self.rows):
            raise self.error
        rows: list[list[Any]] = []
        for batch in self.batches(offset, limit):
            rows += rows_of(batch, self.kinds)
        return Page(
            query_id=self.id,
            warehouse=self._request.warehouse,
            columns=self.columns,
            kinds=self.kinds,
            rows=rows,
            offset=offset,
            rows_kept=self.rows,
            complete=complete,
            truncated=self.truncated,
            statement=self._execution.statements[-1].kind,
            seconds=self._execution.seconds,
        )

    def batches(self, offset: int = 0, limit: int | None = None) -> list[pa.RecordBatch]:
        """The rows that are there, of a range. Raises NotFound when the result was freed."""
        try:
            return list(self._spool.read(offset, limit)) if self._spool is not None else []
        except ValueError as error:
            raise gone(self.id) from error

    def result(self) -> QueryResult:
        """All kept rows as a result to export; those that are still being read are waited for."""
        from dw_simulator.warehouses.base import QueryResult

        self.when(1).result()
        if self.schema is None:
            assert self.error is not None
            raise self.error
        return QueryResult(self.columns, self._stream(), self.schema)

    def _stream(self) -> Iterator[pa.RecordBatch]:
        offset = 0
        while True:
            over = self.ended.is_set()
            self.used_at = time.monotonic()
            for batch in self.batches(offset, _STREAM_ROWS):
                offset += batch.num_rows
                yield batch
            if over and offset >= self.rows:
                break
            self.when(offset + 1).result()
        if self.error is not None:
            raise self.error

    def cancel(self) -> None:
        """Interrupt what runs, until it has ended. What was read is kept."""
        self._execution.cancel()

    def free(self) -> None:
        """Give the disk back; a query that runs is left to :meth:`cancel`, and does it at its end."""
        self._freed = True
        if self.ended.is_set():
            self._close()

    def _close(self) -> None:
        if self._spool is not None:
            self._spool.close()


def gone(query_id: str) -> NotFound:
    return NotFound(f"there is no result {query_id}", hint="results are kept for a while only: run the query again")
