"""The queries of one server: run, kept, cancelled, freed, and forgotten when nobody asks for them any more."""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from dw_simulator.config import Settings
from dw_simulator.errors import Busy, Conflict, WarehouseSqlError
from dw_simulator.experiments.queries.execution import Execution, QueryRequest
from dw_simulator.experiments.queries.kept import KeptQuery, gone
from dw_simulator.experiments.queries.sessions import Sessions
from dw_simulator.experiments.queries.statements import Statement, moves_files, statements_of
from dw_simulator.metadata import QueryHistory
from dw_simulator.schema import Warehouse

if TYPE_CHECKING:
    from dw_simulator.experiments.queries.comparing import Compared
    from dw_simulator.experiments.service import ExperimentService
    from dw_simulator.warehouses.base import QueryResult

log = logging.getLogger(__name__)

MOST_STATEMENTS = 1_000
SWEEP_SECONDS = 5.0
CLOSE_SECONDS = 5.0


class Queries:
    """One a server, safe to share by threads. The limits are those of the settings' group ``query``."""

    def __init__(self, settings: Settings, history: QueryHistory) -> None:
        self._limits = settings.query
        self._history = history
        self.folder = settings.home / "tmp"
        self.sessions = Sessions(settings, settings.query.connection_seconds)
        self._queries: OrderedDict[str, KeptQuery] = OrderedDict()
        self._streams: list[Execution] = []
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._sweeper: threading.Thread | None = None

    # --- run ------------------------------------------------------------------------------------------------------
    def start(self, request: QueryRequest, experiments: ExperimentService) -> KeptQuery:
        """Begin to run a query and return at once; ``experiments`` has the guard of the request.

        Raises:
            Busy: too many queries run.
            Conflict: there is a query of this id.
            ConfirmationRequired, NotFound: see :meth:`ExperimentService.check_query`.
            WarehouseSqlError: there is no statement, or one that cannot be run here.
        """
        query = KeptQuery(self.execution(request, experiments), folder=self.folder, room=self._has_room)
        self._add(query)
        context = contextvars.copy_context()  # the trace of the request, and what its log lines carry
        thread = threading.Thread(
            target=lambda: context.run(query.run, self.sessions), name=f"query-{query.id}", daemon=True
        )
        thread.start()
        return query

    def execution(self, request: QueryRequest, experiments: ExperimentService) -> Execution:
        """What runs a query, once it was checked. Raises as :meth:`start`, except Busy and Conflict."""
        name = experiments.check_query(request.sql, request.warehouse, request.experiment)
        statements = runnable(request.sql, request.warehouse)
        return Execution(replace(request, experiment=name), statements, self._history)

    def _add(self, query: KeptQuery) -> None:
        with self._lock:
            if query.id in self._queries:
                raise Conflict(f"there is a query {query.id} already")
            self._check_running()
            self._queries[query.id] = query
            if self._sweeper is None:
                self._sweeper = threading.Thread(target=self._sweep_for_ever, name="query-sweeper", daemon=True)
                self._sweeper.start()
        self._evict()

    def _check_running(self) -> None:
        running = sum(not each.ended.is_set() for each in self._queries.values()) + len(self._streams)
        if running >= self._limits.max_running:
            raise Busy(
                f"{running} queries are running, the most that may at a time",
                hint="wait for one, cancel one, or raise the setting query.max_running",
            )

    def run(self, execution: Execution, consume: Callable[[QueryResult], int]) -> None:
        """Run a query in this thread, to its end; nothing is kept. Raises Busy, and what :class:`Execution` raises."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._lock:
            self._check_running()
            self._streams.append(execution)
        try:
            execution.run(self.sessions, consume)
        finally:
            with self._lock:
                self._streams.remove(execution)

    def compare(
        self,
        left: QueryRequest,
        right: QueryRequest,
        experiments: ExperimentService,
        *,
        key: Sequence[str] = (),
        stop: threading.Event | None = None,
    ) -> Compared:
        """Run two queries side by side and tell what differs; each side's failure is its own. ``stop`` ends both.

        Raises:
            Busy, ConfirmationRequired: see :meth:`start`.
            NotFound: no such experiment, or no such column of the key.
        """
        from dw_simulator.experiments.queries.comparing import run_comparison

        return run_comparison(self, left, right, experiments, key=key, stop=stop or threading.Event())

    # --- kept results ---------------------------------------------------------------------------------------------
    def get(self, query_id: str) -> KeptQuery:
        """Raises NotFound."""
        with self._lock:
            query = self._queries.get(query_id)
            if query is None:
                raise gone(query_id)
            self._queries.move_to_end(query_id)
            query.used_at = time.monotonic()
            return query

    def has(self, query_id: str) -> bool:
        with self._lock:
            return query_id in self._queries

    def count(self) -> int:
        """How many queries are known."""
        with self._lock:
            return len(self._queries)

    def cancel(self, query_id: str) -> None:
        """Interrupt a query and wait until it has ended; nothing for one that has. Raises NotFound."""
        self.get(query_id).cancel()

    def free(self, query_id: str) -> None:
        """Forget a query, after interrupting it if it runs. Raises NotFound."""
        with self._lock:
            query = self._queries.pop(query_id, None)
        if query is None:
            raise gone(query_id)
        _end(query)

    def _has_room(self, size: int) -> bool:
        """Whether a result may grow; older ones that nobody reads make room."""
        limit = self._limits.kept_mb * 1_000_000
        self._evict()
        return size < limit

    def _evict(self) -> None:
        """Forget the results that were not asked for the longest, as far as the limits want it."""
        with self._lock:
            idle = [each for each in self._queries.values() if each.ended.is_set()]
            count, size = len(self._queries), sum(each.size for each in self._queries.values())
            for query in idle:
                if count <= self._limits.max_kept and size <= self._limits.kept_mb * 1_000_000:
                    break
                del self._queries[query.id]
                query.free()
                count, size = count - 1, size - query.size

    # --- time goes by ---------------------------------------------------------------------------------------------
    def sweep(self) -> None:
        """Forget results and close connections that were not used for long."""
        limit = time.monotonic() - self._limits.idle_seconds
        with self._lock:
            old = [each for each in self._queries.values() if each.ended.is_set() and each.used_at < limit]
            for query in old:
                del self._queries[query.id]
        for query in old:
            query.free()
        self.sessions.sweep()

    def _sweep_for_ever(self) -> None:
        while not self._over.wait(SWEEP_SECONDS):
            self.sweep()

    def stop(self) -> list[threading.Event]:
        """Interrupt what runs and forget all, without waiting. Returns what is set when all has ended."""
        self._over.set()
        with self._lock:
            queries, streams = list(self._queries.values()), list(self._streams)
            self._queries.clear()
        for query in queries:
            _end(query)
        for stream in streams:
            threading.Thread(target=stream.cancel, name="query-cancel", daemon=True).start()
        return [each.ended for each in queries] + [each.ended for each in streams]

    def close(self) -> None:
        """Interrupt what runs, wait for it a while, and forget all."""
        until = time.monotonic() + CLOSE_SECONDS
        for ended in self.stop():
            ended.wait(max(until - time.monotonic(), 0))
        self.sessions.close()


def _end(query: KeptQuery) -> None:
    query.free()
    if not query.ended.is_set():
        threading.Thread(target=query.cancel, name=f"query-cancel-{query.id}", daemon=True).start()


def runnable(sql: str, warehouse: Warehouse) -> list[Statement]:
    """The statements of a text, at least one. Raises WarehouseSqlError for none, and for one not to be run here."""
    if "\0" in sql:
        raise WarehouseSqlError("the text has a NUL character, which no warehouse takes")
    statements = statements_of(sql, warehouse)
    if not statements:
        raise WarehouseSqlError("there is no statement to run", hint="the text is empty or only comments")
    if len(statements) > MOST_STATEMENTS:
        raise WarehouseSqlError(
            f"the text has {len(statements):,} statements, and at most {MOST_STATEMENTS:,} are run at a time"
        )
    for statement in statements:
        if moves_files(statement.sql, warehouse):
            raise WarehouseSqlError(
                "PUT and GET are not run here: they read and write files of the machine that the server runs on",
                hint="use Snowflake's own clients, or dw-sim query",
                line=statement.line,
                column=statement.column,
            )
    return statements
