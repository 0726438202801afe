"""Queries over HTTP, with the SQLite warehouse."""

import threading
import time
import uuid

import pytest
from fastapi.testclient import TestClient

from dw_simulator.api.app import create_app
from dw_simulator.config.settings import load_settings

COUNTING = "with recursive n(i) as (select 1 union all select i + 1 from n limit {rows}) select i, i as i from n"
ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"


def run(client, sql, **more):
    return client.post("/api/query", json={"warehouse": "sqlite", "sql": sql, **more})


def until(condition, limit=60.0):
    """Wait for something that another thread does."""
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def strict_client(tmp_path):
    """An API with small limits."""
    limits = {"max_running": 1, "max_kept": 2, "kept_mb": 1, "idle_seconds": 1}
    settings = load_settings({"home": tmp_path / "home", "query": limits}, use_running_stack=False)
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        yield client


def test_a_query_and_its_pages_in_any_order(client):
    answer = run(client, COUNTING.format(rows=45_000), page_rows=2)
    assert answer.status_code == 200
    page = answer.json()
    assert page["columns"] == [{"name": "i", "type": "INTEGER", "kind": "number"}] * 2
    assert page["rows"] == [[1, 1], [2, 2]]
    assert (page["warehouse"], page["offset"], page["statement"]) == ("sqlite", 0, "select")
    assert page["seconds"].keys() == {"connect", "execute", "first_page"}
    path = f"/api/query/{page['query_id']}"
    for offset, limit in ((44_998, 500), (3, 4), (19_990, 20), (0, 10_000), (45_000, 5), (10**9, 1)):
        page = client.get(path, params={"offset": offset, "limit": limit}).json()
        assert [row[0] for row in page["rows"]] == list(range(offset + 1, min(offset + limit, 45_000) + 1))
    assert (page["rows_kept"], page["complete"], page["truncated"]) == (45_000, True, False)
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == client.delete(path).status_code == 404


def test_the_row_limit_cuts(client):
    page = run(client, COUNTING.format(rows=50_000), row_limit=20_000, page_rows=1).json()
    page = client.get(f"/api/query/{page['query_id']}", params={"offset": 19_999, "limit": 10}).json()
    assert page["rows"] == [[20_000, 20_000]]
    assert (page["rows_kept"], page["complete"], page["truncated"]) == (20_000, True, True)
    exact = run(client, COUNTING.format(rows=7), row_limit=7, page_rows=10).json()
    exact = client.get(f"/api/query/{exact['query_id']}", params={"limit": 8}).json()
    assert (len(exact["rows"]), exact["complete"], exact["truncated"]) == (7, True, False)


def test_several_statements_share_a_session_and_the_last_one_answers(client):
    page = run(client, "create temp table t (a);\ninsert into t values (1), (null);\nselect * from t; -- end").json()
    assert (page["rows"], page["statement"]) == ([[1], [None]], "select")
    page = run(client, "create temp table t (a)").json()  # the other session is gone
    assert (page["rows"], page["columns"], page["statement"]) == ([], [], "ddl")


@pytest.mark.parametrize(
    ("sql", "status", "code", "place"),
    [
        ("select * frm t", 422, "sql", None),
        ("select 1;\n\n  select * frm t", 422, "sql", (3, 3)),
        ("-- nothing", 422, "sql", None),
        ("attach '/tmp/other.sqlite' as o", 422, "sql", None),
        ("vacuum into '/tmp/other.sqlite'", 422, "sql", None),
        (";" * 10 + "select 1;" * 1_001, 422, "sql", None),
    ],
)
def test_errors_of_statements(client, sql, status, code, place):
    answer = run(client, sql)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert [(each["line"], each["column"]) for each in problem["problems"]] == ([] if place is None else [place])
    if "frm" in sql:
        assert problem["warehouse_code"] == "SQLITE_ERROR"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"warehouse": "sqlite", "sql": "select 1", "experiment": "none"}, 404),
        ({"warehouse": "oracle", "sql": "select 1"}, 422),
        ({"warehouse": "sqlite", "sql": ""}, 422),
        ({"warehouse": "sqlite", "sql": "select 1", "query_id": "../x"}, 422),
        ({"warehouse": "sqlite", "sql": "select 1", "page_rows": 0}, 422),
        ({"warehouse": "sqlite", "sql": "select 1", "row_limit": 10**9}, 422),
        ({"warehouse": "sqlite", "sql": "select 1", "more": 1}, 422),
        ({"warehouse": "redshift", "sql": "select 1"}, 503),
        ({"warehouse": "snowflake", "sql": "put file:///etc/passwd @~"}, 422),
    ],
)
def test_bad_requests(tmp_path, body, status):
    unused = {"redshift": {"port": 1}, "snowflake": {"port": 1}}
    settings = load_settings({"home": tmp_path / "home", **unused}, use_running_stack=False)
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        answer = client.post("/api/query", json=body)
        assert answer.status_code == answer.json()["status"] == status
        assert answer.headers["content-type"] == "application/problem+json"


