"""Avro files as Arrow batches. Nested values and unions of several types are JSON text."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.copy.nested import json_texts_of

_PRIMITIVES = {
    "null": pa.string(),
    "boolean": pa.bool_(),
    "int": pa.int32(),
    "long": pa.int64(),
    "float": pa.float64(),
    "double": pa.float64(),
    "bytes": pa.binary(),
    "fixed": pa.binary(),
    "string": pa.string(),
    "enum": pa.string(),
}
_LOGICAL = {
    "date": pa.date32(),
    "time-millis": pa.time64("us"),
    "time-micros": pa.time64("us"),
    "timestamp-millis": pa.timestamp("us", tz="UTC"),
    "timestamp-micros": pa.timestamp("us", tz="UTC"),
    "local-timestamp-millis": pa.timestamp("us"),
    "local-timestamp-micros": pa.timestamp("us"),
}
NESTED = pa.struct([])
"""Stands for a type whose values come as JSON text."""


class AvroFile:
    """An Avro file that is open for reading; ``fields`` are the columns of its records."""

    def __init__(self, source: Any, shown: str) -> None:
        """Raises SnowflakeError 100016 when the file is not Avro, or holds no records."""
        import fastavro

        try:
            self._reader = fastavro.reader(source)
        except (ValueError, KeyError, EOFError, StopIteration, IndexError) as error:
            raise _invalid(shown, error) from error
        self._shown = shown
        schema = self._reader.writer_schema
        if not isinstance(schema, dict) or schema.get("type") != "record":
            raise _invalid(shown, "its values are not records")
        self.fields = [_field(item) for item in schema["fields"]]

    def batches(self, names: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
        wanted = [field for field in self.fields if field.name in names]
        try:
            while records := list(itertools.islice(self._reader, rows)):
                arrays = [_array([record[field.name] for record in records], field.type) for field in wanted]
                yield (
                    pa.RecordBatch.from_struct_array(
                        pa.StructArray.from_arrays(arrays, [field.name for field in wanted])
                    )
                    if arrays
                    else pa.RecordBatch.from_struct_array(pa.array([{}] * len(records), pa.struct([])))
                )
        except (ValueError, KeyError, EOFError, IndexError, pa.ArrowInvalid) as error:
            raise _invalid(self._shown, error) from error


def _invalid(shown: str, reason: object) -> errors.SnowflakeError:
    return errors.COPY_FAILED(f"Invalid Avro file '{shown}': {reason}")


def _field(item: dict[str, Any]) -> pa.Field:
    kind, nullable = _without_null(item["type"])
    return pa.field(item["name"], _type(kind), nullable)


def _without_null(kind: Any) -> tuple[Any, bool]:
    """(the type of a union with null, True), or (the type as it is, whether it is null)."""
    if not isinstance(kind, list):
        return kind, kind == "null"
    others = [item for item in kind if item != "null"]
    return (others[0] if len(others) == 1 else others or "null"), "null" in kind


def _type(kind: Any) -> pa.DataType:
    if isinstance(kind, dict):
        logical = kind.get("logicalType")
        if logical == "decimal":
            return pa.decimal128(min(int(kind["precision"]), 38), int(kind.get("scale", 0)))
        if logical in _LOGICAL:
            return _LOGICAL[logical]
        if logical == "uuid":
            return pa.string()
        return _type(kind["type"]) if isinstance(kind["type"], str | dict) else NESTED
    return _PRIMITIVES.get(kind, NESTED) if isinstance(kind, str) else NESTED


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    if kind == NESTED:
        return json_texts_of(values)
    if pa.types.is_string(kind):
        return pa.array([None if value is None else str(value) for value in values], kind)
    return pa.array(values, kind)
