"""The quick way of messages that pass as they came: PostgreSQL has them before anything is noted about them.

What is noted (the history's entry, the answer that is expected) is noted while PostgreSQL works. Only what has been
planned before, or needs no plan, goes this way; everything else is left to the `session.Dispatcher`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dw_simulator.emulators.redshift.commands.translating import Generation
from dw_simulator.emulators.redshift.commands.types import Session
from dw_simulator.emulators.redshift.errors import FatalError
from dw_simulator.emulators.redshift.relay import Pending, Relay
from dw_simulator.observability import tracing

if TYPE_CHECKING:
    from dw_simulator.emulators.redshift.client import Client
    from dw_simulator.emulators.redshift.link import BackendLink
    from dw_simulator.emulators.redshift.session import LocalPortal, LocalStatement

_QUERY, _BIND, _DESCRIBE, _EXECUTE, _SYNC = b"QBDES"
_STATEMENT = ord("S")
_LENGTH = struct.Struct("!i").unpack_from
_HEADER = 5

_TEXTS = 512
_LONGEST = 2000
"""Bytes of a message that is kept to be recognised."""


@dataclass(slots=True)
class Extended:
    """State of the extended protocol."""

    statements: dict[bytes, LocalStatement] = field(default_factory=dict)
    portals: dict[bytes, LocalPortal] = field(default_factory=dict)
    readers: set[bytes] = field(default_factory=set)
    """Forwarded statements before whose run something has to be brought up to date."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A Query message that has been planned: what PostgreSQL gets for it."""

    sql: str
    sent: bytes
    rewritten: bool


class Express:
    """See the module's description."""

    def __init__(self, client: Client, link: BackendLink, session: Session, relay: Relay, extended: Extended) -> None:
        self._client = client
        self._link = link
        self._session = session
        self._relay = relay
        self._extended = extended
        self._known: dict[bytes, _Known] = {}
        self._generation = Generation.number

    def remember(self, raw: bytes, sql: str, sent: bytes) -> None:
        """The Query message ``raw`` has the plan of being sent as ``sent``, until `forget` or a change of a catalog."""
        if len(raw) > _LONGEST or not sql:
            return
        if self._generation != Generation.number or len(self._known) >= _TEXTS:
            self._known.clear()
            self._generation = Generation.number
        self._known[raw] = _Known(sql, sent, sent is not raw)

    def forget(self) -> None:
        """The session's parameters may have changed."""
        self._known.clear()

    def take(self, data: bytes) -> bool:
        """Forward what a client sent, which begins with a message and follows nothing unread; False: not this way."""
        kind = data[0]
        if kind == _QUERY:
            return self._query(data)
        return kind == _BIND and self._batch(data)

    def _query(self, raw: bytes) -> bool:
        known = self._known.get(raw) if len(raw) <= _LONGEST else None
        if known is None or self._generation != Generation.number or not self._is_open():
            return False
        if not self._send(known.sent):
            return True
        session = self._session
        pending = Pending(_QUERY, rewritten=known.rewritten)
        if session.history is not None:
            pending.entry = session.history.begin(session, known.sql)
        self._relay.expect(pending)
        if known.rewritten:
            session.backend.lookups.hits += 1
        return True

    def _batch(self, data: bytes) -> bool:
        """Bind, Describe, Execute and Sync, as drivers send them at once for a prepared statement."""
        if self._extended.readers or not self._is_open():
            return False
        found = self._read_batch(data)
        if found is None:
            return False
        if self._send(data):
            for kind, name, portal in found:
                self._note(kind, name, portal)
        return True

    def _read_batch(self, data: bytes) -> list[tuple[int, bytes, bytes]] | None:
        """Kind, name and portal of each message; None when one needs to be looked at, or is not all there."""
        found = []
        position, end = 0, len(data)
        while position < end:
            if end - position < _HEADER:
                return None
            kind = data[position]
            start = position + _HEADER
            position += _LENGTH(data, position + 1)[0] + 1
            if position > end:
                return None
            if kind == _BIND:
                portal, name = data[start:position].split(b"\0", 2)[:2]
                if self._relay.adapts(name):
                    return None
                found.append((kind, name, portal))
            elif kind == _DESCRIBE:
                found.append((kind, data[start + 1 : position - 1], data[start : start + 1]))
            elif kind == _EXECUTE:
                found.append((kind, data[start : data.index(b"\0", start)], b""))
            elif kind == _SYNC:
                found.append((kind, b"", b""))
            else:
                return None
        return found

    def _note(self, kind: int, name: bytes, portal: bytes) -> None:
        relay = self._relay
        if kind == _BIND:
            relay.bind(portal, name)
            relay.expect(Pending(_BIND, name))
        elif kind == _DESCRIBE:
            relay.expect(Pending(_DESCRIBE, name, portal == b"S"))
        elif kind == _EXECUTE:
            relay.expect(Pending(_EXECUTE, name, entry=relay.begin(name)))
        else:
            relay.expect(Pending(_SYNC))

    def _is_open(self) -> bool:
        """Whether nothing is there that a message would have to wait for, or that only the dispatcher knows."""
        client, extended = self._client, self._extended
        return not (
            client.inbox
            or client.working
            or client.closed
            or self._relay.skipping
            or extended.statements
            or extended.portals
            or tracing.is_on()
        )

    def _send(self, data: bytes) -> bool:
        try:
            self._link.write(data)
        except FatalError as error:
            self._client.fatal(error)
            return False
        return True
