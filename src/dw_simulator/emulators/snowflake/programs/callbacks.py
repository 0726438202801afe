"""Logins of procedures in Python: their handler's session is the one that called them.

While a procedure runs, its process may log in with a secret of its own; what that session does, it does in the caller's
transaction, with the caller's temporary tables. Vendor page: "Writing stored procedures in Python".
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from dw_simulator.emulators.snowflake.sessions import Session


class Callbacks:
    """Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._callers: dict[str, Session] = {}
        self._inner: set[int] = set()

    @contextmanager
    def open(self, caller: Session) -> Iterator[str]:
        """The secret with which a session inside ``caller`` may be opened, as long as the context lasts."""
        secret = secrets.token_urlsafe(32)
        with self._lock:
            self._callers[secret] = caller
        try:
            yield secret
        finally:
            with self._lock:
                del self._callers[secret]

    def caller(self, secret: str) -> Session | None:
        with self._lock:
            return self._callers.get(secret)

    def enter(self, session: Session, caller: Session) -> None:
        """Let ``session`` work in what ``caller`` works in."""
        session.user, session.role, session.secondary_roles = caller.user, caller.role, caller.secondary_roles
        session.database, session.schema, session.warehouse = caller.database, caller.schema, caller.warehouse
        session.parameters, session.variables = caller.parameters, caller.variables
        session.engine_state = caller.engine_state
        with self._lock:
            self._inner.add(session.id)

    def leave(self, session: Session) -> bool:
        """Whether a session that ends was one inside another, whose state lives on."""
        with self._lock:
            inner = session.id in self._inner
            self._inner.discard(session.id)
        return inner
