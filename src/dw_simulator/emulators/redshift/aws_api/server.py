"""The HTTP listener of the emulator: AWS's APIs beside the wire protocol."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterator

import uvicorn

from dw_simulator.config.settings import Settings
from dw_simulator.emulators.redshift.aws_api.app import AwsApi
from dw_simulator.emulators.redshift.aws_api.data_api import DataApi
from dw_simulator.emulators.redshift.aws_api.target import Target
from dw_simulator.emulators.redshift.temporary import TemporaryCredentials
from dw_simulator.serving.addresses import listening_socket
from dw_simulator.serving.http import GRACE_SECONDS

log = logging.getLogger(__name__)

_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - addresses that one does not connect to


class _Server(uvicorn.Server):
    """Uvicorn whose process belongs to another server: signals are that one's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(settings: Settings, credentials: TemporaryCredentials, host: str, port: int) -> AsyncIterator[None]:
    """Serve the APIs while the block runs. ``host`` and ``port`` are where the emulator takes connections.

    Raises:
        StackError: the port is in use.
    """
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    redshift = settings.redshift
    target = Target(redshift, credentials, _ANY.get(host, host), port)
    data = DataApi(target)
    with listening_socket("redshift", redshift.host, redshift.metrics_port) as listener:
        config = uvicorn.Config(
            AwsApi(target, data, settings.s3),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        server = _Server(config)
        running = asyncio.ensure_future(server.serve(sockets=[listener]))
        log.info("the AWS API of the Redshift emulator answers on port %s", listener.getsockname()[1])
        try:
            yield
        finally:
            await data.close()
            server.should_exit = True
            await running
