"""The PostgreSQL behind the emulator."""

from __future__ import annotations


class Backend:
    """A running PostgreSQL that sessions connect to."""
