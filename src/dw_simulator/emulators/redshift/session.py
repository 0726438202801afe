"""A running session: relays messages between the client and its backend connection, and runs commands in between.

What passes through is forwarded as it comes and answered by PostgreSQL in order. What the emulator answers itself (a
command, a refused statement) waits until everything sent before has been answered, then runs as a task; later messages
wait in the inbox. So the client sees answers in the order of its messages, also when it pipelines.
"""

from __future__ import annotations

import asyncio
import logging
import re
import struct
from collections.abc import Coroutine, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dw_simulator.emulators.redshift import errors
from dw_simulator.emulators.redshift.commands import changes
from dw_simulator.emulators.redshift.commands.router import first_words
from dw_simulator.emulators.redshift.commands.types import (
    Command,
    Deferred,
    PassThrough,
    Plan,
    Rewritten,
    Session,
    Statement,
)
from dw_simulator.emulators.redshift.dynamic import DynamicTexts
from dw_simulator.emulators.redshift.errors import FatalError, RedshiftError
from dw_simulator.emulators.redshift.explained import explain_history, reads_plans
from dw_simulator.emulators.redshift.express import Express, Extended
from dw_simulator.emulators.redshift.history import Entry, last_id_statement, reads_history
from dw_simulator.emulators.redshift.link import BackendLink
from dw_simulator.emulators.redshift.planning import plan_script
from dw_simulator.emulators.redshift.protocol import messages
from dw_simulator.emulators.redshift.protocol.framing import Message
from dw_simulator.emulators.redshift.protocol.messages import ProtocolError
from dw_simulator.emulators.redshift.protocol.types import TEXT, VARCHAR
from dw_simulator.emulators.redshift.relay import Pending, Relay
from dw_simulator.emulators.redshift.talk import ClientConversation
from dw_simulator.emulators.redshift.wordings import worded
from dw_simulator.observability import logs, sql_trace, tracing
from dw_simulator.observability.tracing import Remote

if TYPE_CHECKING:
    from dw_simulator.emulators.redshift.client import Client

log = logging.getLogger(__name__)

_QUERY, _PARSE, _BIND, _DESCRIBE, _EXECUTE, _CLOSE, _SYNC, _FLUSH, _TERMINATE = b"QPBDECSHX"
_STATEMENT = ord("S")


@dataclass(slots=True)
class LocalStatement:
    """A prepared statement that the emulator runs itself."""

    sql: str
    plan: Command
    parameter_count: int
    parameter_oids: tuple[int, ...] = ()


@dataclass(slots=True)
class LocalPortal:
    statement: LocalStatement
    parameters: tuple[str | None, ...]
    result_formats: tuple[int, ...]


