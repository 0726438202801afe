"""What protects a server that only this machine's user should reach: checks of Host, Origin and body size.

The Host check stops DNS rebinding (a page whose name resolves to 127.0.0.1); the Origin check stops other sites from
sending state changes; there is no CORS, so other sites cannot read anything.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from dw_simulator.api.problems import ProblemDocument, answer
from dw_simulator.errors import ConfigError

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MAX_BODY = 16 * 1024 * 1024
"""Bytes. A schema of ten thousand tables is smaller."""

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
WILDCARDS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared, not listened on


def require_loopback(host: str, *, published: bool = False) -> None:
    """Refuse to serve other machines: there is no authentication.

    ``published``: a container engine stands between and publishes the port on a loopback address of the machine.

    Raises:
        ConfigError: ``host`` is not a loopback address.
    """
    if host == "localhost" or published:
        return
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise ConfigError(
            f"the API only listens on this machine, not on {host}",
            hint="set DW_SIMULATOR_API_HOST to 127.0.0.1, the API has no login; in a container whose port is published"
            " on 127.0.0.1 only, set DW_SIMULATOR_API_PUBLISHED=true",
        )


def own_names(settings: Settings) -> frozenset[str]:
    """Names under which the API may be addressed, besides those of the loopback: no wildcard is one."""
    return frozenset(name.lower() for name in (settings.api.host, *settings.local_hosts)) - WILDCARDS


class LocalOnly:
    """ASGI middleware: answers 403 to a foreign Host or Origin, 413 to a body over ``max_body`` bytes."""

    def __init__(self, app: ASGIApp, *, hosts: Collection[str] = (), max_body: int = MAX_BODY) -> None:
        self._app = app
        self._hosts = LOCAL_NAMES | set(hosts)
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        await (self._app if refusal is None else answer(refusal))(scope, receive, send)

    def _refusal(self, scope: Scope) -> ProblemDocument | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if _host_name(f"//{host}") not in self._hosts:
            return _forbidden("host", f"this server does not answer for host {host!r}")
        if scope["method"] not in SAFE_METHODS:
            origin = headers.get("origin")
            if origin is not None and urlsplit(origin).netloc != host:
                return _forbidden("origin", f"requests from {origin!r} may not change anything here")
            if headers.get("sec-fetch-site") == "cross-site":
                return _forbidden("origin", "requests from other sites may not change anything here")
        return self._too_large(headers)

    def _too_large(self, headers: Headers) -> ProblemDocument | None:
        length = headers.get("content-length", "0")
        if (length.isdigit() and int(length) <= self._max_body) and "transfer-encoding" not in headers:
            return None
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        if "transfer-encoding" in headers:
            status = HTTPStatus.LENGTH_REQUIRED
        detail = f"a body must say its length and have at most {self._max_body} bytes"
        return ProblemDocument(title=status.phrase, status=status, detail=detail, code="body")


def _host_name(reference: str) -> str | None:
    try:
        return urlsplit(reference).hostname
    except ValueError:
        return None


def _forbidden(code: str, detail: str) -> ProblemDocument:
    status = HTTPStatus.FORBIDDEN
    return ProblemDocument(title=status.phrase, status=status, detail=detail, code=code)
