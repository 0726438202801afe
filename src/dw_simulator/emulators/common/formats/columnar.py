"""Parquet and ORC to Arrow record batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.parquet as pq

from dw_simulator.emulators.common.formats.errors import FormatError
from dw_simulator.emulators.common.formats.sources import Source

DEFAULT_BATCH_ROWS = 131_072


@contextmanager
def _explained(source: Source, kind: str) -> Iterator[None]:
    try:
        yield
    except pa.ArrowException as error:
        raise FormatError("parse", f"is not a valid {kind} file: {error}", file=source.name) from error


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """The schema with dictionary columns as columns of their values, without metadata."""
    return pa.schema([_plain_field(column) for column in schema])


def _plain_field(column: pa.Field) -> pa.Field:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    return pa.field(column.name, kind, column.nullable)


def parquet_schema(source: Source) -> pa.Schema:
    """The columns of a Parquet file. Raises FormatError ``parse``."""
    with _explained(source, "Parquet"), source.open() as file:
        return plain_schema(pq.read_schema(file))


def parquet_rows(source: Source) -> int:
    """Rows of a Parquet file, from its footer. Raises FormatError ``parse``."""
    with _explained(source, "Parquet"), source.open() as file:
        return int(pq.read_metadata(file).num_rows)


def read_parquet(
    source: Source,
    columns: Sequence[str] | None = None,
    *,
    batch_rows: int = DEFAULT_BATCH_ROWS,
    keep_dictionaries: bool = False,
) -> Iterator[pa.RecordBatch]:
    """The rows of a Parquet file in order.

    Args:
        columns: names in the wanted order, exactly as the file spells them; None for all.
        keep_dictionaries: give dictionary columns as they are stored (fewer bytes), not as plain values.

    Raises:
        FormatError: ``parse`` (damaged), ``missing_column``.
    """
    with _explained(source, "Parquet"), source.open() as raw:
        file = pq.ParquetFile(raw, pre_buffer=True)
        if columns is not None:
            _require(columns, file.schema_arrow.names, source.name)
        for batch in file.iter_batches(batch_size=batch_rows, columns=_as_list(columns), use_threads=False):
            yield _shape(batch, columns, keep_dictionaries)


def read_orc(source: Source, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """The rows of an ORC file, a batch a stripe. Raises FormatError as ``read_parquet`` does."""
    from pyarrow import orc

    with _explained(source, "ORC"), source.open() as raw:
        file = orc.ORCFile(raw)
        if columns is not None:
            _require(columns, file.schema.names, source.name)
        for stripe in range(file.nstripes):
            yield _shape(file.read_stripe(stripe, columns=_as_list(columns)), columns, False)


def _as_list(columns: Sequence[str] | None) -> list[str] | None:
    return None if columns is None else list(columns)


def _require(columns: Sequence[str], present: Sequence[str], file: str) -> None:
    known = set(present)
    for name in columns:
        if name not in known:
            raise FormatError(
                "missing_column", f"has no column {name!r}; it has {', '.join(present)}", file=file, column=name
            )


def _shape(batch: pa.RecordBatch, columns: Sequence[str] | None, keep_dictionaries: bool) -> pa.RecordBatch:
    if columns is not None and batch.schema.names != list(columns):
        batch = batch.select(list(columns))
    if keep_dictionaries or not any(pa.types.is_dictionary(column.type) for column in batch.schema):
        return batch
    arrays = [array.dictionary_decode() if isinstance(array, pa.DictionaryArray) else array for array in batch.columns]
    return pa.record_batch(arrays, names=batch.schema.names)
