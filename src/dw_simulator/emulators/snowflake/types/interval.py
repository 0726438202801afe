"""Interval types and values. Vendor page: "Date & time data types" (interval data types).

A year-month interval is kept as its months, a day-time interval as its nanoseconds. A type has its fields (``length``
of :class:`SnowflakeType` is their code on the wire), the digits of the first one (``precision``) and of fractional
seconds (``scale``, where there are seconds).
"""

from __future__ import annotations

import re
from dataclasses import replace

from dw_simulator.emulators.snowflake.types.model import SnowflakeType

YEAR_MONTH, DAY_TIME = "INTERVAL_YEAR_MONTH", "INTERVAL_DAY_TIME"
NAMES = frozenset({YEAR_MONTH, DAY_TIME})
QUALIFIERS = (
    "YEAR TO MONTH", "YEAR", "MONTH", "DAY TO SECOND", "DAY TO MINUTE", "DAY TO HOUR", "DAY", "HOUR TO SECOND",
    "HOUR TO MINUTE", "HOUR", "MINUTE TO SECOND", "MINUTE", "SECOND",
)  # fmt: skip
"""In the order of their codes."""
FIELDS = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")
UNITS = {
    "YEAR": 12, "MONTH": 1,
    "DAY": 86_400_000_000_000, "HOUR": 3_600_000_000_000, "MINUTE": 60_000_000_000, "SECOND": 1_000_000_000,
}  # fmt: skip
MOST_DIGITS = 9
_LIMITS = {"MONTH": 12, "HOUR": 24, "MINUTE": 60, "SECOND": 60}


def make(qualifier: str, precision: int = MOST_DIGITS, scale: int = MOST_DIGITS) -> SnowflakeType:
    """The type of the fields ``qualifier`` (``DAY TO SECOND``)."""
    code = QUALIFIERS.index(qualifier)
    name = YEAR_MONTH if code < 3 else DAY_TIME
    return SnowflakeType(name, precision=precision, scale=scale if qualifier.endswith("SECOND") else None, length=code)


def fields_of(kind: SnowflakeType) -> tuple[str, ...]:
    """The fields from the first to the last."""
    first, _, last = QUALIFIERS[kind.length or 0].partition(" TO ")
    return FIELDS[FIELDS.index(first) : FIELDS.index(last or first) + 1]


def sql_name(kind: SnowflakeType) -> str:
    first, _, last = QUALIFIERS[kind.length or 0].partition(" TO ")
    if first == "SECOND":
        return f"INTERVAL SECOND({kind.precision},{kind.scale})"
    ending = f" TO {last}" + (f"({kind.scale})" if last == "SECOND" else "") if last else ""
    return f"INTERVAL {first}({kind.precision}){ending}"


def plain_name(kind: SnowflakeType) -> str:
    return f"INTERVAL {QUALIFIERS[kind.length or 0]}"


def wire(kind: SnowflakeType) -> tuple[int, int]:
    """Precision and scale as drivers get them: both digits in one number, and the code of the fields."""
    return (kind.precision or 0) | (kind.scale or 0) << 4, kind.length or 0


def unit(kind: SnowflakeType) -> int:
    """What values are multiples of."""
    last = fields_of(kind)[-1]
    return 10 ** (9 - (kind.scale or 0)) if last == "SECOND" else UNITS[last]


def limit(kind: SnowflakeType) -> int:
    """What values are smaller than, without their sign."""
    most: int = 10 ** (kind.precision or 0)
    return most * UNITS[fields_of(kind)[0]]


def width(kind: SnowflakeType) -> int:
    """Bytes of a value, as SYSTEM$TYPEOF tells."""
    least = 2 if kind.name == YEAR_MONTH else 8
    return next(
        size for size in (1, 2, 4, 8, 16) if size >= least and (limit(kind) <= 2 ** (8 * size - 1) or size == 16)
    )


def described(kind: SnowflakeType, nullable: bool | None = None) -> str:
    """The type in messages of errors at run time."""
    nulls = kind.nullable if nullable is None else nullable
    precision, code = wire(kind)
    return f"{kind.name}[SB{width(kind)}]({precision},{code}){{{'nullable' if nulls else 'not null'}}}"


def span(first: SnowflakeType, second: SnowflakeType) -> SnowflakeType:
    """The type of a sum: the fields of both, with the larger numbers of digits."""
    fields = sorted({*fields_of(first), *fields_of(second)}, key=FIELDS.index)
    qualifier = fields[0] if len(fields) == 1 else f"{fields[0]} TO {fields[-1]}"
    return make(qualifier, max(first.precision or 0, second.precision or 0), max(first.scale or 0, second.scale or 0))


