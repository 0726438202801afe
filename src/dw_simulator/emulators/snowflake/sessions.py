"""The state of one client session. Shared by the server (tokens, client) and the engine (context, variables)."""

from __future__ import annotations

import datetime as dt
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pyarrow as pa

from dw_simulator.emulators.snowflake.parameters import SessionParameters
from dw_simulator.emulators.snowflake.results import ResultColumn
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

KEPT_QUERY_IDS = 1000


@dataclass(frozen=True, slots=True)
class ClientInfo:
    """What the client said about itself at login."""

    app_id: str = ""
    app_version: str = ""
    application: str = ""
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def wants_json(self) -> bool:
        """Whether the driver reads JSON rowsets only (the Node driver, and clients that say nothing of themselves)."""
        return self.app_id.lower() in ("javascript", "nodejs", "", "php_pdo")


@dataclass(frozen=True, slots=True)
class SessionVariable:
    """A value of ``SET name = …``: SQL text of the literal, and its type."""

    sql: str
    type: SnowflakeType
    value: object
    created: dt.datetime | None = None
    """When the variable was made; None: when it was given this value."""
    updated: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))


class Transfers(Protocol):
    """Gives URLs under which clients upload and download the files of internal stages."""

    def grant(
        self, storage: Any, path: str, *, writable: bool = False, overwrite: bool = True, suffix: bool = False
    ) -> str: ...

    def grant_folder(self, storage: Any, seconds: float) -> tuple[str, str]: ...


class ResultLookup(Protocol):
    """Results of earlier queries, for RESULT_SCAN."""

    def columns(self, query_id: str) -> Sequence[ResultColumn]:
        """Raises SnowflakeError 000709 when there is no such result, 000708 when the query failed."""
        ...

    def batches(self, query_id: str) -> Iterable[pa.RecordBatch]:
        """The rows in the logical form. Raises as ``columns`` does."""
        ...


@dataclass(slots=True, eq=False)
class Session:
    """One login.

    Names in ``database``, ``schema``, ``role`` and ``warehouse`` are as stored (folded). ``engine_state`` belongs to
    the engine alone (its connection, transaction and temporary objects). ``lock`` is held while a statement runs.
    """

    id: int
    user: str
    account: str = "LOCAL"
    token: str = ""
    master_token: str = ""
    database: str | None = None
    schema: str | None = None
    role: str | None = "ACCOUNTADMIN"
    warehouse: str | None = None
    role_asked: bool = False
    """Whether the login named ``role``: else it is the user's default, where roles are enforced."""
    secondary_roles: str = "ALL"
    """ALL, NONE, or names separated by commas."""
    client: ClientInfo = field(default_factory=ClientInfo)
    parameters: SessionParameters = field(default_factory=SessionParameters)
    variables: dict[str, SessionVariable] = field(default_factory=dict)
    query_ids: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_QUERY_IDS))
    """Ids of the session's finished statements, oldest first: LAST_QUERY_ID(-1) is the last."""
    in_transaction: bool = False
    transaction_id: int | None = None
    """Milliseconds since the epoch, when it began."""
    transaction_name: str = ""
    results: ResultLookup | None = None
    transfers: Transfers | None = None
    address: str = ""
    """From where the client logged in."""
    base_url: str = ""
    """How the client reaches the server: for URLs in the result of PUT and GET."""
    uploading: str = ""
    """The path of the client's last PUT, which requests for its single files follow."""
    engine_state: object | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def last_query_id(self, position: int = -1) -> str | None:
        """LAST_QUERY_ID(position): negative counts from the last, positive from the first (1-based); None if none."""
        index = position - 1 if position > 0 else position
        try:
            return self.query_ids[index]
        except IndexError:
            return None
