"""Users who generate and load experiments, by the command line and by the API."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
from tests.robustness.journal import Key, Value
from tests.robustness.writers.base import Surroundings, Writer

from dw_simulator.stack import connect

WAREHOUSES = ("redshift", "snowflake")
TABLES = ("parents", "children")
LIMIT = 90


class JobFailed(Exception):
    """A command or request that generates or loads ended with an error."""


def schema(name: str) -> dict[str, Any]:
    key = {"name": "id", "data_type": "BIGINT", "required": True}
    reference = {"name": "parent_id", "data_type": "BIGINT", "required": True, "foreign_key": "parents.id"}
    text = {"name": "label", "data_type": "VARCHAR(40)", "required": True}
    return {
        "name": name,
        "target_warehouse": list(WAREHOUSES),
        "tables": [
            {"name": "parents", "target_rows": 10, "primary_key": ["id"], "columns": [key, text]},
            {"name": "children", "target_rows": 10, "primary_key": ["id"], "columns": [key, reference, text]},
        ],
    }


class ExperimentWriter(Writer):
    """Generates and loads one experiment again and again, each time with other row counts; takes a new experiment when
    it cannot know which load is there. A fact is a table in a warehouse: ``(rows, different keys)``."""

    FAILURES = (JobFailed, OSError, subprocess.TimeoutExpired, httpx2.HTTPError)

    def __init__(self, around: Surroundings, number: int, seed: int) -> None:
        super().__init__(around, number, seed)
        self.names: list[str] = []
        self._current = ""

    def steps(self) -> list[tuple[int, Callable[[], None]]]:
        return [(1, self.generate_and_load)]

    def generate_and_load(self) -> None:
        name = self._experiment()
        parents = 100 + self.fresh() % 1_000_000
        rows = {"parents": parents, "children": 3 * parents}
        self.generate(name, rows)
        facts = {
            warehouse: {(warehouse, name, table): (count, count) for table, count in rows.items()}
            for warehouse in WAREHOUSES
        }
        with (
            self.operation("redshift experiment", facts["redshift"]) as one,
            self.operation("snowflake experiment", facts["snowflake"]) as two,
        ):
            one.committing()
            two.committing()
            self.load(name)

    def _experiment(self) -> str:
        keys: list[Key] = [(warehouse, self._current, table) for warehouse in WAREHOUSES for table in TABLES]
        if not self._current or len(self.journal.settled(keys)) < len(keys):
            self._current = ""  # the attempt may fail and leave the name taken: each one has its own
            name = f"{self.kind}_{self.number}_{self.fresh() % 1_000_000}"
            self.names.append(name)
            self.create(name)
            self._current = name
        return self._current

    kind = ""

    def create(self, name: str) -> None:
        raise NotImplementedError

    def generate(self, name: str, rows: dict[str, int]) -> None:
        raise NotImplementedError

    def load(self, name: str) -> None:
        raise NotImplementedError

    def found(self) -> dict[Key, Value]:
        facts = _counted("redshift", connect.redshift_connection(self.around.settings), self.names, "{name}.{table}")
        facts |= _counted(
            "snowflake", connect.snowflake_connection(self.around.settings), self.names, "{name}.public.{table}"
        )
        return facts


def _counted(warehouse: str, connection: Any, names: list[str], place: str) -> dict[Key, Value]:
    facts: dict[Key, Value] = {}
    with closing(connection), closing(connection.cursor()) as cursor:
        cursor.execute(
            "select lower(table_schema), lower(table_name) from information_schema.tables"
            if warehouse == "redshift"
            else "show tables in account"
        )
        existing = {
            (row[0], row[1]) if warehouse == "redshift" else (row[2].lower(), row[1].lower())
            for row in cursor.fetchall()
        }
        for name in names:
            for table in TABLES:
                if (name, table) in existing:
                    cursor.execute(f"select count(*), count(distinct id) from {place.format(name=name, table=table)}")
                    count, keys = cursor.fetchall()[0]
                    facts[warehouse, name, table] = (count, keys) if count else None
    return facts


class CommandWriter(ExperimentWriter):
    """Types `dw-sim experiment …`. ``pid`` is that of the command that runs now."""

    kind = "command"
    _running: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int | None:
        running = self._running
        return running.pid if running is not None and running.poll() is None else None

    def create(self, name: str) -> None:
        path = self.around.home / f"{name}.json"
        path.write_text(json.dumps(schema(name)))
        self._dw_sim("create", str(path))

    def generate(self, name: str, rows: dict[str, int]) -> None:
        self._dw_sim("generate", name, *(f"--rows={table}={count}" for table, count in rows.items()))

    def load(self, name: str) -> None:
        self._dw_sim("load", name)

    def _dw_sim(self, *arguments: str) -> None:
        command = [sys.executable, "-P", "-m", "dw_simulator", "experiment", *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        with subprocess.Popen(command, env=self.around.environment, **pipes) as self._running:
            said, _ = self._running.communicate(timeout=LIMIT)
        if self._running.returncode:
            raise JobFailed(f"{arguments[0]} ended with {self._running.returncode}: {said[-300:]}")


class ApiWriter(ExperimentWriter):
    """Asks the API, as the web UI does."""

    kind = "api"

    def __init__(self, around: Surroundings, number: int, seed: int) -> None:
        super().__init__(around, number, seed)
        self._base = f"http://{around.settings.api.address}/api/experiments"

    def create(self, name: str) -> None:
        self._ask("POST", "", schema(name))

    def generate(self, name: str, rows: dict[str, int]) -> None:
        run = self._ask("POST", f"/{name}/generate", {"rows": rows})
        give_up_at = time.monotonic() + LIMIT
        while run["status"] == "RUNNING":
            if time.monotonic() > give_up_at:
                raise JobFailed(f"run {run['id']} of {name} does not end")
            time.sleep(0.1)
            run = next(found for found in self._ask("GET", f"/{name}/runs") if found["id"] == run["id"])
        if run["status"] != "COMPLETED":
            raise JobFailed(f"run {run['id']} is {run['status']}: {run['error']}")

    def load(self, name: str) -> None:
        """A load into several warehouses is answered with what became of each."""
        answer = self._ask("POST", f"/{name}/load?wait=true", {})
        if errors := [load["error"] for load in answer["loads"] if load["error"]]:
            raise JobFailed(f"load of {name}: {errors}")

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = httpx2.request(method, self._base + path, json=body, timeout=LIMIT)
        if answer.status_code >= 400:
            raise JobFailed(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json()


def staged_by_runs(home: Path) -> tuple[set[str], list[str]]:
    """The files that completed runs own, by the metadata, and the complaints of SQLite about its file."""
    import sqlite3

    with closing(sqlite3.connect(home / "metadata.sqlite")) as connection:
        complaints = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
        complaints += [str(row) for row in connection.execute("PRAGMA foreign_key_check")]
        listings = connection.execute(
            "SELECT files FROM generation_runs WHERE status = 'COMPLETED' AND staged"
        ).fetchall()
        unsettled = connection.execute("SELECT id FROM generation_runs WHERE status = 'RUNNING'").fetchall()
    complaints += [f"run {number} is still RUNNING" for (number,) in unsettled]
    return {file["uri"] for (text,) in listings for group in json.loads(text).values() for file in group}, complaints
