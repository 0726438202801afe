"""An exact, slow reader of delimited text: every record with its line, every field with whether it was quoted.

Used to say where a file is wrong, and for dialects that the fast reader does not know.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from dw_simulator.emulators.common.formats.errors import FormatError
from dw_simulator.emulators.common.formats.sources import ByteStream

_READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class CsvDialect:
    """How delimited text is written.

    Args:
        delimiter: between fields, one character or more.
        record_delimiter: between records; None means any of CR, LF, CRLF.
        quote: encloses fields; None if nothing does. Two of them inside a quoted field mean one.
        escape: takes the meaning off the next character; None if nothing does.
        escape_unquoted: whether ``escape`` also counts outside quotes.
        skip_lines: header records.
        skip_blank_lines: whether a record without any character is nothing (else it is one empty field).
        encoding: a Python codec.
    """

    delimiter: str = ","
    record_delimiter: str | None = None
    quote: str | None = '"'
    escape: str | None = None
    escape_unquoted: bool = True
    skip_lines: int = 0
    skip_blank_lines: bool = True
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class CsvRecord:
    """One record: its first line (1-based), its text as in the file, its fields without quotes and escapes.

    ``quoted[i]`` says whether field i was enclosed in quotes; ``plain[i]`` is its text before escapes were resolved.
    """

    line: int
    text: str
    fields: list[str]
    quoted: list[bool]
    plain: list[str]


class _Text:
    """Decoded text of a stream that grows on demand; ``line`` is that of ``buffer[start]``."""

    def __init__(self, stream: ByteStream, encoding: str, file: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._file = file
        self.buffer = ""
        self.ended = False
        self.line = 1
        self.start = 0

    def more(self) -> None:
        data = self._stream.read(_READ_BYTES)
        try:
            text = self._decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            line = self.line + self.buffer.count("\n", self.start) + error.object[: error.start].count(b"\n")
            raise FormatError(
                "encoding", f"invalid {error.encoding} character: {error.reason}", file=self._file, line=line
            ) from error
        if not self.buffer and self.line == 1:
            text = text.removeprefix("\ufeff")
        self.buffer += text
        self.ended = not data

    def consume(self, end: int) -> None:
        self.line += self.buffer.count("\n", self.start, end)
        self.start = end
        if end > _READ_BYTES:
            self.buffer, self.start = self.buffer[end:], 0


def read_records(stream: ByteStream, dialect: CsvDialect, file: str) -> Iterator[CsvRecord]:
    """Every record but the header.

    Raises:
        FormatError: ``unterminated`` quote, ``parse`` (text after a closing quote), ``encoding``.
    """
    text, skip = _Text(stream, dialect.encoding, file), dialect.skip_lines
    while True:
        record = _next_record(text, dialect, file)
        if record is None:
            return
        if skip > 0:
            skip -= 1
        elif not (dialect.skip_blank_lines and record.text == ""):
            yield record


def _next_record(text: _Text, dialect: CsvDialect, file: str) -> CsvRecord | None:
    while True:
        if text.start < len(text.buffer):
            found = _parse(text.buffer, text.start, text.line, dialect, file, final=text.ended)
            if found is not None:
                record, end = found
                text.consume(end)
                return record
        if text.ended:
            return None
        text.more()


@lru_cache(maxsize=32)
def _patterns(dialect: CsvDialect) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """(the body of a quoted field, the body of a plain field)."""
    quote, escape = re.escape(dialect.quote or ""), re.escape(dialect.escape or "")
    ends = re.escape(dialect.record_delimiter) if dialect.record_delimiter else "\r\n|\r|\n"
    escaped = f"{escape}(?s:.)|" if escape and escape != quote else ""
    inside = re.compile(f"(?:{escaped}{quote}{quote}|[^{quote}{escape}])*", re.DOTALL) if quote else re.compile("")
    outside = escaped if dialect.escape_unquoted else ""
    return inside, re.compile(f"(?:{outside}(?!{re.escape(dialect.delimiter)}|{ends})(?s:.))*", re.DOTALL)


def _parse(
    buffer: str, start: int, line: int, dialect: CsvDialect, file: str, *, final: bool
) -> tuple[CsvRecord, int] | None:
    """The record at ``start`` and where the next begins; None if the buffer may not hold all of it."""
    inside, outside = _patterns(dialect)
    fields: list[str] = []
    quoted: list[bool] = []
    plain: list[str] = []
    position = start
    while True:
        if dialect.quote and buffer.startswith(dialect.quote, position):
            end = inside.match(buffer, position + len(dialect.quote)).end()  # type: ignore[union-attr]
            if not buffer.startswith(dialect.quote, end) or (end + len(dialect.quote) >= len(buffer) and not final):
                if not final:
                    return None
                raise FormatError(
                    "unterminated",
                    "a quoted field is not closed before the end of the file",
                    file=file,
                    line=line,
                    column=len(fields) + 1,
                    text=buffer[start : start + 200],
                )
            body = buffer[position + len(dialect.quote) : end]
            position = end + len(dialect.quote)
            fields.append(_unescape(body, dialect, quoted=True))
            quoted.append(True)
        else:
            end = outside.match(buffer, position).end()  # type: ignore[union-attr]
            body = buffer[position:end]
            position = end
            fields.append(_unescape(body, dialect, quoted=False))
            quoted.append(False)
        plain.append(body)
        if buffer.startswith(dialect.delimiter, position):
            position += len(dialect.delimiter)
            continue
        end_of_record = _record_end(buffer, position, dialect, final)
        if end_of_record is None:
            return None
        if end_of_record == position and position < len(buffer):
            raise FormatError(
                "parse",
                f"found character {buffer[position]!r} after a closing quote instead of a field delimiter",
                file=file,
                line=line,
                column=len(fields),
                text=buffer[start : start + 200],
            )
        return CsvRecord(line, buffer[start:position], fields, quoted, plain), end_of_record


def _record_end(buffer: str, position: int, dialect: CsvDialect, final: bool) -> int | None:
    """Where the next record begins: ``position`` itself if no record ends there; None if more text is needed."""
    if dialect.record_delimiter is not None:
        if buffer.startswith(dialect.record_delimiter, position):
            return position + len(dialect.record_delimiter)
        needed = position + len(dialect.record_delimiter)
    else:
        if buffer.startswith("\r\n", position):
            return position + 2
        if buffer.startswith("\n", position):
            return position + 1
        if buffer.startswith("\r", position) and (position + 1 < len(buffer) or final):
            return position + 1
        needed = position + 2
    return position if final or needed <= len(buffer) else None


def _unescape(body: str, dialect: CsvDialect, *, quoted: bool) -> str:
    if quoted and dialect.quote:
        body = body.replace(dialect.quote * 2, dialect.quote)
    escape = dialect.escape if dialect.escape != dialect.quote else None
    if escape and escape in body and (quoted or dialect.escape_unquoted):
        return re.sub(f"{re.escape(escape)}(.)", r"\1", body, flags=re.DOTALL)
    return body
