import datetime as dt
import io
import re
import zipfile
from decimal import Decimal

import pyarrow as pa
import pytest

from dw_simulator.errors import ExportError
from dw_simulator.experiments import export_xlsx
from dw_simulator.experiments.export import ExportFormat, unique_names, write_result
from dw_simulator.warehouses.base import QueryResult, ResultColumn

MOMENT = dt.datetime(2024, 2, 29, 12, 0)


def written(*columns, scratch=None):
    """The sheet of a result: (type of the cell, content) by reference."""
    batch = pa.record_batch([array for _, array in columns], names=[name for name, _ in columns])
    described = [ResultColumn(name, "") for name, _ in columns]
    stream = io.BytesIO()
    rows = write_result(QueryResult(described, iter([batch]), batch.schema), ExportFormat.XLSX, stream, scratch=scratch)
    assert rows == batch.num_rows
    with zipfile.ZipFile(stream) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    cells = re.findall(r'<c r="(\w+)"(?: s="\d+")?(?: t="(\w+)")?>(?:<is><t[^>]*>|<v>)(.*?)<', sheet)
    return {reference: (kind, content) for reference, kind, content in cells}


@pytest.mark.parametrize(
    ("array", "kind", "content"),
    [
        (pa.array([7]), "", "7"),
        (pa.array([10**15]), "inlineStr", "1000000000000000"),
        (pa.array([Decimal("1.50")], pa.decimal128(10, 2)), "", "1.50"),
        (pa.array([Decimal("12345678901234.567")], pa.decimal128(38, 3)), "inlineStr", "12345678901234.567"),
        (pa.array([0.1]), "", "0.1"),
        (pa.array([float("nan")]), "inlineStr", "NaN"),
        (pa.array([True]), "b", "1"),
        (pa.array([MOMENT.date()]), "", "45351"),
        (pa.array([MOMENT]), "", "45351.5"),
        (pa.array([MOMENT], pa.timestamp("us", "UTC")), "", "45351.5"),
        (pa.array([dt.date(1899, 12, 31)]), "inlineStr", "1899-12-31"),
        (pa.array([dt.time(18, 0)], pa.time64("us")), "", "0.75"),
        (pa.array([b"\x00\xff"]), "inlineStr", "AP8="),
        (pa.array(["=1+1"]), "inlineStr", "=1+1"),
        (pa.array(["+1"]), "inlineStr", "+1"),
        (pa.array(["-1"]), "inlineStr", "-1"),
        (pa.array(["@SUM(1)"]), "inlineStr", "@SUM(1)"),
        (pa.array(["{=1}"]), "inlineStr", "{=1}"),
        (pa.array(["http://127.0.0.1/"]), "inlineStr", "http://127.0.0.1/"),
        (pa.array(["007"]), "inlineStr", "007"),
    ],
)
def test_cells(tmp_path, array, kind, content):
    found = written(("=name", array), ("=name", pa.array([None], pa.string())), scratch=tmp_path)
    assert found == {"A1": ("inlineStr", "=name"), "B1": ("inlineStr", "=name"), "A2": (kind, content)}
    assert list(tmp_path.iterdir()) == []


def test_what_does_not_fit_is_refused_and_leaves_nothing(tmp_path, monkeypatch):
    with pytest.raises(ExportError, match="row 1, column 1 has 32,768 characters"):
        written(("a", pa.array(["x" * 32_768])), scratch=tmp_path)
    with pytest.raises(ExportError, match="16,384 columns at most, the result 16,385"):
        written(*[("a", pa.array([1]))] * 16_385, scratch=tmp_path)
    monkeypatch.setattr(export_xlsx, "MOST_ROWS", 2)
    with pytest.raises(ExportError, match="more than 2 rows"):
        written(("a", pa.array([1, 2, 3])), scratch=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("names", "unique"),
    [
        (["a", "b"], ["a", "b"]),
        (["a", "a", "a"], ["a", "a_2", "a_3"]),
        (["a", "a", "a_2"], ["a", "a_3", "a_2"]),
        (["a_2", "a", "a", "a_2"], ["a_2", "a", "a_3", "a_2_2"]),
    ],
)
def test_names_of_columns_are_made_unique(names, unique):
    result = QueryResult([ResultColumn(name, "") for name in names], iter(()), pa.schema([]))
    assert unique_names(result) == unique


def test_semi_structured_values_are_nested_in_json():
    batch = pa.record_batch({"v": ['{"a":\n 12345678901234567890}', "undefined", None]})
    stream = io.BytesIO()
    result = QueryResult([ResultColumn("v", "VARIANT")], iter([batch]), batch.schema)
    write_result(result, ExportFormat.JSONL, stream)
    assert stream.getvalue().decode().splitlines() == [
        '{"v": {"a":  12345678901234567890}}',
        '{"v": "undefined"}',
        '{"v": null}',
    ]
