"""Connections for queries, some of them kept open for the next query: logging in may take longer than the query.

A session of a warehouse remembers: parameters, temporary tables, an open transaction, variables. A query is not to see
what another one left there, so a connection is used again only if all that it ever ran surely only read, and only for
the same experiment. SQLite's are never kept: a load replaces the file.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dw_simulator.config import Settings
from dw_simulator.errors import DwSimulatorError
from dw_simulator.schema import Warehouse

if TYPE_CHECKING:
    from dw_simulator.warehouses.base import Adapter

MOST = 4
"""Connections that are kept open while nobody uses them."""


@dataclass(frozen=True, slots=True)
class Session:
    """A connection with the experiment's namespace as the current one."""

    warehouse: Warehouse
    experiment: str | None
    adapter: Adapter


@dataclass
class Sessions:
    """Safe to share by threads. ``keep_seconds``: how long an unused connection is kept."""

    settings: Settings
    keep_seconds: float
    _kept: list[tuple[float, Session]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closed: bool = False

    def take(self, warehouse: Warehouse, experiment: str | None) -> Session:
        """A session that nobody else uses. Raises what connecting raises."""
        from dw_simulator.warehouses import connect

        while (session := self._kept_for(warehouse, experiment)) is not None:
            if _is_alive(session):
                return session
            session.adapter.close()
        adapter = connect(warehouse, self.settings)
        try:
            adapter.use(experiment)
        except BaseException:
            adapter.close()
            raise
        return Session(warehouse, experiment, adapter)

    def _kept_for(self, warehouse: Warehouse, experiment: str | None) -> Session | None:
        with self._lock:
            for index, (_, session) in enumerate(self._kept):
                if (session.warehouse, session.experiment) == (warehouse, experiment):
                    del self._kept[index]
                    return session
        return None

    def give_back(self, session: Session, *, is_clean: bool) -> None:
        """``is_clean``: it ran well, and only what surely reads."""
        if not is_clean or session.warehouse is Warehouse.SQLITE or self.keep_seconds <= 0:
            session.adapter.close()
            return
        with self._lock:
            self._kept.append((time.monotonic(), session))
            surplus = self._kept if self._closed else self._kept[:-MOST]
            self._kept = [] if self._closed else self._kept[-MOST:]
        for _, each in surplus:
            each.adapter.close()

    def sweep(self) -> None:
        """Close connections that were not used for long."""
        limit = time.monotonic() - self.keep_seconds
        with self._lock:
            old = [session for since, session in self._kept if since < limit]
            self._kept = [(since, session) for since, session in self._kept if since >= limit]
        for session in old:
            session.adapter.close()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            kept, self._kept = self._kept, []
        for _, session in kept:
            session.adapter.close()


def _is_alive(session: Session) -> bool:
    """Set the namespace again, which also tells whether the connection still works."""
    try:
        session.adapter.use(session.experiment)
        if session.experiment is None:
            session.adapter.ping()
    except DwSimulatorError:
        return False
    return True
