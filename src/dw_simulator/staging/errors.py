"""What an object store says no with."""

from __future__ import annotations


class ObjectStoreError(Exception):
    """The store refused. ``code`` is S3's own: NoSuchBucket, NoSuchKey, AccessDenied, SignatureDoesNotMatch, …"""

    def __init__(
        self, code: str, message: str, bucket: str | None = None, key: str | None = None, status: int = 0
    ) -> None:
        place = f" (s3://{bucket}/{key or ''})" if bucket else ""
        super().__init__(f"{code}: {message}{place}")
        self.code = code
        self.message = message
        self.bucket = bucket
        self.key = key
        self.status = status


class ObjectStoreUnreachable(ObjectStoreError):
    """Nothing answers at the endpoint, or the connection broke. The code is ``EndpointUnreachable``."""

    def __init__(self, endpoint: str, reason: str, hint: str | None = None) -> None:
        super().__init__("EndpointUnreachable", f"cannot reach {endpoint}: {reason}")
        self.endpoint = endpoint
        self.reason = reason
        self.hint = hint
