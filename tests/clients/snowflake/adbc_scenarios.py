"""What users do with ADBC's driver for Snowflake, which is made of Snowflake's Go driver."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import adbc_driver_manager
import adbc_driver_snowflake.dbapi as adbc
import pyarrow as pa
from harness import fails, main, options, same, scenario


def connect(autocommit: bool = True, **more: str) -> Any:
    given = options()
    settings = {
        "username": given["user"],
        "password": given["password"],
        "adbc.snowflake.sql.account": given["account"],
        "adbc.snowflake.sql.uri.host": given["host"],
        "adbc.snowflake.sql.uri.port": str(given["port"]),
        "adbc.snowflake.sql.uri.protocol": given["protocol"],
        "adbc.snowflake.sql.client_option.ocsp_fail_open_mode": "true",
        **more,
    }
    return adbc.connect(db_kwargs=settings, autocommit=autocommit)


def database(name: str, autocommit: bool = True) -> Any:
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"create or replace database {name}")
    return connect(autocommit, **{"adbc.snowflake.sql.db": name, "adbc.snowflake.sql.schema": "public"})


def rows(connection: Any, sql: str, parameters: Any = None) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


@scenario
def uris() -> None:
    given = options()
    uri = f"{given['user']}:{given['password']}@{given['host']}:{given['port']}/?account=local&protocol=http"
    with adbc.connect(uri) as connection:
        same(rows(connection, "select 1"), [(1,)])
    fails(lambda: adbc.connect(uri.replace("/?", "/nowhere?")), adbc.Error, "390201", "requested database")


@scenario
def arrow_tables() -> None:
    sql = """
      select 1::number(38,0) a, 1.5::number(5,2) b, 'x' c, true d, '2024-02-29'::date e, 2.5::float f,
        '2024-02-29 12:34:56.789123'::timestamp_ntz g, '12:34:56'::time h, to_binary('00FF', 'HEX') i, null::int j,
        '2024-02-29 12:00 +02:00'::timestamp_tz k, parse_json('{"k":1}') l
    """
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        (row,) = cursor.fetch_arrow_table().to_pylist()
        same((row["A"], row["B"], row["C"], row["D"]), (1, Decimal("1.50"), "x", True))
        same((row["E"], row["F"], row["H"]), (dt.date(2024, 2, 29), 2.5, dt.time(12, 34, 56)))
        same(row["G"].replace(tzinfo=None), dt.datetime(2024, 2, 29, 12, 34, 56, 789123))
        same((row["I"], row["J"]), (b"\x00\xff", None))
        same(row["K"].astimezone(dt.UTC), dt.datetime(2024, 2, 29, 10, tzinfo=dt.UTC))
        cursor.execute("select seq4() a, 'n' || a b from table(generator(rowcount => 300000))")
        same(sum(batch.num_rows for batch in cursor.fetch_record_batch()), 300_000)
        cursor.execute("select 1 a, 'x' b where false")
        same((cursor.fetch_arrow_table().num_rows, [item[0] for item in cursor.description]), (0, ["A", "B"]))


@scenario
def narrow_numbers() -> None:
    with connect() as connection, connection.cursor() as cursor:
        cursor.adbc_statement.set_options(**{"adbc.snowflake.sql.client_option.use_high_precision": "false"})
        cursor.execute("select 1::number(38,0) a, 1.5::number(5,2) b")
        table = cursor.fetch_arrow_table()
        same([str(field.type) for field in table.schema], ["int64", "double"])
        same(table.to_pylist(), [{"A": 1, "B": 1.5}])


@scenario
def binds() -> None:
    with database("adbc_binds") as connection, connection.cursor() as cursor:
        cursor.execute("create table t (a int, b varchar, c float, d boolean)")
        row = (1, "it's", 1.5, True)
        cursor.execute("insert into t values (?, ?, ?, ?)", row)
        cursor.executemany("insert into t (a, b) values (?, ?)", [(2, "x"), (3, None)])
        found = rows(connection, "select * from t order by a")
        same((found[0], len(found), found[2][1]), (row, 3, None))
        same(rows(connection, "select b from t where a = ?", (2,)), [("x",)])


@scenario
def ingest() -> None:
    table = pa.table(
        {
            "id": pa.array(range(1000), pa.int64()),
            "name": [f"n{n}" if n % 2 else None for n in range(1000)],
            "day": pa.array([dt.date(2024, 2, 29)] * 1000),
            "at": pa.array([dt.datetime(2024, 2, 29, 12)] * 1000, pa.timestamp("us")),
            "amount": pa.array([Decimal("1.50")] * 1000, pa.decimal128(10, 2)),
            "ok": [True] * 1000,
            "ratio": [0.5] * 1000,
        }
    )
    count = 'select count(*), sum("id"), count("name"), min("day"), sum("amount"), count_if("ok"), sum("ratio")'
    expected = (1000, 499500, 500, dt.date(2024, 2, 29), Decimal("1500.00"), 1000, 500.0)
    with database("adbc_ingest") as connection, connection.cursor() as cursor:
        same(cursor.adbc_ingest("made", table, mode="create"), 1000)
        same(rows(connection, count + ' from "made"'), [expected])
        cursor.adbc_ingest("made", table, mode="append")
        same(rows(connection, 'select count(*) from "made"'), [(2000,)])
        cursor.adbc_ingest("made", table.to_reader(100), mode="replace")
        same(rows(connection, count + ' from "made"'), [expected])
        cursor.adbc_ingest("added", table, mode="create_append")
        fails(lambda: cursor.adbc_ingest("made", table, mode="create"), adbc.Error, "already exists")


@scenario
def ingest_of_all_numbers() -> None:
    numbers = {
        pa.uint8(): 2**8 - 1,
        pa.uint16(): 2**16 - 1,
        pa.uint32(): 2**32 - 1,
        pa.uint64(): 2**64 - 1,
        pa.int8(): -(2**7),
        pa.int64(): -(2**63),
        pa.decimal128(38, 0): Decimal("9" * 38),
        pa.decimal128(20, 5): Decimal("-123456789012345.12345"),
    }
    with database("adbc_numbers") as connection, connection.cursor() as cursor:
        for index, (kind, number) in enumerate(numbers.items()):
            table = pa.table({"v": pa.array([1, None, number], kind)})
            same(cursor.adbc_ingest(f"t{index}", table, mode="create"), 3)
            same(cursor.adbc_ingest(f"t{index}", table, mode="append"), 3)
            same(rows(connection, f'select distinct "v" from "t{index}" where "v" <> 1'), [(number,)])


@scenario
def catalogs() -> None:
    with database("adbc_catalog") as connection, connection.cursor() as cursor:
        cursor.execute("create table t (id int primary key, name varchar(20) not null, constraint u unique (name))")
        cursor.execute("create table child (id int, t_id int references t (id))")
        cursor.execute("create view v as select id from t")
        everything = connection.adbc_get_objects(catalog_filter="ADBC_CATALOG").read_all().to_pylist()
        (catalog,) = everything
        schemas = {item["db_schema_name"]: item["db_schema_tables"] for item in catalog["catalog_db_schemas"]}
        same(catalog["catalog_name"], "ADBC_CATALOG")
        assert {"PUBLIC", "INFORMATION_SCHEMA"} >= set(schemas), schemas.keys()
        tables = {item["table_name"]: item for item in schemas["PUBLIC"]}
        same(
            {name: item["table_type"] for name, item in tables.items()},
            {"T": "BASE TABLE", "CHILD": "BASE TABLE", "V": "VIEW"},
        )
        columns = tables["T"]["table_columns"]
        same(
            [(item["column_name"], item["ordinal_position"], item["xdbc_is_nullable"]) for item in columns],
            [("ID", 1, "NO"), ("NAME", 2, "NO")],
        )
        kinds = {item["constraint_type"]: item["constraint_column_names"] for item in tables["T"]["table_constraints"]}
        same(kinds, {"PRIMARY KEY": ["ID"], "UNIQUE": ["NAME"]})
        (key,) = tables["CHILD"]["table_constraints"]
        usage = key["constraint_column_usage"][0]
        same((key["constraint_type"], usage["fk_table"], usage["fk_column_name"]), ("FOREIGN KEY", "T", "ID"))
        for depth in ("catalogs", "db_schemas", "tables"):
            assert connection.adbc_get_objects(depth=depth).read_all().num_rows
        schema = connection.adbc_get_table_schema("T", db_schema_filter="PUBLIC")
        same([(field.name, field.nullable) for field in schema], [("ID", False), ("NAME", False)])
        assert {"TABLE", "VIEW"} <= set(connection.adbc_get_table_types())
        assert connection.adbc_get_info()["vendor_name"] == "Snowflake"


@scenario
def transactions_and_errors() -> None:
    with database("adbc_transactions", autocommit=False) as connection, connection.cursor() as cursor:
        cursor.execute("create table t (a int)")
        connection.commit()
        cursor.execute("insert into t values (1)")
        connection.rollback()
        same(rows(connection, "select count(*) from t"), [(0,)])
        cursor.execute("insert into t values (1), (2)")
        same(cursor.rowcount, 2)
        connection.commit()
        same(rows(connection, "select count(*) from t"), [(2,)])
        error = fails(lambda: cursor.execute("select * from nothing"), adbc.Error, "NOTHING")
        assert isinstance(error, adbc.ProgrammingError), type(error)
        same(error.status_code, adbc_driver_manager.AdbcStatusCode.NOT_FOUND)
        same(rows(connection, "select 1"), [(1,)])


@scenario
def current_catalogs() -> None:
    with database("adbc_current") as connection:
        same((connection.adbc_current_catalog, connection.adbc_current_db_schema), ("ADBC_CURRENT", "PUBLIC"))
        connection.adbc_current_db_schema = "INFORMATION_SCHEMA"
        same(connection.adbc_current_db_schema, "INFORMATION_SCHEMA")


if __name__ == "__main__":
    main()
