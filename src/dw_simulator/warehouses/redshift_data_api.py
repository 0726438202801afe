"""Redshift through its Data API: statements over HTTPS, no connection to the cluster.

A load is one batch, which the API runs as one transaction; a query runs in a session of the API, for its search path.
Source: Amazon Redshift Management Guide, "Using the Amazon Redshift Data API", and the API's reference.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import boto3
import botocore.config
import pyarrow as pa

from dw_simulator.config.groups import RedshiftSettings
from dw_simulator.config.logins import check_redshift
from dw_simulator.config.settings import Settings
from dw_simulator.errors import LoadCancelled, QueryCancelled, WarehouseError, WarehouseSqlError
from dw_simulator.observability import sql_trace
from dw_simulator.schema import Experiment, Table, Warehouse
from dw_simulator.staging import Credentials, credentials_for
from dw_simulator.warehouses import aws_errors, record, redshift_sql
from dw_simulator.warehouses.base import (
    FETCH_ROWS,
    IncomingFile,
    LoadProgress,
    QueryResult,
    RecordedFile,
    StagedFile,
    TableLoaded,
)
from dw_simulator.warehouses.manifests import manifest_of
from dw_simulator.warehouses.names import literal
from dw_simulator.warehouses.redshift_types import ApiRowConverter

_HERE = Warehouse.REDSHIFT
_BATCH_STATEMENTS = 40
"""The most statements of a batch (API reference, "BatchExecuteStatement")."""
_FIRST_WAIT, _LONGEST_WAIT = 0.02, 2.0
_SESSION_SECONDS = 1800
_ENDED = frozenset({"FINISHED", "FAILED", "ABORTED"})


class RedshiftDataApiAdapter:
    """Redshift, or its emulator, behind the Data API."""

    warehouse = _HERE

    def __init__(self, settings: Settings) -> None:
        check_redshift(settings)
        self._settings = settings
        self._keys = credentials_for(settings.s3)
        self._target = _target(settings.redshift)
        self._session: str | None = None
        self._running: str | None = None
        self._cancelled = threading.Event()
        self._interrupted = threading.Event()
        self._in_session = False
        with self._explained():
            self._client = _client(settings)

    def _explained(self) -> AbstractContextManager[None]:
        return aws_errors.explained("the Redshift Data API", self._settings.redshift)

    def close(self) -> None:
        self._client.close()

    def ping(self) -> None:
        self._rows("SELECT 1")

    # --- statements -----------------------------------------------------------------------------------------------
    def _submit(self, sqls: Sequence[str], *, in_session: bool = False) -> str:
        """Start one statement, or a batch in one transaction; the id to ask for it."""
        target: dict[str, Any] = self._target
        if in_session and self._session is not None:
            target = {"SessionId": self._session}
        elif in_session:
            target = {**self._target, "SessionKeepAliveSeconds": _SESSION_SECONDS}
        sent = [sql_trace.commented(sql) for sql in sqls]
        with self._explained():
            if len(sent) == 1:
                answer = self._client.execute_statement(Sql=sent[0], **target)
            else:
                answer = self._client.batch_execute_statement(Sqls=sent, **target)
        if in_session:
            self._session = answer.get("SessionId")
        self._running = str(answer["Id"])
        return self._running

    def _wait(self, statement: str) -> dict[str, Any]:
        """The description of a statement that has ended well. Raises WarehouseSqlError, LoadCancelled."""
        pause = _FIRST_WAIT
        while True:
            with self._explained():
                found: dict[str, Any] = self._client.describe_statement(Id=statement)
            if found["Status"] in _ENDED:
                break
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_WAIT)
        self._running = None
        if self._interrupted.is_set():
            raise QueryCancelled("the statement in Redshift was stopped")
        if found["Status"] == "FINISHED":
            return found
        self._stop_if_cancelled()
        raise _failure(found)

    def _stop_if_cancelled(self) -> None:
        if self._cancelled.is_set():
            raise LoadCancelled("the load into Redshift was stopped")

    def _run(self, *sqls: str) -> dict[str, Any]:
        with sql_trace.client_span("aws.redshift", sqls[0], self._settings.redshift.address) as span:
            span.set({"db.operation.batch.size": len(sqls)})
            return self._wait(self._submit(sqls))

    def _rows(self, sql: str) -> list[list[Any]]:
        found = self._run(sql)
        return [[_value(field) for field in row] for page in self._pages(found["Id"]) for row in page["Records"]]

    def _pages(self, statement: str) -> Iterator[dict[str, Any]]:
        token: dict[str, str] = {}
        while True:
            with self._explained():
                page: dict[str, Any] = self._client.get_statement_result(Id=statement, **token)
            yield page
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}

    # --- load -----------------------------------------------------------------------------------------------------
    def load(
        self,
        experiment: Experiment,
        files: Mapping[str, Sequence[StagedFile]],
        progress: LoadProgress | None = None,
    ) -> dict[str, int]:
        """See :meth:`Adapter.load`. One batch, so one transaction, which also counts the rows.

        Raises:
            WarehouseError: also when the load needs more statements than the API takes in one transaction.
        """
        began = time.perf_counter()
        counts = {table.name: sum(file.rows for file in files.get(table.name, ())) for table in experiment.tables}
        self._run_in_transaction(experiment, self._load_batch(experiment, files, counts))
        seconds = time.perf_counter() - began
        for name, rows in counts.items():
            if progress is not None:
                progress(TableLoaded(_HERE, name, rows, seconds / len(counts)))
        return counts

    def _run_in_transaction(self, experiment: Experiment, batch: Sequence[str]) -> None:
        if len(batch) > _BATCH_STATEMENTS:
            raise WarehouseError(
                f"the load of experiment {experiment.name!r} takes {len(batch)} statements in one transaction, and the"
                f" Redshift Data API takes {_BATCH_STATEMENTS}",
                hint="set redshift.auth to iam or password, which have no such limit",
            )
        self._stop_if_cancelled()
        self._run(*batch)

    def _load_batch(
        self, experiment: Experiment, files: Mapping[str, Sequence[StagedFile]], counts: Mapping[str, int]
    ) -> list[str]:
        authorization = redshift_sql.copy_authorization(self._settings.redshift, self._keys)
        batch = [redshift_sql.make_schema(experiment.name)]
        batch += redshift_sql.make_tables(experiment, self._present(experiment.name))
        for table in experiment.tables:
            batch += redshift_sql.load_table(experiment, table, files.get(table.name, ()), authorization)
        return [*batch, check_counts(experiment, counts)]

    def append(
        self, experiment: Experiment, table: Table, files: Sequence[IncomingFile], check: Callable[[], None]
    ) -> dict[str, int]:
        """See :meth:`Adapter.append`. One batch, which fails as a whole when another loader was quicker.

        ``check`` is called before the batch: the API commits what it ran at once.
        """
        record.check_name(experiment)
        new = record.missing(table, files, self.recorded(experiment))
        if not new:
            return {}
        if preparing := redshift_sql.prepare_append(experiment, self._present(experiment.name)):
            self._run_in_transaction(experiment, preparing)
        authorization = redshift_sql.copy_authorization(self._settings.redshift, self._keys)
        with manifest_of(self._settings, new) as manifest:
            batch = [
                redshift_sql.lock_record(experiment),
                redshift_sql.check_unrecorded(experiment, table, new),
                *redshift_sql.append_files(experiment, table, new, manifest, authorization),
            ]
            self._stop_if_cancelled()
            check()
            with redshift_sql.counted():
                self._run(*batch)
        return {file.uri: file.rows for file in new}

    def recorded(self, experiment: Experiment) -> list[RecordedFile]:
        """See :meth:`Adapter.recorded`."""
        if record.TABLE not in self._present(experiment.name):
            return []
        return record.read(self._rows(record.select(redshift_sql.record_name(experiment))))

    def cancel(self) -> None:
        """See :meth:`Adapter.cancel`."""
        self._cancelled.set()
        statement = self._running
        if statement is not None:
            with self._explained():
                self._client.cancel_statement(Id=statement)

    def _present(self, experiment: str) -> set[str]:
        return {str(name) for (name,) in self._rows(redshift_sql.list_tables(experiment))}

    # --- query ----------------------------------------------------------------------------------------------------
    def use(self, experiment: str | None) -> None:
        """See :meth:`Adapter.use`."""
        self._in_session = True
        if experiment is not None:
            self._wait(self._submit([redshift_sql.set_schema(experiment)], in_session=True))

    def interrupt(self) -> None:
        """See :meth:`Adapter.interrupt`: the API's own CancelStatement."""
        self._interrupted.set()
        statement = self._running
        if statement is not None:
            with self._explained():
                self._client.cancel_statement(Id=statement)

    def query(self, sql: str, experiment: str | None = None, *, first_rows: int = FETCH_ROWS) -> QueryResult:
        """See :meth:`Adapter.query`. The API keeps the result for a day; pages are fetched as they are read."""
        del first_rows
        if experiment is not None:
            self.use(experiment)
        found = self._wait(self._submit([sql], in_session=self._in_session))
        if not found.get("HasResultSet"):
            return QueryResult((), iter(()), pa.schema([]))
        pages = self._pages(found["Id"])
        first = next(pages)
        rows = _page_rows(first)
        converter = ApiRowConverter(first["ColumnMetadata"], rows)
        return QueryResult(converter.columns, _batches(converter, rows, pages), converter.schema)

    # --- the rest -------------------------------------------------------------------------------------------------
    def _present_tables(self, experiment: Experiment) -> list[Table]:
        present = self._present(experiment.name)
        return [table for table in experiment.tables if redshift_sql.stored_name(table) in present]

    def row_counts(self, experiment: Experiment) -> dict[str, int]:
        tables = self._present_tables(experiment)
        if not tables:
            return {}
        counting = " UNION ALL ".join(
            f"SELECT {index}, COUNT(*) FROM {redshift_sql.full_name(experiment, table)}"
            for index, table in enumerate(tables)
        )
        return {tables[int(index)].name: int(rows) for index, rows in sorted(self._rows(counting))}

    def reset(self, experiment: Experiment) -> None:
        present = self._present(experiment.name)
        tables = [table for table in experiment.tables if redshift_sql.stored_name(table) in present]
        statements = [redshift_sql.empty_table(experiment, table) for table in tables]
        statements += redshift_sql.empty_record(experiment, present)
        if len(statements) > _BATCH_STATEMENTS:
            raise WarehouseError(
                f"experiment {experiment.name!r} has {len(statements)} tables to empty in one transaction, and the"
                f" Redshift Data API takes {_BATCH_STATEMENTS} statements",
                hint="set redshift.auth to iam or password, which have no such limit",
            )
        if statements:
            self._run(*statements)

    def drop(self, experiment: str) -> int:
        present = self._present(experiment) - {record.TABLE}
        self._run(redshift_sql.drop_schema(experiment))
        return len(present)


