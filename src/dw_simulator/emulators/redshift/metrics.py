"""What the Redshift emulator counts, and the HTTP listener that shows it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from dw_simulator.observability.metrics import Registry
from dw_simulator.observability.statements import KEPT, StatementMetrics, followed
from dw_simulator.serving.metrics import App, MetricsApp, serving
from dw_simulator.serving.pages import Pages

if TYPE_CHECKING:
    from dw_simulator.emulators.redshift.history import Entry
    from dw_simulator.emulators.redshift.server import RedshiftServer

WAREHOUSE = "redshift"


class RedshiftMetrics:
    """The counts of one emulator. ``ended`` is called a moment after a statement has ended, off its path."""

    def __init__(self, server: RedshiftServer) -> None:
        self.registry = Registry(WAREHOUSE, KEPT)
        self.statements = StatementMetrics(self.registry, WAREHOUSE)
        lookups = server.backend.lookups
        followed(self.registry, WAREHOUSE, lambda: len(server.sessions), lambda: (lookups.hits, lookups.misses))
        server.backend.history.on_ended = self.ended

    def ended(self, entry: Entry) -> None:
        code = entry.error[0] if entry.error else None
        self.statements.ended(
            entry.statement,
            entry.ended - entry.started,
            entry.rows,
            code,
            query_id=entry.number,
            pid=entry.session.pid,
            user=entry.session.user,
        )


@contextlib.asynccontextmanager
async def listening(server: RedshiftServer, metrics: RedshiftMetrics, rest: App | None) -> AsyncIterator[int]:
    """``/metrics`` and ``/health`` over HTTP while the block runs, and AWS's APIs as ``rest``. Gives the port.

    Raises:
        StackError: the port is in use.
    """
    settings = server.settings
    pages = Pages(
        metrics.registry,
        [settings.redshift.host, *settings.local_hosts],
        health=lambda: {"status": "restarting"} if server.backend.has_ended() else {},
    )
    async with serving(MetricsApp(pages, rest), WAREHOUSE, settings.redshift.host, settings.redshift.http_port) as port:
        yield port
