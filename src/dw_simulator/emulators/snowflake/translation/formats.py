"""Output formats of dates and times as DuckDB SQL. Vendor page: "Date and time input and output formats"."""

from __future__ import annotations

import re

from dw_simulator.emulators.snowflake.translation.environment import Environment
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

ELEMENT = re.compile(
    r'"[^"]*"|YYYY|YY|MMMM|MON|MM|DD|DY|HH24|HH12|HH|AM|PM|MI|SS|FF\d?|TZH:TZM|TZHTZM|TZH|TZM|TZD|UUUU|.', re.I | re.S
)
_STRFTIME = {
    "YYYY": "%Y", "UUUU": "%Y", "YY": "%y", "MMMM": "%B", "MON": "%b", "MM": "%m", "DD": "%d", "DY": "%a",
    "HH24": "%H", "HH": "%H", "HH12": "%I", "AM": "%p", "PM": "%p", "MI": "%M", "SS": "%S",
}  # fmt: skip


def elements(form: str) -> list[str]:
    """A format cut into its elements; quoted parts keep their quotes."""
    return ELEMENT.findall(form)


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
