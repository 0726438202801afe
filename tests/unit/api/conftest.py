from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn
from fastapi.testclient import TestClient

from dw_simulator.api.app import create_app
from dw_simulator.config.settings import load_settings


@pytest.fixture
def client(tmp_path) -> Iterator[TestClient]:
    """The API over an empty home, asked as a local browser or script asks it."""
    settings = load_settings({"home": tmp_path / "home"}, use_running_stack=False)
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def shop() -> dict[str, object]:
    """A small schema that is stored in SQLite only."""
    return {
        "name": "shop",
        "tables": [
            {
                "name": "customers",
                "target_rows": 10,
                "warnings": ["look here"],
                "columns": [
                    {"name": "id", "data_type": "INT", "is_unique": True, "required": True},
                    {"name": "email", "data_type": "VARCHAR", "varchar_length": 80},
                ],
            }
        ],
    }


@pytest.fixture
def unreachable(client) -> None:
    """No service answers: the ports are those of nobody."""
    for name in ("s3", "redshift", "snowflake"):
        client.app.state.settings.service(name).port = 1


@dataclass(frozen=True)
class RawAnswer:
    status: int
    headers: dict[str, str]
    body: bytes


def ask_raw(port: int, target: str, *headers: str, method: str = "GET", body: bytes = b"") -> RawAnswer:
    """One request just as written: no client in between tidies the path or the headers."""
    named = {header.partition(":")[0].lower() for header in headers}
    lines = [f"{method} {target} HTTP/1.1", *headers, "Connection: close"]
    lines += [] if "host" in named else [f"Host: 127.0.0.1:{port}"]
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, content = received.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    pairs = (line.split(": ", 1) for line in rest)
    return RawAnswer(int(first.split()[1]), {name.lower(): value for name, value in pairs}, content)


@contextlib.contextmanager
def serving(app: Any) -> Iterator[int]:
    """A real server for ``app``; its port."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, server_header=False, lifespan="on"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@contextlib.contextmanager
def served(app: Any) -> Iterator[Callable[..., RawAnswer]]:
    """A real server for ``app`` on a free port: ``ask("/path", "Accept: text/html", method="GET", body=b"")``."""
    with serving(app) as port:
        yield lambda target, *headers, **options: ask_raw(port, target, *headers, **options)
