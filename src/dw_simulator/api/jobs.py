"""Generation runs as background jobs of the API: started, cancelled, and ended with the server."""

from __future__ import annotations

import asyncio
import logging
import threading
from dataclasses import dataclass, field

from dw_simulator.api.models import GenerateRequest
from dw_simulator.errors import Conflict, DwSimulatorError, GenerationCancelled
from dw_simulator.experiments import ExperimentService
from dw_simulator.metadata import GenerationRun, RunStatus

log = logging.getLogger(__name__)

POLL_SECONDS = 0.01


@dataclass(eq=False)
class _Job:
    task: asyncio.Task[GenerationRun]
    cancel: threading.Event


@dataclass
class Jobs:
    """One generation an experiment at a time (the service itself sees to that); the work runs in threads."""

    service: ExperimentService
    _jobs: dict[str, _Job] = field(default_factory=dict)

    async def generate(self, name: str, request: GenerateRequest) -> GenerationRun:
        """Start a run and return it as soon as it is recorded; the run goes on by itself.

        Raises:
            DwSimulatorError: it could not start; see `ExperimentService.generate`.
        """
        record = await asyncio.to_thread(self.service.show, name)
        before = {run.id for run in await asyncio.to_thread(self.service.runs, record.name)}
        cancel = threading.Event()
        task = asyncio.create_task(asyncio.to_thread(self._run, record.name, request, cancel))
        job = _Job(task, cancel)
        while not task.done():
            started = [run for run in await asyncio.to_thread(self.service.runs, record.name) if run.id not in before]
            if started and not task.done():
                self._keep(record.name, job)
                return started[0]
            await asyncio.sleep(POLL_SECONDS)
        return task.result()

    async def cancel(self, name: str, run_id: int) -> GenerationRun:
        """Stop a run and wait until it has stopped.

        Raises:
            NotFound: no such run.
            Conflict: the run is not running, or another process runs it.
        """
        record = await asyncio.to_thread(self.service.show, name)
        run = await asyncio.to_thread(self.service.run, run_id)
        job = self._jobs.get(record.name)
        if run.status is not RunStatus.RUNNING or run.experiment != record.name:
            raise Conflict(f"run {run_id} of experiment {record.name!r} is not running")
        if job is None:
            raise Conflict(f"run {run_id} is run by another process", hint="stop it there with ctrl-C")
        job.cancel.set()
        await asyncio.wait((job.task,))
        return await asyncio.to_thread(self.service.run, run_id)

    async def close(self) -> None:
        """Cancel all runs and wait until they have cleaned up."""
        jobs = list(self._jobs.values())
        for job in jobs:
            job.cancel.set()
        if jobs:
            await asyncio.wait([job.task for job in jobs])

    def _run(self, name: str, request: GenerateRequest, cancel: threading.Event) -> GenerationRun:
        return self.service.generate(
            name, seed=request.seed, rows=request.rows, batch_rows=request.batch_rows, cancel=cancel
        )

    def _keep(self, name: str, job: _Job) -> None:
        def forget(task: asyncio.Task[GenerationRun]) -> None:
            self._jobs.pop(name, None)
            error = task.exception()
            if error is None or isinstance(error, GenerationCancelled):
                return
            known = isinstance(error, DwSimulatorError)
            log.error("generation of %s failed: %s", name, error, exc_info=None if known else error)

        self._jobs[name] = job
        job.task.add_done_callback(forget)
