"""JSON Web Tokens that are signed with RSA and SHA-256 (RFC 7515, RFC 7519)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Token:
    """A token whose signature has not been checked yet."""

    algorithm: str
    claims: dict[str, Any]
    signed: bytes
    signature: bytes

    def number(self, claim: str) -> float | None:
        value = self.claims.get(claim)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def read(text: str) -> Token:
    """Raises ValueError when the text is no signed token."""
    parts = text.split(".")
    if len(parts) != 3:
        raise ValueError("a signed token has three parts")
    try:
        header, claims = (orjson.loads(_decoded(part)) for part in parts[:2])
        signature = _decoded(parts[2])
    except (binascii.Error, orjson.JSONDecodeError, UnicodeEncodeError) as error:
        raise ValueError(str(error)) from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise ValueError("header and claims are JSON objects")
    return Token(str(header.get("alg", "")), claims, text.rpartition(".")[0].encode("ascii"), signature)


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part.encode("ascii") + b"=" * (-len(part) % 4))


def is_signed_by(token: Token, key: str) -> bool:
    """Whether the token was signed with the private key that belongs to ``key`` (see ``keys.body``)."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    from dw_simulator.emulators.snowflake.logins import keys

    try:
        keys.load(key).verify(token.signature, token.signed, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True
