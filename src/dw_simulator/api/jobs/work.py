"""What jobs do: generate, load, verify; each a use case of :class:`ExperimentService` that tells how far it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from dw_simulator.api.jobs.live import LiveJob, Outcome
from dw_simulator.api.models.experiments import AppendRequest, GenerateRequest, LoadRequest, VerifyRequest
from dw_simulator.api.models.jobs import LoadAnswer
from dw_simulator.metadata import GenerationRun, JobTable, TableState
from dw_simulator.schema import Warehouse

if TYPE_CHECKING:
    from dw_simulator.experiments import ExperimentService
    from dw_simulator.experiments.verification.run import TableVerified
    from dw_simulator.experiments.verifying import Rows
    from dw_simulator.generator import Progress
    from dw_simulator.warehouses.base import TableLoaded


def generate(service: ExperimentService, name: str, request: GenerateRequest, job: LiveJob) -> Outcome:
    """Raises what :meth:`ExperimentService.generate` raises. The result is in the runs."""

    def started(run: GenerationRun) -> None:
        _begin(job, run, run.target_rows)

    def progress(news: Progress) -> None:
        job.advance(news.table, news.table_rows_done, done=news.table_finished)

    service.generate(
        name,
        seed=request.seed,
        rows=request.rows,
        batch_rows=request.batch_rows,
        workers=request.workers,
        progress=progress,
        cancel=job.cancelled,
        started=started,
    )
    return Outcome()


def append(service: ExperimentService, name: str, request: AppendRequest, job: LiveJob) -> Outcome:
    """Raises what :meth:`ExperimentService.append` raises. The result is in the runs."""
    days = service.days_for(name, request.rows) if request.rows is not None else request.days or 1

    def started(run: GenerationRun) -> None:
        before = service.run(run.extends).target_rows if run.extends is not None else {}
        _begin(job, run, {table: rows - before.get(table, 0) for table, rows in run.target_rows.items()})

    def progress(news: Progress) -> None:
        job.advance(news.table, news.table_rows_done, done=news.table_finished)

    service.append(
        name,
        days,
        batch_rows=request.batch_rows,
        workers=request.workers,
        progress=progress,
        cancel=job.cancelled,
        started=started,
    )
    return Outcome()


def _begin(job: LiveJob, run: GenerationRun, rows_of: Mapping[str, int]) -> None:
    job.begin([JobTable(table=table, rows_total=rows) for table, rows in rows_of.items()], run.id)
    for table, rows in rows_of.items():
        if rows == 0:
            job.advance(table, 0, done=True, seconds=0.0)


def load(service: ExperimentService, name: str, request: LoadRequest, job: LiveJob) -> Outcome:
    """Raises what :meth:`ExperimentService.load` raises: that nothing could be loaded anywhere."""
    from dw_simulator.loader import Running

    running = Running()
    job.on_cancel(running.cancel)

    coming: Mapping[Warehouse, Mapping[str, int]] = {}
    there: Counter[tuple[Warehouse, str]] = Counter()  # a table gets rows from each run that is added

    def started(run: GenerationRun, rows_of: Mapping[Warehouse, Mapping[str, int]]) -> None:
        nonlocal coming
        coming = rows_of
        job.begin(
            [
                JobTable(warehouse=warehouse, table=table, rows_total=rows)
                for warehouse, tables in rows_of.items()
                for table, rows in tables.items()
            ],
            run.id,
        )
        for warehouse, tables in rows_of.items():
            if run.extends is not None:
                for table in [table for table, rows in tables.items() if rows == 0]:
                    job.advance(table, 0, warehouse=warehouse, done=True, seconds=0.0)
            job.start_next(warehouse)

    def progress(loaded: TableLoaded) -> None:
        there[loaded.warehouse, loaded.table] += loaded.rows
        rows = there[loaded.warehouse, loaded.table]
        done = rows >= coming[loaded.warehouse][loaded.table]
        seconds = round(loaded.seconds, 3)
        job.advance(loaded.table, rows, warehouse=loaded.warehouse, done=done, seconds=seconds)
        job.start_next(loaded.warehouse)

    report = service.load_each(
        name, warehouses=request.warehouses, run_id=request.run_id, progress=progress, started=started, running=running
    )
    for one in report.loads:
        if one.error is not None:  # its transaction is undone
            job.set_tables(TableState.FAILED, warehouse=one.warehouse, rows_done=0)
    failed_everywhere = len(report.errors) == len(report.loads)
    return Outcome(None if failed_everywhere else LoadAnswer.of(report), report.failure())


def verify(service: ExperimentService, name: str, request: VerifyRequest, job: LiveJob) -> Outcome:
    """Raises what :meth:`ExperimentService.verify_each` raises. Violations are no failure of the job."""
    from dw_simulator.experiments.verification.run import Stopper

    stopper = Stopper()
    job.on_cancel(stopper.stop)

    def started(loaded: Rows) -> None:
        job.begin(
            [
                JobTable(warehouse=warehouse, table=table, rows_total=rows)
                for warehouse, tables in loaded.items()
                for table, rows in tables.items()
            ]
        )

    def progress(news: TableVerified) -> None:
        job.advance(news.table, news.rows, warehouse=news.warehouse, done=True, seconds=round(news.seconds, 3))

    report, errors = service.verify_each(
        name, warehouses=request.warehouses, progress=progress, started=started, stopper=stopper
    )
    failed_everywhere = len(errors) == len(report.warehouses)
    return Outcome(None if failed_everywhere else report, errors[0] if errors else None)
