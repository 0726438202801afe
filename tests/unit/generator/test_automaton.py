"""Regular expressions as numbered sets of texts."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from dw_simulator.errors import SchemaError
from dw_simulator.generator import build_plan
from dw_simulator.generator.automaton import Matches, automaton, longest, parse
from dw_simulator.schema.parse import parse_experiment

SMALL = [
    ("[ab]{2}|a?c", ["aa", "ab", "ba", "bb", "c", "ac"]),
    ("(a|a|aa){1,2}", ["a", "aa", "aaa", "aaaa"]),
    ("a*a*", ["a" * n for n in range(1, 17)]),
    ("x(y|ü)?", ["x", "xy", "xü"]),
    (r"^\d\.$", [f"{n}." for n in range(10)]),
    ("(ab|ba)+", None),
]


@pytest.mark.parametrize(("pattern", "expected"), SMALL)
def test_every_text_has_one_number(pattern: str, expected: list[str] | None) -> None:
    tree = parse(pattern)
    found = Matches(automaton(tree), longest(tree))
    texts = found.at(np.arange(found.size, dtype=np.uint64))
    texts.validate(full=True)
    assert len(set(texts.to_pylist())) == found.size
    assert all(re.fullmatch(pattern, text) for text in texts.to_pylist())
    if expected is not None:
        assert sorted(texts.to_pylist()) == sorted(expected)


@pytest.mark.parametrize(
    "pattern", [r"[A-Z]{2}\d{4}", r"[\w.]{5,40}@(mail|post)\.example", r".{60}", r"(\d{3}-){2,6}[^0-9]+", "(a|b){100}"]
)
def test_many(pattern: str) -> None:
    tree = parse(pattern)
    found = Matches(automaton(tree), longest(tree))
    index = np.linspace(0, found.size - 1, 5000).astype(np.uint64)
    index = np.unique(np.concatenate([index, np.arange(3000, dtype=np.uint64)]))
    texts = found.at(index[index < found.size]).to_pylist()
    assert len(set(texts)) == len(texts)
    assert all(re.fullmatch(pattern, text) for text in texts)
    assert found.at(index[[7, 3]]).to_pylist() == [texts[7], texts[3]]


def test_texts_that_fit_only() -> None:
    found = Matches(automaton(parse("a{1,9}|ü{3}")), 4)
    assert found.at(np.arange(found.size, dtype=np.uint64)).to_pylist() == ["a", "aa", "aaa", "aaaa"]


def generate(rule: str, rows: int, data_type: str = "VARCHAR(40)", **rules: Any) -> list[str]:
    column = {"name": "x", "data_type": data_type, "faker_rule": rule, **rules}
    table = {"name": "t", "target_rows": rows, "columns": [column]}
    plan = build_plan(parse_experiment({"name": "e", "tables": [table]}), seed=1).tables[0]
    return list(plan.batch(0, rows).column(0).to_pylist())


def test_columns() -> None:
    unique = generate(r"regex:[A-Z]{1,3}-\d{2,6}", 50_000, is_unique=True)
    assert len(set(unique)) == 50_000
    assert all(re.fullmatch(r"[A-Z]{1,3}-\d{2,6}", text) for text in unique)
    repeated = generate(r"regex:[A-Z]{1,3}-\d{2,6}", 5000)
    assert {len(text.partition("-")[0]) for text in repeated} == {1, 2, 3}
    assert 0.25 < sum(text.find("-") == 1 for text in repeated) / 5000 < 0.42


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("regex", "the rule regex needs a pattern after a colon"),
        ("regex:[a-", "the pattern ends too early at character 4"),
        ("regex:a**", "a repetition of a repetition wants a group"),
        ("regex:(?=a)", "only groups (…) and (?:…) are possible"),
        ("regex:a$b", "'$' is possible at the ends only"),
        ("regex:(a", "')' is missing at character 3"),
        ("regex:a)", "')' without '('"),
        (r"regex:\bx", r"\b is not possible"),
        ("regex:*a", "'*' repeats nothing"),
        ("regex:a{3,1}", "{3,1} is empty"),
        ("regex:[z-a]", "the range z-a is empty"),
        ("regex:((a|b)*c){500}", "the pattern is too large"),
        ("regex:a{50}", "no text of the pattern 'a{50}' fits into VARCHAR(40)"),
    ],
)
def test_patterns_that_are_not_possible(rule: str, message: str) -> None:
    with pytest.raises(SchemaError) as error:
        generate(rule, 10)
    assert message in str(error.value)


def test_a_unique_column_needs_enough_texts() -> None:
    with pytest.raises(
        SchemaError, match=r"can take 100 different values of the rule 'regex:\\\\d\{2\}', but 101 rows"
    ):
        generate(r"regex:\d{2}", 101, is_unique=True)
