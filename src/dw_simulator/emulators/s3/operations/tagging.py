"""Tags of objects."""

from __future__ import annotations

from dataclasses import replace

from dw_simulator.emulators.s3.operations.headers import check_tags
from dw_simulator.emulators.s3.operations.registry import Call, Level, operation
from dw_simulator.emulators.s3.protocol import xml
from dw_simulator.emulators.s3.protocol.errors import S3Error
from dw_simulator.emulators.s3.protocol.request import Response, xml_response


@operation("GetObjectTagging", "GET", Level.OBJECT, "tagging")
async def get_object_tagging(call: Call) -> Response:
    meta = call.store.find(call.request.bucket, call.request.key)
    tags = [("Tag", (("Key", name), ("Value", value))) for name, value in meta.tags.items()]
    return xml_response(xml.document("Tagging", (("TagSet", tags),)))


@operation("PutObjectTagging", "PUT", Level.OBJECT, "tagging")
async def put_object_tagging(call: Call) -> Response:
    meta = call.store.find(call.request.bucket, call.request.key)
    root = xml.parse(await call.read_document(), "Tagging")
    tag_set = root.find("TagSet")
    if tag_set is None:
        raise S3Error("MalformedXML")
    pairs = [(xml.text_of(node, "Key"), xml.text_of(node, "Value")) for node in tag_set.findall("Tag")]
    call.store.update(call.request.bucket, call.request.key, replace(meta, tags=check_tags(pairs)))
    return Response()


@operation("DeleteObjectTagging", "DELETE", Level.OBJECT, "tagging")
async def delete_object_tagging(call: Call) -> Response:
    meta = call.store.find(call.request.bucket, call.request.key)
    call.store.update(call.request.bucket, call.request.key, replace(meta, tags={}))
    return Response(204)
