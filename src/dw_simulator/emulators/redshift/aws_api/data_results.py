"""Results as the Data API gives them: fields with one value each, metadata of columns.

Source: Amazon Redshift Data API reference, "Field", "ColumnMetadata", "GetStatementResult", "GetStatementResultV2".
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

PAGE_ROWS = 1000
"""Rows of one page of a result."""

_BOOL, _NUMERIC, _BPCHAR, _VARCHAR = 16, 1700, 1042, 1043
_TYPE_NAMES = {
    _BOOL: "bool", 18: "char", 19: "name", 20: "int8", 21: "int2", 23: "int4", 25: "text", 26: "oid", 700: "float4",
    701: "float8", _BPCHAR: "bpchar", _VARCHAR: "varchar", 1082: "date", 1083: "time", 1114: "timestamp",
    1184: "timestamptz", 1186: "interval", 1266: "timetz", _NUMERIC: "numeric", 3000: "geometry", 3001: "geography",
    4000: "super", 6551: "varbyte",
}  # fmt: skip
_SIGNED = frozenset({20, 21, 23, 700, 701, _NUMERIC})


@dataclass(frozen=True, slots=True)
class Column:
    """As the wire protocol describes it: ``modifier`` is PostgreSQL's type modifier, -1 for none."""

    name: str
    oid: int
    modifier: int
    size: int


@dataclass(frozen=True, slots=True)
class ResultSet:
    """Values as text, None for NULL; ``size`` in bytes."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[bytes | None]]
    size: int


def csv_page(result: ResultSet, start: int) -> dict[str, Any]:
    """The answer of GetStatementResultV2 from row ``start`` on: one text with a line for each row, no heading."""
    rows = result.rows[start : start + PAGE_ROWS]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    converters = [_csv_boolean if column.oid == _BOOL else _csv_text for column in result.columns]
    writer.writerows([[convert(value) for convert, value in zip(converters, row, strict=True)] for row in rows])
    return {
        "ColumnMetadata": [metadata(column) for column in result.columns],
        "Records": [{"CSVRecords": text.getvalue()}],
        "ResultFormat": "CSV",
        **_position(result, start),
    }


def _csv_text(value: bytes | None) -> str:
    return "" if value is None else value.decode()


def _csv_boolean(value: bytes | None) -> str:
    return "" if value is None else "true" if value == b"t" else "false"


def _position(result: ResultSet, start: int) -> dict[str, Any]:
    """How many rows there are, and where the next page begins."""
    more = {"NextToken": str(start + PAGE_ROWS)} if start + PAGE_ROWS < len(result.rows) else {}
    return {"TotalNumRows": len(result.rows), **more}


def page(result: ResultSet, start: int) -> dict[str, Any]:
    """The answer of GetStatementResult from row ``start`` on."""
    converters = [_CONVERTERS.get(column.oid, _text) for column in result.columns]
    rows = result.rows[start : start + PAGE_ROWS]
    return {
        "ColumnMetadata": [metadata(column) for column in result.columns],
        "Records": [
            [
                {"isNull": True} if value is None else convert(value)
                for convert, value in zip(converters, row, strict=True)
            ]
            for row in rows
        ],
        **_position(result, start),
    }


def metadata(column: Column) -> dict[str, Any]:
    precision, scale = _precision(column)
    return {
        "name": column.name,
        "label": column.name,
        "typeName": _TYPE_NAMES.get(column.oid, "varchar"),
        "precision": precision,
        "scale": scale,
        "length": 0,
        "nullable": 1,
        "isCaseSensitive": column.oid in (_BPCHAR, _VARCHAR, 25),
        "isCurrency": False,
        "isSigned": column.oid in _SIGNED,
        "schemaName": "",
        "tableName": "",
    }


def _precision(column: Column) -> tuple[int, int]:
    modifier = column.modifier - 4
    if column.oid == _NUMERIC and modifier >= 0:
        return modifier >> 16 & 0xFFFF, modifier & 0xFFFF
    if column.oid in (_BPCHAR, _VARCHAR):
        return max(modifier, 0), 0
    return {20: 19, 21: 5, 23: 10, 26: 10}.get(column.oid, 0), 0


def _text(value: bytes) -> dict[str, Any]:
    return {"stringValue": value.decode()}


def _integer(value: bytes) -> dict[str, Any]:
    return {"longValue": int(value)}


def _float(value: bytes) -> dict[str, Any]:
    """JSON has no words for NaN and the infinities; AWS writes them as strings."""
    number = float(value)
    return {"doubleValue": number if number - number == 0 else value.decode()}


def _boolean(value: bytes) -> dict[str, Any]:
    return {"booleanValue": value == b"t"}


_CONVERTERS: dict[int, Callable[[bytes], dict[str, Any]]] = {
    _BOOL: _boolean,
    **dict.fromkeys((20, 21, 23, 26), _integer),
    **dict.fromkeys((700, 701), _float),
}
