"""Conversions between types, as DuckDB SQL. Vendor page: "Data type conversion".

``sf.*`` are the macros and functions of ``functions.runtime``.
"""

from __future__ import annotations

from collections.abc import Callable

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.formats import parse_constant
from dw_simulator.emulators.snowflake.translation import interval_values
from dw_simulator.emulators.snowflake.translation.environment import Environment
from dw_simulator.emulators.snowflake.translation.formats import time_text
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import NO_CONST, Typed, physical
from dw_simulator.emulators.snowflake.translation.variants import TAG, to_variant
from dw_simulator.emulators.snowflake.types import interval
from dw_simulator.emulators.snowflake.types.decfloat import ZERO
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

_TIMESTAMPS = ("TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ")
_SEMI = ("VARIANT", "OBJECT", "ARRAY", "MAP")
Converter = Callable[[str, SnowflakeType, SnowflakeType, Environment, bool], str]


def cast(value: Typed, kind: SnowflakeType, env: Environment, *, safe: bool = False, assign: bool = False) -> Typed:
    """``value`` as ``kind``.

    ``safe`` gives NULL instead of an error, and for text that is too long (TRY_CAST). ``assign`` is for storing into a
    column: text that is too long is an error instead of being cut.

    Raises:
        SnowflakeError: there is no such conversion, or a constant cannot be converted.
    """
    if value.kind == "NULL":
        return Typed(f"CAST(NULL AS {physical(kind)})", kind.with_nullable(True), None)
    if value.is_const and value.kind == "TEXT" and kind.name in ("DATE", "TIME", *_TIMESTAMPS):
        return _constant_time(value, kind, env, safe)
    if isinstance(value.const, str) and value.kind == "TEXT" and kind.name in ("DECFLOAT", *interval.NAMES):
        return _constant_text(value.const, kind, safe)
    if value.type == kind or _same(value.type, kind):
        return Typed(value.sql, kind.with_nullable(value.type.nullable), value.const, value.origin)
    sql = _convert(value.sql, value.type, kind, env, safe)
    sql = _fit(sql, value.type, kind, assign, safe)
    const = value.const if kind.name == value.kind == "TEXT" and not (assign or safe) else NO_CONST
    nullable = value.type.nullable or safe or kind.name == "UUID"  # an empty text is no UUID but NULL
    return Typed(sql, kind.with_nullable(nullable), const)


def _same(a: SnowflakeType, b: SnowflakeType) -> bool:
    """Whether values of ``a`` are values of ``b`` as they stand."""
    if a.name == b.name and a.name in interval.NAMES:
        return a.length == b.length and (a.precision or 0) <= (b.precision or 0) and (a.scale or 0) <= (b.scale or 0)
    if a.name != b.name:
        return a.name in ("OBJECT", "ARRAY", "MAP") and b.name == "VARIANT" and not a.fields
    if a.name == "FIXED":
        return (a.scale or 0) == (b.scale or 0) and (a.precision or 38) <= (b.precision or 38)
    if a.name in ("TEXT", "BINARY"):
        return (a.length or 0) <= (b.length or 0)
    if a.name == "TIME" or a.name in _TIMESTAMPS:
        return (b.scale if b.scale is not None else 9) >= min(6, a.scale if a.scale is not None else 9)
    return not a.fields and not b.fields


def _constant_time(value: Typed, kind: SnowflakeType, env: Environment, safe: bool) -> Typed:
    """A literal parsed here: no parsing at run time."""
    if value.const is None:
        return Typed(f"CAST(NULL AS {physical(kind)})", kind)
    parsed = parse_constant(value.const, kind.name, _input_format(kind, env), env.reading())
    if parsed is None:
        if safe:
            return Typed(f"CAST(NULL AS {physical(kind)})", kind)
        raise not_recognized(kind.name)(value.const)
    return Typed(_fit(parsed, SnowflakeType("TEXT"), kind, False), kind.with_nullable(False))


def _constant_text(text: str, kind: SnowflakeType, safe: bool) -> Typed:
    """A literal of a type that DuckDB does not have, converted here: no function is called for each row."""
    from dw_simulator.emulators.snowflake.functions.decfloats import parsed
    from dw_simulator.emulators.snowflake.functions.intervals import parsed_interval

    found = parsed(text, safe) if kind.name == "DECFLOAT" else parsed_interval(text, kind, safe)
    if found is None:
        return Typed(f"CAST(NULL AS {physical(kind)})", kind)
    sql = literal(found) if kind.name == "DECFLOAT" else f"CAST({literal(found)} AS {physical(kind)})"
    return Typed(sql, kind.with_nullable(safe))


