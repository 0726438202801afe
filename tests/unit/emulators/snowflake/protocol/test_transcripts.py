"""Conversations with drivers, message by message."""

from __future__ import annotations

import base64
import gzip
import time
from typing import Any

import orjson
import pyarrow as pa
import pytest


def table_of(answer: dict[str, Any]) -> pa.Table:
    return pa.ipc.open_stream(base64.b64decode(answer["data"]["rowsetBase64"])).read_all()


# --- sessions ---
def test_login_gives_tokens_parameters_and_session(client: Any) -> None:
    data = client.login()["data"]
    assert data["token"] != data["masterToken"]
    assert data["sessionInfo"] == {"databaseName": "D", "schemaName": "S", "warehouseName": "W", "roleName": "R"}
    parameters = {item["name"]: item["value"] for item in data["parameters"]}
    assert (parameters["AUTOCOMMIT"], parameters["CLIENT_STAGE_ARRAY_BINDING_THRESHOLD"]) == (True, 0)


def test_session_parameters_of_the_login(client: Any) -> None:
    client.login(SESSION_PARAMETERS={"TIMEZONE": "UTC", "QUERY_TAG": "x", "SOMETHING_NEW": 1})
    assert client.query("parameter TIMEZONE")["data"]["rowsetBase64"]
    assert client.engine.sessions[0].parameters["QUERY_TAG"] == "x"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"AUTHENTICATOR": "EXTERNALBROWSER"}, "390145"),
        ({"SESSION_PARAMETERS": {"AUTOCOMMIT": "perhaps"}}, "001008"),
    ],
)
def test_logins_that_fail(client: Any, data: dict[str, Any], code: str) -> None:
    answer = client.login(**data)
    assert (answer["success"], answer["code"]) == (False, code)


def test_renewal_replaces_both_tokens(client: Any) -> None:
    first = client.login()["data"]
    renewed = client.call(
        "POST",
        "/session/token-request",
        {"oldSessionToken": first["token"], "requestType": "RENEW"},
        authorization=f'Snowflake Token="{first["masterToken"]}"',
    )["data"]
    assert client.query("select 1")["code"] == "390104"
    client.token = renewed["sessionToken"]
    assert client.query("select 1")["success"]
    again = client.call("POST", "/session/token-request", {}, authorization=f'Snowflake Token="{first["masterToken"]}"')
    assert again["code"] == "390115"


