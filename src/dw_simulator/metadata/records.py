"""What the metadata store hands out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from dw_simulator.schema import Experiment, Warehouse


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


class FileRecord(_Record):
    """One generated Parquet file."""

    uri: str
    rows: int
    size: int


class GenerationRun(_Record):
    """One run of the generator. ``location`` is the URI all its files are under; ``timings`` are seconds by phase."""

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
