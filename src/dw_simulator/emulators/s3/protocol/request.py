"""A request as S3 sees it: addressed bucket and key, query, headers; and an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from dw_simulator.emulators.s3.protocol.errors import S3Error

MAX_KEY_BYTES = 1024
VIRTUAL_HOST_SUFFIXES = (".localhost", ".localhost.localdomain", ".s3.localhost")


@dataclass(slots=True)
class Request:
    """``path`` is decoded, as signed; ``query`` has a pair for each parameter; header names are lower case."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    bucket: str = ""
    key: str = ""

    def argument(self, name: str, default: str = "") -> str:
        return next((value for key, value in self.query if key == name), default)

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self.query)

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """An integer parameter; above ``high`` counts as ``high``."""
        text = self.argument(name)
        if not text:
            return default
        if not text.isdecimal() or int(text) < low:
            raise S3Error(
                "InvalidArgument", f"Provided {name} not an integer or within integer range", ArgumentName=name
            )
        return min(int(text), high)

    @property
    def resource(self) -> str:
        return f"/{self.bucket}/{self.key}" if self.bucket else self.path


@dataclass(slots=True)
class FileBody:
    """Part of an open file as the body of an answer. Whoever sends it closes ``fd``."""

    fd: int
    offset: int
    length: int


@dataclass(slots=True)
class Response:
    status: int = 200
    body: bytes | FileBody = b""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def length(self) -> int:
        return len(self.body) if isinstance(self.body, bytes) else self.body.length


def xml_response(body: bytes) -> Response:
    return Response(200, body, {"Content-Type": "application/xml"})


def parse_request(method: str, target: bytes, headers: Mapping[str, str]) -> Request:
    """Take a request's target and ``Host`` apart.

    Raises:
        S3Error: InvalidURI (not UTF-8), KeyTooLongError.
    """
    raw_path, _, raw_query = target.partition(b"?")
    if raw_path.startswith((b"http://", b"https://")):
        raw_path = b"/" + raw_path.split(b"/", 3)[3] if raw_path.count(b"/") >= 3 else b"/"
    path = _decode(raw_path)
    request = Request(method, path, _parse_query(raw_query), dict(headers))
    bucket = _bucket_of_host(headers.get("host", ""))
    if bucket:
        request.bucket, request.key = bucket, path[1:]
    else:
        request.bucket, _, request.key = path[1:].partition("/")
    if len(request.key.encode()) > MAX_KEY_BYTES:
        raise S3Error("KeyTooLongError", Size=len(request.key.encode()), MaxSizeAllowed=MAX_KEY_BYTES)
    return request


def _decode(raw: bytes) -> str:
    try:
        return unquote_to_bytes(raw).decode()
    except UnicodeDecodeError as error:
        raise S3Error("InvalidURI") from error


def _parse_query(raw: bytes) -> list[tuple[str, str]]:
    pairs = []
    for part in raw.split(b"&"):
        if part:
            name, _, value = part.replace(b"+", b" ").partition(b"=")
            pairs.append((_decode(name), _decode(value)))
    return pairs


def _bucket_of_host(host: str) -> str:
    """``bucket.localhost:4566`` -> ``bucket``; any other host addresses by path."""
    name = host.rpartition(":")[0] if ":" in host else host
    for suffix in sorted(VIRTUAL_HOST_SUFFIXES, key=len, reverse=True):
        if name.lower().endswith(suffix):
            bucket = name[: -len(suffix)]
            return "" if bucket == "s3" else bucket
    return ""
