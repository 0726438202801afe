"""The conversation handlers hold with the client of a session."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import TYPE_CHECKING

from dw_simulator.emulators.redshift.commands.types import Column, Session
from dw_simulator.emulators.redshift.conversation import Result
from dw_simulator.emulators.redshift.errors import cancelled, reword
from dw_simulator.emulators.redshift.link import BackendLink, Exchange, statement_messages
from dw_simulator.emulators.redshift.protocol import messages
from dw_simulator.emulators.redshift.protocol.framing import Message
from dw_simulator.emulators.redshift.protocol.types import reshape_row
from dw_simulator.emulators.redshift.relay import client_tag, shape_of
from dw_simulator.observability import sql_trace, tracing

if TYPE_CHECKING:
    from dw_simulator.emulators.redshift.client import Client
    from dw_simulator.emulators.redshift.protocol.types import Reshape


class ClientConversation:
    """Implements `conversation.Conversation` for one client; used for one statement after the other."""

    def __init__(self, client: Client, link: BackendLink, session: Session) -> None:
        self._client = client
        self._link = link
        self._session = session
        self._describe = True
        self._result_formats: tuple[int, ...] = ()
        self.completed = False
        self.tag = ""
        """The command tag of the statement that has completed."""
        self.cancel_requested = False
        """A cancel request came for the statement that runs. PostgreSQL forgets one that finds it idle: between two
        steps of a command."""

    @property
    def session(self) -> Session:
        return self._session

    @property
    def in_transaction(self) -> bool:
        return self._link.status != "I"

    def begin(self, *, describe: bool, result_formats: tuple[int, ...] = ()) -> None:
        """Prepare for a statement. ``describe``: send RowDescription (the extended protocol has Describe)."""
        self._describe = describe
        self._result_formats = result_formats
        self.completed = False

    # --- towards the backend ---
    async def execute(self, sql: str) -> Result:
        self._go_on()
        with sql_trace.backend_span("postgresql", sql):
            return await self._link.execute(sql)

    async def forward(self, sql: str, *, tag: str | None = None) -> None:
        self._go_on()
        exchange = _Forward(self._link, self._client, self._session, describe=self._describe, tag=tag)
        self._link.dirty = True
        with sql_trace.backend_span("postgresql", sql):
            await self._link.run(exchange, statement_messages(sql, self._result_formats))
        self.completed = True
        self.tag = exchange.tag

    async def copy_in(self, sql: str, chunks: AsyncIterator[bytes]) -> str:
        self._go_on()
        with sql_trace.backend_span("postgresql", sql):
            return await self._link.copy_in(sql, chunks)

    def copy_out(self, sql: str) -> AsyncIterator[bytes]:
        self._go_on()
        return self._link.copy_out(sql) if not tracing.is_recording() else self._traced_copy_out(sql)

    async def _traced_copy_out(self, sql: str) -> AsyncIterator[bytes]:
        span = tracing.start_span("COPY", sql_trace.attributes_of("postgresql", sql), kind="client")
        try:
            with span.failing():
                async for data in self._link.copy_out(sql):
                    yield data
        finally:
            span.end()

    def _go_on(self) -> None:
        if self.cancel_requested:
            raise cancelled()

    # --- towards the client ---
    def send_rows(self, columns: Sequence[Column], rows: Iterable[Sequence[str | None]]) -> None:
        if self._describe:
            fields = [messages.Field(c.name, 0, 0, c.type_oid, c.type_size, c.type_modifier) for c in columns]
            self._client.send(messages.row_description(fields))
        encoded = [messages.data_row([None if v is None else v.encode() for v in row]) for row in rows]
        self._client.send(b"".join(encoded))

    def complete(self, tag: str) -> None:
        self.completed = True
        self.tag = tag
        self._client.send(messages.command_complete(tag))

    def notice(self, message: str, *, severity: str = "INFO", sqlstate: str = "00000") -> None:
        self._client.send(messages.notice_response({"S": severity, "C": sqlstate, "M": message}))


class _Forward(Exchange):
    """Passes rows and completion on to the client; errors are kept for whoever awaits the outcome."""

    whole_rows = False

    def __init__(self, link: BackendLink, client: Client, session: Session, *, describe: bool, tag: str | None) -> None:
        super().__init__(link)
        self._session = session
        self._client = client
        self._describe = describe
        self._override = tag
        self._reshapes: dict[int, Reshape] = {}
        self._out: list[bytes] = []

    def spliced(self, data: bytes) -> None:
        self._out.append(data)

    def row(self, event: Message) -> None:
        self._out.append(messages.data_row(reshape_row(messages.parse_data_row(event.body), self._reshapes)))

    def described(self, event: Message) -> None:
        shape = shape_of(event.raw, self._session)
        self._reshapes = shape.reshapes
        self.link.want_whole_rows(bool(shape.reshapes))
        if self._describe:
            self._out.append(shape.raw)

    def completed(self, event: Message) -> None:
        if not event.body:
            self._out.append(messages.EMPTY_QUERY)
        elif self._override is not None:
            self._out.append(messages.command_complete(self._override))
        else:
            self._out.append(messages.message(b"C", client_tag(event.body[:-1]) + b"\0"))

    def noticed(self, event: Message) -> None:
        self._out.append(messages.notice_response(reword(messages.parse_fields(event.body))))

    def flushed(self) -> None:
        if self._out:
            data, self._out = b"".join(self._out), []
            self._client.send(data)
