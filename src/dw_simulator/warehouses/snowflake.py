"""Snowflake through snowflake-connector-python: COPY INTO from an external stage, results as Arrow."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import snowflake.connector
from snowflake.connector import errors as driver_errors

from dw_simulator.config.logins import check_snowflake, is_aws
from dw_simulator.config.settings import Settings
from dw_simulator.config.trust import client_context, snowflake_arguments, tls_problem
from dw_simulator.errors import (
    DwSimulatorError,
    LoadCancelled,
    QueryCancelled,
    ServiceUnavailable,
    WarehouseError,
    WarehouseSqlError,
)
from dw_simulator.observability import sql_trace
from dw_simulator.schema import Column, DataType, Experiment, Table, Warehouse
from dw_simulator.staging import credentials_for
from dw_simulator.warehouses import record, snowflake_login
from dw_simulator.warehouses.base import (
    FETCH_ROWS,
    IncomingFile,
    LoadProgress,
    QueryResult,
    RecordedFile,
    StagedFile,
    TableLoaded,
    loading,
)
from dw_simulator.warehouses.ddl import column_type, create_statements
from dw_simulator.warehouses.locations import by_folder, common_prefix, common_root
from dw_simulator.warehouses.names import column_name, folded, literal, quote, table_name
from dw_simulator.warehouses.settling import settle
from dw_simulator.warehouses.snowflake_types import batch_of_rows, conform, describe

_HERE = Warehouse.SNOWFLAKE
_STAGE = "DW_SIMULATOR_LOAD"
_PROBE_SECONDS = 3.0
_SESSION_PARAMETERS = {"TIMEZONE": "UTC"}
"""Generated moments are UTC: a TIMESTAMP_TZ that is loaded takes its offset from the session's time zone."""
_LOGIN_SECONDS = 30
_NETWORK_SECONDS = 120
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_./%=-]*", re.ASCII)
_PLACE = re.compile(r"\bline (\d+) at position (\d+)\b")
"""In messages: "syntax error line 1 at position 7 unexpected 'x'." Lines count from 1, positions from 0."""
_MISSING = frozenset({2003, 2043})
"""Snowflake's errors for an object that does not exist."""


