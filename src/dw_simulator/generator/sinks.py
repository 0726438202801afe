"""Where finished Parquet files go."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Protocol, runtime_checkable

import pyarrow as pa

from dw_simulator.errors import GenerationError
from dw_simulator.schema.folders import folder_name


class BatchSink(Protocol):
    """Receives every finished file, from several threads at once."""

    def write(self, table: str, index: int, lo: int, hi: int, data: pa.Buffer) -> str:
        """Keep file number ``index`` of ``table``, which holds rows ``lo`` to ``hi``; return its path or URI."""
        ...


@runtime_checkable
class DiscardingSink(Protocol):
    """A sink that can take back what it wrote: asked to when a run fails or is cancelled."""

    def discard(self) -> None: ...


class FolderWriter:
    """Writes files that appear under their names only when they are complete, and can remove them all again."""

    def __init__(self) -> None:
        self._written: list[Path] = []
        self._made: list[Path] = []
        self._lock = threading.Lock()

    def write(self, target: Path, data: pa.Buffer) -> None:
        """Raises GenerationError if the file cannot be written; the message names it."""
        partial = target.with_name(target.name + ".partial")
        try:
            self._make_folder(target.parent)
            with self._lock:
                self._written.append(target)
            with partial.open("wb") as file:
                file.write(data)
            partial.replace(target)
        except OSError as error:
            with suppress(OSError):
                partial.unlink()
            raise GenerationError(f"cannot write {target}: {error.strerror or error}") from error

    def _make_folder(self, folder: Path) -> None:
        with self._lock:
            missing = [path for path in (folder, *folder.parents) if not path.exists()]
            folder.mkdir(parents=True, exist_ok=True)
            self._made.extend(reversed(missing))

    def discard(self) -> None:
        """Remove the files written and the folders made for them, if nothing else is in these."""
        for file in self._written:
            file.unlink(missing_ok=True)
        for folder in reversed(self._made):
            with suppress(OSError):
                folder.rmdir()
        self._written.clear()
        self._made.clear()


class DirectorySink:
    """Files ``<path>/<table>/batch-00000.parquet``. A file appears under its name only when it is complete."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._files = FolderWriter()

    def write(self, table: str, index: int, lo: int, hi: int, data: pa.Buffer) -> str:  # noqa: ARG002 - protocol
        """See :class:`BatchSink`.

        Raises:
            GenerationError: the file cannot be written; the message names it.
        """
        target = self.path / folder_name(table) / f"batch-{index:05}.parquet"
        self._files.write(target, data)
        return str(target)

    def discard(self) -> None:
        """Remove the files written and the folders made for them, if nothing else is in these."""
        self._files.discard()


class CountingSink:
    """Keeps nothing: to try out and to measure generation alone."""

    def __init__(self) -> None:
        self.bytes = 0
        self._lock = threading.Lock()

    def write(self, table: str, index: int, lo: int, hi: int, data: pa.Buffer) -> str:  # noqa: ARG002 - protocol
        with self._lock:
            self.bytes += data.size
        return f"{table}/{index}"
