"""JSON and YAML: both forms, and errors with path, line and column."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dw_simulator.errors import ImportSchemaError, NotFound, Problem, SchemaError
from dw_simulator.schema.importers import read_file
from dw_simulator.schema.importers.json_ import read_json
from dw_simulator.schema.importers.yaml_ import read_yaml
from dw_simulator.schema.model import Experiment
from dw_simulator.schema.parse import parse_experiment
from dw_simulator.schema.validation import check

SEED_JSON = """
{
  "name": "sales_experiment",
  "tables": [
    {
      "name": "sales",
      "target_rows": 1000,
      "composite_keys": [["region_id", "store_id"]],
      "warnings": ["as it came"],
      "columns": [
        {"name": "_row_id", "data_type": "INT", "is_unique": true, "required": true},
        {"name": "region_id", "data_type": "INT", "required": true},
        {"name": "store_id", "data_type": "INT", "required": true},
        {"name": "sale_date", "data_type": "DATE", "date_start": "2024-01-01"},
        {"name": "amount", "data_type": "FLOAT"}
      ]
    }
  ]
}
"""

SEED_YAML = """
schema:
  Customer:
    count: 10000 # Number of rows to generate
    fields:
      customer_id:
        type: serial
        primary_key: true
      first_name:
        type: categorical
        pii: false
        generator: faker.first_name
      last_name:
        type: categorical
        pii: false
        generator: faker.last_name
      email:
        type: unique
        generator: faker.email
      registration_date:
        type: datetime
        distribution: uniform
        range: ["2023-01-01", "2024-12-31"]
  Order:
    count: 50000
    fields:
      order_id:
        type: serial
        primary_key: true
      customer_id:
        type: foreign_key
        references: Customer.customer_id # Enforce referential integrity
        pii: false
      order_total:
        type: numerical
        distribution: gaussian
        mean: 150.00
        stddev: 50.00
