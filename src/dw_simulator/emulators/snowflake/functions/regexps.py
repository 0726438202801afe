"""Regular expressions in Snowflake's flavour. Vendor page: "String functions (regular expressions)".

Patterns are POSIX with Perl classes; what DuckDB's RE2 cannot say is done by Python functions that share one compile
step, so that parameters (c, i, m, e, s) mean the same everywhere.
"""

from __future__ import annotations

import re
from functools import lru_cache

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function
from dw_simulator.emulators.snowflake.functions.runtime import udf
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "Regular expressions"
_POSIX = {
    "alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z", "lower": "a-z", "space": r"\s",
    "punct": r"!-/:-@\[-`{-~", "blank": r" \t", "cntrl": r"\x00-\x1f\x7f", "xdigit": "0-9A-Fa-f", "print": r"\x20-\x7e",
    "graph": r"\x21-\x7e", "word": r"\w",
}  # fmt: skip


@lru_cache(maxsize=1024)
def compiled(pattern: str, parameters: str) -> re.Pattern[str]:
    """A pattern with Snowflake's parameters. Raises 100048."""
    flags = 0
    for letter in parameters:
        if letter == "i":
            flags |= re.I
        elif letter == "c":
            flags &= ~re.I
        elif letter == "m":
            flags |= re.M
        elif letter == "s":
            flags |= re.S
        elif letter != "e":
            raise errors.SnowflakeError(100048, "2201B", f"Invalid regular expression parameter: '{parameters}'")
    text = re.sub(r"\[:(\w+):\]", lambda match: _POSIX.get(match.group(1), match.group()), pattern)
    try:
        return re.compile(text, flags)
    except re.error as error:
        raise errors.SnowflakeError(100048, "2201B", f"Invalid regular expression: '{pattern}', {error}") from None


@udf("sf_regexp_matches", "VARCHAR VARCHAR VARCHAR", "BOOLEAN")
def _matches(text: str, pattern: str, parameters: str) -> bool:
    return compiled(pattern, parameters).fullmatch(text) is not None


@udf("sf_regexp_count", "VARCHAR VARCHAR BIGINT VARCHAR", "BIGINT")
def _count(text: str, pattern: str, start: int, parameters: str) -> int:
    if not pattern:
        return 0
    return sum(1 for match in compiled(pattern, parameters).finditer(text[_start(start) :]) if match.group())


def _start(position: int) -> int:
    if position < 1:
        raise errors.SnowflakeError(100049, "22023", f"Position must be positive: {position}")
    return position - 1


def _nth(text: str, pattern: str, occurrence: int, parameters: str) -> re.Match[str] | None:
    """``text`` begins at the start position: what is before it does not count, not even for anchors."""
    if occurrence < 1:
        raise errors.SnowflakeError(100049, "22023", f"Occurrence must be positive: {occurrence}")
    for index, match in enumerate(compiled(pattern, parameters).finditer(text), 1):
        if index == occurrence:
            return match
    return None


def _group(match: re.Match[str], parameters: str, group: int) -> int | None:
    """The group to look at: 1 with parameter ``e`` unless one is named; None if there is none."""
    if group < 0:
        group = 1 if "e" in parameters else 0
    if group > (match.re.groups or 0):
        return 0 if match.re.groups == 0 and "e" in parameters and group == 1 else None
    return group


@udf("sf_regexp_substr", "VARCHAR VARCHAR BIGINT BIGINT VARCHAR BIGINT", "VARCHAR")
def _substr(text: str, pattern: str, start: int, occurrence: int, parameters: str, group: int) -> str | None:
    match = _nth(text[_start(start) :], pattern, occurrence, parameters)
    if match is None:
        return None
    chosen = _group(match, parameters, group)
    return None if chosen is None else match.group(chosen)


@udf("sf_regexp_instr", "VARCHAR VARCHAR BIGINT BIGINT BIGINT VARCHAR BIGINT", "BIGINT")
def _instr(text: str, pattern: str, start: int, occurrence: int, option: int, parameters: str, group: int) -> int:
    if not pattern:
        return 0
    match = _nth(text[_start(start) :], pattern, occurrence, parameters)
    if match is None:
        return 0
    chosen = _group(match, parameters, group)
    if chosen is None or match.start(chosen) < 0:
        return 0
    return (match.end(chosen) if option else match.start(chosen)) + start


@udf("sf_regexp_replace", "VARCHAR VARCHAR VARCHAR BIGINT BIGINT VARCHAR", "VARCHAR")
def _replace(text: str, pattern: str, replacement: str, start: int, occurrence: int, parameters: str) -> str:
    regex = compiled(pattern, parameters)
    begin = _start(start)
    head, tail = text[:begin], text[begin:]
    template = _template(replacement)
    if occurrence == 0:
        return head + regex.sub(lambda match: _expand(template, match), tail)
    match = _nth(tail, pattern, occurrence, parameters)
    if match is None:
        return text
    return head + tail[: match.start()] + _expand(template, match) + tail[match.end() :]


