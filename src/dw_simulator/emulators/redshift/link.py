"""A connection to the PostgreSQL behind the emulator.

A link has one *receiver* at a time: what the server sends goes to it. While a client's messages are passed through, the
receiver is the client's session; while the emulator itself runs SQL, it is an `Exchange`. The emulator's own SQL goes
by the extended protocol without Sync, so that all steps of a statement share one (implicit or explicit) transaction.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Protocol, cast

from dw_simulator.emulators.redshift.commands.types import Column
from dw_simulator.emulators.redshift.conversation import Result
from dw_simulator.emulators.redshift.direct import DirectWriter
from dw_simulator.emulators.redshift.errors import (
    BackendError,
    FatalError,
    RedshiftError,
    backend_lost,
    transaction_aborted,
)
from dw_simulator.emulators.redshift.protocol import messages
from dw_simulator.emulators.redshift.protocol.auth import answer
from dw_simulator.emulators.redshift.protocol.framing import BackendScanner, Message, copy_payloads
from dw_simulator.emulators.redshift.short_names import lengthened
from dw_simulator.splitting.redshift import split

STATEMENT = b"dw_simulator"
"""Name of the prepared statement of the emulator's own SQL; it exists only while that runs."""

_T, _D, _C, _E, _N, _S, _Z, _K, _R = b"TDCENSZKR"
_G, _I, _CLOSED = b"GI3"

_PORTAL = b""
_CLOSE = messages.message(b"C", b"S" + STATEMENT + b"\0")
# A portal left open would keep its tables in use.
_CLOSE_ALL = messages.message(b"C", b"P\0") + _CLOSE
_CLOSINGS = 3
_DESCRIBE = messages.message(b"D", b"P\0")
_EXECUTE = messages.execute(_PORTAL)


_COPY_DATA_BYTES = 1 << 18
_SHORT = 4096
"""Bytes of an answer that is looked at message by message: longer ones are mostly rows, and cut in larger pieces."""


class Receiver(Protocol):
    """Takes what the server sends: `Message` objects that need attention, or bytes to splice."""

    def take(self, data: bytes) -> int:
        """Receive what ``data``, which begins with a message, has of messages one knows at sight; how many bytes."""
        ...

    def receive(self, event: Message | bytes) -> None: ...

    def flushed(self) -> None:
        """Everything that came in one read has been received."""
        ...

    def lost(self, error: FatalError) -> None:
        """The server is gone."""
        ...


class Exchange:
    """Runs until the server has answered; awaits as its outcome. The base class collects rows as text."""

    whole_rows = True
    ends_at_ready = False

    def __init__(self, link: BackendLink) -> None:
        self.link = link
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.columns: tuple[Column, ...] = ()
        self.rows: list[tuple[str | None, ...]] = []
        self.tag = ""
        self.error: RedshiftError | None = None
        self._closed = 0

    def take(self, data: bytes) -> int:  # noqa: ARG002 - interface
        return 0

    def receive(self, event: Message | bytes) -> None:
        if isinstance(event, bytes):
            self.spliced(event)
            return
        kind = event.kind
        if kind == _D:
            self.row(event)
        elif kind == _T:
            self.described(event)
        elif kind == _C:
            self.tag = messages.parse_text(event.body)
            self.completed(event)
        elif kind == _I:
            self.completed(event)
        elif kind == _E:
            self.failed(BackendError(messages.parse_fields(event.body)))
        elif kind == _N:
            if not self.link.asks(event):
                self.noticed(event)
        elif kind == _Z:
            self.link.status = event.body.decode()
            self.finish()
        elif kind == _S:
            self.link.parameter(event)
        elif kind == _CLOSED:
            # Close is sent once before (a leftover) and twice after the statement: the third answer ends it.
            self._closed += 1
            if self._closed == _CLOSINGS and not self.ends_at_ready:
                self.finish()
        else:
            self.other(event)

    def spliced(self, data: bytes) -> None:
        """Bytes of rows, when the exchange does not want them one by one."""

    def row(self, event: Message) -> None:
        values = messages.parse_data_row(event.body)
        self.rows.append(tuple([None if v is None else v.decode("utf-8", "replace") for v in values]))

    def described(self, event: Message) -> None:
        fields = messages.parse_row_description(event.body)
        self.columns = tuple(Column(lengthened(f.name), f.type_oid, f.type_size, f.type_modifier) for f in fields)
        self.rows = []

    def completed(self, event: Message) -> None:
        """A statement has ended well."""

    def noticed(self, event: Message) -> None:
        """A NoticeResponse came."""

    def other(self, event: Message) -> None:
        """A message only special exchanges expect."""

    def failed(self, error: RedshiftError) -> None:
        self.error = self.error or error
        if not self.ends_at_ready:
            # The server now skips everything until a Sync; whoever owns the transaction sends it.
            self.link.broken = True
            self.finish()

    def finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def flushed(self) -> None:
        pass

    def lost(self, error: FatalError) -> None:
        self.error = error
        self.finish()

    async def outcome(self) -> None:
        """Wait for the end.

        Raises:
            RedshiftError: the statement failed, or the server went away.
        """
        await asyncio.shield(self.done)
        if self.error is not None:
            raise self.error


