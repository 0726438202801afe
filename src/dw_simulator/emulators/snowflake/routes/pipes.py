"""The Snowpipe REST API: files for pipes, and what became of them. Vendor page: "Snowpipe REST API"."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import unquote

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.logins.check import SQL_API
from dw_simulator.emulators.snowflake.protocol import snowpipe
from dw_simulator.emulators.snowflake.protocol.http import Request, Response, json_response
from dw_simulator.emulators.snowflake.protocol.login import LoginRequest
from dw_simulator.emulators.snowflake.routes.registry import route
from dw_simulator.emulators.snowflake.service import Service
from dw_simulator.emulators.snowflake.sessions import ClientInfo

PIPES = "/v1/data/pipes/"


@route("POST", PIPES + "*")
async def insert_files(service: Service, request: Request) -> Response:
    return await _answered(service, request, _insert_files, "insertFiles")


@route("GET", PIPES + "*")
async def reports(service: Service, request: Request) -> Response:
    return await _answered(service, request, _report, "insertReport", "loadHistoryScan")


async def _answered(service: Service, request: Request, answer: Any, *endpoints: str) -> Response:
    """The answer of an endpoint, in the session of who signed the token. Failures have HTTP statuses here."""
    pipe, _, endpoint = request.path.removeprefix(PIPES).rpartition("/")
    if not pipe or endpoint not in endpoints:
        return json_response({"code": "390404", "message": f"no such endpoint: {request.path}"}, 404)
    try:
        if not request.bearer:
            raise errors.NOT_LOGGED_IN()
        entry = await service.login(_login(request))
        try:
            return json_response(await answer(service, request, entry.session, unquote(pipe), endpoint))
        finally:
            await service.logout(entry)
    except SnowflakeError as error:
        body = {"data": None, "code": error.code, "message": error.message, "success": False, "headers": None}
        return json_response(body, _status(error))


def _login(request: Request) -> LoginRequest:
    return LoginRequest(
        user="", account="", password="", token=request.bearer,
        authenticator=request.header(b"x-snowflake-authorization-token-type"), database=None, schema=None,
        warehouse=None, role=None, client=ClientInfo(app_id=SQL_API),
        address=request.client[0],
    )  # fmt: skip


def _status(error: SnowflakeError) -> int:
    if error.errno == errors.BAD_REQUEST.errno:
        return 400
    if 390100 <= error.errno < 395000:
        return 401
    return 404 if error.errno in (errors.KIND_NOT_FOUND.errno, 90105, 90106, 3001) else 400


async def _insert_files(service: Service, request: Request, session: Any, pipe: str, _endpoint: str) -> dict[str, Any]:
    files = snowpipe.parse_files(request.inflated_body(), request.header(b"content-type"))
    await service.in_thread(service.engine.insert_files, session, pipe, files)
    return {"requestId": request.query.get("requestId", ""), "status": "success", "responseCode": "SUCCESS"}


async def _report(service: Service, request: Request, session: Any, pipe: str, endpoint: str) -> dict[str, Any]:
    name, events = await service.in_thread(service.engine.pipe_events, session, pipe)
    form = snowpipe.report if endpoint == "insertReport" else snowpipe.history
    return form(name, events, request.query, dt.datetime.now(dt.UTC))


# --- Snowpipe Streaming -----------------------------------------------------------------------------------------------
async def _streaming(service: Service, request: Request) -> Response:  # noqa: ARG001 - as handlers are called
    """The endpoints of both generations of its SDKs, refused by name."""
    error = errors.UNSUPPORTED_FEATURE("Snowpipe Streaming")
    body = {"data": None, "code": error.code, "message": error.message, "success": False, "headers": None}
    return json_response(body, 501)


for _version in ("v1", "v2"):
    for _method in ("GET", "POST", "PUT", "DELETE"):
        route(_method, f"/{_version}/streaming/*")(_streaming)
