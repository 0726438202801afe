"""The rows of an external table's files. Sources: "CREATE EXTERNAL TABLE", "Data files for queries in Spectrum".

Parquet and ORC columns go by name, those that a file lacks are NULL; records of text with too few fields are filled up
with NULL, further fields are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import orc

from dw_simulator.emulators.common.formats import (
    CsvDialect,
    CsvOptions,
    ObjectSource,
    csv_records,
    open_decompressed,
)
from dw_simulator.emulators.common.objects import ObjectStore
from dw_simulator.emulators.redshift.copy import avro_rows, columnar, json_rows
from dw_simulator.emulators.redshift.copy.convert import FieldError, convert_value
from dw_simulator.emulators.redshift.copy.copy_command import CopyOptions
from dw_simulator.emulators.redshift.copy.errors import LoadProblem, LoadRejected, scan_error
from dw_simulator.emulators.redshift.copy.files import InputFile
from dw_simulator.emulators.redshift.copy.rows import RowBuilder
from dw_simulator.emulators.redshift.copy.target import Target, TargetColumn
from dw_simulator.emulators.redshift.errors import RedshiftError, UnsupportedFeatureError
from dw_simulator.emulators.redshift.spectrum.definition import Definition, control_characters

_SCAN_FAILED = 15001
_NULL = "\\N"
_FIELD = "\x01"
_OPTIONS = CopyOptions(compression="auto", max_errors=0, accept_any_date=False)


@dataclass(frozen=True, slots=True)
class ExternalFile:
    """A file, and the texts of the values of the partition columns that its rows get."""

    file: InputFile
    partition: tuple[str, ...]


class ExternalReader:
    """Reads the files of one table; a reader for `copy.load`.

    ``target`` has the data columns, then those of partitions, then the pseudocolumns ``$path`` and ``$size``.
    """

    def __init__(self, definition: Definition, files: Sequence[ExternalFile]) -> None:
        self._definition = definition
        self._partitions = {file.file.uri: file.partition for file in files}
        read = _READERS.get(definition.format)
        if read is None:
            raise UnsupportedFeatureError(f"reading external tables of format {definition.format}")
        self._read = read

    def __call__(
        self, store: ObjectStore, file: InputFile, target: Target, _: CopyOptions, __: list[LoadProblem]
    ) -> Iterator[pa.RecordBatch]:
        """The rows of a file.

        Raises:
            RedshiftError: a value does not fit its column, the file is not of the table's format.
        """
        data = replace(target, columns=target.columns[: len(self._definition.columns)])
        rest = target.columns[len(data.columns) :]
        constants = [*self._partition_values(file, rest[:-2]), file.uri, file.size]
        try:
            for batch in self._read(store, file, data, self._definition):
                arrays = [
                    pa.array([value] * batch.num_rows, c.arrow_type) for value, c in zip(constants, rest, strict=True)
                ]
                yield pa.RecordBatch.from_arrays([*batch.columns, *arrays], schema=target.arrow_schema)
        except LoadRejected as rejected:
            problem = rejected.problem
            raise scan_error(
                _SCAN_FAILED,
                f"{problem.reason} File name: {file.uri}, line: {problem.line}, column: {problem.column},"
                f" value: {problem.raw_value}",
            ) from rejected

    def _partition_values(self, file: InputFile, columns: Sequence[TargetColumn]) -> list[object]:
        try:
            texts = zip(self._partitions[file.uri], columns, strict=True)
            return [
                None if text == "__HIVE_DEFAULT_PARTITION__" else convert_value(text, c, _OPTIONS) for text, c in texts
            ]
        except FieldError as error:
            raise scan_error(_SCAN_FAILED, f"{error.reason} Partition of file {file.uri}") from error


# --- columnar --------------------------------------------------------------------------------------------------------
def _columnar(store: ObjectStore, file: InputFile, target: Target, definition: Definition) -> Iterator[pa.RecordBatch]:
    opened = _open_parquet if definition.format == "parquet" else _open_orc
    try:
        with store.open(file.bucket, file.key) as source:
            for batch in opened(source):
                yield _by_name(batch, target, file)
    except pa.ArrowException as error:
        raise scan_error(_SCAN_FAILED, f"File '{file.uri}' cannot be read as {definition.format}: {error}") from error


def _open_parquet(source: pa.NativeFile) -> Iterator[pa.RecordBatch]:
    batches: Iterator[pa.RecordBatch] = pq.ParquetFile(source).iter_batches(columnar.BATCH_ROWS, use_threads=False)
    return batches


def _open_orc(source: pa.NativeFile) -> Iterator[pa.RecordBatch]:
    found = orc.ORCFile(source)
    return (found.read_stripe(index) for index in range(found.nstripes))


def _by_name(batch: pa.RecordBatch, target: Target, file: InputFile) -> pa.RecordBatch:
    places = {name.lower(): index for index, name in enumerate(batch.schema.names)}
    arrays = []
    for column in target.columns:
        index = places.get(column.name.lower())
        if index is None:
            arrays.append(pa.nulls(batch.num_rows, column.arrow_type))
        else:
            options = replace(_OPTIONS, serialize_to_json=True)
            arrays.append(columnar.convert(batch.column(index), column, batch.schema.field(index), file, options))
    return pa.RecordBatch.from_arrays(arrays, names=[column.name for column in target.columns])


# --- text ------------------------------------------------------------------------------------------------------------
def _header_lines(definition: Definition) -> int:
    return int(definition.properties.get("skip.header.line.count", "0"))


def _text(store: ObjectStore, file: InputFile, target: Target, definition: Definition) -> Iterator[pa.RecordBatch]:
    """LazySimpleSerDe: no quotes; NULL is ``\\N``."""
    properties = definition.serde_properties
    given = properties.get("field.delim") or properties.get("serialization.format") or _FIELD
    dialect = CsvDialect(
        delimiter=control_characters(given),
        quote=None,
        escape=properties.get("escape.delim"),
        skip_lines=_header_lines(definition),
        skip_blank_lines=False,
    )
    return _records(store, file, target, dialect, properties.get("serialization.null.format", _NULL))


def _csv(store: ObjectStore, file: InputFile, target: Target, definition: Definition) -> Iterator[pa.RecordBatch]:
    """OpenCSVSerde: quoted, no NULL."""
    properties = {name.lower(): control_characters(value) for name, value in definition.serde_properties.items()}
    dialect = CsvDialect(
        delimiter=properties.get("separatorchar", ","),
        quote=properties.get("quotechar", '"'),
        escape=properties.get("escapechar", "\\"),
        skip_lines=_header_lines(definition),
        skip_blank_lines=False,
    )
    return _records(store, file, target, dialect, None)


def _records(
    store: ObjectStore, file: InputFile, target: Target, dialect: CsvDialect, null: str | None
) -> Iterator[pa.RecordBatch]:
    source = ObjectSource(store, file.bucket, file.key)
    builder = RowBuilder(source.name, target, _OPTIONS, [])
    options = CsvOptions(dialect=dialect, nulls=(), compression="auto")
    for record in csv_records(source, options):
        builder.add(_fitted([None if f == null else f for f in record.fields], target), record.line, record.text)
        yield from builder.full()
    yield from builder.rest()


def _fitted(fields: list[str | None], target: Target) -> list[str | None]:
    """As many fields as there are columns; an empty one is NULL where it is no text."""
    missing = [None] * (len(target.columns) - len(fields))
    return [
        None if text == "" and not column.is_text else text
        for text, column in zip([*fields, *missing], target.columns, strict=False)
    ]


def _regex(store: ObjectStore, file: InputFile, target: Target, definition: Definition) -> Iterator[pa.RecordBatch]:
    """RegexSerDe: a column a group; a line that does not match is a row of NULLs."""
    properties = definition.serde_properties
    try:
        flags = re.I if properties.get("input.regex.case.insensitive") == "true" else 0
        pattern = re.compile(properties.get("input.regex", ""), flags)
    except re.error as error:
        raise RedshiftError("22023", f"input.regex of the external table cannot be read: {error}") from error
    source = ObjectSource(store, file.bucket, file.key)
    builder = RowBuilder(source.name, target, _OPTIONS, [])
    with open_decompressed(source) as stream:
        text = b"".join(iter(lambda: stream.read(1 << 20), b"")).decode("utf-8", "replace")
    for number, line in enumerate(text.splitlines(), start=1):
        if number > _header_lines(definition):
            match = pattern.fullmatch(line)
            builder.add(_fitted(list(match.groups()) if match else [], target), number, line)
            yield from builder.full()
    yield from builder.rest()


def _json(store: ObjectStore, file: InputFile, target: Target, definition: Definition) -> Iterator[pa.RecordBatch]:
    """One document a line; names in any case; ``mapping.COLUMN`` says where a column's value is."""
    mapped = {
        name.removeprefix("mapping.").lower(): value.lower()
        for name, value in definition.serde_properties.items()
        if name.startswith("mapping.")
    }
    named = replace(target, columns=tuple(replace(c, name=mapped.get(c.name.lower(), c.name)) for c in target.columns))
    options = replace(_OPTIONS, json_paths="auto ignorecase", empty_as_null=False)
    for batch in json_rows.read_json_rows(store, file, named, options, []):
        yield pa.RecordBatch.from_arrays(batch.columns, schema=target.arrow_schema)


def _avro(store: ObjectStore, file: InputFile, target: Target, definition: Definition) -> Iterator[pa.RecordBatch]:  # noqa: ARG001 - one interface
    """AvroSerDe: fields by name, those that a record lacks are NULL."""
    options = replace(_OPTIONS, json_paths="auto ignorecase", empty_as_null=False)
    for batch in avro_rows.read_avro_rows(store, file, target, options, []):
        yield pa.RecordBatch.from_arrays(batch.columns, schema=target.arrow_schema)


_READERS: dict[str, Callable[[ObjectStore, InputFile, Target, Definition], Iterator[pa.RecordBatch]]] = {
    "avro": _avro,
    "parquet": _columnar,
    "orc": _columnar,
    "text": _text,
    "csv": _csv,
    "regex": _regex,
    "json": _json,
}
