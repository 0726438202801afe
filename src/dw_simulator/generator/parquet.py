"""Record batch -> one Parquet file in memory, with the encodings that were measured to be cheapest for each type.

``default``: DELTA_BINARY_PACKED and Snappy for whole numbers, decimals, dates and times (zstd takes a third of their
time and finds nothing in packed random bits); zstd level 1 for the others: pools and floats of few values as dictionary
pages, pools without statistics, other floats plain. ``compat``: snappy, plain and dictionary encodings and fixed-length
decimals only, for readers that know no more than Parquet format version 1.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dw_simulator.generator import arrays

Profile = Literal["default", "compat"]

_ROWS_FOR_DICTIONARY = 2
"""A pool goes into a dictionary page only if the file has at least so many rows for each of its values."""
_SAMPLE = 1024
_ROWS_PER_FLOAT = 8
"""Floats go there only if the file has about so many rows for each different one: the writer has to find them."""


class ParquetEncoder:
    """Encodes batches of one schema. Equal batches give equal bytes."""

    def __init__(self, schema: pa.Schema, profile: Profile = "default") -> None:
        self._profile = profile
        self._schema = schema

    def encode(self, batch: pa.RecordBatch) -> pa.Buffer:
        """The file: one row group with all rows of ``batch``."""
        columns = [self._prepare(column) for column in batch.columns]
        fields = [field.with_type(column.type) for field, column in zip(self._schema, columns, strict=True)]
        schema = pa.schema(fields)
        sink = pa.BufferOutputStream()
        options = self._options(
            schema, [field.name for field, column in zip(schema, columns, strict=True) if _repeats(column)]
        )
        with pq.ParquetWriter(sink, schema, **options) as writer:
            if batch.num_rows:
                ready = pa.RecordBatch.from_arrays(columns, schema=schema)
                writer.write_batch(ready, row_group_size=batch.num_rows)
        return sink.getvalue()

    def _prepare(self, column: pa.Array) -> pa.Array:
        if pa.types.is_dictionary(column.type) and len(column) < _ROWS_FOR_DICTIONARY * len(column.dictionary):
            return column.dictionary_decode()
        if self._profile == "compat" and pa.types.is_decimal64(column.type):
            return column.cast(pa.decimal128(column.type.precision, column.type.scale))
        return column

    def _options(self, schema: pa.Schema, repeating: list[str]) -> dict[str, Any]:
        """``repeating`` are columns of few different values, beside those that are dictionaries."""
        pools = [field.name for field in schema if pa.types.is_dictionary(field.type)]
        options: dict[str, Any] = {"use_dictionary": [*pools, *repeating] or False, "store_schema": False}
        if self._profile == "compat":
            return options | {"compression": "snappy", "version": "1.0", "data_page_version": "1.0"}
        delta = {field.name: "DELTA_BINARY_PACKED" for field in schema if _is_whole(field.type)}
        measured = [field.name for field in schema if _has_statistics(field.type)]
        options |= {"write_statistics": measured or False, "column_encoding": delta or None}
        codecs = {field.name: "snappy" if field.name in delta else "zstd" for field in schema}
        levels = {name: 1 for name, codec in codecs.items() if codec == "zstd"}
        return options | {"compression": codecs, "compression_level": levels or None, "store_decimal_as_integer": True}


def _repeats(column: pa.Array) -> bool:
    """Whether a column of floats looks as if it had few different values (rounded ones, say) for its many rows.

    How many there are is estimated from a sample over the whole column (A. Chao, "Nonparametric estimation of the
    number of classes in a population", 1984).
    """
    if not pa.types.is_floating(column.type) or len(column) < _ROWS_PER_FLOAT * _SAMPLE:
        return False
    sample = column.to_numpy(zero_copy_only=False)[:: len(column) // _SAMPLE]
    counts = np.unique(sample, return_counts=True)[1]
    once, twice = int(np.sum(counts == 1)), int(np.sum(counts == 2))
    return len(counts) + once * (once - 1) / (2 * (twice + 1)) < len(column) / _ROWS_PER_FLOAT


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """The schema as readers of the files see it: dictionaries as their values."""
    return pa.schema([field.with_type(arrays.plain_type(field.type)) for field in schema])


def _is_whole(kind: pa.DataType) -> bool:
    """Stored as INT32 or INT64."""
    return bool(pa.types.is_integer(kind) or pa.types.is_temporal(kind) or pa.types.is_decimal64(kind))


def _has_statistics(kind: pa.DataType) -> bool:
    return _is_whole(kind) or bool(pa.types.is_floating(kind) or pa.types.is_decimal(kind))