@lru_cache(maxsize=512)
def _template(text: str) -> tuple[str | int, ...]:
    """A replacement cut into texts and group numbers."""
    parts: list[str | int] = []
    for piece in re.split(r"(\\\d|\\.)", text, flags=re.S):
        if re.fullmatch(r"\\\d", piece):
            parts.append(int(piece[1]))
        elif piece.startswith("\\") and len(piece) == 2:
            parts.append(piece[1])
        else:
            parts.append(piece)
    return tuple(parts)


def _expand(template: tuple[str | int, ...], match: re.Match[str]) -> str:
    return "".join(part if isinstance(part, str) else (match.group(part) or "") for part in template)


@udf("sf_regexp_all", "VARCHAR VARCHAR BIGINT BIGINT VARCHAR BIGINT", "VARCHAR[]")
def _all(text: str, pattern: str, start: int, occurrence: int, parameters: str, group: int) -> list[str | None]:
    found = []
    for index, match in enumerate(compiled(pattern, parameters).finditer(text[_start(start) :]), 1):
        if index >= occurrence:
            chosen = _group(match, parameters, group)
            found.append(None if chosen is None else match.group(chosen))
    return found


# --- lowering ---------------------------------------------------------------------------------------------------------
_SAFE = re.compile(r"(?:[\w \-.*+?^$@,;%#!~<>=/&'\"]|\[[\w\-. @]+\]|\\[dwsDWS.]|\((?!\?)|\)|\|)*")


def matches_sql(value: str, pattern: Typed, parameters: Typed | None) -> str:
    """Whether all of ``value`` matches. RE2 does it where it reads the pattern as Snowflake does."""
    plain = parameters is None or (parameters.is_const and parameters.const in ("", "c", "i", "s", None))
    if plain and pattern.is_const and isinstance(pattern.const, str) and _SAFE.fullmatch(pattern.const):
        compiled(pattern.const, "")
        option = f", '{parameters.const}'" if parameters is not None and parameters.const else ""
        return f"regexp_full_match({value}, {pattern.sql}{option})"
    return f"sf_regexp_matches({value}, {pattern.sql}, {parameters.sql if parameters is not None else literal('')})"


@function("REGEXP_LIKE RLIKE", CATEGORY, 2, 3)
def regexp_like(call: FunctionCall) -> Typed:
    value, pattern = call.as_(0, m.text()), call.as_(1, m.text())
    parameters = call.as_(2, m.text()) if call.count > 2 else None
    return Typed(matches_sql(value.sql, pattern, parameters), m.boolean())


def _arguments(call: FunctionCall, letters: str, defaults: list[str]) -> str:
    """Arguments by letters, defaults (SQL) for those left out."""
    parts = [call.sql(index, letter) for index, letter in enumerate(letters[: call.count])]
    parts += defaults[call.count :]
    casts = {"i": "BIGINT", "t": "VARCHAR"}
    return ", ".join(f"CAST({part} AS {casts[letter]})" for part, letter in zip(parts, letters, strict=True))


@function("REGEXP_COUNT", CATEGORY, 2, 4)
def regexp_count(call: FunctionCall) -> Typed:
    return Typed(f"sf_regexp_count({_arguments(call, 'ttit', ['', '', '1', literal('c')])})", m.number(18, 0))


@function("REGEXP_SUBSTR REGEXP_EXTRACT", CATEGORY, 2, 6)
def regexp_substr(call: FunctionCall) -> Typed:
    defaults = ["", "", "1", "1", literal("c"), "-1"]
    return Typed(f"sf_regexp_substr({_arguments(call, 'ttiiti', defaults)})", m.text())


@function("REGEXP_SUBSTR_ALL REGEXP_EXTRACT_ALL", CATEGORY, 2, 6)
def regexp_substr_all(call: FunctionCall) -> Typed:
    defaults = ["", "", "1", "1", literal("c"), "-1"]
    return Typed(f"sf.list_array(sf_regexp_all({_arguments(call, 'ttiiti', defaults)}))", m.array())


@function("REGEXP_INSTR", CATEGORY, 2, 7)
def regexp_instr(call: FunctionCall) -> Typed:
    defaults = ["", "", "1", "1", "0", literal("c"), "-1"]
    return Typed(f"sf_regexp_instr({_arguments(call, 'ttiiiti', defaults)})", m.number(18, 0))


@function("REGEXP_REPLACE", CATEGORY, 2, 6)
def regexp_replace(call: FunctionCall) -> Typed:
    defaults = ["", "", literal(""), "1", "0", literal("c")]
    return Typed(f"sf_regexp_replace({_arguments(call, 'tttiit', defaults)})", m.text())
