"""From the result of an expression to the values of a column."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dw_simulator.generator.columns.moments import ARROW_TYPES
from dw_simulator.generator.columns.numbers import arrow_type
from dw_simulator.generator.expressions.forms import as_float, as_integer, empty, rescaled
from dw_simulator.generator.expressions.functions import scaled_float
from dw_simulator.generator.registry import RuleProblem
from dw_simulator.schema.expressions import Kind, Type
from dw_simulator.schema.expressions.functions import NUMBERS
from dw_simulator.schema.model import Column, DataType

Converter = Callable[[pa.Array], pa.Array]

_FITTING: dict[DataType, tuple[tuple[Kind, ...], str]] = {
    DataType.BOOLEAN: ((Kind.BOOLEAN,), "write a condition"),
    DataType.DATE: ((Kind.DATE,), "write date(…)"),
    DataType.TIME: ((Kind.TIME,), "write a time"),
    DataType.TIMESTAMP: ((Kind.DATE, Kind.TIMESTAMP), "write cast(… as timestamp)"),
    DataType.TIMESTAMP_TZ: ((Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMP_TZ), "write cast(… as timestamp)"),
    DataType.VARCHAR: ((Kind.TEXT,), "write cast(… as text)"),
    DataType.CHAR: ((Kind.TEXT,), "write cast(… as text)"),
    DataType.JSON: ((Kind.TEXT,), "write cast(… as text)"),
}


def converter(column: Column, found: Type, limit: int) -> Converter:
    """What makes a result into values of ``column``. ``limit``: bytes that the column holds.

    Raises:
        RuleProblem: the expression is of another kind, or its texts can be longer than the column.
    """
    if found.kind is Kind.NULL:
        return lambda values: pa.nulls(len(values), _target(column))
    if column.data_type.is_number:
        if found.kind not in NUMBERS:
            raise RuleProblem(f"the expression is {found.kind}, but the column {column.data_type}", "give a number")
        return _numbers(column, found)
    kinds, hint = _FITTING.get(column.data_type, ((), "use another type"))
    if found.kind not in kinds:
        raise RuleProblem(f"the expression is {found.kind}, but the column {column.data_type}", hint)
    if found.kind is Kind.TEXT:
        return _texts(column, found, limit)
    return lambda values: pc.cast(values, _target(column))


def _target(column: Column) -> pa.DataType:
    if column.data_type.is_number:
        return arrow_type(column)
    return ARROW_TYPES.get(column.data_type, pa.bool_() if column.data_type is DataType.BOOLEAN else pa.string())


def _texts(column: Column, found: Type, limit: int) -> Converter:
    if found.width is not None and found.width > limit and column.data_type is not DataType.JSON:
        raise RuleProblem(
            f"the expression can give texts of {found.width} bytes, but {column.data_type} holds {limit}",
            f"write left(…, {max(limit // 4, 1)}), or widen the column",
        )

    def convert(values: pa.Array) -> pa.Array:
        longest = pc.max(pc.binary_length(values)).as_py() or 0
        if longest > limit:
            raise ValueError(f"a text of {longest} bytes does not fit into {column.data_type}({limit})")
        return values

    return convert


def _numbers(column: Column, found: Type) -> Converter:
    target = arrow_type(column)
    if column.data_type is DataType.FLOAT:
        return lambda values: as_float(values, found)
    if column.data_type.is_integer:
        return lambda values: pc.cast(as_integer(values, found), target)
    precision, scale = column.decimal_size

    def convert(values: pa.Array) -> pa.Array:
        raw = scaled_float(values, scale) if found.kind is Kind.FLOAT else rescaled(values, found.scale, scale)
        plain = raw.fill_null(0).to_numpy(zero_copy_only=False) if raw.null_count else raw.to_numpy()
        if precision < 19 and len(plain) and max(plain.max(), -plain.min()) >= 10**precision:
            raise ValueError(f"a result has more digits than DECIMAL({precision},{scale}) holds")
        if precision <= 18:
            return pa.Array.from_buffers(target, len(raw), raw.buffers(), raw.null_count, raw.offset)
        halves = np.empty((len(plain), 2), np.int64)
        halves[:, 0], halves[:, 1] = plain, plain >> 63
        made = pa.Array.from_buffers(target, len(raw), [None, pa.py_buffer(halves)])
        return pc.if_else(pa.array(~empty(raw)), made, pa.scalar(None, target)) if raw.null_count else made

    return convert
