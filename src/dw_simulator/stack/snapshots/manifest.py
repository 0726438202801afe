"""What a snapshot says of itself: ``manifest.json``, and its checksum beside it.

<snapshot>/manifest.json     name, time, versions; every file with size, SHA-256, mode and time; folders; links
<snapshot>/manifest.sha256   SHA-256 of the manifest
<snapshot>/state/…           the files, at the paths they have in a home
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dw_simulator.errors import StackError

FORMAT = 1
"""Of this layout. A snapshot of a newer one is refused."""

NAME, CHECKSUM, STATE = "manifest.json", "manifest.sha256", "state"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """``path`` is relative to the home, with ``/``; ``modified`` in ns since the epoch: S3 objects are known by it."""

    path: str
    size: int
    sha256: str
    mode: int
    modified: int


@dataclass(frozen=True, slots=True)
class FolderEntry:
    path: str
    mode: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """``versions`` are the formats of the parts of the state; ``package`` the version that saved it."""

    name: str
    created_at: str
    package: str
    versions: Mapping[str, int]
    home: str
    files: tuple[FileEntry, ...] = ()
    folders: tuple[FolderEntry, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    note: str | None = None

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)

    def summary(self) -> dict[str, Any]:
        """What ``dw-sim snapshot list --json`` and ``show --json`` print."""
        parts: dict[str, dict[str, int]] = {}
        for file in self.files:
            part = parts.setdefault(file.path.partition("/")[0], {"files": 0, "bytes": 0})
            part["files"] += 1
            part["bytes"] += file.size
        return {
            "name": self.name,
            "created_at": self.created_at,
            "version": self.package,
            "bytes": self.size,
            "files": len(self.files),
            "parts": parts,
            "note": self.note,
        }


def write(folder: Path, manifest: Manifest) -> None:
    document = {"format": FORMAT, **asdict(manifest)}
    data = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    (folder / NAME).write_bytes(data)
    (folder / CHECKSUM).write_text(hashlib.sha256(data).hexdigest() + "\n")


def read(folder: Path) -> Manifest:
    """Read and check a manifest.

    Raises:
        StackError: it is missing, damaged, or of a newer format.
    """
    try:
        data = (folder / NAME).read_bytes()
        checksum = (folder / CHECKSUM).read_text().strip()
    except OSError as error:
        raise damaged(folder.name, f"{error.filename}: {error.strerror}") from error
    if hashlib.sha256(data).hexdigest() != checksum:
        raise damaged(folder.name, f"{NAME} does not have its checksum")
    document = json.loads(data)
    if document.pop("format") > FORMAT:
        raise StackError(
            f"snapshot {folder.name} was saved by a newer dw-simulator ({document.get('package')})",
            hint="upgrade dw-simulator",
        )
    files = tuple(FileEntry(**entry) for entry in document.pop("files"))
    folders = tuple(FolderEntry(**entry) for entry in document.pop("folders"))
    return Manifest(**document, files=files, folders=folders)


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def damaged(name: str, reason: str) -> StackError:
    return StackError(
        f"snapshot {name} is damaged: {reason}",
        hint=f"nothing was changed; remove it with: dw-sim snapshot delete {name}",
    )
