"""Newer data types through the Python driver. A program: it runs in the environment of whichever driver is tried."""

from __future__ import annotations

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


if __name__ == "__main__":
    main()