class Dispatcher:
    """Decides what happens with each message of a client whose backend connection stands."""

    def __init__(self, client: Client, link: BackendLink, session: Session) -> None:
        self.link = link
        self.session = session
        self.relay = Relay(self, link, session)
        self.conversation = ClientConversation(client, link, session)
        self._client = client
        self._extended = Extended()
        self.express = Express(client, link, session, self.relay, self._extended)
        self._draining = False
        self._outgoing: list[bytes] = []
        self.dynamic = DynamicTexts(session, link.pid)
        link.asked = self.dynamic.take
        link.attach(self.relay)

    @property
    def busy(self) -> bool:
        """Whether PostgreSQL still has to answer forwarded messages."""
        return bool(self.relay.pending)

    # --- relay.Outlet ---
    def send(self, data: bytes) -> None:
        self._client.send(data)

    def fatal(self, error: FatalError) -> None:
        self._client.fatal(error)

    def drained(self) -> None:
        """Everything that was forwarded has been answered."""
        if self._draining:
            self._draining = False
            self.pump()

    def pump(self) -> None:
        """Work off the inbox until something has to wait."""
        client = self._client
        inbox = client.inbox
        while inbox and not client.working and not self._draining and not client.closed:
            message = inbox.popleft()
            try:
                self._dispatch(message)
            except ProtocolError as error:
                self._client.fatal(FatalError(errors.PROTOCOL_VIOLATION, str(error)))
            except FatalError as error:
                self._client.fatal(error)
        if self._outgoing and not self._client.closed:
            data, self._outgoing = b"".join(self._outgoing), []
            try:
                self.link.write(data)
            except FatalError as error:
                self._client.fatal(error)

    def _dispatch(self, message: Message) -> None:
        self.express.interrupted()
        kind = message.kind
        if kind == _QUERY and not self.relay.skipping:
            self._query(message)
        elif kind == _TERMINATE:
            self._client.hang_up()
        elif kind == _SYNC:
            self.relay.skipping = False
            self._forward(message.raw, Pending(_SYNC))
        elif self.relay.skipping:
            return
        elif kind == _PARSE:
            self._parse(message)
        elif kind == _BIND:
            self._bind(message)
        elif kind == _EXECUTE:
            self._execute(message)
        elif kind == _DESCRIBE:
            self._describe(message)
        elif kind == _CLOSE:
            self._close(message)
        else:
            # Flush, and the data of a COPY FROM STDIN.
            self._outgoing.append(message.raw)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        """Answer a message by a task, which may change the session's parameters."""
        self.express.forget()
        self._client.start(work)

    def _forward(self, raw: bytes, pending: Pending) -> None:
        self._outgoing.append(raw)
        self.relay.expect(pending)

    def _must_wait(self, message: Message) -> bool:
        """Whether earlier messages are still to be answered; then ``message`` comes again when they are."""
        if not self.busy:
            return False
        self._client.inbox.appendleft(message)
        self._draining = True
        self._outgoing.append(messages.FLUSH)
        return True

    # --- simple protocol ---
    def _query(self, message: Message) -> None:
        extended = self._extended
        self.relay.texts.pop(b"", None)
        if extended.statements or extended.portals:
            extended.statements.pop(b"", None)
            extended.portals.pop(b"", None)
        sql = _decode(message.raw[5:-1])
        received = tracing.time_ns() if tracing.is_on() else None
        try:
            script = plan_script(sql, self.session)
        except RedshiftError as error:
            if not self._must_wait(message):
                self._start(self._refuse(error))
            return
        if script.change:
            changes.begin(self.session, script.change)
        if script.forwardable:
            raw = message.raw if script.text is None else messages.query(script.text)
            pending = Pending(_QUERY, tags=script.tags, rewritten=script.text is not None)
            if script.repeatable:
                self.express.remember(message.raw, sql, raw)
            elif script.pieces is not None:
                self.express.remember_template(message.raw, script.pieces)
            if not script.waits:
                pending.entry = self._begin(sql, received=received)
                self._forward(raw, pending)
            elif not self._must_wait(message):
                self._start(self._forward_reader(sql, raw, pending))
        elif not self._must_wait(message):
            self._start(self._run_script(script.steps, sql_trace.commented_parent(sql)))

    def _begin(
        self,
        sql: str,
        *,
        first: bool = True,
        forwarded: bool = True,
        parent: Remote | None = None,
        received: int | None = None,
    ) -> Entry | None:
        history = self.session.history
        if history is None or not sql:
            return None
        return history.begin(self.session, sql, first=first, forwarded=forwarded, parent=parent, received=received)

    async def _forward_reader(self, sql: str, raw: bytes, pending: Pending) -> None:
        """Forward what reads the history, or external tables, once these are up to date."""
        pending.entry = self._begin(sql)
        try:
            await self._settle(sql)
            if self.link.dirty:
                # What was asked beforehand is a transaction of its own, which the query would go on with.
                await self.link.sync()
        except RedshiftError as error:
            if pending.entry is not None and self.session.history is not None:
                self.session.history.fail(pending.entry, error.sqlstate, error.message)
                self.session.history.forget(pending.entry)
            await self._refuse(error)
            return
        self._forward(raw, pending)

    async def _settle(self, sql: str) -> None:
        external = self.session.backend.external
        if external.mentioned(self.session.database, sql):
            await external.refresh(self.session.database, sql)
        if self.session.history is not None and reads_history(sql):
            await self.session.history.settle(self.session)
            statement = last_id_statement(sql, self.session)
            if statement is not None:
                await self.link.execute(statement)
            if reads_plans(sql) and self.session.transaction_status != "E":
                await explain_history(self.conversation)

    async def _refuse(self, error: RedshiftError) -> None:
        await self._report(error)
        await self._ready()

    async def _run_script(self, steps: Sequence[tuple[str, Plan]], parent: Remote | None) -> None:
        self.conversation.begin(describe=True)
        try:
            for index, (sql, plan) in enumerate(steps):
                await self._settle(sql)
                await self._noted(sql, self._run_step(Statement(sql), plan), first=not index, parent=parent)
        except RedshiftError as error:
            await self._report(error)
        await self._ready()

    async def _noted(
        self, sql: str, run: Coroutine[Any, Any, None], *, first: bool = True, parent: Remote | None = None
    ) -> None:
        """Await ``run``, which runs the statement ``sql`` (``first``: of a script), and note it in the history."""
        history = self.session.history
        entry = self._begin(sql, first=first, forwarded=False, parent=parent)
        if history is None or entry is None:
            await run
            return
        logs.bind(query_id=entry.number, pid=self.session.pid)
        try:
            with nullcontext() if entry.spans is None else entry.spans.active():
                await run
        except RedshiftError as error:
            error.word(lambda fields: worded(fields, sql))
            history.fail(entry, error.sqlstate, error.message)
            raise
        else:
            history.succeed(entry, self.conversation.tag)
        finally:
            history.forget(entry)

    async def _ready(self) -> None:
        """End the implicit transaction and say that the next statement may come."""
        try:
            await self.link.sync()
        except FatalError:
            raise
        except RedshiftError as error:
            self._client.send(messages.error_response(error.fields()))
        self._pass_parameters()
        self._set_status()
        self._client.send(messages.ready_for_query(self.link.status))

    def _set_status(self) -> None:
        self.session.transaction_status = self.link.status
        if self.session.change and self.link.status == "I":
            changes.end(self.session, settled=not self.busy)

    def _pass_parameters(self) -> None:
        for event in self.link.take_parameters():
            self.relay.parameter(event)
        self.relay.flushed()

    async def _run_step(self, statement: Statement, plan: Plan) -> None:
        if isinstance(plan, Deferred):
            plan = await plan.resolve(self.conversation)
        if isinstance(plan, PassThrough):
            await self.conversation.forward(statement.sql)
        elif isinstance(plan, Rewritten):
            await self.conversation.forward(plan.sql, tag=plan.tag)
        elif isinstance(plan, Command):
            await self._run_command(plan, statement)

    async def _run_command(self, plan: Command, statement: Statement) -> None:
        if self.session.transaction_status == "E" and not plan.runs_in_failed_transaction:
            raise errors.transaction_aborted()
        self.conversation.completed = False
        self.conversation.cancel_requested = False
        try:
            await plan.handler(statement, self.conversation)
        except RedshiftError:
            raise
        except asyncio.CancelledError:
            if self.conversation.cancel_requested:
                raise errors.cancelled() from None
            raise
        except Exception as error:
            log.exception("internal error in a handler")
            raise RedshiftError(errors.INTERNAL_ERROR, f"internal error of the emulator: {error!r}") from error
        if not self.conversation.completed:
            raise RedshiftError(errors.INTERNAL_ERROR, f"the command ended without an answer: {statement.sql[:80]}")

    async def _report(self, error: RedshiftError) -> None:
        """Send an error; what has been done in this transaction must not survive it."""
        if isinstance(error, FatalError):
            raise error
        self._client.send(messages.error_response(error.fields()))
        if self.link.status == "T" or self.link.dirty:
            await self.link.spoil()

    # --- extended protocol ---
    def _parse(self, message: Message) -> None:
        parse = messages.Parse.read(message.body)
        sql = _decode(parse.sql)
        self._extended.statements.pop(parse.name, None)
        self._extended.readers.discard(parse.name)
        self._extended.changes.pop(parse.name, None)
        self.relay.texts[parse.name] = sql
        try:
            script = plan_script(sql, self.session)
        except RedshiftError as error:
            if not self._must_wait(message):
                self._start(self._fail_extended(error))
            return
        if script.change:
            self._extended.changes[parse.name] = script.change
            changes.begin(self.session, script.change)
        if script.forwardable:
            raw = message.raw
            if script.text is not None or self.session.backend.folds_case:
                oids = parse.parameter_oids if not self.session.backend.folds_case else _without_collation(parse)
                raw = messages.parse(parse.name, (script.text or sql).encode(), oids)
            rewritten = script.text is not None
            if script.waits:
                self._extended.readers.add(parse.name)
            self._forward(raw, Pending(_PARSE, name=parse.name, tags=script.tags, rewritten=rewritten))
        elif not self._must_wait(message):
            self._start(self._parse_local(parse, script.steps))

    async def _parse_local(self, parse: messages.Parse, steps: Sequence[tuple[str, Plan]]) -> None:
        if len(steps) != 1:
            refused = RedshiftError(errors.SYNTAX_ERROR, "cannot insert multiple commands into a prepared statement")
            await self._fail_extended(refused)
            return
        ((sql, plan),) = steps
        try:
            if isinstance(plan, Deferred):
                plan = await plan.resolve(self.conversation)
        except RedshiftError as error:
            await self._fail_extended(error)
            return
        if isinstance(plan, Command):
            self._extended.statements[parse.name] = LocalStatement(sql, plan, _parameter_count(sql), parse.oids)
            self._client.send(messages.PARSE_COMPLETE)
            return
        text = plan.sql if isinstance(plan, Rewritten) else sql
        tags = (plan.tag,) if isinstance(plan, Rewritten) and plan.tag else ()
        raw = messages.parse(parse.name, text.encode(), parse.parameter_oids)
        self._forward(raw, Pending(_PARSE, name=parse.name, tags=tags, rewritten=text != sql))

    async def _fail_extended(self, error: RedshiftError) -> None:
        """Send an error and skip messages until the next Sync, as a server does."""
        await self._report(error)
        self.relay.skipping = True

    def _bind(self, message: Message) -> None:
        body = message.body
        portal, name = body.split(b"\0", 2)[:2]
        self._extended.portals.pop(portal, None)
        statement = self._extended.statements.get(name)
        if name in self._extended.changes:
            changes.begin(self.session, self._extended.changes[name])
        if statement is None and name in self._extended.readers:
            if not self._must_wait(message):
                self._start(self._bind_reader(message, portal, name))
        elif statement is None:
            raw = self.relay.adapt_bind(message, portal, name)
            self._forward(raw, Pending(_BIND, name=name))
        elif not self._must_wait(message):
            bind = messages.Bind.read(body)
            values = bind.texts(statement.parameter_oids)
            self._extended.portals[portal] = LocalPortal(statement, values, bind.result_formats)
            self._client.send(messages.BIND_COMPLETE)

    async def _bind_reader(self, message: Message, portal: bytes, name: bytes) -> None:
        try:
            await self._settle(self.relay.texts[name])
        except RedshiftError as error:
            await self._fail_extended(error)
            return
        self._forward(self.relay.adapt_bind(message, portal, name), Pending(_BIND, name=name))

    def _describe(self, message: Message) -> None:
        body = message.body
        name = body[1:-1]
        if body[0] == _STATEMENT:
            statement = self._extended.statements.get(name)
        else:
            portal = self._extended.portals.get(name)
            statement = portal.statement if portal else None
        if statement is None:
            self._forward(message.raw, Pending(_DESCRIBE, name=name, of_statement=body[0] == _STATEMENT))
        elif not self._must_wait(message):
            if body[0] == _STATEMENT:
                self._client.send(messages.parameter_description([1043] * statement.parameter_count))
            fields = [
                messages.Field(c.name, 0, 0, c.type_oid, c.type_size, c.type_modifier) for c in statement.plan.columns
            ]
            self._client.send(messages.row_description(fields) if fields else messages.NO_DATA)

    def _execute(self, message: Message) -> None:
        name = message.body.split(b"\0", 1)[0]
        portal = self._extended.portals.get(name)
        if portal is None:
            self._forward(message.raw, Pending(_EXECUTE, name=name, entry=self.relay.begin(name)))
        elif not self._must_wait(message):
            self._start(self._execute_local(portal))

    async def _execute_local(self, portal: LocalPortal) -> None:
        self.conversation.begin(describe=False, result_formats=portal.result_formats)
        statement = portal.statement
        changes.begin(self.session, changes.change_of(statement.sql, first_words(statement.sql)))
        try:
            await self._settle(statement.sql)
            run = self._run_command(statement.plan, Statement(statement.sql, portal.parameters))
            await self._noted(statement.sql, run)
        except RedshiftError as error:
            await self._fail_extended(error)

    def _close(self, message: Message) -> None:
        body = message.body
        local: dict[bytes, Any] = self._extended.statements if body[0] == _STATEMENT else self._extended.portals
        name = body[1:-1]
        if body[0] == _STATEMENT:
            self.relay.texts.pop(name, None)
            self._extended.readers.discard(name)
            self._extended.changes.pop(name, None)
        if name not in local:
            self._forward(message.raw, Pending(_CLOSE))
        elif not self._must_wait(message):
            del local[name]
            self._client.send(messages.CLOSE_COMPLETE)


def _decode(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise ProtocolError(f"invalid byte sequence for encoding UTF8: {error}") from error


def _parameter_count(sql: str) -> int:
    return max((int(number) for number in re.findall(r"\$(\d+)", sql)), default=0)


def _without_collation(parse: messages.Parse) -> bytes:
    """The parameter types of a Parse message, without those of strings: these take the collation of a column."""
    # Of a parameter that is only tested for NULL, nothing else tells the type.
    tested = {int(number) for number in re.findall(rb"\$(\d+)\s+is\b", parse.sql, re.I)}
    oids = [
        0 if oid in (TEXT, VARCHAR) and number not in tested else oid for number, oid in enumerate(parse.oids, start=1)
    ]
    return struct.pack(f"!h{len(oids)}I", len(oids), *oids)
