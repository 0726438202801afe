"""The quick way of messages that pass as they came: PostgreSQL has them before anything is noted about them.

What is noted (the history's entry, the answer that is expected) is noted while PostgreSQL works. Only what has been
planned before, or needs no plan, goes this way; everything else is left to the `session.Dispatcher`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from dw_simulator.emulators.redshift.commands.translating import Generation
from dw_simulator.emulators.redshift.commands.types import Change, Session
from dw_simulator.emulators.redshift.errors import FatalError
from dw_simulator.emulators.redshift.relay import Pending, Relay
from dw_simulator.emulators.redshift.reuse import SWITCH, Kept, is_constant, kept
from dw_simulator.emulators.redshift.templates import Templates
from dw_simulator.observability import tracing

if TYPE_CHECKING:
    from dw_simulator.emulators.redshift.client import Client
    from dw_simulator.emulators.redshift.link import BackendLink
    from dw_simulator.emulators.redshift.session import LocalPortal, LocalStatement

_QUERY, _BIND, _DESCRIBE, _EXECUTE, _SYNC = b"QBDES"
_STATEMENT = ord("S")
_LENGTH = struct.Struct("!i").unpack_from
_HEADER = 5
_SHORTEST = 4
"""A message's length counts its own four bytes."""

_TEXTS = 512
_FOLLOWING = 64
_LONGEST = 2000
"""Bytes of a message that is kept to be recognised."""


@dataclass(slots=True)
class Extended:
    """State of the extended protocol."""

    statements: dict[bytes, LocalStatement] = field(default_factory=dict)
    portals: dict[bytes, LocalPortal] = field(default_factory=dict)
    readers: set[bytes] = field(default_factory=set)
    """Forwarded statements before whose run something has to be brought up to date."""
    changes: dict[bytes, Change] = field(default_factory=dict)
    """What those statements may change that may change something."""


@dataclass(slots=True)
class _Known:
    """A Query message that has been planned: what PostgreSQL gets for it, and what it answers if that never changes."""

    sql: str
    sent: bytes
    rewritten: bool
    kept: Kept | None = None


