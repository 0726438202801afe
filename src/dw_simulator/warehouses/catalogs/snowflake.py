"""Snowflake's catalog (reference, "SHOW OBJECTS", "SHOW COLUMNS", "SHOW SCHEMAS", "Snowflake Information Schema")."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from dw_simulator.errors import WarehouseSqlError
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
from dw_simulator.warehouses.names import folded, literal, quote

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings
    from dw_simulator.warehouses.base import Adapter

_LIMIT = 10_000
"""Most rows of a SHOW."""
_SYSTEM_DATABASES = frozenset({"SNOWFLAKE"})
_MISSING = frozenset({2003, 2043})
"""Snowflake's errors for an object that does not exist."""


class SnowflakeCatalog:
    """The databases of an account that the session's role sees. SHOW needs no virtual warehouse, columns do."""

    def __init__(self, adapter: Adapter, settings: Settings) -> None:
        self.warehouse = adapter.warehouse
        self._adapter = adapter
        self._configured = settings.snowflake.database

    def home(self, experiment: str) -> Place:
        name = folded(experiment, self._adapter.warehouse)
        if self._configured is not None:
            return Place(folded(self._configured, self._adapter.warehouse), name)
        return Place(name, "PUBLIC")

    def default(self) -> Place:
        return Place(folded(self._configured or "", self._adapter.warehouse), "PUBLIC")

    def named(self, place: Place, table: str) -> str:
        return f"{quote(place.database)}.{quote(place.schema)}.{quote(table)}"

    def query(self, sql: str, place: Place) -> QueryResult:  # noqa: ARG002 - the protocol's
        return self._adapter.query(sql)

    def databases(
        self, within: Place | None = None, *, table: str | None = None, columns: bool = False
    ) -> list[CatalogDatabase]:
        try:
            return self._databases(within, table, columns)
        except WarehouseSqlError as error:
            if within is not None and _says_missing(error):
                return []
            raise

    def _databases(self, within: Place | None, table: str | None, columns: bool) -> list[CatalogDatabase]:
        if within is None:
            names = [row["name"] for row in self._show("SHOW DATABASES")]
            names = [name for name in names if name not in _SYSTEM_DATABASES]
            places = [Place(row["database_name"], row["name"]) for row in self._show("SHOW SCHEMAS IN ACCOUNT")]
            places = [place for place in places if place.database in names and place.schema != "INFORMATION_SCHEMA"]
        else:
            names, places = [within.database], [within]
        tables: dict[tuple[str, str], dict[str, CatalogTable]] = defaultdict(dict)
        for row in self._objects(places, within, table):
            place = Place(row["database_name"], row["schema_name"])
            if place in places and table in (None, row["name"]):
                tables[place][row["name"]] = _table(row, columns)
        for at, group in self._columns(names, tables, within, table).items() if columns else ():
            tables[at[0], at[1]][at[2]].columns = group
        return arranged(places, tables, names)

    def _objects(self, places: Iterable[Place], within: Place | None, table: str | None) -> list[dict[str, Any]]:
        """Tables and views. What a SHOW leaves out is asked for schema by schema, in pages."""
        if within is None:
            found = self._show("SHOW OBJECTS IN ACCOUNT")
            if len(found) < _LIMIT:
                return found
        return [row for place in places for row in self._pages(place, table)]

    def _pages(self, place: Place, table: str | None) -> list[dict[str, Any]]:
        like = "" if table is None else f" LIKE {_text(_pattern(table))}"
        show = f"SHOW OBJECTS{like} IN SCHEMA {quote(place.database)}.{quote(place.schema)} LIMIT {_LIMIT}"
        found = page = self._show(show)
        while len(page) == _LIMIT:
            page = self._show(f"{show} FROM {_text(found[-1]['name'])}")
            found = [*found, *page]
        return found

    def _show(self, sql: str) -> list[dict[str, Any]]:
        result = self._adapter.query(sql)
        names = [column.name.lower() for column in result.columns]
        return [dict(zip(names, row, strict=True)) for row in rows_of(result)]

    def _columns(
        self,
        databases: Iterable[str],
        tables: dict[tuple[str, str], dict[str, CatalogTable]],
        within: Place | None,
        table: str | None,
    ) -> dict[tuple[str, str, str], list[CatalogColumn]]:
        """By database, schema and table. What a SHOW may have left out is read from the information schema."""
        found: dict[tuple[str, str, str], list[CatalogColumn]] = defaultdict(list)
        for database in databases:
            if not any(place[0] == database and group for place, group in tables.items()):
                continue
            shown = self._show(f"SHOW COLUMNS IN {self._scope(database, tables, within, table)}")
            rows = map(_shown_column, shown) if len(shown) != _LIMIT else self._described(database, within)
            for schema, owner, column in rows:
                if owner in tables.get((database, schema), {}):
                    found[database, schema, owner].append(column)
        return found

    def _scope(
        self,
        database: str,
        tables: dict[tuple[str, str], dict[str, CatalogTable]],
        within: Place | None,
        table: str | None,
    ) -> str:
        if within is None:
            return f"DATABASE {quote(database)}"
        if table is None:
            return f"SCHEMA {quote(within.database)}.{quote(within.schema)}"
        is_view = "view" in tables[within][table].kind
        return f"{'VIEW' if is_view else 'TABLE'} {self.named(within, table)}"

    def _described(self, database: str, within: Place | None) -> Iterator[tuple[str, str, CatalogColumn]]:
        where = "" if within is None else f" WHERE table_schema = {_text(within.schema)}"
        sql = (
            "SELECT table_schema, table_name, column_name, data_type, character_maximum_length, numeric_precision,"
            f" numeric_scale, is_nullable FROM {quote(database)}.INFORMATION_SCHEMA.COLUMNS{where}"
            " ORDER BY ordinal_position"
        )
        for schema, table, name, kind, length, digits, scale, nullable in rows_of(self._adapter.query(sql)):
            yield schema, table, _column(name, kind, length, digits, scale, nullable=nullable != "NO")


