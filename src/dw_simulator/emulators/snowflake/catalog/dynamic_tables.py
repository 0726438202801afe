"""What the catalog knows of dynamic tables. Vendor page: "CREATE DYNAMIC TABLE"."""

from __future__ import annotations

import datetime as dt
import re

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry, now

KIND = "DYNAMIC TABLE"
DOWNSTREAM = "DOWNSTREAM"
SHORTEST_LAG = 60
_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


def lag_seconds(text: str) -> int | None:
    """Seconds of a TARGET_LAG; None for DOWNSTREAM. Raises SnowflakeError 001008."""
    if text.upper() == DOWNSTREAM:
        return None
    found = re.fullmatch(r"\s*(\d+)\s*(second|minute|hour|day)s?\s*", text, re.I)
    seconds = int(found[1]) * _UNITS[found[2].lower()] if found else 0
    if seconds < SHORTEST_LAG:
        raise errors.INVALID_PARAMETER_VALUE(text, "TARGET_LAG")
    return seconds


def target_lag(entry: Entry) -> int | None:
    """Seconds; None where others call for the refreshes."""
    text = entry.properties.get("target_lag")
    return None if text is None else lag_seconds(str(text))


def described_since(entry: Entry) -> dt.datetime:
    """Since when a dynamic table is as it is."""
    since = entry.properties.get("described")
    return dt.datetime.fromisoformat(since) if since is not None else entry.created


def data_moment(entry: Entry) -> dt.datetime | None:
    """The moment whose data a dynamic table has."""
    text = entry.properties.get("data_timestamp")
    return dt.datetime.fromisoformat(text) if text is not None else None


def suspend_clone(entry: Entry) -> None:
    """Clones are suspended."""
    moment = now().isoformat()
    entry.properties |= {
        "scheduling_state": "SUSPENDED", "last_suspended_on": moment, "suspended_for": "CLONED_AUTO_SUSPENDED",
        "described": moment, "described_for": "CREATE_DYNAMIC_TABLE",
    }  # fmt: skip
