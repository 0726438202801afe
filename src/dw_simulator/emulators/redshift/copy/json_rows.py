"""JSON: by name ('auto'), by a jsonpaths file, or whole ('noshred'). Source: "COPY from JSON format"."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import orjson
import pyarrow as pa

from dw_simulator.emulators.common.formats import FormatError, JsonOptions, read_json
from dw_simulator.emulators.common.objects import ObjectStore, ObjectStoreError, parse_s3_uri
from dw_simulator.emulators.redshift.copy.columnar import dump_json
from dw_simulator.emulators.redshift.copy.convert import FieldError
from dw_simulator.emulators.redshift.copy.copy_command import CopyOptions
from dw_simulator.emulators.redshift.copy.delimited import open_source
from dw_simulator.emulators.redshift.copy.errors import BAD_LINE, LoadProblem, from_store
from dw_simulator.emulators.redshift.copy.files import InputFile
from dw_simulator.emulators.redshift.copy.rows import RowBuilder
from dw_simulator.emulators.redshift.copy.target import Target
from dw_simulator.emulators.redshift.errors import INVALID_PARAMETER_VALUE, RedshiftError

Shred = Callable[[str], list[str | None]]
"""The text of a document to the texts of the columns' fields."""

_MISSING = object()
_STEP = re.compile(r"\.([A-Za-z_][\w$]*)|\['((?:[^'\\]|\\.)*)'\]|\[\"((?:[^\"\\]|\\.)*)\"\]|\[(\d+)\]")


def read_json_rows(
    store: ObjectStore, file: InputFile, target: Target, options: CopyOptions, problems: list[LoadProblem]
) -> Iterator[pa.RecordBatch]:
    """The rows of a file of JSON documents.

    Raises:
        LoadRejected: more documents do not fit than MAXERROR allows.
        RedshiftError: the jsonpaths file is none.
    """
    shred = shredder(store, target, options)
    source = open_source(store, file, options)
    builder = RowBuilder(source.name, target, options, problems)
    compression = "none" if options.accept_invalid_chars is not None else options.compression
    try:
        for batch in read_json(source, JsonOptions(compression=compression, encoding=options.encoding)):
            for document, line in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                try:
                    fields = shred(document)
                except FieldError as error:
                    builder.reject(line, document, error)
                    continue
                builder.add(fields, line, document)
            yield from builder.full()
    except FormatError as error:
        invalid = FieldError(BAD_LINE, f"Invalid JSON format: {error.message}")
        builder.reject(error.line or 0, error.text or "", invalid)
    yield from builder.rest()


def shredder(store: ObjectStore, target: Target, options: CopyOptions) -> Shred:
    """How a document becomes the fields of a row: by names, by paths, or whole."""
    if options.json_paths == "noshred":
        return _whole(target)
    if options.json_paths.lower().startswith("s3://"):
        return _by_paths(_read_paths(store, options.json_paths), target)
    return _by_name(target, ignore_case=options.json_paths == "auto ignorecase")


def _whole(target: Target) -> Shred:
    if len(target.columns) != 1 or target.columns[0].type != "super":
        raise RedshiftError(INVALID_PARAMETER_VALUE, "JSON 'noshred' loads into exactly one SUPER column")
    return lambda document: [document]


def _by_name(target: Target, *, ignore_case: bool) -> Shred:
    columns = [
        (column.name.lower() if ignore_case else column.name, column.type == "super") for column in target.columns
    ]

    def shred(document: str) -> list[str | None]:
        value = _load(document)
        if not isinstance(value, dict):
            raise FieldError(BAD_LINE, "Invalid JSON format: 'auto' expects objects")
        if ignore_case:
            value = {key.lower(): item for key, item in value.items()}
        return [_field(value.get(name, _MISSING), as_json=as_json) for name, as_json in columns]

    return shred


def _by_paths(paths: list[list[str | int]], target: Target) -> Shred:
    if len(paths) != len(target.columns):
        raise RedshiftError(
            INVALID_PARAMETER_VALUE,
            f"Number of jsonpaths and the number of columns should match. JSONPath size: {len(paths)},"
            f" Number of columns in table or column list: {len(target.columns)}",
        )
    steps = [(path, column.type == "super") for path, column in zip(paths, target.columns, strict=True)]

    def shred(document: str) -> list[str | None]:
        value = _load(document)
        return [_field(_walk(value, path), as_json=as_json) for path, as_json in steps]

    return shred


def _load(document: str) -> Any:
    try:
        return json.loads(document, parse_float=Decimal)
    except ValueError as error:
        raise FieldError(BAD_LINE, f"Invalid JSON format: {error}") from None


def _walk(value: Any, path: list[str | int]) -> Any:
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else _MISSING
        else:
            value = value.get(step, _MISSING) if isinstance(value, dict) else _MISSING
        if value is _MISSING:
            return _MISSING
    return value


def _field(value: Any, *, as_json: bool) -> str | None:
    """A value as the text that a delimited file would have; as JSON for SUPER columns."""
    if value is _MISSING or (value is None and not as_json):
        return None
    if as_json:
        return orjson.dumps(value, default=_number).decode()
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return dump_json(value)
    return str(value)


def _number(value: object) -> object:
    assert isinstance(value, Decimal)
    return float(value)


def _read_paths(store: ObjectStore, uri: str) -> list[list[str | int]]:
    try:
        text = store.read(*parse_s3_uri(uri))
    except ObjectStoreError as error:
        raise from_store(error) from error
    try:
        paths = json.loads(text)["jsonpaths"]
        return [_parse_path(path) for path in paths]
    except (ValueError, KeyError, TypeError) as error:
        raise RedshiftError(
            INVALID_PARAMETER_VALUE,
            f"Invalid JSONPath file {uri}: {error}",
            hint='{"jsonpaths": ["$.a", "$[\'b\'][0]"]}',
        ) from error


def _parse_path(path: str) -> list[str | int]:
    if not path.startswith("$"):
        raise ValueError(f"{path!r} does not begin with $")
    steps: list[str | int] = []
    position = 1
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None:
            raise ValueError(f"cannot read {path!r}")
        steps.append(int(match[4]) if match[4] else match[1] or match[2] or match[3] or "")
        position = match.end()
    return steps
