"""Objects: put, get, head, delete, batch delete."""

from __future__ import annotations

from dw_simulator.emulators.s3.operations.conditions import check_read, check_write, parse_range
from dw_simulator.emulators.s3.operations.headers import (
    echoed_headers,
    kept_headers,
    object_headers,
    tags_of_header,
)
from dw_simulator.emulators.s3.operations.registry import Call, Level, operation
from dw_simulator.emulators.s3.protocol import xml
from dw_simulator.emulators.s3.protocol.checksums import HEADER
from dw_simulator.emulators.s3.protocol.errors import S3Error
from dw_simulator.emulators.s3.protocol.request import FileBody, Request, Response, xml_response
from dw_simulator.emulators.s3.storage.metadata import ObjectMeta
from dw_simulator.emulators.s3.storage.store import storage_error

MAX_OBJECT_BYTES = 5 << 30
"""Largest upload in one request; more needs a multipart upload."""

_MAX_DELETES = 1000


def require_length(request: Request) -> None:
    """Raises S3Error MissingContentLength, EntityTooLarge."""
    if "content-length" not in request.headers and "transfer-encoding" not in request.headers:
        raise S3Error("MissingContentLength")
    length = request.headers.get("x-amz-decoded-content-length") or request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > MAX_OBJECT_BYTES:
        raise S3Error("EntityTooLarge", ProposedSize=length, MaxSizeAllowed=MAX_OBJECT_BYTES)


def existing(call: Call) -> ObjectMeta | None:
    try:
        return call.store.find(call.request.bucket, call.request.key)
    except S3Error as error:
        if error.code == "NoSuchKey":
            return None
        raise


@operation("PutObject", "PUT", Level.OBJECT)
async def put_object(call: Call) -> Response:
    request = call.request
    call.store.bucket(request.bucket)
    require_length(request)
    headers, tags = kept_headers(request), tags_of_header(request)
    check_write(request.headers, existing(call))
    algorithm = request.headers.get("x-amz-sdk-checksum-algorithm", "").lower() or None
    scratch = call.store.new_scratch()
    try:
        check = await call.receive(scratch, algorithm)
        check_write(request.headers, existing(call))  # the object may have appeared while this one was on its way
        meta = ObjectMeta(check.size, 0, check.md5, headers, tags, check.checksums)
        meta = call.store.commit(request.bucket, request.key, scratch, meta)
    finally:
        scratch.discard()
    return Response(headers=echoed_headers(meta))


@operation("GetObject", "GET", Level.OBJECT)
async def get_object(call: Call) -> Response:
    request = call.request
    meta = call.store.find(request.bucket, request.key)
    check_read(request.headers, meta)
    wanted = parse_range(request.headers.get("range"), meta.size)
    meta, fd = call.store.open_object(request.bucket, request.key)
    return _show(request, meta, wanted, lambda start, length: FileBody(fd, start, length))


@operation("HeadObject", "HEAD", Level.OBJECT)
async def head_object(call: Call) -> Response:
    request = call.request
    meta = call.store.find(request.bucket, request.key)
    check_read(request.headers, meta)
    wanted = parse_range(request.headers.get("range"), meta.size)
    return _show(request, meta, wanted, lambda start, length: FileBody(-1, start, length))


def _show(request: Request, meta: ObjectMeta, wanted: tuple[int, int] | None, body: object) -> Response:
    start, length = wanted or (0, meta.size)
    headers = object_headers(meta, request, whole=wanted is None)
    if wanted is not None:
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{meta.size}"
    return Response(206 if wanted else 200, body(start, length), headers)  # type: ignore[operator]


@operation("GetObject", "GET", Level.OBJECT, "partNumber")
async def get_object_part(_call: Call) -> Response:
    raise S3Error("NotImplemented", "Reading one part of an object is not implemented; ask for a range of bytes")


@operation("DeleteObject", "DELETE", Level.OBJECT)
async def delete_object(call: Call) -> Response:
    check = call.request.headers.get("if-match")
    if check is not None:
        check_write({"if-match": check}, existing(call))
    call.store.delete(call.request.bucket, call.request.key)
    return Response(204)


@operation("DeleteObjects", "POST", Level.BUCKET, "delete")
async def delete_objects(call: Call) -> Response:
    call.store.bucket(call.request.bucket)
    headers = call.request.headers
    checked = any(name.startswith(HEADER) for name in headers)
    if not checked and "content-md5" not in headers and "x-amz-trailer" not in headers:
        raise S3Error("InvalidRequest", "Missing required header for this request: Content-MD5")
    root = xml.parse(await call.read_document(), "Delete")
    quiet = root.findtext("Quiet", "").strip().lower() == "true"
    nodes = root.findall("Object")
    if not 0 < len(nodes) <= _MAX_DELETES:
        raise S3Error("MalformedXML")
    results = []
    for key in [xml.text_of(node, "Key") for node in nodes]:
        result = _delete_one(call, key)
        if not quiet or result[0] == "Error":
            results.append(result)
    return xml_response(xml.document("DeleteResult", results))


def _delete_one(call: Call, key: str) -> xml.Element:
    try:
        call.store.delete(call.request.bucket, key)
    except OSError as error:
        told = storage_error(error)
        return ("Error", (("Key", key), ("Code", told.code), ("Message", told.message)))
    return ("Deleted", (("Key", key),))
