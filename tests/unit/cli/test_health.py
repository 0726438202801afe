"""`dw-sim health`: the health check of a container."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tests.ports import ports

from dw_simulator.cli.main import run


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    """Answers as whatever service the path's query names."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'{"status": "ok", "service": "loader"}'
            self.send_response(200 if self.path == "/health" else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_a_service_that_is_well(server, capsys):
    port = str(server.server_address[1])
    assert run(["health", "loader", "--host", "127.0.0.1", "--port", port]) == 0
    assert capsys.readouterr().out == f"loader is well at 127.0.0.1:{port}\n"


@pytest.mark.parametrize("name", ["api", "s3", "snowflake", "redshift"])
def test_another_service_at_the_address_is_not_the_one_asked_for(server, name, capsys):
    assert run(["health", name, "--port", str(server.server_address[1])]) == 7
    assert f"the {name} service does not answer at 127.0.0.1:" in capsys.readouterr().err


def test_the_configured_address_is_asked(monkeypatch, server, capsys):
    monkeypatch.setenv("DW_SIMULATOR_LOADER_METRICS_PORT", str(server.server_address[1]))
    assert run(["health", "loader"]) == 0
    monkeypatch.setenv("DW_SIMULATOR_LOADER_METRICS_PORT", str(ports()))
    assert run(["health", "loader"]) == 7
    assert "dw-sim load --watch" in capsys.readouterr().err
