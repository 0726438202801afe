"""Rows of a result that are kept on disk, so that they can be read again in any order.

Each batch is one message of Arrow's IPC format (https://arrow.apache.org/docs/format/Columnar.html, "Encapsulated
message format") behind the other, which can be read while more are written. Only where each begins is in memory. The
file has no name: the operating system frees it when it is closed, or when this process ends in whatever way.
"""

from __future__ import annotations

import bisect
import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from dw_simulator.errors import ConfigError

BATCH_ROWS = 8_192
"""Rows of a message at most: a page of a few rows is not to read many more."""


class Spool:
    """Batches of one schema in a nameless file. One thread writes, any number read."""

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        self.schema = schema
        self.rows = 0
        self.size = 0
        self._starts: list[int] = []
        self._places: list[tuple[int, int]] = []
        self._lock = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = tempfile.TemporaryFile(dir=folder, prefix="rows-", buffering=0)  # noqa: SIM115 - closed by close
        except OSError as error:
            raise ConfigError(f"cannot keep rows of a result in {folder}: {error.strerror or error}") from error

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows. Raises ConfigError when the disk is full."""
        for start in range(0, batch.num_rows, BATCH_ROWS):
            part = batch.slice(start, BATCH_ROWS)
            message = part.serialize()
            self._append(message)
            with self._lock:
                self._starts.append(self.rows)
                self._places.append((self.size, message.size))
                self.size += message.size
                self.rows += part.num_rows

    def _append(self, message: pa.Buffer) -> None:
        rest, place = memoryview(message), self.size
        try:
            with self._lock:  # of which the number may be another file's once this one is closed
                while rest:
                    written = os.pwrite(self._file.fileno(), rest, place)
                    rest, place = rest[written:], place + written
        except OSError as error:
            raise ConfigError(
                f"cannot keep the rows of a result: {error.strerror or error}", hint="make room on the disk of the home"
            ) from error

    def read(self, offset: int = 0, limit: int | None = None) -> Iterator[pa.RecordBatch]:
        """The rows from ``offset`` on, those that are there now and at most ``limit``; fewer when there are no more."""
        with self._lock:
            end = self.rows if limit is None else min(self.rows, offset + limit)
            index = max(bisect.bisect_right(self._starts, offset) - 1, 0)
        while offset < end:
            batch = self._read(index)
            start = self._starts[index]
            part = batch.slice(offset - start, end - offset)
            yield part
            offset += part.num_rows
            index += 1

    def _read(self, index: int) -> pa.RecordBatch:
        place, size = self._places[index]
        with self._lock:
            data = os.pread(self._file.fileno(), size, place)
        return pa.ipc.read_record_batch(pa.py_buffer(data), self.schema)

    def close(self) -> None:
        """Free the file. Calling it again does nothing; who reads on gets a ValueError."""
        with self._lock:
            self._file.close()
