"""What is kept of the headers of an upload, and sent along with the object."""

from __future__ import annotations

from urllib.parse import parse_qsl

from dw_simulator.emulators.s3.operations.conditions import http_date
from dw_simulator.emulators.s3.protocol.checksums import HEADER
from dw_simulator.emulators.s3.protocol.errors import S3Error
from dw_simulator.emulators.s3.protocol.request import Request
from dw_simulator.emulators.s3.storage.metadata import DEFAULT_CONTENT_TYPE, ObjectMeta

_KEPT = (
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-storage-class",
)
_OVERRIDES = ("cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires")
_MAX_USER_METADATA = 2048
_MAX_TAGS = 10


def kept_headers(request: Request) -> dict[str, str]:
    """System and user metadata of an upload. Raises S3Error MetadataTooLarge."""
    kept = {name: request.headers[name] for name in _KEPT if name in request.headers}
    user = {name: value for name, value in request.headers.items() if name.startswith("x-amz-meta-")}
    if sum(len(name) - 11 + len(value) for name, value in user.items()) > _MAX_USER_METADATA:
        raise S3Error("MetadataTooLarge", MaxSizeAllowed=_MAX_USER_METADATA)
    encodings = [part.strip() for part in kept.pop("content-encoding", "").split(",")]
    encoding = ", ".join(part for part in encodings if part and part != "aws-chunked")
    if encoding:
        kept["content-encoding"] = encoding
    kept.setdefault("content-type", DEFAULT_CONTENT_TYPE)
    return kept | user


def tags_of_header(request: Request) -> dict[str, str]:
    return check_tags(parse_qsl(request.headers.get("x-amz-tagging", ""), keep_blank_values=True))


def check_tags(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Amazon S3 user guide, "Categorizing your storage using tags". Raises S3Error BadRequest, InvalidTag."""
    if len(pairs) > _MAX_TAGS:
        raise S3Error("BadRequest", "Object tags cannot be greater than 10")
    tags = dict(pairs)
    if len(tags) < len(pairs):
        raise S3Error("InvalidTag", "Cannot provide multiple Tags with the same key")
    if any(not 0 < len(name) <= 128 or len(value) > 256 for name, value in pairs):
        raise S3Error("InvalidTag")
    return tags


def object_headers(meta: ObjectMeta, request: Request, *, whole: bool) -> dict[str, str]:
    """The headers of an answer that shows an object; ``whole`` is False for a range of it."""
    headers = {
        "ETag": f'"{meta.etag}"',
        "Last-Modified": http_date(meta.modified),
        "Accept-Ranges": "bytes",
        **meta.headers,
    }
    if meta.tags:
        headers["x-amz-tagging-count"] = str(len(meta.tags))
    for name in _OVERRIDES:
        if override := request.argument(f"response-{name}"):
            headers[name] = override
    if whole and request.headers.get("x-amz-checksum-mode", "").upper() == "ENABLED":
        headers |= checksum_headers(meta.checksums)
    return headers


def checksum_headers(checksums: dict[str, str]) -> dict[str, str]:
    headers = {HEADER + algorithm: value for algorithm, value in checksums.items()}
    if checksums:
        composite = any("-" in value for value in checksums.values())
        headers["x-amz-checksum-type"] = "COMPOSITE" if composite else "FULL_OBJECT"
    return headers


def echoed_headers(meta: ObjectMeta) -> dict[str, str]:
    """What the answer to a write repeats."""
    kept = {name: value for name, value in meta.headers.items() if name.startswith("x-amz-server-side-encryption")}
    return {"ETag": f'"{meta.etag}"', **kept, **checksum_headers(meta.checksums)}
