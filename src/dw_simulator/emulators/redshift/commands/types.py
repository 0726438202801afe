"""What the router decides about a statement, and what it may know about the session.

``commands.router.plan(sql, session) -> Plan`` is called for each single statement (no trailing ``;``), synchronously
and on the event loop: it must be quick and must not touch a connection. It raises `RedshiftError` for what it refuses.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings
    from dw_simulator.emulators.redshift.backend import Backend
    from dw_simulator.emulators.redshift.conversation import Conversation
    from dw_simulator.emulators.redshift.history import QueryHistory


@dataclass(frozen=True, slots=True)
class Column:
    """A result column as RowDescription has it. ``type_oid`` is the client's, i.e. Redshift's, OID (1043 = VARCHAR)."""

    name: str
    type_oid: int = 1043
    type_size: int = -1
    type_modifier: int = -1


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement to run: its text, and the values bound to $1, $2, … as text (simple protocol: none)."""

    sql: str
    parameters: tuple[str | None, ...] = ()


class Change(IntEnum):
    """How far a change reaches that a statement may make."""

    NONE = 0
    SESSION = 1
    """What names mean in the session itself, as the search path does."""
    CATALOG = 2
    """What others see as well once the transaction has ended."""
    PROCEDURE = 3
    """As `CATALOG`, by a procedure, which may commit before it ends ("Managing transactions")."""


@dataclass(slots=True)
class Session:
    """The state of one client connection that plans and handlers may read.

    ``parameters`` holds Redshift's own session parameters that PostgreSQL does not know, by lower-case name
    (``enable_case_sensitive_identifier``, ``query_group``, …) as text: SET/SHOW/RESET handlers write it.
    ``memory`` is free for the command handlers: what has to live as long as the connection.
    """

    settings: Settings
    backend: Backend
    user: str
    database: str
    pid: int = 0
    parameters: dict[str, str] = field(default_factory=dict)
    memory: dict[str, Any] = field(default_factory=dict)
    transaction_status: str = "I"
    """As ReadyForQuery has it: I idle, T in a transaction block, E in a failed one."""
    query_id: int = 0
    """The number of the statement that runs."""
    last_query_id: int = -1
    """The number of the last statement that has ended."""
    transaction_id: int = 0
    history: QueryHistory | None = None
    application_name: str = ""
    change: Change = Change.NONE
    """What the statements of the transaction, and of those that are under way, may change (see `changes`)."""
    generation: int = 0
    """Counts changes of what names mean in this session only."""
    own_driver: bool = False
    """Whether the client is a driver of Redshift's own: these say which version of the protocol they want."""


Handler = Callable[[Statement, "Conversation"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class PassThrough:
    """Send the statement as it is."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """Send ``sql`` instead (one statement or several; extended protocol allows one). $1 … keep their meaning.

    ``tag`` replaces the backend's command tag, for statements that Redshift reports differently.
    """

    sql: str
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """Run ``handler``. ``columns`` answers Describe in the extended protocol; empty: it returns no rows."""

    handler: Handler
    columns: tuple[Column, ...] = ()
    runs_in_failed_transaction: bool = False


@dataclass(frozen=True, slots=True)
class Deferred:
    """The plan depends on the catalog: ``resolve`` may query it on the client's connection and returns the plan."""

    resolve: Callable[[Conversation], Awaitable[PassThrough | Rewritten | Command]]


Plan = PassThrough | Rewritten | Command | Deferred
PASS_THROUGH = PassThrough()