def test_an_expired_token_is_to_be_renewed(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client.login()
    now = client.service.sessions._clock()
    monkeypatch.setattr(client.service.sessions, "_clock", lambda: now + 3601)
    assert client.query("select 1")["code"] == "390112"


@pytest.mark.parametrize(("token", "code"), [("", "390101"), ("None", "390101"), ("made-up", "390104")])
def test_requests_without_a_session(client: Any, token: str, code: str) -> None:
    header = f'Snowflake Token="{token}"' if token else "none"
    answer = client.call("POST", "/queries/v1/query-request", {"sqlText": "select 1"}, authorization=header)
    assert (answer["success"], answer["code"]) == (False, code)


def test_heartbeat_and_logout(client: Any) -> None:
    client.login()
    assert client.call("POST", "/session/heartbeat")["success"]
    assert client.call("POST", "/session?delete=true")["success"]
    assert len(client.engine.closed) == 1
    assert client.call("POST", "/session/heartbeat")["code"] == "390104"


@pytest.mark.parametrize(("open_transaction", "came_back"), [(True, False), (True, True), (False, False)])
def test_the_transaction_of_a_client_that_is_gone_is_rolled_back(
    client: Any, monkeypatch: pytest.MonkeyPatch, open_transaction: bool, came_back: bool
) -> None:
    monkeypatch.setattr("dw_simulator.emulators.snowflake.service.ORPHAN_SECONDS", 0.02)
    client.login()
    client.query("begin")
    client.engine.sessions[0].in_transaction = open_transaction
    client.lose_connection()
    if came_back:
        client.query("select 1")
    rolled_back = open_transaction and not came_back
    until = time.monotonic() + (60 if rolled_back else 0.1)
    while time.monotonic() < until and "ROLLBACK" not in client.engine.executed:
        client.wait(0.02)
    assert ("ROLLBACK" in client.engine.executed) is rolled_back


# --- results ---
def test_rows_as_arrow(client: Any) -> None:
    client.login()
    answer = client.query("select 7")
    assert table_of(answer).column("N").to_pylist() == [7]
    data = answer["data"]
    assert (data["queryResultFormat"], data["total"], data["returned"]) == ("arrow", 1, 1)
    assert (data["finalDatabaseName"], data["statementTypeId"]) == ("D", 4096)
    assert data["rowtype"][0]["type"] == "fixed"
    assert data["rowtype"][1]["length"] == 16777216


@pytest.mark.parametrize("app_id", ["JavaScript", ""])
def test_rows_as_json_for_clients_that_read_nothing_else(client: Any, app_id: str) -> None:
    client.login(app_id)
    data = client.query("select 7")["data"]
    assert (data["queryResultFormat"], data["rowset"]) == ("json", [["7", "x" * 100]])


def test_rows_as_json_on_request(client: Any) -> None:
    client.login(SESSION_PARAMETERS={"PYTHON_CONNECTOR_QUERY_RESULT_FORMAT": "JSON"})
    assert client.query("select 7")["data"]["rowset"][0][0] == "7"


def test_row_counts_are_json_for_everyone(client: Any) -> None:
    client.login()
    data = client.query("insert 3")["data"]
    assert (data["rowset"], data["total"], data["statementTypeId"]) == ([["3"]], 3, 0x3100)
    assert data["rowtype"][0]["name"] == "number of rows inserted"
    assert data["stats"]["numRowsInserted"] == 3


@pytest.mark.parametrize("app_id", ["PythonConnector", "JavaScript"])
def test_large_results_come_in_chunks(client: Any, app_id: str) -> None:
    client.login(app_id)
    data = client.query("rows 200000")["data"]
    chunks = data["chunks"]
    assert data["total"] == 200000
    assert len(chunks) > 1
    assert data["chunkHeaders"] == {}
    numbers = []
    for chunk in chunks:
        assert chunk["url"].startswith("http://127.0.0.1:1234/_dw/results/")
        _, _, body = client.raw(
            "GET", chunk["url"].removeprefix("http://127.0.0.1:1234"), headers={"authorization": ""}
        )
        if app_id == "JavaScript":
            rows = [int(row[0]) for row in orjson.loads(b"[" + body + b"]")]
        else:
            rows = pa.ipc.open_stream(body).read_all().column(0).to_pylist()
        assert len(rows) == chunk["rowCount"]
        numbers += rows
    first = 200000 - len(numbers)
    assert numbers == list(range(first, 200000))
    assert 0 < first < 200000


def test_chunks_that_are_not_there(client: Any) -> None:
    assert client.raw("GET", "/_dw/results/nothing/1")[0] == 404
    assert client.raw("GET", "/_dw/results/nothing/x")[0] == 404


def test_describe_only(client: Any) -> None:
    client.login()
    data = client.query("rows 5", describeOnly=True)["data"]
    assert (data["total"], [column["name"] for column in data["rowtype"]]) == (0, ["N", "T"])
    assert list(client.engine.sessions[0].query_ids) == []


def test_binds(client: Any) -> None:
    client.login("JavaScript")
    binding = {"2": {"type": "TEXT", "value": "b"}, "1": {"type": "FIXED", "value": "1"}}
    assert client.query("binds", bindings=binding)["data"]["rowset"] == [["[1, 'b']"]]


# --- failures ---
def test_sql_errors_have_number_state_and_place(client: Any) -> None:
    client.login()
    answer = client.query("fail")
    assert (answer["success"], answer["code"]) == (False, "000904")
    assert answer["message"] == "SQL compilation error: error line 1 at position 7\ninvalid identifier 'NOPE'"
    assert (answer["data"]["sqlState"], answer["data"]["line"], answer["data"]["pos"]) == ("42000", 1, 7)
    assert answer["data"]["queryId"]


def test_faults_of_the_emulator_are_named_and_logged(client: Any, caplog: pytest.LogCaptureFixture) -> None:
    client.login()
    answer = client.query("crash")
    assert answer["code"] == "000603"
    assert "ZeroDivisionError: a fault" in answer["message"]
    assert "Traceback" in caplog.text


@pytest.mark.parametrize(
    ("body", "encoding"), [(b"{", ""), (b"[]", ""), (b"not gzip", "gzip"), (b"{}", "zstd"), (b"{}", "")]
)
def test_requests_that_cannot_be_read(client: Any, body: bytes, encoding: str) -> None:
    client.login()
    status, _, answer = client.raw("POST", "/queries/v1/query-request", body, {"content-encoding": encoding})
    assert status == 200
    assert orjson.loads(answer)["code"] == "390001"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:1", 200),
        ("[::1]:1", 200),
        ("acme.snowflakecomputing.com", 200),
        ("a.localhost", 200),
        ("evil.example", 403),
        ("localhost.evil.example", 403),
    ],
)
def test_host_names(client: Any, host: str, status: int) -> None:
    assert client.raw("GET", "/_dw/health", headers={"host": host})[0] == status


def test_unknown_endpoints(client: Any) -> None:
    assert client.raw("GET", "/nowhere")[0] == 404


