"""The service as a process: restarts, kills, ports."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dw_simulator.config.settings import Settings
from dw_simulator.emulators.snowflake import server
from dw_simulator.errors import StackError

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")


@pytest.fixture
def start(start_service: Callable[..., Any], tmp_path: Path) -> Iterator[Callable[[], Any]]:
    services: list[Any] = []

    def begin() -> Any:
        services.append(start_service("snowflake", tmp_path))
        return services[-1]

    yield begin
    for service in services:
        service.kill()


def connect(port: int, **options: Any) -> Any:
    import snowflake.connector

    return snowflake.connector.connect(
        account="local", user="u", password="p", host="127.0.0.1", port=port, protocol="http", **options
    )


def fill(port: int) -> None:
    with connect(port) as connection:
        cursor = connection.cursor()
        cursor.execute("create database kept")
        cursor.execute("create table kept.public.t (a int)")
        cursor.execute("insert into kept.public.t values (1), (2)")
        cursor.execute("begin")
        cursor.execute("insert into kept.public.t values (3)")


def rows(port: int) -> list[tuple[int]]:
    with connect(port, database="KEPT") as connection:
        found: list[tuple[int]] = connection.cursor().execute("select a from t order by a").fetchall()
        return found


def test_committed_rows_outlive_a_stop_and_a_kill(start: Callable[[], Any]) -> None:
    service = start()
    fill(service.port)
    assert service.stop() == 0
    service = start()
    assert rows(service.port) == [(1,), (2,)]
    service.kill()
    assert rows(start().port) == [(1,), (2,)]


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = Settings(home=tmp_path)
        settings.snowflake.port = port = taken.getsockname()[1]
        with pytest.raises(StackError, match=f"port {port} .*in use") as caught:
            asyncio.run(server.serve(settings))
    assert caught.value.hint is not None
