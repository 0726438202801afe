"""Expressions of a schema as the warehouses' SQL, so that they can be checked there.

What the warehouses compute differently (texts of floats, hashes, random numbers) is not written: such a rule has no
check.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal

from dw_simulator.experiments.verification import literals
from dw_simulator.schema import Column, DataType, Experiment, Table, Warehouse
from dw_simulator.schema.expressions import Call, Kind, Literal, Name, Type, Typed, bind, parse, type_of_column
from dw_simulator.schema.expressions.functions import NUMBERS
from dw_simulator.schema.resolve import reference_of, resolve
from dw_simulator.warehouses.names import column_name, table_name


class NotWritten(Exception):
    """The expression has no equal in the warehouse's SQL."""


class RowSql:
    """SQL over one table, called ``c``, and the parents that its foreign keys refer to."""

    def __init__(self, experiment: Experiment, table: Table, warehouse: Warehouse) -> None:
        self._experiment, self._table, self.warehouse = experiment, table, warehouse
        self._parents: dict[str, str] = {}

    def source(self) -> str:
        """What follows FROM. To be called when all expressions are written."""
        return " ".join([f"{table_name(self._table, self.warehouse)} AS c", *self._parents.values()])

    def joined_to(self, child: str, pairs: Sequence[tuple[Column, Column]]) -> str:
        """What follows FROM: the table and, where there are some, the rows of ``child`` that refer to each row.
        ``pairs`` are columns of the table and of the child."""
        equal = " AND ".join(f"{self.own(own)} = r.{column_name(other, self.warehouse)}" for own, other in pairs)
        return f"{self.source()} LEFT JOIN {child} AS r ON {equal}"

    def own(self, column: Column) -> str:
        return f"c.{column_name(column, self.warehouse)}"

    def name(self, name: Name) -> tuple[str, Column]:
        """A column of the row or of its parent."""
        table, column = resolve(self._experiment, self._table, name)
        if name.through is None:
            return self.own(column), column
        alias = self._parent(name.through, table)
        return f"{alias}.{column_name(column, self.warehouse)}", column

    def _parent(self, through: str, parent: Table) -> str:
        key = self._table.column(through)
        reference = reference_of(self._experiment, self._table, key) if key else None
        assert reference is not None
        joined = "\x1e".join(reference.columns).lower()
        alias = f"p{list(self._parents).index(joined) if joined in self._parents else len(self._parents)}"
        pairs = []
        for own, other in zip(reference.columns, reference.parent_columns, strict=True):
            left, right = self._table.column(own), parent.column(other)
            assert left is not None
            assert right is not None
            pairs.append(f"{alias}.{column_name(right, self.warehouse)} = {self.own(left)}")
        self._parents[joined] = f"LEFT JOIN {table_name(parent, self.warehouse)} AS {alias} ON {' AND '.join(pairs)}"
        return alias

    def expression(self, text: str) -> tuple[str, Type]:
        """An expression and its type. Raises NotWritten."""
        typed = bind(parse(text), lambda name: type_of_column(resolve(self._experiment, self._table, name)[1]))
        return self._write(typed), typed.type

    def _write(self, typed: Typed) -> str:
        node = typed.node
        if isinstance(node, Name):
            sql, column = self.name(node)
            if column.data_type is DataType.DECIMAL and self.warehouse is Warehouse.SQLITE:
                return f"CAST({sql} AS REAL)"
            return sql
        if isinstance(node, Literal):
            return self._literal(node)
        assert isinstance(node, Call)
        write = _WRITERS.get(node.function)
        if write is None:
            raise NotWritten(node.function)
        return write([self._write(one) for one in typed.arguments], typed, self.warehouse)

    def _literal(self, node: Literal) -> str:
        value, sqlite = node.value, self.warehouse is Warehouse.SQLITE
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return str(int(value)) if sqlite else str(value).upper()
        if isinstance(value, int | Decimal | float):
            return f"({value:f})" if isinstance(value, Decimal) else f"({value!r})"
        if isinstance(value, str):
            return literals.text(value, self.warehouse)
        if type(value) is dt.date:
            return f"'{value}'" if sqlite else f"CAST('{value}' AS DATE)"
        if isinstance(value, dt.datetime) and value.tzinfo is None:
            shown = value.isoformat(sep=" ")
            return f"'{shown}'" if sqlite else f"CAST('{shown}' AS TIMESTAMP)"
        raise NotWritten(type(value).__name__)


Write = Callable[[Sequence[str], Typed, Warehouse], str]


def _kinds(typed: Typed) -> list[Kind]:
    return [one.type.kind for one in typed.arguments]


def _arithmetic(sign: str) -> Write:
    def write(parts: Sequence[str], typed: Typed, _: Warehouse) -> str:
        if not all(kind in NUMBERS for kind in _kinds(typed)):
            raise NotWritten(sign)
        return f"({parts[0]} {sign} {parts[1]})"

    return write


def _infix(sign: str) -> Write:
    def write(parts: Sequence[str], typed: Typed, warehouse: Warehouse) -> str:
        if warehouse is Warehouse.SQLITE and len({*_kinds(typed)} & {Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMP_TZ}) > 1:
            raise NotWritten(sign)
        return f"({parts[0]} {sign} {parts[1]})"

    return write


def _call(name: str) -> Write:
    return lambda parts, _, __: f"{name}({', '.join(parts)})"


