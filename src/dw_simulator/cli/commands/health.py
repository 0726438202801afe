"""`dw-sim health NAME`: whether one service is well, as a container engine's health check asks."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from dw_simulator.cli.context import invocation
from dw_simulator.cli.output import print_text

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings
    from dw_simulator.stack.ports import Address

LIMIT = 5.0
"""Seconds a service has to answer."""


class CheckedName(StrEnum):
    S3 = "s3"
    SNOWFLAKE = "snowflake"
    REDSHIFT = "redshift"
    API = "api"
    LOADER = "loader"


def health(
    context: typer.Context,
    name: Annotated[CheckedName, typer.Argument(help="The service to ask.")],
    host: Annotated[str | None, typer.Option(help="Address to ask instead of the configured one.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="TCP port to ask.")] = None,
) -> None:
    """Ask one service over its own wire whether it is well; exit code 7 when it is not."""
    from dw_simulator.config.trust import client_context
    from dw_simulator.errors import ServiceUnavailable
    from dw_simulator.stack.health import is_healthy
    from dw_simulator.stack.ports import Address

    settings = invocation(context).settings()
    configured = _configured(name, settings)
    address = Address(host or configured.host, port or configured.port)
    with_tls = settings.tls.enabled and name is not CheckedName.LOADER  # what it tells is no secret
    tls = client_context(settings.tls_dir / "ca.pem") if with_tls else None
    if not asyncio.run(is_healthy(name.value, address, limit=LIMIT, tls=tls)):
        hint = "start it with: dw-sim load --watch" if name is CheckedName.LOADER else None
        raise ServiceUnavailable(name.value, str(address), hint=hint)
    print_text(f"{name.value} is well at {address}")


def _configured(name: CheckedName, settings: Settings) -> Address:
    from dw_simulator.stack.ports import Address

    if name is CheckedName.LOADER:
        return Address("127.0.0.1", settings.loader.metrics_port)
    service = settings.service(name.value)
    return Address(service.host, service.port)


def register(app: typer.Typer) -> None:
    app.command(rich_help_panel="Stack")(health)
