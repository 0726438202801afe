"""Login, renewal, heartbeat, logout, telemetry, health."""

from __future__ import annotations

import importlib.metadata

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.protocol.http import Request, Response, json_response, success
from dw_simulator.emulators.snowflake.protocol.login import login_data, parse_login, renewal_data
from dw_simulator.emulators.snowflake.routes.registry import route
from dw_simulator.emulators.snowflake.service import Service
from dw_simulator.observability.metrics import CONTENT_TYPE


@route("POST", "/session/v1/login-request")
async def login(service: Service, request: Request) -> Response:
    wanted = parse_login(request.json(), request.query, request.client[0])
    entry = await service.login(wanted)
    return success(login_data(entry.session, wanted))


@route("POST", "/session/authenticator-request")
async def authenticator(service: Service, request: Request) -> Response:  # noqa: ARG001 - interface
    raise errors.AUTHENTICATOR_UNSUPPORTED("EXTERNALBROWSER")


@route("POST", "/session/token-request")
async def renew(service: Service, request: Request) -> Response:
    """The master token comes in the Authorization header."""
    entry = service.sessions.renew(request.token)
    return success(renewal_data(entry.session))


@route("POST", "/session/heartbeat")
async def heartbeat(service: Service, request: Request) -> Response:
    service.sessions.find(request.token)
    return success(None)


@route("POST", "/session")
async def logout(service: Service, request: Request) -> Response:
    """Drivers delete their session by ``POST /session?delete=true``."""
    entry = service.sessions.find(request.token)
    if request.query.get("delete") == "true":
        await service.logout(entry)
    return success(None)


@route("GET", "/session")
async def keep_alive(service: Service, request: Request) -> Response:
    service.sessions.find(request.token)
    return success(None)


@route("POST", "/telemetry/send")
@route("POST", "/telemetry/send/sessionless")
async def telemetry(service: Service, request: Request) -> Response:  # noqa: ARG001 - accepted and dropped
    return success("Log Received")


VERSION = importlib.metadata.version("dw-simulator")


@route("GET", "/metrics")
async def metrics(service: Service, request: Request) -> Response:  # noqa: ARG001 - interface
    body = await service.in_thread(service.metrics.registry.render)
    return Response(body, 200, CONTENT_TYPE.encode())


@route("GET", "/_dw/health")
async def health(service: Service, request: Request) -> Response:  # noqa: ARG001 - interface
    return json_response({"status": "ok", "service": "snowflake", "version": VERSION})
