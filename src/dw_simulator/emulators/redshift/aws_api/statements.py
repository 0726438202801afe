"""One request of the Data API being run, and the connections it runs on."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import pq

from dw_simulator.emulators.redshift.aws_api.data_results import Column, ResultSet
from dw_simulator.emulators.redshift.aws_api.errors import validation

LARGEST_RESULT = 500 << 20
"""Bytes of a result (Management Guide, "Using the Amazon Redshift Data API": query result size)."""

_NAMED = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|\$(\w*)\$.*?\$\1\$|::|:(?P<name>[A-Za-z_]\w*)", re.DOTALL
)


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(slots=True)
class Part:
    """One SQL statement of a request. ``rows`` are those of the result, or those that the statement changed."""

    sql: str
    status: str = "SUBMITTED"
    error: str | None = None
    created: dt.datetime = field(default_factory=now)
    updated: dt.datetime = field(default_factory=now)
    seconds: float = 0.0
    rows: int = -1
    result: ResultSet | None = None

    def enter(self, status: str, error: str | None = None) -> None:
        self.status, self.error, self.updated = status, error, now()


@dataclass(slots=True)
class Connection:
    """A connection to the emulator's own port, as any client makes one. A session keeps it after its statement."""

    raw: psycopg.AsyncConnection[Any]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    seconds: int = 0
    """How long the session lives after a statement; 0: it is no session."""
    timer: asyncio.TimerHandle | None = None
    owner: str = ""
    who: dict[str, str] = field(default_factory=dict)
    created: dt.datetime = field(default_factory=now)
    updated: dt.datetime = field(default_factory=now)
    statement: str | None = None
    """The request that runs in the session."""

    @property
    def pid(self) -> int:
        return self.raw.info.backend_pid

    @property
    def busy(self) -> bool:
        return self.statement is not None

    @property
    def status(self) -> str:
        """As ListSessions has it."""
        if self.raw.closed:
            return "CLOSED"
        return "BUSY" if self.busy else "AVAILABLE"

    def occupy(self, statement: str | None) -> None:
        """Note which request runs in the session from now on; None: it is free."""
        self.statement, self.updated = statement, now()

    async def run(self, part: Part, parameters: Mapping[str, str]) -> None:
        """Run one statement; its outcome goes into ``part``. Raises psycopg.Error when it fails."""
        part.enter("STARTED")
        began = time.perf_counter()
        sql, values = positional(part.sql, parameters)
        try:
            async with psycopg.AsyncRawCursor(self.raw) as cursor:
                await cursor.execute(sql.encode(), values or None)
                found = cursor.pgresult
                part.result = _result(found) if found is not None else None
                part.rows = len(part.result.rows) if part.result is not None else cursor.rowcount
            part.enter("FINISHED")
        except psycopg.Error as error:
            part.enter("FAILED", error_text(error))
            raise
        finally:
            part.seconds = time.perf_counter() - began

    async def close(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
        self.updated = now()
        await self.raw.close()


def _result(found: Any) -> ResultSet | None:
    if found.status != pq.ExecStatus.TUPLES_OK:
        return None
    count = found.nfields
    columns = [
        Column((found.fname(i) or b"").decode(), found.ftype(i), found.fmod(i), found.fsize(i)) for i in range(count)
    ]
    rows = [[found.get_value(row, i) for i in range(count)] for row in range(found.ntuples)]
    size = sum(len(value) for row in rows for value in row if value is not None)
    if size > LARGEST_RESULT:
        raise psycopg.DataError(f"the result has {size} bytes; the Data API gives at most {LARGEST_RESULT}")
    return ResultSet(columns, rows, size)


def error_text(error: psycopg.Error) -> str:
    """As the Data API words what a cluster says: ``ERROR: …``, with details behind."""
    message = error.diag.message_primary or str(error).strip() or type(error).__name__
    text = f"ERROR: {message}"
    for label, more in (
        ("Detail", error.diag.message_detail),
        ("Hint", error.diag.message_hint),
        ("Position", error.diag.statement_position),
    ):
        if more:
            text += f"\n  {label}: {more}"
    return text


def positional(sql: str, parameters: Mapping[str, str]) -> tuple[str, list[str]]:
    """``:name`` outside of quotes and comments as ``$1`` …; without parameters the text stays as it is.

    Raises:
        ApiError: a name that there is no parameter for.
    """
    if not parameters:
        return sql, []
    numbers: dict[str, int] = {}

    def placed(match: re.Match[str]) -> str:
        name = match["name"]
        if name is None:
            return match[0]
        if name not in parameters:
            raise validation(f"Parameters list is missing a value for parameter {name}")
        return f"${numbers.setdefault(name, len(numbers) + 1)}"

    text = _NAMED.sub(placed, sql)
    return text, [parameters[name] for name in numbers]


def names_in(sqls: Sequence[str]) -> set[str]:
    """The parameters that statements refer to."""
    return {match["name"] for sql in sqls for match in _NAMED.finditer(sql) if match["name"]}


@dataclass(slots=True)
class Request:
    """What ExecuteStatement or BatchExecuteStatement began. ``who`` are the members that say where and as whom."""

    parts: list[Part]
    owner: str
    who: dict[str, str]
    batch: bool = False
    name: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    auto_commit: bool = False
    result_format: str = "JSON"
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "SUBMITTED"
    error: str | None = None
    created: dt.datetime = field(default_factory=now)
    updated: dt.datetime = field(default_factory=now)
    pid: int = 0
    session: str | None = None
    connection: Connection | None = None
    task: asyncio.Task[None] | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: bool = False

    @property
    def is_over(self) -> bool:
        return self.status in ("FINISHED", "FAILED", "ABORTED")

    @property
    def has_result(self) -> bool:
        return any(part.result is not None for part in self.parts)

    def enter(self, status: str, error: str | None = None) -> None:
        self.status, self.error, self.updated = status, error, now()
        if self.is_over:
            self.done.set()

    async def run(self, connection: Connection) -> None:
        """Run all statements: in one transaction, or each in its own. Raises psycopg.Error."""
        self.connection, self.pid = connection, connection.pid
        self.enter("STARTED")
        transaction = self.batch and not self.auto_commit
        await connection.raw.set_autocommit(not transaction)
        failure: psycopg.Error | None = None
        for part in self.parts:
            if self.cancelled:
                break
            try:
                await connection.run(part, self.parameters)
            except psycopg.Error as error:
                failure = failure or error
                if not self.auto_commit:
                    break
        if transaction:
            await self._end_transaction(connection, failure)
        if failure is not None:
            raise failure

    async def _end_transaction(self, connection: Connection, failure: psycopg.Error | None) -> None:
        if failure is not None or self.cancelled:
            await connection.raw.rollback()
            for part in self.parts:
                if part.status != "FAILED":
                    part.enter("ABORTED")
        else:
            await connection.raw.commit()
