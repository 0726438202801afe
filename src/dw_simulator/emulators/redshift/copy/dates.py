"""DATEFORMAT and TIMEFORMAT: Redshift's patterns, the values of 'auto', and epochs.

Source: "DATEFORMAT and TIMEFORMAT strings", "Using automatic recognition with DATEFORMAT and TIMEFORMAT".
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

_PATTERNS = {
    "YYYY": "%Y",
    "YY": "%y",
    "MONTH": "%B",
    "MON": "%b",
    "MM": "%m",
    "DDD": "%j",
    "DD": "%d",
    "HH24": "%H",
    "HH12": "%I",
    "HH": "%H",
    "MI": "%M",
    "SS": "%S",
    "AM": "%p",
    "PM": "%p",
    "OF": "%z",
    "TZH": "%z",
    "TZ": "%Z",
    "DAY": "%A",
    "DY": "%a",
}
_TOKEN = re.compile("|".join(sorted(_PATTERNS, key=len, reverse=True)), re.I)

_AUTO_DATES = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y", "%m-%d-%y", "%y%m%d"),
    *("%b-%d-%Y", "%d-%b-%Y", "%B-%d-%Y", "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%Y.%j", "%d.%m.%Y"),
)
_AUTO_TIMES = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%H%M%S")
_FRACTION = re.compile(r"(\d{1,2}:\d{2}:\d{2})[.,](\d{1,6})\d*")
_ZONE = re.compile(r"\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$", re.I)
_EPOCH = datetime(1970, 1, 1)


@lru_cache(64)
def strptime_format(pattern: str) -> str:
    return _TOKEN.sub(lambda match: _PATTERNS[match.group().upper()], pattern.replace("%", "%%"))


def parse_date(text: str, pattern: str | None) -> date:
    """Raises ValueError when the text does not match the pattern (None: YYYY-MM-DD)."""
    if pattern is None:
        return parse_timestamp(text, None).date()
    if pattern.lower() == "auto":
        return parse_timestamp(text, "auto").date()
    return datetime.strptime(text, strptime_format(pattern)).date()


def parse_time(text: str, pattern: str | None) -> time:
    """Raises ValueError when the text is no time of day."""
    if pattern is None or pattern.lower() == "auto":
        return time.fromisoformat(text)
    return parse_timestamp(text, pattern).time()


def parse_timestamp(text: str, pattern: str | None) -> datetime:
    """Without a zone; one in the text is dropped, as a TIMESTAMP column does. Raises ValueError."""
    return _parse(text, pattern).replace(tzinfo=None)


def parse_timestamptz(text: str, pattern: str | None) -> datetime:
    """In UTC; a text without a zone is UTC. Raises ValueError."""
    value = _parse(text, pattern)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _parse(text: str, pattern: str | None) -> datetime:
    if pattern is None:
        return _iso(text)
    lowered = pattern.lower()
    if lowered == "epochsecs":
        return _EPOCH + timedelta(seconds=float(text))
    if lowered == "epochmillisecs":
        return _EPOCH + timedelta(milliseconds=float(text))
    if lowered == "auto":
        return _auto(text)
    plain, micros = _without_fraction(text)
    return datetime.strptime(plain, strptime_format(pattern)).replace(microsecond=micros)


def _iso(text: str) -> datetime:
    zone = _ZONE.search(text) if ":" in text else None
    plain = text[: zone.start()] if zone else text
    body, micros = _without_fraction(plain)
    value = datetime.fromisoformat(body).replace(microsecond=micros)
    return value.replace(tzinfo=_zone(zone.group(1))) if zone else value


def _zone(text: str) -> tzinfo | None:
    if text.upper() in ("Z", "UTC", "GMT"):
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    return datetime.strptime(text[0] + digits, "%z").tzinfo


def _without_fraction(text: str) -> tuple[str, int]:
    match = _FRACTION.search(text)
    if match is None:
        return text, 0
    return text[: match.end(1)] + text[match.end() :], int(match.group(2).ljust(6, "0"))


def _auto(text: str) -> datetime:
    try:
        return _iso(text)
    except ValueError:
        pass
    zone = _ZONE.search(text) if ":" in text else None
    plain, micros = _without_fraction(text[: zone.start()] if zone else text)
    for day in _AUTO_DATES:
        for pattern in (day, *(f"{day} {clock}" for clock in _AUTO_TIMES)):
            try:
                value = datetime.strptime(plain, pattern).replace(microsecond=micros)
            except ValueError:
                continue
            return value.replace(tzinfo=_zone(zone.group(1))) if zone else value
    raise ValueError(f"not a known date or time: {text}")
