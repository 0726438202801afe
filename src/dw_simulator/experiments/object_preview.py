"""The first rows, or the beginning of the text, of an object: read in part, whatever its size."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any, Literal

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from dw_simulator.experiments.objects import Objects
from dw_simulator.experiments.queries.cells import cells, kind_of_column, parsed_json
from dw_simulator.experiments.queries.kinds import ColumnKind
from dw_simulator.staging.object_files import ObjectFile
from dw_simulator.warehouses.base import ResultColumn

BEGINNING_BYTES = 1 << 20
"""What is read of a text, and what is made of a compressed one."""
TEXT_CHARACTERS = 1 << 16
_PARQUET_MAGIC = b"PAR1"
_GZIP_MAGIC = b"\x1f\x8b"
_BUFFER_BYTES = 1 << 16
_COMPRESSED_ENDINGS = (".gz", ".gzip")
_DELIMITERS = ",\t;|"


@dataclass(frozen=True, slots=True)
class ObjectPreview:
    """``truncated``: there is more than this. ``note`` says why something is not shown as what its name says."""

    kind: Literal["table", "text", "binary"]
    size: int
    truncated: bool = False
    columns: Sequence[tuple[ResultColumn, ColumnKind]] | None = None
    rows: Sequence[Sequence[Any]] | None = None
    text: str | None = None
    total_rows: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class _Beginning:
    """``whole``: it is all there is."""

    text: str
    whole: bool


@dataclass(frozen=True, slots=True)
class _Table:
    columns: Sequence[tuple[ResultColumn, ColumnKind]]
    rows: Sequence[Sequence[Any]]


def preview(objects: Objects, bucket: str, key: str, limit: int) -> ObjectPreview:
    """At most ``limit`` rows of Parquet, CSV or JSON, or the beginning of another text.

    Raises what :class:`Objects` raises.
    """
    with objects.opened(bucket, key) as (store, info):
        data = store.read_range(bucket, key, 0, min(info.size, BEGINNING_BYTES))
        if data.startswith(_PARQUET_MAGIC):
            return _parquet(ObjectFile(store, bucket, key, info.size), info.size, limit)
    whole = info.size <= len(data)
    if data.startswith(_GZIP_MAGIC):
        try:
            data, whole = _unzipped(data, whole)
        except zlib.error as error:
            return ObjectPreview("binary", info.size, note=f"it cannot be decompressed: {error}")
    text = _decoded(data, whole)
    if text is None:
        return ObjectPreview("binary", info.size)
    return _textual(_Beginning(text, whole), _ending(key), info.size, limit)


def _ending(key: str) -> str:
    name = key.rpartition("/")[2].lower()
    for ending in _COMPRESSED_ENDINGS:
        name = name.removesuffix(ending)
    return name.rpartition(".")[2] if "." in name else ""


# --- Parquet --------------------------------------------------------------------------------------------------------
def _parquet(file: ObjectFile, size: int, limit: int) -> ObjectPreview:
    """Column chunks are read piece by piece, so that a large row group is not read for its first rows."""
    try:
        source = pq.ParquetFile(pa.PythonFile(file, mode="r"), buffer_size=_BUFFER_BYTES, pre_buffer=False)
        batch = next(source.iter_batches(batch_size=limit, use_threads=False), None)
    except (pa.ArrowException, OSError) as error:
        return ObjectPreview("binary", size, note=f"it cannot be read as Parquet: {error}")
    schema = source.schema_arrow
    columns = [_parquet_column(field) for field in schema]
    arrays = [] if batch is None else batch.columns
    values = [_values(array, kind) for array, (_, kind) in zip(arrays, columns, strict=bool(arrays))]
    rows = [list(row) for row in zip(*values, strict=True)]
    total = source.metadata.num_rows
    return ObjectPreview("table", size, total > len(rows), columns, rows, total_rows=total)


def _parquet_column(field: pa.Field) -> tuple[ResultColumn, ColumnKind]:
    column = ResultColumn(field.name, str(field.type))
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    if pa.types.is_nested(kind):
        return column, ColumnKind.JSON
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return column, ColumnKind.STRING
    return column, kind_of_column(column, kind)


def _values(array: pa.Array, kind: ColumnKind) -> list[Any]:
    if kind in (ColumnKind.JSON, ColumnKind.OTHER):
        return [_plain(value) for value in array.to_pylist()]
    return cells(array, kind)


def _plain(value: Any) -> Any:
    """A nested value of Parquet for JSON."""
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if isinstance(value, Decimal | dt.timedelta) else value


# --- texts ----------------------------------------------------------------------------------------------------------
def _unzipped(data: bytes, whole: bool) -> tuple[bytes, bool]:
    """The beginning of what is compressed, and whether it is all of it. A file may have several members."""
    made = bytearray()
    while data:
        reader = zlib.decompressobj(wbits=31)
        made += reader.decompress(data, BEGINNING_BYTES - len(made))
        if not reader.eof or len(made) >= BEGINNING_BYTES:
            return bytes(made), False
        data = reader.unused_data
    return bytes(made), whole


def _decoded(data: bytes, whole: bool) -> str | None:
    """None for what is no text in UTF-8."""
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(data, final=whole)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _textual(beginning: _Beginning, ending: str, size: int, limit: int) -> ObjectPreview:
    table: _Table | None = None
    if ending in ("csv", "tsv", "psv"):
        table = _csv(beginning)
    elif ending in ("json", "jsonl", "ndjson") or (not ending and beginning.text.lstrip()[:1] in ("{", "[")):
        table = _json(beginning)
    if table is None:
        text = beginning.text[:TEXT_CHARACTERS]
        return ObjectPreview("text", size, not beginning.whole or len(text) < len(beginning.text), text=text)
    return ObjectPreview(
        "table",
        size,
        not beginning.whole or len(table.rows) > limit,
        table.columns,
        table.rows[:limit],
        total_rows=len(table.rows) if beginning.whole else None,
    )


def _whole_lines(beginning: _Beginning) -> str:
    return beginning.text if beginning.whole else beginning.text.rpartition("\n")[0]


def _csv(beginning: _Beginning) -> _Table | None:
    """Every value is a text. The first line names the columns where it can: different texts that are no numbers."""
    text = _whole_lines(beginning)
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if row]
    except csv.Error:
        return None
    if not rows:
        return None
    width = max(map(len, rows))
    names = [f"column_{position}" for position in range(1, width + 1)]
    if _are_names(rows[0]):
        head, *rows = rows
        names[: len(head)] = head
    columns = [(ResultColumn(name, "text"), ColumnKind.STRING) for name in names]
    return _Table(columns, [[*row, *[None] * (width - len(row))] for row in rows])


def _are_names(row: Sequence[str]) -> bool:
    return len(set(row)) == len(row) and all(cell.strip() and not _is_number(cell) for cell in row)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _json(beginning: _Beginning) -> _Table | None:
    """An array of objects, or an object a line; None for anything else."""
    if beginning.whole:
        found = _parsed(beginning.text)
        if isinstance(found, list) and found and all(isinstance(one, dict) for one in found):
            return _objects(found)
    lines = [line for line in _whole_lines(beginning).splitlines() if line.strip()]
    values = [_parsed(line) for line in lines]
    return _objects(values) if values and all(isinstance(one, dict) for one in values) else None


def _parsed(text: str) -> Any:
    """None for what is no JSON."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return parsed_json(text)


def _objects(found: Sequence[dict[str, Any]]) -> _Table:
    names = list(dict.fromkeys(name for one in islice(found, 1000) for name in one))
    columns = [(name, _kind(one.get(name) for one in found)) for name in names]
    return _Table(
        [(ResultColumn(name, kind.value), kind) for name, kind in columns],
        [[one.get(name) for name in names] for one in found],
    )


_KINDS: tuple[tuple[type | tuple[type, ...], ColumnKind], ...] = (
    (bool, ColumnKind.BOOLEAN),
    ((int, float), ColumnKind.NUMBER),
    (str, ColumnKind.STRING),
)


def _kind(values: Iterable[Any]) -> ColumnKind:
    there = [value for value in values if value is not None]
    found = {next((kind for of, kind in _KINDS if isinstance(value, of)), ColumnKind.JSON) for value in there}
    return found.pop() if len(found) == 1 else ColumnKind.JSON
