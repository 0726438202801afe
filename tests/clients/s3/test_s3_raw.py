"""The S3 store byte by byte: what libraries hide, and what happens when it is killed or out of space."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
import zlib
from base64 import b64encode

import pytest

from dw_simulator.emulators.s3.storage.files import ScratchFile
from dw_simulator.staging import ObjectStore, ObjectStoreError, sigv4


class Wire:
    """Sends signed requests over a bare socket."""

    def __init__(self, url: str, when: dt.datetime | None = None) -> None:
        self.host = url.removeprefix("http://")
        name, _, port = self.host.partition(":")
        self.socket = socket.create_connection((name, int(port)), 10)
        self.pending = b""
        moment = when or dt.datetime.now(dt.UTC)
        self.timestamp = moment.strftime("%Y%m%dT%H%M%SZ")
        self.scope = f"{self.timestamp[:8]}/us-east-1/s3/aws4_request"
        self.key = sigv4.signing_key("mockpass", self.timestamp[:8], "us-east-1")

    def head(self, method: str, path: str, payload_hash: str, **headers: str) -> str:
        """The head of a request, and its signature."""
        signed = {"host": self.host, "x-amz-date": self.timestamp, "x-amz-content-sha256": payload_hash}
        signed |= {name.replace("_", "-"): value for name, value in headers.items() if name.startswith("x_amz")}
        canonical = sigv4.canonical_request(method, path, [], signed, signed, payload_hash)
        self.seed = sigv4.signature(self.key, sigv4.string_to_sign(self.timestamp, self.scope, canonical))
        signed |= {name.replace("_", "-"): value for name, value in headers.items() if not name.startswith("x_amz")}
        names = ";".join(sorted(name for name in signed if name == "host" or name.startswith("x-amz")))
        signed["authorization"] = (
            f"{sigv4.ALGORITHM} Credential=mockuser/{self.scope}, SignedHeaders={names}, Signature={self.seed}"
        )
        lines = "".join(f"{name}: {value}\r\n" for name, value in signed.items())
        return f"{method} {path} HTTP/1.1\r\n{lines}\r\n"

    def chunk(self, data: bytes) -> bytes:
        """A signed chunk of an aws-chunked body."""
        digest = hashlib.sha256(data).hexdigest()
        text = f"{sigv4.ALGORITHM}-PAYLOAD\n{self.timestamp}\n{self.scope}\n{self.seed}\n{sigv4.EMPTY_SHA256}\n{digest}"
        self.seed = sigv4.signature(self.key, text)
        return f"{len(data):x};chunk-signature={self.seed}\r\n".encode() + data

    def trailer_signature(self, lines: str) -> str:
        digest = hashlib.sha256(lines.encode()).hexdigest()
        text = f"{sigv4.ALGORITHM}-TRAILER\n{self.timestamp}\n{self.scope}\n{self.seed}\n{digest}"
        return sigv4.signature(self.key, text)

    def send(self, head: str, body: bytes = b"") -> None:
        self.socket.sendall(head.encode() + body)

    def answer(self) -> tuple[int, bytes]:
        """The next answer: status and body."""
        while b"\r\n\r\n" not in self.pending:
            more = self.socket.recv(65536)
            assert more, self.pending
            self.pending += more
        head, _, body = self.pending.partition(b"\r\n\r\n")
        lengths = [
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        ]
        length = lengths[0] if lengths else 0
        while len(body) < length:
            body += self.socket.recv(65536)
        self.pending = body[length:]
        return int(head.split()[1]), body[:length]


@pytest.fixture
def wire(store):
    wire = Wire(store.url)
    yield wire
    wire.socket.close()


@pytest.fixture
def own(store):
    client = ObjectStore.connect(store.url, "mockuser", "mockpass", "us-east-1")
    yield client
    client.close()


def code_of(body: bytes) -> str:
    return body.partition(b"<Code>")[2].partition(b"</Code>")[0].decode()


# --- bodies -----------------------------------------------------------------------------------------------------------
def test_transfer_encoding_chunked(wire, own, bucket):
    head = wire.head("PUT", f"/{bucket}/k", "UNSIGNED-PAYLOAD", transfer_encoding="chunked")
    wire.send(head, b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
    assert wire.answer()[0] == 200
    assert own.read(bucket, "k") == b"hello world"


def test_expect_100_continue(wire, own, bucket):
    wire.send(wire.head("PUT", f"/{bucket}/k", "UNSIGNED-PAYLOAD", expect="100-continue", content_length="5"))
    assert wire.answer() == (100, b"")
    wire.send("", b"hello")
    assert wire.answer()[0] == 200
    assert own.read(bucket, "k") == b"hello"


def test_expect_is_not_continued_when_refused(wire, bucket):
    wire.send(wire.head("PUT", "/no-such-bucket/k", "UNSIGNED-PAYLOAD", expect="100-continue", content_length="5"))
    status, body = wire.answer()
    assert (status, code_of(body)) == (404, "NoSuchBucket")
    assert wire.socket.recv(1) == b""


def test_refused_upload_keeps_the_connection(wire, own, bucket):
    data = b"x" * 3_000_000
    wire.send(wire.head("PUT", "/no-such-bucket/k", "UNSIGNED-PAYLOAD", content_length=str(len(data))), data)
    assert wire.answer()[0] == 404
    wire.send(wire.head("PUT", f"/{bucket}/k", "UNSIGNED-PAYLOAD", content_length="2"), b"ok")
    assert wire.answer()[0] == 200
    assert own.read(bucket, "k") == b"ok"


def test_an_upload_must_say_its_length(wire, bucket):
    wire.send(wire.head("PUT", f"/{bucket}/k", "UNSIGNED-PAYLOAD"))
    status, body = wire.answer()
    assert (status, code_of(body)) == (411, "MissingContentLength")


def test_pipelined_requests(wire, bucket):
    heads = [wire.head("PUT", f"/{bucket}/k{number}", "UNSIGNED-PAYLOAD", content_length="1") for number in range(3)]
    wire.send("", b"".join(head.encode() + b"x" for head in heads))
    assert [wire.answer()[0] for _ in heads] == [200, 200, 200]


def signed_chunks(wire: Wire, bucket: str, chunks: list[bytes], kind: str = "", **headers: str) -> bytes:
    size = str(sum(map(len, chunks)))
    payload = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" + kind
    head = wire.head(
        "PUT", f"/{bucket}/k", payload, x_amz_decoded_content_length=size, content_encoding="aws-chunked",
        transfer_encoding="chunked", **headers,
    )  # fmt: skip
    wire.send(head)
    return b"".join(wire.chunk(chunk) + b"\r\n" for chunk in chunks)


def send_chunked(wire: Wire, body: bytes, step: int = 7000) -> None:
    for start in range(0, len(body), step):
        part = body[start : start + step]
        wire.send("", f"{len(part):x}\r\n".encode() + part + b"\r\n")
    wire.send("", b"0\r\n\r\n")


def test_signed_chunks(wire, own, bucket):
    chunks = [os.urandom(65536), os.urandom(1000)]
    body = signed_chunks(wire, bucket, chunks) + wire.chunk(b"") + b"\r\n"
    send_chunked(wire, body)
    assert wire.answer()[0] == 200
    assert own.read(bucket, "k") == b"".join(chunks)
    assert "content-encoding" not in own._send("HEAD", bucket, "k").headers


def test_a_chunk_that_was_changed(wire, own, bucket):
    body = signed_chunks(wire, bucket, [b"a" * 1000]) + wire.chunk(b"") + b"\r\n"
    send_chunked(wire, body.replace(b"aaaa", b"aaab", 1))
    status, answer = wire.answer()
    assert (status, code_of(answer)) == (403, "SignatureDoesNotMatch")
    with pytest.raises(ObjectStoreError, match="NoSuchKey"):
        own.read(bucket, "k")


def test_signed_chunks_with_a_trailer(wire, own, bucket):
    data = b"data of the object"
    crc = b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()
    body = signed_chunks(wire, bucket, [data], "-TRAILER", x_amz_trailer="x-amz-checksum-crc32") + wire.chunk(b"")
    line = f"x-amz-checksum-crc32:{crc}\n"
    tail = f"x-amz-checksum-crc32:{crc}\r\nx-amz-trailer-signature:{wire.trailer_signature(line)}\r\n\r\n"
    send_chunked(wire, body + tail.encode())
    assert wire.answer()[0] == 200
    assert own.read(bucket, "k") == data


UNSIGNED = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"


@pytest.mark.parametrize(
    ("body", "length", "expected"),
    [
        (b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", "5", ""),
        (b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", "5", "BadDigest"),
        (b"5\r\nhello\r\n0\r\n\r\n", "5", "InvalidRequest"),
        (b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", "6", "IncompleteBody"),
        (b"5\r\nhello\r\n", "5", "IncompleteBody"),
        (b"zz\r\nhello\r\n0\r\n\r\n", "5", "IncompleteBody"),
        (b"4\r\nhello\r\n0\r\n\r\n", "4", "IncompleteBody"),
    ],
)
def test_unsigned_chunks_with_a_trailer(wire, bucket, body, length, expected):
    head = wire.head(
        "PUT", f"/{bucket}/k", UNSIGNED, x_amz_decoded_content_length=length, content_length=str(len(body)),
        x_amz_trailer="x-amz-checksum-crc32",
    )  # fmt: skip
    wire.send(head, body)
    status, answer = wire.answer()
    assert (status, code_of(answer)) == (400 if expected else 200, expected)


def test_payload_hash(wire, bucket):
    digest = hashlib.sha256(b"right").hexdigest()
    wire.send(wire.head("PUT", f"/{bucket}/k", digest, content_length="5"), b"right")
    assert wire.answer()[0] == 200
    wire.send(wire.head("PUT", f"/{bucket}/k", digest, content_length="5"), b"wrong")
    status, body = wire.answer()
    assert (status, code_of(body)) == (400, "XAmzContentSHA256Mismatch")


# --- clocks, nonsense ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("minutes", [-16, 16])
def test_skewed_clock(store, bucket, minutes):
    wire = Wire(store.url, dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes))
    wire.send(wire.head("GET", f"/{bucket}", "UNSIGNED-PAYLOAD"))
    status, body = wire.answer()
    assert (status, code_of(body)) == (403, "RequestTimeTooSkewed")
    wire.socket.close()


@pytest.mark.parametrize(
    "request_text",
    [
        b"NONSENSE\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: " + b"x" * 70_000 + b"\r\n\r\n",
        b"\x16\x03\x01",
    ],
)
def test_nonsense(wire, request_text):
    wire.send("", request_text)
    wire.socket.shutdown(socket.SHUT_WR)
    data = b""
    while more := wire.socket.recv(65536):
        data += more
    assert data == b"" or data.startswith(b"HTTP/1.1 400 Bad Request")


def test_path_traversal(store, wire, bucket):
    (store.home / "secret").write_text("top secret content")
    for path in (
        f"/{bucket}/../../secret",
        f"/{bucket}/%2e%2e/%2e%2e/secret",
        "/../secret",
        "/.dw/buckets",
        "/..%2fsecret",
    ):
        wire.send(wire.head("GET", path, "UNSIGNED-PAYLOAD"))
        status, body = wire.answer()
        assert status in (403, 404), path
        assert b"top secret content" not in body


def test_health(wire):
    wire.send("GET /_dw/health HTTP/1.1\r\nHost: x\r\n\r\n")
    status, body = wire.answer()
    assert status == 200
    assert b'"status":"ok","service":"s3"' in body


# --- what can go wrong ------------------------------------------------------------------------------------------
def test_full_disk(own, bucket, monkeypatch):
    """No partial object; the old one stays; the connection goes on."""
    own.write(bucket, "k", b"old")
    write = ScratchFile.write

    def full(self, pieces):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ScratchFile, "write", full)
    for size in (10, 5_000_000):
        with pytest.raises(ObjectStoreError) as caught:
            own.write(bucket, "k", b"x" * size)
        assert (caught.value.code, caught.value.status) == ("InsufficientStorage", 507)
    monkeypatch.setattr(ScratchFile, "write", write)
    assert own.read(bucket, "k") == b"old"
    assert [info.key for info in own.list(bucket)] == ["k"]


def test_upload_cut_short(store, wire, own, bucket):
    wire.send(wire.head("PUT", f"/{bucket}/k", "UNSIGNED-PAYLOAD", content_length="1000000"), b"x" * 500_000)
    time.sleep(0.1)
    wire.socket.close()
    deadline = time.monotonic() + 60
    scratch = store.home / "s3" / ".dw" / "scratch"
    while list(scratch.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert list(scratch.iterdir()) == []
    assert own.list(bucket) == []


SERVE = """
import asyncio, sys
from pathlib import Path
from dw_simulator.config import S3Settings, Settings
from dw_simulator.emulators.s3.server import serve
settings = Settings(home=Path(sys.argv[1]), s3=S3Settings(port=0))
asyncio.run(serve(settings, ready=lambda host, port: print(port, flush=True)))
"""


def start(home):
    process = subprocess.Popen([sys.executable, "-c", SERVE, str(home)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, f"http://127.0.0.1:{int(process.stdout.readline())}"


def test_killed_and_stopped(tmp_path):
    """SIGKILL in the middle of uploads leaves whole objects, old or new; SIGTERM ends with status 0."""
    process, url = start(tmp_path)
    own = ObjectStore.connect(url, "mockuser", "mockpass", "us-east-1")
    own.create_bucket("kept")
    versions = [bytes([number]) * (200_000 + number) for number in range(8)]
    own.write("kept", "k", versions[0])
    wires = [Wire(url) for _ in range(3)]
    for wire in wires:
        wire.send(wire.head("PUT", "/kept/k", "UNSIGNED-PAYLOAD", content_length="9000000"), b"y" * 4_000_000)
    for version in versions:
        own.write("kept", "k", version)
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    process.stdout.close()
    for wire in wires:
        wire.socket.close()
    own.close()

    process, url = start(tmp_path)
    own = ObjectStore.connect(url, "mockuser", "mockpass", "us-east-1")
    assert own.read("kept", "k") == versions[-1]
    assert own.head("kept", "k").etag == hashlib.md5(versions[-1]).hexdigest()
    assert list((tmp_path / "s3" / ".dw" / "scratch").iterdir()) == []
    own.close()
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    process.stdout.close()


def test_port_in_use(store):
    import asyncio
    from pathlib import Path

    from dw_simulator.config import S3Settings, Settings
    from dw_simulator.emulators.s3.server import serve
    from dw_simulator.errors import StackError

    port = int(store.url.rpartition(":")[2])
    settings = Settings(home=Path(store.home) / "other", s3=S3Settings(port=port))
    with pytest.raises(StackError, match=f"port {port} of 127.0.0.1, wanted for s3, is in use"):
        asyncio.run(serve(settings))
