"""Staged files in queries. Vendor pages: "Querying data in staged files", "INFER_SCHEMA"."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pyarrow as pa

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.information_schema import literal_table
from dw_simulator.emulators.snowflake.copy.inference import infer
from dw_simulator.emulators.snowflake.copy.staged import Needs, StagedFiles
from dw_simulator.emulators.snowflake.sessions import Session
from dw_simulator.emulators.snowflake.stages import registered
from dw_simulator.emulators.snowflake.stages.location import parse_location
from dw_simulator.emulators.snowflake.stages.options import boolean_option
from dw_simulator.emulators.snowflake.stages.resolver import NO_DIRECTORY, Place, StageCatalog, Stages, directory_of
from dw_simulator.emulators.snowflake.stages.storage import StagedFile
from dw_simulator.emulators.snowflake.stages.transfers import FILES_PATH
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.scope import BoundQuery
from dw_simulator.emulators.snowflake.types import model
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.backend import Connection
    from dw_simulator.emulators.snowflake.translation.binder import Binder

WHOLE_BYTES = 256 << 20
"""Files up to this size in all are read at once, so that a query may go over them more than once."""


@dataclass(slots=True)
class FileQueries:
    """What a session's queries need to read staged files."""

    stages: Stages
    catalog: StageCatalog
    session: Session
    connection: Connection

    def relation(self, binder: Binder, source: n.StageRef) -> BoundQuery:
        """The rows of the files of ``@stage (FILE_FORMAT => …, PATTERN => …)``."""
        binder.env.volatile = True
        options = {name: constant(binder, node) for name, node in source.options.items()}
        place = self.place(source.location)
        chosen = self.stages.format_of(options.pop("FILE_FORMAT", None), self.catalog, place.format)
        files = place.files(pattern=options.pop("PATTERN", None))
        if options:
            raise errors.INVALID_PROPERTY(next(iter(options)), "staged files")
        staged = StagedFiles(place, chosen, Needs.of(binder.sql), f"staged_{uuid.uuid4().hex}")
        if files:
            staged.describe(files[0])
        self.connection.register(staged.name, _rows(staged, files))
        return staged.query(binder)

    def place(self, location: str) -> Place:
        return self.stages.place(location, self.catalog, self.session.user)

    def infer_schema(self, binder: Binder, call: n.Call) -> BoundQuery:
        """One row a column that the files have."""
        binder.env.volatile = True
        named = {name: constant(binder, node) for name, node in call.named.items()}
        if str(named.pop("KIND", None) or "STANDARD").upper() != "STANDARD":
            raise errors.UNSUPPORTED_FEATURE("INFER_SCHEMA with KIND = ICEBERG")
        place = self.place(str(named.pop("LOCATION", "")))
        chosen = self.stages.format_of(named.pop("FILE_FORMAT", None), self.catalog, place.format)
        names = named.pop("FILES", None)
        ignore_case = boolean_option("IGNORE_CASE", named.pop("IGNORE_CASE", None) or False)
        limit, records = _count(named, "MAX_FILE_COUNT"), _count(named, "MAX_RECORDS_PER_FILE")
        if named:
            raise errors.INVALID_PROPERTY(next(iter(named)), "INFER_SCHEMA")
        files = place.files(_file_names(names))[:limit]
        found = infer(place, chosen, files, ignore_case=ignore_case, records=records)
        rows = [
            (column.name, column.type_name, column.nullable, column.expression(chosen.type, ignore_case),
             ", ".join(column.files), position)
            for position, column in enumerate(found)
        ]  # fmt: skip
        source = literal_table(list(_OUTPUT.items()), rows, ("", "", ""))
        return BoundQuery(f"SELECT * FROM {source.sql}", source.columns)

    def directory(self, binder: Binder, call: n.Call) -> BoundQuery:
        """The files that a stage's directory table knows of. Raises SnowflakeError: the stage has none."""
        binder.env.volatile = True
        name = parse_location(str(constant(binder, call.args[0])))
        entry: Any = self.catalog.require("STAGE", name.name)
        options = directory_of(entry.properties)
        if options is None:
            raise NO_DIRECTORY(entry.name)
        if options.get("AUTO_REFRESH") is True:
            files = self.stages.stage_place(entry, self.catalog).storage.list()
        else:
            files = [item.file for item in registered.registered(self.connection, entry.id)]
        base = f"{self.session.base_url}{FILES_PATH}{'/'.join(quote(part) for part in entry.parts)}/"
        rows = [
            (file.path, file.size, file.last_modified.astimezone(dt.UTC), file.etag, file.etag, base + quote(file.path))
            for file in files
        ]
        source = literal_table(list(_DIRECTORY.items()), rows, ("", "", ""))
        return BoundQuery(f"SELECT * FROM {source.sql}", source.columns)


def _count(named: dict[str, Any], name: str) -> int | None:
    value = named.pop(name, None)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value <= 0):
        raise errors.INVALID_PARAMETER_VALUE(value, name)
    return value


def _file_names(value: Any) -> list[str] | None:
    if value is None or isinstance(value, list):
        return value
    return [str(value)]


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


def constant(binder: Binder, node: n.Expr) -> Any:
    """A name stands for itself: FILE_FORMAT takes it with and without quotes."""
    if isinstance(node, n.Name):
        return ".".join(node.parts)
    if isinstance(node, n.Row):
        return [constant(binder, item) for item in node.items]
    value = binder.expression(node)
    if not value.is_const:
        raise errors.INVALID_PARAMETER_VALUE(binder.text_of(node), "option of staged files")
    return value.const


_OUTPUT: Mapping[str, SnowflakeType] = {
    "COLUMN_NAME": model.text(),
    "TYPE": model.text(),
    "NULLABLE": model.boolean(),
    "EXPRESSION": model.text(),
    "FILENAMES": model.text(),
    "ORDER_ID": model.number(),
}
"""The columns of INFER_SCHEMA."""
_DIRECTORY: Mapping[str, SnowflakeType] = {
    "RELATIVE_PATH": model.text(),
    "SIZE": model.number(),
    "LAST_MODIFIED": model.timestamp_ltz(3),
    "MD5": model.text(),
    "ETAG": model.text(),
    "FILE_URL": model.text(),
}
"""The columns of a directory table."""
