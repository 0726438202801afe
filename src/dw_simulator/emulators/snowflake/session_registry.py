"""The sessions of the server: tokens, their validity, renewal, idle expiry."""

from __future__ import annotations

import asyncio
import itertools
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.protocol.login import MASTER_TOKEN_SECONDS, TOKEN_SECONDS
from dw_simulator.emulators.snowflake.sessions import Session

Clock = Callable[[], float]
Address = tuple[str, int]
NOT_RENDERED = (-1, b"")


@dataclass(slots=True, eq=False)
class Entry:
    """A session and what the server knows about it. ``turn`` is held while one of its statements runs."""

    session: Session
    token_expires: float
    master_expires: float
    last_used: float
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    connections: set[Address] = field(default_factory=set)
    """TCP connections, by the client's address, over which statements of the session came."""
    rendered_parameters: tuple[int, bytes] = NOT_RENDERED
    """(version, JSON) of the parameters that responses carry."""


class SessionRegistry:
    """Sessions by token. Used from the event loop's thread only."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._by_token: dict[str, Entry] = {}
        self._by_master: dict[str, Entry] = {}
        self.idle_seconds: Callable[[str], float | None] = lambda user: None  # noqa: ARG005 - interface
        """How long sessions of a user may be idle, where a policy says so."""
        self._ids = itertools.count(int(time.time()) << 10)

    def add(self, session: Session) -> Entry:
        """Give the session its tokens."""
        now = self._clock()
        entry = Entry(session, now, now, now)
        self._issue(entry)
        return entry

    def new_id(self) -> int:
        return next(self._ids)

    def find(self, token: str) -> Entry:
        """The session of a request.

        Raises:
            SnowflakeError: 390101 no token, 390104 no such session, 390112 the token expired (drivers then renew it).
        """
        if token in ("", "None"):
            raise errors.NOT_LOGGED_IN()
        entry = self._by_token.get(token)
        if entry is None:
            raise errors.SESSION_GONE()
        now = self._clock()
        if now >= entry.token_expires or self._is_idle(entry):
            raise errors.SESSION_EXPIRED()
        entry.last_used = now
        return entry

    def renew(self, master_token: str) -> Entry:
        """New tokens for the session of ``master_token``; the old ones end.

        Raises:
            SnowflakeError: 390115 no such master token, 390114 it expired.
        """
        entry = self._by_master.get(master_token)
        if entry is None:
            raise errors.MASTER_TOKEN_INVALID()
        if self._clock() >= entry.master_expires or self._is_idle(entry):
            raise errors.MASTER_TOKEN_EXPIRED()
        self._drop_tokens(entry)
        self._issue(entry)
        return entry

    def _is_idle(self, entry: Entry) -> bool:
        limit = self.idle_seconds(entry.session.user)
        return limit is not None and self._clock() - entry.last_used > limit

    def remove(self, entry: Entry) -> None:
        """Forget a session. Its finished queries are kept and keep it: so it lets go of what takes room."""
        self._drop_tokens(entry)
        entry.rendered_parameters = NOT_RENDERED
        entry.session.query_ids.clear()
        entry.session.variables.clear()

    def expired(self) -> list[Entry]:
        """Sessions that were idle for longer than their master token lives, or their policy allows."""
        limit = self._clock() - MASTER_TOKEN_SECONDS
        return [entry for entry in self._by_token.values() if entry.last_used < limit or self._is_idle(entry)]

    def all(self) -> list[Entry]:
        return list(self._by_token.values())

    def _issue(self, entry: Entry) -> None:
        now = self._clock()
        session = entry.session
        session.token = f"ver:3-hint:{session.id}-ETMsDgAAAX{secrets.token_urlsafe(48)}"
        session.master_token = f"ver:3-hint:{session.id}-MTMsDgAAAX{secrets.token_urlsafe(48)}"
        entry.token_expires = now + TOKEN_SECONDS
        entry.master_expires = now + MASTER_TOKEN_SECONDS
        entry.last_used = now
        self._by_token[session.token] = entry
        self._by_master[session.master_token] = entry

    def _drop_tokens(self, entry: Entry) -> None:
        self._by_token.pop(entry.session.token, None)
        self._by_master.pop(entry.session.master_token, None)
