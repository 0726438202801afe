"""Redshift through redshift_connector: one transaction a load, cursors for queries."""

from __future__ import annotations

import re
import struct
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import redshift_connector

from dw_simulator.config.settings import Settings
from dw_simulator.errors import LoadCancelled, ServiceUnavailable, WarehouseError, WarehouseSqlError
from dw_simulator.schema import DataType, Experiment, Table, Warehouse
from dw_simulator.staging import credentials_for
from dw_simulator.warehouses.base import LoadProgress, QueryResult, StagedFile, TableLoaded
from dw_simulator.warehouses.ddl import column_type, create_statements
from dw_simulator.warehouses.locations import common_prefix
from dw_simulator.warehouses.names import column_name, folded, literal, namespace, quote, table_name
from dw_simulator.warehouses.redshift_types import VARBYTE_OID, RowConverter

_HERE = Warehouse.REDSHIFT
_FETCH_ROWS = 20_000
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_CURSOR = "dw_simulator_result"
_LOAD_TABLE = "dw_simulator_load"
_TEXT_FORMAT = 0
_LEADING = re.compile(r"(?:\s|\(|--[^\n]*(?:\n|$)|/\*.*?\*/)*", re.DOTALL)
_QUERY = re.compile(r"(?:select|with)\b", re.IGNORECASE)
_INTO = re.compile(r"\binto\b", re.IGNORECASE)
_JSON_TEXT_TYPE = "VARCHAR(65535)"


