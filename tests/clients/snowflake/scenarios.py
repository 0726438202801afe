"""What users do with the Python driver. A program: it runs in the environment of whichever driver is tried."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import snowflake.connector as connector
from harness import PLACE, main, options, scenario
from snowflake.connector import errors

GENERATION = int(connector.__version__.partition(".")[0])


def connect(**more: Any) -> Any:
    return connector.connect(**options(**more))


def database(name: str, **options: Any) -> Any:
    """A connection whose current database is new, with a name of this driver's own."""
    name = f"{name}_{GENERATION}".upper()
    with connect() as first:
        first.cursor().execute(f"create or replace database {name}")
    return connect(database=name, schema="PUBLIC", **options)


def fails(action: Callable[[], Any], number: int, state: str) -> Any:
    caught = None
    try:
        action()
    except errors.Error as error:
        caught = error
    assert caught is not None, "no error"
    assert (caught.errno, caught.sqlstate) == (number, state), (caught.errno, caught.sqlstate, str(caught))
    return caught


# --- connecting ---
@scenario
def connects_and_selects() -> None:
    with connect() as connection:
        assert connection.cursor().execute("select 1").fetchone() == (1,)


@scenario
def unknown_database_is_no_current_database() -> None:
    with connect(database="NO_SUCH_DATABASE") as connection:
        assert connection.cursor().execute("select current_database()").fetchone() == (None,)


@scenario
def session_parameters_at_login() -> None:
    with connect(session_parameters={"QUERY_TAG": "tagged", "TIMEZONE": "UTC"}) as connection:
        rows = connection.cursor().execute("select '2024-01-01 00:00:00'::timestamp_ltz").fetchall()
        assert rows[0][0].utcoffset() == dt.timedelta(0)


@scenario
def closed_connections_do_no_more() -> None:
    connection = connect()
    connection.close()
    try:
        connection.cursor().execute("select 1")
    except errors.Error:
        return
    raise AssertionError("a closed connection ran a statement")


@scenario
def many_sessions_at_once() -> None:
    results: list[Any] = []

    def work(number: int) -> None:
        with connect() as connection:
            for _ in range(5):
                results.append(connection.cursor().execute(f"select {number}").fetchone() == (number,))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 40


