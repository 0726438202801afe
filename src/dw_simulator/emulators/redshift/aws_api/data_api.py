"""The Data API: statements over HTTP, which run as those of any client on the emulator's own port.

Source: Amazon Redshift Data API reference; Management Guide, "Using the Amazon Redshift Data API" (limits).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import psycopg
from psycopg import conninfo

from dw_simulator.emulators.redshift.aws_api import data_results
from dw_simulator.emulators.redshift.aws_api.data_results import ResultSet
from dw_simulator.emulators.redshift.aws_api.errors import ApiError, unknown_operation, validation
from dw_simulator.emulators.redshift.aws_api.metadata import METADATA, metadata_query
from dw_simulator.emulators.redshift.aws_api.statements import Connection, Part, Request, error_text, names_in, now
from dw_simulator.emulators.redshift.aws_api.target import Target
from dw_simulator.splitting.redshift import split

KEPT_SECONDS = 24 * 3600
"""How long a result is kept."""
KEPT_REQUESTS = 500
MOST_STATEMENTS = 40
MOST_BYTES = 102_400
MOST_SESSIONS = 500
LONGEST_SESSION = 86_400
LONGEST_WAIT = 30
_WHERE = ("ClusterIdentifier", "WorkgroupName", "Database", "DbUser", "SecretArn")

Body = Mapping[str, Any]


class DataApi:
    """The requests of the last day and the sessions that are open. Used from the event loop's thread only."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._requests: OrderedDict[str, Request] = OrderedDict()
        self._sessions: dict[str, Connection] = {}
        self._ended: OrderedDict[str, Connection] = OrderedDict()
        self._tokens: dict[tuple[str, str], str] = {}
        self._operations: Mapping[str, Callable[[Body, str], Awaitable[dict[str, Any]]]] = {
            "ExecuteStatement": self._execute,
            "BatchExecuteStatement": self._execute_batch,
            "DescribeStatement": self._describe,
            "GetStatementResult": self._result,
            "GetStatementResultV2": self._csv_result,
            "ListSessions": self._list_sessions,
            "ListStatements": self._list,
            "CancelStatement": self._cancel,
        }

    async def answer(self, operation: str, body: Body, access_key: str) -> dict[str, Any]:
        """Raises ApiError."""
        if operation in METADATA:
            return await self._metadata(operation, body, access_key)
        handler = self._operations.get(operation)
        if handler is None:
            raise unknown_operation(operation)
        return await handler(body, access_key)

    async def close(self) -> None:
        """End what runs and every session."""
        running = [request.task for request in self._requests.values() if request.task is not None]
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=2)
        for session in list(self._sessions.values()):
            await session.close()

    # --- running --------------------------------------------------------------------------------------------------
    async def _execute(self, body: Body, access_key: str) -> dict[str, Any]:
        sql = body.get("Sql")
        if not isinstance(sql, str) or not sql.strip():
            raise validation("Sql must not be empty")
        return await self._begin([sql], body, access_key, batch=False)

    async def _execute_batch(self, body: Body, access_key: str) -> dict[str, Any]:
        sqls = body.get("Sqls")
        if not isinstance(sqls, list) or not 1 <= len(sqls) <= MOST_STATEMENTS:
            raise validation(f"Sqls must have 1 to {MOST_STATEMENTS} statements")
        return await self._begin([str(sql) for sql in sqls], body, access_key, batch=True)

    async def _begin(self, sqls: Sequence[str], body: Body, access_key: str, *, batch: bool) -> dict[str, Any]:
        known = self._requests.get(self._tokens.get((access_key, str(body.get("ClientToken"))), ""))
        if known is not None:
            return _begun(known)
        if body.get("WithEvent"):
            raise validation("WithEvent is not supported by the Redshift emulator: there is no event bus")
        for sql in sqls:
            _check_statement(sql)
        request = Request(
            [Part(sql) for sql in sqls], access_key, _where(body), batch, str(body.get("StatementName", ""))
        )
        request.parameters = _parameters(body, sqls)
        request.auto_commit = body.get("ExecutionMode") == "AUTO_COMMIT"
        request.result_format = _result_format(body)
        seconds = _session_seconds(body)
        session = self._session(body, request)
        if session is None:
            self._check_target(request.who)
            if seconds and len(self._sessions) >= MOST_SESSIONS:
                raise ApiError("ActiveSessionsExceededException", f"more than {MOST_SESSIONS} sessions are open")
        self._remember(request, str(body.get("ClientToken") or ""))
        if session is None and seconds:
            session = await self._open_session(request, access_key, seconds)
        if session is not None:
            session.seconds = seconds if seconds is not None else session.seconds
            session.occupy(request.id)
            request.session = session.id
        request.enter("PICKED")
        request.task = asyncio.ensure_future(self._run(request, session, access_key))
        await _wait(request, body)
        return _begun(request)

    def _session(self, body: Body, request: Request) -> Connection | None:
        key = body.get("SessionId")
        if key is None:
            return None
        if request.who:
            raise validation("SessionId cannot be given together with a cluster, workgroup, database, user or secret")
        session = self._sessions.get(str(key))
        if session is None:
            raise ApiError("ResourceNotFoundException", f"Session {key} does not exist.", ResourceId=str(key))
        if session.busy:
            raise validation(f"Session {key} is busy: a statement is running in it.")
        return session

    async def _open_session(self, request: Request, access_key: str, seconds: int) -> Connection:
        try:
            session = await self._connect(request.who, access_key)
        except psycopg.Error as error:
            raise ApiError("ValidationException", error_text(error)) from error
        session.seconds = seconds
        session.owner, session.who = access_key, request.who
        self._sessions[session.id] = session
        return session

    async def _run(self, request: Request, session: Connection | None, access_key: str) -> None:
        connection = session
        try:
            if connection is None:
                connection = await self._connect(request.who, access_key)
            await request.run(connection)
            request.enter("ABORTED" if request.cancelled else "FINISHED")
        except psycopg.Error as error:
            request.enter("ABORTED" if request.cancelled else "FAILED", error_text(error))
        except ApiError as error:
            request.enter("FAILED", error.message)
        finally:
            if not request.is_over:
                request.enter("ABORTED")
            request.connection = request.task = None
            await self._release(connection, session)

    async def _release(self, connection: Connection | None, session: Connection | None) -> None:
        if session is None:
            if connection is not None:
                await connection.close()
            return
        session.occupy(None)
        if session.timer is not None:
            session.timer.cancel()
        if session.raw.closed or not session.seconds:
            await self._end_session(session)
            return
        loop = asyncio.get_running_loop()
        session.timer = loop.call_later(session.seconds, self._expire, session)

    def _expire(self, session: Connection) -> None:
        if not session.busy:
            task = asyncio.ensure_future(self._end_session(session))
            task.add_done_callback(lambda done: done.exception())

    async def _end_session(self, session: Connection) -> None:
        self._sessions.pop(session.id, None)
        self._ended[session.id] = session
        if len(self._ended) > KEPT_REQUESTS:
            self._ended.popitem(last=False)
        await session.close()

    async def _connect(self, who: Mapping[str, str], access_key: str) -> Connection:
        """Log in as AWS does: with credentials of the database user, of the IAM identity, or those of the secret."""
        target, settings = self._target, self._target.settings
        if "SecretArn" in who:
            user, password = settings.user, settings.password.get_secret_value()
        elif "DbUser" in who:
            issued = target.for_user(who["DbUser"], None, create=False)
            user, password = issued.user, issued.password
        else:
            issued = target.for_identity(access_key, None)
            user, password = issued.user, issued.password
        text = conninfo.make_conninfo(
            host=target.host,
            port=target.port,
            dbname=who.get("Database", settings.database),
            user=user,
            password=password,
            sslmode="prefer",
            application_name="redshift-data-api",
            connect_timeout=10,
        )
        return Connection(await psycopg.AsyncConnection.connect(text, autocommit=True, prepare_threshold=None))

    def _check_target(self, who: Mapping[str, str]) -> None:
        """Raises ApiError: there is no such cluster, workgroup or secret, or too little or too much is said."""
        if not who.get("Database"):
            raise validation("Database must be given")
        if ("ClusterIdentifier" in who) == ("WorkgroupName" in who):
            raise validation("Either ClusterIdentifier or WorkgroupName must be given")
        if "WorkgroupName" in who:
            if "DbUser" in who:
                raise validation("DbUser cannot be given together with WorkgroupName")
            self._target.check_work_group(who["WorkgroupName"].rpartition("/")[2])
        else:
            try:
                self._target.check_cluster(who["ClusterIdentifier"])
            except ApiError as error:
                raise validation(f"Redshift endpoint doesn't exist in this region. {error.message}") from error
        if "SecretArn" in who and "DbUser" in who:
            raise validation("SecretArn and DbUser cannot be given together")
        if "SecretArn" in who and who["SecretArn"] != self._target.settings.secret_arn:
            raise validation(f"the secret {who['SecretArn']} cannot be read")

    def _remember(self, request: Request, token: str) -> None:
        self._requests[request.id] = request
        if token:
            self._tokens[request.owner, token] = request.id
        for key, old in list(self._requests.items()):
            too_old = (now() - old.created).total_seconds() > KEPT_SECONDS
            if not too_old and len(self._requests) <= KEPT_REQUESTS:
                break
            if old.is_over:
                del self._requests[key]
        self._tokens = {key: value for key, value in self._tokens.items() if value in self._requests}

    # --- asking ---------------------------------------------------------------------------------------------------
    def _find(self, body: Body, access_key: str) -> tuple[Request, int | None]:
        """The request of an id, and the index of the statement of ``id:number``."""
        text = str(body.get("Id", ""))
        key, _, number = text.partition(":")
        request = self._requests.get(key)
        if request is None or request.owner != access_key:
            raise ApiError("ResourceNotFoundException", f"Query {text} does not exist.", ResourceId=text)
        if not number:
            return request, None
        if not number.isdigit() or not 1 <= int(number) <= len(request.parts):
            raise ApiError("ResourceNotFoundException", f"Query {text} does not exist.", ResourceId=text)
        return request, int(number) - 1

    async def _describe(self, body: Body, access_key: str) -> dict[str, Any]:
        request, index = self._find(body, access_key)
        await _wait(request, body)
        answer = {**_who(request), "RedshiftPid": request.pid, "ResultFormat": request.result_format}
        if index is not None:
            return {**answer, **_part(request, index), "HasResultSet": request.parts[index].result is not None}
        answer.update(
            Id=request.id,
            Status=request.status,
            CreatedAt=request.created.timestamp(),
            UpdatedAt=request.updated.timestamp(),
            Duration=sum(int(part.seconds * 1e9) for part in request.parts),
            HasResultSet=request.has_result,
            RedshiftQueryId=-1,
        )
        if request.error is not None:
            answer["Error"] = request.error
        if request.parameters:
            answer["QueryParameters"] = [{"name": k, "value": v} for k, v in request.parameters.items()]
        if request.batch:
            answer["SubStatements"] = [_part(request, index) for index in range(len(request.parts))]
            answer.update(ResultRows=-1, ResultSize=-1)
        else:
            part = request.parts[0]
            answer.update(QueryString=part.sql, ResultRows=part.rows, ResultSize=_size(part))
        return answer

    async def _result(self, body: Body, access_key: str) -> dict[str, Any]:
        return await self._page(body, access_key, "JSON", data_results.page)

    async def _csv_result(self, body: Body, access_key: str) -> dict[str, Any]:
        return await self._page(body, access_key, "CSV", data_results.csv_page)

    async def _page(
        self, body: Body, access_key: str, wanted: str, page: Callable[[ResultSet, int], dict[str, Any]]
    ) -> dict[str, Any]:
        request, index = self._find(body, access_key)
        await _wait(request, body)
        part = request.parts[index or 0]
        if request.status != "FINISHED":
            raise ApiError(
                "ResourceNotFoundException", f"Query is not in FINISHED state: {request.status}", ResourceId=request.id
            )
        if part.result is None or (request.batch and index is None):
            raise ApiError("ResourceNotFoundException", "Query does not have result.", ResourceId=request.id)
        if request.result_format != wanted:
            other = "GetStatementResultV2" if wanted == "JSON" else "GetStatementResult"
            raise validation(f"The result format of the statement is {request.result_format}: use {other}.")
        token = str(body.get("NextToken") or "0")
        if not token.isdigit():
            raise validation("NextToken is not one of this result")
        return await asyncio.to_thread(page, part.result, int(token))

    async def _list(self, body: Body, access_key: str) -> dict[str, Any]:
        wanted, prefix = str(body.get("Status") or "ALL"), str(body.get("StatementName") or "")
        found = [
            request
            for request in reversed(self._requests.values())
            if request.owner == access_key
            and request.name.startswith(prefix)
            and wanted in ("ALL", request.status)
            and all(body.get(name) in (None, request.who.get(name)) for name in _WHERE[:3])
        ]
        return _paged("Statements", [_listed(request) for request in found], body)

    async def _list_sessions(self, body: Body, access_key: str) -> dict[str, Any]:
        filters = [name for name in ("Status", *_WHERE[:3]) if body.get(name)]
        if body.get("SessionId") and filters:
            raise validation(f"SessionId cannot be given together with {', '.join(filters)}")
        known = sorted((*self._sessions.values(), *self._ended.values()), key=lambda s: s.created, reverse=True)
        found = [_listed_session(one) for one in known if one.owner == access_key and _asked_for(one, body)]
        return _paged("Sessions", found, body)

    async def _cancel(self, body: Body, access_key: str) -> dict[str, Any]:
        request, _ = self._find(body, access_key)
        if request.is_over:
            raise validation(
                f"Could not cancel a query that is already in {request.status} state with ID: {request.id}"
            )
        request.cancelled = True
        if request.connection is not None:
            with contextlib.suppress(psycopg.Error):  # it may have ended meanwhile
                await request.connection.raw.cancel_safe()
        elif request.task is not None:
            request.task.cancel()
        await asyncio.wait_for(request.done.wait(), LONGEST_WAIT)
        return {"Status": True}

    async def _metadata(self, operation: str, body: Body, access_key: str) -> dict[str, Any]:
        who = _where(body)
        self._check_target(who)
        sql, shape = metadata_query(operation, body)
        if body.get("ConnectedDatabase"):
            who = {**who, "Database": str(body["ConnectedDatabase"])}
        try:
            connection = await self._connect(who, access_key)
            try:
                part = Part(sql)
                await connection.run(part, {})
            finally:
                await connection.close()
        except psycopg.Error as error:
            raise ApiError("DatabaseConnectionException", error_text(error), 500) from error
        return shape(part.result.rows if part.result is not None else [])


