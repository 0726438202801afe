"""What can be said about settings without connecting to anything but the stores of secrets."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from dw_simulator.config.layers import unknown_variables
from dw_simulator.config.logins import check_redshift, check_s3, check_snowflake
from dw_simulator.config.secrets import references, resolve
from dw_simulator.config.settings import CATALOG, Loaded, Settings
from dw_simulator.config.targets import remote_targets
from dw_simulator.errors import ConfigError, SecretError


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked."""

    name: str
    state: Literal["ok", "warning", "error"]
    text: str


def check_layers(loaded: Loaded, variables: Mapping[str, str] | None = None) -> list[Check]:
    """The layers as they were read; variables with our prefix that set nothing; which targets are elsewhere."""
    environ = os.environ if variables is None else variables
    found = [
        Check(layer.origin, "ok", layer.note or f"{len(layer.values)} settings")
        for layer in loaded.layers
        if layer.origin != "command line"
    ]
    found += [Check(name, "warning", "sets nothing") for name in unknown_variables(environ, CATALOG)]
    elsewhere = remote_targets(loaded.settings, ("s3", "redshift", "snowflake"))
    found += [Check(service, "warning", f"{address} is not on this machine") for service, address in elsewhere.items()]
    return found


def check_logins(settings: Settings) -> list[Check]:
    """Whether the settings of each service go together."""
    checks: Mapping[str, Callable[[], None]] = {
        "s3": lambda: check_s3(settings.s3),
        "redshift": lambda: check_redshift(settings),
        "snowflake": lambda: check_snowflake(settings),
    }
    found = []
    for name, check in checks.items():
        try:
            check()
        except ConfigError as error:
            found.append(Check(name, "error", f"{error.message} ({error.hint})"))
    return found


def check_references(settings: Settings) -> list[Check]:
    """Whether each reference to a secret can be resolved. No value is shown."""
    found = []
    for name, reference in references(settings).items():
        try:
            resolve(reference, region=settings.s3.region, setting=name)
        except SecretError as error:
            found.append(Check(name, "error", f"{error.message} ({error.hint})" if error.hint else error.message))
        else:
            found.append(Check(name, "ok", f"{reference} can be resolved"))
    return found
