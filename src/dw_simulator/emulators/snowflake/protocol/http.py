"""Requests and responses as the handlers see them. No sockets here."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.errors import SnowflakeError

JSON_TYPE = b"application/json"
MAX_INFLATED_BODY = 1 << 30
"""A compressed request may not grow beyond this."""


@dataclass(slots=True)
class Request:
    """One HTTP request. Header names are in lower case; ``base_url`` is how the client reached the server."""

    method: str
    path: str
    query_string: bytes
    headers: dict[bytes, bytes]
    body: bytes = b""
    scheme: str = "http"
    client: tuple[str, int] = ("", 0)
    """The other end of the TCP connection."""
    stream: AsyncIterator[bytes] | None = None
    """The body of an upload (PUT), read as it comes; ``body`` is empty then."""

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.query_string.decode("latin-1"), keep_blank_values=True))

    def header(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1")

    @property
    def base_url(self) -> str:
        return f"{self.scheme}://{self.header(b'host')}"

    @property
    def token(self) -> str:
        """The token of ``Authorization: Snowflake Token="…"``; empty if there is none."""
        value = self.header(b"authorization")
        _, quote, rest = value.partition('Token="')
        return rest.rstrip('"') if quote else ""

    @property
    def bearer(self) -> str:
        scheme, _, value = self.header(b"authorization").partition(" ")
        return value.strip() if scheme.lower() == "bearer" else ""

    def inflated_body(self) -> bytes:
        """The body without its Content-Encoding.

        Raises:
            SnowflakeError: 390001, it is not what its header says, or too large.
        """
        encoding = self.header(b"content-encoding").lower()
        if encoding in ("", "identity"):
            return self.body
        if encoding != "gzip":
            raise errors.BAD_REQUEST(f"content encoding {encoding!r} is not supported")
        return _gunzip(self.body)

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; an empty body is an empty object.

        Raises:
            SnowflakeError: 390001, it is none.
        """
        value = self.json_value()
        if not isinstance(value, dict):
            raise errors.BAD_REQUEST("the body is not a JSON object")
        return value

    def json_value(self) -> Any:
        """The body as JSON of any kind; an empty body is an empty object. Raises SnowflakeError 390001: it is none."""
        body = self.inflated_body()
        if not body:
            return {}
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise errors.BAD_REQUEST(f"the body is not JSON: {error}") from error


def _gunzip(body: bytes) -> bytes:
    inflater = zlib.decompressobj(wbits=31)
    try:
        data = inflater.decompress(body, MAX_INFLATED_BODY)
    except zlib.error as error:
        raise errors.BAD_REQUEST(f"the body is not gzip: {error}") from error
    if inflater.unconsumed_tail:
        raise errors.BAD_REQUEST(f"the body is larger than {MAX_INFLATED_BODY} bytes")
    return data


@dataclass(slots=True)
class Response:
    """One HTTP response; ``body`` whole, or in pieces."""

    body: bytes | AsyncIterator[bytes] = b""
    status: int = 200
    content_type: bytes = JSON_TYPE
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)

    def gzipped(self) -> Response:
        """The same with a compressed body (whole bodies only)."""
        if not isinstance(self.body, bytes) or any(name == b"content-encoding" for name, _ in self.headers):
            return self
        headers = [*self.headers, (b"content-encoding", b"gzip")]
        return Response(gzip.compress(self.body, 1), self.status, self.content_type, headers)


def json_response(value: object, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status)


def success(data: object = None, message: str | None = None, code: str | None = None) -> Response:
    """A response of the connector protocol that tells of success."""
    return json_response({"data": data, "code": code, "message": message, "success": True})


def failure(error: SnowflakeError, data: dict[str, Any] | None = None) -> Response:
    """A failure: HTTP 200, because drivers retry HTTP errors for minutes."""
    details = {
        "internalError": False,
        "unredactedFromSecureObject": False,
        "errorCode": error.code,
        "age": 0,
        "sqlState": error.sqlstate,
        "queryId": None,
        "line": -1 if error.line is None else error.line,
        "pos": -1 if error.pos is None else error.pos,
        "type": "COMPILATION",
        **(data or {}),
    }
    return json_response(
        {"data": details, "code": error.code, "message": error.message, "success": False, "headers": None}
    )
