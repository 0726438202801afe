"""What the forms of schemas are made from."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dw_simulator.experiments.rule_catalog import NO_RULES
from dw_simulator.generator.catalog import rules
from dw_simulator.schema.distributions import DISTRIBUTIONS
from dw_simulator.schema.expressions import FUNCTIONS
from dw_simulator.schema.model import Column, Table

SCHEMA = """
name: shop
tables:
  - name: orders
    target_rows: 50
    columns:
      - {name: id, data_type: BIGINT}
      - {name: city, data_type: VARCHAR(20), faker_rule: city}
      - {name: price, data_type: 'DECIMAL(8,2)', distribution: {type: gamma, shape: 2, scale: 7}}
      - {name: body, data_type: JSON, document: [{name: a, data_type: INT}]}
"""


def test_no_family_and_no_rule_is_missing(client: Any) -> None:
    answer = client.get("/api/schema/rules").json()
    of_place = {
        place: {rule["key"] for rule in answer["rules"] if rule["place"] == place} for place in ("column", "table")
    }
    assert of_place["column"] == set(Column.model_fields) - NO_RULES["column"]
    assert of_place["table"] == set(Table.model_fields) - NO_RULES["table"]
    variants = {(rule["key"], rule["type"]) for rule in answer["rules"] if rule["type"] is not None}
    assert {name for key, name in variants if key == "distribution"} == set(DISTRIBUTIONS)
    assert ("defects", "null") in variants
    assert [text["name"] for text in answer["texts"]] == [rule.name for rule, _ in rules()]
    assert len(answer["functions"]) == len(FUNCTIONS)
    assert "$ref" not in json.dumps(answer)
    assert all(rule["title"] and rule["group"] for rule in answer["rules"])


@pytest.mark.parametrize(
    ("key", "kind", "parameters"),
    [
        ("distribution", "gamma", {"type", "shape", "scale"}),
        ("distribution", "calendar", {"type", "weekdays", "hours", "months", "business_hours", "growth", "holidays",
                                      "bursts"}),
        ("after", None, {"columns", "unit", "min", "max", "distribution"}),
        ("rollup", None, {"table", "foreign_key", "function", "value", "where"}),
        ("foreign_key", None, {"table", "column", "fan_out", "hierarchy", "as_of"}),
        ("correlations", None, {"columns", "value", "matrix", "kind"}),
        ("lookups", None, {"columns", "rows", "weights"}),
    ],
)  # fmt: skip
def test_parameters_of_a_rule(client: Any, key: str, kind: str | None, parameters: set[str]) -> None:
    (rule,) = [
        one for one in client.get("/api/schema/rules").json()["rules"] if (one["key"], one["type"]) == (key, kind)
    ]
    assert set(rule["parameters"]["properties"]) == parameters
    assert rule["description"]


def test_the_first_rows(client: Any) -> None:
    answer = client.post("/api/schema/preview?rows=3", content=SCHEMA, headers={"content-type": "application/yaml"})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["table"], found["total_rows"], len(found["rows"])) == ("orders", 50, 3)
    assert [column["kind"] for column in found["columns"]] == ["number", "string", "number", "json"]
    assert [sorted(row[3]) for row in found["rows"]] == [["a"]] * 3
    assert client.get("/api/experiments").json() == []


@pytest.mark.parametrize(
    ("text", "path", "query"),
    [
        (SCHEMA.replace("shape: 2", "shape: 0"), "tables.orders.columns.price.distribution.shape", ""),
        (SCHEMA.replace("faker_rule: city", "faker_rule: citi"), "tables.orders.columns.city", ""),
        (SCHEMA, "", "?table=order"),
    ],
)
def test_what_cannot_be_made_says_where(client: Any, text: str, path: str, query: str) -> None:
    answer = client.post(f"/api/schema/preview{query}", content=text, headers={"content-type": "application/yaml"})
    assert answer.status_code == 422
    assert [problem["path"] for problem in answer.json()["problems"]] == [path]


def test_a_schema_as_text(client: Any) -> None:
    kind = {"content-type": "application/yaml"}
    as_json = client.post("/api/schema/text?format=json", content=SCHEMA, headers=kind)
    assert as_json.headers["content-type"] == "application/json"
    assert as_json.json()["tables"][0]["columns"][1] == {
        "name": "city", "data_type": "VARCHAR", "varchar_length": 20, "faker_rule": "city",
    }  # fmt: skip
    again = client.post("/api/schema/text", content=as_json.content, headers={"content-type": "application/json"})
    assert "type: gamma" in again.text
