"""The health of this server and the states of all services."""

from __future__ import annotations

import asyncio
import ssl
from importlib.metadata import version

from fastapi import APIRouter, Request, Response

from dw_simulator.api.dependencies import SettingsOfApp
from dw_simulator.api.metrics import ApiMetrics
from dw_simulator.api.models.services import HealthAnswer, ServiceAnswer, ServicesAnswer
from dw_simulator.config.settings import SERVICE_NAMES, Settings
from dw_simulator.config.trust import client_context
from dw_simulator.observability.metrics import CONTENT_TYPE
from dw_simulator.stack import health, state
from dw_simulator.stack.ports import Address

router = APIRouter(tags=["services"])

PROBE_LIMIT = 2.0
"""Seconds to wait for a service that no supervisor of this home looks after."""


@router.get("/health")
def show_health() -> HealthAnswer:
    """Answers as soon as the server can work."""
    return HealthAnswer(version=version("dw-simulator"))


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def show_metrics(request: Request) -> Response:
    """All values in Prometheus' text format."""
    metrics: ApiMetrics = request.app.state.metrics
    return Response(await metrics.render(), media_type=CONTENT_TYPE)


@router.get("/api/services")
async def list_services(settings: SettingsOfApp) -> ServicesAnswer:
    """The services as the supervisor sees them; without a supervisor, whether they answer at their addresses."""
    record = await asyncio.to_thread(_record_of_running_stack, settings)
    if record is not None:
        return ServicesAnswer(services=[ServiceAnswer(**service.as_dict()) for service in record.services])
    tls = client_context(settings.api.ca_file) if settings.tls.enabled else None
    probes = (_probe(settings, name, tls) for name in SERVICE_NAMES)
    return ServicesAnswer(services=list(await asyncio.gather(*probes)))


def _record_of_running_stack(settings: Settings) -> state.StackRecord | None:
    return state.read_record(settings) if state.supervisor_pid(settings) is not None else None


async def _probe(settings: Settings, name: str, tls: ssl.SSLContext | None) -> ServiceAnswer:
    address = Address(settings.service(name).host, settings.service(name).port)
    well = await health.is_healthy(name, address, limit=PROBE_LIMIT, tls=tls)
    found = state.State.RUNNING if well else state.State.STOPPED
    return ServiceAnswer(name=name, state=found, host=address.host, port=address.port, pid=None)
