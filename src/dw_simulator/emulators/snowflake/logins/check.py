"""The check of a login in the mode ``strict``.

Vendor pages: "Key-pair authentication and key-pair rotation", "SYSTEM$GET_LOGIN_FAILURE_DETAILS" (reasons),
"External OAuth overview", "Using programmatic access tokens for authentication", "Authenticating to the server" of the
Snowflake SQL API (its tokens may be an hour old).
"""

from __future__ import annotations

import datetime as dt
import hmac
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.catalog.store import Catalog
from dw_simulator.emulators.snowflake.logins import jwt, policies, secrets, users
from dw_simulator.emulators.snowflake.logins.failures import LoginFailures
from dw_simulator.emulators.snowflake.logins.policies import LoginPolicies
from dw_simulator.emulators.snowflake.protocol.login import LoginRequest

SQL_API = "SQL_API"
"""The client of a session of the SQL API, whose requests name no user."""
SKEW_SECONDS = 60.0
"""How far the issue time of a key-pair token may be from the time of the login."""
API_SECONDS = 3600.0
"""How old a key-pair token of the SQL API may be."""

_PASSWORDS = frozenset({"", "SNOWFLAKE", "USERNAME_PASSWORD_MFA"})
_KEY_PAIRS = frozenset({"SNOWFLAKE_JWT", "KEYPAIR_JWT"})
_OAUTH = frozenset({"OAUTH", "OAUTH_AUTHORIZATION_CODE", "OAUTH_CLIENT_CREDENTIALS"})
_TOKEN = "PROGRAMMATIC_ACCESS_TOKEN"  # noqa: S105 - a method
_ACCESS_TOKENS = frozenset({_TOKEN})


@dataclass(frozen=True, slots=True)
class Identity:
    """Who logged in; ``role`` where the login restricts it."""

    user: str
    role: str | None = None
    method: str = ""
    """The authentication method, in the words of authentication policies."""


