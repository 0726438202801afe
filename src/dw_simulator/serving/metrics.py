"""``/metrics`` and ``/health`` of a process with an event loop, and what else it answers over HTTP, by ASGI."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from typing import Any

from dw_simulator.serving.addresses import listening_socket
from dw_simulator.serving.pages import NOT_FOUND, PATHS, Answer, Pages

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

GRACE_SECONDS = 2


class MetricsApp:
    """ASGI: answers what :class:`Pages` has an answer for; all else goes to ``rest``, if there is one."""

    def __init__(self, pages: Pages, rest: App | None = None) -> None:
        self._pages = pages
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] in PATHS:
            # Not in the loop: a registry may ask the system for its values.
            answer = await asyncio.to_thread(self._pages.answer, scope["method"], scope["path"], _host(scope))
            await _send(send, answer or NOT_FOUND)
        elif self._rest is not None:
            await self._rest(scope, receive, send)
        else:
            await _send(send, NOT_FOUND)


def _host(scope: Scope) -> str:
    return str(next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1"))


async def _send(send: Send, answer: Answer) -> None:
    headers = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


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
