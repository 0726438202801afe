"""Looking at and ending processes that another process started."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

_PROC = Path("/proc")


def command_line(pid: int) -> list[str]:
    """The arguments of a living process, an empty list if there is none."""
    if not _PROC.joinpath("self").exists():
        return _listed_by_ps("command=", pid).split()
    try:
        raw = _PROC.joinpath(str(pid), "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return []
    return [part.decode(errors="replace") for part in raw.split(b"\0") if part]


def _listed_by_ps(column: str, pid: int) -> str:
    """What ``ps`` says of a process where there is no ``/proc``."""
    return subprocess.run(["ps", "-o", column, "-p", str(pid)], capture_output=True, text=True, check=False).stdout


def is_service(pid: int, service: str, home: Path) -> bool:
    """Whether ``pid`` is (still) a process that a supervisor of ``home`` started for ``service``.

    Process ids are used again, perhaps by a service of another stack.
    """
    arguments = command_line(pid)
    return "dw_simulator" in arguments and arguments[-5:] == ["--home", str(home), "serve", "--supervised", service]


def services_of(home: Path) -> list[int]:
    """All processes that a supervisor of ``home`` started, where the system lists processes under ``/proc``."""
    found = [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()] if _PROC.is_dir() else []
    return [pid for pid in found if is_service(pid, (command_line(pid) or [""])[-1], home)]


def memory_of(pid: int) -> int | None:
    """Bytes of memory that a process and its descendants hold, shared pages counted once; None if nobody can tell."""
    children: dict[int, list[int]] = {}
    if not _PROC.is_dir():
        return None
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and (parent := _parent_of(entry)) is not None:
            children.setdefault(parent, []).append(int(entry.name))
    total, waiting = 0, [pid]
    while waiting:
        current = waiting.pop()
        total += _proportional_memory(_PROC / str(current))
        waiting += children.get(current, [])
    return total or None


def _parent_of(entry: Path) -> int | None:
    try:
        return int(entry.joinpath("stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return None


def _proportional_memory(entry: Path) -> int:
    """The share of a process in the memory it uses; its resident memory where the kernel does not tell."""
    for name, key in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        try:
            lines = entry.joinpath(name).read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            if line.startswith(key):
                return int(line.split()[1]) * 1024
    return 0


def send(pid: int, number: signal.Signals) -> None:
    """Signal a process; one that is gone already is fine."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def send_group(pid: int, number: signal.Signals) -> None:
    """Signal the process group that ``pid`` leads; one that is gone already is fine."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return


def group_exists(pid: int) -> bool:
    """Whether any process of the group that ``pid`` led is left."""
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    return True


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that ended and was not waited for by its parent does not."""
    if not _PROC.joinpath("self").exists():
        return bool(_listed_by_ps("stat=", pid).strip("Z+ "))
    try:
        fields = _PROC.joinpath(str(pid), "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return fields.rpartition(")")[2].split()[0] not in ("Z", "X")


def end(pids: Iterable[int], *, limit: float) -> None:
    """SIGTERM, then SIGKILL to the groups of those that are still there after ``limit`` seconds."""
    remaining = list(pids)
    for pid in remaining:
        send(pid, signal.SIGTERM)
    if wait_gone(remaining, limit=limit):
        return
    for pid in remaining:
        if is_alive(pid):
            send_group(pid, signal.SIGKILL)
    wait_gone(remaining, limit=limit)


def wait_gone(pids: Iterable[int], *, limit: float) -> bool:
    """Wait until none of the processes lives; False if ``limit`` seconds were not enough."""
    waiting = list(pids)
    give_up_at = time.monotonic() + limit
    while any(is_alive(pid) for pid in waiting):
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.02)
    return True
