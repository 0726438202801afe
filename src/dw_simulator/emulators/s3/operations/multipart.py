"""Multipart uploads: create, upload part, complete, abort, list parts, list uploads."""

from __future__ import annotations

import base64
import hashlib
import xml.etree.ElementTree as ET
from functools import partial

from dw_simulator.emulators.s3.operations.conditions import check_write
from dw_simulator.emulators.s3.operations.headers import checksum_headers, kept_headers, tags_of_header
from dw_simulator.emulators.s3.operations.listing import encoder
from dw_simulator.emulators.s3.operations.objects import existing, require_length
from dw_simulator.emulators.s3.operations.registry import Call, Level, operation
from dw_simulator.emulators.s3.protocol import checksums, xml
from dw_simulator.emulators.s3.protocol.bodies import BodyCheck
from dw_simulator.emulators.s3.protocol.errors import S3Error
from dw_simulator.emulators.s3.protocol.request import Request, Response, xml_response
from dw_simulator.emulators.s3.storage.files import ScratchFile, join_files
from dw_simulator.emulators.s3.storage.metadata import ObjectMeta
from dw_simulator.emulators.s3.storage.uploads import MAX_PARTS, Part, Upload

MIN_PART_BYTES = 5 << 20
"""Every part but the last has at least this size (Amazon S3 user guide, "multipart upload limits")."""


def part_number(request: Request) -> int:
    text = request.argument("partNumber")
    if not text.isdecimal() or not 1 <= int(text) <= MAX_PARTS:
        raise S3Error(
            "InvalidArgument",
            f"Part number must be an integer between 1 and {MAX_PARTS}, inclusive",
            ArgumentName="partNumber",
            ArgumentValue=text,
        )
    return int(text)


def _upload(call: Call) -> Upload:
    call.store.bucket(call.request.bucket)
    return call.uploads.find(call.request.argument("uploadId"), call.request.bucket, call.request.key)


@operation("CreateMultipartUpload", "POST", Level.OBJECT, "uploads")
async def create_multipart_upload(call: Call) -> Response:
    request = call.request
    call.store.bucket(request.bucket)
    algorithm = request.headers.get("x-amz-checksum-algorithm", "").lower()
    if algorithm:
        checksums.new_hasher(algorithm)
    upload = call.uploads.start(request.bucket, request.key, kept_headers(request), tags_of_header(request), algorithm)
    content = (("Bucket", request.bucket), ("Key", request.key), ("UploadId", upload.id))
    response = xml_response(xml.document("InitiateMultipartUploadResult", content))
    if algorithm:
        response.headers["x-amz-checksum-algorithm"] = algorithm.upper()
    return response


@operation("UploadPart", "PUT", Level.OBJECT, "uploadId")
async def upload_part(call: Call) -> Response:
    upload, number = _upload(call), part_number(call.request)
    require_length(call.request)
    scratch = call.store.new_scratch()
    try:
        check = await call.receive(scratch, upload.algorithm or None)
        part = store_part(call, upload, number, scratch, check)
    finally:
        scratch.discard()
    return Response(headers={"ETag": f'"{part.etag}"', **checksum_headers(check.checksums)})


def store_part(call: Call, upload: Upload, number: int, scratch: ScratchFile, check: BodyCheck) -> Part:
    return call.uploads.add_part(upload, number, scratch, check.md5, check.checksums.get(upload.algorithm, ""))


@operation("CompleteMultipartUpload", "POST", Level.OBJECT, "uploadId")
async def complete_multipart_upload(call: Call) -> Response:
    request, upload = call.request, _upload(call)
    root = xml.parse(await call.read_document(), "CompleteMultipartUpload")
    parts = _chosen_parts(root, call.uploads.parts(upload))
    check_write(request.headers, existing(call))
    digest = hashlib.md5(b"".join(bytes.fromhex(part.etag) for part in parts), usedforsecurity=False)
    sums = _composite_checksum(upload.algorithm, parts)
    etag, sizes = f"{digest.hexdigest()}-{len(parts)}", [part.size for part in parts]
    meta = ObjectMeta(sum(sizes), 0, etag, upload.headers, upload.tags, sums, sizes)
    scratch = call.store.new_scratch()
    try:
        await call.in_worker(partial(join_files, [(part.path, part.size) for part in parts], scratch))
        check_write(request.headers, existing(call))
        meta = call.store.commit(request.bucket, request.key, scratch, meta)
    finally:
        scratch.discard()
    call.uploads.abort(upload)
    content = [("Location", request.resource), ("Bucket", request.bucket), ("Key", request.key), ("ETag", f'"{etag}"')]
    content += [(f"Checksum{name.upper()}", value) for name, value in sums.items()]
    return xml_response(xml.document("CompleteMultipartUploadResult", content))


