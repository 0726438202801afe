"""Keeps memory that a batch gave back for the next batch, instead of handing it to the kernel and asking for it again.

A batch's arrays are of a megabyte and live for a millisecond. glibc by default maps memory of that size anew each time,
or trims the heap after each use, and the kernel clears every page again: almost half of the time of computing. The
thresholds set here are the ends that glibc's own adjustment goes to (mallopt(3), M_MMAP_THRESHOLD). Other C libraries
have no such setting, and are left alone.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Parameters of mallopt, from glibc's malloc.h."""
_MEGABYTE = 1 << 20
_lock = threading.Lock()
_users = 0


@contextmanager
def kept() -> Iterator[None]:
    """While any caller is inside, this process keeps up to 64 MB an arena; the last to leave gives it all back."""
    global _users
    libc = ctypes.CDLL(None)
    with _lock:
        _users += 1
        if hasattr(libc, "mallopt"):
            libc.mallopt(_MMAP_THRESHOLD, 32 * _MEGABYTE)
            libc.mallopt(_TRIM_THRESHOLD, 64 * _MEGABYTE)
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users and hasattr(libc, "malloc_trim"):
                libc.malloc_trim(0)
