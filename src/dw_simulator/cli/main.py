"""The edge of the program: the options before the command, the list of commands, and how errors end it."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from dw_simulator.cli import diagnostics
from dw_simulator.cli.context import Invocation
from dw_simulator.cli.interrupts import Interrupts, clear_unhandled

COMMAND_MODULES = (
    "stack",
    "connect",
    "serve",
    "doctor",
    "metrics",
    "snapshot",
    "health",
    "experiment",
    "generate",
    "load",
    "verify",
    "query",
    "profile",
    "quality",
    "schema",
    "dbt",
    "config",
    "certs",
    "demo",
)
"""Modules of `dw_simulator.cli.commands`, in the order of the help text.

Each has ``register(app: typer.Typer) -> None`` and imports nothing heavy at its top.
"""

STACK_COMMANDS = frozenset({"up", "status", "restart", "down", "reset", "logs", "open"})
"""The commands of the module ``stack``; those of other modules are called as the module is."""

_WITH_VALUE = ("--home", "--env", "--config-dir")
"""Global options that take a value."""

PROGRAM = "dw-sim"
EXIT_CODES = (
    "Exit codes: 0 done, 2 usage or setting, 3 schema, 4 generation, 5 staging, 6 warehouse, 7 service down, "
    "8 not found, 9 conflict, 10 stack, 11 verification, 12 export, 130 interrupted, 1 anything else."
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        sys.stdout.write(f"{PROGRAM} {version('dw-simulator')}\n")
        raise typer.Exit


def _global_options(
    context: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option(help="Folder that holds all state. [env: DW_SIMULATOR_HOME]", metavar="FOLDER"),
    ] = None,
    environment: Annotated[
        str | None,
        typer.Option(
            "--env",
            help="Deployment environment: use the settings of deployment/NAME.yml. [env: DW_SIMULATOR_ENV]",
            metavar="NAME",
        ),
    ] = None,
    config_dir: Annotated[
        Path | None,
        typer.Option(
            help="Folder with config/, deployment/, .env.local (this one). [env: DW_SIMULATOR_CONFIG_DIR]",
            metavar="FOLDER",
        ),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Print the traceback of an error.")] = False,
    version: Annotated[  # noqa: ARG001 - handled by its callback
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """A Redshift, a Snowflake and an S3 on your own machine, filled with realistic synthetic data."""
    interrupts = context.obj if isinstance(context.obj, Interrupts) else Interrupts()
    context.obj = Invocation(
        home=home, environment=environment, config_dir=config_dir, debug=debug, interrupts=interrupts
    )


def build_app(modules: Sequence[str] = COMMAND_MODULES) -> typer.Typer:
    """The command line with the commands of these modules registered."""
    app = typer.Typer(
        name=PROGRAM,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog=EXIT_CODES,
    )
    app.callback()(_global_options)
    for name in modules:
        importlib.import_module(f"dw_simulator.cli.commands.{name}").register(app)
    return app


def modules_for(arguments: Sequence[str]) -> Sequence[str]:
    """The modules that this command line needs: building all commands takes longer than most of them run."""
    words = iter(arguments)
    for word in words:
        if word in _WITH_VALUE:
            next(words, None)
        elif word.partition("=")[0] not in (*_WITH_VALUE, "--debug"):
            module = "stack" if word in STACK_COMMANDS else word
            return (module,) if module in COMMAND_MODULES else COMMAND_MODULES
    return COMMAND_MODULES


def run(arguments: Sequence[str] | None = None, interrupts: Interrupts | None = None) -> int:
    """Run one command and return its exit code; every error becomes a message on stderr.

    ``interrupts``: whether the command is to stop; an error that comes after that is its consequence, and is not told.
    """
    interrupts = interrupts or Interrupts()
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given or bool(os.environ.get("DW_SIMULATOR_DEBUG"))
    try:
        code = build_app(modules_for(given))(given, prog_name=PROGRAM, standalone_mode=False, obj=interrupts)
    except KeyboardInterrupt:
        return diagnostics.EXIT_INTERRUPTED
    except typer.Abort:
        diagnostics.say("nothing done")
        return diagnostics.EXIT_FAILED
    except Exception as error:  # noqa: BLE001 - the edge of the program
        if interrupts.requested and not debug:
            return diagnostics.EXIT_INTERRUPTED
        return diagnostics.report(error, debug=debug)
    return code if isinstance(code, int) else 0


def main() -> NoReturn:
    """The command ``dw-sim``. SIGTERM is raised like ctrl-C, so that the same clean-up runs."""
    interrupts = Interrupts()
    interrupts.catch_sigterm()
    code = run(interrupts=interrupts)
    if code == diagnostics.EXIT_INTERRUPTED:
        diagnostics.say("terminated" if interrupts.terminated else "interrupted")
        code = diagnostics.EXIT_TERMINATED if interrupts.terminated else code
    clear_unhandled()
    sys.exit(code)
