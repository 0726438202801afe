"""Every scenario of ``scenarios.py`` with snowflake-connector-python 4 and 5."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

NAMES = re.findall(r"^@scenario\ndef (\w+)", (Path(__file__).parent / "scenarios.py").read_text(), re.MULTILINE)


@pytest.mark.parametrize("generation", ["4", "5"])
@pytest.mark.parametrize("name", NAMES)
def test_scenario(outcomes: Any, generation: str, name: str) -> None:
    results = outcomes(generation)
    assert name in results
    if results[name] is not None:
        pytest.fail(results[name], pytrace=False)
