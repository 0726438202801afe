"""Calls with OVER, WITHIN GROUP and IGNORE NULLS that PostgreSQL has no direct form for."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from dw_simulator.emulators.redshift.errors import SYNTAX_ERROR, RedshiftError, UnsupportedFeatureError
from dw_simulator.emulators.redshift.translation import functions
from dw_simulator.emulators.redshift.translation.nodes import call, cast, function_name, raw

_FRAMED = frozenset(
    (
        *("avg", "count", "max", "min", "stddev", "stddev_samp", "stddev_pop", "sum"),
        *("variance", "var_samp", "var_pop", "first_value", "last_value", "nth_value"),
    )
)
"""Functions that have a frame ("Window function syntax summary")."""


def window(node: exp.Window) -> exp.Expr | None:
    """A translated window call; None when it is fine as it is. ``node.this`` is not translated yet."""
    inner = node.this
    ignores = isinstance(inner, exp.IgnoreNulls)
    if isinstance(inner, exp.RespectNulls | exp.IgnoreNulls):
        inner = inner.this
        node.set("this", inner)
    if isinstance(inner, exp.WithinGroup):
        return _ordered_set(node, inner.this, inner.expression)
    name = function_name(inner)
    if name in _FRAMED and node.args.get("order") is not None and node.args.get("spec") is None:
        raise RedshiftError(SYNTAX_ERROR, "Aggregate window functions with an ORDER BY clause require a frame clause")
    if inner is not None and inner.args.get("expressions"):
        ignores = _take_ignore_nulls(inner) or ignores
    handler = _HANDLERS.get(name)
    if handler is not None:
        return handler(node, inner)
    if ignores and name in _IGNORING:
        return _IGNORING[name](node, inner)
    if ignores:
        raise UnsupportedFeatureError(f"{name.upper()} with IGNORE NULLS")
    return None


def _take_ignore_nulls(inner: exp.Expr) -> bool:
    ignores = False
    for argument in list(inner.expressions):
        if isinstance(argument, exp.IgnoreNulls | exp.RespectNulls):
            ignores = isinstance(argument, exp.IgnoreNulls)
            argument.replace(argument.this)
    return ignores


def over(node: exp.Window, new: exp.Expr) -> exp.Window:
    """``new`` over the window of ``node``."""
    copy = node.copy()
    copy.set("this", new)
    return copy


# --- AVG, RATIO_TO_REPORT, MEDIAN ------------------------------------------------------------------------------------
def _avg(node: exp.Window, inner: exp.Expr) -> exp.Expr:
    argument = inner.expressions[0]
    return call("dw_avg", over(node, call("sum", argument)), over(node, call("count", argument.copy())))


def _ratio_to_report(node: exp.Window, inner: exp.Expr) -> exp.Expr:
    argument = cast(inner.expressions[0], "double precision")
    total = over(node, call("sum", argument.copy()))
    return exp.Div(this=argument, expression=call("nullif", total, 0))


def _median(node: exp.Window, inner: exp.Expr) -> exp.Expr:
    half = exp.Literal.number("0.5")
    return call("dw_percentile_cont", over(node, call("array_agg", inner.expressions[0])), half)


def _listagg(node: exp.Window, inner: exp.Expr) -> exp.Expr:
    return _window_list(node, inner, None)


_HANDLERS: dict[str, Callable[[exp.Window, exp.Expr], exp.Expr]] = {
    "avg": _avg,
    "ratio_to_report": _ratio_to_report,
    "median": _median,
    "listagg": _listagg,
}


# --- WITHIN GROUP … OVER ---------------------------------------------------------------------------------------------
def _ordered_set(node: exp.Window, inner: exp.Expr, order: exp.Order) -> exp.Expr:
    name = function_name(inner)
    if name == "listagg":
        return _window_list(node, inner, order)
    if name == "percentile_cont":
        return functions.percentile_cont(inner.expressions[0], order, lambda key: over(node, call("array_agg", key)))
    if name == "percentile_disc":
        key = order.expressions[0]
        values = over(node, call("array_agg", key.this))
        fraction: exp.Expr = inner.expressions[0]
        if key.args.get("desc"):
            fraction = exp.Paren(this=exp.Sub(this=exp.Literal.number(1), expression=exp.Paren(this=fraction)))
        return call(f"dw_{name}", values, fraction)
    raise UnsupportedFeatureError(f"{name.upper()} WITHIN GROUP … OVER")


def _window_list(node: exp.Window, inner: exp.Expr, order: exp.Order | None) -> exp.Expr:
    """LISTAGG over a partition: the window sorts the values, all rows of the partition are in its frame."""
    value, *rest = inner.expressions
    distinct = isinstance(value, exp.Distinct)
    if distinct:
        value, rest = value.expressions[0], [*list(value.expressions)[1:], *rest]
    separator = rest[0] if rest else exp.Literal.string("")
    values = over(node, call("array_agg", call("nullif", cast(value, "varchar"), exp.Literal.string(""))))
    if order is not None:
        values.set("order", order.copy())
        values.set("spec", _rows("UNBOUNDED", "PRECEDING", "UNBOUNDED", "FOLLOWING"))
    return call("dw_listagg_window", values, separator, exp.Boolean(this=distinct))


# --- IGNORE NULLS ----------------------------------------------------------------------------------------------------
def _first_value(node: exp.Window, inner: exp.Expr) -> exp.Expr:
    return over(node, call("dw_first_value", inner.expressions[0]))


def _last_value(node: exp.Window, inner: exp.Expr) -> exp.Expr:
    return over(node, call("dw_last_value", inner.expressions[0]))


def _nth_value(node: exp.Window, inner: exp.Expr) -> exp.Expr:
    return call("dw_nth", over(node, _not_null(inner.expressions[0])), inner.expressions[1])


def _lag(node: exp.Window, inner: exp.Expr) -> exp.Expr:
    return _shifted(node, inner, "dw_nth_last", "UNBOUNDED", "PRECEDING", 1, "PRECEDING")


def _lead(node: exp.Window, inner: exp.Expr) -> exp.Expr:
    return _shifted(node, inner, "dw_nth", 1, "FOLLOWING", "UNBOUNDED", "FOLLOWING")


def _shifted(
    node: exp.Window, inner: exp.Expr, function: str, start: str | int, start_side: str, end: str | int, end_side: str
) -> exp.Expr:
    collected = over(node, _not_null(inner.expressions[0]))
    collected.set("spec", _rows(start, start_side, end, end_side))
    offset = inner.expressions[1] if len(inner.expressions) > 1 else exp.Literal.number(1)
    return call(function, collected, offset)


def _rows(start: str | int, start_side: str, end: str | int, end_side: str) -> exp.WindowSpec:
    return exp.WindowSpec(kind="ROWS", start=_bound(start), start_side=start_side, end=_bound(end), end_side=end_side)


def _bound(value: str | int) -> exp.Expr | str:
    return value if isinstance(value, str) else raw(str(value))


def _not_null(value: exp.Expr) -> exp.Expr:
    test = exp.Not(this=exp.Is(this=exp.Paren(this=value.copy()), expression=exp.Null()))
    return exp.Filter(this=call("array_agg", value), expression=exp.Where(this=test))


_IGNORING: dict[str, Callable[[exp.Window, exp.Expr], exp.Expr]] = {
    "first_value": _first_value,
    "last_value": _last_value,
    "nth_value": _nth_value,
    "lag": _lag,
    "lead": _lead,
}

NAMES = frozenset(_HANDLERS) | frozenset(_IGNORING)
"""The functions that are treated here."""
