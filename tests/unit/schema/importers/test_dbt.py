"""dbt projects, property files and manifests become schemas; what cannot is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from dw_simulator.errors import ImportSchemaError, NotFound
from dw_simulator.experiments import check_experiment
from dw_simulator.schema.importers import read_file
from dw_simulator.schema.importers.dbt.nodes import DbtOptions, target_of
from dw_simulator.schema.importers.json_ import read_json
from dw_simulator.schema.importers.yaml_ import read_yaml
from dw_simulator.schema.model import Column, Dialect, Experiment, Table, Warehouse

ROOT = Path(__file__).resolve().parents[4]


def read(text: str, **options: Any) -> Experiment:
    experiment = read_yaml(text, name="x", dbt=DbtOptions(**options))
    check_experiment(experiment)
    return experiment


def model(columns: str, rest: str = "", **options: Any) -> Table:
    return read(f"models: [{{name: t, columns: [{columns}]{rest}}}]", **options).tables[0]


PROPERTIES = """
version: 2
sources:
  - name: shop
    tables:
      - name: customers
        identifier: raw_customers
        columns:
          - name: id
            data_type: integer
            description: who
            data_tests: [unique, not_null]
          - name: email
            data_type: varchar(120)
            tests: [unique]
models:
  - name: orders
    description: One row an order.
    columns:
      - name: order_id
        data_type: numeric(38,0)
        tests:
          - unique
          - not_null
      - name: customer_id
        data_tests:
          - relationships:
              arguments: {to: "source('shop', 'customers')", field: id}
              config: {severity: warn}
      - name: status
        data_tests:
          - accepted_values: {values: [new, paid, null]}
          - not_null: {config: {enabled: false}}
      - name: amount
        data_type: decimal(10,2)
        data_tests:
          - dbt_utils.accepted_range: {min_value: 0, max_value: 100, inclusive: false}
      - name: line
        data_type: int
    data_tests:
      - dbt_utils.unique_combination_of_columns: {combination_of_columns: [customer_id, line]}
