"""What every kind of defect works with: the cells to change, numbers as numpy sees them, and the registry of kinds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dw_simulator.generator import arrays
from dw_simulator.generator.columns.numbers import scale_of
from dw_simulator.generator.domain import Reach
from dw_simulator.generator.streams import I64, U64
from dw_simulator.generator.transforms import F64
from dw_simulator.schema.checks.rules import number_range
from dw_simulator.schema.defects import Defect
from dw_simulator.schema.model import Column, DataType


@dataclass(frozen=True)
class Target:
    """A column that gets a defect. ``sample`` are its first values; ``reach`` is what its values stay within, as far as
    that is known, and ``parent`` that of the column that it refers to; ``known`` are its values, where they are listed.
    """

    column: Column
    sample: pa.Array
    reach: Reach
    parent: Reach | None
    known: frozenset[str]
    limit: int
    """bytes of the longest text"""


@dataclass(frozen=True)
class Cells:
    """The cells that are chosen. ``words`` are random, one for each; ``numbers`` count them over the whole table, each
    once; ``other`` gives another column of the same rows as it was without defects.
    """

    values: pa.Array
    words: U64
    numbers: U64
    other: Callable[[str], pa.Array]


Change = Callable[[Cells], pa.Array]
"""The values put in, of the same type; those that are equal to what was there are no defects."""

ChangeMaker = Callable[[Any, Target], Change]
_Maker = TypeVar("_Maker", bound=ChangeMaker)

KINDS: dict[str, ChangeMaker] = {}
"""How each kind of defect changes the cells of one column."""


def kind(name: str) -> Callable[[_Maker], _Maker]:
    """Register what makes the change of a kind of defect.

    It gets the defect of the schema and its target, and raises RuleProblem where the defect cannot be.
    """

    def register(make: _Maker) -> _Maker:
        if name in KINDS:
            raise ValueError(f"the kind of defect {name!r} is registered twice")
        KINDS[name] = make
        return make

    return register


def change_of(defect: Defect, target: Target) -> Change:
    """Raises RuleProblem where the defect cannot be in the column."""
    return KINDS[defect.kind](defect, target)


# --- random choices ---------------------------------------------------------------------------------------------------
def upper(words: U64) -> F64:
    """The upper half of each word as a number from 0 to 1 (not included)."""
    return (words >> np.uint64(32)).astype(np.float64) / 2.0**32


def lower(words: U64) -> F64:
    """The lower half of each word as a number from 0 to 1 (not included)."""
    return (words & np.uint64(0xFFFFFFFF)).astype(np.float64) / 2.0**32


def pick(words: U64, count: int) -> I64:
    """A number below ``count`` for each word, by its lower half."""
    return (lower(words) * count).astype(np.int64)


def select(choice: I64, options: list[pa.Array]) -> pa.Array:
    """Of each row, the value of the option that ``choice`` names."""
    return pc.choose(pa.array(choice), *options)


# --- numbers ----------------------------------------------------------------------------------------------------------
def unscaled(values: pa.Array) -> I64:
    """Integers, decimals, dates and moments in the last digit of their type; anything for NULL.

    Raises:
        OverflowError: a decimal of more than 18 digits is too large.
    """
    if pa.types.is_decimal128(values.type):
        pairs = _numpy(values, np.int64).reshape(-1, 2)
        low, high = pairs[:, 0], pairs[:, 1]
        if values.null_count == 0 and bool((high != (low >> np.int64(63))).any()):
            raise OverflowError(f"values of {values.type} beyond 64 bits")
        wide: I64 = np.ascontiguousarray(low)
        return wide
    numbers: I64 = _numpy(values, _STORAGE[values.type.bit_width]).astype(np.int64)
    return numbers


_STORAGE: dict[int, Any] = {16: np.int16, 32: np.int32, 64: np.int64}


def _numpy(values: pa.Array, storage: Any) -> Any:
    width = values.type.bit_width // 8
    data = values.buffers()[1]
    view = memoryview(data)[values.offset * width : (values.offset + len(values)) * width]
    return np.frombuffer(view, storage)


def from_unscaled(numbers: I64, kind: pa.DataType) -> pa.Array:
    """The opposite of :func:`unscaled`."""
    if pa.types.is_decimal128(kind):
        return arrays.decimal128(numbers.view(np.uint64), numbers >> np.int64(63), kind)
    return arrays.fixed(numbers.astype(_STORAGE[kind.bit_width]), kind)


def as_floats(values: pa.Array, column: Column) -> F64:
    if pa.types.is_floating(values.type):
        return np.asarray(values.fill_null(0.0).to_numpy(zero_copy_only=False), np.float64)
    floats: F64 = unscaled(values).astype(np.float64) / 10.0 ** scale_of(column)
    return floats


def from_floats(numbers: F64, column: Column, kind: pa.DataType) -> pa.Array:
    """Rounded to the column's digits and kept within its type."""
    if pa.types.is_floating(kind):
        return pa.array(numbers, kind)
    low, high = type_limits(column)
    return from_unscaled(np.clip(np.rint(numbers * 10.0 ** scale_of(column)), low, high).astype(np.int64), kind)


_SAFE = 2**62
"""Floats round; so far from the ends of 64 bits they round to nothing beyond."""


def type_limits(column: Column) -> tuple[int, int]:
    """Smallest and largest value of a number column in its last digit, at most 62 bits."""
    limits = number_range(column)
    if limits is None:
        return -_SAFE, _SAFE
    factor = 10 ** scale_of(column)
    return max(int(limits[0] * factor), -_SAFE), min(int(limits[1] * factor), _SAFE)


def is_whole(column: Column) -> bool:
    return column.data_type is not DataType.FLOAT
