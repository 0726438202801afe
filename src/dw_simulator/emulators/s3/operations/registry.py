"""The registry of operations: how a request is recognised, and the handler that answers it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from dw_simulator.emulators.s3.protocol.auth import Signed
from dw_simulator.emulators.s3.protocol.bodies import BodyCheck
from dw_simulator.emulators.s3.protocol.errors import S3Error
from dw_simulator.emulators.s3.protocol.request import Request, Response
from dw_simulator.emulators.s3.storage.files import ScratchFile
from dw_simulator.emulators.s3.storage.store import Store
from dw_simulator.emulators.s3.storage.uploads import Uploads

_INLINE_BYTES = 128 << 10
"""Less than this is hashed and written at once: a hop to a worker thread costs more."""


class Level(Enum):
    SERVICE = "service"
    BUCKET = "bucket"
    OBJECT = "object"


class Body(Protocol):
    """The body of a request while it arrives."""

    async def next(self) -> list[bytes]:
        """Everything that has arrived since the last call; an empty list at the end."""
        ...


@dataclass(slots=True)
class Call:
    """One request on its way through a handler."""

    request: Request
    signed: Signed
    body: Body
    store: Store
    uploads: Uploads
    workers: Executor

    async def in_worker(self, function: Callable[[], None]) -> None:
        await asyncio.get_running_loop().run_in_executor(self.workers, function)

    async def run_on_file(self, fd: int, function: Callable[[], None]) -> None:
        """Run a function in a worker thread and close the descriptor it read from."""
        try:
            await self.in_worker(function)
        finally:
            os.close(fd)

    async def receive(self, scratch: ScratchFile, algorithm: str | None = None) -> BodyCheck:
        """Write the body to a scratch file and check it. Hashing and writing overlap with receiving."""
        check = BodyCheck(self.request, self.signed, algorithm)

        def take(chunks: list[bytes]) -> None:
            for chunk in chunks:
                scratch.write(check.feed(chunk))

        while chunks := await self.body.next():
            if sum(map(len, chunks)) < _INLINE_BYTES:
                take(chunks)
            else:
                await self.in_worker(lambda chunks=chunks: take(chunks))  # type: ignore[misc]
        check.finish()
        return check

    async def read_document(self, limit: int = 2 << 20) -> bytes:
        """The whole body of a request that is a small document."""
        check = BodyCheck(self.request, self.signed)
        document = bytearray()
        while chunks := await self.body.next():
            for chunk in chunks:
                for piece in check.feed(chunk):
                    document += piece
            if len(document) > limit:
                raise S3Error("MaxMessageLengthExceeded", MaxMessageLengthBytes=limit)
        check.finish()
        return bytes(document)


Handler = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Operation:
    name: str
    handler: Handler


OPERATIONS: dict[tuple[str, Level, str], Operation] = {}
"""(method, level, variant) -> operation; the variant is a subresource or ``copy``, empty for the plain operation."""

UNSUPPORTED = frozenset(
    {
        "accelerate",
        "acl",
        "analytics",
        "attributes",
        "cors",
        "encryption",
        "intelligent-tiering",
        "inventory",
        "legal-hold",
        "lifecycle",
        "logging",
        "metadataConfiguration",
        "metadataTable",
        "metrics",
        "notification",
        "object-lock",
        "ownershipControls",
        "policy",
        "policyStatus",
        "publicAccessBlock",
        "rename",
        "renameObject",
        "replication",
        "requestPayment",
        "restore",
        "retention",
        "select",
        "session",
        "torrent",
        "versions",
        "website",
    }
)
"""Subresources of S3 that this store does not have: they answer NotImplemented, and never as the plain operation."""

_SUBRESOURCES = ("uploadId", "uploads", "delete", "tagging", "location", "versioning", "partNumber", "list-type")
_UNSUPPORTED_HEADERS = (
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-copy-source-server-side-encryption-customer-algorithm",
    "x-amz-object-lock-mode",
    "x-amz-object-lock-legal-hold",
    "x-amz-bucket-object-lock-enabled",
    "x-amz-website-redirect-location",
    "x-amz-write-offset-bytes",
)


def operation(name: str, method: str, level: Level, variant: str = "") -> Callable[[Handler], Handler]:
    """Register a handler under the name of the API reference."""

    def register(handler: Handler) -> Handler:
        OPERATIONS[method, level, variant] = Operation(name, handler)
        return handler

    return register


def resolve(request: Request) -> Operation:
    """The operation that a request asks for.

    Raises:
        S3Error: NotImplemented for a feature of S3 that the store does not have, MethodNotAllowed.
    """
    _refuse_unsupported(request)
    level = Level.OBJECT if request.key else Level.BUCKET if request.bucket else Level.SERVICE
    found = OPERATIONS.get((request.method, level, _variant(request)))
    if found is not None:
        return found
    if any(method == request.method and place is level for method, place, _ in OPERATIONS):
        raise S3Error("NotImplemented", f"This operation is not implemented: {request.method} {_describe(request)}")
    raise S3Error("MethodNotAllowed", Method=request.method, ResourceType=level.value.upper())


def _variant(request: Request) -> str:
    names = {name for name, _ in request.query}
    found = next((name for name in _SUBRESOURCES if name in names), "")
    if request.method == "PUT" and request.key and "x-amz-copy-source" in request.headers:
        return f"{found}+copy" if found else "copy"
    return "" if found == "list-type" else found


def _refuse_unsupported(request: Request) -> None:
    for name, value in request.query:
        if name in UNSUPPORTED:
            raise S3Error("NotImplemented", f"The subresource {name} is not implemented")
        if name == "versionId" and value != "null":
            raise S3Error("NotImplemented", "Versions are not implemented; the only version is null")
    for header in _UNSUPPORTED_HEADERS:
        if header in request.headers:
            raise S3Error("NotImplemented", Header=header)


def _describe(request: Request) -> str:
    return "?" + "&".join(name for name, _ in request.query) if request.query else request.resource
