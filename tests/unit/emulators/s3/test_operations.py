"""Every operation of the registry has a test with a real client; what the store does not have is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

import dw_simulator.emulators.s3.operations  # noqa: F401 - registers the operations
from dw_simulator.emulators.s3.operations.registry import OPERATIONS, UNSUPPORTED, resolve
from dw_simulator.emulators.s3.protocol.errors import ERRORS, S3Error
from dw_simulator.emulators.s3.protocol.request import parse_request

CLIENT_TESTS = Path(__file__).parents[3] / "clients" / "s3" / "test_s3_boto3.py"

TESTED_BY = {
    "ListBuckets": "test_bucket_life",
    "CreateBucket": "test_bucket_life",
    "HeadBucket": "test_bucket_life",
    "DeleteBucket": "test_bucket_life",
    "GetBucketLocation": "test_bucket_region",
    "GetBucketVersioning": "test_bucket_life",
    "PutObject": "test_put_and_get",
    "GetObject": "test_put_and_get",
    "HeadObject": "test_put_and_get",
    "DeleteObject": "test_keys",
    "DeleteObjects": "test_delete_many",
    "CopyObject": "test_copy",
    "UploadPartCopy": "test_upload_part_copy",
    "CreateMultipartUpload": "test_multipart",
    "UploadPart": "test_multipart",
    "CompleteMultipartUpload": "test_multipart",
    "AbortMultipartUpload": "test_multipart_errors",
    "ListParts": "test_multipart",
    "ListMultipartUploads": "test_multipart",
    "ListObjectsV2": "test_listings",
    "GetObjectTagging": "test_tags",
    "PutObjectTagging": "test_tags",
    "DeleteObjectTagging": "test_tags",
}


def test_every_operation_is_tested():
    assert {operation.name for operation in OPERATIONS.values()} == set(TESTED_BY)
    text = CLIENT_TESTS.read_text()
    assert [name for name in TESTED_BY.values() if f"def {name}(" not in text] == []


@pytest.mark.parametrize("subresource", sorted(UNSUPPORTED))
@pytest.mark.parametrize("target", ["/bucket", "/bucket/key"])
def test_unsupported_subresources(target, subresource):
    with pytest.raises(S3Error) as caught:
        resolve(parse_request("GET", f"{target}?{subresource}".encode(), {}))
    assert (caught.value.code, caught.value.status) == ("NotImplemented", 501)


@pytest.mark.parametrize(
    ("method", "target", "headers", "expected"),
    [
        ("GET", "/", {}, "ListBuckets"),
        ("GET", "/b", {}, "ListObjectsV2"),
        ("GET", "/b?list-type=2&prefix=x", {}, "ListObjectsV2"),
        ("GET", "/b/k", {}, "GetObject"),
        ("GET", "/b/k?x-id=GetObject", {}, "GetObject"),
        ("PUT", "/b/k", {"x-amz-copy-source": "b/x"}, "CopyObject"),
        ("PUT", "/b/k?partNumber=1&uploadId=x", {}, "UploadPart"),
        ("PUT", "/b/k?partNumber=1&uploadId=x", {"x-amz-copy-source": "b/x"}, "UploadPartCopy"),
        ("GET", "/b/k?versionId=null", {}, "GetObject"),
        ("PUT", "/b?tagging", {}, "NotImplemented"),
        ("GET", "/b/k?versionId=1", {}, "NotImplemented"),
        ("PUT", "/b/k", {"x-amz-server-side-encryption-customer-algorithm": "AES256"}, "NotImplemented"),
        ("POST", "/b/k", {}, "NotImplemented"),
        ("PATCH", "/b/k", {}, "MethodNotAllowed"),
    ],
)
def test_resolution(method, target, headers, expected):
    try:
        found = resolve(parse_request(method, target.encode(), headers)).name
    except S3Error as error:
        found = error.code
    assert found == expected


def test_error_table():
    assert all(300 <= status < 600 and text for status, text in ERRORS.values())
