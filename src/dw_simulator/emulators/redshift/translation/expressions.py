"""Phase "expressions": calls, casts, operators and literals, innermost first; one handler per node type."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from dw_simulator.emulators.redshift.errors import RedshiftError, syntax_error
from dw_simulator.emulators.redshift.translation import functions, objects, refused, scopes, spatial, typing, windows
from dw_simulator.emulators.redshift.translation.context import Context
from dw_simulator.emulators.redshift.translation.nodes import call, cast, function_name, is_string, name_of, quoted
from dw_simulator.emulators.redshift.translation.scopes import aliased, backend_name, figure_name, is_star
from dw_simulator.emulators.redshift.translation.types import cast_type, collated_type

Handler = Callable[[exp.Expr, Context], exp.Expr | None]
_Names = dict[int, tuple[exp.Expr, str]]
"""Items of select lists by their identity, and what they were called before anything was translated."""
_REGISTERED = (objects, spatial)
"""Modules that register handlers of calls."""


def run(tree: exp.Expr, context: Context) -> exp.Expr:
    names = {id(node): (node, figure_name(node)) for node in _projections(tree)}
    tree = _translate(tree, context, names)
    _restore_names(tree, names)
    return tree


def _projections(tree: exp.Expr) -> list[exp.Expr]:
    return [
        node
        for select in tree.find_all(exp.Select)
        for node in select.expressions
        if not isinstance(node, exp.Alias) and not is_star(node)
    ]


def _translate(tree: exp.Expr, context: Context, names: _Names) -> exp.Expr:
    """Replace bottom-up. A window is handled before what it calls: it decides by the name of the function."""
    for outer in [node for node in tree.walk() if isinstance(node, exp.Window | exp.WithinGroup)]:
        replacement = _outer(outer)
        if replacement is not None:
            _keep_name(outer, replacement, names)
    for node in reversed(list(tree.walk(bfs=True))):
        handler = HANDLERS.get(type(node))
        if handler is None:
            continue
        replacement = handler(node, context)
        if replacement is not None and replacement is not node:
            _keep_name(node, replacement, names)
            tree = replacement if node is tree else tree
    return tree


def _keep_name(node: exp.Expr, replacement: exp.Expr, names: _Names) -> None:
    """Put ``replacement`` in the place of ``node``; an item of a select list keeps the name Redshift gives it."""
    parent = node.parent
    if isinstance(parent, exp.Select) and node.arg_key == "expressions":
        known = names.get(id(node))
        name = (known[1] if known is not None and known[0] is node else figure_name(node)) or "?column?"
        if backend_name(replacement) != name:
            replacement = aliased(replacement, name)
    node.replace(replacement)


def _restore_names(tree: exp.Expr, names: _Names) -> None:
    """Nodes that were changed in place lose their name too."""
    for node in _projections(tree):
        known = names.get(id(node))
        if known is not None and known[0] is node and known[1] and backend_name(node) != known[1]:
            copy = node.copy()
            node.replace(aliased(copy, known[1]))


def _outer(node: exp.Expr) -> exp.Expr | None:
    if isinstance(node, exp.Window):
        return windows.window(node)
    if isinstance(node.parent, exp.Window):
        return None
    if function_name(node.this) == "listagg":
        return functions.string_list(list(node.this.expressions), node.expression)
    if function_name(node.this) == "percentile_cont":
        return functions.percentile_cont(node.this.expressions[0], node.expression, lambda key: call("array_agg", key))
    if function_name(node.this) == "st_collect":
        return spatial.ordered_collect(node.this, node.expression)
    return None


def _query_of(node: exp.Expr) -> exp.Expr | None:
    return node.find_ancestor(exp.Select)


def _type(node: exp.Expr, context: Context) -> str | None:
    return typing.infer(node, _query_of(node), context)


# --- calls -----------------------------------------------------------------------------------------------------------
def _call(node: exp.Expr, context: Context) -> exp.Expr | None:
    name = function_name(node)
    refused.refuse(name)
    renamed = functions.RENAMED.get(name)
    if renamed is not None:
        node.set("this", renamed)
        return None
    handler = functions.HANDLERS.get(name)
    if handler is None:
        if name in functions.SYNTAX_IN_POSTGRESQL:
            node.set("this", quoted(name))
        return None
    return handler(functions.Call(node, name, list(node.expressions), _query_of(node), context))


def _extract(node: exp.Expr, context: Context) -> exp.Expr:
    part = functions.date_part(node.this, context)
    return call("dw_extract", part, functions.as_moment(node.expression))


# --- casts -----------------------------------------------------------------------------------------------------------
def _cast(node: exp.Expr, context: Context) -> exp.Expr | None:
    target = node.args["to"]
    if isinstance(target, exp.DataType) and target.this == exp.DType.USERDEFINED:
        kind = str(target.args.get("kind") or "")
        if kind and kind == kind.lower():
            return None
    if target.this == exp.DType.INTERVAL:
        return None
    if isinstance(target.this, exp.Interval):
        return _to_interval(node, target.this)
    type_name = cast_type(target.sql("redshift"))
    value = node.this
    if type_name == "super":
        return _cast_to_super(value, context)
    if type_name == "varbyte" and is_string(value):
        value = cast(value, "text")
    if type_name == "time with time zone" and is_string(value):
        return call("dw_timetz", cast(value, "text"))
    if type_name.startswith("varchar("):
        if (_type(value, context) or "").startswith("dw_ci"):
            return cast(value, str(collated_type(type_name, insensitive=True)))
        return cast(_cut(value, int(type_name[8:-1]), context), type_name)
    return cast(value, type_name)


def _to_interval(node: exp.Expr, kind: exp.Interval) -> exp.Expr | None:
    """A literal of days to seconds has no years and months ("interval_forbid_composite_literals")."""
    span = kind.args.get("unit")
    of_months = isinstance(span, exp.IntervalSpan) and span.this.name.lower() in ("year", "month")
    return None if of_months or not is_string(node.this) else call("dw_day_to_second", node.copy())


def _cut(value: exp.Expr, length: int, context: Context) -> exp.Expr:
    """The value cut to so many bytes ("Character types"): a cast to VARCHAR(n) cuts silently, and n counts bytes."""
    if isinstance(value, exp.Null | exp.Placeholder | exp.Parameter):
        return value
    if is_string(value):
        return value if str(value.this).isascii() else call("dw_cut", cast(value, "text"), length)
    kind = _type(value, context)
    if kind is not None and not kind.startswith(("varchar", "char", "bpchar", "text", "character")):
        return value
    return call("dw_cut", cast(value, "text"), length)


def _cast_to_super(value: exp.Expr, context: Context) -> exp.Expr:
    if is_string(value):
        return call("dw_super", cast(value, "text"))
    return (
        cast(value, "super")
        if isinstance(value, exp.Null) or _type(value, context) == "super"
        else call("dw_super", value)
    )


_WHOLE = ("smallint", "integer", "bigint")
_NUMBERS = (*_WHOLE, "numeric", "real", "double")
_MOMENTS = ("date", "time")


def _try_cast(value: exp.Expr, type_name: str, source: str | None) -> exp.Expr:
    """ "TRY_CAST function": what no conversion is permitted for is an error, what fails is NULL."""
    known = source or ""
    if (
        (known.startswith(_NUMBERS) and type_name.startswith(_MOMENTS))
        or (known.startswith(_MOMENTS) and type_name.startswith((*_NUMBERS, "boolean")))
        or (known == "boolean" and not type_name.startswith((*_WHOLE, "boolean", "super")))
    ):
        raise RedshiftError("42846", f"cannot cast type {known} to {type_name}")
    if type_name in _WHOLE and known == "boolean":
        return cast(cast(value, "integer"), type_name)
    if type_name in _WHOLE and known.startswith(_NUMBERS) and not is_string(value):
        value = call("round", cast(value, "numeric"))
    if type_name.startswith(("varchar", "char")):
        return cast(value, type_name)  # what is too long is cut
    return cast(call("dw_valid", cast(value, "text"), type_name), type_name)


def _try(node: exp.Expr, context: Context) -> exp.Expr:
    return _try_cast(node.this, cast_type(node.args["to"].sql("redshift")), _type(node.this, context))


# --- operators -------------------------------------------------------------------------------------------------------
def _divide(node: exp.Expr, context: Context) -> exp.Expr | None:
    """Decimal division has Redshift's precision and scale ("Computations with numeric values")."""
    left, right = _type(node.this, context), _type(node.expression, context)
    if "super" in (left, right):
        return None
    if left in ("integer", "bigint", "smallint") and right in ("integer", "bigint", "smallint"):
        return None
    a, b = typing.numeric_shape(left), typing.numeric_shape(right)
    if a is None or b is None:
        return None
    precision, scale = typing.division_shape(a, b)
    quotient = call("dw_divide", node.this, node.expression, scale)
    return cast(quotient, f"numeric({precision},{scale})")