def not_recognized(kind: str) -> errors.ErrorEntry:
    return {"DATE": errors.DATE_NOT_RECOGNIZED, "TIME": errors.TIME_NOT_RECOGNIZED}.get(
        kind, errors.TIMESTAMP_NOT_RECOGNIZED
    )


def _input_format(kind: SnowflakeType, env: Environment) -> str:
    name = {"DATE": "DATE", "TIME": "TIME"}.get(kind.name, "TIMESTAMP")
    return str(env.parameter(f"{name}_INPUT_FORMAT"))


def _fit(sql: str, source: SnowflakeType, kind: SnowflakeType, assign: bool, safe: bool = False) -> str:
    """Lengths and fractional digits of ``kind`` put upon SQL that already has its kind."""
    if kind.name == "TEXT" and kind.length is not None and kind.length < 16_777_216:
        if source.name == "TEXT" and (source.length or 0) <= kind.length:
            return sql
        fit = "sf.fit_text" if assign else "sf.try_fit_text" if safe else "left"
        return f"{fit}({sql}, {kind.length})"
    if kind.name == "BINARY" and kind.length is not None and kind.length < 8_388_608 and assign:
        return f"sf.fit_binary({sql}, {kind.length})"
    if kind.name in ("TIME", *_TIMESTAMPS) and kind.scale is not None and kind.scale < 6:
        if source.name == kind.name and source.scale is not None and source.scale <= kind.scale:
            return sql
        return _truncate_fraction(sql, kind)
    return sql


def _truncate_fraction(sql: str, kind: SnowflakeType) -> str:
    unit = 10 ** (6 - (kind.scale or 0))
    match kind.name:
        case "TIME":
            return f"sf.time_trunc({sql}, {unit})"
        case "TIMESTAMP_NTZ":
            return f"sf.ntz_trunc({sql}, {unit})"
        case "TIMESTAMP_LTZ":
            return f"sf.ltz_trunc({sql}, {unit})"
    return f"sf.tz_trunc({sql}, {unit})"


# --- by target --------------------------------------------------------------------------------------------------------
def _convert(sql: str, source: SnowflakeType, kind: SnowflakeType, env: Environment, safe: bool) -> str:
    if (
        source.name == kind.name
        and not kind.fields
        and not source.fields
        and source.name not in ("FIXED", *interval.NAMES)
    ):
        return sql
    converter = _CONVERTERS.get(kind.name)
    if converter is None:
        raise cannot_cast(source, kind)
    return converter(sql, source, kind, env, safe)


def cannot_cast(source: SnowflakeType, kind: SnowflakeType) -> Exception:
    return errors.CANNOT_CONVERT_PARAMETER("expression", source.sql_name(), kind.sql_name())


def _wrap(sql: str, physical_type: str, safe: bool) -> str:
    return f"{'TRY_CAST' if safe else 'CAST'}({sql} AS {physical_type})"


def _to_fixed(sql: str, source: SnowflakeType, kind: SnowflakeType, env: Environment, safe: bool) -> str:
    precision, scale = kind.precision or 38, kind.scale or 0
    match source.name:
        case "FIXED" | "BOOLEAN":
            inner = sql
        case "REAL":
            inner = f"round({sql}, {scale})"
            if scale:
                return _real_number(sql, inner, f"DECIMAL({precision},{scale})", scale, safe)
        case "TEXT":
            return _text_number(sql, precision, scale, safe)
        case "INTERVAL_YEAR_MONTH" | "INTERVAL_DAY_TIME":
            units = interval_values.to_number(sql, source, scale)
            inner = f"(CAST({units} AS DECIMAL(38,0)) * {10**-scale:.{scale}f})" if scale else units
        case "DECFLOAT":
            digits = f"sf_decfloat_fixed({sql}, {precision}, {scale}, {str(safe).lower()})"
            return f"CAST({digits} AS {physical(kind)})"
        case "VARIANT":
            return _to_fixed(f"sf.v_number_text({sql})", SnowflakeType("TEXT"), kind, env, safe)
        case _:
            raise cannot_cast(source, kind)
    if scale:
        return _wrap(inner, f"DECIMAL({precision},{scale})", safe)
    if precision >= 38:
        return _wrap(inner, "HUGEINT", safe)
    narrowed = _wrap(inner, f"DECIMAL({precision},0)", safe)
    return f"CAST({narrowed} AS {physical(kind)})"


