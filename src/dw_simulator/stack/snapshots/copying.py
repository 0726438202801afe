"""Copies of many files with their checksums: shared blocks where the file system can, several at a time."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import sqlite3
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dw_simulator.errors import StackError
from dw_simulator.stack.snapshots.manifest import FileEntry

CHUNK = 1 << 20
WORKERS = 4
_FICLONE = 0x40049409
"""The ioctl that makes a file of another one's blocks (btrfs, XFS). See ioctl_ficlone(2)."""

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def copy_all(jobs: Iterable[Callable[[], FileEntry]]) -> list[FileEntry]:
    """Run copies side by side; the first error ends it.

    Raises:
        StackError: a file cannot be read or written.
    """
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="snapshot") as pool:
        running = [pool.submit(job) for job in jobs]
        try:
            return [job.result() for job in running]
        except OSError as error:
            raise copy_error(error) from error
        finally:
            for job in running:
                job.cancel()


def copy_error(error: OSError) -> StackError:
    place = f"{error.filename}: " if error.filename else ""
    hint = "free some space, or choose another folder with --to" if error.errno in FULL else None
    return StackError(f"cannot copy {place}{error.strerror or error}", hint=hint)


def copy_file(source: Path, target: Path, path: str) -> FileEntry:
    """Copy content, mode and time; returns the entry of what was copied."""
    with source.open("rb") as reading, target.open("xb", buffering=0) as writing:
        found = os.fstat(reading.fileno())
        digest, size = hashlib.sha256(), 0
        shared = _share_blocks(reading.fileno(), writing.fileno())
        while chunk := reading.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            if not shared:
                _write_all(writing.fileno(), chunk)
        mode = found.st_mode & 0o7777
        os.fchmod(writing.fileno(), mode)
    os.utime(target, ns=(found.st_mtime_ns, found.st_mtime_ns))
    return FileEntry(path, size, digest.hexdigest(), mode, found.st_mtime_ns)


def _share_blocks(reading: int, writing: int) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    with contextlib.suppress(OSError):
        fcntl.ioctl(writing, _FICLONE, reading)
        return True
    return False


def _write_all(descriptor: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(descriptor, view) :]


def copy_sqlite(source: Path, target: Path, path: str) -> FileEntry:
    """A consistent copy of an SQLite file that others may be using."""
    try:
        with contextlib.closing(sqlite3.connect(source)) as reading, contextlib.closing(sqlite3.connect(target)) as out:
            reading.backup(out)
    except sqlite3.Error as error:
        raise StackError(f"cannot copy {source}: {error}") from error
    data = target.read_bytes()
    found = target.stat()
    return FileEntry(path, len(data), hashlib.sha256(data).hexdigest(), found.st_mode & 0o7777, found.st_mtime_ns)


def is_sqlite(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\0"
