"""What users do with the Python driver and pandas."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pandas
import pyarrow as pa
import snowflake.connector as connector
from harness import fails, main, options, same, scenario
from snowflake.connector.pandas_tools import write_pandas

GENERATION = int(connector.__version__.partition(".")[0])


def database(name: str, **more: Any) -> Any:
    name = f"{name}_{GENERATION}"
    with connector.connect(**options()) as first:
        first.cursor().execute(f"create or replace database {name}")
    return connector.connect(**options(database=name, schema="public", **more))


@scenario
def frames_come_back() -> None:
    sql = """
      select 1::number(38,0) a, 1.5::number(5,2) b, 'x' c, true d, '2024-02-29'::date e, 2.5::float f,
        '2024-02-29 12:34:56.789123'::timestamp_ntz g, '2024-02-29 12:00 +02:00'::timestamp_tz h,
        '12:34:56'::time i, null::int j, parse_json('{"k":1}') k
    """
    with connector.connect(**options(session_parameters={"TIMEZONE": "UTC"})) as connection:
        frame = connection.cursor().execute(sql).fetch_pandas_all()
        row = frame.iloc[0]
        same((row["A"], row["B"], row["C"], row["D"], row["F"]), (1, 1.5, "x", True, 2.5))
        same(row["E"], dt.date(2024, 2, 29))
        same(row["G"], pandas.Timestamp("2024-02-29 12:34:56.789123"))
        same(row["H"].tz_convert("UTC"), pandas.Timestamp("2024-02-29 10:00", tz="UTC"))
        same((row["I"], row["J"] is None or pandas.isna(row["J"])), (dt.time(12, 34, 56), True))
        same(str(frame["G"].dtype), "datetime64[ns]")
        many = connection.cursor().execute("select seq4() a from table(generator(rowcount => 300000))")
        same(sum(len(batch) for batch in many.fetch_pandas_batches()), 300_000)


@scenario
def result_batches() -> None:
    with connector.connect(**options()) as connection:
        cursor = connection.cursor()
        cursor.execute("select seq4() a, 'x' || a b from table(generator(rowcount => 400000))")
        batches = cursor.get_result_batches()
        assert len(batches) > 1
        same(sum(batch.rowcount for batch in batches), 400_000)
        same(sum(len(batch.to_pandas()) for batch in batches), 400_000)
        same(sum(batch.to_arrow().num_rows for batch in batches), 400_000)
        same(sum(1 for batch in batches for _ in batch), 400_000)
        arrow = connection.cursor().execute("select 1 a, 'x' b").fetch_arrow_all()
        same((arrow.column_names, arrow.num_rows), (["A", "B"], 1))
        empty = connection.cursor().execute("select 1 a, 1.5::number(5,2) b where false")
        same(empty.fetch_arrow_all(), None)
        same(list(connection.cursor().execute("select 1 a where false").fetch_pandas_all().columns), ["A"])
        forced = connection.cursor().execute("select 1 a where false").fetch_arrow_all(force_return_table=True)
        same((forced.num_rows, forced.column_names), (0, ["A"]))


@scenario
def writes_frames() -> None:
    frame = pandas.DataFrame({"A": range(1000), "B": [f"x{number}" for number in range(1000)], "C": [0.5] * 1000})
    count = "select count(*), sum(a), min(b), sum(c) from "
    with database("frames") as connection:
        cursor = connection.cursor()
        cursor.execute("create table t (a int, b varchar, c float)")
        same(write_pandas(connection, frame, "T")[:3], (True, 1, 1000))
        same(write_pandas(connection, frame, "MADE", auto_create_table=True)[:3], (True, 1, 1000))
        for table in ("t", "made"):
            same(cursor.execute(count + table).fetchone(), (1000, 499500, "x0", 500.0))
        write_pandas(connection, frame, "T", overwrite=True, chunk_size=300)
        same(cursor.execute(count + "t").fetchone(), (1000, 499500, "x0", 500.0))
        write_pandas(connection, frame[["B"]], "MADE", auto_create_table=True, overwrite=True)
        same(cursor.execute("select * from made limit 1").description[0].name, "B")
        write_pandas(connection, frame, "PASSING", auto_create_table=True, table_type="temporary", compression="snappy")
        same(cursor.execute("show tables like 'PASSING'").fetchone()[4], "TEMPORARY")
        cursor.execute("create schema other")
        write_pandas(connection, frame, "ELSEWHERE", schema="OTHER", auto_create_table=True, on_error="continue")
        same(cursor.execute(count + "other.elsewhere").fetchone()[0], 1000)


@scenario
def writes_bytes() -> None:
    """A table that is made has a BINARY column; one that is there is given texts, which are hexadecimal for BINARY."""
    frame = pandas.DataFrame({"B": [b"\xff\x00", None]})
    with database("bytes") as connection:
        cursor = connection.cursor()
        write_pandas(connection, frame, "MADE", auto_create_table=True)
        same(cursor.execute("select b from made").fetchall(), [(bytearray(b"\xff\x00"),), (None,)])
        same(cursor.execute("describe table made").fetchone()[1], "BINARY(8388608)")
        cursor.execute("create table given (b binary)")
        write_pandas(connection, pandas.DataFrame({"B": [b"6162"]}), "GIVEN")
        same(cursor.execute("select b from given").fetchall(), [(bytearray(b"ab"),)])
        write_pandas(connection, frame, "GIVEN", overwrite=True)
        same(cursor.execute("select b from given").fetchall(), [(bytearray(b"\xff\x00"),), (None,)])
        fails(lambda: write_pandas(connection, frame, "GIVEN"), connector.errors.ProgrammingError, "Invalid UTF8")


@scenario
def writes_names_as_they_are() -> None:
    frame = pandas.DataFrame({"id": [1, 2], "Mixed Case": ["x", "y"]})
    with database("named_frames") as connection:
        cursor = connection.cursor()
        write_pandas(connection, frame, "lower", auto_create_table=True)
        same(cursor.execute('select "id", "Mixed Case" from "lower" order by 1').fetchall(), [(1, "x"), (2, "y")])
        fails(lambda: cursor.execute("select * from lower"), connector.errors.ProgrammingError, "002003")
        write_pandas(connection, frame[["id"]], "folded", auto_create_table=True, quote_identifiers=False)
        same(cursor.execute("select id from FOLDED order by 1").fetchall(), [(1,), (2,)])


@scenario
def writes_every_type() -> None:
    frame = pandas.DataFrame(
        {
            "I": pandas.array([1, None], dtype="Int64"),
            "F": [1.5, float("nan")],
            "B": pandas.array([True, None], dtype="boolean"),
            "D": [dt.date(2024, 2, 29), None],
            "T": [pandas.Timestamp("2024-02-29 12:34:56.789123"), pandas.NaT],
            "Z": [pandas.Timestamp("2024-02-29 12:00", tz="Europe/Zurich"), pandas.NaT],
            "N": [Decimal("1.50"), None],
            "V": [{"k": [1, 2]}, None],
        }
    )
    with database("typed_frames", session_parameters={"TIMEZONE": "UTC"}) as connection:
        cursor = connection.cursor()
        write_pandas(connection, frame, "MADE", auto_create_table=True, use_logical_type=True)
        row, nulls = cursor.execute("select i, f, b, d, t, n, v from made order by i nulls last").fetchall()
        same(
            row[:6], (1, 1.5, True, dt.date(2024, 2, 29), dt.datetime(2024, 2, 29, 12, 34, 56, 789123), Decimal("1.50"))
        )
        same([value for index, value in enumerate(nulls) if index != 1], [None] * 6)
        same(cursor.execute("select v:k[1]::int, z::timestamp_ntz from made where i = 1").fetchone(),
             (2, dt.datetime(2024, 2, 29, 11)))  # fmt: skip


@scenario
def reads_frames_by_arrow() -> None:
    with connector.connect(**options(arrow_number_to_decimal=True)) as connection:
        table = connection.cursor().execute("select 1::number(10,2) a, '2024-02-29'::date b").fetch_arrow_all()
        same([str(field.type) for field in table.schema], ["decimal128(38, 2)", "date32[day]"])
        assert isinstance(table, pa.Table)


if __name__ == "__main__":
    main()
