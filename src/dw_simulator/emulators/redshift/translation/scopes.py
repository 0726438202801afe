"""What the names in a query mean: the sources of its FROM clause and their columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from dw_simulator.emulators.redshift.translation.context import Context, TableName
from dw_simulator.emulators.redshift.translation.nodes import column, function_name, name_of, quoted


@dataclass(frozen=True, slots=True)
class Source:
    """One item of a FROM clause. ``columns`` maps names to types (None: not known); it is None itself when unknown."""

    alias: str
    columns: dict[str, str | None] | None
    merged: frozenset[str] = frozenset()
    """Columns that a USING or NATURAL join shows only once."""


def table_name(node: exp.Table) -> TableName:
    parts = [part for part in (node.args.get("catalog"), node.args.get("db"), node.this) if part is not None]
    return tuple(name_of(part) for part in parts)


def from_items(select: exp.Select) -> Iterator[exp.Expr]:
    """The tables, subqueries and functions of FROM and JOIN, in order."""
    source = select.args.get("from_")
    if source is not None:
        yield source.this
    for join in select.args.get("joins") or ():
        yield join.this


def alias_of(item: exp.Expr) -> str:
    alias = item.args.get("alias")
    if isinstance(alias, exp.TableAlias) and alias.this is not None:
        return name_of(alias.this)
    if isinstance(item, exp.Table) and isinstance(item.this, exp.Identifier):
        return name_of(item.this)
    return ""


def ctes_of(node: exp.Expr) -> dict[str, exp.CTE]:
    """The common table expressions that ``node`` sees, innermost first."""
    found: dict[str, exp.CTE] = {}
    scope: exp.Expr | None = node
    while scope is not None:
        clause = scope.args.get("with_")
        if clause is not None:
            for cte in clause.expressions:
                found.setdefault(name_of(cte.args["alias"].this), cte)
        scope = scope.parent
    return found


def tables_of(tree: exp.Expr) -> frozenset[TableName]:
    """Every table name in the tree that is no CTE."""
    names = {table_name(node) for node in tree.find_all(exp.Table) if isinstance(node.this, exp.Identifier)}
    ctes = {name_of(cte.args["alias"].this) for cte in tree.find_all(exp.CTE)}
    return frozenset(name for name in names if not (len(name) == 1 and name[0] in ctes))


def sources(select: exp.Select, context: Context) -> list[Source]:
    using = {
        name_of(identifier) for join in select.args.get("joins") or () for identifier in join.args.get("using") or ()
    }
    found: list[Source] = []
    for item in from_items(select):
        columns = _columns(item, context)
        merged = frozenset(using & (columns or {}).keys()) if found else frozenset()
        found.append(Source(alias_of(item), columns, merged))
    return found


def _columns(item: exp.Expr, context: Context) -> dict[str, str | None] | None:
    columns: dict[str, str | None] | None = None
    if item.args.get("pivots"):
        return None
    if isinstance(item, exp.Table) and isinstance(item.this, exp.Identifier):
        columns = _table_columns(item, context)
    elif isinstance(item, exp.Subquery):
        columns = output_columns(item.this, context)
    alias = item.args.get("alias")
    names = [name_of(name) for name in alias.args.get("columns") or ()] if alias is not None else []
    if names and columns is not None:
        kept = list(columns.items())
        return {
            **{name: kept[i][1] if i < len(kept) else None for i, name in enumerate(names)},
            **dict(kept[len(names) :]),
        }
    return columns


def _table_columns(table: exp.Table, context: Context) -> dict[str, str | None] | None:
    name = table_name(table)
    if len(name) == 1:
        cte = ctes_of(table).get(name[0])
        if cte is not None and not _inside(table, cte):
            return _cte_columns(cte, context)
        if cte is not None:
            return None
    columns = context.columns(name)
    return None if columns is None else dict(columns)


def _inside(node: exp.Expr, ancestor: exp.Expr) -> bool:
    scope: exp.Expr | None = node
    while scope is not None and scope is not ancestor:
        scope = scope.parent
    return scope is ancestor


def _cte_columns(cte: exp.CTE, context: Context) -> dict[str, str | None] | None:
    columns = output_columns(cte.this, context)
    names = [name_of(name) for name in cte.args["alias"].args.get("columns") or ()]
    if names and columns is not None:
        return dict(zip(names, columns.values(), strict=False))
    return columns


def output_columns(query: exp.Expr, context: Context) -> dict[str, str | None] | None:
    """Names and types of a query's result; None when they cannot be told."""
    from dw_simulator.emulators.redshift.translation.typing import infer  # the two need each other

    if isinstance(query, exp.Subquery):
        return output_columns(query.this, context)
    if isinstance(query, exp.SetOperation):
        return output_columns(query.this, context)
    if not isinstance(query, exp.Select):
        return None
    result: dict[str, str | None] = {}
    for projection in query.expressions:
        if is_star(projection):
            expanded = star_columns(projection, sources(query, context))
            if expanded is None:
                return None
            result.update({name: kind for _, name, kind in expanded})
        else:
            result[output_name(projection)] = infer(projection, query, context)
    return result


