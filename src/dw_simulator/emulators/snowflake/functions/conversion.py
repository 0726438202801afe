"""Conversion functions. Vendor page: "Conversion functions"."""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions import formats, variant_json
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function, rows
from dw_simulator.emulators.snowflake.functions.runtime import udf
from dw_simulator.emulators.snowflake.translation.casts import cast, not_recognized
from dw_simulator.emulators.snowflake.translation.explicit_casts import check_tried, explicit_cast
from dw_simulator.emulators.snowflake.translation.formats import moment_text, time_text, varying_text
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import Typed, physical
from dw_simulator.emulators.snowflake.types import model as m
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

CATEGORY = "Conversion"
_MOMENTS = ("DATE", "TIME", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ")


# --- to text ----------------------------------------------------------------------------------------------------------
@function("TO_CHAR TO_VARCHAR", CATEGORY, 1, 2)
def to_char(call: FunctionCall) -> Typed:
    value = call.arg(0)
    if call.count == 1:
        return call.binder.coerce(value, m.text())
    form = call.arg(1)
    if not form.is_const:
        return Typed(_in_format(call, value, call.sql(1, "t")), m.text())
    if value.kind == "BINARY":
        return Typed(_encoded(value.sql, str(form.const)), m.text())
    if value.kind in _MOMENTS:
        return Typed(time_text(value.sql, value.type, _moment_format(str(form.const)), call.binder.env), m.text())
    if value.kind == "TEXT":
        moment = call.binder.coerce(value, m.timestamp_ntz())
        return Typed(time_text(moment.sql, moment.type, _moment_format(str(form.const)), call.binder.env), m.text())
    return Typed(f"sf_number_format({_digits(call, value)}, {form.sql})", m.text())


def _digits(call: FunctionCall, value: Typed) -> str:
    number = call.binder.numeric(value, decfloat=True)
    return f"sf_decfloat_text({number.sql})" if number.kind == "DECFLOAT" else f"CAST({number.sql} AS VARCHAR)"


def _in_format(call: FunctionCall, value: Typed, form: str) -> str:
    """A value in a format that each row says."""
    if value.kind == "BINARY":
        kind = f"replace(upper({form}), '-', '')"
        utf8 = f"sf_utf8_text({value.sql})"
        encoded = f"WHEN 'HEX' THEN hex({value.sql}) WHEN 'BASE64' THEN to_base64({value.sql})"
        return f"CASE {kind} {encoded} WHEN 'UTF8' THEN {utf8} ELSE sf_no_binary_format({form}) END"
    if value.kind == "TEXT":
        value = call.binder.coerce(value, m.timestamp_ntz())
    if value.kind in _MOMENTS:
        return varying_text(value.sql, value.type, form, call.binder.env)
    return f"sf_number_format({_digits(call, value)}, {form})"


@udf("sf_utf8_text", "BLOB", "VARCHAR")
def _utf8_text(data: bytes) -> str:
    """Raises SnowflakeError 100144: ``data`` is no UTF-8; bytes that are none are shown in hexadecimal."""
    text = data.decode("utf-8", "surrogateescape")
    if any("\udc80" <= char <= "\udcff" for char in text):
        raise errors.INVALID_UTF8(
            "".join(f"0x{ord(char) - 0xDC00:02X}" if "\udc80" <= char <= "\udcff" else char for char in text)
        )
    return text


@udf("sf_no_binary_format", "VARCHAR", "VARCHAR")
def _no_binary_format(form: str) -> str:
    raise errors.INVALID_PARAMETER_VALUE(form, "format")


@udf("sf_moment_text", "TIMESTAMP INTEGER VARCHAR", "VARCHAR", nulls=True)
def _moment_text(moment: dt.datetime | None, offset: int | None, form: str | None) -> str | None:
    return None if moment is None or form is None else moment_text(moment, offset, form)


def _moment_format(form: str) -> str | None:
    return None if form.upper() == "AUTO" else form


def _encoded(sql: str, form: str) -> str:
    match form.upper().replace("-", ""):
        case "HEX":
            return f"hex({sql})"
        case "BASE64":
            return f"to_base64({sql})"
        case "UTF8":
            return f"sf_utf8_text({sql})"
    raise errors.INVALID_PARAMETER_VALUE(form, "format")


_DIGIT = re.compile(r"[09X]", re.I)


@udf("sf_float_digits", "DOUBLE", "VARCHAR")
def _float_digits(value: float) -> str:
    """All decimal digits of a finite float."""
    return format(Decimal(value), "f")


@udf("sf_number_format", "VARCHAR VARCHAR", "VARCHAR")
def number_format(text: str, form: str) -> str:
    """A number in a format model. Vendor page: "SQL format models"."""
    from dw_simulator.emulators.snowflake.functions.number_formats import format_number

    return format_number(text, form)


# --- to numbers -------------------------------------------------------------------------------------------------------
_NUMBERS = "TO_NUMBER TO_DECIMAL TO_NUMERIC TRY_TO_NUMBER TRY_TO_DECIMAL TRY_TO_NUMERIC"


@function(_NUMBERS, CATEGORY, 1, 4)
def to_number(call: FunctionCall) -> Typed:
    """``(value [, format] [, precision [, scale]])``."""
    safe = call.name.startswith("TRY_")
    value = call.arg(0)
    rest = [call.arg(index) for index in range(1, call.count)]
    form = None
    if rest and rest[0].kind == "TEXT":
        form = str(call.constant(1))
        rest.pop(0)
    sizes = [int(call.constant(index)) for index in range(call.count - len(rest), call.count)]
    kind = m.number(sizes[0] if sizes else 38, sizes[1] if len(sizes) > 1 else 0)
    if form is not None:
        text = f"sf_parse_number({call.binder.coerce(value, m.text()).sql}, {literal(form)}, {str(safe).lower()})"
        value = Typed(text, m.text())
    return _converted(call, value, kind)


def _converted(call: FunctionCall, value: Typed, kind: SnowflakeType) -> Typed:
    """A function TO_X, or TRY_TO_X, which is TRY_CAST."""
    text = call.binder.text_of(call.node).upper()
    return explicit_cast(value, kind, call.binder.env, text, safe=call.name.startswith("TRY_"))


@udf("sf_parse_number", "VARCHAR VARCHAR BOOLEAN", "VARCHAR")
def _parse_number(text: str, form: str, safe: bool) -> str | None:
    """Text in a format model as a plain number."""
    upper = form.upper().removeprefix("FM")
    cleaned = text.strip()
    if re.fullmatch("X+", upper):
        if len(cleaned) > len(upper) or not re.fullmatch("[0-9A-Fa-f]+", cleaned):
            _unparsed(text, form, safe)
            return None
        return str(int(cleaned, 16))
    negative = cleaned.startswith("-") or cleaned.endswith("-") or (cleaned.startswith("<") and cleaned.endswith(">"))
    digits = re.sub(r"[-+$<>\s]", "", cleaned)
    if "," in digits and ("," in upper or "G" in upper):
        digits = digits.replace(",", "")
    if not re.fullmatch(r"\d*\.?\d*(?:[eE]\d+)?", digits) or not re.search(r"\d", digits):
        _unparsed(text, form, safe)
        return None
    whole, _, fraction = digits.partition(".")
    whole_model, _, fraction_model = upper.partition("." if "." in upper else "D")
    too_long = len(whole.lstrip("0")) > len(_DIGIT.findall(whole_model)) or len(fraction) > len(
        _DIGIT.findall(fraction_model)
    )
    if too_long and not upper.startswith("TM"):
        _unparsed(text, form, safe)
        return None
    return ("-" if negative else "") + digits


def _unparsed(text: str, form: str, safe: bool) -> None:
    if not safe:
        raise errors.NUMBER_FORMAT_NOT_MATCHED(text, form)


@function("TO_DOUBLE TRY_TO_DOUBLE", CATEGORY, 1, 2)
def to_double(call: FunctionCall) -> Typed:
    safe = call.name.startswith("TRY_")
    value = call.arg(0)
    if call.count == 2:
        text = f"sf_parse_number({call.binder.coerce(value, m.text()).sql}, {call.sql(1, 't')}, {str(safe).lower()})"
        value = Typed(text, m.text())
    return _converted(call, value, m.real())


_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)


