"""Bounded memory for any number of rows: a random sample of rows, and a sketch of each column's different values."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

U64 = npt.NDArray[np.uint64]

KEPT_HASHES = 1 << 16
"""Different values that a sketch tells apart exactly; counts of more are estimates with about 0.4 % error."""

LONGEST = 200
"""Characters of a text that count for its hash."""

_PRIME = np.uint64(0x9E3779B97F4A7C15)


def hashes(column: pa.Array) -> U64:
    """A 64-bit hash of the text of every value that is not NULL: 7 in an integer and "7" in a text are the same."""
    text = _texts(column.drop_null())
    if not len(text):
        return np.zeros(0, np.uint64)
    _, offsets_buffer, data_buffer = text.buffers()
    offsets = np.frombuffer(offsets_buffer, np.int64)[text.offset : text.offset + len(text) + 1]
    data = np.frombuffer(data_buffer, np.uint8)[offsets[0] : offsets[-1]] if data_buffer else np.zeros(0, np.uint8)
    starts = offsets[:-1] - offsets[0]
    lengths = np.diff(offsets)
    place = np.arange(len(data)) - np.repeat(starts, lengths)
    powers = np.cumprod(np.full(int(lengths.max()) + 1, _PRIME | np.uint64(1), np.uint64), dtype=np.uint64)
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum((data + np.uint64(1)) * powers[place], dtype=np.uint64)])
    return _mixed(sums[starts + lengths] - sums[starts] + lengths.astype(np.uint64))


def _texts(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_nested(kind):
        return pa.array([str(value) for value in column.to_pylist()], pa.large_string())
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return pa.array([value.hex() for value in column.to_pylist()], pa.large_string())
    text = column.cast(pa.large_string())
    return (
        pc.utf8_slice_codeunits(text, 0, LONGEST)
        if pa.types.is_string(kind) or pa.types.is_large_string(kind)
        else text
    )


def _mixed(words: U64) -> U64:
    """SplitMix64's finalizer: every bit of the input changes every bit of the output."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


def combined(parts: list[U64]) -> U64:
    """Hashes of tuples."""
    total = np.zeros(len(parts[0]), np.uint64)
    for part in parts:
        total = _mixed(total * _PRIME + part)
    return total


@dataclass
class Sketch:
    """The smallest hashes of the different values of a column, each with its exact number of rows."""

    values: U64 = field(default_factory=lambda: np.zeros(0, np.uint64))
    counts: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    total: int = 0
    full: bool = False

    def add(self, found: U64) -> None:
        self.total += len(found)
        if self.full:
            found = found[found <= self.values[-1]]
        if not len(found):
            return
        values, counts = np.unique(found, return_counts=True)
        merged, where = np.unique(np.concatenate([self.values, values]), return_inverse=True)
        sums = np.bincount(where, weights=np.concatenate([self.counts, counts])).astype(np.int64)
        if len(merged) > KEPT_HASHES:
            self.full = True
            merged, sums = merged[:KEPT_HASHES], sums[:KEPT_HASHES]
        self.values, self.counts = merged, sums

    @property
    def distinct(self) -> int:
        """Different values: exact until the sketch is full, then estimated."""
        if not self.full:
            return len(self.values)
        return min(self.total, round((len(self.values) - 1) / (float(self.values[-1]) / 2.0**64)))

    @property
    def is_unique(self) -> bool:
        """Whether no value came twice among those kept, whose rows are all counted."""
        return bool(self.total) and int(self.counts.max()) == 1

    def included_in(self, other: Sketch) -> float:
        """The share of the different values that the other column has, too."""
        limit = min(_reach(self), _reach(other))
        mine = self.values[self.values <= limit]
        return float(np.isin(mine, other.values, assume_unique=True).mean()) if len(mine) else 0.0


def _reach(sketch: Sketch) -> np.uint64:
    """Up to which hash a sketch knows every value."""
    return sketch.values[-1] if sketch.full else np.uint64((1 << 64) - 1)


class RowSample:
    """A uniform random sample of at most ``limit`` rows, the same for the same rows and seed."""

    def __init__(self, limit: int, seed: int) -> None:
        self._limit = limit
        self._random = np.random.Generator(np.random.PCG64(seed))
        self._keys: list[npt.NDArray[np.float64]] = []
        self._batches: list[pa.RecordBatch] = []
        self._threshold = 1.0
        self._held = 0
        self.rows = 0

    def add(self, batch: pa.RecordBatch) -> None:
        keys = self._random.random(batch.num_rows)
        self.rows += batch.num_rows
        if self._threshold < 1.0:
            chosen = np.flatnonzero(keys < self._threshold)
            keys, batch = keys[chosen], batch.take(pa.array(chosen))
        self._keys.append(keys)
        self._batches.append(batch)
        self._held += batch.num_rows
        if self._held > 2 * self._limit:
            self._compact()

    def _compact(self) -> None:
        keys = np.concatenate(self._keys)
        table = pa.Table.from_batches(self._batches)
        if len(keys) > self._limit:
            chosen = np.sort(np.argpartition(keys, self._limit - 1)[: self._limit])
            keys, table = keys[chosen], table.take(pa.array(chosen))
            self._threshold = float(keys.max())
        (batch,) = table.combine_chunks().to_batches(max_chunksize=None) or (self._batches[0].slice(0, 0),)
        self._keys, self._batches, self._held = [keys], [batch], len(keys)

    def take(self) -> pa.Table:
        """The sample; rows in the order they came."""
        self._compact()
        return pa.Table.from_batches(self._batches)

    @property
    def is_all(self) -> bool:
        """Whether every row is in the sample."""
        return self.rows <= self._limit
