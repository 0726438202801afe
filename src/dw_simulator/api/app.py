"""The API as an ASGI application."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.telemetry import TelemetryConfig
from starlette.types import ASGIApp

from dw_simulator.api import openapi, problems, reference, static
from dw_simulator.api.events import EventHub, ExperimentsWatch
from dw_simulator.api.jobs import Jobs
from dw_simulator.api.metrics import ApiMetrics, CountRequests
from dw_simulator.api.routers import (
    about,
    connections,
    creation,
    events,
    experiments,
    graph,
    jobs,
    query,
    rules,
    runs,
    s3,
    saved_queries,
    services,
    warehouses,
)
from dw_simulator.api.security import PAGE_POLICY, LocalOnly, SecureHeaders, TokenOnly, own_names, token_of
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
    creation.router,
    rules.router,
    experiments.router,
    runs.router,
    jobs.router,
    events.router,
    graph.router,
    warehouses.router,
    query.router,
    s3.router,
    saved_queries.router,
    saved_queries.history,
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


def stop_open_requests(app: FastAPI) -> None:
    """Let the requests end that would go on as long as they are asked to: event streams, and waits for jobs."""
    app.state.hub.close()
    app.state.jobs.stop()
    app.state.queries.stop()


class Application(FastAPI):
    """FastAPI whose every answer, also that to an error nobody foresaw, carries the headers for browsers."""

    def build_middleware_stack(self) -> ASGIApp:
        return SecureHeaders(super().build_middleware_stack())


def create_app(settings: Settings, *, ui: Path = static.FOLDER) -> FastAPI:
    """The application; its jobs and its metadata store live from start-up to shutdown. ``ui``: the built web UI.

    Raises:
        ConfigError: the token of the settings is none that requests can carry.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service = await asyncio.to_thread(ExperimentService, settings)
        app.state.hub = hub = EventHub()
        app.state.watch = ExperimentsWatch(service, hub)
        app.state.jobs = running = Jobs(service, hub)
        await asyncio.to_thread(running.recover)
        app.state.queries = Queries(settings, service.query_history)
        try:
            yield
        finally:
            hub.close()
            await asyncio.to_thread(app.state.queries.close)
            await running.close()
            await asyncio.to_thread(service.close)

    app = Application(
        title="dw-simulator",
        version=version("dw-simulator"),
        lifespan=lifespan,
        telemetry=_telemetry(),
        docs_url=None,  # FastAPI's own pages load scripts from the network
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.started_at = dt.datetime.now(dt.UTC)
    app.state.metrics = ApiMetrics(settings, lambda: app.state.jobs.service.activity())
    problems.install(app)
    openapi.install(app)
    app.add_middleware(CountRequests, registry=app.state.metrics.registry)
    token = token_of(settings)
    if token is not None:
        app.add_middleware(TokenOnly, token=token)
    app.add_middleware(LocalOnly, hosts=own_names(settings))
    for router in ROUTERS:
        app.include_router(router)
    app.add_api_route("/docs", lambda: _reference(app), include_in_schema=False)
    app.router.default = static.WebUi(app.router.default, ui)
    return app


def _reference(app: FastAPI) -> HTMLResponse:
    return HTMLResponse(reference.page(app.openapi()), headers={"content-security-policy": PAGE_POLICY})
