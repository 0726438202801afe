"""The history of statements that the STL_, SVL_ and SYS_ views show: collected as they run, written in batches.

`QueryHistory.begin` and `Entry`'s endings are on the path of every statement, so they only note facts. All else
(telling the kind of statement, masking secrets, writing) happens in `flush`, on the owner's connection, a moment later
or when a statement that reads the history is about to run.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import re
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from time import time

from dw_simulator.emulators.redshift import journal, spans
from dw_simulator.emulators.redshift.commands.types import Session
from dw_simulator.emulators.redshift.errors import RedshiftError
from dw_simulator.emulators.redshift.journal import mask
from dw_simulator.emulators.redshift.spans import StatementSpans
from dw_simulator.observability import sql_trace, tracing
from dw_simulator.observability.tracing import Remote
from dw_simulator.splitting.redshift import split

log = logging.getLogger(__name__)

Write = Callable[[str, str, bytes], Awaitable[object]]
"""Runs SQL as the owner in a database, with what its COPY FROM STDIN takes: ``write(sql, database, data)``."""

_DELAY_SECONDS = 0.1
_MAX_WAITING = 20_000
_BATCH = 1000
_MAX_TEXT = 65_535
_KEPT = 100_000
"""Statements kept of each database; the oldest go first."""
_TRIM_EVERY = 10_000

_READERS = re.compile(r"\b(?:stl_|svl_|stv_|svv_query|svcs_|sys_)\w|\b(?:pg_last|last_user)_query_id\b", re.I)
_LAST_ID = re.compile(r"\b(?:pg_last|last_user)_query_id\b", re.I)


def reads_history(sql: str) -> bool:
    """Whether a statement names a view or function whose answer depends on the history."""
    return _READERS.search(sql) is not None


class Entry:
    """A statement that runs or has run. ``index`` is its position among the statements of ``script``."""

    __slots__ = (
        *(
            "_statement",
            "ended",
            "error",
            "index",
            "label",
            "number",
            "script",
            "session",
            "source",
            "spans",
            "started",
            "tag",
            "transaction",
        ),
    )

    def __init__(self, number: int, session: Session, script: str, index: int, started: float) -> None:
        self.number = number
        self.session = session
        self.script = script
        self.index = index
        self.started = started
        self._statement: str | None = None
        self.ended = 0.0
        self.tag: str | bytes = ""
        self.error: tuple[str, str] | None = None
        """SQLSTATE and message."""
        self.transaction = session.transaction_id
        self.label = session.parameters.get("query_group")
        self.spans: StatementSpans | None = None
        self.source = 0
        """The query whose result was the answer; 0: it ran itself."""

    @property
    def rows(self) -> int:
        """Rows that it returned or changed, as its command tag says."""
        return _rows(self.tag)

    @property
    def text(self) -> str:
        """The statement without its neighbours, secrets masked."""
        return mask(self.statement)[:_MAX_TEXT]

    @property
    def statement(self) -> str:
        """The statement without its neighbours."""
        if self._statement is None:
            script = self.script
            statements = split(script, backslash_escapes=True) if ";" in script else (script.strip(),)
            self._statement = statements[self.index] if self.index < len(statements) else script
        return self._statement


class QueryHistory:
    """What ran on this emulator; see the module's description."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self.on_ended: Callable[[Entry], None] | None = None
        """Told of each statement that has ended, a moment later."""
        self._numbers = itertools.count(1)
        self._running: dict[int, Entry] = {}
        self._waiting: deque[Entry] = deque()
        self._flushing = asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self._lost = 0
        self._since_trim = 0

    def number_from(self, first: int) -> None:
        """Statements are numbered from here on: above those of earlier runs."""
        self._numbers = itertools.count(first)

    def next_number(self) -> int:
        return next(self._numbers)

    # --- on the path of every statement ---
    def begin(
        self,
        session: Session,
        script: str,
        index: int = 0,
        *,
        first: bool = True,
        forwarded: bool = True,
        parent: Remote | None = None,
        received: int | None = None,
    ) -> Entry:
        """A statement starts. If it is not the ``first`` of its script, its transaction is that of the one before.

        ``forwarded``: PostgreSQL runs it. For ``parent`` and ``received`` see `spans.begin`.
        """
        number = next(self._numbers)
        if first and session.transaction_status == "I":
            session.transaction_id = number
        session.query_id = number
        entry = self._running[number] = Entry(number, session, script, index, time())
        if tracing.is_on():
            text = entry.statement
            entry.spans = spans.begin(session, text, number, forwarded=forwarded, parent=parent, received=received)
        return entry

    def following(self, entry: Entry) -> Entry:
        """The next statement of the same script starts."""
        parent = sql_trace.commented_parent(entry.script)
        return self.begin(entry.session, entry.script, entry.index + 1, first=False, parent=parent)

    def succeed(self, entry: Entry, tag: str | bytes) -> None:
        """``tag`` is the command tag, or the CommandComplete message with it."""
        entry.tag = tag
        self._end(entry)

    def fail(self, entry: Entry, sqlstate: str, message: str) -> None:
        entry.error = (sqlstate, message)
        self._end(entry)

    def forget(self, entry: Entry) -> None:
        """It did not run after all."""
        self._running.pop(entry.number, None)

    def _end(self, entry: Entry) -> None:
        entry.ended = time()
        if entry.spans is not None:
            entry.spans.end(_rows(entry.tag), entry.error)
        entry.session.last_query_id = entry.number
        self._running.pop(entry.number, None)
        if len(self._waiting) < _MAX_WAITING:
            self._waiting.append(entry)
        else:
            self._lost += 1
        if self._timer is None and not self._closed:
            self._timer = asyncio.get_running_loop().call_later(_DELAY_SECONDS, self._start_flush)

    def abandon(self, session: Session) -> None:
        """The client went away: what it still ran was stopped."""
        for entry in [entry for entry in self._running.values() if entry.session is session]:
            self.fail(entry, "57014", "Query cancelled: the client closed the connection")

    # --- a moment later ---
    def _start_flush(self) -> None:
        self._timer = None
        self._task = asyncio.ensure_future(self.flush())

    async def flush(self) -> None:
        """Write down what has ended."""
        async with self._flushing:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
                if self.on_ended is not None:
                    for entry in batch:
                        self.on_ended(entry)
                for database in sorted({entry.session.database for entry in batch}):
                    chosen = [entry for entry in batch if entry.session.database == database]
                    sql = journal.insertion("dw_journal_query") + _reuses(chosen) + self._trim(len(chosen))
                    await self._save(database, sql, journal.copied(chosen))
            if self._lost:
                log.warning("%d statements are missing in the query history: they came too quickly", self._lost)
                self._lost = 0

    async def settle(self, session: Session) -> None:
        """Make the history complete for a statement that reads it, and show what runs at this moment."""
        await self.flush()
        running = [entry for entry in self._running.values() if entry.session.database == session.database]
        snapshot = "DELETE FROM pg_catalog.dw_journal_running; " + journal.insertion("dw_journal_running")
        async with self._flushing:
            await self._save(session.database, snapshot, journal.copied(running))

    async def close(self) -> None:
        """Write down the rest; what ends later is not listed."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        await self.flush()

    async def _save(self, database: str, sql: str, data: bytes) -> None:
        try:
            await self._write(sql, database, data)
        except RedshiftError as error:
            # The statements themselves have run: a database that is gone must not fail others.
            log.warning("cannot write the query history of database %s: %s", database, error.message)

    def _trim(self, added: int) -> str:
        self._since_trim += added
        if self._since_trim < _TRIM_EVERY:
            return ""
        self._since_trim = 0
        oldest = "(SELECT max(query_id) FROM pg_catalog.dw_journal_query)"
        return "".join(
            f"; DELETE FROM pg_catalog.{table} WHERE query_id <= {oldest} - {_KEPT}"
            for table in ("dw_journal_query", "dw_journal_reuse")
        )


def last_id_statement(sql: str, session: Session) -> str | None:
    """What has to run before ``sql`` so that PG_LAST_QUERY_ID knows its answer; None when it is not asked."""
    if session.transaction_status == "E" or not _LAST_ID.search(sql):
        return None
    return f"SELECT pg_catalog.set_config('dw.last_query_id', '{session.last_query_id}', false)"


def _reuses(entries: Iterable[Entry]) -> str:
    found = ", ".join([f"({entry.number}, {entry.source})" for entry in entries if entry.source])
    return f"; INSERT INTO pg_catalog.dw_journal_reuse VALUES {found}" if found else ""


def _rows(tag: str | bytes) -> int:
    last = tag[tag.rfind(b" ") + 1 : -1] if isinstance(tag, bytes) else tag.rpartition(" ")[2]
    return int(last) if last.isdigit() else 0
