"""One query: it runs in a thread of its own, and its rows are kept in a file from which pages are read."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dw_simulator.errors import DwSimulatorError, NotFound, QueryCancelled, WarehouseSqlError
from dw_simulator.experiments.queries.kinds import ColumnKind
from dw_simulator.experiments.queries.sessions import Session, Sessions
from dw_simulator.experiments.queries.statements import Statement, StatementKind
from dw_simulator.observability import tracing
from dw_simulator.schema import Warehouse
from dw_simulator.warehouses.base import ResultColumn

if TYPE_CHECKING:
    import pyarrow as pa

    from dw_simulator.experiments.queries.spool import Spool
    from dw_simulator.warehouses.base import QueryResult

log = logging.getLogger(__name__)

PAGE_ROWS = 500
ROW_LIMIT = 100_000
FIRST_ROWS = 2_000
"""Rows that a warehouse is asked for first, at least: few, so that a page is there soon."""
_RETRIES = (0.2, 0.4, 0.8, 1.6, 3.0, 6.0, 12.0, 24.0)
"""Seconds to wait for the end of a query that was interrupted, before it is interrupted again."""


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """What to run. ``sql`` may be several statements; the result is that of the last one."""

    warehouse: Warehouse
    sql: str
    experiment: str | None = None
    query_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    page_rows: int = PAGE_ROWS
    row_limit: int = ROW_LIMIT


@dataclass(slots=True)
class Timing:
    """Seconds: to get a connection, to run the statements, from then on to the rows of the first page."""

    connect: float = 0.0
    execute: float = 0.0
    first_page: float = 0.0


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

    def __init__(
        self, request: QueryRequest, statements: Sequence[Statement], *, folder: Path, room: Callable[[int], bool]
    ) -> None:
        """``room`` is told how many bytes the result takes and says whether it may take more."""
        self.request = request
        self.statements = statements
        self.seconds = Timing()
        self.columns: tuple[ResultColumn, ...] = ()
        self.kinds: tuple[ColumnKind, ...] = ()
        self.truncated = False
        self.error: BaseException | None = None
        self.used_at = time.monotonic()
        self.ended = threading.Event()
        self._folder = folder
        self._room = room
        self._spool: Spool | None = None
        self._session: Session | None = None
        self._cancelled = False
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
    def run(self, sessions: Sessions, *, only_reads: bool) -> None:
        """Run the statements and keep the rows of the last one; an error is kept too."""
        began = time.perf_counter()
        is_clean = False
        try:
            with tracing.span("query", {"dw_simulator.warehouse": str(self.request.warehouse)}):
                self._session = sessions.take(self.request.warehouse, self.request.experiment)
                self.seconds.connect = time.perf_counter() - began
                with self._executed(self._session) as result:
                    self._keep(result)
                is_clean = only_reads and not self._cancelled
        except DwSimulatorError as error:
            self._fail(error)
        except Exception as error:
            log.exception("query %s failed", self.request.query_id)
            self._fail(error)
        finally:
            if self._session is not None:
                sessions.give_back(self._session, is_clean=is_clean)
            self.ended.set()
            self._tell()
            if self._freed:
                self._close()

    def _executed(self, session: Session) -> QueryResult:
        began = time.perf_counter()
        first_rows = max(min(self.request.page_rows, self.request.row_limit) + 1, FIRST_ROWS)
        *before, last = self.statements
        for statement in before:
            self._run(session, statement, 1).close()
        result = self._run(session, last, first_rows)
        self.seconds.execute = time.perf_counter() - began
        return result

    def _run(self, session: Session, statement: Statement, first_rows: int) -> QueryResult:
        if self._cancelled:
            raise QueryCancelled("the query was cancelled")
        try:
            return session.adapter.query(statement.sql, first_rows=first_rows)
        except WarehouseSqlError as error:
            raise _placed(error, statement, self.statements) from error

    def _keep(self, result: QueryResult) -> None:
        from dw_simulator.experiments.queries.cells import kind_of_column
        from dw_simulator.experiments.queries.spool import Spool

        began = time.perf_counter()
        limit = self.request.row_limit
        with self._lock:
            self._spool = Spool(self._folder, result.schema)
            self.columns = result.columns
            self.kinds = tuple(map(kind_of_column, result.columns, result.schema.types))
        for batch in result.batches:
            if self._cancelled:
                raise QueryCancelled("the query was cancelled")
            taken = batch.slice(0, limit - self._spool.rows)
            self._spool.write(taken)
            if not self.seconds.first_page and self._spool.rows >= min(self.request.page_rows, limit):
                self.seconds.first_page = time.perf_counter() - began
            if taken.num_rows < batch.num_rows or not self._room(self._spool.size):
                self.truncated = True
                break
            self._tell()
        self.seconds.first_page = self.seconds.first_page or time.perf_counter() - began

    def _fail(self, error: BaseException) -> None:
        if self._spool is not None and isinstance(error, QueryCancelled):
            self.truncated = True  # what was read stays, as after any other limit
        else:
            self.error = error

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
            query_id=self.request.query_id,
            warehouse=self.request.warehouse,
            columns=self.columns,
            kinds=self.kinds,
            rows=rows,
            offset=offset,
            rows_kept=self.rows,
            complete=complete,
            truncated=self.truncated,
            statement=self.statements[-1].kind,
            seconds=self.seconds,
        )

    def batches(self, offset: int = 0, limit: int | None = None) -> list[pa.RecordBatch]:
        """The rows that are there, of a range. Raises NotFound when the result was freed."""
        try:
            return list(self._spool.read(offset, limit)) if self._spool is not None else []
        except ValueError as error:
            raise gone(self.request.query_id) from error

    def cancel(self) -> None:
        """Interrupt what runs, until it has ended. What was read is kept."""
        self._cancelled = True
        for seconds in _RETRIES:
            if self._session is not None and not self.ended.is_set():
                try:
                    self._session.adapter.interrupt()
                except DwSimulatorError as error:
                    log.warning("query %s could not be interrupted: %s", self.request.query_id, error)
            if self.ended.wait(seconds):
                return

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


def _placed(error: WarehouseSqlError, failed: Statement, among: Sequence[Statement]) -> WarehouseSqlError:
    """The error with its place in the whole text, and which of several statements it is."""
    message = error.message
    line, column = error.line, error.column
    if line is not None:
        column = column + failed.column - 1 if line == 1 and column is not None else column
        line += failed.line - 1
    elif len(among) > 1:
        line, column = failed.line, failed.column
    if len(among) > 1:
        message = f"statement {among.index(failed) + 1} of {len(among)}: {message}"
    return WarehouseSqlError(message, warehouse_code=error.warehouse_code, hint=error.hint, line=line, column=column)
