"""One stream of everything that happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter
from fastapi.sse import EventSourceResponse, ServerSentEvent

from dw_simulator.api.dependencies import HubOfApp, JobsOfApp, WatchOfApp
from dw_simulator.api.events import event_of

router = APIRouter(prefix="/api/events", tags=["jobs"])


@router.get("", response_class=EventSourceResponse)
async def follow_everything(hub: HubOfApp, jobs: JobsOfApp, watch: WatchOfApp) -> AsyncIterator[ServerSentEvent]:
    """Events `job` (data: a job; those under way at once) and `experiments` (data: name and change).

    Changes that other processes make, such as the command line, are seen within a second.
    """
    yield ServerSentEvent(comment="here")  # the answer's head goes out with the first line
    async with watch.listening():
        with hub.subscribe() as subscription:
            for job in await asyncio.to_thread(jobs.all, active=True):
                yield event_of("job", job)
            while await subscription.news():
                for event in subscription.take():
                    yield event
