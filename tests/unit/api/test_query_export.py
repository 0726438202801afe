"""Exports and comparisons over HTTP, with the SQLite warehouse."""

import asyncio
import io
import json
import socket
import threading
import time

import httpx2 as httpx
import pyarrow.parquet as pq
import pytest

from dw_simulator.api.app import create_app
from dw_simulator.config.settings import load_settings
from dw_simulator.serving.http import HttpServer

SQL = (
    "with recursive n(i) as (select 1 union all select i + 1 from n limit {rows})"
    " select i, '=' || i as x, i as i from n"
)
ENDLESS = SQL.format(rows=10**9)


def export(client, sql, form, **more):
    return client.post("/api/query/export", json={"warehouse": "sqlite", "sql": sql, "format": form, **more})


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "parquet", "xlsx"])
def test_formats(client, form):
    sql = SQL.format(rows=3)
    whole = export(client, sql, form, filename=f"my result.{form}")
    assert whole.status_code == 200
    assert f'filename="my result.{form}"' in whole.headers["content-disposition"]
    kept = client.post("/api/query", json={"warehouse": "sqlite", "sql": sql}).json()["query_id"]
    again = client.get(f"/api/query/{kept}/export", params={"format": form})
    assert again.headers["content-type"] == whole.headers["content-type"]
    if form == "xlsx":
        assert whole.content[:2] == again.content[:2] == b"PK"
        return
    assert again.content == whole.content
    content = whole.content
    expected = [{"i": number, "x": f"={number}", "i_2": number} for number in (1, 2, 3)]
    found = {
        "csv": lambda: content == b"i,x,i\n1,=1,1\n2,=2,2\n3,=3,3\n",
        "json": lambda: json.loads(content) == expected,
        "jsonl": lambda: [json.loads(line) for line in content.splitlines()] == expected,
        "parquet": lambda: pq.read_table(io.BytesIO(content)).to_pylist() == expected,
    }
    assert found[form]()


def test_a_kept_result_that_is_still_read_is_exported_whole(client):
    body = {"warehouse": "sqlite", "sql": SQL.format(rows=90_000), "page_rows": 1, "row_limit": 70_000}
    kept = client.post("/api/query", json=body).json()["query_id"]
    lines = client.get(f"/api/query/{kept}/export", params={"format": "csv"}).text.splitlines()
    assert (len(lines), lines[-1]) == (70_001, "70000,=70000,70000")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"sql": "select frm"}, 422),
        ({"sql": "-- nothing"}, 422),
        ({"sql": "select 1", "format": "pdf"}, 422),
        ({"sql": "select 1", "experiment": "none"}, 404),
    ],
)
def test_errors_before_the_first_byte_are_problems(client, body, status):
    answer = client.post("/api/query/export", json={"warehouse": "sqlite", "format": "csv", **body})
    assert answer.status_code == answer.json()["status"] == status


def test_results_that_are_gone_are_not_exported(client):
    path = "/api/query/00000000-0000-0000-0000-000000000000/export"
    assert client.get(path, params={"format": "csv"}).status_code == 404


@pytest.fixture
def server(tmp_path):
    """The API behind a real server: (its address, the application)."""
    import uvicorn

    app = create_app(load_settings({"home": tmp_path / "home"}, use_running_stack=False))
    ready = threading.Event()
    config = uvicorn.Config(app, port=0, log_config=None, lifespan="on", timeout_graceful_shutdown=1)
    server = HttpServer(config, ready.set)
    server.capture_signals = _nothing  # type: ignore[method-assign]
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    assert ready.wait(60)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}", app
    server.should_exit = True
    thread.join()


def _nothing():
    import contextlib

    return contextlib.nullcontext()


def until(condition, limit=60.0):
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def running():
    return [thread.name for thread in threading.enumerate() if thread.name.startswith(("export", "query-"))]


