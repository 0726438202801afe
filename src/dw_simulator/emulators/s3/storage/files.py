"""Files being written, and bulk copies between files. All of it may run in worker threads."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from dw_simulator.emulators.s3.protocol.errors import S3Error

_COPY_BYTES = 8 << 20
_CANNOT_COPY = frozenset({errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EBADF})


class ScratchFile:
    """A file being written. ``discard`` removes it unless ``Store.commit`` has taken it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("xb", buffering=0)
        self.open = True

    def write(self, pieces: Iterable[bytes | memoryview]) -> None:
        for piece in pieces:
            view = memoryview(piece)
            while view:
                view = view[self._file.write(view) :]

    @property
    def fd(self) -> int:
        return self._file.fileno()

    def close(self) -> None:
        self._file.close()

    def discard(self) -> None:
        self._file.close()
        self.path.unlink(missing_ok=True)


def join_files(files: Sequence[tuple[Path, int]], scratch: ScratchFile) -> None:
    """Append whole files, given with their sizes."""
    for path, size in files:
        with path.open("rb") as source:
            copy_range(source.fileno(), 0, size, scratch)


def copy_range(source: int, offset: int, length: int, scratch: ScratchFile) -> None:
    """Append ``length`` bytes of a file to a scratch file, inside the kernel where it can."""
    if hasattr(os, "copy_file_range"):
        try:
            while length:
                copied = os.copy_file_range(source, scratch.fd, length, offset)
                if not copied:
                    raise S3Error("InternalError", "A file of the store became shorter while it was read")
                offset, length = offset + copied, length - copied
        except OSError as error:
            if error.errno not in _CANNOT_COPY:
                raise
        else:
            return
    while length:
        chunk = os.pread(source, min(length, _COPY_BYTES), offset)
        if not chunk:
            raise S3Error("InternalError", "A file of the store became shorter while it was read")
        scratch.write([chunk])
        offset, length = offset + len(chunk), length - len(chunk)


class Feedable(Protocol):
    def feed(self, data: bytes) -> object: ...
    def finish(self) -> None: ...


def digest_of_file(path: Path, check: Feedable) -> None:
    """Show a file's bytes to a check."""
    with path.open("rb") as file:
        while chunk := file.read(_COPY_BYTES):
            check.feed(chunk)
    check.finish()
