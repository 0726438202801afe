"""redshift_connector: metadata methods (SHOW with bound names), data frames, types by protocol version, parameters."""

import datetime as dt
from contextlib import closing
from decimal import Decimal

import pandas as pd
import redshift_connector
from redshift_connector.interval import Interval
from scenarios import DATABASE, PASSWORD, USER, arguments, refusal, run

PORT, _, _ = arguments()
SCHEMA = "by_connector"


def connect(**options):
    login = {"host": "127.0.0.1", "port": PORT, "user": USER, "password": PASSWORD, "database": DATABASE, "ssl": False}
    return redshift_connector.connect(**login, **options)


CONNECTION = connect()
CURSOR = CONNECTION.cursor()


def prepare():
    CONNECTION.autocommit = True
    for sql in (
        f"drop schema if exists {SCHEMA} cascade",
        f"create schema {SCHEMA}",
        f"create table {SCHEMA}.customers (id int identity(1, 1), name varchar(20) not null default 'x',"
        " amount numeric(10, 2), info super, primary key (id)) diststyle key distkey (id) sortkey (name)",
        f"comment on table {SCHEMA}.customers is 'people'",
        f"create table {SCHEMA}.orders (id bigint primary key, customer int references {SCHEMA}.customers (id))",
        f"create view {SCHEMA}.names as select name from {SCHEMA}.customers",
        f"create function {SCHEMA}.add_up (int, int) returns int stable as $$ select $1 + $2 $$ language sql",
        f"create procedure {SCHEMA}.greet (whom varchar(10), greeting inout varchar(20)) as"
        " $$ begin greeting := 'hello ' || whom; end $$ language plpgsql",
        f"grant select on {SCHEMA}.customers to public",
        f"grant select (name) on {SCHEMA}.customers to public",
    ):
        CURSOR.execute(sql)


prepare()


def rows(found, *columns):
    """Some columns of a metadata method's rows, by their names."""
    names = [column[0].lower() for column in CURSOR.description]
    return [tuple(row[names.index(column)] for column in columns) for row in found]


def case_catalogs_schemas_and_tables():
    assert rows(CURSOR.get_catalogs(), "table_cat") == [(DATABASE,)]
    assert rows(CURSOR.get_schemas(DATABASE, "by!_%"), "table_schem") == []
    assert rows(CURSOR.get_schemas(DATABASE, "by_conn%"), "table_schem") == [(SCHEMA,)]
    found = rows(CURSOR.get_tables(None, SCHEMA, "%"), "table_name", "table_type", "remarks", "dist_style")
    assert sorted(found) == [
        ("customers", "TABLE", "people", "KEY(id)"),
        ("names", "VIEW", None, None),
        ("orders", "TABLE", None, "AUTO (ALL)"),
    ], found
    assert rows(CURSOR.get_tables(DATABASE, SCHEMA, "%", ["VIEW"]), "table_name") == [("names",)]
    assert ("TABLE",) in rows(CURSOR.get_table_types(), "table_type")


def case_columns():
    wanted = (
        "column_name",
        "type_name",
        "column_size",
        "decimal_digits",
        "is_nullable",
        "is_autoincrement",
        "sort_key",
    )
    assert rows(CURSOR.get_columns(DATABASE, SCHEMA, "customers", "%"), *wanted) == [
        ("id", "int4", 10, 0, "NO", "YES", None),
        ("name", "varchar", 20, 0, "NO", "NO", 1),
        ("amount", "numeric", 10, 2, "YES", "NO", None),
        ("info", "super", None, None, "YES", "NO", None),
    ]
    assert rows(CURSOR.get_columns(None, SCHEMA, "customers", "am%"), "column_name") == [("amount",)]


