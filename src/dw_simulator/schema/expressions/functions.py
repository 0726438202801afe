"""The functions of expressions (operators are functions too): how many arguments, of what types, what they give."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dw_simulator.schema.expressions.syntax import ExpressionError, Literal, Name, Node


class Kind(StrEnum):
    NULL = "null"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    TEXT = "text"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    TIMESTAMP_TZ = "timestamp with time zone"
    INTERVAL = "interval"


NUMBERS = (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT)
MOMENTS = (Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMP_TZ)


@dataclass(frozen=True)
class Type:
    """``scale``: digits after the point of decimals; ``width``: most bytes of a text, None if not known;
    ``nullable``: it may be NULL."""

    kind: Kind
    scale: int = 0
    width: int | None = None
    nullable: bool = False


Rule = Callable[[Sequence[Type], Sequence[Node]], Type]
"""(types of the arguments, the arguments) -> type of the result. Raises ExpressionError."""


@dataclass(frozen=True)
class Function:
    """``most`` None: any number of arguments. ``description`` is for the documentation."""

    least: int
    most: int | None
    rule: Rule
    syntax: str
    description: str


FUNCTIONS: dict[str, Function] = {}


def _add(name: str, least: int, most: int | None, rule: Rule, syntax: str, description: str) -> None:
    FUNCTIONS[name] = Function(least, most, rule, syntax, description)


# --- rules --------------------------------------------------------------------------------------------------
def _nullable(types: Sequence[Type]) -> bool:
    return any(one.nullable for one in types)


def _wanted(types: Sequence[Type], *kinds: tuple[Kind, ...]) -> None:
    """Each argument is of one of its kinds (the last counts for all further ones) or NULL."""
    for place, one in enumerate(types):
        allowed = kinds[min(place, len(kinds) - 1)]
        if one.kind not in (*allowed, Kind.NULL):
            raise ExpressionError(f"argument {place + 1} is {one.kind}, wanted is {' or '.join(allowed)}")


def common(types: Sequence[Type]) -> Type:
    """The type that all of these can be converted to without loss.

    Raises:
        ExpressionError: there is none.
    """
    known = [one for one in types if one.kind is not Kind.NULL]
    kinds = {one.kind for one in known}
    nullable = _nullable(types)
    if not known:
        return Type(Kind.NULL, nullable=True)
    if kinds <= set(NUMBERS):
        kind = next(kind for kind in (Kind.FLOAT, Kind.DECIMAL, Kind.INTEGER) if kind in kinds)
        return Type(kind, max(one.scale for one in known) if kind is Kind.DECIMAL else 0, nullable=nullable)
    if kinds == {Kind.DATE, Kind.TIMESTAMP}:
        return Type(Kind.TIMESTAMP, nullable=nullable)
    if len(kinds) > 1:
        raise ExpressionError(f"{' and '.join(sorted(kinds))} do not go together")
    widths = [one.width for one in known]
    width = None if None in widths else max(width or 0 for width in widths)
    return Type(known[0].kind, width=width, nullable=nullable)


def _gives(kind: Kind, *kinds: tuple[Kind, ...], width: int | None = None) -> Rule:
    def rule(types: Sequence[Type], _: Sequence[Node]) -> Type:
        if kinds:
            _wanted(types, *kinds)
        return Type(kind, width=width, nullable=_nullable(types))

    return rule


def _arithmetic(name: str) -> Rule:
    def rule(types: Sequence[Type], _: Sequence[Node]) -> Type:
        kinds = {one.kind for one in types}
        if name in ("add", "subtract") and kinds & {*MOMENTS, Kind.INTERVAL}:
            return _moved(types, name)
        _wanted(types, NUMBERS)
        found = common(types)
        if found.kind is not Kind.DECIMAL or name == "mod":
            return found
        scale = sum(one.scale for one in types) if name == "multiply" else found.scale
        if scale > 18:
            raise ExpressionError(f"the result has {scale} digits after the point; 18 are possible", hint="round(a, 2)")
        return Type(Kind.DECIMAL, scale, nullable=found.nullable)

    return rule


def _moved(types: Sequence[Type], name: str) -> Type:
    left, right = types[0], types[1]
    if name == "add" and right.kind in MOMENTS:
        left, right = right, left
    if left.kind is Kind.INTERVAL and right.kind is Kind.INTERVAL:
        return Type(Kind.INTERVAL, nullable=_nullable(types))
    if left.kind in (Kind.TIMESTAMP, Kind.TIMESTAMP_TZ) and right.kind is Kind.INTERVAL:
        return Type(left.kind, nullable=_nullable(types))
    if left.kind is Kind.DATE and right.kind in (Kind.INTERVAL, Kind.INTEGER):
        return Type(Kind.TIMESTAMP if right.kind is Kind.INTERVAL else Kind.DATE, nullable=_nullable(types))
    raise ExpressionError(
        f"{types[0].kind} and {types[1].kind} cannot be put together by {'+' if name == 'add' else '-'}",
        hint="days_between(a, b) and seconds_between(a, b) measure; date + 3 and timestamp + interval '3 hours' move",
    )


def _divided(types: Sequence[Type], _: Sequence[Node]) -> Type:
    _wanted(types, NUMBERS)
    return Type(Kind.FLOAT, nullable=_nullable(types))


def _compared(types: Sequence[Type], _: Sequence[Node]) -> Type:
    common(types)
    return Type(Kind.BOOLEAN, nullable=_nullable(types))


def _same(*kinds: Kind) -> Rule:
    def rule(types: Sequence[Type], _: Sequence[Node]) -> Type:
        _wanted(types, kinds)
        return types[0]

    return rule


def _joined(types: Sequence[Type], _: Sequence[Node]) -> Type:
    widths = [_text_width(one) for one in types]
    width = None if None in widths else sum(width or 0 for width in widths)
    return Type(Kind.TEXT, width=width, nullable=_nullable(types))


_WIDTHS = {
    Kind.INTEGER: 20, Kind.DECIMAL: 41, Kind.FLOAT: 25, Kind.BOOLEAN: 5, Kind.DATE: 10, Kind.TIME: 15,
    Kind.TIMESTAMP: 26, Kind.TIMESTAMP_TZ: 32, Kind.NULL: 0, Kind.INTERVAL: 20,
}  # fmt: skip


def _text_width(one: Type) -> int | None:
    return one.width if one.kind is Kind.TEXT else _WIDTHS[one.kind]


def _as_text(types: Sequence[Type], _: Sequence[Node]) -> Type:
    return Type(Kind.TEXT, width=_text_width(types[0]), nullable=_nullable(types))


def _constant(nodes: Sequence[Node], place: int) -> int | None:
    node = nodes[place] if place < len(nodes) else None
    return node.value if isinstance(node, Literal) and isinstance(node.value, int) else None


def _cut(place: int) -> Rule:
    """A part of a text whose length, in characters of at most 4 bytes, is the argument at ``place``."""

    def rule(types: Sequence[Type], nodes: Sequence[Node]) -> Type:
        _wanted(types, (Kind.TEXT,), (Kind.INTEGER,))
        length, width = _constant(nodes, place), types[0].width
        if length is not None:
            width = min(4 * max(length, 0), width) if width is not None else 4 * max(length, 0)
        return Type(Kind.TEXT, width=width, nullable=_nullable(types))

    return rule


def _padded(types: Sequence[Type], nodes: Sequence[Node]) -> Type:
    _wanted(types, (Kind.TEXT, Kind.INTEGER), (Kind.INTEGER,), (Kind.TEXT,))
    length = _constant(nodes, 1)
    if length is None or not 0 <= length <= 10_000:
        raise ExpressionError("the length must be a constant from 0 to 10000")
    if len(nodes) > 2 and not (
        isinstance(nodes[2], Literal) and isinstance(nodes[2].value, str) and len(nodes[2].value) == 1
    ):
        raise ExpressionError("the filling must be one character")
    return Type(Kind.TEXT, width=4 * length, nullable=_nullable(types))


def _rounded(types: Sequence[Type], nodes: Sequence[Node]) -> Type:
    _wanted(types, NUMBERS, (Kind.INTEGER,))
    digits = 0 if len(nodes) == 1 else _constant(nodes, 1)
    if digits is None or not 0 <= digits <= 30:
        raise ExpressionError("the number of digits must be a constant from 0 to 30")
    if types[0].kind is Kind.DECIMAL:
        return Type(Kind.DECIMAL, min(digits, types[0].scale), nullable=_nullable(types))
    return Type(types[0].kind, nullable=_nullable(types))


def _to_decimal(types: Sequence[Type], nodes: Sequence[Node]) -> Type:
    _wanted(types[:1], (*NUMBERS, Kind.TEXT))
    digits = _constant(nodes, 1)
    if digits is None or not 0 <= digits <= 30:
        raise ExpressionError("the number of digits must be a constant from 0 to 30")
    return Type(Kind.DECIMAL, digits, nullable=_nullable(types))


def _chosen(types: Sequence[Type], _: Sequence[Node]) -> Type:
    """CASE: conditions and values in turn, then the value where no condition holds."""
    for condition in types[:-1:2]:
        if condition.kind not in (Kind.BOOLEAN, Kind.NULL):
            raise ExpressionError(f"a condition is {condition.kind}, wanted is boolean")
    values = [*types[1::2], types[-1]]
    found = common(values)
    return Type(found.kind, found.scale, found.width, _nullable(values))


def _if(types: Sequence[Type], nodes: Sequence[Node]) -> Type:
    return _chosen(types, nodes)


def _coalesced(types: Sequence[Type], _: Sequence[Node]) -> Type:
    found = common(types)
    return Type(found.kind, found.scale, found.width, all(one.nullable for one in types))


def _largest(types: Sequence[Type], _: Sequence[Node]) -> Type:
    return common(types)


def _null_if(types: Sequence[Type], _: Sequence[Node]) -> Type:
    common(types)
    return Type(types[0].kind, types[0].scale, types[0].width, nullable=True)


def _truncated(types: Sequence[Type], nodes: Sequence[Node]) -> Type:
    units = ("year", "quarter", "month", "week", "day", "hour", "minute", "second")
    unit = nodes[0].value if isinstance(nodes[0], Literal) else None
    if unit not in units:
        raise ExpressionError(f"the unit must be one of {', '.join(repr(one) for one in units)}")
    _wanted(types[1:], MOMENTS)
    return Type(types[1].kind, nullable=_nullable(types))


def _formatted(types: Sequence[Type], nodes: Sequence[Node]) -> Type:
    _wanted(types, MOMENTS, (Kind.TEXT,))
    if not (isinstance(nodes[1], Literal) and isinstance(nodes[1].value, str)):
        raise ExpressionError("the format must be a constant such as '%Y-%m'")
    template = nodes[1].value
    width = len(re.sub("%.", "", template).encode())
    width += sum(_FORMAT_WIDTHS.get(letter, 10) for letter in re.findall("%(.)", template))
    return Type(Kind.TEXT, width=width, nullable=_nullable(types))


_FORMAT_WIDTHS = {"Y": 5, "m": 2, "d": 2, "H": 2, "M": 2, "S": 9, "y": 2, "j": 3, "c": 40, "%": 1, "V": 2, "u": 1}
"""Most bytes of a letter of strftime."""


def _to_date(types: Sequence[Type], _: Sequence[Node]) -> Type:
    _wanted(types, (*MOMENTS, Kind.TEXT))
    return Type(Kind.DATE, nullable=_nullable(types))


def _to_timestamp(types: Sequence[Type], _: Sequence[Node]) -> Type:
    _wanted(types, (*MOMENTS, Kind.TEXT))
    return Type(Kind.TIMESTAMP, nullable=_nullable(types))


def _of_key(types: Sequence[Type], nodes: Sequence[Node]) -> Type:
    if not (isinstance(nodes[0], Name) and nodes[0].through is None):
        raise ExpressionError("wanted is the name of a foreign key column")
    return Type(Kind.INTEGER, nullable=_nullable(types))


def _random(_: Sequence[Type], __: Sequence[Node]) -> Type:
    return Type(Kind.FLOAT)


# --- the functions ------------------------------------------------------------------------------------------
_BOOLEAN, _TEXT, _INTEGER = (Kind.BOOLEAN,), (Kind.TEXT,), (Kind.INTEGER,)

_add("add", 2, 2, _arithmetic("add"), "a + b", "sum; date + days; timestamp + interval '3 hours'")
_add("subtract", 2, 2, _arithmetic("subtract"), "a - b", "difference; date - days; timestamp - interval")
_add("multiply", 2, 2, _arithmetic("multiply"), "a * b", "product; exact for integers and decimals")
_add("divide", 2, 2, _divided, "a / b", "quotient, always a float; a divisor of 0 is an error")
_add("mod", 2, 2, _arithmetic("mod"), "a % b", "remainder, with the sign of a")
_add("negate", 1, 1, _same(*NUMBERS, Kind.INTERVAL), "-a", "minus")
_add("concat", 1, None, _joined, "a || b", "texts joined; also concat(a, b, …)")
for _name, _sign in (("eq", "="), ("ne", "<>"), ("lt", "<"), ("le", "<="), ("gt", ">"), ("ge", ">=")):
    _add(_name, 2, 2, _compared, f"a {_sign} b", "comparison")
_add("and", 2, 2, _gives(Kind.BOOLEAN, _BOOLEAN), "a and b", "both")
_add("or", 2, 2, _gives(Kind.BOOLEAN, _BOOLEAN), "a or b", "at least one; also a in (b, c, …)")
_add("not", 1, 1, _gives(Kind.BOOLEAN, _BOOLEAN), "not a", "the opposite")
_add("is_null", 1, 1, lambda _, __: Type(Kind.BOOLEAN), "a is null", "whether a has no value; also is not null")
_add("like", 2, 2, _gives(Kind.BOOLEAN, _TEXT), "a like 'b%'", "whether a text matches: % any characters, _ one")
_add("case", 3, None, _chosen, "case when a then b … else c end", "the value of the first condition that holds")
_add("if", 3, 3, _if, "if(a, b, c)", "b where a holds, c elsewhere")
_add("coalesce", 1, None, _coalesced, "coalesce(a, b, …)", "the first that is not NULL")
_add("nullif", 2, 2, _null_if, "nullif(a, b)", "a, or NULL where it equals b")
_add("greatest", 1, None, _largest, "greatest(a, b, …)", "the largest; NULL if one is NULL")
_add("least", 1, None, _largest, "least(a, b, …)", "the smallest; NULL if one is NULL")
_add("abs", 1, 1, _same(*NUMBERS), "abs(a)", "without sign")
_add("sign", 1, 1, _gives(Kind.INTEGER, NUMBERS), "sign(a)", "-1, 0 or 1")
_add("round", 1, 2, _rounded, "round(a, digits)", "rounded, halves away from zero")
_add("floor", 1, 1, _gives(Kind.INTEGER, NUMBERS), "floor(a)", "the next whole number down")
_add("ceil", 1, 1, _gives(Kind.INTEGER, NUMBERS), "ceil(a)", "the next whole number up")
_add("sqrt", 1, 1, _gives(Kind.FLOAT, NUMBERS), "sqrt(a)", "square root")
_add("power", 2, 2, _gives(Kind.FLOAT, NUMBERS), "power(a, b)", "a to the power of b")
_add("exp", 1, 1, _gives(Kind.FLOAT, NUMBERS), "exp(a)", "e to the power of a")
_add("ln", 1, 1, _gives(Kind.FLOAT, NUMBERS), "ln(a)", "natural logarithm; of a number above 0")
_add("lower", 1, 1, _same(Kind.TEXT), "lower(a)", "small letters")
_add("upper", 1, 1, _same(Kind.TEXT), "upper(a)", "capital letters")
_add("initcap", 1, 1, _same(Kind.TEXT), "initcap(a)", "a capital letter at the start of each word")
_add("trim", 1, 1, _same(Kind.TEXT), "trim(a)", "without spaces at both ends")
_add("reverse", 1, 1, _same(Kind.TEXT), "reverse(a)", "backwards")
_add("length", 1, 1, _gives(Kind.INTEGER, _TEXT), "length(a)", "characters")
_add("substr", 2, 3, _cut(2), "substr(a, start, length)", "a part; start counts from 1; both constant")
_add("left", 2, 2, _cut(1), "left(a, length)", "the first characters; the length is constant")
_add("right", 2, 2, _cut(1), "right(a, length)", "the last characters; the length is constant")
_add("lpad", 2, 3, _padded, "lpad(a, length, '0')", "filled at the left")
_add("rpad", 2, 3, _padded, "rpad(a, length, ' ')", "filled at the right")
_add("replace", 3, 3, _gives(Kind.TEXT, _TEXT), "replace(a, 'b', 'c')", "every b replaced by c; both constant")
_add("text", 1, 1, _as_text, "cast(a as text)", "as text")
_add("integer", 1, 1, _gives(Kind.INTEGER, (*NUMBERS, Kind.TEXT, Kind.BOOLEAN)), "cast(a as int)", "rounded")
_add("float", 1, 1, _gives(Kind.FLOAT, (*NUMBERS, Kind.TEXT)), "cast(a as float)", "as a float")
_add("decimal", 2, 2, _to_decimal, "cast(a as decimal(p,s))", "rounded to s digits")
_add("boolean", 1, 1, _gives(Kind.BOOLEAN, (Kind.BOOLEAN, Kind.INTEGER)), "cast(a as boolean)", "0 is false")
_add("date", 1, 1, _to_date, "date(a)", "the day of a timestamp; also cast(a as date)")
_add("timestamp", 1, 1, _to_timestamp, "cast(a as timestamp)", "a date at midnight; without zone")
for _name, _what in (
    ("year", "year"), ("quarter", "1 to 4"), ("month", "1 to 12"), ("day", "day of the month"),
    ("day_of_week", "1 (Monday) to 7"), ("day_of_year", "1 to 366"),
):  # fmt: skip
    _add(_name, 1, 1, _gives(Kind.INTEGER, MOMENTS), f"{_name}(a)", f"of a date or timestamp: {_what}")
for _name in ("hour", "minute", "second"):
    _add(_name, 1, 1, _gives(Kind.INTEGER, MOMENTS[1:]), f"{_name}(a)", f"of a timestamp: the {_name}")
_add("date_trunc", 2, 2, _truncated, "date_trunc('month', a)", "the first moment of the unit; weeks begin on Monday")
_add("format", 2, 2, _formatted, "format(a, '%Y-%m')", "a date or timestamp as text, in the notation of strftime")
_add("add_months", 2, 2, _same(*MOMENTS, Kind.INTEGER), "add_months(a, n)", "at most to the end of that month")
_add("add_seconds", 2, 2, _same(*MOMENTS[1:], *NUMBERS), "add_seconds(a, n)", "a timestamp, n seconds later")
_add("days_between", 2, 2, _gives(Kind.INTEGER, MOMENTS), "days_between(a, b)", "midnights from a to b")
_add("seconds_between", 2, 2, _gives(Kind.FLOAT, MOMENTS), "seconds_between(a, b)", "seconds from a to b")
_add("hash", 1, None, _gives(Kind.INTEGER), "hash(a, b, …)", "a number from 0 to 2**63 - 1, equal for equal values")
_add("md5", 1, 1, _gives(Kind.TEXT, _TEXT, width=32), "md5(a)", "32 hexadecimal digits")
_add("row_number", 0, 0, lambda _, __: Type(Kind.INTEGER), "row_number()", "1 for the first row of the table")
_add("ordinal", 1, 1, _of_key, "ordinal(fk_column)", "1, 2, … for the children of one parent; needs a fan_out")
_add("level", 1, 1, _of_key, "level(fk_column)", "0 for the roots of a hierarchy, 1 below them, …; needs a hierarchy")
_add("random", 0, 0, _random, "random()", "a float from 0 (included) to 1 (not included); each use has its own")