class Express:
    """See the module's description."""

    def __init__(self, client: Client, link: BackendLink, session: Session, relay: Relay, extended: Extended) -> None:
        self._client = client
        self._link = link
        self._session = session
        self._relay = relay
        self._extended = extended
        self._known: dict[bytes, _Known] = {}
        self._templates = Templates()
        self._generation = Generation.of(session)
        self._following: dict[bytes, tuple[Pending, ...]] = {}
        self._kept: dict[bytes, Kept] = {}
        """Answers to runs of prepared statements, until anything else comes."""

    def remember(self, raw: bytes, sql: str, sent: bytes) -> None:
        """The Query message ``raw`` has the plan of being sent as ``sent``, until `forget` or a change of a catalog."""
        if len(raw) > _LONGEST or not sql:
            return
        self._renew()
        if len(self._known) >= _TEXTS:
            self._known.clear()
        self._known[raw] = _Known(sql, sent, sent is not raw)

    def remember_template(self, raw: bytes, pieces: tuple[str, ...]) -> None:
        """As `remember`, for all Query messages that differ from ``raw`` in literals only (see `planning.Script`)."""
        backend, database = self._session.backend, self._session.database
        if not backend.masked.any(database) and not backend.external.any(database):
            # Else each text has to be looked at for names that are watched.
            self._renew()
            self._templates.remember(raw, pieces)

    def _renew(self) -> None:
        if self._generation != (generation := Generation.of(self._session)):
            self._known.clear()
            self._templates.clear()
            self._generation = generation

    def forget(self) -> None:
        """The session's parameters may have changed."""
        self._known.clear()
        self._templates.clear()
        self._kept.clear()

    def interrupted(self) -> None:
        """Something else has come, which may have changed prepared statements."""
        self._kept.clear()

    def take(self, data: bytes) -> bool:
        """Forward what a client sent, which begins with a message and follows nothing unread; False: not this way."""
        kind = data[0]
        if kind == _QUERY:
            return self._query(data)
        return kind == _BIND and self._batch(data)

    def _query(self, raw: bytes) -> bool:
        generation = Generation.number + self._session.generation
        if len(raw) > _LONGEST or self._generation != generation or Generation.procedures or not self._is_open():
            return False
        known = self._known.get(raw)
        if known is None:
            return self._query_by_template(raw)
        constant = is_constant(known.sql)
        if not constant:
            self._kept.clear()
        # A Query ends the unnamed prepared statement, of which only PostgreSQL knows.
        unnamed = self._relay.texts.pop(b"", None)
        settled = constant and unnamed is None and self._is_settled()
        if settled and known.kept is not None:
            return self._answer(known.kept, known.sql)
        if not self._send(known.sent):
            return True
        session = self._session
        pending = Pending(_QUERY, rewritten=known.rewritten)
        if session.history is not None:
            pending.entry = session.history.begin(session, known.sql)
        self._relay.expect(pending)
        if settled and pending.entry is not None:
            self._record(partial(setattr, known, "kept"), pending.entry.number)
        if known.rewritten:
            session.backend.lookups.hits += 1
        return True

    def _query_by_template(self, raw: bytes) -> bool:
        sent = self._templates.sent(raw)
        if sent is None:
            return False
        if not self._send(sent):
            return True
        self._kept.clear()
        relay, session = self._relay, self._session
        relay.texts.pop(b"", None)
        rewritten = sent is not raw
        pending = Pending(_QUERY, rewritten=rewritten)
        if session.history is not None:
            pending.entry = session.history.begin(session, raw[5:-1].decode())
        relay.expect(pending)
        if rewritten:
            session.backend.lookups.hits += 1
        return True

    def _is_settled(self) -> bool:
        """Whether a result may be kept or answered again: nothing is under way, and no transaction is open."""
        relay, session = self._relay, self._session
        settled = relay.settled and not self._link.dirty and session.transaction_status == "I"
        return settled and session.history is not None and session.parameters.get(SWITCH, "on") == "on"

    def _answer(self, found: Kept, sql: str) -> bool:
        session = self._session
        self._client.send(found.answer)
        if session.history is not None:
            entry = session.history.begin(session, sql)
            entry.source = found.source
            session.history.succeed(entry, found.tag)
        return True

    def _record(self, keep: Callable[[Kept], object], source: int) -> None:
        def recorded(answer: bytes) -> None:
            found = kept(answer, source)
            if found is not None and len(answer) <= _LONGEST:
                keep(found)

        self._relay.recorder = recorded

    def _batch(self, data: bytes) -> bool:
        """Bind and what follows it, as drivers send it at once to run a prepared statement."""
        if self._extended.readers or not self._is_open():
            return False
        end = _end(data, 0)
        rest = data[end:]
        following = self._following.get(rest) or self._read_following(rest)
        bound = data[_HEADER:end].split(b"\0", 2)
        if following is None or len(bound) < 3:
            return False
        portal, name = bound[:2]
        if self._relay.adapts(name) or name in self._extended.changes:
            return False
        text = self._relay.texts.get(name, "")
        constant = is_constant(text)
        if not constant:
            self._kept.clear()
        settled = constant and self._is_settled()
        if settled and (found := self._kept.get(data)) is not None:
            return self._answer(found, text)
        if self._send(data):
            self._relay.bind(portal, name)
            self._relay.expect(Pending(_BIND, name))
            entry = None
            for each in following:
                pending = self._begun(each) if each.kind == _EXECUTE else each
                entry = pending.entry or entry
                self._relay.expect(pending)
            if settled and entry is not None and len(data) <= _LONGEST and len(self._kept) < _TEXTS:
                self._record(partial(self._kept.__setitem__, data), entry.number)
        return True

    def _begun(self, execute: Pending) -> Pending:
        return Pending(_EXECUTE, execute.name, entry=self._relay.begin(execute.name))

    def _read_following(self, data: bytes) -> tuple[Pending, ...] | None:
        """Describe, Execute and Sync; None when there is anything else, or not all of it. The same come each time."""
        found: list[Pending] = []
        position = 0
        while position < len(data):
            kind, body, position = data[position], data[position + _HEADER : _end(data, position)], _end(data, position)
            if kind == _DESCRIBE and body:
                found.append(Pending(_DESCRIBE, body[1:-1], body[0] == _STATEMENT))
            elif kind == _EXECUTE and body:
                found.append(Pending(_EXECUTE, body.split(b"\0", 1)[0]))
            elif kind == _SYNC and position:
                found.append(Pending(_SYNC))
            else:
                return None
        if not found:
            return None
        if len(self._following) >= _FOLLOWING:
            self._following.clear()
        self._following[data] = tuple(found)
        return self._following[data]

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


def _end(data: bytes, start: int) -> int:
    """Where the message that begins at ``start`` ends; 0 when it is not all there, or is none."""
    if len(data) < start + _HEADER:
        return 0
    length: int = _LENGTH(data, start + 1)[0]
    end = start + 1 + length
    return end if length >= _SHORTEST and end <= len(data) else 0
