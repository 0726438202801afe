"""What the functions of expressions compute from the values of their arguments."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dw_simulator.generator.expressions.forms import (
    FORMS,
    as_float,
    as_integer,
    as_text,
    numbers,
    rebuilt,
    rescaled,
    to_type,
)
from dw_simulator.schema.expressions import Kind, Literal, Typed
from dw_simulator.schema.expressions.functions import common

Values = list[pa.Array]
Implementation = Callable[[Typed, Values], pa.Array]

_DAY = 86_400_000_000


# --- numbers ------------------------------------------------------------------------------------------------
def _sum(kernel: Callable[[pa.Array, pa.Array], pa.Array]) -> Implementation:
    def run(typed: Typed, values: Values) -> pa.Array:
        if typed.type.kind in (Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMP_TZ, Kind.INTERVAL):
            return _move(typed, values, kernel)
        left, right = (to_type(v, a.type, typed.type) for v, a in zip(values, typed.arguments, strict=True))
        return kernel(left, right)

    return run


def _move(typed: Typed, values: Values, kernel: Callable[[pa.Array, pa.Array], pa.Array]) -> pa.Array:
    kinds = [argument.type.kind for argument in typed.arguments]
    left, right = values
    if kinds[0] in (Kind.INTERVAL, Kind.INTEGER) and typed.type.kind is not Kind.INTERVAL:
        left, right = right, left
    if typed.type.kind is Kind.DATE:
        moved = kernel(pc.cast(left.view(pa.int32()), pa.int64()), right)
        return pc.cast(moved, pa.int32()).view(pa.date32())
    if typed.type.kind is Kind.INTERVAL:
        return kernel(left, right)
    return kernel(pc.cast(left, FORMS[typed.type.kind]), right)


def _multiply(typed: Typed, values: Values) -> pa.Array:
    if typed.type.kind is Kind.FLOAT:
        values = _floats(typed, values)
    return pc.multiply_checked(*(v.cast(FORMS[typed.type.kind]) if pa.types.is_null(v.type) else v for v in values))


def _floats(typed: Typed, values: Values) -> Values:
    return [
        pa.nulls(len(v), pa.float64()) if a.type.kind is Kind.NULL else as_float(v, a.type)
        for v, a in zip(values, typed.arguments, strict=True)
    ]


def _no_zero(divisor: pa.Array) -> None:
    if len(divisor) and pc.any(pc.equal(divisor, 0)).as_py():
        raise ValueError("division by zero; write nullif(…, 0) or a case around it")


def _divide(typed: Typed, values: Values) -> pa.Array:
    left, right = _floats(typed, values)
    _no_zero(right)
    return pc.divide(left, right)


def _mod(typed: Typed, values: Values) -> pa.Array:
    left, right = (to_type(v, a.type, typed.type) for v, a in zip(values, typed.arguments, strict=True))
    _no_zero(right)
    divisor = np.where(numbers(right) == 0, 1, numbers(right))
    return rebuilt(np.fmod(numbers(left), divisor), left.type, left, right)


def _negate(_: Typed, values: Values) -> pa.Array:
    return pc.negate_checked(values[0])


def _sign(_: Typed, values: Values) -> pa.Array:
    return rebuilt(np.sign(numbers(values[0])).astype(np.int64), pa.int64(), values[0])


def _round(typed: Typed, values: Values) -> pa.Array:
    have = typed.arguments[0].type
    digits = 0
    if len(typed.arguments) > 1:
        node = typed.arguments[1].node
        assert isinstance(node, Literal)
        digits = int(str(node.value))
    if have.kind is Kind.DECIMAL:
        return rescaled(values[0], have.scale, typed.type.scale)
    if have.kind is Kind.FLOAT:
        return pc.round(values[0], ndigits=digits, round_mode="half_towards_infinity")
    return values[0]


def _whole(kernel: Callable[[pa.Array], pa.Array], up: bool) -> Implementation:
    def run(typed: Typed, values: Values) -> pa.Array:
        have = typed.arguments[0].type
        if have.kind is Kind.FLOAT:
            return pc.cast(kernel(values[0]), pa.int64())
        raw, unit = numbers(values[0]), 10**have.scale
        return rebuilt(-(-raw // unit) if up else raw // unit, pa.int64(), values[0])

    return run


def _by_float(kernel: Callable[..., pa.Array]) -> Implementation:
    def run(typed: Typed, values: Values) -> pa.Array:
        found = kernel(*_floats(typed, values))
        if pc.all(pc.is_finite(found)).as_py() is False:
            raise ValueError("a result is not a finite number")
        return found

    return run


# --- comparison and choice ----------------------------------------------------------------------------------
def _is_null(_: Typed, values: Values) -> pa.Array:
    return pc.is_null(values[0])


def _extreme(kernel: Callable[..., pa.Array]) -> Implementation:
    def run(typed: Typed, values: Values) -> pa.Array:
        same = [to_type(v, a.type, typed.type) for v, a in zip(values, typed.arguments, strict=True)]
        return kernel(*same, skip_nulls=False)

    return run


def _null_if(typed: Typed, values: Values) -> pa.Array:
    wanted = common([argument.type for argument in typed.arguments])
    if wanted.kind is Kind.NULL:
        return values[0]
    left, right = (to_type(v, a.type, wanted) for v, a in zip(values, typed.arguments, strict=True))
    equal = pc.fill_null(pc.equal(left, right), False)
    return pc.if_else(equal, pa.scalar(None, values[0].type), values[0])


def _boolean(kernel: Callable[..., pa.Array]) -> Implementation:
    return lambda _, values: kernel(*(pc.cast(value, pa.bool_()) for value in values))


# --- texts --------------------------------------------------------------------------------------------------
def _concat(typed: Typed, values: Values) -> pa.Array:
    texts = [
        pa.nulls(len(v), pa.string()) if a.type.kind is Kind.NULL else as_text(v, a.type)
        for v, a in zip(values, typed.arguments, strict=True)
    ]
    return pc.binary_join_element_wise(*texts, "")


def _constant(typed: Typed, place: int) -> Any:
    node = typed.arguments[place].node
    if not isinstance(node, Literal):
        raise ValueError(f"argument {place + 1} must be a constant")
    return node.value


def _substr(typed: Typed, values: Values) -> pa.Array:
    start = max(int(_constant(typed, 1)) - 1, 0)
    stop = start + int(_constant(typed, 2)) if len(typed.arguments) > 2 else None
    return pc.utf8_slice_codeunits(values[0], start=start, stop=stop)


def _left(typed: Typed, values: Values) -> pa.Array:
    return pc.utf8_slice_codeunits(values[0], start=0, stop=int(_constant(typed, 1)))


def _right(typed: Typed, values: Values) -> pa.Array:
    count = int(_constant(typed, 1))
    return pc.utf8_slice_codeunits(values[0], start=-count) if count else pc.utf8_slice_codeunits(values[0], 0, 0)


def _pad(kernel: Callable[..., pa.Array]) -> Implementation:
    def run(typed: Typed, values: Values) -> pa.Array:
        filling = str(_constant(typed, 2)) if len(typed.arguments) > 2 else " "
        length = int(_constant(typed, 1))
        padded = kernel(as_text(values[0], typed.arguments[0].type), width=length, padding=filling)
        return pc.utf8_slice_codeunits(padded, start=0, stop=length)

    return run


def _replace(typed: Typed, values: Values) -> pa.Array:
    pattern = str(_constant(typed, 1))
    if not pattern:
        return values[0]
    return pc.replace_substring(values[0], pattern=pattern, replacement=str(_constant(typed, 2)))


def _like(typed: Typed, values: Values) -> pa.Array:
    return pc.match_like(values[0], str(_constant(typed, 1)))


def _length(_: Typed, values: Values) -> pa.Array:
    return pc.cast(pc.utf8_length(values[0]), pa.int64())


# --- conversions --------------------------------------------------------------------------------------------
def _to_integer(typed: Typed, values: Values) -> pa.Array:
    return as_integer(values[0], typed.arguments[0].type)


def _to_float(typed: Typed, values: Values) -> pa.Array:
    have = typed.arguments[0].type
    return pc.cast(values[0], pa.float64()) if have.kind is Kind.TEXT else _floats(typed, values)[0]


def _to_decimal(typed: Typed, values: Values) -> pa.Array:
    have, scale = typed.arguments[0].type, typed.type.scale
    if have.kind is Kind.FLOAT:
        return scaled_float(values[0], scale)
    if have.kind is Kind.TEXT:
        exact = pc.cast(pc.cast(values[0], pa.decimal128(38, 18)), pa.decimal128(38, scale), safe=False)
        return pc.cast(exact.view(pa.decimal128(38, 0)), pa.int64())
    if have.kind is Kind.NULL:
        return pa.nulls(len(values[0]), pa.int64())
    return rescaled(values[0], have.scale, scale)


def scaled_float(array: pa.Array, scale: int) -> pa.Array:
    """Floats as whole numbers of their digit ``scale`` after the point.

    Raises:
        pa.ArrowInvalid: a number is too large or none.
    """
    moved = pc.multiply(array, 10.0**scale) if scale else array
    return pc.cast(pc.round(moved, round_mode="half_towards_infinity"), pa.int64())


def _to_boolean(_: Typed, values: Values) -> pa.Array:
    return pc.cast(values[0], pa.bool_())


def _to_date(_: Typed, values: Values) -> pa.Array:
    value = values[0]
    if pa.types.is_timestamp(value.type):
        return rebuilt((numbers(value) // _DAY).astype(np.int32), pa.date32(), value)
    return pc.cast(value, pa.date32())


def _to_timestamp(_: Typed, values: Values) -> pa.Array:
    return pc.cast(values[0], pa.timestamp("us"))


# --- moments ------------------------------------------------------------------------------------------------
def _part(kernel: Callable[[pa.Array], pa.Array]) -> Implementation:
    return lambda _, values: pc.cast(kernel(values[0]), pa.int64())


def _trunc(typed: Typed, values: Values) -> pa.Array:
    return pc.cast(pc.floor_temporal(values[1], unit=str(_constant(typed, 0))), values[1].type)


def _format(typed: Typed, values: Values) -> pa.Array:
    value = values[0]
    kind = pa.timestamp("s") if pa.types.is_date(value.type) else pa.timestamp("us")
    if pa.types.is_timestamp(value.type) and (numbers(value) % 1_000_000 == 0).all():
        kind = pa.timestamp("s")
    return pc.strftime(pc.cast(value, kind), format=str(_constant(typed, 1)))


def _add_months(_: Typed, values: Values) -> pa.Array:
    moment, months = values[0], numbers(values[1])
    ticks = numbers(moment).astype(np.int64)
    unit = 1 if pa.types.is_date(moment.type) else _DAY
    days, rest = ticks // unit, ticks % unit
    dates = days.astype("datetime64[D]")
    month = dates.astype("datetime64[M]")
    target = month + months
    last = ((target + 1).astype("datetime64[D]") - np.timedelta64(1, "D")).astype(np.int64)
    moved = np.minimum(target.astype("datetime64[D]").astype(np.int64) + (dates - month).astype(np.int64), last)
    raw = moved * unit + rest
    return rebuilt(raw.astype(np.int32) if unit == 1 else raw, moment.type, moment, values[1])


def _add_seconds(typed: Typed, values: Values) -> pa.Array:
    micros = scaled_float(as_float(values[1], typed.arguments[1].type), 6)
    return pc.add_checked(values[0], micros.view(pa.duration("us")))


def _micros(array: pa.Array) -> Any:
    ticks = numbers(array).astype(np.int64)
    return ticks * _DAY if pa.types.is_date(array.type) else ticks


def _days_between(_: Typed, values: Values) -> pa.Array:
    first, second = (_micros(value) // _DAY for value in values)
    return rebuilt(second - first, pa.int64(), *values)


def _seconds_between(_: Typed, values: Values) -> pa.Array:
    return rebuilt((_micros(values[1]) - _micros(values[0])) / 1e6, pa.float64(), *values)


# --- hashes -------------------------------------------------------------------------------------------------
def _mixed(words: Any) -> Any:
    """The finalizer of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators")."""
    words = words + np.uint64(0x9E3779B97F4A7C15)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


