"""Looking into the object store of the settings.

What is downloaded is never shown by a browser: it is an attachment of no type that anything guesses from.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from dw_simulator.api.dependencies import Experiments, GuardedExperiments
from dw_simulator.api.models.query import Cell, Column
from dw_simulator.api.problems import responses
from dw_simulator.experiments.objects import Download

router = APIRouter(prefix="/api/s3", tags=["s3"])

BINARY = "application/octet-stream"
_FAILURES = responses(404, 422, 500, 502, 503)
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {BINARY: {"schema": {"type": "string", "format": "binary"}}}, "description": "the object"}
}

BucketName = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$")]
Key = Annotated[str, Query(min_length=1, max_length=1024, description="the object's key, as it is")]


class BucketAnswer(BaseModel):
    name: str
    created_at: dt.datetime


class ObjectAnswer(BaseModel):
    key: str
    size: int = Field(description="bytes")
    etag: str
    modified_at: dt.datetime


class ObjectsAnswer(BaseModel):
    """One page of a listing: the objects right under a prefix, and the longer prefixes that end in `/`."""

    bucket: str
    prefix: str
    prefixes: list[str]
    objects: list[ObjectAnswer]
    next_token: str | None = Field(description="asks for the next page")


class PreviewAnswer(BaseModel):
    """The first rows of a table, or the beginning of a text."""

    kind: Literal["table", "text", "binary"]
    columns: list[Column] | None
    rows: list[list[Cell]] | None
    text: str | None
    total_rows: int | None = Field(description="rows of the whole object, where they are known")
    size: int = Field(description="bytes of the object as it is stored")
    truncated: bool = Field(description="there is more than this")
    note: str | None = Field(description="why it is not shown as what its name says")


@router.get("/buckets", responses=responses(500, 502, 503))
def list_buckets(experiments: Experiments) -> list[BucketAnswer]:
    """The buckets of the store."""
    return [BucketAnswer(name=one.name, created_at=one.created_at) for one in experiments.objects().buckets()]


@router.get("/buckets/{bucket}/objects", responses=_FAILURES)
def list_objects(
    bucket: BucketName,
    experiments: Experiments,
    prefix: Annotated[str, Query(max_length=1024)] = "",
    token: Annotated[str | None, Query(max_length=4096, description="`next_token` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> ObjectsAnswer:
    """The objects under a prefix, a page at a time."""
    page = experiments.objects().page(bucket, prefix, token, limit)
    return ObjectsAnswer(
        bucket=bucket,
        prefix=prefix,
        prefixes=list(page.prefixes),
        objects=[
            ObjectAnswer(key=one.key, size=one.size, etag=one.etag, modified_at=one.last_modified)
            for one in page.objects
        ],
        next_token=page.token,
    )


@router.get("/buckets/{bucket}/object", response_class=StreamingResponse, responses=_FAILURES | _STREAM)
async def download_object(bucket: BucketName, key: Key, experiments: Experiments) -> StreamingResponse:
    """The object's bytes."""
    download = await asyncio.to_thread(experiments.objects().download, bucket, key)
    headers = {
        "content-disposition": attachment(key.rstrip("/").rpartition("/")[2]),
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
        "cache-control": "no-store",
    }
    if download.size is not None:
        headers["content-length"] = str(download.size)
    return StreamingResponse(_pieces(download), media_type=BINARY, headers=headers)


@router.delete("/buckets/{bucket}/object", status_code=HTTPStatus.NO_CONTENT, responses=_FAILURES | responses(409))
def delete_object(bucket: BucketName, key: Key, experiments: GuardedExperiments) -> Response:
    """Delete an object. In a store that is not on this machine it must be confirmed."""
    experiments.delete_object(bucket, key)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/buckets/{bucket}/preview", responses=_FAILURES)
def preview_object(
    bucket: BucketName, key: Key, experiments: Experiments, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> PreviewAnswer:
    """The first rows of Parquet, CSV or JSON, also compressed by gzip, or the beginning of another text."""
    from dw_simulator.experiments.object_preview import preview

    found = preview(experiments.objects(), bucket, key, limit)
    columns = None
    if found.columns is not None:
        columns = [Column(name=column.name, type=column.type, kind=kind) for column, kind in found.columns]
    return PreviewAnswer(
        kind=found.kind,
        columns=columns,
        rows=None if found.rows is None else [list(row) for row in found.rows],
        text=found.text,
        total_rows=found.total_rows,
        size=found.size,
        truncated=found.truncated,
        note=found.note,
    )


async def _pieces(download: Download) -> AsyncIterator[bytes]:
    try:
        while piece := await asyncio.to_thread(download.read):
            yield piece
    finally:
        download.close()


def attachment(name: str) -> str:
    """A Content-Disposition with any file name (RFC 6266): a plain one for old clients, the real one in UTF-8."""
    name = name if name.strip(" .") else "object"
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name, flags=re.ASCII).strip(" .")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
