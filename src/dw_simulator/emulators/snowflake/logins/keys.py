"""Public keys of users, as ``RSA_PUBLIC_KEY`` takes them. Vendor page: "Key-pair authentication"."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

SMALLEST_BITS = 2048
_ARMOR = re.compile(r"-----(?:BEGIN|END) PUBLIC KEY-----")


def body(text: str) -> str:
    """The Base64 text of a public key, without line ends and without the lines of PEM around it.

    Raises:
        ValueError: it is no RSA public key of 2048 bits or more.
    """
    found = "".join(_ARMOR.sub("", text).split())
    load(found)
    return found


def load(key: str) -> RSAPublicKey:
    """Raises ValueError for anything but an RSA public key in DER, Base64-encoded."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        found = load_der_public_key(base64.b64decode(key, validate=True))
    except (binascii.Error, UnsupportedAlgorithm) as error:
        raise ValueError(str(error)) from error
    if not isinstance(found, RSAPublicKey) or found.key_size < SMALLEST_BITS:
        raise ValueError(f"it is no RSA key of {SMALLEST_BITS} bits or more")
    return found


def fingerprint(key: str) -> str:
    """``SHA256:`` and the digest of the key, as DESCRIBE USER shows it and the issuer of a token names it."""
    digest = hashlib.sha256(base64.b64decode(key)).digest()
    return f"SHA256:{base64.b64encode(digest).decode()}"
