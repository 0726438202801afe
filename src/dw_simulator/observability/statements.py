"""What is counted and logged of the statements that clients run in a warehouse's emulator."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import TypeVar

from dw_simulator.observability.logs import mask_secrets
from dw_simulator.observability.metrics import Counts, Metric, Registry

Value = TypeVar("Value", int, Counts)

log = logging.getLogger(__name__)

SECONDS = Metric(
    "dw_simulator_statement_duration_seconds",
    "histogram",
    "Time a statement took, from its arrival to its last row or its error",
    ("warehouse", "operation"),
)
ERRORS = Metric(
    "dw_simulator_statement_errors_total",
    "counter",
    "Statements that failed, by the warehouse's own code (SQLSTATE, Snowflake's number)",
    ("warehouse", "code"),
)
ROWS = Metric(
    "dw_simulator_statement_rows_total",
    "counter",
    "Rows that statements returned, changed or loaded",
    ("warehouse", "operation"),
)
OPENED = Metric("dw_simulator_sessions_opened_total", "counter", "Sessions that were opened", ("warehouse",))
SESSIONS = Metric("dw_simulator_sessions_active", "gauge", "Sessions that are open", ("warehouse",))
CACHE = Metric(
    "dw_simulator_translation_cache_requests_total",
    "counter",
    "Look-ups of translated statements, by result: hit or miss",
    ("warehouse", "result"),
)
METRICS = (SECONDS, ERRORS, ROWS, OPENED, SESSIONS, CACHE)

OPERATIONS = {
    *("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "UNLOAD", "CREATE", "ALTER", "DROP", "TRUNCATE"),
    *(
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "SET",
        "SHOW",
        "CALL",
        "EXPLAIN",
        "DESCRIBE",
        "USE",
        "PUT",
        "GET",
        "LIST",
        "REMOVE",
    ),
    *("REMOVE", "GRANT", "REVOKE", "VACUUM", "ANALYZE", "FETCH", "DECLARE", "EXECUTE", "PREPARE"),
}
_ALSO = {
    "WITH": "SELECT",
    "VALUES": "SELECT",
    "DESC": "DESCRIBE",
    "LS": "LIST",
    "RM": "REMOVE",
    "START": "BEGIN",
    "END": "COMMIT",
    "ABORT": "ROLLBACK",
}
OTHER = "OTHER"
_FIRST_WORD = re.compile(r"(?:\s|\(|--[^\n]*(?:\n|$)|/\*.*?\*/)*([a-z]+)", re.IGNORECASE | re.DOTALL)

SLOW_SECONDS = 1.0
"""Statements that take longer are logged at level info, others at debug."""
SHOWN_CHARACTERS = 300


_BEGINNINGS = {written: word for word in OPERATIONS if len(word) == 6 for written in (f"{word} ", f"{word.lower()} ")}
"""Of most statements the first characters tell it all."""


def operation(sql: str) -> str:
    """What kind of statement it is, out of few."""
    return _BEGINNINGS.get(sql[:7]) or _operation(sql)


def _operation(sql: str) -> str:
    found = _FIRST_WORD.match(sql)
    word = found[1].upper() if found else ""
    word = _ALSO.get(word, word)
    return word if word in OPERATIONS else OTHER


class StatementMetrics:
    """The statements of one warehouse: their times and rows are kept here, and in no instrument of the registry, of
    which each would take longer than all else that is done for a small statement."""

    def __init__(self, registry: Registry, warehouse: str) -> None:
        self._registry = registry
        self._warehouse = warehouse
        self._lock = Lock()
        self._seconds: dict[str, Counts] = {}
        self._rows: dict[str, int] = {}
        registry.follow(SECONDS, lambda: self._labelled(self._seconds))
        registry.follow(ROWS, lambda: self._labelled(self._rows))

    def _labelled(self, found: Mapping[str, Value]) -> list[tuple[tuple[str, ...], Value]]:
        with self._lock:
            return [((self._warehouse, kind), value) for kind, value in found.items()]

    def opened(self) -> None:
        self._registry.count(OPENED, self._warehouse)

    def ended(self, sql: str, seconds: float, rows: int, code: str | None, **fields: object) -> None:
        """A statement ended; ``code`` is None when it succeeded. ``fields`` (query id, session) go into the log."""
        kind = operation(sql)
        with self._lock:
            times = self._seconds.get(kind)
            if times is None:
                times = self._seconds[kind] = Counts(SECONDS.buckets)
            times.add(seconds)
            if code is None and rows > 0:
                self._rows[kind] = self._rows.get(kind, 0) + rows
        if code is not None:
            self._registry.count(ERRORS, self._warehouse, code)
        level = logging.INFO if code is not None or seconds > SLOW_SECONDS else logging.DEBUG
        if log.isEnabledFor(level):
            shown = mask_secrets(" ".join(sql[: 4 * SHOWN_CHARACTERS].split()))[:SHOWN_CHARACTERS]
            outcome = {"rows": rows} if code is None else {"code": code}
            log.log(
                level,
                "statement ended" if code is None else "statement failed",
                extra={"operation": kind, "seconds": round(seconds, 4), **outcome, **fields, "sql": shown},
            )


def followed(
    registry: Registry,
    warehouse: str,
    sessions: Callable[[], int],
    cache: Callable[[], tuple[int, int]] | None = None,
) -> None:
    """Let ``registry`` ask for the open sessions and the (hits, misses) of the cache at each scrape."""

    def looked_up() -> Iterable[tuple[tuple[str, ...], float]]:
        hits, misses = cache() if cache is not None else (0, 0)
        return [((warehouse, "hit"), hits), ((warehouse, "miss"), misses)]

    registry.follow(SESSIONS, lambda: [((warehouse,), sessions())])
    if cache is not None:
        registry.follow(CACHE, looked_up)


KEPT = (ERRORS, OPENED)
"""The metrics that a registry keeps for `StatementMetrics`; the others are followed."""
