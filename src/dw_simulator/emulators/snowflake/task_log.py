"""The last runs of tasks, for TASK_HISTORY and the views of graphs. Vendor pages: "TASK_HISTORY",
"COMPLETE_TASK_GRAPHS", "SYSTEM$TASK_RUNTIME_INFO"."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from dw_simulator.emulators.snowflake.catalog.model import now
from dw_simulator.emulators.snowflake.errors import SnowflakeError

KEPT = 1000
BY_SCHEDULE, BY_HAND, BY_STREAM = "SCHEDULE", "EXECUTE TASK", "TRIGGER"
AGAIN_BY_HAND, AGAIN_BY_ITSELF = "MANUAL RETRY", "AUTOMATIC RETRY"


@dataclass(slots=True)
class TaskRun:
    """One run of a task, as part of the run of its graph."""

    query_id: str
    task: int
    parts: tuple[str, str, str]
    text: str
    graph: GraphRun
    started: dt.datetime
    condition: str | None = None
    state: str = "EXECUTING"
    ended: dt.datetime | None = None
    error: SnowflakeError | None = None
    returned: str | None = None
    """What SYSTEM$SET_RETURN_VALUE has set."""

    def end(self, state: str, error: SnowflakeError | None) -> None:
        self.state, self.error, self.ended = state, error, now()


@dataclass(slots=True)
class GraphRun:
    """One attempt to run a root task and what follows it. Attempts of one run share their ``group``."""

    root: int
    uuid: str
    parts: tuple[str, str, str]
    scheduled: dt.datetime
    source: str
    config: str | None
    version: int
    definition: str
    """What the tasks of the graph said when it ran."""
    group: str = field(default_factory=lambda: str(uuid.uuid4()))
    original: dt.datetime | None = None
    """When the first attempt of the group was scheduled."""
    attempt: int = 1
    state: str = "EXECUTING"
    ended: dt.datetime | None = None
    runs: dict[int, TaskRun] = field(default_factory=dict)
    """The runs of this attempt, by the tasks' ids."""
    done: dict[int, TaskRun] = field(default_factory=dict)
    """What has been run in an attempt before, and is not run again."""
    last_good: GraphRun | None = None
    """The last run that succeeded before the group began."""

    @property
    def first_failed(self) -> TaskRun | None:
        return next((run for run in self.runs.values() if run.error is not None), None)

    @property
    def by_schedule(self) -> bool:
        return self.source in (BY_SCHEDULE, BY_STREAM)

    def run_of(self, task: int) -> TaskRun | None:
        return self.runs.get(task) or self.done.get(task)


class TaskLog:
    """Appended to by the threads that run tasks, read by others."""

    def __init__(self) -> None:
        self._runs: deque[TaskRun] = deque(maxlen=KEPT)
        self._graphs: deque[GraphRun] = deque(maxlen=KEPT)
        self._versions: dict[int, tuple[str, int]] = {}
        self._guard = threading.Lock()
        self._turns: dict[int, threading.RLock] = {}
        self._running: set[tuple[int, int]] = set()

    def append(self, run: TaskRun) -> None:
        run.graph.runs[run.task] = run
        self._runs.append(run)

    def begin(self, graph: GraphRun) -> None:
        self._graphs.append(graph)

    def runs(self) -> list[TaskRun]:
        """The newest first."""
        return list(self._runs)[::-1]

    def graphs(self) -> list[GraphRun]:
        """The newest first."""
        return list(self._graphs)[::-1]

    def last_scheduled(self, task: int) -> dt.datetime | None:
        """When a task was run by its schedule last."""
        return next((graph.scheduled for graph in self.graphs() if graph.root == task and graph.by_schedule), None)

    def version(self, root: int, definition: str) -> int:
        """The version of a graph that is defined so: it grows when what its tasks say has changed."""
        with self._guard:
            before, number = self._versions.get(root, ("", 0))
            if before != definition:
                number += 1
                self._versions[root] = (definition, number)
            return number

    def runs_here(self, root: int) -> bool:
        """Whether the thread runs this graph."""
        return (root, threading.get_ident()) in self._running

    @contextmanager
    def turn(self, root: int, *, alone: bool) -> Iterator[None]:
        """The run of a graph; ``alone``: not before others of it have ended."""
        with self._guard:
            lock = self._turns.setdefault(root, threading.RLock()) if alone else threading.RLock()
        with lock:
            self._running.add((root, threading.get_ident()))
            try:
                yield
            finally:
                self._running.discard((root, threading.get_ident()))
