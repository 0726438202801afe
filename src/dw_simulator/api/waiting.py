"""Waiting for something while a client may go away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from fastapi import Request

from dw_simulator.errors import QueryCancelled


async def disconnected(request: Request) -> None:
    """Returns when the client is gone. The body must have been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def while_connected(request: Request, work: asyncio.Future[Any], gone: Callable[[], object]) -> None:
    """Wait for ``work``; when the client goes away before, call ``gone`` in a thread.

    Raises:
        QueryCancelled: the client is gone.
    """
    leaving = asyncio.ensure_future(disconnected(request))
    try:
        await asyncio.wait((work, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            work.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
            await asyncio.to_thread(gone)
            raise QueryCancelled("the client is gone")
    finally:
        leaving.cancel()
