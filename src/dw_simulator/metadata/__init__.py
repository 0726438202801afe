"""Our own store (SQLite): experiments, tables, generation runs, events."""

from dw_simulator.metadata.activity import Activity, ActivityRepository
from dw_simulator.metadata.changes import ChangeRepository
from dw_simulator.metadata.database import Database
from dw_simulator.metadata.experiments import ExperimentRepository
from dw_simulator.metadata.jobs import JobRepository
from dw_simulator.metadata.loaded_files import LoadedFileRepository
from dw_simulator.metadata.queries import QueryHistory, SavedQueries
from dw_simulator.metadata.records import (
    Event,
    ExperimentOverview,
    ExperimentRecord,
    ExperimentState,
    FileRecord,
    GenerationRun,
    JobKind,
    JobRecord,
    JobState,
    JobTable,
    LedgerFile,
    LoadedSummary,
    LoadedTable,
    PastQuery,
    RunStatus,
    RunSummary,
    SavedQuery,
    SchemaSummary,
    TableState,
    TableSummary,
)
from dw_simulator.metadata.runs import RunRepository

__all__ = [
    "Activity",
    "ActivityRepository",
    "ChangeRepository",
    "Database",
    "Event",
    "ExperimentOverview",
    "ExperimentRecord",
    "ExperimentRepository",
    "ExperimentState",
    "FileRecord",
    "GenerationRun",
    "JobKind",
    "JobRecord",
    "JobRepository",
    "JobState",
    "JobTable",
    "LedgerFile",
    "LoadedFileRepository",
    "LoadedSummary",
    "LoadedTable",
    "PastQuery",
    "QueryHistory",
    "RunRepository",
    "RunStatus",
    "RunSummary",
    "SavedQueries",
    "SavedQuery",
    "SchemaSummary",
    "TableState",
    "TableSummary",
]
