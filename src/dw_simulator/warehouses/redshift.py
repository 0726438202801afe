"""Redshift through redshift_connector: one transaction a load, cursors for queries."""

from __future__ import annotations

import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import pyarrow as pa
import redshift_connector

from dw_simulator.config.groups import AUTO, RedshiftSettings, S3Settings
from dw_simulator.config.logins import check_redshift
from dw_simulator.config.settings import Settings
from dw_simulator.config.trust import redshift_arguments, tls_problem
from dw_simulator.errors import (
    LoadCancelled,
    QueryCancelled,
    ServiceUnavailable,
    WarehouseError,
    WarehouseSqlError,
)
from dw_simulator.observability import sql_trace, tracing
from dw_simulator.schema import Experiment, Table, Warehouse
from dw_simulator.staging import credentials_for
from dw_simulator.warehouses import record, redshift_sql
from dw_simulator.warehouses.base import (
    FETCH_ROWS,
    IncomingFile,
    LoadProgress,
    QueryResult,
    RecordedFile,
    StagedFile,
    TableLoaded,
    loading,
    place_of,
)
from dw_simulator.warehouses.manifests import manifest_of
from dw_simulator.warehouses.redshift_types import VARBYTE_OID, RowConverter, has_unscaled_number

_HERE = Warehouse.REDSHIFT
_CURSOR = "dw_simulator_result"
_DECLARE = f"DECLARE {_CURSOR} CURSOR FOR "
_TEXT_FORMAT = 0


