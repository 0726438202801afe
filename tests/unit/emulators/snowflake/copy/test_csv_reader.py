"""CSV by Snowflake's rules; every case by the fast reader and, where that declines, by the slow one."""

from __future__ import annotations

import gzip
import io
from typing import Any

import pytest

from dw_simulator.emulators.snowflake.copy.csv_reader import CsvShape, _Reader, read_csv, read_header
from dw_simulator.emulators.snowflake.stages.file_format import file_format

Rows = list[list[str | None]]

QUOTED = {"FIELD_OPTIONALLY_ENCLOSED_BY": '"'}
CASES: list[tuple[str, bytes, dict[str, Any], Rows]] = [
    ("plain", b"1,a\n2,b\n", {}, [["1", "a"], ["2", "b"]]),
    ("no newline at the end", b"1,a\n2,b", {}, [["1", "a"], ["2", "b"]]),
    ("windows lines", b"1,a\r\n2,b\r\n", {}, [["1", "a"], ["2", "b"]]),
    ("byte order mark", b"\xef\xbb\xbf1,a\n", {}, [["1", "a"]]),
    ("header", b"id,name\n1,a\n", {"SKIP_HEADER": 1}, [["1", "a"]]),
    ("quotes are data by default", b'1,"a"\n', {}, [["1", '"a"']]),
    ("quoted", b'1,"a,""x"""\n', QUOTED, [["1", 'a,"x"']]),
    ("quoted newline", b'1,"a\nb"\n2,c\n', QUOTED, [["1", "a\nb"], ["2", "c"]]),
    ("newline in the first field", b'"a\nb",007\nc,08\n', {"NULL_IF": [], **QUOTED}, [["a\nb", "007"], ["c", "08"]]),
    ("newline before a time", b'"a\n\n",2024-02-29 12:00:00Z\n', QUOTED, [["a\n\n", "2024-02-29 12:00:00Z"]]),
    ("newline behind a header", b'x,y\n"a\nb",007\n', {"SKIP_HEADER": 1, **QUOTED}, [["a\nb", "007"]]),
    ("single quotes", b"1,'a,b'\n", {"FIELD_OPTIONALLY_ENCLOSED_BY": "'"}, [["1", "a,b"]]),
    ("quote inside an unquoted field", b'1,5" disk\n', QUOTED, [["1", '5" disk']]),
    ("empty is null", b"1,\n", {}, [["1", None]]),
    ("quoted empty is empty", b'1,""\n', QUOTED, [["1", ""]]),
    ("empty is empty", b"1,\n", {"EMPTY_FIELD_AS_NULL": False}, [["1", ""]]),
    ("backslash N is null", b"1,\\N\n", {}, [["1", None]]),
    ("null_if", b"1,NULL\n2,x\n", {"NULL_IF": ["NULL", "x"]}, [["1", None], ["2", None]]),
    ("null_if quoted", b'1,"NULL"\n', {"NULL_IF": ["NULL"], **QUOTED}, [["1", None]]),
    ("escapes", b"1,a\\tb\\,c\n", {}, [["1", "a\tb,c"]]),
    ("no escapes", b"1,a\\tb\n", {"ESCAPE_UNENCLOSED_FIELD": "NONE"}, [["1", "a\\tb"]]),
    ("escape in quotes", b'1,"a\\"b"\n', {"ESCAPE": "\\", **QUOTED}, [["1", 'a"b']]),
    ("tab", b"1\ta\n", {"FIELD_DELIMITER": "\\t"}, [["1", "a"]]),
    ("hex delimiter", b"1\x01a\n", {"FIELD_DELIMITER": "\\x01"}, [["1", "a"]]),
    ("long delimiter", b"1||a|b\n", {"FIELD_DELIMITER": "||"}, [["1", "a|b"]]),
    ("record delimiter", b"1,a@2,b@", {"RECORD_DELIMITER": "@"}, [["1", "a"], ["2", "b"]]),
    ("trim", b" 1 , a b \n", {"TRIM_SPACE": True}, [["1", "a b"]]),
    ("trim around quotes", b' 1 , " a " \n', {"TRIM_SPACE": True, **QUOTED}, [["1", " a "]]),
    ("latin-1", b"1,caf\xe9\n", {"ENCODING": "ISO-8859-1"}, [["1", "café"]]),
    ("invalid utf-8 replaced", b"1,caf\xe9\n", {"REPLACE_INVALID_CHARACTERS": True}, [["1", "caf\ufffd"]]),
    ("gzip by its first bytes", gzip.compress(b"1,a\n"), {}, [["1", "a"]]),
    ("blank lines left out", b"1,a\n\n2,b\n", {"SKIP_BLANK_LINES": True}, [["1", "a"], ["2", "b"]]),
    ("blank lines", b"1,a\n\n2,b\n", {"ERROR_ON_COLUMN_COUNT_MISMATCH": False}, [["1", "a"], [None, None], ["2", "b"]]),
    ("more columns than wanted", b"1,a,x\n", {"ERROR_ON_COLUMN_COUNT_MISMATCH": False}, [["1", "a"]]),
    ("fewer columns than wanted", b"1\n", {"ERROR_ON_COLUMN_COUNT_MISMATCH": False}, [["1", None]]),
    ("empty file", b"", {}, []),
]


