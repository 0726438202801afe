"""Record batch -> one file in memory, in the formats that tools read besides Parquet.

Equal batches give equal bytes, so a file depends on nothing but schema, seed and the rows in it.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Collection
from enum import StrEnum
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from dw_simulator.generator import arrays
from dw_simulator.generator.parquet import ParquetEncoder, Profile

_GZIP_LEVEL = 6


class FileFormat(StrEnum):
    PARQUET = "parquet"
    CSV = "csv"
    JSONL = "jsonl"
    ARROW = "arrow"


class Encoder(Protocol):
    """Encodes batches of one schema."""

    def encode(self, batch: pa.RecordBatch) -> pa.Buffer: ...


def encoder(
    form: FileFormat, schema: pa.Schema, *, profile: Profile = "default", documents: Collection[str] = ()
) -> Encoder:
    """The encoder of a format for batches of ``schema``; ``documents`` are its columns of JSON text."""
    match form:
        case FileFormat.PARQUET:
            return ParquetEncoder(schema, profile)
        case FileFormat.CSV:
            return CsvEncoder()
        case FileFormat.JSONL:
            return JsonLinesEncoder(documents)
        case FileFormat.ARROW:
            return ArrowEncoder()


class ArrowEncoder:
    """An Arrow IPC file (Feather V2) of one batch, uncompressed, so that it can be mapped into memory."""

    def encode(self, batch: pa.RecordBatch) -> pa.Buffer:
        batch = _plain(batch)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, batch.schema) as writer:
            writer.write_batch(batch)
        return sink.getvalue()


class CsvEncoder:
    """RFC 4180 with a header and line feeds: texts are quoted, NULL is nothing, so that it is not the empty text.

    Bytes are hexadecimal, moments ISO 8601 with a space, as COPY of both warehouses reads them.
    """

    def encode(self, batch: pa.RecordBatch) -> pa.Buffer:
        columns = [_csv_column(column) for column in _plain(batch).columns]
        sink = pa.BufferOutputStream()
        pacsv.write_csv(pa.RecordBatch.from_arrays(columns, names=batch.schema.names), sink)
        return sink.getvalue()


class JsonLinesEncoder:
    """One JSON object a line: decimals as numbers with all their digits, bytes hexadecimal, moments ISO 8601."""

    def __init__(self, documents: Collection[str] = ()) -> None:
        self._documents = frozenset(documents)

    def encode(self, batch: pa.RecordBatch) -> pa.Buffer:
        batch = _plain(batch)
        if not batch.num_rows:
            return pa.py_buffer(b"")
        parts: list[pa.Array | str] = []
        for number, (name, column) in enumerate(zip(batch.schema.names, batch.columns, strict=True)):
            parts.append(("{" if not number else ",") + json.dumps(name, ensure_ascii=False) + ":")
            parts.append(pc.coalesce(column if name in self._documents else _json_column(column), "null"))
        lines = pc.binary_join_element_wise(*parts, "}\n", "")
        # Without NULLs the texts of an array lie one behind the other.
        _, offsets, data = lines.buffers()
        return data.slice(0, memoryview(offsets).cast("i")[len(lines)])


class Compressed:
    """gzip around another format; the header has no time, so that bytes stay equal."""

    def __init__(self, inner: Encoder) -> None:
        self._inner = inner

    def encode(self, batch: pa.RecordBatch) -> pa.Buffer:
        return pa.py_buffer(gzip.compress(self._inner.encode(batch), _GZIP_LEVEL, mtime=0))


def _plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    columns = [arrays.plain(column) for column in batch.columns]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def hexadecimal(column: pa.Array) -> pa.Array:
    """Bytes as lower-case hexadecimal text."""
    return pa.array([None if value is None else value.hex() for value in column.to_pylist()], pa.string())


def _csv_column(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return hexadecimal(column)
    return column


def _json_column(column: pa.Array) -> pa.Array:
    """JSON text of each value; NULL stays NULL."""
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return arrays.join('"', _escaped(column), '"')
    if pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return arrays.join('"', hexadecimal(column), '"')
    text = column.cast(pa.string())
    if pa.types.is_timestamp(kind):
        return arrays.join('"', pc.replace_substring(text, " ", "T", max_replacements=1), '"')
    if pa.types.is_temporal(kind):
        return arrays.join('"', text, '"')
    return text


def _escaped(column: pa.Array) -> pa.Array:
    if not arrays.needs_escapes(column):
        return column
    texts = [None if text is None else json.dumps(text, ensure_ascii=False)[1:-1] for text in column.to_pylist()]
    return pa.array(texts, pa.string())
