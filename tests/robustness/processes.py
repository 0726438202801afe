"""The processes of a stack, found from its supervisor on, and what they use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dw_simulator.config.settings import load_settings
from dw_simulator.stack import state

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """``role`` is a service's name, ``supervisor``, ``postmaster`` or ``backend``."""

    pid: int
    parent: int
    role: str


def supervisor_of(home: Path) -> int | None:
    return state.supervisor_pid(load_settings({"home": home}))


def of_stack(home: Path) -> list[Process]:
    """The living processes of the stack of a home; none if its supervisor is gone."""
    root = supervisor_of(home)
    if root is None:
        return []
    record = state.read_record(load_settings({"home": home}))
    services = {service.pid: service.name for service in record.services} if record else {}
    children = _children()
    found = [Process(root, 0, "supervisor")]
    for process in found:
        for pid in children.get(process.pid, ()):
            found.append(Process(pid, process.pid, _role(pid, process, services)))
    return found


def _role(pid: int, parent: Process, services: dict[int | None, str]) -> str:
    if pid in services:
        return services[pid]
    if parent.role == "redshift":
        return "postmaster"
    return "backend" if parent.role in ("postmaster", "backend") else parent.role


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for pid in _pids():
        try:
            fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] not in ("Z", "X"):
            found.setdefault(int(fields[1]), []).append(pid)
    return found


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())


def marked(home: Path) -> list[int]:
    """Every living process on the machine that was started for this home, whoever its parent is by now: the home is in
    its environment. This process and its other children do not have it there."""
    wanted = f"DW_SIMULATOR_HOME={home}".encode()
    found = []
    for pid in _pids():
        try:
            if wanted in (PROC / str(pid) / "environ").read_bytes().split(b"\0"):
                found.append(pid)
        except OSError:
            continue
    return found


@dataclass(frozen=True, slots=True)
class Usage:
    """``memory``: private and shared-anonymous bytes resident (RssAnon); ``files``: open descriptors."""

    memory: int
    files: int
    threads: int


def usage(pid: int) -> Usage | None:
    """What a process uses now, None when it is gone."""
    try:
        status = (PROC / str(pid) / "status").read_text()
        files = sum(1 for _ in (PROC / str(pid) / "fd").iterdir())
    except OSError:
        return None
    fields = dict(re.findall(r"^(RssAnon|Threads):\s+(\d+)", status, re.MULTILINE))
    return Usage(int(fields.get("RssAnon", 0)) * 1024, files, int(fields.get("Threads", 0)))
