"""Multipart uploads: one folder each, a file for each part whose name says its number and its digests."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson

from dw_simulator.emulators.s3.protocol.errors import S3Error
from dw_simulator.emulators.s3.storage.files import ScratchFile
from dw_simulator.emulators.s3.storage.metadata import fresh_stamp, write_atomically
from dw_simulator.emulators.s3.storage.store import Store

MAX_PARTS = 10_000
_UPLOAD_ID = re.compile(r"[0-9a-f]{48}")


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload in progress; ``algorithm`` is the checksum the client announced, lower case."""

    id: str
    bucket: str
    key: str
    started: int
    headers: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    algorithm: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """``etag`` is the MD5 in hex; ``checksum`` the base64 of the upload's algorithm, or empty."""

    number: int
    etag: str
    checksum: str
    size: int
    modified: int
    path: Path


class Uploads:
    """The uploads of a store, kept on disk so that they survive a restart."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._folder = store.inner / "uploads"

    def start(self, bucket: str, key: str, headers: dict[str, str], tags: dict[str, str], algorithm: str) -> Upload:
        upload = Upload(secrets.token_hex(24), bucket, key, fresh_stamp(), headers, tags, algorithm)
        (self._folder / upload.id).mkdir()
        write_atomically(self._folder / upload.id / "upload", orjson.dumps(asdict(upload)), self._store.scratch)
        return upload

    def find(self, upload_id: str, bucket: str, key: str) -> Upload:
        """Raises S3Error NoSuchUpload."""
        upload = self._read(upload_id) if _UPLOAD_ID.fullmatch(upload_id) else None
        if upload is None or (upload.bucket, upload.key) != (bucket, key):
            raise S3Error("NoSuchUpload", UploadId=upload_id)
        return upload

    def _read(self, upload_id: str) -> Upload | None:
        try:
            return Upload(**orjson.loads((self._folder / upload_id / "upload").read_bytes()))
        except FileNotFoundError:
            return None

    def all_of(self, bucket: str) -> list[Upload]:
        """The uploads of a bucket, by key and start."""
        found = (self._read(folder.name) for folder in self._folder.iterdir())
        mine = [upload for upload in found if upload is not None and upload.bucket == bucket]
        return sorted(mine, key=lambda upload: (upload.key, upload.started))

    def add_part(self, upload: Upload, number: int, scratch: ScratchFile, etag: str, checksum: str) -> Part:
        """Take a finished scratch file as a part; an earlier part of that number goes away."""
        scratch.close()
        folder = self._folder / upload.id
        target = folder / f"{number:05d}.{etag}.{checksum.encode().hex()}"
        try:
            old = [part.path for part in self._files(folder) if part.number == number]
            scratch.path.replace(target)
        except FileNotFoundError as error:
            raise S3Error("NoSuchUpload", UploadId=upload.id) from error
        for path in old:
            if path != target:
                path.unlink(missing_ok=True)
        return _part_of(target)

    def parts(self, upload: Upload) -> list[Part]:
        """By number. Of two files with one number (a server was killed in between) the later counts."""
        latest: dict[int, Part] = {}
        for part in sorted(self._files(self._folder / upload.id), key=lambda part: part.modified):
            latest[part.number] = part
        return [latest[number] for number in sorted(latest)]

    def _files(self, folder: Path) -> Iterator[Part]:
        return (_part_of(path) for path in folder.iterdir() if path.name != "upload")

    def abort(self, upload: Upload) -> None:
        folder = self._folder / upload.id
        (folder / "upload").unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)

    def abort_all_of(self, bucket: str) -> None:
        for upload in self.all_of(bucket):
            self.abort(upload)

    def clean(self) -> None:
        """Remove folders of uploads that were being removed when a server was killed."""
        for folder in self._folder.iterdir():
            if not (folder / "upload").exists():
                shutil.rmtree(folder, ignore_errors=True)


def _part_of(path: Path) -> Part:
    number, etag, checksum = path.name.split(".")
    found = path.stat()
    return Part(int(number), etag, bytes.fromhex(checksum).decode(), found.st_size, found.st_mtime_ns, path)
