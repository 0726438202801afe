"""Data as files without a stack: every format holds the same rows, and partitions hold them all."""

import csv
import datetime as dt
import gzip
import hashlib
import io
import json
import threading
from decimal import Decimal

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from dw_simulator.cli.main import run as dw_sim
from dw_simulator.errors import GenerationCancelled, GenerationError, SchemaError
from dw_simulator.generator import build_plan
from dw_simulator.generator.files import NULL_PARTITION, Output, parse_partitions, write_files
from dw_simulator.generator.formats import FileFormat, JsonLinesEncoder, encoder
from dw_simulator.schema import Experiment

ROWS = 2_500
SCHEMA = {
    "name": "kinds",
    "seed": 5,
    "tables": [
        {
            "name": "things",
            "target_rows": ROWS,
            "primary_key": "id",
            "columns": [
                {"name": "id", "data_type": "BIGINT", "required": True},
                {"name": "amount", "data_type": "DECIMAL(12,2)", "null_fraction": 0.1},
                {"name": "wide", "data_type": "DECIMAL(38,5)"},
                {"name": "ratio", "data_type": "FLOAT"},
                {"name": "active", "data_type": "BOOLEAN", "null_fraction": 0.2},
                {"name": "city", "data_type": "VARCHAR(40)", "null_fraction": 0.1},
                {"name": "day", "data_type": "DATE"},
                {"name": "at", "data_type": "TIME"},
                {"name": "made", "data_type": "TIMESTAMP"},
                {"name": "seen", "data_type": "TIMESTAMP_TZ"},
                {"name": "raw", "data_type": "BINARY(8)"},
                {"name": "doc", "data_type": "JSON", "null_fraction": 0.1},
            ],
        },
        {"name": "no_rows", "target_rows": 0, "columns": [{"name": "id", "data_type": "INT"}]},
    ],
}


@pytest.fixture(scope="module")
def experiment():
    return Experiment.model_validate(SCHEMA)


@pytest.fixture(scope="module")
def plan(experiment):
    return build_plan(experiment, seed=5)


@pytest.fixture(scope="module")
def expected(plan):
    return plan.table("things").batch(0, ROWS).to_pylist()


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def digests(folder):
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files(folder)}


def csv_text(value):
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case bytes():
            return value.hex()
        case dt.datetime() if value.tzinfo is not None:
            return f"{value.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S.%f}Z"
        case dt.datetime():
            return f"{value:%Y-%m-%d %H:%M:%S.%f}"
        case dt.time():
            return f"{value:%H:%M:%S.%f}"
        case _:
            return str(value)


def json_text(value):
    match value:
        case dt.datetime():
            return csv_text(value).replace(" ", "T")
        case bytes() | dt.date() | dt.time():
            return csv_text(value)
        case _:
            return value


def test_csv_holds_the_rows(experiment, plan, expected, tmp_path):
    write_files(experiment, plan, tmp_path, Output(FileFormat.CSV), batch_rows=1_000)
    assert [path.name for path in files(tmp_path)] == [f"part-0000{number}.csv" for number in range(3)]
    found = [row for path in files(tmp_path) for row in csv.DictReader(io.StringIO(path.read_text()))]
    for got, row in zip(found, expected, strict=True):
        assert float(got.pop("ratio")) == row["ratio"]
        assert got == {name: csv_text(value) for name, value in row.items() if name != "ratio"}


def test_json_lines_hold_the_rows(experiment, plan, expected, tmp_path):
    write_files(experiment, plan, tmp_path, Output(FileFormat.JSONL, gzip=True), batch_rows=1_000)
    text = "".join(gzip.decompress(path.read_bytes()).decode() for path in files(tmp_path))
    found = [json.loads(line, parse_float=Decimal) for line in text.splitlines()]
    assert len(found) == ROWS
    for got, row in zip(found, expected, strict=True):
        document = None if row["doc"] is None else json.loads(row["doc"], parse_float=Decimal)
        plain = {name: json_text(value) for name, value in row.items()}
        assert {**got, "ratio": float(got["ratio"])} == {**plain, "doc": document}


def test_arrow_and_parquet_hold_the_rows(experiment, plan, expected, tmp_path):
    for form in (FileFormat.ARROW, FileFormat.PARQUET):
        write_files(experiment, plan, tmp_path / form, Output(form), batch_rows=1_000)
    arrow = [pa.ipc.open_file(path).read_all() for path in files(tmp_path / "arrow")]
    assert pa.concat_tables(arrow).to_pylist() == expected
    assert pa.concat_tables([pq.read_table(path) for path in files(tmp_path / "parquet")]).to_pylist() == expected


