"""Files of internal stages, under URLs that PUT and GET hand out."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from dw_simulator.emulators.snowflake.protocol.http import Request, Response
from dw_simulator.emulators.snowflake.routes.registry import route
from dw_simulator.emulators.snowflake.service import Service
from dw_simulator.emulators.snowflake.stages.storage import LocalStorage
from dw_simulator.emulators.snowflake.stages.transfers import FILES_PATH, TRANSFER_PATH, Grant

PIECE_BYTES = 1 << 20
_TEXT = b"text/plain"
_GZIP = b"\x1f\x8b"


def _token(request: Request) -> str:
    return request.path.removeprefix(TRANSFER_PATH).partition("/")[0]


def _grant(service: Service, request: Request) -> Grant | None:
    return service.transfers.find(_token(request))


@route("PUT", TRANSFER_PATH + "*")
async def upload(service: Service, request: Request) -> Response:
    """Store the body, unless the file is there and must not be overwritten: 412 for drivers that ask to be told.

    400 makes drivers ask for a URL for the very file they send, which is what a first PUT needs. A URL takes one file:
    driver 5 tries the next file of a PUT with the URL that it was given for the one before.
    """
    grant = service.transfers.take(_token(request)) if request.stream is not None else None
    if grant is None or grant.storage is None or request.stream is None:
        return Response(b"ask for a URL for this file", 400, _TEXT)
    try:
        if not grant.overwrite and grant.storage.find(grant.path) is not None:
            async for _ in request.stream:
                pass
            return Response(b"", 412 if request.header(b"x-goog-if-generation-match") else 200, _TEXT)
        await _store(service, grant.storage, grant, request.stream)
    except BaseException:
        service.transfers.give_back(_token(request), grant)
        raise
    return Response(b"")


async def _store(service: Service, storage: LocalStorage, grant: Grant, stream: AsyncIterator[bytes]) -> None:
    """Write to a file beside the target and put it in place at the end: readers see the old or the new one, whole."""
    target = storage.local_path(grant.path)
    partial = target.with_name(f"{target.name}.{os.getpid()}.{id(stream):x}.partial")
    first = True
    try:
        file = await service.in_thread(_create, partial)
        with file:
            async for piece in _pieces(stream):
                if first and grant.suffix and piece.startswith(_GZIP) and target.suffix != ".gz":
                    target = target.with_name(f"{target.name}.gz")
                first = False
                await service.in_thread(file.write, piece)
        await service.in_thread(partial.replace, target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            partial.unlink()


def _create(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("wb")


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


async def _pieces(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The stream in larger pieces: each goes to another thread."""
    pieces: list[bytes] = []
    size = 0
    async for piece in stream:
        pieces.append(piece)
        size += len(piece)
        if size >= PIECE_BYTES:
            yield b"".join(pieces)
            pieces, size = [], 0
    if pieces:
        yield b"".join(pieces)


@route("GET", TRANSFER_PATH + "*")
async def download(service: Service, request: Request) -> Response:
    """The file. A URL for an upload gives none: the Node driver looks there for what it would overwrite."""
    grant = _grant(service, request)
    if grant is not None and grant.writable:
        return Response(b"this URL is for an upload", 403, _TEXT)
    file = grant.storage.find(grant.path) if grant is not None and grant.storage is not None else None
    if grant is None or grant.storage is None or file is None:
        return Response(b"no such file", 404, _TEXT)
    headers = [(b"content-length", str(file.size).encode()), (b"etag", f'"{file.etag}"'.encode())]
    body = _read(service, grant.storage.local_path(grant.path))
    return Response(body, content_type=b"application/octet-stream", headers=headers)


async def _read(service: Service, path: Path) -> AsyncIterator[bytes]:
    async for piece in _streamed(service, await service.in_thread(_open, path)):
        yield piece


@route("HEAD", TRANSFER_PATH + "*")
async def head(service: Service, request: Request) -> Response:
    grant = _grant(service, request)
    if grant is None or grant.storage is None or grant.storage.find(grant.path) is None:
        return Response(b"", 404, _TEXT)
    return Response(b"", content_type=b"application/octet-stream")


# --- URLs of single files ---------------------------------------------------------------------------------------------
@route("GET", FILES_PATH + "*")
async def staged_file(service: Service, request: Request) -> Response:
    """A file by its URL: a signed one, or one of BUILD_STAGE_FILE_URL with the token of a session."""
    parts = request.path.removeprefix(FILES_PATH).split("/")
    storage = service.transfers.find_in_folder(parts[0], parts[1], "/".join(parts[2:])) if len(parts) > 2 else None
    path = "/".join(parts[2:])
    if storage is None and len(parts) > 3:
        service.sessions.find(request.token or request.bearer)
        storage = await service.in_thread(service.engine.stage_storage, parts[0], parts[1], parts[2])
        path = "/".join(parts[3:])
    file = await service.in_thread(storage.find, path) if storage is not None else None
    if storage is None or file is None:
        return Response(b"no such file", 404, _TEXT)
    headers = [(b"content-length", str(file.size).encode()), (b"etag", f'"{file.etag}"'.encode())]
    body = _streamed(service, await service.in_thread(storage.open, file))
    return Response(body, content_type=b"application/octet-stream", headers=headers)


async def _streamed(service: Service, source: BinaryIO) -> AsyncIterator[bytes]:
    with contextlib.closing(source):
        while piece := await service.in_thread(source.read, PIECE_BYTES):
            yield piece
