"""Phase "queries": clauses of SELECT that PostgreSQL does not have, each turned into ones it has.

One function per clause, applied to every SELECT, innermost first: (+) joins, CONNECT BY, PIVOT and UNPIVOT, EXCLUDE,
lateral column aliases, GROUP BY ALL, QUALIFY.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from dw_simulator.emulators.redshift.errors import FEATURE_NOT_SUPPORTED, RedshiftError, UnsupportedFeatureError
from dw_simulator.emulators.redshift.translation import hierarchies, outer_joins, pivots, scopes, updates
from dw_simulator.emulators.redshift.translation.context import Context
from dw_simulator.emulators.redshift.translation.nodes import (
    column,
    contains_aggregate,
    contains_window,
    name_of,
    paren,
    quoted,
    walk_select,
)
from dw_simulator.emulators.redshift.translation.scopes import aliased, is_star, output_name

Step = Callable[[exp.Select, Context], None]


def run(tree: exp.Expr, context: Context) -> exp.Expr:
    if isinstance(tree, exp.Update):
        updates.target_in_from(tree)
    selects = list(tree.find_all(exp.Select))
    for select in reversed(selects):
        for step in STEPS:
            step(select, context)
    return tree


def distinct_on(select: exp.Select, context: Context) -> None:  # noqa: ARG001 - one interface for all steps
    """PostgreSQL has ``DISTINCT ON (…)``, Redshift does not ("SELECT list")."""
    distinct = select.args.get("distinct")
    if distinct is not None and distinct.args.get("on") is not None:
        raise RedshiftError(FEATURE_NOT_SUPPORTED, "SELECT DISTINCT ON is not supported")


# --- EXCLUDE ---------------------------------------------------------------------------------------------------------
def exclude(select: exp.Select, context: Context) -> None:
    """``SELECT * EXCLUDE (a, b)`` ("SELECT list"): the list without these columns."""
    stars = [star for node in select.expressions for star in node.find_all(exp.Star) if star.args.get("except_")]
    excluded = {name_of(node.this) for star in stars for node in star.args["except_"]}
    excluded |= {name_of(node.this) for node in select.args.get("exclude") or () if isinstance(node, exp.Column)}
    if not excluded:
        return
    for star in stars:
        star.set("except_", None)
    select.set("exclude", None)
    kept = [node for node in _expanded(select, context, "EXCLUDE") if output_name(node) not in excluded]
    select.set("expressions", kept)


def _expanded(select: exp.Select, context: Context, why: str) -> list[exp.Expr]:
    """The select list without stars."""
    if not any(is_star(node) for node in select.expressions):
        return list(select.expressions)
    found = scopes.sources(select, context)
    result: list[exp.Expr] = []
    for node in select.expressions:
        columns = scopes.expand_star(node, found) if is_star(node) else [node]
        if columns is None:
            raise UnsupportedFeatureError(f"{why} over a source whose columns are not known")
        result += columns
    return result


# --- lateral column aliases ------------------------------------------------------------------------------------------
def lateral_aliases(select: exp.Select, context: Context) -> None:
    """An alias of the select list used further on in it, in WHERE or HAVING ("SELECT list": alias references)."""
    aliases: dict[str, exp.Expr] = {}
    columns: frozenset[str] | None = None
    targets = list(select.expressions)
    targets += [clause for key in ("where", "having", "qualify") if (clause := select.args.get(key)) is not None]
    targets += list(_grouping_expressions(select))
    for target in targets:
        for reference in list(walk_select(target)) if aliases else ():
            if not isinstance(reference, exp.Column) or reference.args.get("table") is not None:
                continue
            definition = aliases.get(name_of(reference.this))
            if definition is None:
                continue
            columns = _source_columns(select, context) if columns is None else columns
            if name_of(reference.this) in columns:
                continue
            replacement = paren(definition.copy())
            if reference is target:
                select.set("expressions", [replacement if node is target else node for node in select.expressions])
            else:
                reference.replace(replacement)
        if isinstance(target, exp.Alias):
            aliases.setdefault(name_of(target.args["alias"]), target.this)


def _grouping_expressions(select: exp.Select) -> list[exp.Expr]:
    """Keys of GROUP BY that are more than a name: PostgreSQL resolves plain aliases there itself."""
    group = select.args.get("group")
    if group is None:
        return []
    return [key for key in group.expressions if not isinstance(key, exp.Column | exp.Literal)]


def _source_columns(select: exp.Select, context: Context) -> frozenset[str]:
    return frozenset(name for source in scopes.sources(select, context) for name in source.columns or ())


# --- GROUP BY ALL ----------------------------------------------------------------------------------------------------
def group_by_all(select: exp.Select, context: Context) -> None:
    """GROUP BY ALL ("GROUP BY clause"): every item of the select list that holds no aggregate."""
    group = select.args.get("group")
    if group is None or not group.args.get("all"):
        return
    select.set("expressions", _expanded(select, context, "GROUP BY ALL"))
    keys: list[exp.Expr] = [
        exp.Literal.number(position)
        for position, node in enumerate(select.expressions, 1)
        if not contains_aggregate(node) and not contains_window(node)
    ]
    select.set("group", exp.Group(expressions=keys) if keys else None)


# --- QUALIFY ---------------------------------------------------------------------------------------------------------
_QUALIFIED = "_rs_qualified"


def qualify(select: exp.Select, context: Context) -> None:
    """QUALIFY ("QUALIFY clause"): the condition becomes a column of an inner query, which the outer one filters by."""
    clause = select.args.get("qualify")
    if clause is None:
        return
    projections = _expanded(select, context, "QUALIFY")
    names = [output_name(node) for node in projections]
    inner = exp.Select(
        expressions=[
            aliased(node.this if isinstance(node, exp.Alias) else node, f"_c{position}")
            for position, node in enumerate(projections)
        ]
    )
    inner.append("expressions", aliased(clause.this, "_qualify"))
    orders = _hidden_orders(select, inner, names)
    for key in ("from_", "joins", "laterals", "where", "group", "having", "windows"):
        inner.set(key, select.args.get(key))
        select.set(key, None)
    select.set("qualify", None)
    select.set("expressions", [aliased(column(f"_c{i}", _QUALIFIED), name) for i, name in enumerate(names)])
    select.set("from_", exp.From(this=exp.Subquery(this=inner, alias=exp.TableAlias(this=quoted(_QUALIFIED)))))
    select.set("where", exp.Where(this=column("_qualify", _QUALIFIED)))
    if orders is not None:
        select.set("order", orders)


def _hidden_orders(select: exp.Select, inner: exp.Select, names: list[str]) -> exp.Order | None:
    """ORDER BY of the outer query; keys that are not in its list travel as extra columns of the inner one."""
    order = select.args.get("order")
    if order is None:
        return None
    for position, ordered in enumerate(order.expressions):
        key = ordered.this
        if isinstance(key, exp.Literal):
            continue
        if isinstance(key, exp.Column) and key.args.get("table") is None and name_of(key.this) in names:
            continue
        inner.append("expressions", aliased(key.copy(), f"_o{position}"))
        key.replace(column(f"_o{position}", _QUALIFIED))
    return order  # type: ignore[no-any-return]


STEPS: tuple[Step, ...] = (
    distinct_on,
    outer_joins.outer_join_marks,
    hierarchies.connect_by,
    pivots.pivot,
    exclude,
    lateral_aliases,
    group_by_all,
    qualify,
)
