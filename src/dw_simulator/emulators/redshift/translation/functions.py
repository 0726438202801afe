"""Functions whose calls need another shape than ``name(arguments)``; everything else is a function of the database.

A handler takes the call and what surrounds it and returns the new node. The installed functions are in
``functions/*.sql``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from dw_simulator.emulators.redshift.errors import FEATURE_NOT_SUPPORTED, RedshiftError, UnsupportedFeatureError
from dw_simulator.emulators.redshift.translation import scopes, typing
from dw_simulator.emulators.redshift.translation.context import Context
from dw_simulator.emulators.redshift.translation.nodes import (
    call,
    cast,
    is_number,
    is_string,
    name_of,
    paren,
)
from dw_simulator.emulators.redshift.translation.types import INSENSITIVE, SENSITIVE


@dataclass(slots=True)
class Call:
    """A call to translate. ``query`` is the SELECT it stands in."""

    node: exp.Expr
    name: str
    arguments: list[exp.Expr]
    query: exp.Expr | None
    context: Context

    def type_of(self, node: exp.Expr) -> str | None:
        return typing.infer(node, self.query, self.context)

    def wrong(self) -> RedshiftError:
        return RedshiftError("42883", f"function {self.name}() with {len(self.arguments)} arguments does not exist")


Handler = Callable[[Call], exp.Expr | None]
HANDLERS: dict[str, Handler] = {}

RENAMED: dict[str, str] = {
    "regexp_replace": "dw_regexp_replace",
    "regexp_substr": "dw_regexp_substr",
    "regexp_instr": "dw_regexp_instr",
    "regexp_count": "dw_regexp_count",
    "substr": "dw_substring",
    "nvl": "coalesce",
    "isnull": "coalesce",
    "split_part": "dw_split_part",
    "to_date": "dw_to_date",
    "quote_literal": "dw_quote_literal",
    "to_varbyte": "dw_encoded",
    "from_varbyte": "dw_decoded",
    "power": "dw_power",
    "pow": "dw_power",
    "sqrt": "dw_sqrt",
    "cbrt": "dw_cbrt",
    "exp": "dw_exp",
    "log": "dw_log",
    "pg_get_viewdef": "dw_get_viewdef",
    "grouping_id": "grouping",
}


SYNTAX_IN_POSTGRESQL = frozenset(
    [
        "json_serialize",
        "json_object",
        "json_array",
        "json_scalar",
        "json_exists",
        "json_query",
        "json_value",
        "json_table",
        "normalize",
        "json",
        "xmlelement",
        "xmlforest",
        "overlay",
        "grouping",
    ]
) - {"overlay", "grouping"}
"""Names that PostgreSQL reads as syntax unless they are quoted."""


def function(*names: str) -> Callable[[Handler], Handler]:
    """Register a handler."""

    def register(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(names, handler))
        return handler

    return register


# --- date and time ---------------------------------------------------------------------------------------------------
DATE_PARTS: dict[str, str] = {
    alias: part
    for part, aliases in {
        "millennium": "millennium millennia mil mils",
        "century": "century centuries c cent cents",
        "decade": "decade decades dec decs",
        "epoch": "epoch",
        "year": "year years y yr yrs",
        "quarter": "quarter quarters qtr qtrs",
        "month": "month months mon mons",
        "week": "week weeks w",
        "dow": "dayofweek dow dw weekday",
        "doy": "dayofyear doy dy yearday",
        "day": "day days d",
        "hour": "hour hours h hr hrs",
        "minute": "minute minutes m min mins",
        "second": "second seconds s sec secs",
        "millisecond": "millisecond milliseconds ms msec msecs msecond mseconds millisec millisecs millisecon",
        "microsecond": "microsecond microseconds microsec microsecs us usec usecs usecond useconds microsecon",
        "timezone": "timezone",
        "timezone_hour": "timezone_hour",
        "timezone_minute": "timezone_minute",
    }.items()
    for alias in aliases.split()
}
"""Every spelling of a date part ("Date parts for date or timestamp functions") to its full name."""


def date_part(node: exp.Expr, context: Context) -> str:
    """The full name of a date part given as a word or a string.

    Raises:
        RedshiftError: 22023, no such date part.
    """
    if is_string(node):
        context.inspected_literal = True
    text = (name_of(node.this) if isinstance(node, exp.Column) else node.name).lower()
    part = DATE_PARTS.get(text)
    if part is None:
        raise RedshiftError("22023", f'datetime units "{text}" not recognized')
    return part


def as_moment(node: exp.Expr) -> exp.Expr:
    """A string literal in place of a date is a timestamp."""
    return cast(node, "timestamp") if is_string(node) else node


@function("dateadd", "date_add")
def _dateadd(this: Call) -> exp.Expr:
    if len(this.arguments) != 3:
        raise this.wrong()
    part, amount, moment = this.arguments
    count = amount if is_number(amount) and "." not in amount.name else cast(amount, "bigint")
    return call("dateadd", date_part(part, this.context), count, as_moment(moment))


@function("datediff", "date_diff")
def _datediff(this: Call) -> exp.Expr:
    if len(this.arguments) != 3:
        raise this.wrong()
    part, start, end = this.arguments
    return call("datediff", date_part(part, this.context), as_moment(start), as_moment(end))


@function("date_part", "pgdate_part")
def _date_part(this: Call) -> exp.Expr:
    if len(this.arguments) != 2:
        raise this.wrong()
    part, moment = this.arguments
    return call("dw_date_part", date_part(part, this.context), as_moment(moment))


@function("date_trunc")
def _date_trunc(this: Call) -> exp.Expr:
    if len(this.arguments) != 2:
        raise this.wrong()
    part, moment = this.arguments
    return call("date_trunc", date_part(part, this.context), as_moment(moment))


@function("add_months", "last_day", "trunc", "months_between", "convert_timezone", "next_day")
def _moment_arguments(this: Call) -> exp.Expr | None:
    if this.name == "trunc" and len(this.arguments) != 1:
        return None
    where = {"next_day": (0,), "add_months": (0,), "last_day": (0,), "trunc": (0,), "months_between": (0, 1)}
    positions = where.get(this.name, (len(this.arguments) - 1,))
    arguments = [
        as_moment(argument) if position in positions else argument for position, argument in enumerate(this.arguments)
    ]
    return call(this.name, *arguments)


@function("sysdate")
def _sysdate(this: Call) -> exp.Expr:  # noqa: ARG001 - one interface for all handlers
    return call("sysdate")


# --- conditionals ----------------------------------------------------------------------------------------------------
@function("nvl2")
def _nvl2(this: Call) -> exp.Expr:
    if len(this.arguments) != 3:
        raise this.wrong()
    tested, present, absent = this.arguments
    not_null = exp.Not(this=exp.Is(this=paren(tested), expression=exp.Null()))
    return exp.Case(ifs=[exp.If(this=not_null, true=present)], default=absent)


@function("decode")
def _decode(this: Call) -> exp.Expr:
    """DECODE compares NULL with NULL as equal ("DECODE function")."""
    if len(this.arguments) < 3:
        raise this.wrong()
    tested, *rest = this.arguments
    pairs = list(zip(rest[::2], rest[1::2], strict=False))
    default = rest[-1] if len(rest) % 2 else None
    branches = [exp.If(this=_matches(tested, searched), true=result) for searched, result in pairs]
    return exp.Case(ifs=branches, default=default)


def _matches(tested: exp.Expr, searched: exp.Expr) -> exp.Expr:
    if isinstance(searched, exp.Null):
        return exp.Is(this=paren(tested.copy()), expression=exp.Null())
    if isinstance(searched, exp.Literal):
        return exp.EQ(this=paren(tested.copy()), expression=searched)
    return exp.NullSafeEQ(this=paren(tested.copy()), expression=paren(searched))


# --- strings ---------------------------------------------------------------------------------------------------------
@function("collate")
def _collate(this: Call) -> exp.Expr:
    """Another collation is another type: functions/96_collation.sql."""
    if len(this.arguments) != 2 or not is_string(this.arguments[1]):
        raise this.wrong()
    value, collation = this.arguments
    this.context.inspected_literal = True
    name = str(collation.this).lower()
    if name not in SENSITIVE | INSENSITIVE:
        raise RedshiftError("22023", f"invalid collation name: {name}")
    if this.type_of(value) == "super":
        raise UnsupportedFeatureError("COLLATE of SUPER values")
    if name in SENSITIVE:
        return cast(value, "varchar")
    if _reads_catalogs_only(this.node.root()):
        raise RedshiftError(
            FEATURE_NOT_SUPPORTED, "Case insensitive collation is not supported in leader node only query."
        )
    return cast(value, "dw_ci")


def _reads_catalogs_only(tree: exp.Expr) -> bool:
    """Whether the query names tables, and PostgreSQL's catalog tables only: the leader node runs it alone."""
    tables = scopes.tables_of(tree)
    return bool(tables) and all(
        name[-1].startswith("pg_") or name[-2:-1] in (("pg_catalog",), ("information_schema",)) for name in tables
    )


