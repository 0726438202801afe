"""`dw-sim serve NAME`: one service as one process, as `dw-sim up` and containers start it."""

from __future__ import annotations

import contextlib
from enum import StrEnum
from typing import Annotated, Any

import typer

from dw_simulator.cli.context import invocation
from dw_simulator.serving import collector


class ServiceName(StrEnum):
    S3 = "s3"
    SNOWFLAKE = "snowflake"
    REDSHIFT = "redshift"
    API = "api"


SERVERS = {
    ServiceName.S3: "dw_simulator.emulators.s3.server",
    ServiceName.SNOWFLAKE: "dw_simulator.emulators.snowflake.server",
    ServiceName.REDSHIFT: "dw_simulator.emulators.redshift.server",
    ServiceName.API: "dw_simulator.api.server",
}
"""Where each service lives: a module with ``async def serve(settings, *, ready)``."""


def serve(
    context: typer.Context,
    name: Annotated[ServiceName, typer.Argument(help="The service to run.")],
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="TCP port to listen on; 0 picks a free one.")
    ] = None,
    supervised: Annotated[bool, typer.Option("--supervised", hidden=True, help="Stop when stdin closes.")] = False,
) -> None:
    """Run one service in the foreground until ctrl-C or SIGTERM."""
    collector.pause()
    from dw_simulator.config.secrets import resolved
    from dw_simulator.observability.logs import set_up_logging
    from dw_simulator.observability.tracing import set_up_tracing, shut_down_tracing
    from dw_simulator.stack import child, state, upgrade

    given = {key: value for key, value in (("host", host), ("port", port)) if value is not None}
    overrides: dict[str, Any] = {name.value: given} if given else {}
    settings = invocation(context).settings(overrides)
    set_up_logging(name.value, level=settings.log.level, form=settings.log.format)
    set_up_tracing(name.value, endpoint=settings.tracing.endpoint, sample_ratio=settings.tracing.sample_ratio)
    with contextlib.ExitStack() as until_end:
        until_end.callback(shut_down_tracing)
        if supervised:
            child.stop_when_stdin_closes()
        else:
            until_end.enter_context(state.services_lock(settings, alone=False))
            upgrade.prepare_home(settings.home)
        if name is not ServiceName.API:  # the API resolves references when it connects
            settings = resolved(settings)
        child.run_server(SERVERS[name], settings, child.announcer(name.value))


def register(app: typer.Typer) -> None:
    app.command(rich_help_panel="Stack")(serve)
