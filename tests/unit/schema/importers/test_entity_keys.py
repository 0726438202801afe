"""The entity form says everything that the form of the model says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dw_simulator.errors import ImportSchemaError, SchemaError
from dw_simulator.schema.distributions import DISTRIBUTIONS
from dw_simulator.schema.importers import placing, read_file
from dw_simulator.schema.importers.entities import FIELD_KINDS, read_entities
from dw_simulator.schema.importers.yaml_ import read_yaml
from dw_simulator.schema.json_schema import json_schema
from dw_simulator.schema.model import Experiment
from dw_simulator.schema.validation import check

ROOT = Path(__file__).parents[4]

KEYS = json_schema()
DEFINITIONS = KEYS["$defs"]
OF_COLUMNS = sorted(set(DEFINITIONS["Column"]["properties"]) - {"name", "data_type", "scale"})
OF_TABLES = sorted(set(DEFINITIONS["Table"]["properties"]) - {"name", "columns"})
OF_EXPERIMENTS = sorted(set(KEYS["properties"]) - {"tables"})
OF_REFERENCES = sorted(set(DEFINITIONS["ForeignKey"]["properties"]) - {"table", "column"})


def unknown(field: dict[str, Any], entity: dict[str, Any], top: dict[str, Any]) -> list[str]:
    """The keys that the entity form does not know."""
    fields = {"id": {"type": "integer"}, "x": field}
    _, found = read_entities({"name": "e", "schema": {"T": {"fields": fields, **entity}}, **top})
    return [problem.message for problem, _ in found if "unknown key" in problem.message]


@pytest.mark.parametrize("kind", FIELD_KINDS)
def test_every_key_of_the_json_schema_is_known(kind: str) -> None:
    odd: Any = object()  # read for its key only
    for key in OF_COLUMNS:
        assert unknown({"type": kind, key: odd}, {}, {}) == []
    for key in OF_TABLES:
        assert unknown({"type": kind}, {key: odd}, {}) == []
    for key in OF_EXPERIMENTS:
        assert unknown({"type": kind}, {}, {key: odd}) == []
    for key in OF_REFERENCES:
        assert unknown({"type": "foreign_key", "references": "T.id", key: odd}, {}, {}) == []


def test_every_type_has_a_kind_of_field() -> None:
    fields = {
        kind: {"type": kind, **({"references": "T.date"} if kind == "foreign_key" else {})} for kind in FIELD_KINDS
    }
    fields["categorical"]["values"] = ["a"]
    experiment, found = read_entities({"name": "e", "schema": {"T": {"fields": fields}}})
    assert experiment is not None, found
    types = {str(column.data_type) for column in experiment.tables[0].columns}
    assert types == set(DEFINITIONS["DataType"]["enum"])


NAMES = {
    "SMALLINT": "smallint", "INT": "integer", "BIGINT": "bigint", "DECIMAL": "decimal", "FLOAT": "float",
    "BOOLEAN": "boolean", "VARCHAR": "text", "CHAR": "char", "DATE": "date", "TIME": "time", "TIMESTAMP": "timestamp",
    "TIMESTAMP_TZ": "timestamp_tz", "BINARY": "binary", "JSON": "json",
}  # fmt: skip


def as_entities(plain: dict[str, Any]) -> dict[str, Any]:
    """The same experiment with entities in place of tables."""
    entities = {}
    for table in plain["tables"]:
        fields = {column["name"]: _field(dict(column)) for column in table["columns"]}
        entities[table["name"]] = {key: table[key] for key in table if key not in ("name", "columns")}
        entities[table["name"]]["fields"] = fields
    return {key: plain[key] for key in plain if key != "tables"} | {"schema": entities}


def _field(column: dict[str, Any]) -> dict[str, Any]:
    kind = NAMES[column.pop("data_type")]
    if kind in ("char", "decimal"):  # of which this form has other defaults
        column.setdefault("varchar_length" if kind == "char" else "precision", 1 if kind == "char" else 18)
    scale = column.pop("scale", 0)
    decimals = {"decimals": scale} if kind == "decimal" else {}
    return {key: column[key] for key in column if key != "name"} | {"type": kind} | decimals


EXAMPLES = sorted(path for path in (ROOT / "examples").rglob("schema.*") if path.suffix in (".json", ".yaml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name + path.suffix)
def test_an_example_is_the_same_in_both_forms(path: Path) -> None:
    told = read_file(path)
    plain = told.model_dump(mode="json", exclude_none=True)
    assert json.loads(read_yaml(json.dumps(as_entities(plain))).model_dump_json(exclude_none=True)) == plain_of(told)


def plain_of(experiment: Experiment) -> dict[str, Any]:
    """As an example has it, with the defaults that the entity form writes out."""
    plain: dict[str, Any] = experiment.model_dump(mode="json", exclude_none=True)
    for table in plain["tables"]:
        for column in table["columns"]:
            if column["data_type"] == "CHAR":
                column.setdefault("varchar_length", 1)
            if column["data_type"] == "DECIMAL":
                column["precision"] = column.get("precision", 18)
                column["scale"] = column.get("scale", 0)
    return plain


SHOP = """
name: shop
schema:
  customers:
    count: 50
    growth: {rows_per_day: 3}
    correlations: [{columns: [age, income], value: 0.5}]
    fields:
      id: {type: serial, primary_key: true}
      age: {type: integer, min: 18, max: 90}
      income: {type: decimal, precision: 12, decimals: 2, distribution: gamma, shape: 2, scale: 900}
      city: {type: string, length: 40, generator: city, locale: de_DE}
      tier: {type: string, length: 9, distribution: {type: markov, start: {a: 1}, transitions: {a: {b: 1}}, length: 3}}
  orders:
    count: 200
    fields:
      id: {type: serial, primary_key: true}
      customer: {type: foreign_key, references: customers.id, fan_out: {min: 1}}
      double: {type: integer, expression: 2 * customer}
      at: {type: timestamp, end: 2024-12-31}
      paid_at: {type: timestamp, after: {columns: at, unit: hours}}
      body: {type: json, document: [{name: a, data_type: INT}]}
