"""The catalog as one session sees it while a statement is bound."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import (
    account_objects,
    account_usage,
    information_schema,
    moments,
    object_views,
    policies,
    privilege_views,
    streams,
    view_streams,
)
from dw_simulator.emulators.snowflake.catalog.grants import Access
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.catalog.store import Catalog, Key, namespace
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.environment import LateSource, Protection, TableSource, ViewSource
from dw_simulator.emulators.snowflake.translation.parser.stream import TokenStream
from dw_simulator.emulators.snowflake.translation.scope import OutputColumn
from dw_simulator.emulators.snowflake.translation.text import identifier

# importing the views registers them
__all__ = ["SessionCatalog", "object_views", "privilege_views", "sequence_sql", "source_of"]
TemporaryObjects = Mapping[Key, Entry]


class SessionCatalog:
    """Resolves names against the current database and schema; temporary objects shadow permanent ones."""

    def __init__(
        self,
        catalog: Catalog,
        database: str | None,
        schema: str | None,
        temporary: TemporaryObjects,
        role: str = "",
        access: Access | None = None,
        path: str = "",
    ) -> None:
        """``access`` is what the session may do; None where roles are not enforced. ``path`` is its SEARCH_PATH."""
        self.catalog = catalog
        self.database = database
        self.schema = schema
        self.temporary = temporary
        self.role = role
        self.access = access
        self.path = path

    def at(self, database: str, schema: str, owner: str) -> SessionCatalog:
        """The same, from inside another schema (a view's own) and with the rights of its owner."""
        access = self.access.for_owner(owner) if self.access is not None else None
        return SessionCatalog(self.catalog, database, schema, self.temporary, owner, access)

    def entries(self, kind: str | None = None, database: str | None = None) -> Iterator[Entry]:
        """Objects of a kind that the session may see."""
        for entry in self.catalog.entries(kind, database):
            if self.access is None or self.access.sees(entry):
                yield entry

    # --- the search path ----------------------------------------------------------------------------------------------
    def schemas(self) -> list[tuple[str, str]]:
        """The schemas that a query's unqualified names are looked up in, those that there are.

        Vendor page: "Object name resolution".
        """
        found: dict[tuple[str, str], None] = {}
        for parts in path_schemas(self.path):
            database = parts[0] if len(parts) == 2 else self.database
            schema = self.schema if parts == ("$current",) else "PUBLIC" if parts == ("$public",) else parts[-1]
            if database is not None and schema is not None and self.catalog.has_schema(database, schema):
                found[database, schema] = None
        return list(found)

    def searched(self, parts: tuple[str, ...]) -> list[tuple[str, ...]]:
        """The names that a query's name may stand for, in the order in which they are tried."""
        if len(parts) > 1 or not self.path:
            return [parts]
        return [(*schema, *parts) for schema in self.schemas()] or [parts]

    def pathless(self) -> SessionCatalog:
        """The same without the search path, as definitions of views have it."""
        return SessionCatalog(self.catalog, self.database, self.schema, self.temporary, self.role, self.access)

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
        """The object of that name, None if there is none that the session may know of."""
        entry = self._find(kind, parts)
        if entry is not None and self.access is not None and not self.access.reaches(entry):
            return None
        return entry

    def _find(self, kind: str, parts: tuple[str, ...]) -> Entry | None:
        if self.database is None and len(parts) < 3:
            return None
        if self.schema is None and len(parts) < 2:
            return None
        full = self.qualify(parts)
        return self.temporary.get((namespace(kind), *full)) or self.catalog.get(kind, *full)

    def require(self, kind: str, parts: tuple[str, ...], action: str = "SELECT") -> Entry:
        """The object of that name. Raises 002003, or 003001 when the session's roles do not allow ``action`` on it."""
        full = self.qualify(parts, action)
        entry = self.find(kind, parts)
        if entry is None:
            raise self._missing(kind, parts, full)
        if self.access is not None:
            self.access.check(entry, action)
        return entry

    def named(self, kind: str, parts: tuple[str, ...]) -> Entry:
        """The object of that name, whatever the session may do with it. Raises 002003."""
        entry = self._find(kind, parts)
        if entry is None:
            raise self._missing(kind, parts, self.qualify(parts, "GRANT"))
        return entry

    def _missing(self, kind: str, parts: tuple[str, ...], full: tuple[str, str, str]) -> errors.SnowflakeError:
        entered = self.access is None or self.access.enters(full[0])
        if (self.catalog.get("DATABASE", name=full[0]) is None or not entered) and len(parts) == 3:
            return errors.KIND_NOT_FOUND("Database", full[0])
        inside = self.access is None or self.access.enters(full[0], full[1])
        if not self.catalog.has_schema(full[0], full[1]) or not inside:
            return errors.KIND_NOT_FOUND("Schema", f"{full[0]}.{full[1]}")
        if kind in ("TABLE", "VIEW"):
            return errors.OBJECT_NOT_FOUND(".".join(parts))
        return errors.KIND_NOT_FOUND(kind.capitalize(), ".".join(full))

    # --- what the binder asks -----------------------------------------------------------------------------------------
    def vendor_view(self, parts: tuple[str, ...]) -> TableSource | None:
        """A view of INFORMATION_SCHEMA or of the database SNOWFLAKE; None for names of anything else."""
        inside = self.database == account_usage.DATABASE and parts != ("DUAL",)
        if inside and (len(parts) == 2 or (len(parts) == 1 and self.schema is not None)):
            parts = self.qualify(parts)
        if len(parts) == 3 and parts[0] == account_usage.DATABASE:
            if not account_usage.enters(self.access):
                raise errors.KIND_NOT_FOUND("Database", "SNOWFLAKE")
            return account_usage.source(self, parts[1], parts[2])
        if (len(parts) >= 2 and parts[-2] == "INFORMATION_SCHEMA") or (
            len(parts) == 1 and self.schema == "INFORMATION_SCHEMA"
        ):
            database = parts[-3] if len(parts) == 3 else self.database
            if database is None:
                raise errors.NO_CURRENT_DATABASE("SELECT")
            self.catalog.database(database)
            if self.access is not None and not self.access.enters(database):
                raise errors.KIND_NOT_FOUND("Database", database)
            return information_schema.source(self, database, parts[-1])
        return None

    def resolve_source(self, parts: tuple[str, ...]) -> TableSource | ViewSource | LateSource:
        found = self.vendor_view(parts)
        if found is not None:
            return found
        if parts == ("DUAL",) and self.find("TABLE", parts) is None:
            return TableSource("(SELECT 1)", [], ("", "", "DUAL"))
        entry = self.require("TABLE", next((name for name in self.searched(parts) if self.find("TABLE", name)), parts))
        if entry.kind != streams.KIND:
            return source_of(self.catalog, entry)
        if entry.properties.get(streams.INSERT_ONLY):
            return self._inserted(entry)
        if view_streams.BASES in entry.properties:
            return view_streams.ViewStream(self, entry)
        return streams.source(self, entry)

    def _inserted(self, stream: Entry) -> ViewSource:
        """A stream on an external table: the rows of its new files. Vendor page: "Introduction to Streams"."""
        table = streams.source_table(self.catalog, stream)
        if self.access is not None:
            self.access.check(table, "SELECT")
        found = external_source(table, policies.protection_of(self.catalog, table), stream)
        return dataclasses.replace(found, parts=stream.parts)

    def moment(self, binder: Any, written: moments.Written) -> Any:
        return moments.moment_of(binder, written)

    def earlier(self, binder: Any, source: Any, moment: Any, found: TableSource) -> TableSource:
        return moments.earlier(self, binder, source, moment, found)

    def view_changes(self, binder: Any, source: Any, moment: Any, found: ViewSource) -> TableSource:
        return moments.view_changes(self, binder, source, moment, found)

    def sequence_next(self, parts: tuple[str, ...]) -> str | None:
        found = (self.find("SEQUENCE", name) for name in self.searched(parts))
        return next((sequence_sql(entry) for entry in found if entry is not None), None)

    def user_function(self, binder: Any, call: n.Call) -> Any | None:
        from dw_simulator.emulators.snowflake.catalog import routines

        return routines.scalar(self, binder, call)

    def user_table(self, binder: Any, call: n.Call) -> Any | None:
        from dw_simulator.emulators.snowflake.catalog import routines

        return routines.table(self, binder, call)


@lru_cache(maxsize=100)
def path_schemas(path: str) -> list[tuple[str, ...]]:
    """The schemas of a SEARCH_PATH, as they are written: with or without their databases."""
    items = (item.strip() for item in path.split(","))
    return [(item.lower(),) if item.startswith("$") else TokenStream(item).qualified() for item in items if item]


def sequence_sql(entry: Entry) -> str:
    """The next value of a sequence."""
    return f"nextval('data.s{entry.id}')"


def source_of(catalog: Catalog, entry: Entry) -> TableSource | ViewSource:
    protection = policies.protection_of(catalog, entry)
    if entry.kind == "VIEW":
        names, keys = [column.name for column in entry.columns], [column.key for column in entry.columns]
        return ViewSource(entry.text, names, entry.parts, entry.owner, keys, protection)
    if entry.kind == "EXTERNAL TABLE":
        return external_source(entry, protection)
    columns = [OutputColumn(c.name, c.type, c.key, entry.parts, c.collation) for c in entry.columns]
    computed = {column.name: column.computed for column in entry.columns if column.computed is not None}
    is_snapshot = bool(entry.properties.get("read_only"))
    return TableSource(entry.physical, columns, entry.parts, computed, protection, is_snapshot=is_snapshot)


EXTERNAL_METADATA = ("METADATA$FILENAME", "METADATA$FILE_ROW_NUMBER")
"""What can be asked of an external table besides its columns."""


_INSERTED = ("'INSERT'", "FALSE", "MD5(METADATA$FILENAME || ':' || METADATA$FILE_ROW_NUMBER)")


def external_source(entry: Entry, protection: Protection | None, stream: Entry | None = None) -> ViewSource:
    """An external table: a query over its files. With ``stream``, over those that the stream shows."""
    items = [
        identifier(column.name) if column.computed is None
        else f"({column.computed})::{column.type.sql_name()} AS {identifier(column.name)}"
        for column in entry.columns
    ]  # fmt: skip
    marks = [name for name, _ in streams.METADATA] if stream is not None else []
    items += [f"{value} AS {name}" for value, name in zip(_INSERTED, marks, strict=False)]
    which = f", STREAM => {stream.id}" if stream is not None else ""
    text = f"SELECT {', '.join([*items, *EXTERNAL_METADATA])} FROM @~ (EXTERNAL_TABLE => {entry.id}{which})"
    names = [*(column.name for column in entry.columns), *marks, *EXTERNAL_METADATA]
    keys = [*(column.key for column in entry.columns), *marks, *EXTERNAL_METADATA]
    return ViewSource(text, names, entry.parts, entry.owner, keys, protection, frozenset(EXTERNAL_METADATA))


account_objects.register()
