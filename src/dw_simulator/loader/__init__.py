"""Plans and runs loads of staged files into warehouses: whole runs, and files that others put under a prefix."""

from dw_simulator.loader.append import Appended, AppendJob, Batch, FileChanged, batches_of
from dw_simulator.loader.footers import BadFile, examine
from dw_simulator.loader.incoming import FoundFile, Prefix, table_of
from dw_simulator.loader.load import LoadReport, Running, WarehouseLoad, load
from dw_simulator.loader.retries import Retries, is_transient

__all__ = [
    "AppendJob",
    "Appended",
    "BadFile",
    "Batch",
    "FileChanged",
    "FoundFile",
    "LoadReport",
    "Prefix",
    "Retries",
    "Running",
    "WarehouseLoad",
    "batches_of",
    "examine",
    "is_transient",
    "load",
    "table_of",
]
