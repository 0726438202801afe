"""Nested values of Parquet files (lists, structs, maps) as JSON text in the form that VARIANT is stored in."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import orjson
import pyarrow as pa


def json_texts(column: pa.Array, *, without_nulls: bool = False) -> pa.Array:
    """Each value as JSON text with sorted keys; NULL stays NULL. ``without_nulls``: no keys for NULLs in structs."""
    values = column.to_pylist()
    return json_texts_of([_without_nulls(value) for value in values] if without_nulls else values)


def json_texts_of(values: Iterable[Any]) -> pa.Array:
    texts = [
        None if value is None else orjson.dumps(_plain(value), default=_other, option=orjson.OPT_SORT_KEYS).decode()
        for value in values
    ]
    return pa.array(texts, pa.string())


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    if isinstance(value, tuple):  # of a map
        return tuple(_without_nulls(item) for item in value)
    return value


def _plain(value: Any) -> Any:
    """Maps come out of Arrow as lists of pairs."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(item, tuple) and len(item) == 2 for item in value):
            return {str(key): _plain(item) for key, item in value}
        return [_plain(item) for item in value]
    return value


def _other(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bytes):
        return base64.b16encode(value).decode()
    if isinstance(value, (dt.date, dt.time, dt.datetime)):
        return value.isoformat(sep=" ") if isinstance(value, dt.datetime) else value.isoformat()
    raise TypeError(type(value).__name__)
