"""What a schema promises of its tables, as statements that count the rows which break it.

Statements are for a session whose current namespace is the experiment's, as the query commands have it, so that users
can run them as they are.
"""

from __future__ import annotations

from collections.abc import Iterator

from dw_simulator.experiments.verification.literals import moment, number, value
from dw_simulator.experiments.verification.relations import relations
from dw_simulator.experiments.verification.report import Promise, Rule
from dw_simulator.experiments.verification.versions import versions
from dw_simulator.schema import Column, DataType, Experiment, Table, Warehouse
from dw_simulator.schema.checks.growth import growth_of, last_day
from dw_simulator.schema.checks.values import read_moment
from dw_simulator.schema.distributions import Categorical, Histogram
from dw_simulator.warehouses.names import column_name, table_name

LONGEST_LIST = 10_000
"""Values in one NOT IN; Snowflake takes 16,384 expressions in a list."""


def promises(experiment: Experiment, table: Table, warehouse: Warehouse, rows: int) -> Iterator[Promise]:
    """All that can be checked of one table. ``rows`` were loaded."""
    writer = _Writer(experiment, table, warehouse)
    yield Promise(Rule.ROW_COUNT, (), f"{rows} rows", f"SELECT COUNT(*) FROM {writer.name}")
    key = {name.lower() for name in table.primary_key}
    for column in table.columns:
        if column.required or column.name.lower() in key:
            yield writer.where(Rule.NOT_NULL, column, "no NULL", f"{writer.column(column)} IS NULL")
    for group in table.unique_groups():
        rule = Rule.PRIMARY_KEY if {name.lower() for name in group} == key else Rule.UNIQUE
        yield writer.unique(rule, group)
    for reference in experiment.references():
        parent = experiment.table(reference.parent)
        if reference.table.lower() == table.name.lower() and parent is not None:
            yield writer.foreign_key(reference.columns, parent, reference.parent_columns)
    for column in table.columns:
        yield from writer.rules(column)
    yield from relations(experiment, table, warehouse)
    yield from versions(experiment, table, warehouse)


