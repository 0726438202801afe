"""The emulator behind its HTTP surface: logins, statements in worker threads, cancellation, timeouts, results."""

from __future__ import annotations

import asyncio
import logging
import re
import uuid
from collections.abc import Callable, Coroutine, Generator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from dw_simulator.emulators.snowflake import errors, several
from dw_simulator.emulators.snowflake.answers import render
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.interfaces import Bind, Engine
from dw_simulator.emulators.snowflake.logins.check import Check, accept_any
from dw_simulator.emulators.snowflake.metrics import SnowflakeMetrics
from dw_simulator.emulators.snowflake.parameters import UnknownParameterError
from dw_simulator.emulators.snowflake.protocol.login import LoginRequest, check_defaults
from dw_simulator.emulators.snowflake.queries import Query, QueryRegistry, QueryStatus, new_query_id
from dw_simulator.emulators.snowflake.result_store import ResultStore, StoredResult
from dw_simulator.emulators.snowflake.results import ResultColumn, Reuse, StatementResult, StatementType, limited
from dw_simulator.emulators.snowflake.reuse import ReusableResults
from dw_simulator.emulators.snowflake.session_registry import Address, Entry, SessionRegistry
from dw_simulator.emulators.snowflake.sessions import Session
from dw_simulator.emulators.snowflake.spans import traced
from dw_simulator.emulators.snowflake.stages.transfers import Transfers
from dw_simulator.emulators.snowflake.threads import LatestFirst
from dw_simulator.emulators.snowflake.types import model
from dw_simulator.observability import logs, tracing
from dw_simulator.observability.tracing import Remote

log = logging.getLogger(__name__)

WORKER_THREADS = 64
SWEEP_SECONDS = 60.0
CANCEL_SECONDS = 10.0
"""How long a statement waits that cancels others."""
ORPHAN_SECONDS = 60.0
"""How long a session may be without a connection before its open transaction is rolled back."""
MAX_TIMEOUT_SECONDS = 604_800
"""What a statement timeout of 0 stands for. Vendor page: "Parameters", STATEMENT_TIMEOUT_IN_SECONDS."""

T = TypeVar("T")


