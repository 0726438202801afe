"""Results of Redshift and Snowflake as Arrow, and the statements of loads: tables of cases."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from dw_simulator.errors import WarehouseError
from dw_simulator.schema import Experiment
from dw_simulator.warehouses.redshift_sql import returns_rows
from dw_simulator.warehouses.redshift_types import RowConverter
from dw_simulator.warehouses.snowflake import copy_statement
from dw_simulator.warehouses.snowflake_types import batch_of_rows, conform, describe


def field(name: str, oid: int, modifier: int = -1) -> dict[str, Any]:
    return {"label": name.encode(), "type_oid": oid, "type_modifier": modifier}


REDSHIFT_TYPES = [
    (21, -1, 1, 1, "smallint", pa.int16()),
    (23, -1, 1, 1, "integer", pa.int32()),
    (20, -1, 2**62, 2**62, "bigint", pa.int64()),
    (16, -1, True, True, "boolean", pa.bool_()),
    (701, -1, 0.5, 0.5, "double precision", pa.float64()),
    (1700, (10 << 16 | 2) + 4, Decimal("1.50"), Decimal("1.50"), "numeric(10,2)", pa.decimal128(10, 2)),
    (1700, -1, Decimal("1.125"), Decimal("1.125"), "numeric", pa.decimal128(38, 3)),
    (1043, 24, "x", "x", "character varying(20)", pa.string()),
    (1042, 6, "x ", "x ", "character(2)", pa.string()),
    (1082, -1, dt.date(2024, 1, 2), dt.date(2024, 1, 2), "date", pa.date32()),
    (1083, -1, dt.time(1, 2), dt.time(1, 2), "time without time zone", pa.time64("us")),
    (1114, -1, dt.datetime(2024, 1, 2), dt.datetime(2024, 1, 2), "timestamp without time zone", pa.timestamp("us")),
    (4000, -1, '{"a":1}', '{"a":1}', "super", pa.string()),
    (6551, -1, "00ff", b"\x00\xff", "varbyte", pa.binary()),
    (99999, -1, 5, "5", "unknown", pa.string()),
]


@pytest.mark.parametrize(("oid", "modifier", "given", "expected", "name", "arrow"), REDSHIFT_TYPES)
def test_redshift_types(oid, modifier, given, expected, name, arrow):
    rows = [[given], [None]]
    converter = RowConverter([field("c", oid, modifier)], rows)
    batch = converter.batch(rows)
    assert (converter.columns[0].type, batch.schema.field("c").type) == (name, arrow)
    assert batch.column(0).to_pylist() == [expected, None]


def test_redshift_number_that_does_not_fit():
    converter = RowConverter([field("c", 1700)], [[Decimal("1.5")]])
    with pytest.raises(WarehouseError, match="column 'c' has a value that does not fit"):
        converter.batch([[Decimal("1.123456")]])


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1", True),
        ("  select\n1", True),
        ("WITH a AS (SELECT 1) SELECT * FROM a", True),
        ("-- hint\n/* more */ SELECT 1", True),
        ("(SELECT 1) UNION (SELECT 2)", True),
        ("SELECT(1)", True),
        ("selection", False),
        ("SELECT 1 INTO t", False),
        ("INSERT INTO t SELECT 1", False),
        ("SHOW TABLES", False),
        ("", False),
    ],
)
def test_which_statements_get_a_cursor(sql, expected):
    assert returns_rows(sql) is expected


SNOWFLAKE_TYPES = [
    ((0, 5, 0), "NUMBER(5,0)", pa.int64()),
    ((0, 38, 0), "NUMBER(38,0)", pa.decimal128(38, 0)),
    ((0, 12, 2), "NUMBER(12,2)", pa.decimal128(12, 2)),
    ((1, None, None), "FLOAT", pa.float64()),
    ((2, None, None), "TEXT", pa.string()),
    ((3, None, None), "DATE", pa.date32()),
    ((5, None, None), "VARIANT", pa.string()),
    ((6, 0, 9), "TIMESTAMP_LTZ", pa.timestamp("us", "UTC")),
    ((8, 0, 9), "TIMESTAMP_NTZ", pa.timestamp("us")),
    ((11, None, None), "BINARY", pa.binary()),
    ((12, 0, 9), "TIME", pa.time64("us")),
    ((13, None, None), "BOOLEAN", pa.bool_()),
]


@pytest.mark.parametrize(("code", "name", "arrow"), SNOWFLAKE_TYPES)
def test_snowflake_types(code, name, arrow):
    kind, precision, scale = code
    columns, schema = describe([("C", kind, None, None, precision, scale, True)])
    assert (columns[0].name, columns[0].type, schema.field("C").type) == ("C", name, arrow)


def test_chunks_take_the_form_of_the_result():
    _, schema = describe([("N", 0, None, None, 10, 0, True), ("T", 8, None, None, 0, 9, True)])
    nanoseconds = pa.array([1_700_000_000_000_000_001], pa.timestamp("ns"))
    chunk = pa.table({"N": pa.array([1], pa.int8()), "T": nanoseconds})
    (batch,) = conform(chunk, schema)
    assert batch.schema == schema
    assert batch.column("N").to_pylist() == [1]


def test_rows_as_a_batch():
    _, schema = describe([("N", 0, None, None, 10, 0, True), ("S", 2, None, None, None, None, True)])
    assert batch_of_rows([(1, "x"), (None, None)], schema).to_pylist() == [{"N": 1, "S": "x"}, {"N": None, "S": None}]


# --- statements ----------------------------------------------------------------------------------------------------
def experiment(*columns: tuple[str, str]) -> Experiment:
    spelled = [{"name": name, "data_type": kind} for name, kind in columns]
    return Experiment.model_validate({"name": "e", "tables": [{"name": "orders", "columns": spelled}]})


OPTIONS = "FILE_FORMAT = (TYPE = PARQUET USE_LOGICAL_TYPE = TRUE BINARY_AS_TEXT = FALSE)"


def test_snowflake_copy():
    plain = experiment(("id", "INT"))
    assert copy_statement(plain, plain.tables[0], "@S/orders/") == (
        f"COPY INTO orders FROM @S/orders/ {OPTIONS} MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE FORCE = TRUE"
    )
    with_json = experiment(("id", "INT"), ("j", "JSON"))
    assert copy_statement(with_json, with_json.tables[0], "@S/my orders/") == (
        """COPY INTO orders (id, j) FROM (SELECT $1:"id"::INTEGER, PARSE_JSON($1:"j"::VARCHAR) """
        f"FROM '@S/my orders/') {OPTIONS} FORCE = TRUE"
    )
