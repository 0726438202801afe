"""The SQL API by plain HTTP, as programs without a driver use it. Vendor page: "Snowflake SQL API reference"."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx2 as httpx
import pytest

STATEMENTS = "/api/v2/statements"


class Answer(NamedTuple):
    status: int
    body: Any
    headers: Any


class Api:
    """Sends requests with a bearer token."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}"
        self.headers = {
            "Authorization": "Bearer any",
            "Accept": "application/json",
            "User-Agent": "tests/1.0",
            "X-Snowflake-Authorization-Token-Type": "OAUTH",
        }

    def __call__(self, method: str, path: str, body: Any = None, **query: str) -> Answer:
        url = self._base + path
        response = httpx.request(method, url, json=body, params=query or None, headers=self.headers, timeout=60)
        return Answer(response.status_code, response.json(), response.headers)

    def run(self, statement: str, **more: Any) -> Answer:
        return self("POST", STATEMENTS, {"statement": statement, **more})


@pytest.fixture(scope="module")
def api(services: Any) -> Api:
    return Api(services.snowflake)


@pytest.fixture(scope="module")
def database(api: Api) -> str:
    assert api.run("create or replace database sql_api").status == 200
    return "SQL_API"


def test_values(api: Api) -> None:
    sql = (
        "select 1 a, 1.5::number(5,2) b, 'x' c, true d, '2024-02-29'::date e, 2.5::float f, null g, "
        "'2024-02-29 12:34:56.789'::timestamp_ntz h, '12:34:56'::time i, to_binary('00FF', 'HEX') j, "
        "parse_json('{\"k\":1}') k, '2024-02-29 12:00 +02:00'::timestamp_tz l"
    )
    status, body, headers = api.run(sql)
    assert (status, body["code"], body["sqlState"]) == (200, "090001", "00000")
    assert headers["Content-Type"].startswith("application/json")
    assert [row[:9] for row in body["data"]] == [
        ["1", "1.50", "x", "true", "19782", "2.5", None, "1709210096.789000000", "45296.000000000"]
    ]
    assert body["data"][0][9].upper() == "00FF"
    assert json.loads(body["data"][0][10]) == {"k": 1}
    meta = body["resultSetMetaData"]
    assert (meta["numRows"], meta["format"]) == (1, "jsonv2")
    assert [(c["name"], c["type"]) for c in meta["rowType"]][:5] == [
        ("A", "fixed"), ("B", "fixed"), ("C", "text"), ("D", "boolean"), ("E", "date"),
    ]  # fmt: skip
    assert (meta["rowType"][1]["precision"], meta["rowType"][1]["scale"]) == (5, 2)
    assert [set(part) >= {"rowCount", "uncompressedSize"} for part in meta["partitionInfo"]] == [True]
    assert body["statementStatusUrl"].startswith(f"{STATEMENTS}/{body['statementHandle']}")


def test_nulls_may_be_text(api: Api) -> None:
    answer = api("POST", STATEMENTS, {"statement": "select null"}, nullable="false")
    assert answer.body["data"] == [["null"]]


def test_context_and_binds(api: Api, database: str) -> None:
    context = {"database": database, "schema": "PUBLIC", "warehouse": "COMPUTE_WH", "role": "SYSADMIN"}
    made = api.run("create or replace table t (a int, b varchar, c timestamp_ntz)", **context)
    assert made.body["data"] == [["Table T successfully created."]]
    bindings = {
        "1": {"type": "FIXED", "value": "7"},
        "2": {"type": "TEXT", "value": "it's"},
        "3": {"type": "TIMESTAMP_NTZ", "value": "1709210096000000000"},
    }
    inserted = api.run("insert into t values (?, ?, ?)", bindings=bindings, **context)
    assert (inserted.body["data"], inserted.body["stats"]["numRowsInserted"]) == ([["1"]], 1)
    found = api.run("select a, b, c from t where a = ?", bindings={"1": bindings["1"]}, **context)
    assert found.body["data"] == [["7", "it's", "1709210096.000000000"]]
    named = api.run("select current_database(), current_schema(), current_warehouse(), current_role()", **context)
    assert named.body["data"] == [list(context.values())]
    small = {**context, "schema": "public"}  # there is none: its case counts
    assert api.run("select current_schema()", **small).body["data"] == [[None]]
    assert api.run("create table u(a int)", **small).status == 422


