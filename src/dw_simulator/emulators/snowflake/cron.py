"""Times of a cron expression. Vendor page: "CREATE TASK" (USING CRON)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIELDS = ((0, 59, ()), (0, 23, ()), (1, 31, ()), (1, 12, _MONTHS), (0, 7, _DAYS))
LONGEST_DAYS = 366 * 8
"""How far ahead a matching day is looked for: 29 February comes at the latest after eight years."""


@dataclass(frozen=True, slots=True)
class Cron:
    """Minutes, hours, days of the month, months and days of the week (Sunday is 0) in a time zone.

    ``any_day`` and ``any_weekday`` say that the field is ``*``: else a day that is in either field matches.
    """

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    any_weekday: bool
    last_day: bool
    zone: ZoneInfo

    def after(self, moment: dt.datetime) -> dt.datetime:
        """The first time after an aware moment. Raises ValueError when there is none."""
        local = moment.astimezone(self.zone).replace(second=0, microsecond=0) + dt.timedelta(minutes=1)
        day = local.date()
        for offset in range(LONGEST_DAYS):
            current = day + dt.timedelta(days=offset)
            if not self._matches(current):
                continue
            for hour in sorted(self.hours):
                for minute in sorted(self.minutes):
                    found = dt.datetime.combine(current, dt.time(hour, minute), self.zone)
                    if found >= local:
                        return found.astimezone(dt.UTC)
        raise ValueError("no time matches")

    def _matches(self, day: dt.date) -> bool:
        if day.month not in self.months:
            return False
        is_last = self.last_day and (day + dt.timedelta(days=1)).day == 1
        in_month = day.day in self.days or is_last
        in_week = day.isoweekday() % 7 in self.weekdays
        if self.any_day or self.any_weekday:
            return (self.any_day or in_month) and (self.any_weekday or in_week)
        return in_month or in_week


def parse(text: str) -> Cron:
    """``minute hour day month weekday zone``. Raises ValueError."""
    words = text.split()
    if len(words) != 6:
        raise ValueError("five fields and a time zone are needed")
    try:
        zone = ZoneInfo(words[5])
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"no time zone {words[5]}") from error
    last = words[2].upper() == "L"
    fields = ["1" if last and index == 2 else word for index, word in enumerate(words[:5])]
    sets = [_values(word, *bounds) for word, bounds in zip(fields, _FIELDS, strict=True)]
    days = frozenset() if last else sets[2]
    weekdays = frozenset(value % 7 for value in sets[4])
    return Cron(sets[0], sets[1], days, sets[3], weekdays, words[2] == "*", words[4] == "*", last, zone)


def _values(text: str, low: int, high: int, names: tuple[str, ...]) -> frozenset[int]:
    found: set[int] = set()
    for part in text.upper().split(","):
        span, _, step = part.partition("/")
        if span == "*":
            first, last = low, high
        else:
            start, dash, end = span.partition("-")
            first = _number(start, low, names)
            last = _number(end, low, names) if dash else (high if step else first)
        if not low <= first <= last <= high or (step and not step.isdigit()) or step == "0":
            raise ValueError(f"{part} is not between {low} and {high}")
        found.update(range(first, last + 1, int(step or 1)))
    return frozenset(found)


def _number(text: str, low: int, names: tuple[str, ...]) -> int:
    if text in names:
        return names.index(text) + low
    if not text.isdigit():
        raise ValueError(f"{text!r} is no number")
    return int(text)
