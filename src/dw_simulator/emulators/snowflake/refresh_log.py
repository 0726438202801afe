"""The last refreshes of dynamic tables and their past descriptions, for the functions that tell of them.

Vendor pages: "DYNAMIC_TABLE_REFRESH_HISTORY", "DYNAMIC_TABLE_GRAPH_HISTORY".
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import deque
from dataclasses import dataclass, field

from dw_simulator.emulators.snowflake.catalog.model import Entry, now
from dw_simulator.emulators.snowflake.errors import SnowflakeError

KEPT = 1000
BY_SCHEDULE, BY_HAND, AT_CREATION = "SCHEDULED", "MANUAL", "CREATION"
NO_DATA, FULL, INCREMENTAL, REINITIALIZE = "NO_DATA", "FULL", "INCREMENTAL", "REINITIALIZE"
GOOD, FAILED, UPSTREAM = "SUCCEEDED", "FAILED", "UPSTREAM_FAILED"


@dataclass(slots=True)
class Refresh:
    """One refresh of a dynamic table."""

    table: int
    parts: tuple[str, str, str]
    trigger: str
    lag: int | None
    """Seconds of its TARGET_LAG at that time; None for DOWNSTREAM."""
    described: dt.datetime
    """Since when the table was as it was then."""
    before: dt.datetime | None
    """The moment whose data the table had before."""
    data: dt.datetime = field(default_factory=now)
    """The moment whose data it got."""
    query_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    state: str = "EXECUTING"
    action: str | None = None
    inserted: int = 0
    deleted: int = 0
    copied: int = 0
    dependency: tuple[str, str] | None = None
    """The dynamic table that was the last to be refreshed for it, and the moment of its data."""
    ended: dt.datetime | None = None
    error: SnowflakeError | None = None

    def end(self, state: str, error: SnowflakeError | None = None) -> None:
        self.state, self.error, self.ended = state, error, now()


@dataclass(slots=True)
class Description:
    """A dynamic table as it was up to a moment."""

    entry: Entry
    until: dt.datetime


class RefreshLog:
    """Appended to by the threads that refresh, read by others."""

    def __init__(self) -> None:
        self._refreshes: deque[Refresh] = deque(maxlen=KEPT)
        self._descriptions: deque[Description] = deque(maxlen=KEPT)

    def append(self, refresh: Refresh) -> None:
        self._refreshes.append(refresh)

    def forget(self, refresh: Refresh) -> None:
        self._refreshes.remove(refresh)

    def refreshes(self, table: int | None = None) -> list[Refresh]:
        """The newest first."""
        return [item for item in reversed(list(self._refreshes)) if table in (None, item.table)]

    def describe(self, entry: Entry) -> None:
        """What a dynamic table is until now."""
        self._descriptions.append(Description(entry, now()))

    def descriptions(self) -> list[Description]:
        return list(self._descriptions)
