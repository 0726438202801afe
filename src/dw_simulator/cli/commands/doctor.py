"""`dw-sim doctor`: what is wrong on this machine, why, and what helps."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import typer

from dw_simulator.cli import diagnostics
from dw_simulator.cli.context import invocation
from dw_simulator.cli.output import JsonOption, print_json, print_text

if TYPE_CHECKING:
    from dw_simulator.cli.context import Invocation
    from dw_simulator.stack.doctor import Context, Finding

MARKS = {"ok": "✓", "warning": "!", "problem": "✗"}


def doctor(context: typer.Context, as_json: JsonOption = False) -> None:
    """Look for what keeps the stack from working here, and say what helps. Exits with 10 if there is a problem."""
    from dw_simulator.stack.doctor import Level, examine

    findings = examine(_context(invocation(context)))
    if as_json:
        print_json({"findings": [finding.as_dict() for finding in findings]})
    else:
        _print(findings)
    if any(finding.level is Level.PROBLEM for finding in findings):
        raise typer.Exit(diagnostics.EXIT_STACK)


def _context(given: Invocation) -> Context:
    """The user's settings; where they cannot be read, the defaults with the home that was asked for."""
    from dw_simulator.config.settings import Settings
    from dw_simulator.errors import ConfigError
    from dw_simulator.stack.doctor import Context

    try:
        return Context(given.settings(use_running_stack=False), os.environ)
    except ConfigError as error:
        settings = Settings.model_construct()
        home = given.home or os.environ.get("DW_SIMULATOR_HOME")
        if home:
            settings.home = type(settings.home)(home).expanduser().absolute()
        return Context(settings, os.environ, error)


def _print(findings: list[Finding]) -> None:
    width = max(len(finding.check) for finding in findings)
    lines = []
    for finding in findings:
        first, *rest = finding.message.splitlines()
        lines.append(f"{MARKS[finding.level]} {finding.check:<{width}}  {first}")
        lines += [f"{'':<{width + 4}}{line}" for line in rest]
        if finding.remedy:
            lines.append(f"{'':<{width + 4}}→ {finding.remedy}")
    print_text("\n".join(lines))


def register(app: typer.Typer) -> None:
    app.command(rich_help_panel="Stack")(doctor)
