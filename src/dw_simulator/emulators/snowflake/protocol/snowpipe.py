"""Bodies of the Snowpipe REST API. Vendor page: "Snowpipe REST API"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from dw_simulator.emulators.snowflake import errors

MOST_FILES = 5000
"""In one request of insertFiles."""
MOST_EVENTS = 10_000
"""In one answer of insertReport and loadHistoryScan."""
REPORT_SECONDS = 600.0
"""How long insertReport remembers."""
_MARK = "1_"


@dataclass(frozen=True, slots=True)
class FileEvent:
    """A file that a pipe has loaded, or failed to load. ``path`` is below ``stage``; sizes in bytes."""

    path: str
    stage: str
    size: int
    received: dt.datetime | None
    loaded: dt.datetime
    rows_inserted: int
    rows_parsed: int
    errors_seen: int
    error_limit: int
    first_error: str | None
    first_error_line: int | None
    first_error_character: int | None
    first_error_column: str | None
    status: str


def parse_files(body: bytes, content_type: str) -> list[tuple[str, int | None]]:
    """(path, size) of the files of insertFiles: JSON, or a path a line. Raises SnowflakeError 390001."""
    if "json" not in content_type and not body.lstrip().startswith(b"{"):
        names = [line.strip() for line in body.decode("utf-8", "replace").splitlines() if line.strip()]
        found: list[tuple[str, int | None]] = [(name, None) for name in names]
    else:
        found = _listed(body)
    if not found:
        raise errors.BAD_REQUEST("no files")
    if len(found) > MOST_FILES:
        raise errors.BAD_REQUEST(f"more than {MOST_FILES} files")
    return found


def _listed(body: bytes) -> list[tuple[str, int | None]]:
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise errors.BAD_REQUEST(f"the body is not JSON: {error}") from error
    files = data.get("files") if isinstance(data, dict) else None
    if not isinstance(files, list) or not all(isinstance(item, dict) and item.get("path") for item in files):
        raise errors.BAD_REQUEST("the body needs 'files', each with a 'path'")
    return [(str(item["path"]), item["size"] if isinstance(item.get("size"), int) else None) for item in files]


def report(pipe: str, events: Sequence[FileEvent], query: Mapping[str, str], now: dt.datetime) -> dict[str, Any]:
    """The answer of insertReport: what happened after ``beginMark``, else lately. ``events`` are all, oldest first."""
    mark = query.get("beginMark", "")
    start = int(mark.removeprefix(_MARK)) if mark.removeprefix(_MARK).isdigit() else 0
    seconds = query.get("recentSeconds", "")
    since = now - dt.timedelta(seconds=min(float(seconds), REPORT_SECONDS) if seconds.isdigit() else REPORT_SECONDS)
    shown = [event for event in events[start:] if event.loaded >= since]
    return {
        "pipe": pipe,
        "completeResult": len(shown) <= MOST_EVENTS,
        "nextBeginMark": f"{_MARK}{len(events)}",
        "files": [_event(event) for event in shown[-MOST_EVENTS:]],
        "statistics": {"activeFilesCount": 0},
    }


def history(pipe: str, events: Sequence[FileEvent], query: Mapping[str, str], now: dt.datetime) -> dict[str, Any]:
    """The answer of loadHistoryScan. Raises SnowflakeError 390001: a time is missing or cannot be read."""
    if "startTimeInclusive" not in query:
        raise errors.BAD_REQUEST("startTimeInclusive is missing")
    start = _moment(query["startTimeInclusive"])
    end = _moment(query["endTimeExclusive"]) if query.get("endTimeExclusive") else now
    shown = [event for event in events if start <= event.loaded < end]
    kept = shown[:MOST_EVENTS]
    return {
        "pipe": pipe,
        "completeResult": len(kept) == len(shown),
        "startTimeInclusive": _iso(start),
        "endTimeExclusive": _iso(end),
        "rangeStartTime": _iso(kept[0].loaded) if kept else None,
        "rangeEndTime": _iso(kept[-1].loaded) if kept else None,
        "files": [_event(event) for event in kept],
    }


def _moment(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise errors.BAD_REQUEST(f"{text!r} is no time: {error}") from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)


def _iso(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _event(event: FileEvent) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "path": event.path,
        "stageLocation": event.stage,
        "fileSize": event.size,
        "timeReceived": _iso(event.received or event.loaded),
        "lastInsertTime": _iso(event.loaded),
        "rowsInserted": event.rows_inserted,
        "rowsParsed": event.rows_parsed,
        "errorsSeen": event.errors_seen,
        "errorLimit": event.error_limit,
        "complete": True,
        "status": event.status,
    }
    if event.first_error is not None:
        shown |= {
            "firstError": event.first_error,
            "firstErrorLineNum": event.first_error_line,
            "firstErrorCharacterPos": event.first_error_character,
            "firstErrorColumnName": event.first_error_column,
            "systemError": None,
        }
    return shown
