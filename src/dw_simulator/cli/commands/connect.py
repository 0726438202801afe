"""`dw-sim connect`: how each client connects to the stack, to paste."""

from __future__ import annotations

from typing import Annotated

import typer

from dw_simulator.cli.commands.serve import ServiceName
from dw_simulator.cli.context import invocation
from dw_simulator.cli.output import JsonOption, print_json, print_text

PANEL = "Stack"


def connect(
    context: typer.Context,
    services: Annotated[
        list[ServiceName] | None, typer.Argument(help="Services to show (all).", metavar="[SERVICE]...")
    ] = None,
    client: Annotated[
        list[str] | None,
        typer.Option(
            "--client", "-c", help="Only this client, such as psql, dbt, jdbc; repeat it for others.", metavar="CLIENT"
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show how clients connect: psql, Python, SQLAlchemy, dbt, JDBC, the AWS CLI and others, to paste."""
    from dw_simulator.stack.connect import CLIENTS, as_text, snippets

    known = list(dict.fromkeys(one.client for one in CLIENTS))
    for name in client or []:
        if name not in known:
            raise typer.BadParameter(f"{name!r} is not one of: {', '.join(known)}", param_hint="--client")
    names = [service.value for service in services or ServiceName]
    found = [one for one in snippets(invocation(context).settings(), names) if not client or one.client in client]
    if as_json:
        print_json([one._asdict() for one in found])
    else:
        print_text(as_text(found))


def register(app: typer.Typer) -> None:
    app.command("connect", rich_help_panel=PANEL)(connect)
