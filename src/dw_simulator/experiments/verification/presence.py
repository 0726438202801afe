"""Whether every defect of the report is in the warehouse."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow as pa

from dw_simulator.errors import WarehouseSqlError
from dw_simulator.experiments.verification.keyed import as_reported, key_columns, rows_of, selected
from dw_simulator.experiments.verification.report import Check, Rule
from dw_simulator.experiments.verification.reported import Cell, TableDefects
from dw_simulator.schema import Column, Table, Warehouse
from dw_simulator.warehouses.names import table_name

if TYPE_CHECKING:
    from dw_simulator.warehouses.base import Adapter


def presence(adapter: Adapter, table: Table, warehouse: Warehouse, defects: TableDefects) -> Iterator[Check]:
    """A check for each kind and column: the cells that have what was put in, by the keys of their rows.

    Of a table without a primary key any row may have the value, and duplicates are only part of its number of rows.
    """
    began = time.perf_counter()
    wanted = _wanted(table, defects)
    columns = list(dict.fromkeys(column for _, column in wanted))
    key = key_columns(table)
    read = [column for name in columns if (column := table.column(name)) is not None]
    sql = f"SELECT {selected([*key, *read], warehouse)} FROM {table_name(table, warehouse)}"
    seen: dict[str, Counter[Cell]] = {name: Counter() for name in columns}
    rows: Counter[str | None] = Counter()
    failure = None
    try:
        known = {
            name: {cell for (_, column), cells in wanted.items() if column == name for cell in cells}
            for name in columns
        }
        for keys, *values in rows_of(adapter, sql, [key, *([column] for column in read)]):
            rows.update(keys)
            for name, texts in zip(columns, values, strict=True):
                seen[name].update(cell for cell in zip(keys, texts, strict=True) if cell in known[name])
    except (WarehouseSqlError, pa.ArrowException) as error:
        failure = str(error)
    seconds = time.perf_counter() - began
    counts: list[tuple[str, tuple[str, ...], int, int]] = [
        (kind, (column,), cells.total(), sum(min(count, seen[column][cell]) for cell, count in cells.items()))
        for (kind, column), cells in wanted.items()
    ]
    if key:
        for kind, reported in (("duplicate", defects.copies), ("late", defects.late)):
            again = 1 if kind == "duplicate" else 0
            there = sum(min(count, max(rows[one] - again, 0)) for one, count in reported.items())
            if reported:
                counts.append((kind, (), reported.total(), there))
    for kind, names, expected, found in counts:
        yield Check(
            table=table.name,
            rule=Rule.DEFECT,
            columns=list(names),
            ok=failure is None and found == expected,
            violations=0 if failure else expected - found,
            expected=f"{expected} of kind {kind}, as reported",
            actual=f"the check failed: {failure}" if failure else f"{found} are there",
            sql=sql,
            seconds=round(seconds, 4),
        )
        seconds = 0.0


def _wanted(table: Table, defects: TableDefects) -> dict[tuple[str, str], Counter[Cell]]:
    """The report's cells, as the warehouse's are read."""
    found = {}
    key = key_columns(table)
    for (kind, name), cells in defects.cells().items():
        column = table.column(name)
        if column is not None:
            counts: Counter[Cell] = Counter()
            for (one, value), count in cells.items():
                counts[_key(one, key), as_reported(value, column)] += count
            found[kind, name] = counts
    return found


def _key(text: str | None, key: list[Column]) -> str | None:
    return as_reported(text, key[0]) if len(key) == 1 else text
