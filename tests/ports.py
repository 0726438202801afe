"""Ports for tests that name one before something listens there."""

from __future__ import annotations

import itertools
import os
import socket

_FIRST, _OF_EACH, _WORKERS = 10_000, 400, 25
"""Below the ephemeral range, so that no outgoing connection takes one, and apart from the free ports of stacks."""

_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _WORKERS
_places = itertools.cycle(range(_OF_EACH))


def ports(count: int = 1) -> int:
    """The first of ``count`` ports of 127.0.0.1 in a row that nothing uses now.

    No two workers of a run take them from the same range, and a worker comes back to one only when it had all others:
    between this choice and its use, a port is taken by nobody. Raises AssertionError when there are none.
    """
    found = 0
    for place in itertools.islice(_places, 2 * _OF_EACH):
        if place == 0:
            found = 0
        port = _FIRST + _worker * _OF_EACH + place
        found = found + 1 if _is_free(port) else 0
        if found == count:
            return port - count + 1
    raise AssertionError(f"{count} free ports in a row are not to be had")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
