"""The table of endpoints. A path is literal, or ends with ``/*`` and matches everything below it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from dw_simulator.emulators.snowflake.protocol.http import Request, Response
from dw_simulator.emulators.snowflake.service import Service

Handler = Callable[[Service, Request], Awaitable[Response]]

_EXACT: dict[tuple[str, str], Handler] = {}
_BELOW: list[tuple[str, str, Handler]] = []


def route(method: str, path: str) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        if path.endswith("/*"):
            _BELOW.append((method, path[:-1], handler))
        else:
            _EXACT[method, path] = handler
        return handler

    return register


def find(method: str, path: str) -> Handler | None:
    handler = _EXACT.get((method, path))
    if handler is not None:
        return handler
    return next((handler for wanted, prefix, handler in _BELOW if wanted == method and path.startswith(prefix)), None)
