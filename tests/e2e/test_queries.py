"""Queries of the API in real warehouses: pages, errors with their place, and cancels that interrupt."""

import threading
import time
import uuid
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from dw_simulator.api.app import create_app

pytestmark = pytest.mark.stack

ENDLESS = {
    "redshift": "select count(*) from generate_series(1, 100000000) a, generate_series(1, 1000) b",
    "snowflake": "select count(*) from table(generator(rowcount => 100000000)) a, table(generator(rowcount => 1000)) b",
}
ROWS = {
    "redshift": "select n, n * 1.50 as n, null::super as v from generate_series(1, 30000) as g(n)",
    "snowflake": "select seq4() + 1 as n, 1.50 as n, parse_json('null') as v from table(generator(rowcount => 30000))",
}


@pytest.fixture(scope="module")
def client(stack, tmp_path_factory) -> Iterator[TestClient]:
    settings = stack.settings.model_copy(update={"home": tmp_path_factory.mktemp("api")})
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        yield client


def run(client, warehouse, sql, **more):
    return client.post("/api/query", json={"warehouse": warehouse, "sql": sql, **more})


@pytest.mark.parametrize("warehouse", ["redshift", "snowflake"])
def test_pages_of_a_warehouse(client, warehouse):
    page = run(client, warehouse, ROWS[warehouse], page_rows=2).json()
    assert [column["kind"] for column in page["columns"]] == ["number", "number", "json"]
    assert len(page["rows"]) == 2
    last = client.get(f"/api/query/{page['query_id']}", params={"offset": 29_990}).json()
    assert (len(last["rows"]), last["complete"], last["rows_kept"]) == (10, True, 30_000)


@pytest.mark.parametrize("warehouse", ["redshift", "snowflake"])
def test_a_session_leaks_nothing_into_the_next_query(client, warehouse):
    script = "create temp table leaked (a int); insert into leaked values (1); select * from leaked"
    if warehouse == "snowflake":
        script = f"create or replace database leaks; {script}"
    answer = run(client, warehouse, script)
    assert answer.json()["rows"] == [[1]], answer.json()
    assert run(client, warehouse, "select * from leaked").status_code == 422


def test_errors_tell_their_place(client):
    problem = run(client, "redshift", "select 1;\nselect nothing_here").json()
    assert problem["warehouse_code"] == "42703"
    assert problem["problems"][0]["line"] == 2


@pytest.mark.parametrize("warehouse", ["redshift", "snowflake"])
def test_a_cancel_interrupts_the_statement(client, warehouse):
    query_id = str(uuid.uuid4())
    answers = []
    thread = threading.Thread(
        target=lambda: answers.append(run(client, warehouse, ENDLESS[warehouse], query_id=query_id))
    )
    thread.start()
    until = time.monotonic() + 60
    while not client.app.state.queries.has(query_id):
        assert time.monotonic() < until
        time.sleep(0.02)
    time.sleep(0.5)
    assert client.post(f"/api/query/{query_id}/cancel").status_code == 204
    thread.join(90)
    assert not thread.is_alive()
    assert (answers[0].status_code, answers[0].json()["code"]) == (409, "cancelled")


def test_two_warehouses_agree(client):
    sides = {
        "left": {"warehouse": "redshift", "sql": "select 1 as a, 1.50 as b, 'x' as c"},
        "right": {"warehouse": "snowflake", "sql": "select 1 as a, 1.5 as b, 'x' as c"},
    }
    found = client.post("/api/query/compare", json=sides).json()
    assert found["equal"], found
