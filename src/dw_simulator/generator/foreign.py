"""Foreign keys: a row of the child names a row of the parent, and gets the value of the parent's column in that row.

The parent is never read: its column is computed for exactly the rows asked for.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dw_simulator.generator import arrays
from dw_simulator.generator.arrays import Mask
from dw_simulator.generator.choosing import Chooser, ExactNulls, Nulls
from dw_simulator.generator.registry import Values
from dw_simulator.generator.streams import Rows
from dw_simulator.generator.transforms import AnyInt


class Together:
    """A choice that several columns share: made once for the same rows."""

    def __init__(self, chooser: Chooser) -> None:
        self.inner = chooser

    def choose(self, rows: Rows) -> AnyInt:
        return rows.shared(id(self), lambda: self.inner.choose(rows))


class ParentValues:
    """The parent's value of the row that ``chooser`` names.

    ``present`` numbers the parent's rows that have a value; without it, the chooser gives row numbers.
    """

    def __init__(self, parent: Values, chooser: Chooser, present: ExactNulls | None, kind: pa.DataType) -> None:
        self._parent, self._chooser, self._present = parent, chooser, present
        self.type = kind

    def take(self, rows: Rows) -> pa.Array:
        number = self._chooser.choose(rows).astype(np.uint64, copy=False)
        row = number if self._present is None else self._present.rows_of(number)
        values = self._parent.take(Rows.of(row))
        if values.type == self.type:
            return values
        return converted(arrays.plain(values), self.type)


def converted(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """The same values as another type.

    Raises:
        pa.ArrowInvalid: a value does not fit.
    """
    if pa.types.is_integer(values.type) and pa.types.is_decimal(kind):
        values = pc.cast(values, pa.decimal128(38, min(kind.scale, 19)))
    return pc.cast(values, kind)


class EmptyValues:
    """Values of a column that is NULL in every row."""

    def __init__(self, kind: pa.DataType) -> None:
        self.type = kind

    def take(self, rows: Rows) -> pa.Array:
        return pa.nulls(rows.count, self.type)


class RootsEmpty:
    """The first rows, roots of a hierarchy, have no parent; others as ``nulls`` says."""

    def __init__(self, nulls: Nulls | None, roots: int = 1) -> None:
        self._nulls, self._roots = nulls, np.uint64(roots)

    def empty(self, rows: Rows) -> Mask:
        root: Mask = rows.index < self._roots
        return root if self._nulls is None else root | self._nulls.empty(rows)
