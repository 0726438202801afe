"""Which failures may pass by themselves, and how long to wait before the next attempt."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from dw_simulator.config.groups import LoaderSettings
from dw_simulator.errors import Busy, DwSimulatorError, ServiceUnavailable, WarehouseSqlError

LONGEST_WAIT = 60.0
"""Seconds: waits do not grow beyond it."""

_SQLSTATES = frozenset({
    "40001",  # serialization failure
    "40P01",  # deadlock
    "55P03",  # lock not available
    "53300",  # too many connections
})  # fmt: skip
"""PostgreSQL's and Redshift's codes of failures that pass."""

_SNOWFLAKE = frozenset({
    "000625",  # another transaction holds the lock
    "390104", "390111", "390112", "390114",  # the session is gone or has expired, as after a restart; so has a token
})  # fmt: skip
"""Snowflake's numbers of failures that pass (its connectors retry what is below the statement themselves)."""

_REDSHIFT_TEXTS = ("serializable isolation violation", "conflict with concurrent transaction")
"""Redshift reports error 1023 under the code of any internal error ("Serializable isolation")."""

_STORE_CODES = frozenset({
    "SlowDown", "RequestTimeout", "InternalError", "ServiceUnavailable", "ThrottlingException", "EndpointUnreachable",
})  # fmt: skip
_STORE_STATUS = frozenset({429, 500, 502, 503, 504})

_COPY_TEXTS = ("CanRetry 1", *(f"Error {code}" for code in sorted(_STORE_CODES)))
"""COPY passes an error of S3 on in its text (``S3ServiceException:…,Status 503,Error SlowDown,…,CanRetry 1``)."""


def is_transient(error: DwSimulatorError) -> bool:
    """Whether the same thing may go well when it is done again: nobody answers, locks, conflicts, throttling."""
    if isinstance(error, ServiceUnavailable | Busy):
        return True
    if isinstance(error, WarehouseSqlError):
        text = error.message
        if error.warehouse_code in _SQLSTATES | _SNOWFLAKE or any(part in text.lower() for part in _REDSHIFT_TEXTS):
            return True
        return "S3ServiceException" in text and any(part in text for part in _COPY_TEXTS)
    cause = error.__cause__
    return getattr(cause, "code", None) in _STORE_CODES or getattr(cause, "status", None) in _STORE_STATUS


@dataclass(frozen=True, slots=True)
class Retries:
    """So many attempts, with a wait before each further one that doubles and is shortened at random by up to a half.

    ``check_stop`` raises when the work is to stop: to be called between steps, and before an error is believed, as the
    stop itself may have caused it. For the main thread, which is the one that signals interrupt.
    """

    attempts: int
    first_wait: float
    draw: Callable[[], float] = field(default=random.random, repr=False)
    check_stop: Callable[[], None] = field(default=lambda: None, repr=False)

    @classmethod
    def of(cls, settings: LoaderSettings, check_stop: Callable[[], None] = lambda: None) -> Retries:
        return cls(settings.attempts, settings.retry_seconds, check_stop=check_stop)

    def waits(self) -> Iterator[float]:
        """Seconds to wait before the second, third, … attempt."""
        for attempt in range(self.attempts - 1):
            longest = min(self.first_wait * 2.0**attempt, LONGEST_WAIT)
            yield longest * (1 - self.draw() / 2)
