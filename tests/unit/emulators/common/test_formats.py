"""Readers of CSV, JSON, Parquet: tables of texts in, rows or errors out."""

from __future__ import annotations

import bz2
import gzip
import zlib
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dw_simulator.emulators.common.formats import (
    BytesSource,
    CsvDialect,
    CsvOptions,
    FormatError,
    JsonOptions,
    csv_records,
    parquet_rows,
    parquet_schema,
    read_csv,
    read_header,
    read_json,
    read_parquet,
)


def rows_of(text: bytes, columns: str = "a b", **options: Any) -> list[tuple[Any, ...]]:
    dialect = CsvDialect(**options.pop("dialect", {}))
    source = BytesSource("data.csv", text)
    table = pa.Table.from_batches(
        read_csv(source, columns.split(), CsvOptions(dialect=dialect, **options)),
        pa.schema([(name, options.get("types", {}).get(name, pa.string())) for name in columns.split()]),
    )
    return [tuple(row.values()) for row in table.to_pylist()]


CSV_CASES: dict[str, Any] = {
    "plain": (b"1,2\n3,4\n", {}, [("1", "2"), ("3", "4")]),
    "no newline at the end": (b"1,2\n3,4", {}, [("1", "2"), ("3", "4")]),
    "crlf": (b"1,2\r\n3,4\r\n", {}, [("1", "2"), ("3", "4")]),
    "quoted empty is text, bare empty is NULL": (b'"",\n', {}, [("", None)]),
    "quoted NULL as NULL": (b'"",x\n', {"quoted_nulls": True}, [(None, "x")]),
    "null text": (b"NULL,x\n", {"nulls": ["NULL"]}, [(None, "x")]),
    "newline, delimiter and quote in quotes": (b'"a\nb","c,""d"\n', {}, [("a\nb", 'c,"d')]),
    "header": (b"h1,h2\n1,2\n", {"dialect": {"skip_lines": 1}}, [("1", "2")]),
    "two headers": (b"h1,h2\nx,y\n1,2\n", {"dialect": {"skip_lines": 2}}, [("1", "2")]),
    "pipe": (b"1|2\n", {"dialect": {"delimiter": "|"}}, [("1", "2")]),
    "long delimiter": (b"1||2\n3|x||4\n", {"dialect": {"delimiter": "||"}}, [("1", "2"), ("3|x", "4")]),
    "record delimiter": (b"1,2;3,4;", {"dialect": {"record_delimiter": ";"}}, [("1", "2"), ("3", "4")]),
    "escape": (b"a\\,b,c\n", {"dialect": {"escape": "\\", "quote": None}}, [("a,b", "c")]),
    "escaped null": (b"\\N,N\n", {"dialect": {"escape": "\\"}, "nulls": ["\\N"]}, [(None, "N")]),
    "escape only in quotes": (
        b'"a\\"b",c\\d\n',
        {"dialect": {"escape": "\\", "escape_unquoted": False}},
        [('a"b', "c\\d")],
    ),
    "no quotes": (b'"a,b"\n', {"dialect": {"quote": None}}, [('"a', 'b"')]),
    "quote inside a plain field": (b'5" disk,x\n', {}, [('5" disk', "x")]),
    "blank lines": (b"1,2\n\n3,4\n", {}, [("1", "2"), ("3", "4")]),
    "short and long records": (b"1\n1,2,3\n", {"pad": True}, [("1", None), ("1", "2")]),
    "empty file": (b"", {}, []),
    "only a header": (b"h1,h2\n", {"dialect": {"skip_lines": 1}}, []),
    "latin-1": ("é,ü\n".encode("latin-1"), {"dialect": {"encoding": "latin-1"}}, [("é", "ü")]),
    "byte order mark": ("\ufeffé,ü\n".encode(), {}, [("é", "ü")]),
    "gzip": (gzip.compress(b"1,2\n"), {}, [("1", "2")]),
    "gzip, two members": (gzip.compress(b"1,2\n") + gzip.compress(b"3,4\n"), {}, [("1", "2"), ("3", "4")]),
    "bzip2": (bz2.compress(b"1,2\n"), {"compression": "bz2"}, [("1", "2")]),
    "zstd": (pa.compress(b"1,2\n", codec="zstd", asbytes=True), {}, [("1", "2")]),
    "deflate": (zlib.compress(b"1,2\n"), {"compression": "deflate"}, [("1", "2")]),
    "raw deflate": (zlib.compress(b"1,2\n")[2:-4], {"compression": "raw_deflate"}, [("1", "2")]),
    "typed": (b"1,2\n", {"types": {"a": pa.int64()}}, [(1, "2")]),
}


@pytest.mark.parametrize("case", CSV_CASES)
def test_csv(case):
    text, options, expected = CSV_CASES[case]
    assert rows_of(text, **dict(options)) == expected


CSV_ERRORS: dict[str, Any] = {
    "too few fields": (b"1,2\n3\n", {}, ("column_count", 2, None)),
    "too many fields": (b"1,2\n3,4,5\n", {}, ("column_count", 2, None)),
    "fields on a later line": (b'"a\nb",2\n3\n', {}, ("column_count", 3, None)),
    "open quote": (b'1,2\n3,"4\n', {}, ("unterminated", 2, 2)),
    "text after quote": (b'1,2\n"3"x,4\n', {"pad": True}, ("parse", 2, 1)),
    "invalid utf-8": (b"1,2\n\xff,4\n", {}, ("encoding", 2, None)),
    "not a number": (b"1,2\nx,4\n", {"types": {"a": pa.int64()}}, ("value", 2, "a")),
    "not gzip": (b"1,2\n", {"compression": "gzip"}, ("compression", None, None)),
    "cut gzip": (gzip.compress(b"1,2\n" * 1000)[:30], {}, ("compression", None, None)),
    "unknown compression": (b"", {"compression": "lzo"}, ("unsupported", None, None)),
}


