"""Newer data types through the Python driver. A program: it runs in the environment of whichever driver is tried."""

from __future__ import annotations

import datetime as dt
import decimal
from decimal import Decimal

from driver import connect, database
from harness import main, scenario

decimal.getcontext().prec = 38
FORMATS = ("json", "arrow")


@scenario
def decfloat_in_both_formats() -> None:
    sql = (
        "select 555::decfloat, 123456789.12345678::decfloat, '12345678901234567890123456789012345678'::decfloat, "
        "'-1234e4000'::decfloat, 0::decfloat, null::decfloat, '-99999999999999999999999999999999999999'::decfloat"
    )
    for form in FORMATS:
        with connect(session_parameters={"PYTHON_CONNECTOR_QUERY_RESULT_FORMAT": form}) as connection:
            row = connection.cursor().execute(sql).fetchone()
            assert row == (
                Decimal(555),
                Decimal("123456789.12345678"),
                Decimal("12345678901234567890123456789012345678"),
                Decimal("-1234e4000"),
                Decimal(0),
                None,
                Decimal("-99999999999999999999999999999999999999"),
            ), (form, row)


@scenario
def decfloat_binds() -> None:
    with database("decfloats", paramstyle="qmark") as connection:
        cursor = connection.cursor()
        row = cursor.execute("select ?, ?", [("DECFLOAT", Decimal("-1234e4000")), ("DECFLOAT", -1e3)]).fetchone()
        assert row == (Decimal("-1234e4000"), Decimal("-1e3"))
        cursor.execute("create or replace table decfloat_binds(a decfloat)")
        for number in range(3):
            cursor.execute("insert into decfloat_binds values (?)", [("DECFLOAT", Decimal(number))])
        assert cursor.execute("select sum(a) from decfloat_binds").fetchone() == (Decimal(3),)


@scenario
def uuids_are_texts() -> None:
    sql = "select 'C73D9175-0A1D-48C6-8D30-DF165461328B'::uuid, null::uuid"
    for form in FORMATS:
        with connect(session_parameters={"PYTHON_CONNECTOR_QUERY_RESULT_FORMAT": form}) as connection:
            assert connection.cursor().execute(sql).fetchone() == ("c73d9175-0a1d-48c6-8d30-df165461328b", None)


@scenario
def year_month_intervals_in_both_formats() -> None:
    cases = ["0-0", "1-2", "-1-3", "999999999-11", "-999999999-11"]
    with database("months") as connection:
        cursor = connection.cursor()
        cursor.execute("create table t(n int, a interval year to month, b interval year, c interval month(2))")
        for number, text in enumerate(cases):
            cursor.execute(f"insert into t(n, a) values ({number}, '{text}')")
        for form in FORMATS:
            cursor.execute(f"alter session set python_connector_query_result_format = '{form}'")
            rows = cursor.execute("select a from t order by n").fetchall()
            assert [row[0] for row in rows] == ["+0-00", "+1-02", "-1-03", "+999999999-11", "-999999999-11"]
            sql = "select interval '5' year, interval '-14' month(2), null::interval year, interval '3-1' year to month"
            assert cursor.execute(sql).fetchone() == ("+5", "-14", None, "+3-01")
            assert cursor.description[0].type_code == 19


@scenario
def day_time_intervals_in_both_formats() -> None:
    cases = ["0 0:0:0.0", "12 3:4:5.678", "-1 2:3:4.567", "99999 23:59:59.999999", "-99999 23:59:59.999999"]
    expected = [
        dt.timedelta(0),
        dt.timedelta(days=12, hours=3, minutes=4, seconds=5, milliseconds=678),
        -dt.timedelta(days=1, hours=2, minutes=3, seconds=4, milliseconds=567),
        dt.timedelta(days=99999, hours=23, minutes=59, seconds=59, microseconds=999999),
        -dt.timedelta(days=99999, hours=23, minutes=59, seconds=59, microseconds=999999),
    ]
    with database("days") as connection:
        cursor = connection.cursor()
        for type_ in ("interval day(5) to second", "interval day to second"):  # 64 bits, and 128
            cursor.execute(f"create or replace table t(n int, a {type_})")
            for number, text in enumerate(cases):
                cursor.execute(f"insert into t values ({number}, '{text}')")
            for form in FORMATS:
                cursor.execute(f"alter session set python_connector_query_result_format = '{form}'")
                rows = cursor.execute("select a from t order by n").fetchall()
                assert [row[0] for row in rows] == expected, (type_, form, rows)
                assert cursor.description[0].type_code == 20
                assert cursor.execute("select null::interval hour, interval '-5' minute").fetchone() == (
                    None,
                    -dt.timedelta(minutes=5),
                )


if __name__ == "__main__":
    main()
