"""Warm cost of every column family, in nanoseconds a value: computing it for a batch of 131,072 rows, and encoding it
as Parquet.

    python -m bench.families
"""

from __future__ import annotations

import importlib.util
from typing import Any

from bench.generate import SEED, cost_by_column
from dw_simulator.generator import build_plan
from dw_simulator.generator.catalog import rules
from dw_simulator.schema.parse import parse_experiment

ROWS = 131_072

ARGUMENTS = {"pattern": "pattern:??-####", "choice": "choice:new=80,used=20", "regex": r"regex:[A-Z]{2}\d{4,6}(-X)?"}


def column(name: str, data_type: str, **given: Any) -> dict[str, Any]:
    return {"name": name, "data_type": data_type, **given}


def distributions() -> dict[str, Any]:
    """Numbers and moments by distribution; two are correlated."""
    numbers: list[dict[str, Any]] = [
        {"type": "uniform"},
        {"type": "normal", "mean": 50, "stddev": 9},
        {"type": "lognormal", "mu": 3, "sigma": 1},
        {"type": "exponential", "scale": 9},
        {"type": "gamma", "shape": 2},
        {"type": "beta", "alpha": 2, "beta": 3},
        {"type": "poisson", "mean": 4},
        {"type": "binomial", "trials": 20, "probability": 0.3},
        {"type": "pareto", "alpha": 2},
        {"type": "categorical", "values": [1, 2, 3], "weights": [5, 3, 2]},
        {"type": "histogram", "edges": list(range(50)), "weights": [1 + i % 7 for i in range(49)]},
        {
            "type": "mixture",
            "components": [
                {"distribution": {"type": "histogram", "edges": [0, 0]}},
                {"distribution": {"type": "normal", "mean": 9, "stddev": 2}},
            ],
        },
        {
            "type": "conditional",
            "cases": [{"when": "uniform > 0.5", "distribution": {"type": "gamma", "shape": 2}}],
            "otherwise": {"type": "uniform"},
        },
    ]
    columns = [column(one["type"], "FLOAT", distribution=one, min_value=0, max_value=1000) for one in numbers]
    columns += [
        column("zipf", "INT", min_value=1, max_value=100_000, distribution={"type": "zipf"}),
        column("decimal", "DECIMAL(12,2)", distribution={"type": "gamma", "shape": 2, "scale": 30}),
        column("calendar", "TIMESTAMP", distribution={"type": "calendar", "business_hours": {}, "growth": 0.1}),
        column("days", "DATE", distribution={"type": "calendar", "weekdays": [1, 1, 1, 1, 1, 2, 2]}),
        column("correlated_a", "FLOAT", distribution={"type": "gamma", "shape": 2}),
        column("correlated_b", "DATE"),
        column(
            "markov",
            "VARCHAR(9)",
            distribution={
                "type": "markov",
                "length": 20,
                "start": {"new": 1},
                "transitions": {"new": {"new": 1, "paid": 1}, "paid": {"sent": 1}},
            },
        ),
    ]
    correlations = [{"columns": ["correlated_a", "correlated_b"], "value": 0.6}]
    return {"name": "distribution", "target_rows": ROWS, "columns": columns, "correlations": correlations}


def texts() -> dict[str, Any]:
    """Every built-in rule, some unique columns, documents, a locale."""
    columns = [
        column(f"rule_{rule.name}", "VARCHAR(300)", faker_rule=ARGUMENTS.get(rule.name, rule.name))
        for rule, _ in rules()
    ]
    columns += [
        column("unique_regex", "VARCHAR(40)", faker_rule=r"regex:[A-Z]{2}\d{4,6}", is_unique=True),
        column("unique_uuid", "VARCHAR(36)", faker_rule="uuid", is_unique=True),
        column("unique_email", "VARCHAR(99)", faker_rule="email", is_unique=True),
        column("permuted_key", "BIGINT", min_value=1, max_value=10**9, is_unique=True),
        column(
            "document",
            "JSON",
            document=[
                {"name": "id", "data_type": "INT"},
                {"name": "email", "data_type": "VARCHAR(60)"},
                {"name": "tags", "data_type": "VARCHAR(12)", "faker_rule": "word", "array": {"max": 3}},
            ],
        ),
    ]
    if importlib.util.find_spec("faker") is not None:
        columns.append(column("locale_de", "VARCHAR(60)", faker_rule="name", locale="de_DE"))
    return {"name": "text", "target_rows": ROWS, "columns": columns}


def relations() -> list[dict[str, Any]]:
    """Rules between columns and tables."""
    rolled = {"table": "child", "foreign_key": "fan_out"}
    parents = {
        "name": "parent",
        "target_rows": ROWS // 4,
        "primary_key": "id",
        "columns": [
            column("id", "BIGINT"),
            column("born", "TIMESTAMP", date_end="2024-12-31"),
            column("boss", "BIGINT", foreign_key={"table": "parent", "column": "id", "hierarchy": {"depth": 5}}),
            column("city", "VARCHAR(20)"),
            column("zip", "CHAR(5)"),
            column("rollup_sum", "DECIMAL(14,2)", rollup={"value": "price", **rolled}),
            column("rollup_count", "INT", rollup={"function": "count", **rolled}),
        ],
        "lookups": [{"columns": ["city", "zip"], "rows": [["Berlin", "10115"], ["Hamburg", "20095"]]}],
    }
    fan_out = {"min": 1, "shape": "geometric"}
    children = {
        "name": "child",
        "target_rows": ROWS,
        "columns": [
            column("fan_out", "BIGINT", foreign_key={"table": "parent", "column": "id", "fan_out": fan_out}),
            column("foreign_key", "BIGINT", foreign_key="parent.id"),
            column("ordinal", "INT", expression="ordinal(fan_out)"),
            column("qty", "INT", min_value=1, max_value=9),
            column("price", "DECIMAL(10,2)", distribution={"type": "gamma", "shape": 2, "scale": 20}),
            column("expression", "DECIMAL(14,2)", expression="qty * price - 1.5"),
            column("condition", "INT", expression="case when qty > 5 then qty * 2 else 0 end"),
            column("parent_column", "VARCHAR(20)", expression="fan_out.city"),
            column("text", "VARCHAR(60)", expression="upper(left(foreign_key.city, 3)) || '-' || lpad(qty, 4, '0')"),
            column("after_parent", "TIMESTAMP", after={"columns": "fan_out.born"}),
        ],
    }
    return [parents, children]


def main() -> None:
    experiment = parse_experiment({"name": "families", "tables": [distributions(), texts(), *relations()]})
    cost_by_column(build_plan(experiment, seed=SEED))


if __name__ == "__main__":
    main()
