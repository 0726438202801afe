"""Writes to the socket below a transport at once: the transport itself does so at the end of the event loop's turn."""

from __future__ import annotations

import asyncio
import os

_SHORT = 1 << 12
"""Bytes. Longer data are mostly pieces of a large result: it takes less time to leave these to the transport."""


class DirectWriter:
    """What the socket does not take at once goes through the transport, and so does all that comes after it."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        socket = transport.get_extra_info("socket")
        encrypted = transport.get_extra_info("sslcontext") is not None
        self._descriptor: int = -1 if socket is None or encrypted else socket.fileno()

    def write(self, data: bytes) -> None:
        transport = self._transport
        short = len(data) <= _SHORT and self._descriptor >= 0
        if short and not transport.is_closing() and not transport.get_write_buffer_size():
            try:
                written = os.write(self._descriptor, data)
            except OSError:
                written = 0  # full, or gone: the transport waits, or tells its protocol
            if written == len(data):
                return
            data = data[written:]
        transport.write(data)
