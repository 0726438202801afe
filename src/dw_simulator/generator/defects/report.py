"""The report of what was put in: one row for each cell that a defect changed, each row that comes twice or late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from dw_simulator.generator import arrays
from dw_simulator.generator.defects.plan import DirtyTablePlan, Found
from dw_simulator.generator.formats import FileFormat, hexadecimal
from dw_simulator.generator.plan import GenerationPlan, TablePlan

SCHEMA = pa.schema(
    [
        pa.field("table_name", pa.string(), nullable=False),
        pa.field("row_number", pa.int64(), nullable=False),
        pa.field("row_key", pa.string()),
        pa.field("column_name", pa.string()),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("original", pa.string()),
        pa.field("value", pa.string()),
    ]
)
"""``row_number`` is the place of the row among those of the table, from 0 on, in the order of the files. ``row_key`` is
the primary key, as it is in the data; the values of one over several columns are joined by ``|``. ``column_name`` is
NULL where the row as a whole is meant (``duplicate``: a second copy; ``late``: ``original`` is the day on which it was
due, ``value`` the one on which it comes)."""

ROWS_AT_ONCE = 1 << 18
"""Rows of a table that are looked through at a time."""


def defects_of(table: TablePlan) -> Iterator[pa.Table]:
    """The report of the rows that the run makes of one table, in their order, a part at a time."""
    if not isinstance(table, DirtyTablePlan):
        return
    for lo in range(table.first, table.rows, ROWS_AT_ONCE):
        parts = [
            part for found in table.defects(lo, min(lo + ROWS_AT_ONCE, table.rows)) for part in _parts(table, found)
        ]
        if parts:
            whole = pa.concat_tables(parts)
            order = pc.sort_indices(whole, [("row_number", "ascending"), ("place", "ascending")])
            yield whole.take(order).drop_columns(["place"])


def report(plan: GenerationPlan) -> Iterator[pa.Table]:
    """The report of a run, table by table."""
    for table in plan.tables:
        yield from defects_of(table)


def count(counts: Counter[tuple[str, str, str | None]], part: pa.Table) -> None:
    """Add the defects of a part of a report."""
    grouped = part.group_by(["table_name", "kind", "column_name"], use_threads=False).aggregate([([], "count_all")])
    for row in grouped.to_pylist():
        counts[row["table_name"], row["kind"], row["column_name"]] += row["count_all"]


def encode(parts: Iterable[pa.Table], form: FileFormat) -> pa.Buffer:
    """One file of a report's parts: CSV where that is the format, Parquet in every other case."""
    sink = pa.BufferOutputStream()
    write(parts, form, sink)
    return sink.getvalue()


def write(parts: Iterable[pa.Table], form: FileFormat, sink: Any) -> int:
    """As :func:`encode`, into a file that is open for writing. Returns the number of rows."""
    rows = 0
    if form is FileFormat.CSV:
        opened: Any = pacsv.CSVWriter(sink, SCHEMA)
    else:
        opened = pq.ParquetWriter(sink, SCHEMA, compression="zstd", store_schema=False)
    with opened as writer:
        for part in parts:
            writer.write_table(part)
            rows += part.num_rows
    return rows


# --- rows -------------------------------------------------------------------------------------------------------------
def _parts(table: DirtyTablePlan, found: Found) -> Iterator[pa.Table]:
    keys = _keys(table, found)
    if found.rows is not None:
        original = value = pa.nulls(len(found.positions), pa.string())
        if found.rows.kind == "late":
            assert table.due is not None
            assert table.delivery is not None
            original, value = table.due(found.rows.rows, table.delivery.delays(found.rows.rows))
        yield _part(table, found.positions, keys, None, found.rows.kind, original, value, 0)
    for cell in found.cells:
        at = pa.array(cell.places)
        positions = found.positions[cell.places]
        texts = cell_texts(cell.old), cell_texts(cell.new)
        name = table.columns[cell.column].name
        yield _part(table, positions, keys.take(at), name, cell.kind, *texts, 1 + cell.column)


def _part(
    table: DirtyTablePlan,
    positions: np.ndarray,
    keys: pa.Array,
    column: str | None,
    kind: str,
    original: pa.Array,
    value: pa.Array,
    place: int,
) -> pa.Table:
    size = len(positions)
    columns = [
        pa.repeat(pa.scalar(table.name, pa.string()), size),
        pa.array(positions, pa.int64()),
        keys,
        pa.repeat(pa.scalar(column, pa.string()), size),
        pa.repeat(pa.scalar(kind, pa.string()), size),
        original,
        value,
        pa.repeat(pa.scalar(place, pa.int32()), size),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA.append(pa.field("place", pa.int32())))


def _keys(table: DirtyTablePlan, found: Found) -> pa.Array:
    if not table.key:
        return pa.nulls(len(found.positions), pa.string())
    return key_texts([found.columns[place] for place in table.key])


def key_texts(columns: list[pa.Array]) -> pa.Array:
    texts = [cell_texts(arrays.plain(column)) for column in columns]
    return texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, "|")


def cell_texts(values: pa.Array) -> pa.Array:
    """Values as texts: bytes hexadecimal, moments as ISO 8601 with a space, NULL as NULL."""
    kind = values.type
    if pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return hexadecimal(values)
    return values.cast(pa.string())
