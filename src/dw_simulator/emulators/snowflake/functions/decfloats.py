"""DECFLOAT in expressions. Vendor pages: "Numeric data types" (DECFLOAT), "TO_DECFLOAT", "TRY_TO_DECFLOAT"."""

from __future__ import annotations

import decimal
import re
from collections.abc import Callable
from decimal import Decimal

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function
from dw_simulator.emulators.snowflake.functions.runtime import udf
from dw_simulator.emulators.snowflake.functions.variant_json import number_text
from dw_simulator.emulators.snowflake.translation.explicit_casts import explicit_cast
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import decfloat as d
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "Conversion"
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,9})?\s*")
_EXPONENTS = 300
"""Larger and smaller numbers are not kept in a VARIANT, whose numbers are compared as doubles."""


@function("TO_DECFLOAT TRY_TO_DECFLOAT", CATEGORY, 1, 2)
def to_decfloat(call: FunctionCall) -> Typed:
    safe = call.name.startswith("TRY_")
    value = call.arg(0)
    if call.count == 2 and value.kind == "TEXT":
        value = Typed(f"sf_parse_number({value.sql}, {call.sql(1, 't')}, {str(safe).lower()})", m.text())
    text = call.binder.text_of(call.node).upper()
    return explicit_cast(value, m.decfloat(), call.binder.env, text, safe=safe)


# --- in and out -------------------------------------------------------------------------------------------------------
def _kept(number: Decimal, shown: object) -> str:
    try:
        return d.encode(d.rounded(number))
    except decimal.DecimalException:
        raise errors.NUMBER_OUT_OF_RANGE(shown) from None


@udf("sf_decfloat", "VARCHAR BOOLEAN", "VARCHAR")
def parsed(text: str, safe: bool) -> str | None:
    """Text as a DECFLOAT. Raises SnowflakeError 100038 or 100039, unless ``safe``."""
    if _NUMBER.fullmatch(text) is None:
        if safe:
            return None
        raise errors.NUMBER_NOT_RECOGNIZED(text)
    try:
        return _kept(Decimal(text.strip()), text)
    except errors.SnowflakeError:
        if safe:
            return None
        raise


@udf("sf_decfloat_of_real", "DOUBLE", "VARCHAR")
def _of_real(value: float) -> str:
    number = Decimal(value)
    if not number.is_finite():
        raise errors.NUMBER_OUT_OF_RANGE(value)
    return _kept(number, value)


@udf("sf_decfloat_text", "VARCHAR", "VARCHAR")
def _text(kept: str) -> str:
    return d.text_of(d.decode(kept))


@udf("sf_decfloat_real", "VARCHAR", "DOUBLE")
def _real(kept: str) -> float:
    return float(d.decode(kept))


@udf("sf_decfloat_variant", "VARCHAR", "VARCHAR")
def _variant(kept: str) -> str:
    number = d.decode(kept)
    if number and abs(number.adjusted()) > _EXPONENTS:
        raise errors.UNSUPPORTED_FEATURE(f"the DECFLOAT {d.text_of(number)} in a VARIANT")
    return number_text(number)


@udf("sf_decfloat_fixed", "VARCHAR BIGINT BIGINT BOOLEAN", "VARCHAR")
def _fixed(kept: str, precision: int, scale: int, safe: bool) -> str | None:
    """The plain digits of a NUMBER(precision, scale), rounded half up. Raises SnowflakeError 100039."""
    number = d.decode(kept)
    if not number or number.adjusted() < -scale - 1:
        return "0"
    if number.adjusted() < precision - scale:
        with decimal.localcontext(prec=80):
            whole = number.quantize(Decimal(1).scaleb(-scale), decimal.ROUND_HALF_UP)
        if whole.adjusted() < precision - scale or not whole:
            return format(whole, "f")
    if safe:
        return None
    raise errors.NUMBER_OUT_OF_RANGE(d.text_of(number))


# --- arithmetic -------------------------------------------------------------------------------------------------------
def _remainder(left: Decimal, right: Decimal) -> Decimal:
    with decimal.localcontext(prec=40_000, Emin=-999_999, Emax=999_999):
        return left % right


_OPERATIONS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": d.CONTEXT.add,
    "-": d.CONTEXT.subtract,
    "*": d.CONTEXT.multiply,
    "/": d.CONTEXT.divide,
    "%": _remainder,
}


@udf("sf_decfloat_op", "VARCHAR VARCHAR VARCHAR", "VARCHAR")
def _operation(op: str, left: str, right: str) -> str:
    """Raises SnowflakeError 100051 for a divisor of zero, 100039 for a result out of range."""
    a, b = d.decode(left), d.decode(right)
    if op in "/%" and not b:
        raise errors.DIVISION_BY_ZERO()
    try:
        return d.encode(d.rounded(_OPERATIONS[op](a, b)))
    except decimal.DecimalException:
        raise errors.NUMBER_OUT_OF_RANGE(f"{d.text_of(a)} {op} {d.text_of(b)}") from None


@udf("sf_decfloat_negative", "VARCHAR", "VARCHAR")
def _negative(kept: str) -> str:
    return d.encode(d.decode(kept).copy_negate())


@udf("sf_decfloat_abs", "VARCHAR", "VARCHAR")
def _absolute(kept: str) -> str:
    return d.encode(d.decode(kept).copy_abs())


@udf("sf_decfloat_round", "VARCHAR BIGINT VARCHAR", "VARCHAR")
def _round(kept: str, scale: int, mode: str) -> str:
    number = d.decode(kept)
    exponent = number.as_tuple().exponent
    if not number or not isinstance(exponent, int) or scale >= -exponent:
        return kept
    if number.adjusted() < -scale - 1 and mode not in ("ROUND_CEILING", "ROUND_FLOOR"):
        return d.ZERO
    with decimal.localcontext(prec=17_000 + d.DIGITS, Emin=-999_999, Emax=999_999):
        return _kept(number.quantize(Decimal(1).scaleb(-scale), mode), d.text_of(number))


# --- aggregates -------------------------------------------------------------------------------------------------------
def _total(values: list[str | None]) -> tuple[Decimal, int]:
    """Sum, exact before it is rounded, and count of the values that are not NULL."""
    numbers = [d.decode(value) for value in values if value is not None]
    with decimal.localcontext(prec=34_000, Emin=-999_999, Emax=999_999):
        return sum(numbers, Decimal(0)), len(numbers)


@udf("sf_decfloat_sum", "VARCHAR[]", "VARCHAR")
def _sum(values: list[str | None]) -> str | None:
    total, count = _total(values)
    return _kept(total, "SUM") if count else None


@udf("sf_decfloat_avg", "VARCHAR[]", "VARCHAR")
def _avg(values: list[str | None]) -> str | None:
    total, count = _total(values)
    return d.encode(d.CONTEXT.divide(total, Decimal(count))) if count else None


@udf("sf_decfloat_median", "VARCHAR[]", "VARCHAR")
def _median(values: list[str | None]) -> str | None:
    numbers = sorted(value for value in values if value is not None)
    if not numbers:
        return None
    middle = [d.decode(numbers[index]) for index in ((len(numbers) - 1) // 2, len(numbers) // 2)]
    return d.encode(d.CONTEXT.divide(d.CONTEXT.add(*middle), Decimal(2)))
