"""JSON documents, one after another, as text: what is in them is for the emulators to read."""

from __future__ import annotations

import codecs
import json
from collections.abc import Generator, Iterator
from dataclasses import dataclass

import orjson
import pyarrow as pa

from dw_simulator.emulators.common.formats.errors import FormatError
from dw_simulator.emulators.common.formats.sources import ByteStream, Source, open_decompressed

_READ_BYTES = 1 << 20
_BATCH_DOCUMENTS = 16_384
_DECODER = json.JSONDecoder()
_SPACE = " \t\r\n"


@dataclass(frozen=True)
class JsonOptions:
    """``strip_outer_array``: the elements of arrays at the top are the documents."""

    compression: str = "auto"
    strip_outer_array: bool = False
    encoding: str = "utf-8"


JSON_SCHEMA = pa.schema([("document", pa.string()), ("line", pa.int64())])


def read_json(source: Source, options: JsonOptions) -> Iterator[pa.RecordBatch]:
    """Batches of (document text, the line it begins on, 1-based).

    Documents may stand one a line, or span lines, or follow each other without a separator.

    Raises:
        FormatError: ``parse`` with the line, ``encoding``.
    """
    texts: list[str] = []
    lines: list[int] = []
    with open_decompressed(source, options.compression) as stream:
        for text, line in _documents(stream, options, source.name):
            texts.append(text)
            lines.append(line)
            if len(texts) == _BATCH_DOCUMENTS:
                yield pa.record_batch([texts, lines], schema=JSON_SCHEMA)
                texts, lines = [], []
    if texts:
        yield pa.record_batch([texts, lines], schema=JSON_SCHEMA)


def _documents(stream: ByteStream, options: JsonOptions, file: str) -> Iterator[tuple[str, int]]:
    pending, line = "", 1
    for block in _blocks(stream, options.encoding, file):
        pending += block
        end = pending.rfind("\n") + 1
        done = yield from _cut(pending[:end], line, options, file, final=False)
        line += pending.count("\n", 0, done)
        pending = pending[done:]
    yield from _cut(pending, line, options, file, final=True)


def _blocks(stream: ByteStream, encoding: str, file: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)("strict")
    line = 1
    while data := stream.read(_READ_BYTES):
        yield _decode(decoder, data, False, file, line)
        line += data.count(b"\n")
    yield _decode(decoder, b"", True, file, line)


def _decode(decoder: codecs.IncrementalDecoder, data: bytes, final: bool, file: str, line: int) -> str:
    try:
        return decoder.decode(data, final)
    except UnicodeDecodeError as error:
        line += error.object[: error.start].count(b"\n")
        message = f"invalid {error.encoding} character: {error.reason}"
        raise FormatError("encoding", message, file=file, line=line) from error


def _cut(
    text: str, line: int, options: JsonOptions, file: str, *, final: bool
) -> Generator[tuple[str, int], None, int]:
    """The documents of a text that ends at a line's end; returns how much of it is done with.

    Only at the end of the file must the last document be whole.
    """
    position = 0
    while True:
        start = _skip_space(text, position)
        line += text.count("\n", position, start)
        if start == len(text):
            return start
        end = _end_of_line_document(text, start) or _end_of_document(text, start)
        if end is None:
            if final or _cannot_be_json(text, start):
                raise _explain(text, start, line, file)
            return start
        yield from _expand(text[start:end], line, options)
        line += text.count("\n", start, end)
        position = end


def _skip_space(text: str, position: int) -> int:
    while position < len(text) and text[position] in _SPACE:
        position += 1
    return position


def _end_of_line_document(text: str, start: int) -> int | None:
    """The usual case: one document a line, checked by the fast parser."""
    newline = text.find("\n", start)
    end = newline if newline >= 0 else len(text)
    try:
        orjson.loads(text[start:end])
    except orjson.JSONDecodeError:
        return None
    return len(text[:end].rstrip(_SPACE)) if text[end - 1] in _SPACE else end


def _end_of_document(text: str, start: int) -> int | None:
    try:
        return _DECODER.raw_decode(text, start)[1]
    except json.JSONDecodeError:
        return None


def _cannot_be_json(text: str, start: int) -> bool:
    return text[start] not in '{["-0123456789tfn'


def _expand(document: str, line: int, options: JsonOptions) -> Iterator[tuple[str, int]]:
    if not options.strip_outer_array or not document.startswith("["):
        yield document, line
        return
    position = 1
    while True:
        start = _skip_space(document, position)
        if document[start] == "]":
            return
        if document[start] == ",":
            start = _skip_space(document, start + 1)
        line += document.count("\n", position, start)
        end = _DECODER.raw_decode(document, start)[1]
        yield document[start:end], line
        line += document.count("\n", start, end)
        position = end


def _explain(text: str, start: int, line: int, file: str) -> FormatError:
    try:
        _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        at = line + text.count("\n", start, error.pos)
        column = error.pos - (text.rfind("\n", 0, error.pos) + 1) + 1
        return FormatError(
            "parse", f"invalid JSON: {error.msg}", file=file, line=at, text=text[start : start + 200], column=column
        )
    return FormatError("parse", "invalid JSON", file=file, line=line)
