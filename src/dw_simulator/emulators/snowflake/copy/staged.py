"""Staged files as a relation that a query is bound against: ``$1`` …, ``$1:name`` of typed files, METADATA$ columns."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.copy.csv_reader import Block, CsvShape, RowProblem, read_csv
from dw_simulator.emulators.snowflake.copy.json_reader import read_json
from dw_simulator.emulators.snowflake.copy.typed_reader import TYPED, FileColumn, TypedFile
from dw_simulator.emulators.snowflake.stages.file_format import FileFormat
from dw_simulator.emulators.snowflake.stages.resolver import Place
from dw_simulator.emulators.snowflake.stages.storage import StagedFile
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.scope import BoundQuery, OutputColumn, Relation
from dw_simulator.emulators.snowflake.translation.text import identifier, literal
from dw_simulator.emulators.snowflake.translation.variants import to_variant
from dw_simulator.emulators.snowflake.types import model
from dw_simulator.observability import tracing
from dw_simulator.observability.tracing import Remote

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.translation.binder import Binder

METADATA = {
    "METADATA$FILENAME": ("#file", model.text(), pa.string()),
    "METADATA$FILE_ROW_NUMBER": ("#row", model.number(), pa.int64()),
    "METADATA$FILE_CONTENT_KEY": ("#key", model.text(), pa.string()),
    "METADATA$FILE_LAST_MODIFIED": ("#modified", model.timestamp_ntz(), pa.timestamp("us")),
    "METADATA$START_SCAN_TIME": ("#scan", model.timestamp_ltz(), pa.timestamp("us", tz="UTC")),
    "METADATA$EXTERNAL_TABLE_PARTITION": ("#partition", model.text(), pa.string()),
}
"""Name in queries -> name of the column that is read, its type in Snowflake and in Arrow."""

_METADATA_NAME = re.compile(r"METADATA\$\w+", re.I)
_POSITION = re.compile(r"\$(\d+)")


@dataclass(frozen=True, slots=True)
class Needs:
    """What a query reads: how many positional columns, which metadata."""

    width: int
    metadata: tuple[str, ...]

    @classmethod
    def of(cls, sql: str) -> Needs:
        """From the text: a position or name inside of a string only makes more be read."""
        positions = [int(number) for number in _POSITION.findall(sql)]
        names = {name.upper() for name in _METADATA_NAME.findall(sql)}
        return cls(max(positions, default=1), tuple(name for name in METADATA if name in names))


@dataclass(slots=True)
class StagedQuery(BoundQuery):
    """The relation of staged files; what is not positional can be named but is left out of ``*``."""

    visible: int = 0

    def relation(self, alias_sql: str, parts: tuple[str, ...], names: list[str] | None = None) -> Relation:
        relation = BoundQuery.relation(self, alias_sql, parts, names)
        for column in relation.columns[self.visible :]:
            column.hidden = True
        return relation


@dataclass(slots=True)
class Chunk:
    """Some rows of a file: the batch, the number of each row in the file, and rows that cannot be read."""

    batch: pa.RecordBatch
    rows: pa.Array
    problems: list[RowProblem] = field(default_factory=list)


Chunks = Iterator[Chunk]


@dataclass(slots=True)
class StagedFiles:
    """Files of one format below one place, as one statement reads them.

    ``name`` is the relation that the emitted SQL reads; the statement registers a reader of ``schema`` under it.
    """

    place: Place
    format: FileFormat
    needs: Needs
    name: str
    count: int | None = None
    """CSV: how many columns each row must have."""
    typed: list[FileColumn] = field(default_factory=list)
    """Parquet: the columns of the files."""
    fields: set[str] | None = None
    """Parquet: the columns that are read; None for all."""
    opened: dict[str, TypedFile] = field(default_factory=dict)
    """Files that were opened for their columns and are read next, by path."""
    partitions: Mapping[str, str | None] = field(default_factory=dict)
    """Path of a file -> the partition of its external table that it was added to."""
    started: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))
    trace: Remote | None = field(default_factory=tracing.here)
    """The statement's span: DuckDB reads the files from threads of its own."""

    @property
    def is_typed(self) -> bool:
        return self.format.type in TYPED

    def describe(self, file: StagedFile) -> None:
        """Take the columns from the first of the files (Parquet)."""
        if self.is_typed:
            self.opened[file.path] = self._open_typed(file)
            self.typed = self.opened[file.path].columns

    def _open_typed(self, file: StagedFile) -> TypedFile:
        opened = self.opened.pop(file.path, None)
        with tracing.under(self.trace):
            return opened or TypedFile(self.place.storage.open(file), file.shown, self.format)

    def read_columns(self) -> list[FileColumn]:
        return [column for column in self.typed if self.fields is None or column.name in self.fields]

    # --- as a relation ---
    def query(self, binder: Binder) -> StagedQuery:
        """The relation for the binder. For JSON and typed files ``$1`` is a VARIANT made of the row."""
        metadata = [OutputColumn(name, METADATA[name][1], METADATA[name][0]) for name in self.needs.metadata]
        source = identifier(self.name)
        if self.format.type == "CSV":
            columns = [OutputColumn(f"${index}", model.text(), f"c{index}") for index in range(1, self.needs.width + 1)]
            return StagedQuery(f"SELECT * FROM {source}", [*columns, *metadata], self.needs.width)
        row = self._row_variant(binder)
        items = [f'{row} AS "$1"', *(identifier(column.key) for column in metadata)]
        columns = [OutputColumn("$1", model.variant(), "$1"), *metadata]
        for index, column in enumerate(self.read_columns()):
            items.append(f"f{index}")
            columns.append(OutputColumn(field_name(column.name), column.type, f"f{index}"))
        return StagedQuery(f"SELECT {', '.join(items)} FROM {source}", columns, 1)

    def value_query(self, binder: Binder, names: Sequence[str]) -> StagedQuery:
        """The relation of an external table: VALUE is the row, of CSV an object with ``names``."""
        metadata = [OutputColumn(name, METADATA[name][1], METADATA[name][0]) for name in self.needs.metadata]
        row = _object_of_texts(binder, names) if self.format.type == "CSV" else self._row_variant(binder)
        items = [f'{row} AS "VALUE"', *(identifier(column.key) for column in metadata)]
        columns = [OutputColumn("VALUE", model.variant(), "VALUE"), *metadata]
        return StagedQuery(f"SELECT {', '.join(items)} FROM {identifier(self.name)}", columns, 1)

    def _row_variant(self, binder: Binder) -> str:
        if self.format.type == "JSON":
            return json_of_text(binder, "c1")
        fields = [
            (literal(_json_key(column.name)), to_variant(f"f{index}", column.type))
            for index, column in sorted(enumerate(self.read_columns()), key=lambda item: item[1].name)
        ]
        if not fields:
            return "'{}'"
        if self.format.type == "PARQUET":  # which has no keys for NULLs
            return f"'{{' || concat_ws(',', {', '.join(f'{key} || {value}' for key, value in fields)}) || '}}'"
        parts = [f"{key} || coalesce({value}, 'null')" for key, value in fields]
        return "'{' || " + " || ',' || ".join(parts) + " || '}'"

    # --- as rows ---
    @property
    def schema(self) -> pa.Schema:
        """The columns of :meth:`chunks`."""
        if self.is_typed:
            fields = [pa.field(f"f{index}", _arrow_type(column)) for index, column in enumerate(self.read_columns())]
        else:
            width = self.needs.width if self.format.type == "CSV" else 1
            fields = [pa.field(f"c{index}", pa.string()) for index in range(1, width + 1)]
        fields += [pa.field(METADATA[name][0], METADATA[name][2]) for name in self.needs.metadata]
        return pa.schema(fields or _NO_FIELDS)

    def chunks(self, file: StagedFile) -> Chunks:
        """The rows of one file, with those that cannot be read."""
        if self.is_typed:
            return self._typed_chunks(file)
        return self._text_chunks(file)

    def _text_chunks(self, file: StagedFile) -> Chunks:
        with tracing.under(self.trace):
            source = self.place.storage.open(file)
        blocks: Iterator[Block]
        if self.format.type == "CSV":
            blocks = read_csv(source, file.path, self.format, CsvShape(self.needs.width, self.count))
        elif self.format.type == "JSON":
            blocks = read_json(source, file.path, self.format)
        else:
            raise errors.UNSUPPORTED_FEATURE(f"reading files of TYPE = {self.format.type}")
        with contextlib.closing(source):
            for block in blocks:
                metadata = [self._metadata(name, file, block.rows) for name in self.needs.metadata]
                batch = pa.RecordBatch.from_arrays([*block.columns, *metadata], schema=self.schema)
                yield Chunk(batch, block.rows, block.problems)

    def _typed_chunks(self, file: StagedFile) -> Chunks:
        opened = self._open_typed(file)
        there = {column.name: column for column in opened.columns}
        wanted = self.read_columns()
        row = 1
        for batch in opened.batches([column.name for column in wanted if column.name in there]):
            rows = pa.array(np.arange(row, row + batch.num_rows))
            arrays = [_column_of(batch, column, parquet=self.format.type == "PARQUET") for column in wanted]
            arrays += [self._metadata(name, file, rows) for name in self.needs.metadata]
            row += batch.num_rows
            yield Chunk(_batch(arrays, self.schema, batch.num_rows), rows)

    def _metadata(self, name: str, file: StagedFile, rows: pa.Array) -> pa.Array:
        values: dict[str, Any] = {
            "METADATA$FILENAME": file.key,
            "METADATA$FILE_CONTENT_KEY": file.etag,
            "METADATA$FILE_LAST_MODIFIED": file.last_modified.astimezone(dt.UTC).replace(tzinfo=None),
            "METADATA$START_SCAN_TIME": self.started,
            "METADATA$EXTERNAL_TABLE_PARTITION": self.partitions.get(file.path),
        }
        if name == "METADATA$FILE_ROW_NUMBER":
            return rows
        return pa.repeat(pa.scalar(values[name], METADATA[name][2]), len(rows))


