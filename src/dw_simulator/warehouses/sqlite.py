"""SQLite: a file an experiment, loaded directly from the Parquet files.

A load writes a new file beside the old one and takes its place at the end, so readers see the old content or the new.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote as quote_url
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dw_simulator.config.settings import Settings
from dw_simulator.errors import LoadCancelled, QueryCancelled, WarehouseError, WarehouseSqlError
from dw_simulator.schema import Column, Experiment, Table, Warehouse
from dw_simulator.staging import Stage, connect_stage, parse_s3_uri
from dw_simulator.warehouses import record
from dw_simulator.warehouses.base import (
    FETCH_ROWS,
    IncomingFile,
    LoadProgress,
    QueryResult,
    RecordedFile,
    ResultColumn,
    StagedFile,
    TableLoaded,
    loading,
)
from dw_simulator.warehouses.ddl import create_statements
from dw_simulator.warehouses.names import column_name, table_name
from dw_simulator.warehouses.settling import settle

_HERE = Warehouse.SQLITE
_CHUNK_ROWS = 20_000
_BUSY_SECONDS = 30.0


class SqliteAdapter:
    """The SQLite files of the experiments."""

    warehouse = _HERE

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.state_dir("sqlite")
        self._stage: Stage | None = None
        self._cancelled = threading.Event()
        self._interrupted = threading.Event()
        self._session: sqlite3.Connection | None = None

    def path(self, experiment: str) -> Path:
        """The file of an experiment."""
        return self._folder / f"{quote_url(experiment.lower(), safe='-_ ')}.sqlite"

    def ping(self) -> None:
        """SQLite is always there."""

    def close(self) -> None:
        if self._stage is not None:
            self._stage.close()
            self._stage = None
        if self._session is not None:
            self._session.close()
            self._session = None

    # --- load -----------------------------------------------------------------------------------------------------
    def load(
        self,
        experiment: Experiment,
        files: Mapping[str, Sequence[StagedFile]],
        progress: LoadProgress | None = None,
    ) -> dict[str, int]:
        """See :meth:`Adapter.load`."""
        target = self.path(experiment.name)
        partial = target.with_name(target.name + ".partial")
        _ensure_folder(self._folder)
        partial.unlink(missing_ok=True)
        try:
            counts = self._fill(partial, experiment, files, progress)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
        return counts

    def _fill(
        self,
        path: Path,
        experiment: Experiment,
        files: Mapping[str, Sequence[StagedFile]],
        progress: LoadProgress | None,
    ) -> dict[str, int]:
        counts = {}
        with _opened(path) as connection:
            connection.execute("PRAGMA journal_mode = OFF")  # the file is thrown away if anything fails
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("BEGIN")
            for name, statements in create_statements(experiment, _HERE).tables.items():
                began = time.perf_counter()
                for statement in statements:
                    _execute(connection, statement)
                table = experiment.table(name)
                if table is None:
                    continue
                expected = sum(file.rows for file in files.get(name, ()))
                with loading(name) as span:
                    counts[name] = self._fill_table(connection, table, files.get(name, ()))
                    span.set({"dw_simulator.rows": counts[name]})
                _check_count(name, counts[name], expected)
                if progress is not None:
                    progress(TableLoaded(_HERE, name, counts[name], time.perf_counter() - began))
            connection.execute("COMMIT")
        return counts

    def _fill_table(self, connection: sqlite3.Connection, table: Table, files: Sequence[StagedFile]) -> int:
        names = [column.name for column in table.columns]
        for file in files:
            self._insert_file(connection, table, table.columns, file.uri, names)
        return _count(connection, table)

    def _insert_file(
        self,
        connection: sqlite3.Connection,
        table: Table,
        columns: Sequence[Column],
        uri: str,
        names: Sequence[str] | None,
    ) -> None:
        """Insert the rows of a file; ``names`` of its columns for ``columns``, None for all as they come."""
        listed = ", ".join(column_name(column, _HERE) for column in columns)
        marks = ", ".join("?" * len(columns))
        insert = f"INSERT INTO {table_name(table, _HERE)} ({listed}) VALUES ({marks})"
        with self._open(uri) as source:
            for batch in pq.ParquetFile(source).iter_batches(batch_size=_CHUNK_ROWS, columns=names):
                if self._cancelled.is_set():
                    raise LoadCancelled("the load into SQLite was stopped")
                arrays = batch.columns if names is None else [batch.column(name) for name in names]
                _execute_many(connection, insert, zip(*map(_to_sqlite, arrays), strict=True))

    def append(
        self, experiment: Experiment, table: Table, files: Sequence[IncomingFile], check: Callable[[], None]
    ) -> dict[str, int]:
        """See :meth:`Adapter.append`. SQLite lets one writer in at a time, so two loaders never load one file."""
        record.check_name(experiment)
        _ensure_folder(self._folder)
        with _opened(self.path(experiment.name)) as connection:
            _execute(connection, "BEGIN IMMEDIATE")
            _make_missing(connection, experiment)
            new = record.missing(table, files, _read_record(connection))
            before = _count(connection, table)
            for file in new:
                self._insert_file(connection, table, file.columns, file.uri, None)
            loaded, expected = _count(connection, table) - before, sum(file.rows for file in new)
            if loaded != expected:
                raise WarehouseError(f"table {table.name}: the files have {expected} rows but SQLite loaded {loaded}")
            if new:
                for statement in settle(table, _HERE, table_name(table, _HERE)):
                    _execute(connection, statement)
                _execute(connection, record.insert(record.TABLE, table, new))
                check()
            _execute(connection, "COMMIT")
        return {file.uri: file.rows for file in new}

    def recorded(self, experiment: Experiment) -> list[RecordedFile]:
        """See :meth:`Adapter.recorded`."""
        path = self.path(experiment.name)
        if not path.exists():
            return []
        with _opened(path) as connection:
            return _read_record(connection)

    def _open(self, uri: str) -> pa.NativeFile:
        if uri.startswith("file:"):
            return pa.OSFile(unquote(urlsplit(uri).path))
        if self._stage is None:
            self._stage = connect_stage(self._settings)
        bucket, key = parse_s3_uri(uri)
        return self._stage.open(key, bucket)

    def cancel(self) -> None:
        """See :meth:`Adapter.cancel`."""
        self._cancelled.set()

    # --- query ----------------------------------------------------------------------------------------------------
    def use(self, experiment: str | None) -> None:
        """See :meth:`Adapter.use`."""
        if self._session is not None:
            self._session.close()
        self._session = self._open_for_queries(experiment)

    def interrupt(self) -> None:
        """See :meth:`Adapter.interrupt`. It reaches queries after :meth:`use`."""
        self._interrupted.set()
        if self._session is not None:
            self._session.interrupt()

    def query(self, sql: str, experiment: str | None = None, *, first_rows: int = FETCH_ROWS) -> QueryResult:
        """See :meth:`Adapter.query`. Without an experiment there are no tables, only expressions."""
        del first_rows  # types are judged by the first batch, so it is to be a large one
        if experiment is None and self._session is not None:
            with self._stopped():
                cursor = _execute(self._session, sql)
                return _stream(cursor, cursor.close, self._stopped)
        connection = self._open_for_queries(experiment)
        try:
            return _stream(_execute(connection, sql), connection.close, self._stopped)
        except BaseException:
            connection.close()
            raise

    def _open_for_queries(self, experiment: str | None) -> sqlite3.Connection:
        path = self.path(experiment) if experiment else None
        if path is not None and not path.exists():
            raise WarehouseError(
                f"experiment {experiment!r} is not in SQLite", hint=f"load it: dw-sim experiment load {experiment}"
            )
        connection = _connect(path)
        connection.set_authorizer(_authorize)
        return connection

    @contextmanager
    def _stopped(self) -> Iterator[None]:
        """An error of a query that was interrupted is the interruption."""
        if self._interrupted.is_set():
            raise _interrupted()
        try:
            yield
        except WarehouseSqlError as error:
            if self._interrupted.is_set():
                raise _interrupted() from error
            raise

    def row_counts(self, experiment: Experiment) -> dict[str, int]:
        path = self.path(experiment.name)
        if not path.exists():
            return {}
        with _opened(path) as connection:
            present = {name.lower() for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            tables = [table for table in experiment.tables if table.name.lower() in present]
            return {table.name: _count(connection, table) for table in tables}

    def reset(self, experiment: Experiment) -> None:
        present = self.row_counts(experiment)
        if not present:
            return
        with _opened(self.path(experiment.name)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            for table in experiment.tables:
                if table.name in present:
                    _execute(connection, f"DELETE FROM {table_name(table, _HERE)}")
            if _has_record(connection):
                _execute(connection, f"DELETE FROM {record.TABLE}")
            connection.execute("COMMIT")

    def drop(self, experiment: str) -> int:
        path = self.path(experiment)
        if not path.exists():
            return 0
        with _opened(path) as connection:
            (count,) = connection.execute(
                "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name <> ?", (record.TABLE,)
            ).fetchone()
        path.unlink()
        return int(count)


# --- connections and statements -------------------------------------------------------------------------------
class _opened:  # noqa: N801 - reads as a verb in "with _opened(path)"
    """A connection that is closed at the end; what was not committed is gone."""

    def __init__(self, path: Path) -> None:
        self._connection = _connect(path)

    def __enter__(self) -> sqlite3.Connection:
        return self._connection

    def __exit__(self, *error: object) -> None:
        self._connection.close()


def _connect(path: Path | None) -> sqlite3.Connection:
    try:
        return sqlite3.connect(path or ":memory:", timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise WarehouseError(f"cannot open {path}: {error}") from error


def _authorize(action: int, argument: str | None, *_others: str | None) -> int:
    """Queries reach the file of their experiment and no other: ATTACH and VACUUM INTO open any file there is.

    SQLite attaches files without a name to itself for a plain VACUUM.
    """
    is_attached = action == sqlite3.SQLITE_ATTACH and argument != ""
    return sqlite3.SQLITE_DENY if is_attached else sqlite3.SQLITE_OK


def _interrupted() -> QueryCancelled:
    return QueryCancelled("the statement in SQLite was stopped")


def _ensure_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WarehouseError(f"cannot make the folder {folder}: {error.strerror}") from error


def _sql_error(error: sqlite3.Error) -> WarehouseSqlError:
    return WarehouseSqlError(f"SQLite: {error}", warehouse_code=getattr(error, "sqlite_errorname", None))


def _execute(connection: sqlite3.Connection, sql: str) -> sqlite3.Cursor:
    try:
        return connection.execute(sql)
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise WarehouseSqlError(f"SQLite: {error}", warehouse_code=getattr(error, "sqlite_errorname", None)) from error


def _execute_many(connection: sqlite3.Connection, sql: str, rows: Iterator[tuple[Any, ...]]) -> None:
    try:
        connection.executemany(sql, rows)
    except sqlite3.Error as error:
        raise _sql_error(error) from error


def _count(connection: sqlite3.Connection, table: Table) -> int:
    (count,) = _execute(connection, f"SELECT count(*) FROM {table_name(table, _HERE)}").fetchone()
    return int(count)


def _has_record(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (record.TABLE,)).fetchone())


def _read_record(connection: sqlite3.Connection) -> list[RecordedFile]:
    return record.read(_execute(connection, record.select(record.TABLE))) if _has_record(connection) else []


def _make_missing(connection: sqlite3.Connection, experiment: Experiment) -> None:
    """Create the tables that are missing, and the record."""
    present = {str(name).lower() for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    for name, statements in create_statements(experiment, _HERE).tables.items():
        if name.lower() not in present:
            for statement in statements:
                _execute(connection, statement)
    _execute(connection, record.create(record.TABLE))


def _check_count(table: str, loaded: int, staged: int) -> None:
    if loaded != staged:
        raise WarehouseError(f"table {table}: {staged} rows are staged but SQLite holds {loaded} after the load")


# --- values in ------------------------------------------------------------------------------------------------
def _to_sqlite(array: pa.Array) -> list[Any]:
    """Python values that sqlite3 stores: dates, times and decimals as ISO text, the rest as it is."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        array = array.dictionary_decode()
        kind = array.type
    if pa.types.is_timestamp(kind):
        array = _moments(array)
    if pa.types.is_date(kind) or pa.types.is_decimal(kind):
        array = pc.cast(array, pa.string())
    if pa.types.is_time(kind):
        array = _without_zeros(pc.cast(array, pa.string()))
    values: list[Any] = array.to_pylist()
    return values


