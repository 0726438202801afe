"""Every data type, NULLs, odd texts and odd names through both warehouses and SQLite, equal to what was generated."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg
import psycopg2
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dw_simulator.stack import connect
from dw_simulator.testing import RunningStack
from dw_simulator.warehouses import connect as connect_adapter

pytestmark = pytest.mark.stack

NAME = "every_type"
ROWS = 300
ODD_TEXTS = [
    "héllo", "日本語", "😀", "it's \"quoted\"", "back\\slash", "tab\there", "new\nline", "a,b;c|d",
    "NULL", "null", "\\N", "", "  spaces  ",
]  # fmt: skip
ODD_NAME = 'Mixed "q" ü'


def _within_a_second(second: str) -> dict[str, str]:
    """Bounds of a window in which moments have microseconds."""
    return {"date_start": f"{second}.000001", "date_end": f"{second}.999999"}


COLUMNS: list[dict[str, Any]] = [
    {"name": "id", "data_type": "BIGINT", "is_unique": True, "required": True},
    {"name": "small", "data_type": "SMALLINT", "min_value": -32768, "max_value": 32767},
    {"name": "whole", "data_type": "INT", "min_value": -(2**31), "max_value": 2**31 - 1},
    {"name": "big", "data_type": "BIGINT", "min_value": -(2**63), "max_value": 2**63 - 1},
    {"name": "d9", "data_type": "DECIMAL(9,2)", "min_value": -9999999, "max_value": 9999999},
    {"name": "d18", "data_type": "DECIMAL(18,6)"},
    {"name": "d38", "data_type": "DECIMAL(38,10)"},
    {"name": "real_", "data_type": "FLOAT", "distribution": {"type": "normal", "mean": 0, "stddev": 1e12}},
    {"name": "flag", "data_type": "BOOLEAN"},
    {"name": "odd", "data_type": "VARCHAR(40)", "distribution": {"type": "categorical", "values": ODD_TEXTS}},
    {"name": "code", "data_type": "CHAR(6)", "distribution": {"type": "categorical", "values": ["a", "abcdef"]}},
    {"name": "day", "data_type": "DATE", "date_start": "0001-01-01", "date_end": "9999-12-31"},
    {"name": "clock", "data_type": "TIME"},
    {"name": "moment", "data_type": "TIMESTAMP", "date_start": "1900-01-01"},
    {"name": "instant", "data_type": "TIMESTAMP_TZ"},
    {"name": "micro", "data_type": "TIMESTAMP", **_within_a_second("1969-12-31T23:59:59")},
    {"name": "micro_tz", "data_type": "TIMESTAMP_TZ", **_within_a_second("2024-02-29T23:59:59")},
    {"name": "bytes_", "data_type": "BINARY", "varchar_length": 16},
    {"name": "doc", "data_type": "JSON"},
    {"name": "never", "data_type": "VARCHAR(5)", "null_fraction": 1.0},
    {"name": ODD_NAME, "data_type": "INT", "quoted": True},
    {"name": "select", "data_type": "INT", "quoted": True},
]
NULLS = [
    column if "null_fraction" in column or "required" in column else {**column, "null_fraction": 0.2}
    for column in COLUMNS
]
SCHEMA = {
    "name": NAME,
    "target_warehouse": ["redshift", "snowflake", "sqlite"],
    "tables": [
        {"name": "everything", "target_rows": ROWS, "columns": NULLS},
        {"name": "no_rows", "target_rows": 0, "columns": NULLS},
        {"name": "order", "quoted": True, "target_rows": 3, "columns": NULLS[:3]},
        {
            "name": "wide",
            "target_rows": 20,
            "columns": [COLUMNS[0], *({"name": f"c{number}", "data_type": "VARCHAR(9)"} for number in range(299))],
        },
    ],
}


@dataclass(frozen=True)
class Loaded:
    stack: RunningStack
    expected: dict[int, dict[str, Any]]
    """The generated rows, by id."""


@pytest.fixture(scope="module")
def loaded(stack, tmp_path_factory) -> Iterator[Loaded]:
    path = tmp_path_factory.mktemp("types") / "types.json"
    path.write_text(json.dumps(SCHEMA))
    stack.dw_sim("experiment", "create", str(path))
    run = json.loads(stack.dw_sim("experiment", "generate", NAME, "--load", "--json").stdout)["run"]
    assert run["rows"] == {"everything": ROWS, "no_rows": 0, "order": 3, "wide": 20}
    files = (stack.home / "s3").rglob(f"{NAME}/*/everything/*.parquet")
    rows = pa.concat_tables([pq.ParquetFile(file).read() for file in files]).to_pylist()
    yield Loaded(stack, {row["id"]: {name: _plain(name, value) for name, value in row.items()} for row in rows})
    stack.dw_sim("experiment", "delete", NAME, "--yes")


def _plain(name: str, value: Any) -> Any:
    """One form for what drivers give in several: documents as Python values, instants in UTC, bytes as bytes."""
    if name == "doc" and isinstance(value, str | bytes):  # bytes: psycopg's binary form of types it does not know
        return json.loads(value)
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return value.astimezone(dt.UTC)
    return bytes(value) if isinstance(value, bytearray | memoryview) else value


# --- drivers ----------------------------------------------------------------------------------------------------------
REDSHIFT_SQL = f"select * from {NAME}.everything"


def _psycopg(stack: RunningStack, *, binary: bool = False) -> list[Any]:
    at = stack.settings.redshift
    login = f"host={at.host} port={at.port} user=awsuser password=mockpass dbname=dev"
    with psycopg.connect(login) as connection, connection.cursor(binary=binary) as cursor:
        return cursor.execute(REDSHIFT_SQL).fetchall()


def _psycopg2(stack: RunningStack) -> list[Any]:
    at = stack.settings.redshift
    login = f"host={at.host} port={at.port} user=awsuser password=mockpass dbname=dev"
    with closing(psycopg2.connect(login)) as connection, connection.cursor() as cursor:
        cursor.execute(REDSHIFT_SQL)
        return cursor.fetchall()


def _redshift_connector(stack: RunningStack) -> list[Any]:
    """VARBYTE as hex digits: the driver reads it as UTF-8 text, and fails for bytes that are none."""
    columns = ", ".join(
        f"to_hex({column['name']})" if column["name"] == "bytes_" else '"' + column["name"].replace('"', '""') + '"'
        for column in COLUMNS
    )
    with closing(connect.redshift_connection(stack.settings)) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(f"select {columns} from {NAME}.everything")
        return list(cursor.fetchall())


def _snowflake(stack: RunningStack, form: str) -> list[Any]:
    session = connect.snowflake_connection(stack.settings, database=NAME.upper(), schema="PUBLIC")
    with closing(session) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(f"alter session set python_connector_query_result_format = '{form}'")
        cursor.execute("select * from everything")
        return cursor.fetchall()


def _adapter(stack: RunningStack, warehouse: str) -> list[Any]:
    from dw_simulator.schema import Warehouse

    adapter = connect_adapter(Warehouse(warehouse), stack.settings)
    try:
        result = adapter.query("select * from everything", NAME)
        return [tuple(row.values()) for batch in result.batches for row in batch.to_pylist()]
    finally:
        adapter.close()


Read = Callable[[RunningStack], list[Any]]
READERS: dict[str, Read] = {
    "psycopg": _psycopg,
    "psycopg-binary": lambda stack: _psycopg(stack, binary=True),
    "psycopg2": _psycopg2,
    "redshift_connector": _redshift_connector,
    "snowflake-arrow": lambda stack: _snowflake(stack, "ARROW"),
    "snowflake-json": lambda stack: _snowflake(stack, "JSON"),
    "query-redshift": lambda stack: _adapter(stack, "redshift"),
    "query-snowflake": lambda stack: _adapter(stack, "snowflake"),
    "query-sqlite": lambda stack: _adapter(stack, "sqlite"),
}


def _padded(value: str) -> str:
    return value.ljust(6)


REDSHIFT_CHAR = {"code": _padded}
"""Redshift pads CHAR with blanks; Snowflake does not (it is a VARCHAR there)."""
HEX = {"bytes_": bytes.hex}
EXPECTED: dict[str, dict[str, Callable[[Any], Any]]] = {
    "psycopg": {**REDSHIFT_CHAR, **HEX},
    "psycopg-binary": REDSHIFT_CHAR,
    "psycopg2": {**REDSHIFT_CHAR, **HEX},
    "redshift_connector": {**REDSHIFT_CHAR, **HEX},
    "query-redshift": REDSHIFT_CHAR,
    "query-sqlite": {
        "d9": float,
        "d18": str,
        "d38": str,
        "flag": int,
        "day": str,
        "clock": str,
        "moment": str,
        "instant": str,
        "micro": str,
        "micro_tz": str,
    },
}
"""How a reader's values differ from the generated ones."""


