"""Which files were loaded into which table, so that a file is loaded once. Vendor page: "Load metadata"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from dw_simulator.emulators.snowflake.stages.storage import StagedFile

CREATE_SQL = """
CREATE TABLE IF NOT EXISTS _dw.load_history (
  table_id BIGINT NOT NULL, file VARCHAR NOT NULL, etag VARCHAR NOT NULL, size BIGINT NOT NULL, modified TIMESTAMPTZ,
  loaded TIMESTAMPTZ NOT NULL, status VARCHAR NOT NULL, rows_parsed BIGINT, rows_loaded BIGINT, errors_seen BIGINT,
  error_limit BIGINT, first_error VARCHAR, first_error_line BIGINT, first_error_character BIGINT,
  first_error_column VARCHAR, stage VARCHAR, query_id VARCHAR)
"""


class Runner(Protocol):
    def run(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]: ...

    def change(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]: ...


def loaded_files(connection: Runner, table_id: int) -> dict[str, str]:
    """Name -> ETag of the files that were loaded into a table, wholly or in part."""
    rows = connection.run(
        "SELECT file, etag FROM _dw.load_history WHERE table_id = ? AND status IN ('LOADED', 'PARTIALLY_LOADED') "
        "ORDER BY loaded",
        [table_id],
    )
    return {str(file): str(etag) for file, etag in rows}


def remember(connection: Runner, table_id: int, file: StagedFile, row: Sequence[object], query_id: str) -> None:
    """Write down one file's outcome (a row of COPY's result) in the statement's transaction."""
    _, status, parsed, loaded, limit, seen, error, line, character, column = row
    connection.change(
        "INSERT INTO _dw.load_history VALUES (?, ?, ?, ?, ?, now(), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            table_id, file.shown, file.etag, file.size, file.last_modified, status, parsed, loaded, seen, limit, error,
            line, character, column, file.shown, query_id,
        ],
    )  # fmt: skip


def forget(connection: Runner, table_id: int) -> None:
    """Files may be loaded again: TRUNCATE TABLE and CREATE OR REPLACE TABLE delete a table's load metadata."""
    connection.change("DELETE FROM _dw.load_history WHERE table_id = ?", [table_id])
