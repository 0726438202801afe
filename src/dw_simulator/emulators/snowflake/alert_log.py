"""The last runs of alerts, for ALERT_HISTORY and the functions of SNOWFLAKE.ALERT. Vendor page: "ALERT_HISTORY"."""

from __future__ import annotations

import datetime as dt
from collections import deque
from dataclasses import dataclass

from dw_simulator.emulators.snowflake.catalog.model import now
from dw_simulator.emulators.snowflake.errors import SnowflakeError

KEPT = 1000
BY_SCHEDULE, BY_HAND, BY_DATA = "SCHEDULE", "EXECUTE ALERT", "TRIGGER"
EVALUATED = ("CONDITION_FALSE", "TRIGGERED", "ACTION_FAILED")
"""States of runs whose condition was evaluated."""
FAILED = ("FAILED", "CONDITION_FAILED", "ACTION_FAILED")


@dataclass(slots=True)
class AlertRun:
    """One evaluation of an alert's condition, and what came of it."""

    alert: int
    parts: tuple[str, str, str]
    condition: str
    action: str
    scheduled: dt.datetime
    source: str
    config: str | None
    runbook: str | None
    condition_id: str
    action_id: str | None = None
    last_good: dt.datetime | None = None
    """When the last run was scheduled whose condition could be evaluated."""
    state: str = "EXECUTING"
    ended: dt.datetime | None = None
    error: SnowflakeError | None = None
    suspended: bool = False
    """Whether the alert was suspended after it, because it failed too often."""

    def end(self, state: str, error: SnowflakeError | None = None) -> None:
        self.state, self.error, self.ended = state, error, now()


class AlertLog:
    """Appended to by the threads that run alerts, read by others."""

    def __init__(self) -> None:
        self._runs: deque[AlertRun] = deque(maxlen=KEPT)

    def append(self, run: AlertRun) -> None:
        self._runs.append(run)

    def runs(self, alert: int | None = None) -> list[AlertRun]:
        """The newest first."""
        return [run for run in reversed(list(self._runs)) if alert in (None, run.alert)]

    def last_scheduled(self, alert: int) -> dt.datetime | None:
        return next((run.scheduled for run in self.runs(alert) if run.source == BY_SCHEDULE), None)

    def last_good(self, alert: int) -> dt.datetime | None:
        return next((run.scheduled for run in self.runs(alert) if run.state in EVALUATED), None)
