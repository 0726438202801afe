"""COPY and UNLOAD: read and run by the copy package."""

from __future__ import annotations

from dw_simulator.emulators.redshift.commands.registry import command
from dw_simulator.emulators.redshift.commands.types import Plan, Session
from dw_simulator.emulators.redshift.errors import UnsupportedFeatureError


@command("copy", "unload")
def transfer(sql: str, session: Session) -> Plan:
    raise UnsupportedFeatureError(sql.split(None, 1)[0].upper())
