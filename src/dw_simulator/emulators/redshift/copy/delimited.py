"""CSV, delimited and fixed-width text. Source: "Data format parameters", "Data conversion parameters"."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa

from dw_simulator.emulators.common.formats import (
    BytesSource,
    CsvDialect,
    CsvOptions,
    FormatError,
    ObjectSource,
    Source,
    csv_records,
    open_decompressed,
    read_csv,
)
from dw_simulator.emulators.common.formats.csv_rows import CsvRecord
from dw_simulator.emulators.common.formats.sources import ByteStream
from dw_simulator.emulators.common.objects import ObjectStore
from dw_simulator.emulators.redshift.copy.convert import Doubt, FieldError, convert_column
from dw_simulator.emulators.redshift.copy.copy_command import CopyOptions
from dw_simulator.emulators.redshift.copy.errors import BAD_LINE, DELIMITER_NOT_FOUND, EXTRA_COLUMNS, LoadProblem
from dw_simulator.emulators.redshift.copy.files import InputFile
from dw_simulator.emulators.redshift.copy.rows import RowBuilder
from dw_simulator.emulators.redshift.copy.target import Target
from dw_simulator.emulators.redshift.errors import INVALID_PARAMETER_VALUE, RedshiftError

_BLOCK_BYTES = 1 << 20


def read_delimited(
    store: ObjectStore, file: InputFile, target: Target, options: CopyOptions, problems: list[LoadProblem]
) -> Iterator[pa.RecordBatch]:
    """The rows of a CSV or delimited file.

    Raises:
        LoadRejected: more records do not fit than MAXERROR allows.
        FormatError: the file cannot be read as what it is said to be.
    """
    source = open_source(store, file, options)
    reading = _csv_options(options)
    sent = 0
    if not options.fill_record:
        names = [column.name for column in target.columns]
        try:
            for batch in read_csv(source, names, reading):
                converted = [
                    convert_column(array, column, options)
                    for array, column in zip(batch.columns, target.columns, strict=True)
                ]
                yield pa.RecordBatch.from_arrays(converted, schema=target.arrow_schema)
                sent += batch.num_rows
            return
        except (Doubt, FormatError):
            # The exact reader decides, from the first record that was not given yet; all before were right.
            pass
    yield from _exact(source, target, options, reading, problems, sent)


def open_source(store: ObjectStore, file: InputFile, options: CopyOptions) -> Source:
    """The file; with ACCEPTINVCHARS, what is no UTF-8 in it is replaced."""
    source = ObjectSource(store, file.bucket, file.key)
    if options.accept_invalid_chars is None:
        return source
    with open_decompressed(source, options.compression) as stream:
        data = _read_all(stream)
    replacement = options.accept_invalid_chars

    def replace_invalid(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeDecodeError)
        return replacement * (error.end - error.start), error.end

    codecs.register_error("copy-replace", replace_invalid)
    text = data.decode(options.encoding, "copy-replace")
    # Decompressed and decoded already: its name must not make anyone decompress it again.
    return BytesSource(source.name, text.encode(options.encoding))


def _read_all(stream: ByteStream) -> bytes:
    return b"".join(iter(lambda: stream.read(_BLOCK_BYTES), b""))


def _csv_options(options: CopyOptions) -> CsvOptions:
    if options.format == "csv":
        dialect = CsvDialect(delimiter=options.delimiter or ",", quote=options.quote)
    else:
        dialect = CsvDialect(
            delimiter=options.delimiter or "|",
            quote='"' if options.remove_quotes else None,
            escape="\\" if options.escape else None,
        )
    dialect = replace(
        dialect,
        skip_lines=options.ignore_header,
        skip_blank_lines=options.ignore_blank_lines,
        encoding=options.encoding,
    )
    compression = "none" if options.accept_invalid_chars is not None else options.compression
    return CsvOptions(dialect=dialect, nulls=(options.null_as,), quoted_nulls=True, compression=compression)


def _exact(
    source: Source,
    target: Target,
    options: CopyOptions,
    reading: CsvOptions,
    problems: list[LoadProblem],
    skip: int,
) -> Iterator[pa.RecordBatch]:
    builder = RowBuilder(source.name, target, options, problems)
    for index, record in enumerate(csv_records(source, reading)):
        if index < skip:
            continue
        try:
            fields = _fields(record, len(target.columns), options)
        except FieldError as error:
            builder.reject(record.line, record.text, error)
            continue
        builder.add(fields, record.line, record.text)
        yield from builder.full()
    yield from builder.rest()


def _fields(record: CsvRecord, expected: int, options: CopyOptions) -> list[str | None]:
    null = options.null_as
    fields = [None if null in (text, plain) else text for text, plain in zip(record.fields, record.plain, strict=True)]
    if len(fields) == expected + 1 and fields[-1] == "":
        # A delimiter at the end of the line is accepted.
        return fields[:-1]
    if len(fields) > expected:
        raise FieldError(EXTRA_COLUMNS, "Extra column(s) found")
    if len(fields) < expected:
        if not options.fill_record:
            raise FieldError(DELIMITER_NOT_FOUND, "Delimiter not found")
        fields += [None] * (expected - len(fields))
    return fields


def read_fixed_width(
    store: ObjectStore, file: InputFile, target: Target, options: CopyOptions, problems: list[LoadProblem]
) -> Iterator[pa.RecordBatch]:
    """The rows of a file whose fields have fixed widths, in characters.

    Raises:
        LoadRejected: more records do not fit than MAXERROR allows.
    """
    widths = _widths(options.fixedwidth, len(target.columns))
    source = open_source(store, file, options)
    builder = RowBuilder(source.name, target, options, problems)
    compression = "none" if options.accept_invalid_chars is not None else options.compression
    with open_decompressed(source, compression) as stream:
        lines = _read_all(stream).decode(options.encoding).splitlines()
    for number, line in enumerate(lines, 1):
        if number <= options.ignore_header or (options.ignore_blank_lines and not line.strip()):
            continue
        fields = list(_slices(line, widths))
        if len(line) > sum(widths):
            builder.reject(number, line, FieldError(BAD_LINE, "Line is longer than the fixed widths"))
            continue
        builder.add([None if text == options.null_as else text for text in fields], number, line)
        yield from builder.full()
    yield from builder.rest()


def _widths(specification: str, columns: int) -> list[int]:
    """``label:width,label:width`` (the labels are only for the reader)."""
    try:
        widths = [int(part.rpartition(":")[2]) for part in specification.split(",")]
    except ValueError as error:
        raise RedshiftError(
            INVALID_PARAMETER_VALUE, f"FIXEDWIDTH specification '{specification}' is not valid", hint="col1:10,col2:3"
        ) from error
    if len(widths) != columns:
        raise RedshiftError(INVALID_PARAMETER_VALUE, f"FIXEDWIDTH has {len(widths)} columns, the table takes {columns}")
    return widths


def _slices(line: str, widths: list[int]) -> Iterator[str]:
    start = 0
    for width in widths:
        yield line[start : start + width].rstrip(" ")
        start += width