def test_malformed_json_and_ten_megabytes(client):
    answer = client.post("/api/query", content=b'{"warehouse": ', headers={"content-type": "application/json"})
    assert answer.status_code == 422
    values = ", ".join(["('" + "x" * 98 + "')"] * 100_000)
    page = run(client, f"create temp table t (a); insert into t values {values}; select count(*) from t").json()
    assert page["rows"] == [[100_000]]


def test_a_running_query_can_be_cancelled_by_the_clients_id(client):
    query_id = str(uuid.uuid4())
    answers = []
    thread = threading.Thread(target=lambda: answers.append(run(client, ENDLESS, query_id=query_id)))
    thread.start()
    until(lambda: client.app.state.queries.has(query_id))
    assert run(client, "select 1", query_id=query_id).status_code == 409
    assert client.post(f"/api/query/{query_id}/cancel").status_code == 204
    thread.join()
    assert (answers[0].status_code, answers[0].json()["code"]) == (409, "cancelled")
    assert client.post(f"/api/query/{query_id}/cancel").status_code == 404


def test_what_was_read_before_a_cancel_stays(client):
    page = run(client, COUNTING.format(rows=10**9), row_limit=10**7, page_rows=1).json()
    path = f"/api/query/{page['query_id']}"
    assert client.post(f"{path}/cancel").status_code == 204
    page = client.get(path, params={"offset": 19_999, "limit": 1}).json()
    assert page["rows"] == [[20_000, 20_000]]
    assert (page["complete"], page["truncated"]) == (True, True)


def test_limits_of_running_and_kept_queries(strict_client):
    client = strict_client
    query_id = str(uuid.uuid4())
    thread = threading.Thread(target=run, args=(client, ENDLESS), kwargs={"query_id": query_id})
    thread.start()
    until(lambda: client.app.state.queries.has(query_id))
    refused = run(client, "select 1")
    assert (refused.status_code, refused.json()["hint"][:12]) == (409, "wait for one")
    client.delete(f"/api/query/{query_id}")
    thread.join()
    ids = [run(client, f"select {number}").json()["query_id"] for number in range(3)]
    assert [client.get(f"/api/query/{each}").status_code for each in ids] == [404, 200, 200]


def test_a_result_is_cut_where_it_takes_too_much_disk(strict_client):
    page = run(strict_client, COUNTING.format(rows=1_000_000), row_limit=1_000_000, page_rows=1).json()
    page = strict_client.get(f"/api/query/{page['query_id']}", params={"offset": 999_999}).json()
    assert page["truncated"]
    assert 60_000 < page["rows_kept"] < 100_000


def test_results_expire(strict_client):
    page = run(strict_client, "select 1").json()
    queries = strict_client.app.state.queries
    queries.get(page["query_id"]).used_at -= 2
    queries.sweep()
    answer = strict_client.get(f"/api/query/{page['query_id']}")
    assert (answer.status_code, answer.json()["hint"]) == (
        404,
        "results are kept for a while only: run the query again",
    )


def test_nothing_is_left_on_the_disk(tmp_path):
    settings = load_settings({"home": tmp_path}, use_running_stack=False)
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as client:
        run(client, COUNTING.format(rows=30_000))
        run(client, COUNTING.format(rows=10**9), row_limit=10**7)
        assert list((tmp_path / "tmp").iterdir()) == []
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("query-")]
