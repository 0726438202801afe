"""Previews and profiles of tables in every warehouse: the same rows, the same answers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from dw_simulator.errors import NotFound
from dw_simulator.experiments import ExperimentService, browsing
from dw_simulator.experiments.browsing import Wanted
from dw_simulator.schema import Warehouse
from dw_simulator.warehouses import connect
from dw_simulator.warehouses.catalogs import catalog_of
from dw_simulator.warehouses.names import quote

pytestmark = pytest.mark.stack

NAME = 'odd "one"; drop table x --\\'
MANY = 5_000
ROWS = [
    "1, 1.50, 0.5, 'a', true, '2024-01-01', '2024-01-01 00:00:00', {a}, {x}",
    "2, 2.50, 1.5, 'bb', true, '2024-01-02', '2024-01-01 12:00:00', {a}, {x}",
    "3, 2.50, 2.5, 'bb', false, '2024-01-03', '2024-01-02 00:00:00.5', {b}, {y}",
    "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL",
]
TYPES = {
    Warehouse.REDSHIFT: "INT, DECIMAL(9,2), FLOAT8, VARCHAR(9), BOOLEAN, DATE, TIMESTAMP, SUPER, VARBYTE(9)",
    Warehouse.SNOWFLAKE: "INT, NUMBER(9,2), FLOAT, VARCHAR(9), BOOLEAN, DATE, TIMESTAMP_NTZ, VARIANT, BINARY",
    Warehouse.SQLITE: "INTEGER, DECIMAL(9,2), REAL, VARCHAR(9), BOOLEAN, DATE, TIMESTAMP, JSON, BLOB",
}
JSON_OBJECT = """json_parse('{"k":1}')"""
OBJECT, ARRAY = """parse_json('{"k":1}')""", "parse_json('[2]')"
VALUES = {
    Warehouse.REDSHIFT: {"a": JSON_OBJECT, "b": "json_parse('[2]')", "x": "'ff'::varbyte", "y": "'0'::varbyte"},
    Warehouse.SNOWFLAKE: {"a": OBJECT, "b": ARRAY, "x": "'6666'::binary", "y": "'30'::binary"},
    Warehouse.SQLITE: {"a": """'{"k":1}'""", "b": "'[2]'", "x": "x'6666'", "y": "x'30'"},
}
COLUMNS = ["INT_", "DEC_", "FLOAT_", "TEXT_", "BOOL_", "DATE_", "TIME_", "JSON_", "BYTES_"]


class Tables(NamedTuple):
    """Where the tables of a warehouse are: ``odd`` has ROWS, ``none`` has no rows, ``many`` has MANY."""

    warehouse: Warehouse
    service: ExperimentService
    odd: Wanted
    none: Wanted
    many: Wanted

    def column(self, name: str) -> str:
        return name.lower() if self.warehouse is Warehouse.REDSHIFT else name


def _statements(warehouse: Warehouse, schema: str) -> Iterator[str]:
    kinds = TYPES[warehouse].replace("9,2", "9;2").split(", ")
    columns = ", ".join(f"{name} {kind}" for name, kind in zip(COLUMNS, kinds, strict=True)).replace(";", ",")
    for table in (NAME, "none"):
        yield f"CREATE TABLE {schema}.{quote(table)} ({columns})"
    for row in ROWS:
        yield f"INSERT INTO {schema}.{quote(NAME)} SELECT {row.format(**VALUES[warehouse])}"
    yield f"CREATE TABLE {schema}.many (n INT, s VARCHAR(9))"
    digits = "(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4)"
    joined = f"{digits} a, {digits} b, {digits} c, {digits} e, {digits} f, (SELECT 0 AS d UNION ALL SELECT 1) g"
    number = "a.d + 5 * b.d + 25 * c.d + 125 * e.d + 625 * f.d + 3125 * g.d"
    yield f"INSERT INTO {schema}.many SELECT {number}, 'x' FROM {joined} WHERE {number} < {MANY}"


@pytest.fixture(scope="module", params=list(Warehouse))
def tables(request, stack, tmp_path_factory) -> Iterator[Tables]:
    warehouse = request.param
    service = ExperimentService(stack.settings)
    adapter = connect(warehouse, stack.settings)
    try:
        if warehouse is Warehouse.SQLITE:
            path = catalog_path(adapter)
            with sqlite3.connect(path) as connection:
                for statement in _statements(warehouse, "main"):
                    connection.execute(statement)
            connection.close()
            place = Wanted(NAME, "profiled", "main")
            yield Tables(warehouse, service, place, replace(place, table="none"), replace(place, table="many"))
            path.unlink()
            return
        home = catalog_of(adapter, stack.settings).home("profiled")
        schema = f"{quote(home.database)}.{quote(home.schema)}"
        if warehouse is Warehouse.REDSHIFT:
            schema = quote(home.schema)
            adapter.query(f"CREATE SCHEMA {schema}")
        else:
            adapter.query(f"CREATE DATABASE {quote(home.database)}")
        for statement in _statements(warehouse, schema):
            adapter.query(statement)
        place = Wanted(NAME, home.database, home.schema)
        many = "many" if warehouse is Warehouse.REDSHIFT else "MANY"
        yield Tables(warehouse, service, place, replace(place, table="none"), replace(place, table=many))
        drop = "SCHEMA " + schema if warehouse is Warehouse.REDSHIFT else "DATABASE " + quote(home.database)
        adapter.query(f"DROP {drop} CASCADE")
    finally:
        adapter.close()
        service.close()


def catalog_path(adapter: Any) -> Any:
    path = adapter.path("profiled")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def test_previews(tables):
    page = browsing.preview(
        tables.service, tables.warehouse, replace(tables.odd, limit=2, order_by=tables.column("INT_"))
    )
    assert [row[0] for row in page.rows] == ([None, 1] if tables.warehouse is Warehouse.SQLITE else [1, 2])
    assert (page.rows_kept, page.complete, page.query_id) == (2, False, None)
    rest = replace(tables.odd, limit=2, offset=2, order_by=tables.column("INT_"))
    page = browsing.preview(tables.service, tables.warehouse, rest)
    assert (len(page.rows), page.rows_kept, page.complete) == (2, 4, True)
    last = replace(tables.odd, limit=1, order_by=tables.column("TEXT_"), descending=True)
    (row,) = browsing.preview(
        tables.service, tables.warehouse, replace(last, offset=0 if tables.warehouse is Warehouse.SQLITE else 1)
    ).rows
    assert row[3] == "bb"


def test_profiles(tables):
    profile = browsing.profile(tables.service, tables.warehouse, tables.odd, columns=[], max_rows=100)
    assert (profile.rows, profile.profiled_rows) == (4, 4)
    whole, exact, real, text, flag, day, moment, json, data = profile.columns
    assert {column.name: (column.nulls, column.distinct) for column in profile.columns} == {
        tables.column(name): (1, distinct) for name, distinct in zip(COLUMNS, (3, 2, 3, 2, 2, 3, 3, 2, 2), strict=True)
    }
    assert [column.note for column in profile.columns] == [None] * 9
    assert (whole.min, whole.max, whole.mean, whole.stddev) == (1, 3, 2.0, pytest.approx(1.0))
    assert [(bucket.low, bucket.high, bucket.count) for bucket in whole.histogram] == [(1, 2, 1), (2, 3, 1), (3, 4, 1)]
    assert (float(exact.min), float(exact.max), exact.mean) == (1.5, 2.5, pytest.approx(6.5 / 3))
    assert [(float(top.value), top.count) for top in exact.top_values] == [(2.5, 2), (1.5, 1)]
    assert (real.histogram[0].low, real.histogram[-1].high) == (0.5, 2.5)
    assert [bucket.count for bucket in real.histogram] == [1, *[0] * 9, 1, *[0] * 8, 1]
    assert (text.min, text.max, text.min_length, text.max_length) == ("a", "bb", 1, 2)
    assert [(top.value, top.count) for top in text.top_values] == [("bb", 2), ("a", 1)]
    assert [(top.value, top.count) for top in flag.top_values] == [(True, 2), (False, 1)]
    assert [(bucket.low, bucket.high, bucket.count) for bucket in day.histogram] == [
        ("2024-01-01", "2024-01-02", 1),
        ("2024-01-02", "2024-01-03", 1),
        ("2024-01-03", "2024-01-04", 1),
    ]
    assert sum(bucket.count for bucket in moment.histogram) == 3
    assert moment.histogram[0].low.startswith(("2024-01-01T00:00:00", "2023-12-31T23:59:59.99"))
    top = [(value.value, value.count) for value in json.top_values]
    assert top == [({"k": 1}, 2), ([2], 1)]
    assert (json.min, json.histogram, json.max_length) == (None, None, 7)
    assert [(top.value.lower(), top.count) for top in data.top_values] == [("6666", 2), ("30", 1)]
    assert (data.min_length, data.max_length) == (1, 2)


def test_a_table_without_rows(tables):
    profile = browsing.profile(tables.service, tables.warehouse, tables.none, columns=[], max_rows=100)
    assert (profile.rows, profile.profiled_rows) == (0, 0)
    assert {
        (one.nulls, one.distinct, one.min, one.mean, one.histogram, len(one.top_values)) for one in profile.columns
    } == {(0, 0, None, None, None, 0)}
    assert browsing.preview(tables.service, tables.warehouse, tables.none).rows == []


def test_a_sample_of_many_rows(tables):
    n = tables.column("N") if tables.warehouse is not Warehouse.SQLITE else "n"
    profile = browsing.profile(tables.service, tables.warehouse, tables.many, columns=[n], max_rows=1_000)
    (column,) = profile.columns
    assert profile.rows == MANY
    assert 700 < profile.profiled_rows < 1_300
    assert column.distinct == profile.profiled_rows == sum(bucket.count for bucket in column.histogram)
    assert all(20 < bucket.count < 90 for bucket in column.histogram)
    assert 2_200 < column.mean < 2_800


@pytest.mark.parametrize("name", ["none_", "", "%", NAME + " ", "'", '"', "many; drop table many", "NONE'--", "a\0b"])
def test_tables_that_are_not_there(tables, name):
    for look in (browsing.preview, lambda *given: browsing.profile(*given, columns=[], max_rows=1)):
        with pytest.raises(NotFound, match=r"there is no table|no name has"):
            look(tables.service, tables.warehouse, replace(tables.odd, table=name))
    with pytest.raises(NotFound, match="there is no table"):
        browsing.preview(tables.service, tables.warehouse, replace(tables.odd, schema="no_such"))


def test_columns_that_are_not_there(tables):
    with pytest.raises(NotFound, match="has no column"):
        browsing.preview(tables.service, tables.warehouse, replace(tables.odd, order_by='INT_" DESC --'))
    with pytest.raises(NotFound, match="has no column"):
        browsing.profile(tables.service, tables.warehouse, tables.odd, columns=["x"], max_rows=1)


def test_values_that_are_no_plain_numbers(tables):
    """Not a number, infinite, beyond what a double holds; and a moment with its zone."""
    if tables.warehouse is Warehouse.SQLITE:
        pytest.skip("SQLite has no such values")
    redshift = tables.warehouse is Warehouse.REDSHIFT
    kind, moment = ("FLOAT8", "TIMESTAMPTZ") if redshift else ("FLOAT", "TIMESTAMP_TZ")
    place = tables.odd
    name = f"{quote(place.schema)}.extreme" if redshift else f"{quote(place.database)}.{quote(place.schema)}.extreme"
    infinity = "Infinity" if redshift else "inf"
    adapter = connect(tables.warehouse, tables.service.settings)
    try:
        adapter.query(f"CREATE TABLE {name} (a {kind}, b {kind}, c NUMERIC(38,0), d {moment})")
        for row in (
            "'NaN', 1, 99999999999999999999999999999999999999, '2024-01-01 00:00:00 +02:00'",
            f"1, '{infinity}', -5, '2024-06-01 00:00:00 +00:00'",
        ):
            adapter.query(f"INSERT INTO {name} VALUES ({row})")
    finally:
        adapter.close()
    wanted = replace(place, table="extreme" if redshift else "EXTREME")
    profile = browsing.profile(tables.service, tables.warehouse, wanted, columns=[], max_rows=100)
    nan, infinite, large, zoned = profile.columns
    assert (nan.max, nan.mean, nan.histogram, nan.distinct) == ("NaN", None, None, 2)
    assert (infinite.max, infinite.mean, infinite.histogram) == ("Infinity", None, None)
    assert (large.max, large.mean) == ("9" * 38, pytest.approx(5e37))
    assert [type(bucket.high) for bucket in large.histogram] == [float] * len(large.histogram)
    assert sum(bucket.count for bucket in large.histogram) == 2
    assert (zoned.min, zoned.histogram[0].low) == ("2023-12-31T22:00:00+00:00",) * 2
    assert zoned.histogram[-1].high == zoned.max == "2024-06-01T00:00:00+00:00"
