"""Redshift's catalog (guide, "SVV views": SVV_ALL_SCHEMAS, SVV_ALL_TABLES, SVV_ALL_COLUMNS, SVV_TABLE_INFO)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

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

_SYSTEM = "(schema_name = 'information_schema' OR schema_name LIKE 'pg\\\\_%' OR schema_name = 'catalog_history')"
"""LIKE with a backslash that is written twice: Redshift reads backslashes in texts as escapes."""


class RedshiftCatalog:
    """The databases of a cluster; the tables of those that the connection's user sees."""

    def __init__(self, adapter: Adapter, settings: Settings) -> None:
        self.warehouse = adapter.warehouse
        self._adapter = adapter
        self._database = settings.redshift.database

    def home(self, experiment: str) -> Place:
        return Place(self._database, folded(experiment, self._adapter.warehouse))

    def default(self) -> Place:
        return Place(self._database, "public")

    def named(self, place: Place, table: str) -> str:
        database = "" if place.database == self._database else f"{quote(place.database)}."
        return f"{database}{quote(place.schema)}.{quote(table)}"

    def query(self, sql: str, place: Place) -> QueryResult:  # noqa: ARG002 - the protocol's
        return self._adapter.query(sql)

    def databases(
        self, within: Place | None = None, *, table: str | None = None, columns: bool = False
    ) -> list[CatalogDatabase]:
        where = f"WHERE NOT {_SYSTEM}" if within is None else f"WHERE {_at(within)}"
        places = [Place(*row) for row in self._rows(f"SELECT database_name, schema_name FROM svv_all_schemas {where}")]
        counts, missing = self._counts() if table is None else ({}, None)
        if table is not None:
            where += f" AND table_name = {_text(table)}"
        described = self._columns(where) if columns else {}
        tables: dict[tuple[str, str], dict[str, CatalogTable]] = defaultdict(dict)
        for database, schema, name, kind in self._rows(
            f"SELECT database_name, schema_name, table_name, table_type FROM svv_all_tables {where}"
        ):
            here = database == self._database and kind == "TABLE"
            tables[database, schema][name] = CatalogTable(
                name=name,
                kind=kind.lower(),
                rows=counts.get((schema, name), missing) if here else None,
                columns=described.get((database, schema, name), []) if columns else None,
            )
        if within is not None:
            return arranged(places, tables)
        return arranged(places, tables, [name for (name,) in self._rows(_DATABASES)])

    def _rows(self, sql: str) -> list[tuple[str, ...]]:
        return list(rows_of(self._adapter.query(sql)))

    def _counts(self) -> tuple[dict[tuple[str, str], int], int | None]:
        """Rows by schema and table, and those of a table that is not there.

        SVV_TABLE_INFO leaves out empty tables, and is there for superusers only.
        """
        try:
            found = rows_of(self._adapter.query('SELECT "schema", "table", tbl_rows FROM svv_table_info'))
            counts = {(schema, table): int(rows) for schema, table, rows in found if rows is not None}
            all_seen = self._rows("SELECT usename FROM pg_user WHERE usename = current_user AND usesuper")
        except WarehouseSqlError:
            return {}, None  # the user may not see it
        return counts, 0 if all_seen else None

    def _columns(self, where: str) -> dict[tuple[str, str, str], list[CatalogColumn]]:
        sql = (
            "SELECT database_name, schema_name, table_name, column_name, data_type, character_maximum_length,"
            f" numeric_precision, numeric_scale, is_nullable FROM svv_all_columns {where} ORDER BY ordinal_position"
        )
        found: dict[tuple[str, str, str], list[CatalogColumn]] = defaultdict(list)
        for database, schema, table, name, kind, length, digits, scale, nullable in rows_of(self._adapter.query(sql)):
            shown = _type(kind, length, digits, scale)
            column = CatalogColumn(name=name, type=shown, kind=kind_of(kind), nullable=nullable != "NO")
            found[database, schema, table].append(column)
        return found


_DATABASES = "SELECT database_name FROM svv_redshift_databases"


def _at(place: Place) -> str:
    return f"database_name = {_text(place.database)} AND schema_name = {_text(place.schema)}"


def _text(value: str) -> str:
    return literal(value.replace("\\", "\\\\"))


def _type(name: str, length: int | None, digits: int | None, scale: int | None) -> str:
    if length is not None and "(" not in name:
        return f"{name}({length})"
    return f"{name}({digits},{scale or 0})" if name == "numeric" and digits is not None else name
