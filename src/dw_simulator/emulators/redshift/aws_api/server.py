"""AWS's APIs of Redshift, beside the wire protocol."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from dw_simulator.config.settings import Settings
from dw_simulator.emulators.redshift.aws_api.app import AwsApi
from dw_simulator.emulators.redshift.aws_api.data_api import DataApi
from dw_simulator.emulators.redshift.aws_api.target import Target
from dw_simulator.emulators.redshift.temporary import TemporaryCredentials

_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - addresses that one does not connect to


@contextlib.asynccontextmanager
async def opened(settings: Settings, credentials: TemporaryCredentials, host: str, port: int) -> AsyncIterator[AwsApi]:
    """The APIs as an ASGI application. ``host`` and ``port`` are where the emulator takes connections."""
    target = Target(settings.redshift, credentials, _ANY.get(host, host), port)
    data = DataApi(target)
    try:
        yield AwsApi(target, data, settings.s3)
    finally:
        await data.close()