# --- values ---
@scenario
def every_type_comes_back() -> None:
    sql = """
      select 1::number(38,0), 12345678901234567890123456789012345678::number(38,0), 1.50::number(10,2), 2.5::float,
        'äöü', true, '2024-02-29'::date, '12:34:56.789'::time, '2024-02-29 12:34:56.789123'::timestamp_ntz,
        '2024-02-29 12:34:56.789 +02:00'::timestamp_tz, to_binary('00FF', 'HEX'), null,
        '1969-12-31 23:59:59.5'::timestamp_ntz, parse_json('{"a":[1,"x"]}'), array_construct(1, 2)
    """
    with connect(session_parameters={"TIMEZONE": "UTC"}) as connection:
        row = connection.cursor().execute(sql).fetchone()
    assert row[:9] == (
        1,
        12345678901234567890123456789012345678,
        Decimal("1.50"),
        2.5,
        "äöü",
        True,
        dt.date(2024, 2, 29),
        dt.time(12, 34, 56, 789000),
        dt.datetime(2024, 2, 29, 12, 34, 56, 789123),
    )
    assert row[9] == dt.datetime(2024, 2, 29, 12, 34, 56, 789000, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    assert row[9].utcoffset() == dt.timedelta(hours=2)
    assert bytes(row[10]) == b"\x00\xff"
    assert row[11:13] == (None, dt.datetime(1969, 12, 31, 23, 59, 59, 500000))
    assert json.loads(row[13]) == {"a": [1, "x"]}
    assert json.loads(row[14]) == [1, 2]


@scenario
def every_type_comes_back_as_json() -> None:
    sql = (
        "select 1, 1.50::number(10,2), 2.5::float, 'x', true, '2024-02-29'::date, '12:34:56.789'::time, "
        "'1969-12-31 23:59:59.5'::timestamp_ntz, to_binary('00FF', 'HEX'), null"
    )
    with connect(session_parameters={"PYTHON_CONNECTOR_QUERY_RESULT_FORMAT": "JSON"}) as connection:
        row = connection.cursor().execute(sql).fetchone()
    assert row[:8] == (
        1,
        Decimal("1.50"),
        2.5,
        "x",
        True,
        dt.date(2024, 2, 29),
        dt.time(12, 34, 56, 789000),
        dt.datetime(1969, 12, 31, 23, 59, 59, 500000),
    )
    assert (bytes(row[8]), row[9]) == (b"\x00\xff", None)


@scenario
def description_of_columns() -> None:
    with database("described") as connection:
        cursor = connection.cursor()
        cursor.execute("create table t (a number(10,2) not null, b varchar(20), c timestamp_ntz(3))")
        cursor.execute("select * from t")
        found = [
            (c.name, c.type_code, c.internal_size, c.precision, c.scale, c.is_nullable) for c in cursor.description
        ]
        assert found == [
            ("A", 0, None, 10, 2, False),
            ("B", 2, 20, None, None, True),
            ("C", 8, None, 0, 3, True),
        ]
        described = cursor.describe("select b from t")
        assert [column.name for column in described] == ["B"]


@scenario
def binds_of_every_type() -> None:
    values = (
        1,
        Decimal("1.50"),
        2.5,
        "it's",
        True,
        None,
        dt.date(2024, 2, 29),
        dt.time(12, 34, 56),
        dt.datetime(2024, 2, 29, 12, 34, 56, 789123),
        b"\x00\xff",
    )
    with database("bound", paramstyle="qmark") as connection:
        cursor = connection.cursor()
        cursor.execute(
            "create table t (a int, b number(10,2), c float, d varchar, e boolean, f int, g date, h time, "
            "i timestamp_ntz, j binary)"
        )
        cursor.execute("insert into t values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        row = cursor.execute("select * from t where a = ? and d = ?", (1, "it's")).fetchone()
    assert (*row[:9], bytes(row[9])) == values


@scenario
def pyformat_binds() -> None:
    with connect() as connection:
        cursor = connection.cursor()
        assert cursor.execute("select %s, %s, %s", (1, "it's \\ a", None)).fetchone() == (1, "it's \\ a", None)
        assert cursor.execute("select %(a)s", {"a": "x"}).fetchone() == ("x",)


@scenario
def executemany_in_one_request() -> None:
    rows = [(number, f"name {number}" if number % 3 else None, number / 2) for number in range(5000)]
    with database("many", paramstyle="qmark") as connection:
        cursor = connection.cursor()
        cursor.execute("create table t (a int, b varchar, c float)")
        cursor.executemany("insert into t values (?, ?, ?)", rows)
        assert cursor.rowcount == 5000
        assert cursor.execute("select count(*), sum(a), count(b) from t").fetchone() == (5000, 12497500, 3333)


@scenario
def executemany_pyformat() -> None:
    with database("many_format") as connection:
        cursor = connection.cursor()
        cursor.execute("create table t (a int, b varchar)")
        cursor.executemany("insert into t values (%s, %s)", [(number, "x") for number in range(100)])
        assert (cursor.rowcount, cursor.execute("select sum(a) from t").fetchone()) == (100, (4950,))


# --- results ---
@scenario
def a_million_rows() -> None:
    sql = "select seq4() a, 'name' || seq4() b from table(generator(rowcount => 1000000)) order by 1"
    with connect() as connection:
        table = connection.cursor().execute(sql).fetch_arrow_all()
        assert table.num_rows == 1_000_000
        assert table.column("A")[999_999].as_py() == 999_999
        cursor = connection.cursor().execute(sql)
        assert sum(len(rows) for rows in iter(lambda: cursor.fetchmany(100_000), [])) == 1_000_000


@scenario
def empty_results() -> None:
    with connect() as connection:
        cursor = connection.cursor().execute("select 1 as a, 'x' as b where false")
        assert (cursor.fetchall(), [column.name for column in cursor.description]) == ([], ["A", "B"])


@scenario
def row_counts() -> None:
    with database("counts") as connection:
        cursor = connection.cursor()
        cursor.execute("create table t (a int)")
        assert cursor.execute("insert into t values (1), (2), (3)").rowcount == 3
        assert cursor.execute("update t set a = a + 1 where a > 1").rowcount == 2
        assert cursor.execute("delete from t where a = 1").rowcount == 1
        assert cursor.execute("select * from t").rowcount == 2


# --- errors ---
@scenario
def errors_have_numbers_and_states() -> None:
    with database("failing") as connection:
        cursor = connection.cursor()
        cursor.execute("create table t (a int not null, b varchar(3))")
        fails(lambda: cursor.execute("select nope from t"), 904, "42000")
        fails(lambda: cursor.execute("selec 1"), 1003, "42000")
        fails(lambda: cursor.execute("select * from missing"), 2003, "42S02")
        fails(lambda: cursor.execute("create table t (a int)"), 2002, "42710")
        fails(lambda: cursor.execute("select 1/0"), 100051, "22012")
        fails(lambda: cursor.execute("select 'x'::int"), 100038, "22018")
        fails(lambda: cursor.execute("insert into t values (1, 'long')"), 100078, "22000")
        error = fails(lambda: cursor.execute("insert into t values (null, 'x')"), 100072, "22000")
        assert isinstance(error, errors.IntegrityError)
        assert error.sfqid
        assert cursor.execute("select 1").fetchone() == (1,)


# --- transactions, several statements, asynchronous ---
@scenario
def transactions() -> None:
    with database("transacted", autocommit=False) as connection, connect() as other:
        name = f"TRANSACTED_{GENERATION}.PUBLIC.T"
        cursor = connection.cursor()
        cursor.execute("create table t (a int)")
        cursor.execute("insert into t values (1)")
        assert other.cursor().execute(f"select count(*) from {name}").fetchone() == (0,)
        connection.commit()
        assert other.cursor().execute(f"select count(*) from {name}").fetchone() == (1,)
        cursor.execute("insert into t values (2)")
        connection.rollback()
        assert cursor.execute("select count(*) from t").fetchone() == (1,)


@scenario
def transactions_see_what_is_committed() -> None:
    with database("seeing") as connection, connect(database=f"seeing_{GENERATION}", schema="public") as other:
        mine, theirs = connection.cursor(), other.cursor()
        mine.execute("create table t (a int)")
        mine.execute("begin")
        assert mine.execute("select count(*) from t").fetchone() == (0,)
        theirs.execute("insert into t values (1)")
        theirs.execute("create table made as select 7 a")
        assert mine.execute("select count(*) from t").fetchone() == (1,)
        mine.execute("insert into t values (2)")
        theirs.execute("create table later as select 8 a")
        assert mine.execute("select made.a, later.a from made, later").fetchone() == (7, 8)
        mine.execute("insert into later select a from t")
        assert theirs.execute("select count(*) from later").fetchone() == (1,)
        mine.execute("commit")
        assert theirs.execute("select count(*), sum(a) from later").fetchone() == (3, 11)


@scenario
def a_failed_statement_leaves_the_transaction_open() -> None:
    with database("kept") as connection:
        cursor = connection.cursor()
        cursor.execute("create table t (a int)")
        cursor.execute("begin")
        cursor.execute("insert into t values (1)")
        fails(lambda: cursor.execute("insert into t values ('x')"), 100038, "22018")
        cursor.execute("commit")
        assert cursor.execute("select count(*) from t").fetchone() == (1,)


@scenario
def several_statements() -> None:
    with connect() as connection:
        cursor = connection.cursor()
        cursor.execute("select 1; select 2, 3", num_statements=2)
        assert cursor.fetchall() == [(1,)]
        cursor.nextset()
        assert cursor.fetchall() == [(2, 3)]
        fails(lambda: cursor.execute("select 1; select 2"), 8, "0A000")


def wait_for(connection: Any, query_id: str) -> None:
    deadline = time.monotonic() + 60
    while connection.is_still_running(connection.get_query_status(query_id)):
        assert time.monotonic() < deadline, "the statement does not end"
        time.sleep(0.05)


@scenario
def asynchronous() -> None:
    with connect() as connection:
        cursor = connection.cursor()
        cursor.execute_async("select count(*) from table(generator(rowcount => 1000))")
        query_id = cursor.sfqid
        wait_for(connection, query_id)
        other = connection.cursor()
        other.get_results_from_sfqid(query_id)
        assert other.fetchall() == [(1000,)]
        cursor.execute_async("select nope")
        failed = cursor.sfqid
        wait_for(connection, failed)
        assert connection.is_an_error(connection.get_query_status(failed))


@scenario
def earlier_results() -> None:
    with connect() as connection:
        cursor = connection.cursor()
        query_id = cursor.execute("select 5 as n").sfqid
        assert cursor.execute("select last_query_id()").fetchone() == (query_id,)
        assert cursor.execute(f"select n + 1 from table(result_scan('{query_id}'))").fetchone() == (6,)


SLOW = (
    "select count(*) from table(generator(rowcount => 2000000)) a, table(generator(rowcount => 2000000)) b "
    "where random() > 2"
)


@scenario
def timeouts_interrupt() -> None:
    with connect() as connection:
        cursor = connection.cursor()
        cursor.execute("alter session set statement_timeout_in_seconds = 1")
        fails(lambda: cursor.execute(SLOW), 630, "57014")
        assert cursor.execute("select 1").fetchone() == (1,)


@scenario
def clients_cancel() -> None:
    """Driver 5 takes a timeout and does nothing with it."""
    if GENERATION > 4:
        return
    with connect() as connection:
        fails(lambda: connection.cursor().execute(SLOW, timeout=1), 604, "57014")
        assert connection.cursor().execute("select 1").fetchone() == (1,)


@scenario
def queries_are_aborted_by_id() -> None:
    with connect() as connection:
        cursor = connection.cursor()
        cursor.execute_async(SLOW)
        query_id = cursor.sfqid
        time.sleep(0.3)
        assert connection.is_still_running(connection.get_query_status(query_id))
        assert cursor.abort_query(query_id)
        wait_for(connection, query_id)
        assert connection.is_an_error(connection.get_query_status(query_id))
        assert connection.cursor().execute("select 1").fetchone() == (1,)


# --- files ---
@scenario
def put_copy_get() -> None:
    folder = PLACE.folder / "files"
    folder.mkdir()
    for number in (1, 2):
        (folder / f"part{number}.csv").write_text(f"id,name\n{number},x\n{number + 10},y\n")
    with database("staged") as connection:
        cursor = connection.cursor()
        cursor.execute("create stage s file_format = (type = csv skip_header = 1)")
        uploaded = cursor.execute(f"put file://{folder}/part*.csv @s/in").fetchall()
        assert sorted((row[1], row[6]) for row in uploaded) == [
            ("part1.csv.gz", "UPLOADED"),
            ("part2.csv.gz", "UPLOADED"),
        ]
        assert [row[0] for row in cursor.execute("list @s")] == ["s/in/part1.csv.gz", "s/in/part2.csv.gz"]
        cursor.execute("create table t (id int, name varchar)")
        loaded = cursor.execute("copy into t from @s/in/").fetchall()
        assert [(row[1], row[3]) for row in loaded] == [("LOADED", 2), ("LOADED", 2)]
        assert cursor.execute("copy into t from @s/in/").fetchall() == [("Copy executed with 0 files processed.",)]
        assert cursor.execute("select sum(id), count(*) from t").fetchone() == (26, 4)
        target = PLACE.folder / "downloaded"
        target.mkdir()
        cursor.execute(f"get @s/in file://{target}/")
        assert gzip.decompress((target / "part1.csv.gz").read_bytes()) == (folder / "part1.csv").read_bytes()
        cursor.execute("remove @s/in")
        assert cursor.execute("list @s").fetchall() == []


@scenario
def user_and_table_stages() -> None:
    source = PLACE.folder / "one.json"
    source.write_text('{"a": 1, "b": [1, 2]}\n{"a": 2}\n')
    with database("own_stages") as connection:
        cursor = connection.cursor()
        cursor.execute("create table t (v variant)")
        cursor.execute(f"put file://{source} @%t auto_compress = false overwrite = true")
        cursor.execute(f"put file://{source} @~/mine/ auto_compress = false overwrite = true")
        cursor.execute("copy into t from @%t file_format = (type = json)")
        cursor.execute("copy into t from (select $1 from @~/mine/) file_format = (type = json)")
        assert cursor.execute("select sum(v:a), count(*) from t").fetchone() == (6, 4)


@scenario
def temporary_objects_are_the_sessions() -> None:
    source = PLACE.folder / "temporary.csv"
    source.write_text("1\n2\n")
    with database("passing") as connection:
        cursor = connection.cursor()
        cursor.execute("create stage s")
        cursor.execute("create view v as select 1 a")
        with connect(database=f"passing_{GENERATION}", schema="public") as own:
            mine = own.cursor()
            mine.execute("create temporary stage s")
            mine.execute("create temporary view v as select 2 a")
            mine.execute("create temporary view w as select 3 a")
            mine.execute("create temp file format f type = csv")
            mine.execute(f"put file://{source} @s")
            assert len(mine.execute("list @s").fetchall()) == 1
            assert mine.execute("select count($1) from @s (file_format => 'f')").fetchone() == (2,)
            assert mine.execute("select v.a, w.a from v, w").fetchone() == (2, 3)
            assert len(mine.execute("show views").fetchall()) == 3
            assert cursor.execute("select a from v").fetchone() == (1,)
            assert cursor.execute("list @s").fetchall() == []
            fails(lambda: cursor.execute("select * from w"), 2003, "42S02")
            mine.execute("drop stage s")
            assert mine.execute("list @s").fetchall() == []
        for shown, count in (("views", 1), ("stages", 1), ("file formats", 0)):
            assert len(cursor.execute(f"show {shown}").fetchall()) == count, shown


@scenario
def copy_from_s3() -> None:
    """The services put the objects there: see ``prepare_s3``."""
    with database("from_s3") as connection:
        cursor = connection.cursor()
        cursor.execute(
            "create table t (id int, name varchar, amount number(12,2), at timestamp_ntz, zoned timestamp_tz)"
        )
        options = "file_format = (type = parquet use_logical_type = true) match_by_column_name = case_insensitive"
        loaded = cursor.execute(f"copy into t from 's3://snowflake-tests/parquet/' {options}").fetchall()
        assert [row[0] for row in loaded] == [
            f"s3://snowflake-tests/parquet/batch-{index}.parquet" for index in range(3)
        ]
        row = cursor.execute("select count(*), sum(id), sum(amount), max(at) from t").fetchone()
        assert row == (30000, 449985000, Decimal("449985000.00"), dt.datetime(1970, 1, 1, 8, 19, 59))
        utc = cursor.execute("select max(zoned) from t").fetchone()[0]
        assert utc == dt.datetime(1970, 1, 1, 8, 19, 59, tzinfo=dt.UTC)
        cursor.execute("create stage external url = 's3://snowflake-tests/csv/'")
        cursor.execute("create table c (id int, name varchar)")
        cursor.execute("copy into c from @external file_format = (type = csv skip_header = 1) pattern = '.*good.*'")
        assert cursor.execute("select * from c order by id").fetchall() == [(1, "x"), (2, "y")]
        error = fails(
            lambda: cursor.execute("copy into c from @external/bad.csv file_format = (type = csv skip_header = 1)"),
            100038,
            "22018",
        )
        assert "File 's3://snowflake-tests/csv/bad.csv', line 3, character 1" in str(error)
        assert 'column "C"["ID":1]' in str(error)
        partly = cursor.execute(
            "copy into c from @external/bad.csv file_format = (type = csv skip_header = 1) on_error = continue"
        ).fetchall()
        assert partly[0][1:6] == ("PARTIALLY_LOADED", 3, 2, 3, 1)
        fails(lambda: cursor.execute("copy into c from 's3://no-such-bucket/x'"), 91003, "22000")


@scenario
def copy_in_a_transaction() -> None:
    with database("copy_transaction") as connection:
        cursor = connection.cursor()
        cursor.execute("create table c (id int, name varchar)")
        cursor.execute("begin")
        copy = "copy into c from 's3://snowflake-tests/csv/good.csv' file_format = (type = csv skip_header = 1)"
        cursor.execute(copy)
        fails(lambda: cursor.execute("insert into c values ('x', 'y')"), 100038, "22018")
        assert cursor.execute("select count(*) from c").fetchone() == (2,)
        cursor.execute("rollback")
        assert cursor.execute("select count(*) from c").fetchone() == (0,)
        assert cursor.execute(copy).fetchall()[0][1] == "LOADED"


@scenario
def truncate_forgets_what_was_loaded() -> None:
    with database("forgetful") as connection:
        cursor = connection.cursor()
        cursor.execute("create table c (id int, name varchar)")
        copy = "copy into c from 's3://snowflake-tests/csv/good.csv' file_format = (type = csv skip_header = 1)"
        assert cursor.execute(copy).fetchall()[0][1] == "LOADED"
        assert cursor.execute(copy).fetchall() == [("Copy executed with 0 files processed.",)]
        cursor.execute("truncate table c")
        assert cursor.execute(copy).fetchall()[0][1] == "LOADED"


@scenario
def streams_on_external_tables() -> None:
    with database("inserted") as connection:
        cursor = connection.cursor()

        def shown(sql: str = "select n from s order by n") -> list[Any]:
            return [row[0] for row in cursor.execute(sql).fetchall()]

        def put(name: str, query: str) -> None:
            cursor.execute(
                f"copy into @lake/{name} from ({query}) file_format = (type = csv compression = none) single = true "
                "overwrite = true"
            )
            cursor.execute("alter external table if exists e refresh")

        cursor.execute("create stage lake url = 's3://snowflake-tests/inserted/'")
        cursor.execute("remove @lake")
        put("a.csv", "select 1")
        columns, place = "n int as (value:c1::int)", "location = @lake file_format = (type = csv)"
        cursor.execute(f"create external table e ({columns}) {place} auto_refresh = false")
        fails(lambda: cursor.execute("create stream s on external table e"), 2, "0A000")
        cursor.execute("create stream s on external table e insert_only = true")
        assert shown() == []
        put("b.csv", "select 2 union all select 3")
        found = cursor.execute("select n, metadata$action, metadata$isupdate from s order by n").fetchall()
        assert found == [(2, "INSERT", False), (3, "INSERT", False)]
        cursor.execute("create table t (n int)")
        cursor.execute("insert into t select n from s")
        assert shown() == []
        put("a.csv", "select 10")  # a file that was overwritten is a new one, and what is gone is not told
        assert shown() == [10]
        cursor.execute("begin")
        cursor.execute("insert into t select n from s")
        cursor.execute("rollback")
        assert shown() == [10]
        cursor.execute("remove @lake/b.csv")
        cursor.execute("alter external table e refresh")
        assert shown("select system$stream_has_data('s')") == [True]
        cursor.execute("create table u as select n from s")
        assert shown("select system$stream_has_data('s')") == [False]
        assert shown("select n from t union all select n from u order by n") == [2, 3, 10]
        cursor.execute("show streams")
        (listed,) = cursor.execute('select "mode", "source_type" from table(result_scan(last_query_id()))').fetchall()
        assert listed == ("INSERT_ONLY", "External Table")
        cursor.execute(f"create external table live ({columns}) {place}")
        cursor.execute("create stream l on external table live insert_only = true")
        put("c.csv", "select 4")
        assert shown("select n from l") == [4]
        cursor.execute("drop external table e")
        fails(lambda: cursor.execute("select * from s"), 91901, "02000")


@scenario
def staged_files_in_queries() -> None:
    with database("asked") as connection:
        cursor = connection.cursor()
        cursor.execute("create stage s url = 's3://snowflake-tests/'")
        cursor.execute("create file format csv_header type = csv skip_header = 1")
        cursor.execute("create file format pq type = parquet")
        rows = cursor.execute(
            "select $1, t.$2, metadata$filename, metadata$file_row_number "
            "from @s/csv/good.csv (file_format => 'csv_header') t order by 1"
        ).fetchall()
        assert rows == [("1", "x", "csv/good.csv", 1), ("2", "y", "csv/good.csv", 2)]
        total = cursor.execute("select sum($1:id::int) from @s/parquet/ (file_format => 'pq')").fetchone()
        assert total == (449985000,)
        inferred = cursor.execute(
            "select column_name, type from table(infer_schema(location => '@s/parquet/', file_format => 'pq')) "
            "order by order_id"
        ).fetchall()
        assert inferred[:3] == [("id", "NUMBER(38, 0)"), ("name", "TEXT"), ("amount", "NUMBER(21, 2)")]


@scenario
def unload_and_load_again() -> None:
    with database("unloaded") as connection:
        cursor = connection.cursor()
        cursor.execute("create table t (id int, name varchar, d date, n number(10,2), z timestamp_tz)")
        cursor.execute("insert into t values (1, 'a,b', '2024-02-29', 1.5, '2024-02-29 12:00:00 +02:00')")
        cursor.execute("insert into t (id) values (2)")
        expected = cursor.execute("select * from t order by id").fetchall()
        cursor.execute("create stage s")
        csv = "(type = csv field_optionally_enclosed_by = '\"' compression = gzip"
        parquet = "(type = parquet) header = true"
        fails(lambda: cursor.execute(f"copy into @s/parquet/ from t file_format = {parquet}"), 2019, "0A000")
        no_zone = "(select id, name, d, n, to_varchar(z) as z from t)"
        for folder, source, unload, load in (
            ("csv", "t", f"{csv}) header = true", f"{csv} skip_header = 1)"),
            ("plain", "t", "(type = csv)", "(type = csv)"),
            ("parquet", no_zone, parquet, "(type = parquet) match_by_column_name = case_insensitive"),
        ):
            copy = f"copy into @s/{folder}/ from {source} file_format = {unload}"
            assert cursor.execute(copy).fetchall()[0][0] == 2
            fails(lambda: cursor.execute(copy), 1030, "22000")  # noqa: B023
            cursor.execute("create or replace table back like t")
            cursor.execute(f"copy into back from @s/{folder}/ file_format = {load}")
            assert cursor.execute("select * from back order by id").fetchall() == expected, folder
        out = (
            "copy into 's3://snowflake-tests/out/' from (select id from t) file_format = (type = csv) overwrite = true"
        )
        cursor.execute(out)
        cursor.execute("create stage written url = 's3://snowflake-tests/out/'")
        assert len(cursor.execute("list @written").fetchall()) == 1


if __name__ == "__main__":
    main()
