"""``a.x = b.y(+)`` in a WHERE clause ("Oracle-style outer joins in the WHERE clause").

A table whose columns are marked is joined by LEFT JOIN to the others, on the conditions in which it is marked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from dw_simulator.emulators.redshift.errors import FEATURE_NOT_SUPPORTED, RedshiftError, syntax_error
from dw_simulator.emulators.redshift.translation import scopes
from dw_simulator.emulators.redshift.translation.context import Context
from dw_simulator.emulators.redshift.translation.nodes import name_of, quoted, walk_select

_MARK = "join_mark"


@dataclass(slots=True)
class _Joined:
    """A table that is outer joined: on what, and to which table."""

    conditions: list[exp.Expr] = field(default_factory=list)
    others: set[str] = field(default_factory=set)


def outer_join_marks(select: exp.Select, context: Context) -> None:
    """Turn the marked conditions of a query into joins.

    Raises:
        RedshiftError: the marks are where the manual does not allow them.
    """
    marked = [node for node in walk_select(select) if node.args.get(_MARK)]
    if not marked:
        return
    if any(not isinstance(node, exp.Column) for node in marked):
        raise syntax_error("(+)")
    where = select.args.get("where")
    if where is None or any(node.find_ancestor(exp.Where, exp.Select) is not where for node in marked):
        raise _refused("Outer join operator (+) is allowed in a WHERE clause only.")
    if any(join.args.get(key) for join in select.args.get("joins") or () for key in ("on", "using", "method", "side")):
        raise _refused("Outer join operator (+) not allowed together with join syntax in the FROM clause.")
    known = _Tables(select, context)
    joined, rest = _sorted_out(where.this, known)
    for node in marked:
        node.set(_MARK, None)
    if joined:
        _join(select, joined, known)
        select.set("where", exp.Where(this=exp.and_(*rest, copy=False)) if rest else None)


def _refused(message: str) -> RedshiftError:
    return RedshiftError(FEATURE_NOT_SUPPORTED, message)


class _Tables:
    """The items of FROM by their names, and which of them a column belongs to."""

    def __init__(self, select: exp.Select, context: Context) -> None:
        self.items = {scopes.alias_of(item): item for item in scopes.from_items(select)}
        self._select = select
        self._context = context

    def of(self, column: exp.Column) -> str | None:
        """The table of a column, None when it belongs to a query around this one."""
        table = name_of(column.args.get("table"))
        if table:
            return table if table in self.items else None
        sources = scopes.sources(self._select, self._context)
        if any(source.columns is None for source in sources) and len(sources) > 1:
            raise _refused(f"Outer join operator (+) needs the table of column {name_of(column.this)} to be named.")
        found = [source.alias for source in sources if source.columns is None or name_of(column.this) in source.columns]
        return found[0] if found else None

    def read_by(self, condition: exp.Expr) -> set[str]:
        columns = [node for node in walk_select(condition) if isinstance(node, exp.Column)]
        return {table for column in columns if (table := self.of(column)) is not None}

    def names_in(self, condition: exp.Expr) -> set[str]:
        """The tables that a condition names or reads, also those that are in no FROM clause."""
        columns = [node for node in walk_select(condition) if isinstance(node, exp.Column)]
        return self.read_by(condition) | {name_of(column.args.get("table")) for column in columns} - {
            "",
            *self._outer(),
        }

    def _outer(self) -> Iterator[str]:
        query = self._select.find_ancestor(exp.Select)
        while query is not None:
            yield from map(scopes.alias_of, scopes.from_items(query))
            query = query.find_ancestor(exp.Select)


def _conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, exp.And):
        yield from _conjuncts(node.this)
        yield from _conjuncts(node.expression)
    elif isinstance(node, exp.Paren) and isinstance(node.this, exp.And | exp.Paren):
        yield from _conjuncts(node.this)
    else:
        yield node


def _sorted_out(where: exp.Expr, known: _Tables) -> tuple[dict[str, _Joined], list[exp.Expr]]:
    """The outer joined tables with their conditions, and the conditions that stay."""
    joined: dict[str, _Joined] = {}
    rest: list[exp.Expr] = []
    for condition in _conjuncts(where):
        marked = [node for node in walk_select(condition) if node.args.get(_MARK)]
        if not marked:
            rest.append(condition)
            continue
        if any(
            node.find_ancestor(exp.Or, exp.In, exp.Where) is not condition.find_ancestor(exp.Where) for node in marked
        ):
            raise _refused("Outer join operator (+) not allowed in operand of OR or IN.")
        tables = {known.of(column) for column in marked if isinstance(column, exp.Column)}
        inner = tables.pop()
        if tables or inner is None:
            raise _refused("A predicate may reference only one outer joined table.")
        entry = joined.setdefault(inner, _Joined())
        entry.conditions.append(condition)
        entry.others |= known.names_in(condition) - {inner}
        if len(entry.others) > 1:
            raise _refused("A table may be outer joined to at most one other table.")
    for inner in [name for name, entry in joined.items() if not entry.others]:
        rest += joined.pop(inner).conditions  # without a join the operator means nothing
    return joined, rest


def _join(select: exp.Select, joined: dict[str, _Joined], known: _Tables) -> None:
    """Write the FROM clause anew: first the tables that are not outer joined, then each that is after its other one."""
    order = [name for name in known.items if name not in joined]
    waiting = [name for name in known.items if name in joined]
    while waiting:
        ready = [name for name in waiting if joined[name].others <= set(order)]
        if not ready:
            raise _refused("Tables may not be outer joined to each other.")
        order += ready
        waiting = [name for name in waiting if name not in ready]
    if order != list(known.items):
        _name_stars(select, list(known.items))
    first, *others = order
    select.set("from_", exp.From(this=known.items[first]))
    select.set("joins", [_as_join(name, joined.get(name), known) for name in others])


def _as_join(name: str, entry: _Joined | None, known: _Tables) -> exp.Join:
    if entry is None:
        return exp.Join(this=known.items[name], kind="CROSS")
    return exp.Join(this=known.items[name], side="LEFT", on=exp.and_(*entry.conditions, copy=False))


def _name_stars(select: exp.Select, names: list[str]) -> None:
    """``*`` shows the columns in the order in which the tables were written."""
    items: list[exp.Expr] = []
    for node in select.expressions:
        if isinstance(node, exp.Star) and not node.args.get("except_"):
            items += [exp.Column(this=exp.Star(), table=quoted(name)) for name in names]
        else:
            items.append(node)
    select.set("expressions", items)
