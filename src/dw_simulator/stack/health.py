"""Asking a service over its own wire whether it is well."""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import struct

from dw_simulator.stack.ports import Address

HTTP_PATHS = {"s3": "/_dw/health", "snowflake": "/_dw/health", "api": "/health", "loader": "/health"}
"""Services that answer a GET with ``{"status": "ok", "service": NAME, …}``."""

SSL_REQUEST = struct.pack("!ii", 8, 80877103)
"""PostgreSQL's SSLRequest; a server that is ready answers one byte, ``S`` or ``N``."""


async def is_healthy(service: str, address: Address, *, limit: float, tls: ssl.SSLContext | None = None) -> bool:
    """Whether ``service`` answers as it should within ``limit`` seconds; over TLS if a context is given."""
    try:
        async with asyncio.timeout(limit):
            if service == "redshift":
                return await _postgres_answers(address, tls)
            return await _http_answers(service, address, tls)
    except (OSError, TimeoutError, EOFError, ValueError, asyncio.LimitOverrunError):
        return False


async def _postgres_answers(address: Address, tls: ssl.SSLContext | None) -> bool:
    host = reachable(address.host)
    reader, writer = await asyncio.open_connection(host, address.port)
    try:
        writer.write(SSL_REQUEST)
        if tls is None:
            return await reader.readexactly(1) in (b"S", b"N")
        if await reader.readexactly(1) != b"S":
            return False
        await writer.start_tls(tls, server_hostname=host)
        return True
    finally:
        writer.close()
        await _closed(writer)


async def _http_answers(service: str, address: Address, tls: ssl.SSLContext | None) -> bool:
    asked = Address(reachable(address.host), address.port)
    reader, writer = await asyncio.open_connection(asked.host, asked.port, ssl=tls)
    try:
        writer.write(
            f"GET {HTTP_PATHS[service]} HTTP/1.1\r\nHost: {asked}\r\nAccept: application/json\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        if " 200 " not in head.split("\r\n", 1)[0] + " ":
            return False
        length = re.search(r"^content-length: *(\d+)", head, re.MULTILINE)
        body = await (reader.readexactly(int(length[1])) if length else reader.read())
        answer = json.loads(body)
        return isinstance(answer, dict) and answer.get("status") == "ok" and answer.get("service", service) == service
    finally:
        writer.close()
        await _closed(writer)


def reachable(host: str) -> str:
    """An address to connect to for one that may mean "all interfaces"."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - compared, not bound


async def _closed(writer: asyncio.StreamWriter) -> None:
    try:
        await writer.wait_closed()
    except OSError:
        return
