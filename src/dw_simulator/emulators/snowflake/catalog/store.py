"""The catalog: all objects in memory, written through to a table of the same DuckDB file.

Changes go through :class:`Changes`, which the engine writes in the transaction that changes the data. DDL commits at
once (as in Snowflake), so memory and file always agree.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.alert_log import AlertLog
from dw_simulator.emulators.snowflake.catalog.model import (
    TABLE_KINDS,
    Entry,
    entry_from_json,
    entry_to_json,
)
from dw_simulator.emulators.snowflake.logins.history import LoginLog
from dw_simulator.emulators.snowflake.query_log import QueryLog
from dw_simulator.emulators.snowflake.refresh_log import RefreshLog
from dw_simulator.emulators.snowflake.task_log import TaskLog

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.copy.history import Loaded

CREATE_SQL = (
    "CREATE SCHEMA IF NOT EXISTS _dw",
    "CREATE SCHEMA IF NOT EXISTS data",
    "CREATE TABLE IF NOT EXISTS _dw.objects "
    "(id BIGINT, kind VARCHAR, database VARCHAR, schema VARCHAR, name VARCHAR, payload VARCHAR)",
)
Key = tuple[str, str, str, str]
T = TypeVar("T")


def namespace(kind: str) -> str:
    """Kinds that may not share a name have one namespace."""
    return "TABLE" if kind in TABLE_KINDS else kind


def key_of(entry: Entry) -> Key:
    return namespace(entry.kind), entry.database, entry.schema, entry.name


@dataclass(slots=True)
class Changes:
    """What a DDL statement does: SQL to run, entries to store and to remove."""

    sql: list[str] = field(default_factory=list)
    stored: list[Entry] = field(default_factory=list)
    removed: list[Entry] = field(default_factory=list)

    def run(self, *statements: str) -> None:
        self.sql.extend(statements)

    def put(self, entry: Entry) -> None:
        self.stored.append(entry)

    def remove(self, entry: Entry) -> None:
        self.removed.append(entry)


class Catalog:
    """All objects. Reads need no lock; writers hold ``lock``."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.version = 0
        self._entries: dict[Key, Entry] = {}
        self._by_id: dict[int, Entry] = {}
        self._memo: dict[str, tuple[int, Any]] = {}
        self._dropped: list[Entry] = []
        self._last_id = 0
        self.query_log = QueryLog()
        self.task_log = TaskLog()
        self.login_log = LoginLog()
        self.alert_log = AlertLog()
        self.refresh_log = RefreshLog()
        self.row_counter: Callable[[Entry], int] | None = None
        self.next_value: Callable[[Entry], int] = lambda entry: int(entry.properties["start"])
        """The value that a sequence gives next; the engine sets it."""
        self.packages: Callable[[], list[tuple[str, str, str]]] = list
        """Name, version and version of Python of the packages that handlers may import; the engine sets it."""
        self.loads: Callable[[], list[Loaded]] = list
        """The committed history of loads; the engine sets it."""

    # --- reading ------------------------------------------------------------------------------------------------------
    def get(self, kind: str, database: str = "", schema: str = "", name: str = "") -> Entry | None:
        return self._entries.get((namespace(kind), database, schema, name))

    def by_id(self, ident: int) -> Entry | None:
        """The object of that id, None when it was dropped."""
        return self._by_id.get(ident)

    def remembered(self, key: str, make: Callable[[], T]) -> T:
        """What ``make`` gives, made once for each version of the catalog."""
        version, value = self._memo.get(key, (-1, None))
        if version != self.version:
            version = self.version
            value = make()
            self._memo[key] = (version, value)
        result: T = value
        return result

    def database(self, name: str) -> Entry:
        entry = self.get("DATABASE", name=name)
        if entry is None:
            raise errors.KIND_NOT_FOUND("Database", name)
        return entry

    def schema(self, database: str, name: str) -> Entry:
        self.database(database)
        entry = self.get("SCHEMA", database, "", name)
        if entry is None:
            raise errors.KIND_NOT_FOUND("Schema", f"{database}.{name}")
        return entry

    def has_schema(self, database: str | None, name: str | None) -> bool:
        return bool(database and name) and (
            name == "INFORMATION_SCHEMA" or self.get("SCHEMA", database or "", "", name or "") is not None
        )

    def entries(
        self, kind: str | None = None, database: str | None = None, schema: str | None = None
    ) -> Iterator[Entry]:
        """Objects of a kind (of an exact one: TABLE gives no views), in order of name."""
        chosen = [
            entry
            for entry in list(self._entries.values())
            if (kind is None or entry.kind == kind)
            and (database is None or entry.database == database)
            and (schema is None or entry.schema == schema)
        ]
        return iter(sorted(chosen, key=lambda entry: entry.parts))

    def dropped(self, kind: str, database: str, schema: str, name: str) -> Entry | None:
        """The object of that name that was dropped last."""
        wanted = (namespace(kind), database, schema, name)
        return next((entry for entry in reversed(self._dropped) if key_of(entry) == wanted), None)

    def dropped_entries(self) -> list[Entry]:
        return list(self._dropped)

    def next_id(self) -> int:
        with self.lock:
            self._last_id += 1
            return self._last_id

    # --- changing -----------------------------------------------------------------------------------------------------
    def statements(self, changes: Changes) -> list[tuple[str, list[object]]]:
        """SQL with parameters that writes ``changes`` to the catalog's table."""
        result: list[tuple[str, list[object]]] = []
        for entry in (*changes.removed, *changes.stored):
            if not entry.temporary:
                result.append(("DELETE FROM _dw.objects WHERE id = ?", [entry.id]))
        for entry in changes.stored:
            if not entry.temporary:
                payload = orjson.dumps(entry_to_json(entry)).decode()
                values: list[object] = [entry.id, entry.kind, entry.database, entry.schema, entry.name, payload]
                result.append(("INSERT INTO _dw.objects VALUES (?, ?, ?, ?, ?, ?)", values))
        return result

    def apply(self, changes: Changes) -> None:
        """Take committed changes into memory."""
        with self.lock:
            self.version += 1
            gone = {entry.id for entry in (*changes.removed, *changes.stored)}
            for key in [key for key, entry in self._entries.items() if entry.id in gone]:
                self._by_id.pop(self._entries.pop(key).id, None)
            self._dropped = [entry for entry in self._dropped if entry.id not in gone]
            for entry in changes.stored:
                if not entry.temporary:  # those are known to their session only
                    self._remember(entry)

    def load(self, rows: list[tuple[int, str, str, str, str, str]]) -> None:
        for ident, kind, database, schema, name, payload in sorted(rows):
            self._remember(entry_from_json(ident, kind, database, schema, name, orjson.loads(payload)))

    def _remember(self, entry: Entry) -> None:
        self._last_id = max(self._last_id, entry.id)
        if entry.dropped is not None:
            self._dropped.append(entry)
        else:
            self._entries[key_of(entry)] = entry
            self._by_id[entry.id] = entry

    def row_count(self, entry: Entry) -> int | None:
        """Rows of a table, None where nobody can count them."""
        return self.row_counter(entry) if self.row_counter is not None and entry.is_table else None
