from __future__ import annotations

from typing import Any

import pytest

from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.stages.file_format import FileFormat, file_format, unescape
from dw_simulator.emulators.snowflake.stages.location import Location, parse_location


def test_defaults_and_given_options() -> None:
    csv = file_format({"TYPE": "csv", "FIELD_DELIMITER": "\\t", "SKIP_HEADER": "1", "NULL_IF": ["", "NULL"]})
    assert (csv.get("FIELD_DELIMITER"), csv.get("SKIP_HEADER"), csv.get("RECORD_DELIMITER")) == ("\t", 1, "\n")
    assert FileFormat.from_dict(csv.to_dict()) == csv
    assert ("SKIP_HEADER", "Integer", "1", "0") in csv.described()
    assert csv.over({"SKIP_HEADER": 2}).get("SKIP_HEADER") == 2
    assert csv.over({"TYPE": "JSON"}).options == {}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"TYPE": "EXCEL"}, "001008"),
        ({"TYPE": "CSV", "STRIP_OUTER_ARRAY": True}, "001420"),
        ({"TYPE": "CSV", "SKIP_HEADER": "x"}, "001008"),
        ({"TYPE": "CSV", "TRIM_SPACE": "maybe"}, "001008"),
        ({"TYPE": "CSV", "COMPRESSION": "RAR"}, "001008"),
        ({"TYPE": "CSV", "ESCAPE": "ab"}, "001008"),
        ({"TYPE": "CSV", "PARSE_HEADER": True, "SKIP_HEADER": 1}, "001421"),
    ],
)
def test_wrong_options(options: dict[str, Any], code: str) -> None:
    with pytest.raises(SnowflakeError) as caught:
        file_format(options)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "expected"),
    [("\\t", "\t"), ("\\x01", "\x01"), ("\\001", "\x01"), ("0x7c", "|"), ("||", "||"), ("\\\\", "\\"), ("\\'", "'")],
)
def test_delimiters(text: str, expected: str) -> None:
    assert unescape(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@s", Location("named", ("S",))),
        ("@db.sch.s/a/b.csv", Location("named", ("DB", "SCH", "S"), "a/b.csv")),
        ('@"My Stage"/x', Location("named", ("My Stage",), "x")),
        ("@~", Location("user")),
        ("@~/a", Location("user", (), "a")),
        ("@%t", Location("table", ("T",))),
        ("@sch.%t/x", Location("table", ("SCH", "T"), "x")),
        ("@db..s", Location("named", ("DB", "PUBLIC", "S"))),
        ("s3://b/k", Location("url", (), "s3://b/k")),
        ("s3compat://b/k", Location("url", (), "s3compat://b/k")),
        ('@"DB"."S"."%EVENTS"/"17.5"/x', Location("table", ("DB", "S", "EVENTS"), '"17.5"/x')),
    ],
)
def test_locations(text: str, expected: Location) -> None:
    assert parse_location(text) == expected


@pytest.mark.parametrize(
    ("text", "code"), [("@", "001003"), ("azure://x", "000002"), ("x", "001003"), ("@~x", "001003")]
)
def test_wrong_locations(text: str, code: str) -> None:
    with pytest.raises(SnowflakeError) as caught:
        parse_location(text)
    assert caught.value.code == code