def _compare(node: exp.Expr, context: Context) -> exp.Expr | None:
    """A string literal compared with a SUPER value is a string, not JSON text."""
    for side, other in (("this", "expression"), ("expression", "this")):
        literal, value = node.args.get(side), node.args.get(other)
        if literal is None or value is None or not is_string(literal) or not _may_be_super(value):
            continue
        if _type(value, context) == "super":
            node.set(side, call("dw_super", cast(literal, "text")))
    return None


_TEXT_OF = ("smallint", "integer", "bigint", "numeric", "real", "double", "date", "time", "boolean")


def _concatenate(node: exp.Expr, context: Context) -> exp.Expr | None:
    """Two values that are no strings are joined as strings too ("Type compatibility and conversion")."""
    kinds = (_type(node.this, context), _type(node.expression, context))
    if all(kind is not None and kind.startswith(_TEXT_OF) for kind in kinds):
        node.set("this", cast(node.this, "text"))
    return None


def _may_be_super(node: exp.Expr) -> bool:
    return isinstance(node, exp.Column) or bool(function_name(node))


def _literal(node: exp.Expr, context: Context) -> exp.Expr | None:  # noqa: ARG001 - one interface for all handlers
    """The backend reads backslashes in strings as escapes, as Redshift does. A string ends at a character NUL."""
    if node.args.get("is_string") and "\0" in node.this:
        node.set("this", node.this.partition("\0")[0])
    if node.args.get("is_string") and "\\" in node.this:
        node.set("this", node.this.replace("\\", "\\\\"))
    return None