@function("TO_UUID TRY_TO_UUID", CATEGORY, 1)
def to_uuid(call: FunctionCall) -> Typed:
    return _converted(call, call.arg(0), m.uuid())


@udf("sf_uuid", "VARCHAR BOOLEAN", "VARCHAR")
def _uuid(text: str, safe: bool) -> str | None:
    """A UUID in its canonical form; an empty text is NULL. Vendor page: "UUID data type"."""
    if _UUID.fullmatch(text):
        return text.lower()
    if text and not safe:
        raise errors.UUID_NOT_RECOGNIZED(text)
    return None


@function("TO_BOOLEAN TRY_TO_BOOLEAN", CATEGORY, 1)
def to_boolean(call: FunctionCall) -> Typed:
    return _converted(call, call.arg(0), m.boolean())


@function("TO_BINARY TRY_TO_BINARY", CATEGORY, 1, 2)
def to_binary(call: FunctionCall) -> Typed:
    safe = call.name.startswith("TRY_")
    value = call.arg(0)
    if value.kind == "BINARY" or (call.count == 1 and value.kind != "TEXT"):
        return _converted(call, value, m.binary())
    form = str(call.constant(1, call.binder.env.parameter("BINARY_INPUT_FORMAT"))).upper().replace("-", "")
    text = call.binder.coerce(value, m.text()).sql
    if form == "UTF8":
        return Typed(f"encode({text})", m.binary())
    if form == "BASE64":
        return Typed(f"sf_base64_decode({text}, '', {str(safe).lower()})", m.binary())
    if form != "HEX":
        raise errors.INVALID_PARAMETER_VALUE(form, "format")
    return Typed(f"sf.{'try_' if safe else ''}hex_binary({text})", m.binary())


