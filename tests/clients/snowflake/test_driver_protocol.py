"""What JDBC, ODBC and .NET read of a response besides its rows, asked for as they do."""

from __future__ import annotations

import uuid
from typing import Any

import httpx2 as httpx
import pytest

DDL, LIST, REMOVE, PUT, GET, SHOW = 0x6000, 0x4701, 0x7103, 0x7102, 0x7101, 0x4400


class Session:
    """A session of the connector protocol."""

    def __init__(self, port: int, app_id: str) -> None:
        self._base = f"http://127.0.0.1:{port}"
        self._headers: dict[str, str] = {}
        login = {"LOGIN_NAME": "ada", "PASSWORD": "x", "ACCOUNT_NAME": "local", "CLIENT_APP_ID": app_id}
        token = self._post("/session/v1/login-request", {"data": login})["data"]["token"]
        self._headers = {"Authorization": f'Snowflake Token="{token}"'}

    def _post(self, path: str, body: Any) -> Any:
        given = {"requestId": str(uuid.uuid4())}
        return httpx.post(self._base + path, json=body, params=given, headers=self._headers, timeout=60).json()

    def query(self, sql: str, **body: Any) -> Any:
        return self._post("/queries/v1/query-request", {"sqlText": sql, **body})

    def data(self, sql: str, **body: Any) -> Any:
        answer = self.query(sql, **body)
        assert answer["success"], answer
        return answer["data"]


@pytest.fixture(scope="module")
def session(services: Any) -> Session:
    found = Session(services.snowflake, "JDBC")
    found.data("create or replace database driver_protocol")
    found.data("alter session set JDBC_QUERY_RESULT_FORMAT = JSON")
    found.data("create table t (a int, b varchar, c timestamp_ntz)")
    return found


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("create stage if not exists s", DDL),
        ("list @s", LIST),
        ("remove @s", REMOVE),
        ("put file:///tmp/nothing @s", PUT),
        ("get @s file:///tmp/", GET),
        ("show stages", SHOW),
    ],
)
def test_statement_types(session: Session, sql: str, kind: int) -> None:
    """JDBC takes a statement of another type for one without rows."""
    assert session.data(sql)["statementTypeId"] == kind


@pytest.mark.parametrize(
    ("sql", "count", "arrays"),
    [
        ("insert into t values (?, ?, ?)", 3, True),
        ("insert into t (a) values (? + 1)", 1, True),
        ("insert into t (a) values (?), (?)", 2, False),
        ("insert into t (a) select ?", 1, False),
        ("update t set b = ? where a = ?", 2, False),
        ("delete from t where a = ?", 1, False),
        ("select * from t where a = ?", 1, False),
        ("select 1", 0, False),
    ],
)
def test_described_binds(session: Session, sql: str, count: int, arrays: bool) -> None:
    """A driver sends lists of values where ``arrayBindSupported`` says so, else the statement once a set."""
    data = session.data(sql, describeOnly=True)
    assert (data["numberOfBinds"], data["arrayBindSupported"]) == (count, arrays)
    binds = data.get("metaDataOfBinds", [])
    assert [(bind["type"], bind["nullable"], bind["precision"]) for bind in binds] == [("text", False, None)] * count


@pytest.mark.parametrize(
    "sql",
    [
        "update t set b = 'x' where a = ?",
        "delete from t where a = ?",
        "select ?",
        "insert into t (a) select ?",
        "insert into t (a) values (?), (1)",
    ],
)
def test_lists_of_values_elsewhere_are_refused_by_name(session: Session, sql: str) -> None:
    answer = session.query(sql, bindings={"1": {"type": "FIXED", "value": ["1", "2"]}})
    assert (answer["code"], "array binds in" in answer["message"]) == ("000002", True), answer


def test_binds_in_staged_files(session: Session) -> None:
    """CLIENT_STAGE_ARRAY_BINDING_THRESHOLD: the values are in files of a stage, all of them text."""
    session.data(
        "create or replace temporary stage SYSTEM$BIND "
        """file_format = (type = csv field_optionally_enclosed_by = '"')"""
    )
    rows = "select '1', 'it''s, \\\\ \"x\"', '1969-12-31 23:59:59.500000000' union all select '2', '', null"
    session.data(
        f"copy into @SYSTEM$BIND/one/ from ({rows}) file_format = (type = csv null_if = () "
        """empty_field_as_null = false field_optionally_enclosed_by = '"')"""
    )
    data = session.data("insert into t values (?, ?, ?)", bindStage="@SYSTEM$BIND/one")
    assert data["rowset"] == [["2"]]
    found = session.data("select a, b, c from t order by a")["rowset"]
    assert found == [["1", 'it\'s, \\ "x"', "-0.500000000"], ["2", "", None]]
    assert session.query("insert into t values (?, ?, ?)", bindStage="@nowhere/1")["code"] == "002003"
    session.data("delete from t")


def test_several_statements_with_binds(session: Session) -> None:
    text = "insert into t (a) values (?); insert into t (a) values (?), (?); select a from t where a > ? order by a"
    bindings = {str(n): {"type": "FIXED", "value": str(n * 10)} for n in range(1, 5)}
    bindings["4"]["value"] = "15"
    data = session.data(text, bindings=bindings, parameters={"MULTI_STATEMENT_COUNT": 3})
    last = data["resultIds"].split(",")[-1]
    found = session.data(f"select * from table(result_scan('{last}'))")["rowset"]
    assert found == [["20"], ["30"]]


def test_named_binds(session: Session) -> None:
    """.NET and Go name them; a name is an unquoted identifier."""
    bindings = {"first": {"type": "FIXED", "value": "1"}, "Second": {"type": "TEXT", "value": "x"}}
    data = session.data("select :first, :SECOND, :First + 1, parse_json('{\"first\": 7}'):first", bindings=bindings)
    assert data["rowset"] == [["1", "x", "2", "7"]]
    lists = {"a": {"type": "FIXED", "value": ["51", "52"]}, "b": {"type": "TEXT", "value": ["p", None]}}
    assert session.data("insert into t (b, a) values (:b, :a)", bindings=lists)["rowset"] == [["2"]]
    assert session.data("select a, b from t where a > 50 order by a")["rowset"] == [["51", "p"], ["52", None]]


def test_lists_of_different_lengths_are_refused(session: Session) -> None:
    lists = {"1": {"type": "FIXED", "value": ["1", "2"]}, "2": {"type": "TEXT", "value": ["p"]}}
    assert session.query("insert into t (a, b) values (?, ?)", bindings=lists)["code"] == "390001"


def test_values_of_parameters_may_be_words(session: Session) -> None:
    session.data(
        "alter session set TIMESTAMP_TYPE_MAPPING = TIMESTAMP_LTZ, DOTNET_QUERY_RESULT_FORMAT = json QUERY_TAG = MiXed"
    )
    shown = {row[0]: row[1] for row in session.data("show parameters")["rowset"]}
    assert (shown["TIMESTAMP_TYPE_MAPPING"], shown["QUERY_TAG"]) == ("TIMESTAMP_LTZ", "MiXed")
    session.data("alter session unset TIMESTAMP_TYPE_MAPPING, QUERY_TAG")


def test_moments_at_both_ends_of_the_calendar(session: Session) -> None:
    data = session.data("select '0001-01-01'::timestamp_ntz, '9999-12-31 23:59:59.999999'::timestamp_ntz")
    assert data["rowset"] == [["-62135596800.000000000", "253402300799.999999000"]]
