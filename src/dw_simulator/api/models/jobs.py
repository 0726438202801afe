"""Jobs and their results."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

from dw_simulator.api.problems import ProblemDocument
from dw_simulator.experiments.verification.report import VerifyReport
from dw_simulator.metadata import JobKind, JobRecord, JobState, JobTable
from dw_simulator.schema import Warehouse

if TYPE_CHECKING:
    from dw_simulator.loader import LoadReport


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


class Job(BaseModel):
    """Work in the background. ``rows_per_second`` is the average since the start.

    A verification counts the rows of the tables it is done with.
    """

    id: int
    kind: JobKind
    experiment: str
    state: JobState
    run_id: int | None
    started_at: dt.datetime
    finished_at: dt.datetime | None
    rows_done: int
    rows_total: int
    rows_per_second: float
    tables: list[JobTable]
    result: LoadAnswer | VerifyReport | None = Field(
        None, description="of a load or a verification; a generation's result is its run"
    )
    error: ProblemDocument | None = None
    traceback: str | None = None

    @classmethod
    def of(cls, record: JobRecord) -> Job:
        done = sum(table.rows_done for table in record.tables)
        end = record.finished_at or dt.datetime.now(dt.UTC)
        seconds = (end - record.started_at).total_seconds()
        return cls(
            id=record.id,
            kind=record.kind,
            experiment=record.experiment,
            state=record.state,
            run_id=record.run_id,
            started_at=record.started_at,
            finished_at=record.finished_at,
            rows_done=done,
            rows_total=sum(table.rows_total for table in record.tables),
            rows_per_second=round(done / seconds, 1) if seconds > 0 else 0.0,
            tables=record.tables,
            result=_result(record),
            error=ProblemDocument.model_validate(record.error) if record.error else None,
            traceback=record.traceback,
        )


def _result(record: JobRecord) -> LoadAnswer | VerifyReport | None:
    if record.result is None:
        return None
    kind = VerifyReport if record.kind is JobKind.VERIFY else LoadAnswer
    return kind.model_validate(record.result)
