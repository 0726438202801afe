"""Reading dates and times from text. Vendor page: "Date and time input and output formats".

A moment is read into naive local parts and, where the text has one, an offset from UTC in minutes.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dw_simulator.emulators.snowflake.translation.environment import USUAL_CENTURY
from dw_simulator.emulators.snowflake.translation.text import literal

_MONTHS = {
    name: index
    for index, name in enumerate(
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], 1
    )
}
_FULL_MONTHS = [
    "JANUARY",
    "FEBRUARY",
    "MARCH",
    "APRIL",
    "MAY",
    "JUNE",
    "JULY",
    "AUGUST",
    "SEPTEMBER",
    "OCTOBER",
    "NOVEMBER",
    "DECEMBER",
]
_DATE = r"(?P<y>\d{1,5})-(?P<mo>\d{1,2})-(?P<d>\d{1,2})"
_CLOCK = r"(?P<h>\d{1,2})(?::(?P<mi>\d{1,2})(?::(?P<s>\d{1,2})(?:\.(?P<f>\d{0,9}))?)?)?"
_ZONE = r"\s*(?P<z>Z|UTC|GMT|[+-]\d{1,2}(?::?\d{2})?)?"
_MONTH_NAME = r"(?P<mon>[A-Za-z]{3,9})"
_AUTO = [
    re.compile(pattern, re.I)
    for pattern in (
        rf"{_DATE}(?:[T ]\s*{_CLOCK}{_ZONE})?",
        rf"(?P<y>\d{{4}})/(?P<mo>\d{{1,2}})/(?P<d>\d{{1,2}})(?:\s+{_CLOCK}{_ZONE})?",
        rf"(?P<d>\d{{1,2}})-{_MONTH_NAME}-(?P<y>\d{{4}})(?:\s+{_CLOCK}{_ZONE})?",
        rf"(?P<mo>\d{{1,2}})/(?P<d>\d{{1,2}})/(?P<y>\d{{4}})(?:\s+{_CLOCK}{_ZONE})?",
        rf"(?:[A-Za-z]{{3}},\s*)(?P<d>\d{{1,2}})\s+{_MONTH_NAME}\s+(?P<y>\d{{4}})\s+{_CLOCK}\s*(?P<ap>[AP]M)?{_ZONE}",
        rf"[A-Za-z]{{3}}\s+{_MONTH_NAME}\s+(?P<d>\d{{1,2}})\s+{_CLOCK}{_ZONE}\s+(?P<y>\d{{4}})",
        r"(?P<y>\d{4})-(?P<mo>\d{1,2})",
    )
]
_TIME = re.compile(rf"{_CLOCK}\s*(?P<ap>[AP]M)?{_ZONE}", re.I)
_EPOCH = re.compile(r"-?\d+")
EPOCH_DATE = dt.datetime(1970, 1, 1)


_EPOCH_ORDINAL = EPOCH_DATE.toordinal()
_CYCLE_YEARS, _CYCLE_DAYS = 400, 146_097
_DAY_MICROSECONDS = 86_400_000_000


class Moment(NamedTuple):
    """``cycles`` times 400 years, after which the calendar repeats itself, are to be added to ``local``: Python's years
    end with 9999.
    """

    local: dt.datetime
    offset: int | None
    cycles: int = 0
    counted: bool = False
    """Whether it is a number since the epoch, so ``local`` is in UTC and a TIMESTAMP_TZ gets the session's zone."""

    @property
    def year(self) -> int:
        return self.local.year + self.cycles * _CYCLE_YEARS

    def days(self) -> int:
        """Days since the epoch."""
        return self.local.toordinal() - _EPOCH_ORDINAL + self.cycles * _CYCLE_DAYS

    def microseconds(self) -> int:
        """Microseconds from the epoch to the local moment."""
        local = self.local
        seconds = (local.hour * 60 + local.minute) * 60 + local.second
        return self.days() * _DAY_MICROSECONDS + seconds * 1_000_000 + local.microsecond

    def offset_in(self, zone: str) -> dt.timedelta:
        """The offset from UTC: a text without one is in the session's ``zone``."""
        if self.offset is not None:
            return dt.timedelta(minutes=self.offset)
        return self.local.replace(tzinfo=ZoneInfo(zone)).utcoffset() or dt.timedelta()

    def instant(self, zone: str) -> int:
        """Microseconds from the epoch to the moment in UTC."""
        return self.microseconds() - self.offset_in(zone) // dt.timedelta(microseconds=1)

    def zoned(self, zone: str) -> tuple[int, int]:
        """The moment in UTC as microseconds, and its offset in minutes, with which the local moment is as written.

        Offsets of the years before zones were agreed on have seconds.
        """
        if self.counted:
            here = ZoneInfo(zone).fromutc(self.local.replace(tzinfo=ZoneInfo(zone))).utcoffset() or dt.timedelta()
            return self.microseconds(), int(here / dt.timedelta(minutes=1))
        minutes = int(self.offset_in(zone) / dt.timedelta(minutes=1))
        return self.microseconds() - minutes * 60_000_000, minutes


