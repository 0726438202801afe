"""Restoring a snapshot: copied and verified beside the state, then swapped in.

<home>/.restore/new/…     the state of the snapshot, being copied and verified
<home>/.restore/entries   written when that is complete, with the names of what is new: from now on the swap is
                          finished, whoever is killed
<home>/.restore/old/…     the state that was replaced, until the swap is done
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dw_simulator.errors import StackError
from dw_simulator.stack import control
from dw_simulator.stack.snapshots import manifest as manifests
from dw_simulator.stack.snapshots.contents import ENTRIES
from dw_simulator.stack.snapshots.copying import copy_all, copy_error, copy_file
from dw_simulator.stack.snapshots.manifest import FileEntry, Manifest
from dw_simulator.stack.snapshots.store import refuse_busy, refuse_no_room

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings

_SIDE_FILES = tuple(f"metadata.sqlite{suffix}" for suffix in ("-wal", "-shm", "-journal"))


def restore(settings: Settings, snapshot: Path) -> Manifest:
    """Replace the state of the home by a snapshot's. A running stack is stopped for the swap and started again.

    Every file is compared with its checksum before anything is replaced.

    Raises:
        Conflict: an experiment is being generated or loaded.
        StackError: the snapshot is damaged or of a newer version, there is no room, or services do not start again.
    """
    from dw_simulator.stack.upgrade import prepare_home, refuse_newer

    manifest = manifests.read(snapshot)
    refuse_newer(manifest.versions, f"snapshot {manifest.name}", manifest.package)
    refuse_busy(settings)
    settings.home.mkdir(parents=True, exist_ok=True)
    with _staged(settings.home, snapshot, manifest) as scratch, control.on_hold(settings):
        _commit(scratch)
        finish_restore(settings.home)
        prepare_home(settings.home)
    return manifest


def put_back(home: Path, snapshot: Path) -> None:
    """Replace the state of ``home``, where no service runs, by a snapshot's."""
    with _staged(home, snapshot, manifests.read(snapshot)) as scratch:
        _commit(scratch)
        finish_restore(home)


@contextmanager
def _staged(home: Path, snapshot: Path, manifest: Manifest) -> Iterator[Path]:
    """The snapshot, copied and verified beside the state; removed again unless the block commits it."""
    scratch = home / ".restore"
    try:
        finish_restore(home)
        _stage(snapshot, manifest, scratch)
        yield scratch
    except OSError as error:
        raise copy_error(error) from error
    finally:
        if not (scratch / "entries").exists():
            shutil.rmtree(scratch, ignore_errors=True)


def _stage(snapshot: Path, manifest: Manifest, scratch: Path) -> None:
    new = scratch / "new"
    new.mkdir(parents=True, mode=0o700)
    refuse_no_room(manifest.size, scratch)
    for folder in manifest.folders:
        _inside(new, folder.path).mkdir(parents=True, exist_ok=True)
    source = snapshot / manifests.STATE
    jobs: list[Callable[[], FileEntry]] = []
    for entry in sorted(manifest.files, key=lambda entry: -entry.size):
        jobs.append(lambda entry=entry: _copy_verified(source, new, entry, manifest.name))  # type: ignore[misc]
    copy_all(jobs)
    for path, target in manifest.links.items():
        _inside(new, path).symlink_to(target)
    for folder in reversed(manifest.folders):
        _inside(new, folder.path).chmod(folder.mode)


def _copy_verified(source: Path, new: Path, entry: FileEntry, name: str) -> FileEntry:
    try:
        copied = copy_file(_inside(source, entry.path), _inside(new, entry.path), entry.path)
    except FileNotFoundError as error:
        raise manifests.damaged(name, f"{entry.path} is missing") from error
    if (copied.size, copied.sha256) != (entry.size, entry.sha256):
        raise manifests.damaged(name, f"{entry.path} does not have its checksum")
    target = _inside(new, entry.path)
    target.chmod(entry.mode)
    os.utime(target, ns=(entry.modified, entry.modified))
    return copied


def verified(snapshot: Path) -> Manifest:
    """The manifest of a snapshot whose files all have their checksums. Raises StackError."""
    manifest = manifests.read(snapshot)
    verify(snapshot, manifest)
    return manifest


def verify(snapshot: Path, manifest: Manifest) -> None:
    """Compare every file with its checksum without copying it. Raises StackError for the first that differs."""

    def check(entry: FileEntry) -> FileEntry:
        place = _inside(snapshot / manifests.STATE, entry.path)
        if not place.is_file() or (place.stat().st_size, manifests.digest_of(place)) != (entry.size, entry.sha256):
            raise manifests.damaged(manifest.name, f"{entry.path} does not have its checksum")
        return entry

    copy_all([lambda entry=entry: check(entry) for entry in manifest.files])  # type: ignore[misc]


def _inside(root: Path, path: str) -> Path:
    """``path`` under ``root``; a snapshot from elsewhere must not write outside of the home."""
    first, *rest = path.split("/")
    if first not in ENTRIES or any(part in ("", ".", "..") for part in rest):
        raise StackError(f"the snapshot has a file that is no state of a home: {path!r}")
    return root / path


def _commit(scratch: Path) -> None:
    pending = scratch / "entries.tmp"
    pending.write_text(json.dumps([place.name for place in (scratch / "new").iterdir()]))
    pending.replace(scratch / "entries")


def finish_restore(home: Path) -> bool:
    """End a swap that was begun; drop a copy that was not complete. True if state was replaced.

    Called with the services stopped, and at every start of a stack.
    """
    scratch = home / ".restore"
    marker = scratch / "entries"
    if not marker.exists():
        if scratch.exists():
            shutil.rmtree(scratch)
        return False
    old = scratch / "old"
    old.mkdir(exist_ok=True)
    fresh = json.loads(marker.read_text())
    for name in (*_SIDE_FILES, *ENTRIES):
        if name in fresh:
            _swap(home / name, scratch / "new" / name, old / name)
        else:
            _take_away(home / name, old / name)
    gone = home / f".restored-{os.getpid()}"
    scratch.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)
    return True


# Both may be done again after a process was killed at any point; what somebody made in between gives way.
def _swap(place: Path, new: Path, old: Path) -> None:
    if new.exists():
        if place.exists() or place.is_symlink():
            _remove(old)
            place.rename(old)
        new.rename(place)


def _take_away(place: Path, old: Path) -> None:
    if (place.exists() or place.is_symlink()) and not old.exists():
        place.rename(old)


def _remove(place: Path) -> None:
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)
