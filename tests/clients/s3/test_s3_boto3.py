"""The S3 store through boto3."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import os
import urllib.request
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError


def fails(code: str, status: int, call: Any, *args: Any, **options: Any) -> ClientError:
    with pytest.raises(ClientError) as caught:
        call(*args, **options)
    response = caught.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    return caught.value


def put_all(s3, bucket, *keys):
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())


# --- buckets -------------------------------------------------------------------------------------------------------
def test_bucket_life(s3):
    s3.create_bucket(Bucket="first-bucket")
    s3.create_bucket(Bucket="first-bucket")  # in us-east-1 again is fine
    assert "first-bucket" in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert s3.head_bucket(Bucket="first-bucket")["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert s3.get_bucket_location(Bucket="first-bucket")["LocationConstraint"] is None
    assert "Status" not in s3.get_bucket_versioning(Bucket="first-bucket")
    put_all(s3, "first-bucket", "a")
    fails("BucketNotEmpty", 409, s3.delete_bucket, Bucket="first-bucket")
    s3.delete_object(Bucket="first-bucket", Key="a")
    s3.delete_bucket(Bucket="first-bucket")
    fails("404", 404, s3.head_bucket, Bucket="first-bucket")
    fails("NoSuchBucket", 404, s3.list_objects_v2, Bucket="first-bucket")
    fails("NoSuchBucket", 404, s3.put_object, Bucket="first-bucket", Key="a", Body=b"")


def test_bucket_region(s3):
    s3.create_bucket(Bucket="in-europe", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert s3.get_bucket_location(Bucket="in-europe")["LocationConstraint"] == "eu-west-1"


@pytest.mark.parametrize("name", ["Upper", "a_b", "10.0.0.1", "ends-"])
def test_bucket_names(s3, name):
    fails("InvalidBucketName", 400, s3.create_bucket, Bucket=name)


# --- objects -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("size", [0, 1, 70_000, 5_000_000])
def test_put_and_get(s3, bucket, size):
    data = os.urandom(size)
    answer = s3.put_object(
        Bucket=bucket, Key="k", Body=data, ContentType="text/csv", CacheControl="no-cache", Metadata={"who": "me"}
    )
    assert answer["ETag"] == f'"{hashlib.md5(data).hexdigest()}"'
    found = s3.get_object(Bucket=bucket, Key="k")
    assert found["Body"].read() == data
    assert (found["ContentType"], found["CacheControl"], found["Metadata"]) == ("text/csv", "no-cache", {"who": "me"})
    head = s3.head_object(Bucket=bucket, Key="k")
    assert (head["ContentLength"], head["ETag"]) == (size, answer["ETag"])
    assert abs(dt.datetime.now(dt.UTC) - head["LastModified"]) < dt.timedelta(minutes=1)


KEYS = [
    "plain",
    "with space",
    "a+b&c=d?e#f",
    "ünïcödé/ключ",
    "trailing/",
    "/leading",
    "double//slash",
    "../up",
    "a/../../b",
    ".",
    "..",
    "./x",
    ".dw/meta",
    "x" * 300,
    "y" * 1024,
    "back\\slash",
    "percent%2Fsign",
    "tab\tkey",
    "quote\"'<>",
]


@pytest.mark.parametrize("key", KEYS)
def test_keys(s3, bucket, store, key):
    s3.put_object(Bucket=bucket, Key=key, Body=b"content")
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"content"
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    outside = [path for path in store.home.iterdir() if path.name != "s3"]
    assert outside == []
    s3.delete_object(Bucket=bucket, Key=key)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_key_too_long(s3, bucket):
    fails("KeyTooLongError", 400, s3.put_object, Bucket=bucket, Key="z" * 1025, Body=b"")


@pytest.mark.parametrize("order", [("a", "a/b", "a/b/c"), ("a/b/c", "a/b", "a"), ("a/b", "a", "a/b/c")])
def test_a_key_that_is_a_prefix_of_others(s3, bucket, order):
    put_all(s3, bucket, *order)
    put_all(s3, bucket, *order)
    for key in order:
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["a", "a/b", "a/b/c"]
    s3.delete_object(Bucket=bucket, Key="a/b")
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["a", "a/b/c"]


def test_objects_are_plain_files(s3, bucket, store):
    put_all(s3, bucket, "folder/file.txt")
    path = store.home / "s3" / bucket / "folder" / "file.txt"
    assert path.read_bytes() == b"folder/file.txt"
    s3.delete_object(Bucket=bucket, Key="folder/file.txt")
    assert not path.parent.exists()


def test_a_file_put_there_by_hand_is_an_object(s3, bucket, store):
    (store.home / "s3" / bucket / "by-hand").write_bytes(b"hello")
    found = s3.get_object(Bucket=bucket, Key="by-hand")
    assert found["Body"].read() == b"hello"
    assert found["ETag"] == f'"{hashlib.md5(b"hello").hexdigest()}"'


def test_missing(s3, bucket):
    fails("NoSuchKey", 404, s3.get_object, Bucket=bucket, Key="none")
    fails("404", 404, s3.head_object, Bucket=bucket, Key="none")
    s3.delete_object(Bucket=bucket, Key="none")


@pytest.mark.parametrize(
    ("header", "expected", "shown"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
        ("bytes=-99", b"0123456789", "bytes 0-9/10"),
    ],
)
def test_ranges(s3, bucket, header, expected, shown):
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    found = s3.get_object(Bucket=bucket, Key="k", Range=header)
    assert (found["Body"].read(), found["ContentRange"]) == (expected, shown)
    assert found["ResponseMetadata"]["HTTPStatusCode"] == 206


def test_range_outside(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    fails("InvalidRange", 416, s3.get_object, Bucket=bucket, Key="k", Range="bytes=10-")
    assert s3.get_object(Bucket=bucket, Key="k", Range="bytes=1-2,4-5")["Body"].read() == b"0123456789"


def test_conditional_reads(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    now = dt.datetime.now(dt.UTC)
    early, late = now - dt.timedelta(days=1), now + dt.timedelta(days=1)
    for good in (
        {"IfMatch": etag},
        {"IfNoneMatch": '"other"'},
        {"IfModifiedSince": early},
        {"IfUnmodifiedSince": late},
    ):
        assert s3.get_object(Bucket=bucket, Key="k", **good)["Body"].read() == b"x"
    fails("PreconditionFailed", 412, s3.get_object, Bucket=bucket, Key="k", IfMatch='"other"')
    fails("PreconditionFailed", 412, s3.get_object, Bucket=bucket, Key="k", IfUnmodifiedSince=early)
    fails("304", 304, s3.get_object, Bucket=bucket, Key="k", IfNoneMatch=etag)
    fails("304", 304, s3.head_object, Bucket=bucket, Key="k", IfModifiedSince=late)


def test_conditional_writes(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x", IfNoneMatch="*")["ETag"]
    fails("PreconditionFailed", 412, s3.put_object, Bucket=bucket, Key="k", Body=b"y", IfNoneMatch="*")
    fails("PreconditionFailed", 412, s3.put_object, Bucket=bucket, Key="k", Body=b"y", IfMatch='"other"')
    fails("NoSuchKey", 404, s3.put_object, Bucket=bucket, Key="new", Body=b"y", IfMatch=etag)
    s3.put_object(Bucket=bucket, Key="k", Body=b"z", IfMatch=etag)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"z"


def test_copy(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a b/ü", Body=b"x" * 1000, Metadata={"n": "1"}, ContentType="text/plain")
    source = {"Bucket": bucket, "Key": "a b/ü"}
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=source)
    assert s3.head_object(Bucket=bucket, Key="copy")["Metadata"] == {"n": "1"}
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=source, MetadataDirective="REPLACE", Metadata={"n": "2"})
    found = s3.get_object(Bucket=bucket, Key="copy")
    assert (found["Metadata"], found["Body"].read()) == ({"n": "2"}, b"x" * 1000)
    fails("InvalidRequest", 400, s3.copy_object, Bucket=bucket, Key="copy", CopySource=f"{bucket}/copy")
    fails("NoSuchKey", 404, s3.copy_object, Bucket=bucket, Key="c", CopySource=f"{bucket}/none")
    fails(
        "PreconditionFailed", 412, s3.copy_object, Bucket=bucket, Key="c", CopySource=source, CopySourceIfMatch='"no"'
    )


def test_delete_many(s3, bucket):
    put_all(s3, bucket, "a", "b/c", "d&<e>")
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": k} for k in ("a", "d&<e>", "none")]})
    assert sorted(entry["Key"] for entry in answer["Deleted"]) == ["a", "d&<e>", "none"]
    assert [entry["Key"] for entry in s3.list_objects(Bucket=bucket)["Contents"]] == ["b/c"]
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "b/c"}], "Quiet": True})
    assert "Deleted" not in quiet


def test_tags(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"", Tagging="a=1&b=2")
    assert s3.get_object(Bucket=bucket, Key="k")["TagCount"] == 2
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [
        {"Key": "a", "Value": "1"},
        {"Key": "b", "Value": "2"},
    ]
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": "c", "Value": "<3>"}]})
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [{"Key": "c", "Value": "<3>"}]
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_checksums(s3, bucket, algorithm):
    answer = s3.put_object(Bucket=bucket, Key="k", Body=b"data", ChecksumAlgorithm=algorithm)
    found = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert found[f"Checksum{algorithm}"] == answer[f"Checksum{algorithm}"]
    assert found["Body"].read() == b"data"


def test_wrong_checksums(s3, bucket):
    wrong = "AAAAAA=="
    fails("BadDigest", 400, s3.put_object, Bucket=bucket, Key="k", Body=b"data", ChecksumCRC32=wrong)
    fails("InvalidDigest", 400, s3.put_object, Bucket=bucket, Key="k", Body=b"data", ContentMD5="nonsense")
    md5 = "1B2M2Y8AsgTpgAmY7PhCfg=="
    fails("BadDigest", 400, s3.put_object, Bucket=bucket, Key="k", Body=b"data", ContentMD5=md5)
    fails("NoSuchKey", 404, s3.get_object, Bucket=bucket, Key="k")


# --- listings ------------------------------------------------------------------------------------------------------
def test_listing_pages(s3, bucket):
    keys = [f"k{number:04d}" for number in range(1050)]
    put_all(s3, bucket, *keys)
    first = s3.list_objects_v2(Bucket=bucket)
    assert (first["KeyCount"], first["IsTruncated"], first["MaxKeys"]) == (1000, True, 1000)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 400})
    assert [entry["Key"] for page in pages for entry in page["Contents"]] == keys
    old = s3.get_paginator("list_objects").paginate(Bucket=bucket, PaginationConfig={"PageSize": 400})
    assert [entry["Key"] for page in old for entry in page["Contents"]] == keys
    assert [e["Key"] for e in s3.list_objects_v2(Bucket=bucket, StartAfter="k1047")["Contents"]] == ["k1048", "k1049"]


LISTINGS: list[tuple[dict[str, Any], list[str], list[str]]] = [
    ({}, ["a/1", "a/2", "b", "b/x/1", "b/y", "c d"], []),
    ({"Delimiter": "/"}, ["b", "c d"], ["a/", "b/"]),
    ({"Prefix": "b"}, ["b", "b/x/1", "b/y"], []),
    ({"Prefix": "b/", "Delimiter": "/"}, ["b/y"], ["b/x/"]),
    ({"Prefix": "none"}, [], []),
    ({"Delimiter": "/", "Prefix": "a"}, [], ["a/"]),
    ({"StartAfter": "b"}, ["b/x/1", "b/y", "c d"], []),
    ({"EncodingType": "url", "Prefix": "c "}, ["c%20d"], []),
]


@pytest.mark.parametrize(("options", "keys", "prefixes"), LISTINGS)
def test_listings(s3, bucket, options, keys, prefixes):
    put_all(s3, bucket, "b/x/1", "a/1", "b/y", "a/2", "b", "c d")
    found = s3.list_objects_v2(Bucket=bucket, **options)
    assert [entry["Key"] for entry in found.get("Contents", [])] == keys
    assert [entry["Prefix"] for entry in found.get("CommonPrefixes", [])] == prefixes
    assert found["KeyCount"] == len(keys) + len(prefixes)


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
def test_pages_across_common_prefixes(s3, bucket, operation):
    put_all(s3, bucket, "a/1", "a/2", "b", "c/1", "c/2", "d")
    pages = s3.get_paginator(operation).paginate(Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 1})
    found = [
        entry.get("Key") or entry.get("Prefix")
        for page in pages
        for entry in [*page.get("Contents", []), *page.get("CommonPrefixes", [])]
    ]
    assert found == ["a/", "b", "c/", "d"]


# --- multipart -----------------------------------------------------------------------------------------------------
PART = 5 << 20


def test_multipart(s3, bucket):
    data = os.urandom(2 * PART + 1000)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="big", ContentType="x/y", Metadata={"m": "1"})["UploadId"]
    assert [u["Key"] for u in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == ["big"]
    parts = []
    for number, start in enumerate(range(0, len(data), PART), 1):
        chunk = data[start : start + PART]
        etag = s3.upload_part(Bucket=bucket, Key="big", UploadId=upload, PartNumber=number, Body=chunk)["ETag"]
        parts.append({"PartNumber": number, "ETag": etag})
    s3.upload_part(Bucket=bucket, Key="big", UploadId=upload, PartNumber=9, Body=b"not used")
    listed = s3.list_parts(Bucket=bucket, Key="big", UploadId=upload)["Parts"]
    assert [part["PartNumber"] for part in listed] == [1, 2, 3, 9]
    done = s3.complete_multipart_upload(Bucket=bucket, Key="big", UploadId=upload, MultipartUpload={"Parts": parts})
    digests = b"".join(hashlib.md5(data[start : start + PART]).digest() for start in range(0, len(data), PART))
    assert done["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-3"'
    found = s3.get_object(Bucket=bucket, Key="big")
    assert (found["Body"].read() == data, found["ContentType"], found["Metadata"]) == (True, "x/y", {"m": "1"})
    fails("NoSuchUpload", 404, s3.list_parts, Bucket=bucket, Key="big", UploadId=upload)
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/big")
    assert s3.head_object(Bucket=bucket, Key="copy")["ETag"] == f'"{hashlib.md5(data).hexdigest()}"'


def test_multipart_errors(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="big")["UploadId"]
    where = {"Bucket": bucket, "Key": "big", "UploadId": upload}
    etags = [s3.upload_part(**where, PartNumber=number, Body=b"small")["ETag"] for number in (1, 2)]
    parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]

    def complete(*chosen: Any) -> None:
        s3.complete_multipart_upload(**where, MultipartUpload={"Parts": list(chosen)})

    fails("EntityTooSmall", 400, complete, *parts)
    fails("InvalidPartOrder", 400, complete, parts[1], parts[0])
    fails("InvalidPart", 400, complete, {"PartNumber": 3, "ETag": etags[0]})
    fails("InvalidPart", 400, complete, {"PartNumber": 1, "ETag": '"00000000000000000000000000000000"'})
    fails("NoSuchUpload", 404, s3.upload_part, **(where | {"UploadId": "f" * 48}), PartNumber=1, Body=b"")
    fails("InvalidArgument", 400, s3.upload_part, **where, PartNumber=10_001, Body=b"")
    s3.abort_multipart_upload(**where)
    fails("NoSuchUpload", 404, complete, parts[0])
    fails("NoSuchKey", 404, s3.get_object, Bucket=bucket, Key="big")


def test_upload_part_copy(s3, bucket):
    s3.put_object(Bucket=bucket, Key="source", Body=b"0123456789")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="target")["UploadId"]
    where = {"Bucket": bucket, "Key": "target", "UploadId": upload}
    copied = s3.upload_part_copy(**where, PartNumber=1, CopySource=f"{bucket}/source", CopySourceRange="bytes=2-5")
    parts = [{"PartNumber": 1, "ETag": copied["CopyPartResult"]["ETag"]}]
    s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})
    assert s3.get_object(Bucket=bucket, Key="target")["Body"].read() == b"2345"


def test_managed_transfers(s3, bucket, tmp_path):
    """upload_file and download_file: parallel parts with checksums, parallel ranges."""
    data = os.urandom(20 << 20)
    s3.upload_fileobj(io.BytesIO(data), bucket, "big")
    s3.download_file(bucket, "big", str(tmp_path / "big"))
    assert (tmp_path / "big").read_bytes() == data


# --- who may -------------------------------------------------------------------------------------------------------
def test_wrong_keys(store, bucket):
    fails("InvalidAccessKeyId", 403, store.client(aws_access_key_id="nobody").list_objects_v2, Bucket=bucket)
    fails("SignatureDoesNotMatch", 403, store.client(aws_secret_access_key="no").list_objects_v2, Bucket=bucket)
    fails("404", 404, store.client().head_bucket, Bucket="missing-bucket")


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_presigned(store, bucket, version):
    client = store.client(config=Config(signature_version=version))
    client.put_object(Bucket=bucket, Key="a b+ü", Body=b"signed")
    url = client.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "a b+ü"}, ExpiresIn=60)
    assert urllib.request.urlopen(url).read() == b"signed"
    shown = client.generate_presigned_url(
        "get_object", {"Bucket": bucket, "Key": "a b+ü", "ResponseContentType": "text/x"}, ExpiresIn=60
    )
    assert urllib.request.urlopen(shown).headers["Content-Type"] == "text/x"
    put = client.generate_presigned_url("put_object", {"Bucket": bucket, "Key": "put"}, ExpiresIn=60)
    urllib.request.urlopen(urllib.request.Request(put, b"by url", {"Content-Type": ""}, method="PUT"))
    assert client.get_object(Bucket=bucket, Key="put")["Body"].read() == b"by url"
    with pytest.raises(urllib.error.HTTPError, match="403") as caught:
        urllib.request.urlopen(url.replace("a%20b", "other"))
    assert b"<Code>SignatureDoesNotMatch</Code>" in caught.value.read()
    caught.value.close()


def test_expired(store, bucket):
    for version in ("s3", "s3v4"):
        client = store.client(config=Config(signature_version=version))
        url = client.generate_presigned_url(
            "list_objects_v2", {"Bucket": bucket}, ExpiresIn=-1 if version == "s3" else 0
        )
        if version == "s3v4":
            url = url.replace("X-Amz-Expires=0", "X-Amz-Expires=604801")
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(url)
        body = caught.value.read()
        caught.value.close()
        assert b"Request has expired" in body or b"AuthorizationQueryParametersError" in body


def test_anonymous(store, bucket):
    with pytest.raises(urllib.error.HTTPError, match="403") as caught:
        urllib.request.urlopen(f"{store.url}/{bucket}")
    body = caught.value.read()
    caught.value.close()
    assert body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code>')
    assert f"<Resource>/{bucket}/</Resource>".encode() in body


def test_virtual_host_style(store, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    url = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k"}, ExpiresIn=60)
    assert urllib.request.urlopen(url).read() == b"x"
    port = store.url.rpartition(":")[2]
    client = store.client(endpoint_url=f"http://localhost:{port}", config=Config(s3={"addressing_style": "virtual"}))
    signed = client.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k"}, ExpiresIn=60)
    assert signed.startswith(f"http://{bucket}.localhost:{port}/k")
    target = signed.replace(f"{bucket}.localhost", "127.0.0.1")
    request = urllib.request.Request(target, headers={"Host": f"{bucket}.localhost:{port}"})
    assert urllib.request.urlopen(request).read() == b"x"


# --- beyond --------------------------------------------------------------------------------------------------------
def test_not_implemented(s3, bucket):
    fails("NotImplemented", 501, s3.get_bucket_acl, Bucket=bucket)
    fails("NotImplemented", 501, s3.get_bucket_policy, Bucket=bucket)
    fails("NotImplemented", 501, s3.list_object_versions, Bucket=bucket)
    fails("NotImplemented", 501, s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    fails("NotImplemented", 501, s3.get_object, Bucket=bucket, Key="k", VersionId="abc")
    fails("NotImplemented", 501, s3.get_object_acl, Bucket=bucket, Key="k")


def test_many_clients_at_once(store, bucket):
    from concurrent.futures import ThreadPoolExecutor

    client = store.client(config=Config(max_pool_connections=16))

    def work(number: int) -> bool:
        data = bytes([number]) * (number * 20_000)
        client.put_object(Bucket=bucket, Key=f"k{number}", Body=data)
        return bool(client.get_object(Bucket=bucket, Key=f"k{number}")["Body"].read() == data)

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(work, range(48)))


def test_a_restart_keeps_everything(serve_store):
    first = serve_store()
    s3 = first.store.client()
    s3.create_bucket(Bucket="kept", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="kept", Key="a", Body=b"1", Metadata={"m": "x"}, Tagging="t=1")
    put_all(s3, "kept", "a/b", "trailing/", "x" * 400)
    upload = s3.create_multipart_upload(Bucket="kept", Key="big")["UploadId"]
    etag = s3.upload_part(Bucket="kept", Key="big", UploadId=upload, PartNumber=1, Body=b"part")["ETag"]
    before = s3.list_objects_v2(Bucket="kept")["Contents"]
    first.stop()
    (first.home / "s3" / ".dw" / "scratch" / "left-over").write_bytes(b"half")
    second = serve_store()
    s3 = second.store.client()
    assert s3.list_objects_v2(Bucket="kept")["Contents"] == before
    assert s3.get_bucket_location(Bucket="kept")["LocationConstraint"] == "eu-west-1"
    found = s3.get_object(Bucket="kept", Key="a")
    assert (found["Body"].read(), found["Metadata"], found["TagCount"]) == (b"1", {"m": "x"}, 1)
    assert not (second.home / "s3" / ".dw" / "scratch" / "left-over").exists()
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    s3.complete_multipart_upload(Bucket="kept", Key="big", UploadId=upload, MultipartUpload=parts)
    assert s3.get_object(Bucket="kept", Key="big")["Body"].read() == b"part"
