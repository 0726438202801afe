"""Experiments and what the warehouses hold of them."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Mapping

from dw_simulator.errors import Conflict, NotFound
from dw_simulator.metadata.database import Database
from dw_simulator.metadata.records import ExperimentRecord, ExperimentState, LoadedTable
from dw_simulator.schema import Experiment, Warehouse


def now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")


class ExperimentRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, experiment: Experiment) -> ExperimentRecord:
        """Raises Conflict when the name is taken (names are case-insensitive)."""
        at = now()
        try:
            with self._database.transaction() as connection:
                connection.execute(
                    "INSERT INTO experiments (name, description, schema_json, created_at, updated_at)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (experiment.name, experiment.description, _to_json(experiment), at, at),
                )
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
            names = [row["name"] for row in self._database.rows("SELECT name FROM experiments ORDER BY name LIMIT 20")]
            hint = (
                f"experiments are: {', '.join(names)}" if names else "there are none yet: dw-sim experiment create FILE"
            )
            raise NotFound(f"there is no experiment {name!r}", hint=hint)
        return _record(rows[0])

    def all(self) -> list[ExperimentRecord]:
        return [_record(row) for row in self._database.rows("SELECT * FROM experiments ORDER BY name")]

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
