"""Numeric functions. Vendor page: "Numeric functions"."""

from __future__ import annotations

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function, rows
from dw_simulator.emulators.snowflake.functions.runtime import macro, udf
from dw_simulator.emulators.snowflake.translation import interval_values
from dw_simulator.emulators.snowflake.translation.typing import Typed, arithmetic
from dw_simulator.emulators.snowflake.types import model as m
from dw_simulator.emulators.snowflake.types.decfloat import ZERO

CATEGORY = "Numeric"
REAL = m.real()

macro("cube_root(x)", "CASE WHEN x = 0 THEN 0.0 ELSE cbrt(x) - (cbrt(x) ** 3 - x) / (3 * cbrt(x) ** 2) END")
"""One Newton step after DuckDB's, which misses the last digit even of whole results."""
macro(
    "factorial_of(n)",
    "CASE WHEN n < 0 OR n > 33 THEN error('sf:100039:' || CAST(n AS VARCHAR)) ELSE factorial(CAST(n AS INTEGER)) END",
)
macro(
    "no_buckets(a, b, c)",
    "CAST(error('sf:100049:width_bucket(' || sf.float_text(a) || ', ' || sf.float_text(b) || ', ' || "
    "sf.float_text(c) || ')') AS BIGINT)",
)
macro("no_number(f, x)", "CAST(error('sf:100049:' || f || '(' || sf.float_text(x) || ')') AS DOUBLE)")
rows(
    CATEGORY,
    [
        ("SQRT", "f", REAL, "CASE WHEN {0} < 0 THEN sf.no_number('sqrt', {0}) ELSE sqrt({0}) END"),
        ("SQUARE", "f", REAL, "({0} * {0})"),
        ("CBRT", "f", REAL, "sf.cube_root({0})"),
        ("EXP", "f", REAL, "exp({0})"),
        ("LN", "f", REAL, "CASE WHEN {0} <= 0 THEN sf.no_number('ln', {0}) ELSE ln({0}) END"),
        (
            "LOG",
            "ff",
            REAL,
            "CASE WHEN {0} <= 0 THEN sf.no_number('log', {0}) WHEN {1} <= 0 THEN sf.no_number('log', {1}) "
            "ELSE ln({1}) / ln({0}) END",
        ),
        ("POW POWER", "ff", REAL, "pow({0}, {1})"),
        ("PI", "", REAL, "pi()"),
        ("DEGREES", "f", REAL, "degrees({0})"),
        ("RADIANS", "f", REAL, "({0} * pi() / 180)"),
        ("SIN", "f", REAL, "sin({0})"),
        ("COS", "f", REAL, "cos({0})"),
        ("TAN", "f", REAL, "tan({0})"),
        ("COT", "f", REAL, "cot({0})"),
        ("ASIN", "f", REAL, "CASE WHEN abs({0}) > 1 THEN sf.no_number('asin', {0}) ELSE asin({0}) END"),
        ("ACOS", "f", REAL, "CASE WHEN abs({0}) > 1 THEN sf.no_number('acos', {0}) ELSE acos({0}) END"),
        ("ATAN", "f", REAL, "atan({0})"),
        ("ATAN2", "ff", REAL, "atan2({0}, {1})"),
        ("SINH", "f", REAL, "sinh({0})"),
        ("COSH", "f", REAL, "cosh({0})"),
        ("TANH", "f", REAL, "tanh({0})"),
        ("ASINH", "f", REAL, "asinh({0})"),
        ("ACOSH", "f", REAL, "acosh({0})"),
        ("ATANH", "f", REAL, "atanh({0})"),
        ("FACTORIAL", "i", m.number(38, 0), "sf.factorial_of({0})"),
        (
            "HAVERSINE",
            "ffff",
            REAL,
            "(2 * 6371.0 * asin(sqrt(pow(sin(radians({2} - {0}) / 2), 2) + cos(radians({0})) * cos(radians({2})) * "
            "pow(sin(radians({3} - {1}) / 2), 2))))",
        ),
    ],
)


