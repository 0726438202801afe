"""Phase "partiql": navigation and unnesting of SUPER values ("Querying semistructured data").

``c.orders[0].key`` becomes calls of dw_get and dw_at, ``FROM t c, c.orders AS o AT i`` a lateral call of dw_elements,
``UNPIVOT c.obj AS v AT k`` one of dw_members. Navigation is lax: a step that does not exist is NULL.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from dw_simulator.emulators.redshift.translation import scopes
from dw_simulator.emulators.redshift.translation.context import Context
from dw_simulator.emulators.redshift.translation.dialect import UNPIVOT_MARK
from dw_simulator.emulators.redshift.translation.nodes import call, column, name_of, quoted, walk_select
from dw_simulator.emulators.redshift.translation.words import AT_MARK


@dataclass(slots=True)
class _Scope:
    """The names of a query and those around it: table aliases, and aliases that stand for a SUPER value."""

    tables: set[str]
    values: set[str]
    parent: _Scope | None = None

    def is_value(self, name: str) -> bool:
        if name in self.values:
            return True
        return name not in self.tables and self.parent is not None and self.parent.is_value(name)

    def is_table(self, name: str) -> bool:
        if name in self.tables:
            return True
        return name not in self.values and self.parent is not None and self.parent.is_table(name)


def run(tree: exp.Expr, context: Context) -> exp.Expr:
    _visit(tree, None, context)
    return tree


def _visit(root: exp.Expr, scope: _Scope | None, context: Context) -> None:
    inner = scope
    if isinstance(root, exp.Select):
        inner = _Scope(set(), set(), scope)
        _from_clause(root, inner, context)
    elif isinstance(root, exp.Update | exp.Delete | exp.Merge):
        inner = _Scope({scopes.alias_of(table) for table in root.find_all(exp.Table, exp.Subquery)}, set(), scope)
    nodes = list(walk_select(root))
    nested = [node for node in nodes if node is not root and isinstance(node, exp.Query)]
    if inner is not None:
        for path in [node for node in nodes if _is_path_head(node)]:
            _rewrite_path(path, inner, context)
    for query in nested:
        _visit(query, inner, context)


# --- FROM ------------------------------------------------------------------------------------------------------------
def _from_clause(select: exp.Select, scope: _Scope, context: Context) -> None:
    for item in list(scopes.from_items(select)):
        path = _unnest_path(item, scope)
        if path is None:
            scope.tables.add(scopes.alias_of(item))
            continue
        function, value, alias, index = path
        names = [quoted(alias), quoted(index)] if index else [quoted(alias)]
        scope.values.add(alias)
        steps = _resolve(value, scope, context)
        lateral = exp.Lateral(
            this=call(function, steps if steps is not None else value),
            alias=exp.TableAlias(this=quoted(alias), columns=names),
        )
        parent = item.parent
        item.replace(lateral)
        if isinstance(parent, exp.Join) and not parent.side and parent.args.get("on") is None:
            parent.set("kind", "CROSS")


def _unnest_path(item: exp.Expr, scope: _Scope) -> tuple[str, exp.Expr, str, str] | None:
    """(function, value expression, alias, alias of the index) of an item that navigates instead of naming a table."""
    node = item
    alias_node = node.args.get("alias")
    alias = scopes.alias_of(node) if isinstance(node, exp.Table) else name_of(alias_node)
    alias, _, index = alias.partition(AT_MARK)
    value: exp.Expr | None = None
    if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
        parts = [part for part in (node.args.get("catalog"), node.args.get("db"), node.this) if part is not None]
        head = name_of(parts[0])
        unpivot = head.startswith(UNPIVOT_MARK)
        bare = head.removeprefix(UNPIVOT_MARK)
        known = scope.is_value(bare) if len(parts) == 1 else scope.is_table(bare) or scope.is_value(bare)
        if not (known or unpivot) or (len(parts) == 1 and not scope.is_value(bare)):
            return None
        value = _column_of(parts)
    elif isinstance(node, exp.Alias):
        value = node.this
    elif isinstance(node, exp.Unnest) and node.expressions:
        names = alias_node.args.get("columns") or [alias_node.this] if alias_node is not None else []
        alias, _, index = (name_of(names[0]) if names else "").partition(AT_MARK)
        value = node.expressions[0]
    elif isinstance(node, exp.Column | exp.Dot | exp.Bracket):
        value = node
        alias = alias or scopes.figure_name(node)
    elif isinstance(node, exp.Table) and isinstance(node.this, exp.Column | exp.Dot | exp.Bracket):
        value = node.this
    if value is None:
        return None
    unnesting = "dw_elements_at" if index else "dw_elements"
    function = "dw_members" if _take_unpivot_mark(value) else unnesting
    return function, value.copy(), alias or "_rs_element", index


def _column_of(parts: list[exp.Expr]) -> exp.Column:
    names = ["this", "table", "db", "catalog"]
    return exp.Column(**{names[i]: part.copy() for i, part in enumerate(reversed(parts))})


def _take_unpivot_mark(value: exp.Expr) -> bool:
    found = False
    for identifier in value.find_all(exp.Identifier):
        if identifier.this.startswith(UNPIVOT_MARK):
            identifier.set("this", identifier.this.removeprefix(UNPIVOT_MARK))
            found = True
    return found


# --- paths -----------------------------------------------------------------------------------------------------------
def _value_column(alias: str) -> exp.Column:
    """The column that holds an unnested value; it is not to be read as a path again."""
    result = column(alias, alias)
    result.meta["resolved"] = True
    return result


def _is_path_head(node: exp.Expr) -> bool:
    """The outermost node of a chain of columns, dots and brackets."""
    if isinstance(node, exp.Column) and node.meta.get("resolved"):
        return False
    if not isinstance(node, exp.Column | exp.Dot | exp.Bracket):
        return False
    parent = node.parent
    return not (isinstance(parent, exp.Dot | exp.Bracket) and parent.this is node)


def _rewrite_path(node: exp.Expr, scope: _Scope, context: Context) -> None:
    if isinstance(node, exp.Column) and node.args.get("table") is None:
        return
    if isinstance(node.args.get("this"), exp.Star):
        return
    resolved = _resolve(node, scope, context)
    if resolved is not None:
        name = scopes.figure_name(node)
        item = node
        while isinstance(item.parent, exp.Cast | exp.Paren) and item.arg_key == "this":
            item = item.parent
        if isinstance(item.parent, exp.Select) and item.arg_key == "expressions" and name:
            named = scopes.aliased(exp.Null(), name)
            item.replace(named)
            named.set("this", item)
        node.replace(resolved)


def _resolve(node: exp.Expr, scope: _Scope, context: Context) -> exp.Expr | None:
    """``node`` with its steps as calls, None when it is just a column."""
    steps: list[exp.Expr] = []
    head = node
    while isinstance(head, exp.Dot | exp.Bracket):
        if isinstance(head, exp.Dot):
            if not isinstance(head.expression, exp.Identifier):
                return None
            steps.insert(0, head.expression)
        else:
            steps.insert(0, head.expressions[0])
        head = head.this
    if isinstance(head, exp.Paren) and _has_records(node):
        return None
    if not isinstance(head, exp.Column):
        return _navigate(head.copy(), steps, context) if steps else None
    parts = [part for key in ("catalog", "db", "table", "this") if (part := head.args.get(key)) is not None]
    taken = _column_parts(parts, scope)
    if taken == len(parts) and not steps:
        if len(parts) == 1 and scope.is_value(name_of(parts[0])):
            return _value_column(name_of(parts[0]))
        return None
    first = name_of(parts[0])
    start: exp.Expr = _value_column(first) if taken == 1 and scope.is_value(first) else _column_of(parts[:taken])
    return _navigate(start, [*parts[taken:], *steps], context)


def _has_records(node: exp.Expr) -> bool:
    """Whether the statement reads records: information_schema._pg_expandarray() makes them, for catalog queries."""
    return any(call.name.lower() == "_pg_expandarray" for call in node.root().find_all(exp.Anonymous))


def _column_parts(parts: list[exp.Expr], scope: _Scope) -> int:
    """How many leading parts of a dotted name are the column."""
    first = name_of(parts[0])
    if len(parts) == 1 or scope.is_value(first):
        return 1
    if scope.is_table(first):
        return 2
    if len(parts) > 2 and scope.is_table(name_of(parts[1])):
        return 3
    return 4 if len(parts) > 3 and scope.is_table(name_of(parts[2])) else 1


def _navigate(value: exp.Expr, steps: list[exp.Expr], context: Context) -> exp.Expr:
    for step in steps:
        if isinstance(step, exp.Identifier):
            key = step.name if context.case_sensitive_super or step.args.get("quoted") else step.name.lower()
            value = call("dw_get", value, key)
        elif isinstance(step, exp.Literal) and step.args.get("is_string"):
            value = call("dw_get", value, step.copy())
        else:
            value = call("dw_at", value, step.copy())
    return value
