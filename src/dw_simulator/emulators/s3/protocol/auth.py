"""Who sent a request: Signature Version 4 (header, query, streaming) and Version 2 (header, query).

Source: Amazon S3 API reference, "Authenticating Requests (AWS Signature Version 4)" and Amazon S3 user guide,
"Authenticating requests (AWS signature version 2)".
"""

from __future__ import annotations

import base64
import datetime as dt
import email.utils
import hmac
from dataclasses import dataclass

from dw_simulator.emulators.s3.protocol.errors import S3Error
from dw_simulator.emulators.s3.protocol.request import Request
from dw_simulator.staging import sigv4

MAX_SKEW = dt.timedelta(minutes=15)
MAX_EXPIRES = 604_800
"""Longest life of a presigned V4 URL, in seconds."""

_V2_SUBRESOURCES = frozenset(
    {
        "acl",
        "cors",
        "delete",
        "lifecycle",
        "location",
        "logging",
        "notification",
        "partNumber",
        "policy",
        "requestPayment",
        "response-cache-control",
        "response-content-disposition",
        "response-content-encoding",
        "response-content-language",
        "response-content-type",
        "response-expires",
        "restore",
        "tagging",
        "torrent",
        "uploadId",
        "uploads",
        "versionId",
        "versioning",
        "versions",
        "website",
    }
)


