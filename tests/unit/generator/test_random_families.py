"""Random parameters for every family of columns and every rule: each value is one that they allow, however it is cut.

``PROPERTY_EXAMPLES=50`` tries fifty times as many schemas, other ones at each run.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import re
import uuid
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.generator.profile import profile

from dw_simulator.errors import SchemaError
from dw_simulator.generator import build_plan
from dw_simulator.generator.catalog import rules
from dw_simulator.generator.streams import Rows
from dw_simulator.schema.distributions import DISTRIBUTIONS
from dw_simulator.schema.parse import parse_experiment

Check = Callable[[Any], bool]
Made = tuple[dict[str, Any], Check]
"""A column, and whether a value of it is allowed."""

ROWS = 240


# --- numbers --------------------------------------------------------------------------------------------------------
def reals(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False).map(lambda value: round(value, 3))


@st.composite
def distributions(draw: Any) -> tuple[dict[str, Any], Check]:
    """A distribution of numbers, and what its values keep to before they are rounded."""
    kind = draw(st.sampled_from(NUMERIC))
    match kind:
        case "normal":
            return {"type": kind, "mean": draw(reals(-50, 50)), "stddev": draw(reals(0.1, 20))}, lambda _: True
        case "lognormal":
            return {"type": kind, "mu": draw(reals(-1, 3)), "sigma": draw(reals(0.1, 1))}, lambda value: value >= 0
        case "exponential":
            return {"type": kind, "scale": draw(reals(0.1, 30))}, lambda value: value >= 0
        case "gamma":
            return {"type": kind, "shape": draw(reals(0.1, 9)), "scale": draw(reals(0.1, 9))}, lambda value: value >= 0
        case "beta":
            return {"type": kind, "alpha": draw(reals(0.3, 9)), "beta": draw(reals(0.3, 9))}, lambda v: 0 <= v <= 1
        case "poisson":
            return {"type": kind, "mean": draw(reals(0.1, 60))}, lambda value: value >= 0 and value == int(value)
        case "binomial":
            trials = draw(st.integers(1, 80))
            spec = {"type": kind, "trials": trials, "probability": draw(reals(0, 1))}
            return spec, lambda value: 0 <= value <= trials and value == int(value)
        case "pareto":
            least = draw(st.integers(1, 9))
            return {"type": kind, "alpha": draw(reals(1, 4)), "minimum": float(least)}, lambda value: value >= least
        case "categorical":
            values = draw(st.lists(st.integers(-99, 99), min_size=1, max_size=5, unique=True))
            weights = draw(st.lists(st.integers(0, 3), min_size=len(values), max_size=len(values)).filter(any))
            allowed = {value for value, weight in zip(values, weights, strict=True) if weight}
            return {"type": kind, "values": values, "weights": [float(w) for w in weights]}, lambda v: int(v) in allowed
        case "histogram":
            edges = sorted(draw(st.lists(st.integers(-90, 90), min_size=2, max_size=6)))
            return {"type": kind, "edges": edges}, lambda value: edges[0] <= value <= edges[-1]
        case "mixture":
            spike = draw(st.integers(1, 9))
            parts = [{"type": "histogram", "edges": [-spike, -spike]}, {"type": "gamma", "shape": 2.0}]
            spec = {"type": kind, "components": [{"distribution": part} for part in parts]}
            return spec, lambda value: value >= 0 or value == -spike
        case _:
            return {"type": "uniform"}, lambda _: True


NUMERIC = [
    "uniform", "normal", "lognormal", "exponential", "gamma", "beta", "poisson", "binomial", "pareto", "categorical",
    "histogram", "mixture",
]  # fmt: skip


@st.composite
def numbers(draw: Any) -> Made:
    spec, inner = draw(distributions())
    kind = draw(st.sampled_from(["SMALLINT", "INT", "BIGINT", "DECIMAL(9,2)", "DECIMAL(20,3)", "FLOAT"]))
    bounds = {}
    if spec["type"] in ("normal", "gamma", "exponential", "poisson", "uniform") and draw(st.booleans()):
        bounds = {"min_value": draw(st.integers(-3, 2)), "max_value": draw(st.integers(8, 30))}
    low, high = bounds.get("min_value"), bounds.get("max_value")
    if spec["type"] == "exponential" and low is not None:
        inner = lambda _: True  # noqa: E731 - it is shifted to start at the bound

    def allowed(value: Any) -> bool:
        return inner(value) and (low is None or low <= value <= high)

    return {"data_type": kind, "distribution": spec, **bounds}, allowed


# --- texts ----------------------------------------------------------------------------------------------------------
def is_luhn(text: str) -> bool:
    places = [int(digit) for digit in reversed(text)]
    return sum(sum(divmod(2 * d, 10)) if place % 2 else d for place, d in enumerate(places)) % 10 == 0


def is_ean(text: str) -> bool:
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(text)) % 10 == 0


def is_address(version: int) -> Check:
    return lambda text: ipaddress.ip_address(text).version == version


def matches(pattern: str) -> Check:
    return lambda text: re.fullmatch(pattern, text) is not None


FORMS: dict[str, Check] = {
    "uuid": lambda text: uuid.UUID(text).version == 4,
    "ipv4": is_address(4),
    "ipv6": is_address(6),
    "mac_address": matches(r"([0-9a-f]{2}:){5}[0-9a-f]{2}"),
    "email": matches(r"[^@\s]+@[a-z0-9.-]+"),
    "url": matches(r"https?://\S+"),
    "credit_card_number": is_luhn,
    "ean13": is_ean,
    "isbn13": lambda text: is_ean(text.replace("-", "")),
    "state_abbr": matches("[A-Z]{2}"),
    "country_code": matches("[A-Z]{2}"),
    "wkt_point": matches(r"POINT\(-?\d+\.\d+ -?\d+\.\d+\)"),
    "geo_point": matches(r"-?\d+\.\d+,-?\d+\.\d+"),
}
"""What texts of some rules must be; others must fit only."""

PATTERNS = [
    (r"regex:[A-Z]{2}-\d{4,6}", r"[A-Z]{2}-\d{4,6}"),
    ("regex:(ab|c[d-f]|\\w{3}){2,4}z?", r"(ab|c[d-f]|\w{3}){2,4}z?"),
    ("regex:x+y*[^a-z ]{1,3}", "x+y*[^a-z ]{1,3}"),
    ("pattern:??-####", r"[A-Z]{2}-\d{4}"),
    ("pattern:@@^^", "[a-z]{2}[0-9a-f]{2}"),
    ("choice:new=8,used=2", "new|used"),
]


@st.composite
def texts(draw: Any) -> Made:
    if draw(st.booleans()):
        rule, pattern = draw(st.sampled_from(PATTERNS))
        return {"data_type": "VARCHAR(60)", "faker_rule": rule}, matches(pattern)
    rule = draw(st.sampled_from([rule.name for rule, _ in rules() if not rule.takes_argument]))
    limit = 120 if rule in FORMS else draw(st.sampled_from([40, 250]))
    form = FORMS.get(rule, lambda _: True)
    column = {"data_type": f"VARCHAR({limit})", "faker_rule": rule}
    return column, lambda text: 0 < len(text.encode()) <= limit and form(text)


@st.composite
def chosen_texts(draw: Any) -> Made:
    values = draw(st.lists(st.text("abcé'\"\\ ", min_size=1, max_size=6), min_size=1, max_size=4, unique=True))
    kind = draw(st.sampled_from(["categorical", "conditional", "zipf"]))
    choice: dict[str, Any] = {"type": "categorical", "values": values}
    if kind == "zipf":
        spec = {"type": "zipf", "exponent": draw(reals(0.3, 3))}
        return {"data_type": "VARCHAR(30)", "faker_rule": "word", "distribution": spec}, lambda text: bool(text)
    if kind == "conditional":
        condition = draw(st.sampled_from(["row_number() % 3 = 0", "random() < 0.5", "row_number() > 9 and true"]))
        choice = {"type": kind, "cases": [{"when": condition, "distribution": choice}], "otherwise": choice}
    return {"data_type": "VARCHAR(30)", "distribution": choice}, lambda text: text in values


# --- moments --------------------------------------------------------------------------------------------------------
def weights(size: int) -> st.SearchStrategy[list[float]]:
    return st.lists(st.sampled_from([0.0, 1.0, 2.5]), min_size=size, max_size=size).filter(lambda found: sum(found) > 3)


@st.composite
def moments(draw: Any) -> Made:
    kind = draw(st.sampled_from(["DATE", "TIMESTAMP", "TIMESTAMP_TZ"]))
    start = draw(st.dates(dt.date(1990, 1, 1), dt.date(2040, 1, 1)))
    end = start + dt.timedelta(days=draw(st.integers(400, 900)))
    holiday, quiet = start + dt.timedelta(days=3), start + dt.timedelta(days=draw(st.integers(20, 300)))
    weekdays, months = draw(weights(7)), draw(weights(12))
    spec: dict[str, Any] = {
        "type": "calendar", "weekdays": weekdays, "months": months, "holidays": [holiday.isoformat()],
        "growth": draw(st.sampled_from([0.0, -0.4, 2.0])),
        "bursts": [{"start": quiet.isoformat(), "end": (quiet + dt.timedelta(days=9)).isoformat(), "factor": 0}],
    }  # fmt: skip
    hours = draw(weights(24)) if kind != "DATE" else [1.0] * 24
    if kind != "DATE":
        spec["hours"] = hours

    def allowed(value: Any) -> bool:
        day = value.date() if isinstance(value, dt.datetime) else value
        hour = value.hour if isinstance(value, dt.datetime) else 0
        within = start <= day <= end and day != holiday and not 0 <= (day - quiet).days < 10
        return within and bool(weekdays[day.weekday()] and months[day.month - 1] and hours[hour])

    return {"data_type": kind, "date_start": start, "date_end": end, "distribution": spec}, allowed


SHARES = st.sampled_from([0.0, 0.5])


# --- documents ------------------------------------------------------------------------------------------------------
@st.composite
def documents(draw: Any) -> Made:
    most = draw(st.integers(0, 4))
    fields = [
        {"name": "n", "data_type": "INT", "min_value": 3, "max_value": 9, "null_fraction": draw(SHARES)},
        {"name": "list", "data_type": "VARCHAR(9)", "faker_rule": "word", "array": {"max": most}},
        {"name": "in", "data_type": "JSON", "document": [{"name": "flag", "data_type": "BOOLEAN"}]},
    ]  # fmt: skip

    def allowed(text: str) -> bool:
        found = json.loads(text)
        return (
            set(found) == {"n", "list", "in"}
            and (found["n"] in range(3, 10) or (found["n"] is None and bool(fields[0]["null_fraction"])))
            and len(found["list"]) <= most
            and all(isinstance(word, str) and word for word in found["list"])
            and isinstance(found["in"]["flag"], bool)
        )

    return {"data_type": "JSON", "document": fields}, allowed


OF_OTHER_TESTS = {"markov", "calendar", "zipf", "conditional"}


def test_every_distribution_is_tried() -> None:
    assert set(NUMERIC) | OF_OTHER_TESTS == set(DISTRIBUTIONS)


def same_for_any_cut(plan: Any, cut: int) -> None:
    """Batches of any size, and single rows in any order, are those of the whole."""
    for table in plan.tables:
        whole = table.batch(0, table.rows).to_pylist()
        parts = [table.batch(lo, min(lo + cut, table.rows)) for lo in range(0, table.rows, cut)]
        assert pa.Table.from_batches(parts, schema=table.schema).to_pylist() == whole
        index = np.array([table.rows - 1, 0, table.rows // 3, 0], np.uint64)
        for column in table.columns:
            found = column.take(Rows.of(index)).to_pylist()
            assert found == [whole[int(row)][column.name] for row in index], column.name


NO_MASS = ("practically no values", "leaves no time", "fits into")


@profile(24)
@given(
    st.lists(st.one_of(numbers(), texts(), chosen_texts(), moments(), documents()), min_size=1, max_size=5),
    st.sampled_from([0.0, 0.2]),
    st.integers(0, 2**63),
    st.integers(1, 90),
)
def test_values_are_allowed(made: list[Made], empty: float, seed: int, cut: int) -> None:
    columns = [{"name": f"c{place}", "null_fraction": empty, **column} for place, (column, _) in enumerate(made)]
    table = {"name": "t", "target_rows": ROWS, "columns": columns}
    try:
        plan = build_plan(parse_experiment({"name": "random", "tables": [table]}), seed=seed)
    except SchemaError as error:
        if not all(any(text in problem.message for text in NO_MASS) for problem in error.problems):
            raise
        return
    batch = plan.tables[0].batch(0, ROWS)
    batch.validate(full=True)
    for place, (column, allowed) in enumerate(made):
        values = batch.column(place).to_pylist()
        assert (None in values) <= bool(empty)
        wrong = [value for value in values if value is not None and not allowed(value)]
        assert not wrong, (column, wrong[:3])
    same_for_any_cut(plan, cut)


@profile(10)
@given(st.sampled_from(PATTERNS[:4]), st.integers(1, 300), st.integers(0, 2**63))
def test_unique_texts_of_a_pattern(rule: tuple[str, str], rows: int, seed: int) -> None:
    column = {"name": "code", "data_type": "VARCHAR(60)", "faker_rule": rule[0], "is_unique": True}
    table = {"name": "t", "target_rows": rows, "columns": [column]}
    plan = build_plan(parse_experiment({"name": "random", "tables": [table]}), seed=seed)
    values = plan.tables[0].batch(0, rows).column(0).to_pylist()
    assert len(set(values)) == rows
    assert all(re.fullmatch(rule[1], value) for value in values)


# --- chains -----------------------------------------------------------------------------------------------------------
@profile(10)
@given(
    st.dictionaries(st.sampled_from("abcd"), st.dictionaries(st.sampled_from("abcd"), reals(0.1, 5), min_size=1)),
    st.dictionaries(st.sampled_from("abcd"), reals(0.1, 3), min_size=1),
    st.integers(1, 40),
    st.integers(1, 90),
)
def test_chains_step_as_they_may(steps: Any, start: Any, length: int, cut: int) -> None:
    spec = {"type": "markov", "start": start, "transitions": steps, "length": length}
    column = {"name": "state", "data_type": "CHAR(1)", "distribution": spec}
    table = {"name": "t", "target_rows": ROWS, "columns": [column]}
    plan = build_plan(parse_experiment({"name": "random", "tables": [table]}), seed=5)
    states = plan.tables[0].batch(0, ROWS).column(0).to_pylist()
    for row, state in enumerate(states):
        if row % length == 0:
            assert state in start
        else:
            assert state in steps.get(states[row - 1], {states[row - 1]: 1})
    same_for_any_cut(plan, cut)


# --- expressions ------------------------------------------------------------------------------------------------------
Value = int | None
Formula = tuple[str, Callable[[Value, Value], Value]]
"""An expression over ``a`` and ``b``, and the same in Python; None is NULL."""


def strict(compute: Callable[..., int]) -> Callable[..., Value]:
    return lambda *values: None if None in values else compute(*values)


def _binary(sign: str, compute: Callable[[int, int], int]) -> Callable[[Formula, Formula], Formula]:
    safe = strict(compute)
    return lambda left, right: (
        f"({left[0]} {sign} {right[0]})",
        lambda a, b: safe(left[1](a, b), right[1](a, b)),
    )


def _called(name: str, compute: Callable[[int, int], int]) -> Callable[[Formula, Formula], Formula]:
    safe = strict(compute)
    return lambda left, right: (
        f"{name}({left[0]}, {right[0]})",
        lambda a, b: safe(left[1](a, b), right[1](a, b)),
    )


def _coalesce(left: Formula, right: Formula) -> Formula:
    def first(a: Value, b: Value) -> Value:
        found = left[1](a, b)
        return right[1](a, b) if found is None else found

    return f"coalesce({left[0]}, {right[0]})", first


def _nullif(left: Formula, right: Formula) -> Formula:
    def other(a: Value, b: Value) -> Value:
        found = left[1](a, b)
        return None if found is not None and found == right[1](a, b) else found

    return f"nullif({left[0]}, {right[0]})", other


def _case(left: Formula, right: Formula) -> Formula:
    def chosen(a: Value, b: Value) -> Value:
        low, high = left[1](a, b), right[1](a, b)
        return low if low is not None and high is not None and low < high else high

    return f"case when {left[0]} < {right[0]} then {left[0]} else {right[0]} end", chosen


_LEAVES: list[Formula] = [("a", lambda a, b: a), ("b", lambda a, b: b), ("7", lambda a, b: 7), ("-2", lambda a, b: -2)]
_STEPS = [
    _binary("+", lambda x, y: x + y), _binary("-", lambda x, y: x - y), _binary("*", lambda x, y: x * y),
    _called("greatest", max), _called("least", min), _coalesce, _nullif, _case,
]  # fmt: skip


def formulas() -> st.SearchStrategy[Formula]:
    return st.recursive(
        st.sampled_from(_LEAVES),
        lambda inner: st.tuples(st.sampled_from(_STEPS), inner, inner).map(lambda found: found[0](found[1], found[2])),
        max_leaves=6,
    )


@profile(40)
@given(formulas(), st.integers(1, 50))
def test_expressions_are_what_they_say(formula: Formula, cut: int) -> None:
    text, compute = formula
    whole = {"data_type": "INT", "min_value": -9, "max_value": 9}
    columns = [{"name": "a", "null_fraction": 0.3, **whole}, {"name": "b", **whole}]
    columns.append({"name": "x", "data_type": "BIGINT", "expression": text})
    table = {"name": "t", "target_rows": 60, "columns": columns}
    plan = build_plan(parse_experiment({"name": "random", "tables": [table]}), seed=9)
    for row in plan.tables[0].batch(0, 60).to_pylist():
        assert row["x"] == compute(row["a"], row["b"]), (text, row)
    same_for_any_cut(plan, cut)


# --- correlations -----------------------------------------------------------------------------------------------------
def ranks(values: Any) -> Any:
    return np.argsort(np.argsort(values)).astype(float)


@profile(8)
@given(
    st.lists(reals(-0.95, 0.95), min_size=6, max_size=6), st.sampled_from(["normal", "spearman"]), st.integers(1, 999)
)
def test_columns_are_correlated_as_declared(loadings: list[float], kind: str, cut: int) -> None:
    """Loadings on two factors make a matrix that is possible."""
    factors = np.array(loadings).reshape(3, 2) * 0.7
    matrix = factors @ factors.T
    np.fill_diagonal(matrix, 1.0)
    names = ["x", "y", "z"]
    table = {
        "name": "t", "target_rows": 3000,
        "columns": [{"name": name, "data_type": "FLOAT", "distribution": {"type": "normal", "mean": 5.0, "stddev": 2.0}}
                    for name in names],
        "correlations": [{"columns": names, "kind": kind, "matrix": matrix.tolist()}],
    }  # fmt: skip
    plan = build_plan(parse_experiment({"name": "random", "tables": [table]}), seed=3)
    batch = plan.tables[0].batch(0, 3000)
    values = [batch.column(name).to_numpy() for name in names]
    found = np.corrcoef([ranks(one) for one in values] if kind == "spearman" else values)
    assert np.abs(found - matrix).max() < 0.1
    assert plan.tables[0].batch(cut, cut + 700).equals(batch.slice(cut, 700))


# --- keys over several columns ----------------------------------------------------------------------------------------
@st.composite
def networks(draw: Any) -> dict[str, Any]:
    """Two parents, the pairs of them, and rows that refer to pairs with a fan-out."""
    small, large = draw(st.integers(2, 12)), draw(st.integers(2, 30))
    pairs = draw(st.integers(1, small * large))
    least, most = draw(st.integers(0, 2)), draw(st.integers(3, 6))
    childless = draw(st.sampled_from([0.0, 0.25]))
    active = pairs - round(pairs * childless)
    spread = {
        "min": least, "max": most, "childless": childless, "scattered": draw(st.booleans()),
        "shape": draw(st.sampled_from(["even", "poisson", "geometric", "zipf", "uniform"])),
    }  # fmt: skip
    parent = [{"name": "id", "data_type": draw(st.sampled_from(["INT", "VARCHAR(36)"]))}]
    kind = parent[0]["data_type"]
    return {"name": "random", "tables": [
        {"name": "a", "target_rows": small, "primary_key": "id", "columns": parent},
        {"name": "b", "target_rows": large, "primary_key": "id", "columns": [{"name": "id", "data_type": "BIGINT"}]},
        {"name": "ab", "target_rows": pairs, "primary_key": ["a_id", "b_id"], "columns": [
            {"name": "a_id", "data_type": kind, "foreign_key": "a.id"},
            {"name": "b_id", "data_type": "BIGINT", "foreign_key": "b.id"},
            {"name": "rows", "data_type": "INT", "rollup": {"table": "c", "function": "count"}},
        ]},
        {"name": "c", "target_rows": draw(st.integers(max(least, 1) * active, most * active)), "columns": [
            {"name": "x", "data_type": kind},
            {"name": "y", "data_type": "BIGINT"},
        ], "foreign_keys": [
            {"columns": ["x", "y"], "table": "ab", "references": ["a_id", "b_id"], "fan_out": spread},
        ]},
    ]}  # fmt: skip


@profile(15)
@given(networks(), st.integers(0, 2**63), st.integers(1, 60))
def test_keys_of_several_columns_and_their_children(experiment: dict[str, Any], seed: int, cut: int) -> None:
    plan = build_plan(parse_experiment(experiment), seed=seed)
    data = {table.name: table.batch(0, table.rows).to_pylist() for table in plan.tables}
    pairs = [(row["a_id"], row["b_id"]) for row in data["ab"]]
    assert len(set(pairs)) == len(pairs)
    assert {one for one, _ in pairs} <= {row["id"] for row in data["a"]}
    assert {other for _, other in pairs} <= {row["id"] for row in data["b"]}
    children = Counter((row["x"], row["y"]) for row in data["c"])
    assert set(children) <= set(pairs)
    assert [row["rows"] for row in data["ab"]] == [children[pair] for pair in pairs]
    rule = experiment["tables"][3]["foreign_keys"][0]["fan_out"]
    without = sum(children[pair] == 0 for pair in pairs)
    if rule["childless"]:
        assert without >= round(rule["childless"] * len(pairs))
    assert max(children.values()) <= rule["max"]
    assert all(count >= rule["min"] for count in children.values())
    same_for_any_cut(plan, cut)


@profile(12)
@given(st.decimals(-999, 999, places=2), st.decimals(1, 500, places=2), st.booleans())
def test_bounds_of_decimals_are_exact(low: Decimal, width: Decimal, unique: bool) -> None:
    high = low + width
    column = {"name": "x", "data_type": "DECIMAL(9,2)", "min_value": low, "max_value": high, "is_unique": unique}
    table = {"name": "t", "target_rows": 60, "columns": [column]}
    plan = build_plan(parse_experiment({"name": "random", "tables": [table]}), seed=1)
    values = plan.tables[0].batch(0, 60).column(0).to_pylist()
    assert all(low <= value <= high for value in values)
    assert len(set(values)) == 60 or not unique