"""


def test_a_property_file():
    customers, orders = read(PROPERTIES).tables
    assert (customers.name, customers.primary_key, customers.column("email").is_unique) == (
        "raw_customers",
        ["id"],
        True,
    )
    assert customers.columns[0] == Column(name="id", data_type="INT", required=True, is_unique=True, comment="who")
    assert (orders.comment, orders.unique_keys) == ("One row an order.", [["customer_id", "line"]])
    order_id, customer_id, status, amount, _ = orders.columns
    assert (order_id.data_type, order_id.precision, order_id.required) == ("DECIMAL", 38, True)
    assert (customer_id.data_type, customer_id.foreign_key.table) == ("INT", "raw_customers")
    assert (status.required, status.distribution.values) == (False, ["new", "paid"])
    assert [float(amount.min_value), float(amount.max_value)] == [0.01, 99.99]


RULES = [
    ("{name: a, data_type: int, tests: [{test_name: accepted_values, name: mine, values: [1, '2']}]}", "values",
     [1, 2]),
    ("{name: a, tests: [{accepted_values: {values: [1, 2], quote: false}}]}", "data_type", "BIGINT"),
    ("{name: a, tests: [{accepted_values: {values: [true, false]}}]}", "data_type", "BOOLEAN"),
    ("{name: a, data_type: boolean, tests: [{accepted_values: {values: ['True']}}]}", "values", [True]),
    ("{name: a, data_type: date, tests: [{accepted_values: {values: [2024-01-31]}}]}", "values", ["2024-01-31"]),
    ("{name: a, tests: [{dbt_utils.not_null_proportion: {at_least: 0.9}}]}", "null_fraction", 0.05),
    ("{name: a, tests: [{dbt_utils.not_null_proportion: {at_least: 1}}]}", "required", True),
    ("{name: a, data_type: int, tests: [{dbt_utils.sequential_values: {interval: 5}}]}", "step", 5),
    ("{name: a, data_type: int, tests: [{dbt_utils.accepted_range: {min_value: 3}}]}", "min_value", 3),
    ("{name: a, data_type: int, tests: [{dbt_utils.accepted_range: {max_value: 3, inclusive: false}}]}", "max_value",
     2),
    ("{name: a, data_type: date, tests: [{dbt_utils.accepted_range: {min_value: \"'2024-01-31'::date\"}}]}",
     "date_start", "2024-01-31"),
    ("{name: a, tests: [dbt_expectations.expect_column_values_to_be_unique]}", "is_unique", True),
    ("{name: a, tests: [{dbt_expectations.expect_column_values_to_be_in_set: {value_set: [x]}}]}", "values", ["x"]),
    ("{name: a, tests: [{dbt_expectations.expect_column_value_lengths_to_be_between: {max_value: 7}}]}",
     "varchar_length", 7),
    ("{name: a, tests: [{dbt_expectations.expect_column_values_to_match_regex: {regex: '^[A-Z]{2}-[0-9]+$'}}]}",
     "faker_rule", "regex:[A-Z]{2}-[0-9]+"),
    ("{name: a, tests: [dbt_constraints.primary_key]}", "required", True),
    ("{name: a, constraints: [{type: not_null}]}", "required", True),
    ("{name: a, constraints: [{type: unique}]}", "is_unique", True),
    ("{name: a, data_type: timestamp_ntz}", "data_type", "TIMESTAMP"),
    ("{name: a, data_type: super}", "data_type", "JSON"),
    ("{name: a, data_type: character varying(40)}", "varchar_length", 40),
    ("{name: created_at}", "data_type", "TIMESTAMP"),
    ("{name: orderDate}", "data_type", "DATE"),
    ("{name: is_new}", "data_type", "BOOLEAN"),
    ("{name: total_amount}", "data_type", "DECIMAL"),
    ("{name: item_count}", "data_type", "INT"),
    ("{name: customer_id}", "data_type", "BIGINT"),
    ("{name: anything}", "data_type", "VARCHAR"),
    ("{name: 'Order No', quote: true}", "quoted", True),
]  # fmt: skip


@pytest.mark.parametrize(("column", "field", "expected"), RULES)
def test_rules_of_columns(column, field, expected):
    found = model(column).columns[0]
    holder = found if hasattr(found, field) else found.identity if field == "step" else found.distribution
    value = getattr(holder, field)
    assert (str(value) if field.startswith("date_") else value) == expected


TABLE_RULES = [
    ("tests: [{dbt_constraints.unique_key: {column_names: [a, b]}}]", "unique_keys", [["a", "b"]]),
    ("tests: [{dbt_constraints.primary_key: {column_names: [a, b]}}]", "primary_key", ["a", "b"]),
    ("constraints: [{type: primary_key, columns: [a, b]}]", "primary_key", ["a", "b"]),
    ("constraints: [{type: unique, columns: [b, a]}]", "unique_keys", [["b", "a"]]),
    ("tests: [{dbt_expectations.expect_compound_columns_to_be_unique: {column_list: [a, b]}}]", "unique_keys",
     [["a", "b"]]),
    ("tests: [{unique: {column_name: b}}]", "unique_keys", []),
]  # fmt: skip


@pytest.mark.parametrize(("rest", "field", "expected"), TABLE_RULES)
def test_rules_of_tables(rest, field, expected):
    table = model("{name: a, data_type: int}, {name: b, data_type: int}", f", {rest}")
    assert getattr(table, field) == expected
    assert table.column("b").is_unique == ("column_name: b" in rest)


TWO = """
models:
  - name: p
    columns: [{name: k, data_type: int, data_tests: [unique, not_null]}, {name: j, data_type: int}, {name: s}]
  - name: c
    columns: [{name: p_k, %s}, {name: q, data_type: int}]
    %s