def check_counts(experiment: Experiment, counts: Mapping[str, int]) -> str:
    """A statement that fails, with a text that says why, when a table does not hold as many rows as were staged.

    It must fail within the transaction of the load, and a batch knows no conditions: the text of a wrong count is cast
    to a number, which the error then names.
    """
    checks = " UNION ALL ".join(
        f"SELECT {literal(f'table {table.name}: {counts[table.name]} {_COUNTING}')}"
        f" || CAST(n AS VARCHAR) || ' after COPY' AS problem"
        f" FROM (SELECT COUNT(*) AS n FROM {redshift_sql.full_name(experiment, table)}) AS c"
        f" WHERE n <> {counts[table.name]}"
        for table in experiment.tables
    )
    return f"SELECT CAST(COALESCE(MIN(problem), '0') AS INTEGER) FROM ({checks}) AS problems"


def _client(settings: Settings) -> Any:
    redshift, s3 = settings.redshift, settings.s3
    keys: dict[str, str | None] = {}
    if redshift.profile is None and s3.credentials == "static":
        found: Credentials = credentials_for(s3)()
        keys = {
            "aws_access_key_id": found.access_key,
            "aws_secret_access_key": found.secret_key,
            "aws_session_token": found.session_token,
        }
    session = boto3.Session(profile_name=redshift.profile, region_name=redshift.region or s3.region, **keys)
    config = botocore.config.Config(
        connect_timeout=5,
        read_timeout=60,
        retries={"mode": "standard", "max_attempts": 3},
        user_agent_extra="dw-simulator",
    )
    return session.client("redshift-data", endpoint_url=redshift.endpoint_url, config=config)


