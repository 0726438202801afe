"""Browsing warehouses over HTTP; SQLite is the one that needs no service."""

import sqlite3

import pytest


def load(client, schema):
    assert client.post("/api/experiments", json=schema).status_code == 201
    service = client.app.state.jobs.service
    service.generate(schema["name"])
    service.load(schema["name"])


def test_which_warehouses_there_are(client, shop, tmp_path):
    load(client, shop)
    found = {one["warehouse"]: one for one in client.get("/api/warehouses").json()}
    assert found["sqlite"] == {
        "warehouse": "sqlite",
        "available": True,
        "address": str(tmp_path / "home" / "sqlite"),
        "remote": False,
        "error": None,
        "experiments": ["shop"],
    }
    assert set(found) == {"sqlite", "redshift", "snowflake"}


def test_the_catalog(client, shop, tmp_path):
    load(client, shop)
    with sqlite3.connect(tmp_path / "home" / "sqlite" / "shop.sqlite") as connection:
        connection.execute('CREATE VIEW "v""1" AS SELECT email FROM customers')
    connection.close()
    tables = client.get("/api/warehouses/sqlite/catalog").json()
    assert tables == {
        "warehouse": "sqlite",
        "databases": [
            {
                "name": "shop",
                "schemas": [
                    {
                        "name": "main",
                        "experiment": "shop",
                        "tables": [
                            {"name": "customers", "kind": "table", "rows": 10, "columns": None},
                            {"name": 'v"1', "kind": "view", "rows": None, "columns": None},
                        ],
                    }
                ],
            }
        ],
    }
    with_columns = client.get("/api/warehouses/sqlite/catalog", params={"columns": True, "experiment": "SHOP"}).json()
    assert with_columns["databases"][0]["schemas"][0]["tables"][0]["columns"] == [
        {"name": "id", "type": "INTEGER", "kind": "number", "nullable": False},
        {"name": "email", "type": "VARCHAR(80)", "kind": "string", "nullable": True},
    ]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("sqlite/catalog?experiment=none", 404, "not_found"),
        ("oracle/catalog", 422, "request"),
        ("redshift/catalog", 503, "unavailable"),
    ],
)
def test_what_cannot_be_shown(client, unreachable, path, status, code):
    answer = client.get(f"/api/warehouses/{path}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_preview(client, shop):
    load(client, shop)
    asked = {"database": "shop", "table": "customers", "limit": 3, "order_by": "id", "descending": True}
    page = client.get("/api/warehouses/sqlite/preview", params=asked).json()
    assert [row[0] for row in page["rows"]] == [10, 9, 8]
    assert [column["kind"] for column in page["columns"]] == ["number", "string"]
    del page["rows"], page["columns"], page["seconds"]
    assert page == {
        "query_id": None,
        "warehouse": "sqlite",
        "offset": 0,
        "rows_kept": 3,
        "complete": False,
        "truncated": False,
        "statement": "select",
    }


def test_a_profile(client, shop):
    load(client, shop)
    asked = {"database": "shop", "table": "customers", "column": ["id", "id"]}
    profile = client.get("/api/warehouses/sqlite/profile", params=asked).json()
    (column,) = profile["columns"]
    assert (profile["rows"], profile["profiled_rows"], column["min"], column["max"]) == (10, 10, 1, 10)
    assert [bucket["count"] for bucket in column["histogram"]] == [1] * 10


@pytest.mark.parametrize("path", ["preview", "profile"])
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("database=shop&table=none", 404),
        ("database=none&table=customers", 404),
        ("database=..%2Fshop&table=customers", 404),
        ("table=customers", 404),
        ("database=shop&table=customers&order_by=none&column=none", 404),
        ("database=shop", 422),
        ("database=shop&table=", 422),
        ("database=shop&table=customers&limit=0&max_rows=0", 422),
    ],
)
def test_what_cannot_be_previewed(client, shop, path, query, status):
    load(client, shop)
    assert client.get(f"/api/warehouses/sqlite/{path}?{query}").status_code == status


@pytest.mark.parametrize(
    ("warehouse", "keywords", "functions", "types"),
    [
        ("redshift", {"SELECT", "DISTKEY", "UNLOAD", "QUALIFY"}, {"DATEADD", "LISTAGG"}, {"SUPER", "VARCHAR"}),
        ("snowflake", {"SELECT", "QUALIFY", "FLATTEN", "CLONE"}, {"PARSE_JSON", "IFF"}, {"VARIANT", "NUMBER"}),
        ("sqlite", {"SELECT", "PRAGMA", "GLOB"}, {"JULIANDAY", "GROUP_CONCAT"}, {"INTEGER", "TEXT"}),
    ],
)
def test_words(client, warehouse, keywords, functions, types):
    words = client.get(f"/api/warehouses/{warehouse}/words").json()
    assert keywords <= set(words["keywords"])
    assert functions <= set(words["functions"])
    assert types <= set(words["types"])
    for group in words.values():
        assert group == sorted(set(group))
    assert not set(words["keywords"]) & set(words["types"])