def _check_statement(sql: str) -> None:
    if len(sql.encode()) > MOST_BYTES:
        raise validation(f"a statement may have {MOST_BYTES} bytes")
    if len(split(sql, backslash_escapes=True)) > 1:
        raise validation("Multiple statements are not allowed in one string: use BatchExecuteStatement")


def _result_format(body: Body) -> str:
    found = body.get("ResultFormat") or "JSON"
    if found not in ("JSON", "CSV"):
        raise validation("ResultFormat must be JSON or CSV")
    return str(found)


def _paged(name: str, items: Sequence[dict[str, Any]], body: Body) -> dict[str, Any]:
    """``MaxResults`` items from ``NextToken`` on."""
    start, count = int(body.get("NextToken") or 0), int(body.get("MaxResults") or 100)
    answer: dict[str, Any] = {name: items[start : start + count]}
    if start + count < len(items):
        answer["NextToken"] = str(start + count)
    return answer


def _asked_for(session: Connection, body: Body) -> bool:
    """Whether ListSessions shows the session: those that are closed only on request."""
    if body.get("SessionId"):
        return session.id == str(body["SessionId"])
    status = body.get("Status")
    if session.status != status if status else session.status == "CLOSED":
        return False
    return all(body.get(name) in (None, session.who.get(name)) for name in _WHERE[:3])


