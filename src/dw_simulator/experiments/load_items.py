"""What a loader reports of each file, run and table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from dw_simulator.errors import DwSimulatorError
from dw_simulator.schema import Warehouse


class LoadState(StrEnum):
    LOADED = "loaded"
    SKIPPED = "skipped"
    """It was there already."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class LoadItem:
    """A table of a run, or a file, in a warehouse. ``warehouse``, ``table``: None where a failure is not of one."""

    experiment: str
    table: str | None
    warehouse: Warehouse | None
    source: str
    """``run 5``, or the URI of a file."""
    state: LoadState
    rows: int = 0
    seconds: float = 0.0
    error: DwSimulatorError | None = None

    @property
    def reason(self) -> str:
        return str(self.error) if self.error else ""


@dataclass(frozen=True, slots=True)
class RetryNotice:
    """Something failed in a way that may pass, and is tried again after ``seconds``."""

    experiment: str
    warehouse: Warehouse | None
    error: DwSimulatorError
    seconds: float


Report = Callable[[LoadItem], None]
OnRetry = Callable[[RetryNotice], None]


@dataclass(slots=True)
class Totals:
    loaded: int = 0
    skipped: int = 0
    failed: int = 0
    rows: int = 0
    seconds: float = 0.0

    def add(self, items: Iterable[LoadItem]) -> None:
        for item in items:
            self.loaded += item.state is LoadState.LOADED
            self.skipped += item.state is LoadState.SKIPPED
            self.failed += item.state is LoadState.FAILED
            self.rows += item.rows if item.state is LoadState.LOADED else 0

    def __add__(self, other: Totals) -> Totals:
        return Totals(
            self.loaded + other.loaded,
            self.skipped + other.skipped,
            self.failed + other.failed,
            self.rows + other.rows,
            self.seconds + other.seconds,
        )
