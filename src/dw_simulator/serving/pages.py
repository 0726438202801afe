"""What ``/metrics`` and ``/health`` answer, whoever listens."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from urllib.parse import urlsplit

from dw_simulator.observability.metrics import CONTENT_TYPE, Registry
from dw_simulator.serving.hosts import is_own_host

_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    content_type: str = _TEXT


PATHS = ("/metrics", "/health")
NOT_FOUND = Answer(404, b"there is only /metrics and /health here\n")


@dataclass(frozen=True, slots=True)
class Pages:
    """The two pages of a service.

    ``hosts`` are names besides the loopback ones under which the process may be addressed; a request to another name is
    refused, so that no web page can read the values by DNS rebinding. ``health`` adds fields to the answer of
    ``/health``; with ``"status"`` other than ``"ok"`` it is answered with 503.
    """

    registry: Registry
    hosts: Collection[str] = ()
    health: Callable[[], Mapping[str, object]] = field(default=dict)

    def answer(self, method: str, target: str, host: str) -> Answer | None:
        """The answer to a request; None when the path is none of ours."""
        path = urlsplit(target).path
        if path not in PATHS:
            return None
        if not is_own_host(host, self.hosts):
            return Answer(403, b"this host name is not served here\n")
        if method not in ("GET", "HEAD"):
            return Answer(405, b"only GET\n")
        if path == "/metrics":
            return Answer(200, self.registry.render(), CONTENT_TYPE)
        state: dict[str, object] = {
            "status": "ok",
            "service": self.registry.service,
            "version": version("dw-simulator"),
            **self.health(),
        }
        return Answer(
            200 if state["status"] == "ok" else 503, json.dumps(state, default=str).encode(), "application/json"
        )
