"""Looking into warehouses: what is there, and whose it is."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dw_simulator.schema import Warehouse
from dw_simulator.warehouses.catalogs.model import CatalogDatabase, CatalogTable, Place, columns_of, table_of
from dw_simulator.warehouses.names import quote

if TYPE_CHECKING:
    from dw_simulator.experiments.profiles import TableProfile
    from dw_simulator.experiments.queries.kept import Page
    from dw_simulator.experiments.service import ExperimentService
    from dw_simulator.warehouses.catalogs.model import Catalog


@contextmanager
def opened(service: ExperimentService, warehouse: Warehouse) -> Iterator[Catalog]:
    """The catalog of a warehouse, over a connection of its own. Raises what connecting raises."""
    from dw_simulator.warehouses import connect
    from dw_simulator.warehouses.catalogs import catalog_of

    adapter = connect(warehouse, service.settings)
    try:
        yield catalog_of(adapter, service.settings)
    finally:
        adapter.close()


def databases(
    service: ExperimentService, warehouse: Warehouse, *, experiment: str | None = None, columns: bool = False
) -> list[CatalogDatabase]:
    """What is in a warehouse, or in the namespace of one experiment there, with the experiments it belongs to.

    Raises NotFound for an unknown experiment, and what the warehouse's adapter raises.
    """
    wanted = None if experiment is None else service.show(experiment).name
    with opened(service, warehouse) as catalog:
        found = catalog.databases(None if wanted is None else catalog.home(wanted), columns=columns)
        owners = {catalog.home(record.name): record.name for record in service.experiments()}
    for database in found:
        for schema in database.schemas:
            schema.experiment = owners.get(Place(database.name, schema.name))
    return found


def loaded_experiments(service: ExperimentService) -> dict[Warehouse, list[str]]:
    """The experiments that each warehouse holds, by name."""
    found: dict[Warehouse, list[str]] = {warehouse: [] for warehouse in Warehouse}
    for record in service.experiments():
        for warehouse in dict.fromkeys(table.warehouse for table in service.loaded_tables(record.name)):
            found[warehouse].append(record.name)
    return found


def place_in(catalog: Catalog, database: str | None, schema: str | None) -> Place:
    """A namespace by what is given of its name; the rest is what the warehouse takes for a name without it."""
    default = catalog.default()
    return Place(database or default.database, schema or default.schema)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Some rows of a table; ``table`` and ``order_by`` are names as they are stored."""

    table: str
    database: str | None = None
    schema: str | None = None
    offset: int = 0
    limit: int = 100
    order_by: str | None = None
    descending: bool = False


def preview(service: ExperimentService, warehouse: Warehouse, wanted: Wanted) -> Page:
    """Rows of a table or view. Without ``order_by`` they come as the warehouse likes, and may repeat on another page.

    Raises NotFound for a table or column that is not there, and what the warehouse's adapter raises.
    """
    from dw_simulator.experiments.queries import Page, Timing
    from dw_simulator.experiments.queries.cells import kind_of_column, rows_of
    from dw_simulator.experiments.queries.statements import StatementKind

    began = time.perf_counter()
    with opened(service, warehouse) as catalog:
        connected = time.perf_counter()
        place = place_in(catalog, wanted.database, wanted.schema)
        table = table_of(catalog, place, wanted.table)
        with catalog.query(_page_sql(catalog, place, table, wanted), place) as result:
            executed = time.perf_counter()
            kinds = [
                kind_of_column(column, field.type) for column, field in zip(result.columns, result.schema, strict=True)
            ]
            rows = [row for batch in result.batches for row in rows_of(batch, kinds)]
            columns = result.columns
    return Page(
        None,
        warehouse,
        columns,
        kinds,
        rows[: wanted.limit],
        offset=wanted.offset,
        rows_kept=wanted.offset + min(len(rows), wanted.limit),
        complete=len(rows) <= wanted.limit,
        truncated=False,
        statement=StatementKind.SELECT,
        seconds=Timing(connected - began, executed - connected, time.perf_counter() - executed),
    )


def _page_sql(catalog: Catalog, place: Place, table: CatalogTable, wanted: Wanted) -> str:
    """One row more than is wanted tells whether there are more."""
    order = ""
    if wanted.order_by is not None:
        (column,) = columns_of(table, [wanted.order_by])
        order = f" ORDER BY {quote(column.name)}{' DESC' if wanted.descending else ''}"
    rows = f"LIMIT {wanted.limit + 1} OFFSET {wanted.offset}"
    return f"SELECT * FROM {catalog.named(place, table.name)}{order} {rows}"


def profile(
    service: ExperimentService, warehouse: Warehouse, wanted: Wanted, *, columns: Sequence[str], max_rows: int
) -> TableProfile:
    """What is in the columns of a table or view. Raises what :func:`preview` raises."""
    from dw_simulator.experiments import profiling

    with opened(service, warehouse) as catalog:
        place = place_in(catalog, wanted.database, wanted.schema)
        table = table_of(catalog, place, wanted.table)
        return profiling.profile(catalog, warehouse, place, table, names=columns, max_rows=max_rows)
