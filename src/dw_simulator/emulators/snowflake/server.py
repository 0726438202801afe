"""The Snowflake service: wires the engine, the HTTP surface and the socket."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from dw_simulator.config.settings import Settings
from dw_simulator.emulators.snowflake import compute
from dw_simulator.emulators.snowflake.app import App
from dw_simulator.emulators.snowflake.interfaces import Engine
from dw_simulator.emulators.snowflake.logins.check import StrictLogins, accept_any
from dw_simulator.emulators.snowflake.service import Service
from dw_simulator.serving.addresses import listening_socket
from dw_simulator.serving.certificates import Place
from dw_simulator.serving.http import GRACE_SECONDS, HeadWithBody, HttpServer
from dw_simulator.serving.tls import server_context

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.engine import Engine as DuckEngine

KEEP_ALIVE_SECONDS = 3600
"""Idle connections stay open for as long as drivers keep them in their pools."""
BACKLOG = 1024


def _protocol(service: Service) -> type[HttpToolsProtocol]:
    """Uvicorn's protocol, which also tells the service when a connection ends."""

    class Protocol(HttpToolsProtocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self.transport = HeadWithBody(transport)  # type: ignore[assignment]

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            if self.client is not None:
                service.connection_lost(self.client)

    return Protocol


async def serve(settings: Settings, *, ready: Callable[[str, int], None] | None = None) -> None:
    """Serve until SIGTERM, SIGINT or cancellation; then roll back, flush and close.

    Raises:
        StackError: the port is in use, or the state folder or the certificates cannot be used.
    """
    from dw_simulator.emulators.snowflake.logins.bootstrap import strict_logins

    address = settings.snowflake
    tls = server_context(settings.tls_dir) if settings.tls.enabled else None
    with listening_socket("snowflake", address.host, address.port, backlog=BACKLOG) as listener:
        engine = await asyncio.to_thread(_open_engine, settings)
        logins = None if address.login == "open" else strict_logins(engine, address)
        await serve_engine(engine, settings, listener, ready, logins, tls)


def _open_engine(settings: Settings) -> DuckEngine:
    """Open the engine: DuckDB opens its file while the modules are imported that it does not need for that."""
    from dw_simulator.emulators.snowflake import functions
    from dw_simulator.emulators.snowflake.backend import Backend

    functions.load()
    state_dir, limits = settings.state_dir("snowflake"), settings.snowflake
    with ThreadPoolExecutor(1, thread_name_prefix="open") as opener:
        backend = opener.submit(Backend, state_dir, limits.memory_limit, limits.spill_limit)
        from dw_simulator.emulators.snowflake.engine import Engine as DuckEngine
    python = str(limits.python) if limits.python is not None else None
    engine = DuckEngine.over(backend.result(), state_dir, settings.s3, python)
    engine.ca_file = Place(settings.tls_dir).ca if settings.tls.enabled else None
    return engine


async def serve_engine(
    engine: Engine,
    settings: Settings,
    listener: socket.socket,
    ready: Callable[[str, int], None] | None = None,
    logins: StrictLogins | None = None,
    tls: ssl.SSLContext | None = None,
) -> None:
    """Serve ``engine`` on a socket that listens already; closes the engine at the end."""
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    service = Service(engine, settings.state_dir("snowflake"), accept_any if logins is None else logins.check)
    if logins is not None:
        service.sessions.idle_seconds = logins.idle_seconds
    host, port = listener.getsockname()[:2]
    config = uvicorn.Config(
        App(service, hosts=[settings.snowflake.host, *settings.local_hosts]),
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

    def announce() -> None:
        if ready is not None:
            ready(host, port)
        asyncio.get_running_loop().run_in_executor(None, compute.load)

    try:
        await HttpServer(config, announce, tls).serve(sockets=[listener])
    finally:
        sweeper.cancel()
        await asyncio.shield(service.close())
