"""What every command knows about its invocation: the options given before the command's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import time_ns
from typing import TYPE_CHECKING, Any

import typer

from dw_simulator.cli.interrupts import Interrupts

if TYPE_CHECKING:
    from dw_simulator.config.settings import Loaded, Settings


@dataclass(frozen=True, slots=True)
class Invocation:
    """The global options. A command gets it with :func:`invocation` and asks it for the settings."""

    home: Path | None = None
    environment: str | None = None
    config_dir: Path | None = None
    debug: bool = False
    interrupts: Interrupts = field(default_factory=Interrupts)
    began: int = field(default_factory=time_ns)
    """When the command began: nanoseconds since 1970."""

    def settings(self, overrides: Mapping[str, Any] | None = None, *, use_running_stack: bool = True) -> Settings:
        """Read the settings with the command line's values on top.

        Raises:
            ConfigError: a value is not what its setting allows.
        """
        return self.load(overrides, use_running_stack=use_running_stack).settings

    def load(self, overrides: Mapping[str, Any] | None = None, *, use_running_stack: bool = True) -> Loaded:
        """As :meth:`settings`, and tells where each value comes from."""
        from dw_simulator.config.settings import load

        given = {"home": self.home, "environment": self.environment, "config_dir": self.config_dir}
        values = {**(overrides or {}), **{name: value for name, value in given.items() if value is not None}}
        return load(values, use_running_stack=use_running_stack)


def invocation(context: typer.Context) -> Invocation:
    found = context.find_root().obj
    return found if isinstance(found, Invocation) else Invocation()
