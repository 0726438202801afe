"""The Redshift emulator as a service: PostgreSQL behind, the wire protocol in front."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import Callable

from dw_simulator.config.settings import Settings
from dw_simulator.emulators.redshift.backend import Backend
from dw_simulator.emulators.redshift.client import Client
from dw_simulator.emulators.redshift.commands import changes
from dw_simulator.emulators.redshift.commands.types import Session
from dw_simulator.emulators.redshift.errors import RedshiftError
from dw_simulator.emulators.redshift.link import BackendLink
from dw_simulator.emulators.redshift.metrics import RedshiftMetrics, listening
from dw_simulator.serving.addresses import cannot_listen
from dw_simulator.serving.metrics import App
from dw_simulator.serving.tls import server_context

log = logging.getLogger(__name__)

_WATCH_SECONDS = 0.5
_ENDING_SECONDS = 0.05
_OBJECTS = 20_000
"""New objects after which Python looks for cycles among them: statements that wait to be written down are none."""
ALPN = "postgresql"
"""The protocol's name in a TLS handshake (PostgreSQL, "SSL Session Encryption")."""


class RedshiftServer:
    """Accepts clients; knows their sessions, so that one connection can cancel another's statement."""

    def __init__(self, settings: Settings, backend: Backend) -> None:
        self.settings = settings
        self.tls = server_context(settings.tls_dir, protocols=(ALPN,)) if settings.tls.enabled else None
        self.backend = backend
        self.sessions: set[Client] = set()
        self.metrics = RedshiftMetrics(self)
        self._keys: dict[tuple[int, bytes], Client] = {}
        self._background: set[asyncio.Task[None]] = set()

    async def listen(self, host: str, port: int) -> asyncio.Server:
        """Accept connections.

        Raises:
            StackError: the port is in use, or the address is not ours.
        """
        loop = asyncio.get_running_loop()
        try:
            return await loop.create_server(lambda: Client(self), host, port, backlog=512)
        except OSError as error:
            raise cannot_listen("redshift", host, port, error) from error

    # --- sessions ---
    def register_key(self, pid: int, key: bytes, client: Client) -> None:
        self._keys[pid, key] = client
        self.metrics.statements.opened()

    def discard_link(self, link: BackendLink, *, running: bool) -> None:
        """Close a session's backend connection; stop what still runs on it."""
        self._keys.pop((link.pid, link.key), None)
        if not running:
            link.close()
        else:
            link.abort()
            self._spawn(self.backend.cancel(link.pid, link.key))

    def outlast(self, link: BackendLink, session: Session) -> None:
        """A client went away within a transaction that may change the catalog: it ends once PostgreSQL ends it."""
        self._spawn(self._outlast(link.pid, session))

    async def _outlast(self, pid: int, session: Session) -> None:
        alive = f"SELECT FROM pg_catalog.pg_stat_activity WHERE pid = {pid}"
        try:
            while (await self.backend.admin_query(alive)).tag != "SELECT 0":
                changes.end(session, settled=False)
                await asyncio.sleep(_ENDING_SECONDS)
        except RedshiftError as error:
            log.info("PostgreSQL does not tell whether a lost session has ended: %s", error.message)
        finally:
            changes.end(session, settled=True)

    def end_membership(self, role: str, joining: asyncio.Task[tuple[str, ...]]) -> None:
        """The session whose user joined groups is over."""
        self._spawn(self._leave(role, joining))

    async def _leave(self, role: str, joining: asyncio.Task[tuple[str, ...]]) -> None:
        try:
            await self.backend.session_groups.leave(role, await joining)
        except RedshiftError as error:
            # It could not join, or PostgreSQL is gone: what is left is taken back when it starts again.
            log.info("the groups of a session of %s were not left: %s", role, error.message)

    async def cancel(self, pid: int, key: bytes) -> None:
        """Cancel what a client's connection runs. As in PostgreSQL, a wrong key is ignored."""
        client = self._keys.get((pid, key))
        if client is not None:
            client.cancel_task()
            await self.backend.cancel(pid, key)

    def _spawn(self, work: object) -> None:
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    # --- life ---
    async def watch_backend(self) -> None:
        """Bring PostgreSQL back when it ends; its clients have been told by then."""
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            if self.backend.has_ended():
                log.error("PostgreSQL behind the Redshift emulator ended; starting it again")
                await self.backend.restart()
            elif self.backend.end_if_stopping():
                log.error("PostgreSQL behind the Redshift emulator was told to stop and takes no clients: ending it")

    async def close(self) -> None:
        for client in list(self.sessions):
            client.shut_down()
        if self._background:
            await asyncio.wait(self._background, timeout=2)


async def serve(settings: Settings, *, ready: Callable[[str, int], None] | None = None) -> None:
    """Run the emulator until SIGTERM, SIGINT or cancellation.

    Raises:
        StackError: PostgreSQL does not start, the port is taken, or the certificates cannot be used.
    """
    backend = Backend(settings)
    server = RedshiftServer(settings, backend)
    await backend.start()
    try:
        listener = await server.listen(settings.redshift.host, settings.redshift.port)
        address = listener.sockets[0].getsockname()
        watch = asyncio.ensure_future(server.watch_backend())
        try:
            async with (
                _aws_api(backend, address[0], address[1]) as aws_api,
                listening(server, server.metrics, aws_api) as http_port,
            ):
                gc.freeze()  # what has been loaded stays: no need to look at it again and again
                gc.set_threshold(_OBJECTS, *gc.get_threshold()[1:])
                log.info("metrics and health of redshift are at port %d", http_port)
                if ready is not None:
                    ready(address[0], address[1])
                await _until_stopped(watch)
        finally:
            watch.cancel()
            listener.close()
            await server.close()
    finally:
        await backend.stop()


def _aws_api(backend: Backend, host: str, port: int) -> contextlib.AbstractAsyncContextManager[App | None]:
    """AWS's APIs, in the mode ``strict``, which without them would let no IAM user in."""
    if backend.temporary is None:
        return contextlib.nullcontext()
    from dw_simulator.emulators.redshift.aws_api.server import opened

    return opened(backend.settings, backend.temporary, host, port)


async def _until_stopped(watch: asyncio.Future[None]) -> None:
    """Wait for a signal to stop; an error of the watch ends the service."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        # Only the main thread can take signals; tests run the server in another and cancel it.
        with contextlib.suppress(RuntimeError, ValueError, NotImplementedError):
            loop.add_signal_handler(sign, stop.set)
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((stopped, watch), return_when=asyncio.FIRST_COMPLETED)
        if watch.done():
            watch.result()
    finally:
        stopped.cancel()
