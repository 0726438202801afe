"""The check of the Host header that keeps pages of other sites out (DNS rebinding)."""

from __future__ import annotations

import re
from collections.abc import Collection

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

_HOST = re.compile(r"(?:\[(?P<ipv6>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._-]+))(?::\d{1,5})?")
"""RFC 9110 section 7.2, without what names of machines do not have: no user, no percent signs, no path."""


def is_own_host(header: str, others: Collection[str] = ()) -> bool:
    """Whether a Host header names this machine, or one of ``others``; with or without a port."""
    found = _HOST.fullmatch(header.lower())
    if found is None:
        return False
    name = found["ipv6"] or found["name"]
    return name in LOOPBACK_NAMES or name in {other.lower() for other in others}
