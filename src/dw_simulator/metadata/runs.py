"""Generation runs and their events."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from dw_simulator.errors import Conflict, NotFound
from dw_simulator.metadata import activity
from dw_simulator.metadata.database import Database
from dw_simulator.metadata.experiments import now
from dw_simulator.metadata.records import Event, ExperimentRecord, FileRecord, GenerationRun, RunStatus

_SELECT = "SELECT r.*, e.name AS experiment FROM generation_runs r JOIN experiments e ON e.id = r.experiment_id"


class RunRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def start(
        self,
        record: ExperimentRecord,
        *,
        seed: int,
        target_rows: Mapping[str, int],
        base_uri: str,
        recipe: str = "",
        extends: int | None = None,
        days: int = 0,
        version: str = "",
    ) -> GenerationRun:
        """Record a run as RUNNING, its files under ``<base_uri>/run-<id>``. Raises Conflict when one is running.

        ``extends`` is the run that it adds to, ``days`` how many days have been added with it, ``version`` that of
        the package. ``recipe`` tells apart runs that make other files; see :meth:`resume`.
        """
        try:
            with self._database.transaction() as connection:
                cursor = connection.execute(
                    "INSERT INTO generation_runs"
                    " (experiment_id, status, seed, target_rows, location, started_at, recipe, extends, days,"
                    " version)"
                    " VALUES (?, 'RUNNING', ?, ?, '', ?, ?, ?, ?, ?)",
                    (record.id, seed, json.dumps(dict(target_rows)), now(), recipe, extends, days, version),
                )
                run_id = cursor.lastrowid
                connection.execute(
                    "UPDATE generation_runs SET location = ? WHERE id = ?",
                    (f"{base_uri}/run-{run_id:06d}", run_id),
                )
        except sqlite3.IntegrityError as error:
            raise Conflict(
                f"experiment {record.name!r} is being generated",
                hint=f"wait for it, or look at it with: dw-sim experiment show {record.name}",
            ) from error
        assert run_id is not None
        return self.get(run_id)

    def resume(self, record: ExperimentRecord, recipe: str) -> GenerationRun | None:
        """Mark the newest run as RUNNING again if it was cut off, has its files still, and makes ``recipe``."""
        with self._database.transaction() as connection:
            resumed = connection.execute(
                "UPDATE generation_runs SET status = 'RUNNING', error = NULL, traceback = NULL, finished_at = NULL"
                " WHERE id = (SELECT max(id) FROM generation_runs WHERE experiment_id = ?)"
                " AND status = 'ABORTED' AND staged = 1 AND recipe = ? AND recipe <> '' RETURNING id",
                (record.id, recipe),
            ).fetchone()
        return None if resumed is None else self.get(resumed["id"])

    def finish(
        self,
        run: GenerationRun,
        status: RunStatus,
        *,
        files: Mapping[str, Sequence[FileRecord]] | None = None,
        timings: Mapping[str, float] | None = None,
        error: str | None = None,
        traceback: str | None = None,
    ) -> GenerationRun:
        counts = {table: sum(file.rows for file in group) for table, group in (files or {}).items()}
        listing = {table: [file.model_dump() for file in group] for table, group in (files or {}).items()}
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE generation_runs SET status = ?, row_counts = ?, files = ?, timings = ?, error = ?,"
                " traceback = ?, finished_at = ? WHERE id = ?",
                (
                    status, json.dumps(counts), json.dumps(listing), json.dumps(dict(timings or {})),
                    error, traceback, now(), run.id,
                ),
            )  # fmt: skip
        return self.get(run.id)

    def set_unstaged(self, run: GenerationRun) -> None:
        """Nothing is left under the run's location."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE generation_runs SET staged = 0 WHERE id = ?", (run.id,))

    def get(self, run_id: int) -> GenerationRun:
        rows = self._database.rows(f"{_SELECT} WHERE r.id = ?", run_id)
        if not rows:
            raise NotFound(f"there is no generation run {run_id}", hint="dw-sim experiment show NAME lists the runs")
        return _run(rows[0])

    def of(self, record: ExperimentRecord) -> list[GenerationRun]:
        """The runs of an experiment, newest first."""
        rows = self._database.rows(f"{_SELECT} WHERE r.experiment_id = ? ORDER BY r.id DESC", record.id)
        return [_run(row) for row in rows]

    def latest_completed(self, record: ExperimentRecord) -> GenerationRun | None:
        rows = self._database.rows(
            f"{_SELECT} WHERE r.experiment_id = ? AND r.status = 'COMPLETED' ORDER BY r.id DESC LIMIT 1",
            record.id,
        )
        return _run(rows[0]) if rows else None

    def locations(self) -> list[str]:
        """Where the files of all runs are, as URIs."""
        return [row["location"] for row in self._database.rows("SELECT location FROM generation_runs")]

    def running(self) -> list[GenerationRun]:
        return [_run(row) for row in self._database.rows(f"{_SELECT} WHERE r.status = 'RUNNING'")]

    def remove_all(self, record: ExperimentRecord) -> None:
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM generation_runs WHERE experiment_id = ?", (record.id,))

    # --- events -------------------------------------------------------------------------------------------------
    def add_event(
        self, record: ExperimentRecord, kind: str, data: Mapping[str, Any], run_id: int | None = None
    ) -> None:
        at = now()
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO events (experiment_id, run_id, at, kind, data) VALUES (?, ?, ?, ?, ?)",
                (record.id, run_id, at, kind, json.dumps(dict(data))),
            )
            activity.record(connection, at, kind, data)

    def events(self, run: GenerationRun, after: int = 0) -> list[Event]:
        rows = self._database.rows("SELECT * FROM events WHERE run_id = ? AND id > ? ORDER BY id", run.id, after)
        return [
            Event(
                id=row["id"],
                run_id=row["run_id"],
                at=row["at"],
                kind=row["kind"],
                data=json.loads(row["data"]),
            )
            for row in rows
        ]


def _run(row: sqlite3.Row) -> GenerationRun:
    decoded = {key: json.loads(row[key]) for key in ("target_rows", "row_counts", "files", "timings")}
    plain = {
        key: row[key]
        for key in (
            "id",
            "experiment",
            "status",
            "seed",
            "location",
            "staged",
            "error",
            "traceback",
            "started_at",
            "finished_at",
            "extends",
            "days",
            "version",
        )
    }
    return GenerationRun.model_validate({**plain, **decoded})
