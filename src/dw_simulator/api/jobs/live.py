"""A job that runs in this server: what its thread tells of it, and what others see."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from dw_simulator.api.jobs.faults import document_of, is_cancellation, trace_of
from dw_simulator.errors import DwSimulatorError
from dw_simulator.metadata import JobKind, JobRecord, JobRepository, JobState, JobTable, TableState
from dw_simulator.schema import Warehouse

log = logging.getLogger(__name__)

SAVE_SECONDS = 2.0
"""How often progress is written to the metadata: a server that is killed leaves it as old as this."""

Key = tuple[Warehouse | None, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a job ended with. An error beside a result is that of a part, the rest went well."""

    result: BaseModel | None = None
    error: BaseException | None = None


class LiveJob:
    """Its methods may be called from any thread. ``changed`` is called, in any thread, whenever there is news."""

    def __init__(self, record: JobRecord, store: JobRepository, changed: Callable[[LiveJob], None]) -> None:
        self.cancelled = threading.Event()
        self.begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.ended: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._loop = asyncio.get_running_loop()
        self._store = store
        self._changed = changed
        self._lock = threading.Lock()
        self._record = record
        self._tables: dict[Key, JobTable] = {}
        self._has_begun = False
        self._saved_at = self._news_at = time.monotonic()
        self._stoppers: list[Callable[[], None]] = []

    @property
    def id(self) -> int:
        return self._record.id

    @property
    def experiment(self) -> str:
        return self._record.experiment

    @property
    def kind(self) -> JobKind:
        return self._record.kind

    @property
    def has_begun(self) -> bool:
        return self._has_begun

    def record(self) -> JobRecord:
        """The job as it is now."""
        with self._lock:
            return self._record.model_copy(update={"tables": list(self._tables.values())})

    # --- called by the work -------------------------------------------------------------------------------------------
    def begin(self, tables: Sequence[JobTable], run_id: int | None = None) -> None:
        """The work has passed its checks and starts: from now on the job is there, however it ends."""
        with self._lock:
            self._tables = {(table.warehouse, table.table): table for table in tables}
            self._record = self._record.model_copy(update={"run_id": run_id})
            self._has_begun = True
            self._saved_at = self._news_at = time.monotonic()
        self._store.set_progress(self.id, tables, run_id)
        self._loop.call_soon_threadsafe(self._say_begun)
        self._changed(self)

    def advance(
        self,
        table: str,
        rows_done: int,
        *,
        warehouse: Warehouse | None = None,
        done: bool = False,
        seconds: float | None = None,
    ) -> None:
        """``rows_done`` of the table's rows are there. Without ``seconds``, the table's time runs from the news before
        its first to its last."""
        now = time.monotonic()
        with self._lock:
            old = self._tables[warehouse, table]
            spent = round((old.seconds or 0.0) + now - self._news_at, 3) if seconds is None else seconds
            state = TableState.DONE if done else TableState.RUNNING
            self._tables[warehouse, table] = old.model_copy(
                update={"rows_done": rows_done, "state": state, "seconds": spent}
            )
            self._news_at = now
        self._save(now)
        self._changed(self)

    def set_tables(self, state: TableState, *, warehouse: Warehouse | None, rows_done: int | None = None) -> None:
        """Put all tables of a warehouse that are not done into a state; with ``rows_done``, those that are done too."""
        with self._lock:
            for key, table in self._tables.items():
                if key[0] == warehouse and (rows_done is not None or table.state is not TableState.DONE):
                    update: dict[str, Any] = {"state": state}
                    if rows_done is not None:
                        update["rows_done"] = rows_done
                    self._tables[key] = table.model_copy(update=update)
        self._changed(self)

    def start_next(self, warehouse: Warehouse | None) -> None:
        """Mark the first table that waits as the one that is worked on."""
        with self._lock:
            for key, table in self._tables.items():
                if key[0] == warehouse and table.state is TableState.WAITING:
                    self._tables[key] = table.model_copy(update={"state": TableState.RUNNING})
                    break

    def on_cancel(self, stop: Callable[[], None]) -> None:
        """Call ``stop``, in another thread, when the job is cancelled."""
        with self._lock:
            self._stoppers.append(stop)
        if self.cancelled.is_set():
            stop()

    # --- called by the registry ---------------------------------------------------------------------------------------
    def cancel(self) -> None:
        """Ask the work to stop. May take as long as it takes to tell a warehouse."""
        with self._lock:
            stoppers = list(self._stoppers)
        self.cancelled.set()
        for stop in stoppers:
            try:
                stop()
            except DwSimulatorError as error:
                log.warning("job %s cannot be stopped at once: %s", self.id, error)

    def finish(self, outcome: Outcome) -> None:
        """Keep the end of the job, or forget it when it never began."""
        state = self._end_state(outcome)
        error = outcome.error
        document = None if error is None else document_of(error)
        result = None if outcome.result is None else outcome.result.model_dump(mode="json")
        with self._lock:
            if state is not JobState.COMPLETED:
                self._tables = {key: _stopped(table) for key, table in self._tables.items()}
            tables = list(self._tables.values())
            self._record = self._record.model_copy(
                update={
                    "state": state,
                    "finished_at": dt.datetime.now(dt.UTC),
                    "result": result,
                    "error": document,
                    "traceback": None if error is None else trace_of(error),
                }
            )
        self._store_end(state, tables, result, document, self._record.traceback)
        self._loop.call_soon_threadsafe(self._say_ended, outcome)

    def _store_end(
        self,
        state: JobState,
        tables: Sequence[JobTable],
        result: Mapping[str, Any] | None,
        error: Mapping[str, Any] | None,
        traceback: str | None,
    ) -> None:
        try:
            if self._has_begun:
                self._store.finish(self.id, state, tables=tables, result=result, error=error, traceback=traceback)
            else:
                self._store.remove(self.id)
        except sqlite3.Error as failure:  # the next start of a server marks it aborted
            log.error("the end of job %s is not kept: %s", self.id, failure)

    def _end_state(self, outcome: Outcome) -> JobState:
        if outcome.error is None:
            return JobState.COMPLETED
        stopped = is_cancellation(outcome.error) or self.cancelled.is_set()
        return JobState.CANCELLED if stopped else JobState.FAILED

    def _save(self, now: float) -> None:
        with self._lock:
            if now - self._saved_at < SAVE_SECONDS:
                return
            self._saved_at = now
            tables, run_id = list(self._tables.values()), self._record.run_id
        try:
            self._store.set_progress(self.id, tables, run_id)
        except sqlite3.Error as error:
            log.warning("the progress of job %s is not kept: %s", self.id, error)

    def _say_begun(self) -> None:
        if not self.begun.done():
            self.begun.set_result(None)

    def _say_ended(self, outcome: Outcome) -> None:
        if not self.ended.done():
            self.ended.set_result(outcome)


def _stopped(table: JobTable) -> JobTable:
    if table.state is TableState.RUNNING:
        return table.model_copy(update={"state": TableState.FAILED})
    return table
