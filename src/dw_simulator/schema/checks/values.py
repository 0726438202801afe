"""Categorical values: each must be one that the column can hold."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from dw_simulator.schema.checks.context import Context, column_path
from dw_simulator.schema.checks.rules import first_moment, last_moment, number_problem, type_text
from dw_simulator.schema.distributions import Categorical, Histogram, Markov, parts_of
from dw_simulator.schema.model import Column, DataType

Value = str | int | float | bool

MOST_REPORTED = 5
"""Wrong values of one column that are reported; the rest is counted."""


def check_categorical_values(context: Context) -> None:
    for table, column in context.each_column():
        for place, spec in parts_of(column.distribution):
            if isinstance(spec, Categorical) and column.data_type is not DataType.BINARY:
                _check_values(context, column, column_path(table, column, place, "values"), spec.values)
            elif isinstance(spec, Markov):
                _check_values(context, column, column_path(table, column, place), spec.states)


def _check_values(context: Context, column: Column, path: str, values: Sequence[Value]) -> None:
    wrong = [problem for value in values if (problem := value_problem(context, column, value))]
    for problem in wrong[:MOST_REPORTED]:
        context.report(path, problem)
    if len(wrong) > MOST_REPORTED:
        context.report(path, f"and {len(wrong) - MOST_REPORTED} more values that do not fit")


def value_problem(context: Context, column: Column, value: Value) -> str | None:
    """Why the column cannot hold ``value``; None if it can."""
    kind = column.data_type
    if kind.is_number:
        return _number_value_problem(column, value)
    if kind is DataType.BOOLEAN:
        return None if isinstance(value, bool) else f"value {value!r} is not true or false, as BOOLEAN wants"
    if not isinstance(value, str):
        return f"value {value!r} is not text, as {kind} wants; write it in quotes"
    if kind.is_text:
        return _length_problem(context, column, value)
    if kind is DataType.JSON:
        return _json_problem(value)
    return _temporal_problem(column, value)


def _number_value_problem(column: Column, value: Value) -> str | None:
    if isinstance(value, bool | str) or not math.isfinite(value):
        return f"value {value!r} is not a number, as {column.data_type} wants"
    if problem := number_problem(column, value):
        return f"value {problem}"
    if column.min_value is not None and value < column.min_value:
        return f"value {value} is smaller than min_value {column.min_value}"
    if column.max_value is not None and value > column.max_value:
        return f"value {value} is larger than max_value {column.max_value}"
    return None


def _length_problem(context: Context, column: Column, value: str) -> str | None:
    """Redshift counts bytes, the others characters."""
    limit = column.varchar_length or (1 if column.data_type is DataType.CHAR else None)
    if limit is None:
        return None
    in_bytes = "redshift" in context.systems
    size, unit = (len(value.encode()), "bytes") if in_bytes else (len(value), "characters")
    if size <= limit:
        return None
    shown = value if len(value) <= 40 else value[:40] + "…"
    return f"value {shown!r} is {size} {unit} long; {type_text(column)} holds {limit}"


def _json_problem(value: str) -> str | None:
    try:
        json.loads(value)
    except ValueError as error:
        return f"value {value[:40]!r} is not JSON text: {error}"
    return None


_Reader = Callable[[str], dt.date | dt.time]
_TIMESTAMP: tuple[_Reader, str] = (dt.datetime.fromisoformat, "a timestamp such as 2024-12-31 23:59:59")
_MOMENTS: dict[DataType, tuple[_Reader, str]] = {
    DataType.DATE: (dt.date.fromisoformat, "a date such as 2024-12-31"),
    DataType.TIME: (dt.time.fromisoformat, "a time such as 23:59:59"),
}


def _temporal_problem(column: Column, value: str) -> str | None:
    read, example = _MOMENTS.get(column.data_type, _TIMESTAMP)
    try:
        moment = read(value)
    except ValueError:
        return f"value {value!r} is not {example}, as {column.data_type} wants"
    if isinstance(moment, dt.time):
        return None
    if column.date_start is not None and last_moment(moment) < first_moment(column.date_start):
        return f"value {value} is before date_start {column.date_start}"
    if column.date_end is not None and first_moment(moment) > last_moment(column.date_end):
        return f"value {value} is after date_end {column.date_end}"
    return None


# --- histograms -----------------------------------------------------------------------------------
def check_histograms(context: Context) -> None:
    for table, column in context.each_column():
        for place, spec in parts_of(column.distribution):
            if isinstance(spec, Histogram):
                _check_edges(context, column_path(table, column, place, "edges"), column, spec)


def _check_edges(context: Context, path: str, column: Column, spec: Histogram) -> None:
    if not (column.data_type.is_number or column.data_type.is_temporal):
        return
    wrong = [problem for edge in spec.edges if (problem := _edge_problem(column, edge))]
    for problem in wrong[:MOST_REPORTED]:
        context.report(path, problem)
    if wrong or column.data_type.is_number:
        return
    moments = [first_moment(read_moment(str(edge))) for edge in spec.edges]
    for (low, high), edge in zip(pairwise(moments), spec.edges[1:], strict=True):
        if high < low:
            context.report(path, f"edge {edge} comes after {low.isoformat()}; edges must not fall", "sort them")
            return


def _edge_problem(column: Column, edge: int | float | str) -> str | None:
    if column.data_type.is_number:
        return f"edge {edge!r} is not a number, as {column.data_type} wants" if isinstance(edge, str) else None
    try:
        moment = read_moment(str(edge))
    except ValueError:
        return f"edge {edge!r} is not a date such as 2024-12-31 or a timestamp such as 2024-12-31T23:59:59"
    if isinstance(moment, dt.datetime):
        if moment.tzinfo and column.data_type is not DataType.TIMESTAMP_TZ:
            return f"edge {edge} has a time zone, which {column.data_type} does not hold"
        if column.data_type is DataType.DATE and moment.time() != dt.time():
            return f"edge {edge} has a time of day, which DATE does not hold; write {moment.date()}"
    return None


def read_moment(text: str) -> dt.date:
    """ISO 8601 text as a date, or as a datetime if it says a time.

    Raises:
        ValueError: it is neither.
    """
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return dt.datetime.fromisoformat(text)


CHECKS = (check_categorical_values, check_histograms)