class Service:
    """One running emulator. Methods are called on the event loop; statements run in threads."""

    def __init__(self, engine: Engine, state_dir: Path, check_login: Check = accept_any) -> None:
        self.engine = engine
        self.check_login = check_login
        self.state_dir = state_dir
        self.sessions = SessionRegistry()
        self.queries = QueryRegistry()
        self.results = ResultStore(state_dir / "results")
        self._reusable = ReusableResults()
        self.transfers = Transfers()
        self.metrics = SnowflakeMetrics(self.sessions)
        self._threads = LatestFirst(WORKER_THREADS, "statement")
        self._tasks: set[asyncio.Task[None]] = set()
        self._running = 0
        """Statements in threads."""

    async def in_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)

    # --- sessions ---
    async def login(self, request: LoginRequest) -> Entry:
        """Open a session. Raises SnowflakeError: the login is refused, which it never is in the open mode."""
        caller = self.engine.callbacks.caller(request.password)
        if caller is not None:
            return await self._login_inside(caller, request)
        number = self.sessions.new_id()
        if self.check_login is accept_any:  # opening takes microseconds, a change of threads many times as long
            session = self._opened(request, number)
        else:
            session = await self.in_thread(self._opened, request, number)
        self.metrics.statements.opened()
        return self.sessions.add(session)

    def _opened(self, request: LoginRequest, session_id: int) -> Session:
        """The session of a login that is let in."""
        try:
            identity = self.check_login(request)
        except SnowflakeError as error:
            self.engine.logged_in(request.user, request.address, request.client, request.authenticator, error=error)
            raise
        session = Session(
            id=session_id,
            user=identity.user,
            account=request.account.upper(),
            database=request.database,
            schema=request.schema,
            warehouse=request.warehouse,
            client=request.client,
            address=request.address,
            results=self.results,
            transfers=self.transfers,
        )
        if identity.role or request.role:
            session.role = identity.role or request.role
            session.role_asked = True
        if identity.role:
            session.secondary_roles = "NONE"
        for name, value in request.session_parameters.items():
            try:
                session.parameters.set(name, value)
            except UnknownParameterError:
                log.debug("the client sent an unknown session parameter: %s", name)
        self.engine.open_session(session)
        try:
            check_defaults(request, session)
        except SnowflakeError:
            self.engine.close_session(session)
            raise
        method = identity.method or request.authenticator
        self.engine.logged_in(session.user, request.address, request.client, method, session.id)
        return session

    async def _login_inside(self, caller: Session, request: LoginRequest) -> Entry:
        """The session of a procedure's handler."""
        session = Session(
            id=self.sessions.new_id(), user=caller.user, account=caller.account, client=request.client,
            results=self.results, transfers=self.transfers,
        )  # fmt: skip
        self.engine.callbacks.enter(session, caller)
        return self.sessions.add(session)

    async def logout(self, entry: Entry) -> None:
        """End a session: cancel what it runs, roll back, forget its tokens."""
        self.sessions.remove(entry)
        for query in self.queries.running(entry):
            await self.cancel(query)
        async with entry.turn:
            await self.in_thread(self.engine.close_session, entry.session)

    async def sweep(self) -> None:
        """End idle sessions and drop old results for as long as the server runs."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            await self.in_thread(self.results.expire)
            for entry in self.sessions.expired():
                await self.logout(entry)

    def connection_lost(self, client: Address) -> None:
        """A TCP connection has ended. A session without any is looked at again after a while."""
        for entry in self.sessions.all():
            if client in entry.connections:
                entry.connections.discard(client)
                if not entry.connections:
                    asyncio.get_running_loop().call_later(
                        ORPHAN_SECONDS, self._roll_back_orphan, entry, entry.last_used
                    )

    def _roll_back_orphan(self, entry: Entry, last_used: float) -> None:
        """End the transaction of a client that is gone: its rows would stay in the way of others for hours."""
        if entry.session.in_transaction and not entry.connections and entry.last_used == last_used:
            log.warning("rolling back the transaction of session %s: its client is gone", entry.session.id)
            self.submit(entry, "ROLLBACK")

    # --- statements ---
    def submit(
        self,
        entry: Entry,
        sql: str,
        *,
        binds: Sequence[Bind] | None = None,
        describe_only: bool = False,
        parameters: dict[str, Any] | None = None,
        request_id: str = "",
        requester: object = None,
        parent: Remote | None = None,
        bind_stage: str = "",
    ) -> Query:
        """Start a request of one or several statements; wait for its ``done``.

        A request id that the ``requester`` (the session's ``entry`` by default) sent before gives the query it started:
        drivers repeat requests they got no answer to.
        """
        requester = requester or entry
        known = self.queries.by_request(requester, request_id) if request_id else None
        if known is not None:
            return known
        query = Query(
            new_query_id(), entry, sql, binds, describe_only, parameters or {}, request_id or str(uuid.uuid4())
        )
        query.requester = requester
        query.parent = parent
        query.bind_stage = bind_stage
        self.queries.add(query)
        if not self._reuse(query):
            self._spawn(self._run_request(query))
        return query

    def _reuse(self, query: Query) -> bool:
        """Answer a statement from an earlier result, if the session is idle and there is one. Returns whether it did.

        Vendor page: "Using Persisted Query Results".
        """
        entry, parameters = query.entry, query.entry.session.parameters
        if (
            query.binds
            or query.bind_stage
            or query.describe_only
            or query.parameters
            or entry.turn.locked()
            or tracing.is_on()
        ):
            return False
        if not parameters.flag("USE_CACHED_RESULT") or parameters.number("MULTI_STATEMENT_COUNT") != 1:
            return False
        if parameters.number("ROWS_PER_RESULTSET"):
            return False
        stored = self._reusable.find(self.engine.reuse_key(entry.session, query.sql))
        if stored is None:
            key = self.engine.unchanged_key(entry.session, query.sql)
            stored = self._reusable.find(key) if key is not None else None
        if stored is None:
            return False
        self.engine.reused(entry.session, query.sql, query.id, stored.rows)
        self.results.share(query.id, stored)
        entry.session.query_ids.append(query.id)
        query.reused = True
        query.finish(stored)
        self.metrics.ended(query)
        return True

    async def cancel(self, query: Query, reason: SnowflakeError | None = None) -> None:
        """Interrupt a statement, or take it off the queue. One that has ended stays as it is."""
        if query.status.is_finished:
            return
        query.cancel_error = reason or errors.CANCELLED()
        for child in query.children:
            await self.cancel(child, reason)
        if query.status is QueryStatus.RUNNING:
            await self.in_thread(self.engine.cancel, query.id)

    def _cancel_session_from_thread(self, loop: asyncio.AbstractEventLoop, session_id: int) -> int:
        """For a statement that cancels those of a session; its own is left alone by being in another one."""
        return asyncio.run_coroutine_threadsafe(self._cancel_session(session_id), loop).result(CANCEL_SECONDS)

    async def _cancel_session(self, session_id: int) -> int:
        """Cancel what a session runs. Returns the number of statements."""
        running = [query for query in self.queries.running() if str(query.entry.session.id) == str(session_id)]
        for query in running:
            await self.cancel(query)
        return len(running)

    def _cancel_query_from_thread(self, loop: asyncio.AbstractEventLoop, query_id: str) -> bool:
        """For a statement that cancels another one."""
        return asyncio.run_coroutine_threadsafe(self._cancel_query(query_id), loop).result(CANCEL_SECONDS)

    async def _cancel_query(self, query_id: str) -> bool:
        """Cancel a statement. Returns whether it had not ended."""
        query = self.queries.find(query_id)
        if query is None or query.status.is_finished:
            return False
        await self.cancel(query)
        return True

    def may_manage(self, entry: Entry, query: Query) -> bool:
        """Whether a session may look at a statement's state and cancel it by its id: its user's own, or any where roles
        are not enforced and for ACCOUNTADMIN.
        """
        session = entry.session
        if not self.engine.enforces_grants or query.entry.session.user == session.user:
            return True
        return session.role == "ACCOUNTADMIN"

    def when_done(self, query: Query, work: Coroutine[Any, Any, None]) -> None:
        """Do ``work`` once the statement has ended."""

        async def follow() -> None:
            await query.done.wait()
            await work

        self._spawn(follow())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run_request(self, query: Query) -> None:
        logs.bind(query_id=query.id, request_id=query.request_id)
        try:
            async with query.entry.turn:
                await self._run_in_turn(query)
        except SnowflakeError as error:
            query.fail(error)
        except Exception as error:
            log.exception("internal error in statement %s: %s", query.id, query.sql)
            query.fail(errors.INTERNAL(f"{type(error).__name__}: {error} (statement {query.id}; see the server's log)"))

    async def _run_in_turn(self, query: Query) -> None:
        if query.cancel_error is not None:
            raise query.cancel_error
        session = query.entry.session
        session.parameters.set_for_statement(query.parameters)
        try:
            statements = self._statements(query)
            if statements is None:
                await self._run_statement(query)
            else:
                await self._run_several(query, statements)
        finally:
            session.parameters.set_for_statement({})

    def _statements(self, query: Query) -> list[several.Statement] | None:
        """The statements of a request of several; None for a single one.

        Raises:
            SnowflakeError: 000008, there are more or fewer than MULTI_STATEMENT_COUNT says; or one is no statement.
        """
        wanted = query.entry.session.parameters.number("MULTI_STATEMENT_COUNT")
        if wanted == 1 and ";" not in query.sql:
            return None
        statements = several.split(query.sql)
        if wanted not in (0, len(statements)) and (wanted != 1 or statements):
            for statement in statements:
                self.engine.check_syntax(query.entry.session, statement.sql)
            raise errors.STATEMENT_COUNT(len(statements), wanted)
        if len(statements) <= 1:
            if statements:
                query.sent, query.sql = query.sql.strip(), statements[0].sql
            return None
        return statements

    async def _run_several(self, query: Query, statements: Sequence[several.Statement]) -> None:
        query.status = QueryStatus.RUNNING
        for statement, binds in several.with_binds(statements, query.binds):
            sql = statement.sql
            child = Query(new_query_id(), query.entry, sql, binds, query.describe_only, parent=query.parent)
            query.children.append(child)
            self.queries.add(child)
            if query.cancel_error is not None:
                raise query.cancel_error
            await self._run_statement(child)
            if child.error is not None:
                raise several.failure(statement, child.error)
        column = ResultColumn("multiple statement execution", model.text())
        message = "Multiple statements executed successfully."
        result = StatementResult.rows([column], [(message,)], StatementType.MULTI_STATEMENT)
        result.children = [child.id for child in query.children]
        query.finish(self.results.store(query.id, result))

    async def _run_statement(self, query: Query) -> None:
        """Run one statement to its end; its failure goes into the query."""
        query.status = QueryStatus.RUNNING
        seconds = query.entry.session.parameters.number("STATEMENT_TIMEOUT_IN_SECONDS") or MAX_TIMEOUT_SECONDS
        loop = asyncio.get_running_loop()
        self.engine.cancel_session = partial(self._cancel_session_from_thread, loop)
        self.engine.cancel_query = partial(self._cancel_query_from_thread, loop)
        timer = loop.call_later(seconds, self._time_out, query, seconds)
        self._running += 1
        try:
            result = await self.in_thread(partial(traced, query, self._execute))
        except SnowflakeError as error:
            cancelled = error.errno == errors.CANCELLED.errno and query.cancel_error is not None
            query.fail(query.cancel_error if cancelled and query.cancel_error else error)
        except Exception as error:
            log.exception("internal error in statement %s: %s", query.id, query.sql)
            query.fail(errors.INTERNAL(f"{type(error).__name__}: {error} (statement {query.id}; see the server's log)"))
        else:
            query.finish(result)
        finally:
            self._running -= 1
            timer.cancel()
            self.metrics.ended(query)

    def _time_out(self, query: Query, seconds: int) -> None:
        self._spawn(self.cancel(query, errors.TIMEOUT(seconds)))

    def _execute(self, query: Query) -> StoredResult:
        session = query.entry.session
        binds = _unset_binds(query.sql) if query.describe_only and not query.binds else query.binds
        with logs.bound(query_id=query.id, request_id=query.request_id), session.lock:
            unchanged = self.engine.unchanged_key(session, query.sql)
            result = self.engine.execute(
                session,
                query.sql,
                binds=binds,
                query_id=query.id,
                describe_only=query.describe_only,
                bind_stage=query.bind_stage,
                sent=query.sent,
            )
            limit = session.parameters.number("ROWS_PER_RESULTSET")
            if limit and StatementType(result.statement_type_id).gives_rows:
                result.batches, result.reuse = limited(result.batches, limit), Reuse.NEVER
            try:
                stored = self.results.store(query.id, result)
            finally:
                if isinstance(result.batches, Generator):  # one that was not read to its end blocks the session
                    result.batches.close()
            if query.requester is query.entry and self._running == 1:
                render(query, stored)  # among others the thread would rather wait for the interpreter's lock
            if result.reuse is not Reuse.NEVER and not query.binds and not query.describe_only and not query.bind_stage:
                key = self.engine.reuse_key(session, query.sql) if result.reuse is Reuse.ALWAYS else unchanged
                if key is not None:
                    self._reusable.keep(key, query.sql, stored)
            if not query.describe_only:
                session.query_ids.append(query.id)
            return stored

    # --- end ---
    async def close(self) -> None:
        """Cancel what runs, close every session, end the engine."""
        for query in self.queries.running():
            await self.cancel(query)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=10)
        for entry in self.sessions.all():
            await self.logout(entry)
        await self.in_thread(self.engine.close)
        self.results.close()
        self._threads.shutdown(wait=False, cancel_futures=True)


_NUMBERED = re.compile(r":(\d{1,4})\b")


def _unset_binds(sql: str) -> list[Bind] | None:
    """NULLs for every placeholder there may be: drivers describe statements before they bind their values."""
    numbers = [int(number) for number in _NUMBERED.findall(sql)]
    count = max(sql.count("?"), *numbers) if numbers else sql.count("?")
    return [Bind(str(position), model.text()) for position in range(1, count + 1)] or None
