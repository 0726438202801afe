"""All jobs: those that run in this server, and those of earlier times and other servers in the metadata."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from fastapi.sse import ServerSentEvent
from pydantic import BaseModel

from dw_simulator.api.events import EventHub, event_of
from dw_simulator.api.jobs.faults import is_cancellation
from dw_simulator.api.jobs.live import LiveJob, Outcome
from dw_simulator.api.models.jobs import Job
from dw_simulator.api.problems import ProblemDocument
from dw_simulator.errors import Conflict, DwSimulatorError
from dw_simulator.experiments import ExperimentService
from dw_simulator.experiments.locks import ServerLock, is_server_alive
from dw_simulator.metadata import JobKind, JobRecord, JobState, JobTable, RunStatus, TableState

log = logging.getLogger(__name__)

MAX_RUNNING = 32
"""Jobs of different experiments that run at the same time; more of them wait for their turn."""

CANCEL_SECONDS = 30.0
"""How long the answer to a cancellation waits for the job to end."""

Work = Callable[[LiveJob], Outcome]
"""Runs in a thread; calls ``begin`` of the job when its checks are passed."""


class Jobs:
    """Made in the event loop that it lives in. Close it to stop everything that runs."""

    def __init__(self, service: ExperimentService, hub: EventHub) -> None:
        self.service = service
        self.hub = hub
        self._store = service.jobs
        self._server = ServerLock(service.settings.home)
        self._live: dict[int, LiveJob] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._threads = ThreadPoolExecutor(MAX_RUNNING, thread_name_prefix="job")
        self._closing = False
        self._stops: list[asyncio.Task[None]] = []

    def recover(self) -> list[JobRecord]:
        """Mark the jobs of servers that are gone as aborted. Returns what it marked."""
        marked = []
        for record in self._store.all(active=True):
            if record.server != self._server.name and not is_server_alive(self.service.settings.home, record.server):
                error = _aborted(record).model_dump(mode="json", exclude_none=True)
                tables = [_aborted_table(table) for table in record.tables]
                self._store.finish(record.id, JobState.ABORTED, tables=tables, error=error)
                marked.append(record)
        self._store.prune()
        return marked

    # --- start ----------------------------------------------------------------------------------------------------
    async def start(
        self, name: str, kind: JobKind, work: Work, *, then: Callable[[Outcome], None] | None = None
    ) -> Job:
        """Start a job and answer as soon as it has passed its checks. ``then`` is called when it has ended.

        Raises:
            NotFound: no such experiment.
            Busy: the experiment has a job under way, or another process works on it.
            DwSimulatorError: the work could not begin; then there is no job.
        """
        job = await self._launch(name, kind, work, then)
        await asyncio.wait((job.begun, job.ended), return_when=asyncio.FIRST_COMPLETED)
        if not job.has_begun and (error := job.ended.result().error) is not None:
            raise error
        return Job.of(job.record())

    async def run(self, name: str, kind: JobKind, work: Work) -> BaseModel:
        """As :meth:`start`, and wait for the result. Raises the error of the work when it has no result."""
        job = await self._launch(name, kind, work, None)
        outcome = await asyncio.shield(job.ended)
        if outcome.result is None:
            raise outcome.error or RuntimeError(f"job {job.id} ended without a result")
        return outcome.result

    async def _launch(self, name: str, kind: JobKind, work: Work, then: Callable[[Outcome], None] | None) -> LiveJob:
        record = await asyncio.to_thread(self.service.show, name)
        if self._closing:
            raise Conflict("the server is about to end", hint="try again when it is back")
        await self._let_end(record.name)
        started = await asyncio.to_thread(self._store.start, record, kind, self._server.name)
        job = LiveJob(started, self._store, self._publish)
        self._live[job.id] = job
        job.ended.add_done_callback(partial(self._ended, job, then))
        context = contextvars.copy_context()
        self._threads.submit(context.run, _perform, job, work)
        return job

    async def _let_end(self, name: str) -> None:
        """Wait for jobs that show as ended already, so that who follows a job or a run is not told of a conflict."""
        for job in [job for job in self._live.values() if job.experiment == name]:
            if job.record().finished_at is not None or await self._run_has_ended(job):
                await asyncio.wait((job.ended,), timeout=CANCEL_SECONDS)

    async def _run_has_ended(self, job: LiveJob) -> bool:
        """Whether a job of generation shows as ended among the runs, where its end is kept first."""
        run_id = job.record().run_id
        if job.kind is not JobKind.GENERATE or run_id is None:
            return False
        run = await asyncio.to_thread(self.service.run, run_id)
        return run.status is not RunStatus.RUNNING

    def _ended(self, job: LiveJob, then: Callable[[Outcome], None] | None, ended: asyncio.Future[Outcome]) -> None:
        self._live.pop(job.id, None)
        if job.has_begun:
            self._publish_now(job)
        if then is not None and not self._closing:
            then(ended.result())

    def in_background(self, name: str, kind: JobKind, work: Work) -> None:
        """Start a job that nobody waits for; that it cannot start is recorded as its failure."""

        def kept(job: LiveJob) -> Outcome:
            job.begin([])
            return work(job)

        async def launch() -> None:
            try:
                await self._launch(name, kind, kept, None)
            except DwSimulatorError as error:
                log.error("the %s of %s cannot be started: %s", kind, name, error)

        task = asyncio.create_task(launch())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- look at, cancel --------------------------------------------------------------------------------------------
    def get(self, job_id: int) -> Job:
        """Raises NotFound."""
        live = self._live.get(job_id)
        return Job.of(live.record() if live is not None else self._store.get(job_id))

    def is_here(self, job_id: int) -> bool:
        """Whether the job runs in this server."""
        return job_id in self._live

    def all(self, *, experiment: str | None = None, active: bool | None = None, limit: int | None = None) -> list[Job]:
        records = self._store.all(experiment=experiment, active=active, limit=limit)
        live = {number: job.record() for number, job in list(self._live.items())}
        return [Job.of(live.get(record.id, record)) for record in records]

    def active(self) -> dict[str, Job]:
        """The job under way of each experiment, by its name."""
        return {job.experiment: job for job in self.all(active=True)}

    async def cancel(self, job_id: int) -> Job:
        """Stop a job and wait until it has stopped, at most :data:`CANCEL_SECONDS`.

        Raises:
            NotFound: no such job.
            Conflict: it is not running, or another server runs it.
        """
        live = self._live.get(job_id)
        if live is None:
            record = await asyncio.to_thread(self._store.get, job_id)
            if record.state is not JobState.RUNNING:
                raise Conflict(f"job {job_id} is {record.state}: only one that is running can be cancelled")
            raise Conflict(f"job {job_id} is run by another server", hint="cancel it there")
        await asyncio.to_thread(live.cancel)
        await asyncio.wait((live.ended,), timeout=CANCEL_SECONDS)
        return Job.of(live.record())

    def stop(self) -> None:
        """Cancel everything and start nothing more."""
        if not self._closing:
            self._closing = True
            self._stops = [asyncio.create_task(asyncio.to_thread(job.cancel)) for job in self._live.values()]

    async def close(self) -> None:
        """Cancel everything and wait until it has cleaned up."""
        self.stop()
        await asyncio.gather(*self._stops)
        if live := list(self._live.values()):
            await asyncio.wait([job.ended for job in live])
        await asyncio.to_thread(self._threads.shutdown)
        self._server.close()

    # --- events -------------------------------------------------------------------------------------------------------
    def _publish(self, job: LiveJob) -> None:
        self.hub.publish_threadsafe(("job", job.id), partial(_event, job))

    def _publish_now(self, job: LiveJob) -> None:
        self.hub.publish(("job", job.id), partial(_event, job))


def _event(job: LiveJob) -> ServerSentEvent:
    return event_of("job", Job.of(job.record()))


def _perform(job: LiveJob, work: Work) -> None:
    """The life of a job's thread."""
    try:
        outcome = work(job)
    except BaseException as error:
        outcome = Outcome(error=error)
        if not is_cancellation(error):
            known = isinstance(error, DwSimulatorError)
            log.error("job %s of %s failed: %s", job.id, job.experiment, error, exc_info=None if known else error)
    job.finish(outcome)


def _aborted(record: JobRecord) -> ProblemDocument:
    return ProblemDocument(
        title="Aborted",
        status=500,
        detail=f"the server that ran the job ended before the {record.kind} of {record.experiment!r} was done",
        code="aborted",
        hint="start it again",
    )


def _aborted_table(table: JobTable) -> JobTable:
    running = table.state is TableState.RUNNING
    return table.model_copy(update={"state": TableState.FAILED}) if running else table