class RedshiftAdapter:
    """One connection to Redshift or its emulator."""

    warehouse = _HERE

    def __init__(self, settings: Settings) -> None:
        check_redshift(settings)
        self._settings = settings
        self._address = settings.redshift.address
        self._keys = credentials_for(settings.s3)
        self._has_result = False
        self._own_transaction = False
        self._cancelled = threading.Event()
        self._interrupted = threading.Event()
        self._process: int | None = None
        self._is_loading = False
        self._connection: Any = None
        with self._explained(), _aws_explained(settings.redshift):
            self._connection = self._connect()

    def _connect(self) -> redshift_connector.Connection:
        server = self._settings.redshift
        connection = redshift_connector.connect(
            database=server.database,
            application_name=_application_name(),
            **redshift_arguments(self._settings),
            **_address(server),
            **_login(server, self._settings.s3),
        )
        connection.paramstyle = "qmark"
        connection.redshift_types[VARBYTE_OID] = (_TEXT_FORMAT, _read_varbyte)
        return connection

    @contextmanager
    def _explained(self, sql: str = "") -> Iterator[None]:
        """Turn the driver's errors into ours. ``sql``: the statement that their positions count in."""
        try:
            yield
        except redshift_connector.Error as error:
            if self._interrupted.is_set():
                raise _interrupted() from error
            raise self._translate(error, sql) from error
        except UnicodeDecodeError as error:
            self.close()  # the driver stopped in the middle of the answer
            raise WarehouseError(f"Redshift sent text that is not UTF-8: {error}") from error
        except KeyError as error:  # a message type that the driver does not know
            self.close()
            reason = "what listens there does not speak Redshift's protocol"
            raise ServiceUnavailable("redshift", self._address, reason=reason) from error
        except (OSError, struct.error, IndexError) as error:  # what the driver lets through when the peer goes away
            raise self._unavailable(error) from error

    def _unavailable(self, error: BaseException) -> ServiceUnavailable:
        problem = tls_problem(error, self._settings.redshift.ca_file)
        reason, hint = problem or (str(error) or type(error).__name__, None)
        return ServiceUnavailable("redshift", self._address, reason=reason, hint=hint)

    def _translate(self, error: redshift_connector.Error, sql: str) -> Exception:
        fields = error.args[0] if error.args and isinstance(error.args[0], dict) else None
        if fields is None:
            for part in error.args:
                if isinstance(part, ssl.SSLError):
                    return self._unavailable(part)
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
                hint=fields.get("H") or "check DW_SIMULATOR_REDSHIFT_USER and DW_SIMULATOR_REDSHIFT_PASSWORD",
            )
        text = f"Redshift: {message}" + (f"\n{detail}" if detail else "")
        position = str(fields.get("P", ""))
        line, column = (None, None)
        if sql and position.isdecimal():
            line, column = place_of(sql, int(position) - 1)
        return WarehouseSqlError(text, warehouse_code=code, hint=fields.get("H"), line=line, column=column)

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
        if self._interrupted.is_set():
            raise _interrupted()
        with sql_trace.client_span("aws.redshift", sql, self._address), self._explained(sql):
            cursor = self._connection.cursor()
            cursor.execute(sql_trace.commented(sql))
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
        self._begin_load()
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
        self._run(redshift_sql.make_schema(experiment.name))
        for statement in redshift_sql.make_tables(experiment, self._present(experiment.name)):
            self._run(statement)
        for table in experiment.tables:
            self._stop_if_cancelled()
            began = time.perf_counter()
            with loading(table.name) as span:
                counts[table.name] = self._load_table(experiment, table, files.get(table.name, ()))
                span.set({"dw_simulator.rows": counts[table.name]})
            if progress is not None:
                progress(TableLoaded(_HERE, table.name, counts[table.name], time.perf_counter() - began))
        self._stop_if_cancelled()
        return counts

    def append(
        self, experiment: Experiment, table: Table, files: Sequence[IncomingFile], check: Callable[[], None]
    ) -> dict[str, int]:
        """See :meth:`Adapter.append`. The record is locked until the commit, so two loaders never load one file."""
        record.check_name(experiment)
        self._begin_load()
        try:
            with self._transaction():
                for statement in redshift_sql.prepare_append(experiment, self._present(experiment.name)):
                    self._run(statement)
            with self._transaction():
                self._run(redshift_sql.lock_record(experiment))
                new = record.missing(table, files, self._read_record(experiment))
                if new:
                    self._copy_new(experiment, table, new)
                    check()
                self._stop_if_cancelled()
        except WarehouseSqlError as error:
            self._stop_if_cancelled(error)
            raise
        return {file.uri: file.rows for file in new}

    def _copy_new(self, experiment: Experiment, table: Table, files: Sequence[IncomingFile]) -> None:
        authorization = redshift_sql.copy_authorization(self._settings.redshift, self._keys)
        with manifest_of(self._settings, files) as manifest:
            for statement in redshift_sql.append_files(experiment, table, files, manifest, authorization):
                self._stop_if_cancelled()
                with redshift_sql.counted():
                    self._run(statement)

    def recorded(self, experiment: Experiment) -> list[RecordedFile]:
        """See :meth:`Adapter.recorded`."""
        self._connection.autocommit = True
        return self._read_record(experiment) if record.TABLE in self._present(experiment.name) else []

    def _read_record(self, experiment: Experiment) -> list[RecordedFile]:
        return record.read(self._rows(record.select(redshift_sql.record_name(experiment))))

    def cancel(self) -> None:
        """See :meth:`Adapter.cancel`. A statement that runs is cancelled from a connection of its own."""
        self._cancelled.set()
        if self._is_loading:
            self._cancel_statement()

    def _begin_load(self) -> None:
        self._learn_process()
        self._is_loading = True

    def _learn_process(self) -> None:
        """Learn the process of this connection, by which another one can cancel what runs here."""
        if self._process is None:
            self._process = int(self._rows("SELECT pg_backend_pid()")[0][0])

    def _cancel_statement(self) -> None:
        other = RedshiftAdapter(self._settings)
        try:
            other._rows(f"SELECT pg_cancel_backend({self._process})")
        finally:
            other.close()

    def _stop_if_cancelled(self, cause: Exception | None = None) -> None:
        if self._cancelled.is_set():
            raise LoadCancelled("the load into Redshift was stopped") from cause

    def _present(self, experiment: str) -> set[str]:
        return {str(name) for (name,) in self._rows(redshift_sql.list_tables(experiment))}

    def _load_table(self, experiment: Experiment, table: Table, files: Sequence[StagedFile]) -> int:
        authorization = redshift_sql.copy_authorization(self._settings.redshift, self._keys) if files else ""
        for statement in redshift_sql.load_table(experiment, table, files, authorization):
            self._run(statement)
        loaded = int(self._rows(redshift_sql.count_rows(experiment, table))[0][0])
        staged = sum(file.rows for file in files)
        if loaded != staged:
            raise redshift_sql.wrong_count(table, staged, loaded)
        return loaded

    # --- query ----------------------------------------------------------------------------------------------------
    def use(self, experiment: str | None) -> None:
        """See :meth:`Adapter.use`."""
        self._end_result()
        self._connection.autocommit = True
        self._learn_process()
        if experiment is not None:
            self._run(redshift_sql.set_schema(experiment))

    def interrupt(self) -> None:
        """See :meth:`Adapter.interrupt`: pg_cancel_backend, from a connection of its own."""
        self._interrupted.set()
        if self._process is not None:
            self._cancel_statement()

    def query(self, sql: str, experiment: str | None = None, *, first_rows: int = FETCH_ROWS) -> QueryResult:
        """See :meth:`Adapter.query`. SELECT goes through a cursor: the driver would keep all rows otherwise.

        A connection has one result at a time: a new query ends an earlier result that was not read to its end.
        """
        self._end_result()
        self._connection.autocommit = True
        if experiment is not None:
            self._run(redshift_sql.set_schema(experiment))
        if redshift_sql.returns_rows(sql):
            return self._through_cursor(sql, min(first_rows, FETCH_ROWS))
        cursor = self._run(sql)
        description = (cursor.ps or {}).get("row_desc") or []
        if not description:
            return QueryResult((), iter(()), pa.schema([]))
        with self._explained():
            rows = list(cursor.fetchall())
        converter = RowConverter(description, rows)
        batches = iter([converter.batch(rows)] if rows else [])
        return QueryResult(converter.columns, batches, converter.schema)

    def _through_cursor(self, sql: str, first_rows: int) -> QueryResult:
        self._own_transaction = not self._connection.in_transaction
        self._connection.autocommit = False
        try:
            self._declare(sql.strip().rstrip(";"))
            cursor, rows = self._fetch(first_rows)
            described = cursor.ps["row_desc"]
            if len(rows) == first_rows < FETCH_ROWS and has_unscaled_number(described):
                rows += self._fetch(FETCH_ROWS)[1]  # their scale is judged by the values
                first_rows = FETCH_ROWS + first_rows
            converter = RowConverter(described, rows)
        except BaseException:
            if self._own_transaction:
                self._rollback()
            raise
        self._has_result = True
        batches = self._batches(converter, rows, first_rows)
        return QueryResult(converter.columns, batches, converter.schema, self._end_result)

    def _declare(self, sql: str) -> None:
        try:
            self._run(_DECLARE + sql)
        except WarehouseSqlError as error:
            if error.line == 1 and error.column is not None:
                error.column = max(error.column - len(_DECLARE), 1)
            raise

    def _end_result(self) -> None:
        """End the transaction of a result; one that the user began goes on, without the cursor."""
        if self._has_result:
            self._has_result = False
            if self._own_transaction or self._interrupted.is_set():
                self._rollback()
            else:
                self._run(f"CLOSE {_CURSOR}")

    def _fetch(self, wanted: int) -> tuple[redshift_connector.Cursor, list[Sequence[Any]]]:
        cursor = self._run(f"FETCH FORWARD {wanted} FROM {_CURSOR}")
        with self._explained():
            return cursor, list(cursor.fetchall())

    def _batches(self, converter: RowConverter, rows: list[Sequence[Any]], wanted: int) -> Iterator[pa.RecordBatch]:
        while rows:
            yield converter.batch(rows)
            if len(rows) < wanted:
                return
            wanted = FETCH_ROWS
            _, rows = self._fetch(wanted)

    # --- the rest -------------------------------------------------------------------------------------------------
    def row_counts(self, experiment: Experiment) -> dict[str, int]:
        self._connection.autocommit = True
        present = self._present(experiment.name)
        return {
            table.name: int(self._rows(redshift_sql.count_rows(experiment, table))[0][0])
            for table in experiment.tables
            if redshift_sql.stored_name(table) in present
        }

    def reset(self, experiment: Experiment) -> None:
        with self._transaction():
            present = self._present(experiment.name)
            for statement in redshift_sql.empty_record(experiment, present):
                self._run(statement)
            for table in experiment.tables:
                if redshift_sql.stored_name(table) in present:
                    self._run(redshift_sql.empty_table(experiment, table))

    def drop(self, experiment: str) -> int:
        with self._transaction():
            present = self._present(experiment) - {record.TABLE}
            self._run(redshift_sql.drop_schema(experiment))
        return len(present)


