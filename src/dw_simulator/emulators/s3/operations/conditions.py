"""Conditional headers and ranges (Amazon S3 API reference, GetObject; RFC 9110 section 13 and 14)."""

from __future__ import annotations

import email.utils
import re
from collections.abc import Mapping

from dw_simulator.emulators.s3.protocol.errors import S3Error
from dw_simulator.emulators.s3.storage.metadata import ObjectMeta

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def http_date(nanoseconds: int) -> str:
    return email.utils.formatdate(nanoseconds // 1_000_000_000, usegmt=True)


def check_read(headers: Mapping[str, str], meta: ObjectMeta, prefix: str = "") -> None:
    """``prefix`` is ``x-amz-copy-source-`` for the source of a copy. Raises S3Error PreconditionFailed, NotModified."""
    match, none_match = headers.get(f"{prefix}if-match"), headers.get(f"{prefix}if-none-match")
    if match is not None:
        if not _matches(match, meta.etag):
            raise S3Error("PreconditionFailed", Condition="If-Match")
    elif _moment(headers.get(f"{prefix}if-unmodified-since"), default=2**62) < meta.modified // 1_000_000_000:
        raise S3Error("PreconditionFailed", Condition="If-Unmodified-Since")
    not_modified = "PreconditionFailed" if prefix else "NotModified"
    if none_match is not None:
        if _matches(none_match, meta.etag):
            raise S3Error(not_modified, Condition="If-None-Match")
    elif _moment(headers.get(f"{prefix}if-modified-since"), default=-1) >= meta.modified // 1_000_000_000:
        raise S3Error(not_modified, Condition="If-Modified-Since")


def check_write(headers: Mapping[str, str], meta: ObjectMeta | None) -> None:
    """Conditional writes. Raises S3Error PreconditionFailed, NoSuchKey (If-Match on nothing), NotImplemented."""
    match, none_match = headers.get("if-match"), headers.get("if-none-match")
    if none_match is not None:
        if none_match.strip() != "*":
            raise S3Error("NotImplemented", Header="If-None-Match")
        if meta is not None:
            raise S3Error("PreconditionFailed", Condition="If-None-Match")
    if match is not None:
        if meta is None:
            raise S3Error("NoSuchKey")
        if not _matches(match, meta.etag):
            raise S3Error("PreconditionFailed", Condition="If-Match")


def _matches(header: str, etag: str) -> bool:
    wanted = {part.strip().removeprefix("W/").strip('"') for part in header.split(",")}
    return "*" in wanted or etag in wanted


def _moment(header: str | None, *, default: int) -> int:
    """Seconds since the epoch; a date that cannot be read counts as not given, as RFC 9110 says."""
    if header is None:
        return default
    try:
        return int(email.utils.parsedate_to_datetime(header).timestamp())
    except ValueError:
        return default


def parse_range(header: str | None, size: int) -> tuple[int, int] | None:
    """(first byte, length) of a single range; None for the whole object (no range, several, or one not in bytes).

    Raises:
        S3Error: InvalidRange, when nothing of the object is in the range.
    """
    found = _RANGE.fullmatch(header.strip()) if header else None
    if found is None or found.group(1) == found.group(2) == "":
        return None
    first, last = found.groups()
    if first == "":
        length = min(int(last), size)
        start = size - length
    else:
        start = int(first)
        if last and int(last) < start:
            return None
        length = (min(int(last), size - 1) if last else size - 1) - start + 1
    if length <= 0 or start >= size:
        raise S3Error("InvalidRange", RangeRequested=header, ActualObjectSize=size)
    return start, length