@function("ABS SIGN", CATEGORY, 1)
def abs_sign(call: FunctionCall) -> Typed:
    value = call.arg(0)
    if not interval_values.is_interval(value):
        value = call.binder.numeric(value, decfloat=True)
    if call.name == "ABS":
        name = "sf_decfloat_abs" if value.kind == "DECFLOAT" else "abs"
        return Typed(f"{name}({value.sql})", value.type.with_nullable(True))
    if value.kind == "DECFLOAT":
        return Typed(
            f"CASE WHEN {value.sql} < '{ZERO}' THEN -1 WHEN {value.sql} = '{ZERO}' THEN 0 "
            f"WHEN {value.sql} IS NOT NULL THEN 1 END",
            m.number(1, 0),
        )
    return Typed(f"CAST(sign({value.sql}) AS BIGINT)", m.number(1, 0))


@function("MOD", CATEGORY, 2)
def mod(call: FunctionCall) -> Typed:
    return call.binder.arithmetic("%", call.arg(0), call.arg(1))


def _in_units(op: str, left: str, right: str, scale: int, null_for_zero: bool = False) -> str | None:
    """A result in units of 10**-scale, rounded half away from zero, however many digits it takes on the way.

    Raises:
        SnowflakeError: 100051, the divisor is zero; 100046, the result has more than 38 digits.
    """
    import decimal

    with decimal.localcontext(prec=200, rounding=decimal.ROUND_HALF_UP):
        a, b = decimal.Decimal(left), decimal.Decimal(right)
        if op != "*" and not b:
            if null_for_zero:
                return None
            raise errors.DIVISION_BY_ZERO()
        result = a * b if op == "*" else a / b if op == "/" else a % b
        units = result.scaleb(scale).to_integral_value()
    if abs(units) >= 10**38:
        raise errors.NUMBER_NOT_REPRESENTABLE(f"{a:f} {op} {b:f}")
    return format(units, "f")


for _name, _op, _null in (("multiply", "*", False), ("divide", "/", False), ("try_divide", "/", True)):
    udf(f"sf_{_name}", "VARCHAR VARCHAR BIGINT", "VARCHAR")(
        lambda left, right, scale, op=_op, null=_null: _in_units(op, left, right, scale, null)
    )
udf("sf_remainder", "VARCHAR VARCHAR BIGINT", "VARCHAR")(lambda left, right, scale: _in_units("%", left, right, scale))


@function("DIV0 DIV0NULL", CATEGORY, 2)
def div0(call: FunctionCall) -> Typed:
    """Division that gives 0 for a zero divisor."""
    left, right = (call.binder.numeric(call.arg(index), decfloat=True) for index in (0, 1))
    if "DECFLOAT" in (left.kind, right.kind):
        left, right = (call.binder.coerce(value, m.decfloat()) for value in (left, right))
        divisor = f"CASE WHEN {right.sql} <> '{ZERO}' THEN {right.sql} END"
        quotient = f"coalesce(sf_decfloat_op('/', {left.sql}, {divisor}), '{ZERO}')"
        known = f"{left.sql} IS NOT NULL" + ("" if call.name == "DIV0NULL" else f" AND {right.sql} IS NOT NULL")
        return Typed(f"(CASE WHEN {known} THEN {quotient} END)", m.decfloat())
    zero = f"({right.sql} = 0)" if call.name == "DIV0" else f"(coalesce({right.sql}, 0) = 0)"
    if "REAL" in (left.kind, right.kind):
        a, b = call.binder.coerce(left, REAL).sql, call.binder.coerce(right, REAL).sql
        return Typed(f"CASE WHEN {zero} THEN CASE WHEN {a} IS NOT NULL THEN 0.0::DOUBLE END ELSE {a} / {b} END", REAL)
    kind = arithmetic("/", left.type, right.type)
    quotient = call.binder.divide(left, right, kind, null_for_zero=True)
    return Typed(f"(CASE WHEN {zero} THEN CASE WHEN {left.sql} IS NOT NULL THEN 0 END ELSE {quotient} END)", kind)


