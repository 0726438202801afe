"""Staged files in queries. Vendor pages: "Querying data in staged files", "INFER_SCHEMA"."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.copy.staged import Needs, StagedFiles
from dw_simulator.emulators.snowflake.stages.resolver import Place, StageCatalog, Stages
from dw_simulator.emulators.snowflake.stages.storage import StagedFile
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.scope import BoundQuery, OutputColumn
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.types import model
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.translation.binder import Binder

WHOLE_BYTES = 256 << 20
"""Files up to this size in all are read at once, so that a query may go over them more than once."""


@dataclass(slots=True)
class FileQueries:
    """What a session's queries need to read staged files. ``register`` gives rows a name in its DuckDB connection."""

    stages: Stages
    catalog: StageCatalog
    user: str
    register: Callable[[str, Any], None]

    def relation(self, binder: Binder, source: n.StageRef) -> BoundQuery:
        """The rows of the files of ``@stage (FILE_FORMAT => …, PATTERN => …)``."""
        binder.env.volatile = True
        options = {name: _constant(binder, node) for name, node in source.options.items()}
        place = self._place(source.location)
        chosen = self.stages.format_of(options.pop("FILE_FORMAT", None), self.catalog, place.format)
        files = place.files(pattern=options.pop("PATTERN", None))
        if options:
            raise errors.INVALID_PROPERTY(next(iter(options)), "staged files")
        staged = StagedFiles(place, chosen, Needs.of(binder.sql), f"staged_{uuid.uuid4().hex}")
        if files:
            staged.describe(files[0])
        self.register(staged.name, _rows(staged, files))
        return staged.query(binder)

    def _place(self, location: str) -> Place:
        return self.stages.place(location, self.catalog, self.user)

    def infer_schema(self, binder: Binder, call: n.Call) -> BoundQuery:
        """One row a column that the files have. Only Parquet says its types."""
        binder.env.volatile = True
        named = {name: _constant(binder, node) for name, node in call.named.items()}
        place = self._place(str(named.get("LOCATION", "")))
        chosen = self.stages.format_of(named.get("FILE_FORMAT"), self.catalog, place.format)
        if chosen.type != "PARQUET":
            raise errors.UNSUPPORTED_FEATURE(f"INFER_SCHEMA of TYPE = {chosen.type}")
        rows: dict[str, list[str]] = {}
        ignore_case = bool(named.get("IGNORE_CASE", False))
        for file in place.files():
            staged = StagedFiles(place, chosen, Needs(1, ()), "")
            staged.describe(file)
            for column in staged.typed:
                name = column.name.upper() if ignore_case else column.name
                row = rows.setdefault(name, _row(name, column.name, column.type, len(rows)))
                row[4] += f", {file.shown}" if row[4] else file.shown
        return _values([_literals(row) for row in rows.values()])


def _rows(staged: StagedFiles, files: list[StagedFile]) -> Any:
    def batches() -> Iterator[pa.RecordBatch]:
        for file in files:
            for chunk in staged.chunks(file):
                if chunk.problems:
                    raise chunk.problems[0].error
                yield chunk.batch

    if sum(file.size for file in files) <= WHOLE_BYTES:
        return pa.Table.from_batches(batches(), schema=staged.schema)
    return pa.RecordBatchReader.from_batches(staged.schema, batches())


def _constant(binder: Binder, node: n.Expr) -> Any:
    """A name stands for itself: FILE_FORMAT takes it with and without quotes."""
    if isinstance(node, n.Name):
        return ".".join(node.parts)
    value = binder.expression(node)
    if not value.is_const:
        raise errors.INVALID_PARAMETER_VALUE(binder.text_of(node), "option of staged files")
    return value.const


# --- INFER_SCHEMA ---
_OUTPUT: Mapping[str, SnowflakeType] = {
    "COLUMN_NAME": model.text(),
    "TYPE": model.text(),
    "NULLABLE": model.boolean(),
    "EXPRESSION": model.text(),
    "FILENAMES": model.text(),
    "ORDER_ID": model.number(),
}


def _row(name: str, path: str, kind: SnowflakeType, position: int) -> list[str]:
    shown = _type_name(kind)
    return [name, shown, "true", f"$1:{path}::{shown}", "", str(position)]


def _type_name(kind: SnowflakeType) -> str:
    if kind.name == "FIXED":
        return f"NUMBER({kind.precision if kind.scale else 38}, {kind.scale})"
    return kind.name


def _literals(row: list[str]) -> str:
    name, kind, nullable, expression, files, position = row
    return ", ".join([literal(name), literal(kind), nullable, literal(expression), literal(files), position])


def _values(rows: list[str]) -> BoundQuery:
    columns = [OutputColumn(name, kind, f"c{index}") for index, (name, kind) in enumerate(_OUTPUT.items())]
    keys = ", ".join(column.key for column in columns)
    none = "'', '', true, '', '', 0"
    values = ", ".join(f"({row})" for row in rows or [none])
    where = "" if rows else " WHERE false"
    return BoundQuery(f"SELECT * FROM (VALUES {values}) AS inferred({keys}){where}", columns)
