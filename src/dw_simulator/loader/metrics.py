"""What a watching loader tells Prometheus."""

from __future__ import annotations

import datetime as dt
import threading
import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from dw_simulator.observability.metrics import JOB_BUCKETS, PREFIX


class LoaderMetrics:
    """May be told of things by any thread."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._items = Counter(
            f"{PREFIX}loader_items_total",
            "Files and tables of runs that the loader dealt with, by outcome: loaded, skipped, failed.",
            ["warehouse", "state"],
            registry=registry,
        )
        self._rows = Counter(
            f"{PREFIX}loader_rows_total", "Rows that the loader loaded.", ["warehouse"], registry=registry
        )
        self._retries = Counter(
            f"{PREFIX}loader_retries_total",
            "Attempts that failed for a reason that may pass, and were repeated.",
            ["warehouse"],
            registry=registry,
        )
        self._passes = Counter(
            f"{PREFIX}loader_passes_total",
            "Looks at what is staged, by result: ok, or failed when the staging store did not answer or refused.",
            ["result"],
            registry=registry,
        )
        self._seconds = Histogram(
            f"{PREFIX}loader_pass_seconds",
            "Duration of looks that loaded something.",
            buckets=JOB_BUCKETS,
            registry=registry,
        )
        self._last = Gauge(
            f"{PREFIX}loader_last_success_timestamp_seconds",
            "When a look last ended well, in seconds since 1970; 0 before the first.",
            registry=registry,
        )
        self._lock = threading.Lock()
        self._trouble = ""
        self._last_success: float | None = None
        for result in ("ok", "failed"):
            self._passes.labels(result)

    def item(self, warehouse: str | None, state: str, rows: int) -> None:
        self._items.labels(warehouse or "", state).inc()
        if state == "loaded":
            self._rows.labels(warehouse or "").inc(rows)

    def retry(self, warehouse: str | None) -> None:
        self._retries.labels(warehouse or "").inc()

    def passed(self, seconds: float, loaded: int) -> None:
        """A look has ended in which so many files and tables were loaded."""
        self._passes.labels("ok").inc()
        if loaded:
            self._seconds.observe(seconds)
        at = time.time()
        self._last.set(at)
        with self._lock:
            self._trouble, self._last_success = "", at

    def failed(self, reason: str) -> None:
        """A look that found nothing out: the staging store did not answer, or refused."""
        self._passes.labels("failed").inc()
        with self._lock:
            self._trouble = reason

    def is_well(self) -> bool:
        """Whether the last look ended well; a load that takes long does not count against it."""
        with self._lock:
            return not self._trouble

    def health(self) -> dict[str, object]:
        """When a look last ended well (ISO 8601, None before the first), and why the last one did not."""
        with self._lock:
            last, trouble = self._last_success, self._trouble
        moment = dt.datetime.fromtimestamp(last, dt.UTC).isoformat(timespec="seconds") if last is not None else None
        return {"last_success": moment, "trouble": trouble or None}