# --- several statements, repeated requests, asynchronous ones ---
def test_multi_statement(client: Any) -> None:
    client.login("JavaScript")
    answer = client.query("select 1; insert 2;", parameters={"MULTI_STATEMENT_COUNT": 2})
    ids = answer["data"]["resultIds"].split(",")
    assert answer["data"]["resultTypes"] == "4096,12544"
    results = [client.call("GET", f"/queries/{query_id}/result")["data"]["rowset"] for query_id in ids]
    assert [rows[0][0] for rows in results] == ["1", "2"]


@pytest.mark.parametrize(
    ("sql", "count", "code"),
    [
        ("select 1; select 2", 1, "000008"),
        ("select 1; select 2", 3, "000008"),
        ("select 1", 2, "000008"),
        ("select 1; fail", 0, "100132"),
        ("garbage text; select 2", 1, "001003"),
    ],
)
def test_multi_statement_failures(client: Any, sql: str, count: int, code: str) -> None:
    client.login()
    assert client.query(sql, parameters={"MULTI_STATEMENT_COUNT": count})["code"] == code


def test_the_failure_of_one_of_several_statements_says_which(client: Any) -> None:
    client.login()
    answer = client.query("select 1;\n  fail because it is very long indeed", parameters={"MULTI_STATEMENT_COUNT": 0})
    assert answer["data"]["sqlState"] == "P0000"
    assert answer["message"].startswith(
        "JavaScript execution error: Uncaught Execution of multiple statements failed on statement "
        '"fail because it is very long i..." (at line 2, position 2).\n'
        "SQL compilation error: error line 1 at position 7\ninvalid identifier 'NOPE' in SYSTEM$MULTISTMT at"
    )


def test_several_statements_share_the_binds_of_a_request(client: Any) -> None:
    client.login("JavaScript")
    bindings = {str(number): {"type": "FIXED", "value": str(number)} for number in range(1, 4)}
    text = "binds ?; binds '?' -- ?\n; binds ?, ?; binds :1"
    answer = client.query(text, bindings=bindings, parameters={"MULTI_STATEMENT_COUNT": 4})
    ids = answer["data"]["resultIds"].split(",")
    rows = [client.call("GET", f"/queries/{query_id}/result")["data"]["rowset"][0][0] for query_id in ids]
    assert rows == ["[1]", "[1, 2, 3]", "[2, 3]", "[1, 2, 3]"]


def test_a_result_has_no_more_rows_than_asked_for(client: Any) -> None:
    client.login("JavaScript")
    data = client.query("rows 9", parameters={"rows_per_resultset": 4})["data"]
    assert (len(data["rowset"]), data["total"], data["returned"]) == (4, 4, 4)
    assert client.query("rows 9")["data"]["total"] == 9
    assert client.query("insert 9", parameters={"rows_per_resultset": 1})["data"]["rowset"] == [["9"]]


def test_statement_parameters_hold_for_one_statement(client: Any) -> None:
    client.login("JavaScript")
    assert client.query("parameter TIMEZONE", parameters={"TIMEZONE": "UTC"})["data"]["rowset"] == [["UTC"]]
    assert client.query("parameter TIMEZONE")["data"]["rowset"] == [["America/Los_Angeles"]]


def test_a_repeated_request_is_not_run_again(client: Any) -> None:
    client.login()
    first = client.query("insert 1", request_id="r1")
    second = client.query("insert 1", request_id="r1")
    assert first["data"]["queryId"] == second["data"]["queryId"]
    assert client.engine.executed == ["insert 1"]
    client.login()
    third = client.query("insert 2", request_id="r1")
    assert third["data"]["queryId"] != first["data"]["queryId"], "ids are those of a session"
    assert client.engine.executed == ["insert 1", "insert 2"]


def test_asynchronous(client: Any) -> None:
    client.login("JavaScript")
    answer = client.query("select 5", asyncExec=True)
    assert answer["code"] == "333334"
    query_id = answer["data"]["queryId"]
    result = client.call("GET", answer["data"]["getResultUrl"])
    assert result["data"]["rowset"][0][0] == "5"
    monitored = client.call("GET", f"/monitoring/queries/{query_id}")["data"]["queries"]
    assert [item["status"] for item in monitored] == ["SUCCESS"]
    assert client.call("GET", "/monitoring/queries/unknown")["data"]["queries"] == []
    listed = client.call("GET", "/monitoring/queries?max=1&includeDDL=false&subset=succeeded")["data"]["queries"]
    assert [(item["id"], item["state"], item["sqlText"]) for item in listed] == [(query_id, "SUCCEEDED", "select 5")]
    assert client.call("GET", "/monitoring/queries?user=nobody")["data"]["queries"] == []
    assert client.call("GET", "/monitoring/queries?wh=W")["code"] == "000002"
    assert client.call("GET", "/queries/unknown/result")["code"] == "000709"


