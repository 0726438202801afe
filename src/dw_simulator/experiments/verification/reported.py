"""The defects that a run has put into its tables, as a verification asks for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

Cell = tuple[str | None, str | None]
"""A row's key and a value, as the report writes them."""


class TableDefects:
    """The report of one table."""

    def __init__(self, report: pa.Table) -> None:
        self._report = report

    def _of(self, columns: Collection[str]) -> pa.Table:
        """Cells of these columns (lower case)."""
        names = pc.utf8_lower(self._report["column_name"])
        return self._report.filter(pc.fill_null(pc.is_in(names, pa.array(sorted(columns), pa.string())), False))

    def rows(self, columns: Collection[str]) -> int:
        """How many rows have a defect in one of the columns."""
        return len(self._of(columns)["row_number"].unique())

    def keys(self, columns: Collection[str]) -> set[str | None]:
        """Keys of the rows that have one."""
        return set(self._of(columns)["row_key"].unique().to_pylist())

    @cached_property
    def touched(self) -> frozenset[str]:
        """Columns that have defects, in lower case."""
        return frozenset(pc.utf8_lower(self._report["column_name"].unique().drop_null()).to_pylist())

    @cached_property
    def copies(self) -> Counter[str | None]:
        """How often the row of a key comes besides the first time."""
        return self._whole_rows("duplicate")

    @cached_property
    def late(self) -> Counter[str | None]:
        """Rows that came in the increment of a later day."""
        return self._whole_rows("late")

    def _whole_rows(self, kind: str) -> Counter[str | None]:
        mask = pc.and_(pc.equal(self._report["kind"], kind), pc.is_null(self._report["column_name"]))
        return Counter(self._report.filter(mask)["row_key"].to_pylist())

    def cells(self) -> dict[tuple[str, str], Counter[Cell]]:
        """What was put in, by kind and column."""
        found: dict[tuple[str, str], Counter[Cell]] = {}
        cells = self._report.filter(pc.is_valid(self._report["column_name"]))
        names = ("kind", "column_name", "row_key", "value")
        for kind, column, key, value in zip(*(cells[name].to_pylist() for name in names), strict=True):
            found.setdefault((kind, column), Counter())[key, value] += 1
        return found


Reported = dict[str, TableDefects]
"""By table, in lower case; tables without defects are not there."""


def by_table(parts: Iterable[pa.Table]) -> Reported:
    """A report, table by table."""
    groups: dict[str, list[pa.Table]] = {}
    for part in parts:
        for name in part["table_name"].unique().to_pylist():
            groups.setdefault(name.lower(), []).append(part.filter(pc.equal(part["table_name"], name)))
    return {name: TableDefects(pa.concat_tables(group)) for name, group in groups.items()}
