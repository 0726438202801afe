"""Parquet, ORC and Avro files as typed columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.stages.file_format import FileFormat
from dw_simulator.emulators.snowflake.types import model
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

BATCH_ROWS = 131_072


@dataclass(frozen=True, slots=True)
class FileColumn:
    """A column of a file: its name, and the type its values have in Snowflake."""

    name: str
    type: SnowflakeType


class TypedFile:
    """A Parquet file that is open for reading."""

    def __init__(self, source: Any, shown: str, file_format: FileFormat) -> None:
        """Raises SnowflakeError 100016 when the file is not Parquet."""
        self._binary_as_text = file_format.get("BINARY_AS_TEXT")
        self._logical = file_format.get("USE_LOGICAL_TYPE")
        try:
            self._file = pq.ParquetFile(source, pre_buffer=True)
        except (pa.ArrowInvalid, OSError) as error:
            raise errors.COPY_FAILED(f"Invalid Parquet file '{shown}': {error}") from error
        self._source = source
        self._shown = shown
        self._fields = [self._target_field(field) for field in self._file.schema_arrow]

    @property
    def columns(self) -> list[FileColumn]:
        return [FileColumn(field.name, snowflake_type(field.type)) for field in self._fields]

    @property
    def rows(self) -> int:
        return int(self._file.metadata.num_rows)

    def batches(self, names: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """The rows; only the columns of ``names`` where given, in that order. Closes the file at the end."""
        wanted = [field for field in self._fields if names is None or field.name in names]
        try:
            for batch in self._file.iter_batches(BATCH_ROWS, columns=[field.name for field in wanted]):
                arrays = [self._convert(batch.column(field.name), field.type) for field in wanted]
                yield pa.RecordBatch.from_arrays(arrays, schema=pa.schema(wanted))
        except (pa.ArrowInvalid, OSError) as error:
            raise errors.COPY_FAILED(f"Invalid Parquet file '{self._shown}': {error}") from error
        finally:
            self.close()

    def close(self) -> None:
        self._source.close()

    def _target_field(self, field: pa.Field) -> pa.Field:
        return pa.field(field.name, self._target(field.type))

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
        if column.type == target:
            return column
        if pa.types.is_timestamp(target) and column.type.tz and target.tz is None:
            column = column.cast(pa.timestamp(column.type.unit, tz="UTC")).cast(pa.timestamp(column.type.unit))
        return column.cast(target, safe=False)


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
