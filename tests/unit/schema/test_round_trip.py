"""Model -> text -> model, for any experiment; the published JSON Schema."""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dw_simulator.schema.importers.json_ import read_json
from dw_simulator.schema.importers.yaml_ import read_yaml
from dw_simulator.schema.json_schema import json_schema, json_schema_text
from dw_simulator.schema.model import Column, DataType, Dialect, Experiment, Table, Warehouse
from dw_simulator.schema.render import to_json, to_yaml
from dw_simulator.schema.reserved import quote_reserved

ROOT = Path(__file__).resolve().parents[3]
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8)
REAL = st.floats(allow_nan=False, allow_infinity=False, width=32)
POSITIVE = st.floats(min_value=0.01, max_value=100)
NUMBER = st.none() | st.integers(-(10**12), 10**12) | REAL | st.decimals(-1000, 1000, places=3)
MOMENT = st.none() | st.dates() | st.datetimes() | st.datetimes(timezones=st.just(dt.UTC))
VALUE = st.booleans() | st.integers() | REAL | TEXT


@st.composite
def distributions(draw: st.DrawFn) -> dict[str, Any] | None:
    values = draw(st.lists(VALUE, min_size=1, max_size=4))
    weights = st.none() | st.lists(POSITIVE, min_size=len(values), max_size=len(values))
    choices: list[dict[str, Any] | None] = [
        None,
        {"type": "uniform"},
        {"type": "normal", "mean": draw(REAL), "stddev": draw(POSITIVE)},
        {"type": "lognormal", "mu": draw(REAL), "sigma": draw(POSITIVE)},
        {"type": "exponential", "scale": draw(POSITIVE)},
        {"type": "zipf", "exponent": draw(st.floats(0.1, 10))},
        {"type": "categorical", "values": values, "weights": draw(weights)},
    ]
    chosen: dict[str, Any] | None = draw(st.sampled_from(choices))
    return chosen


@st.composite
def columns(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(list(DataType)))
    sizes = {"precision": draw(st.integers(10, 38)), "scale": draw(st.integers(0, 9))} if kind == "DECIMAL" else {}
    return sizes | {
        "name": draw(TEXT),
        "data_type": kind,
        "varchar_length": draw(st.none() | st.integers(1, 1000)),
        "physical_type": draw(st.none() | TEXT),
        "quoted": draw(st.booleans()),
        "required": draw(st.booleans()),
        "null_fraction": draw(st.floats(0, 1)),
        "min_value": draw(NUMBER),
        "max_value": draw(NUMBER),
        "date_start": draw(MOMENT),
        "date_end": draw(MOMENT),
        "faker_rule": draw(st.none() | TEXT),
        "distribution": draw(distributions()),
        "foreign_key": draw(st.none() | st.builds(lambda a, b: {"table": a, "column": b}, TEXT, TEXT)),
        "identity": draw(st.none() | st.builds(lambda s: {"seed": s, "step": -2}, st.integers())),
        "comment": draw(st.none() | TEXT),
    }


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    names = st.lists(TEXT, max_size=3)
    table = st.fixed_dictionaries(
        {
            "name": TEXT,
            "target_rows": st.integers(0, 1 << 40),
            "columns": st.lists(columns(), min_size=1, max_size=3),
            "primary_key": names,
            "composite_keys": st.lists(names, max_size=2),
            "warnings": names,
            "sort_key": st.none() | st.builds(lambda c: {"columns": c, "style": "interleaved"}, names),
            "dist_style": st.sampled_from([None, "all"]),
            "transient": st.booleans(),
        }
    )
    return Experiment.model_validate(
        {
            "name": draw(TEXT),
            "description": draw(st.just("") | TEXT),
            "dialect": draw(st.sampled_from(list(Dialect))),
            "target_warehouse": draw(st.lists(st.sampled_from(list(Warehouse)), min_size=1, unique=True)),
            "seed": draw(st.none() | st.integers(-(2**63), 2**63 - 1)),
            "tables": draw(st.lists(table, min_size=1, max_size=3)),
        }
    )


QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@QUICK
@given(experiments())
def test_json_round_trip(experiment: Experiment) -> None:
    assert Experiment.model_validate_json(experiment.model_dump_json(exclude_none=True)) == experiment
    assert read_json(to_json(experiment)) == experiment


@QUICK
@given(experiments())
def test_yaml_round_trip(experiment: Experiment) -> None:
    assert read_yaml(to_yaml(experiment)) == experiment


def test_numbers_keep_their_digits() -> None:
    column = Column(name="a", data_type=DataType.DECIMAL, min_value=Decimal("0.10"), max_value=0.1)
    again = Column.model_validate_json(column.model_dump_json())
    assert (repr(again.min_value), repr(again.max_value)) == ("Decimal('0.10')", "0.1")


def test_the_published_schema_is_current() -> None:
    """Else run: dw-sim schema json-schema > docs/schema.json"""
    assert (ROOT / "docs/schema.json").read_text() == json_schema_text()


def test_the_published_schema_knows_the_shorthands() -> None:
    schema = json_schema()
    column = schema["$defs"]["Column"]["properties"]
    pattern = column["data_type"]["anyOf"][1]["pattern"]
    for text in ("DECIMAL(10, 2)", "VARCHAR(max)", "SUPER", "INT"):
        assert re.match(pattern, text)
    assert not re.match(pattern, "NUMBER(3)")
    assert column["foreign_key"]["anyOf"][0]["type"] == "string"
    assert schema["$defs"]["Table"]["properties"]["primary_key"]["anyOf"][0] == {"type": "string"}
    assert schema["properties"]["target_warehouse"]["anyOf"][0] == {"$ref": "#/$defs/Warehouse"}
    assert set(schema["required"]) == {"name", "tables"}
    json.dumps(schema)


# --- reserved words of other targets --------------------------------------------------------------------------------
def table(name: str, *names: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "columns": [{"name": column, "data_type": "INT"} for column in names], **more}


def test_quote_reserved() -> None:
    child = table("t", "a", "start")
    child["columns"][0]["foreign_key"] = "order.id"
    experiment = Experiment.model_validate(
        {"name": "x", "target_warehouse": ["snowflake"], "tables": [table("order", "id", primary_key="id"), child]}
    )
    quoted = quote_reserved(experiment)
    assert [(one.name, one.quoted) for one in quoted.tables] == [("ORDER", True), ("t", False)]
    assert [(one.name, one.quoted) for one in quoted.tables[1].columns] == [("a", False), ("START", True)]
    key = quoted.tables[1].columns[0].foreign_key
    assert key is not None
    assert key.table == "ORDER"
    assert quoted.warnings == [
        "The name of table 'order' is a reserved word in Snowflake; it is created as \"ORDER\". "
        'Write it in double quotes in queries: "ORDER".',
        "The name of column 't.start' is a reserved word in Snowflake; it is created as \"START\". "
        'Write it in double quotes in queries: "START".',
    ]
    assert quote_reserved(quoted) == quoted


def test_quote_reserved_leaves_others_alone() -> None:
    experiment = Experiment(name="x", tables=[Table.model_validate(table("t", "tag"))])
    assert quote_reserved(experiment) == experiment
    assert quote_reserved(experiment, ["redshift"]).tables[0].columns[0].name == "TAG"


@pytest.mark.parametrize("name", ["users", "Users", "USERS"])
def test_lookup_in_any_case(name: Any) -> None:
    experiment = Experiment(name="x", tables=[Table.model_validate(table("Users", "Id"))])
    found = experiment.table(name)
    assert found is not None
    assert found.column("ID") is found.columns[0]
