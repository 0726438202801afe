"""JSON files as one text column: a document a row. Vendor page: "CREATE FILE FORMAT", TYPE = JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.copy.csv_reader import Block, RowProblem
from dw_simulator.emulators.snowflake.copy.files import decompressed
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.functions.variant_json import dumps, loads, parse_json
from dw_simulator.emulators.snowflake.stages.file_format import FileFormat

BLOCK_BYTES = 16 << 20
_BOM = "\ufeff"
_BLANK = re.compile(r"[\s,]*")
_TWO = re.compile(r"[}\]]\s*[{\[]")
"""Between two documents of a line; inside of a document only in texts."""
_DECODER = json.JSONDecoder()


def read_json(source: Any, name: str, file_format: FileFormat) -> Iterator[Block]:
    """Blocks of one column, the text of each document; what is not JSON becomes a problem and ends the file."""
    if file_format.get("ENABLE_OCTAL"):
        raise errors.UNSUPPORTED_FEATURE("ENABLE_OCTAL = TRUE")
    stream = decompressed(source, name, file_format.get("COMPRESSION"))
    strip, row = file_format.get("STRIP_OUTER_ARRAY"), 0
    change = _changed(file_format)
    for text in _pieces(stream, file_format):
        documents = None if strip else _lines(text)
        block = _block(documents, row) if documents is not None else _scan(text, row, strip)
        row += len(block.rows)
        yield block if change is None else _with_changes(block, change)


def _changed(file_format: FileFormat) -> Callable[[str], str | None] | None:
    """What ALLOW_DUPLICATE and STRIP_NULL_VALUES make of a document; None when they are off."""
    duplicates, strip = file_format.get("ALLOW_DUPLICATE"), file_format.get("STRIP_NULL_VALUES")
    if not duplicates and not strip:
        return None

    def change(text: str) -> str | None:
        parsed = parse_json(text, duplicates)
        return dumps(_without_nulls(loads(parsed))) if strip and parsed is not None else parsed

    return change


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value if item is not None]
    return value


def _with_changes(block: Block, change: Callable[[str], str | None]) -> Block:
    kept: list[tuple[str | None, int]] = []
    problems = list(block.problems)
    for text, row in zip(block.columns[0].to_pylist(), block.rows.to_pylist(), strict=True):
        try:
            kept.append((change(text), row))
        except SnowflakeError as error:
            problems.append(RowProblem(error, row, row))
    texts = pa.array([text for text, _ in kept], pa.string())
    return Block([texts], pa.array([row for _, row in kept], pa.int64()), problems)


def _pieces(stream: Any, file_format: FileFormat) -> Iterator[str]:
    """Text up to the ends of lines; the whole file when its documents may span lines."""
    replace = file_format.get("REPLACE_INVALID_CHARACTERS") or file_format.get("IGNORE_UTF8_ERRORS")
    rest, first = b"", True
    while True:
        data = stream.read(BLOCK_BYTES)
        whole = rest + data
        cut = whole.rfind(b"\n") + 1 if data and not file_format.get("STRIP_OUTER_ARRAY") else 0
        if data and (not cut or _lines(whole[:cut].decode("utf-8", "replace")) is None):
            rest = whole
            continue
        piece, rest = (whole[:cut], whole[cut:]) if data else (whole, b"")
        try:
            text = piece.decode("utf-8", "replace" if replace else "strict")
        except UnicodeDecodeError as error:
            raise errors.JSON_NOT_PARSED(f"invalid UTF-8 at byte {error.start}") from error
        yield text.removeprefix(_BOM) if first else text
        first = False
        if not data:
            return


def _lines(text: str) -> list[str] | None:
    """The documents of a text with one on each line; None when that is not so."""
    lines = [line for line in map(str.strip, text.split("\n")) if line]
    for line in lines:
        if (line[0], line[-1]) not in (("{", "}"), ("[", "]")) or _TWO.search(line):
            return None
    return lines


def _block(documents: list[str], row: int) -> Block:
    return Block([pa.array(documents, pa.string())], pa.array(np.arange(row + 1, row + len(documents) + 1)))


def _scan(text: str, row: int, strip_array: bool) -> Block:
    """Documents one after the other, wherever they end."""
    documents: list[str] = []
    problems: list[RowProblem] = []
    position = _BLANK.match(text, 0)
    index = position.end() if position else 0
    if strip_array and text.startswith("[", index):
        index += 1
    while True:
        blank = _BLANK.match(text, index)
        index = blank.end() if blank else index
        if index >= len(text) or (strip_array and text[index] == "]"):
            break
        try:
            _, end = _DECODER.raw_decode(text, index)
        except ValueError as error:
            line = text.count("\n", 0, index) + 1
            problem = errors.JSON_NOT_PARSED(getattr(error, "msg", str(error)))
            problems.append(RowProblem(problem, row + len(documents) + 1, line, index + 1))
            break
        documents.append(text[index:end])
        index = end
    block = _block(documents, row)
    block.problems = problems
    return block
