"""Parquet and ORC: columns by position, types that must fit. Source: "COPY from columnar data formats"."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import orc

from dw_simulator.emulators.common.objects import ObjectStore
from dw_simulator.emulators.redshift.copy.copy_command import CopyOptions
from dw_simulator.emulators.redshift.copy.errors import scan_error
from dw_simulator.emulators.redshift.copy.files import InputFile
from dw_simulator.emulators.redshift.copy.target import Target, TargetColumn

BATCH_ROWS = 65_536

_INCOMPATIBLE = 15001
_TOO_LONG = 15007

_SHOWN = {
    "int2": "SMALLINT",
    "int4": "INT",
    "int8": "BIGINT",
    "numeric": "DECIMAL",
    "float4": "REAL",
    "float8": "DOUBLE",
}
_WIDTHS = {"int2": 16, "int4": 32, "int8": 64}


def read_columnar(
    store: ObjectStore, file: InputFile, target: Target, options: CopyOptions
) -> Iterator[pa.RecordBatch]:
    """The rows of a file as batches of the target's Arrow types.

    Raises:
        RedshiftError: it is no such file, or its columns do not fit the table's.
        ObjectStoreError: S3 refused.
    """
    try:
        with store.open(file.bucket, file.key) as source:
            names, batches = _OPENERS[options.format](source)
            _check_count(len(names), target, file, options)
            for batch in batches:
                yield _convert_batch(batch, target, file, options)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        if isinstance(error, OSError) and not isinstance(error, pa.ArrowException) and error.errno is not None:
            raise
        raise scan_error(_INCOMPATIBLE, f"File '{file.uri}' cannot be read as {options.format}: {error}") from error


def _open_parquet(source: pa.NativeFile) -> tuple[list[str], Iterator[pa.RecordBatch]]:
    parquet = pq.ParquetFile(source)
    # One thread: several files are read at a time already.
    return parquet.schema_arrow.names, parquet.iter_batches(BATCH_ROWS, use_threads=False)


def _open_orc(source: pa.NativeFile) -> tuple[list[str], Iterator[pa.RecordBatch]]:
    file = orc.ORCFile(source)
    stripes = (file.read_stripe(index) for index in range(file.nstripes))
    return file.schema.names, (piece for stripe in stripes for piece in _slices(stripe))


def _slices(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    for start in range(0, batch.num_rows, BATCH_ROWS):
        yield batch.slice(start, BATCH_ROWS)


_OPENERS: dict[str, Callable[[pa.NativeFile], tuple[list[str], Iterator[pa.RecordBatch]]]] = {
    "parquet": _open_parquet,
    "orc": _open_orc,
}


def _check_count(count: int, target: Target, file: InputFile, options: CopyOptions) -> None:
    expected = len(target.columns)
    if count > expected or (count < expected and not options.fill_record):
        raise scan_error(
            _INCOMPATIBLE,
            "Unmatched number of columns between table and file."
            f" Table columns: {expected}, Data columns: {count}, File name: {file.uri}",
        )


def _convert_batch(batch: pa.RecordBatch, target: Target, file: InputFile, options: CopyOptions) -> pa.RecordBatch:
    arrays = []
    for index, column in enumerate(target.columns):
        if index < batch.num_columns:
            arrays.append(convert(batch.column(index), column, batch.schema.field(index), file, options))
        else:
            arrays.append(pa.nulls(batch.num_rows, column.arrow_type))
    return pa.RecordBatch.from_arrays(arrays, names=[column.name for column in target.columns])


def convert(array: pa.Array, column: TargetColumn, field: pa.Field, file: InputFile, options: CopyOptions) -> pa.Array:
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    source = array.type
    if column.type == "super":
        return _to_super(array, column, field, file, options)
    if column.type == "numeric" and pa.types.is_decimal(source):
        # PostgreSQL rounds to the column's scale and checks its precision.
        return array if pa.types.is_decimal128(source) else array.cast(pa.decimal128(source.precision, source.scale))
    if not _fits(source, column.type):
        raise _incompatible(column, field, file)
    if array.type != column.arrow_type:
        array = pc.cast(array, column.arrow_type, safe=not pa.types.is_temporal(source))
    if column.length and (column.is_text or column.type == "bytea"):
        _check_length(array, column, file)
    return array


def _fits(source: pa.DataType, target: str) -> bool:
    if target in _WIDTHS:
        return bool(pa.types.is_integer(source) and source.bit_width <= _WIDTHS[target])
    test = _TESTS.get(target)
    return test is not None and bool(test(source))


def _is_text(source: pa.DataType) -> bool:
    # Files of old writers do not mark text as UTF-8.
    return any(
        test(source)
        for test in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_binary)
    )


_TESTS: dict[str, Callable[[pa.DataType], bool]] = {
    "bool": pa.types.is_boolean,
    "float4": pa.types.is_float32,
    "float8": pa.types.is_floating,
    "date": pa.types.is_date,
    "time": pa.types.is_time,
    "timestamp": pa.types.is_timestamp,
    "timestamptz": pa.types.is_timestamp,
    "varchar": _is_text,
    "bpchar": _is_text,
    "text": _is_text,
    "bytea": lambda source: pa.types.is_binary(source) or pa.types.is_fixed_size_binary(source) or _is_text(source),
}


def _incompatible(column: TargetColumn, field: pa.Field, file: InputFile) -> Exception:
    kind = _SHOWN.get(column.type, column.type.upper())
    nullable = "optional" if field.nullable else "required"
    return scan_error(
        _INCOMPATIBLE,
        f"File '{file.uri}' has an incompatible Parquet schema for column '{file.uri}.{column.name}'."
        f" Column type: {kind}, Parquet schema:\n{nullable} {field.type} {field.name}",
    )


def _check_length(array: pa.Array, column: TargetColumn, file: InputFile) -> None:
    longest = pc.max(pc.binary_length(array)).as_py()
    if longest is not None and longest > column.length:
        raise scan_error(
            _TOO_LONG,
            f"The length of the data column {column.name} is longer than the length defined in the table."
            f" Table: {column.length}, Data: {longest}, File name: {file.uri}",
        )


def _to_super(
    array: pa.Array, column: TargetColumn, field: pa.Field, file: InputFile, options: CopyOptions
) -> pa.Array:
    """Scalars become SUPER scalars (a string stays a string); nested values need SERIALIZETOJSON."""
    if pa.types.is_nested(array.type) and not options.serialize_to_json:
        raise _incompatible(column, field, file)
    values = [None if value is None else dump_json(value) for value in array.to_pylist()]
    return pa.array(values, pa.string())


def dump_json(value: object) -> str:
    """JSON without blanks, as SUPER is kept; dates, times and decimals as their text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