def parse(text: str, kind: str, form: str = "AUTO", century: int = USUAL_CENTURY) -> Moment | None:
    """``text`` as a moment (``kind`` is DATE, TIME or TIMESTAMP_*), or None if it is not one.

    Years of two digits are those from ``century`` on.
    """
    text = text.strip()
    if form.upper() == "AUTO":
        return _parse_auto(text, kind)
    match = _compiled(form).fullmatch(text)
    return _moment(match, century) if match else None


def _parse_auto(text: str, kind: str) -> Moment | None:
    if _EPOCH.fullmatch(text):
        return _epoch(int(text))
    if kind == "TIME":
        match = _TIME.fullmatch(text)
        if match and ":" in text:
            return _moment(match)
    for pattern in _AUTO:
        match = pattern.fullmatch(text)
        if match:
            return _moment(match)
    return None


def _epoch(value: int) -> Moment | None:
    """A number in text: seconds, milli-, micro- or nanoseconds, by its size."""
    size = abs(value)
    scale = 1 if size < 31536000000 else 1000 if size < 31536000000000 else 10**6 if size < 31536000000000000 else 10**9
    try:
        return Moment(EPOCH_DATE + dt.timedelta(microseconds=value * 10**6 // scale), 0, counted=True)
    except OverflowError:
        return None


def _moment(match: re.Match[str], century: int = USUAL_CENTURY) -> Moment | None:
    part = match.groupdict()
    month = part.get("mo")
    name = part.get("mon")
    if name and name[:3].upper() not in _MONTHS:
        return None
    try:
        year = int(part.get("y") or 1970)
        if part.get("yy"):
            year = century + (int(part["yy"]) - century) % 100
        hour = int(part.get("h") or 0)
        if part.get("ap"):
            hour = hour % 12 + (12 if part["ap"][0].upper() == "P" else 0)
        fraction = ((part.get("f") or "") + "000000")[:6]
        cycles = max(0, (year - dt.MAXYEAR + _CYCLE_YEARS - 1) // _CYCLE_YEARS)
        local = dt.datetime(
            year - cycles * _CYCLE_YEARS,
            _MONTHS[name[:3].upper()] if name else int(month or 1), int(part.get("d") or 1),
            hour, int(part.get("mi") or 0), int(part.get("s") or 0), int(fraction),
        )  # fmt: skip
    except ValueError:
        return None
    return Moment(local, _offset(part.get("z"), part.get("zm")), cycles)


def _offset(zone: str | None, minutes: str | None = None) -> int | None:
    if zone is None:
        return None
    if zone.upper() in ("Z", "UTC", "GMT"):
        return 0
    hours, _, rest = zone[1:].partition(":")
    if not rest:
        hours, rest = (hours[:-2], hours[-2:]) if len(hours) > 2 else (hours, "0")
    value = int(hours) * 60 + int(minutes or rest)
    return -value if zone[0] == "-" else value


_ANY_MONTH = rf"(?P<mon>{'|'.join(_FULL_MONTHS)}|{'|'.join(_MONTHS)})"
"""Both elements for months read both forms."""
_PATTERNS = {
    "YYYY": r"(?P<y>\d{1,4})", "UUUU": r"(?P<y>\d{4})", "YY": r"(?P<yy>\d{1,2})", "MM": r"(?P<mo>\d{1,2})",
    "MON": _ANY_MONTH, "MMMM": _ANY_MONTH, "DD": r"(?P<d>\d{1,2})", "Y": r"(?P<yy>\d{1,2})",
    "MO": r"(?P<mo>\d{1,2})", "D": r"(?P<d>\d{1,2})", "H24": r"(?P<h>\d{1,2})", "H12": r"(?P<h>\d{1,2})",
    "H": r"(?P<h>\d{1,2})", "ME": r"(?P<mi>\d{1,2})", "S": r"(?P<s>\d{1,2})", "P": r"(?P<ap>[AP])",
    "DY": r"[A-Za-z]{3}", "HH24": r"(?P<h>\d{1,2})", "HH12": r"(?P<h>\d{1,2})", "HH": r"(?P<h>\d{1,2})",
    "AM": r"(?P<ap>[AP]M)", "PM": r"(?P<ap>[AP]M)", "MI": r"(?P<mi>\d{1,2})", "SS": r"(?P<s>\d{1,2})",
    "TZH": r"(?P<z>[+-]\d{1,2}|Z)", "TZM": r"(?P<zm>\d{1,2})", "TZHTZM": r"(?P<z>Z|[+-]\d{1,2}:?\d{2})",
    "TZH:TZM": r"(?P<z>Z|[+-]\d{1,2}(?::\d{1,2}|\d{2}))",
}  # fmt: skip


@lru_cache(maxsize=512)
def _compiled(form: str) -> re.Pattern[str]:
    from dw_simulator.emulators.snowflake.translation.formats import elements

    pattern, seen, after = "", set(), False
    for element in elements(form):
        upper = element.upper()
        piece = _PATTERNS.get(upper)
        if upper.startswith("FF"):
            piece = r"(?P<f>\d{1,9})"
        if piece is None:
            after = False
            piece = re.escape(element[1:-1] if element.startswith('"') else element)
        else:  # a value may have blanks between two elements where its format has none
            piece, after = (r"\s*" if after else "") + piece, True
        for name in re.findall(r"\?P<(\w+)>", piece):
            if name in seen:
                piece = piece.replace(f"?P<{name}>", "?:")
            seen.add(name)
        pattern += piece
    return re.compile(pattern, re.I)


# --- what a moment is as a value of a type ----------------------------------------------------------------------------
def _instant_sql(microseconds: int) -> str:
    try:
        utc = EPOCH_DATE + dt.timedelta(microseconds=microseconds)
    except OverflowError:
        return f"make_timestamptz({microseconds})"
    return f"TIMESTAMPTZ {literal(utc.isoformat(sep=' ') + '+00')}"


def parse_constant(text: str, kind: str, form: str, reading: str) -> str | None:
    """SQL of the value that ``text`` stands for, None if it stands for none. ``reading``: see the environment's."""
    zone, _, century = reading.partition("|")
    moment = parse(text, kind, form, int(century or USUAL_CENTURY))
    if moment is None:
        return None
    date = f"{moment.year:04d}{moment.local.date().isoformat()[4:]}"
    clock = moment.local.time().isoformat()
    match kind:
        case "DATE":
            return f"DATE '{date}'"
        case "TIME":
            return f"TIME '{clock}'"
        case "TIMESTAMP_NTZ":
            return f"TIMESTAMP '{date} {clock}'"
    if kind == "TIMESTAMP_LTZ":
        return _instant_sql(moment.instant(zone))
    instant, minutes = moment.zoned(zone)
    return f"{{'value': {_instant_sql(instant)}, 'offset_minutes': CAST({minutes} AS INTEGER)}}"
