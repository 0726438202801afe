"""Jobs: what this server does in the background, and did."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from dw_simulator.api.dependencies import HubOfApp, JobsOfApp, RowId
from dw_simulator.api.events import event_of
from dw_simulator.api.models.jobs import Job
from dw_simulator.api.problems import responses
from dw_simulator.errors import NotFound
from dw_simulator.metadata import JobState

router = APIRouter(prefix="/api/jobs", tags=["jobs"])

LOOK_SECONDS = 2.0
"""How often a job that another server runs is looked at."""


@router.get("", responses=responses(422))
def list_jobs(
    jobs: JobsOfApp,
    experiment: str | None = None,
    active: Annotated[bool | None, Query(description="true: only those that run; false: only those that ended")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> list[Job]:
    """Jobs, newest first."""
    return jobs.all(experiment=experiment, active=active, limit=limit)


def _job(job_id: RowId, jobs: JobsOfApp) -> Job:
    return jobs.get(job_id)


@router.get("/{job_id}", responses=responses(404, 422))
def show_job(job: Annotated[Job, Depends(_job)]) -> Job:
    """One job."""
    return job


@router.post("/{job_id}/cancel", responses=responses(404, 409, 422))
async def cancel_job(job_id: RowId, jobs: JobsOfApp) -> Job:
    """Stop a job; the answer waits until it has stopped and undone its work, at most 30 seconds."""
    return await jobs.cancel(job_id)


@router.get("/{job_id}/events", response_class=EventSourceResponse, responses=responses(404, 422))
async def follow_job(
    job: Annotated[Job, Depends(_job)], jobs: JobsOfApp, hub: HubOfApp
) -> AsyncIterator[ServerSentEvent]:
    """Events `job`, data: the job. As it is at once, then at most five a second while it changes; ends with the job."""
    with hub.subscribe(("job", job.id)) as subscription:
        try:
            job = await asyncio.to_thread(jobs.get, job.id)
            yield event_of("job", job)
            while job.state is JobState.RUNNING and await subscription.news(LOOK_SECONDS):
                if subscription.take() or not jobs.is_here(job.id):
                    job = await asyncio.to_thread(jobs.get, job.id)
                    yield event_of("job", job)
        except NotFound:  # its experiment was deleted
            return
