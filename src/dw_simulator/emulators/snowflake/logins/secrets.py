"""Passwords and tokens as the catalog keeps them: salted hashes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

_COST, _BLOCK, _PARALLEL = 2**12, 8, 1


def hashed(secret: str) -> str:
    """``scrypt$<salt>$<digest>``."""
    salt = secrets.token_bytes(16)
    return f"scrypt${base64.b64encode(salt).decode()}${base64.b64encode(_digest(secret, salt)).decode()}"


def matches(secret: str, stored: str | None) -> bool:
    """Whether ``stored`` was made from this secret. Takes as long when there is nothing stored."""
    _, salt, digest = (stored or hashed("")).split("$")
    same = hmac.compare_digest(_digest(secret, base64.b64decode(salt)), base64.b64decode(digest))
    return same and stored is not None


def _digest(secret: str, salt: bytes) -> bytes:
    return hashlib.scrypt(secret.encode(), salt=salt, n=_COST, r=_BLOCK, p=_PARALLEL)


def token_hash(secret: str) -> str:
    """The hash of a token that was made at random: it needs no salt and no time."""
    return hashlib.sha256(secret.encode()).hexdigest()
