import datetime as dt
from decimal import Decimal

import orjson
import pyarrow as pa
import pytest

from dw_simulator.experiments.queries.cells import cells, kind_of_column, rows_of
from dw_simulator.warehouses.base import ResultColumn

NOT_FINITE = ["NaN", "Infinity", "-Infinity"]
MOMENT = dt.datetime(2024, 2, 29, 13, 14, 15, 161718)


@pytest.mark.parametrize(
    ("type_name", "array", "kind", "expected"),
    [
        ("bigint", pa.array([1, None, 2**53]), "number", [1, None, 2**53]),
        ("bigint", pa.array([2**53 + 1, -(2**63)]), "number", [str(2**53 + 1), str(-(2**63))]),
        ("numeric(10,2)", pa.array([Decimal("1.50"), None], pa.decimal128(10, 2)), "number", ["1.50", None]),
        ("numeric(20,10)", pa.array([Decimal("0.0000000001")], pa.decimal128(20, 10)), "number", ["0.0000000001"]),
        ("NUMBER(38,0)", pa.array([Decimal(7), Decimal(10**37)], pa.decimal128(38, 0)), "number", [7, str(10**37)]),
        ("real", pa.array([0.1, None], pa.float32()), "number", [0.1, None]),
        ("FLOAT", pa.array([0.1, None]), "number", [0.1, None]),
        ("FLOAT", pa.array([float(name) for name in NOT_FINITE]), "number", NOT_FINITE),
        ("boolean", pa.array([True, None]), "boolean", [True, None]),
        ("DATE", pa.array([dt.date(2024, 2, 29), dt.date(1, 1, 1)]), "date", ["2024-02-29", "0001-01-01"]),
        ("TIME", pa.array([dt.time(1, 2, 3), MOMENT.time()], pa.time64("us")), "time", ["01:02:03", "13:14:15.161718"]),
        ("time with time zone", pa.array(["01:02:03+00"]), "time", ["01:02:03+00"]),
        ("TIMESTAMP_NTZ", pa.array([MOMENT]), "timestamp", [MOMENT.isoformat()]),
        ("TIMESTAMP_NTZ", pa.array([MOMENT.replace(microsecond=0)]), "timestamp", ["2024-02-29T13:14:15"]),
        ("TIMESTAMP_TZ", pa.array([MOMENT], pa.timestamp("us", "UTC")), "timestamp", [MOMENT.isoformat() + "+00:00"]),
        ("varbyte", pa.array([b"\x00\xff", None]), "binary", ["00ff", None]),
        ("super", pa.array(['{"a": [1.5, null]}', "null", '"x"', None]), "json", [{"a": [1.5, None]}, None, "x", None]),
        ("VARIANT", pa.array(['{"a": 9007199254740993}']), "json", [{"a": "9007199254740993"}]),
        ("VARIANT", pa.array(["[1234567890123456.75]"]), "json", [["1234567890123456.75"]]),
        ("ARRAY", pa.array(["[undefined]"]), "json", ["[undefined]"]),
        ("TEXT", pa.array(["ä", ""]).dictionary_encode(), "string", ["ä", ""]),
        ("unknown", pa.array(["(1,2)"]), "other", ["(1,2)"]),
    ],
)  # fmt: skip
def test_cells(type_name, array, kind, expected):
    plain = array.dictionary_decode() if pa.types.is_dictionary(array.type) else array
    found = kind_of_column(ResultColumn("c", type_name), plain.type)
    assert found.value == kind
    values = cells(array, found)
    assert values == expected
    assert orjson.loads(orjson.dumps(values)) == expected


def test_rows_with_columns_of_one_name():
    batch = pa.record_batch([pa.array([1, 2]), pa.array(["a", "b"])], names=["x", "x"])
    kinds = [
        kind_of_column(ResultColumn("x", name), kind)
        for name, kind in zip(("INTEGER", "TEXT"), batch.schema.types, strict=True)
    ]
    assert rows_of(batch, kinds) == [[1, "a"], [2, "b"]]
    assert rows_of(pa.record_batch([], schema=pa.schema([])), []) == []