@pytest.mark.parametrize("case", CSV_ERRORS)
def test_csv_errors(case):
    text, options, expected = CSV_ERRORS[case]
    with pytest.raises(FormatError) as caught:
        rows_of(text, **dict(options))
    assert (caught.value.kind, caught.value.line, caught.value.column) == expected
    assert caught.value.file == "data.csv"


@pytest.mark.parametrize("escape", [None, "\\"])
def test_csv_over_many_blocks(escape):
    """Records that straddle the borders of blocks come out whole, by either reader."""
    line = b'%d,"text, with ""quotes"" and \n a newline"\n'
    text = b"".join(line % number for number in range(150_000))
    rows = rows_of(text, dialect={"escape": escape}, nulls=["\\N"])
    assert len(rows) == 150_000
    assert rows[-1] == ("149999", 'text, with "quotes" and \n a newline')
    assert [int(first) for first, _ in rows] == list(range(150_000))


def test_records_keep_text_and_lines():
    records = list(csv_records(BytesSource("x", b'a,"b\nc"\n\nd,e'), CsvOptions()))
    assert [(record.line, record.text, record.fields) for record in records] == [
        (1, 'a,"b\nc"', ["a", "b\nc"]),
        (4, "d,e", ["d", "e"]),
    ]


def test_header():
    assert read_header(BytesSource("x", b'a,"b c"\n1,2\n'), CsvOptions()) == ["a", "b c"]
    assert read_header(BytesSource("x", b""), CsvOptions()) is None


JSON_CASES: dict[str, Any] = {
    "lines": (b'{"a":1}\n{"a":2}\n', {}, [('{"a":1}', 1), ('{"a":2}', 2)]),
    "spanning lines": (b'{\n"a":1}\n\n{"a":2}', {}, [('{\n"a":1}', 1), ('{"a":2}', 4)]),
    "side by side": (b'{"a":1}{"a":2} 3', {}, [('{"a":1}', 1), ('{"a":2}', 1), ("3", 1)]),
    "array kept": (b"[1,2]\n", {}, [("[1,2]", 1)]),
    "array stripped": (b'[{"a":1},\n {"a":2}]\n', {"strip_outer_array": True}, [('{"a":1}', 1), ('{"a":2}', 2)]),
    "empty array stripped": (b"[ ]", {"strip_outer_array": True}, []),
    "empty": (b" \n", {}, []),
    "crlf": (b'{"a":1}\r\n{"a":2}\r\n', {}, [('{"a":1}', 1), ('{"a":2}', 2)]),
    "gzip": (gzip.compress(b'{"a":1}\n'), {}, [('{"a":1}', 1)]),
    "big number kept as written": (b"1.000000000000000000001\n", {}, [("1.000000000000000000001", 1)]),
}


@pytest.mark.parametrize("case", JSON_CASES)
def test_json(case):
    text, options, expected = JSON_CASES[case]
    batches = read_json(BytesSource("data.json", text), JsonOptions(**options))
    found = [(row["document"], row["line"]) for batch in batches for row in batch.to_pylist()]
    assert found == expected


@pytest.mark.parametrize(
    ("text", "kind", "line"),
    [
        (b'{"a":1}\n{"a":}\n', "parse", 2),
        (b'{"a":1}\n{"a"', "parse", 2),
        (b"{}\nxyz\n", "parse", 2),
        (b"{}\n\xff", "encoding", 2),
    ],
)
def test_json_errors(text, kind, line):
    with pytest.raises(FormatError) as caught:
        list(read_json(BytesSource("data.json", text), JsonOptions()))
    assert (caught.value.kind, caught.value.line) == (kind, line)


def parquet(table: pa.Table) -> BytesSource:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, row_group_size=1000)
    return BytesSource("data.parquet", sink.getvalue().to_pybytes())


def test_parquet():
    table = pa.table({"a": range(2500), "b": pa.array(["x", "y"] * 1250).dictionary_encode()})
    source = parquet(table)
    assert parquet_rows(source) == 2500
    assert parquet_schema(source) == pa.schema([("a", pa.int64()), ("b", pa.string())])
    batches = list(read_parquet(source, ["b", "a"], batch_rows=1000))
    assert [batch.schema.names for batch in batches] == [["b", "a"]] * len(batches)
    assert pa.Table.from_batches(batches)["a"].to_pylist() == list(range(2500))
    assert pa.types.is_dictionary(next(read_parquet(source, keep_dictionaries=True)).schema.field("b").type)


def test_parquet_errors():
    with pytest.raises(FormatError, match=r"data.parquet, column c: has no column 'c'; it has a"):
        list(read_parquet(parquet(pa.table({"a": [1]})), ["c"]))
    with pytest.raises(FormatError, match="junk: is not a valid Parquet file"):
        list(read_parquet(BytesSource("junk", b"junk junk junk")))