def case_keys():
    wanted = ("table_name", "column_name", "key_seq", "pk_name")
    assert rows(CURSOR.get_primary_keys(DATABASE, SCHEMA, "customers"), *wanted) == [
        ("customers", "id", 1, "customers_pkey")
    ]
    wanted = ("pktable_name", "pkcolumn_name", "fktable_name", "fkcolumn_name", "key_seq", "fk_name", "pk_name")
    foreign = [("customers", "id", "orders", "customer", 1, "orders_customer_fkey", "customers_pkey")]
    assert rows(CURSOR.get_imported_keys(DATABASE, SCHEMA, "orders"), *wanted) == foreign
    assert rows(CURSOR.get_exported_keys(DATABASE, SCHEMA, "customers"), *wanted) == foreign
    assert rows(CURSOR.get_best_row_identifier(DATABASE, SCHEMA, "orders", 1, True), "column_name") == [("id",)]


def case_keys_as_older_clusters_are_asked():
    found = CURSOR.get_primary_keys_legacy_hardcoded_query(None, SCHEMA, "customers")
    assert rows(found, "column_name", "pk_name") == [("id", "customers_pkey")]
    found = CURSOR.get_tables_legacy_hardcoded_query(None, SCHEMA, "%", [])
    assert sorted(rows(found, "table_name", "table_type")) == [
        ("customers", "TABLE"),
        ("customers_pkey", "INDEX"),
        ("names", "VIEW"),
        ("orders", "TABLE"),
        ("orders_pkey", "INDEX"),
    ], found


def case_routines_and_their_parameters():
    found = CURSOR.get_functions(DATABASE, SCHEMA, "%")
    assert rows(found, "function_name", "specific_name") == [("add_up", "add_up(integer, integer)")]
    found = CURSOR.get_procedures(DATABASE, SCHEMA, "%")
    assert rows(found, "procedure_name", "specific_name") == [("greet", "greet(character varying, character varying)")]
    found = CURSOR.get_procedure_columns(DATABASE, SCHEMA, "greet", "%")
    assert rows(found, "column_name", "column_type", "type_name") == [
        ("whom", 1, "varchar"),
        ("greeting", 2, "varchar"),
    ]
    found = CURSOR.get_function_columns(DATABASE, SCHEMA, "add_up", None)
    assert rows(found, "ordinal_position", "type_name") == [(0, "int4"), (1, "int4"), (2, "int4")]


def case_privileges():
    wanted = ("table_name", "grantee", "privilege", "is_grantable")
    found = rows(CURSOR.get_table_privileges(DATABASE, SCHEMA, "customers"), *wanted)
    assert ("customers", "public", "SELECT", "NO") in found
    wanted = ("column_name", "grantee", "privilege", "is_grantable")
    found = rows(CURSOR.get_column_privileges(DATABASE, SCHEMA, "customers", "%"), *wanted)
    assert found == [("name", "public", "SELECT", "NO")], found


VALUES = {
    "1::smallint": (21, 1),
    "2::int": (23, 2),
    "3::bigint": (20, 3),
    "1.5::real": (700, 1.5),
    "2.5::float8": (701, 2.5),
    "true": (16, True),
    "1.25::numeric(8,2)": (1700, Decimal("1.25")),
    "(-0.00001)::numeric(38,30)": (1700, Decimal("-0.00001")),
    "12345678901234567890123456789012345678::numeric(38,0)": (1700, Decimal("12345678901234567890123456789012345678")),
    "'x'::char(3)": (1042, "x  "),
    "'é'::varchar(5)": (1043, "é"),
    "date '1900-01-01'": (1082, dt.date(1900, 1, 1)),
    "time '01:02:03.5'": (1083, dt.time(1, 2, 3, 500000)),
    "timetz '12:00:00+02'": (1266, dt.time(10, tzinfo=dt.UTC)),
    "timestamp '1999-12-31 23:59:59.999999'": (1114, dt.datetime(1999, 12, 31, 23, 59, 59, 999999)),
    "timestamptz '2020-01-02 03:04:05+00'": (1184, dt.datetime(2020, 1, 2, 3, 4, 5, tzinfo=dt.UTC)),
    "interval '1 day 2 hours'": (1186, dt.timedelta(days=1, hours=2)),
    "interval '14 months 3 days'": (1186, Interval(3 * 86_400_000_000, 0, 14)),
    "json_parse('{\"a\":[1,2]}')": (4000, '{"a":[1,2]}'),
    "'abc'::varbyte(10)": (6551, "abc"),
    "st_point(1, 2)": (3000, "0101000000000000000000F03F0000000000000040"),
    "null::int": (23, None),
}


