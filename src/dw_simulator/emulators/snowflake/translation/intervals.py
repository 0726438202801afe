"""INTERVAL literals. Vendor page: "Interval constants"."""

from __future__ import annotations

import re

from dw_simulator.emulators.snowflake import errors

PARTS: dict[str, str] = {}
for _names, _part in (
    ("YEAR Y YY YYY YYYY YR YEARS YRS", "YEAR"),
    ("QUARTER Q QTR QTRS QUARTERS", "QUARTER"),
    ("MONTH MM MON MONS MONTHS", "MONTH"),
    ("WEEK W WK WEEKOFYEAR WOY WY WEEKS", "WEEK"),
    ("DAY D DD DAYS DAYOFMONTH", "DAY"),
    ("HOUR H HH HR HOURS HRS", "HOUR"),
    ("MINUTE M MI MIN MINUTES MINS", "MINUTE"),
    ("SECOND S SEC SECONDS SECS", "SECOND"),
    ("MILLISECOND MS MSEC MILLISECONDS", "MILLISECOND"),
    ("MICROSECOND US USEC MICROSECONDS", "MICROSECOND"),
    ("NANOSECOND NS NSEC NANOSEC NSECOND NANOSECONDS NANOSECS NSECONDS", "NANOSECOND"),
    ("DAYOFWEEK WEEKDAY DOW DW", "DAYOFWEEK"),
    ("DAYOFWEEKISO WEEKDAY_ISO DOW_ISO DW_ISO DAYOFWEEK_ISO", "DAYOFWEEKISO"),
    ("DAYOFYEAR YEARDAY DOY DY", "DAYOFYEAR"),
    ("WEEKISO WEEK_ISO WEEKOFYEARISO WEEKOFYEAR_ISO", "WEEKISO"),
    ("YEAROFWEEK", "YEAROFWEEK"),
    ("YEAROFWEEKISO", "YEAROFWEEKISO"),
    ("EPOCH_SECOND EPOCH EPOCH_SECONDS", "EPOCH_SECOND"),
    ("EPOCH_MILLISECOND EPOCH_MILLISECONDS", "EPOCH_MILLISECOND"),
    ("EPOCH_MICROSECOND EPOCH_MICROSECONDS", "EPOCH_MICROSECOND"),
    ("EPOCH_NANOSECOND EPOCH_NANOSECONDS", "EPOCH_NANOSECOND"),
    ("TIMEZONE_HOUR TZH", "TIMEZONE_HOUR"),
    ("TIMEZONE_MINUTE TZM", "TIMEZONE_MINUTE"),
):
    PARTS.update(dict.fromkeys(_names.split(), _part))
"""Date parts and their abbreviations. Vendor page: "Date & time functions" (supported date and time parts)."""

_TERM = re.compile(r"\s*([+-]?\s*\d+)\s*([A-Za-z]*)\s*,?")


def date_part(word: str, function: str) -> str:
    """The date part that ``word`` abbreviates. Raises 001015-like error naming the function."""
    try:
        return PARTS[word.upper()]
    except KeyError:
        raise errors.SnowflakeError(
            1045,
            "22023",
            f"SQL compilation error:\n'{word}' is not a valid date/time component for function {function}.",
        ) from None


def parse_interval(text: str) -> list[tuple[int, str]]:
    """Amounts and parts, in order: ``'1 year, 3 days'``. A part left out means seconds."""
    terms: list[tuple[int, str]] = []
    at = 0
    while at < len(text.rstrip()):
        match = _TERM.match(text, at)
        if match is None:
            raise errors.SnowflakeError(1003, "42000", f"SQL compilation error:\ninvalid interval '{text}'")
        amount = int(match.group(1).replace(" ", ""))
        terms.append((amount, date_part(match.group(2) or "SECOND", "INTERVAL")))
        at = match.end()
    return terms
