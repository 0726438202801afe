"""The API as an ASGI application."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig

from dw_simulator.api import openapi, problems
from dw_simulator.api.jobs import Jobs
from dw_simulator.api.metrics import ApiMetrics, CountRequests
from dw_simulator.api.routers import about, connections, experiments, graph, query, services, warehouses
from dw_simulator.api.security import LocalOnly, own_names
from dw_simulator.experiments import ExperimentService
from dw_simulator.experiments.queries import Queries
from dw_simulator.observability import tracing

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings

UNTRACED = frozenset({"/health", "/metrics"})
"""Paths that are asked every few seconds."""

ROUTERS = (
    services.router,
    about.router,
    connections.router,
    experiments.router,
    graph.router,
    warehouses.router,
    query.router,
)


def _telemetry() -> TelemetryConfig:
    """FastAPI's own server spans, which take their parent from the headers; nothing when tracing is off."""
    return {
        "tracer_provider": tracing.tracer_provider(),
        "tracing": tracing.is_on(),
        "metrics": False,
        "logs": False,
        "operation_spans": False,
        "auto_configure": False,
        "exclude": lambda scope: scope.get("path") in UNTRACED,
    }


def create_app(settings: Settings) -> FastAPI:
    """The application; its jobs and its metadata store live from start-up to shutdown."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service = await asyncio.to_thread(ExperimentService, settings)
        app.state.jobs = Jobs(service)
        app.state.queries = Queries(settings)
        try:
            yield
        finally:
            await asyncio.to_thread(app.state.queries.close)
            await app.state.jobs.close()
            await asyncio.to_thread(service.close)

    app = FastAPI(title="dw-simulator", version=version("dw-simulator"), lifespan=lifespan, telemetry=_telemetry())
    app.state.settings = settings
    app.state.started_at = dt.datetime.now(dt.UTC)
    app.state.metrics = ApiMetrics(settings, lambda: app.state.jobs.service.activity())
    problems.install(app)
    openapi.install(app)
    app.add_middleware(CountRequests, registry=app.state.metrics.registry)
    app.add_middleware(LocalOnly, hosts=own_names(settings))
    for router in ROUTERS:
        app.include_router(router)
    return app
