"""Bindings of the wire as values for the engine."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.protocol.binds import parse_binds

PLUS_TWO = dt.timezone(dt.timedelta(hours=2))


@pytest.mark.parametrize(
    ("kind", "text", "sql_name", "value", "as_text"),
    [
        ("FIXED", "12", "NUMBER(2,0)", 12, "12"),
        ("FIXED", "-1.50", "NUMBER(3,2)", Decimal("-1.50"), "-1.50"),
        ("FIXED", "1e3", "NUMBER(4,0)", 1000, "1000"),
        ("REAL", "1.5", "FLOAT", 1.5, "1.5"),
        ("TEXT", "it's", "VARCHAR(16777216)", "it's", "it's"),
        ("BOOLEAN", "true", "BOOLEAN", True, "true"),
        ("BOOLEAN", False, "BOOLEAN", False, "false"),
        ("BINARY", "00ff", "BINARY(8388608)", b"\x00\xff", "00FF"),
        ("DATE", "1709164800000", "DATE", dt.date(2024, 2, 29), "2024-02-29"),
        ("DATE", "-2208988800000", "DATE", dt.date(1900, 1, 1), "1900-01-01"),
        ("DATE", "32503593600000", "DATE", dt.date(2999, 12, 31), "2999-12-31"),
        ("DATE", "2024-02-29", "DATE", dt.date(2024, 2, 29), "2024-02-29"),
        ("TIME", "45296789123456", "TIME(9)", dt.time(12, 34, 56, 789123), "12:34:56.789123456"),
        ("TIME", "12:34:56", "TIME(9)", dt.time(12, 34, 56), "12:34:56"),
        (
            "TIMESTAMP_NTZ",
            "1709210096789123456",
            "TIMESTAMP_NTZ(9)",
            dt.datetime(2024, 2, 29, 12, 34, 56, 789123),
            "2024-02-29 12:34:56.789123456",
        ),
        (
            "TIMESTAMP_NTZ",
            "-500000000",
            "TIMESTAMP_NTZ(9)",
            dt.datetime(1969, 12, 31, 23, 59, 59, 500000),
            "1969-12-31 23:59:59.500000000",
        ),
        (
            "TIMESTAMP_LTZ",
            "0",
            "TIMESTAMP_LTZ(9)",
            dt.datetime(1970, 1, 1, tzinfo=dt.UTC),
            "1970-01-01 00:00:00 +00:00",
        ),
        (
            "TIMESTAMP_TZ",
            "0 1560",
            "TIMESTAMP_TZ(9)",
            dt.datetime(1970, 1, 1, 2, tzinfo=PLUS_TWO),
            "1970-01-01 02:00:00 +02:00",
        ),
        ("TIMESTAMP_TZ", "0 1560.0", "TIMESTAMP_TZ(9)", dt.datetime(1970, 1, 1, tzinfo=dt.UTC), None),
        ("VARIANT", '{"a":1}', "VARIANT", '{"a":1}', '{"a":1}'),
    ],
)
def test_single_values(kind: str, text: Any, sql_name: str, value: Any, as_text: str | None) -> None:
    binds = parse_binds({"1": {"type": kind, "value": text}})
    assert binds is not None
    bind = binds[0]
    assert (bind.name, bind.type.sql_name(), bind.value) == ("1", sql_name, value)
    assert as_text is None or bind.text == as_text


@pytest.mark.parametrize("kind", ["FIXED", "TEXT", "ANY", "TIMESTAMP_NTZ"])
def test_null(kind: str) -> None:
    binds = parse_binds({"1": {"type": kind, "value": None}})
    assert binds is not None
    assert binds[0].value is None


def test_positions_come_in_order_and_names_after_them() -> None:
    binding = {"type": "TEXT", "value": "x"}
    binds = parse_binds(dict.fromkeys(["10", "9", "name", "1"], binding))
    assert binds is not None
    assert [bind.name for bind in binds] == ["1", "9", "10", "NAME"]
    assert parse_binds(None) is None
    assert parse_binds({}) is None


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("FIXED", ["1", None, "-3"], [1, None, -3]),
        ("FIXED", ["1.5", "2"], [Decimal("1.5"), Decimal("2.0")]),
        ("FIXED", [str(10**30)], [Decimal(10**30)]),
        ("REAL", ["1.5", "2"], [1.5, 2.0]),
        ("TEXT", ["a", None, ""], ["a", None, ""]),
        ("TEXT", [None, None], [None, None]),
        ("BOOLEAN", ["true", "false", None], [True, False, None]),
        ("BINARY", ["00FF"], [b"\x00\xff"]),
        ("DATE", ["1709164800000", None], [dt.date(2024, 2, 29), None]),
        ("DATE", ["253402214400000", "-62135596800000"], [dt.date(9999, 12, 31), dt.date(1, 1, 1)]),
        ("DATE", ["2024-02-29", None], [dt.date(2024, 2, 29), None]),
        ("TIMESTAMP_NTZ", ["1709210096000000000"], [dt.datetime(2024, 2, 29, 12, 34, 56)]),
        ("TIMESTAMP_NTZ", ["253402300799000000000"], [dt.datetime(9999, 12, 31, 23, 59, 59)]),
        (
            "TIMESTAMP_TZ",
            ["0 1560", None],
            [{"value": dt.datetime(1970, 1, 1, tzinfo=dt.UTC), "offset_minutes": 120}, None],
        ),
    ],
)
def test_array_binds(kind: str, values: list[str | None], expected: list[Any]) -> None:
    binds = parse_binds({"1": {"type": kind, "value": values}})
    assert binds is not None
    assert binds[0].array is not None
    got = [value.as_py() for value in binds[0].array]
    assert [getattr(value, "to_pydatetime", lambda value=value: value)() for value in got] == expected


@pytest.mark.parametrize(
    ("binding", "code"),
    [
        ({"type": "FIXED", "value": "abc"}, "100038"),
        ({"type": "FIXED", "value": "1" * 40}, "100039"),
        ({"type": "DATE", "value": "soon"}, "100035"),
        ({"type": "BOOLEAN", "value": "maybe"}, "100037"),
        ({"type": "FIXED", "value": ["1", "x"]}, "100038"),
        ({"type": "STRANGE", "value": "1"}, "002041"),
        ({"value": "1"}, "390001"),
        ("text", "390001"),
    ],
)
def test_wrong_bindings(binding: Any, code: str) -> None:
    with pytest.raises(SnowflakeError) as caught:
        parse_binds({"1": binding})
    assert caught.value.code == code
