"""Strikes the processes of a stack, as planned."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.robustness import processes
from tests.robustness.plan import Strike

from dw_simulator.testing.stack import run_dw_sim

GONE_LIMIT = 30.0
"""Seconds within which a supervisor that was told to stop has to be gone."""


class Striker:
    """Works through a plan until it is told to stop. ``jobs`` gives the pids of the commands that run now."""

    def __init__(self, home: Path, plan: Iterator[Strike], jobs: Callable[[], list[int]], up: list[str]) -> None:
        self._home = home
        self._plan = plan
        self._jobs = jobs
        self._up = up
        self._resume: list[threading.Timer] = []
        self.done: Counter[tuple[str, str]] = Counter()
        self.restarts: list[float] = []

    def run(self, stop: threading.Event) -> None:
        for strike in self._plan:
            if stop.wait(strike.after):
                break
            self.strike(strike)
        for timer in self._resume:
            timer.join()

    def strike(self, strike: Strike) -> None:
        pids = self._candidates(strike.target)
        if not pids:
            return
        pid = pids[int(strike.pick * len(pids))]
        try:
            os.kill(pid, strike.signal)
        except ProcessLookupError:
            return
        self.done[strike.target, strike.signal.name] += 1
        if strike.signal is signal.SIGSTOP:
            self._continue_later(pid, strike.stopped)
        if strike.target == "supervisor":
            self._start_again(pid)

    def _candidates(self, target: str) -> list[int]:
        if target == "job":
            return self._jobs()
        return sorted(process.pid for process in processes.of_stack(self._home) if process.role == target)

    def _continue_later(self, pid: int, seconds: float) -> None:
        timer = threading.Timer(seconds, _continue, (pid,))
        timer.start()
        self._resume = [running for running in self._resume if running.is_alive()] + [timer]

    def _start_again(self, pid: int) -> None:
        """What a user does: `dw-sim up`, at once after a crash, else when the old stack is down."""
        give_up_at = time.monotonic() + GONE_LIMIT
        while processes.supervisor_of(self._home) == pid:
            assert time.monotonic() < give_up_at, f"the supervisor {pid} did not end"
            time.sleep(0.05)
        began = time.monotonic()
        self._attempt_up()
        self.restarts.append(round(time.monotonic() - began, 2))

    def _attempt_up(self) -> None:
        done: subprocess.CompletedProcess[str] = run_dw_sim(self._home, *self._up, check=False)
        assert done.returncode == 0, f"dw-sim up failed:\n{done.stderr}"


def _continue(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        return
