"""The files that pipes were told of or have found, and how far they are. Vendor page: "Introduction to Snowpipe".

A file is loaded in the transaction that takes it off the queue: a killed server loads it once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

CREATE_SQL = (
    """
CREATE TABLE IF NOT EXISTS _dw.pipe_files (
  pipe_id BIGINT NOT NULL, path VARCHAR NOT NULL, etag VARCHAR, size BIGINT, received TIMESTAMPTZ NOT NULL,
  state VARCHAR NOT NULL)
""",
)
PENDING, DONE, OLD = "PENDING", "DONE", "OLD"
"""To be loaded; loaded, or given up; there before the pipe was."""


class Connection(Protocol):
    def run(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]: ...

    def change(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]: ...


@dataclass(frozen=True, slots=True)
class Queued:
    """``path`` is the file's in its stage; ``etag`` is None where the one who named the file did not say."""

    path: str
    etag: str | None
    size: int | None
    received: dt.datetime


def put(
    connection: Connection, pipe_id: int, files: Iterable[tuple[str, str | None, int | None]], state: str = PENDING
) -> None:
    """Add (path, etag, size) of files."""
    for path, etag, size in files:
        connection.change(
            "INSERT INTO _dw.pipe_files VALUES (?, ?, ?, ?, now(), ?)", [pipe_id, path, etag, size, state]
        )


def known(connection: Connection, pipe_id: int) -> set[tuple[str, str | None]]:
    """(path, etag) of all files that the pipe was told of or has found."""
    rows = connection.run("SELECT path, etag FROM _dw.pipe_files WHERE pipe_id = ?", [pipe_id])
    return {(path, etag) for path, etag in rows}


def pending(connection: Connection, pipe_id: int) -> list[Queued]:
    rows = connection.run(
        "SELECT path, etag, size, received FROM _dw.pipe_files WHERE pipe_id = ? AND state = ? ORDER BY received, path",
        [pipe_id, PENDING],
    )
    return [Queued(*row) for row in rows]


def done(connection: Connection, pipe_id: int, file: Queued) -> None:
    """Take a file off the queue."""
    connection.change(
        "UPDATE _dw.pipe_files SET state = ? WHERE pipe_id = ? AND path = ? AND etag IS NOT DISTINCT FROM ? "
        "AND state = ?",
        [DONE, pipe_id, file.path, file.etag, PENDING],
    )


def forget(connection: Connection, pipe_id: int) -> None:
    connection.change("DELETE FROM _dw.pipe_files WHERE pipe_id = ?", [pipe_id])