# --- rounding ---------------------------------------------------------------------------------------------------------
def _null_for(call: FunctionCall, value: Typed) -> Typed | None:
    """The result where the scale argument is a constant NULL."""
    if call.count < 2:
        return None
    scale = call.arg(1)
    if not scale.is_const or scale.const is not None:
        return None
    return Typed(f"CASE WHEN false THEN {value.sql} END", value.type.with_nullable(True))


def _scale(call: FunctionCall) -> int | None:
    """The constant scale argument; None if it is not constant."""
    if call.count < 2:
        return 0
    value = call.arg(1)
    if not value.is_const:
        return None
    return int(value.const) if value.const is not None else 0


@function("ROUND", CATEGORY, 1, 3)
def round_number(call: FunctionCall) -> Typed:
    value, scale = call.binder.numeric(call.arg(0), decfloat=True), _scale(call)
    if (null := _null_for(call, value)) is not None:
        return null
    mode = str(call.constant(2, "HALF_AWAY_FROM_ZERO")).upper()
    if mode not in ("HALF_AWAY_FROM_ZERO", "HALF_TO_EVEN"):
        raise errors.INVALID_PARAMETER_VALUE(mode, "ROUND")
    name = "round" if mode == "HALF_AWAY_FROM_ZERO" else "round_even"
    if value.kind == "DECFLOAT":
        return _of_decfloat(call, value, "ROUND_HALF_UP" if name == "round" else "ROUND_HALF_EVEN")
    if value.kind == "REAL":
        digits = str(scale) if scale is not None else f"CAST({call.sql(1, 'i')} AS INTEGER)"
        return Typed(f"{name}({value.sql}, {digits})", REAL)
    own = value.type.scale or 0
    if scale is None:
        return _at_run_time(call, value, "ROUND_HALF_UP" if name == "round" else "ROUND_HALF_EVEN")
    if scale >= own:
        return Typed(value.sql, value.type)
    kept = max(0, scale)
    precision = min(38, (value.type.precision or 38) - own + kept + 1)
    if name == "round_even":
        return Typed(
            f"CAST(round_even(CAST({value.sql} AS DOUBLE), {scale}) AS {_physical(precision, kept)})",
            m.number(precision, kept),
        )
    if scale < 0:
        unit = 10**-scale
        whole = f"CAST({f'trunc({value.sql})' if own else value.sql} AS HUGEINT)"
        return Typed(f"(sf.div_half({whole}, {value.sql}, {unit}::HUGEINT) * {unit})", m.number(precision, 0))
    return Typed(f"CAST({value.sql} AS {_physical(precision, kept)})", m.number(precision, kept))


def _of_decfloat(call: FunctionCall, value: Typed, mode: str) -> Typed:
    """ROUND, CEIL, FLOOR and TRUNC of a DECFLOAT."""
    scale = f"CAST({call.sql(1, 'i')} AS BIGINT)" if call.count > 1 else "0"
    return Typed(f"sf_decfloat_round({value.sql}, {scale}, '{mode}')", m.decfloat())


def _physical(precision: int, scale: int) -> str:
    return f"DECIMAL({precision},{scale})" if scale else "HUGEINT"


def _decimal(value: Typed) -> str:
    return f"CAST({value.sql} AS VARCHAR)"


def _at_run_time(call: FunctionCall, value: Typed, mode: str) -> Typed:
    """Rounding at a scale that each row says."""
    rounded = f"sf_round({_decimal(value)}, CAST({call.sql(1, 'i')} AS BIGINT), '{mode}')"
    if value.kind == "REAL":
        return Typed(f"CAST({rounded} AS DOUBLE)", REAL)
    own = value.type.scale or 0
    return Typed(f"CAST({rounded} AS {_physical(38, own)})", m.number(38, own))


@udf("sf_round", "VARCHAR BIGINT VARCHAR", "VARCHAR")
def _round(text: str, scale: int, mode: str) -> str:
    import decimal

    number = decimal.Decimal(text)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or scale >= -exponent:
        return text
    with decimal.localcontext(prec=80):
        return format(number.quantize(decimal.Decimal(1).scaleb(-scale), mode), "f")


