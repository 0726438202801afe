"""Window functions. Vendor page: "Window functions"."""

from __future__ import annotations

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.aggregates import over
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function
from dw_simulator.emulators.snowflake.functions.runtime import macros
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.typing import Typed, common
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "Window"
macros(
    {
        "count_changes(l)": (
            "CAST(len(list_filter(range(2, len(list_filter(l, lambda x: x IS NOT NULL)) + 1), "
            "lambda i: list_filter(l, lambda x: x IS NOT NULL)[i] <> list_filter(l, lambda x: x IS NOT NULL)[i - 1])) "
            "AS BIGINT)"
        )
    }
)
_RANKS = {"ROW_NUMBER": m.number(18, 0), "RANK": m.number(18, 0), "DENSE_RANK": m.number(18, 0)}


def ordered(call: FunctionCall) -> str:
    """The OVER clause of a function that needs ORDER BY in it. Raises SnowflakeError 002303: it has none."""
    _require_order(call)
    return over(call)


def _require_order(call: FunctionCall) -> None:
    window = call.node.window
    while window is not None and not window.order:
        window = call.binder.scope.windows.get(window.name or "")
        if window is None:
            raise errors.WINDOW_WITHOUT_ORDER(call.name)


@function("ROW_NUMBER RANK DENSE_RANK", CATEGORY, 0, kind="window")
def rank(call: FunctionCall) -> Typed:
    return Typed(f"{call.name.lower()}(){ordered(call)}", _RANKS[call.name])


@function("PERCENT_RANK CUME_DIST", CATEGORY, 0, kind="window")
def percent_rank(call: FunctionCall) -> Typed:
    return Typed(f"{call.name.lower()}(){ordered(call)}", m.real())


@function("NTILE", CATEGORY, 1, kind="window")
def ntile(call: FunctionCall) -> Typed:
    count = call.arg(0).const
    if isinstance(count, int) and count < 1:
        raise errors.INVALID_PARAMETER_VALUE(count, "NTILE")
    return Typed(f"ntile(CAST({call.sql(0, 'i')} AS BIGINT)){ordered(call)}", m.number(18, 0))


def _nulls(call: FunctionCall) -> str:
    return " IGNORE NULLS" if call.node.ignore_nulls else ""


@function("LAG LEAD", CATEGORY, 1, 3, kind="window")
def lag(call: FunctionCall) -> Typed:
    value = call.arg(0)
    kind = value.type.with_nullable(True)
    offset = f", CAST({call.sql(1, 'i')} AS BIGINT)" if call.count > 1 else ""
    default = ""
    if call.count > 2:
        other = call.arg(2)
        kind = common((value.type, other.type)).with_nullable(True)
        value, default = call.binder.coerce(value, kind), f", {call.binder.coerce(other, kind).sql}"
    return Typed(f"{call.name.lower()}({value.sql}{offset}{default}{_nulls(call)}){ordered(call)}", kind)


def framed(call: FunctionCall) -> str:
    """OVER whose default frame is the whole partition, as Snowflake's for FIRST_VALUE, LAST_VALUE and NTH_VALUE."""
    _require_order(call)
    window = call.node.window
    assert window is not None
    named = call.binder.scope.windows.get(window.name or "")
    if window.frame is None and (named is None or named.frame is None):
        whole = n.Frame("ROWS", ("UNBOUNDED PRECEDING", None), ("UNBOUNDED FOLLOWING", None))
        window = n.Window(window.name, window.partition, window.order, whole)
    return f" OVER {call.binder.window_sql(window)}"


@function("FIRST_VALUE LAST_VALUE", CATEGORY, 1, kind="window")
def first_value(call: FunctionCall) -> Typed:
    value = call.arg(0)
    sql = f"{call.name.lower()}({value.sql}{_nulls(call)}){framed(call)}"
    return Typed(sql, value.type.with_nullable(True))


@function("NTH_VALUE", CATEGORY, 2, kind="window")
def nth_value(call: FunctionCall) -> Typed:
    value, position = call.arg(0), f"CAST({call.sql(1, 'i')} AS BIGINT)"
    if call.node.from_last:
        keep = f" FILTER (WHERE {value.sql} IS NOT NULL)" if call.node.ignore_nulls else ""
        return Typed(f"(list({value.sql}){keep}{framed(call)})[-{position}]", value.type.with_nullable(True))
    return Typed(f"nth_value({value.sql}, {position}{_nulls(call)}){framed(call)}", value.type.with_nullable(True))


@function("RATIO_TO_REPORT", CATEGORY, 1, kind="window")
def ratio_to_report(call: FunctionCall) -> Typed:
    value = call.binder.numeric(call.arg(0))
    if value.kind == "REAL":
        return Typed(f"({value.sql} / nullif(sum({value.sql}){over(call)}, 0))", m.real())
    scale = value.type.scale or 0
    total = Typed(f"sum({value.sql}){over(call)}", m.number(38, scale))
    kind = m.number(38, max(6, scale))
    return Typed(call.binder.divide(value, total, kind, null_for_zero=True), kind)


@function("CONDITIONAL_CHANGE_EVENT", CATEGORY, 1, kind="window")
def conditional_change_event(call: FunctionCall) -> Typed:
    """Counts changes of the value down the partition, NULLs left out. The change itself is a window of its own."""
    _require_order(call)
    value, window = call.binder.key(call.arg(0)), call.node.window
    assert window is not None
    order = call.binder.order_sql(window.order)
    partition = ", ".join(call.binder.key(call.binder.expression(item)) for item in window.partition)
    over_sql = f"({f'PARTITION BY {partition} ' if partition else ''}{order})"
    values = f"list({value}) OVER {over_sql}"
    return Typed(f"sf.count_changes({values})", m.number(18, 0))


@function("CONDITIONAL_TRUE_EVENT", CATEGORY, 1, kind="window")
def conditional_true_event(call: FunctionCall) -> Typed:
    return Typed(f"CAST(count(CASE WHEN {call.sql(0, 'b')} THEN 1 END){ordered(call)} AS BIGINT)", m.number(18, 0))
