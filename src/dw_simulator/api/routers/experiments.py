"""Experiments: look at, reset, delete.

Endpoints that touch a warehouse or the disk are plain functions: FastAPI runs them in threads.
"""

from __future__ import annotations

from fastapi import APIRouter

from dw_simulator.api.dependencies import Experiments, GuardedExperiments, JobsOfApp
from dw_simulator.api.models.experiments import (
    DeleteAnswer,
    ExperimentDetail,
    ExperimentSummary,
    ResetAnswer,
)
from dw_simulator.api.models.jobs import Job
from dw_simulator.api.problems import responses
from dw_simulator.metadata import ExperimentRecord

router = APIRouter(prefix="/api/experiments", tags=["experiments"])


@router.get("")
def list_experiments(experiments: Experiments, jobs: JobsOfApp) -> list[ExperimentSummary]:
    """All experiments, by name."""
    active = jobs.active()
    return [ExperimentSummary.of(one, active.get(one.schema_summary.name)) for one in experiments.overviews()]


def _detail(experiments: Experiments, record: ExperimentRecord, active_job: Job | None = None) -> ExperimentDetail:
    summary = ExperimentSummary.of(experiments.overview(record.name), active_job)
    return ExperimentDetail(summary=summary, experiment=record.experiment)


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
