"""What is on disk about a running stack: ``stack.json`` with its services, and the lock that its supervisor holds.

The lock is the truth about life: the kernel drops it when the supervisor ends, however it ends.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from dw_simulator.errors import StackError

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings


class State(StrEnum):
    RUNNING = "running"
    STARTING = "starting"
    STOPPED = "stopped"
    FAILED = "failed"
    RESTARTING = "restarting"


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """One service as ``dw-sim status --json`` shows it; ``pid`` is None while no process runs.

    ``started_at`` (ISO 8601, UTC) is when the present process was started, ``restarts`` how often one that ended by
    itself was replaced, ``last_error`` why the last one ended. ``metrics_port`` is where it answers ``/metrics`` where
    that is not ``port``.
    """

    name: str
    state: State
    host: str
    port: int
    pid: int | None = None
    started_at: str | None = None
    restarts: int = 0
    last_error: str | None = None
    metrics_port: int | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class StackRecord:
    """The content of ``stack.json``. ``version`` is the package's when the supervisor was started; ``tls_folder`` has
    the certificates of a stack that serves TLS.
    """

    pid: int
    services: tuple[ServiceStatus, ...]
    version: str | None = None
    tls_folder: str | None = None


def record_path(settings: Settings) -> Path:
    return settings.run_dir / "stack.json"


def lock_path(settings: Settings) -> Path:
    return settings.run_dir / "stack.lock"


def read_record(settings: Settings) -> StackRecord | None:
    """The record on disk, whether its supervisor still lives or not; None if there is none.

    Raises:
        StackError: the file is not one of ours.
    """
    path = record_path(settings)
    try:
        document = json.loads(path.read_bytes())
        services = tuple(status_from(entry) for entry in document["services"])
        return StackRecord(document["pid"], services, document.get("version"), document.get("tls_folder"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise StackError(f"{path} is damaged", hint="repair it with: dw-sim down") from error


def status_from(entry: dict[str, Any]) -> ServiceStatus:
    """A service's status from its JSON; raises KeyError, TypeError or ValueError for what is none."""
    return ServiceStatus(**{**entry, "state": State(entry["state"])})


def write_record(settings: Settings, record: StackRecord) -> None:
    """Replace the record in one step, so that a reader never sees half of it."""
    path = record_path(settings)
    scratch = path.with_suffix(f".{os.getpid()}.tmp")
    services = [service.as_dict() for service in record.services]
    document = {
        "pid": record.pid,
        "version": record.version,
        "tls_folder": record.tls_folder,
        "services": services,
    }
    try:
        scratch.write_text(json.dumps(document, indent=2) + "\n")
        scratch.replace(path)
    except OSError:
        scratch.unlink(missing_ok=True)
        raise


def remove_record(settings: Settings) -> None:
    record_path(settings).unlink(missing_ok=True)


class StackLock:
    """One supervisor a home. Held until it ends; its pid is in the file."""

    PATIENCE = 1.0
    """Seconds to wait for a holder that is about to go: a command that only looks holds the lock for an instant."""

    def __init__(self, settings: Settings) -> None:
        self._path = lock_path(settings)
        self._home = settings.home
        self._descriptor = -1

    def __enter__(self) -> Self:
        """Take the lock.

        Raises:
            StackError: another supervisor holds it, or the run folder cannot be written.
        """
        self._descriptor = _open_lock(self._path)
        give_up_at = time.monotonic() + self.PATIENCE
        while not _try_lock(self._descriptor, fcntl.LOCK_EX):
            if time.monotonic() > give_up_at:
                holder = _read_pid(self._path)
                os.close(self._descriptor)
                raise already_running(self._home, holder)
            time.sleep(0.02)
        try:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)
        except OSError as error:
            os.close(self._descriptor)
            raise _cannot_write(self._path.parent, error) from error
        return self

    def __exit__(self, *_: object) -> None:
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)

    def is_in_place(self) -> bool:
        """Whether the lock is still that of the home: not if somebody deleted or moved the folder."""
        try:
            found = self._path.stat()
        except OSError:
            return False
        ours = os.fstat(self._descriptor)
        return (found.st_dev, found.st_ino) == (ours.st_dev, ours.st_ino)


@contextlib.contextmanager
def services_lock(settings: Settings, *, alone: bool) -> Iterator[None]:
    """Keeps services that run without a supervisor (`dw-sim serve`) and snapshots apart.

    Args:
        alone: for a snapshot, which wants no service; services share the lock.

    Raises:
        StackError: the other side holds it.
    """
    descriptor = _open_lock(settings.run_dir / "services.lock")
    try:
        if not _try_lock(descriptor, fcntl.LOCK_EX if alone else fcntl.LOCK_SH):
            if alone:
                raise StackError(
                    f"a service that was started with `dw-sim serve` uses {settings.home}", hint="stop it first"
                )
            raise StackError(f"the state in {settings.home} is being saved or restored", hint="wait until it is done")
        yield
    finally:
        os.close(descriptor)


def already_running(home: Path, pid: int | None) -> StackError:
    who = f" (process {pid})" if pid else ""
    return StackError(
        f"a stack is already running in {home}{who}",
        hint="see it with: dw-sim status; stop it with: dw-sim down; for a second one use another --home",
    )


def supervisor_pid(settings: Settings) -> int | None:
    """The process id of the living supervisor, None if no stack runs."""
    path = lock_path(settings)
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        if _try_lock(descriptor, fcntl.LOCK_SH):
            return None
        return _read_pid(path)
    finally:
        os.close(descriptor)


def _open_lock(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise _cannot_write(path.parent, error) from error


def _cannot_write(folder: Path, error: OSError) -> StackError:
    hint = "choose a home folder you can write in, with --home or DW_SIMULATOR_HOME"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        hint = f"free some space, or {hint}"
    return StackError(f"cannot write in {folder}: {error.strerror}", hint=hint)


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_pid(path: Path) -> int | None:
    text = path.read_text().strip()
    return int(text) if text.isdigit() else None


def all_running(services: Sequence[ServiceStatus]) -> bool:
    return bool(services) and all(service.state is State.RUNNING for service in services)
