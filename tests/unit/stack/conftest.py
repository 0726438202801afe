"""A small service program that the supervisor can run instead of the real ones."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dw_simulator.config.settings import Settings, load_settings

PROGRAM = """
import http.server, json, os, signal, sys

name, port, mode = sys.argv[1], int(sys.argv[2]), sys.argv[3]
print(f"hello from {name}", flush=True)
if mode == "fails":
    print("cannot go on", flush=True)
    sys.exit(7)
if mode == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if mode == "leaves-child":
    child = os.fork()
    if child == 0:
        signal.pause()
    print(f"child {child}", flush=True)

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"status": "ok", "service": name}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

if mode == "silent":
    signal.pause()
signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGTERM) if mode == "stubborn" else lambda *_: sys.exit(0))
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "fake_service.py"
    path.write_text(PROGRAM)
    return path


@pytest.fixture
def fake_command(program):
    """The command line of the fake: ``fake_command(name, port, mode)``; modes are in the program."""

    def command(name: str, port: int, mode: str = "works") -> list[str]:
        return [sys.executable, "-S", str(program), name, str(port), mode]

    return command


@pytest.fixture
def settings(tmp_path: Path, monkeypatch) -> Settings:
    for variable in ("HOME", "S3_PORT", "REDSHIFT_PORT", "SNOWFLAKE_PORT", "API_PORT"):
        monkeypatch.delenv(f"DW_SIMULATOR_{variable}", raising=False)
    return load_settings({"home": tmp_path / "home"}, use_running_stack=False)
