"""ListObjects (version 1) and ListObjectsV2."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from urllib.parse import quote

from dw_simulator.emulators.s3.operations.registry import Call, Level, operation
from dw_simulator.emulators.s3.protocol import xml
from dw_simulator.emulators.s3.protocol.errors import S3Error
from dw_simulator.emulators.s3.protocol.request import Request, Response, xml_response
from dw_simulator.emulators.s3.storage.index import Page
from dw_simulator.emulators.s3.storage.metadata import ObjectMeta

_MAX_KEYS = 1000


def encoder(request: Request) -> Callable[[str], str]:
    """How keys are written: as they are, or percent-encoded with ``encoding-type=url``."""
    kind = request.argument("encoding-type")
    if kind not in ("", "url"):
        raise S3Error("InvalidArgument", "Invalid Encoding Method specified in Request", ArgumentName="encoding-type")
    return (lambda text: quote(text, safe="/*-._")) if kind else (lambda text: text)


@operation("ListObjectsV2", "GET", Level.BUCKET)
async def list_objects(call: Call) -> Response:
    """Both versions: ``list-type=2`` asks for the second."""
    version = call.request.argument("list-type")
    if version not in ("", "2"):
        raise S3Error("InvalidArgument", ArgumentName="list-type", ArgumentValue=version)
    return _version_2(call) if version else _version_1(call)


def _version_2(call: Call) -> Response:
    request, encode = call.request, encoder(call.request)
    token, start = request.argument("continuation-token"), request.argument("start-after")
    after, after_prefix = _read_token(token) if token else (start, False)
    page, limit, content = _page(call, after, after_prefix)
    head = [
        ("Name", request.bucket),
        ("Prefix", encode(request.argument("prefix"))),
        ("Delimiter", encode(request.argument("delimiter"))) if request.argument("delimiter") else None,
        ("ContinuationToken", token) if token else None,
        ("StartAfter", encode(start)) if start else None,
        ("EncodingType", "url") if request.argument("encoding-type") else None,
        ("KeyCount", len(page.entries)),
        ("MaxKeys", limit),
        ("IsTruncated", page.truncated),
        ("NextContinuationToken", _make_token(page.entries[-1])) if page.truncated else None,
    ]
    return xml_response(xml.document("ListBucketResult", head + content))


def _version_1(call: Call) -> Response:
    request, encode = call.request, encoder(call.request)
    marker, delimiter = request.argument("marker"), request.argument("delimiter")
    after_prefix = bool(delimiter) and marker.endswith(delimiter)
    page, limit, content = _page(call, marker, after_prefix)
    head = [
        ("Name", request.bucket),
        ("Prefix", encode(request.argument("prefix"))),
        ("Marker", encode(marker)),
        ("Delimiter", encode(delimiter)) if delimiter else None,
        ("EncodingType", "url") if request.argument("encoding-type") else None,
        ("MaxKeys", limit),
        ("IsTruncated", page.truncated),
        ("NextMarker", encode(page.entries[-1][0])) if page.truncated and delimiter else None,
    ]
    return xml_response(xml.document("ListBucketResult", head + content))


def _page(call: Call, after: str, after_prefix: bool) -> tuple[Page, int, list[xml.Element | None]]:
    request, encode = call.request, encoder(call.request)
    limit = request.number("max-keys", _MAX_KEYS, 0, _MAX_KEYS)
    prefix, delimiter = request.argument("prefix"), request.argument("delimiter")
    page, metas = call.store.page(request.bucket, prefix, delimiter, after, after_prefix, limit)
    show_owner = request.argument("list-type") != "2" or request.argument("fetch-owner") == "true"
    owner = call.signed.access_key if show_owner else ""
    content: list[xml.Element | None] = [
        ("Contents", _entry(encode(key), metas[key], owner)) for key, is_prefix in page.entries if key in metas
    ]
    content += [("CommonPrefixes", (("Prefix", encode(key)),)) for key, is_prefix in page.entries if is_prefix]
    return page, limit, content


def _entry(key: str, meta: ObjectMeta, owner: str) -> xml.Content:
    return (
        ("Key", key),
        ("LastModified", xml.timestamp(meta.modified)),
        ("ETag", f'"{meta.etag}"'),
        *(("ChecksumAlgorithm", algorithm.upper()) for algorithm in meta.checksums),
        ("Size", meta.size),
        ("Owner", (("ID", owner), ("DisplayName", owner))) if owner else None,
        ("StorageClass", meta.headers.get("x-amz-storage-class", "STANDARD")),
    )


def _make_token(entry: tuple[str, bool]) -> str:
    key, is_prefix = entry
    return base64.urlsafe_b64encode(("p" if is_prefix else "k").encode() + key.encode()).decode()


def _read_token(token: str) -> tuple[str, bool]:
    try:
        text = base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise S3Error(
            "InvalidArgument", "The continuation token provided is incorrect", ArgumentName="continuation-token"
        ) from error
    return text[1:], text[:1] == "p"
