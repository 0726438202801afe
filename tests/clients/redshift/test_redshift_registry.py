"""What is documented is there: functions by name, and system views by file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import psycopg

import dw_simulator.emulators.redshift
from dw_simulator.emulators.redshift.translation import functions, windows

NAMES = Path(__file__).parents[2] / "cases" / "redshift" / "documented_functions.txt"
CATALOG = Path(dw_simulator.emulators.redshift.__file__).parent / "catalog"

SYNTAX = frozenset(["case", "cast", "coalesce", "convert", "current_date", "decode", "extract", "greatest", "least"])
SYNTAX |= frozenset(
    ["nullif", "position", "substring", "sysdate", "trim", "try_cast", "user", "current_user", "session_user"]
)
MISSING = frozenset(["explain_model", "farmfingerprint64", "reboot_cluster"])
"""Documented, and not emulated: a call fails with "function … does not exist"."""


def test_documented_functions(connection: psycopg.Connection[Any]) -> None:
    installed = {name for (name,) in connection.execute("select distinct proname::varchar from pg_proc").fetchall()}
    translated = functions.HANDLERS.keys() | functions.RENAMED.keys() | windows.NAMES
    documented = set(NAMES.read_text().split())
    assert documented - installed - translated - SYNTAX == MISSING


def test_each_system_view_has_its_file(connection: psycopg.Connection[Any]) -> None:
    files = {path.stem for path in CATALOG.glob("*.sql") if re.match(r"(svv|svl|svcs|stl|stv|sys|pg)_", path.stem)}
    assert len(files) > 180
    for name in sorted(files):
        connection.execute(f"select * from {name} limit 1")
