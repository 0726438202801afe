"""Where the files of a stage lie: folders of the server for internal stages, S3 for external ones."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from dw_simulator.emulators.common.objects import ObjectStore, ObjectStoreError
from dw_simulator.emulators.snowflake import errors


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A file of a stage. ``path`` is below the storage's root; ``shown`` is how COPY and LIST name it; ``key`` is the
    path that METADATA$FILENAME gives."""

    path: str
    shown: str
    key: str
    size: int
    etag: str
    last_modified: dt.datetime


class Storage(Protocol):
    """All methods raise SnowflakeError when the place cannot be reached or a file is not there."""

    def list(self, prefix: str = "") -> list[StagedFile]:
        """The files whose path starts with ``prefix``, in the order of their paths."""
        ...

    def find(self, path: str) -> StagedFile | None: ...

    def open(self, file: StagedFile) -> Any:
        """A readable, seekable binary file."""
        ...

    def write(self, path: str, write: Callable[[Any], None]) -> int:
        """Make or replace a file by what ``write`` puts into the binary sink it is given; its size in bytes."""
        ...

    def remove(self, file: StagedFile) -> None: ...


@lru_cache(maxsize=4096)
def _content_md5(path: Path, _size: int, _modified: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


class LocalStorage:
    """Files below a folder of the server. ``label`` goes before the paths that LIST shows.

    ``plain`` is for stages whose files the client does not encrypt: the MD5 of a file is that of its contents. Of other
    files each upload has another one. Vendor pages: "LIST", "CREATE STAGE" (internal stage encryption).
    """

    def __init__(self, root: Path, label: str = "", *, plain: bool = False) -> None:
        self.root = root
        self._label = label
        self._plain = plain

    def list(self, prefix: str = "") -> list[StagedFile]:
        self._resolve(prefix)
        start = self.root / prefix.rpartition("/")[0]
        if not start.is_dir():
            return []
        found = []
        for folder, _, names in os.walk(start):
            for name in names:
                path = (Path(folder) / name).relative_to(self.root).as_posix()
                if path.startswith(prefix) and not name.endswith(_PARTIAL):
                    found.append(self._file(path))
        return sorted(found, key=lambda file: file.path)

    def find(self, path: str) -> StagedFile | None:
        return self._file(path) if path and self._resolve(path).is_file() else None

    def open(self, file: StagedFile) -> BinaryIO:
        try:
            return self._resolve(file.path).open("rb")
        except FileNotFoundError:
            raise errors.FILE_NOT_FOUND(file.shown) from None

    def write(self, path: str, write: Callable[[Any], None]) -> int:
        target = self._resolve(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name}.{os.getpid()}{_PARTIAL}")
        try:
            with partial.open("wb") as sink:
                write(sink)
            partial.replace(target)
        except OSError as error:
            raise errors.DISK_FULL(error.strerror or str(error)) from error
        finally:
            partial.unlink(missing_ok=True)
        return target.stat().st_size

    def remove(self, file: StagedFile) -> None:
        self._resolve(file.path).unlink(missing_ok=True)

    def remove_all(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)

    def local_path(self, path: str) -> Path:
        return self._resolve(path)

    def _resolve(self, path: str) -> Path:
        """The file of ``path``. Raises SnowflakeError 091003 for one that would leave the stage."""
        if any(part in ("..", ".") for part in path.split("/")) or path.startswith("/") or "\0" in path:
            raise errors.FILE_ACCESS(f"the path {path!r} leaves the stage")
        return self.root / path

    def _file(self, path: str) -> StagedFile:
        state = (self.root / path).stat()
        stamp = dt.datetime.fromtimestamp(state.st_mtime, dt.UTC)
        if self._plain:
            etag = _content_md5(self.root / path, state.st_size, state.st_mtime_ns)
            return StagedFile(path, f"{self._label}{path}", path, state.st_size, etag, stamp)
        etag = hashlib.md5(f"{path}:{state.st_size}:{state.st_mtime_ns}".encode(), usedforsecurity=False).hexdigest()
        return StagedFile(path, f"{self._label}{path}", path, state.st_size, etag, stamp)


_PARTIAL = ".partial"


class S3Storage:
    """Objects below a prefix of a bucket. ``prefix`` is used as it is: Snowflake's stage URLs are plain prefixes."""

    def __init__(self, store: ObjectStore, bucket: str, prefix: str, scheme: str = "s3") -> None:
        self._store = store
        self._bucket = bucket
        self._prefix = prefix
        self._scheme = scheme

    def list(self, prefix: str = "") -> list[StagedFile]:
        try:
            infos = self._store.list(self._bucket, self._prefix + prefix)
        except ObjectStoreError as error:
            raise _access(error) from error
        return [self._file(info) for info in infos if not info.key.endswith("/")]

    def find(self, path: str) -> StagedFile | None:
        return next((file for file in self.list(path) if file.path == path), None)

    def open(self, file: StagedFile) -> Any:
        try:
            return self._store.open(self._bucket, file.key)
        except ObjectStoreError as error:
            raise _access(error, file.shown) from error

    def write(self, path: str, write: Callable[[Any], None]) -> int:
        key = self._prefix + path
        try:
            with self._store.open_output(self._bucket, key) as sink:
                write(sink)
            found = self.find(path)
        except ObjectStoreError as error:
            raise _access(error, path) from error
        return found.size if found else 0

    def remove(self, file: StagedFile) -> None:
        try:
            self._store.delete(self._bucket, file.key)
        except ObjectStoreError as error:
            raise _access(error, file.shown) from error

    def _file(self, info: Any) -> StagedFile:
        shown = f"{self._scheme}://{self._bucket}/{info.key}"
        path = info.key.removeprefix(self._prefix)
        return StagedFile(path, shown, info.key, info.size, info.etag, info.last_modified)


def _access(error: ObjectStoreError, file: str = "") -> errors.SnowflakeError:
    if error.code in ("NoSuchKey", "404") and file:
        return errors.FILE_NOT_FOUND(file)
    return errors.FILE_ACCESS(f"{error.code}: {error.message}")
