"""An HTTP server that says when it answers and ends by itself on a signal."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import ssl
from collections.abc import Callable, Iterator

import uvicorn

GRACE_SECONDS = 5
"""How long open requests may take to end when a server stops."""

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class HttpServer(uvicorn.Server):
    """Uvicorn: calls ``announce`` once it answers; a signal stops it, and is not raised again afterwards.

    ``stopping`` is called when it begins to stop, before it waits for open requests: it should end those that go on.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        announce: Callable[[], None],
        tls: ssl.SSLContext | None = None,
        stopping: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(config)
        self._stopping = stopping
        config.ssl_context_factory = None if tls is None else lambda _config, _default: tls
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping()
        await super().shutdown(sockets=sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in SIGNALS:
                loop.remove_signal_handler(number)
