"""Column metadata of responses (``rowtype``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dw_simulator.emulators.snowflake.results import ResultColumn
from dw_simulator.emulators.snowflake.types import interval
from dw_simulator.emulators.snowflake.types.model import SnowflakeType, text

_EXTENDED_NAMES = {"GEOGRAPHY": "object", "GEOMETRY": "object", "MAP": "object"}
"""Types that drivers know by another name, with their own in ``extTypeName``."""


UUID_LENGTH = 36


def rowtype(columns: Sequence[ResultColumn]) -> list[dict[str, Any]]:
    return [_column(column) for column in columns]


def _column(column: ResultColumn) -> dict[str, Any]:
    return {
        "name": column.name,
        "database": column.database,
        "schema": column.schema,
        "table": column.table,
        "collation": None,
        **_type(column.type),
        **({"extTypeName": column.extended} if column.extended else {}),
    }


def _type(kind: SnowflakeType) -> dict[str, Any]:
    sized = {"nullable": kind.nullable, "precision": kind.precision, "scale": kind.scale}
    if kind.name in interval.NAMES:
        precision, scale = interval.wire(kind)
        sized = {"nullable": kind.nullable, "precision": precision, "scale": scale}
        return {**sized, "type": kind.name.lower(), "length": None, "byteLength": None}
    if kind.name == "VECTOR":
        element = {"name": None, **_type(kind.fields[0].type)}
        return {
            **sized,
            "type": "vector",
            "length": None,
            "byteLength": None,
            "vectorDimension": kind.length,
            "fields": [element],
        }
    if kind.name == "UUID":  # drivers know it as a text
        return _type(text(UUID_LENGTH, nullable=kind.nullable))
    return {
        **sized,
        "type": _EXTENDED_NAMES.get(kind.name, kind.name.lower()),
        "length": kind.length,
        "byteLength": kind.byte_length,
        **({"extTypeName": kind.name} if kind.name in ("GEOGRAPHY", "GEOMETRY") else {}),
    }
