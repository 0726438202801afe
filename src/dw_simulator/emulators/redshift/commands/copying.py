"""COPY and UNLOAD: read and run by the copy package."""

from __future__ import annotations

from dw_simulator.emulators.redshift.commands.registry import command
from dw_simulator.emulators.redshift.commands.types import Command, Plan, Session, Statement
from dw_simulator.emulators.redshift.conversation import Conversation
from dw_simulator.emulators.redshift.copy.copy_command import parse_copy
from dw_simulator.emulators.redshift.copy.unload_command import parse_unload


@command("copy")
def copy(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    parse_copy(sql)
    return Command(_copy)


async def _copy(statement: Statement, conversation: Conversation) -> None:
    # Only here: readers of file formats are heavy to load.
    from dw_simulator.emulators.redshift.copy.load import run_copy

    await run_copy(statement, conversation)


@command("unload")
def unload(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    parse_unload(sql)
    return Command(_unload)


async def _unload(statement: Statement, conversation: Conversation) -> None:
    # The router imports this module to register it; the writers of file formats are heavy to load.
    from dw_simulator.emulators.redshift.commands.router import plan
    from dw_simulator.emulators.redshift.copy.unload import run_unload

    await run_unload(statement, conversation, plan)
