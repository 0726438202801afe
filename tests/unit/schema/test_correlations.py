"""Correlations that cannot be are named before anything is generated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dw_simulator.errors import SchemaError
from dw_simulator.schema.checks.correlations import cholesky, largest_factor
from dw_simulator.schema.importers import placing, read_file
from dw_simulator.schema.importers.yaml_ import read_yaml
from dw_simulator.schema.parse import parse_experiment
from dw_simulator.schema.validation import check

COLUMNS: list[dict[str, Any]] = [
    {"name": "id", "data_type": "INT"},
    *({"name": name, "data_type": "FLOAT"} for name in "abc"),
    {"name": "word", "data_type": "VARCHAR(20)"},
]


def problems(*entries: dict[str, Any]) -> list[Any]:
    table = {"name": "t", "columns": COLUMNS, "primary_key": "id", "correlations": list(entries)}
    with pytest.raises(SchemaError) as error:
        check(parse_experiment({"name": "e", "tables": [table]}))
    return error.value.problems


@pytest.mark.parametrize(
    ("entry", "message", "hint"),
    [
        ({"columns": ["a", "x"], "value": 0.5}, "table 't' has no column 'x'", "its columns are"),
        ({"columns": ["a", "A"], "value": 0.5}, "column 'A' is there twice", "name it once"),
        ({"columns": ["a", "id"], "value": 0.5}, "part of a key", "another column"),
        ({"columns": ["a", "word"], "value": 0.5}, "values of type VARCHAR have no order", "categorical"),
        ({"columns": ["a", "b"]}, "either a value or a matrix", ""),
        ({"columns": ["a", "b"], "matrix": [[1, 0.5]]}, "want a matrix of 2 rows of 2 coefficients", ""),
        ({"columns": ["a", "b"], "matrix": [[1, 0.5], [0.4, 1]]}, "not symmetric: 'b' and 'a' have 0.4 and 0.5", ""),
        ({"columns": ["a", "b"], "matrix": [[0.9, 0.5], [0.5, 1]]}, "with itself is 0.9; write 1", ""),
        ({"columns": ["a", "b"], "value": 1.5}, "less than or equal to 1", ""),
        ({"columns": ["a", "b"], "valeu": 1}, "unknown key 'valeu'", "value"),
        (
            {"columns": ["a", "b", "c"], "value": -0.9},
            "the correlations of a, b, c contradict each other: their matrix is not positive definite",
            "with all coefficients times 0.55 it is possible",
        ),
    ],
)
def test_impossible_correlations(entry: dict[str, Any], message: str, hint: str) -> None:
    found = problems(entry)[0]
    assert message in found.message
    assert hint in (found.hint or "")
    assert (found.path or "").startswith("tables.t.correlations")


def test_entries_are_read_together() -> None:
    pairs = [("a", "b", 0.9), ("b", "c", 0.9), ("a", "c", -0.9)]
    found = problems(*({"columns": [first, second], "value": value} for first, second, value in pairs))
    assert [one.message for one in found] == [
        "the correlations of a, b, c contradict each other: their matrix is not positive definite"
    ]
    found = problems({"columns": ["a", "b"], "value": 0.5}, {"columns": ["b", "a"], "value": 0.4})
    assert found[0].message == "'b' and 'a' have 0.4 here and 0.5 in an earlier entry"


def test_line_and_column() -> None:
    text = (
        "name: e\ntables:\n- name: t\n  columns:\n  - {name: a, data_type: INT}\n"
        "  correlations:\n  - columns: [a, b]\n    value: 2\n"
    )
    with pytest.raises(Exception, match="correlations") as error:
        read_yaml(text)
    assert (error.value.problems[0].line, error.value.problems[0].column) == (8, 5)  # type: ignore[attr-defined]


def test_cholesky() -> None:
    assert cholesky([[1, 1], [1, 1]]) == [[1, 0], [1, 0]]
    assert cholesky([[1, 1, 0], [1, 1, 0.1], [0, 0.1, 1]]) is None
    assert cholesky([[1, 0.6], [0.6, 1]]) == [[1, 0], [0.6, pytest.approx(0.8)]]
    assert largest_factor([[1, 2], [2, 1]]) == 0.5


def test_line_and_column_of_what_is_checked_later(tmp_path: Path) -> None:
    file = tmp_path / "e.yaml"
    file.write_text(
        "name: e\ntables:\n- name: T\n  columns:\n  - {name: b, data_type: INT}\n"
        "  - name: a\n    data_type: INT\n    expression: b +\n"
        "  correlations:\n  - columns: [a, b]\n    value: 1\n"
    )
    experiment = read_file(file)
    with pytest.raises(SchemaError) as error, placing(file):
        check(experiment)
    found = {problem.path: (problem.line, problem.column) for problem in error.value.problems}
    assert found == {"tables.T.columns.a.expression": (8, 5), "tables.T.correlations.0.columns": (10, 5)}