def _interval(node: exp.Expr, context: Context) -> exp.Expr | None:  # noqa: ARG001 - one interface for all handlers
    unit = node.args.get("unit")
    if isinstance(unit, exp.Var) and is_string(node.this) and unit.name.lower() in functions.DATE_PARTS:
        amount = node.this.name.strip()
        if amount.lstrip("+-").replace(".", "", 1).isdigit():
            return cast(exp.Literal.string(f"{amount} {functions.DATE_PARTS[unit.name.lower()]}"), "interval")
    return None


def _is_truth(node: exp.Expr, context: Context) -> exp.Expr | None:  # noqa: ARG001 - one interface for all handlers
    if isinstance(node.parent, exp.Alias | exp.Select) and isinstance(node.expression, exp.Boolean):
        raise RedshiftError("XX000", "Not implemented", "IS TRUE and IS FALSE cannot stand in a select list")
    return None


def _filter(node: exp.Expr, context: Context) -> exp.Expr | None:  # noqa: ARG001 - one interface for all handlers
    """A filter on an average filters what it is made of."""
    if function_name(node.this) != "dw_avg":
        return None
    condition = node.expression
    return call("dw_avg", *[exp.Filter(this=part, expression=condition.copy()) for part in node.this.expressions])


def _delete(node: exp.Expr, context: Context) -> exp.Expr | None:  # noqa: ARG001 - one interface for all handlers
    """``DELETE t WHERE …`` without FROM ("DELETE")."""
    tables = node.args.get("tables")
    if tables and not node.args.get("this"):
        node.set("this", tables[0])
        node.set("tables", None)
    return None


def _update(node: exp.Expr, context: Context) -> exp.Expr | None:  # noqa: ARG001 - one interface for all handlers
    """``SET t.b = …``: PostgreSQL takes the column alone."""
    for assignment in node.expressions:
        if isinstance(assignment, exp.EQ) and isinstance(assignment.this, exp.Column):
            assignment.this.set("table", None)
            assignment.this.set("db", None)
    return None


