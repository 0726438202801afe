"""Experiments from schemas and scripts: what is told of them, and what becomes of bad input."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

SCRIPT = """\
vacuum;
create table region (
  id int not null, zone int, start date,
  check (id > 0),
  primary key (id, zone)
);
create temp table note (id int primary key);
"""

YAML = "name: shop\ntables:\n  - name: a\n    columns:\n      - {name: id, data_type: INT}\n"


def test_diagnostics_have_places(client):
    body = {"sql": SCRIPT, "dialect": "redshift", "name": "x", "target_warehouse": ["snowflake"], "dry_run": True}
    answer = client.post("/api/experiments/import-sql", json=body)
    assert (answer.status_code, answer.json()["stored"]) == (200, False)
    found = [(d["severity"], d["line"], d["column"], d["table"]) for d in answer.json()["diagnostics"]]
    assert found == [
        ("warning", 2, 14, "region"),  # a composite key
        ("warning", 4, 3, "region"),  # the CHECK
        ("warning", 7, 19, "note"),  # TEMP
        ("info", 1, 1, None),  # VACUUM
        ("warning", 3, 30, "region"),  # START is reserved in Snowflake
    ]
    messages = {d["message"] for d in answer.json()["diagnostics"] if d["severity"] == "warning"}
    assert messages < set(answer.json()["warnings"])
    assert client.get("/api/experiments").json() == []


@pytest.mark.parametrize(
    ("sql", "places"),
    [
        ("create table a (x int,\n y nonsense);\ncreate tabel b (z int);\nselec 1;", [(2, 4), (3, 8), (4, 1)]),
        ("create table a (x int);\ncreate table b (y int references c(z));", [(2, 34)]),
        ("create table a (\n x int unique\n);", [(2, 2)]),  # found by the checks of the model
        ("create table a (x varchar(5) default 'abc);", [(1, 38)]),
        ("", [(None, None)]),
    ],
)
def test_every_problem_of_a_script_has_its_place(client, sql, places):
    body = {"sql": sql, "name": "x", "dialect": "redshift", "target_rows": 5_000_000_000}
    answer = client.post("/api/experiments/import-sql", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [(p.get("line"), p.get("column")) for p in answer.json()["problems"]] == places


def test_a_script_as_a_file(client):
    fields = {"name": "x", "dialect": "redshift", "target_warehouse": ["redshift", "sqlite"], "target_rows": "7"}
    answer = client.post("/api/experiments/import-sql", data=fields, files={"file": ("ddl.sql", SCRIPT.encode())})
    assert answer.status_code == 201, answer.text
    experiment = answer.json()["experiment"]
    assert (experiment["target_warehouse"], experiment["tables"][0]["target_rows"]) == (["redshift", "sqlite"], 7)
    assert [found["name"] for found in client.get("/api/experiments").json()] == ["x"]


@pytest.mark.parametrize(
    ("fields", "content", "path"),
    [
        ({"name": "x"}, None, "body.sql"),
        ({}, b"create table a (x int)", "body.name"),
        ({"name": "x", "target_rows": "many"}, b"create table a (x int)", "body.target_rows"),
        ({"name": "x", "colour": "red"}, b"create table a (x int)", "body.colour"),
    ],
)
def test_a_form_that_is_wrong_names_the_field(client, fields, content, path):
    files = {"file": ("a.sql", content)} if content is not None else {"other": ("x", b"")}
    answer = client.post("/api/experiments/import-sql", data=fields, files=files)
    assert (answer.status_code, answer.json()["code"]) == (422, "request")
    assert path in [problem["path"] for problem in answer.json()["problems"]]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"create table \xff (x int)", "multipart"),
        (b"no form at all", "multipart/form-data"),
        (b"no form at all", "multipart/form-data; boundary=x"),
        (b'{"sql": "\\ud800", "name": "x"}', "application/json"),
        (b'{"sql": 1e400, "name": []}', "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"\xff\xfe", "application/json"),
        (b"", "text/plain"),
    ],
)
def test_bodies_that_are_no_bodies(client, content, kind):
    if kind == "multipart":
        answer = client.post("/api/experiments/import-sql", data={"name": "x"}, files={"file": ("a.sql", content)})
    else:
        answer = client.post("/api/experiments/import-sql", content=content, headers={"content-type": kind})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_much_sql_is_answered_soon(client):
    sql = "insert into t values (1, 'x');\n" * 330_000
    answer = client.post("/api/experiments/import-sql", json={"sql": sql, "name": "x"})
    assert (answer.status_code, "characters, more than" in answer.json()["detail"]) == (422, True)  # it is not read


# --- schemas ----------------------------------------------------------------------------------------------------------
def test_yaml_is_as_good_as_json(client):
    tried = client.post("/api/experiments?dry_run=true", content=YAML, headers={"content-type": "application/yaml"})
    assert (tried.status_code, client.get("/api/experiments").json()) == (200, [])
    answer = client.post("/api/experiments", content=YAML, headers={"content-type": "text/yaml; charset=utf-8"})
    assert answer.status_code == 201
    assert answer.json()["experiment"] == tried.json()["experiment"]
    assert tried.json()["summary"]["tables"] == [{"name": "a", "columns": 1, "target_rows": 1000}]


BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("name: [", (2, 1)),
        ("name: a\n\tb: c", (2, 1)),
        (BOMB, (7, 8)),
        ("name: x\ntables: " + "[" * 200_000, (2, 108)),
        ("a: " + "{b: " * 50_000, (1, 400)),
        ("name: x\nname: y", (2, 1)),
        ("!!python/object/apply:os.system ['true']", (1, 1)),
        ("a: &a [*a]", None),
        ("", None),
        ("2024-13-01", None),
        ("name: x\ntables: [{name: a, columns: [{name: id, data_type: INT, colour: red}]}]", (2, 57)),
    ],
)
def test_yaml_that_cannot_be_used(client, text, place):
    answer = client.post("/api/experiments", content=text, headers={"content-type": "application/yaml"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    problem = answer.json()["problems"][0]
    assert place is None or (problem["line"], problem["column"]) == place
    assert len(answer.content) < 20_000


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000, '{"name": "\\ud800", "tables": []}', b"\xff", "NaN"]
)
def test_json_that_cannot_be_used(client, text):
    answer = client.post("/api/experiments", content=text)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


NAMES = [
    'a"b',
    "a'b",
    "../../etc",
    "a/b",
    "a\x00b",
    "x" * 10_000,
    " ",
    "é",
    ".",
    "a\nb",
    "%00",
    "a;drop table x",
    "\u202e",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_all_kinds(client, shop, name, tmp_path):
    """A name is stored and found again, or refused; it never becomes a path or SQL."""
    before = sorted(path for path in tmp_path.rglob("*"))
    answer = client.post("/api/experiments", json={**shop, "name": name})
    assert answer.status_code in (201, 422)
    if answer.status_code == 422:
        assert sorted(path for path in tmp_path.rglob("*")) == before
    from urllib.parse import quote

    found = client.get(f"/api/experiments/{quote(name, safe='')}")
    assert found.status_code in ((200,) if answer.status_code == 201 and "/" not in name else (200, 404))
    for method, path in (("POST", "/generate"), ("GET", "/schema"), ("POST", "/verify"), ("DELETE", "")):
        answer = client.request(method, f"/api/experiments/{quote(name, safe='')}{path}")
        assert answer.status_code < 500
        assert len(answer.content) < 20_000


def test_schemas_can_be_downloaded(client, shop):
    client.post("/api/experiments", json={**shop, "target_warehouse": ["snowflake"]})
    answer = client.get("/api/experiments/SHOP/schema")
    assert answer.headers["content-disposition"] == "attachment; filename=\"shop.json\"; filename*=UTF-8''shop.json"
    as_yaml = client.get("/api/experiments/shop/schema?format=yaml")
    for text, kind in ((answer.text, "application/json"), (as_yaml.text, "application/yaml")):
        again = client.post("/api/experiments?dry_run=true", content=text, headers={"content-type": kind})
        assert again.json()["experiment"] == client.get("/api/experiments/shop").json()["experiment"]
    for parameters, start in (
        ({"format": "ddl"}, "CREATE TABLE IF NOT EXISTS customers (\n  id INTEGER NOT NULL"),
        ({"format": "ddl", "warehouse": "sqlite"}, "CREATE TABLE IF NOT EXISTS customers (\n  id INTEGER NOT NULL"),
    ):
        assert client.get("/api/experiments/shop/schema", params=parameters).text.startswith(start)
    for query in ("format=xml", "format=ddl&warehouse=oracle"):
        assert client.get(f"/api/experiments/shop/schema?{query}").status_code == 422


def test_the_json_schema(client):
    answer = client.get("/api/schema")
    assert answer.headers["content-type"] == "application/schema+json"
    assert json.loads(answer.text)["title"] == "dw-simulator experiment"


def test_of_several_deletes_one_wins(client, shop):
    client.post("/api/experiments", json=shop)
    client.post("/api/experiments/shop/generate")
    while client.get("/api/jobs?active=true").json():
        time.sleep(0.02)
    client.post("/api/experiments/shop/load?wait=true")
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: client.delete("/api/experiments/shop").status_code, range(8)))
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 404, 409}
    assert client.get("/api/experiments").json() == []


def test_of_several_creations_one_wins(client, shop):
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: client.post("/api/experiments", json=shop).status_code, range(8)))
    assert sorted(statuses) == [201, *[409] * 7]


def test_a_property_file_of_dbt(client):
    text = "models: [{name: m, columns: [{name: id, data_type: int, tests: [unique, not_null]}]}]"
    headers = {"content-type": "application/yaml"}
    answer = client.post("/api/experiments?name=x&dialect=redshift&dbt_kind=model", content=text, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.json()["experiment"]["tables"][0]["primary_key"] == ["id"]
    assert answer.json()["experiment"]["dialect"] == "redshift"
    refused = client.post("/api/experiments?dbt_kind=seed", content=text, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "import")