class SnowflakeAdapter:
    """One session of Snowflake or its emulator."""

    warehouse = _HERE

    def __init__(self, settings: Settings) -> None:
        check_snowflake(settings)
        self._settings = settings
        self._server = settings.snowflake
        self._keys = credentials_for(settings.s3)
        self._login = snowflake_login.options(settings.snowflake)
        self._cancelled = threading.Event()
        self._interrupted = threading.Event()
        self._probe()
        with self._explained():
            self._connection = self._connect()

    def _connect(self) -> snowflake.connector.SnowflakeConnection:
        server = self._server
        protocol, host, port = server.endpoint
        chosen = {"role": server.role, "warehouse": server.warehouse, "database": server.database}
        return snowflake.connector.connect(
            host=host,
            port=port,
            protocol=protocol,
            account=server.account,
            user=server.user,
            login_timeout=_LOGIN_SECONDS,
            arrow_number_to_decimal=True,
            autocommit=True,
            application="dw_simulator",
            session_parameters=_SESSION_PARAMETERS,
            **self._login,
            **_driver_options(),
            **snowflake_arguments(server, snowflake.connector.__version__),
            **{name: value for name, value in chosen.items() if value is not None},
        )

    def _probe(self) -> None:
        """Find out at once whether there is a server, and one to trust: the connector tries for a minute and more."""
        protocol, host, port = self._server.endpoint
        try:
            with socket.create_connection((host, port), _PROBE_SECONDS) as connection:
                if protocol == "https" and self._server.ca_file is not None:
                    client_context(self._server.ca_file).wrap_socket(connection, server_hostname=host).close()
        except OSError as error:
            problem = tls_problem(error, self._server.ca_file)
            reason, hint = problem or (error.strerror or str(error), None)
            raise ServiceUnavailable("snowflake", self._server.address, reason=reason, hint=hint) from error

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn the driver's errors into ours."""
        try:
            yield
        except driver_errors.ProgrammingError as error:
            if self._interrupted.is_set():
                raise _interrupted() from error
            raise _sql_error(error) from error
        except (driver_errors.Error, OSError) as error:
            if self._interrupted.is_set():
                raise _interrupted() from error
            self._probe()
            message = getattr(error, "msg", None) or str(error)
            secret = snowflake_login.SETTINGS[self._server.auth]
            raise WarehouseError(
                f"Snowflake refused: {message}",
                hint=f"check the DW_SIMULATOR_SNOWFLAKE_… settings: account, user, role, {secret}",
            ) from error

    def close(self) -> None:
        try:
            self._connection.close()
        except (driver_errors.Error, OSError):
            return  # it is closed already

    def ping(self) -> None:
        self._rows("SELECT 1")

    # --- statements -----------------------------------------------------------------------------------------------
    def _run(self, sql: str) -> Any:
        if self._interrupted.is_set():
            raise _interrupted()
        with sql_trace.client_span("snowflake", sql, self._server.address), self._explained():
            tag = sql_trace.query_tag()
            options = {} if tag is None else {"_statement_params": {"QUERY_TAG": tag}}
            return self._connection.cursor().execute(sql, **options)

    def _rows(self, sql: str) -> list[Sequence[Any]]:
        cursor = self._run(sql)
        with self._explained():
            return list(cursor.fetchall())

    # --- names ----------------------------------------------------------------------------------------------------
    def _place(self, experiment: str) -> tuple[str, str]:
        """(database, schema) of an experiment, as they are stored."""
        if self._server.database is not None:
            return folded(self._server.database, _HERE), folded(experiment, _HERE)
        return folded(experiment, _HERE), "PUBLIC"

    def _schema(self, experiment: str) -> str:
        database, schema = self._place(experiment)
        return f"{quote(database)}.{quote(schema)}"

    def _present(self, experiment: str) -> set[str] | None:
        """The tables of an experiment, as they are stored; None if it has no database or schema."""
        database, schema = self._place(experiment)
        kinds = "table_type IN ('BASE TABLE', 'TRANSIENT')"
        try:
            rows = self._rows(
                f"SELECT table_name FROM {quote(database)}.INFORMATION_SCHEMA.TABLES "
                f"WHERE table_schema = {literal(schema)} AND {kinds}"
            )
            schemas = self._rows(
                f"SELECT schema_name FROM {quote(database)}.INFORMATION_SCHEMA.SCHEMATA "
                f"WHERE schema_name = {literal(schema)}"
            )
        except WarehouseSqlError as error:
            if error.warehouse_code is not None and int(error.warehouse_code) in _MISSING:
                return None
            raise
        return {str(name) for (name,) in rows} if schemas else None

    # --- load -----------------------------------------------------------------------------------------------------
    def load(
        self,
        experiment: Experiment,
        files: Mapping[str, Sequence[StagedFile]],
        progress: LoadProgress | None = None,
    ) -> dict[str, int]:
        """See :meth:`Adapter.load`. Rows change in one transaction; what a failed load created is dropped."""
        before = self._present(experiment.name)
        try:
            self._make_tables(experiment, before or set())
            root = self._make_stage(files)
            return self._fill(experiment, files, root, progress)
        except ServiceUnavailable:
            raise  # nothing can be undone; the server rolls back what was not committed
        except BaseException:
            self._undo(experiment, before)
            raise

    def _make_tables(self, experiment: Experiment, present: set[str]) -> None:
        database, schema = self._place(experiment.name)
        self._run(f"CREATE DATABASE IF NOT EXISTS {quote(database)}")
        self._run(f"CREATE SCHEMA IF NOT EXISTS {quote(database)}.{quote(schema)}")
        self._run(f"USE SCHEMA {quote(database)}.{quote(schema)}")
        plan = create_statements(experiment, _HERE)
        missing = {table.name for table in experiment.tables if _stored_name(table) not in present}
        for name, statements in plan.tables.items():
            if name in missing:
                for statement in statements:
                    self._run(statement)
        for name, statement in plan.late:
            if name in missing:
                self._run(statement)

    def _make_stage(self, files: Mapping[str, Sequence[StagedFile]]) -> str:
        """An external stage over the folders of all files; returns its URL."""
        folders = [folder for group in files.values() for folder in by_folder(group)]
        if not folders:
            return ""
        root = common_root(folders)
        self._run(f"CREATE OR REPLACE TEMPORARY STAGE {_STAGE} {self._stage_options(root)}")
        return root

    def _stage_options(self, root: str) -> str:
        """Snowflake reference, "CREATE STAGE": s3compat with an endpoint for anything that is not AWS."""
        s3 = self._settings.s3
        integration = self._server.storage_integration
        if integration is not None:
            return f"URL = {_text(root)} STORAGE_INTEGRATION = {quote(folded(integration, _HERE))}"
        keys = self._keys()
        credentials = f"AWS_KEY_ID = {_text(keys.access_key)} AWS_SECRET_KEY = {_text(keys.secret_key)}"
        if keys.session_token:
            credentials += f" AWS_TOKEN = {_text(keys.session_token)}"
        if is_aws(s3.url):
            return f"URL = {_text(root)} CREDENTIALS = ({credentials})"
        url = root.replace("s3://", "s3compat://", 1)
        return f"URL = {_text(url)} ENDPOINT = {_text(urlsplit(s3.url).netloc)} CREDENTIALS = ({credentials})"

    def _fill(
        self,
        experiment: Experiment,
        files: Mapping[str, Sequence[StagedFile]],
        root: str,
        progress: LoadProgress | None,
    ) -> dict[str, int]:
        counts: dict[str, int] = {}
        recording = folded(record.TABLE, _HERE) in (self._present(experiment.name) or set())
        self._run("BEGIN")
        if recording:
            self._run(f"DELETE FROM {record.TABLE}")
        for table in experiment.tables:
            self._stop_if_cancelled()
            began = time.perf_counter()
            with loading(table.name) as span:
                counts[table.name] = self._fill_table(experiment, table, files.get(table.name, ()), root)
                span.set({"dw_simulator.rows": counts[table.name]})
            if progress is not None:
                progress(TableLoaded(_HERE, table.name, counts[table.name], time.perf_counter() - began))
        self._stop_if_cancelled()
        self._run("COMMIT")
        return counts

    def append(
        self, experiment: Experiment, table: Table, files: Sequence[IncomingFile], check: Callable[[], None]
    ) -> dict[str, int]:
        """See :meth:`Adapter.append`.

        Rows and record are inserted in one transaction. Inserts lock nobody out: that no two loaders load one file at
        the same time is up to the caller.
        """
        record.check_name(experiment)
        self._make_tables(experiment, self._present(experiment.name) or set())
        self._run(record.create(record.TABLE))
        root = self._make_stage({table.name: files})
        self._run("BEGIN")
        try:
            new = record.missing(table, files, record.read(self._rows(record.select(record.TABLE))))
            for folder, group in by_folder(new).items():
                self._stop_if_cancelled()
                self._copy_new(experiment, table, group, folder.removeprefix(root))
            if new:
                for statement in settle(table, _HERE, table_name(table, _HERE)):
                    self._run(statement)
                self._run(record.insert(record.TABLE, table, new, _text))
                check()
            self._stop_if_cancelled()
            self._run("COMMIT")
        except ServiceUnavailable:
            raise  # the server rolls back what was not committed
        except BaseException:
            self._try("ROLLBACK")
            raise
        return {file.uri: file.rows for file in new}

    def _copy_new(self, experiment: Experiment, table: Table, files: Sequence[IncomingFile], folder: str) -> None:
        with self._explained():
            cursor = self._run(copy_statement(experiment, table, f"@{_STAGE}/{folder}", files=files))
            loaded = sum(int(row["rows_loaded"]) for row in _dictionaries(cursor))
        expected = sum(file.rows for file in files)
        if loaded != expected:
            raise WarehouseError(f"table {table.name}: the files have {expected} rows but Snowflake loaded {loaded}")

    def recorded(self, experiment: Experiment) -> list[RecordedFile]:
        """See :meth:`Adapter.recorded`."""
        if folded(record.TABLE, _HERE) not in (self._present(experiment.name) or set()):
            return []
        return record.read(self._rows(record.select(f"{self._schema(experiment.name)}.{record.TABLE}")))

    def cancel(self) -> None:
        """See :meth:`Adapter.cancel`. The COPY of a table is finished first: its id is known only when it is done."""
        self._cancelled.set()

    def _stop_if_cancelled(self) -> None:
        if self._cancelled.is_set():
            raise LoadCancelled("the load into Snowflake was stopped")

    def _fill_table(self, experiment: Experiment, table: Table, files: Sequence[StagedFile], root: str) -> int:
        name = table_name(table, _HERE)
        self._run(f"DELETE FROM {name}")
        if files:
            folder = common_prefix([file.uri for file in files]).removeprefix(root)
            self._run(copy_statement(experiment, table, f"@{_STAGE}/{folder}"))
        loaded = int(self._rows(f"SELECT COUNT(*) FROM {name}")[0][0])
        staged = sum(file.rows for file in files)
        if loaded != staged:
            raise WarehouseError(
                f"table {table.name}: {staged} rows are staged but Snowflake holds {loaded} after COPY"
            )
        return loaded

    def _undo(self, experiment: Experiment, before: set[str] | None) -> None:
        """Roll back, and drop what this load created. The error that led here is the one to report."""
        database, schema = self._place(experiment.name)
        where = f"{quote(database)}.{quote(schema)}"
        statements = ["ROLLBACK"]
        if before is None:
            whole = f"SCHEMA IF EXISTS {where}" if self._server.database else f"DATABASE IF EXISTS {quote(database)}"
            statements.append(f"DROP {whole}")
        else:
            created = [table for table in experiment.tables if _stored_name(table) not in before]
            statements += [f"DROP TABLE IF EXISTS {where}.{table_name(table, _HERE)}" for table in created]
        for statement in statements:
            if not self._try(statement):
                return

    def _try(self, statement: str) -> bool:
        """Undo something, if there is something to undo. False when the server is gone: it undoes what was open."""
        try:
            self._run(statement)
        except ServiceUnavailable:
            return False
        except DwSimulatorError:
            return True  # nothing to roll back or to drop
        return True

    # --- query ----------------------------------------------------------------------------------------------------
    def use(self, experiment: str | None) -> None:
        """See :meth:`Adapter.use`."""
        if experiment is not None:
            self._run(f"USE SCHEMA {self._schema(experiment)}")

    def interrupt(self) -> None:
        """See :meth:`Adapter.interrupt`: SYSTEM$CANCEL_ALL_QUERIES of this session, from a session of its own.

        The driver tells the id of a statement only when it is done. Vendor page: "SYSTEM$CANCEL_ALL_QUERIES".
        """
        self._interrupted.set()
        other = SnowflakeAdapter(self._settings)
        try:
            other._rows(f"SELECT SYSTEM$CANCEL_ALL_QUERIES({int(self._connection.session_id)})")
        finally:
            other.close()

    def query(self, sql: str, experiment: str | None = None, *, first_rows: int = FETCH_ROWS) -> QueryResult:
        """See :meth:`Adapter.query`. Snowflake itself cuts the result into batches."""
        del first_rows
        self.use(experiment)
        cursor = self._run(sql)
        columns, schema = describe(cursor.description or ())
        with self._explained():
            chunks = _arrow_chunks(cursor)
        batches = self._rows_as_batches(cursor, schema) if chunks is None else self._batches(chunks, schema)
        return QueryResult(columns, batches, schema, cursor.close)

    def _batches(self, chunks: Iterator[pa.Table], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        with self._explained():
            for chunk in chunks:
                for batch in conform(chunk, schema):
                    if self._interrupted.is_set():
                        raise _interrupted()
                    yield batch

    def _rows_as_batches(self, cursor: Any, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        with self._explained():
            while rows := cursor.fetchmany(FETCH_ROWS):
                yield batch_of_rows(rows, schema)

    # --- the rest -------------------------------------------------------------------------------------------------
    def row_counts(self, experiment: Experiment) -> dict[str, int]:
        present = self._present(experiment.name) or set()
        where = self._schema(experiment.name)
        return {
            table.name: int(self._rows(f"SELECT COUNT(*) FROM {where}.{table_name(table, _HERE)}")[0][0])
            for table in experiment.tables
            if _stored_name(table) in present
        }

    def reset(self, experiment: Experiment) -> None:
        present = self._present(experiment.name) or set()
        where = self._schema(experiment.name)
        names = [table_name(table, _HERE) for table in experiment.tables if _stored_name(table) in present]
        if not names:
            return
        if folded(record.TABLE, _HERE) in present:
            names.append(record.TABLE)
        self._run("BEGIN")
        try:
            for name in names:
                self._run(f"DELETE FROM {where}.{name}")
            self._run("COMMIT")
        except DwSimulatorError:
            self._run("ROLLBACK")
            raise

    def drop(self, experiment: str) -> int:
        present = self._present(experiment)
        if present is None:
            return 0
        database, _ = self._place(experiment)
        if self._server.database is not None:
            self._run(f"DROP SCHEMA IF EXISTS {self._schema(experiment)} CASCADE")
        else:
            self._run(f"DROP DATABASE IF EXISTS {quote(database)} CASCADE")
        return len(present - {folded(record.TABLE, _HERE)})


def copy_statement(
    experiment: Experiment,
    table: Table,
    location: str,
    *,
    files: Sequence[IncomingFile] = (),
) -> str:
    """COPY INTO of a table from the files in a location, or from these files of the same columns there.

    Texts that hold JSON are parsed on the way (Snowflake reference, "COPY INTO <table>"). FORCE: the load history would
    skip files that were loaded before, although their rows were deleted since.
    """
    source = location if _PLAIN_PATH.fullmatch(location.partition("/")[2]) else _text(location)
    options = "FILE_FORMAT = (TYPE = PARQUET USE_LOGICAL_TYPE = TRUE BINARY_AS_TEXT = FALSE)"
    if files:
        options = f"FILES = ({', '.join(_text(file.uri.rpartition('/')[2]) for file in files)}) {options}"
    name = table_name(table, _HERE)
    columns: Sequence[Column] = files[0].columns if files else table.columns
    stored = files[0].names if files else [column.name for column in columns]
    if not any(column.data_type is DataType.JSON for column in columns):
        return f"COPY INTO {name} FROM {source} {options} MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE FORCE = TRUE"
    values = []
    for column, name_there in zip(columns, stored, strict=True):
        value = f"$1:{quote(name_there)}"
        if column.data_type is DataType.JSON:
            values.append(f"PARSE_JSON({value}::VARCHAR)")
        else:
            values.append(f"{value}::{column_type(column, experiment.dialect, _HERE)}")
    names = ", ".join(column_name(column, _HERE) for column in columns)
    return f"COPY INTO {name} ({names}) FROM (SELECT {', '.join(values)} FROM {source}) {options} FORCE = TRUE"


def _dictionaries(cursor: Any) -> list[dict[str, Any]]:
    """The rows of a small result by lower-case names."""
    names = [column.name.lower() for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _driver_options() -> dict[str, Any]:
    """Versions 4 and 5 of the connector name their timeouts differently; 5 also wants a word on heartbeats."""
    if int(snowflake.connector.__version__.partition(".")[0]) < 5:
        return {"network_timeout": _NETWORK_SECONDS}
    return {"request_timeout": _NETWORK_SECONDS, "enable_server_session_keep_alive_auto_detection": False}


def _arrow_chunks(cursor: Any) -> Iterator[pa.Table] | None:
    """The result in Arrow chunks; None for a result that came as JSON rows."""
    try:
        chunks = cursor.fetch_arrow_batches()
        first = next(chunks, None)
    except driver_errors.NotSupportedError:
        return None
    return iter(()) if first is None else _chain(first, chunks)


def _chain(first: pa.Table, rest: Iterator[pa.Table]) -> Iterator[pa.Table]:
    yield first
    yield from rest


def _interrupted() -> QueryCancelled:
    return QueryCancelled("the statement in Snowflake was stopped")


def _stored_name(table: Table) -> str:
    return table.name if table.quoted else folded(table.name, _HERE)


def _text(text: str) -> str:
    return literal(text.replace("\\", "\\\\"))


def _sql_error(error: driver_errors.ProgrammingError) -> WarehouseSqlError:
    message = error.raw_msg if getattr(error, "raw_msg", None) else (error.msg or str(error))
    code = f"{error.errno:06d}" if error.errno is not None and error.errno >= 0 else error.sqlstate
    line, column = None, None
    if place := _PLACE.search(message):
        line, column = int(place[1]), int(place[2]) + 1
    return WarehouseSqlError(f"Snowflake: {message}", warehouse_code=code, line=line, column=column)
