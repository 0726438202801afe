"""Where the bytes of a file come from: an S3 object, a local file, memory. And its compression taken off."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from dw_simulator.emulators.common.formats.errors import FormatError
from dw_simulator.emulators.common.objects import ObjectStore


class ByteStream(Protocol):
    """Bytes in order: ``read(n)`` gives up to n of them, none at the end."""

    def read(self, size: int = -1, /) -> bytes: ...


class Source(Protocol):
    """A file to read. ``name`` is what error messages call it."""

    @property
    def name(self) -> str: ...
    def open(self) -> pa.NativeFile:
        """For random access."""
        ...

    def stream(self) -> AbstractContextManager[ByteStream]:
        """For reading once, from the start."""
        ...


@dataclass(frozen=True)
class ObjectSource:
    """An object of an S3 store. Raises ObjectStoreError when it is opened or read."""

    store: ObjectStore
    bucket: str
    key: str

    @property
    def name(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    def open(self) -> pa.NativeFile:
        return self.store.open(self.bucket, self.key)

    def stream(self) -> AbstractContextManager[ByteStream]:
        return self.store.open_stream(self.bucket, self.key)


@dataclass(frozen=True)
class FileSource:
    """A local file; ``shown`` is its name for messages, if that is another than the path."""

    path: Path
    shown: str = ""

    @property
    def name(self) -> str:
        return self.shown or self.path.name

    def open(self) -> pa.NativeFile:
        return pa.OSFile(str(self.path))

    def stream(self) -> AbstractContextManager[ByteStream]:
        return self.path.open("rb")


@dataclass(frozen=True)
class BytesSource:
    """Bytes in memory."""

    name: str
    data: bytes

    def open(self) -> pa.NativeFile:
        return pa.BufferReader(self.data)

    def stream(self) -> AbstractContextManager[ByteStream]:
        return io.BytesIO(self.data)


_ARROW_CODECS = {"gzip": "gzip", "bz2": "bz2", "zstd": "zstd", "brotli": "brotli", "lz4": "lz4"}
_ZLIB_BITS = {"deflate": zlib.MAX_WBITS, "raw_deflate": -zlib.MAX_WBITS}
COMPRESSIONS = ("none", "auto", *_ARROW_CODECS, *_ZLIB_BITS)

_SUFFIXES = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd", ".br": "brotli", ".lz4": "lz4", ".deflate": "deflate"}
_MAGIC = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\x28\xb5\x2f\xfd": "zstd", b"\x04\x22\x4d\x18": "lz4"}
_READ_BYTES = 1 << 20


class _Inflate:
    """zlib streams, with or without their header."""

    def __init__(self, source: ByteStream, bits: int) -> None:
        self._source = source
        self._inflater = zlib.decompressobj(bits)
        self._finished = False

    def read(self, size: int = -1, /) -> bytes:
        if size < 0:
            return b"".join(iter(lambda: self.read(_READ_BYTES), b""))
        while not self._finished:
            packed = self._inflater.unconsumed_tail or self._source.read(_READ_BYTES)
            if not packed:
                self._finished = True
                if not self._inflater.eof:
                    raise zlib.error("the compressed data ends in the middle")
                return self._inflater.flush()
            data = self._inflater.decompress(packed, size)
            self._finished = self._inflater.eof
            if data:
                return data
        return b""


class _Peeked:
    """A stream whose first bytes were read already."""

    def __init__(self, head: bytes, rest: ByteStream) -> None:
        self._head = head
        self._rest = rest

    def read(self, size: int = -1, /) -> bytes:
        if not self._head:
            return self._rest.read(size)
        if 0 <= size < len(self._head):
            head, self._head = self._head[:size], self._head[size:]
            return head
        head, self._head = self._head, b""
        return head + self._rest.read(size - len(head) if size >= 0 else -1)


class _Guarded:
    """Turns the errors of decompressors into FormatError."""

    def __init__(self, stream: ByteStream, name: str, codec: str) -> None:
        self._stream = stream
        self._name = name
        self._codec = codec

    def read(self, size: int = -1, /) -> bytes:
        try:
            return bytes(self._stream.read(size))
        except (OSError, zlib.error, pa.ArrowException) as error:
            raise FormatError("compression", f"is not valid {self._codec} data: {error}", file=self._name) from error


@contextmanager
def open_decompressed(source: Source, compression: str = "auto") -> Iterator[ByteStream]:
    """The plain bytes of a source.

    Args:
        compression: one of ``COMPRESSIONS``; ``auto`` goes by the name's ending, then by the first bytes.

    Raises:
        FormatError: ``unsupported`` compression, or ``compression`` when the data is damaged (while reading).
    """
    if compression not in COMPRESSIONS:
        raise FormatError("unsupported", f"compression {compression} is not supported", file=source.name)
    with source.stream() as raw:
        head = raw.read(4) if compression == "auto" else b""
        codec = _detect(source.name, head) if compression == "auto" else compression
        stream: ByteStream = _Peeked(head, raw)
        if codec == "none":
            yield stream
        elif codec in _ZLIB_BITS:
            yield _Guarded(_Inflate(stream, _ZLIB_BITS[codec]), source.name, codec)
        else:
            packed = pa.PythonFile(_Closeable(stream), mode="r")
            yield _Guarded(pa.CompressedInputStream(packed, _ARROW_CODECS[codec]), source.name, codec)


class _Closeable(io.RawIOBase):
    """What pa.PythonFile asks of a Python file."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        return self._stream.read(-1 if size is None else size)


def _detect(name: str, head: bytes) -> str:
    for magic, codec in _MAGIC.items():
        if head.startswith(magic):
            return codec
    by_name = _SUFFIXES.get(Path(name).suffix.lower(), "none")
    return by_name if by_name in ("brotli", "deflate") else "none"
