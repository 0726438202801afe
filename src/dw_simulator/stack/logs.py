"""Log files of the stack: written with rotation, read back, followed."""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

MAX_BYTES = 10 * 1024 * 1024
KEPT_FILES = 3
"""Rotated files beside the current one: NAME.log.1 is the youngest."""

SUPERVISOR = "stack"
"""The name under which the supervisor itself logs."""


class LogFile:
    """A log file that lines are appended to; a full one is renamed to ``.1``, and so on."""

    def __init__(self, path: Path, *, max_bytes: int = MAX_BYTES, kept: int = KEPT_FILES) -> None:
        self.path = path
        self._max_bytes = max_bytes
        self._kept = kept
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: BinaryIO = path.open("ab", buffering=0)
        self._size = self._file.tell()
        self._lost = 0
        self._reason = ""

    def write(self, line: bytes) -> None:
        """Append one line (without its line end).

        A full disk must not stop a service that only wants to log: lines that cannot be written are counted, and the
        next one that can says how many were lost.
        """
        try:
            if self._lost:
                self._append(f"{self._lost} lines could not be written here: {self._reason}".encode())
                self._lost = 0
            self._append(line)
        except OSError as error:
            self._lost += 1
            self._reason = error.strerror or str(error)

    def _append(self, line: bytes) -> None:
        if self._size and self._size + len(line) >= self._max_bytes:
            self._rotate()
        self._file.write(line + b"\n")
        self._size += len(line) + 1

    def _rotate(self) -> None:
        self._file.close()
        for number in range(self._kept - 1, 0, -1):
            older = _numbered(self.path, number)
            if older.exists():
                older.replace(_numbered(self.path, number + 1))
        if self._kept:
            self.path.replace(_numbered(self.path, 1))
        self._file = self.path.open("wb", buffering=0)
        self._size = 0

    def close(self) -> None:
        self._file.close()


def _numbered(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")


def log_path(folder: Path, name: str) -> Path:
    return folder / f"{name}.log"


def tail(path: Path, lines: int) -> list[str]:
    """The last ``lines`` lines of a file; none if it does not exist."""
    try:
        with path.open("rb") as file:
            return _last_lines(file, lines)
    except FileNotFoundError:
        return []


def _last_lines(file: BinaryIO, lines: int, block: int = 65_536) -> list[str]:
    position = file.seek(0, os.SEEK_END)
    data = b""
    while position > 0 and data.count(b"\n") <= lines:
        step = min(block, position)
        position -= step
        file.seek(position)
        data = file.read(step) + data
    return data.decode(errors="replace").splitlines()[-lines:] if lines else []


@dataclass
class Follower:
    """New lines of several log files as they come, across rotation."""

    paths: dict[str, Path]
    poll_seconds: float = 0.1
    _files: dict[str, BinaryIO] = field(default_factory=dict)
    _rest: dict[str, bytes] = field(default_factory=dict)

    def start_at_end(self) -> None:
        for name in self.paths:
            file = self._open(name)
            if file is not None:
                file.seek(0, os.SEEK_END)

    def lines(self) -> Generator[tuple[str, str], None, None]:
        """Yield (service, line) for ever."""
        try:
            while True:
                found = [(name, line) for name in self.paths for line in self._new_lines(name)]
                yield from found
                if not found:
                    time.sleep(self.poll_seconds)
        finally:
            for file in self._files.values():
                file.close()

    def _open(self, name: str) -> BinaryIO | None:
        if name not in self._files:
            try:
                self._files[name] = self.paths[name].open("rb")
            except FileNotFoundError:
                return None
        return self._files[name]

    def _new_lines(self, name: str) -> Sequence[str]:
        file = self._open(name)
        if file is None:
            return ()
        data = file.read()
        if not data and self._was_rotated(name, file):
            file.close()
            del self._files[name]
            return self._new_lines(name)
        *complete, self._rest[name] = (self._rest.get(name, b"") + data).split(b"\n")
        return [line.decode(errors="replace") for line in complete]

    def _was_rotated(self, name: str, file: BinaryIO) -> bool:
        try:
            return self.paths[name].stat().st_ino != os.fstat(file.fileno()).st_ino
        except FileNotFoundError:
            return False
