"""Asks before a destructive command touches a warehouse that is not on this machine."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from dw_simulator.cli import diagnostics

if TYPE_CHECKING:
    from dw_simulator.experiments.guard import Guard

YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def guard(yes: bool) -> Guard:
    """Lets everything pass with ``--yes``, asks on a terminal, and refuses elsewhere."""
    from dw_simulator.experiments.guard import allow, listed, refuse

    if yes:
        return allow

    def ask(action: str, targets: Mapping[str, str]) -> None:
        if not sys.stdin.isatty():
            refuse(action, targets)
        diagnostics.warn(f"{listed(targets)} is not on this machine")
        typer.confirm(f"{action[0].upper()}{action[1:]} there?", abort=True, err=True)

    return ask