def test_statements_that_take_long_are_polled(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dw_simulator.emulators.snowflake.routes.query.ANSWER_SECONDS", 0.05)
    client.login()
    answer = client.query("wait", request_id="r2")
    assert answer["code"] == "333333"
    assert client.call("POST", "/queries/v1/abort-request", {"requestId": "r2"})["success"]
    monkeypatch.setattr("dw_simulator.emulators.snowflake.routes.query.ANSWER_SECONDS", 60)
    ended = client.call("GET", answer["data"]["getResultUrl"])
    assert (ended["code"], ended["data"]["sqlState"]) == ("000604", "57014")
    assert client.query("select 1")["success"]


def test_statement_timeout(client: Any) -> None:
    client.login()
    answer = client.query("wait", parameters={"STATEMENT_TIMEOUT_IN_SECONDS": 1})
    assert (answer["code"], answer["data"]["sqlState"]) == ("000630", "57014")


# --- the SQL API ---
API = "/api/v2/statements"


def api(client: Any, method: str, url: str, body: Any = None) -> tuple[int, dict[str, Any]]:
    status, headers, answer = client.raw(
        method, url, orjson.dumps(body) if body is not None else b"", {"authorization": "Bearer token"}
    )
    return status, orjson.loads(gzip.decompress(answer) if headers.get("content-encoding") == "gzip" else answer)


def test_sql_api(client: Any) -> None:
    status, body = api(client, "POST", API, {"statement": "select 3", "database": "D"})
    assert (status, body["code"], body["data"]) == (200, "090001", [["3", "x" * 100]])
    assert body["resultSetMetaData"]["rowType"][0]["name"] == "N"
    assert client.engine.sessions[0].database == "D"
    again = api(client, "GET", f"{API}/{body['statementHandle']}")[1]
    assert again["data"] == body["data"]


def test_sql_api_partitions(client: Any) -> None:
    body = api(client, "POST", API, {"statement": "rows 200000"})[1]
    counts = [part["rowCount"] for part in body["resultSetMetaData"]["partitionInfo"]]
    assert (sum(counts), len(counts) > 1, len(body["data"])) == (200000, True, counts[0])
    url = f"{API}/{body['statementHandle']}?partition="
    assert len(api(client, "GET", f"{url}1")[1]["data"]) == counts[1]
    assert api(client, "GET", f"{url}99")[0] == 400


def test_sql_api_asynchronous_and_cancelled(client: Any) -> None:
    status, body = api(client, "POST", f"{API}?async=true", {"statement": "wait"})
    assert (status, body["code"]) == (202, "333334")
    url = f"{API}/{body['statementHandle']}"
    assert api(client, "POST", f"{url}/cancel")[1]["code"] == "000604"
    status, body = api(client, "GET", url)
    assert (status, body["code"]) == (422, "000604")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"statement": "fail"}, 422, "000904"),
        ({"statement": "wait", "timeout": 1}, 408, "000630"),
        ({}, 400, "390001"),
        ({"statement": "select 1", "timeout": "x"}, 400, "390001"),
    ],
)
def test_sql_api_failures(client: Any, body: dict[str, Any], status: int, code: str) -> None:
    got, answer = api(client, "POST", API, body)
    assert (got, answer["code"]) == (status, code)


def test_sql_api_needs_a_token_and_a_known_handle(client: Any) -> None:
    assert client.raw("POST", API, b'{"statement": "select 1"}')[0] == 401
    assert api(client, "GET", f"{API}/unknown")[0] == 404


# --- files ---
def test_file_transfer(client: Any, tmp_path: Any) -> None:
    from dw_simulator.emulators.snowflake.stages.storage import LocalStorage

    storage = LocalStorage(tmp_path / "stage")
    upload = client.service.transfers.grant(storage, "a/b.csv", writable=True, overwrite=False)
    assert client.raw("HEAD", upload.partition("?")[0])[0] == 404
    assert client.raw("PUT", upload, b"1,2\n")[0] == 200
    assert storage.local_path("a/b.csv").read_bytes() == b"1,2\n"
    assert client.raw("PUT", upload, b"other")[0] == 400
    again = client.service.transfers.grant(storage, "a/b.csv", writable=True, overwrite=False)
    assert client.raw("PUT", again, b"other", {"x-goog-if-generation-match": "0"})[0] == 412
    assert storage.local_path("a/b.csv").read_bytes() == b"1,2\n"
    download = client.service.transfers.grant(storage, "a/b.csv")
    status, headers, body = client.raw("GET", download)
    assert (status, headers["content-length"], body) == (200, "4", b"1,2\n")
    assert client.raw("PUT", download, b"x")[0] == 400
    assert client.raw("GET", "/_dw/stage/unknown/x")[0] == 404
    assert client.raw("PUT", client.service.transfers.grant(None, "x", writable=True), b"x")[0] == 400
