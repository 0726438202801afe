"""What protects a server that only this machine's user, or who knows its token, should reach.

The Host check stops DNS rebinding (a page whose name resolves to 127.0.0.1); the Origin check stops other sites from
sending state changes; there is no CORS, so other sites cannot read anything, and no cookie that a browser would send
for them. A server that other machines reach wants a token in addition.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Collection
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dw_simulator.api.problems import ProblemDocument, answer
from dw_simulator.errors import ConfigError
from dw_simulator.serving.hosts import LOOPBACK_NAMES, is_own_host

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

MEBIBYTE = 1024 * 1024
MAX_BODY = 16 * MEBIBYTE
"""Bytes. A schema of ten thousand tables is smaller."""
MAX_BODIES = {"/api/experiments/import-sql": 64 * MEBIBYTE, "/api/query": 64 * MEBIBYTE}
"""Bytes, by path and what is below it. In JSON a text of SQL may take up to six times its size."""

WILDCARDS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared, not listened on

LEAST_TOKEN = 16
"""Characters."""
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]*")
"""RFC 6750 section 2.1: what a bearer token may consist of."""
_MAKE_TOKEN = "python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"  # noqa: S105 - makes one, is none

PUBLIC = frozenset({"/health"})
PROTECTED = ("/api", "/metrics", "/openapi.json", "/docs")
"""What a server with a token gives only to who knows it: these paths and those below them. All else is the UI."""

COMMON_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
DEFAULT_HEADERS = {
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
}
"""Of answers that do not say otherwise: data is no page, and is asked for anew each time."""

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:;"
    " font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The content security policy of pages. Styles may be inline: the UI's libraries insert style elements."""


def require_loopback(host: str, *, published: bool = False, token: str | None = None) -> None:
    """Refuse to serve other machines without a token.

    ``published``: a container engine stands between and publishes the port on a loopback address of the machine.

    Raises:
        ConfigError: ``host`` is not a loopback address, and there is no token.
    """
    if host == "localhost" or published or token is not None:
        return
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise ConfigError(
            f"the API only listens on this machine, not on {host}, as long as it has no token",
            hint="set DW_SIMULATOR_API_HOST to 127.0.0.1; to serve other machines set DW_SIMULATOR_API_TOKEN to a token"
            f" ({_MAKE_TOKEN}); in a container whose port is published on 127.0.0.1 only, set"
            " DW_SIMULATOR_API_PUBLISHED=true",
        )


def token_of(settings: Settings) -> str | None:
    """The token that requests must carry; None: none is needed. References must be resolved.

    Raises:
        ConfigError: it is too short, or has characters that a header cannot carry.
    """
    if settings.api.token is None:
        return None
    token = settings.api.token.get_secret_value()
    if len(token) < LEAST_TOKEN or not _TOKEN.fullmatch(token):
        raise ConfigError(
            f"the API's token needs at least {LEAST_TOKEN} characters, out of letters, digits and ._~+/=-",
            hint=f"set DW_SIMULATOR_API_TOKEN to what this prints: {_MAKE_TOKEN}",
        )
    return token


def own_names(settings: Settings) -> frozenset[str]:
    """Names under which the API may be addressed, besides those of the loopback: no wildcard is one."""
    names = (settings.api.host, *settings.api.allowed_hosts, *settings.local_hosts)
    return frozenset(name.lower() for name in names) - WILDCARDS


def is_below(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}/")


class SecureHeaders:
    """ASGI middleware: tells browsers on every answer what they may do with it. It belongs around all others."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(COMMON_HEADERS)
                for name, value in DEFAULT_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, completed)


class LocalOnly:
    """ASGI middleware: answers 403 to a foreign Host or Origin, 413 to a body that is too large.

    ``max_body``: bytes, for all paths; by default MAX_BODY, and MAX_BODIES for some.
    """

    def __init__(self, app: ASGIApp, *, hosts: Collection[str] = (), max_body: int | None = None) -> None:
        self._app = app
        self._hosts = LOOPBACK_NAMES | set(hosts)
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, limit = Headers(scope=scope), self._limit(scope["path"])
        refusal = self._foreign(scope["method"], headers) or _too_large(headers, limit)
        if refusal is not None:
            await answer(refusal)(scope, receive, send)
        else:
            counted = _Counted(receive, limit) if "transfer-encoding" in headers else receive
            await self._app(scope, counted, send)

    def _limit(self, path: str) -> int:
        if self._max_body is not None:
            return self._max_body
        return next((limit for prefix, limit in MAX_BODIES.items() if is_below(path, prefix)), MAX_BODY)

    def _foreign(self, method: str, headers: Headers) -> ProblemDocument | None:
        hosts = headers.getlist("host")
        host = ", ".join(hosts)
        if len(hosts) != 1 or not is_own_host(host, self._hosts):
            return _forbidden(
                "host",
                f"this server does not answer for host {host!r}",
                hint="a name of this machine under which it should answer belongs into DW_SIMULATOR_API_ALLOWED_HOSTS",
            )
        site = headers.get("sec-fetch-site")
        if method in SAFE_METHODS:
            # Another site may lead here by a link, but not embed an answer, nor have the server work for nothing.
            foreign = site in ("cross-site", "same-site") and headers.get("sec-fetch-mode") != "navigate"
            return _forbidden("origin", "other sites may not read anything here") if foreign else None
        origin = headers.get("origin")
        if origin is not None and _authority(origin) != host.lower():
            return _forbidden("origin", f"requests from {origin!r} may not change anything here")
        if site in ("cross-site", "same-site"):
            return _forbidden("origin", "requests from other sites may not change anything here")
        return None


class TokenOnly:
    """ASGI middleware: answers 401 to requests without ``Authorization: Bearer TOKEN``, but for the UI's own files."""

    def __init__(self, app: ASGIApp, *, token: str) -> None:
        self._app = app
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._may_pass(scope):
            await self._app(scope, receive, send)
            return
        status = HTTPStatus.UNAUTHORIZED
        refusal = ProblemDocument(
            title=status.phrase,
            status=status,
            detail="this server wants its token",
            code="token",
            hint="send it in the header Authorization: Bearer TOKEN; it is the setting api.token of the server",
        )
        await answer(refusal, {"WWW-Authenticate": 'Bearer realm="dw-simulator"'})(scope, receive, send)

    def _may_pass(self, scope: Scope) -> bool:
        path: str = scope["path"]
        if path in PUBLIC or not any(is_below(path, prefix) for prefix in PROTECTED):
            return True
        scheme, _, given = Headers(scope=scope).get("authorization", "").partition(" ")
        matches = hmac.compare_digest(given.strip().encode("latin-1", "replace"), self._token)
        return matches and scheme.lower() == "bearer"


class _Counted:
    """Reads a body that does not say its length, and no more than ``limit`` bytes of it."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._read = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._read += len(message.get("body", b""))
        if self._read > self._limit:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _limit_text(self._limit))
        return message


def _too_large(headers: Headers, limit: int) -> ProblemDocument | None:
    length = headers.get("content-length", "0")
    if length.isascii() and length.isdigit() and int(length) <= limit:
        return None
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return ProblemDocument(title=status.phrase, status=status, detail=_limit_text(limit), code="body")


def _limit_text(limit: int) -> str:
    return f"a body for this path may have at most {limit} bytes"


def _authority(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None


def _forbidden(code: str, detail: str, *, hint: str | None = None) -> ProblemDocument:
    status = HTTPStatus.FORBIDDEN
    return ProblemDocument(title=status.phrase, status=status, detail=detail, code=code, hint=hint)
