"""Columns and rows of a result as JSON has them: kinds of columns, and cells that lose nothing.

A number is a JSON number only where an IEEE double, which is all that JavaScript has, holds it exactly; other integers
and decimals with places are text. Dates, times and timestamps are ISO 8601, binary is hexadecimal, semi-structured
values are objects and arrays.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from dw_simulator.experiments.queries.kinds import ColumnKind
from dw_simulator.warehouses.base import ResultColumn

EXACT = 2**53
"""Integers up to this are exact in a double."""

_LONG_NUMBER = re.compile(r"[0-9]{16}")
"""Where there may be a number that a double does not hold."""

_JSON_TYPES = frozenset({"super", "variant", "object", "array", "map", "vector"})
_OTHER_TYPES = frozenset({"unknown", "geometry", "geography", "file", "hllsketch"})


def kind_of_column(column: ResultColumn, kind: pa.DataType) -> ColumnKind:
    """The kind of a result's column, from its name in the warehouse and the Arrow type it is read as."""
    name = column.type.lower().split("(", 1)[0].strip()
    if name in _JSON_TYPES:
        return ColumnKind.JSON
    if name in _OTHER_TYPES:
        return ColumnKind.OTHER
    if name.startswith("time ") or pa.types.is_time(kind):
        return ColumnKind.TIME
    tests = (
        (pa.types.is_boolean, ColumnKind.BOOLEAN),
        (pa.types.is_date, ColumnKind.DATE),
        (pa.types.is_timestamp, ColumnKind.TIMESTAMP),
        (pa.types.is_binary, ColumnKind.BINARY),
        (pa.types.is_string, ColumnKind.STRING),
    )
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return ColumnKind.NUMBER
    return next((found for test, found in tests if test(kind)), ColumnKind.OTHER)


def cells(array: pa.Array, kind: ColumnKind) -> list[Any]:
    """The values of one column for orjson."""
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    found: list[Any]
    if kind is ColumnKind.JSON:
        found = [None if text is None else parsed_json(text) for text in array.to_pylist()]
    elif pa.types.is_integer(array.type):
        found = _integers(array.to_pylist())
    elif pa.types.is_decimal(array.type):
        values = array.to_pylist()
        if array.type.scale <= 0:
            found = _integers([None if value is None else int(value) for value in values])
        else:
            found = [None if value is None else f"{value:f}" for value in values]
    elif pa.types.is_floating(array.type):
        found = _floats(array)
    elif pa.types.is_timestamp(array.type):
        found = _moments(array)
    elif pa.types.is_temporal(array.type):
        found = _without_zeros(pc.cast(array, pa.string())).to_pylist()
    elif pa.types.is_binary(array.type) or pa.types.is_large_binary(array.type):
        found = [None if value is None else value.hex() for value in array.to_pylist()]
    else:
        found = array.to_pylist()
    return found


def rows_of(batch: pa.RecordBatch, kinds: Sequence[ColumnKind]) -> list[list[Any]]:
    """The rows of a batch, each a list of cells in the order of the columns."""
    if not batch.num_columns:
        return []
    columns = [cells(array, kind) for array, kind in zip(batch.columns, kinds, strict=True)]
    return [list(row) for row in zip(*columns, strict=True)]


def _integers(values: Sequence[int | None]) -> list[Any]:
    return [value if value is None or -EXACT <= value <= EXACT else str(value) for value in values]


def _floats(array: pa.Array) -> list[Any]:
    if pa.types.is_float32(array.type):  # 0.1 as it was written, not the double next to its 32 bits
        array = pc.cast(pc.cast(array, pa.string()), pa.float64())
    return [value if value is None or math.isfinite(value) else not_finite(value) for value in array.to_pylist()]


def not_finite(value: float) -> str:
    """JSON has no such numbers."""
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _moments(array: pa.Array) -> list[Any]:
    zone = array.type.tz
    plain = pc.cast(array, pa.timestamp("us"), safe=False)  # what a zone's values count in is UTC
    text = pc.replace_substring(pc.cast(plain, pa.string()), " ", "T", max_replacements=1)
    text = _without_zeros(text)
    return list((text if zone is None else pc.binary_join_element_wise(text, "+00:00", "")).to_pylist())


def _without_zeros(text: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(text, r"\.0+$", "")


def parsed_json(text: str) -> Any:
    """A semi-structured value; a text that is no JSON (``undefined`` in an array) stays a text."""
    try:
        return json.loads(text, **_EXACTLY) if _LONG_NUMBER.search(text) else orjson.loads(text)
    except ValueError:
        return text


def _exact_integer(text: str) -> int | str:
    value = int(text) if len(text) < 20 else EXACT + 1
    return value if -EXACT <= value <= EXACT else text


def _exact_float(text: str) -> float | str:
    digits = sum(character.isdigit() for character in text.lower().split("e", 1)[0])
    value = float(text)
    return value if digits <= 17 and math.isfinite(value) else text


_EXACTLY: dict[str, Any] = {"parse_int": _exact_integer, "parse_float": _exact_float, "parse_constant": str}
