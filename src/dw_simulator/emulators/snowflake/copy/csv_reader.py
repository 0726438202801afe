"""CSV files as columns of text, with Snowflake's rules. Vendor page: "CREATE FILE FORMAT", TYPE = CSV.

Blocks of a file that hold nothing unusual are read by Arrow's CSV reader; blocks with escapes, uneven rows or long
delimiters are read record by record. Both give the same values.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from dw_simulator.emulators.snowflake import compute as pc
from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.copy.files import decompressed, transcoded
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.stages.file_format import FileFormat, unescape

BLOCK_BYTES = 16 << 20
_BOM = b"\xef\xbb\xbf"
INVALID_UTF8 = errors.ErrorEntry(100144, "22021", "Invalid UTF8 detected in string '{}'")
STRAY_CHARACTER = errors.ErrorEntry(100066, "22000", "Found character '{}' instead of field delimiter '{}'")
OPEN_QUOTE = errors.ErrorEntry(100067, "22000", "End of file reached while expecting the closing '{}' of a field")


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that cannot be read. ``row`` counts data rows, ``line`` lines of the file, both from 1."""

    error: SnowflakeError
    row: int
    line: int
    character: int = 1
    columns: int | None = None
    """How many columns the row has, when that is what is wrong."""


@dataclass(slots=True)
class Block:
    """Some rows of a file: text columns ``c1`` …, their row numbers, and the rows that cannot be read."""

    columns: list[pa.Array]
    rows: pa.Array
    problems: list[RowProblem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CsvShape:
    """What the statement needs: ``width`` columns; ``count`` is how many each row must have (None: any number)."""

    width: int
    count: int | None = None


def read_csv(source: Any, name: str, file_format: FileFormat, shape: CsvShape) -> Iterator[Block]:
    """The blocks of one file."""
    reader = _Reader(file_format, shape)
    return reader.blocks(_text_stream(source, name, file_format))


def read_header(source: Any, name: str, file_format: FileFormat) -> list[str]:
    """The names in the first record (PARSE_HEADER). Closes ``source``."""
    with contextlib.closing(source):
        reader = _Reader(file_format, CsvShape(0))
        first = next(reader.pieces(_text_stream(source, name, file_format)), b"")
    record = next(iter(_Records(reader.syntax, first.decode("utf-8", "replace"))), None)
    return [value or "" for value in record.values] if record else []


def record_width(source: Any, name: str, file_format: FileFormat) -> int:
    """How many columns the first row has, 0 without one. Closes ``source``."""
    with contextlib.closing(source):
        reader = _Reader(file_format, CsvShape(0))
        for piece in reader.pieces(_text_stream(source, name, file_format)):
            for record, _ in reader.data_records(piece.decode("utf-8", "replace")):
                return len(record.values)
    return 0


def _text_stream(source: Any, name: str, file_format: FileFormat) -> Any:
    return transcoded(decompressed(source, name, file_format.get("COMPRESSION")), file_format.get("ENCODING"))


@dataclass(frozen=True, slots=True)
class Located:
    """Where a row starts, and its text. ``line`` counts from 1, ``offset`` is in bytes of the decompressed file."""

    line: int
    offset: int
    text: str


def locate(source: Any, name: str, file_format: FileFormat, rows: Collection[int]) -> dict[int, Located]:
    """Where some rows of a file are, by their numbers. Closes ``source``."""
    with contextlib.closing(source):
        return _Reader(file_format, CsvShape(0)).locate(_text_stream(source, name, file_format), frozenset(rows))


@dataclass(frozen=True, slots=True)
class _Syntax:
    field_delimiter: str | None
    record_delimiter: str
    newline: bool
    quote: str | None
    escape: str | None
    escape_unenclosed: str | None
    trim: bool
    null_if: tuple[str, ...]
    empty_as_null: bool
    skip_blank: bool

    @classmethod
    def of(cls, options: FileFormat) -> _Syntax:
        record = options.text("RECORD_DELIMITER")
        return cls(
            field_delimiter=options.text("FIELD_DELIMITER"),
            record_delimiter=record or "",
            newline=record in ("\n", "\r\n", "\r"),
            quote=options.text("FIELD_OPTIONALLY_ENCLOSED_BY"),
            escape=options.text("ESCAPE"),
            escape_unenclosed=options.text("ESCAPE_UNENCLOSED_FIELD"),
            trim=options.get("TRIM_SPACE"),
            null_if=options.get("NULL_IF"),
            empty_as_null=options.get("EMPTY_FIELD_AS_NULL"),
            skip_blank=options.get("SKIP_BLANK_LINES"),
        )

    @property
    def escapes(self) -> set[str]:
        return {character for character in (self.escape, self.escape_unenclosed) if character}


def _has_blank_line(piece: bytes) -> bool:
    return piece.startswith((b"\n", b"\r\n")) or b"\n\n" in piece or b"\n\r\n" in piece


class _Reader:
    def __init__(self, options: FileFormat, shape: CsvShape) -> None:
        self.syntax = _Syntax.of(options)
        self._shape = shape
        self._skip = 1 if options.get("PARSE_HEADER") else options.get("SKIP_HEADER")
        self._skip_bom = options.get("SKIP_BYTE_ORDER_MARK")
        self._replace = options.get("REPLACE_INVALID_CHARACTERS")
        self._multi_line = options.get("MULTI_LINE")
        self._row = 0
        self._line = 0

    # --- pieces of whole records ---
    def pieces(self, stream: Any) -> Iterator[bytes]:
        rest = b""
        first = True
        while True:
            data = stream.read(BLOCK_BYTES)
            if first and self._skip_bom and data.startswith(_BOM):
                data = data[len(_BOM) :]
            first = False
            if not data:
                if rest:
                    yield rest
                return
            data = rest + data
            cut = self._last_record_end(data)
            rest = data[cut:]
            if cut:
                yield data[:cut]

    def _last_record_end(self, data: bytes) -> int:
        """Where the last complete record ends: behind a record delimiter that is not inside quotes; 0 if nowhere."""
        delimiter = b"\n" if self.syntax.newline else self.syntax.record_delimiter.encode()
        if not delimiter:
            return 0
        quote = self.syntax.quote.encode() if self.syntax.quote else None
        position = data.rfind(delimiter)
        if quote is None or position < 0:
            return position + len(delimiter) if position >= 0 else 0
        quotes = data.count(quote, 0, position)
        while position >= 0 and quotes % 2:
            before = data.rfind(delimiter, 0, position)
            quotes -= data.count(quote, max(before, 0), position)
            position = before
        return position + len(delimiter) if position >= 0 else 0

    # --- blocks ---
    def blocks(self, stream: Any) -> Iterator[Block]:
        for piece in self.pieces(stream):
            block = self._fast(piece) or self._slow(piece)
            if len(block.rows) or block.problems:
                yield block

    def _fast(self, piece: bytes) -> Block | None:
        """The block by Arrow's reader, or None when it holds what that reader reads differently."""
        if not self._is_plain(piece):
            return None
        options = pacsv.ReadOptions(
            autogenerate_column_names=True, skip_rows=self._skip, block_size=max(len(piece) + 1, 1 << 20)
        )
        syntax = self.syntax
        try:
            table = pacsv.read_csv(
                pa.BufferReader(piece),
                options,
                pacsv.ParseOptions(
                    delimiter=syntax.field_delimiter,
                    quote_char=syntax.quote or False,
                    double_quote=bool(syntax.quote),
                    escape_char=False,
                    newlines_in_values=bool(syntax.quote),
                    ignore_empty_lines=syntax.skip_blank,
                ),
                self._convert_options(piece),
            )
        except pa.ArrowInvalid:
            return None
        if self._shape.count not in (None, table.num_columns) and table.num_rows:
            return None
        return self._block_of(table, piece)

    def _is_plain(self, piece: bytes) -> bool:
        syntax = self.syntax
        delimiter = syntax.field_delimiter
        if not syntax.newline or delimiter is None or len(delimiter.encode()) != 1:
            return False
        if syntax.quote and not self._multi_line and syntax.quote.encode() in piece:
            return False
        if not syntax.skip_blank and self._shape.count not in (None, 1) and _has_blank_line(piece):
            return False  # a blank line has one column
        if syntax.quote and not self._has_plain_quotes(piece, syntax.quote.encode(), delimiter.encode()):
            return False
        for character in syntax.escapes:
            marks = piece.count(character.encode())
            if marks and (character != "\\" or marks != piece.count(b"\\N") or syntax.escape):
                return False
        return True

    def _has_plain_quotes(self, piece: bytes, quote: bytes, delimiter: bytes) -> bool:
        """Whether every quote opens a field, closes one, or is doubled."""
        if quote not in piece:
            return True
        if len(quote) != 1 or self.syntax.trim:
            return False
        mark, edge = re.escape(quote), re.escape(delimiter) + b"\\r\\n" + re.escape(quote)
        stray = rb"(?<![" + edge + rb"])(?<!\A)" + mark + rb"(?![" + edge + rb"]|\Z)"
        return re.search(stray, piece) is None

    def _convert_options(self, piece: bytes) -> Any:
        delimiter = (self.syntax.field_delimiter or ",").encode()
        names = [f"f{index}" for index in range(self._first_record(piece).count(delimiter) + 1)]
        return pacsv.ConvertOptions(
            check_utf8=True,
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""] if self.syntax.empty_as_null else [],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        )

    def _first_record(self, piece: bytes) -> bytes:
        """The first record that is no header: up to a line's end that is not inside quotes."""
        start = 0
        for _ in range(self._skip):
            start = piece.find(b"\n", start) + 1 or len(piece)
        quote = self.syntax.quote.encode() if self.syntax.quote else None
        end = piece.find(b"\n", start)
        while quote is not None and end >= 0 and piece.count(quote, start, end) % 2:
            end = piece.find(b"\n", end + 1)
        return piece[start : end if end >= 0 else len(piece)]

    def _block_of(self, table: pa.Table, piece: bytes) -> Block:
        table = table.slice(0).combine_chunks()
        count = table.num_rows
        columns = [self._cleaned(column) for column in table.columns[: self._shape.width]]
        columns.extend(pa.nulls(count, pa.string()) for _ in range(self._shape.width - len(columns)))
        rows = pa.array(np.arange(self._row + 1, self._row + count + 1))
        self._row += count
        self._line += piece.count(b"\n")
        self._skip = 0
        return Block(columns, rows)

    def _cleaned(self, column: pa.ChunkedArray) -> pa.Array:
        """TRIM_SPACE and NULL_IF."""
        array = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
        if isinstance(array, pa.ChunkedArray):
            array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], pa.string())
        syntax = self.syntax
        if syntax.trim:
            array = pc.utf8_trim_whitespace(array)
            if syntax.empty_as_null:
                array = pc.if_else(pc.equal(array, ""), pa.scalar(None, pa.string()), array)
        if syntax.null_if:
            hit = pc.is_in(array, value_set=pa.array(syntax.null_if))
            if pc.any(hit).as_py():
                array = pc.if_else(hit, pa.scalar(None, pa.string()), array)
        return array

    def locate(self, stream: Any, wanted: frozenset[int]) -> dict[int, Located]:
        found: dict[int, Located] = {}
        before = 0
        for piece in self.pieces(stream):
            text = piece.decode("utf-8", "surrogateescape")
            offset, at = before, 0
            for record, line in self.data_records(text):
                if self._row in wanted:
                    offset += len(text[at : record.start].encode("utf-8", "surrogateescape"))
                    at = record.start
                    raw = text[record.start : record.end].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
                    found[self._row] = Located(line, offset, raw.rstrip("\r\n"))
            before += len(piece)
            if len(found) == len(wanted):
                break
        return found

    def data_records(self, text: str) -> Iterator[tuple[_Record, int]]:
        """The records of a piece that are rows, with their lines; counts them."""
        for record in _Records(self.syntax, text):
            line = self._line + record.line
            if self._skip:
                self._skip -= 1
                continue
            if self.syntax.skip_blank and record.values == [None] and record.blank:
                continue
            self._row += 1
            yield record, line
        self._line += text.count("\n")

    def _slow(self, piece: bytes) -> Block:
        rows: list[list[str | None]] = []
        numbers: list[int] = []
        problems: list[RowProblem] = []
        text = piece.decode("utf-8", "replace" if self._replace else "surrogateescape")
        for record, line in self.data_records(text):
            error = record.error or self._problem_of(record)
            if error is not None:
                count = len(record.values) if error.errno == errors.CSV_COLUMN_COUNT.errno else None
                problems.append(RowProblem(error, self._row, line, record.character, count))
                continue
            rows.append(record.values)
            numbers.append(self._row)
        return Block(_columns(rows, self._shape.width), pa.array(numbers, pa.int64()), problems)

    def _problem_of(self, record: _Record) -> SnowflakeError | None:
        count = self._shape.count
        if count is not None and len(record.values) != count:
            return errors.CSV_COLUMN_COUNT(len(record.values), count)
        if not self._multi_line and any(value and self.syntax.record_delimiter in value for value in record.values):
            return OPEN_QUOTE(self.syntax.quote or "")
        for value in record.values:
            if value and any("\udc80" <= character <= "\udcff" for character in value):
                raw = value.encode("utf-8", "surrogateescape")
                return INVALID_UTF8("".join(f"\\x{byte:02X}" if byte > 127 else chr(byte) for byte in raw))
        return None


