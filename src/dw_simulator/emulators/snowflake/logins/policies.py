"""What policies ask of logins, passwords and idle sessions, where logins are checked.

Vendor pages: "Controlling network traffic with network policies", "Authentication policies", "Password policies",
"Snowflake sessions and session policies".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import declared
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.catalog.store import Catalog
from dw_simulator.emulators.snowflake.logins import secrets, users
from dw_simulator.emulators.snowflake.protocol.login import LoginRequest

_CHARACTERS: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
    ("PASSWORD_MIN_UPPER_CASE_CHARS", "UPPER_CASE", str.isupper),
    ("PASSWORD_MIN_LOWER_CASE_CHARS", "LOWER_CASE", str.islower),
    ("PASSWORD_MIN_NUMERIC_CHARS", "NUMERIC", str.isdigit),
    ("PASSWORD_MIN_SPECIAL_CHARS", "SPECIAL", lambda one: not one.isalnum()),
)


def check_password(catalog: Catalog, user: Entry, password: str) -> None:
    """Raises SnowflakeError 003002 for a new password that the user's policy does not take."""
    policy = declared.effective(catalog, declared.PASSWORD, user)
    if policy is None:
        return
    if len(password) < declared.value_of(policy, "PASSWORD_MIN_LENGTH"):
        raise errors.PASSWORD_REJECTED("TOO_SHORT")
    if len(password) > declared.value_of(policy, "PASSWORD_MAX_LENGTH"):
        raise errors.PASSWORD_REJECTED("TOO_LONG")
    for name, reason, counts in _CHARACTERS:
        if sum(map(counts, password)) < declared.value_of(policy, name):
            raise errors.PASSWORD_REJECTED(f"NOT_ENOUGH_{reason}_CHARS")
    kept = int(declared.value_of(policy, "PASSWORD_HISTORY"))
    if any(secrets.matches(password, old) for old in users.last_passwords(user)[:kept]):
        raise errors.PASSWORD_REJECTED("PRIOR_USE")


def idle_seconds(catalog: Catalog, user: str) -> float | None:
    """How long a session of a user may be idle; None without a session policy."""
    policy = declared.effective(catalog, declared.SESSION, catalog.get("USER", name=user.upper()))
    return None if policy is None else 60.0 * int(declared.value_of(policy, "SESSION_IDLE_TIMEOUT_MINS"))


def _client_type(request: LoginRequest) -> str:
    """As the vendor says, the client's own word decides."""
    if request.client.app_id.lower() == "snowsql":
        return "SNOWSQL"
    return "SNOWFLAKE_CLI" if request.client.application.upper().startswith("SNOWCLI") else "DRIVERS"


@dataclass(slots=True)
class _Attempts:
    """Wrong passwords of a user in a row; ``until`` is when the user is let in again."""

    count: int = 0
    until: float = 0.0


@dataclass(slots=True)
class LoginPolicies:
    """The policies of logins. ``owner`` is the user of the settings, whom the account's policies do not shut out."""

    catalog: Catalog
    clock: Callable[[], float]
    owner: str = ""
    _attempts: dict[str, _Attempts] = field(default_factory=dict)

    def _policy(self, kind: str, user: Entry | None) -> Entry | None:
        found = declared.effective(self.catalog, kind, user)
        own = found is not None and user is not None and user in declared.holders(self.catalog, found)
        return None if user is not None and user.name == self.owner and not own else found

    def check(self, request: LoginRequest, user: Entry | None, method: str) -> None:
        """Whether a login that is right otherwise may be from there, and in that way.

        Raises:
            SnowflakeError: 390422 the address, 390202 the method or the client, 390106 the password is too old.
        """
        network = self._policy(declared.NETWORK_POLICY, user)
        if network is not None and not declared.admits(self.catalog, network, request.address):
            raise errors.ADDRESS_NOT_ALLOWED(request.address)
        policy = self._policy(declared.AUTHENTICATION, user)
        if policy is not None:
            methods = declared.value_of(policy, "AUTHENTICATION_METHODS")
            clients = declared.value_of(policy, "CLIENT_TYPES")
            if not {"ALL", method} & {*methods} or not {"ALL", _client_type(request)} & {*clients}:
                raise errors.METHOD_NOT_ALLOWED()
        if method == "PASSWORD" and user is not None:
            self._check_age(user)
            self._attempts.pop(user.name, None)

    def _check_age(self, user: Entry) -> None:
        policy, changed = self._policy(declared.PASSWORD, user), user.properties.get("password_last_set_time")
        days = int(declared.value_of(policy, "PASSWORD_MAX_AGE_DAYS")) if policy is not None else 0
        if days and changed and self.clock() > dt.datetime.fromisoformat(changed).timestamp() + 86400 * days:
            raise errors.PASSWORD_EXPIRED()

    # --- wrong passwords ---
    def check_locked(self, user: Entry | None) -> None:
        """Raises SnowflakeError 390102 after too many wrong passwords."""
        found = self._attempts.get(user.name) if user is not None else None
        if found is not None and self.clock() < found.until:
            raise errors.USER_LOCKED()

    def failed(self, user: Entry | None) -> None:
        """A wrong password was given."""
        policy = self._policy(declared.PASSWORD, user)
        if user is None or policy is None:
            return
        found = self._attempts.setdefault(user.name, _Attempts())
        found.count += 1
        if found.count >= int(declared.value_of(policy, "PASSWORD_MAX_RETRIES")):
            found.count = 0
            found.until = self.clock() + 60.0 * int(declared.value_of(policy, "PASSWORD_LOCKOUT_TIME_MINS"))
