"""The last runs of tasks, for TASK_HISTORY. Vendor page: "TASK_HISTORY"."""

from __future__ import annotations

import datetime as dt
from collections import deque
from dataclasses import dataclass

from dw_simulator.emulators.snowflake.catalog.model import now
from dw_simulator.emulators.snowflake.errors import SnowflakeError

KEPT = 1000


@dataclass(slots=True)
class TaskRun:
    """One run of a task; ``root`` is the id of the task whose run it is part of."""

    query_id: str
    task: int
    parts: tuple[str, str, str]
    text: str
    root: int
    scheduled: dt.datetime
    started: dt.datetime
    by_schedule: bool
    condition: str | None = None
    state: str = "EXECUTING"
    ended: dt.datetime | None = None
    error: SnowflakeError | None = None

    def end(self, state: str, error: SnowflakeError | None) -> None:
        self.state, self.error, self.ended = state, error, now()


class TaskLog:
    """Appended to by the threads that run tasks, read by others."""

    def __init__(self) -> None:
        self._runs: deque[TaskRun] = deque(maxlen=KEPT)

    def append(self, run: TaskRun) -> None:
        self._runs.append(run)

    def runs(self) -> list[TaskRun]:
        """The newest first."""
        return list(self._runs)[::-1]

    def last_scheduled(self, task: int) -> dt.datetime | None:
        """When a task was run by its schedule last."""
        return next((run.scheduled for run in self.runs() if run.task == task and run.by_schedule), None)