def _text_words(array: pa.Array) -> Any:
    """A number for each text: of its different values only, since they repeat."""
    coded = array.dictionary_encode()
    words = [
        int.from_bytes(hashlib.blake2b(value.encode(), digest_size=8).digest(), "little")
        for value in coded.dictionary.to_pylist()
    ]
    table = np.array([*words, 0], np.uint64)
    return table[pc.fill_null(coded.indices, len(words)).to_numpy(zero_copy_only=False)]


def _hash(typed: Typed, values: Values) -> pa.Array:
    total = np.zeros(len(values[0]), np.uint64)
    for value, argument in zip(values, typed.arguments, strict=True):
        if argument.type.kind is Kind.NULL:
            words = np.zeros(len(value), np.uint64)
        elif argument.type.kind is Kind.TEXT:
            words = _text_words(value)
        else:
            raw = numbers(value)
            words = raw.view(np.uint64) if raw.dtype.itemsize == 8 else raw.astype(np.int64).view(np.uint64)
        total = _mixed(total ^ words)
    known = [v for v, a in zip(values, typed.arguments, strict=True) if a.type.kind is not Kind.NULL]
    return rebuilt((total >> np.uint64(1)).astype(np.int64), pa.int64(), *known)


def _md5(_: Typed, values: Values) -> pa.Array:
    coded = values[0].dictionary_encode()
    texts = [hashlib.md5(v.encode(), usedforsecurity=False).hexdigest() for v in coded.dictionary.to_pylist()]
    return pa.array(texts, pa.string()).take(coded.indices)


