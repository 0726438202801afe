"""What users do with the Python driver's cursors and connections: forms of results, binds, scripts, files, asyncio."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import json
import time
from typing import Any

import snowflake.connector as connector
from harness import PLACE, fails, main, options, same, scenario
from snowflake.connector import DictCursor, aio, errors

GENERATION = int(connector.__version__.partition(".")[0])


def connect(**more: Any) -> Any:
    return connector.connect(**options(**more))


def database(name: str, **more: Any) -> Any:
    name = f"{name}_{GENERATION}"
    with connect() as first:
        first.cursor().execute(f"create or replace database {name}")
    return connect(database=name, schema="public", **more)


@scenario
def forms_of_rows() -> None:
    sql = "select seq4() n, 'x' || n name from table(generator(rowcount => 5)) order by 1"
    with connect() as connection:
        with connection.cursor(DictCursor) as cursor:
            same(cursor.execute(sql).fetchone(), {"N": 0, "NAME": "x0"})
            same(cursor.fetchmany(2), [{"N": 1, "NAME": "x1"}, {"N": 2, "NAME": "x2"}])
            same([row["N"] for row in cursor], [3, 4])
        cursor = connection.cursor()
        same((cursor.execute(sql).rowcount, cursor.rownumber in (None, -1)), (5, True))
        same([row[0] for row in cursor], [0, 1, 2, 3, 4])
        same((cursor.fetchone(), cursor.fetchall(), cursor.fetchmany(3)), (None, [], []))
        same(cursor.execute("select 1, 1, 1 + 1, count(*)").description[2].name, "1 + 1")
        same([item.name for item in cursor.execute('select 1 as "Mixed", 2 as lower').description], ["Mixed", "LOWER"])


@scenario
def blocks_and_procedures() -> None:
    body = "declare s int := 0; begin for i in 1 to 3 do insert into t values (:i); s := s + i; end for; return s; end"
    with database("blocks") as connection:
        cursor = connection.cursor()
        cursor.execute("create table t(a int)")
        same(cursor.execute(body).fetchall(), [(6,)])
        same([item.name for item in cursor.description], ["anonymous block"])
        cursor.execute(f"create procedure p() returns int language sql as $$ {body} $$")
        same(cursor.callproc("p"), ())
        same(cursor.execute("call p()").fetchall(), [(6,)])
        same(cursor.execute("create procedure q(x int) returns int as $$ begin return x * 2; end $$").rowcount, 1)
        same(cursor.execute("call q(%s)", (21,)).fetchall(), [(42,)])
        cursor.execute(f"{body}; select count(*) from t", num_statements=2)
        same(cursor.fetchall(), [(6,)])
        cursor.nextset()
        same(cursor.fetchall(), [(12,)])
        raising = "declare e exception (-20002, 'Raised E.'); begin raise e; end"
        text = "Uncaught exception of type 'E' on line 1 at position 49 : Raised E."
        raised: Any = fails(lambda: cursor.execute(raising), errors.ProgrammingError, text)
        same((raised.errno, raised.sqlstate), (-20002, "P0001"))
    with database("bound", paramstyle="qmark") as connection:
        cursor = connection.cursor()
        cursor.execute("create table t(a int)")
        block = "declare n int := ?; begin for i in 1 to n do insert into t select ? + :i; end for; return ?; end"
        same(cursor.execute(block, (2, 100, "it's")).fetchall(), [("it's",)])
        same(cursor.execute("select a from t where a >= ? order by a", (100,)).fetchall(), [(101,), (102,)])
        same(cursor.execute("begin return :2 - :1; end", (1, 3)).fetchall(), [(2,)])


@scenario
def paramstyles() -> None:
    styles = {
        "qmark": ("select ?, ?", (1, "it's")),
        "numeric": ("select :2, :1", ("it's", 1)),
        "format": ("select %s, %s", (1, "it's")),
        "pyformat": ("select %(a)s, %(b)s", {"a": 1, "b": "it's"}),
    }
    for style, (sql, values) in styles.items():
        with connect(paramstyle=style) as connection:
            same(connection.cursor().execute(sql, values).fetchone(), (1, "it's"))
    with connect() as connection:
        cursor = connection.cursor()
        if GENERATION == 4:
            same(cursor.execute("select 1 where 2 in (%s) and 'x' in (%s)", ((1, 2), ["x"])).fetchall(), [(1,)])
        same(cursor.execute("select 'a%' like '%a%%'").fetchall(), [(True,)])
        moment = dt.datetime(2024, 2, 29, 12, tzinfo=dt.timezone(dt.timedelta(hours=2)))
        same(cursor.execute("select %s::timestamp_tz", (moment,)).fetchone(), (moment,))
        same(cursor.execute("select %s, %s", (None, True)).fetchone(), (None, True))
        fails(lambda: cursor.execute("select ?", (1,)), Exception)


@scenario
def typed_binds() -> None:
    with connect(paramstyle="qmark", session_parameters={"TIMEZONE": "UTC"}) as connection:
        cursor = connection.cursor()
        moment = dt.datetime(2024, 2, 29, 12, 34, 56, 789123)
        zoned = moment.replace(tzinfo=dt.timezone(dt.timedelta(hours=2)))
        kinds = (("TIMESTAMP_NTZ", moment), ("TIMESTAMP_TZ", zoned), ("TIMESTAMP_LTZ", zoned))
        for kind, value in kinds:
            found = cursor.execute("select ?, system$typeof(?)", ((kind, value), (kind, value))).fetchone()
            same((found[0], kind in found[1]), (value, True))
        same(cursor.execute("select parse_json(?):a::int", (json.dumps({"a": 1}),)).fetchone(), (1,))
        far = (dt.date(2999, 12, 31), dt.date(9999, 12, 31), dt.date(1, 1, 1))
        same(cursor.execute("select ?, ?, ?", far).fetchone(), far)


@scenario
def many_rows() -> None:
    with database("many_forms", paramstyle="qmark") as connection:
        cursor = connection.cursor()
        cursor.execute("create table t (a int, b varchar, v variant, at timestamp_ntz)")
        moment = dt.datetime(2024, 2, 29, 12)
        cursor.executemany(
            "insert into t (a, b, at) values (?, ?, ?)", [(n, None if n % 2 else "x", moment) for n in range(10)]
        )
        same(cursor.rowcount, 10)
        documents = [[20, '{"k": 1}'], [21, "[1]"]]
        cursor.executemany("insert into t (a, v) select column1, parse_json(column2) from values (?, ?)", documents)
        same(cursor.execute("select count(*), count(b), sum(v:k::int), min(at) from t").fetchone(), (12, 5, 1, moment))
    with database("many_forms_format") as connection:
        cursor = connection.cursor()
        cursor.execute("create table t (a int, b varchar)")
        cursor.executemany("insert into t (a, b) values (%(a)s, %(b)s)", [{"a": 1, "b": "x"}, {"a": 2, "b": "it's"}])
        same(cursor.execute("select * from t order by a").fetchall(), [(1, "x"), (2, "it's")])


@scenario
def scripts() -> None:
    with database("scripted") as connection:
        text = "create table t (a int); insert into t values (1), (2); -- words; of a comment\nselect sum(a) from t;"
        cursors = list(connection.execute_string(text))
        same((len(cursors), cursors[-1].fetchone()), (3, (3,)))
        same(
            [cursor.fetchall() for cursor in connection.execute_stream(io.StringIO("select 1;\nselect ';' a;"))],
            [[(1,)], [(";",)]],
        )
        cursor = connection.cursor()
        cursor.execute("select 1; insert into t values (7); select a from t where a > 5", num_statements=3)
        found = [cursor.fetchall()]
        while cursor.nextset():
            found.append(cursor.fetchall())
        same(found, [[(1,)], [(1,)], [(7,)]])
        cursor.execute("select 1; select 2; select 3", num_statements=0)
        cursor.execute("alter session set multi_statement_count = 0")
        same(cursor.execute("select 4; select 5").fetchall(), [(4,)])
    with connect(paramstyle="qmark") as connection:
        cursor = connection.cursor()
        cursor.execute("select ?; select 'none'; select ?, ?", (10, "a", None), num_statements=3)
        found = [cursor.fetchall()]
        while cursor.nextset():
            found.append(cursor.fetchall())
        same(found, [[(10,)], [("none",)], [("a", None)]])


@scenario
def described() -> None:
    with database("described_forms") as connection:
        cursor = connection.cursor()
        cursor.execute(
            "create table t (a number(10,2) not null, b varchar(20), c timestamp_ntz(3), d variant, e binary(8))"
        )
        statements = ("insert into t (a, b) values (1, 'x')", "insert all into t (a) values (1) select 1", "truncate t")
        for sql in (
            *statements,
            "show tables",
            "describe table t",
            "drop table t",
            "create table u (a int)",
            "delete from t",
        ):
            described = [column.name for column in cursor.describe(sql)]
            assert described, sql
        same([column.name for column in cursor.describe("select * from t")], ["A", "B", "C", "D", "E"])
        same(cursor.execute("select count(*) from t").fetchone(), (0,))
        same([row[1] for row in cursor.execute("show tables")], ["T"])
        same([column.name for column in cursor.describe("select %s a", (1,))], ["A"])
        cursor.execute("select a, count(*) from values (1), (2) v(a) group by rollup (a) order by a nulls last")
        same([column.is_nullable for column in cursor.description], [True, False])
        same(cursor.fetchall(), [(1, 1), (2, 1), (None, 2)])
        fails(lambda: cursor.describe("select nope from t"), errors.ProgrammingError, "000904")
    with connect(database=f"described_forms_{GENERATION}", schema="public", paramstyle="qmark") as connection:
        cursor = connection.cursor()
        same([column.name for column in cursor.describe("select a, ? b from t where b = ? limit 1")], ["A", "B"])
        same([column.name for column in cursor.describe("insert into t (a) values (?)")], ["number of rows inserted"])
        same([column.name for column in cursor.describe("delete from t where a = ?")], ["number of rows deleted"])
        fails(lambda: cursor.execute("select a from t where b = ?"), errors.ProgrammingError, "002049")


@scenario
def settings_of_sessions() -> None:
    given = {"QUERY_TAG": "mine", "TIMEZONE": "Asia/Tokyo", "WEEK_START": 1}
    with connect(session_parameters=given, autocommit=False, client_session_keep_alive=True) as connection:
        cursor = connection.cursor()
        same(cursor.execute("select current_timestamp()").fetchone()[0].utcoffset(), dt.timedelta(hours=9))
        shown = {row[0]: (row[1], row[3]) for row in cursor.execute("show parameters like '%TAG'")}
        same(shown["QUERY_TAG"], ("mine", "SESSION"))
        cursor.execute("alter session set timestamp_type_mapping = 'TIMESTAMP_LTZ', date_output_format = 'DD.MM.YYYY'")
        same(cursor.execute("select '2024-02-29'::date::varchar").fetchone(), ("29.02.2024",))
        cursor.execute("alter session unset date_output_format")
        same(cursor.execute("select '2024-02-29'::date::varchar").fetchone(), ("2024-02-29",))
        connection.autocommit(True)
        same(cursor.execute("show parameters like 'AUTOCOMMIT'").fetchone()[1], "true")
        cursor.execute("set word = 'kept'")
        same(cursor.execute("select $word").fetchone(), ("kept",))
        same((connection.is_closed(), connection.is_valid()), (False, True))
        cursor.execute("create or replace database settled")
        cursor.execute("use schema information_schema")
        same((connection.database, connection.schema), ("SETTLED", "INFORMATION_SCHEMA"))
        same(cursor.execute("select 1", _statement_params={"QUERY_TAG": "once"}).fetchone(), (1,))


@scenario
def asynchronous_results() -> None:
    with connect() as connection, connect() as other:
        cursor = connection.cursor()
        cursor.execute_async("select system$wait(300, 'MILLISECONDS')")
        query_id = cursor.sfqid
        same(connection.get_query_status(query_id).name in ("RUNNING", "QUEUED", "SUCCESS"), True)
        later = other.cursor()
        later.get_results_from_sfqid(query_id)
        same(later.fetchall(), [("waited 300 milliseconds",)])
        same(connection.get_query_status_throw_if_error(query_id).name, "SUCCESS")
        cursor.execute_async("select 1/0")
        wrong, query_id = connection.cursor(), cursor.sfqid

        def result_of_wrong() -> None:
            wrong.get_results_from_sfqid(query_id)  # fails here when the statement has failed by then
            wrong.fetchall()

        fails(result_of_wrong, errors.Error, "Division by zero")
        ids = [connection.cursor().execute_async(f"select {n}")["queryId"] for n in range(5)]
        found = []
        for query_id in ids:
            later.get_results_from_sfqid(query_id)
            found += later.fetchall()
        same(found, [(n,) for n in range(5)])
        same(cursor.query_result(ids[0]).fetchall(), [(0,)])


@scenario
def cancels() -> None:
    with connect() as connection, connect() as other:
        cursor = connection.cursor()
        if GENERATION == 4:  # driver 5 takes the argument and does nothing with it
            fails(lambda: cursor.execute("select system$wait(60)", timeout=1), errors.Error)
        cursor.execute_async("select system$wait(60)")
        query_id = cursor.sfqid
        deadline = time.monotonic() + 55
        while connection.get_query_status(query_id).name != "RUNNING" and time.monotonic() < deadline:
            time.sleep(0.02)
        terminated = (f"query [{query_id}] terminated.",)
        same(other.cursor().execute(f"select system$cancel_query('{query_id}')").fetchone(), terminated)
        while connection.is_still_running(connection.get_query_status(query_id)) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert connection.is_an_error(connection.get_query_status(query_id))
        again = other.cursor().execute("select system$cancel_query(%s)", (query_id,)).fetchone()
        same(again, ("Identified SQL statement is not currently executing.",))


@scenario
def files_put_and_got() -> None:
    folder = PLACE.folder / "cursor-files"
    folder.mkdir()
    for name in ("a.csv", "b.csv", "c.txt"):
        (folder / name).write_text(f"1,{name}\n")
    with database("cursor_files") as connection:
        cursor = connection.cursor()
        cursor.execute("create stage s")
        found = cursor.execute(f"put 'file://{folder}/*.csv' @s/in parallel = 2 auto_compress = false").fetchall()
        same(sorted((row[0], row[6]) for row in found), [("a.csv", "UPLOADED"), ("b.csv", "UPLOADED")])
        again = cursor.execute(f"put file://{folder}/a.csv @s/in auto_compress = false").fetchall()
        assert again[0][6] in ("SKIPPED", "UPLOADED"), again
        over = cursor.execute(f"put file://{folder}/a.csv @s/in auto_compress = false overwrite = true").fetchall()
        same(over[0][6], "UPLOADED")
        cursor.execute("put file://stream.csv @s/stream", file_stream=io.BytesIO(b"2,y\n"))
        same(cursor.execute("select $1, $2 from @s/stream").fetchall(), [("2", "y")])
        target = folder / "got"
        target.mkdir()
        got = cursor.execute(f"get @s/in file://{target} pattern = '.*b[.]csv'").fetchall()
        same([(row[0], row[2]) for row in got], [("b.csv", "DOWNLOADED")])
        same((target / "b.csv").read_text(), "1,b.csv\n")
        same(cursor.execute("remove @s/in pattern = '.*a.*'").fetchall(), [("s/in/a.csv", "removed")])
        fails(lambda: cursor.execute(f"put file://{folder}/none.csv @s"), errors.Error)
        missing = f"Stage 'CURSOR_FILES_{GENERATION}.PUBLIC.MISSING' does not exist or not authorized"
        fails(lambda: cursor.execute(f"put file://{folder}/a.csv @missing"), errors.ProgrammingError, "002003", missing)


@scenario
def with_asyncio() -> None:
    async def work() -> None:
        connection = aio.SnowflakeConnection(**options())
        await connection.connect()
        cursor = connection.cursor()
        await cursor.execute("select seq4() a from table(generator(rowcount => 3)) order by 1")
        same(await cursor.fetchall(), [(0,), (1,), (2,)])
        await cursor.execute("select %s, %s", (1, "x"))
        same(await cursor.fetchone(), (1, "x"))
        results = await asyncio.gather(*(_value(connection, n) for n in range(4)))
        same(results, [0, 1, 2, 3])
        try:
            await cursor.execute("select * from nothing.public.t")
        except errors.ProgrammingError as error:
            same(error.errno, 2003)
        else:
            raise AssertionError("no error")
        await connection.close()

    asyncio.run(work())


async def _value(connection: Any, number: int) -> int:
    cursor = connection.cursor()
    await cursor.execute(f"select {number}")
    return (await cursor.fetchone())[0]


if __name__ == "__main__":
    main()
