"""Correlated subqueries that Redshift refuses ("Correlated subquery patterns that are not supported").

Queries of the catalog only run on the leader node and are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dw_simulator.emulators.redshift.errors import RedshiftError
from dw_simulator.emulators.redshift.translation import scopes
from dw_simulator.emulators.redshift.translation.context import Context
from dw_simulator.emulators.redshift.translation.nodes import function_name, name_of, walk_select
from dw_simulator.emulators.redshift.translation.scan import CATALOG_PREFIXES

_AGGREGATES = frozenset(("sum", "avg", "count", "listagg", "stddev", "stddev_samp", "stddev_pop", "variance", "median"))


def run(tree: exp.Expr, context: Context) -> exp.Expr:
    """Look for refused patterns.

    Raises:
        RedshiftError: XX000, one is there.
    """
    inner = [select for select in tree.find_all(exp.Select) if select.find_ancestor(exp.Select) is not None]
    if not inner or _reads_catalogs(tree):
        return tree
    if any(_skips_a_block(select) or _refused_where_it_is(select, context) for select in inner):
        raise _error()
    for select in tree.find_all(exp.Select):
        if _groups_by_correlated(select):
            raise _error()
    return tree


def _error() -> RedshiftError:
    return RedshiftError("XX000", "This type of correlated subquery pattern is not supported due to internal error")


def _reads_catalogs(tree: exp.Expr) -> bool:
    return any(
        part.startswith(CATALOG_PREFIXES) for name in scopes.tables_of(tree) for part in name[-2:] if part != "public"
    )


def _aliases(select: exp.Select) -> set[str]:
    return {scopes.alias_of(item) for item in scopes.from_items(select)} - {""}


def _qualified(select: exp.Select) -> Iterator[str]:
    """The tables that the columns of a query are said to be of."""
    for node in walk_select(select):
        if isinstance(node, exp.Column) and node.args.get("table") is not None and node.args.get("db") is None:
            yield name_of(node.args["table"])


def _is_block(select: exp.Select) -> bool:
    """Whether a query stands in an expression, not in FROM or WITH, where it sees nothing around it."""
    holder = select.find_ancestor(exp.From, exp.Join, exp.CTE, exp.In, exp.Exists, exp.Where, exp.Having, exp.Select)
    return isinstance(holder, exp.In | exp.Exists | exp.Where | exp.Having | exp.Select) or (
        isinstance(holder, exp.Join) and any(on is not None and _holds(on, select) for on in (holder.args.get("on"),))
    )


def _holds(node: exp.Expr, inner: exp.Expr) -> bool:
    scope: exp.Expr | None = inner
    while scope is not None and scope is not node:
        scope = scope.parent
    return scope is node


def _around(select: exp.Select) -> exp.Select | None:
    return select.find_ancestor(exp.Select) if _is_block(select) else None


def _outer_tables(select: exp.Select) -> set[str]:
    """The tables of the query around it that a subquery names."""
    around = _around(select)
    return set() if around is None else (set(_qualified(select)) - _aliases(select)) & _aliases(around)


def _skips_a_block(select: exp.Select) -> bool:
    around = _around(select)
    foreign = set(_qualified(select)) - _aliases(select)
    if around is None or not foreign:
        return False
    foreign -= _aliases(around)
    beyond = _around(around)
    while beyond is not None and foreign:
        if foreign & _aliases(beyond):
            return True
        beyond = _around(beyond)
    return False


def _refused_where_it_is(select: exp.Select, context: Context) -> bool:
    correlated = bool(_outer_tables(select))
    if correlated and any(isinstance(node, exp.Window) for node in walk_select(select)):
        return True
    holder = select.find_ancestor(exp.Join, exp.Select)
    if correlated and isinstance(holder, exp.Join) and holder.args.get("side"):
        return True
    if not isinstance(select.find_ancestor(exp.In, exp.Select), exp.In) or select.args.get("group") is None:
        return False
    aggregated = any(function_name(node) in _AGGREGATES for item in select.expressions for node in walk_select(item))
    return aggregated and (correlated or _reads_outer_columns(select, context))


def _reads_outer_columns(select: exp.Select, context: Context) -> bool:
    """Whether a column that is not said to be of a table is of one around."""
    around = _around(select)
    own, outer = scopes.sources(select, context), [] if around is None else scopes.sources(around, context)
    if any(source.columns is None for source in [*own, *outer]):
        return False
    names = {
        name_of(node.this)
        for node in walk_select(select)
        if isinstance(node, exp.Column) and node.args.get("table") is None
    }
    names -= {name for source in own for name in source.columns or ()}
    return bool(names & {name for source in outer for name in source.columns or ()})


def _groups_by_correlated(select: exp.Select) -> bool:
    group = select.args.get("group")
    if group is None:
        return False
    keys = {name_of(node.this) for node in group.expressions if isinstance(node, exp.Column)}
    keys |= {node.name for node in group.expressions if isinstance(node, exp.Literal)}
    return any(
        (scopes.output_name(item) in keys or str(position) in keys)
        and any(_outer_tables(inner) for inner in item.find_all(exp.Select))
        for position, item in enumerate(select.expressions, 1)
        if isinstance(item.unalias(), exp.Subquery)
    )
