"""Which process of a stack is struck when, and how: the same plan for the same seed."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from dataclasses import dataclass

TARGETS: dict[str, tuple[signal.Signals, ...]] = {
    "s3": (signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP),
    "snowflake": (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP),
    "redshift": (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP),
    "postmaster": (signal.SIGKILL, signal.SIGQUIT, signal.SIGINT, signal.SIGTERM, signal.SIGSTOP),
    "backend": (signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP),
    "api": (signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP),
    "job": (signal.SIGKILL, signal.SIGINT, signal.SIGTERM),
    "supervisor": (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM),
}
"""What may be struck, and the signals it may get. ``job`` is a command that generates or loads; after ``supervisor``
the stack is started again."""

ROUND = (*TARGETS, "s3", "snowflake", "redshift", "postmaster", "job")
"""Who is struck in each round, in another order each time. The supervisor takes the rest along: once is enough."""

PAUSE = (0.4, 1.6)
"""Seconds between two strikes."""

STOPPED = (0.5, 3.0)
"""Seconds that a process is stopped by SIGSTOP before SIGCONT."""


@dataclass(frozen=True, slots=True)
class Strike:
    """``after``: seconds since the strike before; ``stopped``: seconds until SIGCONT; ``pick`` chooses among several
    processes of the kind."""

    after: float
    target: str
    signal: signal.Signals
    stopped: float
    pick: float


def strikes(seed: int) -> Iterator[Strike]:
    """An endless plan, round by round."""
    chance = random.Random(seed)
    while True:
        for target in chance.sample(ROUND, len(ROUND)):
            yield Strike(
                after=chance.uniform(*PAUSE),
                target=target,
                signal=chance.choice(TARGETS[target]),
                stopped=chance.uniform(*STOPPED),
                pick=chance.random(),
            )
