"""Avro, ORC and Parquet files in queries and COPY."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.results import StatementResult

Execute = Callable[..., StatementResult]
Put = Callable[[str, bytes], None]

SCHEMA = {
    "type": "record",
    "name": "r",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "name", "type": ["null", "string"]},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
        {"name": "at", "type": {"type": "long", "logicalType": "local-timestamp-micros"}},
        {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}},
        {"name": "either", "type": ["int", "string"]},
        {"name": "counts", "type": {"type": "map", "values": "int"}},
        {"name": "colour", "type": {"type": "enum", "name": "c", "symbols": ["RED", "BLUE"]}},
    ],
}


def _rows(result: StatementResult) -> list[tuple[Any, ...]]:
    return [row for batch in result.batches for row in zip(*(c.to_pylist() for c in batch.columns), strict=True)]


def _avro(codec: str) -> bytes:
    records = [
        {
            "id": number,
            "name": "x" if number else None,
            "tags": ["a", "b"],
            "at": dt.datetime(2024, 1, 2, 3, 4, 5),
            "amount": Decimal("1.50"),
            "either": "k" if number else 3,
            "counts": {"z": 1},
            "colour": "BLUE",
        }
        for number in range(2)
    ]
    sink = io.BytesIO()
    fastavro.writer(sink, SCHEMA, records, codec=codec)
    return sink.getvalue()


@pytest.mark.parametrize("codec", ["null", "deflate", "bzip2"])
def test_avro(execute: Execute, put: Put, codec: str) -> None:
    execute("create stage s file_format = (type = avro)")
    put("@s/a.avro", _avro(codec))
    moment = dt.datetime(2024, 1, 2, 3, 4, 5)
    nested = "$1:tags[1]::string, $1:either::string, $1:counts:z::int"
    selected = f"select $1:id::int, {nested}, $1:at::timestamp, $1:colour::string, metadata$file_row_number from @s"
    assert _rows(execute(f"{selected} order by 1")) == [
        (0, "b", "3", 1, moment, "BLUE", 1),
        (1, "b", "k", 1, moment, "BLUE", 2),
    ]
    execute("create table t(id int, name varchar, amount number(10,2), tags array)")
    assert _rows(execute("copy into t from @s match_by_column_name = case_insensitive"))[0][1:4] == ("LOADED", 2, 2)
    assert _rows(execute("select id, name, amount, tags[0]::string from t order by id")) == [
        (0, None, Decimal("1.50"), "a"),
        (1, "x", Decimal("1.50"), "a"),
    ]
    execute("create file format avro type = avro")
    inferred = "select column_name, type, nullable from table(infer_schema(location => '@s', file_format => 'avro'))"
    assert _rows(execute(f"{inferred} where order_id in (0, 1, 4, 5, 6)")) == [
        ("id", "NUMBER(38, 0)", False),
        ("name", "TEXT", True),
        ("amount", "NUMBER(10, 2)", False),
        ("either", "VARIANT", False),
        ("counts", "VARIANT", False),
    ]


def test_orc_with_options_for_texts(execute: Execute, put: Put) -> None:
    sink = io.BytesIO()
    orc.write_table(pa.table({"id": [1, 2, 3], "name": [" x ", "NA", None], "list": [[1, 2], None, []]}), sink)
    execute("create stage s file_format = (type = orc trim_space = true null_if = ('NA'))")
    put("@s/a.orc", sink.getvalue())
    execute("create table t(name varchar, id int, list array)")
    execute("copy into t from @s match_by_column_name = case_insensitive")
    assert _rows(execute("select id, name, list[1]::int from t order by id")) == [
        (1, "x", 2),
        (2, None, None),
        (3, None, None),
    ]
    execute("create table v(v variant)")
    assert _rows(execute("copy into v from @s"))[0][1] == "LOADED"
    assert _rows(execute("select v:id::int, v:name::string from v order by 1")) == [(1, "x"), (2, None), (3, None)]


@pytest.mark.parametrize("kind", ["avro", "orc", "parquet"])
def test_files_of_another_format_are_refused(execute: Execute, put: Put, kind: str) -> None:
    execute("create stage s")
    put("@s/a", b"id,name\n1,x\n")
    execute("create table v(v variant)")
    with pytest.raises(SnowflakeError, match=f"Invalid {kind.capitalize()} file 's/a'") as caught:
        execute(f"copy into v from @s file_format = (type = {kind})")
    assert caught.value.errno == 100016


def test_nullability_of_parquet_columns(execute: Execute, put: Put) -> None:
    schema = pa.schema([pa.field("a", pa.int64(), nullable=False), pa.field("b", pa.string())])
    sink = io.BytesIO()
    pq.write_table(pa.table([[1], ["x"]], schema=schema), sink)
    execute("create stage s")
    put("@s/a.parquet", sink.getvalue())
    execute("create file format pq type = parquet")
    execute(
        "create table t using template (select array_agg(object_construct(*)) within group (order by order_id) "
        "from table(infer_schema(location => '@s', file_format => 'pq', ignore_case => true)))"
    )
    described = _rows(execute("describe table t"))
    assert [row[:4] for row in described] == [
        ("A", "NUMBER(38,0)", "COLUMN", "N"),
        ("B", "VARCHAR(16777216)", "COLUMN", "Y"),
    ]
