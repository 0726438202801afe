"""Phase "correlated": scalar subqueries that are computed for each row become groups that are computed once.

``x < (SELECT 0.2 * avg(q) FROM t WHERE t.k = o.k AND local)`` in a WHERE clause is the same as ``EXISTS (SELECT 1 FROM
(SELECT k, 0.2 * avg(q) AS v FROM t WHERE local GROUP BY k) AS d WHERE d.k = o.k AND x < d.v)``: where no row is found,
or the key is NULL, the subquery is NULL and the comparison not true. Redshift does likewise ("Correlated subqueries":
subquery decorrelation); PostgreSQL would read the whole table for each row, unless it has an index for that: then the
subquery is left alone. Nothing may be computed for rows that the subquery would not have looked at and that could
fail: only plain columns are aggregated, and only compared with others and with literals of their kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from dw_simulator.emulators.redshift.translation import scopes
from dw_simulator.emulators.redshift.translation.context import Columns, Context
from dw_simulator.emulators.redshift.translation.nodes import column, function_name, is_number, name_of, quoted

_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)
_AGGREGATES = frozenset(("sum", "avg", "min", "max"))
"""NULL where there is no row, unlike COUNT."""
_SIMPLE = (exp.Column, exp.Identifier, exp.Literal, exp.Paren, exp.Neg)
_ARITHMETIC = (*_SIMPLE, exp.Mul, exp.Add, exp.Sub)
_CONDITIONS = (
    *(*_SIMPLE, *_COMPARISONS, exp.And, exp.Or, exp.Not, exp.Between, exp.In, exp.Like, exp.Is, exp.Null),
    *(exp.Cast, exp.DataType),
)
_KINDS = {
    **dict.fromkeys(("smallint", "integer", "bigint", "numeric", "real", "double precision"), "number"),
    **dict.fromkeys(("character varying", "character"), "text"),
    **dict.fromkeys(("date", "timestamp without time zone"), "time"),
}
_CLAUSES = frozenset(("expressions", "from_", "where"))
_GROUPS, _KEY, _VALUE = "dw_groups", "dw_key", "dw_value"


def run(tree: exp.Expr, context: Context) -> exp.Expr:
    for select in reversed(list(tree.find_all(exp.Select))):
        where = select.args.get("where")
        for condition in list(_conjuncts(where.this)) if where is not None else ():
            found = _compared(condition)
            rewritten = _grouped(condition, *found, context) if found is not None and _named(condition) else None
            if rewritten is not None:
                condition.replace(rewritten)
    return tree


def _conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    """What has to be true for ``node`` to be true."""
    if isinstance(node, exp.And):
        yield from _conjuncts(node.this)
        yield from _conjuncts(node.expression)
    elif isinstance(node, exp.Paren):
        yield from _conjuncts(node.this)
    else:
        yield node


def _named(condition: exp.Expr) -> bool:
    """Whether each qualified column is one of a table in sight: else it may be a path in a SUPER column."""
    aliases = set()
    scope: exp.Expr | None = condition
    while scope is not None:
        if isinstance(scope, exp.Select):
            aliases |= {scopes.alias_of(item) for item in scopes.from_items(scope)}
        scope = scope.parent
    inner = {scopes.alias_of(item) for query in condition.find_all(exp.Select) for item in scopes.from_items(query)}
    return all(
        not node.args.get("db") and (not node.args.get("table") or name_of(node.args["table"]) in aliases | inner)
        for node in condition.find_all(exp.Column)
    )


def _compared(condition: exp.Expr) -> tuple[exp.Subquery, exp.Select] | None:
    """The subquery that a comparison has on one side, with something simple on the other."""
    if not isinstance(condition, _COMPARISONS):
        return None
    for side, other in ((condition.expression, condition.this), (condition.this, condition.expression)):
        if isinstance(side, exp.Subquery) and isinstance(side.this, exp.Select) and not side.args.get("alias"):
            simple = all(isinstance(node, _ARITHMETIC) for node in other.walk())
            return (side, side.this) if simple else None
    return None


@dataclass(slots=True)
class _Table:
    """The only table of a subquery."""

    alias: str
    columns: Columns
    keys: list[tuple[exp.Column, exp.Column]] = field(default_factory=list)
    """Columns of its own that have to be equal to columns of the outer query."""
    local: list[exp.Expr] = field(default_factory=list)

    def owns(self, node: exp.Column) -> bool:
        table = name_of(node.args.get("table"))
        return table == self.alias if table else name_of(node.this) in self.columns

    def hides(self, node: exp.Column) -> bool:
        """Whether what looks like a column of the outer query may be a path in a column of this table."""
        return name_of(node.args.get("table")) in self.columns

    def kind(self, node: exp.Column) -> str | None:
        return _KINDS.get(self.columns.get(name_of(node.this), "").partition("(")[0])


def _grouped(condition: exp.Expr, side: exp.Subquery, query: exp.Select, context: Context) -> exp.Expr | None:
    table = _only_table(query, context)
    where = query.args.get("where")
    if table is None or where is None or not all(_sorted_out(part, table) for part in _conjuncts(where.this)):
        return None
    value = query.expressions[0].unalias()
    if not table.keys or not _is_aggregate(value, table) or not any(_aggregates(value)):
        return None
    name = scopes.table_name(query.args["from_"].this)
    leading = context.leading(name)
    if leading is None or any(name_of(own.this) in leading for own, _ in table.keys):
        return None
    groups = _groups(query, table, value)
    side.replace(column(_VALUE, _GROUPS))
    equal = [
        exp.EQ(this=column(f"{_KEY}{number}", _GROUPS), expression=outer.copy())
        for number, (_, outer) in enumerate(table.keys)
    ]
    inner = exp.Select(expressions=[exp.Literal.number(1)])
    inner.set("from_", exp.From(this=exp.Subquery(this=groups, alias=exp.TableAlias(this=quoted(_GROUPS)))))
    inner.set("where", exp.Where(this=_all([*equal, condition.copy()])))
    return exp.Exists(this=inner)


def _only_table(query: exp.Select, context: Context) -> _Table | None:
    given = {key for key, value in query.args.items() if value}
    if not given <= _CLAUSES or len(query.expressions) != 1:
        return None
    source = query.args.get("from_")
    item = source.this if source is not None else None
    if not isinstance(item, exp.Table) or {key for key, value in item.args.items() if value} - _TABLE_PARTS:
        return None
    name = scopes.table_name(item)
    if len(name) == 1 and name[0] in scopes.ctes_of(item):
        return None
    alias = item.args.get("alias")
    if alias is not None and alias.args.get("columns"):
        return None
    columns = context.columns(name)
    return _Table(scopes.alias_of(item), columns) if columns else None


_TABLE_PARTS = frozenset(("this", "db", "catalog", "alias"))


def _sorted_out(condition: exp.Expr, table: _Table) -> bool:
    """Take a condition of the subquery as a key or as one about its own rows; whether it is either."""
    if isinstance(condition, exp.EQ):
        sides = condition.this, condition.expression
        if all(isinstance(side, exp.Column) for side in sides):
            own = [table.owns(side) for side in sides]
            if own in ([True, False], [False, True]):
                mine, outer = sides if own[0] else sides[::-1]
                table.keys.append((mine, outer))
                return table.kind(mine) is not None and not table.hides(outer)
    table.local.append(condition)
    return _cannot_fail(condition, table)


def _cannot_fail(condition: exp.Expr, table: _Table) -> bool:
    """Whether a condition reads the table's own rows only, and compares each value with values of its kind."""
    kinds = set()
    for node in condition.walk():
        if not isinstance(node, _CONDITIONS) or (isinstance(node, exp.In) and not node.expressions):
            return False
        if isinstance(node, exp.Cast) and not isinstance(node.this, exp.Literal):
            return False
        if isinstance(node, exp.Column):
            kinds.add(table.kind(node) if table.owns(node) else None)
        elif is_number(node):
            kinds.add("number")
    return None not in kinds and len(kinds) == 1