@function("CEIL CEILING FLOOR", CATEGORY, 1, 2)
def ceil_floor(call: FunctionCall) -> Typed:
    value, scale = call.binder.numeric(call.arg(0), decfloat=True), _scale(call)
    if (null := _null_for(call, value)) is not None:
        return null
    if value.kind == "DECFLOAT":
        return _of_decfloat(call, value, "ROUND_FLOOR" if call.name == "FLOOR" else "ROUND_CEILING")
    name = "floor" if call.name == "FLOOR" else "ceil"
    if scale is None:
        return _at_run_time(call, value, f"ROUND_{'FLOOR' if name == 'floor' else 'CEILING'}")
    if value.kind == "REAL":
        if scale == 0:
            return Typed(f"{name}({value.sql})", REAL)
        unit = 10.0**scale
        return Typed(f"({name}({value.sql} * {unit!r}::DOUBLE) / {unit!r}::DOUBLE)", REAL)
    return _directed(value, scale, name)


def _directed(value: Typed, scale: int, name: str) -> Typed:
    """CEIL, FLOOR and TRUNC of an exact number at a constant scale."""
    own = value.type.scale or 0
    if scale >= own:
        return Typed(value.sql, value.type)
    precision = min(38, (value.type.precision or 38) - own + max(0, scale) + 1)
    if scale == 0:
        return Typed(f"CAST({name}({value.sql}) AS HUGEINT)", m.number(precision, 0))
    if scale > 0:
        kind = f"DECIMAL({precision},{scale})"
        unit = "0." + "0" * (scale - 1) + "1"
        whole = f"CAST({name}({value.sql} * {10**scale}) AS HUGEINT)"
        sql = f"CAST(CAST({whole} AS DECIMAL(38,0)) * CAST({unit} AS DECIMAL({scale + 1},{scale})) AS {kind})"
        return Typed(sql, m.number(precision, scale))
    unit_ = 10**-scale
    return Typed(f"(CAST({name}(CAST({value.sql} AS DOUBLE) / {unit_}) AS HUGEINT) * {unit_})", m.number(precision, 0))


@function("TRUNC TRUNCATE", CATEGORY, 1)
def trunc_one(call: FunctionCall) -> Typed:
    return trunc_number(call)


def trunc_number(call: FunctionCall) -> Typed:
    value, scale = call.binder.numeric(call.arg(0), decfloat=True), _scale(call)
    if (null := _null_for(call, value)) is not None:
        return null
    if value.kind == "DECFLOAT":
        return _of_decfloat(call, value, "ROUND_DOWN")
    if scale is None:
        return _at_run_time(call, value, "ROUND_DOWN")
    if value.kind == "REAL":
        unit = 10.0**scale
        return Typed(
            f"(trunc({value.sql} * {unit!r}::DOUBLE) / {unit!r}::DOUBLE + 0)" if scale else f"(trunc({value.sql}) + 0)",
            REAL,
        )  # adding 0 makes 0 of -0
    return _directed(value, scale, "trunc")


@function("WIDTH_BUCKET", CATEGORY, 4)
def width_bucket(call: FunctionCall) -> Typed:
    value, low, high, count = (call.sql(index, "f") for index in range(4))
    up = (
        f"WHEN {value} < {low} THEN 0 WHEN {value} >= {high} THEN CAST({count} AS BIGINT) + 1 "
        f"ELSE CAST(floor(({value} - {low}) / (({high} - {low}) / {count})) AS BIGINT) + 1"
    )
    down = (
        f"WHEN {value} > {low} THEN 0 WHEN {value} <= {high} THEN CAST({count} AS BIGINT) + 1 "
        f"ELSE CAST(floor(({low} - {value}) / (({low} - {high}) / {count})) AS BIGINT) + 1"
    )
    wrong = f"WHEN {low} = {high} OR {count} < 1 THEN sf.no_buckets({low}, {high}, {count})"
    sql = f"CASE {wrong} WHEN {low} > {high} THEN CASE {down} END {up} END"
    return Typed(f"({sql})", m.number(18, 0))
