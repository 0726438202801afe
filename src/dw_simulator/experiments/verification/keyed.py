"""Values that a warehouse gives as the texts that the report of defects has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from dw_simulator.generator.defects.report import cell_texts
from dw_simulator.generator.design import declared_type
from dw_simulator.schema import Column, DataType, Table, Warehouse
from dw_simulator.warehouses.names import column_name

if TYPE_CHECKING:
    from dw_simulator.warehouses.base import Adapter

_OPAQUE = "(a value)"
"""For JSON and bytes, which warehouses write in their own ways."""


def key_columns(table: Table) -> list[Column]:
    return [column for name in table.primary_key if (column := table.column(name)) is not None]


def selected(columns: Sequence[Column], warehouse: Warehouse, alias: str = "") -> str:
    """``c.id, c.line_no``; a constant where there are none."""
    return ", ".join(f"{alias}{column_name(column, warehouse)}" for column in columns) or "1"


def rows_of(adapter: Adapter, sql: str, groups: Sequence[Sequence[Column]]) -> Iterator[list[list[str | None]]]:
    """The result of a statement that gives the columns of each group in turn, batch by batch: for each group the
    texts of its rows, several columns joined by ``|``.

    Raises:
        WarehouseSqlError: the statement failed.
        pa.ArrowException: a value is not of the column's type.
    """
    with adapter.query(sql) as result:
        for batch in result.batches:
            place, found = 0, []
            for group in groups:
                texts = [texts_of(batch.column(place + at), column) for at, column in enumerate(group)]
                found.append(_joined(texts, batch.num_rows))
                place += len(group)
            yield found


def _joined(texts: list[pa.Array], rows: int) -> list[str | None]:
    if not texts:
        return [None] * rows
    joined = texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, "|")
    values: list[str | None] = joined.to_pylist()
    return values


def texts_of(values: pa.Array, column: Column) -> pa.Array:
    if column.data_type in (DataType.JSON, DataType.BINARY):
        return pc.if_else(values.is_valid(), _OPAQUE, None)
    kind = declared_type(column)
    if pa.types.is_decimal(kind):
        kind = pa.decimal128(kind.precision, kind.scale)
    if values.type != kind:
        values = _read(values, kind)
    texts = cell_texts(values)
    return pc.utf8_rtrim(texts, " ") if column.data_type is DataType.CHAR else texts


def _read(values: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_integer(values.type) and pa.types.is_decimal(kind):
        values = values.cast(pa.decimal128(38, 0)).cast(pa.decimal128(38, kind.scale))
    if pa.types.is_string(values.type) and pa.types.is_timestamp(kind):
        values = pc.replace_substring(values, "+00:00", "Z" if kind.tz else "")
    if pa.types.is_string(values.type) and pa.types.is_time(kind):  # which Arrow reads as part of a moment only
        values = pc.binary_join_element_wise("1970-01-01", values, " ").cast(pa.timestamp("us"))
    return values.cast(kind)


def as_reported(text: str | None, column: Column) -> str | None:
    """A value of the report as :func:`texts_of` writes it."""
    if text is None:
        return None
    if column.data_type in (DataType.JSON, DataType.BINARY):
        return _OPAQUE
    return text.rstrip(" ") if column.data_type is DataType.CHAR else text
