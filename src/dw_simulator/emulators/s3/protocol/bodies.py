"""Request bodies: aws-chunked decoding with chunk signatures and trailers, and the checks on what arrived.

Source: Amazon S3 API reference, "Signature Calculations for the Authorization Header: Transferring Payload in Multiple
Chunks" and "… Including Trailing Headers".
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from dw_simulator.emulators.s3.protocol import checksums
from dw_simulator.emulators.s3.protocol.auth import Signed
from dw_simulator.emulators.s3.protocol.errors import S3Error
from dw_simulator.emulators.s3.protocol.request import Request
from dw_simulator.staging import sigv4

_SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
_SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
_UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
_STREAMING = frozenset({_SIGNED, _SIGNED_TRAILER, _UNSIGNED_TRAILER})
_MAX_LINE = 16 << 10


class AwsChunkedDecoder:
    """Takes ``aws-chunked`` framing off, bytes in, bytes out; verifies the signature of every chunk."""

    def __init__(self, signed: Signed) -> None:
        self._signed = signed
        self._check = signed.payload_hash != _UNSIGNED_TRAILER
        self._previous = signed.seed
        self._expected = ""
        self._hash = hashlib.sha256()
        self._line = bytearray()
        self._left = 0
        self._state: Callable[[memoryview, list[memoryview]], int] = self._size_line
        self.trailers: dict[str, str] = {}
        self.finished = False

    def feed(self, data: bytes) -> list[memoryview]:
        """The payload in ``data``. Raises S3Error IncompleteBody, SignatureDoesNotMatch."""
        view, position = memoryview(data), 0
        output: list[memoryview] = []
        while position < len(view):
            position += self._state(view[position:], output)
        return output

    def _take_line(self, view: memoryview) -> tuple[int, str | None]:
        """Bytes used, and the line without CRLF once it is complete."""
        end = bytes(view[:_MAX_LINE]).find(b"\n")
        used = end + 1 if end >= 0 else len(view)
        self._line += view[:used]
        if len(self._line) > _MAX_LINE:
            raise S3Error("IncompleteBody", "A line of the aws-chunked body is too long")
        if end < 0:
            return used, None
        line = self._line.decode("latin-1").rstrip("\r\n")
        self._line.clear()
        return used, line

    def _size_line(self, view: memoryview, _output: list[memoryview]) -> int:
        used, line = self._take_line(view)
        if line is None:
            return used
        size, _, extension = line.partition(";")
        try:
            self._left = int(size, 16)
        except ValueError as error:
            raise S3Error("IncompleteBody", "The aws-chunked body has a chunk without a size") from error
        if self._left < 0:
            raise S3Error("IncompleteBody", "The aws-chunked body has a chunk of negative size")
        self._expected = extension.partition("chunk-signature=")[2]
        self._hash = hashlib.sha256()
        if self._left == 0:
            self._verify_chunk()
            self._state = self._trailer_line
        else:
            self._state = self._payload
        return used

    def _payload(self, view: memoryview, output: list[memoryview]) -> int:
        used = min(self._left, len(view))
        output.append(view[:used])
        if self._check:
            self._hash.update(view[:used])
        self._left -= used
        if self._left == 0:
            self._verify_chunk()
            self._state = self._end_of_chunk
        return used

    def _end_of_chunk(self, view: memoryview, _output: list[memoryview]) -> int:
        used, line = self._take_line(view)
        if line is not None:
            if line:
                raise S3Error("IncompleteBody", "A chunk of the aws-chunked body is longer than it says")
            self._state = self._size_line
        return used

    def _trailer_line(self, view: memoryview, _output: list[memoryview]) -> int:
        used, line = self._take_line(view)
        if line is None:
            return used
        if line:
            name, _, value = line.partition(":")
            self.trailers[name.strip().lower()] = value.strip()
        else:
            self._verify_trailer()
            self.finished = True
            self._state = self._after_end
        return used

    def _after_end(self, _view: memoryview, _output: list[memoryview]) -> int:
        raise S3Error("IncompleteBody", "There are bytes after the last chunk of the aws-chunked body")

    def _sign(self, kind: str, *hashes: str) -> str:
        lines = (f"{sigv4.ALGORITHM}-{kind}", self._signed.timestamp, self._signed.scope, self._previous, *hashes)
        return sigv4.signature(self._signed.key, "\n".join(lines))

    def _verify_chunk(self) -> None:
        if not self._check:
            return
        right = self._sign("PAYLOAD", sigv4.EMPTY_SHA256, self._hash.hexdigest())
        if not hmac.compare_digest(right.encode(), self._expected.encode()):
            raise S3Error("SignatureDoesNotMatch", "The signature of a chunk does not match its content.")
        self._previous = right

    def _verify_trailer(self) -> None:
        if self._signed.payload_hash != _SIGNED_TRAILER:
            return
        given = self.trailers.pop("x-amz-trailer-signature", "")
        text = "".join(f"{name}:{value}\n" for name, value in sorted(self.trailers.items()))
        right = self._sign("TRAILER", hashlib.sha256(text.encode()).hexdigest())
        if not hmac.compare_digest(right.encode(), given.encode()):
            raise S3Error("SignatureDoesNotMatch", "The signature of the trailing headers does not match them.")


@dataclass
class BodyCheck:
    """Everything a request promises about its body, and what arrived.

    ``feed`` gives the payload back piece by piece; ``finish`` raises if a promise was broken.
    """

    request: Request
    signed: Signed
    extra_algorithm: str | None = None
    size: int = 0
    checksums: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._promised_md5 = _read_md5(self.request)
        self._declared = checksums.declared(self.request.headers)
        wanted = self._declared or ({self.extra_algorithm: None} if self.extra_algorithm else {})
        self._hashers = {name: checksums.new_hasher(name) for name in wanted}
        payload_hash = self.signed.payload_hash
        self._decoder = AwsChunkedDecoder(self.signed) if payload_hash in _STREAMING else None
        self._sha256 = None if payload_hash in _STREAMING | {sigv4.UNSIGNED_PAYLOAD} else hashlib.sha256()
        if payload_hash.startswith("STREAMING-") and self._decoder is None:
            raise S3Error("NotImplemented", f"The payload signature {payload_hash} is not implemented")

    def feed(self, data: bytes) -> Iterable[bytes | memoryview]:
        pieces: Iterable[bytes | memoryview] = [data] if self._decoder is None else self._decoder.feed(data)
        for piece in pieces:
            self.size += len(piece)
            self._md5.update(piece)
            if self._sha256 is not None:
                self._sha256.update(piece)
            for hasher in self._hashers.values():
                hasher.update(piece)
        return pieces

    @property
    def md5(self) -> str:
        return self._md5.hexdigest()

    def finish(self) -> None:
        """Raises S3Error IncompleteBody, BadDigest, XAmzContentSHA256Mismatch."""
        if self._decoder is not None:
            self._finish_chunks(self._decoder)
        if self._sha256 is not None and self._sha256.hexdigest() != self.signed.payload_hash:
            raise S3Error(
                "XAmzContentSHA256Mismatch",
                ClientComputedContentSHA256=self.signed.payload_hash,
                S3ComputedContentSHA256=self._sha256.hexdigest(),
            )
        if self._promised_md5 is not None and self._promised_md5 != self._md5.digest():
            raise S3Error("BadDigest", "The Content-MD5 you specified did not match what we received.")
        self._finish_checksums()

    def _finish_chunks(self, decoder: AwsChunkedDecoder) -> None:
        if not decoder.finished:
            raise S3Error("IncompleteBody", "The aws-chunked body ended before its last chunk")
        promised = self.request.headers.get("x-amz-decoded-content-length", "")
        if promised != str(self.size):
            raise S3Error("IncompleteBody", f"x-amz-decoded-content-length is {promised!r}, received {self.size} bytes")

    def _finish_checksums(self) -> None:
        trailers = self._decoder.trailers if self._decoder else {}
        for algorithm, hasher in self._hashers.items():
            computed = checksums.text_of(hasher.digest())
            promised = self._declared.get(algorithm)
            if algorithm in self._declared and promised is None:
                promised = trailers.get(checksums.HEADER + algorithm)
                if promised is None:
                    raise S3Error("InvalidRequest", f"The trailing header {checksums.HEADER}{algorithm} is missing")
            if promised is not None and promised != computed:
                raise S3Error(
                    "BadDigest", f"The {algorithm.upper()} you specified did not match the calculated checksum."
                )
            self.checksums[algorithm] = computed


def _read_md5(request: Request) -> bytes | None:
    text = request.headers.get("content-md5")
    if text is None:
        return None
    try:
        digest = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise S3Error("InvalidDigest", "The Content-MD5 you specified was invalid.") from error
    if len(digest) != 16:
        raise S3Error("InvalidDigest", "The Content-MD5 you specified was invalid.")
    return digest
