"""Queries larger than the memory: they spill to disk, or fail with a number and a reason, and the server goes on."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from dw_simulator.config.groups import SnowflakeSettings
from dw_simulator.emulators.snowflake.backend import Backend
from dw_simulator.emulators.snowflake.engine import Engine
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.sessions import Session

MEMORY = "60MB"
SORTED = "SELECT count(*) FROM (SELECT i, hash(i) AS h FROM range({}) t(i) ORDER BY h OFFSET 10)"
AGGREGATE = "select length(listagg(repeat('x', 1000))) from table(generator(rowcount => 200000))"


def test_a_sort_spills(tmp_path: Path) -> None:
    backend = Backend(tmp_path, MEMORY, "2GB")
    ended, seen = threading.Event(), threading.Event()

    def watch() -> None:
        while not ended.wait(0.005):
            if any((tmp_path / "spill").glob("*")):
                seen.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        assert backend.connect().run(SORTED.format(4_000_000)) == [(3_999_990,)]
    finally:
        ended.set()
        watcher.join()
        backend.close()
    assert seen.is_set()


def test_what_may_not_spill_fails(tmp_path: Path) -> None:
    backend = Backend(tmp_path, MEMORY, "2MB")
    connection = backend.connect()
    with pytest.raises(SnowflakeError) as caught:
        connection.run(SORTED.format(4_000_000))
    assert (caught.value.errno, caught.value.sqlstate) == (300006, "53100")
    assert "failed to offload" in caught.value.message
    assert "\n" not in caught.value.message
    assert connection.run("SELECT 1") == [(1,)]
    backend.close()


@pytest.fixture
def rows(tmp_path: Path) -> Iterator[Callable[[str], list[tuple[Any, ...]]]]:
    """Runs statements in an engine of little memory."""
    engine = Engine.over(Backend(tmp_path, MEMORY, "2MB"), tmp_path)
    session, ids = Session(id=1, user="TESTER"), itertools.count(1)

    def run(sql: str) -> list[tuple[Any, ...]]:
        result = engine.execute(session, sql, binds=None, query_id=str(next(ids)))
        return [tuple(row.values()) for batch in result.batches for row in batch.to_pylist()]

    yield run
    engine.close()


def test_an_aggregate_that_fits_nowhere_fails_and_the_server_goes_on(rows) -> None:
    rows("create database d")
    rows("create table kept as select 7 as n")
    rows("begin")
    rows("insert into kept values (8)")
    with pytest.raises(SnowflakeError) as caught:
        rows(AGGREGATE)
    assert (caught.value.errno, caught.value.sqlstate) == (300005, "53200")
    assert "snowflake.memory_limit" in caught.value.message
    assert "\n" not in caught.value.message
    rows("commit")
    assert rows("select n from kept order by n") == [(7,), (8,)]


@pytest.mark.parametrize("limit", ["60", "60 percent", "-1", "0.5", "GB"])
def test_a_limit_that_is_none(limit) -> None:
    with pytest.raises(ValidationError, match="memory_limit"):
        SnowflakeSettings(port=0, memory_limit=limit)
