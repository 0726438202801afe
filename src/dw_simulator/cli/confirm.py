"""Asking before something is deleted or replaced."""

from __future__ import annotations

import sys

import typer

from dw_simulator.errors import ConfigError


def confirm(question: str) -> None:
    """Ask on a terminal; raises ConfigError elsewhere, and typer.Abort for a no."""
    if not sys.stdin.isatty():
        raise ConfigError(f"this would {question}", hint="say --yes to do it without a question")
    typer.confirm(f"{question[0].upper()}{question[1:]}?", abort=True, err=True)