_NO_FIELDS = [pa.field("none", pa.int8())]
"""Where no column is read, as DuckDB has no tables without columns."""


def _batch(arrays: list[pa.Array], schema: pa.Schema, rows: int) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(arrays or [pa.nulls(rows, field.type) for field in _NO_FIELDS], schema=schema)


def _column_of(batch: pa.RecordBatch, column: FileColumn, *, parquet: bool) -> pa.Array:
    """A column of one file in the type that the statement was planned with; NULLs where the file has none.

    Structs of Parquet files have no keys for NULLs, as snowflake-connector-python's issue 1232 shows it.
    """
    target = _arrow_type(column)
    if column.name not in batch.schema.names:
        return pa.nulls(batch.num_rows, target)
    array = batch.column(column.name)
    if column.type.name == "VARIANT":
        from dw_simulator.emulators.snowflake.copy.nested import json_texts

        return array if pa.types.is_string(array.type) else json_texts(array, without_nulls=parquet)
    return array if array.type == target else array.cast(target)


def _arrow_type(column: FileColumn) -> pa.DataType:
    kind = column.type
    match kind.name:
        case "FIXED":
            if kind.scale == 0 and (kind.precision or 38) in _INTEGERS:
                return _INTEGERS[kind.precision or 38]
            return pa.decimal128(kind.precision or 38, kind.scale or 0)
        case "TIMESTAMP_LTZ":
            return pa.timestamp("us", tz="UTC")
        case "TIMESTAMP_NTZ":
            return pa.timestamp("us")
    return _PLAIN.get(kind.name, pa.string())


