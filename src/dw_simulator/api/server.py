"""`dw-sim serve api`: the API behind uvicorn, on a loopback address."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import uvicorn

from dw_simulator.api.app import create_app
from dw_simulator.api.security import require_loopback
from dw_simulator.stack.ports import Address, port_error

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings

GRACE_SECONDS = 5
"""How long open requests may take to end when the server stops."""


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


async def serve(settings: Settings, *, ready: Callable[[str, int], None] | None = None) -> None:
    """Serve the API until SIGTERM, SIGINT or cancellation.

    Raises:
        ConfigError: the address is not one of this machine's own.
        StackError: the port is in use.
    """
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    host = settings.api.host
    require_loopback(host)
    with _listening_socket(Address(host, settings.api.port)) as listener:
        port = listener.getsockname()[1]
        config = uvicorn.Config(
            create_app(settings),
            log_config=None,
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        await _Server(config, lambda: ready(host, port) if ready else None).serve(sockets=[listener])


@contextlib.contextmanager
def _listening_socket(address: Address) -> Iterator[socket.socket]:
    family, kind, protocol, _, target = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(target)
            listener.listen()
        except OSError as error:
            raise port_error("api", address, error) from error
        yield listener
