"""What is documented is there: functions by name, and system views by file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import psycopg

import dw_simulator.emulators.redshift
from dw_simulator.emulators.redshift.documented import DOCUMENTED, status

CATALOG = Path(dw_simulator.emulators.redshift.__file__).parent / "catalog"


def test_documented_functions(connection: psycopg.Connection[Any]) -> None:
    found = {name for (name,) in connection.execute("select distinct proname::varchar from pg_proc").fetchall()}
    documented = {name for names in DOCUMENTED.values() for name in names}
    assert {name for name in documented if status(name) in ("installed", "in the database")} - found == set()


def test_each_system_view_has_its_file(connection: psycopg.Connection[Any]) -> None:
    files = {path.stem for path in CATALOG.glob("*.sql") if re.match(r"(svv|svl|svcs|stl|stv|sys|pg)_", path.stem)}
    assert len(files) > 180
    for name in sorted(files):
        connection.execute(f"select * from {name} limit 1")