"""

REFERENCES = [
    ("tests: [{relationships: {to: ref('p'), field: k}}]", "", ("p", "k"), ""),
    ("tests: [{relationships: {to: \"{{ ref('pack', 'p') }}\", field: K}}]", "", ("p", "k"), ""),
    ("tests: [{dbt_utils.relationships_where: {to: ref('p'), field: k, to_condition: 'k > 0'}}]", "", ("p", "k"),
     "its to_condition is not kept to"),
    ("constraints: [{type: foreign_key, to: ref('p'), to_columns: [k]}]", "", ("p", "k"), ""),
    ("constraints: [{type: foreign_key, expression: 'analytics.p (k)'}]", "", ("p", "k"), ""),
    ("tests: [{dbt_constraints.foreign_key: {pk_table_name: ref('p'), pk_column_name: k}}]", "", ("p", "k"), ""),
    ("tests: [{relationships: {to: ref('p'), field: j}}]", "", ("p", "j"), "j is made unique, because c refers to it"),
    ("tests: [{relationships: {to: ref('nowhere'), field: k}}]", "", None, "'nowhere' is not imported"),
    ("tests: [{relationships: {to: ref('p'), field: z}}]", "", None, "p has no column z"),
    ("tests: [{relationships: {to: other, field: k}}]", "", None, "'other' is not ref"),
    ("tests: [{relationships: {to: ref('c'), field: p_k}}]", "", None, "it refers to itself"),
    ("data_type: date, tests: [{relationships: {to: ref('p'), field: k}}]", "", None, "it is DATE, but p.k is INT"),
    ("tests: [{relationships: {to: ref('p'), field: k}}, {accepted_values: {values: [1]}}]", "", ("p", "k"),
     "it refers to another table"),
    ("tests: [{relationships: {to: ref('p'), field: k}}, {relationships: {to: ref('p'), field: j}}]", "", ("p", "k"),
     "already refers to p"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "rest", "target", "warning"), REFERENCES)
def test_foreign_keys(column, rest, target, warning):
    experiment = read(TWO % (column, rest))
    key = experiment.table("c").columns[0].foreign_key
    assert (key and (key.table, key.column)) == target
    assert warning in " ".join(experiment.warnings)


def test_a_foreign_key_over_two_columns():
    experiment = read("""
models:
  - name: p
    columns: [{name: a, data_type: int}, {name: b, data_type: int}]
    constraints: [{type: primary_key, columns: [a, b]}]
  - name: c
    columns: [{name: x, data_type: int}, {name: y, data_type: int}]
    constraints: [{type: foreign_key, columns: [x, y], to: ref('p'), to_columns: [a, b]}]
""")
    (key,) = experiment.table("c").foreign_keys
    assert (key.columns, key.table, key.references) == (["x", "y"], "p", ["a", "b"])


def test_tables_that_are_tested_to_hold_the_same_keys():
    experiment = read("""
models:
  - {name: a, columns: [{name: k, tests: [unique, not_null, {relationships: {to: ref('b'), field: k}}]}]}
  - {name: b, columns: [{name: k, tests: [unique, not_null, {relationships: {to: ref('a'), field: k}}]}]}
""")
    assert len(list(experiment.references())) == 1
    assert "refer to each other in a circle" in " ".join(experiment.warnings)


def test_versions_of_a_model():
    experiment = read("""
models:
  - name: dim
    latest_version: 2
    columns: [{name: id, data_type: int, tests: [unique]}, {name: gone, data_type: int}]
    versions:
      - {v: 1}
      - {v: 2, columns: [{include: all, exclude: [gone]}, {name: fresh, data_type: int}]}
  - name: fact
    columns: [{name: dim_id, tests: [{relationships: {to: ref('dim'), field: id}}]}]
  - name: past
    columns: [{name: dim_id, tests: [{relationships: {to: "ref('dim', v=1)", field: id}}]}]
