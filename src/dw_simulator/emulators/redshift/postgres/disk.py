"""Room on the disk for the server to come back.

PostgreSQL that cannot write its log ends (PANIC), and cannot recover on a disk that is still full.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from dw_simulator.emulators.redshift.postgres.cluster import Cluster

RESERVE_BYTES = 32 << 20
"""Kept free for the server: two segments of its write-ahead log, what a recovery on a full disk writes at most."""

_LEAST_FREE = 1 << 20
_NO_ROOM = re.compile(r"(?:PANIC|FATAL): .*No space left on device")


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def give_up_reserve(cluster: Cluster) -> None:
    """On a full disk, make the room that the recovery needs."""
    if cluster.reserve.exists() and free_bytes(cluster.root) < RESERVE_BYTES:
        cluster.reserve.unlink()


def keep_reserve(cluster: Cluster) -> None:
    """Take the reserve again where there is enough room for it."""
    if cluster.reserve.exists() or free_bytes(cluster.root) < 4 * RESERVE_BYTES:
        return
    with cluster.reserve.open("wb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, RESERVE_BYTES)
        else:
            file.write(bytes(RESERVE_BYTES))


def disk_is_full(cluster: Cluster) -> bool:
    """Whether the server's log ends, since it was ready the last time, with a write that found no room."""
    try:
        text = cluster.log.read_bytes()[-65_536:].decode(errors="replace")
    except OSError:
        return False
    recent = text.rpartition("database system is ready to accept connections")[2]
    return bool(_NO_ROOM.search(recent)) or free_bytes(cluster.root) < _LEAST_FREE
