"""CopyObject and UploadPartCopy."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from urllib.parse import unquote

from dw_simulator.emulators.s3.operations.conditions import check_read, check_write, parse_range
from dw_simulator.emulators.s3.operations.headers import kept_headers, tags_of_header
from dw_simulator.emulators.s3.operations.multipart import part_number, store_part
from dw_simulator.emulators.s3.operations.objects import existing
from dw_simulator.emulators.s3.operations.registry import Call, Level, operation
from dw_simulator.emulators.s3.protocol import xml
from dw_simulator.emulators.s3.protocol.bodies import BodyCheck
from dw_simulator.emulators.s3.protocol.errors import S3Error
from dw_simulator.emulators.s3.protocol.request import Request, Response, xml_response
from dw_simulator.emulators.s3.storage.files import copy_range, digest_of_file
from dw_simulator.emulators.s3.storage.metadata import ObjectMeta
from dw_simulator.staging.sigv4 import UNSIGNED_PAYLOAD

_SOURCE = "x-amz-copy-source"


def _source(request: Request) -> tuple[str, str]:
    """The bucket and key to copy from. Raises S3Error InvalidArgument, NotImplemented."""
    path, _, version = request.headers[_SOURCE].partition("?versionId=")
    if version and version != "null":
        raise S3Error("NotImplemented", "Versions are not implemented; the only version is null")
    bucket, _, key = unquote(path).removeprefix("/").partition("/")
    if not bucket or not key:
        raise S3Error(
            "InvalidArgument",
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
            ArgumentName=_SOURCE,
        )
    return bucket, key


@operation("CopyObject", "PUT", Level.OBJECT, "copy")
async def copy_object(call: Call) -> Response:
    request = call.request
    call.store.bucket(request.bucket)
    source = _source(request)
    check_read(request.headers, call.store.find(*source), f"{_SOURCE}-")
    check_write(request.headers, existing(call))
    meta = _copied_meta(request, source, call.store.find(*source))
    found, fd = call.store.open_object(*source)
    scratch = call.store.new_scratch()
    check = _unchecked_body(call)
    try:
        await call.run_on_file(fd, partial(copy_range, fd, 0, found.size, scratch))
        if meta.parts:  # a copy is one piece, whose tag is the digest of all of it
            await call.in_worker(partial(digest_of_file, scratch.path, check))
            meta = replace(meta, etag=check.md5, parts=[], checksums={})
        meta = call.store.commit(request.bucket, request.key, scratch, meta)
    finally:
        scratch.discard()
    content = (("LastModified", xml.timestamp(meta.modified)), ("ETag", f'"{meta.etag}"'))
    return xml_response(xml.document("CopyObjectResult", content))


def _copied_meta(request: Request, source: tuple[str, str], found: ObjectMeta) -> ObjectMeta:
    directive = request.headers.get("x-amz-metadata-directive", "COPY").upper()
    if directive == "REPLACE":
        found = replace(found, headers=kept_headers(request))
    elif directive != "COPY":
        raise S3Error("InvalidArgument", "Unknown metadata directive.", ArgumentName="x-amz-metadata-directive")
    elif source == (request.bucket, request.key) and "x-amz-storage-class" not in request.headers:
        raise S3Error(
            "InvalidRequest",
            "This copy request is illegal because it is trying to copy an object to itself without changing the "
            "object's metadata, storage class, website redirect location or encryption attributes.",
        )
    if request.headers.get("x-amz-tagging-directive", "COPY").upper() == "REPLACE":
        found = replace(found, tags=tags_of_header(request))
    return found


def _unchecked_body(call: Call, algorithm: str | None = None) -> BodyCheck:
    """Digests of bytes that nobody promised anything about."""
    signed = replace(call.signed, payload_hash=UNSIGNED_PAYLOAD)
    return BodyCheck(replace(call.request, headers={}), signed, algorithm)


@operation("UploadPartCopy", "PUT", Level.OBJECT, "uploadId+copy")
async def upload_part_copy(call: Call) -> Response:
    request = call.request
    upload = call.uploads.find(request.argument("uploadId"), request.bucket, request.key)
    number, source = part_number(request), _source(request)
    check_read(request.headers, call.store.find(*source), f"{_SOURCE}-")
    found, fd = call.store.open_object(*source)
    scratch = call.store.new_scratch()
    check = _unchecked_body(call, upload.algorithm or None)

    def copy() -> None:
        start, length = parse_range(request.headers.get(f"{_SOURCE}-range"), found.size) or (0, found.size)
        copy_range(fd, start, length, scratch)
        digest_of_file(scratch.path, check)

    try:
        await call.run_on_file(fd, copy)
        part = store_part(call, upload, number, scratch, check)
    finally:
        scratch.discard()
    content = [("LastModified", xml.timestamp(part.modified)), ("ETag", f'"{part.etag}"')]
    content += [(f"Checksum{name.upper()}", value) for name, value in check.checksums.items()]
    return xml_response(xml.document("CopyPartResult", content))
