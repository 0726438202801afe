"""The kinds of columns, whatever the warehouse calls their types."""

from __future__ import annotations

from enum import StrEnum


class ColumnKind(StrEnum):
    NUMBER = "number"
    STRING = "string"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    BINARY = "binary"
    JSON = "json"
    OTHER = "other"
