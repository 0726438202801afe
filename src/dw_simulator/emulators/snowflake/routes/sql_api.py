"""The SQL API: ``/api/v2/statements``. Each request has a session of its own, which ends with its statement."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from dw_simulator.emulators.snowflake import errors, sql_api_limits
from dw_simulator.emulators.snowflake.answers import json_rows
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.logins.check import SQL_API, accept_any
from dw_simulator.emulators.snowflake.protocol import sql_api
from dw_simulator.emulators.snowflake.protocol.binds import parse_binds
from dw_simulator.emulators.snowflake.protocol.http import Request, Response, json_response
from dw_simulator.emulators.snowflake.protocol.login import LoginRequest
from dw_simulator.emulators.snowflake.queries import Query
from dw_simulator.emulators.snowflake.result_store import Part, StoredResult
from dw_simulator.emulators.snowflake.routes.registry import Handler, route
from dw_simulator.emulators.snowflake.service import Service
from dw_simulator.emulators.snowflake.sessions import ClientInfo
from dw_simulator.emulators.snowflake.spans import parent_of

log = logging.getLogger(__name__)

_TEXT = b"text/plain"
STATEMENTS = "/api/v2/statements"
ANSWER_SECONDS = 45.0
CLIENT = ClientInfo(app_id=SQL_API)


def _with_statuses(handler: Callable[[Service, Request], Awaitable[Response]]) -> Handler:
    """Failures as the SQL API tells them: by HTTP status."""

    async def handle(service: Service, request: Request) -> Response:
        try:
            return await handler(service, request)
        except SnowflakeError as error:
            failed = error
        except Exception as error:
            log.exception("internal error in %s %s", request.method, request.path)
            failed = errors.INTERNAL(f"{type(error).__name__}: {error} (see the server's log)")
        return json_response(sql_api.error_body(failed), sql_api.error_status(failed))

    return handle


@route("POST", STATEMENTS)
@route("POST", STATEMENTS + "/")
@_with_statuses
async def submit(service: Service, request: Request) -> Response:
    media_type = request.header(b"content-type").partition(";")[0].strip().lower()
    if media_type not in ("", "application/json"):
        return Response(b"the body of a request is application/json", 415, _TEXT)
    wanted = sql_api.parse_statement(request.json())
    sql_api_limits.check(
        wanted.statement, several_statements=str(wanted.parameters.get("MULTI_STATEMENT_COUNT", "1")) != "1"
    )
    request_id = request.query.get("requestId", "")
    query = service.queries.by_request(STATEMENTS, request_id) if request_id else None
    if query is not None:
        await _check_owner(service, request, query)
    else:
        entry = await service.login(_login(request, wanted))
        parameters = dict(wanted.parameters)
        if wanted.timeout:
            parameters["STATEMENT_TIMEOUT_IN_SECONDS"] = wanted.timeout
        query = service.submit(
            entry,
            wanted.statement,
            binds=parse_binds(wanted.bindings),
            parameters=parameters,
            request_id=request_id,
            requester=STATEMENTS,  # each request is a session of its own
            parent=parent_of(request),
        )
        service.when_done(query, service.logout(entry))
    if request.query.get("async") == "true":
        return json_response(sql_api.running_body(query.id, _created(query), asynchronous=True), 202)
    return await _answer(service, request, query)


def _login(request: Request, wanted: sql_api.StatementRequest | None = None) -> LoginRequest:
    """Raises SnowflakeError 390101: there is no token."""
    token = request.bearer
    if not token:
        raise errors.NOT_LOGGED_IN()
    return LoginRequest(
        user="",
        account="",
        password="",
        token=token,
        authenticator=request.header(b"x-snowflake-authorization-token-type"),
        database=wanted.database if wanted else None,
        schema=wanted.schema if wanted else None,
        warehouse=wanted.warehouse if wanted else None,
        role=wanted.role if wanted else None,
        client=CLIENT,
        address=request.client[0],
    )


@route("GET", STATEMENTS + "/*")
@_with_statuses
async def result(service: Service, request: Request) -> Response:
    return await _answer(service, request, await _find(service, request))


@route("POST", STATEMENTS + "/*")
@_with_statuses
async def cancel(service: Service, request: Request) -> Response:
    """``POST /api/v2/statements/{handle}/cancel``. One that has ended is error 422."""
    query = await _find(service, request)
    if not request.path.endswith("/cancel"):
        raise errors.BAD_REQUEST(f"no such endpoint: {request.path}")
    if query.status.is_finished:
        finished = SnowflakeError(709, "02000", f"Statement {query.id} has finished and cannot be cancelled")
        return json_response(sql_api.error_body(finished, query.id, _created(query)), 422)
    await service.cancel(query)
    body = sql_api.error_body(errors.CANCELLED(), query.id, _created(query))
    return json_response({**body, "statementStatusUrl": sql_api.status_url(query.id)})


async def _find(service: Service, request: Request) -> Query:
    handle = request.path.removeprefix(f"{STATEMENTS}/").partition("/")[0]
    query = service.queries.find(handle)
    if query is None:
        _login(request)
        raise errors.RESULT_NOT_FOUND(handle)
    await _check_owner(service, request, query)
    return query


async def _check_owner(service: Service, request: Request, query: Query) -> None:
    """Only who sent a statement may ask for it. In the open mode anybody is anybody.

    Raises:
        SnowflakeError: the login is refused; 000709 the statement is another user's.
    """
    login = _login(request)
    if service.check_login is accept_any:
        return
    identity = await service.in_thread(service.check_login, login)
    if identity.user != query.entry.session.user:
        raise errors.RESULT_NOT_FOUND(query.id)


def _created(query: Query) -> int:
    return int(query.started * 1000)


async def _answer(service: Service, request: Request, query: Query) -> Response:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await query.done.wait()
    except TimeoutError:
        return json_response(sql_api.running_body(query.id, _created(query), asynchronous=False), 202)
    if query.error is not None:
        body = sql_api.error_body(query.error, query.id, _created(query))
        return json_response(body, sql_api.error_status(query.error))
    partition = _partition(request, query.result)
    nulls_as_text = request.query.get("nullable") == "false"
    encoded = await service.in_thread(_body, query, partition, nulls_as_text)
    links = sql_api.links(query.id, partition, len(query.result.parts) if query.result and query.result.parts else 1)
    response = Response(encoded, headers=[] if query.children else [(b"link", links.encode())])
    return await service.in_thread(response.gzipped) if partition else response


def _partition(request: Request, stored: StoredResult | None) -> int:
    text = request.query.get("partition", "0")
    count = max(1, len(stored.parts)) if stored is not None else 1
    if not text.isdigit() or int(text) >= count:
        raise errors.BAD_REQUEST(f"there is no partition {text}: the result has {count}")
    return int(text)


def _body(query: Query, partition: int, nulls_as_text: bool) -> bytes:
    stored = query.result
    if stored is None:
        raise ValueError(f"statement {query.id} has no result")
    parts = stored.parts or [Part()]
    rows = _rows(stored, parts[partition], nulls_as_text)
    if partition:
        return orjson.dumps({"data": rows})
    body = sql_api.result_body(
        query.id, stored.columns, rows, stored.rows, [(part.rows, part.size) for part in parts], _created(query)
    )
    if query.children:
        body["statementHandles"] = [child.id for child in query.children]
    if stored.row_counts:
        body["stats"] = stored.row_counts
    return orjson.dumps(body)


def _rows(stored: StoredResult, part: Part, nulls_as_text: bool) -> list[list[Any]]:
    """Rows of the connector protocol, with BOOLEAN as a word."""
    rows = json_rows(stored, part)
    booleans = [index for index, column in enumerate(stored.columns) if column.type.name == "BOOLEAN"]
    for row in rows:
        for index in booleans:
            if row[index] is not None:
                row[index] = "true" if row[index] == "1" else "false"
    if nulls_as_text:
        return [["null" if cell is None else cell for cell in row] for row in rows]
    return rows


async def _other_method(service: Service, request: Request) -> Response:  # noqa: ARG001 - as handlers are called
    """Operations that the API does not have."""
    return Response(f"{request.method} is not allowed here".encode(), 405, _TEXT)


for _method in ("GET", "PUT", "PATCH", "DELETE"):
    route(_method, STATEMENTS)(_other_method)
for _method in ("PUT", "PATCH", "DELETE"):
    route(_method, STATEMENTS + "/*")(_other_method)
