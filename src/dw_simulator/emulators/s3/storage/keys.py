"""Which keys can be file names, and which must be kept elsewhere."""

from __future__ import annotations

import hashlib
import re

_MAX_PART_BYTES = 255
_MAX_PATH_BYTES = 900
"""Leaves room for the folder of the store below the 1,024 bytes that the strictest systems allow."""

_FOLDED_SAFE = re.compile(r"[a-z0-9!\-_.*'()/=+@,;$&# ]*", re.ASCII)
_BUCKET = re.compile(r"(?!xn--)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
_IPV4 = re.compile(r"\d+\.\d+\.\d+\.\d+", re.ASCII)


def is_bucket_name(name: str) -> bool:
    """Amazon S3 user guide, "General purpose bucket naming rules"."""
    return bool(_BUCKET.fullmatch(name)) and not _IPV4.fullmatch(name)


def is_file_name(key: str, *, case_sensitive: bool) -> bool:
    """Whether the key can be a path below the bucket's folder: no ``..``, no empty or too long part, no NUL, ….

    Where the file system folds case, only keys that folding leaves alone are paths: ``A`` and ``a`` are two objects.
    """
    if len(key.encode()) > _MAX_PATH_BYTES or "\0" in key or "\\" in key:
        return False
    if not case_sensitive and not _FOLDED_SAFE.fullmatch(key):
        return False
    return all(part not in ("", ".", "..") and len(part.encode()) <= _MAX_PART_BYTES for part in key.split("/"))


def hashed(key: str) -> str:
    """A path of two parts that stands for any key."""
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f"{digest[:2]}/{digest}"
