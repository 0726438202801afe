"""What servers do in the background: generation, loads and checks that were asked for over HTTP."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from dw_simulator.errors import Busy, NotFound
from dw_simulator.metadata.database import Database
from dw_simulator.metadata.experiments import now
from dw_simulator.metadata.records import ExperimentRecord, JobKind, JobRecord, JobState, JobTable

KEPT = 1000
"""Ended jobs that are kept; older ones are forgotten when a server starts."""

_SELECT = "SELECT j.*, e.name AS experiment FROM jobs j JOIN experiments e ON e.id = j.experiment_id"


class JobRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, record: ExperimentRecord, kind: JobKind, server: str) -> JobRecord:
        """Record a job as running. Raises Busy when the experiment has one already, NotFound when it is gone."""
        try:
            with self._database.transaction() as connection:
                cursor = connection.execute(
                    "INSERT INTO jobs (kind, experiment_id, state, server, started_at) VALUES (?, ?, 'running', ?, ?)",
                    (kind, record.id, server, now()),
                )
        except sqlite3.IntegrityError as error:
            if "FOREIGN KEY" in str(error):
                raise NotFound(f"there is no experiment {record.name!r}", hint="it was deleted just now") from error
            raise Busy(
                f"experiment {record.name!r} has a job under way",
                hint="wait for it to end or cancel it; GET /api/jobs?active=true lists it",
            ) from error
        assert cursor.lastrowid is not None
        return self.get(cursor.lastrowid)

    def set_progress(self, job_id: int, tables: Sequence[JobTable], run_id: int | None) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE jobs SET tables = ?, run_id = ? WHERE id = ? AND state = 'running'",
                (_tables_json(tables), run_id, job_id),
            )

    def finish(
        self,
        job_id: int,
        state: JobState,
        *,
        tables: Sequence[JobTable] | None = None,
        result: Mapping[str, Any] | None = None,
        error: Mapping[str, Any] | None = None,
        traceback: str | None = None,
    ) -> None:
        """The end of a job that runs; one that has ended stays as it is."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE jobs SET state = ?, finished_at = ?, tables = coalesce(?, tables), result = ?, error = ?,"
                " traceback = ? WHERE id = ? AND state = 'running'",
                (
                    state,
                    now(),
                    None if tables is None else _tables_json(tables),
                    None if result is None else json.dumps(result),
                    None if error is None else json.dumps(error),
                    traceback,
                    job_id,
                ),
            )

    def remove(self, job_id: int) -> None:
        """Forget a job that did not start."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM jobs WHERE id = ?", (job_id,))

    def prune(self, kept: int = KEPT) -> None:
        """Forget all but the newest ``kept`` of those that have ended."""
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM jobs WHERE state <> 'running'"
                " AND id NOT IN (SELECT id FROM jobs ORDER BY id DESC LIMIT ?)",
                (kept,),
            )

    def get(self, job_id: int) -> JobRecord:
        rows = self._database.rows(f"{_SELECT} WHERE j.id = ?", job_id)
        if not rows:
            raise NotFound(f"there is no job {job_id}", hint="GET /api/jobs lists the jobs")
        return _job(rows[0])

    def all(
        self, *, experiment: str | None = None, active: bool | None = None, limit: int | None = None
    ) -> list[JobRecord]:
        """Jobs, newest first; of one experiment, and only those that run (or have ended), where that is said."""
        rows = self._database.rows(
            f"{_SELECT} WHERE (?1 IS NULL OR e.name = ?1) AND (?2 IS NULL OR (j.state = 'running') = ?2)"
            " ORDER BY j.id DESC LIMIT ?3",
            experiment,
            active,
            -1 if limit is None else limit,
        )
        return [_job(row) for row in rows]


def _tables_json(tables: Sequence[JobTable]) -> str:
    return json.dumps([table.model_dump(mode="json") for table in tables])


def _job(row: sqlite3.Row) -> JobRecord:
    decoded = {key: json.loads(row[key]) if row[key] is not None else None for key in ("tables", "result", "error")}
    plain = {
        key: row[key]
        for key in ("id", "kind", "experiment", "state", "server", "run_id", "started_at", "finished_at", "traceback")
    }
    return JobRecord.model_validate({**plain, **decoded})