@function("json_extract_path_text", "json_extract_array_element_text", "json_array_length")
def _json_text(this: Call) -> exp.Expr | None:
    """A last argument TRUE makes invalid JSON NULL instead of an error."""
    flag = this.arguments[-1]
    if not isinstance(flag, exp.Boolean):
        return None
    name = f"dw_{this.name}_or_null" if flag.this else this.name
    return call(name, *this.arguments[:-1])


@function("array")
def _array(this: Call) -> exp.Expr:
    if not this.arguments:
        return cast(exp.Literal.string("[]"), "super")
    return call("dw_array", *[as_super(argument, this) for argument in this.arguments])


@function("object")
def _object(this: Call) -> exp.Expr:
    if len(this.arguments) % 2:
        raise RedshiftError("42883", "OBJECT expects an even number of arguments")
    if not this.arguments:
        return cast(exp.Literal.string("{}"), "super")
    for value in this.arguments[1::2]:
        kind = this.type_of(value)
        if kind is not None and kind.split(" ")[0].split("(")[0] in ("date", "timestamp", "time"):
            raise RedshiftError("42846", f"OBJECT could not convert type {kind} to super")
    return call("dw_object", *[as_super(argument, this) for argument in this.arguments])


def as_super(node: exp.Expr, this: Call) -> exp.Expr:
    """``node`` as a SUPER value: strings become JSON strings, not JSON text."""
    if isinstance(node, exp.Null):
        return cast(node, "super")
    if is_string(node):
        return call("dw_super", cast(node, "text"))
    if this.type_of(node) == "super":
        return node
    return call("dw_super", node)


