"""Signatures: the examples that Amazon's documentation prints, and tables of what is refused."""

from __future__ import annotations

import datetime as dt

import pytest

from dw_simulator.emulators.s3.protocol.auth import Authenticator
from dw_simulator.emulators.s3.protocol.bodies import AwsChunkedDecoder
from dw_simulator.emulators.s3.protocol.errors import S3Error
from dw_simulator.emulators.s3.protocol.request import Request, parse_request
from dw_simulator.staging import sigv4

KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SCOPE = "20130524/us-east-1/s3/aws4_request"
NOW = dt.datetime(2013, 5, 24, tzinfo=dt.UTC)
AUTHENTICATOR = Authenticator(KEY, SECRET)


def request_of(method: str, target: str, signed: str, mark: str, **headers: str) -> Request:
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    headers.setdefault("host", "examplebucket.s3.amazonaws.com")
    headers.setdefault("x-amz-date", "20130524T000000Z")
    headers.setdefault("x-amz-content-sha256", sigv4.EMPTY_SHA256)
    headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={KEY}/{SCOPE},SignedHeaders={signed},Signature={mark}"
    return parse_request(method, target.encode(), headers)


DOCUMENTED = {
    "get object": request_of(
        "GET",
        "/test.txt",
        "host;range;x-amz-content-sha256;x-amz-date",
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        range="bytes=0-9",
    ),
    "put object": request_of(
        "PUT",
        "/test%24file.text",
        "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        date="Fri, 24 May 2013 00:00:00 GMT",
        x_amz_storage_class="REDUCED_REDUNDANCY",
        x_amz_content_sha256="44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
    ),
    "get bucket lifecycle": request_of(
        "GET",
        "/?lifecycle",
        "host;x-amz-content-sha256;x-amz-date",
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    ),
    "list objects": request_of(
        "GET",
        "/?max-keys=2&prefix=J",
        "host;x-amz-content-sha256;x-amz-date",
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    ),
    "presigned": parse_request(
        "GET",
        b"/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3"
        b"%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature="
        b"aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
        {"host": "examplebucket.s3.amazonaws.com"},
    ),
}


@pytest.mark.parametrize("case", DOCUMENTED)
def test_documented_examples(case):
    assert AUTHENTICATOR.verify(DOCUMENTED[case], NOW).access_key == KEY


@pytest.mark.parametrize("case", DOCUMENTED)
def test_a_wrong_secret(case):
    with pytest.raises(S3Error) as caught:
        Authenticator(KEY, "wrong").verify(DOCUMENTED[case], NOW)
    assert (caught.value.code, caught.value.status) == ("SignatureDoesNotMatch", 403)


def test_documented_chunks():
    """The example of "Transferring Payload in Multiple Chunks": 64 KiB, 1 KiB and nothing."""
    request = request_of(
        "PUT",
        "/examplebucket/chunkObject.txt",
        "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;"
        "x-amz-storage-class",
        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
        host="s3.amazonaws.com",
        content_encoding="aws-chunked",
        content_length="66824",
        x_amz_decoded_content_length="66560",
        x_amz_storage_class="REDUCED_REDUNDANCY",
        x_amz_content_sha256="STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    )
    decoder = AwsChunkedDecoder(AUTHENTICATOR.verify(request, NOW))
    chunks = {
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648": b"a" * 65536,
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497": b"a" * 1024,
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9": b"",
    }
    body = b"".join(f"{len(d):x};chunk-signature={mark}\r\n".encode() + d + b"\r\n" for mark, d in chunks.items())
    pieces = [bytes(piece) for start in range(0, len(body), 1000) for piece in decoder.feed(body[start : start + 1000])]
    assert b"".join(pieces) == b"a" * 66560
    assert decoder.finished


def test_documented_version_2():
    """The example of "Authenticating requests (AWS signature version 2)"."""
    headers = {
        "host": "awsexamplebucket1.us-west-1.s3.amazonaws.com",
        "date": "Tue, 27 Mar 2007 19:36:42 +0000",
        "authorization": f"AWS {KEY}:qgk2+6Sv9/oM7G3qLEjTH1a1l1g=",
    }
    request = Request("GET", "/photos/puppy.jpg", [], headers, "awsexamplebucket1", "photos/puppy.jpg")
    now = dt.datetime(2007, 3, 27, 19, 40, tzinfo=dt.UTC)
    assert AUTHENTICATOR.verify(request, now).access_key == KEY


CREDENTIAL = f"AWS4-HMAC-SHA256 Credential={KEY}/{SCOPE}, SignedHeaders=host, Signature=x"
REFUSED = [
    ({"authorization": None}, "AccessDenied"),
    ({"authorization": "Basic abc"}, "InvalidArgument"),
    ({"authorization": "AWS4-HMAC-SHA256 nonsense"}, "AuthorizationHeaderMalformed"),
    ({"authorization": CREDENTIAL.replace("/s3/", "/ec2/")}, "AuthorizationHeaderMalformed"),
    ({"authorization": CREDENTIAL.replace(KEY, "OTHER")}, "InvalidAccessKeyId"),
    ({"authorization": CREDENTIAL.replace("SignedHeaders=host", "SignedHeaders=range")}, "AccessDenied"),
    ({"x_amz_content_sha256": None}, "InvalidRequest"),
    ({"x_amz_meta_added": "1"}, "AccessDenied"),
    ({"x_amz_date": "20130524"}, "AccessDenied"),
    ({"x_amz_date": "20130524T001501Z"}, "RequestTimeTooSkewed"),
    ({"range": "bytes=0-10"}, "SignatureDoesNotMatch"),
    ({"host": "other"}, "SignatureDoesNotMatch"),
    ({"authorization": f"AWS {KEY}:x", "date": "nonsense", "x_amz_date": None}, "AccessDenied"),
]


@pytest.mark.parametrize(("changes", "code"), REFUSED)
def test_refused(changes, code):
    headers = dict(DOCUMENTED["get object"].headers)
    for name, value in changes.items():
        headers.pop(name.replace("_", "-"), None)
        if value is not None:
            headers[name.replace("_", "-")] = value
    with pytest.raises(S3Error) as caught:
        AUTHENTICATOR.verify(parse_request("GET", b"/test.txt", headers), NOW)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("when", "message"),
    [(dt.timedelta(days=2), "Request has expired"), (dt.timedelta(minutes=-16), "Request is not yet valid")],
)
def test_presigned_too_late_or_early(when, message):
    with pytest.raises(S3Error, match=message):
        AUTHENTICATOR.verify(DOCUMENTED["presigned"], NOW + when)
