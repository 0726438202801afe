"""What a user of the catalog logs in with, and how statements change it.

Vendor pages: "CREATE USER", "ALTER USER", "ALTER USER … ADD PROGRAMMATIC ACCESS TOKEN".
"""

from __future__ import annotations

import datetime as dt
import secrets as random
from typing import Any

from dw_simulator.emulators.snowflake import errors, parameters
from dw_simulator.emulators.snowflake.catalog.model import PARAMETERS, Entry, now
from dw_simulator.emulators.snowflake.logins import keys, secrets

PASSWORD_HASH = "password_hash"  # noqa: S105 - the name of a property
TOKENS = "access_tokens"
KEY_NAMES = ("rsa_public_key", "rsa_public_key_2")
OLD_PASSWORDS = "password_history"
MOST_OLD_PASSWORDS = 24
HIDDEN = frozenset({PASSWORD_HASH, TOKENS, OLD_PASSWORDS})
"""Properties that no statement shows."""
DEFAULT_TOKEN_DAYS = 15
MOST_TOKEN_DAYS = 365


def set_properties(entry: Entry, found: dict[str, Any]) -> None:
    """Take the properties (names in lower case) of CREATE USER and ALTER USER … SET.

    Raises:
        SnowflakeError: 001008, a public key cannot be used, or a session parameter does not take its value.
    """
    password = found.pop("password", None)
    if password is not None:
        entry.properties[OLD_PASSWORDS] = last_passwords(entry)[:MOST_OLD_PASSWORDS]
        entry.properties[PASSWORD_HASH] = secrets.hashed(str(password))
        entry.properties["password_last_set_time"] = now().isoformat()
    for name in KEY_NAMES:
        if name in found:
            _set_key(entry, name, found.pop(name))
    for name in [name for name in found if name.upper() in parameters.PARAMETERS]:
        parameters.change(entry.properties.setdefault(PARAMETERS, {}), name, found.pop(name))
    entry.properties.update(found)


def last_passwords(entry: Entry) -> list[str]:
    """What is kept of the user's passwords, the newest first."""
    current = entry.properties.get(PASSWORD_HASH)
    older: list[str] = entry.properties.get(OLD_PASSWORDS, [])
    return [current, *older] if current is not None else older


def _set_key(entry: Entry, name: str, text: object) -> None:
    if text in (None, "", "NULL"):
        unset_property(entry, name)
        return
    try:
        key = keys.body(str(text))
    except ValueError as error:
        raise errors.INVALID_PARAMETER_VALUE(text, name.upper()) from error
    entry.properties[name] = key
    entry.properties[f"{name}_fp"] = keys.fingerprint(key)
    entry.properties[f"{name}_last_set_time"] = now().isoformat()


def unset_property(entry: Entry, name: str) -> None:
    """ALTER USER … UNSET."""
    if name == "comment":
        entry.comment = ""
    entry.properties.get(PARAMETERS, {}).pop(name.upper(), None)
    gone: dict[str, tuple[str, ...]] = {"password": (PASSWORD_HASH, "password_last_set_time")}
    for key in KEY_NAMES:
        gone[key] = (key, f"{key}_fp", f"{key}_last_set_time")
    for property_name in gone.get(name, (name,)):
        entry.properties.pop(property_name, None)


def login_name(entry: Entry) -> str:
    return str(entry.properties.get("login_name") or entry.name).upper()


def is_disabled(entry: Entry) -> bool:
    return entry.properties.get("disabled") is True


def fingerprints(entry: Entry) -> dict[str, str]:
    """The user's public keys by their fingerprints."""
    found = [entry.properties[name] for name in KEY_NAMES if name in entry.properties]
    return {keys.fingerprint(key): key for key in found}


# --- programmatic access tokens ---------------------------------------------------------------------------------------
def tokens(entry: Entry) -> dict[str, dict[str, Any]]:
    """The user's programmatic access tokens by name. Changing it changes the entry."""
    found: dict[str, dict[str, Any]] = entry.properties.setdefault(TOKENS, {})
    return found


def add_token(entry: Entry, name: str, options: dict[str, Any]) -> str:
    """Returns the secret, which is not kept. Raises SnowflakeError: 002002 the name is taken, 001008 bad days."""
    if name in tokens(entry):
        raise errors.ALREADY_EXISTS(name)
    days = str(options.get("DAYS_TO_EXPIRY", DEFAULT_TOKEN_DAYS))
    if not days.isdigit() or not 1 <= int(days) <= MOST_TOKEN_DAYS:
        raise errors.INVALID_PARAMETER_VALUE(days, "DAYS_TO_EXPIRY")
    secret = _new_secret()
    tokens(entry)[name] = {
        "hash": secrets.token_hash(secret),
        "role": options.get("ROLE_RESTRICTION"),
        "days": int(days),
        "created": now().isoformat(),
        "expires": (now() + dt.timedelta(days=int(days))).isoformat(),
        "comment": str(options.get("COMMENT", "")),
        "disabled": False,
    }
    return secret


def rotate_token(entry: Entry, name: str, hours: str) -> tuple[str, str]:
    """A new secret under the same name; the old one lives on under another name for ``hours``.

    Returns the secret and the name of the old one.
    """
    if not hours.isdigit():
        raise errors.INVALID_PARAMETER_VALUE(hours, "EXPIRE_ROTATED_TOKEN_AFTER_HOURS")
    found = token(entry, name)
    rotated = f"{name}_{int(now().timestamp() * 1000)}"
    last = min(dt.datetime.fromisoformat(found["expires"]), now() + dt.timedelta(hours=int(hours)))
    tokens(entry)[rotated] = {**found, "expires": last.isoformat(), "rotated_to": name}
    secret = _new_secret()
    expires = now() + dt.timedelta(days=found["days"])
    found.update(hash=secrets.token_hash(secret), created=now().isoformat(), expires=expires.isoformat())
    return secret, rotated


def token(entry: Entry, name: str) -> dict[str, Any]:
    """Raises SnowflakeError 002003: there is no such token."""
    found = tokens(entry).get(name)
    if found is None:
        raise errors.KIND_NOT_FOUND("Programmatic access token", name)
    return found


def token_status(found: dict[str, Any], at: dt.datetime) -> str:
    if dt.datetime.fromisoformat(found["expires"]) <= at:
        return "EXPIRED"
    return "DISABLED" if found["disabled"] else "ACTIVE"


def _new_secret() -> str:
    return f"dwpat-{random.token_urlsafe(48)}"
