"""The types of expressions, as far as a translation depends on them.

Types are written as the backend's format_type prints them. None means "not known": a rule that depends on the type then
does not apply.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from sqlglot import exp

from dw_simulator.emulators.redshift.errors import RedshiftError
from dw_simulator.emulators.redshift.translation import scopes
from dw_simulator.emulators.redshift.translation.context import Context
from dw_simulator.emulators.redshift.translation.nodes import function_name, name_of
from dw_simulator.emulators.redshift.translation.types import cast_type

_NUMERIC = re.compile(r"numeric\((\d+),\s*(-?\d+)\)")
_INTEGER_DIGITS = {"smallint": 5, "integer": 10, "bigint": 19}
_FLOATS = ("double precision", "real")


def infer(node: exp.Expr, query: exp.Expr | None, context: Context) -> str | None:
    """The type of ``node`` within ``query``.

    Raises:
        CatalogNeeded: it depends on a table that was not looked up yet.
    """
    return _Inference(query, context).of(node)


def numeric_shape(type_name: str | None) -> tuple[int, int] | None:
    """(precision, scale) of an exact number."""
    if type_name is None:
        return None
    if type_name in _INTEGER_DIGITS:
        return _INTEGER_DIGITS[type_name], 0
    match = _NUMERIC.fullmatch(type_name)
    return (int(match[1]), int(match[2])) if match else None


def division_shape(left: tuple[int, int], right: tuple[int, int]) -> tuple[int, int]:
    """(precision, scale) of a division ("Computations with numeric values")."""
    scale = max(4, left[1] + right[0] - right[1] + 1)
    return _capped(left[0] - left[1] + right[1] + scale, scale)


def _capped(precision: int, scale: int) -> tuple[int, int]:
    if precision <= 38:
        return precision, scale
    return 38, max(38 + scale - precision, min(scale, 4))


class _Inference:
    def __init__(self, query: exp.Expr | None, context: Context) -> None:
        self.query = query
        self.context = context

    def of(self, node: exp.Expr) -> str | None:
        handler = _HANDLERS.get(type(node))
        if handler is not None:
            return handler(self, node)
        name = function_name(node)
        if name:
            return self.function(name, node.expressions)
        return None

    def function(self, name: str, arguments: Sequence[exp.Expr]) -> str | None:
        fixed = FUNCTION_TYPES.get(name)
        if fixed is not None:
            return fixed
        if name in _LIKE_FIRST and arguments:
            return next((kind for kind in map(self.of, arguments) if kind is not None), None)
        if name == "dw_extract":
            kind = self.of(arguments[-1])
            return None if kind is None else "double precision" if kind == "timestamp with time zone" else "bigint"
        if name in ("sum", "avg") and arguments:
            return _aggregate(name, self.of(_undistinct(arguments[0])))
        return None

    # --- node types ----------------------------------------------------------------------------------------------
    def column(self, node: exp.Column) -> str | None:
        if not isinstance(self.query, exp.Select):
            return None
        table, name = name_of(node.args.get("table")), name_of(node.this)
        scope: exp.Expr | None = self.query
        in_from = False  # a query in FROM does not see its neighbours
        while scope is not None:
            if isinstance(scope, exp.From | exp.Join):
                in_from = True
            elif isinstance(scope, exp.Select) and in_from:
                in_from = False
            elif isinstance(scope, exp.Select):
                for source in scopes.sources(scope, self.context):
                    if (not table or source.alias == table) and source.columns and name in source.columns:
                        return source.columns[name]
            scope = scope.parent
        return None

    def literal(self, node: exp.Literal) -> str:
        if node.args.get("is_string"):
            return "unknown"
        self.context.inspected_literal = True
        text = str(node.this).lower()
        if "e" in text:
            return "double precision"
        whole, point, fraction = text.partition(".")
        if not point:
            value = int(whole)
            return "integer" if value < 2**31 else "bigint" if value < 2**63 else f"numeric({len(whole)},0)"
        digits = len(whole.lstrip("0")) + len(fraction)
        return f"numeric({max(digits, 1)},{len(fraction)})"

    def cast(self, node: exp.Cast) -> str | None:
        target = node.to
        if target.this == exp.DType.USERDEFINED:
            return str(target.args.get("kind"))
        try:
            return cast_type(target.sql("redshift"))
        except RedshiftError:
            return None

    def arithmetic(self, node: exp.Binary) -> str | None:
        left, right = self.of(node.this), self.of(node.expression)
        if left in _FLOATS or right in _FLOATS:
            return "double precision"
        if left in _INTEGER_DIGITS and right in _INTEGER_DIGITS:
            return max(left, right, key=lambda name: _INTEGER_DIGITS[name])
        a, b = numeric_shape(left), numeric_shape(right)
        if a is None or b is None:
            return _other_arithmetic(node, left, right)
        if isinstance(node, exp.Div):
            precision, scale = division_shape(a, b)
        elif isinstance(node, exp.Mul):
            precision, scale = _capped(a[0] + b[0] + 1, a[1] + b[1])
        elif isinstance(node, exp.Mod):
            precision, scale = max(a[0], b[0]), max(a[1], b[1])
        else:
            scale = max(a[1], b[1])
            precision, scale = _capped(max(a[0] - a[1], b[0] - b[1]) + 1 + scale, scale)
        return f"numeric({precision},{scale})"

    def inner(self, node: exp.Expr) -> str | None:
        return self.of(node.this)

    def case(self, node: exp.Case) -> str | None:
        results = [branch.args["true"] for branch in node.args["ifs"]]
        default = node.args.get("default")
        kinds = [self.of(result) for result in [*results, *([default] if default is not None else [])]]
        known = [kind for kind in kinds if kind not in (None, "unknown")]
        return known[0] if known else None

    def coalesce(self, node: exp.Coalesce) -> str | None:
        return next((kind for kind in map(self.of, [node.this, *node.expressions]) if kind), None)

    def subquery(self, node: exp.Subquery) -> str | None:
        columns = scopes.output_columns(node.this, self.context)
        return next(iter(columns.values()), None) if columns else None


def _undistinct(node: exp.Expr) -> exp.Expr:
    first: exp.Expr = node.expressions[0] if isinstance(node, exp.Distinct) else node
    return first


def _aggregate(name: str, argument: str | None) -> str | None:
    shape = numeric_shape(argument)
    if shape is None:
        return "double precision" if argument in _FLOATS else None
    if argument in _INTEGER_DIGITS:
        return "bigint" if name == "avg" or argument != "bigint" else "numeric(38,0)"
    return f"numeric(38,{shape[1]})"


def _other_arithmetic(node: exp.Binary, left: str | None, right: str | None) -> str | None:
    if "super" in (left, right):
        return "super"
    if left in ("unknown", None) or right in ("unknown", None):
        return None
    if isinstance(node, exp.Sub | exp.Add) and left.startswith("timestamp"):
        return left
    if isinstance(node, exp.Add) and left.startswith("character varying"):
        return "character varying"
    return None


_LIKE_FIRST = frozenset(
    [
        "coalesce",
        "nvl",
        "isnull",
        "greatest",
        "least",
        "min",
        "max",
        "nullif",
        "abs",
        "any_value",
        "lag",
        "lead",
        "first_value",
        "last_value",
        "nth_value",
        "median",
        "percentile_disc",
    ]
)

FUNCTION_TYPES: dict[str, str] = {
    **dict.fromkeys(
        [
            "json_parse",
            "array",
            "object",
            "array_concat",
            "subarray",
            "array_flatten",
            "split_to_array",
            "get_array_element",
            "dw_get",
            "dw_at",
            "dw_array",
            "dw_object",
            "array_distinct",
            "array_sort",
            "array_intersection",
            "array_union",
            "array_except",
            "object_transform",
            "dw_super",
            "dw_super_value",
        ],
        "super",
    ),
    **dict.fromkeys(
        [
            "getdate",
            "sysdate",
            "dateadd",
            "date_add",
            "date_trunc",
            "add_months",
        ],
        "timestamp without time zone",
    ),
    **dict.fromkeys(
        [
            "len",
            "length",
            "charindex",
            "strpos",
            "ascii",
            "datediff",
            "date_diff",
            "count",
            "row_number",
            "rank",
            "dense_rank",
        ],
        "bigint",
    ),
    **dict.fromkeys(
        [
            "random",
            "sqrt",
            "exp",
            "ln",
            "pi",
            "dexp",
            "dlog1",
            "dlog10",
            "power",
            "date_part",
            "dw_date_part",
            "stddev",
            "stddev_samp",
            "stddev_pop",
            "variance",
            "var_samp",
            "var_pop",
        ],
        "double precision",
    ),
    **dict.fromkeys(
        [
            "upper",
            "lower",
            "trim",
            "left",
            "right",
            "replace",
            "substring",
            "lpad",
            "rpad",
            "to_char",
            "concat",
            "json_serialize",
            "json_typeof",
            "json_extract_path_text",
            "json_extract_array_element_text",
            "split_part",
        ],
        "character varying",
    ),
    "last_day": "date",
    "to_date": "date",
    "next_day": "date",
}

_HANDLERS: dict[type[exp.Expr], Callable[..., str | None]] = {
    exp.Column: _Inference.column,
    exp.Literal: _Inference.literal,
    exp.Cast: _Inference.cast,
    exp.TryCast: _Inference.cast,
    exp.Add: _Inference.arithmetic,
    exp.Sub: _Inference.arithmetic,
    exp.Mul: _Inference.arithmetic,
    exp.Div: _Inference.arithmetic,
    exp.Mod: _Inference.arithmetic,
    exp.Paren: _Inference.inner,
    exp.Alias: _Inference.inner,
    exp.Neg: _Inference.inner,
    exp.Window: _Inference.inner,
    exp.WithinGroup: _Inference.inner,
    exp.IgnoreNulls: _Inference.inner,
    exp.Filter: _Inference.inner,
    exp.Case: _Inference.case,
    exp.Coalesce: _Inference.coalesce,
    exp.Subquery: _Inference.subquery,
    exp.Boolean: lambda _inference, _node: "boolean",
    exp.CurrentDate: lambda _inference, _node: "date",
}
