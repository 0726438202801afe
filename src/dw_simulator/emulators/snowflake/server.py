"""The Snowflake service: wires the engine, the HTTP surface and the socket."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import signal
import socket
from collections.abc import Callable, Iterator

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from dw_simulator.config.settings import Settings
from dw_simulator.emulators.snowflake.app import App
from dw_simulator.emulators.snowflake.interfaces import Engine
from dw_simulator.emulators.snowflake.service import Service
from dw_simulator.errors import StackError

GRACE_SECONDS = 5
"""How long open requests may take to end when the server stops."""
KEEP_ALIVE_SECONDS = 3600
"""Idle connections stay open for as long as drivers keep them in their pools."""
BACKLOG = 1024


class _Server(uvicorn.Server):
    """Tells when it answers, and stops by itself on a signal instead of raising it again afterwards."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._announce()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)


def _protocol(service: Service) -> type[HttpToolsProtocol]:
    """Uvicorn's protocol, which also tells the service when a connection ends."""

    class Protocol(HttpToolsProtocol):
        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            if self.client is not None:
                service.connection_lost(self.client)

    return Protocol


async def serve(settings: Settings, *, ready: Callable[[str, int], None] | None = None) -> None:
    """Serve until SIGTERM, SIGINT or cancellation; then roll back, flush and close.

    Raises:
        StackError: the port is in use, or the state folder cannot be opened.
    """
    from dw_simulator.emulators.snowflake.engine import Engine as DuckEngine

    state_dir = settings.state_dir("snowflake")
    with _listening_socket(settings.snowflake.host, settings.snowflake.port) as listener:
        engine = await asyncio.to_thread(DuckEngine.open, state_dir, s3=settings.s3)
        await serve_engine(engine, settings, listener, ready)


async def serve_engine(
    engine: Engine,
    settings: Settings,
    listener: socket.socket,
    ready: Callable[[str, int], None] | None = None,
) -> None:
    """Serve ``engine`` on a socket that listens already; closes the engine at the end."""
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    service = Service(engine, settings.state_dir("snowflake"))
    host, port = listener.getsockname()[:2]
    config = uvicorn.Config(
        App(service, hosts=[settings.snowflake.host]),
        http=_protocol(service),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=BACKLOG,
    )
    sweeper = asyncio.create_task(service.sweep())
    try:
        await _Server(config, lambda: ready(host, port) if ready else None).serve(sockets=[listener])
    finally:
        sweeper.cancel()
        await asyncio.shield(service.close())


@contextlib.contextmanager
def _listening_socket(host: str, port: int) -> Iterator[socket.socket]:
    family, kind, protocol, _, target = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(target)
            listener.listen(BACKLOG)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise StackError(
                    f"port {port} on {host} is in use, so the snowflake service cannot start",
                    hint="stop what uses it, or choose another port with --port or DW_SIMULATOR_SNOWFLAKE_PORT",
                ) from error
            raise StackError(f"the snowflake service cannot listen on {host}:{port}: {error.strerror}") from error
        yield listener
