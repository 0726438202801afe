"""The catalogs of the warehouses, as their emulators tell them over the drivers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dw_simulator.schema import Warehouse
from dw_simulator.warehouses import connect
from dw_simulator.warehouses.catalogs import catalog_of
from dw_simulator.warehouses.catalogs.model import Catalog, Place

pytestmark = pytest.mark.stack

ODD = 'Odd "one" ../x\\ é'
LOWER = ODD.lower()
"""How Redshift stores it: it folds quoted names too."""
QUOTED = '"Odd ""one"" ../x\\ é"'


@pytest.fixture(scope="module")
def redshift(stack) -> Iterator[Catalog]:
    adapter = connect(Warehouse.REDSHIFT, stack.settings)
    adapter.query(f"CREATE SCHEMA {QUOTED}")
    adapter.query(
        f"CREATE TABLE {QUOTED}.{QUOTED} (i INT NOT NULL, n NUMERIC(10,2), v VARCHAR(20), c CHAR(2), b BOOLEAN,"
        " d DATE, t TIME, s TIMESTAMP, z TIMESTAMPTZ, j SUPER, x VARBYTE(9), r REAL, g GEOMETRY)"
    )
    adapter.query(f"INSERT INTO {QUOTED}.{QUOTED} (i) VALUES (1), (2)")
    adapter.query(f"CREATE VIEW {QUOTED}.v AS SELECT i FROM {QUOTED}.{QUOTED}")
    yield catalog_of(adapter, stack.settings)
    adapter.query(f"DROP SCHEMA {QUOTED} CASCADE")
    adapter.close()


@pytest.fixture(scope="module")
def snowflake(stack) -> Iterator[Catalog]:
    adapter = connect(Warehouse.SNOWFLAKE, stack.settings)
    adapter.query(f"CREATE DATABASE {QUOTED}")
    adapter.query(
        f"CREATE TABLE {QUOTED}.PUBLIC.{QUOTED} (i INT NOT NULL, n NUMBER(10,2), v VARCHAR(20), c VARCHAR, b BOOLEAN,"
        " d DATE, t TIME, s TIMESTAMP_NTZ, z TIMESTAMP_TZ, j VARIANT, a ARRAY, x BINARY, r FLOAT, g GEOGRAPHY)"
    )
    adapter.query(f"INSERT INTO {QUOTED}.PUBLIC.{QUOTED} (i) VALUES (1), (2)")
    adapter.query(f"CREATE VIEW {QUOTED}.PUBLIC.V AS SELECT i FROM {QUOTED}.PUBLIC.{QUOTED}")
    yield catalog_of(adapter, stack.settings)
    adapter.query(f"DROP DATABASE {QUOTED}")
    adapter.close()


def _tables(catalog, within):
    (database,) = catalog.databases(within, columns=True)
    (schema,) = database.schemas
    assert (database.name, schema.name) == within
    return {
        table.name: (
            table.kind,
            table.rows,
            [(column.name, column.type, column.kind.value, column.nullable) for column in table.columns],
        )
        for table in schema.tables
    }


def test_redshift(redshift, stack):
    assert _tables(redshift, Place(stack.settings.redshift.database, LOWER)) == {
        LOWER: (
            "table",
            2,
            [
                ("i", "integer", "number", False),
                ("n", "numeric(10,2)", "number", True),
                ("v", "character varying(20)", "string", True),
                ("c", "character(2)", "string", True),
                ("b", "boolean", "boolean", True),
                ("d", "date", "date", True),
                ("t", "time without time zone", "time", True),
                ("s", "timestamp without time zone", "timestamp", True),
                ("z", "timestamp with time zone", "timestamp", True),
                ("j", "super", "json", True),
                ("x", "varbyte", "binary", True),
                ("r", "real", "number", True),
                ("g", "geometry", "other", True),
            ],
        ),
        "v": ("view", None, [("i", "integer", "number", True)]),
    }


def test_snowflake(snowflake):
    assert _tables(snowflake, Place(ODD, "PUBLIC")) == {
        ODD: (
            "table",
            2,
            [
                ("I", "NUMBER(38,0)", "number", False),
                ("N", "NUMBER(10,2)", "number", True),
                ("V", "VARCHAR(20)", "string", True),
                ("C", "VARCHAR", "string", True),
                ("B", "BOOLEAN", "boolean", True),
                ("D", "DATE", "date", True),
                ("T", "TIME", "time", True),
                ("S", "TIMESTAMP_NTZ", "timestamp", True),
                ("Z", "TIMESTAMP_TZ", "timestamp", True),
                ("J", "VARIANT", "json", True),
                ("A", "ARRAY", "json", True),
                ("X", "BINARY", "binary", True),
                ("R", "FLOAT", "number", True),
                ("G", "GEOGRAPHY", "other", True),
            ],
        ),
        "V": ("view", None, [("I", "NUMBER(38,0)", "number", True)]),
    }


@pytest.mark.parametrize("name", ["redshift", "snowflake"])
def test_everything_but_the_system(name, request):
    catalog = request.getfixturevalue(name)
    names = {
        (database.name, schema.name): {table.name for table in schema.tables}
        for database in catalog.databases()
        for schema in database.schemas
    }
    assert not {schema.lower() for _, schema in names} & {"information_schema", "pg_catalog", "pg_toast"}
    assert {LOWER, "v"} in names.values() or {ODD, "V"} in names.values()


@pytest.mark.parametrize("name", ["redshift", "snowflake"])
@pytest.mark.parametrize("missing", ["none", "' or 1=1 --", '"', "\\"])
def test_a_namespace_that_is_not_there(name, missing, request):
    catalog = request.getfixturevalue(name)
    place = catalog.home("x")
    for wanted in (Place(place.database, missing), Place(missing, place.schema)):
        assert [table for one in catalog.databases(wanted) for schema in one.schemas for table in schema.tables] == []
