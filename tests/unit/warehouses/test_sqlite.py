"""The SQLite adapter on real files."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dw_simulator.config.settings import Settings
from dw_simulator.errors import LoadCancelled, WarehouseError, WarehouseSqlError
from dw_simulator.schema import Experiment
from dw_simulator.warehouses.base import StagedFile
from dw_simulator.warehouses.sqlite import SqliteAdapter

MOMENT = dt.datetime(2024, 2, 29, 1, 2, 3, 4)
VALUES: dict[str, tuple[str, pa.Array, Any]] = {
    "i": ("BIGINT", pa.array([2**62, None]), 2**62),
    "d": ("DECIMAL(38,4)", pa.array([Decimal("1234567890123456789.1234"), None], pa.decimal128(38, 4)),
          "1234567890123456789.1234"),
    "small": ("DECIMAL(9,2)", pa.array([Decimal("1.50"), None], pa.decimal128(9, 2)), 1.5),
    "f": ("FLOAT", pa.array([0.1, None]), 0.1),
    "b": ("BOOLEAN", pa.array([True, None]), 1),
    "s": ("VARCHAR(9)", pa.array(["ü", None]).dictionary_encode(), "ü"),
    "date": ("DATE", pa.array([MOMENT.date(), None]), "2024-02-29"),
    "time": ("TIME", pa.array([MOMENT.time(), None]), "01:02:03.000004"),
    "at": ("TIMESTAMP", pa.array([MOMENT, None]), "2024-02-29 01:02:03.000004"),
    "tz": ("TIMESTAMP_TZ", pa.array([MOMENT, None], pa.timestamp("us", "UTC")), "2024-02-29 01:02:03.000004+00:00"),
    "whole": ("TIMESTAMP", pa.array([MOMENT.replace(microsecond=0), None], pa.timestamp("us")), "2024-02-29 01:02:03"),
    "bin": ("BINARY(4)", pa.array([b"\x00\xff", None]), b"\x00\xff"),
    "j": ("JSON", pa.array(["12", None]), "12"),
}  # fmt: skip

EXPERIMENT = Experiment.model_validate(
    {
        "name": "Every Type",
        "tables": [
            {"name": "t", "columns": [{"name": name, "data_type": kind} for name, (kind, _, _) in VALUES.items()]},
            {"name": "empty", "columns": [{"name": "x", "data_type": "INT"}]},
        ],
    }
)


@pytest.fixture
def adapter(tmp_path):
    return SqliteAdapter(Settings(home=tmp_path))


def stage(folder: Path, rows: int = 2) -> dict[str, list[StagedFile]]:
    path = folder / "file of t.parquet"
    pq.write_table(pa.table({name: array for name, (_, array, _) in VALUES.items()}), path)
    return {"t": [StagedFile(path.as_uri(), rows, path.stat().st_size)], "empty": []}


def rows_of(adapter: SqliteAdapter, sql: str, experiment: str | None = "Every Type") -> list[dict[str, Any]]:
    with adapter.query(sql, experiment) as result:
        return [row for batch in result.batches for row in batch.to_pylist()]


def test_every_type(adapter, tmp_path):
    seen = []
    assert adapter.load(EXPERIMENT, stage(tmp_path), seen.append) == {"t": 2, "empty": 0}
    assert [(loaded.table, loaded.rows) for loaded in seen] == [("t", 2), ("empty", 0)]
    first, second = rows_of(adapter, "SELECT * FROM t")
    assert first == {name: expected for name, (_, _, expected) in VALUES.items()}
    assert set(second.values()) == {None}
    assert rows_of(adapter, "SELECT * FROM empty") == []


def test_a_failed_load_changes_nothing(adapter, tmp_path):
    adapter.load(EXPERIMENT, stage(tmp_path))
    with pytest.raises(WarehouseError, match="table t: 3 rows are staged but SQLite holds 2"):
        adapter.load(EXPERIMENT, stage(tmp_path, rows=3))
    assert adapter.row_counts(EXPERIMENT) == {"t": 2, "empty": 0}
    assert [path.name for path in (tmp_path / "sqlite").iterdir()] == ["every type.sqlite"]


def test_a_cancelled_load_changes_nothing(adapter, tmp_path):
    adapter.load(EXPERIMENT, stage(tmp_path))
    adapter.cancel()
    with pytest.raises(LoadCancelled):
        adapter.load(EXPERIMENT, stage(tmp_path))
    assert adapter.row_counts(EXPERIMENT) == {"t": 2, "empty": 0}
    assert [path.name for path in (tmp_path / "sqlite").iterdir()] == ["every type.sqlite"]


def test_loading_again_replaces(adapter, tmp_path):
    for _ in range(2):
        adapter.load(EXPERIMENT, stage(tmp_path))
    assert adapter.row_counts(EXPERIMENT)["t"] == 2


def test_reset_and_drop(adapter, tmp_path):
    assert (adapter.row_counts(EXPERIMENT), adapter.drop("Every Type")) == ({}, 0)
    adapter.reset(EXPERIMENT)
    adapter.load(EXPERIMENT, stage(tmp_path))
    adapter.reset(EXPERIMENT)
    assert adapter.row_counts(EXPERIMENT) == {"t": 0, "empty": 0}
    assert adapter.drop("Every Type") == 2
    assert adapter.row_counts(EXPERIMENT) == {}


def test_query_streams(adapter):
    counting = (
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 50000) SELECT x, x * 0.5 y FROM n"
    )
    with adapter.query(counting) as result:
        sizes = [batch.num_rows for batch in result.batches]
    assert (len(sizes), sum(sizes)) == (3, 50_000)
    assert result.schema == pa.schema([("x", pa.int64()), ("y", pa.float64())])
    assert [(column.name, column.type) for column in result.columns] == [("x", "INTEGER"), ("y", "REAL")]


@pytest.mark.parametrize(
    ("sql", "message", "code"),
    [("SELECT * FROM none", "no such table: none", "SQLITE_ERROR"), ("SELEC", "syntax error", "SQLITE_ERROR"),
     ("SELECT 1; SELECT 2", "one statement at a time", None)],
)  # fmt: skip
def test_sql_errors(adapter, sql, message, code):
    with pytest.raises(WarehouseSqlError, match=message) as caught:
        adapter.query(sql)
    assert caught.value.warehouse_code == code


def test_mixed_types(adapter):
    assert rows_of(adapter, "SELECT 1 a UNION ALL SELECT 'x'", None) == [{"a": "1"}, {"a": "x"}]
    assert rows_of(adapter, "SELECT 1 a UNION ALL SELECT 0.5", None) == [{"a": 1.0}, {"a": 0.5}]


def test_not_loaded(adapter):
    with pytest.raises(WarehouseError, match="experiment 'none' is not in SQLite"):
        adapter.query("SELECT 1", "none")
