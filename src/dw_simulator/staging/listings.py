"""What a store answers to listings. S3 reference, "ListBuckets" and "ListObjectsV2"."""

from __future__ import annotations

import datetime as dt
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote_plus

NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """One object as a listing shows it; ``size`` in bytes, ``etag`` without quotes."""

    key: str
    size: int
    etag: str
    last_modified: dt.datetime


@dataclass(frozen=True, slots=True)
class BucketInfo:
    name: str
    created_at: dt.datetime


@dataclass(frozen=True, slots=True)
class ObjectPage:
    """Part of a listing. ``prefixes`` are the keys up to a delimiter that several objects share; ``token`` asks for
    the next part, None at the end."""

    objects: Sequence[ObjectInfo]
    prefixes: Sequence[str]
    token: str | None


def object_info(node: ET.Element, *, encoded: bool = False) -> ObjectInfo:
    def text(tag: str) -> str:
        return node.findtext(f"{NAMESPACE}{tag}") or ""

    key = unquote_plus(text("Key")) if encoded else text("Key")
    modified = dt.datetime.fromisoformat(text("LastModified"))
    return ObjectInfo(key, int(text("Size")), text("ETag").strip('"'), modified)


def buckets(body: bytes) -> list[BucketInfo]:
    root = ET.fromstring(body)  # noqa: S314 - the store we are configured to trust
    return [
        BucketInfo(
            node.findtext(f"{NAMESPACE}Name") or "",
            dt.datetime.fromisoformat(node.findtext(f"{NAMESPACE}CreationDate") or ""),
        )
        for node in root.iter(f"{NAMESPACE}Bucket")
    ]


def page(body: bytes) -> ObjectPage:
    """Of a listing whose keys are percent-encoded: XML cannot hold every key."""
    root = ET.fromstring(body)  # noqa: S314 - the store we are configured to trust
    encoded = root.findtext(f"{NAMESPACE}EncodingType") == "url"
    prefixes = [node.findtext(f"{NAMESPACE}Prefix") or "" for node in root.iter(f"{NAMESPACE}CommonPrefixes")]
    return ObjectPage(
        [object_info(node, encoded=encoded) for node in root.iter(f"{NAMESPACE}Contents")],
        [unquote_plus(prefix) if encoded else prefix for prefix in prefixes],
        root.findtext(f"{NAMESPACE}NextContinuationToken"),
    )
