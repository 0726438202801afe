"""Which columns staged files have, and of which types. Vendor page: "INFER_SCHEMA"."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.copy.csv_reader import read_header, record_width
from dw_simulator.emulators.snowflake.copy.staged import Needs, StagedFiles
from dw_simulator.emulators.snowflake.copy.typed_reader import TYPED
from dw_simulator.emulators.snowflake.stages.file_format import FileFormat
from dw_simulator.emulators.snowflake.stages.resolver import Place
from dw_simulator.emulators.snowflake.stages.storage import StagedFile
from dw_simulator.emulators.snowflake.types import model as m
from dw_simulator.emulators.snowflake.types.model import SnowflakeType


@dataclass(slots=True)
class InferredColumn:
    """``files`` are paths in the stage."""

    name: str
    type: SnowflakeType | None
    nullable: bool
    files: list[str] = field(default_factory=list)
    position: int | None = None
    """Its place in lines of CSV, from 1 on."""

    @property
    def kind(self) -> SnowflakeType:
        """Where no value was seen, TEXT."""
        return self.type or m.text()

    @property
    def type_name(self) -> str:
        kind = self.kind
        return f"NUMBER({kind.precision}, {kind.scale})" if kind.name == "FIXED" else kind.name

    def expression(self, ignore_case: bool) -> str:
        if self.position is not None:
            return f"${self.position}::{self.type_name}"
        if ignore_case:
            return f"GET_IGNORE_CASE ($1, '{self.name}')::{self.type_name}"
        plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_$]*", self.name)
        shown = self.name if plain else '"' + self.name.replace('"', '""') + '"'
        return f"$1:{shown}::{self.type_name}"


def infer(
    place: Place,
    chosen: FileFormat,
    files: Iterable[StagedFile],
    *,
    ignore_case: bool = False,
    records: int | None = None,
) -> list[InferredColumn]:
    """The columns of all files, in the order they are first seen in; ``records`` are looked at in each file.

    Raises:
        SnowflakeError: files of this type have no columns; a file cannot be read.
    """
    found: dict[str, InferredColumn] = {}
    seen: list[str] = []
    for file in files:
        columns = _columns_of(place, chosen, file, records)
        for column in columns:
            name = column.name.upper() if ignore_case else column.name
            known = found.get(name)
            if known is None:
                missing_before = bool(seen)
                column = replace(column, name=name, nullable=column.nullable or missing_before)
                found[name] = known = column
            else:
                known.type = _wider(known.type, column.type)
                known.nullable = known.nullable or column.nullable
            known.files.append(file.path)
        seen.append(file.path)
    for known in found.values():
        known.nullable = known.nullable or len(set(known.files)) < len(seen)
    return list(found.values())


def _columns_of(place: Place, chosen: FileFormat, file: StagedFile, records: int | None) -> list[InferredColumn]:
    if chosen.type in TYPED:
        return _typed_columns(place, chosen, file)
    if chosen.type == "CSV":
        return _csv_columns(place, chosen, file, records)
    if chosen.type == "JSON":
        return _json_columns(place, chosen, file, records)
    raise errors.UNSUPPORTED_FEATURE(f"INFER_SCHEMA of TYPE = {chosen.type}")


def _typed_columns(place: Place, chosen: FileFormat, file: StagedFile) -> list[InferredColumn]:
    staged = StagedFiles(place, chosen, Needs(1, ()), "")
    staged.describe(file)
    for opened in staged.opened.values():
        opened.close()
    return [InferredColumn(column.name, _declared(column.type), column.type.nullable) for column in staged.typed]


def _declared(kind: SnowflakeType) -> SnowflakeType:
    """Integers of files are NUMBER(38, 0)."""
    return m.number(38, 0) if kind.name == "FIXED" and not kind.scale else kind


def _csv_columns(place: Place, chosen: FileFormat, file: StagedFile, records: int | None) -> list[InferredColumn]:
    if chosen.get("PARSE_HEADER"):
        names = read_header(place.storage.open(file), file.path, chosen)
    else:
        width = record_width(place.storage.open(file), file.path, chosen)
        names = [f"c{number}" for number in range(1, width + 1)]
    kinds: list[SnowflakeType | None] = [None] * len(names)
    staged = StagedFiles(place, chosen, Needs(len(names), ()), "")
    for values in _rows(staged, file, records):
        for index, value in enumerate(values):
            if value is not None:
                kinds[index] = _wider(kinds[index], _text_type(value))
    columns = zip(names, kinds, strict=True)
    return [InferredColumn(name, kind, True, position=at) for at, (name, kind) in enumerate(columns, 1)]


def _json_columns(place: Place, chosen: FileFormat, file: StagedFile, records: int | None) -> list[InferredColumn]:
    kinds: dict[str, SnowflakeType | None] = {}
    for (text,) in _rows(StagedFiles(place, chosen, Needs(1, ()), ""), file, records):
        document = json.loads(text, parse_float=Decimal) if text is not None else None
        if not isinstance(document, dict):
            continue
        for name, value in document.items():
            kinds[name] = _wider(kinds.get(name), _json_type(value))
    return [InferredColumn(name, kind, True) for name, kind in kinds.items()]


def _rows(staged: StagedFiles, file: StagedFile, records: int | None) -> Iterator[tuple[Any, ...]]:
    count = 0
    for chunk in staged.chunks(file):
        if chunk.problems:
            raise chunk.problems[0].error
        for row in zip(*(column.to_pylist() for column in chunk.batch.columns), strict=True):
            if records is not None and count >= records:
                return
            count += 1
            yield row


# --- types of values --------------------------------------------------------------------------------------------------
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d{1,9})?)?")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{1,2}:\d{2}(:\d{2}(\.\d{1,9})?)?")
_ZONED = re.compile(_MOMENT.pattern + r" ?(Z|[-+]\d{2}:?\d{2})")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)")
_FLOAT = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+")
_BOOLEANS = ("true", "false")


def _text_type(text: str) -> SnowflakeType:
    tests: tuple[tuple[bool, Callable[[], SnowflakeType]], ...] = (
        (text.lower() in _BOOLEANS, m.boolean),
        (_NUMBER.fullmatch(text) is not None, lambda: _number_type(Decimal(text))),
        (_FLOAT.fullmatch(text) is not None, m.real),
        (_DATE.fullmatch(text) is not None, m.date),
        (_TIME.fullmatch(text) is not None, m.time),
        (_MOMENT.fullmatch(text) is not None, m.timestamp_ntz),
        (_ZONED.fullmatch(text) is not None, m.timestamp_tz),
    )
    return next((make() for matches, make in tests if matches), m.text())


def _json_type(value: Any) -> SnowflakeType | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return m.boolean()
    if isinstance(value, int | Decimal):
        return _number_type(Decimal(value))
    if isinstance(value, str):
        return m.text() if _NUMBER.fullmatch(value) or value.lower() in _BOOLEANS else _text_type(value)
    return m.object_() if isinstance(value, dict) else m.array()


def _number_type(value: Decimal) -> SnowflakeType:
    """The smallest NUMBER that holds the value; FLOAT when there is none."""
    try:
        _, digits, exponent = value.as_tuple()
        scale = max(0, -int(exponent))
        precision = max(len(digits) + max(0, int(exponent)), scale + 1, 1)
    except (InvalidOperation, ValueError):
        return m.real()
    return m.number(precision, scale) if precision <= 38 else m.real()


def _wider(left: SnowflakeType | None, right: SnowflakeType | None) -> SnowflakeType | None:
    """A type for values of both; NULLs (None) fit in all."""
    if left is None or right is None:
        return left or right
    if left.name == right.name:
        return _wider_number(left, right) if left.name == "FIXED" else left
    names = {left.name, right.name}
    if names == {"FIXED", "REAL"}:
        return m.real()
    if names <= {"DATE", "TIMESTAMP_NTZ"}:
        return m.timestamp_ntz()
    return m.variant() if names & {"OBJECT", "ARRAY", "VARIANT"} else m.text()


def _wider_number(left: SnowflakeType, right: SnowflakeType) -> SnowflakeType:
    scale = max(left.scale or 0, right.scale or 0)
    whole = max((left.precision or 38) - (left.scale or 0), (right.precision or 38) - (right.scale or 0))
    return m.number(whole + scale, scale) if whole + scale <= 38 else m.real()