@function("array_contains", "array_position", "array_positions")
def _search(this: Call) -> exp.Expr | None:
    """What is sought may be a value of any type."""
    if len(this.arguments) not in (2, 3) or isinstance(this.arguments[0], exp.Array):
        return None
    array, value, *null_match = this.arguments
    return call(this.name, array, as_super(value, this), *null_match)


@function("hll_create_sketch", "hll", "hll_cardinality")
def _sketch(this: Call) -> exp.Expr | None:
    if this.name == "hll_cardinality":
        return None
    if len(this.arguments) != 1:
        raise this.wrong()
    if this.name == "hll":
        return call("count", exp.Distinct(expressions=[this.arguments[0]]))
    return call("dw_hll_create_sketch", cast(this.arguments[0], "text"))


@function("current_setting", "set_config")
def _setting(this: Call) -> exp.Expr:
    return call(f"dw_{this.name}", *this.arguments)


@function("to_char")
def _to_char(this: Call) -> exp.Expr:
    first, *rest = this.arguments or [exp.Null()]
    return call("dw_to_char", cast(first, "numeric") if isinstance(first, exp.Null) else first, *rest)


@function("to_timestamp")
def _to_timestamp(this: Call) -> exp.Expr | None:
    return call("dw_to_timestamp", *this.arguments) if len(this.arguments) > 1 else None


