"""A table's plan with defects: the clean plan, what is changed in its cells, and which rows come twice or late."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from dw_simulator.errors import GenerationError
from dw_simulator.generator import arrays
from dw_simulator.generator.choosing import below_each
from dw_simulator.generator.defects.delivery import Delivery, Piece
from dw_simulator.generator.defects.soiling import CellChange, Soiling, differing
from dw_simulator.generator.plan import TablePlan
from dw_simulator.generator.probing import FAILURES
from dw_simulator.generator.streams import I64, U64, Rows, Stream


@dataclass(frozen=True)
class Copying:
    """How second copies differ: the columns at these places have the values of another of the first ``rows`` rows."""

    columns: tuple[int, ...]
    rows: int
    stream: Stream

    def others(self, rows: U64) -> Rows:
        size = np.uint64(max(self.rows, 1))
        found = below_each(self.stream.words_at(rows), np.full(len(rows), size, np.uint64))
        return Rows.of(np.where(found == rows, (found + np.uint64(1)) % size, found))


@dataclass(frozen=True)
class RowChange:
    """Delivered rows that come twice (``copy``) or late; cells of those are :class:`CellChange`."""

    kind: str
    positions: I64
    rows: U64


@dataclass(frozen=True)
class Found:
    """The defects of some delivered rows: ``rows`` that come twice or late, and ``cells``, whose places are those in
    ``positions``. ``columns`` are the delivered columns in these positions: those of the key and
    those that have defects."""

    positions: I64
    columns: list[pa.Array]
    cells: list[CellChange]
    rows: RowChange | None


@dataclass(frozen=True)
class DirtyTablePlan(TablePlan):
    """A table with defects. Positions are of the rows as they are delivered."""

    soiling: Soiling = field(default_factory=lambda: Soiling((), ()))
    delivery: Delivery | None = None
    copying: tuple[Copying, ...] = ()
    key: tuple[int, ...] = ()
    due: Callable[[U64, I64], tuple[pa.Array, pa.Array]] | None = None
    """when rows that are so many days late should have come, and when they did, as texts"""

    @property
    def has_defects(self) -> bool:
        return True

    def _batch(self, lo: int, hi: int) -> pa.RecordBatch:
        parts = [self._piece(piece) for piece in self._pieces(lo, hi)]
        if len(parts) == 1:
            return pa.RecordBatch.from_arrays(parts[0], schema=self.schema)
        columns = [pa.concat_arrays(group) for group in zip(*parts, strict=True)]
        if not parts:
            columns = [pa.array([], kind) for kind in self.schema.types]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def _pieces(self, lo: int, hi: int) -> Iterator[Piece]:
        if self.delivery is not None:
            yield from self.delivery.pieces(lo, hi)
        elif lo < hi:
            yield Piece(lo, lo, hi)

    def _piece(self, piece: Piece) -> list[pa.Array]:
        columns, _ = self._soiled(piece.rows, piece.copy)
        kept = piece.kept()
        return columns if kept is None else [column.take(pa.array(kept)) for column in columns]

    def _soiled(self, rows: Rows, copy: int | None) -> tuple[list[pa.Array], list[CellChange]]:
        return self._soiled_some(rows, copy, frozenset(range(len(self.columns))))

    def _soiled_some(
        self, rows: Rows, copy: int | None, wanted: frozenset[int]
    ) -> tuple[list[pa.Array], list[CellChange]]:
        """Only the columns at the places ``wanted``; None for the others."""
        clean = [self.take(column, rows) if place in wanted else None for place, column in enumerate(self.columns)]
        copying = self.copying[copy] if copy is not None else None
        try:
            columns, cells = self.soiling.apply(rows, clean, frozenset(copying.columns if copying else ()))
        except FAILURES as error:
            raise GenerationError(f"table {self.name!r}: a defect cannot be put in: {error}") from error
        if copying is not None:
            others = copying.others(rows.index)
            for place in copying.columns:
                old, columns[place] = arrays.plain(columns[place]), self.take(self.columns[place], others)
                new = arrays.plain(columns[place])
                changed = np.flatnonzero(differing(old, new))
                if len(changed):
                    some = pa.array(changed)
                    cells.append(CellChange("duplicate", place, changed, old.take(some), new.take(some)))
        return columns, cells

    def defects(self, lo: int, hi: int) -> Iterator[Found]:
        """The defects of the rows delivered at positions ``lo`` to ``hi``; only the rows that have some are made."""
        for piece in self._pieces(lo, hi):
            found = self._found(piece)
            if found is not None:
                yield found

    def _found(self, piece: Piece) -> Found | None:
        if piece.listed is None:
            rows = self.soiling.among(piece.lo, piece.hi)
            rows = rows[~np.isin(rows, piece.left_out)] if len(piece.left_out) else rows
            positions = piece.positions(rows)
        else:
            rows = piece.listed
            positions = piece.position + np.arange(len(rows))
        if not len(rows):
            return None
        wanted = self.soiling.reads | {*self.key, *(place for copy in self.copying for place in copy.columns)}
        columns, cells = self._soiled_some(Rows.of(rows), piece.copy, wanted)
        kind = "late" if piece.late else "duplicate" if piece.copy is not None else None
        return Found(positions, columns, cells, RowChange(kind, positions, rows) if kind else None)
