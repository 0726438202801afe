"""Plans and runs loads of staged files into warehouses."""

from dw_simulator.loader.load import LoadReport, WarehouseLoad, load

__all__ = ["LoadReport", "WarehouseLoad", "load"]
