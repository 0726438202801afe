"""The formats that COPY INTO <location> writes. Vendor page: "COPY INTO <location>", format type options."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.stages.file_format import FileFormat

_EXTENSIONS = {"CSV": "csv", "JSON": "json", "PARQUET": "parquet"}
_SUFFIXES = {
    "NONE": "",
    "GZIP": ".gz",
    "BZ2": ".bz2",
    "BROTLI": ".br",
    "ZSTD": ".zst",
    "DEFLATE": ".deflate",
    "RAW_DEFLATE": ".raw_deflate",
}
_ARROW_CODECS = {"BZ2": "bz2", "BROTLI": "brotli", "ZSTD": "zstd"}
_WINDOW_BITS = {"GZIP": 31, "DEFLATE": 15, "RAW_DEFLATE": -15}


@dataclass(frozen=True, slots=True)
class FileShape:
    """How a file is written. ``quoted`` are the columns that FIELD_OPTIONALLY_ENCLOSED_BY goes around."""

    format: FileFormat
    compression: str
    names: list[str]
    quoted: list[bool]
    header: bool


def compression_of(chosen: FileFormat) -> str:
    """Raises SnowflakeError: the type of file or the compression is not written."""
    if chosen.type not in _EXTENSIONS:
        raise errors.UNSUPPORTED_FEATURE(f"COPY INTO <location> with TYPE = {chosen.type}")
    given = str(chosen.get("COMPRESSION"))
    if chosen.type == "PARQUET":
        if given == "AUTO":
            return "SNAPPY" if chosen.get("SNAPPY_COMPRESSION") else "NONE"
        allowed = {"SNAPPY", "NONE", "GZIP", "ZSTD", "BROTLI"}
    else:
        given = "GZIP" if given == "AUTO" else given
        allowed = set(_SUFFIXES)
    if given not in allowed:
        raise errors.UNSUPPORTED_FEATURE(f"unloading with COMPRESSION = {given}")
    return given


def file_extension(shape: FileShape) -> str:
    if shape.format.type == "PARQUET":
        return "parquet" if shape.compression == "NONE" else f"{shape.compression.lower()}.parquet"
    return str(shape.format.get("FILE_EXTENSION") or _EXTENSIONS[shape.format.type]) + _SUFFIXES[shape.compression]


def write_file(sink: Any, shape: FileShape, batches: Iterator[pa.RecordBatch], limit: int) -> int:
    """Write rows until there are no more or the file has about ``limit`` bytes. Returns their bytes uncompressed."""
    counted = _Counted(sink)
    if shape.format.type == "PARQUET":
        return _write_parquet(counted, shape, batches, limit)
    pieces = _csv_pieces(shape, batches) if shape.format.type == "CSV" else _json_pieces(batches)
    write, finish = _compressor(counted, shape.compression)
    largest = plain = 0
    for piece in pieces:
        before, data = counted.size, piece.encode()
        plain += len(data)
        write(data)
        largest = max(largest, counted.size - before)
        if counted.size + largest > limit:
            break
    finish()
    return plain


class _Counted:
    """A sink that knows how much was written to it."""

    def __init__(self, sink: Any) -> None:
        self._sink = sink
        self.size = 0
        self.closed = False

    def write(self, data: Any) -> int:
        count = len(memoryview(data).cast("B"))
        self._sink.write(data)
        self.size += count
        return count

    def flush(self) -> None: ...

    def tell(self) -> int:
        return self.size

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        """The one who gave the sink closes it."""
        self.closed = True


def _compressor(sink: _Counted, kind: str) -> tuple[Callable[[bytes], object], Callable[[], object]]:
    """(what takes text, what is called at its end)."""
    if kind == "NONE":
        return sink.write, lambda: None
    if kind in _ARROW_CODECS:
        stream = pa.CompressedOutputStream(pa.PythonFile(sink, mode="w"), _ARROW_CODECS[kind])
        return stream.write, stream.close
    packer = zlib.compressobj(1, zlib.DEFLATED, _WINDOW_BITS[kind])
    return (lambda data: sink.write(packer.compress(data))), (lambda: sink.write(packer.flush()))


# --- text -------------------------------------------------------------------------------------------------------------
def _csv_pieces(shape: FileShape, batches: Iterable[pa.RecordBatch]) -> Iterator[str]:
    chosen = shape.format
    plain, quoted = _csv_cell(chosen, quotes=False), _csv_cell(chosen, quotes=True)
    delimiter, end = chosen.text("FIELD_DELIMITER") or "", chosen.text("RECORD_DELIMITER") or "\n"
    header = delimiter.join(quoted(name) for name in shape.names) + end if shape.header else ""
    cells = [quoted if text else plain for text in shape.quoted]
    for batch in batches:
        columns = [
            [cell(value) for value in column.to_pylist()] for cell, column in zip(cells, batch.columns, strict=True)
        ]
        yield header + "".join(delimiter.join(row) + end for row in zip(*columns, strict=True))
        header = ""


def _csv_cell(chosen: FileFormat, *, quotes: bool) -> Callable[[str | None], str]:
    quote, escape = chosen.text("FIELD_OPTIONALLY_ENCLOSED_BY"), chosen.text("ESCAPE_UNENCLOSED_FIELD")
    inner_escape = chosen.text("ESCAPE")
    nulls = chosen.get("NULL_IF")
    null = nulls[0] if nulls else ""
    special = [mark for mark in (chosen.text("FIELD_DELIMITER"), chosen.text("RECORD_DELIMITER"), "\r") if mark]

    def cell(value: str | None) -> str:
        if value is None:
            return null
        if quote and quotes:
            if inner_escape:
                value = value.replace(inner_escape, inner_escape * 2)
            return f"{quote}{value.replace(quote, quote + quote)}{quote}"
        if escape and any(mark in value for mark in (*special, escape)):
            for mark in (escape, *special):
                value = value.replace(mark, escape + mark)
        return value

    return cell


def _json_pieces(batches: Iterable[pa.RecordBatch]) -> Iterator[str]:
    for batch in batches:
        yield "".join(f"{text}\n" for text in batch.column(0).to_pylist() if text is not None)


# --- Parquet ----------------------------------------------------------------------------------------------------------
def _write_parquet(sink: _Counted, shape: FileShape, batches: Iterable[pa.RecordBatch], limit: int) -> int:
    """Row groups of half a megabyte and more: what is not written yet counts by its size in memory."""
    names = shape.names if shape.header else [f"_COL_{index}" for index in range(len(shape.names))]
    group_bytes = min(limit, 64 << 20) // 2
    writer: pq.ParquetWriter | None = None
    waiting: list[pa.RecordBatch] = []

    def flush() -> None:
        nonlocal writer
        if not waiting:
            return
        table = pa.Table.from_batches(waiting)
        if writer is None:
            codec = shape.compression.lower()
            writer = pq.ParquetWriter(pa.PythonFile(sink, mode="w"), table.schema, compression=codec)
        writer.write_table(table)
        waiting.clear()

    size = plain = 0
    for batch in batches:
        waiting.append(batch.rename_columns(names))
        size += batch.nbytes
        plain += batch.nbytes
        if size >= group_bytes:
            flush()
            size = 0
            if sink.size + sink.size // 2 >= limit:
                break
    flush()
    if writer is not None:
        writer.close()
    return plain
