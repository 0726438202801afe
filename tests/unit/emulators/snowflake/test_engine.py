"""The engine as its callers use it: binds, persistence, sessions side by side, cancelling."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from dw_simulator.emulators.snowflake.engine import Engine
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.interfaces import Bind
from dw_simulator.emulators.snowflake.results import StatementResult
from dw_simulator.emulators.snowflake.sessions import Session
from dw_simulator.emulators.snowflake.types import model as m

Execute = Callable[..., StatementResult]


def _rows(result: StatementResult) -> list[tuple[object, ...]]:
    return [row for batch in result.batches for row in zip(*(c.to_pylist() for c in batch.columns), strict=True)]


@pytest.mark.parametrize(
    ("bind", "value", "kind"),
    [
        (Bind("1", m.number(), 7), 7, "NUMBER(1,0)"),
        (Bind("1", m.number(), Decimal("1.50")), Decimal("1.50"), "NUMBER(3,2)"),
        (Bind("1", m.text(), "it's"), "it's", "VARCHAR(4)"),
        (Bind("1", m.real(), 0.5), 0.5, "FLOAT"),
        (Bind("1", m.boolean(), True), True, "BOOLEAN"),
        (Bind("1", m.binary(), b"\x01"), b"\x01", "BINARY(8388608)"),
        (Bind("1", m.text(), None), None, "VARCHAR(16777216)"),
    ],
)
def test_binds(execute: Execute, bind: Bind, value: object, kind: str) -> None:
    for sql in ("select ?", "select :1"):
        result = execute(sql, [bind])
        assert _rows(result) == [(value,)]
        assert result.columns[0].type.sql_name() == kind


def test_array_binds_insert_all_rows_at_once(execute: Execute) -> None:
    execute("create table t(a int, b varchar)")
    binds = [
        Bind("1", m.number(), array=pa.array([1, 2, None])),
        Bind("2", m.text(), array=pa.array(["x", None, "z"])),
    ]
    result = execute("insert into t values (?, ?)", binds)
    assert result.row_counts == {"numRowsInserted": 3}
    assert _rows(execute("select * from t order by a")) == [(1, "x"), (2, None), (None, "z")]


def test_create_table_as_select_tells_how_many_rows_it_put_in(execute: Execute) -> None:
    assert execute("create temporary table t as select 1 a union all select 2").row_counts == {"numRowsInserted": 2}
    assert execute("create table u(a int)").row_counts == {}


CONSTANTS: dict[str, tuple[str, list[str]]] = {
    "whole numbers": ("number(10)", ["1", "-20", "+3", "null", "007"]),
    "numbers of other scales": ("number(10, 2)", ["1", "-2.5", "3.125", "null", "4.", ".5"]),
    "numbers as floats": ("float", ["1", "-2.5", "0.1", "null"]),
    "numbers with an exponent": ("float", ["1e3", "2", "-1.5e-3", "null"]),
    "numbers as text": ("varchar", ["1", "2.50", "-3", "null"]),
    "numbers of 38 digits": ("number(38)", ["99999999999999999999999999999999999999", "1", "-1"]),
    "text": ("varchar(20)", ["'x'", "'it''s'", "null", "''", "'a\\nb'", "'Σ'"]),
    "text as numbers": ("number(10, 3)", ["'1.5'", "' 2 '", "null", "'-3'"]),
    "text as dates": ("date", ["'2024-02-29'", "'1999-12-31'", "null"]),
    "text as timestamps": ("timestamp_ntz", ["'2024-02-29 12:30:00.5'", "'1999-12-31'", "null"]),
    "text as variants": ("variant", ["'x'", "'1'", "null"]),
    "booleans": ("boolean", ["true", "FALSE", "null"]),
    "text and numbers": ("number(10, 1)", ["'1.5'", "2", "null"]),
    "nothing but nulls": ("varchar", ["null", "null"]),
    "expressions": ("number(10)", ["1 + 1", "2", "length('abc')"]),
}


@pytest.mark.parametrize("name", CONSTANTS)
def test_many_rows_of_constants_are_stored_as_a_few_are(execute: Execute, name: str) -> None:
    kind, values = CONSTANTS[name]
    execute(f"create table t(n int autoincrement, v {kind}, d varchar default 'd')")
    for few in values * 8:
        execute(f"insert into t(v) values ({few})")
    expected = _rows(execute("select v, d from t order by n"))
    execute("truncate table t")
    result = execute(f"insert into t(v) values {', '.join(f'({value})' for value in values * 8)}")
    assert result.row_counts == {"numRowsInserted": len(values) * 8}
    assert _rows(execute("select v, d from t order by n")) == expected
    execute("begin")
    execute(f"insert overwrite into t(v) values {', '.join(f'({value})' for value in values * 8)}")
    execute("commit")
    assert _rows(execute("select v, d from t order by n")) == expected


@pytest.mark.parametrize(
    ("kind", "good", "bad", "errno"),
    [
        ("number(3)", "1", "1000", 100039),
        ("number(3)", "'1'", "'x'", 100038),
        ("varchar(2)", "'1'", "'long'", 100078),
        ("date", "'2024-01-01'", "'no date'", 100040),
        ("int not null", "1", "null", 100072),
    ],
)
def test_one_bad_constant_of_many_is_named_and_nothing_stored(
    execute: Execute, kind: str, good: str, bad: str, errno: int
) -> None:
    execute(f"create table t(v {kind})")
    with pytest.raises(SnowflakeError) as few:
        execute(f"insert into t values ({good}), ({bad})")
    with pytest.raises(SnowflakeError) as many:
        execute(f"insert into t values {f'({good}), ' * 20} ({bad})")
    assert (many.value.errno, many.value.message) == (few.value.errno, few.value.message)
    assert many.value.errno == errno
    assert _rows(execute("select count(*) from t")) == [(0,)]


def test_committed_rows_survive_a_restart(tmp_path: Path) -> None:
    engine = Engine.open(tmp_path)
    session = Session(id=1, user="A")
    for number, sql in enumerate(
        (
            "create database d",
            "create table t(a int, v variant)",
            "insert into t select 1, [1]",
            "create procedure p(x int default 2) returns int as $$ begin return (select sum(a) + :x from t); end $$",
        )
    ):
        engine.execute(session, sql, binds=None, query_id=str(number))
    engine.execute(session, "begin", binds=None, query_id="b")
    engine.execute(session, "insert into t(a) values (2)", binds=None, query_id="c")
    engine.close_session(session)
    engine.close()
    again = Engine.open(tmp_path)
    session = Session(id=2, user="A", database="D")
    again.open_session(session)
    assert session.schema == "PUBLIC"
    assert _rows(again.execute(session, "select a, v[0]::int from t", binds=None, query_id="d")) == [(1, 1)]
    assert _rows(again.execute(session, "call p()", binds=None, query_id="e")) == [(3,)]
    again.close()


def test_sessions_see_each_others_commits_only(engine: Engine, session: Session, execute: Execute) -> None:
    other = Session(id=10_000, user="B", database=session.database, schema="PUBLIC")
    engine.open_session(other)

    def count() -> object:
        return _rows(engine.execute(other, "select count(*) from t", binds=None, query_id="o"))[0][0]

    execute("create table t(a int)")
    execute("begin")
    execute("insert into t values (1)")
    assert count() == 0
    execute("commit")
    assert count() == 1
    engine.close_session(other)


@pytest.mark.parametrize(
    "sql",
    [
        "select count(*) from table(generator(rowcount => 100000000)) a, table(generator(rowcount => 1000000)) b",
        "begin loop null; end loop; exception when other then return 'caught'; end",
    ],
    ids=["query", "block"],
)
def test_cancel_interrupts_a_running_statement(engine: Engine, session: Session, sql: str) -> None:
    failures: list[SnowflakeError] = []
    started = threading.Event()

    def run() -> None:
        started.set()
        try:
            list(engine.execute(session, sql, binds=None, query_id="long").batches)
        except SnowflakeError as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    started.wait()
    while thread.is_alive():
        engine.cancel("long")
        thread.join(0.05)
    assert [error.errno for error in failures] == [604]


def test_describe_only_runs_nothing(engine: Engine, session: Session, execute: Execute) -> None:
    execute("create table t(a int)")
    result = engine.execute(session, "insert into t values (1)", binds=None, query_id="x", describe_only=True)
    assert [column.name for column in result.columns] == ["number of rows inserted"]
    assert _rows(execute("select count(*) from t")) == [(0,)]


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("call p()", "P"),
        ("begin insert into t values (1); end", "anonymous block"),
        ("declare x int; begin insert into t values (1); end", "anonymous block"),
    ],
)
def test_describing_programs_runs_nothing(
    engine: Engine, session: Session, execute: Execute, sql: str, name: str
) -> None:
    execute("create table t(a int)")
    execute("create procedure p() returns int as $$ begin insert into t values (1); return 1; end $$")
    result = engine.execute(session, sql, binds=None, query_id="x", describe_only=True)
    assert [column.name for column in result.columns] == [name]
    assert _rows(execute("select count(*) from t")) == [(0,)]


def test_what_a_block_does_is_undone_with_the_transaction_around_it(execute: Execute) -> None:
    execute("create table t(a int)")
    execute("begin transaction")
    execute("begin insert into t values (1); select 1/0; exception when other then insert into t values (2); end")
    assert _rows(execute("select a from t order by a")) == [(1,), (2,)]
    execute("rollback")
    assert _rows(execute("select count(*) from t")) == [(0,)]


def test_policies_and_tags_survive_a_restart(tmp_path: Path) -> None:
    engine = Engine.open(tmp_path)
    session = Session(id=1, user="A")
    statements = (
        "create database d",
        "create tag pii",
        "create masking policy mp as (v string) returns string -> '*'",
        "create row access policy rp as (n number) returns boolean -> n > 1",
        "create table t(a int, b string masking policy mp with tag (pii = 'x')) with row access policy rp on (a)",
        "insert into t values (1, 'one'), (2, 'two')",
    )
    for number, sql in enumerate(statements):
        engine.execute(session, sql, binds=None, query_id=f"a{number}")
    engine.close_session(session)
    engine.close()
    engine = Engine.open(tmp_path)
    session = Session(id=2, user="A", database="D")
    sql = "select a, b, system$get_tag('pii', 't.b', 'column') from t"
    assert _rows(engine.execute(session, sql, binds=None, query_id="b")) == [(2, "*", "x")]
    engine.close_session(session)
    engine.close()


@pytest.mark.parametrize(
    ("sql", "feature"),
    [
        ("create or replace dynamic iceberg table t as select 1", "CREATE DYNAMIC ICEBERG TABLE"),
        ("create or alter notebook n", "CREATE OR ALTER NOTEBOOK"),
        ("create compute pool if not exists p min_nodes = 1", "CREATE COMPUTE POOL"),
        ("create share s", "CREATE SHARE"),
    ],
)
def test_what_is_not_there_is_called_by_its_name(execute: Execute, sql: str, feature: str) -> None:
    with pytest.raises(SnowflakeError, match=f"Unsupported feature '{feature}'"):
        execute(sql)