def _listed_session(session: Connection) -> dict[str, Any]:
    answer: dict[str, Any] = {
        **{name: value for name, value in session.who.items() if name != "SecretArn"},
        "SessionId": session.id,
        "Status": session.status,
        "CreatedAt": session.created.timestamp(),
        "UpdatedAt": session.updated.timestamp(),
        "SessionAliveSeconds": session.seconds,
        "SessionTtl": session.updated.timestamp() + session.seconds,
    }
    if session.statement is not None:
        answer["CurrentStatementId"] = session.statement
    return answer


def _where(body: Body) -> dict[str, str]:
    return {name: str(body[name]) for name in _WHERE if body.get(name)}


def _parameters(body: Body, sqls: Sequence[str]) -> dict[str, str]:
    given = body.get("Parameters") or []
    found = {str(item.get("name")): str(item.get("value")) for item in given if isinstance(item, dict)}
    used = names_in(sqls) if found else set()
    if unused := sorted(set(found) - used):
        raise validation(f"Parameters {', '.join(unused)} are not used in the statements")
    if missing := sorted(used - set(found)):
        raise validation(f"Parameters list is missing a value for {', '.join(missing)}")
    return found


def _session_seconds(body: Body) -> int | None:
    seconds = body.get("SessionKeepAliveSeconds")
    if seconds is None:
        return None
    if not isinstance(seconds, int) or not 0 <= seconds <= LONGEST_SESSION:
        raise validation(f"SessionKeepAliveSeconds must be between 0 and {LONGEST_SESSION}")
    return seconds


