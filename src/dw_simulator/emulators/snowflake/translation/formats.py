"""Output formats of dates and times as DuckDB SQL. Vendor page: "Date and time input and output formats"."""

from __future__ import annotations

import datetime as dt
import re

from dw_simulator.emulators.snowflake.translation.environment import Environment
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

ELEMENT = re.compile(
    r'"[^"]*"|(?<![a-z])(?:Y|MO|D|H|ME|S|P)(?![a-z0-9])|YYYY|YY|MMMM|MON|MM|MI|DD|DY|HH24|HH12|HH|H24|H12|AM|PM|SS|FF\d?'
    r"|TZH:TZM|TZHTZM|TZH|TZM|TZD|UUUU|(?P<other>.)",
    re.I | re.S,
)
_STRFTIME = {
    "YYYY": "%Y", "UUUU": "%Y", "YY": "%y", "MMMM": "%B", "MON": "%b", "MM": "%m", "DD": "%d", "DY": "%a",
    "HH24": "%H", "HH": "%H", "HH12": "%I", "AM": "%p", "PM": "%p", "MI": "%M", "SS": "%S",
    "Y": "%-y", "MO": "%-m", "D": "%-d", "H24": "%-H", "H": "%-H", "H12": "%-I", "ME": "%-M", "S": "%-S",
}  # fmt: skip


def elements(form: str) -> list[str]:
    """A format cut into its elements; quoted parts keep their quotes, and so has a letter that is no element there."""
    found = ((match.group(), match.group("other")) for match in ELEMENT.finditer(form))
    return [f'"{text}"' if other and other.isalpha() else text for text, other in found]


def output_format(kind: SnowflakeType, env: Environment) -> str:
    """The session's output format for a type."""
    if kind.name in ("DATE", "TIME"):
        return str(env.parameter(f"{kind.name}_OUTPUT_FORMAT"))
    return str(env.parameter(f"{kind.name}_OUTPUT_FORMAT") or env.parameter("TIMESTAMP_OUTPUT_FORMAT"))


def time_text(sql: str, kind: SnowflakeType, form: str | None, env: Environment) -> str:
    """SQL of a date, time or timestamp as text in a constant format (the session's one if None)."""
    form = form or output_format(kind, env)
    if kind.name == "DATE" and form.upper() == "YYYY-MM-DD":
        return f"CAST({sql} AS VARCHAR)"
    moment, offset = _moment(sql, kind)
    parts: list[str] = []
    pattern = ""
    for element in elements(form):
        upper = element.upper()
        if upper in _STRFTIME:
            pattern += _STRFTIME[upper]
        elif element.startswith('"'):
            pattern += element[1:-1].replace("%", "%%")
        elif upper == "P":
            pattern, parts = _flush(pattern, parts, moment)
            parts.append(f"left(strftime({moment}, '%p'), 1)")
        elif upper.startswith("FF"):
            pattern, parts = _flush(pattern, parts, moment)
            parts.append(_fraction(moment, int(upper[2:] or 9)))
        elif upper.startswith("TZ"):
            pattern, parts = _flush(pattern, parts, moment)
            if offset:
                parts.append(f"sf.offset_text({offset}, {literal(upper)})")
            elif kind.name != "TIMESTAMP_NTZ" or parts:
                parts = _drop_blank(parts)
        else:
            pattern += element.replace("%", "%%")
    pattern, parts = _flush(pattern, parts, moment)
    return "(" + " || ".join(parts) + ")" if parts else "''"


def varying_text(sql: str, kind: SnowflakeType, form: str, env: Environment) -> str:
    """SQL of a date, time or timestamp as text in the format that ``form``, SQL as well, gives for each row."""
    moment, offset = _moment(sql, kind)
    own = literal(output_format(kind, env))
    return f"sf_moment_text({moment}, {offset or 'NULL'}, CASE WHEN upper({form}) = 'AUTO' THEN {own} ELSE {form} END)"


def moment_text(moment: dt.datetime, offset: int | None, form: str) -> str:
    """A local timestamp in a format, as SQL of :func:`time_text` gives it. ``offset`` is in minutes, if it has one."""
    return "".join(_element_text(element, moment, offset) for element in elements(form))


def _element_text(element: str, moment: dt.datetime, offset: int | None) -> str:
    upper = element.upper()
    if upper in ("YYYY", "UUUU"):
        return f"{moment.year:04d}"
    if upper == "P":
        return "A" if moment.hour < 12 else "P"
    if upper in _STRFTIME:
        return moment.strftime(_STRFTIME[upper])
    if element.startswith('"'):
        return element[1:-1]
    if upper.startswith("FF"):
        return f"{moment.microsecond:06d}000"[: int(upper[2:] or 9)]
    if upper.startswith("TZ"):
        return "" if offset is None else _offset_text(offset, upper)
    return element


def _offset_text(offset: int, element: str) -> str:
    hours, minutes = f"{abs(offset) // 60:02d}", f"{abs(offset) % 60:02d}"
    if element == "TZM":
        return minutes
    colon = {"TZH:TZM": f":{minutes}", "TZHTZM": minutes}.get(element, "")
    return f"{'-' if offset < 0 else '+'}{hours}{colon}"


def _drop_blank(parts: list[str]) -> list[str]:
    return parts


def _flush(pattern: str, parts: list[str], moment: str) -> tuple[str, list[str]]:
    if pattern:
        parts = [*parts, f"strftime({moment}, {literal(pattern)})"]
    return "", parts


def _fraction(moment: str, digits: int) -> str:
    if digits == 0:
        return "''"
    text = f"lpad(CAST(microsecond({moment}) % 1000000 AS VARCHAR), 6, '0')"
    return f"left({text} || '000', {digits})"


def _moment(sql: str, kind: SnowflakeType) -> tuple[str, str | None]:
    """The local timestamp to print, and SQL of its offset in minutes if it has one."""
    match kind.name:
        case "TIME":
            return f"(DATE '1970-01-01' + {sql})", None
        case "TIMESTAMP_LTZ":
            return f"CAST({sql} AS TIMESTAMP)", f"(sf.tz_of({sql})).offset_minutes"
        case "TIMESTAMP_TZ":
            return f"sf.tz_local({sql})", f"({sql}).offset_minutes"
        case "DATE":
            return f"CAST({sql} AS TIMESTAMP)", None
    return sql, None
