"""``/metrics`` and ``/health`` of a process that has no HTTP server of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, MutableMapping
from importlib.metadata import version
from typing import Any

from dw_simulator.observability.metrics import CONTENT_TYPE, Registry
from dw_simulator.serving.addresses import listening_socket
from dw_simulator.serving.hosts import is_own_host

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

GRACE_SECONDS = 2


class MetricsApp:
    """ASGI: answers GET ``/metrics`` and ``/health``; all else goes to ``rest``, if there is one.

    ``hosts`` are names besides the loopback ones under which the process may be addressed; a request to another name is
    refused, so that no web page can read the values by DNS rebinding. ``health`` adds fields to the answer of
    ``/health``; with ``"status"`` other than ``"ok"`` it is answered with 503.
    """

    def __init__(
        self,
        registry: Registry,
        hosts: Collection[str] = (),
        *,
        health: Callable[[], dict[str, Any]] = dict,
        rest: App | None = None,
    ) -> None:
        self._registry = registry
        self._hosts = hosts
        self._health = health
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path, is_get = scope["path"], scope["method"] in ("GET", "HEAD")
        if not is_get or path not in ("/metrics", "/health"):
            if self._rest is not None:
                await self._rest(scope, receive, send)
            else:
                await _answer(send, 404, b"there is only /metrics and /health here\n", b"text/plain")
        elif not is_own_host(_host(scope), self._hosts):
            await _answer(send, 403, b"this host name is not served here\n", b"text/plain")
        elif path == "/metrics":
            await _answer(send, 200, await asyncio.to_thread(self._registry.render), CONTENT_TYPE.encode())
        else:
            state = {"status": "ok", "service": self._registry.service, "version": version("dw-simulator")}
            state |= self._health()
            status = 200 if state["status"] == "ok" else 503
            await _answer(send, status, json.dumps(state, default=str).encode(), b"application/json")


def _host(scope: Scope) -> str:
    return str(next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1"))


async def _answer(send: Send, status: int, body: bytes, content_type: bytes) -> None:
    headers = [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@contextlib.asynccontextmanager
async def serving(app: App, service: str, host: str, port: int) -> AsyncIterator[int]:
    """Serve ``app`` while the block runs; gives the port.

    Raises:
        StackError: the port is in use.
    """
    import uvicorn

    class Server(uvicorn.Server):
        """Its process belongs to another server: signals are that one's."""

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    with listening_socket(service, host, port) as listener:
        config = uvicorn.Config(
            app,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        server = Server(config)
        running = asyncio.ensure_future(server.serve(sockets=[listener]))
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await running
