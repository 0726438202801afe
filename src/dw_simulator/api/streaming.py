"""Answers that a thread writes while they are sent: with back-pressure, and broken off visibly when it fails."""

from __future__ import annotations

import asyncio
import contextvars
import io
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from typing import IO, cast

from fastapi import Request
from fastapi.responses import StreamingResponse

from dw_simulator.api.problems import responses
from dw_simulator.api.waiting import disconnected
from dw_simulator.errors import QueryCancelled

log = logging.getLogger(__name__)

CHUNK_BYTES = 128 * 1024
WAITING_CHUNKS = 4
"""Chunks that wait for a slow client before the writer has to wait, too."""

Produce = Callable[[IO[bytes]], object]


class _Pipe(io.RawIOBase):
    """What the thread writes to; ``write`` blocks while the client is behind."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[bytes | BaseException | None] = asyncio.Queue(WAITING_CHUNKS)
        self._buffer = bytearray()
        self._gone = threading.Event()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        size = len(self._buffer)
        self._buffer += memoryview(cast(bytes, data)).cast("B")
        size = len(self._buffer) - size
        if len(self._buffer) >= CHUNK_BYTES:
            self._send()
        return size

    def _send(self) -> None:
        if self._buffer:
            chunk, self._buffer = bytes(self._buffer), bytearray()
            self.put(chunk)

    def put(self, item: bytes | BaseException | None) -> None:
        """Raises BrokenPipeError when nobody reads any more."""
        if self._gone.is_set():
            raise BrokenPipeError("the client is gone")
        asyncio.run_coroutine_threadsafe(self._queue.put(item), self._loop).result()

    def end(self) -> None:
        self._send()
        self.put(None)

    async def read(self, _size: int = -1) -> bytes | None:
        """The next chunk; None at the end. Raises what the thread raised."""
        item = await self._queue.get()
        if isinstance(item, BaseException):
            raise item
        return item

    def leave(self) -> None:
        """Nobody reads any more: let the writer fail, also one that waits."""
        self._gone.set()
        while not self._queue.empty():
            self._queue.get_nowait()


async def streamed(
    request: Request, produce: Produce, stop: Callable[[], object], *, media_type: str, disposition: str
) -> StreamingResponse:
    """An answer that ``produce`` writes in a thread. ``stop`` is called when the client goes away before the end.

    An error of the first chunk is raised here, so that it has an answer of its own; a later one breaks the transfer.
    """
    pipe = _Pipe()
    context = contextvars.copy_context()
    threading.Thread(target=lambda: context.run(_produce, produce, pipe), name="export", daemon=True).start()
    first = await _first(request, pipe, stop)
    return StreamingResponse(
        _chunks(pipe, first, stop), media_type=media_type, headers={"Content-Disposition": disposition}
    )


def _produce(produce: Produce, pipe: _Pipe) -> None:
    try:
        produce(cast(IO[bytes], pipe))
        pipe.end()
    except BrokenPipeError:
        log.info("the client of an export is gone")
    except Exception as error:  # noqa: BLE001 - it is raised where the answer is sent
        try:
            pipe.put(error)
        except BrokenPipeError:
            log.info("an export without a client ended: %s", error)


async def _first(request: Request, pipe: _Pipe, stop: Callable[[], object]) -> bytes | None:
    reading = asyncio.ensure_future(pipe.read())
    leaving = asyncio.ensure_future(disconnected(request))
    try:
        await asyncio.wait((reading, leaving), return_when=asyncio.FIRST_COMPLETED)
        if reading.done():
            return reading.result()
        raise QueryCancelled("the client is gone")
    except (QueryCancelled, asyncio.CancelledError):
        _stop(pipe, stop)
        raise
    finally:
        leaving.cancel()
        reading.cancel()


async def _chunks(pipe: _Pipe, first: bytes | None, stop: Callable[[], object]) -> AsyncIterator[bytes]:
    chunk, ended = first, False
    try:
        while chunk is not None:
            yield chunk
            chunk = await pipe.read()
        ended = True
    finally:
        if not ended:
            _stop(pipe, stop)


def _stop(pipe: _Pipe, stop: Callable[[], object]) -> None:
    pipe.leave()
    threading.Thread(target=stop, name="export-stop", daemon=True).start()


def attachment_responses(
    *codes: int, media_types: Iterable[str] = ("application/octet-stream",)
) -> dict[int | str, dict[str, object]]:
    """The documented answers of an endpoint that sends a file of one of these types."""
    contents: dict[str, object] = {media_type.partition(";")[0]: {} for media_type in media_types}
    return {200: {"description": "the file", "content": contents}, **responses(*codes)}