def _chosen_parts(root: ET.Element, uploaded: list[Part]) -> list[Part]:
    """The parts that the client lists. Raises S3Error InvalidPart, InvalidPartOrder, EntityTooSmall, MalformedXML."""
    by_number = {part.number: part for part in uploaded}
    chosen: list[Part] = []
    for node in root.findall("Part"):
        number, etag = xml.text_of(node, "PartNumber").strip(), xml.text_of(node, "ETag").strip().strip('"')
        part = by_number.get(int(number)) if number.isdecimal() else None
        if part is None or part.etag != etag:
            raise S3Error("InvalidPart", PartNumber=number, ETag=etag)
        if chosen and part.number <= chosen[-1].number:
            raise S3Error("InvalidPartOrder")
        chosen.append(part)
    if not chosen:
        raise S3Error("MalformedXML")
    for part in chosen[:-1]:
        if part.size < MIN_PART_BYTES:
            raise S3Error(
                "EntityTooSmall", ProposedSize=part.size, MinSizeAllowed=MIN_PART_BYTES, PartNumber=part.number
            )
    return chosen


def _composite_checksum(algorithm: str, parts: list[Part]) -> dict[str, str]:
    """The checksum of the parts' checksums, where every part has one."""
    if not algorithm or not all(part.checksum for part in parts):
        return {}
    hasher = checksums.new_hasher(algorithm)
    for part in parts:
        hasher.update(base64.b64decode(part.checksum))
    return {algorithm: f"{checksums.text_of(hasher.digest())}-{len(parts)}"}


@operation("AbortMultipartUpload", "DELETE", Level.OBJECT, "uploadId")
async def abort_multipart_upload(call: Call) -> Response:
    call.uploads.abort(_upload(call))
    return Response(204)


@operation("ListParts", "GET", Level.OBJECT, "uploadId")
async def list_parts(call: Call) -> Response:
    request, upload = call.request, _upload(call)
    marker = request.number("part-number-marker", 0, 0, MAX_PARTS)
    limit = request.number("max-parts", 1000, 0, 1000)
    parts = [part for part in call.uploads.parts(upload) if part.number > marker]
    shown = parts[:limit]
    content: list[xml.Element | None] = [
        ("Bucket", upload.bucket),
        ("Key", encoder(request)(upload.key)),
        ("UploadId", upload.id),
        ("StorageClass", upload.headers.get("x-amz-storage-class", "STANDARD")),
        ("PartNumberMarker", marker),
        ("NextPartNumberMarker", shown[-1].number if shown else 0),
        ("MaxParts", limit),
        ("IsTruncated", len(parts) > len(shown)),
        *(("Part", _part_content(part, upload.algorithm)) for part in shown),
    ]
    return xml_response(xml.document("ListPartsResult", content))


def _part_content(part: Part, algorithm: str) -> xml.Content:
    return (
        ("PartNumber", part.number),
        ("LastModified", xml.timestamp(part.modified)),
        ("ETag", f'"{part.etag}"'),
        ("Size", part.size),
        (f"Checksum{algorithm.upper()}", part.checksum) if part.checksum else None,
    )


@operation("ListMultipartUploads", "GET", Level.BUCKET, "uploads")
async def list_multipart_uploads(call: Call) -> Response:
    request = call.request
    call.store.bucket(request.bucket)
    if request.argument("delimiter"):
        raise S3Error("NotImplemented", "A delimiter in ListMultipartUploads is not implemented")
    prefix, limit = request.argument("prefix"), request.number("max-uploads", 1000, 1, 1000)
    after = (request.argument("key-marker"), request.argument("upload-id-marker"))
    uploads = [
        upload
        for upload in sorted(call.uploads.all_of(request.bucket), key=lambda upload: (upload.key, upload.id))
        if upload.key.startswith(prefix) and ((upload.key, upload.id) > after if after[1] else upload.key > after[0])
    ]
    shown, encode = uploads[:limit], encoder(request)
    truncated = len(uploads) > limit
    content: list[xml.Element | None] = [
        ("Bucket", request.bucket),
        ("KeyMarker", encode(after[0])),
        ("UploadIdMarker", after[1]),
        ("NextKeyMarker", encode(shown[-1].key)) if truncated else None,
        ("NextUploadIdMarker", shown[-1].id) if truncated else None,
        ("Prefix", encode(prefix)),
        ("MaxUploads", limit),
        ("IsTruncated", truncated),
        ("EncodingType", "url") if request.argument("encoding-type") else None,
        *(("Upload", _upload_content(upload, encode(upload.key))) for upload in shown),
    ]
    return xml_response(xml.document("ListMultipartUploadsResult", content))


def _upload_content(upload: Upload, key: str) -> xml.Content:
    return (
        ("Key", key),
        ("UploadId", upload.id),
        ("StorageClass", upload.headers.get("x-amz-storage-class", "STANDARD")),
        ("Initiated", xml.timestamp(upload.started)),
    )
