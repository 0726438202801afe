"""What every command knows about its invocation: the options given before the command's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings


@dataclass(frozen=True, slots=True)
class Invocation:
    """The global options. A command gets it with :func:`invocation` and asks it for the settings."""

    home: Path | None = None
    debug: bool = False

    def settings(self, overrides: Mapping[str, Any] | None = None, *, use_running_stack: bool = True) -> Settings:
        """Read the settings with the command line's values on top.

        Raises:
            ConfigError: a value is not what its setting allows.
        """
        from dw_simulator.config.settings import load_settings

        values = dict(overrides or {})
        if self.home is not None:
            values["home"] = self.home
        return load_settings(values, use_running_stack=use_running_stack)


def invocation(context: typer.Context) -> Invocation:
    found = context.find_root().obj
    return found if isinstance(found, Invocation) else Invocation()
