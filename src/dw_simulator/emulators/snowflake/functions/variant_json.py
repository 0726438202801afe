"""Reading and writing the JSON text of VARIANT values: PARSE_JSON, results, and functions that walk values.

A walked value is Python's: dict, list, str, bool, None (JSON null), int, Decimal, float (FLOAT), ``UNDEFINED`` and
:class:`Tagged` (dates, times, binary).
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.runtime import udf
from dw_simulator.emulators.snowflake.parameters import SessionParameters
from dw_simulator.emulators.snowflake.translation.formats import elements
from dw_simulator.emulators.snowflake.translation.variants import TAG


class Undefined:
    """An SQL NULL inside an array."""

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED = Undefined()


class Ordered(dict[str, Any]):
    """A structured OBJECT, whose keys have the order of its type."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """A value that JSON has no type for: the letter of its tag (see ``translation.variants``) and its text."""

    letter: str
    text: str


# --- canonical text ---------------------------------------------------------------------------------------------------
def dumps(value: Any) -> str:
    """A walked value as canonical text."""
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return json.dumps(f"{TAG}S{value}" if value.startswith(TAG) else value, ensure_ascii=False)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, float):
        return f'"{TAG}F{value!r}"'
    if isinstance(value, list):
        return "[" + ",".join(dumps(item) for item in value) + "]"
    if isinstance(value, dict):
        items: Iterable[tuple[str, Any]] = value.items()
        if not isinstance(value, Ordered):
            items = sorted(items, key=lambda pair: pair[0].encode("utf-8", "surrogatepass"))
        return "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{dumps(v)}" for k, v in items) + "}"
    if isinstance(value, Tagged):
        return f'"{TAG}{value.letter}{value.text}"'
    if value is UNDEFINED:
        return f'"{TAG}U"'
    raise TypeError(type(value).__name__)


def number_text(value: Decimal) -> str:
    """A decimal without trailing zeros; one with more digits than a double holds is tagged."""
    text = format(value.normalize() if value else Decimal(0), "f")
    if "." in text and len(text) > 16:
        return f'"{TAG}n{text}"'
    return text


def loads(text: str) -> Any:
    """Canonical text as a walked value."""
    return _walk(json.loads(text, parse_float=Decimal))


def _walk(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(TAG):
        letter, rest = value[1:2], value[2:]
        match letter:
            case "F":
                return float(rest)
            case "n":
                return Decimal(rest)
            case "U":
                return UNDEFINED
            case "S":
                return rest
        return Tagged(letter, rest)
    if isinstance(value, list):
        return [_walk(item) for item in value]
    if isinstance(value, dict):
        return {key: _walk(item) for key, item in value.items()}
    return value


# --- PARSE_JSON -------------------------------------------------------------------------------------------------------
_FAST = re.compile(r"[0-9][eE][-+0-9]|\d{16}|\.\d*0\b|\d\.\d{15}|-0\b|" + TAG)
_TOKEN = re.compile(
    r"""\s*(?:(?P<punct>[\[\]{}:,])|(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<number>[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)(?![\w]))|(?P<word>-(?:Infinity|inf)\b|[A-Za-z_$][\w$-]*))""",
    re.X | re.S,
)
_WORDS = {"true": True, "false": False, "null": None}


class _LenientParser:
    """JSON as Snowflake reads it: bare keys, single quotes, holes in arrays, trailing commas, NaN."""

    def __init__(self, text: str, allow_duplicates: bool = False) -> None:
        self.text = text
        self.at = 0
        self.start = 0
        self.kind = ""
        self.value = ""
        self.allow_duplicates = allow_duplicates
        self.advance()

    def advance(self) -> None:
        match = _TOKEN.match(self.text, self.at)
        if match is None:
            if rest := self.text[self.at :].lstrip():
                if rest[0] in "\"'":
                    raise self.error("unfinished string", len(self.text))
                raise self.error(f"invalid character outside of a string: '{rest[0]}'", len(self.text) - len(rest))
            self.kind, self.value = "end", ""
            self.at = self.start = len(self.text)
            return
        self.kind, self.value = str(match.lastgroup), match.group(str(match.lastgroup))
        self.start, self.at = match.start(str(match.lastgroup)), match.end()

    def error(self, what: str, at: int | None = None) -> Exception:
        """Vendor page: "CHECK_JSON". Positions count from 1: of what does not belong there, or behind what ends."""
        return errors.JSON_NOT_PARSED(f"{what}, pos {(self.start if at is None else at) + 1}")

    def misplaced(self) -> Exception:
        return self.error(f"misplaced {'comma' if self.value == ',' else self.value}")

    def document(self) -> Any:
        value = self.parse()
        if self.kind != "end":
            is_document = self.kind == "string" or self.value in "[{"
            found = "more than one document in the input" if is_document else "garbage after valid input document"
            raise errors.JSON_NOT_PARSED(found)
        return value

    def parse(self) -> Any:
        kind, value = self.kind, self.value
        if kind == "punct" and value in "[{":
            self.advance()
            return self.array() if value == "[" else self.object()
        if kind == "string":
            self.advance()
            return _string(value)
        if kind == "number":
            self.advance()
            return _number(value)
        if kind == "word":
            return self.word(value)
        raise self.error("incomplete input") if kind == "end" else self.misplaced()

    def word(self, value: str) -> Any:
        lowered = value.lower()
        if lowered in _WORDS:
            self.advance()
            return _WORDS[lowered]
        if lowered in ("nan", "infinity", "inf", "-infinity", "-inf"):
            self.advance()
            return float(lowered)
        if lowered == "undefined":
            self.advance()
            return UNDEFINED
        raise self.error(f'unknown keyword "{value}"', self.at)

    def array(self) -> list[Any]:
        items: list[Any] = []
        if self.punct("]"):
            return items
        while True:
            if self.kind == "punct" and self.value in ",]":
                items.append(UNDEFINED)
            else:
                items.append(self.parse())
            if self.punct("]"):
                return items
            if not self.punct(","):
                raise self.error("missing comma" if self.kind != "end" else "incomplete array value")

    def object(self) -> dict[str, Any]:
        items: dict[str, Any] = {}
        if self.punct("}"):
            return items
        while True:
            closes = self.at - 1
            key = self.key()
            if key in items and not self.allow_duplicates:
                raise self.error(f'duplicate object attribute "{key}"', closes)
            if not self.punct(":"):
                raise self.error("missing colon" if self.kind != "end" else "incomplete object value")
            if self.kind == "end":
                raise self.error("incomplete object value")
            items[key] = self.parse()
            if self.punct("}"):
                return items
            if not self.punct(","):
                raise self.error("missing comma" if self.kind != "end" else "incomplete object value")
            if self.punct("}"):
                return items

    def key(self) -> str:
        kind, value = self.kind, self.value
        if kind not in ("string", "word", "number"):
            raise self.error("incomplete object value") if kind == "end" else self.misplaced()
        self.advance()
        return _string(value) if kind == "string" else value

    def punct(self, sign: str) -> bool:
        if self.kind != "punct" or self.value != sign:
            return False
        self.advance()
        return True


def _string(token: str) -> str:
    body = token[1:-1]
    if "\\" not in body:
        return body
    try:
        text: str = json.loads(
            '"' + body.replace("\\'", "'").replace('"', '\\"' if token[0] == "'" else '"') + '"', strict=False
        )
    except ValueError:
        raise errors.JSON_NOT_PARSED(f"bad escape in {token}") from None
    return text


def _number(token: str) -> Any:
    if "e" in token.lower():
        return float(token)
    return Decimal(token) if "." in token else int(token)


def parse_json(text: str, allow_duplicates: bool = False) -> str | None:
    """Text as canonical text. Raises SnowflakeError 100069."""
    if not _FAST.search(text):
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError:
            value = None
        else:
            if not isinstance(value, dict | list) or not _has_duplicates(text, value):
                return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    if not text.strip():
        return None
    return dumps(_LenientParser(text, allow_duplicates).document())


def _has_duplicates(text: str, value: Any) -> bool:
    """Whether an object in ``text`` repeats a key: there are then more colons than the value accounts for."""
    return text.count(":") != orjson.dumps(value).count(b":")


def try_parse_json(text: str) -> str | None:
    try:
        return parse_json(text)
    except errors.SnowflakeError:
        return None


udf("sf_parse_json", "VARCHAR", "VARCHAR")(parse_json)
udf("sf_try_parse_json", "VARCHAR", "VARCHAR")(try_parse_json)


@udf("sf_variant_number", "VARCHAR", "VARCHAR")
def _variant_number(text: str) -> str:
    return number_text(Decimal(text))


@udf("sf_object", "VARCHAR[] VARCHAR[] BOOLEAN", "VARCHAR")
def _object(keys: list[str | None], values: list[str | None], keep_null: bool) -> str:
    made: dict[str, str] = {}
    for key, value in zip(keys, values, strict=True):
        if key is None or (value is None and not keep_null):
            continue
        if key in made:
            raise errors.DUPLICATE_KEY(key)
        made[key] = value if value is not None else "null"
    items = sorted(made.items(), key=lambda pair: pair[0].encode())
    return "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{v}" for k, v in items) + "}"


# --- results ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Style:
    """How results print values: indent and the output formats of the session."""

    indent: int
    strict: bool
    date: str
    time: str
    ntz: str
    ltz: str
    tz: str
    zone: str

    @classmethod
    def of(cls, parameters: SessionParameters) -> Style:
        text = parameters.text
        general = text("TIMESTAMP_OUTPUT_FORMAT")
        return cls(
            parameters.number("JSON_INDENT"),
            parameters.flag("STRICT_JSON_OUTPUT"),
            text("DATE_OUTPUT_FORMAT"),
            text("TIME_OUTPUT_FORMAT"),
            text("TIMESTAMP_NTZ_OUTPUT_FORMAT") or general,
            text("TIMESTAMP_LTZ_OUTPUT_FORMAT") or general,
            text("TIMESTAMP_TZ_OUTPUT_FORMAT") or general,
            text("TIMEZONE"),
        )


def style_of(parameters: SessionParameters) -> Style:
    return Style.of(parameters)


DEFAULT_STYLE = Style.of(SessionParameters())
_COMPACT = Style(**{**{name: getattr(DEFAULT_STYLE, name) for name in Style.__slots__}, "indent": 0})


def display(text: str, style: Style) -> str:
    """Canonical text as results show it: indented, with what JSON has no type for in the session's formats."""
    if text.startswith(XML_START):
        shown = _xml(text, pretty=True)
        if shown is not None:
            return shown
    if TAG not in text:
        if text[:1] not in "[{":
            return text
        if style.indent == 2 and not re.search(r"\d{16}|0\.0000", text):
            return orjson.dumps(orjson.loads(text), option=orjson.OPT_INDENT_2).decode()
    return _render(loads(text), style, 0)


