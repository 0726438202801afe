"""Experiments: create, import, look at, generate, load, reset, delete.

Endpoints that touch a warehouse or the disk are plain functions: FastAPI runs them in threads.
"""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request

from dw_simulator.api.dependencies import Experiments, GuardedExperiments, JobsOfApp
from dw_simulator.api.models import (
    DeleteAnswer,
    ExperimentDetail,
    ExperimentSummary,
    GenerateRequest,
    ImportSqlAnswer,
    ImportSqlRequest,
    LoadAnswer,
    LoadRequest,
    ResetAnswer,
)
from dw_simulator.api.openapi import EXPERIMENT_BODY
from dw_simulator.api.problems import responses
from dw_simulator.metadata import GenerationRun

router = APIRouter(prefix="/api/experiments", tags=["experiments"])

_SCHEMA_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": EXPERIMENT_BODY}}},
    }
}


@router.get("")
def list_experiments(experiments: Experiments) -> list[ExperimentSummary]:
    """All experiments."""
    return [ExperimentSummary.of(record) for record in experiments.experiments()]


@router.post("", status_code=HTTPStatus.CREATED, responses=responses(409, 422), openapi_extra=_SCHEMA_BODY)
async def create_experiment(request: Request, experiments: Experiments) -> ExperimentDetail:
    """Create an experiment from its JSON schema."""
    from starlette.concurrency import run_in_threadpool

    text = (await request.body()).decode("utf-8", errors="replace")
    return await run_in_threadpool(_create, experiments, text)


def _create(experiments: Experiments, text: str) -> ExperimentDetail:
    from dw_simulator.schema.importers.json_ import read_json

    return ExperimentDetail.of(experiments.create(read_json(text)))


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
    return ImportSqlAnswer(experiment=experiment, warnings=experiment.warnings, stored=not body.dry_run)


@router.get("/{name}", responses=responses(404))
def show_experiment(name: str, experiments: Experiments) -> ExperimentDetail:
    """One experiment with its schema."""
    return ExperimentDetail.of(experiments.show(name))


@router.delete("/{name}", responses=responses(404, 409, 503))
def delete_experiment(name: str, experiments: GuardedExperiments, purge_staging: bool = True) -> DeleteAnswer:
    """Drop the experiment's tables everywhere and forget it."""
    return DeleteAnswer(dropped_tables=experiments.delete(name, purge_staging=purge_staging))


@router.post("/{name}/generate", status_code=HTTPStatus.ACCEPTED, responses=responses(404, 409, 422, 502, 503))
async def generate(name: str, jobs: JobsOfApp, body: GenerateRequest | None = None) -> GenerationRun:
    """Start a generation run. The answer is the run as it starts; follow it under `/runs`."""
    return await jobs.generate(name, body or GenerateRequest())


@router.post("/{name}/load", responses=responses(404, 409, 422, 502, 503))
def load(name: str, experiments: GuardedExperiments, body: LoadRequest | None = None) -> LoadAnswer:
    """Load a completed run into the warehouses and wait for it."""
    wanted = body or LoadRequest()
    return LoadAnswer.of(experiments.load(name, warehouses=wanted.warehouses, run_id=wanted.run_id))


@router.post("/{name}/reset", responses=responses(404, 409, 503))
def reset(name: str, experiments: GuardedExperiments) -> ResetAnswer:
    """Empty the experiment's tables everywhere and forget its runs."""
    return ResetAnswer(emptied=experiments.reset(name))


@router.get("/{name}/runs", responses=responses(404))
def list_runs(name: str, experiments: Experiments) -> list[GenerationRun]:
    """The generation runs, newest first."""
    return experiments.runs(name)


@router.post("/{name}/runs/{run_id}/cancel", responses=responses(404, 409))
async def cancel_run(name: str, run_id: int, jobs: JobsOfApp) -> GenerationRun:
    """Stop a running generation; nothing of it stays staged."""
    return await jobs.cancel(name, run_id)
