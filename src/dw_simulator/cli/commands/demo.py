"""`dw-sim demo`: the whole job in one command, in a scratch home that is removed at the end."""

from __future__ import annotations

from typing import Annotated

import typer

DEFAULT_ROWS = 1_000_000


def demo(
    rows: Annotated[int, typer.Option("--rows", min=10_000, help="Rows to generate in all.")] = DEFAULT_ROWS,
) -> None:
    """Start a stack, import two DDL files, fill Redshift and Snowflake, query them with their drivers, stop."""
    from dw_simulator.cli.demo.run import run_demo

    run_demo(rows)


def register(app: typer.Typer) -> None:
    app.command(rich_help_panel="Tools")(demo)
