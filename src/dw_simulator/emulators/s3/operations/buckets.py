"""Buckets: create, head, delete, list, location, versioning (never enabled), tagging."""

from __future__ import annotations

from dw_simulator.emulators.s3.operations.registry import Call, Level, operation
from dw_simulator.emulators.s3.protocol import xml
from dw_simulator.emulators.s3.protocol.errors import S3Error
from dw_simulator.emulators.s3.protocol.request import Response, xml_response
from dw_simulator.emulators.s3.storage.keys import is_bucket_name

_DEFAULT_REGION = "us-east-1"


@operation("ListBuckets", "GET", Level.SERVICE)
async def list_buckets(call: Call) -> Response:
    prefix, after = call.request.argument("prefix"), call.request.argument("continuation-token")
    limit = call.request.number("max-buckets", 10_000, 1, 10_000)
    names = [name for name in sorted(call.store.buckets) if name.startswith(prefix) and name > after]
    shown = names[:limit]
    buckets = [
        ("Bucket", (("Name", name), ("CreationDate", xml.timestamp(call.store.buckets[name].created))))
        for name in shown
    ]
    owner = (("ID", call.signed.access_key), ("DisplayName", call.signed.access_key))
    more = ("ContinuationToken", shown[-1]) if len(names) > limit else None
    content = (("Owner", owner), ("Buckets", buckets), more)
    return xml_response(xml.document("ListAllMyBucketsResult", content))


@operation("CreateBucket", "PUT", Level.BUCKET)
async def create_bucket(call: Call) -> Response:
    name = call.request.bucket
    body = await call.read_document()
    region = _requested_region(body) if body else _DEFAULT_REGION
    if not is_bucket_name(name):
        raise S3Error("InvalidBucketName", BucketName=name)
    if name not in call.store.buckets:
        call.store.create_bucket(name, region)
    elif call.store.region != _DEFAULT_REGION:
        raise S3Error("BucketAlreadyOwnedByYou", BucketName=name)
    return Response(headers={"Location": f"/{name}"})


def _requested_region(body: bytes) -> str:
    root = xml.parse(body, "CreateBucketConfiguration")
    return root.findtext("LocationConstraint") or _DEFAULT_REGION


@operation("HeadBucket", "HEAD", Level.BUCKET)
async def head_bucket(call: Call) -> Response:
    bucket = call.store.bucket(call.request.bucket)
    return Response(headers={"x-amz-bucket-region": bucket.region, "Content-Type": "application/xml"})


@operation("DeleteBucket", "DELETE", Level.BUCKET)
async def delete_bucket(call: Call) -> Response:
    call.store.delete_bucket(call.request.bucket)
    call.uploads.abort_all_of(call.request.bucket)
    return Response(204)


@operation("GetBucketLocation", "GET", Level.BUCKET, "location")
async def get_bucket_location(call: Call) -> Response:
    """us-east-1 is written as nothing, as S3 does."""
    region = call.store.bucket(call.request.bucket).region
    return xml_response(xml.document("LocationConstraint", None if region == _DEFAULT_REGION else region))


@operation("GetBucketVersioning", "GET", Level.BUCKET, "versioning")
async def get_bucket_versioning(call: Call) -> Response:
    """Versioning was never enabled: the answer is empty."""
    call.store.bucket(call.request.bucket)
    return xml_response(xml.document("VersioningConfiguration", None))