""")
    assert [[column.name for column in table.columns] for table in experiment.tables[:2]] == [
        ["id", "gone"],
        ["id", "fresh"],
    ]
    assert [reference.parent for reference in experiment.references()] == ["dim_v2", "dim_v1"]


WARNINGS = [
    ("sources: [{name: s, tables: [{name: \"{{ var('t') }}\", columns: [{name: a}]}]}]",
     "its name \"{{ var('t') }}\" is"),
    ("models: [{name: t, config: {alias: '{{ x }}'}, columns: [{name: a}]}]", "its name '{{ x }}' is only known"),
    ("models: [{name: t, columns: [{name: '{{ c }}'}, {name: b}]}]", "column '{{ c }}' was left out"),
    ("models: [{name: t, columns: [{name: a, data_type: '{{ dbt.type_int() }}'}]}]", "the type of a is only known"),
    ("models: [{name: t, columns: [{name: a, data_type: geography}]}]", "type 'geography' of a is not known"),
    ("models: [{name: t, columns: [{name: a, tests: [{accepted_values: {values: \"{{ var('v') }}\"}}]}]}]",
     "test accepted_values of a was left out: its arguments are only known"),
    ("models: [{name: t, columns: [{name: a, data_type: int, tests: [{accepted_values: {values: [x]}}]}]}]",
     "'x' is no INT"),
    ("models: [{name: t, columns: [{name: a, tests: [{accepted_values: {}}]}]}]", "it has no list of values"),
    ("models: [{name: t, columns: [{name: a, tests: [my_own]}]}]", "test my_own of a was left out"),
    ("models: [{name: t, columns: [{name: a}], tests: [{dbt_utils.expression_is_true: {expression: 'a > 1'}}]}]",
     "test expression_is_true was left out"),
    ("models: [{name: t, columns: [{name: a, data_type: date, tests: [{dbt_utils.accepted_range: {max_value: "
     "current_date}}]}]}]", "'current_date' is not a date, and SQL is not evaluated"),
    ("models: [{name: t, columns: [{name: a}], constraints: [{type: check, columns: [a], expression: 'a > 0'}]}]",
     "constraint check was left out"),
    ("models: [{name: t, columns: [{name: a}]}, {name: bare}]", "left out for want of columns: model 'bare'"),
    ("models: [{name: t, columns: [{name: a, tests: [unique, {accepted_values: {values: [x, y]}}]}]}]",
     "it has 2 rows, because a is unique"),
    ("sources: [{name: s, tables: [{name: t, columns: [{name: a}]}]}]\nmodels: [{name: t, columns: [{name: a}]}]",
     "its table is called t_model"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "warning"), WARNINGS)
def test_what_is_left_out_is_named(text, warning):
    try:
        found = " ".join(read(text).warnings)
    except ImportSchemaError as error:
        found = str(error)
    assert warning in found


BAD = [
    ("models: [{columns: []}]", 1, "the entry has no name"),
    ("models:\n  - name: t\n    columns: 3", 3, "columns is a list, got 3"),
    ("models:\n  - name: t\n    columns:\n      - name: a\n        tests: unique", 5, "tests is a list"),
    ("models: []", None, "there is no source, seed or model in it"),
    ("snapshots: [{name: s}]", None, "there is no source, seed or model in it"),
]


@pytest.mark.parametrize(("text", "line", "message"), BAD)
def test_problems_of_property_files(text, line, message):
    with pytest.raises(ImportSchemaError, match=message) as caught:
        read(text)
    assert caught.value.problems[0].line == line


def test_kinds_that_are_not_there():
    with pytest.raises(ImportSchemaError, match="nothing of the kinds asked for is in it; there are: model, source"):
        read(PROPERTIES, kinds=["seed"])


@pytest.mark.parametrize(
    ("expression", "key"),
    [
        ("ref('a')", "ref a"),
        ('{{ ref("p", "a", version=3) }}', "ref a v3"),
        ("source('s','t')", "source s.t"),
        ("source('t')", None),
        ("ref(name)", None),
        ("ref('a') or ref('b')", None),
        ("a", None),
    ],
)
def test_what_an_expression_refers_to(expression, key):
    assert target_of(expression) == key


# --- projects ------------------------------------------------------------------------------------------
@pytest.fixture
def project(tmp_path):
    def write(**files: Any) -> Path:
        for name, content in {"dbt_project.yml": {"name": "jaffle"}, **files}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
        return tmp_path

    return write


def test_a_project(project):
    folder = project(**{
        "seeds/raw/colors.csv": "code,price,since,note\n1,1.5,2024-01-01,red\n2,2.5,2024-01-02,\n",
        "seeds/s.yml": {"seeds": [{"name": "colors", "columns": [{"name": "code", "tests": ["unique", "not_null"]}]}]},
        "models/a/a.yml": {"models": [{"name": "m", "columns": [{"name": "code", "tests": [
            {"relationships": {"to": "ref('colors')", "field": "code"}}]}]}]},
        "models/docs.yml": "- not\n- properties\n",
        "target/catalog.json": json.dumps({"nodes": {"model.jaffle.m": {"columns": {
            "EXTRA": {"name": "EXTRA", "type": "DATE", "index": 2},
            "CODE": {"name": "CODE", "type": "NUMBER", "index": 1},
        }}}, "sources": {}}),
    })  # fmt: skip
    experiment = read_file(folder)
    check_experiment(experiment)
    seed, made = experiment.tables
    assert (experiment.name, seed.name, seed.target_rows, seed.primary_key) == ("jaffle", "colors", 2, ["code"])
    assert [str(column.data_type) for column in seed.columns] == ["BIGINT", "FLOAT", "DATE", "VARCHAR"]
    assert [(column.name, str(column.data_type)) for column in made.columns] == [("code", "DECIMAL"), ("extra", "DATE")]
    assert made.columns[0].foreign_key.table == "colors"
    assert read_file(folder / "dbt_project.yml", name="other", dbt_kinds=["seed"]).tables == [seed]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"models/m.yml": "models: [{name: a, name: b}]"}, "models/m.yml: key 'name' is there twice"),
        ({"models/m.yml": "models: 3"}, "there is no source"),
        ({"models/m.yml": "models:\n  - columns: []"}, "models/m.yml: the entry has no name"),
        ({"dbt_project.yml": "version: 2"}, "does not give the project a name"),
        ({"seeds/a.csv": "a,b\n1\n"}, "a.csv cannot be read"),
        ({"target/catalog.json": "{"}, "catalog.json is not JSON"),
    ],
)
def test_problems_of_projects(project, files, message):
    with pytest.raises(ImportSchemaError, match=message):
        read_file(project(**files))


def test_a_folder_without_a_project(tmp_path):
    with pytest.raises(NotFound, match=r"is not a dbt project: there is no dbt_project\.yml"):
        read_file(tmp_path)


def test_the_example_project():
    experiment = read_file(ROOT / "examples" / "dbt")
    check_experiment(experiment)
    assert {table.name for table in experiment.tables} >= {"customers", "orders", "segments", "fct_orders"}
    assert experiment.target_warehouse == [Warehouse.REDSHIFT, Warehouse.SNOWFLAKE]


# --- manifests -----------------------------------------------------------------------------------------
def manifest(**changes: Any) -> dict[str, Any]:
    def test(name: str, **given: Any) -> dict[str, Any]:
        return {"resource_type": "test", "name": "t", "test_metadata": {"name": name, "kwargs": given}, "config": {}}

    old = test("unique", model="{{ get_where_subquery(ref('c')) }}", column_name="id")
    new = test("relationships", to="source('raw', 'p')", field="k", column_name="p_k", model="{{ ref('c') }}")
    off = test("not_null", column_name="id", model="{{ get_where_subquery(ref('c')) }}")
    return {
        "metadata": {
            "dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json",
            "project_name": "jaffle",
            "adapter_type": "snowflake",
        },
        "nodes": {
            "model.jaffle.c": {
                "resource_type": "model", "name": "c", "alias": "children", "description": "",
                "columns": {"id": {"name": "id", "data_type": "number(9,0)"}, "p_k": {"name": "p_k"}},
                "constraints": [{"type": "unique", "columns": ["p_k", "id"]}],
            },
            "test.1": old,
            "test.2": {**new, "attached_node": "model.jaffle.c", "column_name": "p_k"},
            "test.3": {**off, "config": {"enabled": False}},
            "test.4": {"resource_type": "test", "name": "a singular one"},
            "analysis.1": {"resource_type": "analysis", "name": "a"},
        },
        "sources": {
            "source.jaffle.raw.p": {
                "resource_type": "source", "source_name": "raw", "name": "p", "identifier": "PARENTS",
                "columns": {"k": {"name": "k", "data_type": "bigint"}},
            }
        },
        **changes,
    }  # fmt: skip


def test_a_manifest():
    experiment = read_json(json.dumps(manifest()))
    check_experiment(experiment)
    parents, children = experiment.tables
    assert (experiment.name, experiment.dialect, experiment.target_warehouse) == ("jaffle", "snowflake", ["snowflake"])
    assert (parents.name, children.name) == ("PARENTS", "children")
    assert (children.columns[0].is_unique, children.columns[0].required) == (True, False)
    assert (children.columns[1].data_type, children.columns[1].foreign_key.column) == ("BIGINT", "k")
    assert children.unique_keys == [["p_k", "id"]]
    assert read_json(json.dumps(manifest()), dbt=DbtOptions(Dialect.REDSHIFT)).dialect == "redshift"


def test_a_manifest_with_its_catalog(tmp_path):
    (tmp_path / "manifest.json").write_text(json.dumps(manifest()))
    columns = {"K": {"name": "K", "type": "NUMBER", "index": 1}, "NAME": {"name": "NAME", "type": "TEXT", "index": 2}}
    (tmp_path / "catalog.json").write_text(json.dumps({"sources": {"source.jaffle.raw.p": {"columns": columns}}}))
    parents = read_file(tmp_path / "manifest.json").tables[0]
    assert [(column.name, str(column.data_type)) for column in parents.columns] == [
        ("k", "BIGINT"),
        ("name", "VARCHAR"),
    ]


def test_a_manifest_that_is_broken():
    with pytest.raises(ImportSchemaError, match="nodes of the manifest is not an object"):
        read_json(json.dumps(manifest(nodes=[])))