def test_an_error_in_the_middle_breaks_the_transfer(server):
    address, _ = server
    sql = (
        "with recursive n(i) as (select 1 union all select i + 1 from n limit 60000)"
        " select case when i < 50000 then i else 'text' end as i, 'padding' as p from n"
    )
    body = {"warehouse": "sqlite", "sql": sql, "format": "csv"}
    with httpx.stream("POST", f"{address}/api/query/export", json=body) as answer:
        assert answer.status_code == 200
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
            answer.read()


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_client_that_goes_away_stops_its_export(server, form):
    address, app = server
    body = {"warehouse": "sqlite", "sql": ENDLESS, "format": form}
    if form == "xlsx":  # nothing is sent before all rows were read
        content = json.dumps(body).encode()
        head = f"Host: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) as connection:
            connection.sendall(b"POST /api/query/export HTTP/1.1\r\n" + head.encode() + content)
            until(running)
    else:
        with httpx.stream("POST", f"{address}/api/query/export", json=body, timeout=60) as answer:
            next(answer.iter_bytes())
    until(lambda: not running())
    assert list(app.state.queries.folder.glob("*")) == []


def test_a_client_that_goes_away_stops_its_query(server):
    address, app = server
    sql = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{address}/api/query", json={"warehouse": "sqlite", "sql": sql}, timeout=0.5)
    until(lambda: running() in ([], ["query-sweeper"]))
    assert not app.state.queries.count()


def compare(client, left, right, **more):
    sides = {"left": {"warehouse": "sqlite", "sql": left}, "right": {"warehouse": "sqlite", "sql": right}}
    return client.post("/api/query/compare", json={**sides, **more})


def test_comparison(client):
    found = compare(client, "select 1 as a, 'x' as b union all select 2, 'y'", "select 2 as A, 'y' as B").json()
    assert (found["equal"], found["ordered"], found["truncated"]) == (False, False, False)
    assert (found["only_left"], found["only_right"], found["different"]) == (1, 0, 0)
    assert found["differences"] == [{"kind": "only_left", "left": [1, "x"], "right": None, "columns": []}]
    assert found["columns"] == [
        {"name": "a", "left_type": "INTEGER", "right_type": "INTEGER", "comparable": True},
        {"name": "b", "left_type": "TEXT", "right_type": "TEXT", "comparable": True},
    ]
    assert (found["left"]["rows"], found["right"]["rows"], found["left"]["error"]) == (2, 1, None)
    assert found["left"]["columns"][0] == {"name": "a", "type": "INTEGER", "kind": "number"}


def test_comparison_of_ordered_results_and_by_key(client):
    ordered = compare(client, "select 1 as a order by 1", "select 2 as a order by 1").json()
    assert (ordered["ordered"], ordered["different"], ordered["differences"][0]["columns"]) == (True, 1, ["a"])
    keyed = compare(client, "select 1 as k, 2 as v", "select 1 as k, 3 as v order by 1", key=["K"]).json()
    assert (keyed["ordered"], keyed["different"], keyed["differences"][0]["columns"]) == (False, 1, ["v"])
    answer = compare(client, "select 1 as k", "select 1 as k", key=["x"])
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_the_error_of_one_side_leaves_the_other(client):
    found = compare(client, "select 1 as a", "select frm").json()
    assert not found["equal"]
    assert found["left"]["rows"] == 1
    assert (found["right"]["error"]["code"], found["right"]["error"]["warehouse_code"]) == ("sql", "SQLITE_ERROR")
    assert compare(client, "select 1", "select 1", experiment="none").status_code == 404
    assert compare(client, "-- nothing", "select 1").json()["left"]["error"]["code"] == "sql"


def test_comparison_of_the_first_rows(client):
    found = compare(client, SQL.format(rows=50), SQL.format(rows=60), row_limit=50).json()
    assert (found["equal"], found["truncated"], found["right"]["rows"]) == (True, True, 50)
    assert len(client.get("/api/query-history").json()) == 2