IMPLEMENTATIONS: dict[str, Implementation] = {
    "add": _sum(pc.add_checked),
    "subtract": _sum(pc.subtract_checked),
    "multiply": _multiply,
    "divide": _divide,
    "mod": _mod,
    "negate": _negate,
    "concat": _concat,
    "and": _boolean(pc.and_kleene),
    "or": _boolean(pc.or_kleene),
    "not": _boolean(pc.invert),
    "is_null": _is_null,
    "like": _like,
    "nullif": _null_if,
    "greatest": _extreme(pc.max_element_wise),
    "least": _extreme(pc.min_element_wise),
    "abs": lambda _, values: pc.abs_checked(values[0]),
    "sign": _sign,
    "round": _round,
    "floor": _whole(pc.floor, up=False),
    "ceil": _whole(pc.ceil, up=True),
    "sqrt": _by_float(pc.sqrt),
    "power": _by_float(pc.power),
    "exp": _by_float(pc.exp),
    "ln": _by_float(pc.ln),
    "lower": lambda _, values: pc.utf8_lower(values[0]),
    "upper": lambda _, values: pc.utf8_upper(values[0]),
    "initcap": lambda _, values: pc.utf8_title(values[0]),
    "trim": lambda _, values: pc.utf8_trim(values[0], characters=" "),
    "reverse": lambda _, values: pc.utf8_reverse(values[0]),
    "length": _length,
    "substr": _substr,
    "left": _left,
    "right": _right,
    "lpad": _pad(pc.utf8_lpad),
    "rpad": _pad(pc.utf8_rpad),
    "replace": _replace,
    "text": lambda typed, values: as_text(values[0], typed.arguments[0].type),
    "integer": _to_integer,
    "float": _to_float,
    "decimal": _to_decimal,
    "boolean": _to_boolean,
    "date": _to_date,
    "timestamp": _to_timestamp,
    "year": _part(pc.year),
    "quarter": _part(pc.quarter),
    "month": _part(pc.month),
    "day": _part(pc.day),
    "day_of_week": _part(lambda array: pc.day_of_week(array, count_from_zero=False)),
    "day_of_year": _part(pc.day_of_year),
    "hour": _part(pc.hour),
    "minute": _part(pc.minute),
    "second": _part(pc.second),
    "date_trunc": _trunc,
    "format": _format,
    "add_months": _add_months,
    "add_seconds": _add_seconds,
    "days_between": _days_between,
    "seconds_between": _seconds_between,
    "hash": _hash,
    "md5": _md5,
}
