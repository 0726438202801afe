"""The kinds of columns, whatever the warehouse calls their types."""

from __future__ import annotations

import re
from enum import StrEnum


class ColumnKind(StrEnum):
    """What a type is to somebody who looks at values."""

    NUMBER = "number"
    STRING = "string"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    BINARY = "binary"
    JSON = "json"
    OTHER = "other"


_KINDS: tuple[tuple[ColumnKind, str], ...] = (
    (ColumnKind.BOOLEAN, r"bool(ean)?"),
    (ColumnKind.TIMESTAMP, r"timestamp.*|datetime.*"),
    (ColumnKind.DATE, r"date"),
    (ColumnKind.TIME, r"time.*"),
    (ColumnKind.BINARY, r"(var)?binary|varbyte|binary varying|bytea|blob"),
    (ColumnKind.JSON, r"super|variant|object|array|map|json"),
    (
        ColumnKind.NUMBER,
        r"(tiny|small|medium|big|byte)?int(eger)?[248]?|oid|number|numeric|decimal|dec|decfloat|real"
        r"|double( precision)?|float[48]?|fixed",
    ),
    (ColumnKind.STRING, r'"?char"?|(n|bp)?char(acter)?( varying)?|n?varchar2?|(n|c)?text|clob|string|name|uuid'),
)
_PATTERNS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _KINDS)


def kind_of(type_name: str) -> ColumnKind:
    """The kind of a type by its name, in any of the dialects; what is in brackets does not matter."""
    plain = re.sub(r"\s*\(.*?\)", "", type_name).strip()
    return next((kind for kind, pattern in _PATTERNS if pattern.fullmatch(plain)), ColumnKind.OTHER)
