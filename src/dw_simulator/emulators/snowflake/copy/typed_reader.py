"""Parquet, ORC and Avro files as typed columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

import pyarrow as pa
import pyarrow.parquet as pq

from dw_simulator.emulators.snowflake import compute as pc
from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.copy.avro_reader import AvroFile
from dw_simulator.emulators.snowflake.stages.file_format import FileFormat
from dw_simulator.emulators.snowflake.types import model
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

BATCH_ROWS = 131_072


TYPED = ("PARQUET", "ORC", "AVRO")
"""Types of files that say the types of their columns."""


@dataclass(frozen=True, slots=True)
class FileColumn:
    """A column of a file: its name, and the type its values have in Snowflake."""

    name: str
    type: SnowflakeType


class _Source(Protocol):
    """A file of one format: its columns, and its rows in batches of those of ``names``."""

    @property
    def fields(self) -> Sequence[pa.Field]: ...

    def batches(self, names: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]: ...


class _Parquet:
    def __init__(self, source: Any) -> None:
        self._file = pq.ParquetFile(source, pre_buffer=True)
        self.fields = list(self._file.schema_arrow)

    def batches(self, names: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
        return cast("Iterator[pa.RecordBatch]", self._file.iter_batches(rows, columns=list(names)))


class _Orc:
    def __init__(self, source: Any) -> None:
        from pyarrow import orc

        self._file = orc.ORCFile(pa.PythonFile(source, mode="r"))
        self.fields = list(self._file.schema)

    def batches(self, names: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
        for index in range(self._file.nstripes):
            stripe = self._file.read_stripe(index, columns=list(names))
            for start in range(0, stripe.num_rows, rows):
                yield stripe.slice(start, rows)


def _open(source: Any, shown: str, kind: str) -> _Source:
    try:
        return _Parquet(source) if kind == "PARQUET" else _Orc(source) if kind == "ORC" else AvroFile(source, shown)
    except (pa.ArrowInvalid, OSError) as error:
        raise errors.COPY_FAILED(f"Invalid {kind.capitalize()} file '{shown}': {error}") from error


class TypedFile:
    """A Parquet, ORC or Avro file that is open for reading."""

    def __init__(self, source: Any, shown: str, file_format: FileFormat) -> None:
        """Raises SnowflakeError 100016 when the file is not of its format."""
        self._kind = file_format.type
        parquet = self._kind == "PARQUET"
        self._binary_as_text = parquet and file_format.get("BINARY_AS_TEXT")
        self._logical = not parquet or file_format.get("USE_LOGICAL_TYPE")
        self._trim = file_format.get("TRIM_SPACE")
        self._null_if = file_format.get("NULL_IF")
        self._source = source
        self._shown = shown
        try:
            self._file = _open(source, shown, self._kind)
        except errors.SnowflakeError:
            self.close()
            raise
        self._fields = [self._target_field(field) for field in self._file.fields]

    @property
    def columns(self) -> list[FileColumn]:
        return [FileColumn(f.name, snowflake_type(f.type).with_nullable(f.nullable)) for f in self._fields]

    def batches(self, names: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """The rows; only the columns of ``names`` where given, in that order. Closes the file at the end."""
        wanted = [field for field in self._fields if names is None or field.name in names]
        try:
            for batch in self._file.batches([field.name for field in wanted], BATCH_ROWS):
                arrays = [self._convert(batch.column(field.name), field.type) for field in wanted]
                if arrays:
                    yield pa.RecordBatch.from_arrays(arrays, names=[field.name for field in wanted])
                else:
                    yield batch
        except (pa.ArrowInvalid, OSError) as error:
            raise errors.COPY_FAILED(f"Invalid {self._kind.capitalize()} file '{self._shown}': {error}") from error
        finally:
            self.close()

    def close(self) -> None:
        self._source.close()

    def _target_field(self, field: pa.Field) -> pa.Field:
        return pa.field(field.name, self._target(field.type), field.nullable)

    def _target(self, kind: pa.DataType) -> pa.DataType:
        if pa.types.is_dictionary(kind):
            return self._target(kind.value_type)
        if pa.types.is_timestamp(kind):
            return pa.timestamp("us", tz="UTC" if kind.tz and self._logical else None)
        if pa.types.is_time(kind):
            return pa.time64("us")
        if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
            return pa.string() if self._binary_as_text else pa.binary()
        if pa.types.is_large_string(kind) or pa.types.is_null(kind):
            return pa.string()
        if pa.types.is_floating(kind):
            return pa.float64()
        if pa.types.is_uint64(kind):
            return pa.decimal128(20, 0)
        return kind

    def _convert(self, column: pa.Array, target: pa.DataType) -> pa.Array:
        if pa.types.is_nested(target):
            return column
        converted = self._cast(column, target)
        return self._cleaned(converted) if pa.types.is_string(target) else converted

    def _cleaned(self, column: pa.Array) -> pa.Array:
        """TRIM_SPACE and NULL_IF, which texts are asked for."""
        if self._trim:
            column = pc.utf8_trim_whitespace(column)
        if self._null_if:
            hit = pc.is_in(column, value_set=pa.array(self._null_if, pa.string()))
            column = pc.if_else(hit, pa.scalar(None, pa.string()), column)
        return column

    def _cast(self, column: pa.Array, target: pa.DataType) -> pa.Array:
        if column.type == target:
            return column
        if pa.types.is_timestamp(target) and column.type.tz and target.tz is None:
            column = column.cast(pa.timestamp(column.type.unit, tz="UTC")).cast(pa.timestamp(column.type.unit))
        if not (pa.types.is_string(target) and self._binary_as_text):
            return column.cast(target, safe=False)
        try:
            return column.cast(target)  # which checks that bytes are UTF-8
        except pa.ArrowInvalid as error:
            raise errors.INVALID_UTF8(_first_bad(column)) from error


def _first_bad(column: pa.Array) -> str:
    """The first value of bytes that are no UTF-8, as Snowflake shows it."""
    for value in column.to_pylist():
        try:
            value.decode() if isinstance(value, bytes) else None
        except UnicodeDecodeError:
            return "".join(chr(byte) if 32 <= byte < 127 else f"0x{byte:02X}" for byte in value)
    return ""


def snowflake_type(kind: pa.DataType) -> SnowflakeType:
    """What values of an Arrow type are in Snowflake; nested ones are VARIANT."""
    if pa.types.is_boolean(kind):
        return model.boolean()
    if pa.types.is_integer(kind):
        return model.number(_DIGITS[kind.bit_width], 0)
    if pa.types.is_decimal(kind):
        return model.number(kind.precision, kind.scale)
    if pa.types.is_floating(kind):
        return model.real()
    if pa.types.is_date(kind):
        return model.date()
    if pa.types.is_time(kind):
        return model.time(6)
    if pa.types.is_timestamp(kind):
        return model.timestamp_ltz(6) if kind.tz else model.timestamp_ntz(6)
    if pa.types.is_binary(kind):
        return model.binary()
    if pa.types.is_string(kind):
        return model.text()
    return model.variant()


_DIGITS = {8: 3, 16: 5, 32: 10, 64: 19}
