"""The catalog of SQLite files: an experiment's file is a database with one schema, ``main``.

SQLite's page "The Schema Table", and "PRAGMA table_xinfo" as a table-valued function.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from dw_simulator.warehouses import record
from dw_simulator.warehouses.base import QueryResult
from dw_simulator.warehouses.catalogs.model import (
    CatalogColumn,
    CatalogDatabase,
    CatalogTable,
    Place,
    arranged,
    rows_of,
)
from dw_simulator.warehouses.kinds import kind_of
from dw_simulator.warehouses.names import quote

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings
    from dw_simulator.warehouses.base import Adapter

_SCHEMA = "main"
_COUNTED_BYTES = 64 << 20
"""Larger files are counted only when they are asked for: SQLite counts by reading."""

_TABLES = (
    r"SELECT name, type FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\'"
)
_COLUMNS = (
    'SELECT t.name AS tab, c.name AS col, c.type AS type, CAST(c."notnull" OR c.pk AS INTEGER) AS required'
    " FROM sqlite_schema AS t JOIN pragma_table_xinfo(t.name) AS c"
    " WHERE t.type IN ('table', 'view') AND c.hidden <> 1 ORDER BY t.name, c.cid"
)


class SqliteCatalog:
    """The files of the experiments."""

    def __init__(self, adapter: Adapter, settings: Settings) -> None:
        self.warehouse = adapter.warehouse
        self._adapter = adapter
        self._folder = settings.state_dir("sqlite")

    def home(self, experiment: str) -> Place:
        return Place(experiment.lower(), _SCHEMA)

    def default(self) -> Place:
        return Place("", _SCHEMA)

    def named(self, place: Place, table: str) -> str:
        return f"{quote(place.schema)}.{quote(table)}"

    def query(self, sql: str, place: Place) -> QueryResult:
        return self._adapter.query(sql, place.database)

    def databases(
        self, within: Place | None = None, *, table: str | None = None, columns: bool = False
    ) -> list[CatalogDatabase]:
        files = self._files()
        wanted = [Place(name, _SCHEMA) for name in files if within is None or within == (name, _SCHEMA)]
        tables: dict[tuple[str, str], dict[str, CatalogTable]] = {}
        for place in wanted:
            small = within is not None or files[place.database].stat().st_size <= _COUNTED_BYTES
            found = self._tables(place, small and table is None, columns)
            tables[place] = found if table is None else {name: one for name, one in found.items() if name == table}
        return arranged(wanted, tables)

    def _files(self) -> dict[str, Path]:
        """By name of the experiment, in lower case; no name makes a path outside of the folder."""
        return {unquote(path.stem): path for path in self._folder.glob("*.sqlite")}

    def _tables(self, place: Place, counted: bool, columns: bool) -> dict[str, CatalogTable]:
        found = [(name, kind) for name, kind in rows_of(self.query(_TABLES, place)) if name.lower() != record.TABLE]
        rows = self._counts(place, [name for name, kind in found if kind == "table"]) if counted else {}
        described = self._columns(place) if columns else {}
        return {
            name: CatalogTable(
                name=name, kind=kind, rows=rows.get(name), columns=described.get(name, []) if columns else None
            )
            for name, kind in found
        }

    def _counts(self, place: Place, names: list[str]) -> dict[str, int]:
        counts: dict[str, int] = {}
        for start in range(0, len(names), _AT_ONCE):
            group = names[start : start + _AT_ONCE]
            sql = " UNION ALL ".join(f"SELECT {at}, count(*) FROM {quote(name)}" for at, name in enumerate(group))
            counts |= {group[at]: rows for at, rows in rows_of(self.query(sql, place))}
        return counts

    def _columns(self, place: Place) -> dict[str, list[CatalogColumn]]:
        found: dict[str, list[CatalogColumn]] = defaultdict(list)
        for table, name, kind, required in rows_of(self.query(_COLUMNS, place)):
            found[table].append(CatalogColumn(name=name, type=kind, kind=kind_of(kind), nullable=not required))
        return found


_AT_ONCE = 200
"""Tables of one statement; SQLite takes up to 500 parts of a compound SELECT."""
