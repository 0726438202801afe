"""``/metrics`` and ``/health`` on a port of their own, for processes that speak no HTTP otherwise."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Any, Self

from dw_simulator.serving.addresses import cannot_listen
from dw_simulator.serving.pages import NOT_FOUND, Pages

_REQUEST_SECONDS = 10.0


class MetricsServer:
    """Serves :class:`Pages` from threads while the block runs::

    with MetricsServer(Pages(registry, settings.local_hosts), "127.0.0.1", 8001) as server:
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
            answer = found or NOT_FOUND
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:
            """Scrapes are not logged."""

    return Handler
