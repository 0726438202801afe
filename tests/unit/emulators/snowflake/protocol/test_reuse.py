"""Repeated statements that are answered from an earlier result, through the HTTP surface and with the real engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dw_simulator.emulators.snowflake.reuse import is_constant
from dw_simulator.emulators.snowflake.translation.parser import Parser

from .engine_client import EngineClient


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineClient]:
    client = EngineClient(tmp_path_factory.mktemp("reuse"))
    yield client
    client.close()


@pytest.fixture
def client(opened: EngineClient) -> EngineClient:
    """With a session of its own."""
    opened.login("JavaScript")
    return opened


def test_a_constant_query_is_answered_from_the_earlier_result(client: EngineClient) -> None:
    first = client.query("select 1 as n, 'x'")
    again = client.query("select 1 as n, 'x'")
    ids = [answer["data"].pop("queryId") for answer in (first, again)]
    for answer in (first, again):
        answer["data"].pop("sendResultTime")
    assert first == again
    assert again["data"]["rowset"] == [["1", "x"]]
    assert ids[0] != ids[1]
    assert [client.service.queries.find(each).reused for each in ids] == [False, True]  # type: ignore[union-attr]


def test_other_sessions_and_other_formats_share_a_result(client: EngineClient) -> None:
    client.rows("select 2, 'shared'")
    client.login("PythonConnector")
    known, again = (client.query("select 2, 'shared'")["data"] for _ in range(2))
    assert known["queryResultFormat"] == "arrow"
    assert "rowset" not in known
    assert known["rowsetBase64"] == again["rowsetBase64"] != ""
    client.login("JavaScript")
    assert client.rows("select 2, 'shared'") == ([["2", "shared"]], True)


def test_use_cached_result_false_runs_the_statement(client: EngineClient) -> None:
    client.rows("select 3")
    assert client.rows("select 3", parameters={"USE_CACHED_RESULT": False}) == ([["3"]], False)
    client.rows("alter session set use_cached_result = false")
    assert client.rows("select 3") == ([["3"]], False)
    client.rows("alter session unset use_cached_result")
    assert client.rows("select 3") == ([["3"]], True)


def test_a_reused_result_has_its_place_in_the_session_and_in_the_history(client: EngineClient) -> None:
    client.rows("select 4 as a, 'four'")
    query_id = client.query("select 4 as a, 'four'")["data"]["queryId"]
    assert client.rows("select last_query_id()")[0] == [[query_id]]
    assert client.rows(f"select * from table(result_scan('{query_id}'))")[0] == [["4", "four"]]
    client.rows("create database if not exists reuse")
    history = (
        "select query_text, execution_status, rows_produced, bytes_scanned, end_time >= start_time"
        f" from table(information_schema.query_history()) where query_id = '{query_id}'"
    )
    assert client.rows(history)[0] == [["select 4 as a, 'four'", "SUCCESS", "1", "0", "1"]]


@pytest.mark.parametrize("sent", ["select 5 -- end", "select 6; -- end", "select 7; /* tag */;", "select 8;"])
def test_the_history_has_what_was_sent(client: EngineClient, sent: str) -> None:
    client.rows("create or replace database reuse_sent")
    client.rows("alter session set query_tag = 'tagged'")
    query_id = client.query(sent)["data"]["queryId"]
    history = "select query_text, query_tag from table(information_schema.query_history()) where query_id = "
    assert client.rows(f"{history}'{query_id}'")[0] == [[sent, "tagged"]]


def test_what_may_change_is_run_each_time(client: EngineClient) -> None:
    client.rows("set v = 1")
    assert client.rows("select $v") == ([["1"]], False)
    client.rows("set v = 2")
    assert client.rows("select $v") == ([["2"]], False)
    for text, value in (("select 1", "1"), ("select 2", "2")):
        client.rows(f"set v = '{text}'")
        assert client.rows("execute immediate $v") == ([[value]], False)
        assert client.rows(f"begin let r resultset := ({text}); return table(r); end") == ([[value]], False)
    binds = [{"1": {"type": "FIXED", "value": value}} for value in ("5", "6")]
    assert [client.rows("select ?", bindings=each) for each in binds] == [([["5"]], False), ([["6"]], False)]


def test_errors_are_not_kept_and_leave_transactions_as_they_are(client: EngineClient) -> None:
    assert [client.query("select 1 / 0")["code"] for _ in range(2)] == ["100051", "100051"]
    client.rows("create or replace database reuse_open")
    client.rows("create table t (n int)")
    client.rows("select 5")
    client.rows("begin")
    client.rows("insert into t values (1)")
    assert client.query("select 1 / 0")["code"] == "100051"
    assert client.rows("select 5") == ([["5"]], True)
    client.rows("rollback")
    assert client.rows("select count(*) from t")[0] == [["0"]]


def test_a_parameter_that_may_change_a_result_has_it_computed_again(client: EngineClient) -> None:
    client.rows("select 7")
    client.rows("alter session set timezone = 'Asia/Tokyo'")
    assert [client.rows("select 7") for _ in range(2)] == [([["7"]], False), ([["7"]], True)]


def test_a_describe_has_columns_only(client: EngineClient) -> None:
    client.rows("select 6")
    assert client.rows("select 6", describeOnly=True) == ([], False)


@pytest.mark.parametrize(
    ("sql", "constant"),
    [
        ("select 1", True),
        ("select -1 + 2 * 3 as n, 'a' || 'b', null, true and not false", True),
        ("select 1 limit 0", False),
        ("select distinct 1", False),
        ("select 1 where 1 = 2", False),
        ("select 1 union all select 2", False),
        ("select (select 1)", False),
        ("select 1 from t", False),
        ("select random()", False),
        ("select current_date", False),
        ("select 'now'::timestamp", False),
        ("select '2024-01-01' + interval '1 day'", False),
        ("select $1", False),
        ("select ?", False),
        ("values (1)", False),
        ("with c as (select 1) select 1", False),
    ],
)
def test_what_is_constant(sql: str, constant: bool) -> None:
    assert is_constant(Parser(sql).query()) is constant
