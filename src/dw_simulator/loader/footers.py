"""Looks at a Parquet file before it is loaded, so that a bad one is named and keeps no other from being loaded."""

from __future__ import annotations

from collections.abc import Sequence

from dw_simulator.errors import WarehouseError
from dw_simulator.loader.incoming import FoundFile
from dw_simulator.schema import Column, Table
from dw_simulator.staging import Stage, parse_s3_uri
from dw_simulator.warehouses.base import IncomingFile


class BadFile(WarehouseError):
    """A file that cannot be loaded as it is."""

    code = "bad_file"


def examine(stage: Stage, table: Table, file: FoundFile) -> IncomingFile:
    """Read the footer of a file for a table.

    Raises:
        BadFile: it is no Parquet file, or its columns are not those of the table.
        StagingError, ServiceUnavailable: it cannot be read now.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    bucket, key = parse_s3_uri(file.uri)
    with stage.open(key, bucket) as source:
        try:
            with pq.ParquetFile(source) as parquet:
                return IncomingFile(
                    uri=file.uri,
                    rows=parquet.metadata.num_rows,
                    size=file.size,
                    etag=file.etag,
                    columns=_columns(table, file, names := [str(name) for name in parquet.schema_arrow.names]),
                    names=tuple(names),
                )
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
            raise BadFile(f"{file.uri} is no Parquet file that can be read: {error}") from error


def _columns(table: Table, file: FoundFile, names: Sequence[str]) -> tuple[Column, ...]:
    """The table's columns in the order of the file. Names are compared without their case."""
    found = [table.column(name) for name in names]
    unknown = [name for name, column in zip(names, found, strict=True) if column is None]
    columns = tuple(column for column in found if column is not None)
    twice = sorted({column.name for column in columns if columns.count(column) > 1})
    given = {column.name for column in columns}
    needed = [column.name for column in table.columns if column.name not in given and _must_be_given(table, column)]
    problems = [
        f"{said} {', '.join(them)}"
        for said, them in (
            ("the table has no column", unknown),
            ("the file lacks the column", needed),
            ("the file has twice the column", twice),
        )
        if them
    ]
    if problems:
        raise BadFile(
            f"{file.uri} does not fit table {table.name}: {'; '.join(problems)}",
            hint=f"the table's columns are: {', '.join(column.name for column in table.columns)}",
        )
    return columns


def _must_be_given(table: Table, column: Column) -> bool:
    in_key = column.name.lower() in {name.lower() for name in table.primary_key}
    return (column.required or in_key) and column.default is None and column.identity is None
