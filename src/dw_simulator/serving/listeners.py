"""Which program listens on a TCP port, where the system tells under ``/proc`` (Linux)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_LISTENING = "0A"
"""State of a socket in ``/proc/net/tcp``. See proc_net_tcp in the kernel's documentation."""


@dataclass(frozen=True, slots=True)
class Listener:
    pid: int
    command: str

    def __str__(self) -> str:
        return f"{self.command} (process {self.pid})"


def listener_on(port: int) -> Listener | None:
    """The process that listens on ``port`` of any address; None if there is none or it belongs to another user."""
    inodes = _listening_inodes(port)
    if not inodes:
        return None
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and _holds(entry, wanted):
            return Listener(int(entry.name), _name(entry))
    return None


def _listening_inodes(port: int) -> set[str]:
    found = set()
    for table in ("tcp", "tcp6"):
        try:
            lines = (_PROC / "net" / table).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                found.add(fields[9])
    return found


def _holds(entry: Path, wanted: set[str]) -> bool:
    try:
        with os.scandir(entry / "fd") as descriptors:
            return any(_target(descriptor.path) in wanted for descriptor in descriptors)
    except OSError:  # it has ended, or is another user's
        return False


def _target(link: str) -> str:
    try:
        return os.readlink(link)  # noqa: PTH115 - no Path for each of thousands of links
    except OSError:
        return ""


def _name(entry: Path) -> str:
    """The command line, cut to a readable length."""
    try:
        words = entry.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        shown = words or entry.joinpath("comm").read_text().strip()
    except OSError:
        return "a program"
    return shown if len(shown) <= 60 else shown[:57] + "..."
