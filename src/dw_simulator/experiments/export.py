"""Writes a query's result to a file or a stream, batch by batch: CSV, JSON, JSON lines, Parquet, Excel."""

from __future__ import annotations

import base64
import datetime as dt
import decimal
import json
import math
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from dw_simulator.errors import ConfigError

if TYPE_CHECKING:
    from dw_simulator.warehouses.base import QueryResult, ResultColumn


class ExportFormat(StrEnum):
    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"
    PARQUET = "parquet"
    XLSX = "xlsx"


def format_of(path: Path) -> ExportFormat:
    """The format a file's suffix stands for. Raises ConfigError for another."""
    try:
        return ExportFormat(path.suffix.lstrip(".").lower())
    except ValueError as error:
        known = ", ".join(f".{member}" for member in ExportFormat)
        raise ConfigError(
            f"cannot tell the format of {path.name!r}", hint=f"use one of {known}, or --format"
        ) from error


def write_result(result: QueryResult, form: ExportFormat, stream: IO[bytes], *, scratch: Path | None = None) -> int:
    """Write every row of ``result`` to a binary stream. Returns the number of rows.

    ``scratch``: a folder for what must be put aside on the way.

    Raises:
        ExportError: the result does not fit the format.
    """
    if form is ExportFormat.XLSX:
        from dw_simulator.experiments.export_xlsx import write_xlsx

        return write_xlsx(result, stream, scratch=scratch)
    return {
        ExportFormat.CSV: _write_csv,
        ExportFormat.JSON: _write_json,
        ExportFormat.JSONL: _write_jsonl,
        ExportFormat.PARQUET: _write_parquet,
    }[form](result, stream)


def export_file(result: QueryResult, form: ExportFormat, path: Path) -> int:
    """Write ``result`` to a file, which appears only when it is complete. Returns the number of rows.

    A device or a pipe (``/dev/stdout``, a FIFO) is written to as it is: renaming a file over it would replace it.
    """
    if path.exists() and not path.is_file():
        return _export_in_place(result, form, path)
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("wb") as stream:
            rows = write_result(result, form, stream)
        partial.replace(path)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return rows


def _export_in_place(result: QueryResult, form: ExportFormat, path: Path) -> int:
    try:
        with path.open("wb") as stream:
            return write_result(result, form, stream)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror or error}") from error


def _write_csv(result: QueryResult, stream: IO[bytes]) -> int:
    import csv
    import io

    rows = 0
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in result.columns])
    for batch in result.batches:
        rows += batch.num_rows
        writer.writerows(zip(*[map(_csv_value, column.to_pylist()) for column in batch.columns], strict=True))
        stream.write(text.getvalue().encode())
        text.seek(0)
        text.truncate()
    stream.write(text.getvalue().encode())
    return rows


def _csv_value(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, str | int | decimal.Decimal):
        return value
    plain = json_value(value)
    return json.dumps(plain, ensure_ascii=False) if isinstance(plain, list | dict) else plain


def unique_names(result: QueryResult) -> list[str]:
    """The names of the columns, numbered where one was there before: ``id``, ``id_2``."""
    found: list[str] = []
    taken = {column.name for column in result.columns}
    for column in result.columns:
        name, number = column.name, 2
        while name in found or (number > 2 and name in taken):
            name, number = f"{column.name}_{number}", number + 1
        found.append(name)
    return found


def _json_rows(result: QueryResult) -> Iterator[list[str]]:
    names = [json.dumps(name, ensure_ascii=False) for name in unique_names(result)]
    texts = [_nested_text if is_nested(column) else _json_text for column in result.columns]
    for batch in result.batches:
        columns = [map(text, column.to_pylist()) for text, column in zip(texts, batch.columns, strict=True)]
        yield [
            "{" + ", ".join(f"{name}: {value}" for name, value in zip(names, row, strict=True)) + "}"
            for row in zip(*columns, strict=True)
        ]


def is_nested(column: ResultColumn) -> bool:
    """Whether the values of a column are semi-structured: JSON, as text."""
    return column.type.lower() in ("super", "variant", "object", "array", "map", "vector")


def _nested_text(value: Any) -> str:
    """A semi-structured value, which comes as JSON, is nested as it is."""
    import orjson

    try:
        orjson.loads(value)
    except ValueError:
        return _json_text(value)
    return " ".join(str(value).splitlines())


def _json_text(value: Any) -> str:
    """JSON of one value; a decimal is a number with all its digits."""
    if isinstance(value, decimal.Decimal) and value.is_finite():
        return f"{value:f}"
    return json.dumps(json_value(value), ensure_ascii=False)


def _write_json(result: QueryResult, stream: IO[bytes]) -> int:
    rows = 0
    stream.write(b"[")
    for lines in _json_rows(result):
        for line in lines:
            stream.write(b",\n " if rows else b"\n ")
            stream.write(line.encode())
            rows += 1
    stream.write(b"\n]\n" if rows else b"]\n")
    return rows


def _write_jsonl(result: QueryResult, stream: IO[bytes]) -> int:
    rows = 0
    for lines in _json_rows(result):
        rows += len(lines)
        if lines:
            stream.write(("\n".join(lines) + "\n").encode())
    return rows


def _write_parquet(result: QueryResult, stream: IO[bytes]) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = 0
    names = unique_names(result)
    fields = [field.with_name(name) for field, name in zip(result.schema, names, strict=True)]
    schema = pa.schema(fields, result.schema.metadata)
    with pq.ParquetWriter(stream, schema, compression="zstd") as writer:
        for batch in result.batches:
            rows += batch.num_rows
            writer.write_batch(pa.record_batch(batch.columns, schema=schema))
    return rows


def json_value(value: Any) -> Any:
    """A value as JSON libraries take it: moments as ISO 8601 text, bytes as base64; decimals (exact), NaN and
    infinities as text."""
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, dt.date | dt.time | dt.datetime):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, list | tuple):
        return [json_value(item) for item in value]
    if isinstance(value, dict):
        return {key: json_value(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):  # JSON has no such numbers
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


__all__ = ["ExportFormat", "export_file", "format_of", "json_value", "write_result"]
