"""From the text of a field to a value of the column: whole columns at once, or one value with a reason for failure.

The fast way (`convert_column`) only accepts what is surely right and raises `Doubt` for the rest; then the exact way
(`convert_value`) decides each value. Source: "Data conversion parameters", "Load error reference".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from dw_simulator.emulators.redshift.copy import dates
from dw_simulator.emulators.redshift.copy.copy_command import CopyOptions
from dw_simulator.emulators.redshift.copy.errors import (
    BAD_BOOLEAN,
    BAD_DATE,
    BAD_DECIMAL,
    BAD_DIGIT,
    BAD_FLOAT,
    BAD_LINE,
    BAD_TIMESTAMP,
    NULL_IN_NOT_NULL,
    OUT_OF_RANGE,
)
from dw_simulator.emulators.redshift.copy.target import TargetColumn


class Doubt(Exception):
    """A column holds something that the fast way does not convert."""


class FieldError(Exception):
    """A value does not fit its column."""

    def __init__(self, code: int, reason: str, position: int = 0) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.position = position


# --- whole columns ---
def convert_column(texts: pa.Array, column: TargetColumn, options: CopyOptions) -> pa.Array:
    """Strings (None: NULL) to the column's Arrow type.

    Raises:
        Doubt: at least one value needs `convert_value`.
    """
    try:
        converted = _text_column(texts, column, options) if column.is_text else _typed_column(texts, column, options)
    except pa.ArrowInvalid as error:
        raise Doubt from error
    if column.not_null and converted.null_count:
        raise Doubt
    return converted


def _text_column(texts: pa.Array, column: TargetColumn, options: CopyOptions) -> pa.Array:
    if options.trim_blanks:
        texts = pc.utf8_rtrim(texts, " ")
    if options.empty_as_null or options.blanks_as_null:
        shown = pc.utf8_trim_whitespace(texts) if options.blanks_as_null else texts
        empty = pc.equal(shown, "") if options.empty_as_null else pc.and_(pc.equal(shown, ""), pc.not_equal(texts, ""))
        texts = pc.if_else(empty, pa.scalar(None, pa.string()), texts)
    if column.length:
        longest = pc.max(pc.binary_length(texts)).as_py()
        if longest is not None and longest > column.length:
            raise Doubt
    return texts


def _typed_column(texts: pa.Array, column: TargetColumn, options: CopyOptions) -> pa.Array:
    convert = _COLUMN_CONVERTERS.get(column.type)
    if convert is None:
        raise Doubt
    trimmed = pc.utf8_trim_whitespace(texts)
    trimmed = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
    return convert(trimmed, column, options)


def _integers(texts: pa.Array, column: TargetColumn, _: CopyOptions) -> pa.Array:
    if pc.any(pc.match_substring(texts, "x", ignore_case=True)).as_py():
        raise Doubt  # Arrow reads 0x1F as a number
    return texts.cast(column.arrow_type)


def _floats(texts: pa.Array, column: TargetColumn, _: CopyOptions) -> pa.Array:
    return texts.cast(column.arrow_type)


def _decimals(texts: pa.Array, column: TargetColumn, options: CopyOptions) -> pa.Array:
    if not options.round_decimals and column.precision:
        texts = pc.replace_substring_regex(texts, rf"^([^.]*\.\d{{{column.scale}}})\d+$", r"\1")
    return texts.cast(column.arrow_type)


_TRUE = ("t", "true", "1", "y", "yes")
_FALSE = ("f", "false", "0", "n", "no")


def _booleans(texts: pa.Array, _: TargetColumn, __: CopyOptions) -> pa.Array:
    index = pc.index_in(pc.utf8_lower(texts), value_set=pa.array([*_TRUE, *_FALSE]))
    if index.null_count != texts.null_count:
        raise Doubt
    return pc.less(index, len(_TRUE))


def _dates(texts: pa.Array, column: TargetColumn, options: CopyOptions) -> pa.Array:
    if options.date_format is not None and options.date_format.upper() not in ("AUTO", "YYYY-MM-DD"):
        raise Doubt
    return texts.cast(column.arrow_type)


def _times(texts: pa.Array, column: TargetColumn, options: CopyOptions) -> pa.Array:
    if options.time_format is not None and options.time_format.lower() != "auto":
        raise Doubt
    return texts.cast(column.arrow_type)


_COLUMN_CONVERTERS: dict[str, Callable[[pa.Array, TargetColumn, CopyOptions], pa.Array]] = {
    "int2": _integers,
    "int4": _integers,
    "int8": _integers,
    "float4": _floats,
    "float8": _floats,
    "numeric": _decimals,
    "bool": _booleans,
    "date": _dates,
    "time": _times,
    "timestamp": _times,
    "timestamptz": _times,
}


# --- one value ---
def convert_value(text: str | None, column: TargetColumn, options: CopyOptions) -> Any:
    """A Python value that Arrow takes for the column's type.

    Raises:
        FieldError: with the code and reason for stl_load_errors.
    """
    value = None if text is None else _convert(text, column, options)
    if value is None and column.not_null:
        raise FieldError(NULL_IN_NOT_NULL, "Missing data for not-null field")
    return value


def _convert(text: str, column: TargetColumn, options: CopyOptions) -> Any:
    if column.is_text:
        return _text(text, column, options)
    stripped = text.strip()
    return _CONVERTERS[column.type](stripped, column, options) if stripped else None


def _text(text: str, column: TargetColumn, options: CopyOptions) -> str | None:
    if options.trim_blanks or column.type == "bpchar":
        text = text.rstrip(" ")
    if (options.empty_as_null and not text) or (options.blanks_as_null and text and not text.strip()):
        return None
    data = text.encode()
    if column.length and len(data) > column.length:
        if not options.truncate_columns:
            raise FieldError(OUT_OF_RANGE, "String length exceeds DDL length", column.length)
        text = data[: column.length].decode(errors="ignore")
    return text


_RANGES = {"int2": 2**15, "int4": 2**31, "int8": 2**63}
_NAMES = {"int2": "Short", "int4": "Integer", "int8": "Long"}
_INTEGER = re.compile(r"[+-]?\d+")


def _integer(text: str, column: TargetColumn, _: CopyOptions) -> int:
    if not _INTEGER.fullmatch(text):
        match = _INTEGER.match(text)
        at = match.end() if match else 0
        raise FieldError(BAD_DIGIT, f"Invalid digit, Value '{text[at]}', Pos {at}, Type: {_NAMES[column.type]}", at)
    value = int(text)
    limit = _RANGES[column.type]
    if not -limit <= value < limit:
        raise FieldError(OUT_OF_RANGE, f"Overflow, Value '{text}', Type: {_NAMES[column.type]}")
    return value


def _float(text: str, column: TargetColumn, _: CopyOptions) -> float:
    try:
        return float(text)
    except ValueError:
        raise FieldError(BAD_FLOAT, f"Invalid digit, Value '{text[0]}', Pos 0, Type: {column.shown_type}") from None


def _decimal(text: str, column: TargetColumn, options: CopyOptions) -> Decimal:
    try:
        value = Decimal(text)
        if not value.is_finite():
            raise InvalidOperation
    except InvalidOperation:
        raise FieldError(BAD_DECIMAL, f"Invalid digit, Value '{text[0]}', Pos 0, Type: Decimal") from None
    rounding = ROUND_HALF_UP if options.round_decimals else ROUND_DOWN
    scaled = value.quantize(Decimal(1).scaleb(-column.scale), rounding)
    if column.precision and abs(scaled) >= Decimal(10) ** (column.precision - column.scale):
        raise FieldError(OUT_OF_RANGE, f"Numeric data overflow (result precision), Value '{text}'")
    return scaled


def _boolean(text: str, _: TargetColumn, __: CopyOptions) -> bool:
    lowered = text.lower()
    if lowered in _TRUE or lowered in _FALSE:
        return lowered in _TRUE
    raise FieldError(BAD_BOOLEAN, f"Unknown boolean format, Value '{text}'")


def _date(text: str, _: TargetColumn, options: CopyOptions) -> object:
    try:
        return dates.parse_date(text, options.date_format)
    except (ValueError, OverflowError):
        if options.accept_any_date:
            return None
        shown = options.date_format or "YYYY-MM-DD"
        raise FieldError(BAD_DATE, f"Invalid Date Format - {shown}") from None


def _time(parse: Callable[[str, str | None], object]) -> Callable[[str, TargetColumn, CopyOptions], object]:
    def convert(text: str, _: TargetColumn, options: CopyOptions) -> object:
        try:
            return parse(text, options.time_format)
        except (ValueError, OverflowError):
            if options.accept_any_date:
                return None
            shown = options.time_format or "YYYY-MM-DD HH24:MI:SS"
            raise FieldError(BAD_TIMESTAMP, f"Invalid timestamp format or value [{shown}]") from None

    return convert


def _super(text: str, _: TargetColumn, __: CopyOptions) -> str:
    try:
        return orjson.dumps(orjson.loads(text)).decode()
    except ValueError as error:
        raise FieldError(BAD_LINE, f"Invalid JSON format: {error}") from None


def _bytes(text: str, column: TargetColumn, options: CopyOptions) -> bytes:
    try:
        value = bytes.fromhex(text)
    except ValueError:
        raise FieldError(BAD_DIGIT, f"Invalid hexadecimal digit, Value '{text[:20]}'") from None
    if column.length and len(value) > column.length:
        if not options.truncate_columns:
            raise FieldError(OUT_OF_RANGE, "Varbyte length exceeds DDL length", column.length)
        value = value[: column.length]
    return value


_CONVERTERS: dict[str, Callable[[str, TargetColumn, CopyOptions], object]] = {
    "int2": _integer,
    "int4": _integer,
    "int8": _integer,
    "float4": _float,
    "float8": _float,
    "numeric": _decimal,
    "bool": _boolean,
    "date": _date,
    "time": _time(dates.parse_time),
    "timestamp": _time(dates.parse_timestamp),
    "timestamptz": _time(dates.parse_timestamptz),
    "super": _super,
    "bytea": _bytes,
}
