"""Saving, listing and deleting snapshots."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from dw_simulator.errors import Conflict, NotFound, StackError
from dw_simulator.stack import control, processes
from dw_simulator.stack.snapshots import manifest as manifests
from dw_simulator.stack.snapshots.contents import Contents, cluster_of, contents
from dw_simulator.stack.snapshots.copying import copy_all, copy_error, copy_file, copy_sqlite
from dw_simulator.stack.snapshots.manifest import FileEntry, FolderEntry, Manifest

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_PARTIAL = re.compile(r"\.(?P<name>.+)\.(?P<pid>\d+)\.partial")


def snapshots_dir(settings: Settings) -> Path:
    return settings.home / "snapshots"


def save(
    settings: Settings, name: str | None = None, *, folder: Path | None = None, note: str | None = None
) -> Manifest:
    """Save all state of the home as ``<folder>/<name>``. A running stack is stopped meanwhile and started again.

    Args:
        name: letters, digits, ``.``, ``_``, ``-``; the time now if there is none.
        folder: where to, instead of ``<home>/snapshots``.

    Raises:
        Conflict: there is a snapshot of that name, or an experiment is being generated or loaded.
        StackError: a bad name, too little room, a file that cannot be copied, or services that do not start again.
    """
    target = target_of(settings, name, folder)
    refuse_busy(settings)
    with control.on_hold(settings), scratch_beside(target) as scratch:
        result = write_snapshot(settings.home, scratch, target.name, note)
        scratch.rename(target)
    return result


def write_snapshot(home: Path, scratch: Path, name: str, note: str | None = None) -> Manifest:
    """Fill the folder ``scratch`` with a snapshot of ``home``, which nothing changes meanwhile."""
    from dw_simulator.stack.upgrade import versions_of

    _await_postgres_end(home)
    found = contents(home)
    refuse_no_room(found.size, scratch)
    files = _copy(found, scratch / manifests.STATE)
    result = Manifest(
        name=name,
        created_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        package=version("dw-simulator"),
        versions=versions_of(home),
        home=str(home),
        files=tuple(files),
        folders=tuple(FolderEntry(path, mode) for path, mode in found.folders.items()),
        links=found.links,
        note=note,
    )
    manifests.write(scratch, result)
    return result


def _copy(found: Contents, state: Path) -> list[FileEntry]:
    state.mkdir()
    for path in found.folders:
        (state / path).mkdir(parents=True, exist_ok=True)
    jobs: list[Callable[[], FileEntry]] = []
    # The largest first: the last to end is then a small one.
    for path, source in sorted(found.files.items(), key=lambda item: -item[1].stat().st_size):
        copy = copy_sqlite if path in found.databases else copy_file
        jobs.append(lambda copy=copy, source=source, path=path: copy(source, state / path, path))  # type: ignore[misc]
    return sorted(copy_all(jobs), key=lambda entry: entry.path)


def saved(settings: Settings, folder: Path | None = None) -> list[Manifest | StackError]:
    """All snapshots, oldest first; the error of one that is damaged."""
    root = folder or snapshots_dir(settings)
    found: list[Manifest | StackError] = []
    for place in sorted(root.iterdir()) if root.is_dir() else ():
        if not place.name.startswith(".") and place.is_dir():
            try:
                found.append(manifests.read(place))
            except StackError as error:
                found.append(error)
    return sorted(found, key=lambda entry: entry.created_at if isinstance(entry, Manifest) else "")


def find(settings: Settings, name: str, folder: Path | None = None) -> Path:
    """The folder of a snapshot. Raises NotFound, with the names that there are."""
    root = folder or snapshots_dir(settings)
    place = root / name
    if not _NAME.fullmatch(name) or not place.is_dir():
        names = sorted(entry.name for entry in root.iterdir() if entry.name[0] != ".") if root.is_dir() else []
        hint = f"snapshots are: {', '.join(names)}" if names else "there are none yet: dw-sim snapshot save"
        raise NotFound(f"there is no snapshot {name!r} in {root}", hint=hint)
    return place


def delete(place: Path) -> None:
    """Delete the snapshot in ``place``."""
    gone = place.with_name(f".{place.name}.{os.getpid()}.partial")
    place.rename(gone)
    shutil.rmtree(gone)


# --- guards -------------------------------------------------------------------------------------------------------
def target_of(settings: Settings, name: str | None, folder: Path | None) -> Path:
    """Where a snapshot of that name goes. Raises StackError for a bad name, Conflict for one that is taken."""
    chosen = name or dt.datetime.now().strftime("%Y-%m-%d-%H%M%S")
    target = (folder or snapshots_dir(settings)) / chosen
    if not _NAME.fullmatch(chosen) or chosen.endswith(".partial"):
        raise StackError(f"{chosen!r} cannot be a snapshot's name", hint="use letters, digits, dot, dash, underscore")
    if target.exists():
        raise Conflict(
            f"there is a snapshot {chosen!r} already", hint=f"dw-sim snapshot delete {chosen}, or another name"
        )
    return target


@contextmanager
def scratch_beside(target: Path) -> Iterator[Path]:
    """A folder that the caller renames to ``target`` when it is complete; removed if it does not."""
    scratch = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_partial(target.parent)
        scratch.mkdir(mode=0o700)
        yield scratch
    except OSError as error:
        raise copy_error(error) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _remove_partial(folder: Path) -> None:
    """Remove what processes that were killed left unfinished."""
    for place in folder.glob(".*.partial"):
        match = _PARTIAL.fullmatch(place.name)
        if match and not processes.is_alive(int(match["pid"])):
            shutil.rmtree(place, ignore_errors=True)


def refuse_no_room(size: int, folder: Path) -> None:
    """Raises StackError if the file system of ``folder`` has no room for ``size`` bytes."""
    free = shutil.disk_usage(folder).free
    if size > free:
        raise StackError(
            f"{folder.parent} has room for {free / 1e6:.0f} MB, and the state takes {size / 1e6:.0f} MB",
            hint="free some space, or choose another folder with --to",
        )


def refuse_busy(settings: Settings) -> None:
    """Raises Conflict while an experiment is generated, loaded or changed."""
    from dw_simulator.experiments.locks import busy_operations

    busy = busy_operations(settings.home)
    if busy:
        raise Conflict(f"the state is being changed: {'; '.join(busy)}", hint="wait for it to end")


def _await_postgres_end(home: Path) -> None:
    """A PostgreSQL whose emulator was killed ends by itself, a moment later: make sure of it."""
    from dw_simulator.emulators.redshift.postgres import stop_leftover

    cluster = cluster_of(home)
    if (cluster / "postmaster.pid").exists():
        stop_leftover(cluster)
