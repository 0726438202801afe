"""Conditional expression functions. Vendor page: "Conditional expression functions"."""

from __future__ import annotations

from dw_simulator.emulators.snowflake.functions.registry import MANY, FunctionCall, function
from dw_simulator.emulators.snowflake.translation.typing import NULL_TYPE, Typed, common
from dw_simulator.emulators.snowflake.types import model as m
from dw_simulator.emulators.snowflake.types.decfloat import ZERO
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

CATEGORY = "Conditional expression"


def brought_together(call: FunctionCall, values: list[Typed]) -> tuple[list[str], SnowflakeType]:
    """SQL of values brought to their common type."""
    values = call.binder.numbers_of(values)
    kind = common(value.type for value in values)
    kind = kind if kind is not NULL_TYPE else m.text()
    return [call.binder.coerce(value, kind).sql for value in values], kind.with_nullable(True)


@function("COALESCE", CATEGORY, 2, MANY)
def coalesce(call: FunctionCall) -> Typed:
    parts, kind = brought_together(call, call.args())
    return Typed(f"coalesce({', '.join(parts)})", kind)


@function("NVL IFNULL", CATEGORY, 2)
def nvl(call: FunctionCall) -> Typed:
    return coalesce(call)


@function("IFF", CATEGORY, 3)
def iff(call: FunctionCall) -> Typed:
    parts, kind = brought_together(call, [call.arg(1), call.arg(2)])
    return Typed(f"(CASE WHEN {call.sql(0, 'b')} THEN {parts[0]} ELSE {parts[1]} END)", kind)


@function("NVL2", CATEGORY, 3)
def nvl2(call: FunctionCall) -> Typed:
    parts, kind = brought_together(call, [call.arg(1), call.arg(2)])
    return Typed(f"(CASE WHEN {call.arg(0).sql} IS NOT NULL THEN {parts[0]} ELSE {parts[1]} END)", kind)


@function("NULLIF", CATEGORY, 2)
def nullif(call: FunctionCall) -> Typed:
    a, b = call.arg(0), call.arg(1)
    test = call.binder.compare("=", a, b)
    return Typed(f"(CASE WHEN {test} THEN NULL ELSE {a.sql} END)", a.type.with_nullable(True))


@function("ZEROIFNULL", CATEGORY, 1)
def zeroifnull(call: FunctionCall) -> Typed:
    value = call.binder.numeric(call.arg(0), decfloat=True)
    return Typed(f"coalesce({value.sql}, {_zero(value)})", value.type)


def _zero(value: Typed) -> str:
    return f"'{ZERO}'" if value.kind == "DECFLOAT" else "0"


@function("NULLIFZERO", CATEGORY, 1)
def nullifzero(call: FunctionCall) -> Typed:
    value = call.binder.numeric(call.arg(0), decfloat=True)
    return Typed(f"nullif({value.sql}, {_zero(value)})", value.type.with_nullable(True))


@function("EQUAL_NULL", CATEGORY, 2)
def equal_null(call: FunctionCall) -> Typed:
    a, b = call.binder.comparable(call.arg(0), call.arg(1))
    return Typed(f"({a} IS NOT DISTINCT FROM {b})", m.boolean(nullable=False))


@function("DECODE", CATEGORY, 3, MANY)
def decode(call: FunctionCall) -> Typed:
    args = call.args()
    pairs = [(args[index], args[index + 1]) for index in range(1, len(args) - 1, 2)]
    results = [result for _, result in pairs] + ([args[-1]] if len(args) % 2 == 0 else [])
    parts, kind = brought_together(call, results)
    sql = "CASE"
    for (key, _), result in zip(pairs, parts, strict=False):
        a, b = call.binder.comparable(args[0], key)
        sql += f" WHEN {a} IS NOT DISTINCT FROM {b} THEN {result}"
    if len(args) % 2 == 0:
        sql += f" ELSE {parts[-1]}"
    return Typed(f"({sql} END)", kind)


@function("GREATEST LEAST GREATEST_IGNORE_NULLS LEAST_IGNORE_NULLS", CATEGORY, 1, MANY)
def greatest(call: FunctionCall) -> Typed:
    """NULL if any argument is NULL, but for the IGNORE_NULLS forms."""
    parts, kind = brought_together(call, call.args())
    name = "greatest" if call.name.startswith("GREATEST") else "least"
    sql = f"{name}({', '.join(parts)})"
    if not call.name.endswith("NULLS"):
        tests = " OR ".join(f"{part} IS NULL" for part in parts)
        sql = f"(CASE WHEN {tests} THEN NULL ELSE {sql} END)"
    return Typed(sql, kind)


@function("BOOLAND BOOLOR BOOLXOR", CATEGORY, 2)
def bool_pair(call: FunctionCall) -> Typed:
    a, b = (
        call.binder.numeric(call.arg(index)).sql if call.arg(index).kind != "BOOLEAN" else call.arg(index).sql
        for index in (0, 1)
    )
    a, b = f"CAST({a} AS BOOLEAN)", f"CAST({b} AS BOOLEAN)"
    op = {"BOOLAND": f"({a} AND {b})", "BOOLOR": f"({a} OR {b})", "BOOLXOR": f"({a} <> {b})"}[call.name]
    return Typed(op, m.boolean())


@function("BOOLNOT", CATEGORY, 1)
def bool_not(call: FunctionCall) -> Typed:
    return Typed(f"(NOT {call.sql(0, 'b')})", m.boolean())
