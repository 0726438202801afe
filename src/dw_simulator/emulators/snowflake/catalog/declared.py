# ruff: noqa: E501 - tables, one row a property
"""Objects that are a list of declared properties: policies of logins and sessions, network rules and policies, secrets.

Vendor pages: "CREATE PASSWORD POLICY", "CREATE SESSION POLICY", "CREATE AUTHENTICATION POLICY", "CREATE PACKAGES POLICY",
"CREATE NETWORK RULE", "CREATE NETWORK POLICY", "CREATE SECRET", and the pages of SHOW and DESCRIBE of each.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.catalog.store import Catalog

PASSWORD, SESSION, AUTHENTICATION = "PASSWORD POLICY", "SESSION POLICY", "AUTHENTICATION POLICY"
PACKAGES, NETWORK_RULE, NETWORK_POLICY, SECRET = "PACKAGES POLICY", "NETWORK RULE", "NETWORK POLICY", "SECRET"
ATTACHED = "attached_policies"
"""The property of the account and of a user with the policies that are set on it: their ids by kind."""


@dataclass(frozen=True, slots=True)
class Property:
    """``words`` are a list of words or texts, ``names`` of objects, ``nested`` properties in parentheses."""

    name: str
    kind: Literal["number", "word", "words", "text", "names", "nested"]
    default: Any = None
    description: str = ""
    low: int = 0
    high: int = 0
    choices: tuple[str, ...] = ()
    hidden: bool = False
    """Whether no statement shows it."""

    def value(self, given: Any) -> Any:
        """What the catalog keeps for a value as it was written. Raises SnowflakeError 001008."""
        match self.kind:
            case "number":
                if not str(given).isdigit() or not self.low <= int(given) <= self.high:
                    raise errors.INVALID_PARAMETER_VALUE(given, self.name)
                return int(given)
            case "words" | "names":
                values = given if isinstance(given, list) else [given]
                words = [str(value).upper() if self.choices else str(value) for value in values]
                if self.choices and not {*words} <= {*self.choices}:
                    raise errors.INVALID_PARAMETER_VALUE(
                        next(word for word in words if word not in self.choices), self.name
                    )
                return words
            case "nested":
                if not isinstance(given, dict):
                    raise errors.INVALID_PARAMETER_VALUE(given, self.name)
                return given
            case "word":
                word = str(given).upper()
                if self.choices and word not in self.choices:
                    raise errors.INVALID_PARAMETER_VALUE(given, self.name)
                return word
            case _:
                return str(given)


@dataclass(frozen=True, slots=True)
class Declared:
    """A kind. ``required`` are properties without which there is no object."""

    kind: str
    properties: tuple[Property, ...]
    required: tuple[str, ...] = ()
    in_schema: bool = True

    @property
    def plural(self) -> str:
        return self.kind.removesuffix("POLICY") + "POLICIES" if self.kind.endswith("POLICY") else f"{self.kind}S"

    def find(self, name: str) -> Property:
        """Raises SnowflakeError 001420."""
        found = next((item for item in self.properties if item.name == name), None)
        if found is None:
            raise errors.INVALID_PROPERTY(name, self.kind)
        return found


def _numbers(*rows: tuple[str, int, int, int, str]) -> tuple[Property, ...]:
    return tuple(Property(name, "number", default, text, low, high) for name, default, low, high, text in rows)


_ALL = ["ALL"]
_METHODS = ("ALL", "SAML", "PASSWORD", "OAUTH", "KEYPAIR", "PROGRAMMATIC_ACCESS_TOKEN", "WORKLOAD_IDENTITY")
_CLIENTS = ("ALL", "SNOWFLAKE_UI", "DRIVERS", "SNOWFLAKE_CLI", "SNOWSQL")

KINDS: dict[str, Declared] = {
    item.kind: item
    for item in (
        Declared(
            PASSWORD,
            _numbers(
                ("PASSWORD_MIN_LENGTH", 14, 8, 256, "Minimum length of new password."),
                ("PASSWORD_MAX_LENGTH", 256, 8, 256, "Maximum length of new password."),
                ("PASSWORD_MIN_UPPER_CASE_CHARS", 1, 0, 256, "Minimum number of uppercase characters in new password."),
                ("PASSWORD_MIN_LOWER_CASE_CHARS", 1, 0, 256, "Minimum number of lowercase characters in new password."),
                ("PASSWORD_MIN_NUMERIC_CHARS", 1, 0, 256, "Minimum number of numeric characters in new password."),
                ("PASSWORD_MIN_SPECIAL_CHARS", 0, 0, 256, "Minimum number of special characters in new password."),
                ("PASSWORD_MIN_AGE_DAYS", 0, 0, 999, "Period after a password is changed during which a password cannot be changed again, in days."),
                ("PASSWORD_MAX_AGE_DAYS", 90, 0, 999, "Period after which password must be changed, in days."),
                ("PASSWORD_MAX_RETRIES", 5, 1, 10, "Number of attempts users have to enter the correct password before their account is locked."),
                ("PASSWORD_LOCKOUT_TIME_MINS", 15, 1, 999, "Period of time for which users will be locked after entering their password incorrectly many times (specified by MAX_RETRIES), in minutes."),
                ("PASSWORD_HISTORY", 5, 0, 24, "Number of most recent passwords that may not be repeated by the user."),
            ),
        ),
        Declared(
            SESSION,
            (
                *_numbers(("SESSION_IDLE_TIMEOUT_MINS", 240, 5, 240, ""), ("SESSION_UI_IDLE_TIMEOUT_MINS", 1080, 5, 1080, "")),
                Property("ALLOWED_SECONDARY_ROLES", "words", _ALL),
                Property("BLOCKED_SECONDARY_ROLES", "words", []),
            ),
        ),
        Declared(
            AUTHENTICATION,
            (
                Property("AUTHENTICATION_METHODS", "words", _ALL, "A list of authentication methods that are allowed during login.", choices=_METHODS),
                Property("MFA_AUTHENTICATION_METHODS", "words", ["PASSWORD"], "A list of authentication methods that enforce multi-factor authentication (MFA) during login.", choices=("ALL", "SAML", "PASSWORD")),
                Property("CLIENT_TYPES", "words", _ALL, "A list of clients that can authenticate with Snowflake.", choices=_CLIENTS),
                Property("SECURITY_INTEGRATIONS", "words", _ALL, "A list of security integrations the authentication policy is associated with."),
                Property("MFA_ENROLLMENT", "word", "OPTIONAL", "Determines whether a user must enroll in multi-factor authentication (MFA).", choices=("REQUIRED", "REQUIRED_PASSWORD_ONLY", "REQUIRED_SNOWFLAKE_UI_PASSWORD_ONLY", "OPTIONAL")),
                Property("MFA_POLICY", "nested", {}, "The policies of multi-factor authentication."),
                Property("PAT_POLICY", "nested", {}, "The policies of programmatic access tokens."),
                Property("WORKLOAD_IDENTITY_POLICY", "nested", {}, "The policies of workload identity federation."),
                Property("CLIENT_POLICY", "nested", {}, "The policies of client versions."),
            ),
        ),
        Declared(
            PACKAGES,
            (
                Property("LANGUAGE", "word", choices=("PYTHON",)),
                Property("ALLOWLIST", "words", ["*"]),
                Property("BLOCKLIST", "words", []),
                Property("ADDITIONAL_CREATION_BLOCKLIST", "words", []),
            ),
            ("LANGUAGE",),
        ),
        Declared(
            NETWORK_RULE,
            (
                Property("TYPE", "word", choices=("IPV4", "AWSVPCEID", "AZURELINKID", "GCPPSCID", "HOST_PORT", "PRIVATE_HOST_PORT")),
                Property("MODE", "word", "INGRESS", choices=("INGRESS", "INTERNAL_STAGE", "SNOWFLAKE_MANAGED_STORAGE_VOLUME", "EGRESS", "POSTGRES_INGRESS", "POSTGRES_EGRESS")),
                Property("VALUE_LIST", "words", []),
            ),
            ("TYPE", "VALUE_LIST"),
        ),
        Declared(
            NETWORK_POLICY,
            (
                Property("ALLOWED_NETWORK_RULE_LIST", "names", []),
                Property("BLOCKED_NETWORK_RULE_LIST", "names", []),
                Property("ALLOWED_IP_LIST", "words", []),
                Property("BLOCKED_IP_LIST", "words", []),
            ),
            in_schema=False,
        ),
        Declared(
            SECRET,
            (
                Property("TYPE", "word", choices=("PASSWORD", "GENERIC_STRING", "OAUTH2", "CLOUD_PROVIDER_TOKEN", "SYMMETRIC_KEY")),
                Property("USERNAME", "text"),
                Property("PASSWORD", "text", hidden=True),
                Property("SECRET_STRING", "text", hidden=True),
                Property("ALGORITHM", "word", choices=("GENERIC",)),
                Property("API_AUTHENTICATION", "text"),
                Property("ENABLED", "word", choices=("TRUE", "FALSE")),
                Property("OAUTH_SCOPES", "words", []),
                Property("OAUTH_REFRESH_TOKEN", "text", hidden=True),
                Property("OAUTH_REFRESH_TOKEN_EXPIRY_TIME", "text"),
            ),
            ("TYPE",),
        ),
    )
}  # fmt: skip
_OF_SECRETS = {
    "PASSWORD": ("USERNAME", "PASSWORD"), "GENERIC_STRING": ("SECRET_STRING",), "SYMMETRIC_KEY": ("ALGORITHM",),
    "OAUTH2": ("API_AUTHENTICATION",), "CLOUD_PROVIDER_TOKEN": ("API_AUTHENTICATION",),
}  # fmt: skip
"""What each type of secret must have."""


def value_of(entry: Entry, name: str) -> Any:
    """A property of an object, its default where it was not set."""
    found = entry.properties.get(name)
    return KINDS[entry.kind].find(name).default if found is None else found


def check(entry: Entry) -> None:
    """Whether the properties go together. Raises SnowflakeError 001421 or 001008."""
    spec = KINDS[entry.kind]
    wanted = spec.required + (_OF_SECRETS.get(str(entry.properties.get("TYPE")), ()) if entry.kind == SECRET else ())
    missing = [name for name in wanted if name not in entry.properties]
    if missing:
        raise errors.MISSING_OPTION(", ".join(missing))
    for name, default in (("ALLOWED_SECONDARY_ROLES", _ALL), ("BLOCKED_SECONDARY_ROLES", [])):
        if entry.kind == SESSION and value_of(entry, name) != default:
            raise errors.UNSUPPORTED_FEATURE(f"{name} of a session policy")
    if entry.kind == PASSWORD:
        names = (
            "PASSWORD_MIN_LENGTH",
            "PASSWORD_MAX_LENGTH",
            "PASSWORD_MIN_UPPER_CASE_CHARS",
            "PASSWORD_MIN_LOWER_CASE_CHARS",
        )
        least, most, *parts = (int(value_of(entry, name)) for name in names)
        if most < least or most < sum(parts):
            raise errors.INVALID_PARAMETER_VALUE(most, "PASSWORD_MAX_LENGTH")
    if entry.kind == NETWORK_RULE and entry.properties["TYPE"] == "IPV4":
        _networks(entry.properties["VALUE_LIST"], "VALUE_LIST")
    if entry.kind == NETWORK_POLICY:
        for name in ("ALLOWED_IP_LIST", "BLOCKED_IP_LIST"):
            _networks(value_of(entry, name), name)


def _networks(texts: list[str], name: str) -> list[ipaddress.IPv4Network]:
    try:
        return [ipaddress.IPv4Network(text, strict=False) for text in texts]
    except ValueError:
        raise errors.INVALID_PARAMETER_VALUE(", ".join(texts), name) from None


# --- what is set where ------------------------------------------------------------------------------------------------
def attached(entry: Entry | None) -> dict[str, int]:
    found: dict[str, int] = {} if entry is None else entry.properties.get(ATTACHED, {})
    return found


def account_of(catalog: Catalog) -> Entry | None:
    return next(catalog.entries("ACCOUNT"), None)


def holders(catalog: Catalog, policy: Entry) -> Iterator[Entry]:
    """The account and the users that a policy is set on."""
    for kind in ("ACCOUNT", "USER"):
        for entry in catalog.entries(kind):
            if policy.kind == NETWORK_POLICY:
                if entry.properties.get("network_policy") == policy.name:
                    yield entry
            elif attached(entry).get(policy.kind) == policy.id:
                yield entry


def effective(catalog: Catalog, kind: str, user: Entry | None) -> Entry | None:
    """The policy of a kind that holds for a user: its own, else the account's."""
    for holder in (user, account_of(catalog)):
        if kind == NETWORK_POLICY:
            name = holder.properties.get("network_policy") if holder is not None else None
            found = catalog.get(NETWORK_POLICY, name=str(name)) if name else None
        else:
            found = catalog.by_id(attached(holder).get(kind, 0))
        if found is not None:
            return found
    return None