def _not_in_sqlite(name: str) -> Write:
    def write(parts: Sequence[str], _: Typed, warehouse: Warehouse) -> str:
        if warehouse is Warehouse.SQLITE:
            raise NotWritten(name)
        return f"{name}({', '.join(parts)})"

    return write


def _divide(parts: Sequence[str], _: Typed, __: Warehouse) -> str:
    return f"(CAST({parts[0]} AS DOUBLE PRECISION) / {parts[1]})"


def _case(parts: Sequence[str], _: Typed, __: Warehouse) -> str:
    whens = " ".join(f"WHEN {a} THEN {b}" for a, b in zip(parts[:-1:2], parts[1::2], strict=False))
    return f"CASE {whens} ELSE {parts[-1]} END"


def _extreme(name: str, in_sqlite: str) -> Write:
    """NULL if one is NULL, in every warehouse."""

    def write(parts: Sequence[str], _: Typed, warehouse: Warehouse) -> str:
        missing = " OR ".join(f"{part} IS NULL" for part in parts)
        function = in_sqlite if warehouse is Warehouse.SQLITE else name
        return f"CASE WHEN {missing} THEN NULL ELSE {function}({', '.join(parts)}) END"

    return write


def _concat(parts: Sequence[str], typed: Typed, _: Warehouse) -> str:
    if not all(kind in (Kind.TEXT, Kind.INTEGER) for kind in _kinds(typed)):
        raise NotWritten("concat")
    texts = [
        part if kind is Kind.TEXT else f"CAST({part} AS VARCHAR(20))"
        for part, kind in zip(parts, _kinds(typed), strict=True)
    ]
    return f"({' || '.join(texts)})"


def _date_part(name: str) -> Write:
    def write(parts: Sequence[str], _: Typed, warehouse: Warehouse) -> str:
        if warehouse is Warehouse.SQLITE:
            raise NotWritten(name)
        return f"EXTRACT({name} FROM {parts[0]})"

    return write


def _move_days(sign: str) -> Write:
    plain = _arithmetic(sign)

    def write(parts: Sequence[str], typed: Typed, warehouse: Warehouse) -> str:
        if _kinds(typed) == [Kind.DATE, Kind.INTEGER] and warehouse is not Warehouse.SQLITE:
            return f"CAST(DATEADD(day, {'-' if sign == '-' else ''}{parts[1]}, {parts[0]}) AS DATE)"
        return plain(parts, typed, warehouse)

    return write


def _to_date(parts: Sequence[str], typed: Typed, warehouse: Warehouse) -> str:
    if warehouse is Warehouse.SQLITE or _kinds(typed)[0] is Kind.TEXT:
        raise NotWritten("date")
    return f"CAST({parts[0]} AS DATE)"


def _days_between(parts: Sequence[str], _: Typed, warehouse: Warehouse) -> str:
    if warehouse is Warehouse.SQLITE:
        raise NotWritten("days_between")
    return f"DATEDIFF(day, {parts[0]}, {parts[1]})"


_WRITERS: dict[str, Write] = {
    "add": _move_days("+"),
    "subtract": _move_days("-"),
    "multiply": _arithmetic("*"),
    "divide": _divide,
    "mod": _not_in_sqlite("MOD"),
    "negate": lambda parts, _, __: f"(-{parts[0]})",
    "concat": _concat,
    "eq": _infix("="),
    "ne": _infix("<>"),
    "lt": _infix("<"),
    "le": _infix("<="),
    "gt": _infix(">"),
    "ge": _infix(">="),
    "and": _infix("AND"),
    "or": _infix("OR"),
    "not": lambda parts, _, __: f"(NOT {parts[0]})",
    "is_null": lambda parts, _, __: f"({parts[0]} IS NULL)",
    "like": lambda parts, _, warehouse: _like(parts, warehouse),
    "case": _case,
    "if": _case,
    "coalesce": _call("COALESCE"),
    "nullif": _call("NULLIF"),
    "greatest": _extreme("GREATEST", "MAX"),
    "least": _extreme("LEAST", "MIN"),
    "abs": _call("ABS"),
    "round": _call("ROUND"),
    "floor": _not_in_sqlite("FLOOR"),
    "ceil": _not_in_sqlite("CEIL"),
    "sqrt": _not_in_sqlite("SQRT"),
    "lower": _not_in_sqlite("LOWER"),
    "upper": _not_in_sqlite("UPPER"),
    "length": _not_in_sqlite("LENGTH"),
    "substr": _call("SUBSTR"),
    "left": _not_in_sqlite("LEFT"),
    "right": _not_in_sqlite("RIGHT"),
    "lpad": _not_in_sqlite("LPAD"),
    "rpad": _not_in_sqlite("RPAD"),
    "replace": _call("REPLACE"),
    "date": _to_date,
    "year": _date_part("year"),
    "quarter": _date_part("quarter"),
    "month": _date_part("month"),
    "day": _date_part("day"),
    "hour": _date_part("hour"),
    "minute": _date_part("minute"),
    "days_between": _days_between,
}


def _like(parts: Sequence[str], warehouse: Warehouse) -> str:
    """SQLite's LIKE does not tell capital letters from small ones."""
    if warehouse is Warehouse.SQLITE:
        raise NotWritten("like")
    return f"({parts[0]} LIKE {parts[1]})"
