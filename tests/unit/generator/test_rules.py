"""Every rule and every family: values are different from each other where asked, and fit the column."""

from __future__ import annotations

import json
import re
import sys
from contextlib import suppress
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from dw_simulator.errors import SchemaError
from dw_simulator.generator import arrays, build_plan
from dw_simulator.generator.domain import Domain
from dw_simulator.generator.guess import guess
from dw_simulator.generator.making import make_domain
from dw_simulator.generator.permutation import Permutation
from dw_simulator.generator.registry import FAMILIES, RULES, Request, RuleProblem
from dw_simulator.generator.streams import Stream
from dw_simulator.schema.model import Column, DataType, Experiment, Table

ARGUMENTS = {"pattern": "pattern:A??-####", "regex": r"regex:[a-z]{1,12}", "choice": "choice:new=3,used=1"}


def request_for(column: dict[str, Any], wanted: int = 0, rows: int = 100) -> Request:
    table = Table.model_validate({"name": "t", "target_rows": rows, "columns": [column]})
    return Request(7, table, table.columns[0], wanted)


def generate(column: dict[str, Any], rows: int = 1000, seed: int = 1) -> pa.Array:
    table = {"name": "t", "target_rows": rows, "columns": [column]}
    plan = build_plan(Experiment.model_validate({"name": "e", "tables": [table]}), seed=seed)
    return arrays.plain(plan.tables[0].batch(0, rows).column(0))


@pytest.mark.parametrize("name", sorted({rule.name for rule in RULES.values()}))
@pytest.mark.parametrize("wanted", [0, 3000, 2_000_000])
def test_rule_fits_any_length(name: Any, wanted: Any) -> None:
    for length in (1, 2, 3, 5, 7, 8, 10, 13, 16, 20, 24, 30, 36, 40, 64, 120, 300):
        column = {"name": "x", "data_type": f"VARCHAR({length})", "faker_rule": ARGUMENTS.get(name, name)}
        with suppress(RuleProblem):
            check_domain(make_domain(request_for(column, wanted)), length, wanted)


def check_domain(domain: Domain, length: int, wanted: int) -> None:
    assert (domain.reach().width or 0) <= length
    count = min(domain.size, 4000)
    index = Permutation(Stream("test"), domain.size).apply(np.arange(count, dtype=np.uint64))
    values = arrays.plain(domain.at(index))
    assert values.null_count == 0
    assert pc.max(pc.binary_length(values)).as_py() <= length
    assert pc.min(pc.binary_length(values)).as_py() >= 1
    if wanted:
        assert len(set(values.to_pylist())) == count


@pytest.mark.parametrize("name", sorted({rule.name for rule in RULES.values()} - {"pattern", "choice", "regex"}))
def test_rule_has_a_description(name: Any) -> None:
    assert RULES[name].description != name


def test_every_type_has_a_family() -> None:
    assert set(FAMILIES) == set(DataType)


@pytest.mark.parametrize(
    ("rule", "pattern"),
    [
        ("email", r"[a-z]+\.[a-z]+\d*@[a-z.]*example\.(com|org|net)"),
        ("faker.first_name", r"[A-Z][a-z]+"),
        ("phone_number", r"\(\d{3}\) 555-\d{4}"),
        ("zipcode", r"\d{5}"),
        ("uuid", r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
        ("ipv4", r"(\d{1,3}\.){3}\d{1,3}"),
        ("mac_address", r"02(:[0-9a-f]{2}){5}"),
        ("url", r"https://[a-z./]+\d*"),
        ("sku", r"[A-Z]{3}-\d{6}"),
        ("pattern:??-##\\#", r"[A-Z]{2}-\d{2}#"),
        ("choice:new=3,used=1", r"new|used"),
        (r"regex:[A-F\d]{4,6}(-x|ü)?", r"[A-F0-9]{4,6}(-x|ü)?"),
        ("state_abbr", r"[A-Z]{2}"),
        ("ean13", r"2[01]\d{11}"),
        ("ssn", r"9\d\d-\d\d-\d{4}"),
        ("sha256", r"[0-9a-f]{64}"),
    ],
)
def test_rule_looks_as_it_should(rule: Any, pattern: Any) -> None:
    values = generate({"name": "x", "data_type": "VARCHAR(80)", "faker_rule": rule}).to_pylist()
    assert all(re.fullmatch(pattern, value) for value in values), values[:5]


def test_check_digits() -> None:
    for value in generate({"name": "x", "data_type": "VARCHAR(16)", "faker_rule": "credit_card_number"}).to_pylist():
        digits = [int(digit) for digit in reversed(value)]
        doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[1::2]]
        assert (sum(digits[::2]) + sum(doubled)) % 10 == 0
    for value in generate({"name": "x", "data_type": "VARCHAR(13)", "faker_rule": "isbn13"}).to_pylist():
        assert sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(value)) % 10 == 0


