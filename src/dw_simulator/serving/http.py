"""An HTTP server that says when it answers and ends by itself on a signal."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn

GRACE_SECONDS = 5
"""How long open requests may take to end when a server stops."""

COPIED_BYTES = 64 << 10
"""Smaller bodies are copied behind their head."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class HeadWithBody:
    """A transport that sends the head of a response with the first piece of its body, in one packet.

    A head of its own wakes the client, which then waits again for the body.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""

    def write(self, data: bytes) -> None:
        if self._head:
            head, self._head = self._head, b""
            if len(data) < COPIED_BYTES:
                self._transport.write(head + data)
            else:
                self._transport.writelines((head, data))
        elif data.startswith(b"HTTP/1.1 "):
            self._head = data
            asyncio.get_running_loop().call_soon(self._flush)
        else:
            self._transport.write(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        """Send a head that no body followed at once."""
        head, self._head = self._head, b""
        if head and not self._transport.is_closing():
            self._transport.write(head)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


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
