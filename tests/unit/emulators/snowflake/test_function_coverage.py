"""Every function of the registry has a case, and what is not emulated says its name."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from dw_simulator.emulators.snowflake import functions
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.functions import registry
from dw_simulator.emulators.snowflake.results import StatementResult

CASES = Path(__file__).parents[3] / "cases" / "snowflake"
TEXT = "\n".join(path.read_text() for path in sorted(CASES.glob("*.yml"))).upper()
VOLATILE = {
    *("RANDOM", "UNIFORM", "NORMAL", "ZIPF", "RANDSTR", "SYSDATE", "NOW", "CURRENT_TIMESTAMP", "LOCALTIMESTAMP"),
    *("GETDATE", "SYSTIMESTAMP", "CURRENT_DATE", "CURRENT_TIME", "LOCALTIME", "SYSTEM$WAIT", "LAST_QUERY_ID"),
}
"""Functions whose value is not the same twice."""
NEED_FILES = {"INFER_SCHEMA", "EXTERNAL_TABLE_FILES", "EXTERNAL_TABLE_FILE_REGISTRATION_HISTORY"}
"""Table functions on staged files: the tests of stages and COPY call them."""
NEED_SESSIONS = {"SYSTEM$CANCEL_ALL_QUERIES", "SYSTEM$CANCEL_QUERY"}
"""Functions about sessions of a running server: tests/e2e/test_queries.py calls them."""
functions.load()
UNSUPPORTED = sorted(name for name, (entry, *_) in registry.FUNCTIONS.items() if entry.kind == "unsupported")


def called(name: str) -> bool:
    return re.search(rf"(?<![A-Z0-9_$]){re.escape(name)} ?\(", TEXT) is not None


def test_every_function_has_a_case() -> None:
    elsewhere = VOLATILE | NEED_FILES | NEED_SESSIONS | set(UNSUPPORTED)
    missing = [name for name in registry.names() if name[0].isalpha() and name not in elsewhere]
    assert [name for name in missing if not called(name)] == []


def test_unsupported_functions_raise_their_name(execute: Callable[..., StatementResult]) -> None:
    wrong = []
    for name in UNSUPPORTED:
        with pytest.raises(SnowflakeError) as caught:
            execute(f"SELECT {name}()")
        if caught.value.errno != 2 or name not in caught.value.message:
            wrong.append(f"{name}: {caught.value}")
    assert wrong == []
