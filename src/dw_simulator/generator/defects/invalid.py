"""Values that a column should not have, though its type takes them; foreign keys that find no parent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dw_simulator.generator import arrays
from dw_simulator.generator.columns.categorical import converted_values
from dw_simulator.generator.columns.moments import DAY, end_of, microseconds
from dw_simulator.generator.columns.numbers import exact, scale_of
from dw_simulator.generator.defects.cells import (
    Cells,
    Change,
    Target,
    as_floats,
    from_floats,
    from_unscaled,
    is_whole,
    kind,
    lower,
    pick,
    select,
    type_limits,
    unscaled,
    upper,
)
from dw_simulator.generator.registry import RuleProblem
from dw_simulator.generator.streams import I64
from dw_simulator.schema.defects import InvalidDefect, OrphanDefect
from dw_simulator.schema.model import DataType

_MAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
_NONSENSE = ("???", "N/A", "#REF!", "unknown", "TBD", "-", "?", "0")
_FAR_DAYS = (dt.date(1900, 1, 1), dt.date(1970, 1, 1), dt.date(2099, 12, 31), dt.date(9999, 12, 31))
_GIVE_VALUES = "say what is put in: values"


@kind("invalid")
def invalid(defect: InvalidDefect, target: Target) -> Change:
    column = target.column
    if defect.values is not None:
        return one_of(target, defect.values)
    if column.data_type.is_number:
        return _wrong_number(target) if is_whole(column) else _wrong_float(target)
    if column.data_type.is_temporal:
        return _wrong_moment(target)
    return _no_mail if _are_mails(target.sample) else _nonsense(target)


def one_of(target: Target, values: Sequence[object]) -> Change:
    options = converted_values(target.column, values)
    return lambda cells: options.take(pa.array(pick(cells.words, len(options))))


# --- numbers ----------------------------------------------------------------------------------------------------------
def _wrong_number(target: Target) -> Change:
    """Negative where nothing should be; else a number below the smallest or above the largest one."""
    low, high = _bounds(target)
    least, most = type_limits(target.column)
    negative = low is not None and low >= 0
    span = max((high - low) if low is not None and high is not None else 100 * 10 ** scale_of(target.column), 1)
    below = negative or (low is not None and low > least)
    above = high is not None and high < most and (target.column.max_value is not None or not below)
    if not (below or above):
        raise RuleProblem("nothing says which of its values would be invalid", f"give it min_value, or {_GIVE_VALUES}")

    def change(cells: Cells) -> pa.Array:
        away = 1 + (lower(cells.words) * span).astype(np.int64)
        under = over = np.zeros(len(away), np.int64)
        if low is not None:
            under = -np.maximum(unscaled(cells.values), 1) if negative else low - np.minimum(away, low - least)
        if high is not None:
            over = high + np.minimum(away, most - high)
        choice: I64 = under if below and not above else over
        if below and above:
            choice = np.where(upper(cells.words) < 0.5, under, over)
        return from_unscaled(choice, cells.values.type)

    return change


def _bounds(target: Target) -> tuple[int | None, int | None]:
    """What the column's values lie between, in their last digit: as declared, as generated, or as they happen to be."""
    column, reach = target.column, target.reach
    factor = 10 ** scale_of(column)
    low = int(exact(column.min_value) * factor) if column.min_value is not None else reach.low
    high = int(exact(column.max_value) * factor) if column.max_value is not None else reach.high
    if low is None and high is None and len(target.sample) and unscaled(target.sample).min() >= 0:
        low = 0
    return low, high


def _wrong_float(target: Target) -> Change:
    column, sample = target.column, as_floats(target.sample, target.column)
    low = None if column.min_value is None else float(column.min_value)
    high = None if column.max_value is None else float(column.max_value)
    if low is None and high is None and len(sample) and sample.min() >= 0:
        low = 0.0
    if low is None and high is None:
        raise RuleProblem("nothing says which of its values would be invalid", f"give it min_value, or {_GIVE_VALUES}")

    def change(cells: Cells) -> pa.Array:
        old, away = as_floats(cells.values, column), 1.0 + upper(cells.words)
        if low is not None:
            wrong = -np.maximum(old, 1.0) if low >= 0 else low - away * max(abs(low), 1.0)
        else:
            assert high is not None
            wrong = high + away * max(abs(high), 1.0)
        return from_floats(wrong, column, cells.values.type)

    return change