def _target(settings: RedshiftSettings) -> dict[str, Any]:
    """Where a statement runs, and as whom: a secret's login, a database user, or the IAM identity itself."""
    chosen = {
        "Database": settings.database,
        "ClusterIdentifier": settings.cluster_identifier,
        "WorkgroupName": settings.serverless_work_group,
        "DbUser": settings.db_user,
        "SecretArn": settings.secret_arn,
    }
    return {name: value for name, value in chosen.items() if value is not None}


_COUNTING = "rows are staged but Redshift holds "
_COUNT_PROBLEM = re.compile(rf'(?:"|context: +)(table .*{_COUNTING}\d+ after COPY)')


def _failure(found: Mapping[str, Any]) -> WarehouseError:
    failed = [part for part in found.get("SubStatements", ()) if part.get("Error")]
    part = failed[0] if failed else found
    message = part.get("Error") or f"the statement was {found['Status'].lower()}"
    if _COUNTING in part.get("QueryString", ""):
        counted = _COUNT_PROBLEM.search(message)
        return WarehouseError(
            counted[1] if counted else f"after COPY Redshift holds another number of rows than are staged: {message}"
        )
    return WarehouseSqlError(f"Redshift: {message.removeprefix('ERROR: ')}")


def _value(field: Mapping[str, Any]) -> Any:
    """The one value of a field; None for NULL."""
    if field.get("isNull"):
        return None
    return next(iter(field.values()))


def _page_rows(page: Mapping[str, Any]) -> list[list[Any]]:
    return [[_value(field) for field in row] for row in page["Records"]]


def _batches(
    converter: ApiRowConverter, first: list[list[Any]], pages: Iterator[dict[str, Any]]
) -> Iterator[pa.RecordBatch]:
    if first:
        yield converter.batch(first)
    for page in pages:
        rows = _page_rows(page)
        if rows:
            yield converter.batch(rows)
