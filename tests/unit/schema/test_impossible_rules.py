"""Rules that cannot be met: each is named with its place and a way out before anything is generated."""

from __future__ import annotations

from typing import Any

import pytest

from dw_simulator.errors import SchemaError
from dw_simulator.experiments import check_experiment
from dw_simulator.schema.parse import parse_experiment


def col(name: str, data_type: str = "INT", **more: Any) -> dict[str, Any]:
    return {"name": name, "data_type": data_type, **more}


def table(*columns: dict[str, Any], name: str = "t", rows: int = 1000, **more: Any) -> dict[str, Any]:
    return {"name": name, "target_rows": rows, "columns": list(columns), **more}


def follows(**fan_out: Any) -> dict[str, Any]:
    return {"table": "p", "column": "id", "fan_out": fan_out}


def among(*values: Any) -> dict[str, Any]:
    return {"type": "categorical", "values": list(values)}


def when(text: str) -> dict[str, Any]:
    cases = [{"when": text, "distribution": {"type": "uniform"}}]
    return {"type": "conditional", "cases": cases, "otherwise": {"type": "uniform"}}


PARENT = table(col("id"), name="p", rows=100, primary_key="id")
PAIR = table(col("a"), col("b"), name="pair", rows=100, primary_key=["a", "b"])
MARKOV = {"type": "markov", "start": {"a": 1}, "transitions": {}, "length": 3}
MONDAY, TUESDAY = "2024-01-08", "2024-01-09"