_INTEGERS = {3: pa.int16(), 5: pa.int32(), 10: pa.int64(), 19: pa.int64()}
"""By digits, for integers with and without a sign."""
_PLAIN = {
    "REAL": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "TIME": pa.time64("us"),
    "BINARY": pa.binary(),
}


def _json_key(name: str) -> str:
    import json

    return json.dumps(name, ensure_ascii=False) + ":"


def json_of_text(binder: Binder, column: str) -> str:
    """SQL of PARSE_JSON of a text column of the relation."""
    return _over_texts(binder, [column], n.Call("PARSE_JSON", [n.Positional(1)]))


def _object_of_texts(binder: Binder, names: Sequence[str]) -> str:
    """SQL of an object of the relation's text columns, without those that are NULL."""
    arguments: list[n.Expr] = []
    for index, name in enumerate(names, 1):
        arguments += [n.Literal("string", name), n.Positional(index)]
    keys = [f"c{index}" for index in range(1, len(names) + 1)]
    return _over_texts(binder, keys, n.Call("OBJECT_CONSTRUCT", arguments))


def _over_texts(binder: Binder, keys: Sequence[str], expression: n.Expr) -> str:
    """SQL of an expression over text columns of the relation, which it has by position."""
    saved = binder.scope.relations
    source = BoundQuery("", [OutputColumn(f"${index}", model.text(), key) for index, key in enumerate(keys, 1)])
    relation = source.relation("", ())
    for column, key in zip(relation.columns, keys, strict=True):
        column.sql = identifier(key)
    binder.scope.relations = [relation]
    try:
        return binder.expression(expression).sql
    finally:
        binder.scope.relations = saved


# --- fields of typed files ---
def field_name(name: str) -> str:
    """The hidden name under which ``$1:name`` of a typed file is found."""
    return f"$1:{name}"


def use_fields(node: Any, names: Sequence[str]) -> set[str] | None:
    """Replace ``$1:name`` in a tree by the typed column of that name (NULL where there is none).

    Gives the names that are used, or None when ``$1`` is also used as a whole.
    """
    used: set[str] = set()
    whole = False

    def replaced(expr: Any) -> Any:
        nonlocal whole
        if isinstance(expr, n.Path) and isinstance(expr.operand, n.Positional) and isinstance(expr.steps[0], str):
            name, rest = expr.steps[0], expr.steps[1:]
            if name not in names:
                return n.Literal("null", start=expr.start, end=expr.end)
            used.add(name)
            column = n.Name((field_name(name),), (True,), start=expr.start, end=expr.end)
            return n.Path(column, rest, expr.colon, start=expr.start, end=expr.end) if rest else column
        if isinstance(expr, n.Positional):
            whole = whole or expr.index == 1
        return expr

    walk(node, replaced)
    return None if whole else used


def walk(node: Any, change: Callable[[Any], Any]) -> Any:
    """``node`` with ``change`` applied to every node, from the root down; children of a changed node are left alone."""
    if isinstance(node, list):
        node[:] = [walk(item, change) for item in node]
        return node
    if isinstance(node, tuple):
        return tuple(walk(item, change) for item in node)
    if not isinstance(node, n.Node):
        return node
    new = change(node)
    if new is not node:
        return new
    for item in dataclasses.fields(node):
        value = getattr(node, item.name)
        if isinstance(value, (n.Node, list, tuple)):
            setattr(node, item.name, walk(value, change))
    return node
