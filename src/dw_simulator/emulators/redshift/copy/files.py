"""Which objects a COPY reads: those under a prefix, or those a manifest lists. Source: "Using a manifest"."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from dw_simulator.emulators.common.objects import ObjectStore, ObjectStoreError, parse_s3_uri
from dw_simulator.emulators.redshift.copy.copy_command import CopyCommand
from dw_simulator.emulators.redshift.copy.errors import (
    from_store,
    mandatory_file_missing,
    manifest_invalid,
    prefix_missing,
)


@dataclass(frozen=True, slots=True)
class InputFile:
    bucket: str
    key: str
    size: int

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def find_files(store: ObjectStore, command: CopyCommand) -> list[InputFile]:
    """The objects to load, in key order.

    Raises:
        RedshiftError: S3 refused, there is no such object, or the manifest is not one.
    """
    bucket, prefix = parse_s3_uri(command.source)
    try:
        if command.options.manifest:
            return _from_manifest(store, bucket, prefix)
        found = [InputFile(bucket, info.key, info.size) for info in store.list(bucket, prefix)]
    except ObjectStoreError as error:
        raise from_store(error) from error
    files = [file for file in found if not _is_hidden(file)]
    if not files:
        raise prefix_missing(prefix)
    return files


def _is_hidden(file: InputFile) -> bool:
    """Folder markers, and the files COPY ignores: names that begin with _ or . ("Preparing your input data")."""
    name = file.key.rsplit("/", 1)[-1]
    return not name or (file.size == 0 and name.endswith("_$folder$"))


def _from_manifest(store: ObjectStore, bucket: str, key: str) -> list[InputFile]:
    try:
        text = store.read(bucket, key)
    except ObjectStoreError as error:
        if error.code == "NoSuchKey":
            raise prefix_missing(key) from error
        raise
    files = []
    for entry in _entries(text):
        uri, mandatory = entry.get("url"), bool(entry.get("mandatory", False))
        if not isinstance(uri, str):
            raise manifest_invalid("an entry has no url")
        try:
            entry_bucket, entry_key = parse_s3_uri(uri)
            info = store.head(entry_bucket, entry_key)
        except ValueError as error:
            raise manifest_invalid(f"{uri} is no S3 URI") from error
        except ObjectStoreError as error:
            if error.code not in ("NoSuchKey", "NoSuchBucket"):
                raise
            if mandatory:
                raise mandatory_file_missing(uri) from error
            continue
        files.append(InputFile(entry_bucket, entry_key, info.size))
    return files


def _entries(text: bytes) -> list[dict[str, Any]]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise manifest_invalid(f"not JSON: {error}") from error
    entries = document.get("entries") if isinstance(document, dict) else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise manifest_invalid('expected {"entries": [{"url": …, "mandatory": …}]}')
    return entries
