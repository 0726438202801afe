"""Key graph and lineage over HTTP."""

import re
import time
import xml.etree.ElementTree as ET


def _loaded(client, shop):
    assert client.post("/api/experiments", json=shop).status_code == 201
    run = client.post("/api/experiments/shop/generate").json()
    while client.get("/api/jobs", params={"active": True}).json():
        time.sleep(0.01)
    client.app.state.jobs.service.load("shop")
    return run["id"]


def test_the_graph_as_data_and_for_graphviz(client, shop):
    client.post("/api/experiments", json=shop)
    graph = client.get("/api/experiments/shop/graph").json()
    assert [table["name"] for table in graph["tables"]] == ["customers"]
    assert graph["tables"][0]["columns"][0]["unique"] is True
    drawn = client.get("/api/experiments/shop/graph", params={"format": "dot"})
    assert drawn.headers["content-type"] == "text/vnd.graphviz; charset=utf-8"
    assert drawn.text.startswith("digraph {")


def test_where_rows_come_from(client, shop):
    run = _loaded(client, shop)
    graph = client.get("/api/experiments/shop/lineage").json()
    assert [(node["id"], node["kind"], node["label"], node["table"]) for node in graph["nodes"]] == [
        ("schema:customers", "schema_table", "customers", "customers"),
        (f"run:{run}", "run", f"run {run}", None),
        (f"files:{run}:customers", "file_group", "1 file", "customers"),
        ("sqlite:customers", "warehouse_table", "sqlite: customers", "customers"),
    ]
    assert [node["detail"].get("rows") for node in graph["nodes"]] == [None, 10, 10, 10]
    assert [tuple(edge.values()) for edge in graph["edges"]] == [
        ("schema:customers", f"run:{run}", "10 rows"),
        (f"run:{run}", f"files:{run}:customers", "wrote"),
        (f"files:{run}:customers", "sqlite:customers", "loaded"),
    ]


def test_the_lineage_for_graphviz(client, shop):
    _loaded(client, shop)
    text = client.get("/api/experiments/shop/lineage", params={"format": "dot"}).text
    labels = re.findall(r"^  n\d+ \[label=<(.*)>, fillcolor", text, re.MULTILINE)
    assert [ET.fromstring(f"<p>{label}</p>").text for label in labels] == [
        "customers", "run 1", "1 file", "sqlite: customers",
    ]  # fmt: skip
    assert re.findall(r"^  (n\d) -> (n\d)", text, re.MULTILINE) == [("n0", "n1"), ("n1", "n2"), ("n2", "n3")]


def test_what_is_not_there(client):
    for path in ("graph", "lineage"):
        assert client.get(f"/api/experiments/none/{path}").status_code == 404
        assert client.get(f"/api/experiments/none/{path}", params={"format": "svg"}).status_code == 422
