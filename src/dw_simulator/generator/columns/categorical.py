"""Columns that hold one of a list of values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa

from dw_simulator.generator.columns.moments import ARROW_TYPES, microseconds
from dw_simulator.generator.columns.numbers import arrow_type
from dw_simulator.generator.domain import Domain, Listed, Pool
from dw_simulator.schema.distributions import Categorical
from dw_simulator.schema.model import Column, DataType


def categorical(column: Column, spec: Categorical) -> Domain:
    """The different values of weight above 0, as a domain of the column's type with their weights."""
    totals: dict[Any, float] = {}
    weights = spec.weights or [1.0] * len(spec.values)
    for raw, weight in zip(spec.values, weights, strict=True):
        value = _convert(column, raw)
        totals[value] = totals.get(value, 0.0) + weight
    kept = {value: weight for value, weight in totals.items() if weight > 0}
    if column.data_type.is_text or column.data_type is DataType.JSON:
        return Pool(pa.array(list(kept), pa.string()), list(kept.values()))
    return Listed(pa.array(list(kept), _type(column)), list(kept.values()))


def converted_values(column: Column, values: Sequence[Any]) -> pa.Array:
    """Values of a schema as the column's Arrow type, in their order."""
    kind = pa.string() if column.data_type.is_text or column.data_type is DataType.JSON else _type(column)
    return pa.array([_convert(column, value) for value in values], kind)


def _type(column: Column) -> pa.DataType:
    if column.data_type.is_number:
        return arrow_type(column)
    return ARROW_TYPES.get(column.data_type, pa.bool_())


def _convert(column: Column, value: Any) -> Any:
    kind = column.data_type
    if kind is DataType.DECIMAL:
        return Decimal(str(value)).quantize(Decimal(1).scaleb(-column.decimal_size[1]))
    if kind.is_integer:
        return int(value)
    if kind is DataType.FLOAT:
        return float(value)
    if kind is DataType.DATE:
        return dt.date.fromisoformat(value)
    if kind is DataType.TIME:
        return dt.time.fromisoformat(value)
    if kind is DataType.TIMESTAMP:
        return dt.datetime.fromisoformat(value).replace(tzinfo=None)
    if kind is DataType.TIMESTAMP_TZ:
        return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(
            microseconds=microseconds(dt.datetime.fromisoformat(value))
        )
    return value