class _Refused(Exception):
    """A token is not good; the reason is kept for administrators."""

    def __init__(self, reason: str, user: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.user = user


class StrictLogins:
    """Checks logins against the users of the catalog. Thread-safe."""

    def __init__(
        self,
        catalog: Catalog,
        failures: LoginFailures,
        account: str,
        known: Iterable[tuple[str, str]] = (),
        clock: Callable[[], float] = time.time,
        owner: str = "",
    ) -> None:
        """``known``: (user, token) pairs of the settings, which are good as they are; ``owner`` their user."""
        self._catalog = catalog
        self._failures = failures
        self._account = account.upper().partition(".")[0]
        self._known = tuple((user.upper(), token) for user, token in known)
        self._clock = clock
        self.policies = LoginPolicies(catalog, clock, owner.upper())

    def idle_seconds(self, user: str) -> float | None:
        """How long a session of the user may be idle."""
        return policies.idle_seconds(self._catalog, user)

    def check(self, request: LoginRequest) -> Identity:
        """Who the login is.

        Raises:
            SnowflakeError: 390100 wrong user or password, 390101 user disabled, 390144 JWT, 390303 and 390318 OAuth,
                394400 access token, 390145 a way to log in that is not emulated; what policies raise.
        """
        identity = self._who(request)
        entry = self._catalog.get("USER", name=identity.user)
        if entry is not None and users.is_disabled(entry):
            raise errors.USER_DISABLED()
        self.policies.check(request, entry, identity.method)
        return identity

    def _who(self, request: LoginRequest) -> Identity:
        authenticator = request.authenticator.upper()
        if authenticator in _PASSWORDS and request.token and not request.password:
            authenticator = _kind_of(request.token)
        if authenticator in _PASSWORDS:
            return self._by_password(request)
        if authenticator in _KEY_PAIRS:
            return replace(self._explained(self._by_key_pair, request, errors.JWT_INVALID), method="KEYPAIR")
        if authenticator in _OAUTH:
            return replace(self._explained(self._by_oauth, request, errors.OAUTH_INVALID), method="OAUTH")
        if authenticator in _ACCESS_TOKENS:
            return self._by_access_token(request)
        raise errors.AUTHENTICATOR_UNSUPPORTED(authenticator)

    def _explained(
        self, check: Callable[[LoginRequest], Identity], request: LoginRequest, error: errors.ErrorEntry
    ) -> Identity:
        """Failures have a UUID by which administrators find the reason."""
        try:
            return check(request)
        except _Refused as refused:
            client = request.client
            at = self._clock()
            key = self._failures.add(refused.reason, refused.user, client.app_id, client.app_version, at)
            entry = errors.OAUTH_EXPIRED if refused.reason.endswith("ACCESS_TOKEN_EXPIRED") else error
            raise entry(key) from refused

    def _user(self, login: str) -> Entry | None:
        wanted = login.upper()
        return next((entry for entry in self._catalog.entries("USER") if users.login_name(entry) == wanted), None)

    # --- passwords and access tokens ---
    def _by_password(self, request: LoginRequest) -> Identity:
        """An access token may stand in for the password."""
        entry = self._user(request.user)
        self.policies.check_locked(entry)
        stored = entry.properties.get(users.PASSWORD_HASH) if entry is not None else None
        is_service = entry is not None and entry.properties.get("type") == "SERVICE"
        if secrets.matches(request.password, stored) and entry is not None and not is_service:
            return Identity(entry.name, method="PASSWORD")
        found = self._owner_of_token(request.password)
        if found is None or entry is None or found.user != entry.name:
            self.policies.failed(entry)
            raise errors.WRONG_PASSWORD()
        return found

    def _by_access_token(self, request: LoginRequest) -> Identity:
        found = self._owner_of_token(request.token or request.password)
        entry = self._user(request.user) if request.user else None
        if found is None or (request.user and (entry is None or entry.name != found.user)):
            raise errors.ACCESS_TOKEN_INVALID()
        return found

    def _owner_of_token(self, secret: str) -> Identity | None:
        for user, token in self._known:
            if hmac.compare_digest(token.encode(), secret.encode()):
                return Identity(user, method=_TOKEN)
        wanted, at = secrets.token_hash(secret), dt.datetime.fromtimestamp(self._clock(), dt.UTC)
        for entry in self._catalog.entries("USER"):
            for found in entry.properties.get(users.TOKENS, {}).values():
                if hmac.compare_digest(found["hash"], wanted) and users.token_status(found, at) == "ACTIVE":
                    return Identity(entry.name, found["role"], _TOKEN)
        return None

    # --- key pairs ---
    def _by_key_pair(self, request: LoginRequest) -> Identity:
        """``iss`` is ACCOUNT.USER.SHA256:fingerprint, ``sub`` is ACCOUNT.USER."""
        token = _read(request.token, "JWT_TOKEN_INVALID")
        if token.algorithm != "RS256":
            raise _Refused("JWT_TOKEN_INVALID_ALGORITHM")
        subject, _, fingerprint = str(token.claims.get("iss", "")).rpartition(".")
        account, _, login = subject.partition(".")
        if not login or token.claims.get("sub") != subject:
            raise _Refused("JWT_TOKEN_INVALID")
        if account.upper() != self._account:
            raise _Refused("JWT_TOKEN_ACCOUNT_MISMATCH")
        entry = self._user(login)
        if entry is None or (request.user and self._user(request.user) is not entry):
            raise _Refused("JWT_TOKEN_INVALID_USER_IN_ISSUER")
        self._check_times(token, entry, API_SECONDS if request.client.app_id == SQL_API else SKEW_SECONDS)
        key = users.fingerprints(entry).get(fingerprint)
        if key is None:
            raise _Refused("JWT_TOKEN_INVALID_PUBLIC_KEY_FINGERPRINT_MISMATCH", entry.name)
        if not jwt.is_signed_by(token, key):
            raise _Refused("JWT_TOKEN_INVALID_SIGNATURE", entry.name)
        return Identity(entry.name)

    def _check_times(self, token: jwt.Token, entry: Entry, longest: float) -> None:
        issued, expires, at = token.number("iat"), token.number("exp"), self._clock()
        if issued is None or expires is None:
            raise _Refused("JWT_TOKEN_MISSING_ISSUE_OR_EXPIRATION_TIME", entry.name)
        if expires <= at:
            raise _Refused("JWT_TOKEN_INVALID_EXPIRATION_TIME", entry.name)
        if not -SKEW_SECONDS <= at - issued <= longest:
            raise _Refused("JWT_TOKEN_INVALID_ISSUE_TIME", entry.name)

    # --- OAuth ---
    def _by_oauth(self, request: LoginRequest) -> Identity:
        """A token of the settings, or one that the issuer of a security integration signed (External OAuth)."""
        for user, known in self._known:
            if hmac.compare_digest(known.encode(), request.token.encode()):
                return self._same_user(request, user, None)
        token = _read(request.token, "EXTERNAL_OAUTH_JWS_INVALID_FORMAT")
        integration = self._integration(token)
        _check_signature(token, integration)
        self._check_oauth_claims(token, integration)
        login = token.claims.get(_mapping_claim(integration))
        if not isinstance(login, str):
            raise _Refused("EXTERNAL_OAUTH_USER_CLAIM_MISSING")
        entry = self._mapped_user(integration, login)
        if entry is None:
            raise errors.WRONG_PASSWORD()
        return self._same_user(request, entry.name, _role_of(token, request))

    def _integration(self, token: jwt.Token) -> Entry:
        issuer = token.claims.get("iss")
        if not isinstance(issuer, str):
            raise _Refused("EXTERNAL_OAUTH_MISSING_ISSUER")
        for entry in self._catalog.entries("INTEGRATION"):
            if entry.properties.get("external_oauth_issuer") == issuer:
                if entry.properties.get("enabled") is not True:
                    raise _Refused("EXTERNAL_OAUTH_ACCESS_TOKEN_ISSUER_NOT_ENABLED")
                return entry
        raise _Refused("EXTERNAL_OAUTH_ACCESS_TOKEN_ISSUER_NOT_FOUND")

    def _check_oauth_claims(self, token: jwt.Token, integration: Entry) -> None:
        expires, at = token.number("exp"), self._clock()
        if expires is None or expires <= at:
            raise _Refused("EXTERNAL_OAUTH_ACCESS_TOKEN_EXPIRED")
        if any((token.number(claim) or 0) > at + SKEW_SECONDS for claim in ("iat", "nbf")):
            raise _Refused("EXTERNAL_OAUTH_ACCESS_TOKEN_NOT_YET_VALID")
        allowed = {*_texts(integration.properties.get("external_oauth_audience_list"))}
        if not allowed:
            return
        audiences = _texts(token.claims.get("aud"))
        if not audiences:
            raise _Refused("EXTERNAL_OAUTH_MISSING_AUDIENCE")
        if not allowed & {*audiences}:
            raise _Refused("EXTERNAL_OAUTH_AUDIENCE_VALIDATION_FAILED")

    def _mapped_user(self, integration: Entry, value: str) -> Entry | None:
        attribute = str(integration.properties.get("external_oauth_snowflake_user_mapping_attribute", "login_name"))
        if attribute.lower() == "login_name":
            return self._user(value)
        wanted = value.lower()
        found = (entry for entry in self._catalog.entries("USER"))
        return next((entry for entry in found if str(entry.properties.get("email", "")).lower() == wanted), None)

    def _same_user(self, request: LoginRequest, user: str, role: str | None) -> Identity:
        entry = self._user(request.user) if request.user else None
        if request.user and request.user.upper() != user and (entry is None or entry.name != user):
            raise errors.OAUTH_OTHER_USER()
        return Identity(user, role)


def _kind_of(token: str) -> str:
    """Without a word on its kind, a token with the fingerprint of a key in its issuer is one of a key pair."""
    try:
        issuer = str(jwt.read(token).claims.get("iss", ""))
    except ValueError:
        return "PROGRAMMATIC_ACCESS_TOKEN" if token.startswith("dwpat-") else "OAUTH"
    return "KEYPAIR_JWT" if ".SHA256:" in issuer else "OAUTH"


def _read(text: str, reason: str) -> jwt.Token:
    try:
        return jwt.read(text)
    except ValueError as error:
        raise _Refused(reason) from error


def _check_signature(token: jwt.Token, integration: Entry) -> None:
    found = [integration.properties.get(f"external_oauth_{name}") for name in users.KEY_NAMES]
    keys = [str(key) for key in found if key]
    if not keys:
        raise _Refused("EXTERNAL_OAUTH_JWS_CANT_RETRIEVE_PUBLIC_KEY")
    if token.algorithm != "RS256" or not any(jwt.is_signed_by(token, "".join(key.split())) for key in keys):
        raise _Refused("EXTERNAL_OAUTH_INVALID_SIGNATURE")


def _mapping_claim(integration: Entry) -> str:
    claims = _texts(integration.properties.get("external_oauth_token_user_mapping_claim"))
    return claims[0] if claims else "sub"


def _role_of(token: jwt.Token, request: LoginRequest) -> str | None:
    """The role of a scope ``session:role:NAME``; with ``session:role-any`` the one that was asked for.

    Raises:
        SnowflakeError: 390317, another role was asked for.
    """
    scopes = [scope for text in _texts(token.claims.get("scp") or token.claims.get("scope")) for scope in text.split()]
    if not scopes or any(scope.lower() == "session:role-any" for scope in scopes):
        return None
    roles = [scope.partition(":")[2][5:].upper() for scope in scopes if scope.lower().startswith("session:role:")]
    if request.role and request.role.upper() not in roles:
        raise errors.OAUTH_OTHER_ROLE()
    return (request.role or roles[0]).upper() if roles else None


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(item) for item in value] if isinstance(value, list) else []


Check = Callable[[LoginRequest], Identity]


def accept_any(request: LoginRequest) -> Identity:
    """The open mode: every user is who it says it is. Raises SnowflakeError 390144 for half a token."""
    if request.user or request.client.app_id != SQL_API:
        return Identity(request.user.upper())
    return Identity((_user_of_token(request.token) or SQL_API).upper())


def _user_of_token(token: str) -> str:
    """Who a bearer token speaks for: the user of a key-pair JWT (``sub`` is ACCOUNT.USER); empty for other tokens."""
    if token.count(".") != 2:
        return ""
    try:
        return str(jwt.read(token).claims.get("sub") or "").rpartition(".")[2]
    except ValueError as error:
        raise errors.JWT_INVALID(str(error)) from error
