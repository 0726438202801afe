"""The tables of cases in tests/cases/snowflake, run through the engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.functions import registry
from dw_simulator.emulators.snowflake.results import StatementResult

Execute = Callable[..., StatementResult]

CASES = Path(__file__).parents[3] / "cases" / "snowflake"
EXPRESSIONS = [
    row for name in ("expressions.yml", "functions.yml") for row in yaml.safe_load((CASES / name).read_text())
]
SCRIPTS = {
    name: steps
    for file in (
        "statements.yml",
        "queries.yml",
        "governance.yml",
        "automation.yml",
        "files.yml",
        "scripting.yml",
        "programs.yml",
        "objects.yml",
        "types.yml",
    )
    for name, steps in yaml.safe_load((CASES / file).read_text()).items()
}
NEED_ROWS = {"aggregate", "window", "unsupported"}
WITHOUT_CASE = {
    *("RANDOM", "UNIFORM", "NORMAL", "ZIPF", "RANDSTR", "SEQ1", "SEQ2", "SEQ4", "SEQ8", "HASH", "SYSDATE", "NOW"),
    *("CURRENT_TIMESTAMP", "LOCALTIMESTAMP", "GETDATE", "SYSTIMESTAMP", "CURRENT_DATE", "CURRENT_TIME", "LOCALTIME"),
    *("SYSTEM$WAIT", "LAST_QUERY_ID", "SYS_CONNECT_BY_PATH", "SYSTEM$GET_LOGIN_FAILURE_DETAILS"),
    "SYSTEM$CANCEL_ALL_QUERIES",
    "SYSTEM$CANCEL_QUERY",
}
"""Functions whose value is not the same twice, or that need a query around them (statements.yml has those)."""


def shown(value: object, kind: str) -> str | None:
    """A result value as the cases write it."""
    if value is None:
        return None
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):  # TIMESTAMP_TZ
        import datetime as dt

        zone = dt.timezone(dt.timedelta(minutes=value["offset_minutes"]))
        return str(value["value"].astimezone(zone))
    if kind == "TIMESTAMP_LTZ(9)":
        from zoneinfo import ZoneInfo

        return str(value.astimezone(ZoneInfo("America/Los_Angeles")))  # type: ignore[attr-defined]
    text = str(value)
    if text[:1] in ("[", "{"):
        return json.dumps(json.loads(text.replace("undefined", "null")), separators=(",", ":"))
    return text


def rows_of(result: StatementResult) -> list[list[str | None]]:
    kinds = [column.type.sql_name() for column in result.columns]
    return [
        [shown(value, kind) for value, kind in zip(row, kinds, strict=True)]
        for batch in result.batches
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
    ]


def test_expressions(execute: Execute) -> None:
    """One statement a case, all reported together: a case costs a millisecond, a test ten."""
    wrong = []
    for expression, kind, value in EXPRESSIONS:
        try:
            result = execute(f"SELECT {expression}")
        except SnowflakeError as error:
            wrong.append(f"{expression}: {error}")
            continue
        got = (result.columns[0].type.sql_name(), rows_of(result)[0][0])
        if got != (kind, _canonical(value)):
            wrong.append(f"{expression}: expected {(kind, value)}, got {got}")
    assert not wrong, "\n".join(wrong)


def _canonical(value: str | None) -> str | None:
    if value is not None and value[:1] in ("[", "{"):
        return json.dumps(json.loads(value), separators=(",", ":"))
    return value


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts(execute: Execute, put: Callable[[str, bytes], None], name: str) -> None:
    for step in SCRIPTS[name]:
        for location, text in step.get("put", {}).items():
            put(location, text.encode())
        if "sql" not in step:
            continue
        sql = step["sql"]
        if "error" in step:
            with pytest.raises(SnowflakeError) as caught:
                execute(sql)
            assert caught.value.errno == step["error"], f"{sql}: {caught.value}"
            assert step.get("message", "") in caught.value.message, sql
            continue
        result = execute(sql)
        if "columns" in step:
            assert [column.name for column in result.columns] == step["columns"], sql
        if "types" in step:
            assert [column.type.sql_name() for column in result.columns] == step["types"], sql
        if "rows" in step:
            want = [[None if v is None else _canonical(str(v)) for v in row] for row in step["rows"]]
            got = rows_of(result)
            if "order by" not in sql.lower():
                want, got = sorted(want, key=str), sorted(got, key=str)
            assert got == want, sql


def test_every_scalar_function_has_a_case() -> None:
    text = " ".join(expression for expression, _, _ in EXPRESSIONS).upper() + " " + str(SCRIPTS).upper()
    missing = [
        name
        for name, overloads in registry.FUNCTIONS.items()
        if not any(entry.kind in NEED_ROWS for entry in overloads)
        and name not in WITHOUT_CASE
        and f"{name}(" not in text
        and f"{name} (" not in text
    ]
    assert not missing