XML_START = '{"$":'
"""How an XML element begins as canonical text."""


def _xml(text: str, *, pretty: bool) -> str | None:
    """An XML element as XML; None if ``text`` is no element."""
    from dw_simulator.emulators.snowflake.functions import xml

    value = loads(text)
    if not xml.is_element(value):
        return None
    return xml.pretty(value) if pretty else xml.compact(value)


def _render(value: Any, style: Style, depth: int) -> str:
    if isinstance(value, dict):
        if not value:
            return "{}"
        parts = [
            f"{json.dumps(key, ensure_ascii=False)}:{' ' if style.indent else ''}{_render(item, style, depth + 1)}"
            for key, item in value.items()
        ]
        return _bracketed("{", parts, "}", style, depth)
    if isinstance(value, list):
        if not value:
            return "[]"
        return _bracketed("[", [_render(item, style, depth + 1) for item in value], "]", style, depth)
    if isinstance(value, Tagged):
        return json.dumps(tagged_text(value, style), ensure_ascii=False)
    if isinstance(value, float):
        return float_text(value, style.strict)
    if value is UNDEFINED:
        return "null" if style.strict else "undefined"
    if isinstance(value, Decimal):
        return format(value, "f")
    return json.dumps(value, ensure_ascii=False)


def _bracketed(left: str, parts: list[str], right: str, style: Style, depth: int) -> str:
    if not style.indent:
        return left + ",".join(parts) + right
    inner, outer = " " * style.indent * (depth + 1), " " * style.indent * depth
    return f"{left}\n{inner}" + f",\n{inner}".join(parts) + f"\n{outer}{right}"