def of(*columns: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    return [table(*columns, **more)]


def rolled(rule: dict[str, Any], data_type: str = "INT", **fan_out: Any) -> list[dict[str, Any]]:
    """``p.s`` sums up ``k``."""
    parent = table(col("id"), col("s", data_type, rollup=rule), name="p", rows=100, primary_key="id")
    return [parent, table(col("p_id", foreign_key=follows(**fan_out)), col("v"), name="k")]


def pair_key(*columns: dict[str, Any], references: list[str]) -> list[dict[str, Any]]:
    key = {"columns": [one["name"] for one in columns], "table": "pair", "references": references}
    return [PAIR, table(*columns, foreign_keys=[key])]


CORRELATED = [
    {"columns": ["a", "b"], "value": 0.9},
    {"columns": ["b", "c"], "value": 0.9},
    {"columns": ["a", "c"], "value": -0.9},
]  # fmt: skip

CASES: list[tuple[list[dict[str, Any]], str, str, str]] = [
    # small domains
    (of(col("a", is_unique=True, min_value=1, max_value=5)), "a", "can take 5 different values", "widen"),
    (of(col("a", "VARCHAR(9)", is_unique=True, faker_rule="regex:[ab]{3}")), "a", "8 different values", "uuid"),
    (of(col("a", "VARCHAR(9)", is_unique=True, faker_rule="pattern:#")), "a", "10 different values", "uuid"),
    (of(col("a", "BOOLEAN"), col("b", "BOOLEAN"), primary_key=["a", "b"]), "", "4 different values", "fewer rows"),
    # order
    (of(col("a", "DATE", after={"columns": "b"}), col("b", "DATE", after={"columns": "a"})),
     "a", "follow from itself: t.a -> t.b -> t.a", "values of its own"),
    (of(col("a", "DATE", date_end="2024-12-31"), col("b", "DATE", date_end="2023-12-31", after={"columns": "a"})),
     "b", "must not be later than its date_end 2023-12-31", "give a a date_end"),
    (of(col("a"), col("b", "DATE", after={"columns": "a"})), "b.after.columns", "'a' is INT", "DATE or TIMESTAMP"),
    (of(col("a", "DATE", distribution={"type": "calendar", "bursts": [
        {"start": TUESDAY, "end": MONDAY, "factor": 2}]})),
     "a.distribution.bursts.0", "ends at 2024-01-08, before it starts", ""),
    (of(col("a", "DATE", date_start=MONDAY, date_end=MONDAY, distribution={"type": "calendar", "holidays": [MONDAY]})),
     "a", "the calendar leaves no time", "more weight"),
    # correlations
    (of(col("a"), col("b"), col("c"), correlations=CORRELATED),
     "correlations", "not positive definite", "with all coefficients times"),
    (of(col("a"), col("b", "VARCHAR(9)"), correlations=[{"columns": ["a", "b"], "value": 0.5}]),
     "correlations.0.columns", "'b' cannot be correlated", "categorical"),
    # expressions
    (of(col("a", expression="b + 1"), col("b", expression="a + 1")), "a", "follow from itself", "of its own"),
    (of(col("a", expression="zz + 1")), "a.expression", "no column 'zz'", "columns are"),
    (of(col("a", expression="1 +")), "a.expression", "a value is expected", "docs/expressions.md"),
    (of(col("b", "VARCHAR(9)"), col("a", expression="b + 1")), "a.expression", "argument 1 is text", "docs/expr"),
    (of(col("b", min_value=0, max_value=3), col("a", "FLOAT", expression="1 / b")), "a", "division by zero", ""),
    (of(col("b", min_value=9, max_value=99), col("a", "DECIMAL(3,2)", expression="b")), "a", "more digits", "widen"),
    (of(col("b"), col("a", distribution=when("b"))), "a.distribution.cases.0.when", "is integer, wanted", "compare"),
    (of(col("b", min_value=0, max_value=3), col("a", distribution=when("1 / b > 0"))), "a", "division by zero", ""),
    # rules of texts
    (of(col("a", "VARCHAR(9)", faker_rule="emial")), "a", "no rule and no Faker provider 'emial'", "'email'"),
    (of(col("a", "VARCHAR(99)", faker_rule="email:x")), "a", "email takes nothing after a colon", "write email"),
    (of(col("a", "VARCHAR(9)", faker_rule="regex:(?=a)b")), "a", "only groups", "docs/generation.md"),
    (of(col("a", "VARCHAR(3)", faker_rule="regex:[a-z]{5}")), "a", "no text of the pattern", "widen"),
    (of(col("a", "VARCHAR(30)", faker_rule="name", locale="xx_YY")), "a", "no locale 'xx_YY'", "locales are"),
    (of(col("a", "VARCHAR(40)", faker_rule="uuid", locale="de_DE")), "a", "the same in every locale", "remove locale"),
    (of(col("a", "VARCHAR(9)", locale="de_DE", distribution=among("x"))), "a.locale", "locale contradicts", "remove"),
    (of(col("a", "VARCHAR(9)", faker_rule="word", distribution=MARKOV)), "a.faker_rule", "contradicts", "remove"),
    # distributions
    (of(col("a", distribution={"type": "gausian"})), "a.distribution", "unknown distribution 'gausian'", "are: unif"),
    (of(col("a", distribution={"type": "beta", "alpha": 2})), "a.distribution.beta", "'beta' is missing", "alpha"),
    (of(col("a", distribution={"type": "mixture", "components": [{"distribution": among(1)}]})),
     "a.distribution.components.0.distribution", "'categorical' cannot stand here", "possible are: normal"),
    (of(col("a", min_value=1000, max_value=1010, distribution={"type": "normal", "mean": 0, "stddev": 1})),
     "a", "practically no values between 1000 and 1010", "move min_value"),
    # foreign keys
    ([PARENT, table(col("f", foreign_key=follows(max=3)))], "f", "allows 0 to 300 children", "0 to 300 rows of t"),
    ([PARENT, table(col("f", foreign_key=follows(mean=3)))], "f", "says 3 children a parent", "ask for 300 rows"),
    ([PARENT, table(col("f", foreign_key=follows(childless=0.999)))], "f", "allows 0 children", "ask for 0 rows"),
    (pair_key(col("x"), col("y", "VARCHAR(5)"), references=["a", "b"]), "foreign_keys.0", "y is VARCHAR(5)", "same"),
    (pair_key(col("x"), col("y"), references=["a"]), "foreign_keys.0.references", "1 items; at least 2", ""),
    (pair_key(col("x"), col("y"), references=["a", "zz"]), "foreign_keys.0", "pair.zz", "are: a"),
    (of(col("id"), col("m", foreign_key={"table": "t", "column": "id", "hierarchy": {"depth": 5}}),
        primary_key="id", rows=3), "m.foreign_key.hierarchy", "5 levels want 6 rows, not 3", "more rows"),
    # roll-ups
    (rolled({"table": "k", "value": "zz"}), "s.rollup.value", "no column 'zz'", "columns are"),
    (rolled({"table": "kk", "value": "v"}), "s.rollup", "no table 'kk'", "tables are"),
    (rolled({"table": "k", "value": "v * 100000"}, "SMALLINT"), "s", "not in range", "widen"),
    # documents
    (of(col("a", "JSON", document=[col("x"), col("x")])), "a.document.x", "two fields 'x'", "rename"),
    (of(col("a", "JSON", document=[col("x", is_unique=True)])), "a.document.x", "is not unique", "remove"),
]  # fmt: skip


@pytest.mark.parametrize(("tables", "place", "message", "hint"), CASES)
def test_the_place_the_reason_and_a_way_out(tables: list[dict[str, Any]], place: str, message: str, hint: str) -> None:
    with pytest.raises(SchemaError) as error:
        check_experiment(parse_experiment({"name": "demo", "tables": tables}))
    assert len(error.value.problems) == 1, error.value
    (problem,) = error.value.problems
    parts = ["tables", problem.path.split(".")[1]]
    is_column = place.split(".")[0] in {one["name"] for table in tables for one in table["columns"]}
    assert problem.path == ".".join([*parts, *["columns"][:is_column], *([place] if place else [])])
    assert message in problem.message
    assert hint in (problem.hint or "")