"""


def test_rules_in_words_of_both() -> None:
    experiment = read_yaml(SHOP)
    customers, orders = experiment.tables
    assert customers.growth is not None
    assert customers.growth.rows_per_day == 3
    assert [one.columns for one in customers.correlations] == [["age", "income"]]
    income, key = customers.column("income"), orders.column("customer")
    assert income is not None
    assert key is not None
    assert (income.decimal_size, income.distribution) == ((12, 2), DISTRIBUTIONS["gamma"](shape=2, scale=900))
    assert key.foreign_key is not None
    assert key.foreign_key.fan_out is not None
    assert (str(key.data_type), key.foreign_key.fan_out.min) == ("INT", 1)
    check(experiment.model_copy(update={"tables": [customers.model_copy(update={"growth": None}), orders]}))


WRONG = [
    ("{type: integer, min: 1, min_value: 2}", "min and min_value say the same thing", 5),
    ("{type: integer, distribution: zipf, mean: 3}", "distribution zipf has no mean", 5),
    ("{type: integer, mean: 3}", "mean belongs to a distribution, which is missing", 5),
    ("{type: integer, distribution: {type: uniform}, mean: 3}", "written in full", 5),
    ("{type: string, distribution: markov}", "distribution markov is written in full", 5),
    ("{type: integer, values: [1], distribution: {type: uniform}}", "values contradicts distribution", 5),
    ("{type: integer, distribution: poisson}", "distribution poisson needs mean", 5),
    ("{type: serial, start: 3, identity: {seed: 1}}", "identity contradicts start", 5),
    ("{type: integer, fan_out: {}}", "unknown key 'fan_out'", 5),
    ("\n        type: integer\n        distribution:\n          type: gamma\n          shape: 0", "greater than", 9),
    ("\n        type: foreign_key\n        foreign_key: {table: U, column: id}", "there is no such entity", 5),
]


@pytest.mark.parametrize(("field", "message", "line"), WRONG)
def test_what_is_wrong_is_named_with_its_line(field: str, message: str, line: int) -> None:
    with pytest.raises(ImportSchemaError) as error:
        read_yaml(f"name: e\nschema:\n  T:\n    fields:\n      x: {field}\n")
    (problem,) = error.value.problems
    assert message in problem.message
    assert problem.line == line


def test_what_the_whole_schema_makes_wrong_has_its_line(tmp_path: Path) -> None:
    path = tmp_path / "schema.yaml"
    path.write_text(
        "name: e\nschema:\n  T:\n    fields:\n      x:\n        type: integer\n        expression: zz + 1\n"
    )
    with pytest.raises(SchemaError) as error, placing(path):
        check(read_file(path))
    assert [problem.line for problem in error.value.problems] == [7]
