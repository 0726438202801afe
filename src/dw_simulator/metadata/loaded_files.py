"""The ledger of files that were loaded into warehouses, or set aside because they cannot be.

It is what this tool remembers. What a warehouse holds of files found under a prefix is recorded in the warehouse
itself, in the transaction that loads them, and that record decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dw_simulator.metadata.database import Database
from dw_simulator.metadata.experiments import now
from dw_simulator.metadata.records import ExperimentRecord, LedgerFile
from dw_simulator.schema import Warehouse

_COLUMNS = "experiment_id, warehouse, table_name, uri, etag, size, run_id, row_count, error, loaded_at"


class LoadedFileRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, record: ExperimentRecord, warehouse: Warehouse) -> list[LedgerFile]:
        """The files of an experiment in a warehouse, loaded and set aside."""
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM loaded_files WHERE experiment_id = ? AND warehouse = ? ORDER BY table_name, uri",
            record.id,
            warehouse,
        )
        return [
            LedgerFile(
                warehouse=row["warehouse"],
                table=row["table_name"],
                uri=row["uri"],
                etag=row["etag"],
                size=row["size"],
                run_id=row["run_id"],
                rows=row["row_count"],
                error=row["error"],
                loaded_at=row["loaded_at"],
            )
            for row in rows
        ]

    def found(self, record: ExperimentRecord, warehouse: Warehouse) -> Mapping[tuple[str, str], LedgerFile]:
        """The files found under prefixes, by lower-case table and URI."""
        return {(file.table.lower(), file.uri): file for file in self.of(record, warehouse) if file.run_id is None}

    def newest_run(self, record: ExperimentRecord, warehouse: Warehouse) -> int:
        """The highest number of a run that was ever loaded there since the last reset; 0 if none was."""
        rows = self._database.rows(
            "SELECT max(run_id) AS run FROM ("
            " SELECT run_id FROM loaded_files WHERE experiment_id = ?1 AND warehouse = ?2"
            " UNION ALL SELECT run_id FROM experiment_tables WHERE experiment_id = ?1 AND warehouse = ?2)",
            record.id,
            warehouse,
        )
        return int(rows[0]["run"] or 0)

    def add(self, record: ExperimentRecord, files: Iterable[LedgerFile]) -> None:
        """Remember files; what was known of the same ones is replaced."""
        rows = [
            (
                record.id, file.warehouse, file.table, file.uri, file.etag, file.size, file.run_id, file.rows,
                file.error, now() if file.loaded_at is None else file.loaded_at.isoformat(),
            )
            for file in files
        ]  # fmt: skip
        with self._database.transaction() as connection:
            connection.executemany(
                f"INSERT OR REPLACE INTO loaded_files ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows
            )

    def forget(self, record: ExperimentRecord, warehouse: Warehouse, files: Sequence[tuple[str, str]]) -> None:
        """Forget files, given as table and URI."""
        with self._database.transaction() as connection:
            connection.executemany(
                "DELETE FROM loaded_files WHERE experiment_id = ? AND warehouse = ? AND table_name = ? AND uri = ?",
                [(record.id, warehouse, table, uri) for table, uri in files],
            )

    def forget_found(self, record: ExperimentRecord, warehouse: Warehouse) -> None:
        """Forget the files found under prefixes: their rows are about to be replaced or removed.

        Called before that happens: a file that is forgotten too early is asked about in the warehouse, one that is
        remembered too long would be missing.
        """
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM loaded_files WHERE experiment_id = ? AND warehouse = ? AND run_id IS NULL",
                (record.id, warehouse),
            )
