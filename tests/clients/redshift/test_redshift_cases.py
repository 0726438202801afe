"""The emulator's own cases: each runs as literals and, where it has values to bind, with bound parameters."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

FOLDER = Path(__file__).parents[2] / "cases" / "redshift"
CASES = [(path.stem, case) for path in sorted(FOLDER.glob("*.yaml")) for case in yaml.safe_load(path.read_text())]


def literal(case: dict[str, Any]) -> str:
    sql: str = case["sql"]
    for value in case.get("substitute", ()):
        sql = sql.replace("%s", value, 1)
    return sql


def text_rows(result: psycopg.pq.abc.PGresult) -> list[list[str | None]]:
    return [
        [
            None if (value := result.get_value(row, column)) is None else value.decode().rstrip()
            for column in range(result.nfields)
        ]
        for row in range(result.ntuples)
    ]


def check(case: dict[str, Any], result: psycopg.pq.abc.PGresult) -> None:
    names = [(result.fname(column) or b"").decode() for column in range(result.nfields)]
    assert text_rows(result) == case["rows"]
    assert case.get("columns", names) == names
    types = [result.ftype(column) for column in range(result.nfields)]
    assert case.get("types", types) == types


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=[f"{stem}: {case['name']}" for stem, case in CASES])
def test_case(case: dict[str, Any], connection: psycopg.Connection[Any]) -> None:
    for statement in case.get("setup", ()):
        connection.execute(statement)
    if "error" in case:
        with pytest.raises(psycopg.Error, match=re.escape(case["error"])) as caught:
            connection.execute(literal(case))
        assert case.get("sqlstate", caught.value.sqlstate) == caught.value.sqlstate
    else:
        run_both_ways(case, connection)
    for statement in case.get("teardown", ()):
        connection.execute(statement)


def run_both_ways(case: dict[str, Any], connection: psycopg.Connection[Any]) -> None:
    result = connection.pgconn.exec_(literal(case).encode())
    assert not result.error_message
    check(case, result)
    sql = case["sql"] if "parameters" in case else literal(case)
    cursor = connection.execute(sql, case.get("parameters"), prepare=True)
    assert cursor.pgresult is not None
    check(case, cursor.pgresult)
