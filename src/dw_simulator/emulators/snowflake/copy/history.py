"""Which files were loaded into which table, so that a file is loaded once. Vendor pages: "Load metadata",
"COPY_HISTORY", "LOAD_HISTORY view", "VALIDATE"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from typing import Any, Protocol

import pyarrow as pa

from dw_simulator.emulators.snowflake.stages.storage import StagedFile

METADATA_DAYS = 64
"""How long a table's load metadata are kept: older files are uncertain."""
HISTORY_DAYS = 14
"""How far back COPY_HISTORY and LOAD_HISTORY of a database go."""
CREATE_SQL = (
    """
CREATE TABLE IF NOT EXISTS _dw.load_history (
  table_id BIGINT NOT NULL, file VARCHAR NOT NULL, etag VARCHAR NOT NULL, size BIGINT NOT NULL, modified TIMESTAMPTZ,
  loaded TIMESTAMPTZ NOT NULL, status VARCHAR NOT NULL, rows_parsed BIGINT, rows_loaded BIGINT, errors_seen BIGINT,
  error_limit BIGINT, first_error VARCHAR, first_error_line BIGINT, first_error_character BIGINT,
  first_error_column VARCHAR, stage VARCHAR, query_id VARCHAR)
""",
    "ALTER TABLE _dw.load_history ADD COLUMN IF NOT EXISTS path VARCHAR",
    "ALTER TABLE _dw.load_history ADD COLUMN IF NOT EXISTS pipe_id BIGINT",
    "ALTER TABLE _dw.load_history ADD COLUMN IF NOT EXISTS received TIMESTAMPTZ",
    "ALTER TABLE _dw.load_history ADD COLUMN IF NOT EXISTS forgotten BOOLEAN",
    """
CREATE TABLE IF NOT EXISTS _dw.load_errors (
  table_id BIGINT NOT NULL, query_id VARCHAR NOT NULL, error VARCHAR, file VARCHAR, line BIGINT, "character" BIGINT,
  byte_offset BIGINT, category VARCHAR, code BIGINT, sql_state VARCHAR, column_name VARCHAR, row_number BIGINT,
  row_start_line BIGINT, rejected_record VARCHAR)
""",
)


class Runner(Protocol):
    def run(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]: ...

    def change(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]: ...

    def load(self, sql: str, name: str, open_reader: Any) -> int: ...


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the history knows of one file and one load. ``stage`` is where ``path`` lies; ``pipe_id`` of Snowpipe."""

    table_id: int
    file: str
    stage: str
    path: str
    size: int
    loaded: dt.datetime
    status: str
    rows_parsed: int | None
    rows_loaded: int | None
    errors_seen: int | None
    error_limit: int | None
    first_error: str | None
    first_error_line: int | None
    first_error_character: int | None
    first_error_column: str | None
    query_id: str
    pipe_id: int | None
    received: dt.datetime | None


@dataclass(frozen=True, slots=True)
class LoadError:
    """A row of VALIDATE's result, in its order."""

    error: str
    file: str
    line: int
    character: int
    byte_offset: int | None
    category: str
    code: int
    sql_state: str
    column_name: str | None
    row_number: int
    row_start_line: int
    rejected_record: str | None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a load took its files from: shown in the history."""

    stage: str
    pipe_id: int | None = None
    received: dt.datetime | None = None


def loaded_files(connection: Runner, table_id: int, pipe_id: int | None = None) -> dict[str, str]:
    """Name -> ETag of the files that were loaded into a table in the last 64 days, wholly or in part.

    Pipes keep load metadata of their own (for 14 days): COPY does not know of what they loaded, nor they of COPY.
    """
    days = METADATA_DAYS if pipe_id is None else HISTORY_DAYS
    rows = connection.run(
        "SELECT file, etag FROM _dw.load_history WHERE table_id = ? AND status IN ('LOADED', 'PARTIALLY_LOADED') "
        "AND pipe_id IS NOT DISTINCT FROM CAST(? AS BIGINT) AND (forgotten IS NULL OR pipe_id IS NOT NULL) "
        f"AND loaded > now() - INTERVAL {days} DAY ORDER BY loaded",
        [table_id, pipe_id],
    )
    return {str(file): str(etag) for file, etag in rows}


def partly_loaded(connection: Runner, table_id: int) -> set[tuple[str, str]]:
    """(name, ETag) of the files of which some rows were left out."""
    rows = connection.run(
        "SELECT file, etag FROM _dw.load_history WHERE table_id = ? AND status = 'PARTIALLY_LOADED' "
        "AND forgotten IS NULL",
        [table_id],
    )
    return {(str(file), str(etag)) for file, etag in rows}


def first_load_is_forgotten(connection: Runner, table_id: int) -> bool:
    """Whether the first load into a table is so old that nobody knows which files it took."""
    rows = connection.run(
        f"SELECT min(loaded) <= now() - INTERVAL {METADATA_DAYS} DAY FROM _dw.load_history "
        "WHERE table_id = ? AND forgotten IS NULL",
        [table_id],
    )
    return bool(rows[0][0])


def is_uncertain(file: StagedFile, now: dt.datetime) -> bool:
    return file.last_modified < now - dt.timedelta(days=METADATA_DAYS)


def remember(
    connection: Runner, table_id: int, file: StagedFile, row: Sequence[object], query_id: str, source: Source
) -> None:
    """Write down one file's outcome (a row of COPY's result) in the statement's transaction."""
    _, status, parsed, loaded, limit, seen, error, line, character, column = row
    connection.change(
        "INSERT INTO _dw.load_history (table_id, file, etag, size, modified, loaded, status, rows_parsed, rows_loaded, "
        "errors_seen, error_limit, first_error, first_error_line, first_error_character, first_error_column, stage, "
        "query_id, path, pipe_id, received) VALUES (?, ?, ?, ?, ?, now(), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            table_id, file.shown, file.etag, file.size, file.last_modified, status, parsed, loaded, seen, limit, error,
            line, character, column, source.stage, query_id, file.path, source.pipe_id, source.received,
        ],
    )  # fmt: skip


