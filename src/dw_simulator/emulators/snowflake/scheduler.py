"""What the server does by itself, in one thread that is started when there is something to do."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from dw_simulator.emulators.snowflake.catalog.model import now

log = logging.getLogger(__name__)

Job = Callable[[datetime], datetime | None]
"""Does what is due at a moment; gives when it wants to be called next (None: when something changes)."""
LONGEST_WAIT = 3600.0


class Scheduler:
    """Calls jobs when they are due. Thread-safe."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs = jobs
        self._wake = threading.Event()
        self._stopped = False
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    def poke(self) -> None:
        """Something that is due at some time has changed."""
        with self._guard:
            if self._stopped:
                return
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)
                self._thread.start()
        self._wake.set()

    def stop(self) -> None:
        """End the thread; waits for the job that runs."""
        with self._guard:
            self._stopped = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped:
            self._wake.clear()
            wait = LONGEST_WAIT
            for job in self._jobs:
                following = self._call(job)
                if following is not None:
                    wait = min(wait, max(0.0, (following - now()).total_seconds()))
            self._wake.wait(wait)

    def _call(self, job: Job) -> datetime | None:
        try:
            return job(now())
        except Exception:  # a fault of one job must not end the thread: it is logged, and tried again
            log.exception("a scheduled job failed")
            return None
