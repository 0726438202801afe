"""Filling gaps in series. Vendor page: "INTERPOLATE_BFILL, INTERPOLATE_FFILL, INTERPOLATE_LINEAR"."""

from __future__ import annotations

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "Window"
_BEFORE = n.Frame("ROWS", ("UNBOUNDED PRECEDING", None), ("CURRENT ROW", None))
_AFTER = n.Frame("ROWS", ("CURRENT ROW", None), ("UNBOUNDED FOLLOWING", None))


def _over(call: FunctionCall, frame: n.Frame) -> str:
    window = call.node.window
    assert window is not None
    if not window.order and window.name is None:
        raise errors.INVALID_FUNCTION_TYPE(call.name, "a window without ORDER BY")
    return f"OVER {call.binder.window_sql(n.Window(window.name, window.partition, window.order, frame))}"


@function("INTERPOLATE_FFILL", CATEGORY, 1, kind="window")
def ffill(call: FunctionCall) -> Typed:
    value = call.arg(0)
    return Typed(f"last_value({value.sql} IGNORE NULLS) {_over(call, _BEFORE)}", value.type.with_nullable(True))


@function("INTERPOLATE_BFILL", CATEGORY, 1, kind="window")
def bfill(call: FunctionCall) -> Typed:
    value = call.arg(0)
    return Typed(f"first_value({value.sql} IGNORE NULLS) {_over(call, _AFTER)}", value.type.with_nullable(True))


@function("INTERPOLATE_LINEAR", CATEGORY, 1, kind="window")
def linear(call: FunctionCall) -> Typed:
    """On the line between the neighbours, by the value of the ORDER BY expression; NULL outside of the known values."""
    value = call.binder.numeric(call.arg(0))
    window = call.node.window
    assert window is not None
    if len(window.order) != 1:
        raise errors.INVALID_FUNCTION_TYPE(call.name, "a window that is not ordered by one expression")
    key = call.binder.expression(window.order[0].expr)
    place = f"CAST({key.sql} AS DOUBLE)" if key.kind in ("FIXED", "REAL") else f"epoch(CAST({key.sql} AS TIMESTAMP))"
    number = f"CAST({value.sql} AS DOUBLE)"
    known = f"CASE WHEN {value.sql} IS NOT NULL THEN {place} END"
    before, after = _over(call, _BEFORE), _over(call, _AFTER)
    y0, y1 = f"last_value({number} IGNORE NULLS) {before}", f"first_value({number} IGNORE NULLS) {after}"
    x0, x1 = f"last_value({known} IGNORE NULLS) {before}", f"first_value({known} IGNORE NULLS) {after}"
    line = f"({y0}) + (({y1}) - ({y0})) * ({place} - ({x0})) / nullif(({x1}) - ({x0}), 0)"
    return Typed(f"(CASE WHEN {value.sql} IS NOT NULL THEN {number} ELSE {line} END)", m.real())