_ERROR_FIELDS = [field.name for field in fields(LoadError)]
_ERROR_SCHEMA = pa.schema(
    [(name, pa.int64() if field.type in ("int", "int | None") else pa.string())
     for name, field in zip(_ERROR_FIELDS, fields(LoadError), strict=True)]
)  # fmt: skip


def remember_errors(connection: Runner, table_id: int, query_id: str, found: Sequence[LoadError]) -> None:
    """Keep the errors of a load for VALIDATE, in the statement's transaction."""
    if not found:
        return
    arrays = [pa.array(values) for values in zip(*map(astuple, found), strict=True)]
    table = pa.table(
        [array.cast(field.type) for array, field in zip(arrays, _ERROR_SCHEMA, strict=True)], _ERROR_SCHEMA
    )
    names = ", ".join(f'"{name}"' for name in _ERROR_FIELDS)
    text = query_id.replace("'", "''")
    connection.load(
        f"INSERT INTO _dw.load_errors (table_id, query_id, {names}) "
        f"SELECT {table_id}, '{text}', {names} FROM load_errors_new",
        "load_errors_new",
        table.to_reader,
    )


def errors_of(connection: Runner, table_id: int, query_id: str) -> list[LoadError]:
    names = ", ".join(f'"{name}"' for name in _ERROR_FIELDS)
    rows = connection.run(
        f"SELECT {names} FROM _dw.load_errors WHERE table_id = ? AND query_id = ? ORDER BY file, row_number",
        [table_id, query_id],
    )
    return [LoadError(*row) for row in rows]


def has_loaded(connection: Runner, table_id: int, query_id: str) -> bool:
    rows = connection.run(
        "SELECT count(*) FROM _dw.load_history WHERE table_id = ? AND query_id = ?", [table_id, query_id]
    )
    return bool(rows[0][0])


def entries(connection: Runner, days: int | None = None) -> list[Loaded]:
    """All loads, the oldest first; of the last ``days`` where given."""
    since = "" if days is None else f"WHERE loaded > now() - INTERVAL {days} DAY"
    names = ", ".join(field.name for field in fields(Loaded))
    named = "SELECT * REPLACE (coalesce(path, file) AS path) FROM _dw.load_history"
    rows = connection.run(f"SELECT {names} FROM ({named}) {since} ORDER BY loaded, file")
    return [Loaded(*row) for row in rows]


def forget(connection: Runner, table_id: int) -> None:
    """Files may be loaded again: TRUNCATE TABLE deletes a table's load metadata, and leaves the history to look at."""
    connection.change("UPDATE _dw.load_history SET forgotten = true WHERE table_id = ?", [table_id])
