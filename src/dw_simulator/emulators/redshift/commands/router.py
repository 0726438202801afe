"""Decides what is to be done with a statement."""

from __future__ import annotations

import re

from dw_simulator.emulators.redshift.commands.types import PASS_THROUGH, Command, Plan, Session
from dw_simulator.emulators.redshift.copy.load import run_copy

_COPY = re.compile(r"\s*copy\b", re.I)


def plan(sql: str, session: Session) -> Plan:  # noqa: ARG001 - the interface of the router
    """What to do with one statement."""
    if _COPY.match(sql):
        return Command(run_copy)
    return PASS_THROUGH
