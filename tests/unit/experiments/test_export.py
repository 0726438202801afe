import datetime as dt
import io
import json
import math
import os
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dw_simulator.errors import ConfigError, ServiceUnavailable
from dw_simulator.experiments.export import ExportFormat, export_file, format_of, write_result
from dw_simulator.warehouses.base import QueryResult, ResultColumn

ROWS = [
    {
        "id": 1,
        "price": Decimal("12.50"),
        "name": 'Ann, "A"',
        "on": dt.date(2024, 2, 29),
        "ok": True,
        "raw": b"\x00\xff",
    },
    {"id": 2, "price": None, "name": "zwei\nZeilen ü", "on": None, "ok": False, "raw": None},
]
SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("price", pa.decimal128(10, 2)),
        ("name", pa.string()),
        ("on", pa.date32()),
        ("ok", pa.bool_()),
        ("raw", pa.binary()),
    ]
)


def result(rows=ROWS):
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    columns = [ResultColumn(field.name, str(field.type)) for field in SCHEMA]
    return QueryResult(columns, iter(table.to_batches(max_chunksize=1)), SCHEMA)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (
            "csv",
            'id,price,name,on,ok,raw\n1,12.50,"Ann, ""A""",2024-02-29,true,AP8=\n2,,"zwei\nZeilen ü",,false,\n',
        ),
        (
            "jsonl",
            '{"id": 1, "price": 12.50, "name": "Ann, \\"A\\"", "on": "2024-02-29", "ok": true, "raw": "AP8="}\n'
            '{"id": 2, "price": null, "name": "zwei\\nZeilen ü", "on": null, "ok": false, "raw": null}\n',
        ),
    ],
)
def test_text_formats(form, expected):
    stream = io.BytesIO()
    assert write_result(result(), ExportFormat(form), stream) == 2
    assert stream.getvalue().decode() == expected


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("csv", "x\nNaN\nInfinity\n-Infinity\n1.5\n"),
        ("jsonl", '{"x": "NaN"}\n{"x": "Infinity"}\n{"x": "-Infinity"}\n{"x": 1.5}\n'),
    ],
)
def test_numbers_that_json_has_not(form, expected):
    batch = pa.record_batch({"x": [math.nan, math.inf, -math.inf, 1.5]})
    stream = io.BytesIO()
    write_result(QueryResult([ResultColumn("x", "double")], iter([batch]), batch.schema), ExportFormat(form), stream)
    assert stream.getvalue().decode() == expected


def test_json_is_one_array():
    stream = io.BytesIO()
    assert write_result(result(), ExportFormat.JSON, stream) == 2
    assert [row["name"] for row in json.loads(stream.getvalue())] == ['Ann, "A"', "zwei\nZeilen ü"]


def test_json_of_no_rows_is_an_empty_array():
    stream = io.BytesIO()
    assert write_result(result([]), ExportFormat.JSON, stream) == 0
    assert json.loads(stream.getvalue()) == []


def test_parquet_keeps_the_types(tmp_path):
    path = tmp_path / "out.parquet"
    assert export_file(result(), ExportFormat.PARQUET, path) == 2
    table = pq.read_table(path)
    assert table.schema.equals(SCHEMA)
    assert table.to_pylist() == ROWS


def test_a_failed_export_leaves_no_file(tmp_path):
    def broken():
        yield pa.RecordBatch.from_pylist(ROWS, schema=SCHEMA)
        raise ServiceUnavailable("redshift", "127.0.0.1:5439")

    query = QueryResult([ResultColumn(field.name, "") for field in SCHEMA], broken(), SCHEMA)
    with pytest.raises(ServiceUnavailable):
        export_file(query, ExportFormat.CSV, tmp_path / "out.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(ConfigError, match="No such file or directory"):
        export_file(result(), ExportFormat.CSV, tmp_path / "no" / "out.csv")


def test_the_format_comes_from_the_suffix(tmp_path):
    assert format_of(tmp_path / "A.PARQUET") is ExportFormat.PARQUET
    with pytest.raises(ConfigError, match=r"cannot tell the format of 'x\.doc'"):
        format_of(tmp_path / "x.doc")


def test_a_device_is_written_to_not_replaced(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit(path.read_text)
        assert export_file(result(), ExportFormat.CSV, path) == 2
        assert read.result(timeout=10).startswith("id,price")
    assert path.is_fifo()
