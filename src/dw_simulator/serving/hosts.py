"""The check of the Host header that keeps pages of other sites out (DNS rebinding)."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def is_own_host(header: str, others: Collection[str] = ()) -> bool:
    """Whether a Host header names this machine, or one of ``others``; with or without a port."""
    try:
        name = urlsplit(f"//{header}").hostname
    except ValueError:
        return False
    return name is not None and (name in LOOPBACK_NAMES or name in {other.lower() for other in others})
