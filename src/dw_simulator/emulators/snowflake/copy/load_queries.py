"""The history of loads in queries. Vendor pages: "VALIDATE", "COPY_HISTORY", "LOAD_HISTORY view"."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import file_views  # noqa: F401 - it registers views
from dw_simulator.emulators.snowflake.catalog.information_schema import literal_table, view
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.catalog.view import SessionCatalog
from dw_simulator.emulators.snowflake.copy import history
from dw_simulator.emulators.snowflake.copy.history import Loaded, LoadError
from dw_simulator.emulators.snowflake.translation.scope import BoundQuery
from dw_simulator.emulators.snowflake.types import model as m
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

Columns = list[tuple[str, SnowflakeType]]
_TEXT, _NUMBER, _MOMENT = m.text(), m.number(), m.timestamp_ltz(3)
ERROR_COLUMNS: Columns = [
    (name, _NUMBER if name in ("LINE", "CHARACTER", "BYTE_OFFSET", "CODE", "ROW_NUMBER", "ROW_START_LINE") else _TEXT)
    for name in (
        "ERROR", "FILE", "LINE", "CHARACTER", "BYTE_OFFSET", "CATEGORY", "CODE", "SQL_STATE", "COLUMN_NAME",
        "ROW_NUMBER", "ROW_START_LINE", "REJECTED_RECORD",
    )
]  # fmt: skip
"""What VALIDATION_MODE, VALIDATE and VALIDATE_PIPE_LOAD give."""
COPY_HISTORY_COLUMNS: Columns = [
    ("FILE_NAME", _TEXT), ("STAGE_LOCATION", _TEXT), ("LAST_LOAD_TIME", _MOMENT), ("ROW_COUNT", _NUMBER),
    ("ROW_PARSED", _NUMBER), ("FILE_SIZE", _NUMBER), ("FIRST_ERROR_MESSAGE", _TEXT),
    ("FIRST_ERROR_LINE_NUMBER", _NUMBER), ("FIRST_ERROR_CHARACTER_POS", _NUMBER), ("FIRST_ERROR_COLUMN_NAME", _TEXT),
    ("ERROR_COUNT", _NUMBER), ("ERROR_LIMIT", _NUMBER), ("STATUS", _TEXT), ("TABLE_CATALOG_NAME", _TEXT),
    ("TABLE_SCHEMA_NAME", _TEXT), ("TABLE_NAME", _TEXT), ("PIPE_CATALOG_NAME", _TEXT), ("PIPE_SCHEMA_NAME", _TEXT),
    ("PIPE_NAME", _TEXT), ("PIPE_RECEIVED_TIME", _MOMENT), ("FIRST_COMMIT_TIME", _MOMENT),
]  # fmt: skip
_STATUSES = {"LOADED": "Loaded", "LOAD_FAILED": "Load failed", "PARTIALLY_LOADED": "Partially loaded"}


@dataclass(slots=True)
class LoadQueries:
    """What a session may ask about loads. ``last_copies`` are the query ids of its last COPY by table."""

    catalog: SessionCatalog
    connection: history.Runner
    last_copies: Mapping[int, str]

    def validate(self, table: tuple[str, ...], job: str) -> BoundQuery:
        """Raises SnowflakeError: no such table; 000709 no such COPY into it."""
        entry = self.catalog.require("TABLE", table)
        query_id = self.last_copies.get(entry.id) if job == "_last" else job
        if query_id is None or not self._is_known(entry, query_id):
            raise errors.RESULT_NOT_FOUND(job)
        return error_rows(history.errors_of(self.connection, entry.id, query_id))

    def _is_known(self, entry: Entry, query_id: str) -> bool:
        return query_id == self.last_copies.get(entry.id) or history.has_loaded(self.connection, entry.id, query_id)

    def copy_history(self, table: tuple[str, ...]) -> BoundQuery:
        entry = self.catalog.require("TABLE", table)
        return history_rows(self.catalog, self.connection, lambda load: load.table_id == entry.id)

    def pipe_errors(self, pipe: tuple[str, ...]) -> BoundQuery:
        """The errors of what a pipe loaded, with the time of the load as LOADED."""
        entry = self.catalog.require("PIPE", pipe, "MONITOR")
        rows = [
            (*astuple(error), load.loaded)
            for load in history.entries(self.connection, history.HISTORY_DAYS)
            if load.pipe_id == entry.id
            for error in history.errors_of(self.connection, load.table_id, load.query_id)
        ]
        return _query([*ERROR_COLUMNS, ("LOADED", _MOMENT)], rows)


def error_rows(found: Iterable[LoadError]) -> BoundQuery:
    return _query(ERROR_COLUMNS, [astuple(error) for error in found])


def history_rows(catalog: SessionCatalog, connection: history.Runner, wanted: Callable[[Loaded], bool]) -> BoundQuery:
    """The rows of COPY_HISTORY for the loads that are wanted."""
    loads = history.entries(connection, history.HISTORY_DAYS)
    tables = {entry.id: entry for entry in catalog.entries()}
    rows = [_history_row(load, tables) for load in loads if wanted(load) and load.table_id in tables]
    return _query(COPY_HISTORY_COLUMNS, rows)


def _history_row(load: Loaded, objects: Mapping[int, Entry]) -> tuple[Any, ...]:
    pipe = objects.get(load.pipe_id) if load.pipe_id is not None else None
    failed = load.status != "LOADED"
    return (
        load.path, load.stage, load.loaded, load.rows_loaded, load.rows_parsed, load.size, load.first_error,
        load.first_error_line, load.first_error_character, load.first_error_column, load.errors_seen, load.error_limit,
        _STATUSES[load.status], *objects[load.table_id].parts, *(pipe.parts if pipe else (None, None, None)),
        load.received, None if failed and not load.rows_loaded else load.loaded,
    )  # fmt: skip


def _query(columns: Columns, rows: list[tuple[Any, ...]]) -> BoundQuery:
    source = literal_table(columns, rows, ("", "", ""))
    return BoundQuery(f"SELECT * FROM {source.sql}", source.columns)


@view(
    "LOAD_HISTORY",
    "SCHEMA_NAME FILE_NAME TABLE_NAME LAST_LOAD_TIME:l STATUS ROW_COUNT:n ROW_PARSED:n FIRST_ERROR_MESSAGE "
    "FIRST_ERROR_LINE_NUMBER:n FIRST_ERROR_CHARACTER_POSITION:n FIRST_ERROR_COL_NAME ERROR_COUNT:n ERROR_LIMIT:n",
)
def _load_history(catalog: SessionCatalog, database: str) -> Iterable[tuple[Any, ...]]:
    """COPY INTO <table> only, not Snowpipe."""
    tables = {entry.id: entry for entry in catalog.entries("TABLE", database)}
    for load in catalog.catalog.loads():
        entry = tables.get(load.table_id)
        if entry is not None and load.pipe_id is None:
            yield (
                entry.schema, load.file, entry.name, load.loaded, load.status, load.rows_loaded, load.rows_parsed,
                load.first_error, load.first_error_line, load.first_error_character, load.first_error_column,
                load.errors_seen, load.error_limit,
            )  # fmt: skip


@view(
    "COPY_HISTORY",
    "FILE_NAME STAGE_LOCATION LAST_LOAD_TIME:l ROW_COUNT:n ROW_PARSED:n FILE_SIZE:n FIRST_ERROR_MESSAGE "
    "FIRST_ERROR_LINE_NUMBER:n FIRST_ERROR_CHARACTER_POS:n FIRST_ERROR_COLUMN_NAME ERROR_COUNT:n ERROR_LIMIT:n STATUS "
    "TABLE_ID:n TABLE_NAME TABLE_SCHEMA_ID:n TABLE_SCHEMA_NAME TABLE_CATALOG_ID:n TABLE_CATALOG_NAME PIPE_CATALOG_NAME "
    "PIPE_SCHEMA_NAME PIPE_NAME PIPE_RECEIVED_TIME:l FIRST_COMMIT_TIME:l",
)
def _copy_history(catalog: SessionCatalog, database: str) -> Iterable[tuple[Any, ...]]:
    """Of ACCOUNT_USAGE only: in a database it is a table function."""
    store = catalog.catalog
    objects = {entry.id: entry for entry in store.entries(None, database)}
    schemas = {entry.name: entry.id for entry in store.entries("SCHEMA", database)}
    for load in store.loads():
        entry = objects.get(load.table_id)
        if entry is None:
            continue
        row = _history_row(load, objects)
        yield (
            *row[:13], entry.id, entry.name, schemas.get(entry.schema), entry.schema, store.database(database).id,
            database, *row[16:],
        )  # fmt: skip
