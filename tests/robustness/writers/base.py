"""What all writers share: a thread that takes one step after the other and outlives every failure of the stack."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.robustness.journal import Journal, Key, Value

from dw_simulator.config import Settings

RETRY_SECONDS = 0.15
"""Pause after a failure, before the next connection is tried."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """``settings`` have the addresses of the stack, which stay the same when it is started again."""

    settings: Settings
    home: Path
    journal: Journal
    environment: dict[str, str]


class RolledBack(Exception):
    """Ends the block of an operation that the client itself took back."""


class Writer:
    """One client. ``FAILURES`` are the errors that a client sees when what it talks to is struck."""

    FAILURES: tuple[type[BaseException], ...] = ()

    def __init__(self, around: Surroundings, number: int, seed: int) -> None:
        self.around = around
        self.journal = around.journal
        self.number = number
        self.chance = random.Random(f"{seed}/{type(self).__name__}/{number}")
        self.failures: Counter[str] = Counter()
        self._serial = 0

    @property
    def name(self) -> str:
        return f"{type(self).__name__} {self.number}"

    def steps(self) -> list[tuple[int, Callable[[], None]]]:
        """Weighted steps; each is one operation of the journal."""
        raise NotImplementedError

    def disconnect(self) -> None:
        """Let go of a connection that failed."""

    def run(self, stop: threading.Event) -> None:
        """Take steps until told to stop.

        Raises:
            Exception: one that no strike explains.
        """
        weights, steps = zip(*self.steps(), strict=True)
        try:
            while not stop.is_set():
                (step,) = self.chance.choices(steps, weights)
                try:
                    step()
                except RolledBack:
                    continue
                except self.FAILURES as error:
                    self.failures[f"{type(error).__name__}: {str(error)[:160]}"] += 1
                    self.disconnect()
                    stop.wait(RETRY_SECONDS)
        finally:
            self.disconnect()

    def fresh(self) -> int:
        """A number that no other client uses."""
        self._serial += 1
        return self.number * 1_000_000_000 + self._serial

    def set_up(self) -> None:
        """Before the first strike: make what the steps need."""

    def found(self) -> dict[Key, Value]:
        """After the last strike: what is there now of all writers of this class."""
        raise NotImplementedError

    @contextmanager
    def operation(self, kind: str, changes: dict[Key, Value]):
        with self.journal.operation(kind, changes) as operation:
            yield operation
