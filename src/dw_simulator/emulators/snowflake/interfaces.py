"""What the server asks of the engine, and what a bound value looks like."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

import pyarrow as pa

from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.programs.callbacks import Callbacks
from dw_simulator.emulators.snowflake.protocol.snowpipe import FileEvent
from dw_simulator.emulators.snowflake.results import StatementResult
from dw_simulator.emulators.snowflake.sessions import ClientInfo, Session
from dw_simulator.emulators.snowflake.stages.storage import Storage
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

BindValue = int | Decimal | float | str | bool | dt.date | dt.time | dt.datetime | bytes | None


@dataclass(frozen=True, slots=True)
class Bind:
    """A value for ``?`` or ``:1`` (``name`` is the 1-based position as text) or for ``:name``.

    A single value is in ``value``; NULL is None. TIMESTAMP_LTZ and TIMESTAMP_TZ are aware datetimes (TZ keeps its
    offset), TIMESTAMP_NTZ a naive one. ``text`` is the same value as SQL text (ISO 8601, hex for BINARY), exact to the
    nanosecond where datetimes are not. An array bind has its values in ``array`` (Arrow, in the logical form of
    ``results``) and the statement runs once for all of them.
    """

    name: str
    type: SnowflakeType
    value: BindValue = None
    text: str | None = None
    array: pa.Array | None = None


class Engine(Protocol):
    """Executes statements. All methods may be called from any thread.

    The server calls ``execute`` for one statement at a time per session, in a worker thread, and consumes the batches
    there before the session's next statement. ``cancel`` comes from another thread: the running ``execute`` (or the
    iteration of its batches) then raises SnowflakeError 000604. ``execute`` raises nothing but SnowflakeError for what
    is wrong with a statement; any other exception is a fault of the emulator.
    """

    callbacks: Callbacks
    """Logins of the handlers of procedures."""
    enforces_grants: bool
    """Whether roles decide what may be done."""
    cancel_session: Callable[[int], int] | None
    cancel_query: Callable[[str], bool] | None
    """What a statement cancels those of another session with; gives their number. The server sets it."""

    def execute(
        self,
        session: Session,
        sql: str,
        *,
        binds: Sequence[Bind] | None,
        query_id: str,
        describe_only: bool = False,
        bind_stage: str = "",
        sent: str = "",
    ) -> StatementResult:
        """``bind_stage`` is a place in a stage whose files have the values of array binds; ``sent`` the text as
        the client sent it, where that is more than ``sql``."""
        ...

    def check_syntax(self, session: Session, sql: str) -> None:
        """Raises SnowflakeError 001003: the text is no statement."""
        ...

    def cancel(self, query_id: str) -> None: ...

    def reuse_key(self, session: Session, sql: str) -> Hashable:
        """All that a result that can always be reused may depend on."""
        ...

    def unchanged_key(self, session: Session, sql: str) -> Hashable | None:
        """The same for one that can be reused as long as no data has changed. Asked for before a statement runs, it
        stands for the data that the statement reads, or for data of before that. None: the session may see rows that
        others do not."""
        ...

    def reused(self, session: Session, sql: str, query_id: str, rows: int) -> None:
        """A statement was answered from an earlier result: it stands in the history as any other."""
        ...

    def open_session(self, session: Session) -> None:
        """Make the session's state. Names of database, schema, role and warehouse given at login are in the session;
        those that do not exist are set to None (drivers then see no current object, as with Snowflake)."""
        ...

    def logged_in(
        self,
        user: str,
        address: str,
        client: ClientInfo,
        method: str,
        session_id: int = 0,
        error: SnowflakeError | None = None,
    ) -> None:
        """A login, or an attempt that failed with ``error``, for LOGIN_HISTORY."""
        ...

    def close_session(self, session: Session) -> None:
        """Roll back what is open and drop what is temporary. Called once; the session is not used again."""
        ...

    def stage_storage(self, database: str, schema: str, stage: str) -> Storage | None:
        """Where the files of a named stage lie; None if there is no such stage."""
        ...

    def insert_files(self, session: Session, pipe: str, files: Sequence[tuple[str, int | None]]) -> None:
        """Queue (path, size) of files for a pipe. Raises SnowflakeError: there is no such pipe."""
        ...

    def pipe_events(self, session: Session, pipe: str) -> tuple[str, list[FileEvent]]:
        """(full name of a pipe, what it loaded, the oldest first). Raises SnowflakeError: there is no such pipe."""
        ...

    def close(self) -> None: ...
