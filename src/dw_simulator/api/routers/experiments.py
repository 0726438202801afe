"""Experiments: create, import, look at, reset, delete.

Endpoints that touch a warehouse or the disk are plain functions: FastAPI runs them in threads.
"""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request

from dw_simulator.api.dependencies import Experiments, GuardedExperiments, JobsOfApp
from dw_simulator.api.models.experiments import (
    DeleteAnswer,
    Diagnostic,
    ExperimentDetail,
    ExperimentSummary,
    ImportSqlAnswer,
    ImportSqlRequest,
    ResetAnswer,
)
from dw_simulator.api.models.jobs import Job
from dw_simulator.api.openapi import EXPERIMENT_BODY
from dw_simulator.api.problems import responses
from dw_simulator.metadata import ExperimentRecord

router = APIRouter(prefix="/api/experiments", tags=["experiments"])

_SCHEMA_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": EXPERIMENT_BODY}}},
    }
}


@router.get("")
def list_experiments(experiments: Experiments, jobs: JobsOfApp) -> list[ExperimentSummary]:
    """All experiments, by name."""
    active = jobs.active()
    return [ExperimentSummary.of(one, active.get(one.schema_summary.name)) for one in experiments.overviews()]


@router.post("", status_code=HTTPStatus.CREATED, responses=responses(409, 422), openapi_extra=_SCHEMA_BODY)
async def create_experiment(request: Request, experiments: Experiments) -> ExperimentDetail:
    """Create an experiment from its JSON schema."""
    from starlette.concurrency import run_in_threadpool

    text = (await request.body()).decode("utf-8", errors="replace")
    return await run_in_threadpool(_create, experiments, text)


def _create(experiments: Experiments, text: str) -> ExperimentDetail:
    from dw_simulator.schema.importers.json_ import read_json

    return _detail(experiments, experiments.create(read_json(text)))


def _detail(experiments: Experiments, record: ExperimentRecord, active_job: Job | None = None) -> ExperimentDetail:
    summary = ExperimentSummary.of(experiments.overview(record.name), active_job)
    return ExperimentDetail(summary=summary, experiment=record.experiment)


@router.post("/import-sql", status_code=HTTPStatus.CREATED, responses=responses(409, 422))
def import_sql(body: ImportSqlRequest, experiments: Experiments) -> ImportSqlAnswer:
    """Create an experiment from CREATE TABLE statements; the warnings say what was changed to make it work."""
    experiment = experiments.import_sql(
        body.sql,
        dialect=body.dialect,
        name=body.name,
        surrogate_key=body.surrogate_key,
        target_warehouse=body.target_warehouse,
        target_rows=body.target_rows,
        dry_run=body.dry_run,
    )
    warnings = experiment.warnings
    return ImportSqlAnswer(
        experiment=experiment,
        warnings=warnings,
        diagnostics=[Diagnostic(severity="warning", message=warning) for warning in warnings],
        stored=not body.dry_run,
    )


@router.get("/{name}", responses=responses(404))
def show_experiment(name: str, experiments: Experiments, jobs: JobsOfApp) -> ExperimentDetail:
    """One experiment with its schema."""
    record = experiments.show(name)
    active = jobs.all(experiment=record.name, active=True)
    return _detail(experiments, record, active[0] if active else None)


@router.delete("/{name}", responses=responses(404, 409, 503))
def delete_experiment(name: str, experiments: GuardedExperiments, purge_staging: bool = True) -> DeleteAnswer:
    """Drop the experiment's tables everywhere and forget it."""
    return DeleteAnswer(dropped_tables=experiments.delete(name, purge_staging=purge_staging))


@router.post("/{name}/reset", responses=responses(404, 409, 503))
def reset(name: str, experiments: GuardedExperiments) -> ResetAnswer:
    """Empty the experiment's tables everywhere and forget its runs."""
    return ResetAnswer(emptied=experiments.reset(name))
