"""What the metadata store hands out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from dw_simulator.schema import Dialect, Experiment, Warehouse


class RunStatus(StrEnum):
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    ABORTED = "ABORTED"


class ExperimentState(StrEnum):
    READY = "READY"
    DELETING = "DELETING"
    """A delete began and did not end (a warehouse failed, the process was killed). Deleting again finishes it."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class ExperimentRecord(_Record):
    id: int
    experiment: Experiment
    state: ExperimentState
    created_at: dt.datetime
    updated_at: dt.datetime

    @property
    def name(self) -> str:
        return self.experiment.name


class TableSummary(_Record):
    name: str
    columns: int
    target_rows: int


class SchemaSummary(_Record):
    """What a list shows of an experiment's schema."""

    name: str
    description: str
    dialect: Dialect
    target_warehouse: list[Warehouse]
    tables: list[TableSummary]
    warnings: list[str]

    @classmethod
    def of(cls, experiment: Experiment) -> SchemaSummary:
        return cls(
            name=experiment.name,
            description=experiment.description,
            dialect=experiment.dialect,
            target_warehouse=experiment.target_warehouse,
            tables=[
                TableSummary(name=table.name, columns=len(table.columns), target_rows=table.target_rows)
                for table in experiment.tables
            ],
            warnings=experiment.warnings,
        )


class RunSummary(_Record):
    """A generation run without its files. ``rows`` are those it made, ``target_rows`` those it was to make."""

    id: int
    status: RunStatus
    seed: int
    rows: int
    target_rows: int
    error: str | None
    started_at: dt.datetime
    finished_at: dt.datetime | None


class LoadedSummary(_Record):
    """What one warehouse holds of an experiment. ``run_id`` is None for tables that were emptied or appended to."""

    warehouse: Warehouse
    tables: int
    rows: int
    run_id: int | None
    loaded_at: dt.datetime


class ExperimentOverview(_Record):
    """An experiment as a list shows it."""

    id: int
    schema_summary: SchemaSummary
    state: ExperimentState
    created_at: dt.datetime
    updated_at: dt.datetime
    last_run: RunSummary | None
    loaded: list[LoadedSummary]


class JobKind(StrEnum):
    GENERATE = "generate"
    LOAD = "load"
    VERIFY = "verify"


class JobState(StrEnum):
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ABORTED = "aborted"
    """The server that ran it ended before it was done."""


class TableState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class JobTable(_Record):
    """How far a job is with one table, in one warehouse if the job is about warehouses."""

    warehouse: Warehouse | None = None
    table: str
    rows_done: int = 0
    rows_total: int
    state: TableState = TableState.WAITING
    seconds: float | None = None


class JobRecord(_Record):
    """Work in the background of a server. ``result`` and ``error`` are as the server answers them."""

    id: int
    kind: JobKind
    experiment: str
    state: JobState
    server: str
    run_id: int | None
    started_at: dt.datetime
    finished_at: dt.datetime | None = None
    tables: list[JobTable] = []
    result: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None
    traceback: str | None = None


class FileRecord(_Record):
    """One generated Parquet file."""

    uri: str
    rows: int
    size: int


class GenerationRun(_Record):
    """One run of the generator. ``location`` is the URI that the files it makes are under; ``timings`` are seconds by
    phase.

    A run that ``extends`` another has that one's files too, and ``days`` days have been added with it. ``version`` is
    that of the dw-simulator that made it.
    """

    id: int
    experiment: str
    status: RunStatus
    seed: int
    target_rows: Mapping[str, int]
    row_counts: Mapping[str, int]
    files: Mapping[str, list[FileRecord]]
    location: str
    staged: bool
    timings: Mapping[str, float]
    error: str | None
    traceback: str | None
    started_at: dt.datetime
    finished_at: dt.datetime | None
    extends: int | None = None
    days: int = 0
    version: str = ""

    @property
    def total_rows(self) -> int:
        return sum(self.row_counts.values())


class LoadedTable(_Record):
    """One table of an experiment in one warehouse."""

    warehouse: Warehouse
    table: str
    row_count: int
    run_id: int | None
    loaded_at: dt.datetime


class LedgerFile(_Record):
    """One file that a warehouse got, or that was set aside: then ``error`` says why.

    ``run_id`` is None for a file that was found under a prefix.
    """

    warehouse: Warehouse
    table: str
    uri: str
    etag: str
    size: int
    run_id: int | None
    rows: int
    error: str | None = None
    loaded_at: dt.datetime | None = None


class Event(_Record):
    id: int
    run_id: int | None
    at: dt.datetime
    kind: str
    data: Mapping[str, Any]


class PastQuery(_Record):
    """A query of the history. ``rows`` is None when it failed, or while they are still being read."""

    id: int
    warehouse: Warehouse
    experiment: str | None
    sql: str
    at: dt.datetime
    seconds: float
    rows: int | None
    error: str | None


class SavedQuery(_Record):
    id: int
    name: str
    sql: str
    warehouse: Warehouse | None
    experiment: str | None
    created_at: dt.datetime
    updated_at: dt.datetime
