"""How a table's files are named, wherever they go."""

from __future__ import annotations

import hashlib
import re

LONGEST_FOLDER_NAME = 120


def folder_name(table: str) -> str:
    """A table's name as one path segment that is the same in a file path, an S3 key and a URI.

    Letters, digits, ``_`` and ``-`` stay; every other byte of its UTF-8 becomes ``=XX``, so no name leaves its folder.
    """
    plain = re.sub(rb"[^A-Za-z0-9_-]", lambda byte: b"=%02X" % byte[0][0], table.encode()).decode()
    if len(plain) <= LONGEST_FOLDER_NAME:
        return plain
    return plain[: LONGEST_FOLDER_NAME - 17] + "-" + hashlib.blake2b(table.encode(), digest_size=8).hexdigest()