class _Writer:
    def __init__(self, experiment: Experiment, table: Table, warehouse: Warehouse) -> None:
        self._experiment = experiment
        self._table = table
        self._warehouse = warehouse
        self.name = table_name(table, warehouse)

    def column(self, column: Column) -> str:
        return column_name(column, self._warehouse)

    def where(self, rule: Rule, column: Column, expected: str, broken: str) -> Promise:
        return Promise(rule, (column.name,), expected, f"SELECT COUNT(*) FROM {self.name} WHERE {broken}")

    # --- keys -------------------------------------------------------------------------------------------------------
    def unique(self, rule: Rule, group: tuple[str, ...]) -> Promise:
        """Rows beyond the first of each value. Rows with a NULL in the key are equal to no other, as in SQL."""
        names = self._names(self._table, group)
        listed = ", ".join(names)
        known = " AND ".join(f"{name} IS NOT NULL" for name in names)
        sql = (
            f"SELECT COALESCE(SUM(key_rows - 1), 0) FROM (SELECT COUNT(*) AS key_rows FROM {self.name} WHERE {known}"
            f" GROUP BY {listed} HAVING COUNT(*) > 1) AS repeated"
        )
        return Promise(rule, group, "no value twice", sql)

    def foreign_key(self, columns: tuple[str, ...], parent: Table, parent_columns: tuple[str, ...]) -> Promise:
        """Rows whose key is not in the parent. A key with a NULL in it refers to nothing (MATCH SIMPLE)."""
        own, theirs = self._names(self._table, columns), self._names(parent, parent_columns)
        pairs = " AND ".join(f"p.{other} = c.{name}" for name, other in zip(own, theirs, strict=True))
        known = " AND ".join(f"c.{name} IS NOT NULL" for name in own)
        sql = (
            f"SELECT COUNT(*) FROM {self.name} AS c LEFT JOIN {table_name(parent, self._warehouse)} AS p ON {pairs}"
            f" WHERE {known} AND p.{theirs[0]} IS NULL"
        )
        expected = f"each is in {parent.name} ({', '.join(parent_columns)})"
        return Promise(Rule.FOREIGN_KEY, columns, expected, sql)

    def _names(self, table: Table, names: tuple[str, ...]) -> list[str]:
        found = (table.column(name) for name in names)
        return [self.column(column) for column in found if column is not None]

    # --- rules of columns -------------------------------------------------------------------------------------------
    def rules(self, column: Column) -> Iterator[Promise]:
        growth = growth_of(self._table, column)
        if column.data_type.is_number:
            low, high = (number(column, bound) for bound in (column.min_value, column.max_value))
            bounds = (column.min_value, column.max_value)
            yield from self._range(column, self._as_number(column), low, high, bounds)
        elif column.data_type.is_temporal:
            low = moment(column, self._warehouse, column.date_start, last=False)
            end = column.date_end if growth is None else last_day(growth, column)
            high = moment(column, self._warehouse, end, last=True)
            yield from self._range(column, self.column(column), low, high, (column.date_start, end))
        spec = column.distribution if growth is None else None  # days that are added are not of the distribution
        if isinstance(spec, Histogram):
            yield from self._edges(column, spec)
        if isinstance(spec, Categorical) and column.data_type not in (DataType.JSON, DataType.BINARY):
            yield self._values(column, spec)
        if column.varchar_length is not None or column.data_type is DataType.CHAR:
            yield self._length(column, column.varchar_length or 1)

    def _edges(self, column: Column, spec: Histogram) -> Iterator[Promise]:
        """A histogram's values lie between its first and its last edge."""
        first, last = spec.edges[0], spec.edges[-1]
        if isinstance(first, str) or isinstance(last, str):
            start, end = read_moment(str(first)), read_moment(str(last))
            low = moment(column, self._warehouse, start, last=False)
            high = moment(column, self._warehouse, end, last=True)
            yield from self._range(column, self.column(column), low, high, (first, last))
        else:
            bounds = number(column, first), number(column, last)
            yield from self._range(column, self._as_number(column), *bounds, (first, last))

    def _range(
        self, column: Column, expression: str, low: str | None, high: str | None, bounds: tuple[object, object]
    ) -> Iterator[Promise]:
        """``bounds`` as the schema has them, for the expectation."""
        broken = [f"{expression} < {low}"] if low is not None else []
        broken += [f"{expression} > {high}"] if high is not None else []
        if broken:
            shown = (
                f"at {word} {bound}" for word, bound in zip(("least", "most"), bounds, strict=True) if bound is not None
            )
            expected = " and ".join(shown)
            yield self.where(Rule.RANGE, column, expected, " OR ".join(broken))

    def _as_number(self, column: Column) -> str:
        """SQLite keeps long decimals as text, to keep all digits."""
        name = self.column(column)
        if column.data_type is DataType.DECIMAL and self._warehouse is Warehouse.SQLITE:
            return f"CAST({name} AS REAL)"
        return name

    def _values(self, column: Column, spec: Categorical) -> Promise:
        weights = spec.weights or [1.0] * len(spec.values)
        allowed = dict.fromkeys(
            value(column, self._warehouse, each)
            for each, weight in zip(spec.values, weights, strict=True)
            if weight > 0
        )
        listed = list(allowed)
        parts = [listed[start : start + LONGEST_LIST] for start in range(0, len(listed), LONGEST_LIST)]
        name = self._as_number(column)
        broken = " AND ".join(f"{name} NOT IN ({', '.join(part)})" for part in parts)
        few = ", ".join(listed[:5]) + (f" and {len(listed) - 5} more" if len(listed) > 5 else "")
        return self.where(Rule.VALUES, column, f"one of {few}", broken)

    def _length(self, column: Column, limit: int) -> Promise:
        """Redshift counts bytes, the others characters; of binary values all count bytes."""
        in_bytes = self._warehouse is Warehouse.REDSHIFT
        measure = "OCTET_LENGTH" if in_bytes else "LENGTH"
        unit = "bytes" if in_bytes or column.data_type is DataType.BINARY else "characters"
        broken = f"{measure}({self.column(column)}) > {limit}"
        return self.where(Rule.LENGTH, column, f"at most {limit} {unit}", broken)
