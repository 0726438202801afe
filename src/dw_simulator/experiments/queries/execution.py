"""Statements that run one after the other in one session, and may be stopped from another thread."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dw_simulator.errors import DwSimulatorError, QueryCancelled, WarehouseSqlError
from dw_simulator.experiments.queries.sessions import Session, Sessions
from dw_simulator.experiments.queries.statements import Statement, only_reads
from dw_simulator.metadata import QueryHistory
from dw_simulator.observability import tracing
from dw_simulator.schema import Warehouse

if TYPE_CHECKING:
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


class Execution:
    """Run once, by one thread; any other may cancel it."""

    def __init__(self, request: QueryRequest, statements: Sequence[Statement], history: QueryHistory) -> None:
        self.request = request
        self.statements = statements
        self.seconds = Timing()
        self.cancelled = False
        self.ended = threading.Event()
        self._history = history
        self._session: Session | None = None

    def run(self, sessions: Sessions, consume: Callable[[QueryResult], int]) -> None:
        """Run the statements and hand the result of the last one to ``consume``, which returns the rows it took.

        Raises what the warehouse raises, :class:`QueryCancelled`, and what ``consume`` raises.
        """
        began = time.perf_counter()
        remembered: int | None = None
        rows: int | None = None
        said: str | None = None
        is_clean = False
        try:
            with tracing.span("query", {"dw_simulator.warehouse": str(self.request.warehouse)}):
                self._session = sessions.take(self.request.warehouse, self.request.experiment)
                self.seconds.connect = time.perf_counter() - began
                with self._execute(self._session) as result:
                    self.seconds.execute = time.perf_counter() - began - self.seconds.connect
                    remembered = self._remember(time.perf_counter() - began)
                    rows = consume(result)
            is_clean = not self.cancelled and only_reads(self.request.sql, self.request.warehouse)
        except BaseException as error:
            said = str(error) or type(error).__name__
            raise
        finally:
            if self._session is not None:
                sessions.give_back(self._session, is_clean=is_clean)
            if remembered is None:
                self._remember(time.perf_counter() - began, said)
            else:
                self._history.finish(remembered, rows=rows, error=said)
            self.ended.set()

    def _execute(self, session: Session) -> QueryResult:
        first_rows = max(min(self.request.page_rows, self.request.row_limit) + 1, FIRST_ROWS)
        *before, last = self.statements
        for statement in before:
            self._run(session, statement, 1).close()
        return self._run(session, last, first_rows)

    def _run(self, session: Session, statement: Statement, first_rows: int) -> QueryResult:
        self.stop_if_cancelled()
        try:
            return session.adapter.query(statement.sql, first_rows=first_rows)
        except WarehouseSqlError as error:
            raise _placed(error, statement, self.statements) from error

    def stop_if_cancelled(self) -> None:
        if self.cancelled:
            raise QueryCancelled("the query was cancelled")

    def _remember(self, seconds: float, error: str | None = None) -> int:
        wanted = self.request
        return self._history.add(wanted.sql, wanted.warehouse, wanted.experiment, seconds=seconds, error=error)

    def cancel(self) -> None:
        """Interrupt what runs, until it has ended."""
        self.cancelled = True
        for seconds in _RETRIES:
            if self._session is not None and not self.ended.is_set():
                try:
                    self._session.adapter.interrupt()
                except DwSimulatorError as error:
                    log.warning("query %s could not be interrupted: %s", self.request.query_id, error)
            if self.ended.wait(seconds):
                return


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
