"""UNLOAD's file formats: delimited text, CSV, JSON lines, Parquet. Source: "UNLOAD", "UNLOAD examples"."""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Callable
from typing import BinaryIO

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dw_simulator.emulators.redshift.copy.unload_command import UnloadOptions
from dw_simulator.emulators.redshift.errors import INVALID_PARAMETER_VALUE, STRING_TOO_LONG, RedshiftError

JSON_FIELD = {b"dw-simulator": b"json"}
"""Metadata of a field whose texts are JSON (SUPER)."""

_DELIMITERS = {"csv": ",", "delimited": "|", "fixedwidth": ""}
_SUFFIXES = {"none": "", "gzip": ".gz", "bz2": ".bz2", "zstd": ".zst"}
_COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "none": lambda data: data,
    "gzip": lambda data: gzip.compress(data, 6),
    "bz2": bz2.compress,
    "zstd": lambda data: bytes(pa.compress(data, "zstd", asbytes=True)),
}


def suffix(options: UnloadOptions) -> str:
    if options.extension is not None:
        return f".{options.extension.removeprefix('.')}"
    return ".parquet" if options.format == "parquet" else _SUFFIXES[options.compression]


class FileWriter:
    """Writes batches of rows into one file. ``close`` completes it."""

    def __init__(self, output: BinaryIO, schema: pa.Schema, options: UnloadOptions) -> None:
        self._output = output
        self._options = options
        self._parquet = pq.ParquetWriter(output, schema, compression="snappy") if _is_parquet(options) else None
        if options.header:
            delimiter = options.delimiter or _DELIMITERS[options.format]
            self._put((delimiter.join(schema.names) + "\n").encode())

    def write(self, batch: pa.RecordBatch) -> None:
        if self._parquet is not None:
            self._parquet.write_batch(batch)
        elif batch.num_rows:
            self._put(_TEXT_FORMATS[self._options.format](pa.Table.from_batches([batch]), self._options))

    def _put(self, data: bytes) -> None:
        # Compressed pieces one after another are a valid file in each of these formats.
        self._output.write(_COMPRESS[self._options.compression](data))

    def close(self) -> int:
        """Complete the file; its size in bytes."""
        if self._parquet is not None:
            self._parquet.close()
        size = self._output.tell()
        self._output.close()
        return size


def _is_parquet(options: UnloadOptions) -> bool:
    return options.format == "parquet"


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Values as Redshift prints them."""
    if pa.types.is_boolean(column.type):
        return pc.if_else(column, "t", "f")
    if pa.types.is_timestamp(column.type):
        text = _timestamps(column.cast(pa.timestamp("us")))
        return pc.binary_join_element_wise(text, "+00", "") if column.type.tz else text
    return column.cast(pa.string())


def _timestamps(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Fractions of seconds only where there are some, without zeros at their end."""
    seconds = column.cast(pa.timestamp("s"), safe=False)
    if pc.all(pc.equal(seconds.cast(pa.timestamp("us")), column)).as_py() is not False:
        return seconds.cast(pa.string())
    text = column.cast(pa.string())
    return pc.replace_substring_regex(pc.replace_substring_regex(text, r"(\.\d*?)0+$", r"\1"), r"\.$", "")


def _csv(table: pa.Table, options: UnloadOptions) -> bytes:
    """Fields are quoted where they must be; NULL is an empty field, or NULL AS's text."""
    null = options.null_as or ""
    texts = [pc.fill_null(_as_text(column), null) for column in table.columns]
    delimiter = options.delimiter or ","
    # What is printed of the other types has nothing to quote, unless the delimiter or NULL AS is unusual.
    simple = delimiter in _PUNCTUATION and not options.null_as
    columns = [
        text if simple and not pa.types.is_string(column.type) else _quote_where_needed(text, delimiter)
        for text, column in zip(texts, table.columns, strict=True)
    ]
    return _joined(columns, delimiter)


_PUNCTUATION = ",|;\t^~!#"


def _quote_where_needed(text: pa.ChunkedArray, delimiter: str) -> pa.ChunkedArray:
    special = pc.match_substring_regex(text, f'[\\n\\r"{_in_class(delimiter)}]')
    if not pc.any(special).as_py():
        return text
    return pc.if_else(special, _quoted(text), text)


