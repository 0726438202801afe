"""Repeated queries over tables: answered from an earlier result until any data changes, and never from an old one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .engine_client import EngineClient


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineClient]:
    client = EngineClient(tmp_path_factory.mktemp("reuse"))
    yield client
    client.close()


@pytest.fixture
def client(opened: EngineClient) -> EngineClient:
    """With a session of its own, in a database with the tables T (1 and 2) and U (1)."""
    opened.login("JavaScript")
    opened.rows("create or replace database reuse")
    for sql in (
        "create table t (n int, s varchar)",
        "insert into t values (1, 'a'), (2, 'b')",
        "create table u (n int)",
        "insert into u values (1)",
    ):
        opened.rows(sql)
    return opened


def _other(client: EngineClient, *statements: str) -> None:
    """Run statements in a session of another login."""
    token = client.token
    client.login("JavaScript")
    client.rows("use schema reuse.public")
    for sql in statements:
        client.rows(sql)
    client.token = token


QUERY = "select count(*), sum(n) from t"


def test_a_query_is_answered_again_while_nothing_changes(client: EngineClient) -> None:
    assert [client.rows(QUERY) for _ in range(3)] == [([["2", "3"]], False), ([["2", "3"]], True), ([["2", "3"]], True)]
    joined = "select t.s, u.n from t join u on u.n = t.n order by 1"
    assert [client.rows(joined) for _ in range(2)] == [([["a", "1"]], False), ([["a", "1"]], True)]
    token = client.token
    client.login("JavaScript")
    client.rows("use schema reuse.public")
    assert client.rows(QUERY) == ([["2", "3"]], True)
    client.token = token


CHANGES = {
    "insert": "insert into t values (10, 'x')",
    "insert of a query": "insert into t select n + 9, 'x' from u",
    "insert overwrite": "insert overwrite into t values (1, ''), (2, ''), (10, '')",
    "insert all": "insert all into t values (n + 9, 'x') select n from u",
    "merge": "merge into t using (select 10 as n) s on t.n = s.n when not matched then insert (n) values (s.n)",
    "execute immediate": "execute immediate 'insert into t values (10, 1)'",
    "block": "begin insert into t values (10, 'x'); end",
    "replaced table": "create or replace table t as select * from (values (1, 'a'), (2, 'b'), (10, 'x')) as v (n, s)",
    "view in its place": "create or replace table t as select 3 as n from u union all select 5 from u union all"
    " select 5 from u",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
@pytest.mark.parametrize("elsewhere", [False, True], ids=["own session", "other session"])
def test_a_change_is_seen(client: EngineClient, change: str, elsewhere: bool) -> None:
    client.rows(QUERY)
    assert client.rows(QUERY) == ([["2", "3"]], True)
    _other(client, change) if elsewhere else client.rows(change)
    assert client.rows(QUERY) == ([["3", "13"]], False)
    assert client.rows(QUERY) == ([["3", "13"]], True)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("update t set n = n + 1", ["2", "5"]),
        ("update t set n = u.n from u where u.n = t.n - 1", ["2", "2"]),
        ("delete from t where n = 1", ["1", "2"]),
        ("delete from t using u where t.n = u.n", ["1", "2"]),
        ("truncate table t", ["0", None]),
        ("alter table t swap with u", ["1", "1"]),
    ],
)
def test_rows_that_change_or_go_are_seen(client: EngineClient, change: str, expected: list[str | None]) -> None:
    client.rows(QUERY)
    client.rows(change)
    assert client.rows(QUERY) == ([expected], False)


def test_an_open_transaction_sees_its_own_rows_and_nobody_else_does(client: EngineClient) -> None:
    client.rows(QUERY)
    client.rows("begin")
    assert client.rows(QUERY) == ([["2", "3"]], False)
    client.rows("insert into t values (10, 'x')")
    assert client.rows(QUERY) == ([["3", "13"]], False)
    token = client.token
    client.login("JavaScript")
    client.rows("use schema reuse.public")
    assert client.rows(QUERY) == ([["2", "3"]], False)
    assert client.rows(QUERY) == ([["2", "3"]], True)
    client.token, other = token, client.token
    client.rows("rollback")
    assert client.rows(QUERY)[0] == [["2", "3"]]
    client.rows("begin")
    client.rows("insert into t values (10, 'x')")
    client.token = other
    assert client.rows(QUERY)[0] == [["2", "3"]]
    client.token = token
    client.rows("commit")
    client.token = other
    assert client.rows(QUERY) == ([["3", "13"]], False)


def test_a_session_without_autocommit_runs_its_queries(client: EngineClient) -> None:
    client.rows(QUERY)
    client.rows("alter session set autocommit = false")
    client.rows("delete from t")
    assert client.rows(QUERY) == ([["0", None]], False)
    client.rows("rollback")
    assert client.rows(QUERY) == ([["2", "3"]], False)


def test_a_temporary_table_stands_in_front(client: EngineClient) -> None:
    client.rows(QUERY)
    client.rows("create temporary table t as select 7 as n")
    assert [client.rows(QUERY) for _ in range(2)] == [([["1", "7"]], False)] * 2
    client.rows("drop table t")
    assert client.rows(QUERY)[0] == [["2", "3"]]


def test_views_and_what_they_read(client: EngineClient) -> None:
    client.rows("create view v as select n * 2 as n from t")
    query = "select sum(n) from v"
    assert [client.rows(query) for _ in range(2)] == [([["6"]], False), ([["6"]], True)]
    client.rows("insert into t values (10, 'x')")
    assert client.rows(query) == ([["26"]], False)
    client.rows("create or replace view v as select n * 3 as n from t")
    assert client.rows(query) == ([["39"]], False)


def test_a_dynamic_table_changes_with_its_refresh(client: EngineClient) -> None:
    client.rows("create warehouse if not exists w")
    client.rows("create dynamic table d target_lag = '1 hour' warehouse = w as select sum(n) as n from t")
    query = "select n from d"
    assert [client.rows(query) for _ in range(2)] == [([["3"]], False), ([["3"]], True)]
    client.rows("insert into t values (10, 'x')")
    assert client.rows(query)[0] == [["3"]]
    client.rows("alter dynamic table d refresh")
    assert client.rows(query) == ([["13"]], False)


def test_files_that_are_loaded_are_seen(client: EngineClient, tmp_path: Path) -> None:
    client.rows("create stage s")
    client.rows("copy into @s/rows.csv from (select 10, 'x') single = true")
    query = "select $1 from @s"
    assert [client.rows(query) for _ in range(2)] == [([["10"]], False)] * 2
    client.rows(QUERY)
    client.rows("copy into t from @s")
    assert client.rows(QUERY) == ([["3", "13"]], False)


UNREPEATABLE = {
    "random": "select count(*) from t where random() is not null",
    "uuid": "select length(uuid_string()) from u",
    "sequence": "select q.nextval is not null from u",
    "sample": "select count(*) >= 0 from t sample (50)",
    "time": "select current_timestamp() is not null from u",
    "view with random": "select count(*) from w where r is not null",
    "function": "select twice(n) from u",
    "table function": "select count(*) from table(generator(rowcount => 3)), t",
    "past": "select count(*) from kept at (offset => 0)",
    "stream": "select count(*) from c",
    "catalog": "select count(*) from information_schema.tables where table_name = 'T'",
    "variable": "select $v from u",
    "bind": "select count(*) from t where n = ?",
    "session": "select current_role() is not null from u",
    "earlier result": "select * from table(result_scan(last_query_id()))",
}


@pytest.mark.parametrize("sql", UNREPEATABLE.values(), ids=list(UNREPEATABLE))
def test_what_may_differ_each_time_is_run_each_time(client: EngineClient, sql: str) -> None:
    for made in (
        "create sequence q",
        "create table kept (n int) data_retention_time_in_days = 1",
        "create view w as select random() as r from t",
        "create function twice(x int) returns int as 'x * 2'",
        "create stream c on table t",
        "set v = 1",
    ):
        client.rows(made)
    binds = {"bindings": {"1": {"type": "FIXED", "value": "1"}}} if "?" in sql else {}
    client.rows("select 1 from u")
    assert [client.rows(sql, **binds)[1] for _ in range(2)] == [False, False]


def test_a_policy_shows_each_role_its_own(client: EngineClient) -> None:
    client.rows("create role if not exists analyst")
    client.rows(
        "create masking policy hide as (x varchar) returns varchar -> iff(is_role_in_session('ANALYST'), x, '*')"
    )
    client.rows("alter table t modify column s set masking policy hide")
    query = "select listagg(s, '') from t"
    client.rows("use role analyst")
    client.rows("use secondary roles none")
    assert [client.rows(query) for _ in range(2)] == [([["ab"]], False)] * 2
    client.rows("use role public")
    assert [client.rows(query) for _ in range(2)] == [([["**"]], False)] * 2


def test_parameters_that_shape_values(client: EngineClient) -> None:
    query = "select object_construct('a', n) from u"
    client.rows(query)
    assert client.rows(query)[1]
    client.rows("alter session set json_indent = 0")
    assert client.rows(query) == ([['{"a":1}']], False)
    query = "select to_timestamp_ltz(n)::varchar from u"
    client.rows(query)
    client.rows("alter session set timezone = 'Asia/Tokyo'")
    assert client.rows(query) == ([["1970-01-01 09:00:01.000 +0900"]], False)


def test_the_same_text_in_another_schema(client: EngineClient) -> None:
    client.rows(QUERY)
    client.rows("create schema other")
    client.rows("create table t as select 5 as n")
    assert client.rows(QUERY) == ([["1", "5"]], False)
    client.rows("use schema public")
    assert client.rows(QUERY)[0] == [["2", "3"]]


def test_a_chain_that_ends_in_a_query_is_run(client: EngineClient) -> None:
    sql = f"insert into t values (1, 'x') ->> {QUERY}"
    assert [client.rows(sql) for _ in range(2)] == [([["3", "4"]], False), ([["4", "5"]], False)]


def test_large_results_are_run_again(client: EngineClient) -> None:
    client.rows("create table wide as select repeat('x', 2000) as s from table(generator(rowcount => 1000))")
    assert [client.rows("select s from wide")[1] for _ in range(2)] == [False, False]
    assert [client.rows("select s from wide limit 10")[1] for _ in range(2)] == [False, True]
