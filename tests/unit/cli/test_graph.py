"""`dw-sim experiment graph` and `dw-sim connect`, as programs see them."""

import json

import pytest

SCHEMA = {
    "name": "shop",
    "tables": [
        {"name": "a", "columns": [{"name": "id", "data_type": "INT", "is_unique": True}]},
        {"name": "b", "columns": [{"name": "a_id", "data_type": "INT", "foreign_key": "a.id"}]},
    ],
}


@pytest.fixture
def shop(dw_sim, tmp_path):
    (tmp_path / "shop.json").write_text(json.dumps(SCHEMA))
    dw_sim("experiment", "create", str(tmp_path / "shop.json"))
    return dw_sim


@pytest.mark.parametrize(
    ("options", "start"),
    [([], "digraph {\n"), (["--format", "dot"], "digraph {\n"), (["--format", "mermaid"], "erDiagram\n")],
)
def test_drawings(shop, options, start):
    assert shop("experiment", "graph", "shop", *options).stdout.startswith(start)


def test_as_json(shop):
    graph = json.loads(shop("experiment", "graph", "SHOP", "--format", "json").stdout)
    assert [(key["from_table"], key["to_table"]) for key in graph["keys"]] == [("b", "a")]


def test_an_experiment_that_is_not_there(dw_sim):
    assert dw_sim("experiment", "graph", "none", check=False).returncode == 8


def test_snippets_as_json(dw_sim):
    (found,) = json.loads(dw_sim("connect", "s3", "--client", "aws-cli", "--json").stdout)
    assert (found["service"], found["client"], found["language"]) == ("s3", "aws-cli", "bash")
