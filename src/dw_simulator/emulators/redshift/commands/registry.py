"""The commands the emulator plans itself, by their first words. Each module of this package registers its own."""

from __future__ import annotations

from collections.abc import Callable

from dw_simulator.emulators.redshift.commands.types import Plan, Session

Planner = Callable[[str, Session], Plan | None]
"""Statement and session to a plan; None leaves it to the next, less specific planner."""

PLANNERS: dict[tuple[str, ...], Planner] = {}
MAX_WORDS = 5


def command(*words: str) -> Callable[[Planner], Planner]:
    """Register a planner for statements that begin with these words: ``command("create table")``."""

    def register(planner: Planner) -> Planner:
        for text in words:
            key = tuple(text.split())
            if key in PLANNERS:
                raise ValueError(f"{text!r} has a planner already: {PLANNERS[key].__module__}")
            PLANNERS[key] = planner
        return planner

    return register
