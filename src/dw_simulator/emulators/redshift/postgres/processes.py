"""The server's processes: started, told from others, ended, also those that an earlier proxy left behind."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_STOP_SECONDS = 10.0
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Account:
    """An operating system account to run PostgreSQL as; None where the proxy's own will do."""

    uid: int
    gid: int


def _die_with_parent() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def spawn(arguments: list[str], folder: Path, account: Account | None, output: int) -> subprocess.Popen[bytes]:
    prepare: Callable[[], None] | None = _die_with_parent if sys.platform.startswith("linux") else None
    return subprocess.Popen(
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        env=environment(),
        # A ctrl-C in the terminal goes to the whole foreground group: the proxy decides when PostgreSQL stops.
        start_new_session=True,
        preexec_fn=prepare,
        cwd=folder,
        **identity(account),
    )


def identity(account: Account | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def environment() -> dict[str, str]:
    """The environment without PG… variables, which would reconfigure the server and its tools."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def start_watchdog(pid: int) -> subprocess.Popen[bytes]:
    """Where the kernel cannot signal a child of a dead parent: a shell that waits for our end of a pipe to close."""
    return subprocess.Popen(
        ["/bin/sh", "-c", 'read _; kill -INT "$0"', str(pid)], stdin=subprocess.PIPE, start_new_session=True
    )


def stop_process(process: subprocess.Popen[bytes]) -> None:
    for sign in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is not None:
            return
        process.send_signal(sign)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            continue


def status(data: Path, pid: int | None = None) -> str:
    """What the server says of itself in the eighth line of its pid file: no need to knock at the socket.

    Empty when there is none, or when it is not the one of process ``pid``.
    """
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return ""
    return lines[7].strip() if len(lines) >= 8 and pid in (None, int(lines[0])) else ""


def stop_leftover(data: Path) -> None:
    """Stop a server that an earlier proxy left behind on this cluster, and forget its pid file."""
    _stop_leftover_server(data)
    end_orphans(data)


def _stop_leftover_server(data: Path) -> None:
    pid_file = data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().splitlines()[0])
    except (FileNotFoundError, IndexError, ValueError):
        pid_file.unlink(missing_ok=True)
        return
    for sign, seconds in ((signal.SIGINT, _STOP_SECONDS), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
        if not _is_server(pid, data):
            break
        os.kill(pid, sign)
        _await_end(pid, data, seconds)
    pid_file.unlink(missing_ok=True)


def title(data: Path) -> str:
    """What the server's processes are called, so that those of this cluster can be told from others."""
    return f"dw-simulator-{hashlib.sha256(str(data).encode()).hexdigest()[:16]}"


def end_orphans(data: Path) -> None:
    """End the processes that a killed server left on this cluster. Call it when the server is gone.

    A process that computes does not notice that its server is gone, and no other server starts until it ends.
    """
    for sign, seconds in ((signal.SIGQUIT, 1.0), (signal.SIGKILL, 5.0)):
        orphans = _workers(data)
        for pid in orphans:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
        deadline = time.monotonic() + seconds
        while orphans and time.monotonic() < deadline:
            time.sleep(0.02)
            orphans = _workers(data)


def _workers(data: Path) -> list[int]:
    """The processes of this cluster's server, but not the server itself."""
    wanted = f"postgres: {title(data)}: "
    return [pid for pid, command in _command_lines() if command.startswith(wanted)]


def _command_lines() -> Iterator[tuple[int, str]]:
    proc = Path("/proc")
    if (proc / "self").exists():
        for entry in proc.iterdir():
            if entry.name.isdigit():
                yield int(entry.name), _command_line(int(entry.name))
        return
    listed = subprocess.run(["ps", "-axo", "pid=,args="], capture_output=True, text=True, check=False)
    for line in listed.stdout.splitlines():
        pid, _, command = line.strip().partition(" ")
        yield int(pid), command.lstrip()


def _await_end(pid: int, data: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and _is_server(pid, data):
        time.sleep(0.02)


def _is_server(pid: int, data: Path) -> bool:
    """Whether ``pid`` is a live PostgreSQL on ``data`` (process ids are used again: never signal a stranger)."""
    command = _command_line(pid)
    return "postgres" in command and str(data) in command


def _command_line(pid: int) -> str:
    """Empty for a process that is gone or only waits to be reaped."""
    proc = Path("/proc")
    if (proc / "self").exists():
        try:
            return (proc / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            return ""
    result = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return result.stdout.strip()