def is_star(node: exp.Expr) -> bool:
    return isinstance(node, exp.Star) or (isinstance(node, exp.Column) and isinstance(node.this, exp.Star))


def star_columns(star: exp.Expr, found: list[Source]) -> list[tuple[str, str, str | None]] | None:
    """``(source alias, column, type)`` of what ``*`` or ``x.*`` stands for; None when a source is not known."""
    wanted = name_of(star.args.get("table")) if isinstance(star, exp.Column) else ""
    result: list[tuple[str, str, str | None]] = []
    for source in found:
        if wanted and source.alias != wanted:
            continue
        if source.columns is None:
            return None
        hidden = frozenset() if wanted else source.merged
        result += [(source.alias, name, kind) for name, kind in source.columns.items() if name not in hidden]
    return result


def expand_star(star: exp.Expr, found: list[Source]) -> list[exp.Expr] | None:
    """The columns that a star stands for, as expressions."""
    columns = star_columns(star, found)
    if columns is None:
        return None
    return [column(name, alias or None) for alias, name, _ in columns]


def output_name(projection: exp.Expr) -> str:
    """The name Redshift gives an output column ("SELECT list"): alias, column, function, or ``?column?``."""
    if isinstance(projection, exp.Alias):
        return name_of(projection.args["alias"])
    return figure_name(projection) or "?column?"


_FUNCTION_COLUMN_NAMES = {
    "dateadd": "date_add", "datediff": "date_diff", "date_part": "pgdate_part",
    "nvl": "coalesce", "isnull": "coalesce", "nvl2": "case",
    "decode": "case", "count_approximate": "count", "sysdate": "timestamp",
}  # fmt: skip
_NODE_COLUMN_NAMES: dict[type[exp.Expr], str] = {
    exp.Case: "case",
    exp.Extract: "date_part",
    exp.Substring: "substring",
    exp.Trim: "btrim",
    exp.StrPosition: "strpos",
    exp.Exists: "?column?",
    exp.CurrentDate: "date",
    exp.CurrentUser: "current_user",
    exp.SessionUser: "session_user",
    exp.CurrentSchema: "current_schema",
}
_CAST_COLUMN_NAMES = {
    "integer": "int4", "int": "int4", "bytea": "varbyte",
    "smallint": "int2", "bigint": "int8", "boolean": "bool", "real": "float4",
    "double precision": "float8", "timestamp": "timestamp", "date": "date", "super": "super",
    "timestamp with time zone": "timestamptz", "time with time zone": "timetz", "time": "time", "varbyte": "varbyte",
}  # fmt: skip


def backend_name(node: exp.Expr) -> str:
    """The name the backend would give an expression."""
    inner = node
    while isinstance(inner, exp.Window | exp.WithinGroup | exp.Filter | exp.Paren):
        inner = inner.this
    if isinstance(inner, exp.Cast) and isinstance(inner.to.this, exp.Interval):
        return figure_name(inner.this) or "interval"
    return function_name(inner) or figure_name(node)


def figure_name(node: exp.Expr) -> str:
    """The name of an expression without alias, "" when it has none of its own."""
    function = function_name(node)
    if function:
        return _FUNCTION_COLUMN_NAMES.get(function, function)
    if isinstance(node, exp.Column):
        return name_of(node.this) if isinstance(node.this, exp.Identifier) else ""
    if isinstance(node, exp.Dot):
        return (
            figure_name(node.expression)
            if not isinstance(node.expression, exp.Identifier)
            else name_of(node.expression)
        )
    if isinstance(node, exp.Window | exp.WithinGroup | exp.Filter | exp.Paren | exp.Bracket | exp.IgnoreNulls):
        return figure_name(node.this)
    if isinstance(node, exp.Cast):
        return figure_name(node.this) or _cast_name(node)
    if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Select) and node.this.expressions:
        return output_name(node.this.expressions[0]).replace("?column?", "")
    return _NODE_COLUMN_NAMES.get(type(node), "")


def _cast_name(node: exp.Cast) -> str:
    span = node.to.this.args.get("unit") if isinstance(node.to.this, exp.Interval) else None
    if isinstance(span, exp.IntervalSpan):
        return "intervaly2m" if span.this.name.lower() in ("year", "month") else "intervald2s"
    text = node.to.sql("postgres").lower()
    base = text.split("(")[0].strip()
    names = {"varchar": "varchar", "char": "bpchar", "numeric": "numeric", "decimal": "numeric", "text": "varchar"}
    return names.get(base) or _CAST_COLUMN_NAMES.get(base, base)


def aliased(node: exp.Expr, name: str) -> exp.Expr:
    return exp.Alias(this=node, alias=quoted(name))
