"""What a command handler can do: run SQL on the client's own backend connection and answer the client.

A handler is ``async def handler(statement: Statement, conversation: Conversation) -> None``. It either calls `forward`
or ends with exactly one `complete`. It raises `RedshiftError` to fail; the server then sends the error and makes the
open transaction block fail, as a server does. Everything runs inside the client's own transaction.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from dw_simulator.emulators.redshift.commands.types import Column, Session


@dataclass(frozen=True, slots=True)
class Result:
    """Rows of the last statement of an `execute`, as text (None is NULL), with the backend's own type OIDs."""

    columns: tuple[Column, ...]
    rows: list[tuple[str | None, ...]]
    tag: str

    def scalar(self) -> str | None:
        """The first value of the first row; None when there is no row."""
        return self.rows[0][0] if self.rows else None


class Conversation(Protocol):
    """One statement's exchange with the backend and the client."""

    @property
    def session(self) -> Session: ...

    @property
    def in_transaction(self) -> bool:
        """Whether the client has an open transaction block (BEGIN … not yet COMMIT)."""
        ...

    async def execute(self, sql: str) -> Result:
        """Run SQL (one statement or several) on the client's connection; nothing of it is shown to the client.

        Raises:
            BackendError: PostgreSQL refused.
        """
        ...

    async def forward(self, sql: str, *, tag: str | None = None) -> None:
        """Run one statement and splice its rows and completion (or ``tag`` instead) to the client.

        Raises:
            BackendError: PostgreSQL refused; let it pass.
        """
        ...

    async def copy_in(self, sql: str, chunks: AsyncIterator[bytes]) -> str:
        """Run ``COPY … FROM STDIN`` and feed it; returns the command tag (``COPY 42``)."""
        ...

    def copy_out(self, sql: str) -> AsyncIterator[bytes]:
        """Run ``COPY … TO STDOUT`` and yield CopyData payloads, several at a time joined; read it to the end."""
        ...

    def send_rows(self, columns: Sequence[Column], rows: Iterable[Sequence[str | None]]) -> None:
        """Send a RowDescription and rows given as text."""
        ...

    def complete(self, tag: str) -> None:
        """Send CommandComplete."""
        ...

    def notice(self, message: str, *, severity: str = "INFO", sqlstate: str = "00000") -> None:
        """Send a NoticeResponse."""
        ...
