"""Puts defects into the cells of clean rows. What a row gets depends on its number alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dw_simulator.generator import arrays
from dw_simulator.generator.arrays import Mask
from dw_simulator.generator.defects.cells import Cells, Change
from dw_simulator.generator.defects.strata import Strata
from dw_simulator.generator.streams import I64, U64, Rows, Stream


@dataclass(frozen=True)
class Edit:
    """A defect of one kind in the columns at these places of the table, in the same rows; one change a column.

    ``exchange``: the columns get each other's values, so NULL may be one of them.
    """

    kind: str
    columns: tuple[int, ...]
    changes: tuple[Change, ...]
    strata: Strata
    stream: Stream
    exchange: bool = False
    reads: tuple[int, ...] = ()
    """other columns that the changes look at"""


@dataclass(frozen=True)
class CellChange:
    """What was put into some cells of a column: the places of the rows, what was there and what is."""

    kind: str
    column: int
    places: I64
    old: pa.Array
    new: pa.Array


def differing(old: pa.Array, new: pa.Array) -> Mask:
    """Where the values are not the same; NULL is the same as NULL."""
    unknown_old = old.is_null().to_numpy(zero_copy_only=False)
    unknown_new = new.is_null().to_numpy(zero_copy_only=False)
    equal = pc.fill_null(pc.equal(old, new), False).to_numpy(zero_copy_only=False)
    mask: Mask = ~(equal | (unknown_old & unknown_new))
    return mask


def replaced(values: pa.Array, places: I64, new: pa.Array) -> pa.Array:
    """``values``, of any type, with ``new`` at the places; a dictionary stays one, each of its values once."""
    if new.null_count == len(new):
        empty = np.zeros(len(values), np.bool_)
        empty[places] = True
        return arrays.with_nulls(values, empty)
    if pa.types.is_dictionary(values.type):
        return _in_dictionary(values, places, new)
    index = np.arange(len(values))
    index[places] = len(values) + np.arange(len(places))
    return pa.concat_arrays([values, new]).take(pa.array(index))


def _in_dictionary(values: pa.DictionaryArray, places: I64, new: pa.Array) -> pa.Array:
    pool, fresh = values.dictionary, new.dictionary_encode()
    known = pc.index_in(fresh.dictionary, value_set=pool)
    unknown = known.is_null().to_numpy(zero_copy_only=False)
    at = known.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int32)
    at[unknown] = len(pool) + np.arange(np.count_nonzero(unknown))
    index = values.indices.fill_null(0).to_numpy(zero_copy_only=False).copy()
    index[places] = at[fresh.indices.fill_null(0).to_numpy(zero_copy_only=False)]
    empty = values.is_null().to_numpy(zero_copy_only=False).copy()
    empty[places] = new.is_null().to_numpy(zero_copy_only=False)
    indices = pa.array(index, values.type.index_type, mask=empty if empty.any() else None)
    more = pa.concat_arrays([pool, fresh.dictionary.filter(pa.array(unknown))])
    return pa.DictionaryArray.from_arrays(indices, more, safe=False)


class Soiling:
    """All defects of the cells of one table. ``names`` are its columns in their order."""

    def __init__(self, names: Sequence[str], edits: Sequence[Edit]) -> None:
        self._places = {name.lower(): place for place, name in enumerate(names)}
        self.edits = tuple(edits)
        self.columns = frozenset(column for edit in edits for column in edit.columns)
        self.reads = self.columns | {column for edit in edits for column in edit.reads}

    def among(self, lo: int, hi: int) -> U64:
        """The rows from ``lo`` to ``hi`` that are chosen for a defect, in their order."""
        found = [edit.strata.among(lo, hi) for edit in self.edits]
        return np.unique(np.concatenate(found)) if found else np.zeros(0, np.uint64)

    def hits(self, rows: U64) -> Mask:
        """Which of the rows are chosen for a defect."""
        mask = np.zeros(len(rows), np.bool_)
        for edit in self.edits:
            mask |= edit.strata.hits(rows)
        return mask

    def apply(
        self, rows: Rows, clean: Sequence[pa.Array | None], without: frozenset[int] = frozenset()
    ) -> tuple[list[pa.Array | None], list[CellChange]]:
        """The columns of the rows with their defects, and what these are. A cell has one defect at most: the first of
        the schema's that changes it. Columns ``without`` get none. A column that nothing :attr:`reads` may be None.
        """
        out = list(clean)
        changes: list[CellChange] = []
        taken: dict[int, I64] = {}
        for edit in self.edits:
            if without.isdisjoint(edit.columns):
                for change in self._edit(edit, rows, clean, taken):
                    out[change.column] = replaced(out[change.column], change.places, change.new)
                    before = taken.get(change.column)
                    taken[change.column] = change.places if before is None else np.concatenate([before, change.places])
                    changes.append(change)
        return out, changes

    def _edit(self, edit: Edit, rows: Rows, clean: Sequence[pa.Array], taken: dict[int, I64]) -> list[CellChange]:
        places = self._chosen(edit, rows)
        for column in edit.columns:
            if column in taken:
                places = places[~np.isin(places, taken[column])]
            if not edit.exchange and clean[column].null_count:
                places = places[clean[column].take(pa.array(places)).is_valid().to_numpy(zero_copy_only=False)]
        if not len(places):
            return []
        index, at = rows.index[places], pa.array(places)
        words, numbers = edit.stream.words_at(index), edit.strata.number(index)

        def other(name: str) -> pa.Array:
            return arrays.plain(clean[self._places[name.lower()]].take(at))

        found = []
        for column, change in zip(edit.columns, edit.changes, strict=True):
            old = arrays.plain(clean[column].take(at))
            new = change(Cells(old, words, numbers, other))
            changed = np.flatnonzero(differing(old, new))
            if len(changed):
                some = pa.array(changed)
                found.append(CellChange(edit.kind, column, places[changed], old.take(some), new.take(some)))
        return found

    def _chosen(self, edit: Edit, rows: Rows) -> I64:
        if rows.lo is not None:
            return (edit.strata.among(rows.lo, rows.lo + rows.count) - np.uint64(rows.lo)).astype(np.int64)
        return np.flatnonzero(edit.strata.hits(rows.index))
