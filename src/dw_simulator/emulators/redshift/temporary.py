"""Temporary credentials of the database, as AWS hands them out for an IAM identity.

Source: Amazon Redshift API reference, "GetClusterCredentials" and "GetClusterCredentialsWithIAM".
"""

from __future__ import annotations

import datetime as dt
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from dw_simulator.emulators.redshift.protocol.auth import md5_verifier

KEPT = 32
"""Credentials of one name that are good at the same time; older ones end."""


@dataclass(frozen=True, slots=True)
class Grant:
    """``role`` is whom a login with this password works as; ``create``: it is made when it does not exist.

    ``expires``: seconds since 1970. ``groups``: what the user joins for the session.
    """

    role: str
    verifier: str
    expires: float
    create: bool
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Issued:
    """What the client gets: the name and password to log in with."""

    user: str
    password: str
    expires: dt.datetime


class TemporaryCredentials:
    """The credentials that are good now. They are kept in memory only: a restart ends them."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._grants: dict[str, list[Grant]] = {}

    def issue(
        self, user: str, role: str, seconds: int, *, create: bool = False, groups: tuple[str, ...] = ()
    ) -> Issued:
        password = secrets.token_urlsafe(48)
        expires = self._clock() + seconds
        grants = [*self.find(user), Grant(role, md5_verifier(user, password), expires, create, groups)]
        self._grants[user] = grants[-KEPT:]
        return Issued(user, password, dt.datetime.fromtimestamp(int(expires), dt.UTC))

    def find(self, user: str) -> list[Grant]:
        """The grants of a login name that have not expired."""
        now = self._clock()
        return [grant for grant in self._grants.get(user, ()) if grant.expires > now]
