"""A PostgreSQL server of our own as a child process.

The server never outlives the proxy: it is told to stop when its parent dies, and a leftover is stopped at the next
start. Durability settings are explained in docs/adr/0003-redshift-durability.md.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from dw_simulator.emulators.redshift.postgres import cluster as places
from dw_simulator.emulators.redshift.postgres import disk, processes
from dw_simulator.emulators.redshift.postgres.cluster import PORT, Cluster
from dw_simulator.errors import StackError

_START_SECONDS = 60.0
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
        return self.poll() is None and self._cluster is not None and processes.status(self._cluster.data) == "stopping"

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
        self._lock = places.lock(self._home)
        try:
            cluster = self._cluster = places.locate(self._home)
            disk.give_up_reserve(cluster)
            places.refuse_other_version(cluster.data)
            self.socket_dir = places.socket_dir(cluster)
            processes.stop_leftover(cluster.data)
            places.own(cluster)
            self.is_new = not (cluster.data / "PG_VERSION").exists()
            if self.is_new:
                places.initialise(cluster)
            self._launch(cluster)
            disk.keep_reserve(cluster)
        except BaseException:
            self.stop()
            raise

    def _launch(self, cluster: Cluster) -> None:
        places.write(cluster.data / "dw-simulator.conf", _CONFIGURATION, cluster.account)
        places.write(cluster.data / "pg_hba.conf", _HBA, cluster.account)
        arguments = [
            str(cluster.binaries / "bin" / "postgres"),
            *("-D", str(cluster.data), "-k", str(self.socket_dir)),
            *("-c", f"config_file={cluster.data / 'dw-simulator.conf'}", "-c", f"port={PORT}"),
            *("-c", f"cluster_name={processes.title(cluster.data)}"),
        ]
        with cluster.log.open("wb") as log:
            self._process = processes.spawn(arguments, cluster.root, cluster.account, log.fileno())
        if not sys.platform.startswith("linux"):
            self._watchdog = processes.start_watchdog(self._process.pid)
        self._await_ready(cluster)

    def _await_ready(self, cluster: Cluster) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self.poll() is not None:
                break
            if processes.status(cluster.data, self.pid) == "ready":
                return
            time.sleep(0.01)
        if disk.disk_is_full(cluster):
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
        return self._cluster.root if self._cluster is not None and disk.disk_is_full(self._cluster) else None

    def stop(self) -> None:
        """Stop the server: open transactions are rolled back, data is written out."""
        if self._process is not None:
            processes.stop_process(self._process)
            self._process = None
            if self._cluster is not None:
                processes.end_orphans(self._cluster.data)
        if self._watchdog is not None:
            assert self._watchdog.stdin is not None
            self._watchdog.kill()
            self._watchdog.stdin.close()
            self._watchdog.wait()
            self._watchdog = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