def test_partitions(api: Api) -> None:
    answer = api.run("select seq4() a, 'n' || seq4() b from table(generator(rowcount => 200000)) order by 1")
    parts = answer.body["resultSetMetaData"]["partitionInfo"]
    assert len(parts) > 1
    rows = list(answer.body["data"])
    for number in range(1, len(parts)):
        part = api("GET", f"{STATEMENTS}/{answer.body['statementHandle']}", partition=str(number))
        assert (part.status, len(part.body["data"])) == (200, parts[number]["rowCount"])
        rows += part.body["data"]
    assert (len(rows), rows[-1]) == (200_000, ["199999", "n199999"])
    assert api("GET", f"{STATEMENTS}/{answer.body['statementHandle']}", partition="99").status == 400


def test_links_lead_through_the_partitions_which_come_compressed(api: Api) -> None:
    answer = api.run("select seq4() a, randstr(100, random()) b from table(generator(rowcount => 100000))")
    count = len(answer.body["resultSetMetaData"]["partitionInfo"])
    rows, seen = len(answer.body["data"]), 1
    while "next" in (links := _links(answer)):
        answer = api("GET", links["next"])
        assert answer.headers["Content-Encoding"] == "gzip"
        rows, seen = rows + len(answer.body["data"]), seen + 1
    assert (rows, seen) == (100_000, count)
    assert set(links) == {"first", "prev", "last"}
    assert links["last"].endswith(f"partition={count - 1}")


def _links(answer: Answer) -> dict[str, str]:
    parts = (part.split("; rel=") for part in answer.headers["Link"].split(","))
    return {name.strip('"'): url.strip("<>") for url, name in parts}


def eventually(ask: Callable[[], Answer]) -> Answer:
    until = time.monotonic() + 30
    answer = ask()
    while answer.status == 202 and time.monotonic() < until:
        time.sleep(0.05)
        answer = ask()
    return answer


def test_asynchronous(api: Api) -> None:
    sent = api("POST", STATEMENTS, {"statement": "select system$wait(200, 'MILLISECONDS')"}, **{"async": "true"})
    assert (sent.status, sent.body["code"]) == (202, "333334")
    found = eventually(lambda: api("GET", sent.body["statementStatusUrl"].partition("?")[0]))
    assert (found.status, found.body["data"]) == (200, [["waited 200 milliseconds"]])


def test_cancel(api: Api) -> None:
    sent = api("POST", STATEMENTS, {"statement": "select system$wait(60)"}, **{"async": "true"})
    handle = sent.body["statementHandle"]
    cancelled = api("POST", f"{STATEMENTS}/{handle}/cancel")
    assert (cancelled.status, cancelled.body["statementHandle"]) == (200, handle)
    found = eventually(lambda: api("GET", f"{STATEMENTS}/{handle}"))
    assert (found.status, found.body["code"]) == (422, "000604")
    assert api("POST", f"{STATEMENTS}/{handle}/cancel").status == 422


def test_timeout(api: Api) -> None:
    answer = api.run("select system$wait(60)", timeout=1)
    assert (answer.status, answer.body["code"]) == (408, "000630")


def test_several_statements(api: Api, database: str) -> None:
    script = "create or replace table m (a int); insert into m values (1), (2); select sum(a) from m"
    answer = api.run(script, database=database, schema="PUBLIC", parameters={"MULTI_STATEMENT_COUNT": "3"})
    assert (answer.status, answer.body["data"]) == (200, [["Multiple statements executed successfully."]])
    handles = answer.body["statementHandles"]
    results = [api("GET", f"{STATEMENTS}/{handle}").body["data"] for handle in handles]
    assert results == [[["Table M successfully created."]], [["2"]], [["3"]]]
    wrong = api.run("select 1; select 2", parameters={"MULTI_STATEMENT_COUNT": "3"})
    assert (wrong.status, wrong.body["code"]) == (422, "000008")
    assert api.run("select 1; select 2", parameters={"MULTI_STATEMENT_COUNT": "0"}).status == 200


