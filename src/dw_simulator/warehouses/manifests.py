"""Manifests: exactly the files that a COPY of Redshift reads."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from dw_simulator.config import Settings
from dw_simulator.staging import connect_stage
from dw_simulator.warehouses.base import IncomingFile


@contextmanager
def manifest_of(settings: Settings, files: Sequence[IncomingFile]) -> Iterator[str]:
    """The URI of a manifest of the files, which is in the staging bucket for the block.

    A prefix would also find files whose names only begin alike (Redshift guide, "Using a manifest to specify data
    files"; for Parquet it wants their lengths).
    """
    entries = [{"url": file.uri, "mandatory": True, "meta": {"content_length": file.size}} for file in files]
    stage = connect_stage(settings)
    key = f"_manifests/{uuid.uuid4()}.manifest"
    try:
        stage.ensure_bucket()
        stage.put(key, json.dumps({"entries": entries}).encode())
        try:
            yield stage.uri(key)
        finally:
            stage.delete_prefix(key)
    finally:
        stage.close()
