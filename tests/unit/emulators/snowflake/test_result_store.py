"""Results: in memory while small, in files when large, gone when there is no room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from dw_simulator.emulators.snowflake import result_store
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.result_store import ResultStore
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult
from dw_simulator.emulators.snowflake.types import model

COLUMNS = [ResultColumn("N", model.number()), ResultColumn("T", model.text())]


def result(rows: int, fail_at: int | None = None) -> StatementResult:
    def batches() -> Iterator[pa.RecordBatch]:
        for start in range(0, rows, 10_000):
            if fail_at is not None and start >= fail_at:
                raise SnowflakeError(100051, "22012", "Division by zero")
            numbers = pa.array(range(start, min(start + 10_000, rows)), pa.int64())
            yield pa.record_batch([numbers, pa.array(["x" * 100] * len(numbers))], names=["n", "t"])

    return StatementResult(COLUMNS, batches())


def numbers(store: ResultStore, query_id: str) -> list[int]:
    return [value for batch in store.batches(query_id) for value in batch.column(0).to_pylist()]


@pytest.mark.parametrize(("rows", "on_disk"), [(0, False), (10, False), (20_000, False), (200_000, True)])
def test_rows_come_back_in_order(tmp_path: Path, rows: int, on_disk: bool) -> None:
    store = ResultStore(tmp_path / "results")
    stored = store.store("q", result(rows))
    assert (stored.rows, stored.folder is not None, len(stored.parts) > 1) == (rows, on_disk, on_disk)
    assert sum(part.rows for part in stored.parts) == rows
    assert numbers(store, "q") == list(range(rows))
    assert stored.ranges == ([(0, rows - 1), None] if rows else [None, None])
    store.close()
    assert not (tmp_path / "results").exists()


def test_a_failing_result_leaves_nothing(tmp_path: Path) -> None:
    store = ResultStore(tmp_path / "results")
    with pytest.raises(SnowflakeError):
        store.store("q", result(300_000, fail_at=250_000))
    assert list((tmp_path / "results").iterdir()) == []
    with pytest.raises(SnowflakeError, match="not found"):
        store.get("q")


def test_old_results_make_room_and_too_large_ones_fail(tmp_path: Path) -> None:
    store = ResultStore(tmp_path / "results", spool_bytes=50 << 20)
    store.store("first", result(300_000))
    store.store("second", result(300_000))
    assert numbers(store, "second")[-1] == 299_999
    with pytest.raises(SnowflakeError):
        store.get("first")
    with pytest.raises(SnowflakeError) as caught:
        store.store("third", result(900_000))
    assert caught.value.code == "300006"


def test_results_on_disk_expire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = ResultStore(tmp_path / "results")
    store.store("small", result(10))
    store.store("large", result(200_000))
    store.expire()
    assert numbers(store, "large")[0] == 0
    monkeypatch.setattr(result_store, "SPOOLED_SECONDS", -1.0)
    store.expire()
    assert numbers(store, "small")[0] == 0
    with pytest.raises(SnowflakeError):
        store.get("large")
    assert list((tmp_path / "results").iterdir()) == []


def test_a_large_result_keeps_only_its_first_part_in_memory(tmp_path: Path) -> None:
    """Not the batches that the part was cut from."""
    wide = pa.record_batch([pa.array(range(60_000), pa.int64()), pa.array(["x" * 100] * 60_000)], names=["n", "t"])
    stored = ResultStore(tmp_path / "results").store("q", StatementResult(COLUMNS, iter([wide, wide])))
    first = stored.parts[0]
    assert [part.path is None for part in stored.parts] == [True] + [False] * (len(stored.parts) - 1)
    held = sum(batch.get_total_buffer_size() for batch in first.batches)
    assert held < 2 * result_store.FIRST_PART_BYTES
    assert sum(batch.num_rows for batch in first.batches) == first.rows


def test_first_parts_count_for_the_room_in_memory(tmp_path: Path) -> None:
    store = ResultStore(tmp_path / "results", kept_memory_bytes=3 * result_store.FIRST_PART_BYTES)
    for query_id in "abcdef":
        assert store.store(query_id, result(200_000)).held >= result_store.FIRST_PART_BYTES
    with pytest.raises(SnowflakeError):
        store.get("a")
    assert store.get("f").rows == 200_000
    assert len(list((tmp_path / "results").iterdir())) <= 3