def _real_number(sql: str, rounded: str, decimal: str, scale: int, safe: bool) -> str:
    """A float as a decimal, with all digits that it stands for: DuckDB's product is exact for the first ones only."""
    exact = f"abs({sql}) >= {2**53 // 10**scale} AND isfinite({sql})"
    digits = _wrap(f"sf_float_digits({sql})", decimal, safe)
    return f"(CASE WHEN {exact} THEN {digits} ELSE {_wrap(rounded, decimal, safe)} END)"


def _text_number(sql: str, precision: int, scale: int, safe: bool) -> str:
    if scale == 0 and precision >= 38:
        return _wrap(f"sf.number_text({sql})", "HUGEINT", safe)
    value = _wrap(f"sf.number_text({sql})", f"DECIMAL({precision},{scale})", safe)
    return value if scale else f"CAST({value} AS {'BIGINT' if precision <= 18 else 'HUGEINT'})"


def _to_decfloat(sql: str, source: SnowflakeType, kind: SnowflakeType, _env: Environment, safe: bool) -> str:
    match source.name:
        case "FIXED":
            return f"sf_decfloat(CAST({sql} AS VARCHAR), false)"
        case "BOOLEAN":
            return f"sf_decfloat(CAST(CAST({sql} AS INTEGER) AS VARCHAR), false)"
        case "REAL":
            return f"sf_decfloat_of_real({sql})"
        case "TEXT":
            return f"sf_decfloat({sql}, {str(safe).lower()})"
        case "VARIANT":
            return f"sf_decfloat(sf.v_number_text({sql}), {str(safe).lower()})"
    raise cannot_cast(source, kind)


def _to_real(sql: str, source: SnowflakeType, _kind: SnowflakeType, _env: Environment, safe: bool) -> str:
    if source.name == "DECFLOAT":
        return f"sf_decfloat_real({sql})"
    if source.name == "VARIANT":
        return _wrap(f"sf.v_number_text({sql})", "DOUBLE", safe)
    if source.name in ("FIXED", "BOOLEAN", "TEXT"):
        return _wrap(f"sf.number_text({sql})" if source.name == "TEXT" else sql, "DOUBLE", safe)
    raise cannot_cast(source, _kind)


def _to_boolean(sql: str, source: SnowflakeType, kind: SnowflakeType, _env: Environment, safe: bool) -> str:
    match source.name:
        case "FIXED" | "REAL":
            return f"({sql} <> 0)"
        case "DECFLOAT":
            return f"({sql} <> '{ZERO}')"
        case "TEXT":
            return f"sf.{'try_' if safe else ''}text_boolean({sql})"
        case "VARIANT":
            return f"sf.{'try_' if safe else ''}text_boolean(sf.v_boolean_text({sql}))"
    raise cannot_cast(source, kind)


def _to_text(sql: str, source: SnowflakeType, kind: SnowflakeType, env: Environment, _safe: bool) -> str:
    match source.name:
        case "FIXED" if source.scale and source.precision == source.scale:
            # DuckDB prints .5 where there is no digit before the point
            return f"regexp_replace(CAST({sql} AS VARCHAR), '^(-?)[.]', '\\10.')"
        case "FIXED" | "BOOLEAN":
            return f"CAST({sql} AS VARCHAR)"
        case "REAL":
            return f"sf.float_text({sql})"
        case "DECFLOAT":
            return f"sf_decfloat_text({sql})"
        case "INTERVAL_YEAR_MONTH" | "INTERVAL_DAY_TIME":
            return interval_values.to_text(sql, source)
        case "UUID":
            return sql
        case "BINARY":
            return _binary_text(sql, env)
        case "DATE" | "TIME" | "TIMESTAMP_NTZ" | "TIMESTAMP_LTZ" | "TIMESTAMP_TZ":
            return time_text(sql, source, None, env)
        case "VARIANT":
            return f"sf.v_text({sql})"
        case "OBJECT" | "ARRAY" | "MAP" | "GEOGRAPHY" | "GEOMETRY":
            return f"sf.json_plain({sql})"
    raise cannot_cast(source, kind)


def _binary_text(sql: str, env: Environment) -> str:
    return f"to_base64({sql})" if env.parameter("BINARY_OUTPUT_FORMAT") == "BASE64" else f"hex({sql})"


def _to_interval(sql: str, source: SnowflakeType, kind: SnowflakeType, _env: Environment, safe: bool) -> str:
    converted = interval_values.to_interval(sql, source, kind, safe)
    if converted is None:
        raise cannot_cast(source, kind)
    return converted


