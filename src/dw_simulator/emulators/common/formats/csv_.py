"""Delimited text to Arrow record batches of strings (or of given types), streaming."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa
from pyarrow import csv as pacsv

from dw_simulator.emulators.common.formats.csv_rows import CsvDialect, CsvRecord, read_records
from dw_simulator.emulators.common.formats.errors import FormatError
from dw_simulator.emulators.common.formats.sources import ByteStream, Source, open_decompressed

_BLOCK_BYTES = 4 << 20
_BATCH_RECORDS = 16_384
_COLUMN = re.compile(r"In CSV column #(\d+)")


@dataclass(frozen=True)
class CsvOptions:
    """How to read a file.

    Args:
        dialect: how the text is written.
        nulls: the texts that mean NULL.
        quoted_nulls: whether they also do inside quotes.
        compression: one of ``sources.COMPRESSIONS``.
        pad: fill short records up with NULL and cut long ones, instead of raising ``column_count``.
        types: types of columns by name; a column that is not named is a string.
    """

    dialect: CsvDialect = field(default_factory=CsvDialect)
    nulls: Sequence[str] = ("",)
    quoted_nulls: bool = False
    compression: str = "auto"
    pad: bool = False
    types: Mapping[str, pa.DataType] = field(default_factory=dict)


def csv_schema(columns: Sequence[str], options: CsvOptions) -> pa.Schema:
    return pa.schema([(name, options.types.get(name, pa.string())) for name in columns])


def read_csv(source: Source, columns: Sequence[str], options: CsvOptions) -> Iterator[pa.RecordBatch]:
    """The records of a file, in order; the k-th field of a record is the k-th of ``columns``.

    Text between a closing quote and the next delimiter is taken as part of the field, except by dialects that need the
    exact reader, which refuses it.

    Raises:
        FormatError: with the file, and line and column where these can be told. Batches before the bad one have been
            given by then: whoever must not keep half a file has to take them back.
    """
    if not columns:
        raise FormatError("column_count", "no columns to read into", file=source.name)
    if _is_plain(options):
        yield from _fast(source, columns, options)
    elif _is_plain(unescaped := _without_escape(options)) and not _contains_escape(source, options):
        yield from _fast(source, columns, unescaped)
    else:
        yield from _slow(source, columns, options)


def read_header(source: Source, options: CsvOptions) -> list[str] | None:
    """The fields of the first record; None for an empty file."""
    dialect = replace(options.dialect, skip_lines=0)
    with open_decompressed(source, options.compression) as stream:
        first = next(read_records(stream, dialect, source.name), None)
    return first.fields if first else None


def csv_records(source: Source, options: CsvOptions) -> Iterator[CsvRecord]:
    """The records one by one, exactly as written: slow, for diagnosing and for row-by-row error handling."""
    with open_decompressed(source, options.compression) as stream:
        yield from read_records(stream, options.dialect, source.name)


# --- the fast reader ---------------------------------------------------------------------------------------------
def _is_plain(options: CsvOptions) -> bool:
    """Whether Arrow's reader gives the right answer for every file of this dialect."""
    dialect = options.dialect
    one_character = len(dialect.delimiter) == 1 and dialect.delimiter.isascii()
    newline = dialect.record_delimiter in (None, "\n", "\r\n")
    escapes = not dialect.escape or (dialect.escape_unquoted and dialect.escape != dialect.quote)
    nulls = not dialect.escape or not any(dialect.escape in text for text in options.nulls)
    return one_character and newline and escapes and nulls and not options.pad


def _without_escape(options: CsvOptions) -> CsvOptions:
    return replace(options, dialect=replace(options.dialect, escape=None))


def _contains_escape(source: Source, options: CsvOptions) -> bool:
    """Most files never use their escape character; looking for it is much cheaper than the exact reader."""
    escape = (options.dialect.escape or "").encode()
    with open_decompressed(source, options.compression) as stream:
        return any(escape in block for block in iter(lambda: stream.read(_BLOCK_BYTES), b""))


class _Watched(io.RawIOBase):
    """A stream that counts quotes: an odd number of them means that one may not be closed."""

    def __init__(self, stream: ByteStream, quote: str | None) -> None:
        self._stream = stream
        self._quote = quote.encode() if quote else None
        self.quotes = 0
        self.empty = True

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        data = self._stream.read(-1 if size is None else size)
        if data:
            self.empty = False
            if self._quote is not None:
                self.quotes += data.count(self._quote)
        return data


def _fast(source: Source, columns: Sequence[str], options: CsvOptions) -> Iterator[pa.RecordBatch]:
    with open_decompressed(source, options.compression) as stream:
        watched = _Watched(stream, options.dialect.quote)
        try:
            yield from _arrow_batches(watched, columns, options)
        except FormatError:
            raise
        except (pa.ArrowInvalid, UnicodeDecodeError) as error:
            if watched.empty:
                return
            raise _explain(source, columns, options, error) from error
    if watched.quotes % 2:
        for _ in csv_records(source, options):
            pass  # raises if a quote is really open; a single quote inside a plain field is text


