"""``/metrics`` and ``/health`` on a port of their own, for processes that speak no HTTP otherwise."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from ssl import SSLContext
from typing import Any, Self
from urllib.parse import urlsplit

from dw_simulator.observability.metrics import CONTENT_TYPE, Registry
from dw_simulator.serving.addresses import cannot_listen
from dw_simulator.serving.hosts import is_own_host

_REQUEST_SECONDS = 10.0
_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    content_type: str = _TEXT


def _well() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Pages:
    """What ``GET /metrics`` and ``GET /health`` answer. ``hosts``: names besides the loopback ones that are served.

    ``is_well`` decides between 200 and 503 on ``/health``; ``details`` are more fields of its answer.
    """

    registry: Registry
    hosts: Collection[str] = ()
    is_well: Callable[[], bool] = field(default=_well)
    details: Callable[[], Mapping[str, object]] = field(default=dict)

    def answer(self, method: str, target: str, host: str) -> Answer | None:
        """The answer to a request; None when the path is none of ours."""
        path = urlsplit(target).path
        if path not in ("/metrics", "/health"):
            return None
        if not is_own_host(host, self.hosts):
            return Answer(403, b"this host name is not served here\n")
        if method not in ("GET", "HEAD"):
            return Answer(405, b"only GET\n")
        if path == "/metrics":
            return Answer(200, self.registry.render(), CONTENT_TYPE)
        well = self.is_well()
        state: dict[str, object] = {
            "status": "ok" if well else "failing",
            "service": self.registry.service,
            "version": version("dw-simulator"),
        }
        state |= self.details()
        return Answer(200 if well else 503, json.dumps(state).encode(), "application/json")


class MetricsServer:
    """Serves :class:`Pages` from threads while the block runs::

    with MetricsServer(Pages("loader", registry, settings.local_hosts), "127.0.0.1", 8001) as server:
        print(server.port)
    """

    def __init__(self, pages: Pages, host: str, port: int, *, tls: SSLContext | None = None) -> None:
        """Listen on ``host:port``; port 0 picks a free one.

        Raises:
            StackError: the port is in use, or the address is not ours.
        """
        try:
            self._server = _Server((host, port), _handler(pages))
        except OSError as error:
            raise cannot_listen(pages.registry.service, host, port, error, setting="METRICS_PORT") from error
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A scraper that hung up, or that spoke something else, is not worth a word."""


def _handler(pages: Pages) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _REQUEST_SECONDS
        protocol_version = "HTTP/1.1"
        server_version = "dw-simulator"
        sys_version = ""

        def do_GET(self) -> None:
            self._respond()

        def do_HEAD(self) -> None:
            self._respond()

        def do_POST(self) -> None:
            self.close_connection = True  # its body is not read
            self._respond()

        def _respond(self) -> None:
            headers = self.headers
            found = pages.answer(self.command, self.path, headers.get("host", ""))
            answer = found or Answer(404, b"here are /metrics and /health\n")
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:
            """Scrapes are not logged."""

    return Handler