class RedshiftAdapter:
    """One connection to Redshift or its emulator."""

    warehouse = _HERE

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._address = settings.redshift.address
        self._has_result = False
        self._cancelled = threading.Event()
        self._loading_process: int | None = None
        self._connection: Any = None
        with self._explained():
            self._connection = self._connect()

    def _connect(self) -> redshift_connector.Connection:
        server = self._settings.redshift
        connection = redshift_connector.connect(
            host=server.host,
            port=server.port,
            database=server.database,
            user=server.user,
            password=server.password.get_secret_value(),
            ssl=server.host not in _LOOPBACK,
            application_name="dw-simulator",
        )
        connection.paramstyle = "qmark"
        connection.redshift_types[VARBYTE_OID] = (_TEXT_FORMAT, _read_varbyte)
        return connection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn the driver's errors into ours."""
        try:
            yield
        except redshift_connector.Error as error:
            raise self._translate(error) from error
        except UnicodeDecodeError as error:
            self.close()  # the driver stopped in the middle of the answer
            raise WarehouseError(f"Redshift sent text that is not UTF-8: {error}") from error
        except KeyError as error:  # a message type that the driver does not know
            self.close()
            reason = "what listens there does not speak Redshift's protocol"
            raise ServiceUnavailable("redshift", self._address, reason=reason) from error
        except (OSError, struct.error, IndexError) as error:  # what the driver lets through when the peer goes away
            raise ServiceUnavailable("redshift", self._address, reason=str(error) or type(error).__name__) from error

    def _translate(self, error: redshift_connector.Error) -> Exception:
        fields = error.args[0] if error.args and isinstance(error.args[0], dict) else None
        if fields is None:
            reason = ": ".join(str(part) for part in error.args)
            if isinstance(error, redshift_connector.InterfaceError | redshift_connector.OperationalError):
                return ServiceUnavailable("redshift", self._address, reason=reason)
            return WarehouseError(f"Redshift: {reason}")
        if str(fields.get("C", "")).startswith(("57P", "08")):
            return ServiceUnavailable("redshift", self._address, reason=fields.get("M"))
        message, detail = fields.get("M", str(error)), fields.get("D")
        code = fields.get("C")
        if str(code).startswith("28"):
            return WarehouseError(
                f"Redshift refused the login: {message}",
                hint="check DW_SIMULATOR_REDSHIFT_USER and DW_SIMULATOR_REDSHIFT_PASSWORD",
            )
        text = f"Redshift: {message}" + (f"\n{detail}" if detail else "")
        return WarehouseSqlError(text, warehouse_code=code, hint=fields.get("H"))

    def close(self) -> None:
        if self._connection is None:
            return
        try:
            self._connection.close()
        except (redshift_connector.Error, OSError, struct.error):
            return  # it is closed already

    def ping(self) -> None:
        self._rows("SELECT 1")

    # --- statements -----------------------------------------------------------------------------------------------
    def _run(self, sql: str) -> redshift_connector.Cursor:
        with self._explained():
            cursor = self._connection.cursor()
            cursor.execute(sql)
            return cursor

    def _rows(self, sql: str) -> list[Sequence[Any]]:
        cursor = self._run(sql)
        with self._explained():
            return list(cursor.fetchall())

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Commit at the end, or roll everything back."""
        self._connection.autocommit = False
        try:
            yield
            with self._explained():
                self._connection.commit()
        except BaseException:
            self._rollback()
            raise

    def _rollback(self) -> None:
        try:
            self._connection.rollback()
        except (redshift_connector.Error, OSError, struct.error, IndexError):
            self.close()  # the server rolls back what belongs to a broken connection

    # --- load -----------------------------------------------------------------------------------------------------
    def load(
        self,
        experiment: Experiment,
        files: Mapping[str, Sequence[StagedFile]],
        progress: LoadProgress | None = None,
    ) -> dict[str, int]:
        """See :meth:`Adapter.load`. One transaction: the tables of a failed load are as they were."""
        self._loading_process = int(self._rows("SELECT pg_backend_pid()")[0][0])
        try:
            with self._transaction():
                return self._fill(experiment, files, progress)
        except WarehouseSqlError as error:
            self._stop_if_cancelled(error)
            raise

    def _fill(
        self, experiment: Experiment, files: Mapping[str, Sequence[StagedFile]], progress: LoadProgress | None
    ) -> dict[str, int]:
        counts: dict[str, int] = {}
        self._make_tables(experiment)
        for table in experiment.tables:
            self._stop_if_cancelled()
            began = time.perf_counter()
            counts[table.name] = self._load_table(experiment, table, files.get(table.name, ()))
            if progress is not None:
                progress(TableLoaded(_HERE, table.name, counts[table.name], time.perf_counter() - began))
        self._stop_if_cancelled()
        return counts

    def cancel(self) -> None:
        """See :meth:`Adapter.cancel`. A statement that runs is cancelled from a connection of its own."""
        self._cancelled.set()
        if self._loading_process is not None:
            other = RedshiftAdapter(self._settings)
            try:
                other._rows(f"SELECT pg_cancel_backend({self._loading_process})")
            finally:
                other.close()

    def _stop_if_cancelled(self, cause: Exception | None = None) -> None:
        if self._cancelled.is_set():
            raise LoadCancelled("the load into Redshift was stopped") from cause

    def _make_tables(self, experiment: Experiment) -> None:
        """Create what is missing, empty what is there."""
        schema = namespace(experiment.name, _HERE)
        self._run(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        present = self._present(experiment.name)
        plan = create_statements(experiment, _HERE, prefix=f"{schema}.")
        for name, statements in plan.tables.items():
            table = experiment.table(name)
            if table is not None and _stored_name(table) in present:
                self._run(f"DELETE FROM {schema}.{table_name(table, _HERE)}")
            else:
                for statement in statements:
                    self._run(statement)
        for name, statement in plan.late:
            table = experiment.table(name)
            if table is not None and _stored_name(table) not in present:
                self._run(statement)

    def _present(self, experiment: str) -> set[str]:
        """The tables of the experiment's schema, as they are stored."""
        schema = literal(folded(experiment, _HERE))
        rows = self._rows(f"SELECT table_name FROM information_schema.tables WHERE table_schema = {schema}")
        return {str(name) for (name,) in rows}

    def _load_table(self, experiment: Experiment, table: Table, files: Sequence[StagedFile]) -> int:
        name = f"{namespace(experiment.name, _HERE)}.{table_name(table, _HERE)}"
        if files:
            if any(column.data_type is DataType.JSON for column in table.columns):
                self._copy_with_json(experiment, table, name, files)
            else:
                self._run(self._copy_statement(table, name, files))
        loaded = int(self._rows(f"SELECT COUNT(*) FROM {name}")[0][0])
        staged = sum(file.rows for file in files)
        if loaded != staged:
            raise WarehouseError(f"table {table.name}: {staged} rows are staged but Redshift holds {loaded} after COPY")
        return loaded

    def _copy_statement(self, table: Table, name: str, files: Sequence[StagedFile]) -> str:
        columns = ", ".join(column_name(column, _HERE) for column in table.columns)
        identity = any(column.identity and not column.identity.by_default for column in table.columns)
        parts = [
            f"COPY {name} ({columns})",
            f"FROM {literal(common_prefix([file.uri for file in files]))}",
            self._authorization(),
            "FORMAT AS PARQUET",
            *(["EXPLICIT_IDS"] if identity else []),
        ]
        return "\n".join(parts)

    def _authorization(self) -> str:
        keys = credentials_for(self._settings.s3)()
        parts = [f"ACCESS_KEY_ID {literal(keys.access_key)}", f"SECRET_ACCESS_KEY {literal(keys.secret_key)}"]
        if keys.session_token:
            parts.append(f"SESSION_TOKEN {literal(keys.session_token)}")
        return " ".join(parts)

    def _copy_with_json(self, experiment: Experiment, table: Table, name: str, files: Sequence[StagedFile]) -> None:
        """COPY reads a text into SUPER as a string, not as the JSON in it: go through a table of texts."""
        if any(column.identity and not column.identity.by_default for column in table.columns):
            raise WarehouseError(
                f"table {table.name} has an IDENTITY column and a SUPER column, which Redshift cannot load together",
                hint="make the identity GENERATED BY DEFAULT",
            )
        types = [
            _JSON_TEXT_TYPE if column.data_type is DataType.JSON else column_type(column, experiment.dialect, _HERE)
            for column in table.columns
        ]
        names = [column_name(column, _HERE) for column in table.columns]
        body = ", ".join(f"{column} {kind}" for column, kind in zip(names, types, strict=True))
        self._run(f"CREATE TEMP TABLE {_LOAD_TABLE} ({body})")
        self._run(self._copy_statement(table, _LOAD_TABLE, files))
        values = [
            f"JSON_PARSE({column})" if kind is _JSON_TEXT_TYPE else column
            for column, kind in zip(names, types, strict=True)
        ]
        self._run(f"INSERT INTO {name} ({', '.join(names)}) SELECT {', '.join(values)} FROM {_LOAD_TABLE}")
        self._run(f"DROP TABLE {_LOAD_TABLE}")

    # --- query ----------------------------------------------------------------------------------------------------
    def query(self, sql: str, experiment: str | None = None) -> QueryResult:
        """See :meth:`Adapter.query`. SELECT goes through a cursor: the driver would keep all rows otherwise.

        A connection has one result at a time: a new query ends an earlier result that was not read to its end.
        """
        self._end_result()
        self._connection.autocommit = True
        if experiment is not None:
            self._run(f"SET search_path TO {namespace(experiment, _HERE)}, public")
        if _returns_rows(sql):
            return self._through_cursor(sql)
        cursor = self._run(sql)
        description = (cursor.ps or {}).get("row_desc") or []
        if not description:
            return QueryResult((), iter(()), pa.schema([]))
        with self._explained():
            rows = list(cursor.fetchall())
        converter = RowConverter(description, rows)
        batches = iter([converter.batch(rows)] if rows else [])
        return QueryResult(converter.columns, batches, converter.schema)

    def _through_cursor(self, sql: str) -> QueryResult:
        self._connection.autocommit = False
        try:
            self._run(f"DECLARE {_CURSOR} CURSOR FOR {sql.strip().rstrip(';')}")
            cursor, rows = self._fetch()
            converter = RowConverter(cursor.ps["row_desc"], rows)
        except BaseException:
            self._rollback()
            raise
        self._has_result = True
        return QueryResult(converter.columns, self._batches(converter, rows), converter.schema, self._end_result)

    def _end_result(self) -> None:
        if self._has_result:
            self._has_result = False
            self._rollback()

    def _fetch(self) -> tuple[redshift_connector.Cursor, list[Sequence[Any]]]:
        cursor = self._run(f"FETCH FORWARD {_FETCH_ROWS} FROM {_CURSOR}")
        with self._explained():
            return cursor, list(cursor.fetchall())

    def _batches(self, converter: RowConverter, rows: list[Sequence[Any]]) -> Iterator[pa.RecordBatch]:
        while rows:
            yield converter.batch(rows)
            if len(rows) < _FETCH_ROWS:
                return
            _, rows = self._fetch()

    # --- the rest -------------------------------------------------------------------------------------------------
    def row_counts(self, experiment: Experiment) -> dict[str, int]:
        self._connection.autocommit = True
        present = self._present(experiment.name)
        schema = namespace(experiment.name, _HERE)
        return {
            table.name: int(self._rows(f"SELECT COUNT(*) FROM {schema}.{table_name(table, _HERE)}")[0][0])
            for table in experiment.tables
            if _stored_name(table) in present
        }

    def reset(self, experiment: Experiment) -> None:
        schema = namespace(experiment.name, _HERE)
        with self._transaction():
            present = self._present(experiment.name)
            for table in experiment.tables:
                if _stored_name(table) in present:
                    self._run(f"DELETE FROM {schema}.{table_name(table, _HERE)}")

    def drop(self, experiment: str) -> int:
        with self._transaction():
            present = self._present(experiment)
            self._run(f"DROP SCHEMA IF EXISTS {quote(folded(experiment, _HERE))} CASCADE")
        return len(present)


def _stored_name(table: Table) -> str:
    """Redshift folds quoted names too, unless enable_case_sensitive_identifier is on."""
    return folded(table.name, _HERE)


def _read_varbyte(data: bytes, position: int, length: int) -> bytes:
    """VARBYTE comes as hex digits; the driver's own reader takes only what is UTF-8 text."""
    return bytes.fromhex(data[position : position + length].decode("ascii"))


def _returns_rows(sql: str) -> bool:
    """Whether a cursor can be declared for the statement. SELECT … INTO makes a table and cannot have one."""
    text = _LEADING.sub("", sql, count=1)
    return bool(_QUERY.match(text)) and not _INTO.search(text)
