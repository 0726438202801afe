"""Staged files in queries. Vendor pages: "Querying data in staged files", "INFER_SCHEMA"."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pyarrow as pa

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import streams
from dw_simulator.emulators.snowflake.catalog.information_schema import literal_table
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.catalog.view import SessionCatalog
from dw_simulator.emulators.snowflake.copy.csv_reader import read_header, record_width
from dw_simulator.emulators.snowflake.copy.inference import infer
from dw_simulator.emulators.snowflake.copy.staged import Needs, StagedFiles
from dw_simulator.emulators.snowflake.sessions import Session
from dw_simulator.emulators.snowflake.stages import registered
from dw_simulator.emulators.snowflake.stages.file_format import FileFormat
from dw_simulator.emulators.snowflake.stages.location import parse_location
from dw_simulator.emulators.snowflake.stages.options import boolean_option, spelled
from dw_simulator.emulators.snowflake.stages.registered import Registered
from dw_simulator.emulators.snowflake.stages.resolver import NO_DIRECTORY, Place, Stages, directory_of
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
    catalog: SessionCatalog
    session: Session
    connection: Connection
    reading: list[str]
    """Names that the statement reads under: they are given up before the next one."""
    listed: dict[int, list[tuple[str, str]]]
    """Streams on external tables that were read, and the files that there were: paths and versions."""

    def relation(self, binder: Binder, source: n.StageRef) -> BoundQuery:
        """The rows of the files of ``@stage (FILE_FORMAT => …, PATTERN => …)``."""
        binder.env.volatile = True
        options = {name: constant(binder, node) for name, node in source.options.items()}
        if "EXTERNAL_TABLE" in options:
            return self._external(binder, options["EXTERNAL_TABLE"], options.get("STREAM"))
        place = self.place(source.location)
        chosen = self.stages.format_of(options.pop("FILE_FORMAT", None), self.catalog, place.format)
        files = place.files(pattern=options.pop("PATTERN", None))
        if options:
            raise errors.INVALID_PROPERTY(next(iter(options)), "staged files")
        staged = StagedFiles(place, chosen, Needs.of(binder.sql), f"staged_{uuid.uuid4().hex}")
        if files:
            staged.describe(files[0])
        self._read_as(staged.name, _rows(staged, files))
        return staged.query(binder)

    def _read_as(self, name: str, rows: Any) -> None:
        self.connection.register(name, rows)
        self.reading.append(name)

    def _external(self, binder: Binder, ident: int, stream: int | None = None) -> BoundQuery:
        """The rows of an external table as its own query reads them; of the files that a stream shows, if one asks."""
        entry = next((e for e in self.catalog.catalog.entries("EXTERNAL TABLE") if e.id == ident), None)
        if entry is None:
            raise errors.INVALID_PROPERTY("EXTERNAL_TABLE", "staged files")
        place, found = self.external_files(entry)
        if stream is not None:
            found = self._new_files(stream, found)
        chosen = self.stages.format_of(entry.properties["file_format"], self.catalog, place.format)
        staged = StagedFiles(place, chosen, Needs.of(binder.sql), f"external_{uuid.uuid4().hex}")
        staged.partitions = {item.file.path: item.partition for item in found}
        files = [item.file for item in found]
        names: list[str] = []
        if files:
            staged.describe(files[0])
            names = self._value_names(place, chosen, files[0]) if chosen.type == "CSV" else []
        staged.needs = replace(staged.needs, width=len(names) or 1)
        self._read_as(staged.name, _rows(staged, files))
        return staged.value_query(binder, names)

    def _new_files(self, stream: int, found: list[Registered]) -> list[Registered]:
        """The files that are not among those of a stream's offset. All of them are what it moves on to."""
        if self.connection.in_transaction and stream in self.listed:  # it shows the same until the transaction ends
            found = [item for item in found if (item.file.path, item.file.etag) in self.listed[stream]]
        known = set(self.connection.run(f"SELECT path, etag FROM {streams.offset_table_of(stream)}"))
        self.listed[stream] = [(item.file.path, item.file.etag) for item in found]
        return [item for item in found if (item.file.path, item.file.etag) not in known]

    def external_files(self, entry: Entry) -> tuple[Place, list[Registered]]:
        """Where an external table lies, and its files: those in the stage now if it is refreshed automatically."""
        properties = entry.properties
        stage = self.catalog.require("STAGE", tuple(properties["stage"]))
        place = self.stages.stage_place(stage, self.catalog, properties["path"])
        if not properties["auto_refresh"]:
            return place, registered.registered(self.connection, entry.id)
        return place, [Registered(file, file.last_modified) for file in place.files(pattern=properties["pattern"])]

    def external_table_files(self, table: tuple[str, ...]) -> BoundQuery:
        """The files of an external table. Raises SnowflakeError: it is no such table."""
        _, found = self.external_files(self._external_table(table))
        return _table(
            _EXTERNAL_FILES,
            [
                (item.file.path, item.at, item.file.size, item.file.last_modified, item.file.etag, item.file.etag)
                for item in found
            ],
        )

    def registration_history(self, table: tuple[str, ...]) -> BoundQuery:
        """What refreshes did to an external table. Raises SnowflakeError: it is no such table."""
        entry = self._external_table(table)
        return _table(
            {**_EXTERNAL_FILES, "OPERATION_STATUS": model.text(), "MESSAGE": model.text(), "JOB_CREATED_TIME": _MOMENT},
            [
                (item.file.path, item.at, item.file.size, item.file.last_modified, item.file.etag, item.file.etag,
                 item.status, registered.MESSAGES[item.status], item.at)
                for item in registered.history(self.connection, entry.id)
            ],
        )  # fmt: skip

    def _external_table(self, table: tuple[str, ...]) -> Entry:
        entry = self.catalog.require("TABLE", table)
        if entry.kind != "EXTERNAL TABLE":
            raise errors.OBJECT_NOT_FOUND(".".join(table))
        return entry

    def _value_names(self, place: Place, chosen: FileFormat, file: StagedFile) -> list[str]:
        """The keys of VALUE for rows of CSV: those of the header, or ``c1`` …"""
        if chosen.get("PARSE_HEADER"):
            return read_header(place.storage.open(file), file.path, chosen)
        return [f"c{number}" for number in range(1, record_width(place.storage.open(file), file.path, chosen) + 1)]

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
        if chosen.type == "PARQUET":
            # Bytes without a logical type are BINARY here, whatever they are read as: clients make tables so, and load
            # them with BINARY_AS_TEXT = FALSE.
            chosen = chosen.over({"BINARY_AS_TEXT": False})
        found = infer(place, chosen, files, ignore_case=ignore_case, records=records)
        rows = [
            (column.name, column.type_name, column.nullable, column.expression(ignore_case),
             ", ".join(column.files), position)
            for position, column in enumerate(found)
        ]  # fmt: skip
        return _table(_OUTPUT, rows)

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
        return _table(_DIRECTORY, rows)


def _table(columns: Mapping[str, SnowflakeType], rows: list[tuple[Any, ...]]) -> BoundQuery:
    source = literal_table(list(columns.items()), rows, ("", "", ""))
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
    """A name stands for itself, as it was written: FILE_FORMAT takes it as a name and in a text."""
    if isinstance(node, n.Name):
        return spelled(node.parts, node.quoted)
    if isinstance(node, n.Row):
        return [constant(binder, item) for item in node.items]
    value = binder.expression(node)
    if not value.is_const:
        raise errors.INVALID_PARAMETER_VALUE(binder.text_of(node), "option of staged files")
    return value.const


_MOMENT = model.timestamp_ltz(3)
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
    "LAST_MODIFIED": _MOMENT,
    "MD5": model.text(),
    "ETAG": model.text(),
    "FILE_URL": model.text(),
}
"""The columns of a directory table."""
_EXTERNAL_FILES: Mapping[str, SnowflakeType] = {
    "FILE_NAME": model.text(),
    "REGISTERED_ON": _MOMENT,
    "FILE_SIZE": model.number(),
    "LAST_MODIFIED": _MOMENT,
    "ETAG": model.text(),
    "MD5": model.text(),
}
"""The columns of EXTERNAL_TABLE_FILES."""
