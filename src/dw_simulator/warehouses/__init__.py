"""Adapters of the warehouses: create, load, query, count, reset, drop, over each one's own wire protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings
    from dw_simulator.schema import Warehouse
    from dw_simulator.warehouses.base import Adapter


def connect(warehouse: Warehouse, settings: Settings) -> Adapter:
    """Connect to a warehouse. Raises ServiceUnavailable, WarehouseError (login refused), SecretError.

    The drivers are imported here: they take longer to load than most commands to run.
    """
    from dw_simulator.config.secrets import resolved
    from dw_simulator.schema import Warehouse

    settings = resolved(settings, "s3", warehouse.value)
    match warehouse:
        case Warehouse.SQLITE:
            from dw_simulator.warehouses.sqlite import SqliteAdapter

            return SqliteAdapter(settings)
        case Warehouse.REDSHIFT if settings.redshift.auth == "data-api":
            from dw_simulator.warehouses.redshift_data_api import RedshiftDataApiAdapter

            return RedshiftDataApiAdapter(settings)
        case Warehouse.REDSHIFT:
            from dw_simulator.warehouses.redshift import RedshiftAdapter

            return RedshiftAdapter(settings)
        case Warehouse.SNOWFLAKE:
            from dw_simulator.warehouses.snowflake import SnowflakeAdapter

            return SnowflakeAdapter(settings)
