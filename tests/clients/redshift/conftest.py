"""A Redshift emulator and an S3 store of their own for these tests, in one process that may be killed.

``REDSHIFT_TESTS_BACKEND_DSN`` puts another PostgreSQL behind the emulator (15, as in containers).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dw_simulator.emulators.common.objects import ObjectStore
from dw_simulator.serving import certificates

_PROGRAM = """
import asyncio, json, os, sys
from dw_simulator.config.settings import load_settings
from dw_simulator.emulators.redshift import server as redshift
from dw_simulator.emulators.s3 import server as s3

async def main(home, redshift_changes):
    own = {"port": 0, "backend_dsn": os.environ.get("REDSHIFT_TESTS_BACKEND_DSN")}
    base = {"home": home, "redshift": {**own, **json.loads(redshift_changes)}}
    ports = {}
    bound = asyncio.Event()
    def s3_ready(host, port):
        ports["s3"] = port
        bound.set()
    def redshift_ready(host, port):
        print(json.dumps({**ports, "redshift": port}), flush=True)
    store = asyncio.ensure_future(s3.serve(load_settings({**base, "s3": {"port": 0}}), ready=s3_ready))
    await bound.wait()
    await redshift.serve(load_settings({**base, "s3": {"port": ports["s3"]}}), ready=redshift_ready)
    store.cancel()
    await asyncio.wait([store])

asyncio.run(main(*sys.argv[1:]))
"""


@dataclass
class Server:
    """A running emulator; ``bucket`` is where tests put files."""

    home: Path
    process: subprocess.Popen[str]
    port: int
    store: ObjectStore
    bucket: str = "files"

    @property
    def dsn(self) -> str:
        return f"host=127.0.0.1 port={self.port} dbname=dev user=awsuser password=mockpass"

    @property
    def cluster(self) -> Path:
        state = self.home / "redshift"
        # A root's server runs as another account, which may not be able to reach a folder of the tests.
        return (state / "cluster").resolve() if (state / "cluster").exists() else state

    @property
    def postmaster(self) -> int:
        return int((self.cluster / "postgres" / "postmaster.pid").read_text().splitlines()[0])

    def connect(self, **options: Any) -> psycopg.Connection[Any]:
        return psycopg.connect(self.dsn, **{"autocommit": True, **options})

    def put(self, key: str, data: bytes | str) -> str:
        self.store.write(self.bucket, key, data if isinstance(data, bytes) else data.encode())
        return f"s3://{self.bucket}/{key}"

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        self.store.close()
        link = self.home / "redshift" / "cluster"
        if link.is_symlink():
            shutil.rmtree(link.resolve(), ignore_errors=True)
        assert self.process.stdout is not None
        self.process.stdout.close()


def start_server(home: Path, *, tls: bool = False, **changes: Any) -> Server:
    """``changes``: settings of the group ``redshift``. ``tls``: with certificates under the home folder."""
    home.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-c", _PROGRAM, str(home), json.dumps(changes)]
    environ = {**os.environ, "DW_SIMULATOR_TLS_ENABLED": "true"} if tls else dict(os.environ)
    if tls:
        certificates.ensure(home / "tls")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ)
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        process.wait(20)
        process.stdout.close()
        raise AssertionError("the emulator did not start")
    ports = json.loads(line)
    url = f"{'https' if tls else 'http'}://127.0.0.1:{ports['s3']}"
    ca_file = home / "tls" / "ca.pem" if tls else None
    store = ObjectStore.connect(url, "mockuser", "mockpass", "us-east-1", ca_file=ca_file)
    server = Server(home, process, ports["redshift"], store)
    store.create_bucket(server.bucket)
    return server


@pytest.fixture(scope="session")
def launch() -> Callable[..., Server]:
    """``launch(home, login="strict")`` starts a server with other settings; who does stops it."""
    return start_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start_server(tmp_path_factory.mktemp("redshift"))
    yield running
    running.stop()


@pytest.fixture
def starter(tmp_path: Path) -> Iterator[Callable[[], Server]]:
    """Starts servers on this test's own home; those left are stopped."""
    started: list[Server] = []

    def start() -> Server:
        started.append(start_server(tmp_path / "home"))
        return started[-1]

    yield start
    for running in started:
        running.stop()


@pytest.fixture
def connection(server: Server) -> Iterator[psycopg.Connection[Any]]:
    """An autocommit connection that works in a schema of this test."""
    schema = f"test_{os.getpid()}_{time.monotonic_ns()}"
    with closing(server.connect()) as opened:
        opened.execute(f"create schema {schema}")
        opened.execute(f"set search_path to {schema}")
        yield opened
        opened.rollback()
        opened.execute(f"drop schema {schema} cascade")