def _quoted(text: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.binary_join_element_wise('"', pc.replace_substring(text, '"', '""'), '"', "")


def _in_class(character: str) -> str:
    return "".join(f"\\{one}" if one in "\\]^-" else one for one in character)


def _delimited(table: pa.Table, options: UnloadOptions) -> bytes:
    delimiter = options.delimiter or "|"
    columns = []
    for column in table.columns:
        text = _as_text(column)
        if options.escape:
            text = pc.replace_substring_regex(text, f"([\\\\\\n\\r\"'{_in_class(delimiter)}])", r"\\\1")
        if options.add_quotes:
            text = pc.binary_join_element_wise('"', text, '"', "")
        columns.append(pc.fill_null(text, options.null_as or ""))
    return _joined(columns, delimiter)


def _joined(columns: list[pa.ChunkedArray], delimiter: str) -> bytes:
    rows = pc.binary_join_element_wise(*columns, delimiter) if len(columns) > 1 else columns[0]
    rows = pc.binary_join_element_wise(rows, "", "\n")
    return b"".join(map(_text_of, rows.chunks))


def _text_of(texts: pa.StringArray) -> memoryview:
    """The characters of texts without NULLs, one after another."""
    _, offsets, data = texts.buffers()
    places = memoryview(offsets).cast("i")
    return memoryview(data)[places[texts.offset] : places[texts.offset + len(texts)]]


def _fixed_width(table: pa.Table, options: UnloadOptions) -> bytes:
    if len(options.widths) != table.num_columns:
        raise RedshiftError(
            INVALID_PARAMETER_VALUE, f"FIXEDWIDTH has {len(options.widths)} columns, the query {table.num_columns}"
        )
    columns = []
    for name, column, width in zip(table.schema.names, table.columns, options.widths, strict=True):
        text = pc.fill_null(_as_text(column), options.null_as or "")
        longest = pc.max(pc.utf8_length(text)).as_py()
        if longest > width:
            raise RedshiftError(STRING_TOO_LONG, f"a value of column {name} is longer than its fixed width {width}")
        columns.append(pc.utf8_rpad(text, width))
    return _joined(columns, "")


def _json(table: pa.Table, _: UnloadOptions) -> bytes:
    """One object a line, column by column: a call for each value would take several times as long."""
    parts: list[pa.ChunkedArray | str] = []
    for index, field in enumerate(table.schema):
        parts += [("," if index else "{") + orjson.dumps(field.name).decode() + ":"]
        parts += [pc.fill_null(_json_values(table.column(index), field), "null")]
    rows = pc.binary_join_element_wise(*parts, "}\n", "")
    return b"".join(map(_text_of, rows.chunks))


def _json_values(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    """Values as JSON has them, NULL where there is none."""
    kind = column.type
    if pa.types.is_boolean(kind):
        return pc.if_else(column, "true", "false")
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind) or field.metadata == JSON_FIELD:
        return column.cast(pa.string())
    if pa.types.is_temporal(kind):
        return pc.binary_join_element_wise('"', _as_text(column), '"', "")
    if pa.types.is_string(kind):
        return _json_strings(column)
    values = [None if value is None else orjson.dumps(value).decode() for value in column.to_pylist()]
    return pa.chunked_array([pa.array(values, pa.string())])


def _json_strings(column: pa.ChunkedArray) -> pa.ChunkedArray:
    special = pc.fill_null(pc.match_substring_regex(column, r'["\\\\\x00-\x1f]'), False)
    quoted = pc.binary_join_element_wise('"', column, '"', "")
    if not pc.any(special).as_py():
        return quoted
    escaped = [orjson.dumps(value).decode() for value in column.filter(special).to_pylist()]
    return pc.replace_with_mask(quoted.combine_chunks(), special.combine_chunks(), pa.array(escaped, pa.string()))


_TEXT_FORMATS: dict[str, Callable[[pa.Table, UnloadOptions], bytes]] = {
    "csv": _csv,
    "delimited": _delimited,
    "fixedwidth": _fixed_width,
    "json": _json,
}