# --- to dates and times -----------------------------------------------------------------------------------------------
def _to_moment(call: FunctionCall, kind: SnowflakeType) -> Typed:
    safe = call.name.startswith("TRY_")
    value = call.arg(0)
    env = call.binder.env
    if safe:
        check_tried(value, kind)
    if call.count == 1 or value.kind not in ("TEXT", "VARIANT", "NULL"):
        if value.kind == "FIXED" and call.count == 2:
            value = _scaled(value, int(call.constant(1)))
        elif value.kind == "REAL":
            value = call.binder.coerce(value, m.number(38, 9))
        elif value.kind == "FIXED" and kind.name in ("DATE", "TIME"):
            value = Typed(f"CAST({value.sql} AS VARCHAR)", m.text())
        return cast(value, kind, env, safe=safe)
    form = call.arg(1)
    if form.kind == "FIXED":
        value = _scaled(call.as_(0, m.number(38, 0)), int(call.constant(1)))
        return cast(value, kind, env, safe=safe)
    text = call.binder.coerce(value, m.text())
    if text.is_const and isinstance(text.const, str) and form.is_const:
        parsed = formats.parse_constant(text.const, kind.name, str(form.const), env.reading())
        if parsed is not None:
            return Typed(parsed, kind.with_nullable(False))
        if safe:
            return Typed(f"CAST(NULL AS {physical(kind)})", kind)
        if str(form.const).upper() == "AUTO":
            raise not_recognized(kind.name)(text.const)
        raise errors.FORMAT_NOT_MATCHED(text.const, kind.name.split("_")[0].lower(), form.const)
    name = f"sf.{'try_' if safe else ''}parse_{kind.name.lower()}"
    return Typed(f"{name}({text.sql}, {call.binder.coerce(form, m.text()).sql}, {literal(env.reading())})", kind)


def _scaled(value: Typed, scale: int) -> Typed:
    """Seconds from a number of 10**-scale seconds."""
    return Typed(f"(CAST({value.sql} AS DECIMAL(38,9)) / {10**scale})" if scale else value.sql, m.number(38, 9))


@function("TO_DATE DATE TRY_TO_DATE", CATEGORY, 1, 2)
def to_date(call: FunctionCall) -> Typed:
    return _to_moment(call, m.date())


@function("TO_TIME TIME TRY_TO_TIME", CATEGORY, 1, 2)
def to_time(call: FunctionCall) -> Typed:
    return _to_moment(call, m.time())


