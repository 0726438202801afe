"""Statements that run or ran: their state, results and errors, by query id and by the client's request id."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.interfaces import Bind
from dw_simulator.emulators.snowflake.result_store import StoredResult
from dw_simulator.emulators.snowflake.session_registry import Entry
from dw_simulator.observability.tracing import Remote

KEPT_QUERIES = 10_000


class QueryStatus(StrEnum):
    """The states that ``/monitoring/queries`` reports."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED_WITH_ERROR"
    ABORTED = "ABORTED"

    @property
    def is_finished(self) -> bool:
        return self not in (QueryStatus.QUEUED, QueryStatus.RUNNING)


def new_query_id() -> str:
    """A query id in Snowflake's form: a UUID that begins with the time."""
    digits = f"01{int(time.time()) // 60:08x}{secrets.token_hex(11)}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


@dataclass(slots=True, eq=False)
class Query:
    """One statement of one session. ``done`` is set when it has ended, in whatever way."""

    id: str
    entry: Entry
    sql: str
    binds: Sequence[Bind] | None = None
    describe_only: bool = False
    parameters: dict[str, Any] = field(default_factory=dict)
    request_id: str = ""
    requester: object = None
    """Among whose requests ``request_id`` is unique: see :meth:`QueryRegistry.by_request`."""
    status: QueryStatus = QueryStatus.QUEUED
    result: StoredResult | None = None
    error: SnowflakeError | None = None
    sent: str = ""
    """The text of the request, where the statement is less of it: without a semicolon and the comment after it."""
    started: float = field(default_factory=time.time)
    ended: float | None = None
    cancel_error: SnowflakeError | None = None
    """Why the statement is to be cancelled; set before the engine is told."""
    done: asyncio.Event = field(default_factory=asyncio.Event)
    children: list[Query] = field(default_factory=list)
    reused: bool = False
    """Whether the result is that of an earlier statement."""
    rendered: tuple[str, bytes] | None = None
    """What the response will say of the result, by its format, until it has been said."""
    parent: Remote | None = None
    """The client's span, when it named one."""
    bind_stage: str = ""
    """Where the client put files with the values of the binds, if it did."""

    def finish(self, result: StoredResult) -> None:
        self.result = result
        self._end(QueryStatus.SUCCESS)

    def fail(self, error: SnowflakeError) -> None:
        """Keep the error without where it came from: the frames of its traceback hold all that the statement used."""
        error.__traceback__ = error.__cause__ = error.__context__ = None
        self.error = error
        cancelled = error.errno in (errors.CANCELLED.errno, errors.TIMEOUT.errno)
        self._end(QueryStatus.ABORTED if cancelled else QueryStatus.FAILED)

    def _end(self, status: QueryStatus) -> None:
        self.status = status
        self.ended = time.time()
        self.done.set()


class QueryRegistry:
    """The last queries of the server. Used from the event loop's thread only."""

    def __init__(self, kept: int = KEPT_QUERIES) -> None:
        self._kept = kept
        self._by_id: OrderedDict[str, Query] = OrderedDict()
        self._by_request: dict[tuple[object, str], Query] = {}

    def add(self, query: Query) -> None:
        self._by_id[query.id] = query
        if query.request_id:
            self._by_request[query.requester, query.request_id] = query
        if len(self._by_id) > self._kept:
            self._drop_oldest()

    def find(self, query_id: str) -> Query | None:
        return self._by_id.get(query_id)

    def by_request(self, requester: object, request_id: str) -> Query | None:
        """The query that a request started: of a session, or of the SQL API, where each request has its own."""
        return self._by_request.get((requester, request_id))

    def newest(self) -> list[Query]:
        """Those that are kept, the last one first."""
        return list(reversed(self._by_id.values()))

    def running(self, entry: Entry | None = None) -> list[Query]:
        """Queries that have not ended, of one session or of all."""
        return [
            query
            for query in self._by_id.values()
            if not query.status.is_finished and (entry is None or query.entry is entry)
        ]

    def _drop_oldest(self) -> None:
        for query_id, query in self._by_id.items():
            if query.status.is_finished:
                del self._by_id[query_id]
                self._by_request.pop((query.requester, query.request_id), None)
                return