def _columns(rows: Sequence[Sequence[str | None]], width: int) -> list[pa.Array]:
    return [pa.array([row[index] if index < len(row) else None for row in rows], pa.string()) for index in range(width)]


# --- record by record ---
@dataclass(slots=True)
class _Record:
    values: list[str | None]
    line: int
    error: SnowflakeError | None = None
    character: int = 1
    blank: bool = False
    start: int = 0
    end: int = 0


class _Records:
    """Iterates over the records of a text. ``line`` of a record counts from 1 within the text."""

    def __init__(self, syntax: _Syntax, text: str) -> None:
        self._syntax = syntax
        self._text = text
        record = r"\r\n|\n|\r" if syntax.newline else re.escape(syntax.record_delimiter)
        ends = [part for part in (record, re.escape(syntax.field_delimiter) if syntax.field_delimiter else "") if part]
        escape = syntax.escape_unenclosed or syntax.escape
        self._escape = escape
        plain = [*ends, re.escape(escape)] if escape else ends
        self._plain = re.compile("|".join(plain)) if plain else re.compile(r"(?!)")
        self._delimiter = re.compile("|".join(ends)) if ends else re.compile(r"(?!)")
        quote = syntax.quote or ""
        inner = [re.escape(mark) for mark in (quote, syntax.escape) if mark]
        self._quoted = re.compile("|".join(inner)) if inner else None
        self._blanks = re.compile(r"[ \t]*")

    def __iter__(self) -> Iterator[_Record]:
        position, line = 0, 1
        text = self._text
        while position < len(text):
            record = _Record([], line)
            start = position
            position = self._read(record, position)
            record.start, record.end = start, position
            record.blank = not text[start:position].strip("\r\n")
            yield record
            line += text.count("\n", start, position)

    def _read(self, record: _Record, position: int) -> int:
        """Read one record from ``position``; where the next one starts."""
        start = position
        while True:
            value, position, error = self._field(position)
            record.values.append(value)
            if error is not None and record.error is None:
                record.error, record.character = error, position - start + 1
            match = self._delimiter.match(self._text, position)
            if match is None:
                if position >= len(self._text):
                    return position
                match = self._delimiter.search(self._text, position)
                if match is None:
                    return len(self._text)
            position = match.end()
            if match.group() != self._syntax.field_delimiter:
                return position

    def _field(self, position: int) -> tuple[str | None, int, SnowflakeError | None]:
        quote = self._syntax.quote
        if quote:
            start = self._blanks.match(self._text, position)
            begin = start.end() if start and self._syntax.trim else position
            if self._text.startswith(quote, begin):
                return self._enclosed(begin + 1, quote)
        return self._unenclosed(position)

    def _enclosed(self, position: int, quote: str) -> tuple[str | None, int, SnowflakeError | None]:
        pieces: list[str] = []
        pattern = self._quoted
        while pattern is not None:
            match = pattern.search(self._text, position)
            if match is None:
                return None, len(self._text), OPEN_QUOTE(quote)
            pieces.append(self._text[position : match.start()])
            position = match.end()
            if match.group() == self._syntax.escape and not (
                self._syntax.escape == quote and not self._text.startswith(quote, position)
            ):
                pieces.append(_unescaped(self._text[match.start() : position + 1]))
                position += 1
            elif self._text.startswith(quote, position):
                pieces.append(quote)
                position += 1
            else:
                break
        if self._syntax.trim:
            blanks = self._blanks.match(self._text, position)
            position = blanks.end() if blanks else position
        value = "".join(pieces)
        if position < len(self._text) and not self._delimiter.match(self._text, position):
            stray = self._text[position]
            return value, position, STRAY_CHARACTER(stray, self._syntax.field_delimiter or "")
        return (None if value in self._syntax.null_if else value), position, None

    def _unenclosed(self, position: int) -> tuple[str | None, int, SnowflakeError | None]:
        start = position
        escaped = False
        while True:
            match = self._plain.search(self._text, position)
            if match is None:
                position = len(self._text)
                break
            if match.group() != self._escape:
                position = match.start()
                break
            escaped = True
            position = match.end() + 1
        raw = self._text[start : min(position, len(self._text))]
        if self._syntax.trim:
            raw = raw.strip()
        if raw in self._syntax.null_if or (raw == "" and self._syntax.empty_as_null):
            return None, position, None
        value = _unescape_all(raw, self._escape) if escaped and self._escape else raw
        return (None if value in self._syntax.null_if else value), position, None


def _unescaped(pair: str) -> str:
    """What an escape character and the next one stand for."""
    return unescape(pair) if pair[0] == "\\" else pair[1:]


def _unescape_all(text: str, escape: str) -> str:
    if escape == "\\":
        return unescape(text)
    return re.sub(re.escape(escape) + r"(.)", r"\1", text, flags=re.DOTALL)
