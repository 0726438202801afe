"""What users do with the Python driver. A program: it runs in the environment of whichever driver is tried."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from decimal import Decimal
from functools import partial
from typing import Any

from driver import GENERATION, connect, database, fails, wait_for
from harness import main, scenario
from snowflake.connector import errors


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
def defaults_are_validated_when_asked() -> None:
    with database("validated") as connection:
        connection.cursor().execute("create schema there")
        name = connection.database
    known = {"database": name, "schema": "there", "validate_default_parameters": True}
    connect(**known).close()
    for kind in ("database", "schema", "warehouse"):
        error = fails(partial(connect, **{**known, kind: "nowhere"}), 390201, "08001")
        assert f"requested {kind}" in str(error), error
    error = fails(partial(connect, **known, role="nowhere"), 390189, "08001")
    assert "Role 'NOWHERE' specified in the connect string" in str(error), error
    with connect(database="snowflake", schema="account_usage", validate_default_parameters=True) as connection:
        cursor = connection.cursor().execute("select current_database(), current_schema(), count(*) >= 0 from users")
        assert cursor.fetchall() == [("SNOWFLAKE", "ACCOUNT_USAGE", True)]


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


if __name__ == "__main__":
    main()