def _is_aggregate(node: exp.Expr, table: _Table) -> bool:
    """Whether it is made of numbers and of aggregates of the table's columns: NULL where there is no row."""
    if function_name(node) in _AGGREGATES:
        arguments = node.expressions
        given = {key for key, value in node.args.items() if value}
        return (
            given == {"this", "expressions"}
            and len(arguments) == 1
            and isinstance(arguments[0], exp.Column)
            and table.owns(arguments[0])
            and table.kind(arguments[0]) is not None
        )
    if isinstance(node, exp.Paren | exp.Neg):
        return _is_aggregate(node.this, table)
    if isinstance(node, exp.Mul | exp.Add | exp.Sub):
        return _is_aggregate(node.this, table) and _is_aggregate(node.expression, table)
    return is_number(node)


def _aggregates(node: exp.Expr) -> Iterator[exp.Expr]:
    return (each for each in node.walk() if function_name(each) in _AGGREGATES)


def _groups(query: exp.Select, table: _Table, value: exp.Expr) -> exp.Select:
    """The keys and the value of each group."""
    keys: list[exp.Expr] = [
        exp.Alias(this=own.copy(), alias=quoted(f"{_KEY}{number}")) for number, (own, _) in enumerate(table.keys)
    ]
    groups = exp.Select(expressions=[*keys, exp.Alias(this=value.copy(), alias=quoted(_VALUE))])
    groups.set("from_", query.args["from_"].copy())
    if table.local:
        groups.set("where", exp.Where(this=_all([condition.copy() for condition in table.local])))
    groups.set("group", exp.Group(expressions=[own.copy() for own, _ in table.keys]))
    return groups


def _all(conditions: list[exp.Expr]) -> exp.Expr:
    result = conditions[0]
    for condition in conditions[1:]:
        result = exp.And(this=result, expression=exp.Paren(this=condition) if _is_or(condition) else condition)
    return exp.Paren(this=result) if _is_or(result) else result


def _is_or(node: exp.Expr) -> bool:
    return isinstance(node, exp.Or)
