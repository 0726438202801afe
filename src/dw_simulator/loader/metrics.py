"""What a watching loader tells Prometheus."""

from __future__ import annotations

import datetime as dt
import threading
import time

from dw_simulator.observability.metrics import JOB_SECONDS, Metric, Registry

SERVICE = "loader"
ITEMS = Metric(
    "dw_simulator_loader_items_total",
    "counter",
    "Files and tables of runs that the loader dealt with, by outcome: loaded, skipped, failed",
    ("warehouse", "state"),
)
ROWS = Metric("dw_simulator_loader_rows_total", "counter", "Rows that the loader loaded", ("warehouse",))
RETRIES = Metric(
    "dw_simulator_loader_retries_total",
    "counter",
    "Attempts that failed for a reason that may pass, and were repeated",
    ("warehouse",),
)
PASSES = Metric(
    "dw_simulator_loader_passes_total",
    "counter",
    "Looks at what is staged, by result: ok, or failed when the staging store did not answer or refused",
    ("result",),
)
SECONDS = Metric(
    "dw_simulator_loader_pass_duration_seconds", "histogram", "Time of looks that loaded something", (), JOB_SECONDS
)
LAST = Metric(
    "dw_simulator_loader_last_success_timestamp",
    "gauge",
    "When a look last ended well, in seconds since 1970; 0 before the first",
)
METRICS = (ITEMS, ROWS, RETRIES, PASSES, SECONDS, LAST)


class LoaderMetrics:
    """May be told of things by any thread."""

    def __init__(self) -> None:
        self.registry = Registry(SERVICE, METRICS)
        self._lock = threading.Lock()
        self._trouble = ""
        self._last_success: float | None = None
        for result in ("ok", "failed"):
            self.registry.count(PASSES, result, by=0)

    def item(self, warehouse: str | None, state: str, rows: int) -> None:
        self.registry.count(ITEMS, warehouse or "", state)
        if state == "loaded":
            self.registry.count(ROWS, warehouse or "", by=rows)

    def retry(self, warehouse: str | None) -> None:
        self.registry.count(RETRIES, warehouse or "")

    def passed(self, seconds: float, loaded: int) -> None:
        """A look has ended in which so many files and tables were loaded."""
        self.registry.count(PASSES, "ok")
        if loaded:
            self.registry.observe(SECONDS, seconds)
        at = time.time()
        self.registry.set(LAST, at)
        with self._lock:
            self._trouble, self._last_success = "", at

    def failed(self, reason: str) -> None:
        """A look that found nothing out: the staging store did not answer, or refused."""
        self.registry.count(PASSES, "failed")
        with self._lock:
            self._trouble = reason

    def health(self) -> dict[str, object]:
        """When a look last ended well (ISO 8601, None before the first), and why the last one did not.

        ``status`` is of the last look: one that takes long does not count against it.
        """
        with self._lock:
            last, trouble = self._last_success, self._trouble
        moment = dt.datetime.fromtimestamp(last, dt.UTC).isoformat(timespec="seconds") if last is not None else None
        return {"status": "failing" if trouble else "ok", "last_success": moment, "trouble": trouble or None}
