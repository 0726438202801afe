"""Computes a typed expression for the rows of a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dw_simulator.generator.arrays import Mask
from dw_simulator.generator.expressions import forms
from dw_simulator.generator.expressions.functions import IMPLEMENTATIONS
from dw_simulator.generator.streams import U64
from dw_simulator.schema.expressions import Call, Kind, Literal, Name, Typed
from dw_simulator.schema.expressions.functions import common


class Evaluation(Protocol):
    """The rows that an expression is computed for."""

    @property
    def count(self) -> int: ...

    @property
    def index(self) -> U64:
        """The number of each row, from 0."""
        ...

    def column(self, name: Name) -> pa.Array:
        """Values of a column."""
        ...

    def placed(self, function: str, name: Name) -> pa.Array:
        """The ``ordinal`` or ``level`` of each row by a foreign key."""
        ...

    def words(self, purpose: str) -> U64:
        """A random word for each row; ``purpose`` tells uses apart."""
        ...


class _Some:
    """Some rows of another evaluation."""

    def __init__(self, whole: Evaluation, places: Any) -> None:
        self._whole, self._places = whole, places
        self.count = len(places)

    @property
    def index(self) -> U64:
        found: U64 = self._whole.index[self._places]
        return found

    def column(self, name: Name) -> pa.Array:
        return self._whole.column(name).take(pa.array(self._places))

    def placed(self, function: str, name: Name) -> pa.Array:
        return self._whole.placed(function, name).take(pa.array(self._places))

    def words(self, purpose: str) -> U64:
        found: U64 = self._whole.words(purpose)[self._places]
        return found


def evaluate(typed: Typed, rows: Evaluation) -> pa.Array:
    """The values, in the form of their kind (see :mod:`.forms`).

    Raises:
        pa.ArrowInvalid, ValueError: overflow, division by zero, or a text that is not what it should be.
    """
    node = typed.node
    if isinstance(node, Literal):
        return forms.constant(node.value, typed.type, rows.count)
    if isinstance(node, Name):
        return forms.from_column(rows.column(node), typed.type)
    assert isinstance(node, Call)
    if special := _SPECIAL.get(node.function):
        return special(typed, node, rows)
    values = [evaluate(argument, rows) for argument in typed.arguments]
    return IMPLEMENTATIONS[node.function](typed, values)


def holds(typed: Typed, rows: Evaluation) -> Mask:
    """Where a condition is true (neither false nor NULL)."""
    found: Mask = forms.numbers(evaluate(typed, rows).cast(pa.bool_()))
    return found


def _case(typed: Typed, _: Call, rows: Evaluation) -> pa.Array:
    """Each value is computed for the rows that need it only, so that a condition can guard a division."""
    *pairs, otherwise = typed.arguments
    left = np.arange(rows.count, dtype=np.int64)
    places: list[Any] = []
    parts: list[pa.Array] = []
    for condition, value in zip(pairs[::2], pairs[1::2], strict=True):
        mask = holds(condition, _Some(rows, left))
        _add_part(places, parts, typed, value, rows, left[mask])
        left = left[~mask]
    _add_part(places, parts, typed, otherwise, rows, left)
    if len(parts) == 1:
        return parts[0]
    back = np.empty(rows.count, np.int64)
    back[np.concatenate(places)] = np.arange(rows.count)
    return pa.concat_arrays(parts).take(pa.array(back))


def _add_part(
    places: list[Any], parts: list[pa.Array], whole: Typed, value: Typed, rows: Evaluation, some: Any
) -> None:
    if len(some) or not (rows.count or parts):
        places.append(some)
        parts.append(forms.to_type(evaluate(value, _Some(rows, some)), value.type, whole.type))


def _coalesce(typed: Typed, _: Call, rows: Evaluation) -> pa.Array:
    out = forms.to_type(evaluate(typed.arguments[0], rows), typed.arguments[0].type, typed.type)
    for argument in typed.arguments[1:]:
        missing = np.flatnonzero(forms.empty(out))
        if not len(missing):
            break
        found = forms.to_type(evaluate(argument, _Some(rows, missing)), argument.type, typed.type)
        mask = np.zeros(rows.count, np.bool_)
        mask[missing] = True
        out = pc.replace_with_mask(out, pa.array(mask), found)
    return out


def _random(_: Typed, node: Call, rows: Evaluation) -> pa.Array:
    out = (rows.words(f"random {node.at}") >> np.uint64(11)).astype(np.float64)
    out *= 2.0**-53
    return pa.array(out)


def _row_number(_: Typed, __: Call, rows: Evaluation) -> pa.Array:
    return pa.array(rows.index.astype(np.int64) + 1)


def _placed(_: Typed, node: Call, rows: Evaluation) -> pa.Array:
    name = node.arguments[0]
    assert isinstance(name, Name)
    return rows.placed(node.function, name)


def _compare(name: str) -> Callable[[Typed, Call, Evaluation], pa.Array]:
    kernel = {
        "eq": pc.equal,
        "ne": pc.not_equal,
        "lt": pc.less,
        "le": pc.less_equal,
        "gt": pc.greater,
        "ge": pc.greater_equal,
    }[name]

    def compare(typed: Typed, _: Call, rows: Evaluation) -> pa.Array:
        wanted = common([argument.type for argument in typed.arguments])
        if wanted.kind is Kind.NULL:
            return pa.nulls(rows.count, pa.bool_())
        left, right = (forms.to_type(evaluate(one, rows), one.type, wanted) for one in typed.arguments)
        return kernel(left, right)

    return compare


_SPECIAL: dict[str, Callable[[Typed, Call, Evaluation], pa.Array]] = {
    "case": _case,
    "if": _case,
    "coalesce": _coalesce,
    "random": _random,
    "ordinal": _placed,
    "level": _placed,
    "row_number": _row_number,
    **{name: _compare(name) for name in ("eq", "ne", "lt", "le", "gt", "ge")},
}
"""Functions that are more than their arguments' values."""

IMPLEMENTED = frozenset({*_SPECIAL, *IMPLEMENTATIONS})