def test_choice_weights() -> None:
    values = generate({"name": "x", "data_type": "VARCHAR(9)", "faker_rule": "choice:a=8,b=2"}, 20_000).to_pylist()
    assert 0.78 < values.count("a") / 20_000 < 0.82


# --- guesses ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("table", "column", "rule"),
    [
        ("users", "email", "email"),
        ("users", "contactEmail", "email"),
        ("users", "firstname", "first_name"),
        ("users", "USER_NAME", "username"),
        ("users", "lastname", "last_name"),
        ("venue", "venuename", "company"),
        ("venue", "venuecity", "city"),
        ("event", "eventname", "catch_phrase"),
        ("category", "catdesc", "sentence"),
        ("customer", "customer_phone_number", "phone_number"),
        ("orders", "ship_country", "country"),
        ("orders", "status", "choice:active=70,inactive=15,pending=10,closed=5"),
        ("products", "product_name", "product_name"),
        ("items", "description", "sentence"),
        ("log", "client_ip", "ipv4"),
        ("x", "trip", None),
        ("x", "zzz", None),
    ],
)
def test_guess_text(table: Any, column: Any, rule: Any) -> None:
    assert guess(table, Column(name=column, data_type=DataType.VARCHAR, varchar_length=60)).rule == rule


@pytest.mark.parametrize(
    ("column", "kind", "rule"),
    [
        ("state", "CHAR(2)", "state_abbr"),
        ("country", "CHAR(2)", "country_code"),
        ("country", "CHAR(3)", "country_code_3"),
        ("gender", "CHAR(1)", "choice:F=49,M=49,X=2"),
        ("month", "CHAR(5)", "month_short"),
        ("day", "CHAR(3)", "day_short"),
        ("qtr", "CHAR(5)", "quarter"),
        ("is_member", "CHAR(1)", "choice:Y=50,N=50"),
    ],
)
def test_guess_short_text(column: Any, kind: Any, rule: Any) -> None:
    assert guess("t", Column.model_validate({"name": column, "data_type": kind})).rule == rule


@pytest.mark.parametrize(
    ("column", "kind", "low", "high"),
    [
        ("age", "INT", 18, 95),
        ("year", "SMALLINT", 2015, 2025),
        ("week", "SMALLINT", 1, 53),
        ("latitude", "FLOAT", -90, 90),
        ("discount_pct", "DECIMAL(5,4)", 0, 0.5),
        ("quantity", "SMALLINT", 1, 20),
        ("price", "DECIMAL(4,2)", 0.5, 99.99),
        ("whatever", "DECIMAL(2,2)", 0, Decimal("0.99")),
        ("whatever", "DECIMAL(38,0)", 1, 10_000),
        ("pct", "DECIMAL(3,3)", 0, Decimal("0.999")),
    ],
)
def test_guess_numbers(column: Any, kind: Any, low: Any, high: Any) -> None:
    values = generate({"name": column, "data_type": kind}).to_pylist()
    assert low <= min(values) <= max(values) <= high
    assert len(set(values)) > 1


def test_guess_shares() -> None:
    deleted = generate({"name": "is_deleted", "data_type": "BOOLEAN"}, 20_000).to_pylist()
    assert 0.04 < sum(deleted) / 20_000 < 0.06


def test_json_is_json() -> None:
    for name in ("tags", "properties", "items", "shipping_address", "settings", "event"):
        values = generate({"name": name, "data_type": "JSON"}, 200).to_pylist()
        assert all(isinstance(json.loads(value), list if name in ("tags", "items") else dict) for value in values)


