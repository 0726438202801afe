"""``UPDATE t … FROM u JOIN t AS c ON …`` ("UPDATE"): the target in FROM, under an alias, is the target itself.

PostgreSQL would join the target once more, and update every row of it.
"""

from __future__ import annotations

from sqlglot import exp

from dw_simulator.emulators.redshift.errors import FEATURE_NOT_SUPPORTED, RedshiftError
from dw_simulator.emulators.redshift.translation import scopes
from dw_simulator.emulators.redshift.translation.nodes import name_of


def target_in_from(update: exp.Update) -> None:
    """Give the target the alias that it has in the FROM clause, and take it out there.

    Raises:
        RedshiftError: it is there in an outer join.
    """
    source, target = update.args.get("from_"), update.this
    if source is None or not isinstance(target, exp.Table) or target.args.get("alias") is not None:
        return
    joins = list(source.this.args.get("joins") or ())
    items = [source.this, *[join.this for join in joins]]
    again = [item for item in items if _same_table(item, target) and scopes.alias_of(item) != name_of(target.this)]
    if len(again) != 1 or _named(update, name_of(target.this)):
        return
    if any(join.args.get("side") for join in joins):
        raise RedshiftError(FEATURE_NOT_SUPPORTED, "Target table must be part of an equijoin predicate")
    if any(join.args.get("using") or join.args.get("method") for join in joins):
        raise RedshiftError(FEATURE_NOT_SUPPORTED, "UPDATE with its target in a NATURAL join or a join with USING")
    conditions = [condition for join in joins if (condition := join.args.get("on")) is not None]
    where = update.args.get("where")
    conditions += [where.this] if where is not None else []
    target.set("alias", again[0].args["alias"])
    others = [item for item in items if item is not again[0]]
    for item in others:
        item.set("joins", None)
    if others:
        others[0].set("joins", [exp.Join(this=item, kind="CROSS") for item in others[1:]])
    update.set("from_", exp.From(this=others[0]) if others else None)
    update.set("where", exp.Where(this=exp.and_(*conditions, copy=False)) if conditions else None)


def _same_table(item: exp.Expr, target: exp.Table) -> bool:
    if not isinstance(item, exp.Table) or not isinstance(item.this, exp.Identifier):
        return False
    short = min(len(scopes.table_name(item)), len(scopes.table_name(target)))
    return scopes.table_name(item)[-short:] == scopes.table_name(target)[-short:]


def _named(update: exp.Update, name: str) -> bool:
    """Whether a condition names the target by its own name: then the other one is another row of it."""
    return any(name_of(column.args.get("table")) == name for column in update.find_all(exp.Column))
