"""AWS Signature Version 4: the arithmetic that a client signs with and a server verifies with.

Source: Amazon S3 API reference, "Authenticating Requests (AWS Signature Version 4)".
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()

_SPACES = re.compile(r" +")


def uri_encode(text: str, *, keep_slash: bool = False) -> str:
    """Percent-encode as AWS does: everything but ``A-Za-z0-9-._~`` (and ``/`` in paths)."""
    return quote(text, safe="/~" if keep_slash else "~")


def canonical_query(pairs: Iterable[tuple[str, str]]) -> str:
    encoded = sorted((uri_encode(name), uri_encode(value)) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded)


def canonical_request(
    method: str,
    path: str,
    query: Iterable[tuple[str, str]],
    headers: Mapping[str, str],
    signed_headers: Iterable[str],
    payload_hash: str,
) -> str:
    """The text that is hashed and signed.

    Args:
        path: the decoded path of the request, starting with ``/``.
        headers: lower-case names; those in ``signed_headers`` must be there.
    """
    names = sorted(signed_headers)
    lines = "".join(f"{name}:{_SPACES.sub(' ', headers[name].strip())}\n" for name in names)
    return "\n".join(
        (method, uri_encode(path, keep_slash=True), canonical_query(query), lines, ";".join(names), payload_hash)
    )


def string_to_sign(timestamp: str, scope: str, canonical: str) -> str:
    return f"{ALGORITHM}\n{timestamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"


@lru_cache(maxsize=64)
def signing_key(secret_key: str, date: str, region: str, service: str = "s3") -> bytes:
    """The key of one day, region and service; ``date`` is ``YYYYMMDD``."""
    key = f"AWS4{secret_key}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def signature(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode(), "sha256").hex()