def reference_rows(catalog: Catalog, policy: Entry) -> Iterator[tuple[Any, ...]]:
    """Where a policy is set, as POLICY_REFERENCES shows it."""
    for holder in holders(catalog, policy):
        yield (
            policy.database or None, policy.schema or None, policy.name, policy.kind.replace(" ", "_"), None, None,
            holder.name, holder.kind, None, None, None, None, None, "ACTIVE",
        )  # fmt: skip


def admits(catalog: Catalog, policy: Entry, address: str) -> bool:
    """Whether a network policy lets an address in: a blocked one never, and where some are allowed only those.

    Vendor page: "Controlling network traffic with network policies". Rules of other types than IPV4 say nothing of
    addresses; a network policy that allows only such rules lets no address in.
    """
    try:
        own = ipaddress.ip_address(address)
    except ValueError:
        return False

    def listed(verb: str) -> tuple[bool, bool]:
        texts, some = list(value_of(policy, f"{verb}_IP_LIST")), False
        for name in value_of(policy, f"{verb}_NETWORK_RULE_LIST"):
            rule = catalog.get(NETWORK_RULE, *name.split("."))
            some = True
            if rule is not None and rule.properties["TYPE"] == "IPV4" and value_of(rule, "MODE") == "INGRESS":
                texts += rule.properties["VALUE_LIST"]
        return bool(texts) or some, any(own in network for network in _networks(texts, verb))

    blocked, (limited, allowed) = listed("BLOCKED")[1], listed("ALLOWED")
    return not blocked and (allowed or not limited)
