"""Where samples come from: CSV, JSON lines, Parquet and Arrow files, queries."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from csv import reader as read_header
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from dw_simulator.errors import ImportSchemaError, NotFound
from dw_simulator.experiments.export import is_nested
from dw_simulator.experiments.learning.kinds import Typing
from dw_simulator.schema.suggest import did_you_mean

if TYPE_CHECKING:
    from dw_simulator.warehouses.base import QueryResult

BATCH_ROWS = 16_384
JSON = pa.large_string()
"""The type of columns that hold JSON, as text; plain text has the other one."""
CSV_SUFFIXES = (".csv", ".tsv", ".txt")
JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")
PARQUET_SUFFIXES = (".parquet", ".pq")
ARROW_SUFFIXES = (".arrow", ".feather", ".ipc")
PACKED = (".gz", ".bz2", ".zst", ".lz4")
DELIMITERS = ",;\t|"


class Source(Protocol):
    """A sample of one table; ``typing`` is what it says of types."""

    @property
    def table(self) -> str: ...

    @property
    def title(self) -> str:
        """For messages and comments: the file or table."""
        ...

    @property
    def typing(self) -> Typing: ...

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows from the first on, at every call; all batches have the same columns.

        Raises:
            ImportSchemaError, NotFound, or what the warehouse raises.
        """
        ...


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """``delimiter`` of CSV (found out without); ``nulls``: texts that stand for no value in CSV, besides nothing at
    all; ``texts``: columns of JSON lines whose values of several types are taken as text."""

    delimiter: str | None = None
    nulls: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileSource:
    """Files of one kind that together are one table."""

    table: str
    paths: tuple[Path, ...]
    options: ReadOptions = field(default_factory=ReadOptions)

    @property
    def title(self) -> str:
        more = f" and {len(self.paths) - 1} more" if len(self.paths) > 1 else ""
        return f"{self.paths[0].name}{more}"

    @property
    def typing(self) -> Typing:
        suffix = _suffix(self.paths[0])
        return "none" if suffix in CSV_SUFFIXES else "json" if suffix in JSON_SUFFIXES else "full"

    def batches(self) -> Iterator[pa.RecordBatch]:
        """See :class:`Source`."""
        schema: pa.Schema | None = None
        for path in self.paths:
            with _explained(path):
                for batch in _reader(path)(path, self.options):
                    if schema is None:
                        schema = _checked_names(batch.schema, path)
                    yield _as_first(batch, schema, path)


@dataclass(frozen=True, slots=True)
class QuerySource:
    """A statement, or all rows of a table; ``run`` opens a new result at every call."""

    table: str
    title: str
    run: Callable[[], QueryResult]
    typing: Typing = "full"

    def batches(self) -> Iterator[pa.RecordBatch]:
        """See :class:`Source`."""
        with self.run() as result:
            kinds = {column.name: JSON for column in result.columns if is_nested(column)}
            schema = None
            for batch in result.batches:
                if schema is None:
                    _checked_names(batch.schema, self.title)
                    schema = pa.schema([each.with_type(kinds.get(each.name, each.type)) for each in batch.schema])
                yield _as_first(batch, schema, self.title)


@dataclass(frozen=True, slots=True)
class MemorySource:
    """Rows that are there already."""

    table: str
    title: str
    rows: pa.Table
    typing: Typing = "full"

    def batches(self) -> Iterator[pa.RecordBatch]:
        """See :class:`Source`."""
        yield from self.rows.to_batches(max_chunksize=BATCH_ROWS)


def file_source(path: Path, table: str | None, options: ReadOptions) -> FileSource:
    """The table in a file, or in the files of a folder. Raises NotFound, ImportSchemaError."""
    if not path.exists():
        raise NotFound(f"there is no file {path}")
    paths = [path]
    if path.is_dir():
        paths = sorted(each for each in path.rglob("*") if is_sample(each))
        kinds = {_reader(each) for each in paths}
        if len(kinds) != 1:
            what = "files of several kinds" if kinds else "no CSV, JSON lines, Parquet or Arrow file"
            raise ImportSchemaError(f"{path} has {what} in it", hint="name files of one kind")
    for each in paths:
        _reader(each)
    return FileSource(table or _plain_stem(path), tuple(paths), options)


