"""What a schema promises between columns, as statements: expressions, order, lookups, conditions, correlations."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from dw_simulator.experiments.verification.expressions import NotWritten, RowSql
from dw_simulator.experiments.verification.literals import value
from dw_simulator.experiments.verification.report import Promise, Rule
from dw_simulator.schema import Column, DataType, Experiment, Table, Warehouse
from dw_simulator.schema.checks.correlations import correlated_columns
from dw_simulator.schema.distributions import Binomial, Categorical, Conditional, Histogram, Mixture, Poisson, Zipf
from dw_simulator.schema.expressions import Kind, Type
from dw_simulator.schema.model import ForeignKey, Reference
from dw_simulator.schema.resolve import moment_name, rollup_key
from dw_simulator.schema.rules import After, FanOut, Lookup, Rollup
from dw_simulator.warehouses.names import column_name, table_name

MOST_LOOKUP_ROWS = 2_000
"""Rows of a lookup that are written into a statement."""

MOST_LEVELS = 12
"""Levels of a hierarchy that are joined in a statement."""

_LEAST_ROWS = 500
"""Fewer rows say too little about a correlation."""


def relations(experiment: Experiment, table: Table, warehouse: Warehouse) -> Iterator[Promise]:
    """The promises between columns of one table."""
    writer = _Writer(experiment, table, warehouse)
    for column in table.columns:
        if column.expression is not None:
            yield from writer.expression(column, column.expression)
        if column.after is not None:
            yield from writer.order(column, column.after)
        if isinstance(column.distribution, Conditional) and column.data_type is not DataType.JSON:
            yield from writer.conditional(column, column.distribution)
        if column.rollup is not None:
            yield from writer.rollup(column, column.rollup)
        if column.foreign_key is not None and column.foreign_key.hierarchy is not None:
            yield from writer.hierarchy(column, column.foreign_key)
    for reference in experiment.references():
        rule = experiment.fan_out(reference)
        if rule is not None and reference.table.lower() == table.name.lower():
            yield from writer.fan_out(reference, rule)
    for lookup in table.lookups:
        if len(lookup.rows) <= MOST_LOOKUP_ROWS:
            yield writer.lookup(lookup)
    for group in correlated_columns(table):
        for i, first in enumerate(group.columns):
            for j in range(i):
                yield from writer.correlation(first, group.columns[j], group.matrix[i][j])


class _Writer:
    def __init__(self, experiment: Experiment, table: Table, warehouse: Warehouse) -> None:
        self._experiment, self._table, self._warehouse = experiment, table, warehouse

    def _rows(self) -> RowSql:
        return RowSql(self._experiment, self._table, self._warehouse)

    def _count(self, rows: RowSql, broken: str) -> str:
        return f"SELECT COUNT(*) FROM {rows.source()} WHERE {broken}"

    # --- expressions ------------------------------------------------------------------------------
    def expression(self, column: Column, text: str) -> Iterator[Promise]:
        rows = self._rows()
        try:
            wanted, found = rows.expression(text)
        except NotWritten:
            return
        own = rows.own(column)
        if column.data_type is DataType.DECIMAL and self._warehouse is Warehouse.SQLITE:
            own = f"CAST({own} AS REAL)"
        differs = self._differs(column, own, wanted, found)
        broken = f"({own} IS NOT NULL AND ({wanted} IS NULL OR {differs}))"
        if not column.null_fraction:
            broken += f" OR ({own} IS NULL AND {wanted} IS NOT NULL)"
        yield Promise(Rule.EXPRESSION, (column.name,), f"equal to {text}", self._count(rows, broken))

    def _differs(self, column: Column, own: str, wanted: str, found: Type) -> str:
        """Numbers are rounded to the column's digits; floats may differ in the last ones."""
        if not column.data_type.is_number or found.kind is Kind.NULL:
            return f"{own} <> {wanted}"
        if column.data_type is DataType.FLOAT:
            return f"ABS({own} - {wanted}) > 0.000000001 * (1 + ABS({wanted}))"
        scale = column.decimal_size[1] if column.data_type is DataType.DECIMAL else 0
        exact = found.kind is Kind.INTEGER or (found.kind is Kind.DECIMAL and found.scale <= scale)
        if exact and self._warehouse is not Warehouse.SQLITE:
            return f"{own} <> {wanted}"
        return f"ABS({own} - {wanted}) > {5.000001 * 10.0 ** (-scale - 1):.{scale + 8}f}"

    # --- order in time ----------------------------------------------------------------------------
    def order(self, column: Column, rule: After) -> Iterator[Promise]:
        for text in rule.columns:
            rows = self._rows()
            base, other = rows.name(moment_name(text))
            own = self._moment(rows.own(column), column)
            broken = f"{own} < {self._moment(base, other)}"
            yield Promise(Rule.ORDER, (column.name,), f"not before {text}", self._count(rows, broken))

    def _moment(self, sql: str, column: Column) -> str:
        """SQLite keeps texts: dates are midnights, UTC is not written."""
        if self._warehouse is not Warehouse.SQLITE:
            return sql
        return f"({sql} || ' 00:00:00')" if column.data_type is DataType.DATE else f"REPLACE({sql}, '+00:00', '')"

    # --- children ---------------------------------------------------------------------------------
    def fan_out(self, reference: Reference, rule: FanOut) -> Iterator[Promise]:
        """Parents with too few or too many children, and childless ones beyond or below their number."""
        parent = self._experiment.table(reference.parent)
        assert parent is not None
        own = [column_name(column, self._warehouse) for column in _columns(self._table, reference.columns)]
        theirs = [column_name(column, self._warehouse) for column in _columns(parent, reference.parent_columns)]
        pairs = " AND ".join(f"c.{name} = p.{other}" for name, other in zip(own, theirs, strict=True))
        keys = ", ".join(f"p.{name}" for name in theirs)
        known = " AND ".join(f"p.{name} IS NOT NULL" for name in theirs)
        counted = (
            f"SELECT COUNT(c.{own[0]}) AS children FROM {table_name(parent, self._warehouse)} AS p LEFT JOIN "
            f"{table_name(self._table, self._warehouse)} AS c ON {pairs} WHERE {known} GROUP BY {keys}"
        )
        least = max(rule.min, 1) if rule.childless else rule.min
        few = f"children < {least}" + (" AND children > 0" if rule.childless else "")
        many = f" OR children > {rule.max}" if rule.max is not None else ""
        shown = f"{least} to {'any number of' if rule.max is None else rule.max} rows refer to a row of {parent.name}"
        sql = f"SELECT COUNT(*) FROM ({counted}) AS counted WHERE {few}{many}"
        yield Promise(Rule.FAN_OUT, reference.columns, shown, sql)
        if rule.childless:
            share = f"ABS(SUM(CASE WHEN children = 0 THEN 1 ELSE 0 END) - {rule.childless} * COUNT(*)) - 0.500001"
            sql = f"SELECT CASE WHEN {share} > 0 THEN 1 ELSE 0 END FROM ({counted}) AS counted"
            yield Promise(Rule.FAN_OUT, reference.columns, f"share of {rule.childless:g} without any", sql)

    def rollup(self, column: Column, rule: Rollup) -> Iterator[Promise]:
        reference = rollup_key(self._experiment, self._table, rule)
        child = self._experiment.table(reference.table)
        assert child is not None
        rows = RowSql(self._experiment, child, self._warehouse)
        try:
            value, found = rows.expression(rule.value) if rule.value is not None else ("*", Type(Kind.INTEGER))
            where = f" AND {rows.expression(rule.where)[0]}" if rule.where is not None else ""
        except NotWritten:
            return
        if rule.function == "avg":
            value, found = f"CAST({value} AS DOUBLE PRECISION)", Type(Kind.FLOAT)
        keys = _columns(child, reference.columns)
        names = ", ".join(rows.own(key) for key in keys)
        summed = (
            f"(SELECT {names}, {rule.function.upper()}({value}) AS rolled FROM {rows.source()} "
            f"WHERE {rows.own(keys[0])} IS NOT NULL{where} GROUP BY {names})"
        )
        parents = self._rows()
        pairs = list(zip(_columns(self._table, reference.parent_columns), keys, strict=True))
        wanted = "COALESCE(r.rolled, 0)" if rule.function in ("sum", "count") else "r.rolled"
        own = parents.own(column)
        if column.data_type is DataType.DECIMAL and self._warehouse is Warehouse.SQLITE:
            own = f"CAST({own} AS REAL)"
        differs = self._differs(column, own, wanted, found)
        broken = f"({own} IS NOT NULL AND ({wanted} IS NULL OR {differs}))"
        if not column.null_fraction:
            broken += f" OR ({own} IS NULL AND {wanted} IS NOT NULL)"
        sql = f"SELECT COUNT(*) FROM {parents.joined_to(summed, pairs)} WHERE {broken}"
        yield Promise(Rule.ROLLUP, (column.name,), f"{rule.function} over {child.name}", sql)

    def hierarchy(self, column: Column, key: ForeignKey) -> Iterator[Promise]:
        """Rows deeper than the levels; with required keys the roots refer to themselves, and nothing can be counted."""
        target = self._table.column(key.column)
        assert key.hierarchy is not None
        if target is None or may_not_be_null(self._table, column) or key.hierarchy.depth > MOST_LEVELS:
            return
        own, other = column_name(column, self._warehouse), column_name(target, self._warehouse)
        name = table_name(self._table, self._warehouse)
        joins = [
            f"JOIN {name} AS t{level + 1} ON t{level}.{own} = t{level + 1}.{other}"
            for level in range(key.hierarchy.depth + 1)
        ]
        sql = f"SELECT COUNT(*) FROM {name} AS t0 {' '.join(joins)}"
        yield Promise(Rule.HIERARCHY, (column.name,), f"at most {key.hierarchy.depth} levels below the roots", sql)

    # --- conditions -------------------------------------------------------------------------------
    def conditional(self, column: Column, spec: Conditional) -> Iterator[Promise]:
        rows = self._rows()
        try:
            whens = [
                f"WHEN {rows.expression(case.when)[0]} THEN {self._broken(rows, column, case.distribution)}"
                for case in spec.cases
            ]
        except NotWritten:
            return
        broken = f"CASE {' '.join(whens)} ELSE {self._broken(rows, column, spec.otherwise)} END = 1"
        if any(isinstance(part, Categorical) for part in (*(case.distribution for case in spec.cases), spec.otherwise)):
            expected = "one of the values of the case that holds"
            yield Promise(Rule.CONDITION, (column.name,), expected, self._count(rows, broken))

    def _broken(self, rows: RowSql, column: Column, part: object) -> str:
        if not isinstance(part, Categorical):
            return "0"
        own = rows.own(column)
        if column.data_type is DataType.DECIMAL and self._warehouse is Warehouse.SQLITE:
            own = f"CAST({own} AS REAL)"
        allowed = ", ".join(value(column, self._warehouse, one) for one in part.values)
        return f"CASE WHEN {own} IS NULL OR {own} IN ({allowed}) THEN 0 ELSE 1 END"

    # --- lookups ------------------------------------------------------------------------------------
    def lookup(self, lookup: Lookup) -> Promise:
        rows = self._rows()
        columns = [column for name in lookup.columns if (column := self._table.column(name)) is not None]
        matches = []
        for row in lookup.rows:
            parts = []
            for column, cell in zip(columns, row, strict=True):
                own = rows.own(column)
                if column.data_type is DataType.DECIMAL and self._warehouse is Warehouse.SQLITE:
                    own = f"CAST({own} AS REAL)"
                parts.append(self._cell(column, own, None if cell is None else value(column, self._warehouse, cell)))
            matches.append(f"({' AND '.join(parts)})")
        broken = f"NOT ({' OR '.join(matches)})"
        names = tuple(column.name for column in columns)
        return Promise(Rule.LOOKUP, names, f"together one of {len(lookup.rows)} rows", self._count(rows, broken))

    def _cell(self, column: Column, own: str, wanted: str | None) -> str:
        if wanted is None:
            return f"({own} IS NULL)"
        if column.null_fraction:
            return f"({own} IS NULL OR {own} = {wanted})"
        return f"({own} IS NOT NULL AND {own} = {wanted})"

    # --- correlations -------------------------------------------------------------------------------
    def correlation(self, first: str, second: str, coefficient: float) -> Iterator[Promise]:
        columns = [self._table.column(name) for name in (first, second)]
        if any(column is None or not _is_continuous(column) for column in columns):
            return
        rows = self._rows()
        one, other = (rows.own(column) for column in columns if column is not None)
        ranks = math.asin(coefficient / 2) * 6 / math.pi
        known = f"{one} IS NOT NULL AND {other} IS NOT NULL"
        inner = (
            f"SELECT CAST(RANK() OVER (ORDER BY {one}) AS DOUBLE PRECISION) AS x, "
            f"CAST(RANK() OVER (ORDER BY {other}) AS DOUBLE PRECISION) AS y FROM {rows.source()} WHERE {known}"
        )
        moments = (
            f"SELECT COUNT(*) AS n, AVG(x * y) - AVG(x) * AVG(y) AS cov, AVG(x * x) - AVG(x) * AVG(x) AS vx, "
            f"AVG(y * y) - AVG(y) * AVG(y) AS vy FROM ({inner}) AS ranked"
        )
        r, near = f"{ranks:.6f}", "(0.02 + 5 / SQRT(n))"
        far = f"cov NOT BETWEEN ({r} - {near}) * SQRT(vx * vy) AND ({r} + {near}) * SQRT(vx * vy)"
        sql = f"SELECT CASE WHEN n >= {_LEAST_ROWS} AND {far} THEN 1 ELSE 0 END FROM ({moments}) AS measured"
        expected = f"rank correlation {ranks:.2f} (if there are {_LEAST_ROWS} rows)"
        yield Promise(Rule.CORRELATION, (first, second), expected, sql)


def _columns(table: Table, names: Sequence[str]) -> list[Column]:
    return [column for name in names if (column := table.column(name)) is not None]


def may_not_be_null(table: Table, column: Column) -> bool:
    return column.required or column.name.lower() in {name.lower() for name in table.primary_key}


def _is_continuous(column: Column) -> bool:
    """Whether few values are equal, so that ranks say all."""
    spec = column.distribution
    if isinstance(spec, Categorical | Conditional | Histogram | Mixture | Poisson | Binomial | Zipf):
        return False
    return column.data_type in (DataType.FLOAT, DataType.TIMESTAMP, DataType.TIMESTAMP_TZ) or (
        column.data_type in (DataType.BIGINT, DataType.DECIMAL) and spec is not None
    )