def _rows(data: bytes, options: dict[str, Any]) -> Rows:
    count = 2 if options.get("ERROR_ON_COLUMN_COUNT_MISMATCH", True) else None
    chosen = file_format({"TYPE": "CSV", **options})
    blocks = list(read_csv(io.BytesIO(data), "x.csv", chosen, CsvShape(2, count)))
    assert [problem for block in blocks for problem in block.problems] == []
    return [
        list(row) for block in blocks for row in zip(*(column.to_pylist() for column in block.columns), strict=True)
    ]


@pytest.mark.parametrize(("data", "options", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
@pytest.mark.parametrize("reader", ["as it comes", "record by record"])
def test_values(data: bytes, options: dict[str, Any], expected: Rows, reader: str, monkeypatch: Any) -> None:
    if reader == "record by record":
        monkeypatch.setattr(_Reader, "_fast", lambda self, piece: None)
    assert _rows(data, options) == expected


@pytest.mark.parametrize(
    ("data", "options", "code", "row", "line", "character"),
    [
        (b"1,a\n2\n3,b\n", {}, "100080", 2, 2, 1),
        (b"1,a\n\n3,b\n", {}, "100080", 2, 2, 1),
        (b"1,a\n2,b,c\n3,b\n", {"SKIP_HEADER": 1}, "100080", 1, 2, 1),
        (b'1,"a"b\n', QUOTED, "100066", 1, 1, 6),
        (b'1,"a\n', QUOTED, "100067", 1, 1, 6),
        (b"1,caf\xe9\n", {}, "100144", 1, 1, 1),
    ],
)
def test_rows_that_cannot_be_read(
    data: bytes, options: dict[str, Any], code: str, row: int, line: int, character: int
) -> None:
    blocks = list(read_csv(io.BytesIO(data), "x.csv", file_format({"TYPE": "CSV", **options}), CsvShape(2, 2)))
    problem = blocks[0].problems[0]
    assert (problem.error.code, problem.row, problem.line, problem.character) == (code, row, line, character)


def test_blocks_end_with_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dw_simulator.emulators.snowflake.copy.csv_reader.BLOCK_BYTES", 7)
    data = b"".join(b'%d,"line\n%d"\n' % (index, index) for index in range(50))
    chosen = file_format({"TYPE": "CSV", **QUOTED})
    blocks = list(read_csv(io.BytesIO(data), "x.csv", chosen, CsvShape(2, 2)))
    assert len(blocks) > 5
    assert [row for block in blocks for row in block.rows.to_pylist()] == list(range(1, 51))
    assert [value for block in blocks for value in block.columns[1].to_pylist()] == [f"line\n{i}" for i in range(50)]


def test_header_names() -> None:
    chosen = file_format({"TYPE": "CSV", "PARSE_HEADER": True, **QUOTED})
    assert read_header(io.BytesIO(b'id,"full name"\n1,a\n'), "x.csv", chosen) == ["id", "full name"]
