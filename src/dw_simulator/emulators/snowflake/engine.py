"""The engine: one statement in, one result out. Wires parser, binder, catalog, statement handlers and DuckDB."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from dw_simulator.config import S3Settings
from dw_simulator.emulators.snowflake import commands, errors, flow, functions, staged_binds
from dw_simulator.emulators.snowflake.backend import Backend, Connection
from dw_simulator.emulators.snowflake.catalog import grants, versions
from dw_simulator.emulators.snowflake.catalog.bootstrap import bootstrap
from dw_simulator.emulators.snowflake.catalog.store import CREATE_SQL
from dw_simulator.emulators.snowflake.commands import alert_runs, dynamic_refreshes, pipes, registry, task_runs, tasks
from dw_simulator.emulators.snowflake.copy import history, pipe_queue
from dw_simulator.emulators.snowflake.copy.load_queries import LoadQueries
from dw_simulator.emulators.snowflake.copy.queries import FileQueries
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.interfaces import Bind
from dw_simulator.emulators.snowflake.logical import bind_value, output_columns, shaped
from dw_simulator.emulators.snowflake.object_engine import SCHEDULED_KINDS, ObjectEngine
from dw_simulator.emulators.snowflake.programs import calls
from dw_simulator.emulators.snowflake.protocol.snowpipe import FileEvent
from dw_simulator.emulators.snowflake.query_log import QueryRecord
from dw_simulator.emulators.snowflake.results import ResultColumn, Reuse, StatementResult, StatementType
from dw_simulator.emulators.snowflake.reuse import reuse_of, shaping_parameters
from dw_simulator.emulators.snowflake.scheduler import Scheduler
from dw_simulator.emulators.snowflake.scripting import owners_rights, procedures
from dw_simulator.emulators.snowflake.scripting.failures import ScriptError
from dw_simulator.emulators.snowflake.session_state import SessionState
from dw_simulator.emulators.snowflake.session_values import SessionContext, SessionVariables
from dw_simulator.emulators.snowflake.sessions import Session
from dw_simulator.emulators.snowflake.stages import registered
from dw_simulator.emulators.snowflake.stages.options import folded_names
from dw_simulator.emulators.snowflake.translation.binder import Binder
from dw_simulator.emulators.snowflake.translation.environment import Environment
from dw_simulator.emulators.snowflake.translation.grouped import name_reference
from dw_simulator.emulators.snowflake.translation.nodes import Query
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.scope import BoundQuery, OutputColumn
from dw_simulator.emulators.snowflake.translation.text import identifier
from dw_simulator.emulators.snowflake.translation.typing import NULL_TYPE, Typed
from dw_simulator.emulators.snowflake.translation_cache import TranslationCache, TranslationKey, translation_key
from dw_simulator.emulators.snowflake.types import model as m

commands.load()
functions.load()

QUERY_WORDS = ("SELECT", "WITH", "VALUES")

_DESCRIBED_BY_RUNNING = frozenset(
    {
        "SHOW",
        "DESCRIBE",
        "DESC",
        "LIST",
        "LS",
        "INSERT",
        "UPDATE",
        "DELETE",
        "MERGE",
        "COPY",
        "PUT",
        "GET",
        "CALL",
        "BEGIN",
        "DECLARE",
    }
)
"""Statements that change nothing, or see to it themselves, when the client only wants to know their columns."""


class Engine(ObjectEngine):
    """Executes statements over one DuckDB file. See ``interfaces.Engine`` for the contract."""

    def __init__(
        self, backend: Backend, state_dir: Path, s3: S3Settings | None = None, python: str | None = None
    ) -> None:
        super().__init__(backend, state_dir, s3, python)
        self.cancel_session: Callable[[int], int] | None = None
        self.cancel_query: Callable[[str], bool] | None = None
        self.catalog.row_counter = self.count_rows
        self.catalog.next_value = self.next_value
        self.catalog.loads = self.loads
        self.catalog.packages = self.programs.packages
        self.scheduler = Scheduler(
            [
                lambda at: dynamic_refreshes.run_due(self, at),
                lambda at: pipes.run_due(self, at),
                lambda at: task_runs.run_due(self, at),
                lambda at: alert_runs.run_due(self, at),
            ]
        )
        self.pipe_errors: dict[int, str] = {}
        """Why pipes cannot load, by their ids."""
        self._running: dict[str, Connection] = {}
        self._running_in: dict[str, int] = {}
        self._cancelled: set[str] = set()
        self._guard = threading.Lock()
        self._translations = TranslationCache()

    def close(self) -> None:
        self.scheduler.stop()
        super().close()

    @classmethod
    def open(cls, state_dir: Path, memory_limit: str | None = None, s3: S3Settings | None = None) -> Engine:
        """Open (or make) the engine's files under ``state_dir``. ``s3`` is where external stages lie."""
        return cls.over(Backend(state_dir, memory_limit), state_dir, s3)

    @classmethod
    def over(cls, backend: Backend, state_dir: Path, s3: S3Settings | None = None, python: str | None = None) -> Engine:
        """The engine over the data file under ``state_dir``, which is open. ``python`` is the interpreter of handlers
        in Python (default: this one)."""
        engine = cls(backend, state_dir, s3, python)
        kinds = (CREATE_SQL, versions.CREATE_SQL, history.CREATE_SQL, registered.CREATE_SQL, pipe_queue.CREATE_SQL)
        # One transaction: each commit of its own would wait for the disk.
        for sql in ("BEGIN TRANSACTION", *chain.from_iterable(kinds), "COMMIT"):
            engine.system.run(sql)
        rows: Any = engine.system.run("SELECT id, kind, database, schema, name, payload FROM _dw.objects")
        engine.catalog.load(rows)
        bootstrap(engine)
        if any(next(engine.catalog.entries(kind), None) is not None for kind in SCHEDULED_KINDS):
            engine.scheduler.poke()
        return engine

    # --- sessions -----------------------------------------------------------------------------------------------------
    def cancel(self, query_id: str) -> None:
        with self._guard:
            connection = self._running.get(query_id)
            session_id = self._running_in.get(query_id)
            if connection is not None:
                self._cancelled.add(query_id)
                connection.interrupt()
        if session_id is not None:
            self.programs.cancel(session_id)

    # --- statements ---------------------------------------------------------------------------------------------------
    def execute(
        self,
        session: Session,
        sql: str,
        *,
        binds: Sequence[Bind] | None,
        query_id: str,
        describe_only: bool = False,
        bind_stage: str = "",
        sent: str = "",
    ) -> StatementResult:
        state = self.state(session)
        state.connection.rearm()
        while state.reading:
            state.connection.unregister(state.reading.pop())
        with self._guard:
            self._running[query_id] = state.connection
            self._running_in[query_id] = session.id
        record = None if describe_only else self.catalog.query_log.begin(session, sent or sql, query_id)
        try:
            state.connection.see_committed()
            if bind_stage:
                binds = staged_binds.read(self, session, state, sql, bind_stage, query_id)
            result = self._dispatch(session, state, sql, binds or (), query_id, describe_only)
        except RecursionError:
            self._finish(query_id, session, state, record)
            raise errors.SnowflakeError(
                1003, "42000", "SQL compilation error:\nstatement is nested too deeply"
            ) from None
        except SnowflakeError as error:
            if record is not None:
                record.error = SnowflakeError(error.errno, error.sqlstate, error.message)
            self._finish(query_id, session, state, record)
            raise
        changed = sum(result.row_counts.values()) if result.row_counts else None
        if record is not None and changed is not None:
            record.rows = changed
        result.batches = self._watched(result.batches, query_id, session, state, record, changed is None)
        return result

    def _watched(
        self,
        batches: Any,
        query_id: str,
        session: Session,
        state: SessionState,
        record: QueryRecord | None,
        counts: bool,
    ) -> Iterator[pa.RecordBatch]:
        """The batches as they are; the rows of those that are no counts of changed rows are counted."""
        try:
            for batch in batches:
                if record is not None and counts:
                    record.rows += batch.num_rows
                yield batch
        except SnowflakeError as error:
            if record is not None:
                record.error = SnowflakeError(error.errno, error.sqlstate, error.message)
            raise
        finally:
            self._finish(query_id, session, state, record)

    def _finish(self, query_id: str, session: Session, state: SessionState, record: QueryRecord | None) -> None:
        if record is not None:
            record.ended = time.time()
        with self._guard:
            self._running.pop(query_id, None)
            self._running_in.pop(query_id, None)
            self._cancelled.discard(query_id)
        session.in_transaction = state.connection.in_transaction

    def _dispatch(
        self, session: Session, state: SessionState, sql: str, binds: Sequence[Bind], query_id: str, describe: bool
    ) -> StatementResult:
        state.references = {}
        cached = None if binds or state.shadows_tables else self._translations.get(self._key(session, sql))
        if cached is not None:
            return self._run_query(session, state, cached, describe, lambda: self._wide(session, state, sql))
        statements = flow.chained(sql)
        if len(statements) > 1:

            def execute(text: str, own: Sequence[Bind]) -> StatementResult:
                return self._dispatch(session, state, text, own, query_id, describe)

            return flow.run(state, statements, binds, execute)
        parser = Parser(sql, fold_quoted=session.parameters.flag("QUOTED_IDENTIFIERS_IGNORE_CASE"))
        while parser.accept_op(";"):
            pass
        if parser.at_end():
            raise errors.EMPTY_STATEMENT()
        if (parser.is_word(*QUERY_WORDS) and not registry.is_anonymous_procedure(parser)) or parser.is_op("("):
            return self._query(session, state, sql, parser, binds, query_id, describe)
        found = registry.find(parser)
        if found is None:
            return self._unknown(parser)
        words, handler = found
        if words[0] != "INSERT":
            staged_binds.refuse_arrays(binds, words[0])
        if describe and words[0] not in _DESCRIBED_BY_RUNNING:
            return StatementResult.rows([ResultColumn("status", m.text())], [], StatementType.DDL)
        if state.owners:
            owners_rights.check(words)
        at = parser.at
        run = registry.Run(
            self, session, state, sql, parser, query_id, " ".join(words), binds=tuple(binds), describe_only=describe
        )
        try:
            result = self._handled(run, handler)
        except SnowflakeError as error:
            if error.errno != errors.NUMBER_OUT_OF_RANGE.errno or isinstance(error, ScriptError):
                raise
            result = self._again_wide(run, handler, at)
        result.bind_count = result.bind_count or parser.binds
        result.reuse = Reuse.NEVER  # it may be that of a query inside, whose text comes from elsewhere
        return result

    def _again_wide(self, run: registry.Run, handler: registry.Handler, at: int) -> StatementResult:
        """The statement once more, with 128-bit integers in its expressions and in the tables it changes."""
        for entry in run.targets:
            for column in entry.columns:
                if column.type.name == "FIXED" and not column.type.scale and (column.type.precision or 38) > 18:
                    for table in versions.tables_of(entry):
                        sql = f"ALTER TABLE {table} ALTER COLUMN {identifier(column.key)} TYPE HUGEINT"
                        run.state.connection.change(sql)
        run.parser.at, run.parser.binds, run.targets, run.state.wide = at, 0, [], True
        try:
            return self._handled(run, handler)
        finally:
            run.state.wide = False

    def _handled(self, run: registry.Run, handler: registry.Handler) -> StatementResult:
        """What the handler does; the transaction that it opened for itself is ended."""
        try:
            result = handler(run)
        except SnowflakeError as error:
            if run.own_transaction:
                run.own_transaction = False
                self.rollback(run.state)
            name_reference(error, run.state.references)
            raise
        if run.own_transaction:
            self.commit(run.state)
        return result

    def statement(self, session: Session, state: SessionState, sql: str, query_id: str) -> StatementResult:
        """A statement inside the one that is running."""
        return self._dispatch(session, state, sql, (), query_id, False)

    def check_syntax(self, session: Session, sql: str) -> None:
        parser = Parser(sql, fold_quoted=session.parameters.flag("QUOTED_IDENTIFIERS_IGNORE_CASE"))
        if not parser.is_word(*QUERY_WORDS) and not parser.is_op("(") and registry.find(parser) is None:
            self._unknown(parser)

    def _unknown(self, parser: Parser) -> StatementResult:
        word = parser.token.value
        if word in registry.KNOWN_UNSUPPORTED:
            raise errors.UNSUPPORTED_FEATURE(word)
        if (
            word in ("CREATE", "ALTER", "DROP", "UNDROP", "DESCRIBE", "DESC", "EXECUTE")
            and parser.ahead().kind == "word"
        ):
            raise errors.UNSUPPORTED_FEATURE(registry.feature(parser))
        parser.fail()

    # --- queries ------------------------------------------------------------------------------------------------------
    def _query(
        self,
        session: Session,
        state: SessionState,
        sql: str,
        parser: Parser,
        binds: Sequence[Bind],
        query_id: str,
        describe: bool,
    ) -> StatementResult:
        del query_id
        staged_binds.refuse_arrays(binds, "SELECT")
        query = parser.query()
        parser.expect_end()
        env = self.environment(session, state, binds)
        env.describing = describe
        env.hints["statement"] = sql
        bound = Binder(env, sql).query(query)
        bound.reuse = reuse_of(query, env, self.catalog)
        bound.references = env.references
        if not env.volatile and not binds and not state.shadows_tables:
            self._translations.put(self._key(session, sql), bound)
        result = self._run_query(session, state, bound, describe, lambda: self._wide(session, state, sql, binds))
        result.bind_count = parser.binds
        return result

    def _wide(self, session: Session, state: SessionState, sql: str, binds: Sequence[Bind] = ()) -> BoundQuery:
        """The same query with integer arithmetic in 128 bits: tried when 64 bits were too few."""
        env = self.environment(session, state, binds)
        env.wide_integers = True
        env.hints["statement"] = sql
        binder = Binder(env, sql)
        return binder.query(binder.parser(sql).query())

    def _run_query(
        self,
        session: Session,
        state: SessionState,
        bound: BoundQuery,
        describe: bool,
        wide: Callable[[], BoundQuery] | None = None,
    ) -> StatementResult:
        columns = output_columns(result_columns(bound.columns), session.parameters)
        if describe:
            state.connection.types(bound.sql)
            return StatementResult(columns, [], StatementType.SELECT)
        try:
            _, batches = state.connection.stream(bound.sql)
            first = next(batches, None)
        except SnowflakeError as error:
            if error.errno != errors.NUMBER_OUT_OF_RANGE.errno or wide is None:
                name_reference(error, bound.references)
                raise
            _, batches = state.connection.stream(wide().sql)
            first = next(batches, None)
        chained = _chain(first, batches)
        rows = shaped(chained, columns, session.parameters)
        return StatementResult(columns, rows, StatementType.SELECT, reuse=bound.reuse)

    def one_value(self, session: Session, state: SessionState, name: str, value: Typed) -> StatementResult:
        """A result of one row with one value."""
        bound = BoundQuery(f"SELECT {value.sql} AS v", [OutputColumn(name, value.type, "v")])
        return self._run_query(session, state, bound, False)

    def bind_query(self, run: registry.Run, query: Query, *, sql: str | None = None) -> BoundQuery:
        """A query inside another statement (CREATE TABLE AS, INSERT … SELECT)."""
        return self.binder(run, sql).query(query)

    def binder(self, run: registry.Run, sql: str | None = None) -> Binder:
        """A binder for the statement being run."""
        env = self.environment(run.session, run.state, run.binds)
        env.sources = run.sources
        env.describing = run.describe_only
        env.hints["statement"] = run.sql
        return Binder(env, sql or run.sql)

    # --- the cache of translations ------------------------------------------------------------------------------------
    def _key(self, session: Session, sql: str) -> TranslationKey:
        return translation_key(session, sql, self.catalog.version, by_role=self.enforces_grants)

    def reuse_key(self, session: Session, sql: str) -> TranslationKey:
        return self._key(session, sql)

    def unchanged_key(self, session: Session, sql: str) -> TranslationKey | None:
        state = session.engine_state
        if session.in_transaction or not session.parameters.flag("AUTOCOMMIT"):
            return None
        if not isinstance(state, SessionState) or state.shadows_tables:
            return None
        shaping = session.parameters.derived(shaping_parameters)
        return *self._key(session, sql), shaping, self.backend.changes.count

    def reused(self, session: Session, sql: str, query_id: str, rows: int) -> None:
        record = self.catalog.query_log.begin(session, sql, query_id)
        record.rows, record.ended = rows, time.time()

    # --- binding ------------------------------------------------------------------------------------------------------
    def environment(self, session: Session, state: SessionState, binds: Sequence[Bind] = ()) -> Environment:
        env = Environment(
            catalog=self.session_catalog(session, state),
            database=session.database,
            schema=session.schema,
            parameter=session.parameters.__getitem__,
            variables={},
            binds={
                **(state.variables or {}),
                **{bind.name: bind_value(bind) for bind in binds if bind.array is None},
            },
            now=dt.datetime.now(ZoneInfo(str(session.parameters["TIMEZONE"]))),
        )
        env.references = state.references
        env.variables = SessionVariables(session, env)
        env.context = SessionContext(session, env)
        env.query_ids = session.last_query_id
        env.evaluate = state.connection.run
        catalog = self.session_catalog(session, state)
        env.hints["loads"] = LoadQueries(catalog, state.connection, state.last_copies)
        env.hints["files"] = FileQueries(self.stages, catalog, session, state.connection, state.reading, state.listed)
        env.hints["session_roles"] = lambda: grants.role_names(self.catalog, self.session_roles(session))
        env.hints["pipe_status"] = lambda entry: pipes.status(self, entry)
        env.hints["resume_tasks"] = lambda root: task_runs.resume_graph(self, root)
        env.hints["task"], env.hints["alert"] = state.task, state.alert
        env.hints["next_alert_run"] = lambda entry: alert_runs.due(self, entry)
        env.hints["task_rows"] = partial(tasks.dependents, self.catalog)
        env.hints["task_after"] = task_runs.after
        env.hints["task_version"] = lambda entry: task_runs.version(self, entry)
        env.hints["next_task_run"] = lambda entry: task_runs.due(self, entry)
        env.hints["resume_pipe"] = lambda entry: pipes.resume(self, entry)
        env.hints["login_failures"] = self.login_failures
        env.hints[calls.HINT] = calls.SessionPrograms(self.programs, self.stages, catalog, session.id, session.user)
        env.hints["procedure"] = partial(procedures.rows_of_call, self, session, state)
        env.hints["wait"] = state.connection.wait
        env.hints["piped"] = state.piped
        env.hints["cancel_session"] = self.cancel_session
        env.hints["check_cancels"] = partial(self.check_cancels, session, state)
        env.hints["cancel_query"] = self.cancel_query
        env.wide_integers = state.wide
        env.result_columns = lambda query_id: self.result_scan(session, state, query_id)
        return env

    def result_scan(self, session: Session, state: SessionState, query_id: str) -> tuple[str, list[ResultColumn]]:
        """(relation, columns) of an earlier result; its columns are c0, c1 … Raises SnowflakeError 000709."""
        if query_id in state.script_results:
            columns, batches = map(list, state.script_results[query_id])
        elif session.results is None:
            raise errors.RESULT_NOT_FOUND(query_id)
        else:
            columns, batches = list(session.results.columns(query_id)), list(session.results.batches(query_id))
        names = [f"c{index}" for index in range(len(columns))]
        from dw_simulator.emulators.snowflake.logical import to_physical

        table = to_physical(batches, columns, names)
        state.results += 1
        name = f"result_{id(state)}_{state.results}"
        state.connection.register(name, table)
        state.reading.append(name)
        return identifier(name), columns

    # --- pipes --------------------------------------------------------------------------------------------------------
    def insert_files(self, session: Session, pipe: str, files: Sequence[tuple[str, int | None]]) -> None:
        catalog = self.session_catalog(session, self.state(session))
        pipes.insert_files(self, catalog.require("PIPE", folded_names(pipe), "OPERATE"), files)

    def pipe_events(self, session: Session, pipe: str) -> tuple[str, list[FileEvent]]:
        catalog = self.session_catalog(session, self.state(session))
        entry = catalog.require("PIPE", folded_names(pipe), "MONITOR")
        return entry.full_name, pipes.events(self, entry)


def result_columns(columns: Sequence[OutputColumn]) -> list[ResultColumn]:
    result = []
    for column in columns:
        kind = m.text() if column.type is NULL_TYPE or column.type.name == "NULL" else column.type
        database, schema, table = column.origin or ("", "", "")
        result.append(ResultColumn(column.name, kind, database, schema, table))
    return result


def _chain(first: pa.RecordBatch | None, rest: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    try:
        if first is not None:
            yield first
        yield from rest
    finally:
        if isinstance(rest, Generator):
            rest.close()