def _moments(array: pa.Array) -> pa.Array:
    """``2024-02-29 13:14:15.161718+00:00``; whole seconds have no fraction, so that they equal how users write them."""
    text = pc.cast(pc.cast(array, pa.timestamp("us"), safe=False), pa.string())
    text = _without_zeros(text)
    return text if array.type.tz is None else pc.binary_join_element_wise(text, "+00:00", "")


def _without_zeros(text: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(text, r"\.000000$", "")


# --- values out -----------------------------------------------------------------------------------------------
_TYPES: dict[type, tuple[str, pa.DataType]] = {
    int: ("INTEGER", pa.int64()),
    float: ("REAL", pa.float64()),
    str: ("TEXT", pa.string()),
    bytes: ("BLOB", pa.binary()),
}


def _stream(
    cursor: sqlite3.Cursor, close: Callable[[], None], guarded: Callable[[], AbstractContextManager[None]]
) -> QueryResult:
    """SQLite's columns have no types: those of the first chunk of rows are taken."""
    names = [column[0] for column in cursor.description or ()]
    first = _fetch(cursor)
    kinds = [_kind_of(position, first) for position in range(len(names))]
    schema = pa.schema([(name, kind) for name, (_, kind) in zip(names, kinds, strict=True)])
    columns = [ResultColumn(name, type_name) for name, (type_name, _) in zip(names, kinds, strict=True)]
    return QueryResult(columns, _batches(cursor, first, schema, guarded), schema, close)


def _fetch(cursor: sqlite3.Cursor) -> list[tuple[Any, ...]]:
    try:
        return cursor.fetchmany(_CHUNK_ROWS)
    except sqlite3.Error as error:
        raise _sql_error(error) from error


def _kind_of(position: int, rows: Sequence[tuple[Any, ...]]) -> tuple[str, pa.DataType]:
    found = {type(row[position]) for row in rows} - {type(None)}
    if found == {int, float}:
        return _TYPES[float]
    return _TYPES[found.pop()] if len(found) == 1 else _TYPES[str]


def _batches(
    cursor: sqlite3.Cursor,
    rows: list[tuple[Any, ...]],
    schema: pa.Schema,
    guarded: Callable[[], AbstractContextManager[None]],
) -> Iterator[pa.RecordBatch]:
    while rows:
        arrays = [_from_sqlite(values, column) for values, column in zip(zip(*rows, strict=True), schema, strict=True)]
        yield pa.record_batch(arrays, schema=schema)
        with guarded():
            rows = _fetch(cursor)


def _from_sqlite(values: Sequence[Any], column: pa.Field) -> pa.Array:
    if pa.types.is_string(column.type):
        values = [value if value is None or isinstance(value, str) else _as_text(value) for value in values]
    try:
        return pa.array(values, column.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise WarehouseError(
            f"column {column.name!r} of the result holds values of several types: {error}",
            hint=f"make them one type: CAST({column.name} AS TEXT)",
        ) from error


def _as_text(value: float | bytes | Decimal) -> str:
    return value.hex() if isinstance(value, bytes) else json.dumps(value)
