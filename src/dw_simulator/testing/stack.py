"""A stack for tests: started and stopped by the commands that a user types."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dw_simulator.errors import StackError

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings

COMMAND_LIMIT = 300.0
"""Seconds that a command may take before the test fails."""


@dataclass(frozen=True, slots=True)
class RunningStack:
    """A stack under ``home``. ``settings`` hold the addresses and logins of its services."""

    home: Path
    settings: Settings

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a program that should use this stack through ``dw-sim`` or this package."""
        return environment_of(self.home)

    def dw_sim(self, *arguments: str, check: bool = True, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run ``dw-sim`` with ``arguments`` against this stack and return what it printed.

        ``options`` go to :func:`subprocess.run`. Raises AssertionError with its stderr if it fails and ``check``.
        """
        return run_dw_sim(self.home, *arguments, check=check, **options)

    def stop(self) -> None:
        self.dw_sim("down")


def start_stack(
    home: Path, *, services: Iterable[str] = (), port_base: int = 0, variables: Mapping[str, str] | None = None
) -> RunningStack:
    """Start a stack on free ports (or from ``port_base`` on) with its state in ``home``; on return all services answer.

    Args:
        variables: settings of the stack as environment variables, such as ``DW_SIMULATOR_TLS_ENABLED``.

    Raises:
        StackError: it could not start; the message has the log of the service that failed.
    """
    from dw_simulator.config.settings import load_settings

    options = [f"--service={name}" for name in services]
    environment = {**environment_of(home), **(variables or {})}
    done = run_dw_sim(home, "up", "--detach", f"--port-base={port_base}", *options, check=False, env=environment)
    if done.returncode:
        raise StackError(done.stderr.strip())
    return RunningStack(home, load_settings({"home": home}))


def run_dw_sim(home: Path, *arguments: str, check: bool = True, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run ``dw-sim`` with its state in ``home``; see :meth:`RunningStack.dw_sim`."""
    given: dict[str, Any] = {"env": environment_of(home), "timeout": COMMAND_LIMIT, **options}
    command = [sys.executable, "-P", "-m", "dw_simulator", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, **given)
    if check and done.returncode:
        raise AssertionError(f"dw-sim {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}{done.stdout}")
    return done


def environment_of(home: Path, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without settings of another stack, and with ``home``."""
    inherited = os.environ if base is None else base
    kept = {name: value for name, value in inherited.items() if not name.startswith("DW_SIMULATOR_")}
    return {**kept, "DW_SIMULATOR_HOME": str(home)}
