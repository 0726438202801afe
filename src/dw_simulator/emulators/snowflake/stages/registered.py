"""Files that a directory table or an external table knows of. Vendor pages: "Directory tables", "ALTER EXTERNAL TABLE".

They are what the stage held when it was last refreshed; with AUTO_REFRESH they are looked up for each query.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa

from dw_simulator.emulators.snowflake.stages.storage import StagedFile

CREATE_SQL = (
    """
CREATE TABLE IF NOT EXISTS _dw.registered_files (
  owner BIGINT NOT NULL, path VARCHAR NOT NULL, shown VARCHAR NOT NULL, key VARCHAR NOT NULL, size BIGINT NOT NULL,
  etag VARCHAR NOT NULL, modified TIMESTAMPTZ NOT NULL, registered TIMESTAMPTZ NOT NULL, partition VARCHAR)
""",
    """
CREATE TABLE IF NOT EXISTS _dw.registrations (
  owner BIGINT NOT NULL, path VARCHAR NOT NULL, size BIGINT NOT NULL, etag VARCHAR NOT NULL,
  modified TIMESTAMPTZ NOT NULL, moment TIMESTAMPTZ NOT NULL, status VARCHAR NOT NULL)
""",
)
MESSAGES = {
    "REGISTERED_NEW": "File registered successfully.",
    "REGISTERED_UPDATE": "File registered successfully.",
    "UNREGISTERED": "File unregistered successfully.",
}
"""Status of a file in a refresh -> what its result says."""


class Connection(Protocol):
    def run(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]: ...

    def change(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]: ...

    def load(self, sql: str, name: str, open_reader: Any) -> int: ...

    def begin(self) -> None: ...

    def commit(self) -> None: ...

    def rollback(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Registered:
    """A file, when it was registered, and the JSON text of the partition that it was added to, if by hand."""

    file: StagedFile
    at: dt.datetime
    partition: str | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    """What a refresh did with a file."""

    file: StagedFile
    status: str
    at: dt.datetime | None = None


def registered(connection: Connection, owner: int) -> list[Registered]:
    """The files of a directory or an external table, in the order of their paths."""
    rows = connection.run(
        "SELECT path, shown, key, size, etag, modified, registered, partition FROM _dw.registered_files "
        "WHERE owner = ? ORDER BY path",
        [owner],
    )
    return [Registered(StagedFile(*row[:6]), row[6], row[7]) for row in rows]


def refresh(
    connection: Connection,
    owner: int,
    found: Sequence[StagedFile],
    prefix: str = "",
    partition: str | None = None,
) -> list[Registration]:
    """Make the files below ``prefix`` those that were found, in a transaction of its own.

    ``partition`` is what new files belong to.
    """
    known = {entry.file.path: entry for entry in registered(connection, owner) if entry.file.path.startswith(prefix)}
    there = {file.path: file for file in found}
    changed = [
        Registration(file, "REGISTERED_UPDATE" if file.path in known else "REGISTERED_NEW")
        for file in found
        if file.path not in known or known[file.path].file.etag != file.etag
    ]
    changed += [Registration(entry.file, "UNREGISTERED") for path, entry in known.items() if path not in there]
    if changed:
        _write(connection, owner, changed, partition)
    return changed


def forget(connection: Connection, owner: int) -> None:
    """Give up all files of an owner that is gone, and what refreshes did."""
    for table in ("registered_files", "registrations"):
        connection.change(f"DELETE FROM _dw.{table} WHERE owner = ?", [owner])


def history(connection: Connection, owner: int) -> list[Registration]:
    """What refreshes did, the oldest first."""
    rows = connection.run(
        "SELECT path, size, etag, modified, status, moment FROM _dw.registrations WHERE owner = ? "
        "ORDER BY moment, path",
        [owner],
    )
    return [
        Registration(StagedFile(path, path, path, size, etag, modified), status, at)
        for path, size, etag, modified, status, at in rows
    ]


def _write(connection: Connection, owner: int, changed: Sequence[Registration], partition: str | None) -> None:
    files = [item.file for item in changed]
    table = pa.table(
        {
            "path": pa.array([file.path for file in files], pa.string()),
            "shown": pa.array([file.shown for file in files], pa.string()),
            "key": pa.array([file.key for file in files], pa.string()),
            "size": pa.array([file.size for file in files], pa.int64()),
            "etag": pa.array([file.etag for file in files], pa.string()),
            "modified": pa.array([file.last_modified for file in files], pa.timestamp("us", tz="UTC")),
            "partition": pa.array([partition] * len(files), pa.string()),
            "status": pa.array([item.status for item in changed], pa.string()),
        }
    )
    connection.begin()
    try:
        connection.load(
            "INSERT INTO _dw.registrations SELECT "
            f"{owner}, path, size, etag, modified, now(), status FROM registered_now",
            "registered_now",
            table.to_reader,
        )
        connection.change(
            "DELETE FROM _dw.registered_files WHERE owner = ? AND path IN (SELECT unnest(?))",
            [owner, [file.path for file in files]],
        )
        connection.load(
            f"INSERT INTO _dw.registered_files SELECT {owner}, path, shown, key, size, etag, modified, now(), "
            "partition FROM registered_now WHERE status <> 'UNREGISTERED'",
            "registered_now",
            table.to_reader,
        )
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