@pytest.mark.parametrize("form", FileFormat)
def test_the_same_bytes_for_any_number_of_workers(experiment, plan, tmp_path, form):
    for workers in (1, 3):
        output = Output(form, partitions=parse_partitions(["things.active"], experiment))
        write_files(experiment, plan, tmp_path / str(workers), output, batch_rows=700, workers=workers)
    assert digests(tmp_path / "1") == digests(tmp_path / "3")


@pytest.mark.parametrize(
    ("text", "key"), [("Things.ACTIVE", "active"), ("things.day:month", "day_month"), ("things.made:year", "made_year")]
)
def test_partitions_hold_every_row_once(experiment, plan, expected, tmp_path, text, key):
    partitions = parse_partitions([text], experiment)
    report = write_files(experiment, plan, tmp_path, Output(partitions=partitions), batch_rows=1_000)
    assert report.rows == ROWS
    folder = tmp_path / "things"
    assert all(path.name.startswith(f"{key}=") for path in folder.iterdir())
    read = {
        (path.parent.name.partition("=")[2], row["id"]): row
        for path in files(folder)
        for row in pq.read_table(path).to_pylist()
    }
    column, _, period = text.lower().partition(".")[2].partition(":")
    length = {"": None, "year": 4, "month": 7}[period]
    wanted = {}
    for row in expected:
        value = NULL_PARTITION if row[column] is None else csv_text(row[column])[:length]
        rest = row if period else {name: each for name, each in row.items() if name != column}
        wanted[value, row["id"]] = rest
    assert read == wanted
    assert ds.dataset(folder, partitioning="hive").count_rows() == ROWS


def test_texts_are_escaped_as_json_has_it():
    texts = ["plain", 'a "quote"', "back\\slash", "line\nbreak", "\x01", "Ünïcode", None, ""]
    data = JsonLinesEncoder().encode(pa.record_batch({"s": pa.array(texts)}))
    assert [json.loads(line)["s"] for line in bytes(data).decode().split("\n")[:-1]] == texts


def test_csv_tells_nothing_from_the_empty_text():
    batch = pa.record_batch({"s": pa.array(["", None, "a,b"])})
    assert bytes(encoder(FileFormat.CSV, batch.schema).encode(batch)) == b'"s"\n""\n\n"a,b"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("thing.active", "no table 'thing'"),
        ("things.aktive", "no column 'aktive'"),
        ("things.doc", "JSON makes no folder names"),
        ("things.city:day", "VARCHAR has no period 'day'"),
        ("things.day:hour", "DATE has no period 'hour'"),
    ],
)
def test_partitions_that_cannot_be(experiment, text, said):
    with pytest.raises(SchemaError, match=said):
        parse_partitions([text], experiment)


def test_too_many_partitions_leave_nothing(experiment, plan, tmp_path):
    output = Output(partitions=parse_partitions(["things.id"], experiment))
    with pytest.raises(GenerationError, match=r"2,500 rows have 2,500 values of id"):
        write_files(experiment, plan, tmp_path / "out", output)
    assert not (tmp_path / "out").exists()


def test_a_cancelled_run_leaves_nothing(experiment, plan, tmp_path):
    cancel = threading.Event()
    with pytest.raises(GenerationCancelled):
        write_files(experiment, plan, tmp_path, Output(), batch_rows=10, progress=lambda _: cancel.set(), cancel=cancel)
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_there_are_kept(experiment, plan, tmp_path):
    (tmp_path / "things").mkdir()
    (tmp_path / "things" / "mine.csv").write_text("mine")
    with pytest.raises(GenerationError, match="there are files in"):
        write_files(experiment, plan, tmp_path, Output())
    assert [path.name for path in files(tmp_path)] == ["mine.csv"]


def test_the_command_needs_no_stack(tmp_path, capsys):
    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps(SCHEMA))
    arguments = ["--home", str(tmp_path / "home"), "generate", str(schema), "-o", str(tmp_path / "out")]
    assert dw_sim([*arguments, "--format", "csv", "--rows", "things=10", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["seed"], told["rows"]) == (5, 10)
    assert told["tables"][0]["folder"] == str(tmp_path / "out" / "things")
    assert len((tmp_path / "out" / "things" / "part-00000.csv").read_text().splitlines()) == 11
    assert dw_sim([*arguments, "--format", "csv"]) != 0
    assert "there are files in" in capsys.readouterr().err
    assert dw_sim([*arguments, "--gzip"]) != 0
    assert "parquet files are not compressed with gzip" in capsys.readouterr().err