@dataclass(frozen=True, slots=True)
class Signed:
    """A request whose signature was right. The last four are what signed chunks of its body continue from."""

    access_key: str
    payload_hash: str = sigv4.UNSIGNED_PAYLOAD
    seed: str = ""
    key: bytes = b""
    timestamp: str = ""
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Authenticator:
    access_key: str
    secret_key: str

    def verify(self, request: Request, now: dt.datetime) -> Signed:
        """Check the signature.

        Raises:
            S3Error: AccessDenied (none, expired), InvalidAccessKeyId, SignatureDoesNotMatch, RequestTimeTooSkewed,
                AuthorizationHeaderMalformed, AuthorizationQueryParametersError.
        """
        header = request.headers.get("authorization", "")
        if header.startswith(sigv4.ALGORITHM):
            return self._v4_header(request, header, now)
        if header.startswith("AWS "):
            return self._v2_header(request, header, now)
        if header:
            raise S3Error("InvalidArgument", "Unsupported Authorization Type", ArgumentName="Authorization")
        if request.has("X-Amz-Signature"):
            return self._v4_query(request, now)
        if request.has("Signature"):
            return self._v2_query(request, now)
        raise S3Error("AccessDenied")

    def _known(self, access_key: str) -> None:
        if access_key != self.access_key:
            raise S3Error("InvalidAccessKeyId", AWSAccessKeyId=access_key)

    # --- version 4 ------------------------------------------------------------------------------------------------
    def _v4_header(self, request: Request, header: str, now: dt.datetime) -> Signed:
        fields = dict(
            part.strip().partition("=")[::2] for part in header[len(sigv4.ALGORITHM) :].split(",") if part.strip()
        )
        try:
            credential, names, given = fields["Credential"], fields["SignedHeaders"], fields["Signature"]
        except KeyError as error:
            raise S3Error("AuthorizationHeaderMalformed", f"The authorization header lacks {error}.") from error
        payload_hash = request.headers.get("x-amz-content-sha256")
        if payload_hash is None:
            raise S3Error("InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
        timestamp = _v4_timestamp(request)
        access_key, scope = _split_credential(credential, "AuthorizationHeaderMalformed")
        self._known(access_key)
        _check_skew(_parse_basic(timestamp, "AccessDenied"), now)
        return self._v4(request, names, given, access_key, scope, timestamp, payload_hash, request.query)

    def _v4_query(self, request: Request, now: dt.datetime) -> Signed:
        bad = "AuthorizationQueryParametersError"
        if request.argument("X-Amz-Algorithm") != sigv4.ALGORITHM:
            raise S3Error(bad, f'X-Amz-Algorithm only supports "{sigv4.ALGORITHM}"')
        access_key, scope = _split_credential(request.argument("X-Amz-Credential"), bad)
        timestamp, expires = request.argument("X-Amz-Date"), request.argument("X-Amz-Expires")
        if not expires.isdecimal() or int(expires) > MAX_EXPIRES:
            raise S3Error(bad, "X-Amz-Expires must be a number of seconds, at most a week (604800)")
        self._known(access_key)
        start = _parse_basic(timestamp, bad)
        if start - MAX_SKEW > now:
            raise S3Error("AccessDenied", "Request is not yet valid")
        if start + dt.timedelta(seconds=int(expires)) < now:
            raise S3Error("AccessDenied", "Request has expired", **{"X-Amz-Expires": expires})
        query = [pair for pair in request.query if pair[0] != "X-Amz-Signature"]
        names, given = request.argument("X-Amz-SignedHeaders"), request.argument("X-Amz-Signature")
        payload_hash = request.headers.get("x-amz-content-sha256", sigv4.UNSIGNED_PAYLOAD)
        return self._v4(request, names, given, access_key, scope, timestamp, payload_hash, query)

    def _v4(
        self,
        request: Request,
        signed_headers: str,
        given: str,
        access_key: str,
        scope: str,
        timestamp: str,
        payload_hash: str,
        query: list[tuple[str, str]],
    ) -> Signed:
        names = [name for name in signed_headers.lower().split(";") if name]
        headers = _headers_to_sign(request, names)
        canonical = sigv4.canonical_request(request.method, request.path, query, headers, names, payload_hash)
        date, region = scope.split("/")[:2]
        key = sigv4.signing_key(self.secret_key, date, region)
        text = sigv4.string_to_sign(timestamp, scope, canonical)
        if not hmac.compare_digest(sigv4.signature(key, text).encode(), given.encode()):
            raise _mismatch(access_key, text, given, canonical)
        return Signed(access_key, payload_hash, given, key, timestamp, scope)

    # --- version 2 ------------------------------------------------------------------------------------------------
    def _v2_header(self, request: Request, header: str, now: dt.datetime) -> Signed:
        access_key, _, given = header[4:].strip().rpartition(":")
        self._known(access_key)
        moment = request.headers.get("x-amz-date") or request.headers.get("date", "")
        _check_skew(_parse_http_date(moment), now)
        date = "" if "x-amz-date" in request.headers else moment
        return self._v2(request, access_key, given, date)

    def _v2_query(self, request: Request, now: dt.datetime) -> Signed:
        access_key, expires = request.argument("AWSAccessKeyId"), request.argument("Expires")
        self._known(access_key)
        if not expires.isdecimal():
            raise S3Error("AccessDenied", "Invalid date (should be seconds since epoch): " + expires)
        if int(expires) < now.timestamp():
            raise S3Error("AccessDenied", "Request has expired", Expires=expires)
        return self._v2(request, access_key, request.argument("Signature"), expires)

    def _v2(self, request: Request, access_key: str, given: str, date: str) -> Signed:
        text = _v2_string_to_sign(request, date)
        digest = hmac.digest(self.secret_key.encode(), text.encode(), "sha1")
        if not hmac.compare_digest(base64.b64encode(digest), given.encode()):
            raise _mismatch(access_key, text, given, "")
        return Signed(access_key)


def _headers_to_sign(request: Request, names: list[str]) -> dict[str, str]:
    if "host" not in names:
        raise S3Error("AccessDenied", "There were headers present in the request which were not signed: host")
    unsigned = [name for name in request.headers if name.startswith("x-amz-") and name not in names]
    unsigned = [name for name in unsigned if name != "x-amz-content-sha256"]
    if unsigned:
        raise S3Error(
            "AccessDenied",
            "There were headers present in the request which were not signed",
            HeadersNotSigned=", ".join(sorted(unsigned)),
        )
    return {name: request.headers.get(name, "") for name in names}


def _split_credential(credential: str, code: str) -> tuple[str, str]:
    """``AKID/20260131/us-east-1/s3/aws4_request`` -> key id, scope. Key ids may hold slashes."""
    parts = credential.rsplit("/", 4)
    if len(parts) != 5 or parts[3:] != ["s3", "aws4_request"] or len(parts[1]) != 8:
        raise S3Error(code, "the Credential is mal-formed; expecting <YOUR-AKID>/YYYYMMDD/REGION/s3/aws4_request")
    return parts[0], "/".join(parts[1:])


def _v4_timestamp(request: Request) -> str:
    """The ISO 8601 basic form that was signed: ``x-amz-date``, or else ``Date``."""
    if "x-amz-date" in request.headers:
        return request.headers["x-amz-date"]
    return _parse_http_date(request.headers.get("date", "")).strftime("%Y%m%dT%H%M%SZ")


def _parse_basic(text: str, code: str) -> dt.datetime:
    try:
        return dt.datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
    except ValueError as error:
        raise S3Error(code, "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"") from error


def _parse_http_date(text: str) -> dt.datetime:
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError as error:
        raise S3Error("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _check_skew(moment: dt.datetime, now: dt.datetime) -> None:
    if abs(now - moment) > MAX_SKEW:
        raise S3Error(
            "RequestTimeTooSkewed",
            RequestTime=moment.strftime("%Y%m%dT%H%M%SZ"),
            ServerTime=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            MaxAllowedSkewMilliseconds=int(MAX_SKEW.total_seconds() * 1000),
        )


def _v2_string_to_sign(request: Request, date: str) -> str:
    headers = request.headers
    amz = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers) if name.startswith("x-amz-"))
    sub = sorted(pair for pair in request.query if pair[0] in _V2_SUBRESOURCES)
    suffix = "?" + "&".join(f"{name}={value}" if value else name for name, value in sub) if sub else ""
    resource = sigv4.uri_encode(f"/{request.bucket}/{request.key}" if request.bucket else "/", keep_slash=True)
    if request.bucket and not request.key and not request.path.endswith("/"):
        resource = resource.rstrip("/")
    md5, kind = headers.get("content-md5", ""), headers.get("content-type", "")
    return f"{request.method}\n{md5}\n{kind}\n{date}\n{amz}{resource}{suffix}"


def _mismatch(access_key: str, text: str, given: str, canonical: str) -> S3Error:
    """As AWS does, with the texts that the server signed, so that a client's author can compare."""
    details = {"AWSAccessKeyId": access_key, "StringToSign": text, "SignatureProvided": given}
    if canonical:
        details["CanonicalRequest"] = canonical
    return S3Error("SignatureDoesNotMatch", **details)