def _to_uuid(sql: str, source: SnowflakeType, kind: SnowflakeType, _env: Environment, safe: bool) -> str:
    if source.name == "TEXT":
        return f"sf_uuid({sql}, {str(safe).lower()})"
    if source.name == "VARIANT":
        return f"sf_uuid(sf.v_text({sql}), {str(safe).lower()})"
    raise cannot_cast(source, kind)


def _to_binary(sql: str, source: SnowflakeType, kind: SnowflakeType, env: Environment, safe: bool) -> str:
    if source.name == "VARIANT":
        return f"sf.hex_binary(sf.v_text({sql}))"
    if source.name != "TEXT":
        raise cannot_cast(source, kind)
    form = str(env.parameter("BINARY_INPUT_FORMAT"))
    if form.startswith("UTF"):
        return f"encode({sql})"
    if form == "BASE64":
        return f"sf_base64_decode({sql}, '', {str(safe).lower()})"
    return f"sf.{'try_' if safe else ''}hex_binary({sql})"


# --- dates and times --------------------------------------------------------------------------------------------------
def _parsed(sql: str, kind: str, env: Environment, form: str, safe: bool) -> str:
    """Text parsed at run time. The common ISO forms are read by DuckDB, the rest by our own parser."""
    return f"sf.{'try_' if safe else ''}parse_{kind.lower()}({sql}, {literal(form)}, {literal(env.reading())})"


def _to_date(sql: str, source: SnowflakeType, kind: SnowflakeType, env: Environment, safe: bool) -> str:
    match source.name:
        case "TEXT":
            return _parsed(sql, "DATE", env, _input_format(kind, env), safe)
        case "TIMESTAMP_NTZ" | "TIMESTAMP_LTZ":
            return f"CAST({sql} AS DATE)"
        case "TIMESTAMP_TZ":
            return f"CAST(sf.tz_local({sql}) AS DATE)"
        case "VARIANT":
            return _parsed(f"sf.v_raw({sql})", "DATE", env, "AUTO", safe)
    raise cannot_cast(source, kind)


def _to_time(sql: str, source: SnowflakeType, kind: SnowflakeType, env: Environment, safe: bool) -> str:
    match source.name:
        case "TEXT":
            return _parsed(sql, "TIME", env, _input_format(kind, env), safe)
        case "TIMESTAMP_NTZ":
            return f"CAST({sql} AS TIME)"
        case "TIMESTAMP_LTZ":
            return f"CAST(CAST({sql} AS TIMESTAMP) AS TIME)"
        case "TIMESTAMP_TZ":
            return f"CAST(sf.tz_local({sql}) AS TIME)"
        case "VARIANT":
            return _parsed(f"sf.v_raw({sql})", "TIME", env, "AUTO", safe)
    raise cannot_cast(source, kind)


def _to_ntz(sql: str, source: SnowflakeType, kind: SnowflakeType, env: Environment, safe: bool) -> str:
    match source.name:
        case "TEXT":
            return _parsed(sql, "TIMESTAMP_NTZ", env, _input_format(kind, env), safe)
        case "DATE" | "TIMESTAMP_LTZ":
            return f"CAST({sql} AS TIMESTAMP)"
        case "TIMESTAMP_TZ":
            return f"sf.tz_local({sql})"
        case "FIXED":
            return f"sf.epoch_ntz({sql})"
        case "VARIANT":
            return _parsed(f"sf.v_raw({sql})", "TIMESTAMP_NTZ", env, "AUTO", safe)
    raise cannot_cast(source, kind)


def _to_ltz(sql: str, source: SnowflakeType, kind: SnowflakeType, env: Environment, safe: bool) -> str:
    match source.name:
        case "TEXT":
            return _parsed(sql, "TIMESTAMP_LTZ", env, _input_format(kind, env), safe)
        case "DATE" | "TIMESTAMP_NTZ":
            return f"CAST({sql} AS TIMESTAMPTZ)"
        case "TIMESTAMP_TZ":
            return f"({sql}).value"
        case "FIXED":
            return f"(sf.epoch_ntz({sql}) AT TIME ZONE 'UTC')"
        case "VARIANT":
            return _parsed(f"sf.v_zoned({sql})", "TIMESTAMP_LTZ", env, "AUTO", safe)
    raise cannot_cast(source, kind)