def common(first: SnowflakeType, second: SnowflakeType) -> SnowflakeType:
    """The type of branches and set operations: the fields of the first, with the larger numbers of digits."""
    scale = max(first.scale or 0, second.scale or 0) if first.scale is not None else None
    return replace(first, precision=max(first.precision or 0, second.precision or 0), scale=scale)


# --- texts ------------------------------------------------------------------------------------------------------------
def split(value: int, kind: SnowflakeType) -> list[int]:
    """A value without its sign in its fields; nanoseconds are a further one after seconds."""
    rest = abs(value)
    parts = []
    for name in fields_of(kind):
        part, rest = divmod(rest, UNITS[name])
        parts.append(part)
    if fields_of(kind)[-1] == "SECOND":
        parts.append(rest)
    return parts


def text_of(value: int, kind: SnowflakeType) -> str:
    """The interval format: ``+1-08``, ``-2 23:08:23.275``."""
    names, parts = fields_of(kind), split(value, kind)
    shown = ""
    for index, (name, part) in enumerate(zip(names, parts, strict=False)):
        before = "" if index == 0 else "-" if name == "MONTH" else " " if names[index - 1] == "DAY" else ":"
        shown += before + (str(part) if index == 0 else f"{part:02d}")
    if kind.scale:
        shown += "." + f"{parts[-1]:09d}"[: kind.scale]
    return ("-" if value < 0 else "+") + shown


class Invalid(Exception):
    """A text is no interval of the type; the message is Snowflake's."""


def parse(text: str, kind: SnowflakeType) -> int:
    """The value that ``text`` spells. Raises Invalid."""
    family = "Year-Month" if kind.name == YEAR_MONTH else "Day-Time"
    match = _pattern(kind).fullmatch(text.strip())
    if match is None:
        raise Invalid(
            f"{family} Interval '{text}' is invalid, expected format is '{_expected(kind)}' for subtype "
            f"{QUALIFIERS[kind.length or 0]}"
        )
    names = fields_of(kind)
    parts = [int(match.group(name)) for name in names]
    for name, part in zip(names[1:], parts[1:], strict=True):
        if part >= _LIMITS[name]:
            ranges = (
                "0 <= MONTH <= 11"
                if family == "Year-Month"
                else "0 <= HOUR <= 23, 0 <= MINUTE <= 59, 0 <= SECOND <= 59"
            )
            raise Invalid(f"{family} Interval '{text}' is invalid, required that {ranges}")
    fraction = (match.group("fraction") or "") if kind.scale is not None else ""
    if parts[0] >= 10 ** (kind.precision or 0) or len(fraction.rstrip("0")) > (kind.scale or 0):
        if family == "Year-Month":
            raise Invalid(
                f"Year-Month Interval '{text}' is invalid, value of leading field is greater than specified precision"
            )
        raise Invalid(
            f"Day-Time Interval is '{text}' invalid, value of leading or fractional second field is greater than "
            "specified precision/fsp"
        )
    value = sum(part * UNITS[name] for name, part in zip(names, parts, strict=True))
    value += int(fraction[:9].ljust(9, "0")) if fraction else 0
    return -value if match.group("sign") == "-" else value


def _pattern(kind: SnowflakeType) -> re.Pattern[str]:
    names = fields_of(kind)
    text = r"(?P<sign>[+-]?)"
    for index, name in enumerate(names):
        if index:
            text += "-" if name == "MONTH" else r"\s+" if names[index - 1] == "DAY" else ":"
        text += rf"(?P<{name}>\d{{1,{20 if index == 0 else 2}}})"
    return re.compile(text + (r"(?:\.(?P<fraction>\d*))?" if names[-1] == "SECOND" else ""))


_SHOWN = {"YEAR": "Y", "MONTH": "MM", "DAY": "D", "HOUR": "HH24", "MINUTE": "MM", "SECOND": "SS"}


def _expected(kind: SnowflakeType) -> str:
    names = fields_of(kind)
    text = "<sign>"
    for index, name in enumerate(names):
        if index:
            text += "-" if name == "MONTH" else " " if names[index - 1] == "DAY" else ":"
        text += _SHOWN[name] + ("(p)" if index == 0 else "")
    return text + (".F(fsp)" if names[-1] == "SECOND" else "")
