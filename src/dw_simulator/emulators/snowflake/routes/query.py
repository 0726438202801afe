"""Statements: submit, poll, abort, monitor, fetch chunks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.answers import CHUNK_PATH, SMALL_RESULT_BYTES, chunk_body, query_body
from dw_simulator.emulators.snowflake.protocol.binds import parse_binds
from dw_simulator.emulators.snowflake.protocol.http import Request, Response, json_response, success
from dw_simulator.emulators.snowflake.protocol.query import in_progress, parse_query
from dw_simulator.emulators.snowflake.queries import Query, QueryStatus
from dw_simulator.emulators.snowflake.result_store import StoredResult
from dw_simulator.emulators.snowflake.results import StatementType
from dw_simulator.emulators.snowflake.routes.registry import route
from dw_simulator.emulators.snowflake.service import Service
from dw_simulator.emulators.snowflake.spans import parent_of

ANSWER_SECONDS = 45.0
"""How long a request waits for its statement before the driver is told to ask again."""


@route("POST", "/queries/v1/query-request")
async def submit(service: Service, request: Request) -> Response:
    entry = service.sessions.find(request.token)
    wanted = parse_query(request.json())
    entry.session.base_url = request.base_url
    entry.connections.add(request.client)
    query = service.submit(
        entry,
        wanted.sql,
        binds=parse_binds(wanted.bindings),
        describe_only=wanted.describe_only,
        parameters=wanted.parameters,
        request_id=request.query.get("requestId", ""),
        parent=parent_of(request),
        bind_stage=wanted.bind_stage,
    )
    if wanted.asynchronous:
        return json_response(in_progress(query.id, asynchronous=True))
    return await _answer(service, request, query)


@route("GET", "/queries/*")
async def result(service: Service, request: Request) -> Response:
    """``GET /queries/{id}/result``: the result, or word that it is not there yet."""
    entry = service.sessions.find(request.token)
    query_id, _, rest = request.path.removeprefix("/queries/").partition("/")
    query = service.queries.find(query_id)
    if query is None or rest != "result" or query.entry.session.user != entry.session.user:
        raise errors.RESULT_NOT_FOUND(query_id)
    return await _answer(service, request, query)


async def _answer(service: Service, request: Request, query: Query) -> Response:
    if not query.done.is_set():
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await query.done.wait()
        except TimeoutError:
            return json_response(in_progress(query.id, asynchronous=False))
    if _is_small(query.result):
        return Response(query_body(query, request.base_url))
    return Response(await service.in_thread(query_body, query, request.base_url))


def _is_small(result: StoredResult | None) -> bool:
    return result is None or result.size <= SMALL_RESULT_BYTES


@route("POST", "/queries/v1/abort-request")
async def abort(service: Service, request: Request) -> Response:
    """Cancel the statement that was submitted with ``requestId``. One that has ended is no error."""
    entry = service.sessions.find(request.token)
    query = service.queries.by_request(entry, str(request.json().get("requestId", "")))
    if query is not None:
        await service.cancel(query)
    return success(None)


@route("POST", "/queries/*")
async def abort_by_id(service: Service, request: Request) -> Response:
    """``POST /queries/{id}/abort-request``."""
    entry = service.sessions.find(request.token)
    query_id, _, rest = request.path.removeprefix("/queries/").partition("/")
    query = service.queries.find(query_id)
    if query is None or rest != "abort-request" or not service.may_manage(entry, query):
        raise errors.RESULT_NOT_FOUND(query_id)
    await service.cancel(query)
    return success(None)


@route("GET", "/monitoring/queries/*")
async def monitor(service: Service, request: Request) -> Response:
    entry = service.sessions.find(request.token)
    query = service.queries.find(request.path.removeprefix("/monitoring/queries/").strip("/"))
    shown = query is not None and service.may_manage(entry, query)
    return success({"queries": [_monitored(query)] if query is not None and shown else []})


@route("GET", "/monitoring/queries")
async def monitored(service: Service, request: Request) -> Response:
    """The last queries, newest first, as ``!queries`` of ``snow sql`` asks for them. Vendor page: "Using SnowSQL".

    Raises SnowflakeError 000002: a filter for what is not kept of a query.
    """
    service.sessions.find(request.token)
    wanted = {name: value for name, value in request.query.items() if value and name != "_dc"}
    limit = int(wanted.pop("max", "") or MONITORED)
    for name in wanted:
        if name not in _FILTERS:
            raise errors.UNSUPPORTED_FEATURE(f"the filter {name} of /monitoring/queries")
    found = [
        query
        for query in service.queries.newest()
        if all(_FILTERS[name](query, value) for name, value in wanted.items())
    ]
    return success({"queries": [_monitored(query) for query in found[:limit]]})


MONITORED = 25
"""Queries that are told of where a request does not say how many."""
_STATES = {QueryStatus.SUCCESS: "SUCCEEDED", QueryStatus.FAILED: "FAILED"}
_FILTERS: dict[str, Callable[[Query, str], bool]] = {
    "includeDDL": lambda query, value: value.lower() == "true" or _type_of(query) is not StatementType.DDL,
    "session_id": lambda query, value: str(query.entry.session.id) == value,
    "user": lambda query, value: query.entry.session.user.upper() == value.upper(),
    "start": lambda query, value: query.started * 1000 >= int(value),
    "end": lambda query, value: query.started * 1000 <= int(value),
    "min_duration": lambda query, value: _milliseconds(query) >= int(value),
    "subset": lambda query, value: _state(query) == value.upper(),
    "stmt_type": lambda query, value: _type_of(query).name == value.upper(),
}


def _type_of(query: Query) -> StatementType:
    try:
        return StatementType(query.result.statement_type_id) if query.result is not None else StatementType.UNKNOWN
    except ValueError:
        return StatementType.UNKNOWN


def _state(query: Query) -> str:
    return _STATES.get(query.status, query.status.value)


def _milliseconds(query: Query) -> int:
    return int(((query.ended or time.time()) - query.started) * 1000)


def _monitored(query: Query) -> dict[str, Any]:
    session = query.entry.session
    error = query.error
    return {
        "id": query.id,
        "status": query.status.value,
        "state": _state(query),
        "sqlText": query.sql,
        "sessionId": session.id,
        "userName": session.user,
        "startTime": int(query.started * 1000),
        "endTime": int((query.ended or 0) * 1000),
        "totalDuration": _milliseconds(query),
        "errorCode": error.code if error else None,
        "errorMessage": error.message if error else None,
        "client": {"applicationName": session.client.app_id, "version": session.client.app_version},
        "stats": {"producedRows": query.result.rows if query.result else 0},
    }


@route("GET", CHUNK_PATH + "*")
async def chunk(service: Service, request: Request) -> Response:
    """A part of a result. Like a presigned URL it needs no token: nobody else knows the query id."""
    query_id, _, number = request.path.removeprefix(CHUNK_PATH).partition("/")
    try:
        stored = service.results.get(query_id)
        index = int(number)
        stored.parts[index]
    except (errors.SnowflakeError, ValueError, IndexError):
        return Response(b"no such result chunk", 404, b"text/plain")
    chosen = request.query.get("format", "arrow")
    body = await service.in_thread(chunk_body, stored, index, chosen)
    return Response(body, content_type=b"application/octet-stream")  # rows without brackets are no JSON document
