"""Every scenario of every program, in each client environment that it is for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = {
    "scenarios.py": ("snowflake4", "main"),
    "file_scenarios.py": ("snowflake4", "main"),
    "cursor_scenarios.py": ("snowflake4", "main"),
    "type_scenarios.py": ("snowflake4", "main"),
    "program_scenarios.py": ("main",),
    "pandas_scenarios.py": ("snowflake4", "snowflake5"),
    "sqlalchemy_scenarios.py": ("snowflake5",),
    "adbc_scenarios.py": ("snowflake5",),
    "snowpark_scenarios.py": ("snowflake4",),
    "snow_scenarios.py": ("snow",),
    "node_scenarios.js": ("node-snowflake",),
}
"""The client environments of a program; "main" is this project's own, with snowflake-connector-python 5."""
_NAMES = re.compile(r"^@scenario\ndef (\w+)|^scenarios\.(\w+) =", re.MULTILINE)


def _cases() -> list[Any]:
    cases = []
    for program, environments in PROGRAMS.items():
        text = (Path(__file__).parent / program).read_text()
        for name in ("".join(found) for found in _NAMES.findall(text)):
            for environment in environments:
                client = program.partition("_scenarios")[0].removesuffix(".py")
                cases.append(pytest.param(program, environment, name, id=f"{client}-{environment}-{name}"))
    return cases


@pytest.mark.parametrize(("program", "environment", "name"), _cases())
def test_scenario(outcomes: Any, program: str, environment: str, name: str) -> None:
    results = outcomes(program, environment)
    assert name in results
    if results[name] is not None:
        pytest.fail(results[name], pytrace=False)
