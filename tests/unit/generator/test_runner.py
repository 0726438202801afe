"""Runs: the same files for any number of threads, progress, cancellation, and nothing left behind by a failure."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from dw_simulator.errors import GenerationCancelled, GenerationError
from dw_simulator.generator import CountingSink, DirectorySink, GenerationPlan, Progress, build_plan, run
from dw_simulator.generator.parquet import ParquetEncoder, Profile, plain_schema
from dw_simulator.schema.model import Experiment

TABLES: list[dict[str, Any]] = [
    {
        "name": "people",
        "target_rows": 1000,
        "primary_key": ["id"],
        "columns": [
            {"name": "id", "data_type": "BIGINT"},
            {"name": "email", "data_type": "VARCHAR(80)", "is_unique": True},
            {"name": "city", "data_type": "VARCHAR(40)"},
            {"name": "born", "data_type": "DATE", "null_fraction": 0.1},
            {"name": "paid", "data_type": "DECIMAL(9,2)"},
            {"name": "debt", "data_type": "DECIMAL(30,2)"},
            {"name": "rate", "data_type": "FLOAT"},
            {"name": "seen_at", "data_type": "TIMESTAMP_TZ"},
            {"name": "wakes_at", "data_type": "TIME"},
            {"name": "is_in", "data_type": "BOOLEAN"},
            {"name": "data", "data_type": "JSON"},
            {"name": "raw", "data_type": "BINARY(9)"},
        ],
    },
    {
        "name": "visits",
        "target_rows": 5000,
        "columns": [
            {"name": "id", "data_type": "INT", "identity": {}},
            {"name": "person_id", "data_type": "BIGINT", "foreign_key": "people.id"},
            {"name": "kind", "data_type": "CHAR(1)"},
        ],
    },
    {"name": "Odd / name", "quoted": True, "target_rows": 3, "columns": [{"name": "x", "data_type": "INT"}]},
    {"name": "empty", "target_rows": 0, "columns": [{"name": "x", "data_type": "INT"}]},
]


@pytest.fixture(scope="module")
def plan() -> GenerationPlan:
    return build_plan(Experiment.model_validate({"name": "e", "tables": TABLES}), seed=9)


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


@pytest.mark.parametrize("profile", ["default", "compat"])
def test_files_are_the_same_for_any_number_of_workers(plan: GenerationPlan, tmp_path: Path, profile: Profile) -> None:
    for workers in (1, 2, 5):
        run(plan, DirectorySink(tmp_path / str(workers)), batch_rows=700, workers=workers, profile=profile)
    first = digests(tmp_path / "1")
    assert first == digests(tmp_path / "2") == digests(tmp_path / "5")
    assert len(first) == 2 + 8 + 1


def test_values_are_the_same_for_any_batch_size(plan: GenerationPlan, tmp_path: Path) -> None:
    whole: dict[str, Any] = {}
    for size in (64, 999, 100_000):
        run(plan, DirectorySink(tmp_path / str(size)), batch_rows=size, workers=2)
        for table in ("people", "visits"):
            read = pq.read_table(tmp_path / str(size) / table).to_pylist()
            assert whole.setdefault(table, read) == read


def test_report(plan: GenerationPlan, tmp_path: Path) -> None:
    report = run(plan, DirectorySink(tmp_path), batch_rows=2000, workers=2)
    assert report.rows == plan.rows == 6003
    assert {table.name: (table.rows, len(table.uris)) for table in report.tables} == {
        "people": (1000, 1),
        "visits": (5000, 3),
        "Odd / name": (3, 1),
        "empty": (0, 0),
    }
    assert report.bytes == sum(Path(uri).stat().st_size for uris in report.uris.values() for uri in uris)
    assert [Path(uri).name for uri in report.uris["visits"]] == [f"batch-0000{i}.parquet" for i in range(3)]
    assert report.seconds > 0


def test_progress_counts_up_in_the_calling_thread(plan: GenerationPlan) -> None:
    seen: list[Progress] = []
    threads = set()

    def progress(event: Progress) -> None:
        seen.append(event)
        threads.add(threading.current_thread())

    run(plan, CountingSink(), batch_rows=500, workers=3, progress=progress)
    assert threads == {threading.current_thread()}
    assert [event.rows_done for event in seen] == sorted(event.rows_done for event in seen)
    assert seen[-1].rows_done == seen[-1].rows == plan.rows
    assert sum(event.table_finished for event in seen) == 3


class FailingSink(DirectorySink):
    def write(self, table: str, index: int, lo: int, hi: int, data: pa.Buffer) -> str:
        if index == 3:
            raise OSError(28, "No space left on device")
        return super().write(table, index, lo, hi, data)


@pytest.mark.parametrize("workers", [1, 4])
def test_failure_leaves_nothing_behind(plan: GenerationPlan, tmp_path: Path, workers: int) -> None:
    kept = tmp_path / "out" / "visits" / "mine.txt"
    kept.parent.mkdir(parents=True)
    kept.write_text("kept")
    with pytest.raises(OSError, match="No space left"):
        run(plan, FailingSink(tmp_path / "out"), batch_rows=300, workers=workers)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [kept]
    assert not (tmp_path / "out" / "people").exists()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("generate-")]


def test_cancel(plan: GenerationPlan, tmp_path: Path) -> None:
    cancel = threading.Event()
    with pytest.raises(GenerationCancelled):
        run(
            plan,
            DirectorySink(tmp_path / "out"),
            batch_rows=10,
            workers=2,
            progress=lambda _: cancel.set(),
            cancel=cancel,
        )
    assert not (tmp_path / "out").exists()


def test_ctrl_c_in_progress(plan: GenerationPlan, tmp_path: Path) -> None:
    def progress(_: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(plan, DirectorySink(tmp_path / "out"), batch_rows=10, workers=2, progress=progress)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_a_file(plan: GenerationPlan, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(GenerationError, match="cannot write"):
        run(plan, DirectorySink(tmp_path / "out"))


@pytest.mark.parametrize(("lo", "hi"), [(-1, 5), (5, 4), (0, 1001)])
def test_ranges_outside_the_table(plan: GenerationPlan, lo: int, hi: int) -> None:
    with pytest.raises(ValueError, match="not within table"):
        plan.table("people").batch(lo, hi)


def test_batch_rows_must_be_positive(plan: GenerationPlan) -> None:
    with pytest.raises(ValueError, match="batch_rows"):
        run(plan, CountingSink(), batch_rows=0)


def test_errors_name_table_and_column(plan: GenerationPlan) -> None:
    column = {"name": "k", "data_type": "BIGINT", "is_unique": True}
    table: dict[str, Any] = {"name": "t", "target_rows": 5, "columns": [column]}
    broken = build_plan(Experiment.model_validate({"name": "e", "tables": [table]}), seed=1).tables[0]

    class Broken:
        type = pa.int64()

        def take(self, rows: Any) -> Any:
            raise ValueError("boom")

    broken.columns[0].values = Broken()
    with pytest.raises(GenerationError, match="table 't', column 'k': boom"):
        broken.batch(0, 5)


# --- Parquet ----------------------------------------------------------------------------------------------------------
def test_types_as_read_back(plan: GenerationPlan) -> None:
    table = plan.table("people")
    data = ParquetEncoder(table.schema).encode(table.batch(0, 1000))
    read = pq.read_table(pa.BufferReader(data))
    assert {field.name: str(field.type) for field in read.schema} == {
        "id": "int64", "email": "string", "city": "string", "born": "date32[day]", "paid": "decimal128(9, 2)",
        "debt": "decimal128(30, 2)", "rate": "double", "seen_at": "timestamp[us, tz=UTC]", "wakes_at": "time64[us]",
        "is_in": "bool", "data": "string", "raw": "binary",
    }  # fmt: skip
    physical = {column.name: column.physical_type for column in pq.ParquetFile(pa.BufferReader(data)).schema}
    assert physical["paid"] == "INT32"
    assert read.schema.field("id").nullable is False
    assert plain_schema(table.schema).field("city").type == pa.string()
    assert read["email"].to_pylist() == table.batch(0, 1000).column("email").to_pylist()


@pytest.mark.parametrize("profile", ["default", "compat"])
def test_values_survive_the_file(plan: GenerationPlan, profile: Profile) -> None:
    for table in plan.tables:
        batch = table.batch(0, table.rows)
        read = pq.read_table(pa.BufferReader(ParquetEncoder(table.schema, profile).encode(batch)))
        assert read.to_pylist() == batch.to_pylist()


def test_encodings(plan: GenerationPlan) -> None:
    table = plan.table("visits")
    groups = pq.ParquetFile(pa.BufferReader(ParquetEncoder(table.schema).encode(table.batch(0, 5000)))).metadata
    column = {groups.row_group(0).column(i).path_in_schema: groups.row_group(0).column(i) for i in range(3)}
    assert "DELTA_BINARY_PACKED" in column["id"].encodings
    assert column["id"].compression == "SNAPPY"
    assert (column["id"].statistics.min, column["id"].statistics.max) == (1, 5000)
    old = pq.ParquetFile(pa.BufferReader(ParquetEncoder(table.schema, "compat").encode(table.batch(0, 5000)))).metadata
    assert old.row_group(0).column(0).compression == "SNAPPY"
    assert set(old.row_group(0).column(0).encodings) <= {"PLAIN", "RLE", "BIT_PACKED", "PLAIN_DICTIONARY"}
    assert pc.count_distinct(table.batch(0, 5000).column("id")).as_py() == 5000


@pytest.mark.parametrize(
    ("values", "pooled"),
    [
        (np.arange(20_000) % 500 / 4, True),
        (np.sqrt(np.arange(20_000)), False),
        (np.where(np.arange(20_000) % 2, 0, np.sqrt(np.arange(20_000))), False),
    ],
)
def test_floats_of_few_values_are_a_dictionary(values: Any, pooled: bool) -> None:
    batch = pa.RecordBatch.from_arrays([pa.array(values)], names=["x"])
    file = pq.ParquetFile(pa.BufferReader(ParquetEncoder(batch.schema).encode(batch)))
    assert ("RLE_DICTIONARY" in file.metadata.row_group(0).column(0).encodings) == pooled
    assert file.read().column("x").to_pylist() == values.tolist()


def test_bytes_of_the_first_release(plan: GenerationPlan) -> None:
    """The values of a seed never change: a change here is a breaking change of the generator."""
    digest = hashlib.sha256()
    for table in plan.tables:
        batch = table.batch(0, table.rows)
        columns = [
            column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column for column in batch.columns
        ]
        digest.update(repr([column.to_pylist() for column in columns]).encode())
    assert digest.hexdigest()[:16] == GOLDEN


GOLDEN = "33b7c20e6e174fcf"
