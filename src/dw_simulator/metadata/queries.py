"""The history of queries, and queries that were saved under a name."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from dw_simulator.errors import Conflict, NotFound
from dw_simulator.metadata.database import Database
from dw_simulator.metadata.experiments import now
from dw_simulator.metadata.records import PastQuery, SavedQuery
from dw_simulator.observability.sql_secrets import mask_sql
from dw_simulator.schema import Warehouse

KEPT = 1_000
"""Queries that the history remembers."""
KEPT_CHARACTERS = 100_000
"""Of a text; what is longer is cut."""
CUT = "\n-- the rest is not kept"


class QueryHistory:
    """Secrets in the texts are masked: see :func:`mask_sql`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        sql: str,
        warehouse: Warehouse,
        experiment: str | None,
        *,
        seconds: float,
        error: str | None = None,
    ) -> int:
        """Remember a query and forget the oldest. Returns its id, for :meth:`finish`."""
        kept = mask_sql(sql[:KEPT_CHARACTERS]) + (CUT if len(sql) > KEPT_CHARACTERS else "")
        said = None if error is None else mask_sql(error[:KEPT_CHARACTERS])
        with self._database.transaction() as connection:
            added = connection.execute(
                "INSERT INTO query_history (warehouse, experiment, sql, at, seconds, error) VALUES (?, ?, ?, ?, ?, ?)",
                (warehouse, experiment, kept, now(), round(seconds, 6), said),
            ).lastrowid
            assert added is not None
            connection.execute("DELETE FROM query_history WHERE id <= ?", (added - KEPT,))
        return added

    def finish(self, query: int, *, rows: int | None, error: str | None = None) -> None:
        """All rows that are kept were read, or an error ended that."""
        said = None if error is None else mask_sql(error[:KEPT_CHARACTERS])
        with self._database.transaction() as connection:
            connection.execute("UPDATE query_history SET row_count = ?, error = ? WHERE id = ?", (rows, said, query))

    def newest(self, limit: int, warehouse: Warehouse | None = None) -> list[PastQuery]:
        """The newest first."""
        rows = self._database.rows(
            "SELECT * FROM query_history WHERE ?1 IS NULL OR warehouse = ?1 ORDER BY id DESC LIMIT ?2", warehouse, limit
        )
        return [
            PastQuery(
                id=row["id"],
                warehouse=row["warehouse"],
                experiment=row["experiment"],
                sql=row["sql"],
                at=row["at"],
                seconds=row["seconds"],
                rows=row["row_count"],
                error=row["error"],
            )
            for row in rows
        ]

    def clear(self) -> None:
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM query_history")


class SavedQueries:
    """Names are unique, whatever their case. Texts are kept as they are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[SavedQuery]:
        """By name."""
        return [_saved(row) for row in self._database.rows("SELECT * FROM saved_queries ORDER BY name, id")]

    def get(self, query: int) -> SavedQuery:
        """Raises NotFound."""
        rows = self._database.rows("SELECT * FROM saved_queries WHERE id = ?", query)
        if not rows:
            raise NotFound(f"there is no saved query {query}")
        return _saved(rows[0])

    def add(self, name: str, sql: str, warehouse: Warehouse | None, experiment: str | None) -> SavedQuery:
        """Raises Conflict when the name is taken."""
        with self._unique(name), self._database.transaction() as connection:
            added = connection.execute(
                "INSERT INTO saved_queries (name, sql, warehouse, experiment, created_at, updated_at)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
                (name, sql, warehouse, experiment, now()),
            ).lastrowid
            assert added is not None
        return self.get(added)

    def change(
        self, query: int, name: str, sql: str, warehouse: Warehouse | None, experiment: str | None
    ) -> SavedQuery:
        """Raises NotFound, and Conflict when the name is taken."""
        with self._unique(name), self._database.transaction() as connection:
            connection.execute(
                "UPDATE saved_queries SET name = ?, sql = ?, warehouse = ?, experiment = ?, updated_at = ?"
                " WHERE id = ?",
                (name, sql, warehouse, experiment, now(), query),
            )
        return self.get(query)

    def remove(self, query: int) -> None:
        """Raises NotFound."""
        with self._database.transaction() as connection:
            if connection.execute("DELETE FROM saved_queries WHERE id = ?", (query,)).rowcount == 0:
                raise NotFound(f"there is no saved query {query}")

    @contextmanager
    def _unique(self, name: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError as error:
            raise Conflict(f"there is a saved query {name!r} already", hint="choose another name") from error


def _saved(row: sqlite3.Row) -> SavedQuery:
    return SavedQuery(
        id=row["id"],
        name=row["name"],
        sql=row["sql"],
        warehouse=row["warehouse"],
        experiment=row["experiment"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
