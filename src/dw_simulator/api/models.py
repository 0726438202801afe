"""Bodies of requests and answers that are not models of other packages already."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from dw_simulator.metadata import ExperimentRecord
from dw_simulator.schema import Dialect, Experiment, Warehouse
from dw_simulator.stack.state import State

if TYPE_CHECKING:
    from dw_simulator.loader import LoadReport


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TableSummary(BaseModel):
    name: str
    columns: int
    target_rows: int


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

    @classmethod
    def of(cls, record: ExperimentRecord) -> ExperimentSummary:
        experiment = record.experiment
        return cls(
            name=experiment.name,
            description=experiment.description,
            dialect=experiment.dialect,
            target_warehouse=experiment.target_warehouse,
            state=record.state,
            tables=[
                TableSummary(name=table.name, columns=len(table.columns), target_rows=table.target_rows)
                for table in experiment.tables
            ],
            warnings=experiment.warnings,
            created_at=record.created_at,
            updated_at=record.updated_at,
        )


class ExperimentDetail(BaseModel):
    """One experiment with its whole schema."""

    summary: ExperimentSummary
    experiment: Experiment

    @classmethod
    def of(cls, record: ExperimentRecord) -> ExperimentDetail:
        return cls(summary=ExperimentSummary.of(record), experiment=record.experiment)


class ImportSqlRequest(_Request):
    sql: str = Field(description="one or more CREATE TABLE statements")
    dialect: Dialect = Dialect.ANSI
    name: str = Field(min_length=1, max_length=63, description="name of the new experiment")
    surrogate_key: bool = Field(True, description="give tables with a composite primary key a `_row_id` column")
    target_warehouse: list[Warehouse] | None = None
    target_rows: int | None = Field(None, ge=0, description="rows of every table")
    dry_run: bool = Field(False, description="interpret the SQL and store nothing")


class ImportSqlAnswer(BaseModel):
    experiment: Experiment
    warnings: list[str]
    stored: bool


class GenerateRequest(_Request):
    rows: dict[str, int] = Field(default_factory=dict, description="rows by table, instead of the schema's")
    seed: int | None = Field(None, ge=-(2**63), le=2**63 - 1)
    batch_rows: int | None = Field(None, ge=1)


class LoadRequest(_Request):
    warehouses: list[Warehouse] | None = Field(None, description="where to load; the experiment's own by default")
    run_id: int | None = Field(None, description="which run to load; the newest completed by default")


class WarehouseLoadAnswer(BaseModel):
    warehouse: Warehouse
    rows: dict[str, int]
    seconds: float
    error: str | None = None


class LoadAnswer(BaseModel):
    seconds: float
    loads: list[WarehouseLoadAnswer]

    @classmethod
    def of(cls, report: LoadReport) -> LoadAnswer:
        loads = [
            WarehouseLoadAnswer(
                warehouse=load.warehouse,
                rows=dict(load.rows),
                seconds=load.seconds,
                error=load.error.message if load.error else None,
            )
            for load in report.loads
        ]
        return cls(seconds=report.seconds, loads=loads)


class ResetAnswer(BaseModel):
    emptied: dict[Warehouse, int] = Field(description="number of tables emptied, by warehouse")


class DeleteAnswer(BaseModel):
    dropped_tables: int


class ServiceAnswer(BaseModel):
    name: str
    state: State
    host: str
    port: int
    pid: int | None
    started_at: str | None = None
    restarts: int = 0
    last_error: str | None = None
    metrics_port: int | None = None


class ServicesAnswer(BaseModel):
    services: list[ServiceAnswer]


class HealthAnswer(BaseModel):
    status: str = "ok"
    service: str = "api"
    version: str
