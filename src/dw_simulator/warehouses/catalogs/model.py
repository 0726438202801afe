"""What catalogs hand out, and what each of them can do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from pydantic import BaseModel, Field

from dw_simulator.errors import NotFound
from dw_simulator.schema import Warehouse
from dw_simulator.schema.suggest import did_you_mean
from dw_simulator.warehouses import record
from dw_simulator.warehouses.base import QueryResult
from dw_simulator.warehouses.kinds import ColumnKind


class CatalogColumn(BaseModel):
    name: str
    type: str = Field(description="the warehouse's own name of the type, with length or digits")
    kind: ColumnKind
    nullable: bool


class CatalogTable(BaseModel):
    name: str
    kind: str = Field(description="`table`, `view`, `materialized view`, or what else the warehouse calls it")
    rows: int | None = Field(None, description="as the warehouse's catalog tells it, null where it does not")
    columns: list[CatalogColumn] | None = Field(None, description="null when they were not asked for")


class CatalogSchema(BaseModel):
    name: str
    experiment: str | None = Field(None, description="the experiment whose tables live here")
    tables: list[CatalogTable]


class CatalogDatabase(BaseModel):
    name: str
    schemas: list[CatalogSchema]


class Place(NamedTuple):
    """A namespace, with names as they are stored."""

    database: str
    schema: str


class Catalog(Protocol):
    """The catalog of one warehouse. Its methods raise what the adapter's queries raise."""

    warehouse: Warehouse

    def home(self, experiment: str) -> Place:
        """Where the tables of an experiment live, or would live."""
        ...

    def databases(
        self, within: Place | None = None, *, table: str | None = None, columns: bool = False
    ) -> list[CatalogDatabase]:
        """All databases with schemas and tables, in the order of their names, without those of the system.

        ``within``: only this namespace, ``table``: only this table or view in it; they may not exist. The rows of a
        single table may be left out.
        """
        ...

    def default(self) -> Place:
        """The namespace of a name without one."""
        ...

    def named(self, place: Place, table: str) -> str:
        """The table's name for a statement that :meth:`query` runs, in quotes."""
        ...

    def query(self, sql: str, place: Place) -> QueryResult:
        """Run a statement about tables of a namespace."""
        ...


def table_of(catalog: Catalog, place: Place, table: str) -> CatalogTable:
    """One table or view with its columns; the name as it is stored. Raises NotFound."""
    if "\0" in f"{place.database}{place.schema}{table}":
        raise NotFound("no name has a character NUL")  # the protocols of the warehouses end texts with it
    found = {
        one.name: one
        for database in catalog.databases(place, table=table, columns=True)
        for schema in database.schemas
        for one in schema.tables
    }
    if table not in found:
        raise NotFound(
            f"there is no table {table!r} in {place.database}.{place.schema}",
            hint=f"names are written as they are stored; see GET /api/warehouses/{catalog.warehouse}/catalog",
        )
    return found[table]


def columns_of(table: CatalogTable, names: Sequence[str]) -> list[CatalogColumn]:
    """Columns by their names, each once; all without names. Raises NotFound."""
    known = {column.name: column for column in table.columns or ()}
    for name in names:
        if name not in known:
            raise NotFound(
                f"table {table.name!r} has no column {name!r}",
                hint=did_you_mean(name, list(known), "its columns are"),
            )
    return [known[name] for name in dict.fromkeys(names or known)]


def rows_of(result: QueryResult) -> Iterator[tuple[Any, ...]]:
    """The rows of a small result as Python values."""
    with result:
        for batch in result.batches:
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


Found = Mapping[tuple[str, str], Mapping[str, CatalogTable]]
"""By (database, schema): tables by name."""


def arranged(places: Iterable[Place], tables: Found, databases: Iterable[str] = ()) -> list[CatalogDatabase]:
    """Places and their tables as a tree, each level in the order of the names. The loader's record is not shown."""
    tree: dict[str, list[CatalogSchema]] = {name: [] for name in databases}
    for place in sorted({*places, *(Place(*key) for key in tables)}):
        here = [table for _, table in sorted(tables.get(place, {}).items()) if table.name.lower() != record.TABLE]
        tree.setdefault(place.database, []).append(CatalogSchema(name=place.schema, tables=here))
    return [CatalogDatabase(name=name, schemas=tree[name]) for name in sorted(tree)]
