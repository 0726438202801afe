"""The catalog as one session sees it while a statement is bound."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import information_schema, policies
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.catalog.store import Catalog
from dw_simulator.emulators.snowflake.translation.environment import TableSource, ViewSource
from dw_simulator.emulators.snowflake.translation.scope import OutputColumn

TemporaryTables = Mapping[tuple[str, str, str], Entry]


class SessionCatalog:
    """Resolves names against the current database and schema; temporary tables shadow permanent ones."""

    def __init__(
        self, catalog: Catalog, database: str | None, schema: str | None, temporary: TemporaryTables, role: str = ""
    ) -> None:
        self.catalog = catalog
        self.database = database
        self.schema = schema
        self.temporary = temporary
        self.role = role

    def at(self, database: str, schema: str, owner: str) -> SessionCatalog:
        """The same, from inside another schema (a view's own) and with the rights of its owner."""
        return SessionCatalog(self.catalog, database, schema, self.temporary, owner)

    # --- names --------------------------------------------------------------------------------------------------------
    def qualify(self, parts: tuple[str, ...], action: str = "SELECT") -> tuple[str, str, str]:
        """Database, schema and name of a maybe partial name. Raises 090105/090106 without a current one."""
        if len(parts) > 3:
            raise errors.OBJECT_NOT_FOUND(".".join(parts))
        name = parts[-1]
        schema = parts[-2] if len(parts) >= 2 else self.schema
        database = parts[-3] if len(parts) == 3 else self.database
        if database is None:
            raise errors.NO_CURRENT_DATABASE(action)
        if schema is None:
            raise errors.NO_CURRENT_SCHEMA(action)
        return database, schema, name

    def find(self, kind: str, parts: tuple[str, ...]) -> Entry | None:
        """The object of that name, None if there is none."""
        if self.database is None and len(parts) < 3:
            return None
        if self.schema is None and len(parts) < 2:
            return None
        full = self.qualify(parts)
        if kind in ("TABLE", "VIEW") and full in self.temporary:
            return self.temporary[full]
        return self.catalog.get(kind, *full)

    def require(self, kind: str, parts: tuple[str, ...], action: str = "SELECT") -> Entry:
        """The object of that name. Raises 002003."""
        full = self.qualify(parts, action)
        entry = self.find(kind, parts)
        if entry is None:
            if self.catalog.get("DATABASE", name=full[0]) is None and len(parts) == 3:
                raise errors.KIND_NOT_FOUND("Database", full[0])
            if not self.catalog.has_schema(full[0], full[1]):
                raise errors.KIND_NOT_FOUND("Schema", f"{full[0]}.{full[1]}")
            shown = ".".join(parts)
            if kind in ("TABLE", "VIEW"):
                raise errors.OBJECT_NOT_FOUND(shown)
            raise errors.KIND_NOT_FOUND(kind.capitalize(), shown)
        return entry

    # --- what the binder asks -----------------------------------------------------------------------------------------
    def resolve_source(self, parts: tuple[str, ...]) -> TableSource | ViewSource:
        if (len(parts) >= 2 and parts[-2] == "INFORMATION_SCHEMA") or (
            len(parts) == 1 and self.schema == "INFORMATION_SCHEMA"
        ):
            database = parts[-3] if len(parts) == 3 else self.database
            if database is None:
                raise errors.NO_CURRENT_DATABASE("SELECT")
            self.catalog.database(database)
            return information_schema.source(self, database, parts[-1])
        if len(parts) == 3 and parts[0] == "SNOWFLAKE":
            return information_schema.account_source(self, parts[1], parts[2])
        if parts == ("DUAL",) and self.find("TABLE", parts) is None:
            return TableSource("(SELECT 1)", [], ("", "", "DUAL"))
        return source_of(self.catalog, self.require("TABLE", parts))

    def sequence_next(self, parts: tuple[str, ...]) -> str | None:
        entry = self.find("SEQUENCE", parts)
        return None if entry is None else sequence_sql(entry)

    def user_function(self, parts: tuple[str, ...], count: int) -> Any | None:
        from dw_simulator.emulators.snowflake.catalog.routines import inlined

        return inlined(self, parts, count)


def sequence_sql(entry: Entry) -> str:
    """The next value of a sequence."""
    return f"nextval('data.s{entry.id}')"


def source_of(catalog: Catalog, entry: Entry) -> TableSource | ViewSource:
    protection = policies.protection_of(catalog, entry)
    if entry.kind == "VIEW":
        names, keys = [column.name for column in entry.columns], [column.key for column in entry.columns]
        return ViewSource(entry.text, names, entry.parts, entry.owner, keys, protection)
    columns = [OutputColumn(c.name, c.type, c.key, entry.parts) for c in entry.columns]
    computed = {column.name: column.computed for column in entry.columns if column.computed is not None}
    return TableSource(entry.physical, columns, entry.parts, computed, protection)