def is_sample(path: Path) -> bool:
    """Whether this is a file of a kind that can be read."""
    known = (*CSV_SUFFIXES, *JSON_SUFFIXES, *PARQUET_SUFFIXES, *ARROW_SUFFIXES)
    return path.is_file() and _suffix(path) in known


def _suffix(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in PACKED:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def _plain_stem(path: Path) -> str:
    return path.name.partition(".")[0] or path.resolve().name


_Reader = Callable[[Path, ReadOptions], Iterator[pa.RecordBatch]]


def _reader(path: Path) -> _Reader:
    readers: dict[str, _Reader] = {
        **dict.fromkeys(CSV_SUFFIXES, _read_csv),
        **dict.fromkeys(JSON_SUFFIXES, _read_json_lines),
        **dict.fromkeys(PARQUET_SUFFIXES, _read_parquet),
        **dict.fromkeys(ARROW_SUFFIXES, _read_arrow),
    }
    found = readers.get(_suffix(path))
    if found is None:
        raise ImportSchemaError(
            f"{path.name}: cannot tell what kind of file this is",
            hint=f"its name must end in {', '.join(readers)}; {', '.join(PACKED)} may follow for text",
        )
    return found


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """The messages of readers may quote values: only the kind of the trouble is told."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise ImportSchemaError(f"{path} is not UTF-8 text (offset {error.start})", hint="save it as UTF-8") from None
    except (pa.ArrowException, OSError, EOFError) as error:
        reason = (
            str(error).partition(":")[0].partition(". Detail")[0] if isinstance(error, pa.ArrowException) else error
        )
        raise ImportSchemaError(f"{path} cannot be read: {reason}") from None


def _checked_names(schema: pa.Schema, where: Path | str) -> pa.Schema:
    names = [name.lower() for name in schema.names]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not all(name.strip() for name in names):
        what = f"column {twice[0]!r} is there twice" if twice else "a column has no name"
        raise ImportSchemaError(f"{where}: {what}", hint="give every column a name of its own in the first line")
    return schema


def _as_first(batch: pa.RecordBatch, schema: pa.Schema, where: Path | str) -> pa.RecordBatch:
    """Files of one table have the same columns, in any order; their types may differ as far as values can be cast."""
    if batch.schema.equals(schema):
        return batch
    for name in schema.names:
        if name not in batch.schema.names:
            raise ImportSchemaError(
                f"{where} has no column {name!r}, which the first file has",
                hint=did_you_mean(name, batch.schema.names, "its columns are"),
            )
    columns = []
    for each in schema:
        column = batch.column(each.name)
        try:
            columns.append(column.cast(each.type))
        except pa.ArrowException:
            raise ImportSchemaError(
                f"{where}: column {each.name!r} is {column.type}, but {each.type} before",
                hint="profile the files apart, or give the column one type",
            ) from None
    return pa.RecordBatch.from_arrays(columns, schema=schema)


# --- kinds of files --------------------------------------------------------------------------------------
def _read_csv(path: Path, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """Every column as text: types are found out from the values, and 007 stays what it is."""
    from pyarrow import csv

    header = _first_line(path)
    if not header.strip():
        raise ImportSchemaError(f"{path} is empty", hint="the first line of a CSV file names its columns")
    tab = "\t" if _suffix(path) == ".tsv" else None
    delimiter = options.delimiter or tab or max(DELIMITERS, key=header.count)
    names = next(read_header([header], delimiter=delimiter))
    parse = csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
    convert = csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        null_values=["", *options.nulls],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    with _opened(path) as stream:
        reader = csv.open_csv(stream, csv.ReadOptions(block_size=4 << 20), parse, convert)
        for batch in reader:
            for start in range(0, batch.num_rows, BATCH_ROWS):
                yield batch.slice(start, BATCH_ROWS)


def _first_line(path: Path) -> str:
    with _opened(path) as stream:
        data = stream.read(1 << 16)
    line: str = data.decode("utf-8-sig", errors="ignore").partition("\n")[0]
    return line.rstrip("\r")


def _opened(path: Path) -> Any:
    return pa.input_stream(str(path), compression="detect")


def _read_json_lines(path: Path, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """Objects, one a line. Their keys are the columns; the first pass over the file finds them."""
    kinds = _kinds_of_json(path)
    schema = pa.schema([(name, _json_type(name, found, path, options)) for name, found in kinds.items()])
    for rows in _json_rows(path):
        columns = [
            pa.array([_json_value(row.get(each.name), each.type) for _, row in rows], each.type) for each in schema
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _kinds_of_json(path: Path) -> dict[str, dict[str, int]]:
    """By column: the kinds of its values, and the line where each was seen first."""
    found: dict[str, dict[str, int]] = {}
    for rows in _json_rows(path):
        for line, row in rows:
            for name, value in row.items():
                kinds = found.setdefault(name, {})
                if value is not None:
                    kinds.setdefault(_KINDS.get(type(value), "nested"), line)
    if not found:
        raise ImportSchemaError(f"{path} has no rows", hint="a sample has at least one row")
    return found


_KINDS = {bool: "true or false", int: "whole number", float: "number", str: "text"}
_JSON_TYPES: dict[frozenset[str], pa.DataType] = {
    frozenset(): pa.null(),
    frozenset(("true or false",)): pa.bool_(),
    frozenset(("whole number",)): pa.int64(),
    frozenset(("number",)): pa.float64(),
    frozenset(("whole number", "number")): pa.float64(),
    frozenset(("text",)): pa.string(),
    frozenset(("nested",)): JSON,
}


def _json_type(name: str, kinds: dict[str, int], path: Path, options: ReadOptions) -> pa.DataType:
    known = _JSON_TYPES.get(frozenset(kinds))
    if known is not None:
        return known
    if name in options.texts:
        return pa.string()
    seen = ", ".join(f"a {kind} in line {line}" for kind, line in kinds.items())
    raise ImportSchemaError(
        f"{path}: column {name!r} has values of several types: {seen}",
        hint=f"--text {name} takes them all as text",
    )


def _json_value(value: Any, kind: pa.DataType) -> Any:
    import orjson

    if value is None or not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return value
    return value if isinstance(value, str) and pa.types.is_string(kind) else orjson.dumps(value).decode()


_LINES = "each line is an object of its own"


def _json_rows(path: Path) -> Iterator[list[tuple[int, dict[str, Any]]]]:
    import orjson

    rows: list[tuple[int, dict[str, Any]]] = []
    with _opened(path) as raw:
        for number, line in enumerate(io.BufferedReader(raw), 1):
            if not line.strip():
                continue
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise ImportSchemaError(f"{path}, line {number}: not JSON: {error.msg}", hint=_LINES) from None
            if not isinstance(row, dict):
                raise ImportSchemaError(
                    f"{path}, line {number}: not an object", hint="each line is an object of its own"
                )
            rows.append((number, row))
            if len(rows) == BATCH_ROWS:
                yield rows
                rows = []
    if rows:
        yield rows


def _read_parquet(path: Path, _: ReadOptions) -> Iterator[pa.RecordBatch]:
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        yield from file.iter_batches(batch_size=BATCH_ROWS)
        if not file.metadata.num_rows:
            yield pa.RecordBatch.from_pylist([], schema=file.schema_arrow)


def _read_arrow(path: Path, _: ReadOptions) -> Iterator[pa.RecordBatch]:
    """Both forms of Arrow IPC: files (which Feather version 2 is), and streams."""
    from pyarrow import ipc

    with pa.memory_map(str(path)) as mapped:
        is_file = mapped.read(6) == b"ARROW1"
        mapped.seek(0)
        reader = ipc.open_file(mapped) if is_file else ipc.open_stream(mapped)
        batches: Sequence[Any] | Any = (
            (reader.get_batch(index) for index in range(reader.num_record_batches)) if is_file else reader
        )
        for batch in batches:
            for start in range(0, batch.num_rows, BATCH_ROWS):
                yield batch.slice(start, BATCH_ROWS)
