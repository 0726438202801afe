"""Nested values of Parquet files (lists, structs, maps) as JSON text in the form that VARIANT is stored in."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import orjson
import pyarrow as pa


def json_texts(column: pa.Array) -> pa.Array:
    """Each value as JSON text with sorted keys; NULL stays NULL."""
    return json_texts_of(column.to_pylist())


def json_texts_of(values: Iterable[Any]) -> pa.Array:
    texts = [
        None if value is None else orjson.dumps(_plain(value), default=_other, option=orjson.OPT_SORT_KEYS).decode()
        for value in values
    ]
    return pa.array(texts, pa.string())


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