# --- moments ----------------------------------------------------------------------------------------------------------
def _wrong_moment(target: Target) -> Change:
    """1900, 1970, 2099 or 9999: days that stand for unknown ones, as far as they are outside the column's."""
    column, seen = target.column, unscaled(target.sample)
    unit = DAY if column.data_type is DataType.DATE else 1
    lows = [int(seen.min())] if len(seen) else []
    highs = [int(seen.max())] if len(seen) else []
    lows += [] if target.reach.low is None else [target.reach.low]
    highs += [] if target.reach.high is None else [target.reach.high]
    lows += [] if column.date_start is None else [microseconds(column.date_start) // unit]
    highs += [] if column.date_end is None else [end_of(column.date_end) // unit]
    days = [microseconds(day) // unit for day in _FAR_DAYS]
    outside = [day for day in days if day < min(lows, default=0) or day > max(highs, default=0)]
    if not outside:
        raise RuleProblem("its days go from before 1900 to the year 9999", _GIVE_VALUES)
    options = np.array(outside, np.int64)
    return lambda cells: from_unscaled(options[pick(cells.words, len(options))], cells.values.type)


# --- texts ------------------------------------------------------------------------------------------------------------
def _are_mails(sample: pa.Array) -> bool:
    return len(sample) > 0 and bool(pc.all(pc.match_substring_regex(sample, _MAIL)).as_py())


def _no_mail(cells: Cells) -> pa.Array:
    """No @, none before or behind it, or no domain: never longer than what was there."""
    old = cells.values
    variants = [
        pc.replace_substring(old, "@", ""),
        pc.replace_substring_regex(old, "@.*", "@"),
        pc.replace_substring_regex(old, "^[^@]*", ""),
        pc.replace_substring_regex(old, r"@([^.@]*)\..*$", r"@\1"),
        pc.replace_substring(old, "@", " "),
    ]
    return select(pick(cells.words, len(variants)), variants)


def _nonsense(target: Target) -> Change:
    texts = [text for text in _NONSENSE if len(text) <= target.limit and text not in target.known]
    if target.known:
        texts = [text for text in texts if text != "0"]
    if not texts:
        raise RuleProblem(f"no text of {target.limit} bytes is known to be invalid", _GIVE_VALUES)
    options = pa.array(texts)
    return lambda cells: options.take(pa.array(pick(cells.words, len(texts))))


# --- orphans ----------------------------------------------------------------------------------------------------------
@kind("orphan")
def orphan(defect: OrphanDefect, target: Target) -> Change:
    """Numbers after the parent's largest one or before its smallest, and texts that none has; each only once."""
    column, parent = target.column, target.parent
    if defect.values is not None:
        _check_unknown(target, defect.values)
        return one_of(target, defect.values)
    if column.data_type.is_text:
        return _no_such_text(target)
    if parent is None or parent.low is None or parent.high is None or not is_whole(column):
        raise RuleProblem("nothing says which values its parent does not have", _GIVE_VALUES)
    if not (column.data_type.is_number or column.data_type.is_temporal):
        raise RuleProblem(f"no value of type {column.data_type} is known to have no parent", _GIVE_VALUES)
    least, most = _limits(target)
    above = most - parent.high >= min(_PLENTY, parent.low - least)
    edge, room = (parent.high, most - parent.high) if above else (parent.low, parent.low - least)
    if room < _ROOM:
        raise RuleProblem("its type has no room for values that its parent does not have", "give it a larger type")

    def change(cells: Cells) -> pa.Array:
        away = 1 + cells.numbers.astype(np.int64)
        if len(away) and int(away.max()) > room:
            raise OverflowError("its type has no room for so many values that its parent does not have")
        return from_unscaled(edge + away if above else edge - away, cells.values.type)

    return change


_ROOM = 1_000
_PLENTY = 1_000_000
"""Where there is so much room above, orphans are there."""


def _limits(target: Target) -> tuple[int, int]:
    """Of numbers those of the type; of days those that every warehouse and client knows."""
    if not target.column.data_type.is_temporal:
        return type_limits(target.column)
    unit = DAY if target.column.data_type is DataType.DATE else 1
    return microseconds(_FAR_DAYS[0]) // unit, microseconds(_FAR_DAYS[-1]) // unit


def _check_unknown(target: Target, values: Sequence[object]) -> None:
    parent = target.parent
    if parent is None or parent.low is None or parent.high is None or target.column.data_type.is_text:
        return
    found = unscaled(converted_values(target.column, values))
    for value, number in zip(values, found, strict=True):
        if parent.low <= number <= parent.high:
            raise RuleProblem(f"{value!r} may be a value of its parent", "give one that is not")


_NO_SUCH = "no-such-"


def _no_such_text(target: Target) -> Change:
    width = target.limit - len(_NO_SUCH)
    if width < len(str(_ROOM)):
        raise RuleProblem(f"{target.limit} bytes are too few for a text that its parent does not have", _GIVE_VALUES)

    def change(cells: Cells) -> pa.Array:
        if len(cells.numbers) and len(str(int(cells.numbers.max()))) > width:
            raise OverflowError(f"{target.limit} bytes are too few for so many texts that its parent does not have")
        return arrays.join(_NO_SUCH, pa.array(cells.numbers).cast(pa.string()))

    return change
