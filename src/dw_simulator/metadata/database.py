"""The SQLite file behind the metadata, its transactions and its migrations.

A migration is a file ``migrations/NNNN_name.sql``. Those newer than the file's ``user_version`` run in order, in one
transaction, when the file is opened.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from dw_simulator.errors import ConfigError


def _migrations() -> list[tuple[int, str]]:
    folder = resources.files(__package__) / "migrations"
    files = sorted((entry.name, entry.read_text()) for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(int(name.split("_", 1)[0]), sql) for name, sql in files]


class Database:
    """One connection to the metadata file, shared by the threads of this process; other processes have their own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=15, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise _cannot_open(path, error) from error
        try:
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._migrate()
        except BaseException as error:
            self._connection.close()
            if isinstance(error, sqlite3.Error):
                raise _cannot_open(path, error) from error
            raise

    def _migrate(self) -> None:
        known = _migrations()
        with self.transaction() as connection:
            version: int = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > known[-1][0]:
                raise ConfigError(
                    f"{self.path} was written by a newer dw-simulator (its version {version}, ours {known[-1][0]})",
                    hint="upgrade dw-simulator, or choose another folder with DW_SIMULATOR_HOME",
                )
            for number, sql in known:
                if number > version:
                    for statement in _statements(sql):
                        connection.execute(statement)
                    connection.execute(f"PRAGMA user_version = {number}")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: committed at the end of the block, rolled back if it raises."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, sql: str, *parameters: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def _cannot_open(path: Path, error: Exception) -> ConfigError:
    return ConfigError(
        f"cannot open the metadata file {path}: {error}",
        hint="check that the folder is writable, or choose another with DW_SIMULATOR_HOME",
    )


def _statements(script: str) -> Iterator[str]:
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    if pending.strip():
        raise ValueError(f"unfinished statement in a migration: {pending.strip()[:80]}")
