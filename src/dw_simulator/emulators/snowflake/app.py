"""The ASGI application: host check, dispatch, errors to wire errors, compression."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.protocol.http import Request, Response, failure
from dw_simulator.emulators.snowflake.routes import objects, pipes, query, registry, session, sql_api, stage  # noqa: F401 - they register
from dw_simulator.emulators.snowflake.service import Service

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
SNOWFLAKE_SUFFIX = ".snowflakecomputing.com"
GZIP_BYTES = 16 << 10
"""Smaller bodies are never compressed."""


class App:
    """ASGI 3. ``hosts`` are names besides the loopback ones under which the server may be addressed."""

    def __init__(self, service: Service, hosts: Iterable[str] = ()) -> None:
        self._service = service
        self._hosts = LOOPBACK_HOSTS | {host.lower() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = await _read(scope, receive)
        response = await self._respond(request)
        if _wants_gzip(scope, request, response):
            response = await self._service.in_thread(response.gzipped)
        await _write(response, send)

    async def _respond(self, request: Request) -> Response:
        began = time.perf_counter()
        response = await self._answered(request)
        self._service.metrics.request(request.method, request.path, response.status, time.perf_counter() - began)
        return response

    async def _answered(self, request: Request) -> Response:
        if not self._is_own_host(request.header(b"host")):
            return Response(b"this host name is not served here", 403, b"text/plain")
        handler = registry.find(request.method, request.path)
        if handler is None:
            return Response(b"no such endpoint", 404, b"text/plain")
        try:
            return await handler(self._service, request)
        except SnowflakeError as error:
            return failure(error)
        except Exception as error:
            log.exception("internal error in %s %s", request.method, request.path)
            return failure(errors.INTERNAL(f"{type(error).__name__}: {error} (see the server's log)"))

    def _is_own_host(self, host: str) -> bool:
        """Whether the Host header names this server: a web page elsewhere must not reach it by DNS rebinding."""
        name = host.lower()
        if name.startswith("["):
            name = name[1:].partition("]")[0]
        else:
            name = name.partition(":")[0]
        return name in self._hosts or name.endswith((SNOWFLAKE_SUFFIX, ".localhost"))


async def _uploaded(receive: Receive) -> AsyncIterator[bytes]:
    """The pieces of a body. Ends early, with an error, when the client goes away."""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError("the client went away during an upload")
        yield message.get("body", b"")
        more = message.get("more_body", False)


async def _read(scope: Scope, receive: Receive) -> Request:
    request = Request(
        scope["method"],
        scope["path"],
        scope["query_string"],
        dict(scope["headers"]),
        scheme=scope.get("scheme", "http"),
        client=tuple(scope.get("client") or ("", 0)),
    )
    if request.method == "PUT":
        request.stream = _uploaded(receive)
        return request
    message = await receive()
    body = message.get("body", b"")
    if message.get("more_body"):
        pieces = [body]
        while message.get("more_body"):
            message = await receive()
            pieces.append(message.get("body", b""))
        body = b"".join(pieces)
    request.body = body
    return request


def _wants_gzip(scope: Scope, request: Request, response: Response) -> bool:
    """Only for clients on other machines: on one machine compression costs more than it saves."""
    client = scope.get("client")
    if client is None or client[0] in LOOPBACK_HOSTS or client[0].startswith("127."):
        return False
    accepts = b"gzip" in request.headers.get(b"accept-encoding", b"")
    return accepts and isinstance(response.body, bytes) and len(response.body) >= GZIP_BYTES


async def _write(response: Response, send: Send) -> None:
    headers = [(b"content-type", response.content_type), *response.headers]
    if isinstance(response.body, bytes):
        headers.append((b"content-length", str(len(response.body)).encode()))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": response.body})
        return
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    async for piece in response.body:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
