"""Experiments and what the warehouses hold of them."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Mapping

from dw_simulator.errors import Conflict, NotFound
from dw_simulator.metadata.database import Database
from dw_simulator.metadata.records import (
    ExperimentOverview,
    ExperimentRecord,
    ExperimentState,
    LoadedSummary,
    LoadedTable,
    RunSummary,
    SchemaSummary,
)
from dw_simulator.schema import Experiment, Warehouse


def now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")


def shortened(name: str, limit: int = 80) -> str:
    """A name for a message: what a client sent may be of any length."""
    return name if len(name) <= limit else f"{name[:limit]}…"


class ExperimentRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, experiment: Experiment) -> ExperimentRecord:
        """Raises Conflict when the name is taken (names are case-insensitive)."""
        at = now()
        try:
            with self._database.transaction() as connection:
                connection.execute(
                    "INSERT INTO experiments (name, description, schema_json, summary, created_at, updated_at)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    (
                        experiment.name, experiment.description, _to_json(experiment),
                        SchemaSummary.of(experiment).model_dump_json(), at, at,
                    ),
                )  # fmt: skip
        except sqlite3.IntegrityError as error:
            raise Conflict(
                f"experiment {experiment.name!r} exists already",
                hint=f"choose another name, or delete it first: dw-sim experiment delete {experiment.name}",
            ) from error
        return self.get(experiment.name)

    def get(self, name: str) -> ExperimentRecord:
        """Raises NotFound, with the names that there are."""
        rows = self._database.rows("SELECT * FROM experiments WHERE name = ?", name)
        if not rows:
            raise self._not_found(name)
        return _record(rows[0])

    def _not_found(self, name: str) -> NotFound:
        names = [row["name"] for row in self._database.rows("SELECT name FROM experiments ORDER BY name LIMIT 20")]
        hint = f"experiments are: {', '.join(names)}" if names else "there are none yet: dw-sim experiment create FILE"
        return NotFound(f"there is no experiment {shortened(name)!r}", hint=hint)

    def all(self) -> list[ExperimentRecord]:
        return [_record(row) for row in self._database.rows("SELECT * FROM experiments ORDER BY name")]

    def overviews(self) -> list[ExperimentOverview]:
        """All experiments by name, without their schemas."""
        return self._overviews("", ())

    def overview(self, name: str) -> ExperimentOverview:
        """Raises NotFound, with the names that there are."""
        found = self._overviews("WHERE e.name = ?", (name,))
        if not found:
            raise self._not_found(name)
        return found[0]

    def _overviews(self, where: str, parameters: tuple[object, ...]) -> list[ExperimentOverview]:
        experiments = self._database.rows(
            f"SELECT e.id, e.summary, iif(e.summary IS NULL, e.schema_json, NULL) AS schema_json, e.state,"
            f" e.created_at, e.updated_at FROM experiments e {where} ORDER BY e.name",
            *parameters,
        )
        chosen = f"SELECT e.id FROM experiments e {where}"
        runs = self._database.rows(
            "SELECT experiment_id, id, status, seed, row_counts, target_rows, error, started_at, finished_at"
            " FROM generation_runs WHERE id IN ("
            f" SELECT max(id) FROM generation_runs WHERE experiment_id IN ({chosen}) GROUP BY experiment_id)",
            *parameters,
        )
        loaded = self._database.rows(
            "SELECT experiment_id, warehouse, count(*) AS tables, sum(row_count) AS row_count, max(run_id) AS run_id,"
            f" max(loaded_at) AS loaded_at FROM experiment_tables WHERE experiment_id IN ({chosen})"
            " GROUP BY experiment_id, warehouse ORDER BY warehouse",
            *parameters,
        )
        last = {row["experiment_id"]: _run_summary(row) for row in runs}
        held: dict[int, list[LoadedSummary]] = {}
        for row in loaded:
            held.setdefault(row["experiment_id"], []).append(_loaded_summary(row))
        return [_overview(row, last.get(row["id"]), held.get(row["id"], [])) for row in experiments]

    def set_state(self, record: ExperimentRecord, state: ExperimentState) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE experiments SET state = ?, updated_at = ? WHERE id = ?", (state, now(), record.id)
            )

    def remove(self, record: ExperimentRecord) -> None:
        """Remove the experiment with its runs, loaded tables and events."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM experiments WHERE id = ?", (record.id,))

    # --- what the warehouses hold -------------------------------------------------------------------------------
    def loaded_tables(self, record: ExperimentRecord) -> list[LoadedTable]:
        rows = self._database.rows(
            "SELECT * FROM experiment_tables WHERE experiment_id = ? ORDER BY warehouse, table_name",
            record.id,
        )
        return [
            LoadedTable(
                warehouse=row["warehouse"],
                table=row["table_name"],
                row_count=row["row_count"],
                run_id=row["run_id"],
                loaded_at=row["loaded_at"],
            )
            for row in rows
        ]

    def set_loaded(
        self,
        record: ExperimentRecord,
        warehouse: Warehouse,
        row_counts: Mapping[str, int],
        run_id: int | None,
    ) -> None:
        at = now()
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM experiment_tables WHERE experiment_id = ? AND warehouse = ?",
                (record.id, warehouse),
            )
            connection.executemany(
                "INSERT INTO experiment_tables VALUES (?, ?, ?, ?, ?, ?)",
                [(record.id, warehouse, table, count, run_id, at) for table, count in row_counts.items()],
            )

    def set_counts(self, record: ExperimentRecord, warehouse: Warehouse, row_counts: Mapping[str, int]) -> None:
        """Tables that a warehouse holds with other numbers of rows than before; the run they are from stays."""
        at = now()
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT INTO experiment_tables VALUES (?, ?, ?, ?, NULL, ?) ON CONFLICT DO UPDATE SET"
                " row_count = excluded.row_count, loaded_at = excluded.loaded_at",
                [(record.id, warehouse, table, count, at) for table, count in row_counts.items()],
            )

    def forget_loaded(self, record: ExperimentRecord, warehouse: Warehouse) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM experiment_tables WHERE experiment_id = ? AND warehouse = ?",
                (record.id, warehouse),
            )


def _to_json(experiment: Experiment) -> str:
    return experiment.model_dump_json(exclude_none=True)


def _record(row: sqlite3.Row) -> ExperimentRecord:
    return ExperimentRecord(
        id=row["id"],
        experiment=Experiment.model_validate_json(row["schema_json"]),
        state=row["state"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _overview(row: sqlite3.Row, last_run: RunSummary | None, loaded: list[LoadedSummary]) -> ExperimentOverview:
    summary = row["summary"]
    return ExperimentOverview(
        id=row["id"],
        schema_summary=SchemaSummary.model_validate_json(summary)
        if summary is not None
        else SchemaSummary.of(Experiment.model_validate_json(row["schema_json"])),
        state=row["state"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        last_run=last_run,
        loaded=loaded,
    )


def _run_summary(row: sqlite3.Row) -> RunSummary:
    return RunSummary(
        id=row["id"],
        status=row["status"],
        seed=row["seed"],
        rows=sum(json.loads(row["row_counts"]).values()),
        target_rows=sum(json.loads(row["target_rows"]).values()),
        error=row["error"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
    )


def _loaded_summary(row: sqlite3.Row) -> LoadedSummary:
    return LoadedSummary(
        warehouse=row["warehouse"],
        tables=row["tables"],
        rows=row["row_count"],
        run_id=row["run_id"],
        loaded_at=row["loaded_at"],
    )
