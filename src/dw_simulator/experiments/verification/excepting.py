"""Rules that defects break on purpose, checked on the rows that have none."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dw_simulator.experiments.verification.keyed import key_columns, rows_of, selected
from dw_simulator.experiments.verification.report import Promise, Rule
from dw_simulator.experiments.verification.reported import Reported, TableDefects
from dw_simulator.schema import Column, Experiment, Table, Warehouse
from dw_simulator.schema.resolve import names_of, reference_of
from dw_simulator.warehouses.names import column_name, table_name

if TYPE_CHECKING:
    from dw_simulator.warehouses.base import Adapter

_OF_A_ROW = {
    Rule.NOT_NULL: "",
    Rule.RANGE: "",
    Rule.VALUES: "",
    Rule.LENGTH: "",
    Rule.FOREIGN_KEY: "c.",
    Rule.EXPRESSION: "c.",
    Rule.ORDER: "c.",
    Rule.CONDITION: "c.",
    Rule.LOOKUP: "c.",
}
"""Rules of which every row keeps or breaks its own, and what stands before the table's columns in their statements."""

_COUNTING = "SELECT COUNT(*) FROM "


@dataclass(frozen=True, slots=True)
class Excepted:
    """What is left of the rows that break a rule: ``violations`` without those that were to. ``rows`` were not looked
    at; ``said`` is for people."""

    violations: int
    rows: int
    said: str


class Exceptions:
    """The defects of an experiment in one warehouse."""

    def __init__(self, experiment: Experiment, warehouse: Warehouse, reported: Reported) -> None:
        self._experiment, self._warehouse, self._reported = experiment, warehouse, reported

    def of(self, adapter: Adapter, table: Table, promise: Promise, found: int) -> Excepted | None:
        """``found`` rows break the promise, or so many break it at all. None where no defect has to do with it.

        Raises:
            WarehouseSqlError, pa.ArrowException: the rows that break it could not be listed.
        """
        if promise.rule is Rule.ROW_COUNT:
            return None
        defects = self._reported.get(table.name.lower())
        reads, elsewhere = self._reads(table, promise)
        own = reads & defects.touched if defects is not None else set()
        if promise.rule in (Rule.PRIMARY_KEY, Rule.UNIQUE):
            if defects is None or not (own or defects.copies):
                return None
            return self._unique(adapter, table, promise, found, defects, own)
        if promise.rule in _OF_A_ROW:
            if not own and not elsewhere:
                return None
            return self._rows(adapter, table, promise, found, defects, own, elsewhere)
        if own or elsewhere or (defects is not None and defects.copies):
            rows = defects.rows(own) + defects.copies.total() if defects is not None else 0
            return Excepted(0, rows, f"not checked: defects of {elsewhere or table.name} change it")
        return None

    def _reads(self, table: Table, promise: Promise) -> tuple[set[str], str]:
        """The table's columns that the promise is about, in lower case; another table whose defects may break it."""
        own = {name.lower() for name in promise.columns}
        elsewhere = ""
        for name in promise.columns:
            column = table.column(name)
            if column is None:
                continue
            if promise.rule is Rule.ROLLUP and column.rollup is not None:
                elsewhere = column.rollup.table if column.rollup.table.lower() in self._reported else elsewhere
            if promise.rule in (Rule.EXPRESSION, Rule.ORDER, Rule.CONDITION):
                for read in names_of(column):
                    own.add((read.through or read.column).lower())
                    if read.through is not None:
                        elsewhere = self._parent_with_defects(table, read.through, read.column) or elsewhere
        return own, elsewhere

    def _parent_with_defects(self, table: Table, through: str, column: str) -> str:
        key = table.column(through)
        reference = reference_of(self._experiment, table, key) if key is not None else None
        defects = self._reported.get(reference.parent.lower()) if reference is not None else None
        if reference is None or defects is None or column.lower() not in defects.touched:
            return ""
        return reference.parent

    # --- rows that break a rule -----------------------------------------------------------------------------------
    def _rows(
        self,
        adapter: Adapter,
        table: Table,
        promise: Promise,
        found: int,
        defects: TableDefects | None,
        own: set[str],
        elsewhere: str,
    ) -> Excepted:
        rows = defects.rows(own) if defects is not None else 0
        key = key_columns(table)
        rest = found
        if found and not key:
            rest = max(found - rows, 0)
        elif found:
            alias = _OF_A_ROW[promise.rule]
            sql = f"SELECT {selected(key, self._warehouse, alias)} FROM {promise.sql.removeprefix(_COUNTING)}"
            known = defects.keys(own) if defects is not None else set()
            rest = sum(one not in known for (keys,) in rows_of(adapter, sql, [key]) for one in keys)
        if rest and elsewhere:
            return Excepted(0, rows, f"{rest} rows break it, as defects of {elsewhere} may make them")
        return Excepted(rest, rows, _said(rest, rows))

    def _unique(
        self, adapter: Adapter, table: Table, promise: Promise, found: int, defects: TableDefects, own: set[str]
    ) -> Excepted:
        rows = defects.rows(own) + defects.copies.total()
        key = key_columns(table)
        rest = found
        if found and not key:
            rest = max(found - rows, 0)
        elif found:
            known, rest = defects.keys(own), 0
            for keys in self._repeated(adapter, table, promise, key).values():
                left = sum(
                    count - min(defects.copies[one], count - 1) for one, count in keys.items() if one not in known
                )
                rest += max(left - 1, 0)
        return Excepted(rest, rows, _said(rest, rows))

    def _repeated(
        self, adapter: Adapter, table: Table, promise: Promise, key: list[Column]
    ) -> dict[str | None, Counter[str | None]]:
        """The rows of each value that comes twice, by their keys."""
        group = [column for name in promise.columns if (column := table.column(name)) is not None]
        name, names = table_name(table, self._warehouse), [column_name(column, self._warehouse) for column in group]
        pairs = " AND ".join(f"c.{one} = d.{one}" for one in names)
        twice = f"SELECT {', '.join(names)} FROM {name} GROUP BY {', '.join(names)} HAVING COUNT(*) > 1"
        sql = (
            f"SELECT {selected(key, self._warehouse, 'c.')}, {selected(group, self._warehouse, 'c.')} FROM {name} AS c"
            f" JOIN ({twice}) AS d ON {pairs}"
        )
        found: dict[str | None, Counter[str | None]] = {}
        for keys, values in rows_of(adapter, sql, [key, group]):
            for one, value in zip(keys, values, strict=True):
                found.setdefault(value, Counter())[one] += 1
        return found


def _said(rest: int, rows: int) -> str:
    what = f"{rest} other rows break it" if rest else "no other row breaks it"
    return f"{what}; {rows} have defects put in"
