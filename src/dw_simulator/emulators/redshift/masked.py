"""The names of the relations that have masking policies: what is altered or dropped is looked up among them first."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from dw_simulator.emulators.redshift.commands.translating import Generation
from dw_simulator.emulators.redshift.conversation import Result
from dw_simulator.emulators.redshift.errors import UNDEFINED_TABLE, RedshiftError

_KNOWN = "SELECT to_regclass('pg_catalog.dw_masked')"
_NAMES = "SELECT c.relname FROM pg_catalog.dw_masked m JOIN pg_catalog.pg_class c ON c.oid = m.view"
_HIDDEN = re.compile(r"dw_mask", re.I)
_ESCAPED_NAME = re.compile(r"\bu&\"", re.I)


class MaskedNames:
    """By database, without schemas: whoever finds a name here still has to ask PostgreSQL which relation is meant."""

    def __init__(self) -> None:
        self._names: dict[str, set[str]] = {}

    async def learn(self, database: str, query: Callable[[str], Awaitable[Result]]) -> None:
        """Look up the names.

        Raises:
            RedshiftError: PostgreSQL does not answer.
        """
        if (await query(_KNOWN)).scalar() is None:
            return  # a catalog of an earlier version
        names = {str(name) for (name,) in (await query(_NAMES)).rows}
        if names:
            self._names.setdefault(database, set()).update(names)
            Generation.advance()

    def add(self, database: str, name: str) -> None:
        """Also a name that may be gone again, or whose transaction may not be committed."""
        names = self._names.setdefault(database, set())
        if name not in names:
            names.add(name)
            Generation.advance()

    def any(self, database: str) -> bool:
        """Whether any relation of the database may have masking policies: quick to ask before a statement is read."""
        return bool(self._names) and database in self._names

    def known(self, database: str, name: str) -> bool:
        """Whether a relation of this name may have masking policies."""
        return bool(self._names) and name in self._names.get(database, ())

    def refuse_hidden(self, database: str, sql: str) -> None:
        """Keep statements from the relations behind the masking views.

        Raises:
            RedshiftError: the statement names one.
        """
        if self.any(database) and (_HIDDEN.search(sql) or _ESCAPED_NAME.search(sql)):
            raise RedshiftError(UNDEFINED_TABLE, "names that begin with dw_mask do not exist")
