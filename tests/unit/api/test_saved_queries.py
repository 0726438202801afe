"""The history of queries and saved queries, over HTTP."""

import datetime as dt
import json

import pytest

from dw_simulator.api.routers.saved_queries import attachment
from dw_simulator.metadata import queries

SAVED = {"name": "Top customers", "sql": "select 1;\n", "warehouse": "sqlite", "experiment": "shop"}


def run(client, sql, warehouse="sqlite"):
    return client.post("/api/query", json={"warehouse": warehouse, "sql": sql})


def test_history(client):
    run(client, "select 1 union all select 2")
    run(client, "select * frm t where password = 'secret'")
    run(client, "create user u password 'secret'")
    failed, wrong, well = client.get("/api/query-history").json()
    assert (well["sql"], well["warehouse"], well["experiment"]) == ("select 1 union all select 2", "sqlite", None)
    assert (well["rows"], well["error"]) == (2, None)
    assert well["seconds"] > 0
    assert dt.datetime.fromisoformat(well["at"]).tzinfo is not None
    assert wrong["sql"] == "select * frm t where password = '****'"
    assert wrong["rows"] is None
    assert "syntax error" in wrong["error"]
    assert failed["sql"] == "create user u password '****'"
    assert client.get("/api/query-history", params={"warehouse": "redshift"}).json() == []
    assert [each["id"] for each in client.get("/api/query-history", params={"limit": 1}).json()] == [failed["id"]]
    assert client.delete("/api/query-history").status_code == 204
    assert client.get("/api/query-history").json() == []


def test_the_history_is_short(client, monkeypatch):
    monkeypatch.setattr(queries, "KEPT", 3)
    monkeypatch.setattr(queries, "KEPT_CHARACTERS", 20)
    for number in range(5):
        run(client, f"select {number} as a_long_name")
    found = [each["sql"] for each in client.get("/api/query-history").json()]
    assert found == [f"select {number} as a_long_n" + queries.CUT for number in (4, 3, 2)]


def test_saved_queries(client):
    created = client.post("/api/saved-queries", json=SAVED)
    assert created.status_code == 201
    saved = created.json()
    assert {name: saved[name] for name in SAVED} == {**SAVED, "sql": "select 1;"}
    path = f"/api/saved-queries/{saved['id']}"
    assert client.get(path).json() == saved

    taken = client.post("/api/saved-queries", json={"name": "TOP customers", "sql": "x"})
    assert (taken.status_code, taken.json()["code"]) == (409, "conflict")
    other = client.post("/api/saved-queries", json={"name": "Another", "sql": "x"}).json()
    assert [each["name"] for each in client.get("/api/saved-queries").json()] == ["Another", "Top customers"]
    assert client.put(path, json={"name": "another", "sql": "x"}).status_code == 409
    changed = client.put(path, json={"name": "top customers", "sql": "select 2"}).json()
    assert (changed["sql"], changed["warehouse"], changed["created_at"]) == ("select 2", None, saved["created_at"])

    assert client.delete(path).status_code == 204
    for answer in (client.get(path), client.delete(path), client.put(path, json=SAVED), client.get(f"{path}/download")):
        assert answer.status_code == 404
    assert [each["id"] for each in client.get("/api/saved-queries").json()] == [other["id"]]


@pytest.mark.parametrize(
    "body",
    [
        {"name": "", "sql": "x"},
        {"name": "  ", "sql": "x"},
        {"name": "a\nb", "sql": "x"},
        {"name": "\ud800", "sql": "x"},
        {"name": "a", "sql": "\ud800"},
        {"name": "a", "sql": ""},
        {"name": "a"},
        {"name": "a", "sql": "x", "warehouse": "oracle"},
        {"name": "a", "sql": "x", "id": 1},
    ],
)
def test_bad_queries_are_not_saved(client, body):
    headers = {"content-type": "application/json"}
    answer = client.post("/api/saved-queries", content=json.dumps(body), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "request")


def test_download(client):
    saved = client.post("/api/saved-queries", json={"name": 'Größte ../"Kunden"', "sql": "select 'ä'"}).json()
    answer = client.get(f"/api/saved-queries/{saved['id']}/download")
    assert answer.content == "select 'ä'".encode()
    assert answer.headers["content-type"] == "application/sql"
    assert (
        answer.headers["content-disposition"]
        == "attachment; filename=\"Gr__te .._Kunden_.sql\"; filename*=UTF-8''Gr%C3%B6%C3%9Fte%20.._Kunden_.sql"
    )


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("a", "a.sql"),
        ("../../etc/passwd", "_.._etc_passwd.sql"),
        ("...", "query.sql"),
        ("con", "_con.sql"),
        ("a" * 300, "a" * 100 + ".sql"),
        ("a\r\nX: y", "a_X_ y.sql"),
    ],
)
def test_file_names_are_safe(name, file):
    assert attachment(name, "sql") == f"attachment; filename=\"{file}\"; filename*=UTF-8''{file.replace(' ', '%20')}"