def test_parameters(api: Api) -> None:
    chosen = {"TIMEZONE": "Europe/Zurich", "QUERY_TAG": "tagged", "USE_CACHED_RESULT": "false"}
    answer = api.run("select '2024-07-01 12:00'::timestamp_ltz::varchar", parameters=chosen)
    assert answer.body["data"][0][0].endswith("+0200")


def test_sent_again_runs_once(api: Api, database: str) -> None:
    context = {"database": database, "schema": "PUBLIC"}
    api.run("create or replace table once (a int)", **context)
    request = {"statement": "insert into once values (1)", **context}
    name = str(uuid.uuid4())
    first, second = (api("POST", STATEMENTS, request, requestId=name, retry=retry) for retry in ("false", "true"))
    assert first.body["statementHandle"] == second.body["statementHandle"]
    assert api.run("select count(*) from once", **context).body["data"] == [["1"]]


FAILURES = [
    ({"statement": "select * from nothing.public.t"}, 422, "002003"),
    ({"statement": "selec 1"}, 422, "001003"),
    ({"statement": "select 1/0"}, 422, "100051"),
    ({}, 400, "390001"),
    ({"statement": "select 1", "timeout": "soon"}, 400, "390001"),
    ({"statement": "select 1", "parameters": ["TIMEZONE"]}, 400, "390001"),
    ({"statement": "select ?", "bindings": [1]}, 400, "390001"),
]


@pytest.mark.parametrize(("body", "status", "code"), FAILURES)
def test_failures(api: Api, body: dict[str, Any], status: int, code: str) -> None:
    answer = api("POST", STATEMENTS, body)
    assert (answer.status, answer.body["code"]) == (status, code)
    assert answer.body["message"]


def test_unknown_handles_and_missing_tokens(api: Api, services: Any) -> None:
    assert api("GET", f"{STATEMENTS}/{uuid.uuid4()}").status == 404
    anonymous = Api(services.snowflake)
    del anonymous.headers["Authorization"]
    assert anonymous.run("select 1").status == 401


def test_statements_leave_no_session(api: Api, database: str) -> None:
    """Temporary tables and transactions end with the request they were made in."""
    context = {"database": database, "schema": "PUBLIC"}
    script = "create temporary table passing (a int); insert into passing values (1)"
    assert api.run(script, **context, parameters={"MULTI_STATEMENT_COUNT": "0"}).status == 200
    assert api.run("select * from passing", **context).body["code"] == "002003"


@pytest.mark.parametrize(
    ("statement", "among_others"),
    [
        ("put file:///tmp/a.csv @~", False),
        ("get @~ file:///tmp/", False),
        ("use database sql_api", True),
        ("alter session set timezone = 'UTC'", True),
        ("begin", True),
        ("begin transaction", True),
        ("/* all */ commit;", True),
        ("set a = 1", True),
        ("create or replace temporary table passing (a int)", True),
        ("create temp stage passing", True),
    ],
)
def test_statements_that_the_api_does_not_run(api: Api, database: str, statement: str, among_others: bool) -> None:
    context = {"database": database, "schema": "PUBLIC"}
    alone = api.run(statement, **context)
    assert (alone.status, alone.body["code"], "SQL API" in alone.body["message"]) == (422, "000002", True)
    several = api.run(f"select 1; {statement}", **context, parameters={"MULTI_STATEMENT_COUNT": "2"})
    assert several.status == (200 if among_others else 422), several.body
    block = api.run("begin let a := 1; return a; end", **context)
    assert block.body["data"] == [["1"]]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "", 405), ("PUT", "", 405), ("DELETE", "/x", 405), ("POST", "/", 200)],
)
def test_operations(api: Api, method: str, path: str, status: int) -> None:
    url = f"{api._base}{STATEMENTS}{path}"
    answer = httpx.request(method, url, json={"statement": "select 1"}, headers=api.headers)
    assert answer.status_code == status
    text = {**api.headers, "Content-Type": "text/plain"}
    assert httpx.post(f"{api._base}{STATEMENTS}", content="x", headers=text).status_code == 415
