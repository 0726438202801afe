"""Values of interval types as DuckDB SQL: casts, arithmetic, parts. Vendor page: "Date & time data types".

SQL of a year-month interval is an integer of months, of a day-time interval a HUGEINT of nanoseconds.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import Typed, common, physical
from dw_simulator.emulators.snowflake.types import interval
from dw_simulator.emulators.snowflake.types import model as m
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.translation.binder.operators import OperatorBinder

TIMESTAMPS = ("TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ")
_ANY = {
    interval.YEAR_MONTH: interval.make("YEAR TO MONTH"),
    interval.DAY_TIME: interval.make("DAY TO SECOND"),
}
"""The widest type of each family."""


# --- casts ------------------------------------------------------------------------------------------------------------
def to_interval(sql: str, source: SnowflakeType, kind: SnowflakeType, safe: bool) -> str | None:
    """SQL of a value as an interval; None: there is no such conversion."""
    name, physical_type = literal(interval.sql_name(kind)), physical(kind)
    if source.name == "TEXT":
        return f"CAST(sf_interval_parse({sql}, {name}, {str(safe).lower()}) AS {physical_type})"
    if source.name == kind.name:
        return fitted(cut(sql, interval.unit(kind)), kind, source.nullable, "cast")
    if source.name == "FIXED":
        if len(interval.fields_of(kind)) > 1:
            described = interval.described(kind, source.nullable)
            return f"CAST(sf_interval_no_number(CAST({sql} AS VARCHAR), {literal(described)}) AS {physical_type})"
        size = interval.UNITS[interval.fields_of(kind)[0]]
        digits, unit = (kind.scale, interval.unit(kind)) if kind.scale is not None else (0, size)
        rounded = f"round(CAST({sql} AS DECIMAL(38, {source.scale or 0})) * 1, {digits})"
        units = f"CAST({rounded} * {10 ** (digits or 0)} AS HUGEINT)"
        return fitted(f"({units} * {unit}::HUGEINT)", kind, source.nullable, "number")
    return None


def to_number(sql: str, source: SnowflakeType, scale: int) -> str:
    """SQL of an interval as a count of its last field, as a whole number of 10**-scale."""
    last = interval.UNITS[interval.fields_of(source)[-1]]
    scaled = f"(CAST({sql} AS HUGEINT) * {10**scale}::HUGEINT)"
    return f"(sign({scaled})::HUGEINT * ((abs({scaled}) * 2 + {last}::HUGEINT) // {2 * last}::HUGEINT))"


def to_text(sql: str, source: SnowflakeType) -> str:
    return f"sf_interval_text(CAST({sql} AS VARCHAR), {literal(interval.sql_name(source))})"


def fitted(sql: str, kind: SnowflakeType, nullable: bool, doing: str) -> str:
    """``sql`` if the digits of ``kind`` are enough for it. The function is not called otherwise, but for constants."""
    described = literal(interval.described(kind, nullable))
    slow = f"sf_interval_fit(CAST({sql} AS VARCHAR), {literal(interval.sql_name(kind))}, {described}, {literal(doing)})"
    physical_type = physical(kind)
    return (
        f"(CASE WHEN abs({sql}) < {interval.limit(kind)}::HUGEINT THEN CAST({sql} AS {physical_type}) "
        f"ELSE CAST({slow} AS {physical_type}) END)"
    )


def cut(sql: str, unit: int) -> str:
    """Without what is smaller than a unit, toward zero."""
    if unit == 1:
        return f"CAST({sql} AS HUGEINT)"
    return f"(sign({sql})::HUGEINT * (abs(CAST({sql} AS HUGEINT)) // {unit}::HUGEINT) * {unit}::HUGEINT)"


# --- arithmetic -------------------------------------------------------------------------------------------------------
def is_interval(value: Typed) -> bool:
    return value.kind in interval.NAMES


def applies(op: str, left: Typed, right: Typed) -> bool:
    """Whether an operation is one of intervals, or has one as its result."""
    if is_interval(left) or is_interval(right):
        return True
    return op == "-" and left.kind in TIMESTAMPS and right.kind in TIMESTAMPS


def arithmetic(binder: OperatorBinder, op: str, left: Typed, right: Typed) -> Typed:
    """Raises SnowflakeError 001044: there is no such operation."""
    given = (left, right)
    if op == "-" and left.kind in TIMESTAMPS and right.kind in TIMESTAMPS:
        return _difference(binder, left, right)
    if is_interval(left) and is_interval(right) and left.kind == right.kind and op in "+-":
        kind = interval.span(left.type, right.type)
        sum_ = f"(CAST({left.sql} AS HUGEINT) {op} CAST({right.sql} AS HUGEINT))"
        return _result(sum_, kind, (left, right), "plus" if op == "+" else "minus")
    if op == "+" and is_interval(left):
        left, right = right, left
    if op in "+-" and is_interval(right) and left.kind in ("DATE", *TIMESTAMPS):
        return _moved(binder, op, left, right)
    if op == "*" and is_interval(right):
        left, right = right, left
    if (
        op in "*/"
        and is_interval(left)
        and not is_interval(right)
        and right.kind in ("FIXED", "REAL", "DECFLOAT", "NULL")
    ):
        return _scaled(binder, op, left, right)
    raise errors.INVALID_ARGUMENT_TYPES(op, ", ".join(value.type.sql_name() for value in given))


def _result(sql: str, kind: SnowflakeType, operands: tuple[Typed, ...], doing: str) -> Typed:
    nullable = any(operand.type.nullable for operand in operands)
    kind = kind.with_nullable(nullable)
    return Typed(fitted(cut(sql, interval.unit(kind)), kind, nullable, doing), kind)


def _difference(binder: OperatorBinder, left: Typed, right: Typed) -> Typed:
    kind = common((left.type, right.type))
    a, b = (_instant(binder.coerce(value, kind)) for value in (left, right))
    nullable = left.type.nullable or right.type.nullable
    return Typed(f"(CAST({a} - {b} AS HUGEINT) * 1000)", _ANY[interval.DAY_TIME].with_nullable(nullable))


def _instant(value: Typed) -> str:
    return f"epoch_us(({value.sql}).value)" if value.kind == "TIMESTAMP_TZ" else f"epoch_us({value.sql})"


def _moved(binder: OperatorBinder, op: str, moment: Typed, by: Typed) -> Typed:
    """A day-time interval makes a DATE a timestamp."""
    sign = "" if op == "+" else "-"
    if by.kind == interval.YEAR_MONTH:
        return binder.date_add("MONTH", f"({sign}({by.sql}))", moment)
    if moment.kind == "DATE":
        moment = binder.coerce(moment, m.timestamp_ntz())
    return binder.date_add("MICROSECOND", f"({sign}({cut(by.sql, 1000)} // 1000))", moment)


def _scaled(binder: OperatorBinder, op: str, value: Typed, number: Typed) -> Typed:
    if number.kind == "NULL":
        return Typed(f"CAST(NULL AS {physical(value.type)})", value.type.with_nullable(True))
    digits = 0
    if number.kind == "REAL":
        number = binder.coerce(number, m.number(38, 15))
    elif number.kind == "DECFLOAT":
        digits = interval.MOST_DIGITS
    elif op == "*":
        digits = (number.type.precision or 38) - (number.type.scale or 0)
    kind = replace(value.type, precision=min(interval.MOST_DIGITS, (value.type.precision or 0) + digits))
    name = "sf_multiply" if op == "*" else "sf_divide"
    digits_sql = f"sf_decfloat_text({number.sql})" if number.kind == "DECFLOAT" else f"CAST({number.sql} AS VARCHAR)"
    product = f"CAST({name}(CAST({value.sql} AS VARCHAR), {digits_sql}, 0) AS HUGEINT)"
    return _result(product, kind, (value, number), "multiply" if op == "*" else "divide")


def part(value: Typed, name: str, function: str) -> Typed:
    """A field of an interval (EXTRACT, YEAR …). Raises SnowflakeError 001045: it has no such field."""
    if name not in interval.fields_of(value.type):
        raise errors.INTERVAL_WITHOUT_PART(name, function, value.type.sql_name())
    call = f"sf_interval_part(CAST({value.sql} AS VARCHAR), {literal(value.type.sql_name())}, '{name}')"
    return Typed(call, m.number(9, 0))