_VARIATIONS = {"NTZ": m.timestamp_ntz(), "LTZ": m.timestamp_ltz(), "TZ": m.timestamp_tz()}


@function(
    "TO_TIMESTAMP TRY_TO_TIMESTAMP TO_TIMESTAMP_NTZ TRY_TO_TIMESTAMP_NTZ TO_TIMESTAMP_LTZ TRY_TO_TIMESTAMP_LTZ "
    "TO_TIMESTAMP_TZ TRY_TO_TIMESTAMP_TZ AS_TIMESTAMP TIMESTAMP",
    CATEGORY,
    1,
    2,
)
def to_timestamp(call: FunctionCall) -> Typed:
    ending = call.name.rsplit("_", 1)[-1]
    kind = _VARIATIONS.get(ending)
    if kind is None:
        mapping = str(call.binder.env.parameter("TIMESTAMP_TYPE_MAPPING"))
        kind = _VARIATIONS[mapping.removeprefix("TIMESTAMP_")]
    return _to_moment(call, kind)


# --- to semi-structured -----------------------------------------------------------------------------------------------
rows(
    CATEGORY,
    [
        ("TO_VARIANT", "v", m.variant(), "{0}"),
        ("TO_JSON", "v", m.text(), "sf_to_json({0})"),
        ("PARSE_JSON", "t", m.variant(), "sf_parse_json({0})"),
        ("TRY_PARSE_JSON", "t", m.variant(), "sf_try_parse_json({0})"),
        ("CHECK_JSON", "t", m.text(), "sf_check_json({0})"),
    ],
)


@function("PARSE_JSON TRY_PARSE_JSON", CATEGORY, 2)
def parse_json_duplicates(call: FunctionCall) -> Typed:
    return Typed(f"sf_parse_json_duplicates({call.sql(0, 't')})", m.variant())


@udf("sf_parse_json_duplicates", "VARCHAR", "VARCHAR")
def _parse_duplicates(text: str) -> str | None:
    return variant_json.parse_json(text, True)


@function("TO_ARRAY", CATEGORY, 1)
def to_array(call: FunctionCall) -> Typed:
    return cast(call.arg(0), m.array(), call.binder.env)


@function("TO_OBJECT", CATEGORY, 1)
def to_object(call: FunctionCall) -> Typed:
    value = call.arg(0)
    if value.kind not in ("VARIANT", "OBJECT", "MAP", "NULL"):
        raise call.wrong_types()
    return cast(value, m.object_(), call.binder.env)


@udf("sf_to_json", "VARCHAR", "VARCHAR")
def _to_json(text: str) -> str:
    from dw_simulator.emulators.snowflake.translation.variants import TAG

    if TAG not in text:
        return text
    return variant_json.display(text, variant_json._COMPACT).replace("undefined", "null")


@udf("sf_check_json", "VARCHAR", "VARCHAR")
def _check_json(text: str) -> str | None:
    try:
        variant_json.parse_json(text)
    except errors.SnowflakeError as error:
        return error.message.removeprefix("Error parsing JSON: ")
    return None


@function("TO_GEOGRAPHY TRY_TO_GEOGRAPHY ST_GEOGRAPHYFROMTEXT ST_GEOGRAPHYFROMWKT", CATEGORY, 1, 2)
def to_geography(call: FunctionCall) -> Typed:
    return cast(call.arg(0), m.geography(), call.binder.env, safe=call.name.startswith("TRY_"))


@udf("sf_geography", "VARCHAR BOOLEAN", "VARCHAR")
def _geography(text: str, safe: bool) -> str | None:
    return _shape(text, safe, on_globe=True)


@udf("sf_geometry", "VARCHAR BOOLEAN", "VARCHAR")
def _geometry(text: str, safe: bool) -> str | None:
    return _shape(text, safe, on_globe=False)


def _shape(text: str, safe: bool, *, on_globe: bool) -> str | None:
    from dw_simulator.emulators.snowflake.functions.geospatial import check_globe, to_geojson

    try:
        shape = to_geojson(text)
        if on_globe:
            check_globe(json.loads(shape))
        return shape
    except errors.SnowflakeError:
        if safe:
            return None
        raise
