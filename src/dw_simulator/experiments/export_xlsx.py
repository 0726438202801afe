"""Writes a query's result as an Excel workbook of one sheet, row by row.

Texts are written as texts, whatever they begin with: none becomes a formula or a link. What Excel cannot hold as it is
becomes text: numbers of more than 15 digits, dates before 1900, NaN. Timestamps with a zone are in UTC. Limits:
"Excel specifications and limits" in Microsoft's support pages.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from dw_simulator.errors import ExportError

if TYPE_CHECKING:
    from dw_simulator.warehouses.base import QueryResult

MOST_ROWS = 1_048_575
"""Rows besides the one with the names."""
MOST_COLUMNS = 16_384
MOST_CHARACTERS = 32_767
_EXACT_DIGITS = 15
_FIRST_INEXACT = 1_000_000_000_000_000
_FIRST_DAY = dt.date(1900, 1, 1)
_FORMATS = {"date": "yyyy-mm-dd", "time": "hh:mm:ss.000", "moment": "yyyy-mm-dd hh:mm:ss.000"}

Writer = Callable[[int, int, Any], int]


def write_xlsx(result: QueryResult, stream: IO[bytes], *, scratch: Path | None = None) -> int:
    """Write every row. Returns their number. Nothing is written to ``stream`` before all of them were read.

    ``scratch``: the folder for the rows until then [the system's].

    Raises:
        ExportError: the result does not fit a sheet.
    """
    import xlsxwriter

    if len(result.columns) > MOST_COLUMNS:
        raise ExportError(f"a sheet has {MOST_COLUMNS:,} columns at most, the result {len(result.columns):,}")
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
        "tmpdir": None if scratch is None else str(scratch),
    }
    book = xlsxwriter.Workbook(stream, options)
    try:
        rows = _write_rows(result, book)
    except BaseException:
        _throw_away(book)
        raise
    book.close()
    return rows


def _write_rows(result: QueryResult, book: Any) -> int:
    sheet = book.add_worksheet("Result")
    bold = book.add_format({"bold": True})
    formats = {name: book.add_format({"num_format": pattern}) for name, pattern in _FORMATS.items()}
    for index, column in enumerate(result.columns):
        sheet.write_string(0, index, _short(column.name, "the name of a column"), bold)
    sheet.freeze_panes(1, 0)
    rows = 0
    for batch in result.batches:
        if rows + batch.num_rows > MOST_ROWS:
            raise ExportError(
                f"the result has more than {MOST_ROWS:,} rows, the most that an Excel sheet holds",
                hint="export it as parquet or csv, or ask for fewer rows: LIMIT",
            )
        columns = [array.to_pylist() for array in batch.columns]
        for row in zip(*columns, strict=True):
            rows += 1
            for index, value in enumerate(row):
                if value is not None:
                    _write(sheet, rows, index, value, formats)
    return rows


def _write(sheet: Any, row: int, column: int, value: Any, formats: dict[str, Any]) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float | Decimal):
        if _is_exact(value):
            sheet.write_number(row, column, value)
        else:
            sheet.write_string(row, column, _text(value))
    elif isinstance(value, dt.datetime) and value.date() >= _FIRST_DAY:
        plain = value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value
        sheet.write_datetime(row, column, plain, formats["moment"])
    elif isinstance(value, dt.date) and not isinstance(value, dt.datetime) and value >= _FIRST_DAY:
        sheet.write_datetime(row, column, value, formats["date"])
    elif isinstance(value, dt.time):
        sheet.write_datetime(row, column, value, formats["time"])
    else:
        sheet.write_string(row, column, _short(_text(value), f"row {row:,}, column {column + 1:,}"))


def _is_exact(value: float | Decimal) -> bool:
    """Whether Excel, which has doubles and shows 15 digits, holds the number as it is."""
    if isinstance(value, int):
        return abs(value) < _FIRST_INEXACT
    if isinstance(value, float):
        return math.isfinite(value)
    digits = value.normalize().as_tuple().digits
    return value.is_finite() and len(digits) <= _EXACT_DIGITS


def _text(value: Any) -> str:
    import json

    from dw_simulator.experiments.export import json_value

    plain = f"{value:f}" if isinstance(value, Decimal) else json_value(value)
    return json.dumps(plain, ensure_ascii=False) if isinstance(plain, list | dict) else str(plain)


def _short(text: str, place: str) -> str:
    if len(text) > MOST_CHARACTERS:
        raise ExportError(
            f"{place} has {len(text):,} characters, and a cell of Excel holds {MOST_CHARACTERS:,}",
            hint="export it as parquet or csv, or cut the text: LEFT(…)",
        )
    return text


def _throw_away(book: Any) -> None:
    """Free the rows that a workbook keeps on the disk, without writing it."""
    for sheet in book.worksheets():
        if sheet.row_data_fh is not None:
            sheet.row_data_fh.close()
            Path(sheet.row_data_filename).unlink(missing_ok=True)
    book.fileclosed = True
