"""COPY INTO <location>: the rows of a query into files. Vendor page: "COPY INTO <location>"."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.stages.file_format import FileFormat
from dw_simulator.emulators.snowflake.stages.options import Options
from dw_simulator.emulators.snowflake.stages.resolver import Place

_EXTENSIONS = {"CSV": "csv", "JSON": "json", "PARQUET": "parquet"}


@dataclass(frozen=True, slots=True)
class UnloadOptions:
    overwrite: bool = False
    single: bool = False
    header: bool = False

    @classmethod
    def parse(cls, options: Options) -> UnloadOptions:
        """Raises SnowflakeError for options that are unknown or not emulated."""
        known = dict(options)
        known.pop("MAX_FILE_SIZE", None)  # a statement writes one file: it never splits where Snowflake would not
        for name in ("INCLUDE_QUERY_ID", "DETAILED_OUTPUT", "VALIDATION_MODE"):
            if known.pop(name, False) not in (False,):
                raise errors.UNSUPPORTED_FEATURE(f"COPY INTO <location> … {name}")
        found = cls(*(bool(known.pop(name, False)) for name in ("OVERWRITE", "SINGLE", "HEADER")))
        if known:
            raise errors.INVALID_PROPERTY(next(iter(known)), "COPY")
        return found


@dataclass(slots=True)
class Unloaded:
    rows: int = 0
    input_bytes: int = 0
    output_bytes: int = 0


def unload(
    place: Place, chosen: FileFormat, options: UnloadOptions, names: Sequence[str], batches: Iterable[pa.RecordBatch]
) -> Unloaded:
    """Write all rows into one file. CSV and JSON want text columns, Parquet any.

    Raises:
        SnowflakeError: the format or its compression is not emulated; the file is there and OVERWRITE is off.
    """
    writer = _WRITERS.get(chosen.type)
    if writer is None:
        raise errors.UNSUPPORTED_FEATURE(f"COPY INTO <location> with TYPE = {chosen.type}")
    compression = _compression(chosen)
    path = _file_path(place.path, chosen, compression, options)
    if not options.overwrite and place.storage.find(path) is not None:
        raise errors.SnowflakeError(
            1030,
            "22000",
            f"Files already existing at the unload destination: {path}. Use overwrite option to force unloading.",
        )
    done = Unloaded()

    def counted() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            done.rows += batch.num_rows
            done.input_bytes += batch.nbytes
            yield batch

    done.output_bytes = place.storage.write(
        path, lambda sink: writer(sink, chosen, compression, options, names, counted())
    )
    return done


def _compression(chosen: FileFormat) -> str:
    given = str(chosen.get("COMPRESSION"))
    if chosen.type == "PARQUET":
        allowed = {"AUTO": "snappy", "SNAPPY": "snappy", "NONE": "none", "LZO": "", "GZIP": "gzip", "ZSTD": "zstd"}
    else:
        allowed = {"AUTO": "gzip", "GZIP": "gzip", "NONE": "none"}
    kind = allowed.get(given)
    if not kind:
        raise errors.UNSUPPORTED_FEATURE(f"unloading with COMPRESSION = {given}")
    return kind


def _file_path(path: str, chosen: FileFormat, compression: str, options: UnloadOptions) -> str:
    """``data_0_0_0.csv.gz`` below a folder, ``<path>_0_0_0.csv.gz`` otherwise; SINGLE takes the path as it is."""
    base = f"{path}data" if not path or path.endswith("/") else path
    if options.single:
        return base
    if chosen.type == "PARQUET":
        return f"{base}_0_0_0.{'snappy.' if compression == 'snappy' else ''}parquet"
    extension = chosen.get("FILE_EXTENSION") or _EXTENSIONS[chosen.type]
    return f"{base}_0_0_0.{extension}" + (".gz" if compression == "gzip" else "")


# --- formats ---
def _write_text(sink: Any, compression: str, pieces: Iterable[str]) -> None:
    if compression == "none":
        for piece in pieces:
            sink.write(piece.encode())
        return
    with gzip.GzipFile(fileobj=sink, mode="wb", compresslevel=1, mtime=0) as target:
        for piece in pieces:
            target.write(piece.encode())


def _write_csv(
    sink: Any,
    chosen: FileFormat,
    compression: str,
    options: UnloadOptions,
    names: Sequence[str],
    batches: Iterable[pa.RecordBatch],
) -> None:
    cell = _csv_cell(chosen)
    delimiter, end = chosen.text("FIELD_DELIMITER") or "", chosen.text("RECORD_DELIMITER") or "\n"

    def pieces() -> Iterator[str]:
        if options.header:
            yield delimiter.join(cell(name) for name in names) + end
        for batch in batches:
            columns = [column.to_pylist() for column in batch.columns]
            yield "".join(delimiter.join(map(cell, row)) + end for row in zip(*columns, strict=True))

    _write_text(sink, compression, pieces())


def _csv_cell(chosen: FileFormat) -> Callable[[str | None], str]:
    quote, escape = chosen.text("FIELD_OPTIONALLY_ENCLOSED_BY"), chosen.text("ESCAPE_UNENCLOSED_FIELD")
    nulls = chosen.get("NULL_IF")
    null = nulls[0] if nulls else ""
    special = [mark for mark in (chosen.text("FIELD_DELIMITER"), "\n", "\r") if mark]

    def cell(value: str | None) -> str:
        if value is None:
            return null
        if quote:
            return f"{quote}{value.replace(quote, quote + quote)}{quote}"
        if escape and any(mark in value for mark in (*special, escape)):
            for mark in (escape, *special):
                value = value.replace(mark, escape + mark)
        return value

    return cell


def _write_json(
    sink: Any,
    chosen: FileFormat,
    compression: str,
    options: UnloadOptions,
    names: Sequence[str],
    batches: Iterable[pa.RecordBatch],
) -> None:
    del chosen, options
    if len(names) != 1:
        raise errors.SnowflakeError(
            2019, "0A000", "SQL compilation error:\nJSON unload needs one column of type VARIANT, OBJECT or ARRAY"
        )
    pieces = ("".join(f"{text}\n" for text in batch.column(0).to_pylist() if text is not None) for batch in batches)
    _write_text(sink, compression, pieces)


def _write_parquet(
    sink: Any,
    chosen: FileFormat,
    compression: str,
    options: UnloadOptions,
    names: Sequence[str],
    batches: Iterable[pa.RecordBatch],
) -> None:
    del chosen
    shown = list(names) if options.header else [f"_COL_{index}" for index in range(len(names))]
    writer: pq.ParquetWriter | None = None
    for batch in batches:
        renamed = batch.rename_columns(shown)
        if writer is None:
            writer = pq.ParquetWriter(pa.PythonFile(sink, mode="w"), renamed.schema, compression=compression)
        writer.write_batch(renamed)
    if writer is not None:
        writer.close()


_WRITERS: dict[str, Callable[..., None]] = {"CSV": _write_csv, "JSON": _write_json, "PARQUET": _write_parquet}
