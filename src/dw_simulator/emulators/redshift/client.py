"""A client's connection: its transport, its start-up, and the one task that works for it at a time."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, cast

from dw_simulator.emulators.redshift import errors
from dw_simulator.emulators.redshift.commands.types import Session
from dw_simulator.emulators.redshift.direct import DirectWriter
from dw_simulator.emulators.redshift.errors import DiskFullError, FatalError, RedshiftError
from dw_simulator.emulators.redshift.link import BackendLink
from dw_simulator.emulators.redshift.protocol import messages
from dw_simulator.emulators.redshift.protocol.framing import Frontend, Message
from dw_simulator.emulators.redshift.protocol.messages import ProtocolError
from dw_simulator.emulators.redshift.session import Dispatcher
from dw_simulator.emulators.redshift.startup import open_session

if TYPE_CHECKING:
    from dw_simulator.emulators.redshift.server import RedshiftServer

log = logging.getLogger(__name__)

_HANDSHAKE_SECONDS = 10.0


class Client(asyncio.Protocol):
    """See the module's description. ``inbox`` holds messages that nobody has looked at yet."""

    def __init__(self, server: RedshiftServer) -> None:
        self.server = server
        self.transport: asyncio.Transport | None = None
        self._writer: DirectWriter | None = None
        self.frontend = Frontend()
        self.inbox: deque[Message] = deque()
        self.dispatcher: Dispatcher | None = None
        self._task: asyncio.Task[None] | None = None
        self._news: asyncio.Future[None] | None = None
        self.closed = False
        self.encrypted = False
        self.joining: tuple[str, asyncio.Task[tuple[str, ...]]] | None = None
        """The user, and the groups that it is in while this connection lasts."""

    # --- asyncio.Protocol ---
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio.Transport.
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(1 << 20)
        self._writer = DirectWriter(self.transport)
        self.server.sessions.add(self)
        self.start(open_session(self))

    def data_received(self, data: bytes) -> None:
        dispatcher = self.dispatcher
        if dispatcher is not None:
            if not self.frontend.pending and dispatcher.express.take(data):
                return
            if self.frontend.is_message(data):
                self.inbox.append(Message(data[0], data))
                dispatcher.pump()
                return
        self.frontend.feed(data)
        if self.frontend.started:
            self._take_messages()
        if self._news is not None and not self._news.done():
            self._news.set_result(None)
        if self.dispatcher is not None:
            self.dispatcher.pump()

    def _take_messages(self) -> None:
        try:
            self.inbox.extend(self.frontend.messages())
        except ProtocolError as error:
            self.fatal(FatalError(errors.PROTOCOL_VIOLATION, str(error)))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - interface
        self.closed = True
        self.server.sessions.discard(self)
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
        if self.joining is not None:
            self.server.end_membership(*self.joining)
        if self.dispatcher is not None:
            self.dispatcher.dynamic.close()
            session, link = self.dispatcher.session, self.dispatcher.link
            self.server.backend.history.abandon(session)
            self.server.discard_link(link, running=self.dispatcher.busy or task is not None)
            if session.change:
                self.server.outlast(link, session)

    def pause_writing(self) -> None:
        if self.dispatcher is not None:
            self.dispatcher.link.pause_reading()

    def resume_writing(self) -> None:
        if self.dispatcher is not None:
            self.dispatcher.link.resume_reading()

    # --- towards the client ---
    def send(self, data: bytes) -> None:
        if self._writer is not None and not self.closed:
            self._writer.write(data)

    def fatal(self, error: FatalError) -> None:
        """Say why, and hang up."""
        if self.closed:
            return
        self.send(messages.error_response(error.fields()))
        if isinstance(error, DiskFullError) and self.dispatcher is not None:
            self.send(messages.ready_for_query("I"))
        if self.transport is not None:
            self.transport.close()
        self.closed = True

    def hang_up(self) -> None:
        if self.transport is not None:
            self.transport.close()

    def shut_down(self) -> None:
        """The service stops."""
        self.fatal(FatalError(errors.ADMIN_SHUTDOWN, "terminating connection due to administrator command"))

    @property
    def host(self) -> str:
        """The client's address."""
        peer = self.transport.get_extra_info("peername") if self.transport is not None else None
        return str(peer[0]) if peer else "[local]"

    async def start_tls(self) -> bool:
        """Go on over TLS. False when the client does not manage the handshake: it is gone then."""
        assert self.transport is not None
        assert self.server.tls is not None
        loop = asyncio.get_running_loop()
        try:
            upgraded = await loop.start_tls(
                self.transport, self, self.server.tls, server_side=True, ssl_handshake_timeout=_HANDSHAKE_SECONDS
            )
        except OSError as error:  # ssl.SSLError is one
            log.info("a TLS handshake failed: %s", error, extra={"client": self.host})
            self.closed = True
            self.server.sessions.discard(self)
            return False
        assert upgraded is not None
        self.transport, self.encrypted = upgraded, True
        self._writer = DirectWriter(self.transport)
        self.transport.set_write_buffer_limits(1 << 20)
        return True

    async def next_startup(self) -> bytes:
        """The next message before the session has started."""
        while True:
            message = self.frontend.next_startup()
            if message is not None:
                return message
            await self._wait_for_data()

    async def next_message(self) -> Message:
        """The next message while the session is being authenticated."""
        self._take_messages()
        while not self.inbox:
            await self._wait_for_data()
        return self.inbox.popleft()

    async def _wait_for_data(self) -> None:
        self._news = asyncio.get_running_loop().create_future()
        await self._news

    # --- running ---
    def opened(self, link: BackendLink, session: Session) -> None:
        """The backend connection stands: relay from now on."""
        link.peer = self.transport
        self.dispatcher = Dispatcher(self, link, session)

    @property
    def working(self) -> bool:
        """Whether a task answers a message of this client."""
        return self._task is not None

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        self._task = asyncio.ensure_future(self._guard(work))

    async def _guard(self, work: Coroutine[Any, Any, None]) -> None:
        """The edge of all work for a client: whatever it raises becomes an ErrorResponse."""
        try:
            await work
        except FatalError as error:
            self.fatal(error)
        except RedshiftError as error:
            self.fatal(FatalError(error.sqlstate, error.message, error.detail, error.hint))
        except asyncio.CancelledError:
            if not self.closed:
                self.fatal(FatalError(errors.ADMIN_SHUTDOWN, "terminating connection due to administrator command"))
            raise
        except Exception as error:
            log.exception("internal error in a Redshift session")
            self.fatal(FatalError(errors.INTERNAL_ERROR, f"internal error of the emulator: {error!r}"))
        finally:
            self._task = None
        if self.dispatcher is not None:
            self.dispatcher.pump()

    # --- cancel ---
    def cancel_task(self) -> None:
        """A cancel request came: stop what the emulator itself does for this client."""
        if self.dispatcher is not None:
            self.dispatcher.dynamic.close()
        if self.dispatcher is None or self._task is None:
            return
        self.dispatcher.conversation.cancel_requested = True
        if not self.dispatcher.link.exchanging:
            self._task.cancel()
