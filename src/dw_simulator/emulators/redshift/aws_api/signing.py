"""Who sent a request: AWS Signature Version 4 over headers and body (IAM user guide, "Signing AWS API requests")."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Mapping

from dw_simulator.emulators.redshift.aws_api.errors import ApiError
from dw_simulator.staging import sigv4

MAX_SKEW = dt.timedelta(minutes=15)
_HEADER = re.compile(
    re.escape(sigv4.ALGORITHM)
    + r"\s+Credential=(?P<key>[^,]+?)/(?P<date>\d{8})/(?P<region>[^/,]+)/(?P<service>[^/,]+)/aws4_request\s*,"
    r"\s*SignedHeaders=(?P<names>[^,]+)\s*,\s*Signature=(?P<signature>[0-9a-f]+)\s*"
)


def check(
    headers: Mapping[str, str],
    body: bytes,
    keys: Mapping[str, str],
    now: dt.datetime,
    *,
    method: str = "POST",
    path: str = "/",
) -> str:
    """The access key whose secret the request was signed with.

    Args:
        headers: names in lower case.
        keys: secret keys by access key.

    Raises:
        ApiError: MissingAuthenticationToken, IncompleteSignature, InvalidClientTokenId, SignatureDoesNotMatch.
    """
    header = headers.get("authorization", "")
    if not header:
        raise ApiError("MissingAuthenticationTokenException", "Missing Authentication Token", 403)
    parts = _HEADER.fullmatch(header)
    timestamp = headers.get("x-amz-date", "")
    if parts is None or not timestamp:
        raise ApiError("IncompleteSignature", "the Authorization header is not of Signature Version 4", 400)
    names = [name for name in parts["names"].lower().split(";") if name]
    secret = keys.get(parts["key"])
    if secret is None:
        raise ApiError(
            "InvalidClientTokenId", "The security token included in the request is invalid. (unknown access key)", 403
        )
    _check_time(timestamp, now)
    canonical = sigv4.canonical_request(
        method, path, (), {name: headers.get(name, "") for name in names}, names, hashlib.sha256(body).hexdigest()
    )
    scope = f"{parts['date']}/{parts['region']}/{parts['service']}/aws4_request"
    key = sigv4.signing_key(secret, parts["date"], parts["region"], parts["service"])
    wanted = sigv4.signature(key, sigv4.string_to_sign(timestamp, scope, canonical))
    if "host" not in names or not hmac.compare_digest(wanted, parts["signature"]):
        raise ApiError(
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided."
            " Check your AWS Secret Access Key and signing method.",
            403,
        )
    return parts["key"]


def _check_time(timestamp: str, now: dt.datetime) -> None:
    try:
        at = dt.datetime.strptime(timestamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
    except ValueError as error:
        raise ApiError("IncompleteSignature", "X-Amz-Date is not of the form YYYYMMDD'T'HHMMSS'Z'") from error
    if abs(now - at) > MAX_SKEW:
        raise ApiError("SignatureDoesNotMatch", f"Signature expired: {timestamp} is not within 15 minutes of now", 403)
