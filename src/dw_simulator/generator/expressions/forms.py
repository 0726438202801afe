"""How values look while an expression is computed: one Arrow type for each kind, decimals as whole numbers of their
last digit."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dw_simulator.generator import arrays
from dw_simulator.generator.arrays import Mask
from dw_simulator.schema.expressions import Kind, Type
from dw_simulator.schema.expressions.syntax import Value

FORMS: dict[Kind, pa.DataType] = {
    Kind.NULL: pa.null(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.INTEGER: pa.int64(),
    Kind.DECIMAL: pa.int64(),
    Kind.FLOAT: pa.float64(),
    Kind.TEXT: pa.string(),
    Kind.DATE: pa.date32(),
    Kind.TIME: pa.time64("us"),
    Kind.TIMESTAMP: pa.timestamp("us"),
    Kind.TIMESTAMP_TZ: pa.timestamp("us", "UTC"),
    Kind.INTERVAL: pa.duration("us"),
}


def from_column(array: pa.Array, found: Type) -> pa.Array:
    """A column's values in the form of their kind.

    Raises:
        ValueError: a decimal has more than 18 digits.
    """
    array = arrays.plain(array)
    if found.kind is Kind.DECIMAL:
        return _unscaled(array)
    return array if array.type == FORMS[found.kind] else pc.cast(array, FORMS[found.kind])


def _unscaled(array: pa.Array) -> pa.Array:
    if array.offset:
        array = pa.concat_arrays([array])
    if pa.types.is_decimal64(array.type):
        return pa.Array.from_buffers(pa.int64(), len(array), array.buffers(), array.null_count)
    validity, data = array.buffers()
    halves = np.frombuffer(data, np.int64)[: 2 * len(array)].reshape(-1, 2)
    low, high = halves[:, 0], halves[:, 1]
    wide = (high != (low >> 63)) & ~empty(array)
    if wide.any():
        raise ValueError("a decimal has more than 18 digits, which expressions cannot compute with")
    return pa.Array.from_buffers(pa.int64(), len(array), [validity, pa.py_buffer(np.ascontiguousarray(low))])


def constant(value: Value, found: Type, count: int) -> pa.Array:
    """The same value for every row."""
    if value is None:
        return pa.nulls(count)
    raw: Any = value
    if isinstance(value, Decimal):
        raw = int(value.scaleb(found.scale))
    return pa.repeat(pa.scalar(raw, FORMS[found.kind]), count)


def empty(array: pa.Array) -> Mask:
    """Which rows are NULL."""
    if not array.null_count:
        return np.zeros(len(array), np.bool_)
    found: Mask = array.is_null().to_numpy(zero_copy_only=False)
    return found


def numbers(array: pa.Array) -> Any:
    """Fixed-width values as numpy numbers, 0 where NULL."""
    if pa.types.is_boolean(array.type):
        return pc.fill_null(array, False).to_numpy(zero_copy_only=False)
    width = array.type.bit_width
    kind = pa.float64() if pa.types.is_floating(array.type) else {32: pa.int32(), 64: pa.int64()}[width]
    plain = array.view(kind)
    return (pc.fill_null(plain, 0) if array.null_count else plain).to_numpy(zero_copy_only=False)


def rebuilt(values: Any, kind: pa.DataType, *sources: pa.Array) -> pa.Array:
    """numpy numbers as an array of ``kind``, NULL where one of the sources is."""
    made = arrays.booleans(values) if pa.types.is_boolean(kind) else arrays.fixed(values, kind)
    if not any(source.null_count for source in sources):
        return made
    missing = np.zeros(len(made), np.bool_)
    for source in sources:
        missing |= empty(source)
    return arrays.with_nulls(made, missing)


def rescaled(array: pa.Array, scale: int, wanted: int) -> pa.Array:
    """Whole numbers of the last digit with another number of digits after the point; halves away from zero.

    Raises:
        pa.ArrowInvalid: overflow.
    """
    if wanted > scale:
        return pc.multiply_checked(array, 10 ** (wanted - scale))
    return rebuilt(rounded_down(numbers(array), 10 ** (scale - wanted)), pa.int64(), array) if wanted < scale else array


def rounded_down(values: Any, unit: int) -> Any:
    """Whole numbers divided by ``unit``, rounded, halves away from zero."""
    size = np.abs(values)
    whole = size // unit
    whole += (size - whole * unit) * 2 >= unit
    return np.where(values < 0, -whole, whole)


def to_type(array: pa.Array, have: Type, want: Type) -> pa.Array:
    """From one kind to another that holds the same values (see :func:`..functions.common`)."""
    if have.kind is Kind.NULL:
        return pa.nulls(len(array), FORMS[want.kind])
    if want.kind is Kind.DECIMAL:
        return rescaled(array, have.scale, want.scale)
    if want.kind is Kind.FLOAT and have.kind is Kind.DECIMAL:
        return as_float(array, have)
    return array if array.type == FORMS[want.kind] else pc.cast(array, FORMS[want.kind])


def as_float(array: pa.Array, have: Type) -> pa.Array:
    if have.kind is Kind.FLOAT:
        return array
    values = numbers(array).astype(np.float64)
    return rebuilt(values / 10.0**have.scale if have.scale else values, pa.float64(), array)


def as_integer(array: pa.Array, have: Type) -> pa.Array:
    """Rounded, halves away from zero.

    Raises:
        pa.ArrowInvalid: a float is too large.
    """
    if have.kind is Kind.DECIMAL:
        return rescaled(array, have.scale, 0)
    if have.kind is Kind.FLOAT:
        return pc.cast(pc.round(array, round_mode="half_towards_infinity"), pa.int64())
    return array if array.type == pa.int64() else pc.cast(array, pa.int64())


def as_text(array: pa.Array, have: Type) -> pa.Array:
    if have.kind is Kind.TEXT:
        return array
    if have.kind is Kind.DECIMAL:
        return pc.cast(pc.cast(array, pa.decimal128(19, 0)).view(pa.decimal128(38, have.scale)), pa.string())
    if have.kind is Kind.FLOAT:
        return pa.array([None if value is None else repr(value) for value in array.to_pylist()], pa.string())
    if have.kind in _PLAIN_TEXTS:
        return _PLAIN_TEXTS[have.kind](array)
    return pc.cast(array, pa.string())


def _moments_as_text(array: pa.Array) -> pa.Array:
    """Whole seconds have no fraction."""
    plain = array.cast(pa.timestamp("us"))
    whole = (numbers(plain) % 1_000_000 == 0).all()
    return pc.strftime(plain.cast(pa.timestamp("s")) if whole else plain, format="%Y-%m-%d %H:%M:%S")


_PLAIN_TEXTS: dict[Kind, Callable[[pa.Array], pa.Array]] = {
    Kind.TIMESTAMP: _moments_as_text,
    Kind.TIMESTAMP_TZ: lambda array: pc.binary_join_element_wise(_moments_as_text(array), "+00:00", ""),
}