def _table(row: dict[str, Any], columns: bool) -> CatalogTable:
    kind = str(row["kind"]).lower()
    rows = row.get("rows")
    counted = rows is not None and "view" not in kind
    return CatalogTable(
        name=row["name"], kind=kind, rows=int(rows) if counted and rows is not None else None,
        columns=[] if columns else None,
    )  # fmt: skip


def _pattern(name: str) -> str:
    """A pattern of LIKE that matches the name, in any case, and perhaps others: one that needs no escapes."""
    return re.sub(r"[%\\]", "_", name)


def _shown_column(row: dict[str, Any]) -> tuple[str, str, CatalogColumn]:
    """A row of SHOW COLUMNS, which tells the type as JSON."""
    told = json.loads(row["data_type"])
    kind = {"FIXED": "NUMBER", "REAL": "FLOAT"}.get(told["type"], told["type"])
    digits, scale = told.get("precision"), told.get("scale")
    column = _column(
        row["column_name"], kind, told.get("length"), digits, scale, nullable=bool(told.get("nullable", True))
    )
    return row["schema_name"], row["table_name"], column


def _column(name: str, kind: str, length: Any, digits: Any, scale: Any, *, nullable: bool) -> CatalogColumn:
    return CatalogColumn(name=name, type=_type(kind, length, digits, scale), kind=kind_of(kind), nullable=nullable)


def _says_missing(error: WarehouseSqlError) -> bool:
    code = error.warehouse_code
    return code is not None and code.isdigit() and int(code) in _MISSING


def _text(value: str) -> str:
    return literal(value.replace("\\", "\\\\"))


_LONGEST = frozenset({16_777_216, 134_217_728, 8_388_608, 67_108_864})
"""Lengths that a type has by default, now and formerly (reference, "Size limits for database objects")."""


def _type(name: str, length: Any, digits: Any, scale: Any) -> str:
    """As DESCRIBE TABLE writes it."""
    name = "VARCHAR" if name == "TEXT" else name
    if length is not None and name in ("VARCHAR", "BINARY"):
        return name if int(length) in _LONGEST else f"{name}({int(length)})"
    return f"{name}({int(digits)},{int(scale or 0)})" if name == "NUMBER" and digits is not None else name
