"""What the catalog knows of dynamic tables. Vendor page: "CREATE DYNAMIC TABLE"."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry, now
from dw_simulator.emulators.snowflake.refresh_log import GOOD, Refresh

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


# --- refreshes as they are shown -------------------------------------------------------------------------------------
REFRESH_COLUMNS = (
    "NAME SCHEMA_NAME DATABASE_NAME STATE STATE_CODE STATE_MESSAGE QUERY_ID DATA_TIMESTAMP:l REFRESH_START_TIME:l "
    "REFRESH_END_TIME:l COMPLETION_TARGET:l QUALIFIED_NAME LAST_COMPLETED_DEPENDENCY:o STATISTICS:o REFRESH_ACTION "
    "REFRESH_TRIGGER TARGET_LAG_SEC:n GRAPH_HISTORY_VALID_FROM:z"
)


def state_code(refresh: Refresh) -> tuple[str | None, str | None]:
    """STATE_CODE and STATE_MESSAGE."""
    if refresh.error is None:
        return ("SUCCESS" if refresh.state == GOOD else None), None
    return f"{refresh.error.errno:06}", refresh.error.message


def refresh_row(item: Refresh) -> tuple[Any, ...]:
    dependency = None
    if item.dependency is not None:
        dependency = _json(dict(zip(("qualified_name", "data_timestamp"), item.dependency, strict=True)))
    counts = {
        "numInsertedRows": item.inserted, "numDeletedRows": item.deleted, "numCopiedRows": item.copied,
        "numAddedPartitions": int(item.inserted > 0), "numRemovedPartitions": int(item.deleted > 0),
    }  # fmt: skip
    target = (item.before or item.data) + dt.timedelta(seconds=item.lag) if item.lag is not None else None
    return (
        item.parts[2], item.parts[1], item.parts[0], item.state, *state_code(item), item.query_id, item.data, item.data,
        item.ended, target, ".".join(item.parts), dependency, _json(counts) if item.state == GOOD else None,
        item.action, item.trigger, item.lag, item.described.replace(tzinfo=None),
    )  # fmt: skip


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