def _to_tz(sql: str, source: SnowflakeType, kind: SnowflakeType, env: Environment, safe: bool) -> str:
    match source.name:
        case "TEXT":
            return _parsed(sql, "TIMESTAMP_TZ", env, _input_format(kind, env), safe)
        case "DATE" | "TIMESTAMP_NTZ" | "TIMESTAMP_LTZ":
            return f"sf.tz_of(CAST({sql} AS TIMESTAMPTZ))"
        case "FIXED":
            return f"sf.tz_of(sf.epoch_ntz({sql}) AT TIME ZONE 'UTC')"
        case "VARIANT":
            return _parsed(f"sf.v_zoned({sql})", "TIMESTAMP_TZ", env, "AUTO", safe)
    raise cannot_cast(source, kind)


# --- semi-structured --------------------------------------------------------------------------------------------------
def _to_variant(sql: str, source: SnowflakeType, _kind: SnowflakeType, _env: Environment, _safe: bool) -> str:
    return to_variant(_plain(sql, source), source)


def _plain(sql: str, source: SnowflakeType) -> str:
    """A structured value as a semi-structured one, whose keys have no order of their own."""
    return f"sf_semi_structured({sql})" if source.fields and source.name in ("ARRAY", "OBJECT", "MAP") else sql


def _to_array(sql: str, source: SnowflakeType, kind: SnowflakeType, _env: Environment, _safe: bool) -> str:
    if source.name == "VECTOR" and kind.fields and kind.fields[0].type.name != source.fields[0].type.name:
        raise cannot_cast(source, kind)
    if source.name in ("VARIANT", "ARRAY", "VECTOR"):
        value = f"sf.v_array({sql})" if source.name == "VARIANT" else sql
        return _structured(value, kind) if kind.fields else _plain(value, source)
    if kind.fields:
        raise cannot_cast(source, kind)
    if source.name in ("OBJECT", "MAP"):
        return f"('[' || {sql} || ']')"
    if source.name == "TEXT":
        return f"('[' || {to_variant(sql, source)} || ']')"
    return f"('[' || {to_variant(sql, source)} || ']')"


def _to_object(sql: str, source: SnowflakeType, kind: SnowflakeType, _env: Environment, _safe: bool) -> str:
    if source.name in ("VARIANT", "OBJECT", "MAP"):
        value = f"sf.v_object({sql})" if source.name == "VARIANT" else sql
        if source.name == kind.name == "OBJECT" and source.fields and kind.fields and _keys(source) != _keys(kind):
            raise cannot_cast(source, kind)
        return _structured(value, kind) if kind.fields else _plain(value, source)
    raise cannot_cast(source, kind)


def _keys(kind: SnowflakeType) -> set[str]:
    return {field.name for field in kind.fields}


def _structured(sql: str, kind: SnowflakeType) -> str:
    """Elements of a structured type brought to their declared types."""
    if not kind.fields:
        return sql
    return f"sf_structured({sql}, {literal(kind.sql_name())})"


def _to_geography(sql: str, source: SnowflakeType, kind: SnowflakeType, _env: Environment, safe: bool) -> str:
    if source.name in ("TEXT", "VARIANT", "OBJECT"):
        return f"sf_{kind.name.lower()}({sql}, {str(safe).lower()})"
    raise cannot_cast(source, kind)


def _to_vector(sql: str, source: SnowflakeType, kind: SnowflakeType, _env: Environment, _safe: bool) -> str:
    """Elements of a structured array and of a vector are of the vector's own type."""
    same = not source.fields or source.fields[0].type.name == kind.fields[0].type.name
    if (source.name in ("ARRAY", "VARIANT") and same) or (
        source.name == "VECTOR" and same and source.length == kind.length
    ):
        return _structured(sql, kind)
    raise cannot_cast(source, kind)


_CONVERTERS: dict[str, Converter] = {
    "FIXED": _to_fixed,
    "REAL": _to_real,
    "DECFLOAT": _to_decfloat,
    "BOOLEAN": _to_boolean,
    "TEXT": _to_text,
    "UUID": _to_uuid,
    interval.YEAR_MONTH: _to_interval,
    interval.DAY_TIME: _to_interval,
    "BINARY": _to_binary,
    "DATE": _to_date,
    "TIME": _to_time,
    "TIMESTAMP_NTZ": _to_ntz,
    "TIMESTAMP_LTZ": _to_ltz,
    "TIMESTAMP_TZ": _to_tz,
    "VARIANT": _to_variant,
    "ARRAY": _to_array,
    "OBJECT": _to_object,
    "MAP": _to_object,
    "GEOGRAPHY": _to_geography,
    "GEOMETRY": _to_geography,
    "VECTOR": _to_vector,
}
__all__ = ["TAG", "cast", "not_recognized"]
