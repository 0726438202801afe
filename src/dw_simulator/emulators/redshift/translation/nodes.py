"""Small builders and readers of tree nodes that every phase uses."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dw_simulator.emulators.redshift.translation.dialect import MARK

AGGREGATES = frozenset(
    [
        "count",
        "sum",
        "avg",
        "min",
        "max",
        "any_value",
        "bit_and",
        "bit_or",
        "bool_and",
        "bool_or",
        "listagg",
        "median",
        "percentile_cont",
        "percentile_disc",
        "stddev",
        "stddev_samp",
        "stddev_pop",
        "variance",
        "var_samp",
        "var_pop",
        "hll",
        "hll_create_sketch",
        "hll_combine",
        "array_agg",
        "string_agg",
        "corr",
        "covar_pop",
        "covar_samp",
        "regr_slope",
        "json_agg",
    ]
)


def call(name: str, *arguments: exp.Expr | str | int) -> exp.Anonymous:
    """A call of a function of the backend. Strings become string literals, integers number literals."""
    return exp.Anonymous(this=name, expressions=[_argument(argument) for argument in arguments])


def _argument(value: exp.Expr | str | int) -> exp.Expr:
    if isinstance(value, str):
        return exp.Literal.string(value)
    if isinstance(value, int):
        return exp.Literal.number(value)
    return value


def raw(sql: str) -> exp.Expr:
    """SQL written as it stands. Only for constants of ours, never for text of the statement."""
    return exp.Var(this=sql)


def quoted(name: str) -> exp.Identifier:
    return exp.Identifier(this=name, quoted=True)


def column(name: str, table: str | None = None) -> exp.Column:
    return exp.Column(this=quoted(name), table=quoted(table) if table else None)


def paren(node: exp.Expr) -> exp.Expr:
    simple = (exp.Column, exp.Literal, exp.Anonymous, exp.Paren, exp.Cast, exp.Null, exp.Boolean)
    return node if isinstance(node, simple) else exp.Paren(this=node)


def cast(node: exp.Expr, type_name: str) -> exp.Cast:
    """``CAST(node AS type_name)`` with a type of the backend, written as given."""
    return exp.Cast(this=node, to=exp.DataType(this=exp.DType.USERDEFINED, kind=type_name))


def function_name(node: exp.Expr) -> str:
    """The name of a called function in lower case, "" when ``node`` is no call."""
    if isinstance(node, exp.Anonymous):
        this = node.this
        text = this.name if isinstance(this, exp.Expr) else str(this)
        return text.removeprefix(MARK).lower()
    return ""


def name_of(identifier: exp.Expr | None) -> str:
    """The folded text of an identifier, "" for None."""
    if identifier is None:
        return ""
    text = identifier.name.removeprefix(MARK)
    return text if identifier.args.get("quoted") else text.lower()


def is_string(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and bool(node.args.get("is_string"))


def is_number(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and not node.args.get("is_string")


def walk_select(root: exp.Expr) -> Iterator[exp.Expr]:
    """The nodes under ``root`` that belong to its own query: nested queries are not entered."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        if node is not root and isinstance(node, exp.Query):
            continue
        stack.extend(reversed(list(node.iter_expressions())))


def contains_aggregate(node: exp.Expr) -> bool:
    """Whether an aggregate is called in ``node`` outside of a window and of nested queries."""
    if isinstance(node, exp.Window | exp.Query):
        return False
    if function_name(node) in AGGREGATES or isinstance(node, exp.AggFunc):
        return True
    return any(contains_aggregate(child) for child in node.iter_expressions())


def contains_window(node: exp.Expr) -> bool:
    return any(isinstance(child, exp.Window) for child in walk_select(node))