def _interrupted() -> QueryCancelled:
    return QueryCancelled("the statement in Redshift was stopped")


def _read_varbyte(data: bytes, position: int, length: int) -> bytes:
    """VARBYTE comes as hex digits; the driver's own reader takes only what is UTF-8 text."""
    return bytes.fromhex(data[position : position + length].decode("ascii"))


def _aws_explained(settings: RedshiftSettings) -> AbstractContextManager[None]:
    """The errors of AWS, where the driver asks it for credentials."""
    if settings.auth != "iam":
        return nullcontext()
    from dw_simulator.warehouses import aws_errors

    return aws_errors.explained("AWS", settings)


def _address(settings: RedshiftSettings) -> dict[str, Any]:
    """Without a host the driver asks AWS for the address of the cluster or workgroup."""
    return {} if settings.host == AUTO else {"host": settings.host, "port": settings.port}


def _login(settings: RedshiftSettings, s3: S3Settings) -> dict[str, Any]:
    """With IAM the driver gets temporary credentials of the database from AWS.

    Cluster: GetClusterCredentials for ``db_user``, GetClusterCredentialsWithIAM for the IAM identity itself
    (``group_federation``). Serverless: GetCredentials.
    """
    if settings.auth == "password":
        return {"user": settings.user, "password": settings.password.get_secret_value()}
    chosen: dict[str, Any] = {
        "iam": True,
        "iam_disable_cache": True,  # its key knows neither region nor endpoint, and a restarted emulator forgets
        "region": settings.region or s3.region,
        "endpoint_url": settings.endpoint_url,
        "profile": settings.profile,
    }
    if settings.profile is None and s3.credentials == "static":
        keys = credentials_for(s3)()
        chosen["access_key_id"], chosen["secret_access_key"] = keys.access_key, keys.secret_key
        chosen["session_token"] = keys.session_token
    if settings.serverless_work_group is not None:
        chosen["is_serverless"] = True
        chosen["serverless_work_group"] = settings.serverless_work_group
        chosen["serverless_acct_id"] = settings.serverless_acct_id
    else:
        chosen["cluster_identifier"] = settings.cluster_identifier
        chosen["db_user"] = settings.db_user
        chosen["group_federation"] = settings.db_user is None
    return {name: value for name, value in chosen.items() if value is not None}


def _application_name() -> str:
    """With the trace of the connection: for what the driver itself runs (BEGIN, COMMIT), to which nothing is added."""
    traceparent = tracing.current_traceparent()
    return "dw-simulator" if traceparent is None else f"dw-simulator traceparent={traceparent}"
