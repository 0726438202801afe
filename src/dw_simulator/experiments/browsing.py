"""Looking into warehouses: what is there, and whose it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dw_simulator.schema import Warehouse
from dw_simulator.warehouses.catalogs.model import CatalogDatabase, Place

if TYPE_CHECKING:
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
