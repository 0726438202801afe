"""Results, kept for the client that fetches them, for RESULT_SCAN and for asynchronous queries.

A result is cut into parts as it comes out of the engine. Small results stay in memory; the parts of larger ones are
written to disk (Arrow, in the logical form) and encoded only when a client fetches them, so a result is never whole in
memory. Old results make room for new ones; a result larger than the whole spool fails its statement.
"""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.protocol import fixed
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult

MEMORY_BYTES = 4 << 20
"""A result up to this size stays in memory and travels with the response."""
FIRST_PART_BYTES = 512 << 10
"""Size of the part that travels with the response of a larger result."""
PART_BYTES = 8 << 20
KEPT_MEMORY_BYTES = 128 << 20
KEPT_RESULTS = 10_000
SPOOL_BYTES = 20 << 30
SPOOLED_SECONDS = 3600.0
"""How long results on disk are kept at least once nobody needs the room."""


@dataclass(slots=True)
class Part:
    """Some rows of a result: in memory (``batches``) or, when there is a ``path``, in a file."""

    rows: int = 0
    size: int = 0
    batches: list[pa.RecordBatch] = field(default_factory=list)
    path: Path | None = None

    def add(self, batch: pa.RecordBatch, size: int) -> None:
        self.batches.append(batch)
        self.rows += batch.num_rows
        self.size += size

    def read(self) -> Iterable[pa.RecordBatch]:
        if self.path is None:
            return self.batches
        with pa.memory_map(str(self.path)) as source:
            batches: list[pa.RecordBatch] = pa.ipc.open_stream(source).read_all().to_batches()
            return batches


@dataclass(slots=True)
class StoredResult:
    """A finished result. ``ranges`` has the value range of each FIXED column (None: no values, or another type)."""

    columns: Sequence[ResultColumn]
    statement_type_id: int
    is_dml: bool = False
    row_counts: dict[str, int] = field(default_factory=dict)
    message: str = ""
    bind_count: int = 0
    array_binds: bool = False
    transfer: dict[str, object] | None = None
    children: Sequence[str] = ()
    rows: int = 0
    size: int = 0
    parts: list[Part] = field(default_factory=list)
    ranges: list[fixed.Range | None] = field(default_factory=list)
    folder: Path | None = None
    stored: float = field(default_factory=time.monotonic)
    rendered: dict[str, bytes] = field(default_factory=dict)
    """What responses say of it, as JSON, by their format: for a result that several statements share."""

    @property
    def held(self) -> int:
        """Bytes in memory: all of a small result, the first part of one on disk."""
        return sum(part.size for part in self.parts if part.path is None)

    def batches(self) -> Iterator[pa.RecordBatch]:
        for part in self.parts:
            yield from part.read()


