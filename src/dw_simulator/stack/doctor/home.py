"""The home folder: whether it can be written, its disk, and the state in it."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

from dw_simulator.errors import StackError
from dw_simulator.stack import processes, state, upgrade
from dw_simulator.stack.doctor.registry import Context, Report, check
from dw_simulator.stack.snapshots.contents import cluster_of

WARN_FREE, LEAST_FREE = 2 << 30, 256 << 20
"""Bytes on the disk of the home: a load wants room for its files and for the tables of two warehouses."""

MOUNTS = Path("/proc/self/mounts")
REMOTE = ("nfs", "cifs", "smb", "9p", "fuse.sshfs", "fuse.s3fs", "fuse.gcsfuse", "afs", "ceph", "lustre")


def _existing(path: Path) -> Path:
    """The folder itself, or the nearest one above it that there is."""
    return next(place for place in (path, *path.parents) if place.exists())


@check("home")
def home(context: Context, report: Report) -> None:
    folder = context.settings.home
    place = _existing(folder)
    remedy = "choose another with --home or DW_SIMULATOR_HOME, or change its owner"
    if not place.is_dir():
        report.problem(f"{folder}: {place} is no folder", remedy)
        return
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(b"x")
    except OSError as error:
        report.problem(f"{place} cannot be written: {error.strerror}", remedy)
        return
    report.ok(f"{folder}" if place == folder else f"{folder} (not made yet)")


@check("disk")
def disk(context: Context, report: Report) -> None:
    free = shutil.disk_usage(_existing(context.settings.home)).free
    shown = f"{free / 1e9:.1f} GB free for {context.settings.home}"
    if free < LEAST_FREE:
        report.problem(shown, "free some space, or move the home: --home or DW_SIMULATOR_HOME")
    elif free < WARN_FREE:
        report.warn(shown, "large loads need more; dw-sim snapshot delete and dw-sim experiment delete free some")
    else:
        report.ok(shown)


@check("file system")
def file_system(context: Context, report: Report) -> None:
    """PostgreSQL, DuckDB and SQLite want a local disk with working locks."""
    place = _existing(context.settings.home)
    kind = _kind_of(place)
    if kind is not None and kind.startswith(REMOTE):
        report.warn(
            f"{place} is on {kind}: databases are slow there, and may be damaged",
            "put the home on a disk of this machine",
        )
    elif kind in ("tmpfs", "ramfs"):
        report.warn(f"{place} is in memory ({kind}): the state takes memory and is lost at a restart", "use a disk")
    if place.is_dir() and os.access(place, os.W_OK) and not _locks_work(place):
        report.problem(f"file locks do not work in {place}", "put the home on a disk of this machine")
    if not report.found:
        report.ok(f"{kind or 'unknown kind'}, locks work")


def _kind_of(place: Path) -> str | None:
    """The file system's type, of the mount point that is nearest above."""
    try:
        mounts = [line.split() for line in MOUNTS.read_text().splitlines()]
    except OSError:
        return None
    target = place.resolve()
    above = [(entry[1], entry[2]) for entry in mounts if target.is_relative_to(_unescaped(entry[1]))]
    return max(above, key=lambda entry: len(entry[0]))[1] if above else None


def _unescaped(path: str) -> str:
    return path.encode().decode("unicode_escape") if "\\" in path else path


def _locks_work(place: Path) -> bool:
    """Whether a second holder of a lock is refused."""
    with tempfile.NamedTemporaryFile(dir=place) as first, Path(first.name).open("rb") as second:
        try:
            fcntl.flock(first, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        try:
            fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


@check("state")
def state_version(context: Context, report: Report) -> None:
    """Whether this version can work with the state."""
    folder = context.settings.home
    try:
        formats = upgrade.versions_of(folder)
        upgrade.refuse_newer(formats, f"the state in {folder}", None)
    except StackError as error:
        report.problem(error.message, error.hint or "use another home")
        return
    if (mismatch := _other_postgres(folder)) is not None:
        report.problem(mismatch.message, mismatch.hint or "")
    older = sorted(part for part, number in formats.items() if number < upgrade.FORMATS[part])
    if older:
        report.warn(f"{', '.join(older)}: written by an older version", "nothing: it is upgraded at the next dw-sim up")
    if not report.found:
        report.ok("of this version")


def _other_postgres(folder: Path) -> StackError | None:
    from dw_simulator.emulators.redshift.postgres import refuse_other_version

    try:
        refuse_other_version(cluster_of(folder))
    except StackError as error:
        return error
    return None


@check("leftovers")
def leftovers(context: Context, report: Report) -> None:
    """What a killed supervisor or an interrupted restore left behind."""
    settings = context.settings
    if state.supervisor_pid(settings) is None:
        running = processes.services_of(settings.home)
        if running:
            report.warn(f"services without a supervisor still run: {', '.join(map(str, running))}", "dw-sim down")
        elif state.record_path(settings).exists():
            report.warn("the stack was killed and its record is still there", "nothing: dw-sim up or down repairs it")
    if (settings.home / ".restore").exists():
        report.warn("a restore was interrupted", "nothing: it is finished or undone at the next dw-sim up")
    if not report.found:
        report.ok("none")