def _substring(node: exp.Expr, context: Context) -> exp.Expr:  # noqa: ARG001 - one interface for all handlers
    arguments = [node.this, node.args.get("start") or exp.Literal.number(1)]
    if node.args.get("length") is not None:
        arguments.append(node.args["length"])
    return call("dw_substring", *arguments)


def _insert(node: exp.Expr, context: Context) -> exp.Expr | None:
    """String literals for SUPER columns are strings, not JSON text. "INSERT" has no ON CONFLICT."""
    if node.args.get("conflict"):
        raise syntax_error("on")
    values = node.expression
    target = node.this
    table = target.this if isinstance(target, exp.Schema) else target
    if not isinstance(values, exp.Values) or not isinstance(table, exp.Table):
        return None
    if len(values.expressions) > 1 and any(row.find(exp.Subquery) for row in values.expressions):
        raise RedshiftError("0A000", "can't use subqueries in multi-row VALUES")
    literals = any(is_string(item) for row in values.expressions for item in getattr(row, "expressions", ()))
    columns = context.columns(scopes.table_name(table)) if literals else None
    if not columns or "super" not in columns.values():
        return None
    names = [name_of(name) for name in target.expressions] if isinstance(target, exp.Schema) else list(columns)
    for row in values.expressions:
        for name, item in zip(names, row.expressions, strict=False):
            if is_string(item) and columns.get(name) == "super":
                item.replace(call("dw_super", cast(item.copy(), "text")))
    return None


def _merge(node: exp.Expr, context: Context) -> exp.Expr | None:  # noqa: ARG001 - one interface for all handlers
    if any(function_name(part) in ("dw_get", "dw_at") for part in node.find_all(exp.Anonymous)):
        raise RedshiftError("0A000", "Partial reference of SUPER column is not supported in MERGE statement.")
    return None


def _set_operation(node: exp.Expr, context: Context) -> exp.Expr | None:  # noqa: ARG001 - one interface for all handlers
    if not isinstance(node, exp.Union) and node.args.get("distinct") is False:
        raise RedshiftError("0A000", f"{node.key.upper()} ALL is not supported")
    for side in (node.this, node.expression):
        query = side.this if isinstance(side, exp.Subquery) else side
        if isinstance(query, exp.Query) and query.args.get("limit") is not None:
            raise RedshiftError("42601", "LIMIT may not be used within input to set operations.")
    return None


def _absolute(node: exp.Expr, context: Context) -> exp.Expr | None:  # noqa: ARG001 - one interface for all handlers
    """``@ x``: the absolute value ("Mathematical operator symbols"); ``$1`` is the same kind of node."""
    value = node.this
    if isinstance(value, exp.Literal):
        return None
    return call("abs", exp.Column(this=exp.to_identifier(value.name)) if isinstance(value, exp.Var) else value)


def _condition(node: exp.Expr, context: Context) -> None:  # noqa: ARG001 - one interface for all handlers
    """An integer literal as a condition, as in ``WHERE 1 AND …``."""
    for key in ("this", "expression"):
        part = node.args.get(key)
        if isinstance(part, exp.Literal) and not part.args.get("is_string"):
            node.set(key, exp.Boolean(this=part.name.strip("0.") != ""))


def _user_id(node: exp.Expr, context: Context) -> exp.Expr:  # noqa: ARG001 - one interface for all handlers
    return call("current_user_id")


HANDLERS: dict[type[exp.Expr], Handler] = {
    exp.Anonymous: _call,
    exp.Extract: _extract,
    exp.Cast: _cast,
    exp.TryCast: _try,
    exp.Div: _divide,
    exp.DPipe: _concatenate,
    exp.EQ: _compare,
    exp.NEQ: _compare,
    exp.LT: _compare,
    exp.LTE: _compare,
    exp.GT: _compare,
    exp.GTE: _compare,
    exp.Literal: _literal,
    exp.Interval: _interval,
    exp.Is: _is_truth,
    exp.CurrentUserId: _user_id,
    exp.Where: _condition,
    exp.And: _condition,
    exp.Parameter: _absolute,
    exp.Substring: _substring,
    exp.Filter: _filter,
    exp.Merge: _merge,
    exp.Union: _set_operation,
    exp.Except: _set_operation,
    exp.Intersect: _set_operation,
    exp.Delete: _delete,
    exp.Insert: _insert,
    exp.Update: _update,
}