class ResultStore:
    """Keeps results by query id, newest last. Thread-safe."""

    def __init__(
        self, folder: Path, *, spool_bytes: int = SPOOL_BYTES, kept_memory_bytes: int = KEPT_MEMORY_BYTES
    ) -> None:
        self._folder = folder
        self._spool_bytes = spool_bytes
        self._kept_memory_bytes = kept_memory_bytes
        self._results: OrderedDict[str, StoredResult] = OrderedDict()
        self._in_memory = 0
        self._on_disk = 0
        self._lock = threading.Lock()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    def store(self, query_id: str, result: StatementResult) -> StoredResult:
        """Consume ``result`` and keep it.

        Raises:
            SnowflakeError: 300006, it does not fit the spool; or what the engine raises while it gives the rows.
        """
        stored = StoredResult(
            columns=result.columns,
            statement_type_id=int(result.statement_type_id),
            is_dml=result.is_dml,
            row_counts=result.row_counts,
            message=result.message,
            bind_count=result.bind_count,
            array_binds=result.array_binds,
            transfer=result.transfer.data if result.transfer else None,
            children=result.children,
            ranges=[None] * len(result.columns),
        )
        writer = _Writer(stored, self._folder / query_id, self._reserve)
        try:
            for batch in result.batches:
                writer.add(batch)
            writer.finish()
        except BaseException:
            self._discard(stored)
            raise
        self.share(query_id, stored)
        return stored

    def share(self, query_id: str, stored: StoredResult) -> None:
        """Keep a small result under the id of another query as well."""
        with self._lock:
            self._results[query_id] = stored
            self._in_memory += stored.held
            self._make_room(0)

    def get(self, query_id: str) -> StoredResult:
        """Raises SnowflakeError 000709: there is no such result, or it had to make room."""
        with self._lock:
            stored = self._results.get(query_id)
        if stored is None:
            raise errors.RESULT_NOT_FOUND(query_id)
        return stored

    def columns(self, query_id: str) -> Sequence[ResultColumn]:
        return self.get(query_id).columns

    def batches(self, query_id: str) -> Iterable[pa.RecordBatch]:
        return self.get(query_id).batches()

    def expire(self) -> None:
        """Drop the results on disk that are old."""
        limit = time.monotonic() - SPOOLED_SECONDS
        with self._lock:
            old = [key for key, stored in self._results.items() if stored.folder and stored.stored < limit]
            for query_id in old:
                self._forget(self._results.pop(query_id))

    def close(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    # --- room ---
    def _reserve(self, size: int) -> None:
        with self._lock:
            self._make_room(size)
            if self._on_disk + size > self._spool_bytes:
                raise errors.DISK_FULL(f"the result is larger than the spool ({self._spool_bytes} bytes)")
            self._on_disk += size

    def _make_room(self, size: int) -> None:
        """Drop the oldest results until the limits hold. The caller holds the lock."""
        while self._results and (
            self._in_memory > self._kept_memory_bytes
            or len(self._results) > KEPT_RESULTS
            or (size and self._on_disk and self._on_disk + size > self._spool_bytes)
        ):
            _, oldest = self._results.popitem(last=False)
            self._forget(oldest)

    def _forget(self, stored: StoredResult) -> None:
        self._in_memory -= stored.held
        self._delete_files(stored)

    def _delete_files(self, stored: StoredResult) -> None:
        if stored.folder is not None:
            self._on_disk -= sum(part.size for part in stored.parts if part.path)
            shutil.rmtree(stored.folder, ignore_errors=True)

    def _discard(self, stored: StoredResult) -> None:
        with self._lock:
            self._delete_files(stored)


class _Writer:
    """Cuts batches into parts and moves them to disk once the result is large."""

    def __init__(self, stored: StoredResult, folder: Path, reserve: Callable[[int], None]) -> None:
        self._stored = stored
        self._folder = folder
        self._reserve = reserve
        self._open = Part()
        self._fixed = [index for index, column in enumerate(stored.columns) if column.type.name == "FIXED"]

    def add(self, batch: pa.RecordBatch) -> None:
        if batch.num_rows == 0:
            return
        self._observe(batch)
        for piece in _pieces(batch):
            self._append(piece)

    def finish(self) -> None:
        if self._stored.folder is not None:
            self._close_part()
        elif self._open.rows:
            self._stored.parts.append(self._open)

    def _observe(self, batch: pa.RecordBatch) -> None:
        stored = self._stored
        stored.rows += batch.num_rows
        for index in self._fixed:
            bounds = fixed.value_range(batch.column(index), stored.columns[index].type)
            stored.ranges[index] = fixed.join_ranges(stored.ranges[index], bounds)

    def _append(self, piece: pa.RecordBatch) -> None:
        size = max(piece.nbytes, 1)
        self._open.add(piece, size)
        self._stored.size += size
        if self._stored.folder is None:
            if self._stored.size > MEMORY_BYTES:
                self._move_to_disk(self._open.batches)
        elif self._open.size >= PART_BYTES:
            self._close_part()

    def _move_to_disk(self, batches: list[pa.RecordBatch]) -> None:
        """The result has grown large: the first rows stay in memory for the response, the rest goes to files."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._stored.folder = self._folder
        first, rest, size = Part(), Part(), 0
        for piece in batches:
            target = first if size < FIRST_PART_BYTES else rest
            piece_size = max(piece.nbytes, 1)
            target.add(piece, piece_size)
            size += piece_size
        first.batches = [_compact(piece) for piece in first.batches]
        self._stored.parts.append(first)
        self._open = rest

    def _close_part(self) -> None:
        part, self._open = self._open, Part()
        if not part.rows:
            return
        self._reserve(part.size)
        path = self._folder / f"{len(self._stored.parts)}.arrow"
        self._stored.parts.append(Part(part.rows, part.size, path=path))
        try:
            with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, part.batches[0].schema) as writer:
                for batch in part.batches:
                    writer.write_batch(batch)
        except OSError as error:
            with contextlib.suppress(OSError):
                path.unlink()
            raise errors.DISK_FULL(error.strerror or str(error)) from error


def _compact(piece: pa.RecordBatch) -> pa.RecordBatch:
    """A copy with memory of its own: a slice would keep the whole batch that it was cut from."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, piece.schema) as writer:
        writer.write_batch(piece)
    return pa.ipc.open_stream(sink.getvalue()).read_next_batch()


def _pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Slices of at most about ``FIRST_PART_BYTES``, so that parts come out near their size."""
    count = max(1, batch.nbytes // FIRST_PART_BYTES)
    step = max(1, -(-batch.num_rows // count))
    for start in range(0, batch.num_rows, step):
        yield batch.slice(start, step)
