"""One pass over a source: rows and NULLs counted, different values sketched, a sample kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dw_simulator.errors import ImportSchemaError
from dw_simulator.experiments.learning.kinds import Typed, typed
from dw_simulator.experiments.learning.reading import Source
from dw_simulator.experiments.learning.sketches import RowSample, Sketch, combined, hashes

Progress = Callable[[str, int], None]
"""(table, rows read so far)"""


@dataclass
class ColumnFacts:
    """``sketch``: of all rows; ``typed``: the sample's values."""

    name: str
    nulls: int
    sketch: Sketch
    typed: Typed


@dataclass
class TableFacts:
    source: Source
    rows: int
    sampled: int
    columns: list[ColumnFacts]
    sample: pa.Table

    @property
    def name(self) -> str:
        return self.source.table

    def column(self, name: str) -> ColumnFacts:
        return next(column for column in self.columns if column.name == name)


def scan(source: Source, *, sample_rows: int, seed: int, progress: Progress | None = None) -> TableFacts:
    """Read a source once.

    Raises:
        ImportSchemaError: it has no rows, or cannot be read.
    """
    sample = RowSample(sample_rows, seed)
    sketches: list[Sketch] = []
    nulls: list[int] = []
    for batch in source.batches():
        if not sketches:
            sketches = [Sketch() for _ in batch.schema]
            nulls = [0] * len(sketches)
        for place, column in enumerate(batch.columns):
            sketches[place].add(hashes(column))
            nulls[place] += column.null_count
        sample.add(batch)
        if progress is not None:
            progress(source.table, sample.rows)
    if not sample.rows:
        raise ImportSchemaError(
            f"{source.title} has no rows", hint="a sample has at least one row; an empty table teaches only its columns"
        )
    table = sample.take()
    columns = [
        ColumnFacts(name, nulls[place], sketches[place], _typed(table, place, source))
        for place, name in enumerate(table.schema.names)
    ]
    return TableFacts(source, sample.rows, table.num_rows, columns, table)


def _typed(table: pa.Table, place: int, source: Source) -> Typed:
    return typed(table.column(place).combine_chunks(), typing=source.typing)


def unique_together(facts: TableFacts, groups: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Those groups of columns whose tuples are different in all rows; reads the source again where the sample is not
    all of it. Rows with a NULL in them do not count."""
    if not groups:
        return []
    sketches = [Sketch() for _ in groups]
    batches = facts.sample.to_batches() if facts.sampled == facts.rows else facts.source.batches()
    for batch in batches:
        found = {name: _hashes_of_rows(batch.column(name)) for name in {name for group in groups for name in group}}
        for group, sketch in zip(groups, sketches, strict=True):
            sketch.add(combined([found[name] for name in group]))
    return [group for group, sketch in zip(groups, sketches, strict=True) if sketch.is_unique]


def _hashes_of_rows(column: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    out = np.zeros(len(column), np.uint64)
    out[column.is_valid().to_numpy(zero_copy_only=False)] = hashes(column)
    return out