def float_text(value: float, strict: bool = False) -> str:
    """A FLOAT inside a VARIANT."""
    if value != value or value in (float("inf"), float("-inf")):
        text = "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
        return f'"{text}"' if strict else text
    return f"{value:.15e}"


def tagged_text(value: Tagged, style: Style) -> str:
    match value.letter:
        case "D":
            return format_moment(dt.datetime.fromisoformat(value.text), None, style.date)
        case "t":
            return format_moment(dt.datetime.fromisoformat(f"1970-01-01 {value.text}"), None, style.time)
        case "N":
            return format_moment(_datetime(value.text), None, style.ntz)
        case "L":
            return _zoned(value.text, style)
        case "Z":
            text, _, offset = value.text.rpartition(" ")
            return format_moment(_datetime(text), _minutes(offset), style.tz)
    return value.text


def _zoned(text: str, style: Style) -> str:
    from zoneinfo import ZoneInfo

    moment = _datetime(text).replace(tzinfo=dt.UTC).astimezone(ZoneInfo(style.zone))
    offset = int((moment.utcoffset() or dt.timedelta()).total_seconds() // 60)
    return format_moment(moment.replace(tzinfo=None), offset, style.ltz)


@lru_cache(maxsize=4096)
def _datetime(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _minutes(text: str) -> int:
    return (-1 if text[0] == "-" else 1) * (int(text[1:3]) * 60 + int(text[3:5]))


def _part(element: str, moment: dt.datetime, offset: int | None) -> str:
    upper = element.upper()
    if upper.startswith("FF"):
        return f"{moment.microsecond:06d}000"[: int(upper[2:] or 9)]
    if upper.startswith("TZ"):
        if offset is None:
            return ""
        hours, minutes = f"{'-' if offset < 0 else '+'}{abs(offset) // 60:02d}", f"{abs(offset) % 60:02d}"
        return {"TZH": hours, "TZM": minutes, "TZHTZM": hours + minutes}.get(upper, f"{hours}:{minutes}")
    if upper in _FORMAT:
        return f"{moment.year:04d}" if upper in ("YYYY", "UUUU") else moment.strftime(_FORMAT[upper])
    return element[1:-1] if element.startswith('"') else element


_FORMAT = {
    "YYYY": "%Y", "UUUU": "%Y", "YY": "%y", "MMMM": "%B", "MON": "%b", "MM": "%m", "DD": "%d", "DY": "%a",
    "HH24": "%H", "HH": "%H", "HH12": "%I", "AM": "%p", "PM": "%p", "MI": "%M", "SS": "%S",
}  # fmt: skip


def format_moment(moment: dt.datetime, offset: int | None, form: str) -> str:
    """A moment in an output format; zone elements are left out of one without an offset."""
    return "".join(_part(element, moment, offset) for element in elements(form)).rstrip()


def from_display(text: str) -> str:
    """Canonical text of a value as a result shows it (types that JSON lacks come back as strings)."""
    return dumps(_LenientParser(text, True).document())


@udf("sf_variant_text", "VARCHAR", "VARCHAR")
def _variant_text(text: str) -> str | None:
    if text.startswith(XML_START):
        shown = _xml(text, pretty=False)
        if shown is not None:
            return shown
    value = loads(text)
    if isinstance(value, Tagged):
        return tagged_text(value, DEFAULT_STYLE)
    if isinstance(value, float):
        whole = value == int(value) if abs(value) < 1e15 else False
        return str(int(value)) if whole else repr(value)
    if isinstance(value, str):
        return value
    return None if value is UNDEFINED else _render(value, _COMPACT, 0)


@udf("sf_json_plain", "VARCHAR", "VARCHAR")
def _json_plain(text: str) -> str:
    if text.startswith(XML_START):
        shown = _xml(text, pretty=False)
        if shown is not None:
            return shown
    return _render(loads(text), _COMPACT, 0)
