"""Buckets and objects as folders and files.

    <root>/<bucket>/<key>           objects, as plain files
    <root>/.dw/meta/<bucket>/…      sidecars (see ``metadata``)
    <root>/.dw/blobs/<bucket>/…     objects whose key cannot be a path, or whose path another object is in the way of
    <root>/.dw/buckets/<bucket>     what is known of a bucket
    <root>/.dw/uploads/…            multipart uploads (see ``uploads``)
    <root>/.dw/scratch/…            files being written; emptied at start

Only the thread of the event loop calls these methods, so each is atomic for the others; bulk data is written to
scratch files by worker threads. A file is flushed to the kernel, not to the disk: what is stored survives the end of
the server, not the loss of power.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson

from dw_simulator.emulators.s3.protocol.errors import S3Error
from dw_simulator.emulators.s3.storage import keys
from dw_simulator.emulators.s3.storage.files import ScratchFile
from dw_simulator.emulators.s3.storage.index import KeyIndex, Page
from dw_simulator.emulators.s3.storage.metadata import (
    DEFAULT_CONTENT_TYPE,
    ObjectMeta,
    fresh_stamp,
    identity,
    read_sidecar,
    sidecar_bytes,
    write_atomically,
)

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_READ_SIZE = 1 << 20


def storage_error(error: OSError) -> S3Error:
    """What a client is told when the file system refuses."""
    if error.errno in _FULL:
        return S3Error("InsufficientStorage")
    return S3Error("InternalError", f"The store cannot use its folder: {error.strerror or error}")


@dataclass
class Bucket:
    name: str
    created: int
    region: str
    index: KeyIndex = field(default_factory=KeyIndex)
    cache: dict[str, ObjectMeta] = field(default_factory=dict)


class Store:
    """All buckets of one folder. ``open`` must be called first."""

    def __init__(self, root: Path, region: str) -> None:
        self.root = root
        self.region = region
        self.inner = root / ".dw"
        self.scratch = self.inner / "scratch"
        self.buckets: dict[str, Bucket] = {}
        self._case_sensitive = True

    def open(self) -> None:
        """Read the names of all buckets and keys; remove what a killed server left half-written."""
        for part in ("meta", "blobs", "buckets", "uploads"):
            (self.inner / part).mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir()
        self._case_sensitive = self._probe_case()
        for entry in sorted(self.root.iterdir()):
            if entry.is_dir() and keys.is_bucket_name(entry.name):
                bucket = self._read_bucket(entry)
                bucket.index = KeyIndex(self._walk_keys(entry.name))
                self.buckets[entry.name] = bucket

    def _probe_case(self) -> bool:
        (self.scratch / "case").touch()
        sensitive = not (self.scratch / "CASE").exists()
        (self.scratch / "case").unlink()
        return sensitive

    def new_scratch(self) -> ScratchFile:
        return ScratchFile(self.scratch / f"{os.getpid()}-{fresh_stamp()}")

    # --- buckets ------------------------------------------------------------------------------------------------
    def bucket(self, name: str) -> Bucket:
        """Raises S3Error NoSuchBucket."""
        if name not in self.buckets:
            raise S3Error("NoSuchBucket", BucketName=name)
        return self.buckets[name]

    def create_bucket(self, name: str, region: str) -> Bucket:
        bucket = Bucket(name, fresh_stamp(), region)
        self.save_bucket(bucket)
        (self.root / name).mkdir(exist_ok=True)
        self.buckets[name] = bucket
        return bucket

    def save_bucket(self, bucket: Bucket) -> None:
        known = {"created": bucket.created, "region": bucket.region}
        write_atomically(self.inner / "buckets" / bucket.name, orjson.dumps(known), self.scratch)

    def delete_bucket(self, name: str) -> None:
        """Raises S3Error NoSuchBucket, BucketNotEmpty."""
        if len(self.bucket(name).index):
            raise S3Error("BucketNotEmpty", BucketName=name)
        shutil.rmtree(self.root / name)
        for part in ("meta", "blobs"):
            shutil.rmtree(self.inner / part / name, ignore_errors=True)
        (self.inner / "buckets" / name).unlink(missing_ok=True)
        del self.buckets[name]

    def _read_bucket(self, folder: Path) -> Bucket:
        try:
            known = orjson.loads((self.inner / "buckets" / folder.name).read_bytes())
        except (FileNotFoundError, orjson.JSONDecodeError):
            return Bucket(folder.name, folder.stat().st_mtime_ns, self.region)
        return Bucket(folder.name, known["created"], known["region"])

    def _walk_keys(self, bucket: str) -> Iterator[str]:
        base = self.root / bucket
        for folder, _, files in os.walk(base):
            inside = Path(folder).relative_to(base).as_posix()
            for name in files:
                yield name if inside == "." else f"{inside}/{name}"
        for folder, _, files in os.walk(self.inner / "blobs" / bucket):
            for name in files:
                sidecar = read_sidecar(self.inner / "meta" / bucket / Path(folder).name / name)
                if sidecar is not None:
                    yield sidecar[0]

    # --- where things are -----------------------------------------------------------------------------------------
    def _sidecar_path(self, bucket: str, key: str) -> Path:
        return self.inner / "meta" / bucket / keys.hashed(key)

    def _blob_path(self, bucket: str, key: str) -> Path:
        return self.inner / "blobs" / bucket / keys.hashed(key)

    def data_path(self, bucket: str, key: str) -> Path | None:
        """The file that holds an object now; None if there is no such object."""
        if keys.is_file_name(key, case_sensitive=self._case_sensitive):
            plain = self.root / bucket / key
            if plain.is_file():
                return plain
        blob = self._blob_path(bucket, key)
        return blob if blob.is_file() else None

    def _make_place(self, bucket: str, key: str) -> Path:
        """The file to store an object in, its folder made. An object stays where it is while it exists."""
        blob = self._blob_path(bucket, key)
        if keys.is_file_name(key, case_sensitive=self._case_sensitive) and not blob.is_file():
            plain = self.root / bucket / key
            try:
                plain.parent.mkdir(parents=True, exist_ok=True)
            except (FileExistsError, NotADirectoryError):
                pass  # an object is in the way: "a" exists and this is "a/b"
            else:
                if not plain.is_dir():
                    return plain
        blob.parent.mkdir(parents=True, exist_ok=True)
        return blob

    # --- objects --------------------------------------------------------------------------------------------------
    def commit(self, bucket: str, key: str, scratch: ScratchFile, meta: ObjectMeta) -> ObjectMeta:
        """Make a finished scratch file the object. Returns the description with its final modification time."""
        found = self.bucket(bucket)
        stamp = fresh_stamp()
        os.utime(scratch.fd, ns=(stamp, stamp))
        size, modified = identity(scratch.fd)
        scratch.close()
        meta = replace(meta, size=size, modified=modified)
        target = self._make_place(bucket, key)
        self._write_sidecar(bucket, key, target, meta)
        scratch.path.replace(target)
        found.index.add(key)
        found.cache[key] = meta
        return meta

    def _write_sidecar(self, bucket: str, key: str, target: Path, meta: ObjectMeta) -> None:
        path = self._sidecar_path(bucket, key)
        versions = [meta]
        try:
            present = identity(target)
        except FileNotFoundError:
            present = None
        if present is not None and (known := read_sidecar(path)) is not None:
            versions += [old for old in known[1] if (old.size, old.modified) == present]
        write_atomically(path, sidecar_bytes(key, versions), self.scratch)

    def update(self, bucket: str, key: str, meta: ObjectMeta) -> None:
        """Replace the description of an object whose bytes stay (tags)."""
        write_atomically(self._sidecar_path(bucket, key), sidecar_bytes(key, [meta]), self.scratch)
        self.bucket(bucket).cache[key] = meta

    def find(self, bucket: str, key: str) -> ObjectMeta:
        """Raises S3Error NoSuchBucket, NoSuchKey."""
        found = self.bucket(bucket)
        path = self.data_path(bucket, key) if key else None
        if path is None:
            raise S3Error("NoSuchKey", Key=key)
        return self._describe(found, key, path)

    def open_object(self, bucket: str, key: str) -> tuple[ObjectMeta, int]:
        """The description and a descriptor for reading; it keeps reading this version whatever happens later."""
        meta = self.find(bucket, key)
        path = self.data_path(bucket, key)
        if path is None:
            raise S3Error("NoSuchKey", Key=key)
        return meta, os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))

    def _describe(self, bucket: Bucket, key: str, path: Path) -> ObjectMeta:
        present = identity(path)
        cached = bucket.cache.get(key)
        if cached is not None and (cached.size, cached.modified) == present:
            return cached
        meta = self._read_meta(bucket.name, key, present) or _describe_stranger(path, present)
        bucket.cache[key] = meta
        bucket.index.add(key)
        return meta

    def _read_meta(self, bucket: str, key: str, present: tuple[int, int]) -> ObjectMeta | None:
        known = read_sidecar(self._sidecar_path(bucket, key))
        versions = known[1] if known else []
        return next((meta for meta in versions if (meta.size, meta.modified) == present), None)

    def delete(self, bucket: str, key: str) -> None:
        """Remove an object; one that does not exist is fine."""
        found = self.bucket(bucket)
        path = self.data_path(bucket, key) if key else None
        if path is not None:
            path.unlink()
            self._sidecar_path(bucket, key).unlink(missing_ok=True)
            self._prune(path.parent, self.root / bucket)
        found.index.discard(key)
        found.cache.pop(key, None)

    def _prune(self, folder: Path, top: Path) -> None:
        """Remove folders that became empty: S3 has no folders, so none may stay behind."""
        while folder != top and top in folder.parents:
            try:
                folder.rmdir()
            except OSError:
                return  # not empty
            folder = folder.parent

    def page(
        self, bucket: str, prefix: str, delimiter: str, after: str, after_prefix: bool, limit: int
    ) -> tuple[Page, dict[str, ObjectMeta]]:
        """One page of keys, and what is known of those that are objects. Files that went away are left out."""
        found = self.bucket(bucket)
        page = found.index.page(prefix, delimiter, after, after_prefix, limit)
        metas = {}
        for key, is_prefix in page.entries:
            if is_prefix:
                continue
            meta = found.cache.get(key)
            if meta is None:
                path = self.data_path(bucket, key)
                meta = self._describe(found, key, path) if path else None
            if meta is not None:
                metas[key] = meta
        return page, metas


def _describe_stranger(path: Path, present: tuple[int, int]) -> ObjectMeta:
    """A file that somebody put into the folder by hand."""
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(_READ_SIZE):
            digest.update(chunk)
    return ObjectMeta(present[0], present[1], digest.hexdigest(), {"content-type": DEFAULT_CONTENT_TYPE})
