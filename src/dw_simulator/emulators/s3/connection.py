"""One client connection: HTTP/1.1 parsed by httptools, bodies streamed with back pressure, answers in order."""

from __future__ import annotations

import asyncio
import email.utils
import logging
import os
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import cast

import httptools

from dw_simulator.emulators.s3.protocol import xml
from dw_simulator.emulators.s3.protocol.errors import S3Error
from dw_simulator.emulators.s3.protocol.request import FileBody, Response
from dw_simulator.emulators.s3.spans import note_response, request_span

log = logging.getLogger(__name__)

_HIGH_WATER = 8 << 20
_LOW_WATER = 2 << 20
_SEND_BYTES = 1 << 20
_MAX_HEADER_BYTES = 64 << 10
_REASONS = {status.value: status.phrase for status in HTTPStatus}

Head = tuple[str, bytes, Mapping[str, str]]
"""Method, target and headers (lower-case names; repeated ones joined with commas)."""

Answer = Callable[[Head, "IncomingBody"], Awaitable[Response]]


class Disconnected(Exception):
    """The client went away while its request was being read."""


class IncomingBody:
    """The body of a request while it arrives. Pauses the transport while too much of it waits."""

    def __init__(self, connection: Connection, expects_continue: bool) -> None:
        self._connection = connection
        self._expects_continue = expects_continue
        self._chunks: list[bytes] = []
        self._waiting = 0
        self._arrived = asyncio.Event()
        self._ended = False
        self._broken = False

    def add(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._waiting += len(chunk)
        self._arrived.set()
        if self._waiting > _HIGH_WATER:
            self._connection.pause_reading()

    def end(self) -> None:
        self._ended = True
        self._arrived.set()

    def fail(self) -> None:
        self._broken = True
        self._arrived.set()

    async def next(self) -> list[bytes]:
        if self._expects_continue:
            self._expects_continue = False
            self._connection.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        while not self._chunks:
            if self._broken:
                raise Disconnected
            if self._ended:
                return []
            self._arrived.clear()
            await self._arrived.wait()
        chunks, self._chunks, self._waiting = self._chunks, [], 0
        self._connection.resume_reading()
        return chunks

    @property
    def refused(self) -> bool:
        """The client still waits for leave to send, and got none."""
        return self._expects_continue and not self._ended

    async def discard(self) -> None:
        """Read the rest, so that the client reads the answer instead of failing to send."""
        while await self.next():
            pass


class Connection(asyncio.Protocol):
    """Requests of one client, answered one after another."""

    def __init__(self, answer: Answer, open_connections: set[Connection]) -> None:
        self._answer = answer
        self._open = open_connections
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport
        self._queue: deque[tuple[Head, IncomingBody, bool]] = deque()
        self._body: IncomingBody | None = None
        self._url = b""
        self._headers: dict[str, str] = {}
        self._header_bytes = 0
        self._worker: asyncio.Task[None] | None = None
        self._writable = asyncio.Event()
        self._paused = False

    # --- transport callbacks ------------------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=2 * _SEND_BYTES)
        self._writable.set()
        self._open.add(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._refuse()
        except httptools.HttpParserError as error:
            log.debug("malformed request: %s", error)
            self._refuse()

    def _refuse(self) -> None:
        """The bytes are not HTTP that we know: say so and hang up."""
        if self._worker is None:
            body = xml.error_document("BadRequest", "An error occurred when parsing the HTTP request.", ())
            self._write_head(Response(400, body, {"Content-Type": "application/xml"}), close=True)
            self.write(body)
        self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - interface
        self._open.discard(self)
        self._writable.set()
        if self._body is not None:
            self._body.fail()
        for _, body, _ in self._queue:
            body.fail()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def pause_reading(self) -> None:
        if not self._paused and not self._transport.is_closing():
            self._paused = True
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if self._paused and not self._transport.is_closing():
            self._paused = False
            self._transport.resume_reading()

    def write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)

    def close_when_idle(self) -> None:
        """Finish the request in progress, take no other."""
        if self._worker is None:
            self._transport.close()

    # --- parser callbacks -----------------------------------------------------------------------------------------
    def on_message_begin(self) -> None:
        self._url, self._headers, self._header_bytes = b"", {}, 0

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > _MAX_HEADER_BYTES:
            raise ValueError("headers too long")
        key, text = name.decode("latin-1").lower(), _header_text(value)
        self._headers[key] = f"{self._headers[key]},{text}" if key in self._headers else text

    def on_headers_complete(self) -> None:
        expects = self._headers.get("expect", "").lower() == "100-continue"
        self._body = IncomingBody(self, expects)
        head = (self._parser.get_method().decode(), self._url, self._headers)
        self._queue.append((head, self._body, bool(self._parser.should_keep_alive())))
        if self._worker is None:
            self._worker = asyncio.get_running_loop().create_task(self._work())

    def on_body(self, data: bytes) -> None:
        if self._body is not None:
            self._body.add(data)

    def on_message_complete(self) -> None:
        if self._body is not None:
            self._body.end()
            self._body = None

    # --- answering ------------------------------------------------------------------------------------------------
    async def _work(self) -> None:
        try:
            while self._queue and not self._transport.is_closing():
                head, body, keep_alive = self._queue.popleft()
                with request_span(*head) as span:
                    response = await self._answer(head, body)
                    note_response(span, response)
                    close = not keep_alive or body.refused
                    await self._send(head[0], response, close)
                if close:
                    self._transport.close()
                    return
                await body.discard()
        except Disconnected:
            self._transport.close()
        finally:
            self._worker = None

    async def _send(self, method: str, response: Response, close: bool) -> None:
        body = response.body
        try:
            self._write_head(response, close)
            if isinstance(body, bytes):
                if method != "HEAD":
                    self.write(body)
            elif body.fd >= 0:
                await self._send_file(body)
            await self._writable.wait()
        finally:
            if isinstance(body, FileBody) and body.fd >= 0:
                os.close(body.fd)

    async def _send_file(self, body: FileBody) -> None:
        offset, left = body.offset, body.length
        while left and not self._transport.is_closing():
            chunk = os.pread(body.fd, min(left, _SEND_BYTES), offset)
            if not chunk:
                log.error("a file of the store became shorter while it was sent")
                self._transport.abort()
                return
            self._transport.write(chunk)
            offset, left = offset + len(chunk), left - len(chunk)
            await self._writable.wait()

    def _write_head(self, response: Response, close: bool) -> None:
        lines = [f"HTTP/1.1 {response.status} {_REASONS.get(response.status, 'Unknown')}"]
        headers = {
            "Server": "AmazonS3",
            "Date": email.utils.formatdate(usegmt=True),
            "x-amz-request-id": secrets.token_hex(8).upper(),
            **response.headers,
        }
        if response.status not in (204, 304):
            headers["Content-Length"] = str(response.length)
        if close:
            headers["Connection"] = "close"
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.write("\r\n".join((*lines, "", "")).encode("utf-8", "surrogateescape"))


def _header_text(value: bytes) -> str:
    """Header values are UTF-8 where clients send user metadata that is not ASCII."""
    return value.decode("utf-8", "surrogateescape")


def error_response(error: S3Error, resource: str, request_id: str) -> Response:
    details = [*error.details.items(), ("Resource", resource), ("RequestId", request_id), ("HostId", "dw-simulator")]
    body = b"" if error.status == 304 else xml.error_document(error.code, error.message, details)
    return Response(error.status, body, {"Content-Type": "application/xml", "x-amz-request-id": request_id})
