"""What the API counts: its own requests, the generation and loading of all processes, the health of all services."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dw_simulator.config.settings import SERVICE_NAMES
from dw_simulator.observability import logs
from dw_simulator.observability.metrics import (
    HTTP_REQUESTS,
    HTTP_SECONDS,
    JOB_SECONDS,
    Durations,
    Metric,
    Registry,
)
from dw_simulator.stack import health, state
from dw_simulator.stack.ports import Address

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings
    from dw_simulator.metadata.activity import Activity

SERVICE = "api"
RUNS = Metric(
    "dw_simulator_generation_runs_total", "counter", "Generation runs that ended, by any process", ("outcome",)
)
RUN_ROWS = Metric(
    "dw_simulator_generation_rows_total",
    "counter",
    "Rows of generation runs; of one that did not complete, the rows it was to make",
    ("outcome",),
)
RUN_SECONDS = Metric(
    "dw_simulator_generation_duration_seconds",
    "histogram",
    "Time that completed generation runs took, staging included",
    (),
    JOB_SECONDS,
)
STAGED = Metric("dw_simulator_staged_bytes_total", "counter", "Bytes of Parquet files that were staged")
LOADS = Metric(
    "dw_simulator_loads_total", "counter", "Loads that ended, by warehouse and outcome", ("warehouse", "outcome")
)
LOAD_ROWS = Metric("dw_simulator_loaded_rows_total", "counter", "Rows that were loaded", ("warehouse",))
LOAD_SECONDS = Metric(
    "dw_simulator_load_duration_seconds",
    "histogram",
    "Time that completed loads took",
    ("warehouse",),
    JOB_SECONDS,
)
UP = Metric("dw_simulator_service_up", "gauge", "1 if the service answers as it should", ("service",))
RESTARTS = Metric(
    "dw_simulator_service_restarts_total",
    "counter",
    "How often the supervisor started the service again after it ended by itself",
    ("service",),
)
METRICS = (RUNS, RUN_ROWS, RUN_SECONDS, STAGED, LOADS, LOAD_ROWS, LOAD_SECONDS, UP, RESTARTS)

UNCOUNTED = frozenset({"/health", "/metrics"})
PROBE_LIMIT = 1.0
"""Seconds a service may take to answer a scrape's probe."""

WAREHOUSES = ("redshift", "snowflake", "sqlite")
OUTCOMES = ("completed", "failed", "aborted")

Pairs = Iterable[tuple[tuple[str, ...], float | Durations]]


class ApiMetrics:
    """``activity`` gives what the metadata store knows; it is asked at each scrape, in a thread."""

    def __init__(self, settings: Settings, activity: Callable[[], Sequence[Activity]]) -> None:
        self._settings = settings
        self._activity = activity
        self._up: dict[str, bool] = {}
        self._restarts: dict[str, int] = {}
        self.registry = Registry(SERVICE, (HTTP_REQUESTS, HTTP_SECONDS))
        follow = self.registry.follow
        follow(RUNS, lambda: self._by_outcome(lambda found: len(found.seconds)))
        follow(RUN_ROWS, lambda: self._by_outcome(lambda found: found.rows))
        follow(RUN_SECONDS, lambda: [((), Durations(self._one("generation", "completed", "").seconds))])
        follow(STAGED, lambda: [((), float(self._one("generation", "completed", "").bytes))])
        follow(LOADS, self._loads)
        follow(LOAD_ROWS, lambda: [((name,), self._one("load", "completed", name).rows) for name in WAREHOUSES])
        follow(LOAD_SECONDS, lambda: [((n,), Durations(self._one("load", "completed", n).seconds)) for n in WAREHOUSES])
        follow(UP, lambda: [((name,), float(well)) for name, well in self._up.items()])
        follow(RESTARTS, lambda: [((name,), float(count)) for name, count in self._restarts.items()])

    async def render(self) -> bytes:
        """The values now: probes all services and reads the metadata store."""
        await self._probe()
        return await asyncio.to_thread(self.registry.render)

    def _one(self, kind: str, outcome: str, warehouse: str) -> Activity:
        from dw_simulator.metadata.activity import Activity

        wanted = (kind, outcome, warehouse)
        found = (each for each in self._activity() if (each.kind, each.outcome, each.warehouse) == wanted)
        return next(found, Activity(kind, outcome, warehouse, 0, 0, ()))

    def _by_outcome(self, value: Callable[[Activity], float]) -> Pairs:
        return [((outcome,), value(self._one("generation", outcome, ""))) for outcome in OUTCOMES]

    def _loads(self) -> Pairs:
        return [
            ((warehouse, outcome), float(len(self._one("load", outcome, warehouse).seconds)))
            for warehouse in WAREHOUSES
            for outcome in ("completed", "failed")
        ]

    async def _probe(self) -> None:
        addresses = {name: self._settings.service(name) for name in SERVICE_NAMES if name != SERVICE}
        answers = await asyncio.gather(
            *(health.is_healthy(n, Address(s.host, s.port), limit=PROBE_LIMIT) for n, s in addresses.items())
        )
        self._up = {SERVICE: True, **dict(zip(addresses, answers, strict=True))}
        record = await asyncio.to_thread(state.read_record, self._settings)
        self._restarts = {each.name: each.restarts for each in record.services} if record is not None else {}


log = logging.getLogger(__name__)

REQUEST_ID = "x-request-id"

SLOW_SECONDS = 1.0
"""Requests that take longer are logged at level info, others at debug."""


class CountRequests:
    """ASGI middleware: counts and times requests by the template of their route, and logs their end.

    A request's ``X-Request-ID``, or a new id, goes into every line that is logged for it, and into the answer.
    """

    def __init__(self, app: ASGIApp, *, registry: Registry) -> None:
        self._app = app
        self._registry = registry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in UNCOUNTED:
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500
        request_id = logs.request_id(Headers(scope=scope).get(REQUEST_ID))

        async def counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        with logs.bound(request_id=request_id):
            try:
                await self._app(scope, receive, counted)
            finally:
                self._ended(scope, status, time.perf_counter() - began)

    def _ended(self, scope: Scope, status: int, seconds: float) -> None:
        route: Any = scope.get("route")
        template = getattr(route, "path", "none")
        self._registry.count(HTTP_REQUESTS, SERVICE, scope["method"], template, str(status))
        self._registry.observe(HTTP_SECONDS, seconds, SERVICE, scope["method"], template)
        level = logging.INFO if status >= 500 or seconds > SLOW_SECONDS else logging.DEBUG
        fields = {"method": scope["method"], "path": scope["path"], "status": status, "seconds": round(seconds, 4)}
        log.log(level, "request ended", extra=fields)
