"""`dw-sim serve api`: the API behind uvicorn, on a loopback address."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import uvicorn

from dw_simulator.api.app import create_app, stop_open_requests
from dw_simulator.api.security import require_loopback, token_of
from dw_simulator.config.secrets import resolved
from dw_simulator.serving.addresses import listening_socket
from dw_simulator.serving.http import GRACE_SECONDS, HttpServer
from dw_simulator.serving.tls import server_context

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings


async def serve(settings: Settings, *, ready: Callable[[str, int], None] | None = None) -> None:
    """Serve the API until SIGTERM, SIGINT or cancellation.

    Raises:
        ConfigError: the address is not one of this machine's own and there is no token, or the token cannot be used.
        SecretError: the token is a reference that cannot be resolved.
        StackError: the port is in use, or the certificates cannot be used.
    """
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    settings = resolved(settings, "api")
    host = settings.api.host
    require_loopback(host, published=settings.api.published, token=token_of(settings))
    tls = server_context(settings.tls_dir) if settings.tls.enabled else None
    with listening_socket("api", host, settings.api.port) as listener:
        port = listener.getsockname()[1]
        app = create_app(settings)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="on",
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        announce = partial(ready, host, port) if ready else _nobody_waits
        await HttpServer(config, announce, tls, partial(stop_open_requests, app)).serve(sockets=[listener])


def _nobody_waits() -> None:
    """Of a server that nobody waits for."""
