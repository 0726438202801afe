"""Everything that goes to stderr, and the exit codes.

=====  ======================================================================================
code   meaning
=====  ======================================================================================
0      done
1      failed for a reason that has no code of its own; a mistake in the program
2      the command line or a setting is wrong
3      a schema or its source (DDL, JSON, YAML) cannot be used
4      data cannot be generated
5      the object store refused or failed
6      a warehouse refused or failed
7      a service does not answer
8      no such experiment, run or table
9      it exists already, or is busy
10     the local stack cannot be started or stopped, or not all of its services run
130    interrupted (ctrl-C)
143    terminated (SIGTERM)
=====  ======================================================================================
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import traceback
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import typer

from dw_simulator.errors import DwSimulatorError

if TYPE_CHECKING:
    from rich.console import Console

EXIT_FAILED = 1
EXIT_SERVICE_DOWN = 7
EXIT_STACK = 10
EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143


def console() -> Console:
    """A Rich console on stderr."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def is_terminal() -> bool:
    return sys.stderr.isatty()


def say(message: str) -> None:
    """Tell the user what happens. Plain text: brackets are printed as they are."""
    _write("", message)


def warn(message: str) -> None:
    _write("warning: ", message, colour=typer.colors.YELLOW)


def warn_all(messages: Iterable[str]) -> None:
    for message in messages:
        warn(message)


def note_hint(hint: str) -> None:
    _write("hint: ", hint, colour=typer.colors.CYAN)


@contextlib.contextmanager
def status(message: str) -> Iterator[None]:
    """A spinner while something takes its time; one line of text where stderr is not a terminal."""
    if not is_terminal():
        say(message)
        yield
        return
    from rich.markup import escape

    with console().status(escape(message)):
        yield


def report(error: BaseException, *, debug: bool = False) -> int:
    """Print ``error`` as one clear message (with the traceback if ``debug``) and return the exit code."""
    if debug:
        traceback.print_exception(error)
    if isinstance(error, DwSimulatorError):
        return _report_known(error)
    if isinstance(error, typer.TyperException):
        return _report_usage(error)
    if isinstance(error, OSError) and error.errno is not None:
        _error(os_error_text(error))
        return EXIT_FAILED
    _error(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)
    if not debug:
        note_hint("this is a mistake in dw-sim itself; the option --debug before the command prints the traceback")
    return EXIT_FAILED


def _report_known(error: DwSimulatorError) -> int:
    _error(error.message)
    if error.hint:
        note_hint(error.hint)
    return error.exit_code


def _report_usage(error: typer.TyperException) -> int:
    message = error.format_message().replace(": Value error, ", ": ")
    context = getattr(error, "ctx", None)
    if not message:  # the help was asked for by giving no command, and is printed already
        return error.exit_code
    _error(message)
    if context is not None:
        note_hint(f"{context.command_path} --help")
    return error.exit_code


_OS_HINTS = {
    errno.ENOSPC: "free some space, or choose another home folder with --home or DW_SIMULATOR_HOME",
    errno.EROFS: "choose another home folder with --home or DW_SIMULATOR_HOME",
    errno.EACCES: "check who owns it, or choose another home folder with --home or DW_SIMULATOR_HOME",
}


def os_error_text(error: OSError) -> str:
    place = f"{os.fspath(error.filename)}: " if isinstance(error.filename, str | os.PathLike) else ""
    number = error.errno or 0
    hint = _OS_HINTS.get(number)
    text = f"{place}{error.strerror or error}"
    return f"{text} ({hint})" if hint else text


def _error(message: str) -> None:
    _write("error: ", message, colour=typer.colors.RED)


def _write(prefix: str, message: str, *, colour: str | None = None) -> None:
    """One message, its further lines indented under the first. Colour only where stderr is a terminal."""
    first, *rest = message.splitlines() or [""]
    head = typer.style(prefix, fg=colour, bold=True) if colour and is_terminal() else prefix
    lines = [head + first, *(" " * len(prefix) + line for line in rest)]
    sys.stderr.write("\n".join(lines) + "\n")
    sys.stderr.flush()