@function("any_value")
def _any_value(this: Call) -> exp.Expr | None:
    argument = this.arguments[0] if this.arguments else None
    if isinstance(argument, exp.Distinct):
        return call("any_value", argument.expressions[0])
    return None


# --- aggregates ------------------------------------------------------------------------------------------------------
@function("avg")
def _avg(this: Call) -> exp.Expr:
    """AVG of integers is an integer and AVG of decimals keeps their scale ("AVG function")."""
    if len(this.arguments) != 1:
        raise this.wrong()
    argument = this.arguments[0]
    return call("dw_avg", call("sum", argument), call("count", argument.copy()))


@function("stddev", "stddev_samp", "stddev_pop", "variance", "var_samp", "var_pop")
def _deviation(this: Call) -> exp.Expr:
    """Deviations and variances of any kind of number are double precision ("VAR_SAMP and VAR_POP functions")."""
    if len(this.arguments) != 1:
        raise this.wrong()
    name = {"stddev": "stddev_samp", "variance": "var_samp"}.get(this.name, this.name)
    argument = this.arguments[0]
    value = argument.expressions[0] if isinstance(argument, exp.Distinct) else argument
    if (this.type_of(value) or "").startswith(("char", "text")):
        return call(name, argument)
    number = cast(value.copy(), "double precision")
    return call(name, exp.Distinct(expressions=[number]) if isinstance(argument, exp.Distinct) else number)


@function("median")
def _median(this: Call) -> exp.Expr:
    if len(this.arguments) != 1:
        raise this.wrong()
    return call("dw_percentile_cont", call("array_agg", this.arguments[0]), exp.Literal.number("0.5"))


def percentile_cont(fraction: exp.Expr, order: exp.Order, values: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    """PERCENTILE_CONT(…) WITHIN GROUP (ORDER BY …) over what ``values`` collects of the key."""
    key = order.expressions[0]
    if key.args.get("desc"):
        fraction = exp.Paren(this=exp.Sub(this=exp.Literal.number(1), expression=exp.Paren(this=fraction)))
    return call("dw_percentile_cont", values(key.this), fraction)


@function("json_typeof", "size", "json_size", "get_array_length")
def _of_super(this: Call) -> exp.Expr | None:
    """NULL without a type is a SUPER."""
    if len(this.arguments) == 1 and isinstance(this.arguments[0], exp.Null):
        return call(this.name, cast(this.arguments[0], "super"))
    return None


@function("listagg")
def _listagg(this: Call) -> exp.Expr:
    return string_list(this.arguments, None)


def string_list(arguments: list[exp.Expr], order: exp.Order | None) -> exp.Expr:
    """LISTAGG([DISTINCT] x [, separator]) [WITHIN GROUP (ORDER BY …)] as string_agg.

    "LISTAGG function": NULL values and empty strings are ignored; a result of over 65,535 bytes is an error.
    """
    value, *rest = arguments
    distinct = isinstance(value, exp.Distinct)
    if distinct:
        value, rest = value.expressions[0], [*list(value.expressions)[1:], *rest]
    text = call("nullif", call("dw_string", value) if distinct else cast(value, "varchar"), exp.Literal.string(""))
    separator = rest[0] if rest else exp.Literal.string("")
    if distinct and order is not None and not _orders_by(order, value):
        return call("dw_listagg_fits", call("dw_listagg", call("array_agg", _ordered(text, order)), separator))
    if distinct and order is not None:
        for key in order.expressions:
            key.set("this", text.copy())
    first: exp.Expr = exp.Distinct(expressions=[text]) if distinct else text
    last = _ordered(separator, order) if order is not None else separator
    return call("dw_listagg_fits", call("string_agg", first, last))


def _orders_by(order: exp.Order, value: exp.Expr) -> bool:
    return len(order.expressions) == 1 and order.expressions[0].this == value


def _ordered(node: exp.Expr, order: exp.Order) -> exp.Expr:
    return exp.Order(this=node, expressions=order.expressions)
