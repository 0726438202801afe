"""The machine: memory, limits, clock, loopback network."""

from __future__ import annotations

import datetime as dt
import resource
import socket
from pathlib import Path

from dw_simulator.stack.doctor.registry import Context, Report, check

LEAST_MEMORY = 700 << 20
"""Bytes: the idle stack takes 400 MB, a load some more."""
LEAST_FILES = 1024
LEAST_YEAR = 2025
CLOCK_TOLERANCE = dt.timedelta(minutes=2)

MEMINFO = Path("/proc/meminfo")
CGROUP_LIMIT, CGROUP_USED = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")


@check("memory")
def memory(_context: Context, report: Report) -> None:
    available = _available_memory()
    if available is None:
        report.ok("the system does not tell how much memory is free")
    elif available < LEAST_MEMORY:
        report.warn(
            f"{available / 2**20:.0f} MB of memory are free, the stack takes about 400 MB and more while it loads",
            "end other programs, or give the container more memory",
        )
    else:
        report.ok(f"{available / 2**30:.1f} GB free")


def _available_memory() -> int | None:
    """Bytes that this process may still get: of the machine, or of its control group if that has less."""
    try:
        lines = MEMINFO.read_text().splitlines()
    except OSError:
        return None
    free = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)
    try:
        limit = CGROUP_LIMIT.read_text().strip()
        left = int(limit) - int(CGROUP_USED.read_text()) if limit != "max" else None
    except (OSError, ValueError):
        left = None
    known = [number for number in (free, left) if number is not None]
    return min(known) if known else None


@check("limits")
def limits(_context: Context, report: Report) -> None:
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    size, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    if files != resource.RLIM_INFINITY and files < LEAST_FILES:
        report.warn(
            f"a process may open only {files} files: many clients at once will fail", f"ulimit -n {LEAST_FILES}"
        )
    if size != resource.RLIM_INFINITY:
        report.warn(f"a file may have only {size} bytes: large loads will fail", "ulimit -f unlimited")
    if not report.found:
        report.ok(f"{'any number of' if files == resource.RLIM_INFINITY else files} open files a process")


@check("clock")
def clock(context: Context, report: Report) -> None:
    """A clock that is wrong breaks signatures, certificates and tokens."""
    now = dt.datetime.now(dt.UTC)
    newest = max((_modified(path) for path in _dated(context.settings.home)), default=now)
    if now.year < LEAST_YEAR:
        report.problem(
            f"the clock says {now:%Y-%m-%d %H:%M} UTC", "set the clock: signed requests are refused otherwise"
        )
    elif newest - now > CLOCK_TOLERANCE:
        report.warn(
            f"the clock says {now:%Y-%m-%d %H:%M} UTC, and the state was written at {newest:%Y-%m-%d %H:%M}",
            "set the clock: it went backwards",
        )
    else:
        report.ok(f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _dated(home: Path) -> list[Path]:
    known = (home / "metadata.sqlite", home / "run" / "stack.lock", home / "version.json")
    return [path for path in known if path.exists()]


def _modified(path: Path) -> dt.datetime:
    return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)


@check("loopback")
def loopback(_context: Context, report: Report) -> None:
    """Whether programs here can talk to each other, and what `localhost` means."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname()[:2], timeout=5).close()
    except OSError as error:
        report.problem(f"127.0.0.1 cannot be reached: {error}", "bring the loopback interface up: ip link set lo up")
        return
    try:
        found = sorted({str(entry[4][0]) for entry in socket.getaddrinfo("localhost", None, type=socket.SOCK_STREAM)})
    except OSError as error:
        report.warn(f"localhost has no address: {error}", "add `127.0.0.1 localhost` to /etc/hosts, or use 127.0.0.1")
        return
    strange = [address for address in found if not address.startswith("127.") and address != "::1"]
    if strange:
        report.problem(f"localhost is {', '.join(strange)}", "let /etc/hosts say `127.0.0.1 localhost`")
    elif not any(address.startswith("127.") for address in found):
        report.warn(f"localhost is only {', '.join(found)}, and the stack listens on 127.0.0.1", "connect to 127.0.0.1")
    else:
        report.ok(f"localhost is {', '.join(found)}")
