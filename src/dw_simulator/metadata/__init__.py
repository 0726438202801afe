"""Our own store (SQLite): experiments, tables, generation runs, events."""

from dw_simulator.metadata.activity import Activity, ActivityRepository
from dw_simulator.metadata.database import Database
from dw_simulator.metadata.experiments import ExperimentRepository
from dw_simulator.metadata.loaded_files import LoadedFileRepository
from dw_simulator.metadata.records import (
    Event,
    ExperimentRecord,
    ExperimentState,
    FileRecord,
    GenerationRun,
    LedgerFile,
    LoadedTable,
    RunStatus,
)
from dw_simulator.metadata.runs import RunRepository

__all__ = [
    "Activity",
    "ActivityRepository",
    "Database",
    "Event",
    "ExperimentRecord",
    "ExperimentRepository",
    "ExperimentState",
    "FileRecord",
    "GenerationRun",
    "LedgerFile",
    "LoadedFileRepository",
    "LoadedTable",
    "RunRepository",
    "RunStatus",
]
