"""Decides what is to be done with a statement."""

from __future__ import annotations

from dw_simulator.emulators.redshift.commands.types import PASS_THROUGH, Plan, Session


def plan(sql: str, session: Session) -> Plan:  # noqa: ARG001 - the interface of the router
    """What to do with one statement."""
    return PASS_THROUGH
