"""What the Snowflake emulator counts."""

from __future__ import annotations

import time

from dw_simulator.emulators.snowflake.answers import CHUNK_PATH
from dw_simulator.emulators.snowflake.queries import Query
from dw_simulator.emulators.snowflake.session_registry import SessionRegistry
from dw_simulator.emulators.snowflake.stages.transfers import TRANSFER_PATH
from dw_simulator.observability.metrics import HTTP_REQUESTS, HTTP_SECONDS, Registry
from dw_simulator.observability.statements import KEPT, StatementMetrics, followed

WAREHOUSE = "snowflake"
_ROUTES = {
    "session": "/session",
    "query": "/queries/",
    "monitoring": "/monitoring/",
    "sql-api": "/api/v2/",
    "stage": TRANSFER_PATH,
    "result": CHUNK_PATH,
}


class SnowflakeMetrics:
    """The counts of one emulator. Safe to use from any thread."""

    def __init__(self, sessions: SessionRegistry) -> None:
        self.registry = Registry(WAREHOUSE, (*KEPT, HTTP_REQUESTS, HTTP_SECONDS))
        self.statements = StatementMetrics(self.registry, WAREHOUSE)
        followed(self.registry, WAREHOUSE, lambda: len(sessions.all()))

    def ended(self, query: Query) -> None:
        """A statement has ended, in whatever way."""
        if query.describe_only:
            return
        result, error = query.result, query.error
        rows = 0
        if result is not None:
            rows = sum(result.row_counts.values()) if result.row_counts else result.rows
        self.statements.ended(
            query.sql,
            (query.ended or time.time()) - query.started,
            rows,
            error.code if error is not None else None,
            query_id=query.id,
            session_id=query.entry.session.id,
            user=query.entry.session.user,
        )

    def request(self, method: str, path: str, status: int, seconds: float) -> None:
        """An HTTP request was answered; health checks and scrapes are not counted."""
        if path in ("/metrics", "/_dw/health"):
            return
        route = next((name for name, start in _ROUTES.items() if path.startswith(start)), "other")
        self.registry.count(HTTP_REQUESTS, WAREHOUSE, method, route, str(status))
        self.registry.observe(HTTP_SECONDS, seconds, WAREHOUSE, method, route)