# --- distributions -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "distribution", "bounds", "mean", "deviation"),
    [
        ("FLOAT", {"type": "normal", "mean": 150, "stddev": 50}, {}, 150, 50),
        ("DECIMAL(10,2)", {"type": "normal", "mean": 150, "stddev": 50}, {}, 150, 50),
        ("DECIMAL(30,12)", {"type": "normal", "mean": 150, "stddev": 50}, {}, 150, 50),
        ("BIGINT", {"type": "normal", "mean": 100, "stddev": 20}, {}, 100, 20),
        ("INT", {"type": "normal", "mean": 0, "stddev": 10}, {"min_value": 0}, 7.98, 6.03),
        ("FLOAT", {"type": "exponential", "scale": 30}, {}, 30, 30),
        ("FLOAT", {"type": "exponential", "scale": 30}, {"min_value": 100}, 130, 30),
        ("FLOAT", {"type": "lognormal", "mu": 0, "sigma": 0.5}, {}, 1.1331, 0.6039),
        ("FLOAT", {"type": "uniform"}, {"min_value": 0, "max_value": 12}, 6, 3.4641),
        ("INT", {"type": "uniform"}, {"min_value": -50, "max_value": 50}, 0, 29.15),
        ("BIGINT", {"type": "uniform"}, {"min_value": -(2**63), "max_value": 2**63 - 1}, 0, 5.325e18),
        ("INT", {"type": "categorical", "values": [1, 5], "weights": [1, 3]}, {}, 4, 1.732),
    ],
)
def test_distribution_moments(kind: Any, distribution: Any, bounds: Any, mean: Any, deviation: Any) -> None:
    values = generate({"name": "x", "data_type": kind, "distribution": distribution, **bounds}, 100_000)
    numbers = np.array([float(value) for value in values.to_pylist()])
    assert abs(numbers.mean() - mean) < 0.02 * deviation
    assert abs(numbers.std() - deviation) < 0.03 * deviation


def test_normal_tails() -> None:
    values = generate(
        {"name": "x", "data_type": "FLOAT", "distribution": {"type": "normal", "mean": 0, "stddev": 1}}, 1_000_000
    ).to_numpy()
    assert 1.5e-3 < (np.abs(values) > 3).mean() * 0.7 < 2.3e-3
    assert 30 < (np.abs(values) > 4).sum() < 100
    assert 4.2 < np.abs(values).max() < 6


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_zipf_shares(exponent: Any) -> None:
    column = {
        "name": "x",
        "data_type": "INT",
        "min_value": 1,
        "max_value": 20_000,
        "distribution": {"type": "zipf", "exponent": exponent},
    }
    counts = np.bincount(generate(column, 200_000).to_numpy(), minlength=20_001)[1:] / 200_000
    shares = np.arange(1, 20_001) ** -exponent
    shares /= shares.sum()
    assert abs(counts[0] - shares[0]) < 0.004
    assert abs(counts[:100].sum() - shares[:100].sum()) < 0.01
    assert abs(counts[5000:].sum() - shares[5000:].sum()) < 0.01


# --- Faker -------------------------------------------------------------------------------------------------------
def test_faker_provider_is_a_pool_by_seed() -> None:
    column = {"name": "x", "data_type": "VARCHAR(200)", "faker_rule": "aba"}
    one, again, other = (generate(column, 3000, seed).to_pylist() for seed in (1, 1, 2))
    assert one == again != other
    assert len(set(one)) > 1000


def test_faker_unique_draws_enough() -> None:
    values = generate({"name": "x", "data_type": "VARCHAR(60)", "faker_rule": "aba", "is_unique": True}, 3000)
    assert len(set(values.to_pylist())) == 3000


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ({"faker_rule": "frist_nam"}, "no Faker provider 'frist_nam'"),
        ({"faker_rule": "seed_instance"}, "no Faker provider 'seed_instance'"),
        ({"faker_rule": "blood_group_or_so"}, "no rule"),
        ({"faker_rule": "pattern"}, "needs a pattern"),
        ({"faker_rule": "choice:a=b"}, "is not a weight"),
        ({"faker_rule": "currency_code", "is_unique": True}, "36 different values of the rule 'currency_code'"),
        ({"faker_rule": "military_ship", "is_unique": True}, "different values of the rule 'military_ship'"),
        ({"faker_rule": "email", "varchar_length": 4}, "needs at least"),
        ({"faker_rule": "uuid", "varchar_length": 20}, "36 bytes long, but VARCHAR(20) holds 20"),
        ({"faker_rule": "user_agent", "varchar_length": 5}, "at least 10 bytes"),
        ({"faker_rule": "pattern:####", "varchar_length": 3}, "makes 4 bytes"),
    ],
)
def test_rule_problems_name_the_column(column: Any, message: Any) -> None:
    with pytest.raises(SchemaError, match=re.escape(message)) as caught:
        generate({"name": "x", "data_type": "VARCHAR", "varchar_length": 50, **column})
    assert caught.value.problems[0].path == "tables.t.columns.x"
    assert caught.value.problems[0].hint


def test_faker_missing_names_the_extra(monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "faker", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SchemaError, match=r"pip install 'dw-simulator\[faker\]'"):
        generate({"name": "x", "data_type": "VARCHAR(50)", "faker_rule": "bban"})