"""


def plain(experiment: Experiment) -> dict[str, Any]:
    return experiment.model_dump(mode="json", exclude_defaults=True)


def test_json() -> None:
    experiment = read_json(SEED_JSON)
    check(experiment)
    assert experiment.tables[0].columns[0].name == "_row_id"
    assert experiment.warnings == ["as it came"]


def test_the_same_model_in_yaml() -> None:
    import yaml

    text = yaml.safe_dump(json.loads(SEED_JSON))
    assert read_yaml(text) == read_json(SEED_JSON)


def test_names_of_files_and_callers() -> None:
    assert read_json(SEED_JSON, name="other").name == "other"
    assert read_json(SEED_JSON, default_name="other").name == "sales_experiment"
    assert read_yaml(SEED_YAML, default_name="other").name == "other"


def test_dialect_and_warehouse() -> None:
    data = json.loads(SEED_JSON) | {"dialect": "snowflake", "target_warehouse": "redshift"}
    experiment = read_json(json.dumps(data))
    assert (experiment.dialect, experiment.target_warehouse) == ("snowflake", ["redshift"])


def test_entities() -> None:
    experiment = read_yaml(SEED_YAML, name="seed")
    check(experiment)
    customer, order = experiment.tables
    assert (customer.name, customer.target_rows, customer.primary_key) == ("Customer", 10000, ["customer_id"])
    assert (order.name, order.quoted, order.target_rows) == ("ORDER", True, 50000)
    assert experiment.warnings == [
        "The name of table 'Order' is a reserved word in Redshift, Snowflake and SQLite; it is created as \"ORDER\". "
        'Write it in double quotes in queries: "ORDER".'
    ]
    columns = {
        column.name: plain_column
        for column, plain_column in zip(order.columns, plain(experiment)["tables"][1]["columns"], strict=True)
    }
    assert columns["order_id"]["identity"] == {"by_default": True}
    assert columns["customer_id"]["foreign_key"] == {"table": "Customer", "column": "customer_id"}
    assert columns["order_total"]["distribution"] == {"mean": 150.0, "stddev": 50.0}
    assert customer.columns[3].is_unique
    assert (customer.columns[1].faker_rule, customer.columns[3].faker_rule) == ("first_name", "email")
    assert str(customer.columns[4].date_end) == "2024-12-31"


FIELDS = [
    (
        "{type: serial, start: 5, step: 2, big: true}",
        {"data_type": "BIGINT", "identity": {"seed": 5, "step": 2, "by_default": True}},
    ),
    ("{type: string, length: 9, required: true}", {"data_type": "VARCHAR", "varchar_length": 9, "required": True}),
    ("{type: text, nullable: false}", {"data_type": "VARCHAR", "required": True}),
    ("{type: char, length: 2}", {"data_type": "CHAR", "varchar_length": 2}),
    ("{type: categorical, values: [a, bbb]}", {"data_type": "VARCHAR", "varchar_length": 3}),
    ("{type: categorical, values: [1, 2]}", {"data_type": "INT"}),
    ("{type: categorical, values: [1, 9999999999]}", {"data_type": "BIGINT"}),
    ("{type: categorical, values: [1, 2.5]}", {"data_type": "FLOAT"}),
    ("{type: categorical, values: [true, false], weights: [9, 1]}", {"data_type": "BOOLEAN"}),
    ("{type: numerical, min: 1, max: 5}", {"data_type": "FLOAT", "min_value": 1, "max_value": 5}),
    (
        "{type: numerical, decimals: 2, range: [0, 10]}",
        {"data_type": "DECIMAL", "precision": 18, "scale": 2, "min_value": 0, "max_value": 10},
    ),
    ("{type: decimal, precision: 6, decimals: 1}", {"data_type": "DECIMAL", "precision": 6, "scale": 1}),
    (
        "{type: numerical, distribution: exponential, mean: 3}",
        {"data_type": "FLOAT", "distribution": {"type": "exponential", "scale": 3.0}},
    ),
    (
        "{type: integer, distribution: zipf, exponent: 1.5, min: 1, max: 9}",
        {"distribution": {"type": "zipf", "exponent": 1.5}},
    ),
    (
        "{type: float, distribution: lognormal, mu: 1, sigma: 2}",
        {"distribution": {"type": "lognormal", "mu": 1.0, "sigma": 2.0}},
    ),
    ("{type: boolean, null_fraction: 0.5}", {"data_type": "BOOLEAN", "null_fraction": 0.5}),
    ("{type: date, start: 2024-01-01, end: 2024-02-01}", {"data_type": "DATE", "date_start": "2024-01-01"}),
    ("{type: timestamp_tz}", {"data_type": "TIMESTAMP_TZ"}),
    ("{type: time}", {"data_type": "TIME"}),
    ("{type: json, comment: what}", {"data_type": "JSON", "comment": "what"}),
    ("{type: binary, length: 16}", {"data_type": "BINARY", "varchar_length": 16}),
    ("{type: bigint, unique: true, pii: true}", {"data_type": "BIGINT", "is_unique": True}),
]


@pytest.mark.parametrize(("field", "wanted"), FIELDS)
def test_fields(field: Any, wanted: Any) -> None:
    experiment = read_yaml(f"schema: {{E: {{count: 1, fields: {{a: {field}}}}}}}", name="x")
    check(experiment)
    found = experiment.tables[0].columns[0].model_dump(mode="json")
    assert {key: found[key] for key in wanted} == wanted


def test_keys_of_entities() -> None:
    text = """
    schema:
      Line:
        primary_key: [order_no, line_no]
        unique: [[line_no, sku]]
        comment: lines
        fields:
          order_no: {type: integer, min: 1, max: 999}
          line_no: {type: integer, min: 1, max: 999}
          sku: {type: string}
    """
    table = read_yaml(text, name="x").tables[0]
    assert (table.primary_key, table.unique_keys, table.comment) == (
        ["order_no", "line_no"],
        [["line_no", "sku"]],
        "lines",
    )


def test_a_foreign_key_has_the_type_it_refers_to_over_several_steps() -> None:
    text = """
    schema:
      C: {fields: {b: {type: foreign_key, references: B.a}}}
      B: {fields: {a: {type: foreign_key, references: A.code, unique: true}}, count: 10}
      A: {fields: {code: {type: char, length: 7, primary_key: true}}}
    """
    experiment = read_yaml(text, name="x")
    assert [table.columns[0].varchar_length for table in experiment.tables] == [7, 7, 7]


# --- errors ---------------------------------------------------------------------------------------------------------
def problems(text: str, read: Any = read_yaml) -> list[Problem]:
    with pytest.raises(ImportSchemaError) as caught:
        read(text, name="x")
    return list(caught.value.problems)


def entity(field: str) -> str:
    return f"schema:\n  E:\n    fields:\n      id: {{type: serial}}\n      a: {field}\n"


ENTITY_ERRORS = [
    (entity("{type: numercal}"), 5, "unknown type 'numercal'", "did you mean 'numerical'?"),
    (entity("{typ: string}"), 5, "the field has no type", "types are: serial"),
    (entity("string"), 5, "a field is an object with keys, got 'string'", None),
    (entity("{type: string, lenght: 3}"), 5, "unknown key 'lenght'", "did you mean 'length'?"),
    (entity("{type: foreign_key}"), 5, "does not say what the field refers to", "Entity.field"),
    (entity("{type: foreign_key, references: F.id}"), 5, "there is no such entity", "entities are: E"),
    (entity("{type: foreign_key, references: E.ids}"), 5, "there is no such field", "did you mean 'id'?"),
    (entity("{type: foreign_key, references: E.a}"), 5, "go round in a circle", None),
    (entity("{type: numerical, distribution: gaussian, mean: 1}"), 5, "needs stddev", "add stddev"),
    (
        entity("{type: numerical, distribution: gausian, mean: 1}"),
        5,
        "unknown distribution 'gausian'",
        "did you mean 'gaussian'?",
    ),
    (entity("{type: numerical, mean: 1}"), 5, "mean belongs to a distribution, which is missing", None),
    (entity("{type: datetime, range: 2024-01-01}"), 5, "is not a range", "[first, last]"),
    (entity("{type: integer, range: [1, 2], min: 3}"), 5, "range contradicts min and max", None),
    (entity("{type: categorical}"), 5, "needs values or a generator", None),
    (entity("{type: categorical, values: [1, x]}"), 5, "values are of several types: INT, VARCHAR", "quotes"),
    (entity("{type: categorical, values: [x], weights: [1, 2]}"), 5, "1 values but 2 weights", None),
    (entity("{type: string, generator: 3}"), 5, "3 is not a generator", "faker.email"),
    (entity("{type: string, required: maybe}"), 5, "'maybe' is not true or false", None),
    (entity("{type: string, required: true, nullable: true}"), 5, "nullable contradicts required", None),
    (entity("{type: string, pii: perhaps}"), 5, "'perhaps' is not true or false", None),
    (entity("{type: string, length: 0}"), 5, "greater than or equal to 1", None),
    ("schema:\n  E:\n    count: ten\n    fields: {a: {type: string}}\n", 2, "'ten' is not a whole number", None),
    ("schema:\n  E:\n    feilds: {}\n", 3, "unknown key 'feilds'", "did you mean 'fields'?"),
    ("schema:\n  E: {count: 3}\n", 2, "the entity has no fields", None),
    ("schema: {}\n", 1, "there are no entities", None),
    ("schema: 3\n", 1, "schema is an object", None),
    ("schem: {}\n", 1, "unknown key 'schem'", None),
]


@pytest.mark.parametrize(("text", "line", "message", "hint"), ENTITY_ERRORS)
def test_errors_in_entities(text: Any, line: Any, message: Any, hint: Any) -> None:
    found = next(problem for problem in problems(text) if message in problem.message)
    assert found.line == line
    assert hint is None or hint in str(found.hint)


def model(columns: str) -> str:
    return '{"name": "x",\n "tables": [{"name": "t", "columns": [\n' + columns + "]}]}"


MODEL_ERRORS = [
    (
        model('{"name": "a", "data_type": "INTT"}'),
        3,
        "tables.t.columns.a.data_type",
        "unknown type 'INTT'",
        "did you mean 'INT'?",
    ),
    (
        model('{"name": "a", "data_type": "NUMBER(3)"}'),
        3,
        "tables.t.columns.a.data_type",
        "unknown type 'NUMBER(3)'",
        "DECIMAL",
    ),
    (
        model('{"name": "a", "data_type": "DECIMAL(3"}'),
        3,
        "tables.t.columns.a.data_type",
        "is not written right",
        "DECIMAL(10,2)",
    ),
    (model('{"name": "a", "data_type": "INT(3)"}'), 3, "tables.t.columns.a", "INT takes no such length", None),
    (
        model('{"name": "a", "data_type": "DECIMAL(3,4)"}'),
        3,
        "tables.t.columns.a",
        "scale 4 is larger than precision 3",
        None,
    ),
    (model('{"name": "a", "data_type": "INT", "scale": 4}'), 3, "tables.t.columns.a", "belong to DECIMAL", None),
    (model('{"name": "a"}'), 3, "tables.t.columns.a.data_type", "'data_type' is missing", "given are: name"),
    (
        model('{"name": "a", "data_type": "INT", "reqired": true}'),
        3,
        "tables.t.columns.a.reqired",
        "unknown key 'reqired'",
        "did you mean 'required'?",
    ),
    (
        model('{"name": "a", "data_type": "INT", "required": "yes"}'),
        3,
        "tables.t.columns.a.required",
        "'yes' is not true or false",
        None,
    ),
    (
        model('{"name": "a", "data_type": "INT", "min_value": "low"}'),
        3,
        "tables.t.columns.a.min_value",
        "'low' is not a number",
        None,
    ),
    (
        model('{"name": "a", "data_type": "INT", "min_value": true}'),
        3,
        "tables.t.columns.a.min_value",
        "True is not a number",
        None,
    ),
    (
        model('{"name": "a", "data_type": "DATE", "date_start": "soon"}'),
        3,
        "tables.t.columns.a.date_start",
        "'soon' is not a date such as",
        None,
    ),
    (
        model('{"name": "a", "data_type": "DATE", "date_start": 5}'),
        3,
        "tables.t.columns.a.date_start",
        "5 is not a date",
        None,
    ),
    (
        model('{"name": "a", "data_type": "INT", "null_fraction": 2}'),
        3,
        "tables.t.columns.a.null_fraction",
        "less than or equal to 1, got 2",
        None,
    ),
    (
        model('{"name": "a", "data_type": "INT", "distribution": {"type": "norml"}}'),
        3,
        "tables.t.columns.a.distribution",
        "unknown distribution 'norml'",
        "did you mean 'normal'?",
    ),
    (
        model('{"name": "a", "data_type": "INT", "distribution": {}}'),
        3,
        "tables.t.columns.a.distribution",
        "has no 'type'",
        "types are",
    ),
    (
        model('{"name": "a", "data_type": "INT", "distribution": {"type": "normal", "mean": 1, "sd": 2}}'),
        3,
        "tables.t.columns.a.distribution.sd",
        "unknown key 'sd'",
        "keys here are: type, mean, stddev",
    ),
    (
        model('{"name": "a", "data_type": "INT", "foreign_key": "x"}'),
        3,
        "tables.t.columns.a.foreign_key",
        "written 'table.column', got 'x'",
        None,
    ),
    (
        model('{"name": "a", "data_type": "INT", "foreign_key": {"table": "x"}}'),
        3,
        "tables.t.columns.a.foreign_key.column",
        "'column' is missing",
        None,
    ),
    (model(""), 2, "tables.t.columns", "columns has 0 items; at least 1 are needed", None),
    (
        '{"name": "x", "tables": [], "dialect": "oracle"}',
        1,
        "dialect",
        "unknown dialect 'oracle'",
        "dialects are: ansi, redshift, snowflake",
    ),
    (
        '{"name": "x", "target_warehouse": ["redshif"], "tables": []}',
        1,
        "target_warehouse.0",
        "unknown warehouse 'redshif'",
        "did you mean 'redshift'?",
    ),
    ('{"name": "x", "tables": {}}', 1, "tables", "{} is not a list", None),
]


@pytest.mark.parametrize("read", [read_json, read_yaml])
@pytest.mark.parametrize(("text", "line", "path", "message", "hint"), MODEL_ERRORS)
def test_errors_in_the_model(text: Any, line: Any, path: Any, message: Any, hint: Any, read: Any) -> None:
    found = next((one for one in problems(text, read) if message in one.message), None)
    assert found is not None, problems(text, read)
    assert (found.path, found.line) == (path, line)
    assert hint is None or hint in str(found.hint)


SYNTAX_ERRORS = [
    (read_json, '{"name": "x"\n"tables": []}', 2, "not JSON"),
    (read_json, "", 1, "not JSON"),
    (read_json, '{"name": "x", "name": "y"}', None, "'name' is there twice"),
    (read_json, '{"name": NaN}', None, "NaN is not a JSON number"),
    (read_json, "[1]", None, "a schema is an object with the keys name and tables, got a list"),
    (read_json, "[" * 100_000, None, "nested too deeply"),
    (read_yaml, "a: [1\nb: 2", 2, "not YAML"),
    (read_yaml, "name: x\nname: y", 2, "key 'name' is there twice"),
    (read_yaml, "a: 2024-13-01", None, "not YAML"),
    (read_yaml, "a: !!python/object:os.system 1", 1, "not YAML"),
    (read_yaml, "", None, "got nothing"),
    (read_yaml, "just text", None, "got a text"),
]


@pytest.mark.parametrize(("read", "text", "line", "message"), SYNTAX_ERRORS)
def test_syntax_errors(read: Any, text: Any, line: Any, message: Any) -> None:
    (found,) = problems(text, read)
    assert message in found.message
    assert found.line == line


def test_tabs_in_json_are_fine_and_only_cost_the_line() -> None:
    (found,) = problems(
        '{\n\t"name": "x",\n\t"tables": [], "x": 1}'.replace(
            "[]", '[{"name": "t",\t"columns": [{"name": "a", "data_type": "INT"}]}]'
        ),
        read_json,
    )
    assert found.path == "x"


def test_parse_experiment() -> None:
    assert parse_experiment(json.loads(SEED_JSON)).name == "sales_experiment"
    with pytest.raises(SchemaError, match="tables: 'tables' is missing"):
        parse_experiment({"name": "x"})
    with pytest.raises(SchemaError, match="is not an object with keys"):
        parse_experiment(3)


# --- files ----------------------------------------------------------------------------------------------------------
def test_read_file(tmp_path: Path) -> None:
    (tmp_path / "my-schema.sql").write_text("CREATE TABLE t (a INT)")
    (tmp_path / "a.JSON").write_text(SEED_JSON)
    (tmp_path / "b.yml").write_text("\ufeff" + SEED_YAML)
    from dw_simulator.schema.model import Dialect

    assert read_file(tmp_path / "my-schema.sql", dialect=Dialect.ANSI).name == "my_schema"
    assert read_file(tmp_path / "a.JSON").name == "sales_experiment"
    assert read_file(tmp_path / "b.yml").name == "b"


FILES = [
    ("a.txt", b"", "unknown kind of schema file"),
    ("a.sql", b"CREATE TABLE t (a INT)", "a DDL file needs its dialect"),
    ("a.json", b'{"\xff": 1}', "is not UTF-8 text: byte 0xff at offset 2"),
]


@pytest.mark.parametrize(("name", "content", "message"), FILES)
def test_files_that_cannot_be_read(tmp_path: Path, name: Any, content: Any, message: Any) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ImportSchemaError, match=message):
        read_file(tmp_path / name)
    with pytest.raises(NotFound, match="there is no file"):
        read_file(tmp_path / "gone.json")