@pytest.mark.parametrize("reader", READERS)
def test_every_value_arrives(loaded, reader):
    names = [column["name"] for column in COLUMNS]
    changes = EXPECTED.get(reader, {})
    rows = {
        int(row[0]): {name: _plain(name, value) for name, value in zip(names, row, strict=True)}
        for row in READERS[reader](loaded.stack)
    }
    assert len(rows) == ROWS
    for name in names:
        change = changes.get(name, _same)
        expected = {key: row[name] if row[name] is None else change(row[name]) for key, row in loaded.expected.items()}
        got = {key: row[name] for key, row in rows.items()}
        assert got == expected, name
        assert {type(value) for value in got.values()} <= _allowed({type(value) for value in expected.values()}), name


def _same(value: Any) -> Any:
    return value


def _allowed(kinds: set[type]) -> set[type]:
    """Whole numbers come as int or as Decimal (Snowflake's NUMBER(38,0))."""
    return kinds | {Decimal} if int in kinds else kinds


def test_the_odd_values_are_really_there(loaded):
    """The test above compares what was generated: make sure that is what this file is about."""
    rows = loaded.expected.values()
    assert {row["odd"] for row in rows} == {*ODD_TEXTS, None}
    assert {row["never"] for row in rows} == {None}
    assert all(any(row[column["name"]] is None for row in rows) for column in COLUMNS[1:])
    assert any(row["bytes_"] and b"\xff" in row["bytes_"] for row in rows)
    assert any(row["micro"] and row["micro"].microsecond % 10 for row in rows)
    assert any(row["day"] and row["day"].year < 1000 for row in rows)


@pytest.mark.parametrize("warehouse", ["redshift", "snowflake", "sqlite"])
@pytest.mark.parametrize(
    ("table", "rows", "columns"), [("no_rows", 0, len(COLUMNS)), ('"order"', 3, 3), ("wide", 20, 300)]
)
def test_odd_tables(loaded, warehouse, table, rows, columns):
    name = table.upper() if warehouse == "snowflake" and table != '"order"' else table
    answer = loaded.stack.dw_sim(
        "query", f"select * from {name}", "--warehouse", warehouse, "--experiment", NAME, "--format", "csv"
    )
    lines = answer.stdout.splitlines()
    assert len(lines[0].split(",")) == columns
    if rows < ROWS:
        count = loaded.stack.dw_sim(
            "query", f"select count(*) as n from {name}", "-w", warehouse, "-e", NAME, "--format", "csv"
        )
        assert count.stdout.split()[1] == str(rows)