def _arrow_batches(stream: io.RawIOBase, columns: Sequence[str], options: CsvOptions) -> Iterator[pa.RecordBatch]:
    dialect = options.dialect
    reader = pacsv.open_csv(
        pa.PythonFile(stream, mode="r"),
        read_options=pacsv.ReadOptions(
            use_threads=False,
            block_size=_BLOCK_BYTES,
            skip_rows_after_names=dialect.skip_lines,
            column_names=list(columns),
            encoding=dialect.encoding,
        ),
        parse_options=pacsv.ParseOptions(
            delimiter=dialect.delimiter,
            quote_char=dialect.quote or False,
            escape_char=dialect.escape or False,
            newlines_in_values=dialect.quote is not None,
            ignore_empty_lines=dialect.skip_blank_lines,
        ),
        convert_options=pacsv.ConvertOptions(
            column_types=csv_schema(columns, options),
            null_values=list(options.nulls),
            strings_can_be_null=True,
            quoted_strings_can_be_null=options.quoted_nulls,
        ),
    )
    for batch in reader:
        if batch.num_rows:
            yield batch


def _explain(source: Source, columns: Sequence[str], options: CsvOptions, error: Exception) -> FormatError:
    """Where a file that Arrow refused is wrong: read it again, exactly."""
    try:
        for record in csv_records(source, options):
            problem = _problem_of(record, columns, options, source.name)
            if problem is not None:
                return problem
    except FormatError as found:
        return found
    column = _COLUMN.search(str(error))
    name = columns[int(column.group(1))] if column else None
    return FormatError("parse", str(error), file=source.name, column=name)


def _problem_of(record: CsvRecord, columns: Sequence[str], options: CsvOptions, file: str) -> FormatError | None:
    if len(record.fields) != len(columns) and not options.pad:
        message = f"expected {len(columns)} fields, found {len(record.fields)}"
        return FormatError("column_count", message, file=file, line=record.line, text=record.text)
    for name, value in zip(columns, _values(record, options), strict=False):
        kind = options.types.get(name)
        if kind is None or value is None or pa.types.is_string(kind):
            continue
        if not _converts(value, kind):
            message = f"{value!r} is not a value of type {kind}"
            return FormatError("value", message, file=file, line=record.line, column=name, text=value)
    return None


def _converts(value: str, kind: pa.DataType) -> bool:
    """Whether Arrow's own reader takes the text for the type."""
    parse = pacsv.ParseOptions(delimiter="\x01", quote_char=False, newlines_in_values=True)
    convert = pacsv.ConvertOptions(column_types={"value": kind}, strings_can_be_null=True)
    try:
        pacsv.read_csv(io.BytesIO(f"value\n{value}\n".encode()), parse_options=parse, convert_options=convert)
    except pa.ArrowInvalid:
        return False
    return True


# --- the exact reader ----------------------------------------------------------------------------------------------
def _slow(source: Source, columns: Sequence[str], options: CsvOptions) -> Iterator[pa.RecordBatch]:
    schema = csv_schema(columns, options)
    rows: list[list[str | None]] = []
    for record in csv_records(source, options):
        rows.append(_row(record, columns, options, source.name))
        if len(rows) == _BATCH_RECORDS:
            yield _to_batch(rows, schema, source.name)
            rows = []
    if rows:
        yield _to_batch(rows, schema, source.name)


def _row(record: CsvRecord, columns: Sequence[str], options: CsvOptions, file: str) -> list[str | None]:
    values = _values(record, options)
    if len(values) == len(columns):
        return values
    if not options.pad:
        message = f"expected {len(columns)} fields, found {len(values)}"
        raise FormatError("column_count", message, file=file, line=record.line, text=record.text)
    return (values + [None] * (len(columns) - len(values)))[: len(columns)]


def _values(record: CsvRecord, options: CsvOptions) -> list[str | None]:
    """The fields with NULL where they mean it: as written (``\\N``) or as read."""
    nulls = options.nulls
    return [
        None if (text in nulls or plain in nulls) and (options.quoted_nulls or not quoted) else text
        for text, plain, quoted in zip(record.fields, record.plain, record.quoted, strict=True)
    ]


def _to_batch(rows: list[list[str | None]], schema: pa.Schema, file: str) -> pa.RecordBatch:
    arrays = []
    for column, values in zip(schema, zip(*rows, strict=True), strict=True):
        array = pa.array(values, pa.string())
        try:
            arrays.append(array.cast(column.type))
        except pa.ArrowInvalid as error:
            raise FormatError("value", str(error), file=file, column=column.name) from error
    return pa.record_batch(arrays, schema=schema)