def case_values_of_each_type_in_each_version_of_the_protocol():
    query = "select " + ", ".join(VALUES)
    for version in (0, 1, 2):
        with closing(connect(client_protocol_version=version)) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            (row,) = cursor.fetchall()
            found = [(column[1], value) for column, value in zip(cursor.description, row, strict=True)]
            for sql, value, expected in zip(VALUES, found, VALUES.values(), strict=True):
                assert value == expected, (version, sql, value)


def case_columns_of_intervals():
    """Months and microseconds, as the driver reads its own types for them."""
    with CONNECTION.cursor() as cursor:
        cursor.execute(f"create table {SCHEMA}.spans (m interval year to month, s interval day to second)")
        cursor.execute(
            f"insert into {SCHEMA}.spans values ('-178956970-8', '10 days 48 hours'), ('1-1', '1 02:03:04.5')"
        )
        rows = cursor.execute(f"select m, s from {SCHEMA}.spans order by s desc").fetchall()
        assert [column[1] for column in cursor.description] == [1188, 1190]
        assert [(months.months, seconds.microseconds) for months, seconds in rows] == [
            (-(2**31), 12 * 86_400_000_000),
            (13, 93_784_500_000),
        ]


STYLES = {
    "qmark": ("select ?::int, ?::varchar", (1, "x")),
    "numeric": ("select :1::int, :2::varchar", (1, "x")),
    "named": ("select :a::int, :b::varchar", {"a": 1, "b": "x"}),
    "format": ("select %s::int, %s::varchar", (1, "x")),
    "pyformat": ("select %(a)s::int, %(b)s::varchar", {"a": 1, "b": "x"}),
}


def case_styles_of_parameters():
    with CONNECTION.cursor() as cursor:
        for style, (sql, values) in STYLES.items():
            cursor.paramstyle = style
            assert list(cursor.execute(sql, values).fetchall()) == [[1, "x"]], style


def case_data_frames():
    table = f"{SCHEMA}.framed"
    with CONNECTION.cursor() as cursor:
        cursor.execute(f"create table {table} (name varchar(10), amount float)")
        cursor.write_dataframe(pd.DataFrame({"name": ["a", "b"], "amount": [1.5, 2.5]}), table)
        found = cursor.execute(f"select * from {table} order by 1").fetch_dataframe()
        assert found.to_dict("list") == {"name": ["a", "b"], "amount": [1.5, 2.5]}
        cursor.executemany(f"insert into {table} values (%s, %s)", [("c", 3.5), ("d", None)])
        assert cursor.execute(f"select name from {table} where amount is null").fetch_numpy_array().tolist() == [["d"]]


def case_transactions_and_errors():
    with closing(connect()) as connection, connection.cursor() as cursor:
        cursor.execute("create temp table kept (a int)")
        connection.commit()
        cursor.execute("insert into kept values (1)")
        error = refusal(redshift_connector.ProgrammingError, lambda: cursor.execute("select * from no_such_table"))
        assert error.args[0]["C"] == "42P01"
        connection.rollback()
        assert cursor.execute("select count(*) from kept").fetchone() == [0]
        connection.rollback()
        connection.autocommit = True
        cursor.execute("vacuum kept")
        assert cursor.execute(f"call {SCHEMA}.greet('you', '')").fetchall() == (["hello you"],)


run(dict(globals()))
CONNECTION.close()
