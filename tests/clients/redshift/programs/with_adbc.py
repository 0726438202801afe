"""The ADBC driver of PostgreSQL, in the last version that knew Redshift: it finds it out from version()."""

import datetime as dt

import adbc_driver_manager
import adbc_driver_postgresql.dbapi as adbc
import pyarrow as pa
from scenarios import DATABASE, PASSWORD, USER, arguments, refusal, run

PORT, _, _ = arguments()
CONNECTION = adbc.connect(f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{PORT}/{DATABASE}", autocommit=True)


def fetch(sql, parameters=None):
    with CONNECTION.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetch_arrow_table()


def execute(sql, parameters=None):
    with CONNECTION.cursor() as cursor:
        cursor.execute(sql, parameters)


def case_it_takes_the_server_for_redshift():
    info = CONNECTION.adbc_get_info()
    assert (info["vendor_name"], info["vendor_version"][:4]) == ("Redshift", "1.0.")


def case_values_of_each_type():
    moment = dt.datetime(2020, 1, 2, 3, 4, 5)
    expected = {
        "1::smallint": (pa.int16(), 1),
        "2::int": (pa.int32(), 2),
        "3::bigint": (pa.int64(), 3),
        "1.5::real": (pa.float32(), 1.5),
        "2.5::float8": (pa.float64(), 2.5),
        "true": (pa.bool_(), True),
        "'é'::varchar(5)": (pa.string(), "é"),
        "date '2020-01-02'": (pa.date32(), moment.date()),
        "timestamp '2020-01-02 03:04:05'": (pa.timestamp("us"), moment),
        "null::int": (pa.int32(), None),
    }
    table = fetch("select " + ", ".join(f"{sql} as c{index}" for index, sql in enumerate(expected)))
    found = [(field.type, column[0].as_py()) for field, column in zip(table.schema, table.columns, strict=True)]
    assert found == list(expected.values()), found


def case_super_is_read_as_text_of_its_own_type():
    table = fetch("select json_parse('{\"a\":1}') as j")
    assert table.column("j").to_pylist() == [b'{"a":1}']
    assert table.schema.field("j").type.type_name == "super"


def case_values_are_bound():
    execute("drop table if exists adbc_bound")
    execute("create table adbc_bound (a int, b varchar(10))")
    with CONNECTION.cursor() as cursor:
        cursor.executemany("insert into adbc_bound values ($1, $2)", [(1, "x"), (2, None), (3, "é'")])
    assert fetch("select * from adbc_bound order by a").to_pydict() == {"a": [1, 2, 3], "b": ["x", None, "é'"]}
    assert fetch("select b from adbc_bound where a = $1", (3,)).to_pydict() == {"b": ["é'"]}


def case_a_bulk_ingest_is_refused():
    """It is a COPY FROM STDIN, which Redshift does not have."""
    rows = pa.table({"a": [1]})

    def ingest():
        with CONNECTION.cursor() as cursor:
            cursor.adbc_ingest("adbc_ingested", rows, mode="create_append")

    assert "COPY" in str(refusal(adbc_driver_manager.ProgrammingError, ingest))


def case_objects_of_the_catalog():
    execute("drop table if exists adbc_listed")
    execute("create table adbc_listed (id int primary key, j super) diststyle all")
    found = CONNECTION.adbc_get_objects(depth="all", db_schema_filter="public", table_name_filter="adbc_listed")
    (catalog,) = [item for item in found.read_all().to_pylist() if item["catalog_name"] == DATABASE]
    (table,) = catalog["catalog_db_schemas"][0]["db_schema_tables"]
    assert (table["table_name"], table["table_type"]) == ("adbc_listed", "table")
    assert [column["column_name"] for column in table["table_columns"]] == ["id", "j"]
    assert CONNECTION.adbc_get_table_schema("adbc_listed").names == ["id", "j"]


def case_errors_have_their_state():
    error = refusal(adbc_driver_manager.ProgrammingError, lambda: fetch("select * from no_such_table"))
    assert error.sqlstate == "42P01"


run(dict(globals()))
CONNECTION.close()
