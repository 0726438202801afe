"""One operation at a time on an experiment, across processes.

The lock is an advisory file lock that the operating system lets go of when its holder ends, however it ends: a killed
run leaves no lock behind, only a run marked RUNNING that the next holder finds.
"""

from __future__ import annotations

import fcntl
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dw_simulator.errors import Busy

PATIENCE_SECONDS = 1.0
"""How long to wait for a holder to let go: the end of a run shows in the metadata just before its lock is free."""


def _lock_path(home: Path, experiment_id: int) -> Path:
    return home / "run" / "locks" / f"experiment-{experiment_id}.lock"


@contextmanager
def experiment_lock(home: Path, experiment_id: int, name: str, operation: str) -> Iterator[None]:
    """Hold the experiment's lock for the block.

    Raises Busy, naming the operation that holds it, when that does not end within :data:`PATIENCE_SECONDS`.
    """
    path = _lock_path(home, experiment_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _taken_in_time(handle):
            holder = path.read_text().strip() or "another operation"
            raise Busy(
                f"experiment {name!r} is busy: {holder} is under way",
                hint=f"wait for it to end, or look at it with: dw-sim experiment show {name}",
            )
        os.ftruncate(handle, 0)
        os.write(handle, f"{operation} (process {os.getpid()})".encode())
        yield
    finally:
        os.close(handle)


def _taken_in_time(handle: int) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        else:
            return True


def is_locked(home: Path, experiment_id: int) -> bool:
    """Whether a live process holds the experiment's lock."""
    return _is_held(_lock_path(home, experiment_id))


def _is_held(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


class ServerLock:
    """Held by a server as long as it lives: others can tell whose jobs are dead. Its ``name`` is never used twice."""

    def __init__(self, home: Path) -> None:
        self.name = uuid.uuid4().hex
        self._path = _server_path(home, self.name)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._handle, fcntl.LOCK_EX)

    def close(self) -> None:
        self._path.unlink(missing_ok=True)
        os.close(self._handle)


def _server_path(home: Path, name: str) -> Path:
    return home / "run" / "locks" / f"server-{name}.lock"


def is_server_alive(home: Path, name: str) -> bool:
    """Whether the server that has, or had, the lock of this name lives. The file of one that is dead is removed."""
    path = _server_path(home, name)
    if _is_held(path):
        return True
    path.unlink(missing_ok=True)
    return False


def busy_operations(home: Path) -> list[str]:
    """What live processes do with experiments of this home, as they wrote it into their locks."""
    found = []
    for path in sorted((home / "run" / "locks").glob("experiment-*.lock")):
        number = path.stem.removeprefix("experiment-")
        if number.isdigit() and is_locked(home, int(number)):
            found.append(path.read_text().strip() or "an operation on an experiment")
    return found