async def _wait(request: Request, body: Body) -> None:
    """WaitTimeSeconds: answer when the request is over, or after so many seconds."""
    seconds = body.get("WaitTimeSeconds") or 0
    if not isinstance(seconds, int) or not 0 <= seconds <= LONGEST_WAIT:
        raise validation(f"WaitTimeSeconds must be between 0 and {LONGEST_WAIT}")
    if seconds:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(request.done.wait(), seconds)


def _who(request: Request) -> dict[str, Any]:
    answer: dict[str, Any] = dict(request.who)
    if request.session is not None:
        answer["SessionId"] = request.session
    return answer


def _begun(request: Request) -> dict[str, Any]:
    return {
        **_who(request),
        "Id": request.id,
        "CreatedAt": request.created.timestamp(),
        "Status": request.status,
        "HasResultSet": request.has_result,
    }


def _size(part: Part) -> int:
    return part.result.size if part.result is not None else -1


def _part(request: Request, index: int) -> dict[str, Any]:
    part = request.parts[index]
    answer: dict[str, Any] = {
        "Id": f"{request.id}:{index + 1}",
        "Status": part.status,
        "QueryString": part.sql,
        "CreatedAt": part.created.timestamp(),
        "UpdatedAt": part.updated.timestamp(),
        "Duration": int(part.seconds * 1e9),
        "ResultRows": part.rows,
        "ResultSize": _size(part),
        "HasResultSet": part.result is not None,
        "RedshiftQueryId": -1,
    }
    if part.error is not None:
        answer["Error"] = part.error
    return answer


def _listed(request: Request) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "Id": request.id,
        "Status": request.status,
        "CreatedAt": request.created.timestamp(),
        "UpdatedAt": request.updated.timestamp(),
        "IsBatchStatement": request.batch,
        "ResultFormat": request.result_format,
    }
    if request.name:
        answer["StatementName"] = request.name
    if request.session is not None:
        answer["SessionId"] = request.session
    if request.batch:
        answer["QueryStrings"] = [part.sql for part in request.parts]
    else:
        answer["QueryString"] = request.parts[0].sql
    return answer
