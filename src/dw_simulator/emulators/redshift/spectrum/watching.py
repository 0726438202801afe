"""Which statements may read external tables, by name: quick to ask before each statement."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dw_simulator.emulators.redshift.commands.translating import Generation
from dw_simulator.emulators.redshift.conversation import Result

if TYPE_CHECKING:
    from dw_simulator.emulators.redshift.backend import Backend

_SCHEMAS = "SELECT n.nspname FROM pg_catalog.dw_external_schemas s JOIN pg_namespace n ON n.oid = s.schema_oid"
_KNOWN = "SELECT to_regclass('pg_catalog.dw_external_schemas')"
_ROUTINES = (
    # OFFSET keeps the planner from matching the source of every routine against every relation first.
    "SELECT p.proname, e.relid FROM pg_proc p JOIN (SELECT * FROM pg_catalog.dw_external OFFSET 0) e"
    " ON p.prosrc ~* (e.nspname || '\"?\\s*\\.\\s*\"?' || e.relname) WHERE NOT starts_with(p.proname::text, 'dw_')"
)
_VIEWS = """
WITH RECURSIVE uses(view, used) AS (
    SELECT r.ev_class, d.refobjid FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
    WHERE d.classid = CAST('pg_rewrite' AS regclass) AND d.refclassid = CAST('pg_class' AS regclass)
    AND d.refobjid <> r.ev_class
    UNION ALL
    SELECT c.oid, unnest(v.reads) FROM pg_catalog.dw_late_views v JOIN pg_namespace n ON n.nspname = v.view_schema
    JOIN pg_class c ON c.relname = v.view_name AND c.relnamespace = n.oid
), reads(view, relid) AS (
    SELECT uses.view, e.relid FROM pg_catalog.dw_external_tables e JOIN uses ON uses.used = e.relid
    UNION
    SELECT uses.view, reads.relid FROM reads JOIN uses ON uses.used = reads.view
) SELECT DISTINCT c.relname, reads.relid FROM reads JOIN pg_class c ON c.oid = reads.view"""


@dataclass(slots=True)
class _Watched:
    """What makes a statement one that may read external tables: schemas, and views and routines by their names."""

    names: set[str] = field(default_factory=set)
    schemas: set[str] = field(default_factory=set)
    pattern: re.Pattern[str] | None = None
    through: dict[str, set[int]] = field(default_factory=dict)
    """The external tables that views and routines read, by their names."""

    def add(self, names: Set[str]) -> None:
        if not names <= self.names:
            self.names |= names
            words = "|".join(sorted(map(re.escape, self.names)))
            self.pattern = re.compile(rf"(?<![\w$])({words})(?![\w$])", re.I)
            Generation.advance()


class ExternalTables:
    """The external tables of all databases of one backend."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._watched: dict[str, _Watched] = {}
        self._locks: dict[tuple[str, int], asyncio.Lock] = {}

    async def learn(self, database: str, query: Callable[[str], Awaitable[Result]]) -> None:
        """Look up which names to watch for.

        Raises:
            RedshiftError: PostgreSQL does not answer.
        """
        if (await query(_KNOWN)).scalar() is None:
            return  # a catalog of an earlier version
        names = {str(name) for (name,) in (await query(_SCHEMAS)).rows}
        if not names:
            return
        through: dict[str, set[int]] = {}
        for name, relid in (await query(f"{_VIEWS} UNION {_ROUTINES}")).rows:
            through.setdefault(str(name), set()).add(int(relid or 0))
        self.watch_schemas(database, names)
        self.watch(database, through.keys())
        self._watched[database].through = through

    def watch_schemas(self, database: str, names: Set[str]) -> None:
        """As `watch`, for the names of external schemas."""
        self.watch(database, names)
        self._watched[database].schemas |= names

    def is_schema(self, database: str, name: str) -> bool:
        """Whether an external schema has, or had, this name."""
        return database in self._watched and name in self._watched[database].schemas

    def watch(self, database: str, names: Set[str]) -> None:
        """Also names that may be gone again: a statement that mentions them is only looked at twice."""
        self._watched.setdefault(database, _Watched()).add(names)

    def any(self, database: str) -> bool:
        """Whether a statement of the database may be one that `mentioned` tells."""
        return database in self._watched

    def mentioned(self, database: str, sql: str) -> bool:
        """Whether a statement may read external tables."""
        watched = self._watched.get(database) if self._watched else None
        return watched is not None and watched.pattern is not None and watched.pattern.search(sql) is not None

    async def refresh(self, database: str, sql: str) -> None:
        """Bring the tables that a statement may read up to date.

        Raises:
            RedshiftError: S3 refused, a file cannot be read, a value does not fit.
        """
        # Only here: readers of file formats are heavy to load.
        from dw_simulator.emulators.redshift.spectrum import refresh

        await self.learn(database, lambda text: self._backend.admin_query(text, database))
        if made := _MAKES_READER.match(sql):
            # Its definition is not there before its transaction has ended, perhaps long after this statement.
            self.watch(database, {made[1].rpartition(".")[2].strip(' \t\n"').lower()})
        if _DEFINES.match(sql):
            return
        through = self._watched[database].through
        for table in await refresh.tables_of(self._backend, database, sql, through):
            async with self._locks.setdefault((database, table.oid), asyncio.Lock()):
                await refresh.bring_up_to_date(self._backend, database, table)


_NAME = r"(?:\"[^\"]+\"|[\w$]+)"
_MAKES_READER = re.compile(
    r"\s*create\s+(?:or\s+replace\s+)?(?:materialized\s+)?(?:view|procedure|function)\s+"
    rf"({_NAME}(?:\s*\.\s*{_NAME})*)",
    re.I,
)
_DEFINES = re.compile(
    r"\s*(?:alter|analyze|comment|create\s+external(?!\s+table\b.*\bas\b)|drop|grant|reset|revoke|set|show|vacuum)\b",
    re.I | re.S,
)
"""Statements that name tables without reading them."""
