# ruff: noqa: E501 - tables of cases, one a row
"""Value x type x format: what goes over the wire."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import orjson
import pyarrow as pa
import pytest

from dw_simulator.emulators.snowflake.protocol import arrow_encoding, fixed, json_encoding
from dw_simulator.emulators.snowflake.results import ResultColumn
from dw_simulator.emulators.snowflake.types import model
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

TZ = pa.struct([pa.field("value", pa.timestamp("us", tz="UTC")), pa.field("offset_minutes", pa.int32())])
NOON = dt.datetime(2024, 2, 29, 12, 34, 56, 789123)
FIRST, LAST = dt.datetime(1, 1, 1, 0, 0, 0, 1), dt.datetime.max
BEFORE_EPOCH = dt.datetime(1969, 12, 31, 23, 59, 59, 500000)


def moment(value: dt.datetime, minutes: int) -> dict[str, Any]:
    return {"value": value.replace(tzinfo=dt.UTC), "offset_minutes": minutes}


CASES: list[tuple[str, SnowflakeType, pa.DataType, Any, str | None, pa.DataType, Any]] = [
    # name, type, logical Arrow type, value, JSON cell, physical Arrow type, physical value
    ("tiny", model.number(38, 0), pa.int64(), 1, "1", pa.int8(), 1),
    ("short", model.number(38, 0), pa.int64(), -300, "-300", pa.int16(), -300),
    ("int", model.number(38, 0), pa.int32(), 70000, "70000", pa.int32(), 70000),
    ("long", model.number(38, 0), pa.int64(), 1 << 40, str(1 << 40), pa.int64(), 1 << 40),
    ("huge", model.number(38, 0), pa.decimal128(38, 0), Decimal(10**30), str(10**30), pa.decimal128(38, 0), Decimal(10**30)),
    ("unsigned", model.number(38, 0), pa.uint64(), 7, "7", pa.int8(), 7),
    ("scaled", model.number(10, 2), pa.decimal128(10, 2), Decimal("-1.50"), "-1.50", pa.int16(), -150),
    ("rescaled", model.number(10, 3), pa.decimal128(10, 2), Decimal("1.50"), "1.500", pa.int16(), 1500),
    ("small fraction", model.number(38, 10), pa.decimal128(38, 10), Decimal("0.0000000001"), "0.0000000001", pa.int8(), 1),
    ("wide fraction", model.number(38, 20), pa.decimal128(38, 20), Decimal("1.5"), "1.50000000000000000000", pa.decimal128(38, 20), Decimal("1.50000000000000000000")),
    ("float", model.real(), pa.float64(), 1.5, "1.5", pa.float64(), 1.5),
    ("whole float", model.real(), pa.float64(), 3.0, "3", pa.float64(), 3.0),
    ("infinity", model.real(), pa.float64(), float("inf"), "inf", pa.float64(), float("inf")),
    ("text", model.text(), pa.string(), "äöü", "äöü", pa.string(), "äöü"),
    ("large text", model.text(), pa.large_string(), "x", "x", pa.string(), "x"),
    ("true", model.boolean(), pa.bool_(), True, "1", pa.bool_(), True),
    ("false", model.boolean(), pa.bool_(), False, "0", pa.bool_(), False),
    ("date", model.date(), pa.date32(), dt.date(2024, 2, 29), "19782", pa.date32(), dt.date(2024, 2, 29)),
    ("old date", model.date(), pa.date32(), dt.date(1900, 1, 1), "-25567", pa.date32(), dt.date(1900, 1, 1)),
    ("time 9", model.time(9), pa.time64("us"), dt.time(12, 34, 56, 789123), "45296.789123000", pa.int64(), 45296789123000),
    ("time 3", model.time(3), pa.time64("us"), dt.time(12, 34, 56, 789123), "45296.789", pa.int32(), 45296789),
    ("time 0", model.time(0), pa.time64("us"), dt.time(12, 34, 56), "45296", pa.int32(), 45296),
    ("ntz 9", model.timestamp_ntz(9), pa.timestamp("us"), NOON, "1709210096.789123000", None, {"epoch": 1709210096, "fraction": 789123000}),
    ("ntz 3", model.timestamp_ntz(3), pa.timestamp("us"), NOON, "1709210096.789", pa.int64(), 1709210096789),
    ("ntz 0", model.timestamp_ntz(0), pa.timestamp("us"), NOON, "1709210096", pa.int64(), 1709210096),
    ("before epoch", model.timestamp_ntz(9), pa.timestamp("us"), BEFORE_EPOCH, "-0.500000000", None, {"epoch": -1, "fraction": 500000000}),
    ("last moment", model.timestamp_ntz(9), pa.timestamp("us"), LAST, "253402300799.999999000", None, {"epoch": 253402300799, "fraction": 999999000}),
    ("first moment", model.timestamp_ntz(9), pa.timestamp("us"), FIRST, "-62135596799.999999000", None, {"epoch": -62135596800, "fraction": 1000}),
    ("whole seconds", model.timestamp_ntz(9), pa.timestamp("s"), LAST.replace(microsecond=0), "253402300799.000000000", None, {"epoch": 253402300799, "fraction": 0}),
    ("ltz", model.timestamp_ltz(9), pa.timestamp("us", tz="UTC"), NOON.replace(tzinfo=dt.UTC), "1709210096.789123000", None, {"epoch": 1709210096, "fraction": 789123000}),
    ("tz", model.timestamp_tz(9), TZ, moment(NOON, 120), "1709210096.789123000 1560", None, {"epoch": 1709210096, "fraction": 789123000, "timezone": 1560}),
    ("tz west", model.timestamp_tz(3), TZ, moment(NOON, -480), "1709210096.789 960", None, {"epoch": 1709210096, "fraction": 789123000, "timezone": 960}),
    ("binary", model.binary(), pa.binary(), b"\x00\xff", "00FF", pa.binary(), b"\x00\xff"),
    ("variant", model.variant(), pa.string(), '{\n  "a": 1\n}', '{\n  "a": 1\n}', pa.string(), '{\n  "a": 1\n}'),
    ("array", model.array(), pa.string(), "[1]", "[1]", pa.string(), "[1]"),
    ("vector", model.vector(model.real(), 2), pa.string(), "[1.5,2]", "[1.500000,2.000000]", pa.list_(pa.float32(), 2), [1.5, 2.0]),
    ("whole vector", model.vector(model.number(38, 0), 2), pa.string(), "[\n  -1,\n  2\n]", "[-1,2]", pa.list_(pa.int32(), 2), [-1, 2]),
]  # fmt: skip


def _batch(kind: SnowflakeType, logical: pa.DataType, values: list[Any]) -> tuple[pa.RecordBatch, list[ResultColumn]]:
    return pa.record_batch([pa.array(values, logical)], names=["x"]), [ResultColumn("X", kind)]


@pytest.mark.parametrize(
    ("kind", "logical", "value", "cell"), [case[1:5] for case in CASES], ids=[case[0] for case in CASES]
)
def test_json_cells(kind: SnowflakeType, logical: pa.DataType, value: Any, cell: str) -> None:
    batch, columns = _batch(kind, logical, [value, None])
    rows = list(json_encoding.encode_rows(batch, columns))
    assert rows == [[cell], [None]]
    orjson.dumps(rows)


@pytest.mark.parametrize(
    ("kind", "logical", "value", "physical", "expected"),
    [(*case[1:4], *case[5:]) for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_arrow_values(
    kind: SnowflakeType, logical: pa.DataType, value: Any, physical: pa.DataType | None, expected: Any
) -> None:
    batch, columns = _batch(kind, logical, [None, value])
    ranges = [fixed.value_range(batch.column(0), kind) if kind.name == "FIXED" else None]
    schema = arrow_encoding.physical_schema(columns, ranges)
    table = pa.ipc.open_stream(
        arrow_encoding.encode_stream([batch.slice(1), batch.slice(0, 1)], columns, schema)
    ).read_all()
    assert table.column(0).to_pylist() == [expected, None]
    if physical is not None:
        assert table.schema.field(0).type == physical


def test_fields_say_their_snowflake_type() -> None:
    column = ResultColumn("A", model.number(10, 2, nullable=False))
    field = arrow_encoding.physical_schema([column], [(1, 1)]).field(0)
    assert not field.nullable
    assert {key.decode(): value.decode() for key, value in field.metadata.items()} == {
        "logicalType": "FIXED",
        "precision": "10",
        "scale": "2",
        "charLength": "0",
        "byteLength": "16",
        "finalType": "T",
    }


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ((-128, 127), pa.int8()),
        ((-129, 0), pa.int16()),
        ((0, 1 << 31), pa.int64()),
        ((-(1 << 63), (1 << 63) - 1), pa.int64()),
        ((0, 1 << 63), pa.decimal128(38, 2)),
        (None, pa.int64()),
    ],
)
def test_numbers_travel_in_the_smallest_type(bounds: fixed.Range | None, expected: pa.DataType) -> None:
    assert fixed.physical_type(model.number(10, 2), bounds) == expected


@pytest.mark.parametrize("values", [[None], [Decimal("1.50")], [None, Decimal("1.50")]])
def test_decimals_of_few_rows_with_nulls(values):
    kind = model.number(10, 2)
    scaled = fixed.scaled_integers(pa.array(values, pa.decimal128(10, 2)), kind)
    assert scaled.to_pylist() == [None if value is None else int(value * 100) for value in values]
