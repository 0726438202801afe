"""The checks: each is one registered function, in the module of its subject."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings
    from dw_simulator.errors import ConfigError

MODULES = ("installation", "machine", "environment", "home", "services")
"""Modules of this package with checks, in the order of the report."""


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. ``remedy`` says what helps."""

    check: str
    level: Level
    message: str
    remedy: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return {"check": self.check, "level": self.level, "message": self.message, "remedy": self.remedy}


@dataclass(frozen=True, slots=True)
class Context:
    """What the checks look at. ``settings`` are the defaults where the user's own cannot be read."""

    settings: Settings
    environment: Mapping[str, str]
    settings_error: ConfigError | None = None


@dataclass(slots=True)
class Report:
    """Collects what one check finds."""

    check: str
    found: list[Finding]

    def ok(self, message: str) -> None:
        self.found.append(Finding(self.check, Level.OK, message))

    def warn(self, message: str, remedy: str) -> None:
        self.found.append(Finding(self.check, Level.WARNING, message, remedy))

    def problem(self, message: str, remedy: str) -> None:
        self.found.append(Finding(self.check, Level.PROBLEM, message, remedy))


Check = Callable[[Context, Report], None]
CHECKS: dict[str, Check] = {}


def check(name: str) -> Callable[[Check], Check]:
    """Register a check under the name that the report shows."""

    def register(function: Check) -> Check:
        CHECKS[name] = function
        return function

    return register


def examine(context: Context, names: Iterable[str] | None = None) -> list[Finding]:
    """Run all checks, or those named. A check that fails itself is a problem found, not the end of the report."""
    for module in MODULES:
        importlib.import_module(f"dw_simulator.stack.doctor.{module}")
    found: list[Finding] = []
    for name in names or CHECKS:
        report = Report(name, [])
        try:
            CHECKS[name](context, report)
        except Exception as error:  # noqa: BLE001 - the others are to be run as well
            report.problem(f"could not be checked: {type(error).__name__}: {error}", "please report it")
        found += report.found
    return found
