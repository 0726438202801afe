"""The language of expressions: values, types, errors."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from dw_simulator.errors import GenerationError, SchemaError
from dw_simulator.generator import build_plan
from dw_simulator.generator.expressions.evaluate import IMPLEMENTED
from dw_simulator.schema.expressions import FUNCTIONS, ExpressionError, parse
from dw_simulator.schema.expressions.syntax import DEEPEST, Call, Literal, Name
from dw_simulator.schema.parse import parse_experiment

COLUMNS: list[dict[str, Any]] = [
    {"name": "i", "data_type": "INT", "min_value": 7, "max_value": 7},
    {"name": "neg", "data_type": "BIGINT", "min_value": -7, "max_value": -7},
    {"name": "d", "data_type": "DECIMAL(10,2)", "min_value": 2.25, "max_value": 2.25},
    {"name": "wide", "data_type": "DECIMAL(30,4)", "min_value": 1.5, "max_value": 1.5},
    {"name": "f", "data_type": "FLOAT", "min_value": 0.5, "max_value": 0.5},
    {"name": "s", "data_type": "VARCHAR(20)", "distribution": {"type": "categorical", "values": ["grün tea"]}},
    {"name": "day", "data_type": "DATE", "date_start": "2024-01-31", "date_end": "2024-01-31"},
    {"name": "t", "data_type": "TIMESTAMP", "distribution": {"type": "categorical", "values": ["2024-02-29 13:14:15"]}},
    {"name": "gap", "data_type": "INT", "null_fraction": 1},
    {"name": "flag", "data_type": "BOOLEAN", "distribution": {"type": "categorical", "values": [True]}},
]


def value_of(text: str, data_type: str) -> Any:
    columns = [*COLUMNS, {"name": "x", "data_type": data_type, "expression": text}]
    table = {"name": "t", "target_rows": 3, "columns": columns}
    plan = build_plan(parse_experiment({"name": "e", "tables": [table]}), seed=1).tables[0]
    values = plan.batch(0, 3).column("x")
    values.validate(full=True)
    return values.to_pylist()[0]


@pytest.mark.parametrize(
    ("text", "data_type", "expected"),
    [
        ("i + 1 * 2", "INT", 9),
        ("(i + 1) * 2", "INT", 16),
        ("-i - -2", "INT", -5),
        ("i / 2", "FLOAT", 3.5),
        ("i / 2", "INT", 4),
        ("neg % 4", "INT", -3),
        ("7.5 % 2", "DECIMAL(4,1)", Decimal("1.5")),
        ("i * d - 0.005", "DECIMAL(10,3)", Decimal("15.745")),
        ("i * d - 0.005", "DECIMAL(10,2)", Decimal("15.75")),
        ("-(i * d)", "INT", -16),
        ("wide * 2 + d", "DECIMAL(30,4)", Decimal("5.2500")),
        ("d * f", "FLOAT", 1.125),
        ("d * f", "DECIMAL(10,2)", Decimal("1.13")),
        ("round(2.5)", "INT", 3),
        ("round(-2.345, 2)", "DECIMAL(4,2)", Decimal("-2.35")),
        ("round(f * 3, 0)", "FLOAT", 2.0),
        ("floor(-d)", "INT", -3),
        ("ceil(d)", "INT", 3),
        ("ceil(f)", "INT", 1),
        ("sign(neg) + abs(neg)", "INT", 6),
        ("sqrt(16) + power(2, 3)", "FLOAT", 12.0),
        ("1e3", "FLOAT", 1000.0),
        ("greatest(i, d, 3)", "DECIMAL(4,2)", Decimal("7.00")),
        ("least(i, gap)", "INT", None),
        ("gap + 1", "INT", None),
        ("coalesce(gap, i)", "INT", 7),
        ("nullif(i, 7)", "INT", None),
        ("if(gap > 1, 1, 2)", "INT", 2),
        ("case when i = 0 then 1 / (i - 7) when i = 7 then 5 end", "INT", 5),
        ("case when i = 0 then 5 end", "INT", None),
        ("case i when 6 then 'six' when 7 then 'seven' else 'other' end", "VARCHAR(9)", "seven"),
        ("case when i > 1 then 1 else 2.5 end", "DECIMAL(3,1)", Decimal("1.0")),
        ("i = 7 and not d > 3 or false", "BOOLEAN", True),
        ("i in (1, 7) and i not in (2)", "BOOLEAN", True),
        ("d between 2 and 2.25", "BOOLEAN", True),
        ("i not between 1 and 5", "BOOLEAN", True),
        ("gap is null and i is not null", "BOOLEAN", True),
        ("gap = 1", "BOOLEAN", None),
        ("gap = 1 or flag", "BOOLEAN", True),
        ("s like 'gr_n%'", "BOOLEAN", True),
        ("day < t", "BOOLEAN", True),
        ("day = date '2024-01-31'", "BOOLEAN", True),
        ("upper(s)", "VARCHAR(40)", "GRÜN TEA"),
        ("initcap(s) || '!'", "VARCHAR(40)", "Grün Tea!"),
        ("substr(s, 3, 2) || left(s, 1) || right(s, 3)", "VARCHAR(60)", "üngtea"),
        ("lpad(i, 3, '0') || rpad('a', 2)", "VARCHAR(60)", "007a "),
        ("replace(s, ' tea', '')", "VARCHAR(40)", "grün"),
        ("length(s)", "INT", 8),
        ("reverse('abc')", "VARCHAR(3)", "cba"),
        ("trim('  a ')", "VARCHAR(9)", "a"),
        ("'it''s'", "VARCHAR(9)", "it's"),
        ("cast(d as text) || '/' || cast(i as varchar(5)) || '/' || f", "VARCHAR(99)", "2.25/7/0.5"),
        ("cast(-0.05 as text)", "VARCHAR(41)", "-0.05"),
        ("cast(day as text) || ' ' || cast(t as text)", "VARCHAR(40)", "2024-01-31 2024-02-29 13:14:15"),
        ("cast('12.345' as decimal(10,2))", "DECIMAL(10,2)", Decimal("12.34")),
        ("cast('12' as int) + cast('0.5' as float)", "FLOAT", 12.5),
        ("cast(flag as int)", "INT", 1),
        ("day + 1", "DATE", dt.date(2024, 2, 1)),
        ("1 + day", "DATE", dt.date(2024, 2, 1)),
        ("day - 31", "DATE", dt.date(2023, 12, 31)),
        ("add_months(day, 1)", "DATE", dt.date(2024, 2, 29)),
        ("add_months(t, -12)", "TIMESTAMP", dt.datetime(2023, 2, 28, 13, 14, 15)),
        ("t + interval '1 day 2 hours'", "TIMESTAMP", dt.datetime(2024, 3, 1, 15, 14, 15)),
        ("day + interval '90 minutes'", "TIMESTAMP", dt.datetime(2024, 1, 31, 1, 30)),
        ("add_seconds(t, 0.5)", "TIMESTAMP", dt.datetime(2024, 2, 29, 13, 14, 15, 500_000)),
        ("date(t)", "DATE", dt.date(2024, 2, 29)),
        ("cast('2024-05-06' as date)", "DATE", dt.date(2024, 5, 6)),
        ("cast(day as timestamp)", "TIMESTAMP", dt.datetime(2024, 1, 31)),
        ("days_between(day, t)", "INT", 29),
        ("seconds_between(day, t) - 29 * 86400", "INT", 47_655),
        ("year(t) * 10000 + month(t) * 100 + day(t)", "INT", 20_240_229),
        ("hour(t) * 10000 + minute(t) * 100 + second(t)", "INT", 131_415),
        ("quarter(t) * 1000 + day_of_week(t) * 100 + day_of_year(t)", "INT", 1460),
        ("date_trunc('month', t)", "TIMESTAMP", dt.datetime(2024, 2, 1)),
        ("date_trunc('week', day)", "DATE", dt.date(2024, 1, 29)),
        ("format(t, '%Y-%m %H:%M:%S')", "VARCHAR(40)", "2024-02 13:14:15"),
        ("row_number()", "INT", 1),
        ("md5('a')", "CHAR(32)", "0cc175b9c0f1b6a831c399e269772661"),
        ("hash(s) = hash('grün tea') and hash(i) <> hash(i + 1) and hash(i, 1) <> hash(1, i)", "BOOLEAN", True),
        ("random() >= 0 and random() < 1", "BOOLEAN", True),
        ('"i" + 1', "INT", 8),
        ("null", "INT", None),
    ],
)
def test_value(text: str, data_type: str, expected: Any) -> None:
    assert value_of(text, data_type) == expected


def test_every_function_is_implemented_and_tested() -> None:
    assert set(FUNCTIONS) == IMPLEMENTED
    assert all(function.syntax and function.description for function in FUNCTIONS.values())


@pytest.mark.parametrize(
    ("text", "data_type", "message"),
    [
        ("i +", "INT", "a value is expected, found the end (at character 4)"),
        ("i + * 2", "INT", "a value is expected, found '*' (at character 5)"),
        ("(i", "INT", ") is expected, found the end"),
        ("i i", "INT", "an operator or the end is expected, found 'i'"),
        ("'abc", "VARCHAR(9)", "a quotation that begins here does not end (at character 1)"),
        ("i ; drop", "INT", "unexpected character ';' (at character 3)"),
        ("case when i then 1 end", "INT", "a condition is integer, wanted is boolean"),
        ("case i end", "INT", "when is expected"),
        ("__import__('os')", "INT", "unknown function '__import__'"),
        ("i.__class__", "INT", "'i' is no foreign key, so 'i.__class__' means nothing"),
        ("uper(s)", "VARCHAR(9)", "unknown function 'uper'"),
        ("upper(s, 1)", "VARCHAR(9)", "upper has 2 arguments, wanted is upper(a)"),
        ("upper(i)", "VARCHAR(9)", "argument 1 is integer, wanted is text"),
        ("i + s", "INT", "argument 2 is text, wanted is integer or decimal or float"),
        ("i = s", "BOOLEAN", "integer and text do not go together"),
        ("day + day", "DATE", "date and date cannot be put together by +"),
        ("date '2024-13-01'", "DATE", "'2024-13-01' is not date such as 2024-12-31"),
        ("t + interval '3 moons'", "TIMESTAMP", "'3 moons' is not interval such as 3 days"),
        ("missing + 1", "INT", "table 't' has no column 'missing'"),
        ("x + 1", "INT", "its value would follow from itself: t.x -> t.x"),
        ("s", "INT", "the expression is text, but the column INT"),
        ("i", "VARCHAR(9)", "the expression is integer, but the column VARCHAR"),
        ("t", "DATE", "the expression is timestamp, but the column DATE"),
        ("s || s", "VARCHAR(30)", "the expression can give texts of 40 bytes, but VARCHAR holds 30"),
        ("date_trunc('moon', t)", "TIMESTAMP", "the unit must be one of 'year'"),
        ("lpad(s, i)", "VARCHAR(9)", "the length must be a constant"),
        ("cast(i as blob)", "INT", "unknown type 'blob'"),
        ("0.1234567891 * 0.1234567891", "FLOAT", "the result has 20 digits after the point"),
        ("(" * (DEEPEST + 1) + "i" + ")" * (DEEPEST + 1), "INT", f"nested more than {DEEPEST} deep"),
    ],
)
def test_errors_before_anything_is_generated(text: str, data_type: str, message: str) -> None:
    with pytest.raises(SchemaError) as error:
        value_of(text, data_type)
    assert message in str(error.value)
    assert (error.value.problems[0].path or "").startswith("tables.t.columns.x")


@pytest.mark.parametrize(
    ("text", "data_type", "message"),
    [
        ("1 / (i - 7)", "FLOAT", "division by zero; write nullif(…, 0)"),
        ("i * 10000", "SMALLINT", "not in range"),
        ("i * 4611686018427387904", "BIGINT", "overflow"),
        ("d * 100", "DECIMAL(4,2)", "a result has more digits than DECIMAL(4,2) holds"),
        ("ln(-i)", "FLOAT", "a result is not a finite number"),
        ("cast(s as int)", "INT", "Failed to parse string: 'grün tea'"),
        ("replace(s, 'g', 'ggggggggggggggggggggg')", "VARCHAR(9)", "a text of 29 bytes does not fit"),
    ],
)
def test_errors_in_the_data_are_seen_before_anything_is_generated(text: str, data_type: str, message: str) -> None:
    with pytest.raises(SchemaError) as error:
        value_of(text, data_type)
    assert message in str(error.value)
    assert [problem.path for problem in error.value.problems] == ["tables.t.columns.x"]


def test_an_error_of_a_row_that_was_not_tried_names_the_column() -> None:
    columns = [{"name": "x", "data_type": "FLOAT", "expression": "1 / (row_number() - 3)"}]
    table = {"name": "t", "target_rows": 100_000, "columns": columns}
    plan = build_plan(parse_experiment({"name": "e", "tables": [table]}), seed=1).tables[0]
    with pytest.raises(GenerationError, match="table 't', column 'x': division by zero"):
        plan.batch(0, 10)


def test_roll_ups_are_tried_before_anything_is_generated() -> None:
    key = {"table": "orders", "column": "id", "fan_out": {}}
    lines = {"name": "lines", "target_rows": 300, "columns": [
        {"name": "order_id", "data_type": "INT", "foreign_key": key},
        {"name": "price", "data_type": "INT", "min_value": 30_000, "max_value": 40_000},
    ]}  # fmt: skip
    orders = {"name": "orders", "target_rows": 60, "primary_key": "id", "columns": [
        {"name": "id", "data_type": "INT"},
        {"name": "total", "data_type": "SMALLINT", "rollup": {"table": "lines", "value": "price"}},
    ]}  # fmt: skip
    with pytest.raises(SchemaError, match=r"tables\.orders\.columns\.total: .*not in range.*widen the column"):
        build_plan(parse_experiment({"name": "e", "tables": [orders, lines]}), seed=1)


def test_required_columns_do_not_follow_from_nulls() -> None:
    columns = [*COLUMNS, {"name": "x", "data_type": "INT", "required": True, "expression": "gap + 1"}]
    experiment = {"name": "e", "tables": [{"name": "t", "columns": columns}]}
    with pytest.raises(SchemaError, match="it is required, but follows from values that may be NULL"):
        build_plan(parse_experiment(experiment), seed=1)
    columns[-1]["expression"] = "coalesce(gap, 0) + 1"
    assert build_plan(parse_experiment(experiment), seed=1).tables[0].batch(0, 1).column("x").to_pylist() == [1]


def test_trees() -> None:
    assert parse("a - b - c") == Call(
        "subtract", (Call("subtract", (Name("a"), Name("b", None, 4)), 2), Name("c", None, 8)), 6
    )
    assert parse("fk.name") == Name("name", "fk")
    assert parse("-3") == Literal(-3)
    with pytest.raises(ExpressionError, match="longer than"):
        parse("1" * 10_001)


def test_random_is_the_same_for_any_cut() -> None:
    columns = [{"name": "x", "data_type": "FLOAT", "expression": "case when random() < 0.5 then random() else -1 end"}]
    table = {"name": "t", "target_rows": 2000, "columns": columns}
    plan = build_plan(parse_experiment({"name": "e", "tables": [table]}), seed=1).tables[0]
    whole = plan.batch(0, 2000).column(0)
    assert plan.batch(700, 1300).column(0).equals(whole.slice(700, 600))
    values = whole.to_numpy()
    assert 0.45 < np.mean(values == -1) < 0.55
    assert len(set(values.tolist())) > 900
    assert isinstance(whole, pa.DoubleArray)
