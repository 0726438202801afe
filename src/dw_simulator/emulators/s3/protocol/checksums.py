"""The checksums that clients send with objects (Amazon S3 user guide, "Checking object integrity")."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Mapping
from typing import Protocol

from dw_simulator.emulators.s3.protocol.errors import S3Error

HEADER = "x-amz-checksum-"
_NOT_ALGORITHMS = frozenset({"algorithm", "mode", "type"})


class Hasher(Protocol):
    def update(self, data: bytes | memoryview, /) -> None: ...
    def digest(self) -> bytes: ...


class Crc32:
    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes | memoryview, /) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


def _crc32c() -> Hasher:
    # Here and below: numpy takes 13 MB, and most clients send the CRC that zlib has.
    from dw_simulator.emulators.s3.protocol.crc import Crc32C

    return Crc32C()


def _crc64nvme() -> Hasher:
    from dw_simulator.emulators.s3.protocol.crc import Crc64Nvme

    return Crc64Nvme()


ALGORITHMS: dict[str, Callable[[], Hasher]] = {
    "crc32": Crc32,
    "crc32c": _crc32c,
    "crc64nvme": _crc64nvme,
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "sha256": hashlib.sha256,
}


def new_hasher(algorithm: str) -> Hasher:
    """A hasher by lower-case name. Raises S3Error NotImplemented for one that is not known."""
    try:
        return ALGORITHMS[algorithm]()
    except KeyError as error:
        known = ", ".join(sorted(ALGORITHMS)).upper()
        raise S3Error(
            "NotImplemented", f"The checksum algorithm {algorithm.upper()} is not implemented; use one of {known}"
        ) from error


def text_of(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def declared(headers: Mapping[str, str]) -> dict[str, str | None]:
    """Algorithms the request declares -> their base64 values, None where the value follows as a trailer."""
    found: dict[str, str | None] = {}
    for name, value in headers.items():
        if name.startswith(HEADER) and (algorithm := name[len(HEADER) :]) not in _NOT_ALGORITHMS:
            found[algorithm] = value
    for name in headers.get("x-amz-trailer", "").lower().split(","):
        if name.strip().startswith(HEADER):
            found[name.strip()[len(HEADER) :]] = None
    if len(found) > 1:
        raise S3Error(
            "InvalidRequest", "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        )
    return found