class SyncExchange(Exchange):
    """Ends with ReadyForQuery."""

    ends_at_ready = True


class BackendLink(asyncio.Protocol):
    """See the module's description. ``status`` is the transaction status of the last ReadyForQuery."""

    def __init__(self, explain_loss: Callable[[str | None], FatalError] = backend_lost) -> None:
        self._explain_loss = explain_loss
        self.transport: asyncio.Transport | None = None
        self._writer: DirectWriter | None = None
        self.status = "I"
        self.broken = False
        """An error came since the last Sync: the server skips all messages until the next one."""
        self.dirty = False
        """SQL of the emulator's own has run since the last Sync: an implicit transaction may be open."""
        self.pid = 0
        self.key = b""
        self.parameters: dict[str, str] = {}
        self._new_parameters: list[Message] = []
        self.writable = asyncio.Event()
        self.writable.set()
        self.lost_error: FatalError | None = None
        self._scanner = BackendScanner()
        self._receiver: Receiver | None = None
        self.asked: Callable[[Message], bool] | None = None
        """Takes the notices that are questions of the server to the emulator: whether it was one."""
        self.peer: asyncio.Transport | None = None
        """The client's transport, whose reading pauses while the server does not take more."""

    # --- asyncio.Protocol ---
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio.Transport.
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(1 << 20)
        self._writer = DirectWriter(self.transport)

    def data_received(self, data: bytes) -> None:
        taken = 0
        if self._receiver is not None and len(data) <= _SHORT and self._scanner.at_start:
            taken = self._receiver.take(data)
        if taken < len(data):
            for event in self._scanner.feed(data[taken:] if taken else data):
                if self._receiver is not None:
                    self._receiver.receive(event)
        if self._receiver is not None:
            self._receiver.flushed()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost_error = self._explain_loss(str(exc) if exc else None)
        self.writable.set()
        if self._receiver is not None:
            self._receiver.lost(self.lost_error)

    def pause_writing(self) -> None:
        self.writable.clear()
        # While the emulator itself sends, the client stays readable: a client that hangs up has to be noticed.
        if self.peer is not None and not self.peer.is_closing() and not self.exchanging:
            self.peer.pause_reading()

    def resume_writing(self) -> None:
        self.writable.set()
        if self.peer is not None and not self.peer.is_closing():
            self.peer.resume_reading()

    # --- plumbing ---
    def asks(self, notice: Message) -> bool:
        """Whether a notice is a question to the emulator, which is then being answered."""
        return self.asked is not None and self.asked(notice)

    @property
    def exchanging(self) -> bool:
        """Whether SQL of the emulator's own is running."""
        return isinstance(self._receiver, Exchange)

    def attach(self, receiver: Receiver | None, *, whole_rows: bool = False) -> None:
        self._receiver = receiver
        self._scanner.whole_rows = whole_rows

    def want_whole_rows(self, wanted: bool) -> None:
        self._scanner.whole_rows = wanted

    def pause_reading(self) -> None:
        """The client does not take more."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.resume_reading()

    def write(self, data: bytes) -> None:
        if self.lost_error is not None or self._writer is None:
            raise self.lost_error or backend_lost()
        self._writer.write(data)

    def parameter(self, event: Message) -> None:
        """Remember a ParameterStatus; the session passes on what its client may know."""
        name, value = messages.parse_parameter_status(event.body)
        self.parameters[name] = value
        self._new_parameters.append(event)

    def take_parameters(self) -> list[Message]:
        """ParameterStatus messages since the last call."""
        taken, self._new_parameters = self._new_parameters, []
        return taken

    def close(self) -> None:
        """Say good-bye; whoever still waits for an answer is told that none comes."""
        self._release()
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(messages.TERMINATE)
            self.transport.close()

    def abort(self) -> None:
        """Drop the connection with all that has not been sent: the server rolls back."""
        self._release()
        if self.transport is not None:
            self.transport.abort()

    def _release(self) -> None:
        receiver, self._receiver = self._receiver, None
        if isinstance(receiver, Exchange):
            receiver.lost(backend_lost())

    # --- start-up ---
    async def login(
        self, user: str, database: str, password: str, parameters: dict[str, str], *, verifier: str = ""
    ) -> None:
        """Start the session; ``verifier`` is a stored MD5 password in place of the password.

        Raises:
            BackendError: PostgreSQL refused (no such role, no such database, …).
        """
        exchange = _Login(self, user, password, verifier)
        self.attach(exchange)
        self.write(messages.startup({"user": user, "database": database, **parameters}))
        try:
            await exchange.outcome()
        finally:
            self.attach(None)

    # --- the emulator's own SQL ---
    async def run(self, exchange: Exchange, data: bytes) -> None:
        """Send ``data`` and let ``exchange`` receive the answers.

        Raises:
            RedshiftError: the statement failed.
        """
        if self.broken and not exchange.ends_at_ready:
            raise transaction_aborted()
        previous = self._receiver
        self.attach(exchange, whole_rows=exchange.whole_rows)
        try:
            self.write(data)
            await exchange.outcome()
        finally:
            self.attach(previous)

    async def execute(self, sql: str) -> Result:
        """Run statements inside the current transaction; the rows of the last one.

        Raises:
            BackendError: PostgreSQL refused.
        """
        result = Result((), [], "")
        for statement in split(sql):
            exchange = Exchange(self)
            self.dirty = True
            await self.run(exchange, statement_messages(statement))
            result = Result(exchange.columns, exchange.rows, exchange.tag)
        return result

    async def query(self, sql: str) -> Result:
        """Run a script by the simple protocol: a transaction of its own. Only for links without a client.

        Raises:
            BackendError: PostgreSQL refused.
        """
        exchange = SyncExchange(self)
        await self.run(exchange, messages.query(sql))
        return Result(exchange.columns, exchange.rows, exchange.tag)

    async def load(self, sql: str, data: bytes) -> None:
        """As `query`, for a script with one COPY FROM STDIN, which takes ``data``."""
        # The server need not be waited for: if it refuses the script it ignores the data that come then.
        parts = (messages.query(sql), *_copy_data(data), messages.COPY_DONE)
        await self.run(SyncExchange(self), b"".join(parts))

    async def sync(self) -> None:
        """End the implicit transaction: commit it, or roll it back if something failed.

        Raises:
            BackendError: the commit failed (a deferred constraint).
        """
        exchange = SyncExchange(self)
        await self.run(exchange, messages.SYNC)
        self.broken = self.dirty = False

    async def spoil(self) -> None:
        """Make the current transaction fail, as an error in the server would. `sync` ends it."""
        if not self.broken:
            with contextlib.suppress(BackendError):
                await self.run(Exchange(self), messages.parse(STATEMENT, b"!") + messages.FLUSH)

    async def copy_in(self, sql: str, chunks: AsyncIterator[bytes]) -> str:
        """Feed ``COPY … FROM STDIN``; the command tag.

        Raises:
            BackendError: PostgreSQL refused a row; what has not been sent yet is not asked for.
        """
        exchange = CopyIn(self)
        previous = self._receiver
        self.attach(exchange, whole_rows=True)
        self.dirty = True
        try:
            self.write(_open_messages(sql) + _EXECUTE + messages.FLUSH)
            await exchange.accepted()
            await self._feed(exchange, chunks)
            await exchange.outcome()
        finally:
            self.attach(previous)
        return exchange.tag

    def _write_copy_data(self, chunk: bytes) -> None:
        if self.lost_error is not None or self.transport is None:
            raise self.lost_error or backend_lost()
        self.transport.writelines(_copy_data(chunk))

    async def _feed(self, exchange: CopyIn, chunks: AsyncIterator[bytes]) -> None:
        try:
            async for chunk in chunks:
                if exchange.done.done():
                    return
                self._write_copy_data(chunk)
                if not self.writable.is_set():
                    await self.writable.wait()
        except BaseException:
            if not exchange.done.done():
                self.write(messages.copy_fail("the load was stopped"))
                await exchange.done
            raise
        self.write(messages.COPY_DONE + _CLOSE_ALL + messages.FLUSH)

    async def copy_out(self, sql: str) -> AsyncIterator[bytes]:
        """Yield the payloads of ``COPY … TO STDOUT``.

        Raises:
            BackendError: PostgreSQL refused.
        """
        exchange = CopyOut(self)
        previous = self._receiver
        self.attach(exchange)
        self.dirty = True
        try:
            self.write(statement_messages(sql))
            async for data in exchange.chunks():
                yield data
            await exchange.outcome()
        finally:
            self.attach(previous)


def _copy_data(chunk: bytes) -> list[bytes | memoryview]:
    """In messages of a moderate size: the server reads each into memory before it looks at it."""
    view = memoryview(chunk)
    parts: list[bytes | memoryview] = []
    for start in range(0, len(chunk), _COPY_DATA_BYTES):
        piece = view[start : start + _COPY_DATA_BYTES]
        parts += (b"d" + (len(piece) + 4).to_bytes(4, "big"), piece)
    return parts


def _open_messages(sql: str, result_formats: Iterable[int] = ()) -> bytes:
    """Close a leftover, then Parse and Bind."""
    return _CLOSE + messages.parse(STATEMENT, sql.encode()) + messages.bind(_PORTAL, STATEMENT, tuple(result_formats))


def statement_messages(sql: str, result_formats: Iterable[int] = ()) -> bytes:
    """Run one statement by the extended protocol and leave no prepared statement behind."""
    return b"".join((_open_messages(sql, result_formats), _DESCRIBE, _EXECUTE, _CLOSE_ALL, messages.FLUSH))


class _Login(Exchange):
    ends_at_ready = True

    def __init__(self, link: BackendLink, user: str, password: str, verifier: str) -> None:
        super().__init__(link)
        self._answers = answer(user, password, verifier)
        next(self._answers)

    def other(self, event: Message) -> None:
        if event.kind == _R:
            try:
                reply = self._answers.send(event.body)
            except RedshiftError as error:
                self.error = error
                self.finish()
                return
            if reply is not None:
                self.link.write(reply)
        elif event.kind == _K:
            self.link.pid = int.from_bytes(event.body[:4], "big")
            self.link.key = event.body[4:]

    def failed(self, error: RedshiftError) -> None:
        self.error = self.error or error
        self.finish()


class CopyIn(Exchange):
    """Waits for CopyInResponse before data may be sent."""

    def __init__(self, link: BackendLink) -> None:
        super().__init__(link)
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def other(self, event: Message) -> None:
        if event.kind == _G and not self._ready.done():
            self._ready.set_result(None)

    def finish(self) -> None:
        super().finish()
        if not self._ready.done():
            self._ready.set_result(None)

    async def accepted(self) -> None:
        await self._ready
        if self.error is not None:
            raise self.error


class CopyOut(Exchange):
    """Hands out CopyData payloads; stops reading from the server while too much waits."""

    _HIGH = 8 << 20
    whole_rows = False

    def __init__(self, link: BackendLink) -> None:
        super().__init__(link)
        self._parts: list[bytes] = []
        self._size = 0
        self._news = asyncio.Event()
        self._paused = False

    def spliced(self, data: bytes) -> None:
        """CopyData messages with their headers, cut anywhere."""
        self._parts.append(data)
        self._size += len(data)

    def flushed(self) -> None:
        self._news.set()
        if self._size > self._HIGH and not self._paused:
            self._paused = True
            self.link.pause_reading()

    def finish(self) -> None:
        super().finish()
        self._news.set()

    async def chunks(self) -> AsyncIterator[bytes]:
        rest = b""
        while self._parts or not self.done.done():
            await self._news.wait()
            self._news.clear()
            framed = rest + b"".join(self._parts)
            self._parts, self._size = [], 0
            if self._paused:
                self._paused = False
                self.link.resume_reading()
            if framed:
                data, rest = await asyncio.to_thread(copy_payloads, framed)
                if data:
                    yield data
