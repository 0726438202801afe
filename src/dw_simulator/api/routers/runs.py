"""What is done with an experiment's data: generate, load, verify; and the generation runs."""

from __future__ import annotations

import asyncio
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from dw_simulator.api.dependencies import Experiments, GuardedExperiments, JobsOfApp, RowId
from dw_simulator.api.jobs import work
from dw_simulator.api.jobs.live import Outcome
from dw_simulator.api.jobs.registry import Work
from dw_simulator.api.models.experiments import AppendRequest, GenerateRequest, LoadRequest, VerifyRequest
from dw_simulator.api.models.jobs import Job, LoadAnswer
from dw_simulator.api.problems import responses
from dw_simulator.errors import Conflict, NotFound
from dw_simulator.experiments.defects import DefectCount, counted
from dw_simulator.experiments.verification.report import VerifyReport
from dw_simulator.metadata import GenerationRun, JobKind, RunStatus

router = APIRouter(prefix="/api/experiments/{name}", tags=["experiments"])


async def _started(
    name: str, jobs: JobsOfApp, experiments: GuardedExperiments, making: Work, *, load: bool
) -> GenerationRun:
    """The run of a job that makes rows; ``load`` starts another job once it is complete."""
    if load:
        await asyncio.to_thread(experiments.confirm_load, name)

    def load_it(outcome: Outcome) -> None:
        if load and outcome.error is None:
            jobs.in_background(name, JobKind.LOAD, partial(work.load, experiments, name, LoadRequest()))

    job = await jobs.start(name, JobKind.GENERATE, making, then=load_it)
    assert job.run_id is not None
    return await asyncio.to_thread(experiments.run, job.run_id)


@router.post("/generate", status_code=HTTPStatus.ACCEPTED, responses=responses(404, 409, 422, 502, 503))
async def generate(
    name: str, jobs: JobsOfApp, experiments: GuardedExperiments, body: GenerateRequest | None = None
) -> GenerationRun:
    """Start a generation run, as a job. The answer is the run as it starts; follow it under `/runs` or as a job.

    With `load` the run is loaded into the experiment's warehouses once it is complete, as another job.
    """
    wanted = body or GenerateRequest()
    making = partial(work.generate, experiments, name, wanted)
    return await _started(name, jobs, experiments, making, load=wanted.load)


@router.post("/append", status_code=HTTPStatus.ACCEPTED, responses=responses(404, 409, 422, 502, 503))
async def append(
    name: str, jobs: JobsOfApp, experiments: GuardedExperiments, body: AppendRequest | None = None
) -> GenerationRun:
    """Start a run that adds the next days of the tables that grow to the newest completed run, as a job.

    The answer is the run as it starts. With `load` its rows are added to the experiment's warehouses once it is
    complete, as another job.
    """
    wanted = body or AppendRequest()
    making = partial(work.append, experiments, name, wanted)
    return await _started(name, jobs, experiments, making, load=wanted.load)


@router.post(
    "/load",
    status_code=HTTPStatus.ACCEPTED,
    response_model=Job,
    responses={
        200: {"model": LoadAnswer, "description": "With `wait`: what was loaded"},
        **responses(404, 409, 422, 502, 503),
    },
)
async def load(
    name: str,
    jobs: JobsOfApp,
    experiments: GuardedExperiments,
    body: LoadRequest | None = None,
    wait: bool = False,
) -> Any:
    """Load a completed run into the warehouses, as a job. With `wait` the answer is the result of the job.

    A warehouse that fails does not stop the others; when all fail, the answer with `wait` is the first one's problem.
    """
    task = partial(work.load, experiments, name, body or LoadRequest())
    if not wait:
        return await jobs.start(name, JobKind.LOAD, task)
    return Response(
        (await jobs.run(name, JobKind.LOAD, task)).model_dump_json(), HTTPStatus.OK, media_type="application/json"
    )


@router.post(
    "/verify",
    status_code=HTTPStatus.ACCEPTED,
    response_model=Job,
    responses={
        200: {"model": VerifyReport, "description": "With `wait`: what the checks found"},
        **responses(404, 409, 422, 502, 503),
    },
)
async def verify(name: str, jobs: JobsOfApp, body: VerifyRequest | None = None, wait: bool = False) -> Any:
    """Check in the warehouses what the schema promises, as a job. With `wait` the answer is the result of the job.

    Violations are a result, not an error; a warehouse that fails does not stop the others.
    """
    task = partial(work.verify, jobs.service, name, body or VerifyRequest())
    if not wait:
        return await jobs.start(name, JobKind.VERIFY, task)
    return Response(
        (await jobs.run(name, JobKind.VERIFY, task)).model_dump_json(), HTTPStatus.OK, media_type="application/json"
    )


@router.get("/runs", responses=responses(404))
def list_runs(name: str, experiments: Experiments) -> list[GenerationRun]:
    """The generation runs, newest first."""
    return experiments.runs(name)


@router.get("/runs/{run_id}", responses=responses(404, 422))
def show_run(name: str, run_id: RowId, experiments: Experiments) -> GenerationRun:
    """One generation run."""
    return _run_of(experiments, name, run_id)


@router.post("/runs/{run_id}/cancel", responses=responses(404, 409, 422))
async def cancel_run(name: str, run_id: RowId, jobs: JobsOfApp) -> GenerationRun:
    """Stop a running generation and wait until it has stopped; nothing of it stays staged."""
    run = await asyncio.to_thread(_run_of, jobs.service, name, run_id)
    if run.status is not RunStatus.RUNNING:
        raise Conflict(f"run {run_id} of experiment {run.experiment!r} is not running")
    found = await asyncio.to_thread(jobs.all, experiment=run.experiment, active=True)
    job = next((job for job in found if job.run_id == run_id and job.kind is JobKind.GENERATE), None)
    if job is None:
        raise Conflict(f"run {run_id} is run by another process", hint="stop it there with ctrl-C")
    await jobs.cancel(job.id)
    return await asyncio.to_thread(jobs.service.run, run_id)


def _run_of(experiments: Experiments, name: str, run_id: int) -> GenerationRun:
    """Raises NotFound, also for a run of another experiment."""
    record = experiments.show(name)
    run = experiments.run(run_id)
    if run.experiment != record.name:
        raise NotFound(f"experiment {record.name!r} has no run {run_id}")
    return run


@router.get("/defects", responses=responses(404, 409, 422, 502, 503))
def count_defects(
    name: str,
    experiments: Experiments,
    run_id: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="default: the newest completed run")] = None,
) -> list[DefectCount]:
    """How many defects were put into the data of a run and those that it extends, by table, kind and column."""
    return counted(experiments.defects(name, run_id=run_id))
