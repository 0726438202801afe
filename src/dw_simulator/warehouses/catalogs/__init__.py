"""What is in a warehouse, from its own catalog, over the adapter's connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings
    from dw_simulator.warehouses.base import Adapter
    from dw_simulator.warehouses.catalogs.model import Catalog


def catalog_of(adapter: Adapter, settings: Settings) -> Catalog:
    """The catalog behind an adapter."""
    from dw_simulator.schema import Warehouse

    match adapter.warehouse:
        case Warehouse.SQLITE:
            from dw_simulator.warehouses.catalogs.sqlite import SqliteCatalog

            return SqliteCatalog(adapter, settings)
        case Warehouse.REDSHIFT:
            from dw_simulator.warehouses.catalogs.redshift import RedshiftCatalog

            return RedshiftCatalog(adapter, settings)
        case Warehouse.SNOWFLAKE:
            from dw_simulator.warehouses.catalogs.snowflake import SnowflakeCatalog

            return SnowflakeCatalog(adapter, settings)
