"""Experiments, and what is asked of them."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel, Field, model_validator

from dw_simulator.api.models.base import RequestBody
from dw_simulator.api.models.jobs import Job
from dw_simulator.metadata import ExperimentOverview, LoadedSummary, RunSummary, TableSummary
from dw_simulator.schema import Dialect, Experiment, Warehouse
from dw_simulator.schema.importers import diagnostics


class ExperimentSummary(BaseModel):
    """One experiment of a list."""

    name: str
    description: str
    dialect: Dialect
    target_warehouse: list[Warehouse]
    state: str
    tables: list[TableSummary]
    warnings: list[str]
    created_at: dt.datetime
    updated_at: dt.datetime
    last_run: RunSummary | None = None
    loaded: list[LoadedSummary] = []
    active_job: Job | None = None

    @classmethod
    def of(cls, overview: ExperimentOverview, active_job: Job | None = None) -> ExperimentSummary:
        schema = overview.schema_summary
        return cls(
            name=schema.name,
            description=schema.description,
            dialect=schema.dialect,
            target_warehouse=schema.target_warehouse,
            state=overview.state,
            tables=schema.tables,
            warnings=schema.warnings,
            created_at=overview.created_at,
            updated_at=overview.updated_at,
            last_run=overview.last_run,
            loaded=overview.loaded,
            active_job=active_job,
        )


class ExperimentDetail(BaseModel):
    """One experiment with its whole schema."""

    summary: ExperimentSummary
    experiment: Experiment


class ImportSqlRequest(RequestBody):
    sql: str = Field(description="one or more CREATE TABLE statements")
    dialect: Dialect = Dialect.ANSI
    name: str = Field(min_length=1, max_length=63, description="name of the new experiment")
    surrogate_key: bool = Field(True, description="give tables with a composite primary key a `_row_id` column")
    target_warehouse: list[Warehouse] | None = None
    target_rows: int | None = Field(None, ge=0, description="rows of every table")
    dry_run: bool = Field(False, description="interpret the SQL and store nothing")


class Diagnostic(BaseModel):
    """A remark on a script that was imported. ``line`` and ``column`` count from 1."""

    severity: Literal["warning", "info"]
    message: str
    line: int | None = None
    column: int | None = None
    table: str | None = None

    @classmethod
    def of(cls, found: diagnostics.Diagnostic) -> Diagnostic:
        return cls(
            severity=found.severity,
            message=found.message,
            line=found.line,
            column=found.column,
            table=found.table,
        )


class ImportSqlAnswer(BaseModel):
    """``warnings`` are the texts that are kept with the experiment; ``diagnostics`` have their places in the script."""

    experiment: Experiment
    warnings: list[str]
    diagnostics: list[Diagnostic]
    stored: bool


class GenerateRequest(RequestBody):
    rows: dict[str, int] = Field(default_factory=dict, description="rows by table, instead of the schema's")
    seed: int | None = Field(None, ge=-(2**63), le=2**63 - 1)
    batch_rows: int | None = Field(None, ge=1)
    workers: int | None = Field(None, ge=0, le=1024, description="threads; 0 is one a CPU")
    load: bool = Field(False, description="load the run into the target warehouses once it is complete")


class AppendRequest(RequestBody):
    days: int | None = Field(None, ge=1, le=36_525, description="days to add after those that are there; 1 by default")
    rows: int | None = Field(
        None,
        ge=1,
        le=1 << 40,
        description="instead of days: as many as give so many rows, in all tables together",
    )
    batch_rows: int | None = Field(None, ge=1)
    workers: int | None = Field(None, ge=0, le=1024, description="threads; 0 is one a CPU")
    load: bool = Field(False, description="add the rows to the target warehouses once the run is complete")

    @model_validator(mode="after")
    def _one_of_both(self) -> AppendRequest:
        if self.days is not None and self.rows is not None:
            raise ValueError("rows says how many days are needed; leave out days")
        return self


class LoadRequest(RequestBody):
    warehouses: list[Warehouse] | None = Field(None, description="where to load; the experiment's own by default")
    run_id: int | None = Field(
        None, ge=1, le=2**63 - 1, description="which run to load; the newest completed by default"
    )


class VerifyRequest(RequestBody):
    warehouses: list[Warehouse] | None = Field(
        None, description="where to check; by default wherever the experiment is loaded"
    )


class ResetAnswer(BaseModel):
    emptied: dict[Warehouse, int] = Field(description="number of tables emptied, by warehouse")


class DeleteAnswer(BaseModel):
    dropped_tables: int
