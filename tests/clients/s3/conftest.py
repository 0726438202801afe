"""An S3 store of its own for these tests, served from a thread."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from dw_simulator.config import S3Settings, Settings
from dw_simulator.emulators.s3.server import serve


@dataclass
class RunningStore:
    """A served store: its folder and endpoint."""

    home: Path
    url: str

    def client(self, **options: Any) -> Any:
        keys = {"aws_access_key_id": "mockuser", "aws_secret_access_key": "mockpass", "region_name": "us-east-1"}
        return boto3.client("s3", **({"endpoint_url": self.url} | keys | options))


class StoreThread:
    """Serves until ``stop``; a store can be served again from the same home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = 0
        self._bound = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._bound.wait(20)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        settings = Settings(home=self.home, s3=S3Settings(port=0))
        self._task = asyncio.ensure_future(serve(settings, ready=self._ready))
        with suppress(asyncio.CancelledError):
            await self._task

    def _ready(self, host: str, port: int) -> None:
        self.port = port
        self._bound.set()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(20)
        assert not self._thread.is_alive()

    @property
    def store(self) -> RunningStore:
        return RunningStore(self.home, f"http://127.0.0.1:{self.port}")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStore]:
    thread = StoreThread(tmp_path_factory.mktemp("home"))
    yield thread.store
    thread.stop()


@pytest.fixture
def serve_store(tmp_path: Path) -> Iterator[Any]:
    """A function that serves the same folder, again and again."""
    threads: list[StoreThread] = []

    def start() -> StoreThread:
        threads.append(StoreThread(tmp_path))
        return threads[-1]

    yield start
    for thread in threads:
        if thread._thread.is_alive():
            thread.stop()


@pytest.fixture
def s3(store: RunningStore) -> Any:
    client = store.client(config=Config(retries={"max_attempts": 0}))
    yield client
    client.close()


@pytest.fixture
def bucket(s3: Any) -> str:
    name = f"test-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    return name
