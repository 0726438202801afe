"""What is known of an object besides its bytes, and the sidecar file that keeps it.

A sidecar describes one version of the data or two: it is written before the data file is renamed into place, holding
the new description and the one of the data still there. Which of them is true is decided by the data file itself (its
size and modification time), so a server killed between the two renames leaves a consistent object, the old or the new.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

DEFAULT_CONTENT_TYPE = "binary/octet-stream"


@dataclass(frozen=True, slots=True)
class ObjectMeta:
    """``etag`` without quotes; ``modified`` in ns since the epoch; ``headers`` to send along, names lower case.

    ``checksums``: algorithm (lower case) -> base64; ``parts``: sizes of the parts of a multipart upload.
    """

    size: int
    modified: int
    etag: str
    headers: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    checksums: dict[str, str] = field(default_factory=dict)
    parts: list[int] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        full = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in full.items() if value not in ({}, [])}


def identity(path: Path | int) -> tuple[int, int]:
    """(size, modification time in ns) of a data file. Raises FileNotFoundError."""
    found = os.stat(path)  # noqa: PTH116 - also takes descriptors
    return found.st_size, found.st_mtime_ns


_last_stamp = 0


def fresh_stamp() -> int:
    """The time now in ns, never the same twice: file systems' own stamps are coarser than two writes are apart."""
    global _last_stamp
    _last_stamp = max(time.time_ns(), _last_stamp + 1_000)
    return _last_stamp


def write_atomically(path: Path, data: bytes, scratch: Path) -> None:
    """Write a small file: old content or new, never half of it."""
    temporary = scratch / f"{os.getpid()}-{fresh_stamp()}"
    try:
        temporary.write_bytes(data)
        try:
            temporary.replace(path)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def read_sidecar(path: Path) -> tuple[str, list[ObjectMeta]] | None:
    """The key and the descriptions in a sidecar; None if there is none or it cannot be understood."""
    try:
        found = orjson.loads(path.read_bytes())
        return found["key"], [ObjectMeta(**version) for version in found["versions"]]
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None


def sidecar_bytes(key: str, versions: list[ObjectMeta]) -> bytes:
    return orjson.dumps({"key": key, "versions": [version.to_json() for version in versions]})
