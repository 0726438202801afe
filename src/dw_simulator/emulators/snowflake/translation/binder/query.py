"""Queries: WITH, SELECT, set operations, VALUES, ORDER BY, LIMIT."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.binder.connect import ConnectBinder
from dw_simulator.emulators.snowflake.translation.binder.grouping import GroupBinder
from dw_simulator.emulators.snowflake.translation.binder.match import MatchBinder
from dw_simulator.emulators.snowflake.translation.binder.numbering import numbered, orders_by_sequence
from dw_simulator.emulators.snowflake.translation.binder.outer import rewrite_outer_marks
from dw_simulator.emulators.snowflake.translation.binder.sources import SourceBinder
from dw_simulator.emulators.snowflake.translation.scope import (
    BoundQuery,
    Column,
    CteSource,
    Lineage,
    OutputColumn,
    Scope,
    unique_keys,
)
from dw_simulator.emulators.snowflake.translation.text import identifier
from dw_simulator.emulators.snowflake.translation.typing import NULL_TYPE, Typed, common
from dw_simulator.emulators.snowflake.types import model as m
from dw_simulator.emulators.snowflake.types.model import SnowflakeType


class Binder(MatchBinder, SourceBinder, ConnectBinder, GroupBinder):
    """Binds one statement's queries and expressions."""

    def query(self, query: n.Query, scope: Scope | None = None) -> BoundQuery:
        """``query`` as SQL. ``scope`` is the (empty) scope it starts with; its parent is what is around a subquery."""
        saved = self.scope
        counts, listing = (self.aggregates, self.windows), self.listing
        self.scope, self.listing = scope if scope is not None else Scope(parent=saved), False
        try:
            return self._query(query)
        finally:
            self.scope, self.listing = saved, listing
            self.aggregates, self.windows = counts

    def _query(self, query: n.Query) -> BoundQuery:
        with_sql = self._with(query)
        body = query.body
        if isinstance(body, n.Select):
            bound = self._select(body, query)
        else:
            bound = self._set_body(query)
        return BoundQuery(f"{with_sql}{bound.sql}", bound.columns)

    # --- with ---------------------------------------------------------------------------------------------------------
    def _with(self, query: n.Query) -> str:
        parts: list[str] = []
        recursive = False
        for cte in query.ctes:
            self_reference = _mentions(cte.query, cte.name) and isinstance(cte.query.body, n.SetOperation)
            if (self_reference and self.scope.find_cte(cte.name) is None) or (self_reference and query.recursive):
                parts.append(self._recursive(cte))
                self.scope.with_parts = parts
                recursive = True
                continue
            bound = self.query(cte.query)
            name = self.fresh("cte")
            self.scope.ctes[cte.name] = CteSource(name, _renamed(bound.columns, cte.columns))
            parts.append(f"{name} AS ({bound.sql})")
            self.scope.with_parts = parts
        if not parts:
            return ""
        return f"WITH {'RECURSIVE ' if recursive else ''}{', '.join(parts)} "

    def _recursive(self, cte: n.Cte) -> str:
        body = cte.query.body
        assert isinstance(body, n.SetOperation)
        if body.op != "UNION" or not body.all:
            raise errors.SnowflakeError(
                2150, "42601", f"SQL compilation error:\nThe recursive CTE '{cte.name}' must be a UNION ALL."
            )
        anchor = self.query(body.left)
        name = self.fresh("cte")
        columns = [
            OutputColumn(column.name, _widened(column.type), key)
            for column, key in zip(
                _renamed(anchor.columns, cte.columns), [f"c{i}" for i in range(len(anchor.columns))], strict=True
            )
        ]
        self.scope.ctes[cte.name] = CteSource(name, columns)
        step = self.query(body.right)
        if len(step.columns) != len(columns):
            raise errors.SET_OPERATOR_COLUMNS(len(columns), len(step.columns), 2)
        keys = ", ".join(column.key for column in columns)
        first = self._branch(anchor, [column.type for column in columns])
        second = self._branch(step, [column.type for column in columns])
        return f"{name}({keys}) AS ({first} UNION ALL {second})"

    # --- set operations and VALUES ------------------------------------------------------------------------------------
    def _set_body(self, query: n.Query) -> BoundQuery:
        body = query.body
        if isinstance(body, n.Values):
            bound = self._values(body)
        elif isinstance(body, n.SetOperation):
            bound = self._set_operation(body)
        else:
            raise errors.UNSUPPORTED_FEATURE(type(body).__name__)
        tail = self._tail(query, bound)
        if tail:
            return BoundQuery(f"SELECT * FROM ({bound.sql}) AS {self.fresh()}{tail}", bound.columns)
        return bound

    def _values(self, body: n.Values) -> BoundQuery:
        if self.env.array_binds is not None and self.env.array_binds[1] and len(body.rows) == 1:
            return self._bound_rows(body.rows[0], *self.env.array_binds)
        rows = [[self.row_value(item) for item in row] for row in body.rows]
        width = len(rows[0])
        if any(len(row) != width for row in rows):
            raise errors.INSERT_COLUMNS(width, next(len(row) for row in rows if len(row) != width))
        kinds = [common(row[index].type for row in rows) for index in range(width)]
        kinds = [kind if kind is not NULL_TYPE else m.text() for kind in kinds]
        lines = [
            "(" + ", ".join(self._typed_value(row[index], kinds[index]) for index in range(width)) + ")" for row in rows
        ]
        names = [f"COLUMN{index + 1}" for index in range(width)]
        alias = self.fresh("v")
        keys = ", ".join(identifier(name) for name in names)
        sql = f"SELECT * FROM (VALUES {', '.join(lines)}) AS {alias}({keys})"
        return BoundQuery(sql, [OutputColumn(name, kind, name) for name, kind in zip(names, kinds, strict=True)])

    def row_value(self, node: n.Expr) -> Typed:
        """An expression of VALUES. Vendor page: "VALUES": it must be a constant when the statement is compiled, which
        calls for semi-structured values are not. Raises 002014."""
        value = self.expression(node)
        if value.kind in m.SEMI_STRUCTURED_NAMES and isinstance(node, n.Call | n.ArrayLiteral | n.ObjectLiteral):
            raise errors.INVALID_IN_VALUES(self.text_of(node))
        return value

    def _bound_rows(self, row: list[n.Expr], table: str, arrays: Mapping[str, Typed]) -> BoundQuery:
        """``VALUES (?, …)`` with array binds: a row for each of their values."""
        others = self.env.binds
        self.env.binds = {**others, **arrays}
        try:
            values = [self.expression(item) for item in row]
        finally:
            self.env.binds = others
        columns = [
            OutputColumn(f"COLUMN{index}", value.type if value.type is not NULL_TYPE else m.text(), f"COLUMN{index}")
            for index, value in enumerate(values, 1)
        ]
        items = ", ".join(
            f"{self._typed_value(value, column.type)} AS {identifier(column.key)}"
            for value, column in zip(values, columns, strict=True)
        )
        return BoundQuery(f"SELECT {items} FROM {table}", columns)

    def _typed_value(self, value: Typed, kind: SnowflakeType) -> str:
        """A value of a VALUES row; the first row decides DuckDB's type, so integers are given their width."""
        sql = self.coerce(value, kind).sql
        return f"CAST({sql} AS HUGEINT)" if kind.name == "FIXED" and not kind.scale else sql

    def _set_operation(self, body: n.SetOperation) -> BoundQuery:
        left, right = self.query(body.left), self.query(body.right)
        if body.by_name:
            left, right = self._by_name(left, right)
        if len(left.columns) != len(right.columns):
            raise errors.SET_OPERATOR_COLUMNS(len(left.columns), len(right.columns), 2)
        kinds = [common((a.type, b.type)) for a, b in zip(left.columns, right.columns, strict=True)]
        kinds = [kind if kind is not NULL_TYPE else m.text() for kind in kinds]
        op = f"{body.op}{' ALL' if body.all else ''}"
        sql = f"{self._branch(left, kinds, strict_types=True)} {op} {self._branch(right, kinds, strict_types=True)}"
        columns = [
            OutputColumn(a.name, kind, f"c{index}", lineage=a.lineage | b.lineage)
            for index, (a, b, kind) in enumerate(zip(left.columns, right.columns, kinds, strict=True))
        ]
        return BoundQuery(sql, columns)

    def _by_name(self, left: BoundQuery, right: BoundQuery) -> tuple[BoundQuery, BoundQuery]:
        names = [column.name for column in left.columns]
        names += [column.name for column in right.columns if column.name not in names]
        return self._arranged(left, names), self._arranged(right, names)

    def _arranged(self, bound: BoundQuery, names: list[str]) -> BoundQuery:
        alias = self.fresh()
        have = {column.name: column for column in bound.columns}
        parts, columns = [], []
        for index, name in enumerate(names):
            column = have.get(name)
            sql = f"{alias}.{identifier(column.key)}" if column else "NULL"
            parts.append(f"{sql} AS c{index}")
            kind, lineage = (column.type, column.lineage) if column else (NULL_TYPE, frozenset())
            columns.append(OutputColumn(name, kind, f"c{index}", lineage=lineage))
        return BoundQuery(f"SELECT {', '.join(parts)} FROM ({bound.sql}) AS {alias}", columns)

    def _branch(self, bound: BoundQuery, kinds: list[SnowflakeType], *, strict_types: bool = False) -> str:
        alias = self.fresh()
        parts = []
        for index, (column, kind) in enumerate(zip(bound.columns, kinds, strict=True)):
            value = Typed(f"{alias}.{identifier(column.key)}", column.type)
            sql = self.coerce(value, kind).sql if column.type is not NULL_TYPE else self._null(kind)
            if strict_types and kind.name == "FIXED" and not kind.scale:
                sql = f"CAST({sql} AS HUGEINT)"
            parts.append(f"{sql} AS c{index}")
        return f"(SELECT {', '.join(parts)} FROM ({bound.sql}) AS {alias})"

    def _null(self, kind: SnowflakeType) -> str:
        return self.coerce(Typed("NULL", NULL_TYPE, None), kind).sql

    # --- select -------------------------------------------------------------------------------------------------------
    def _select(self, select: n.Select, query: n.Query) -> BoundQuery:
        scope = self.scope
        source, where = rewrite_outer_marks(select)
        from_sql = ""
        self._note_aliases(select, scope.join_aliases)
        if source is not None:
            bound = self.source(source)
            if orders_by_sequence(self.sql, select, query):
                bound = numbered(self, bound)
            from_sql, scope.relations = bound
            from_sql = f" FROM {from_sql}"
        scope.windows = select.windows
        self._note_aliases(select, scope.aliases)
        if select.connect is not None:
            from_sql, where = self.connect_by(select, where)
            from_sql = f" FROM {from_sql}"
        counts, windows = self.aggregates, self.windows
        where_sql = f" WHERE {self.condition(where)}" if where is not None else ""
        if self.aggregates != counts:
            raise errors.INVALID_FUNCTION_TYPE("aggregate function", "WHERE clause")
        if where is not None and self.windows != windows:
            raise errors.WINDOW_PLACE(self.text_of(where))
        self.listing = select.group is not None
        outputs, expressions, aggregated = self._items(select)
        self.listing = False
        if select.group is not None and select.group.sets:  # a set without a column gives it NULL
            outputs = [
                output if own else replace(output, type=output.type.with_nullable(True))
                for output, own in zip(outputs, aggregated, strict=True)
            ]
        group_sql = self.group_by(select, expressions, aggregated) if select.group is not None else ""
        having_sql = f" HAVING {self.condition(select.having)}" if select.having is not None else ""
        qualify_sql = self._qualify(select)
        distinct = "DISTINCT " if select.distinct else ""
        order_sql = self._order(query, outputs, expressions, bool(select.distinct))
        items = ", ".join(
            f"{value.sql} AS {identifier(output.key)}" for value, output in zip(expressions, outputs, strict=True)
        )
        limit = self._limit(query, select.top)
        sql = f"SELECT {distinct}{items}{from_sql}{where_sql}{group_sql}{having_sql}{qualify_sql}{order_sql}{limit}"
        return BoundQuery(sql, outputs)

    @staticmethod
    def _note_aliases(select: n.Select, aliases: dict[str, n.Expr]) -> None:
        for item in select.items:
            if item.alias is not None and item.alias not in aliases:
                aliases[item.alias] = item.expr

    def _qualify(self, select: n.Select) -> str:
        if select.qualify is None:
            return ""
        return f" QUALIFY {self.condition(select.qualify)}"

    def _items(self, select: n.Select) -> tuple[list[OutputColumn], list[Typed], list[bool]]:
        """Output columns, their expressions, and which have aggregates."""
        names: list[str] = []
        values: list[Typed] = []
        aggregated: list[bool] = []
        lineages: list[Lineage] = []
        for item in select.items:
            if isinstance(item.expr, n.Star):
                for column in self.star_columns(item.expr):
                    names.append(column.name)
                    values.append(self._star_value(item.expr, column))
                    lineages.append(column.lineage)
                    aggregated.append(False)
                continue
            before = self.aggregates
            value, lineage = self._traced_item(item)
            lineages.append(lineage)
            names.append(item.alias if item.alias is not None else self._column_name(item))
            values.append(value)
            aggregated.append(self.aggregates != before)
        if not names:
            raise errors.NO_COLUMNS()
        outputs = [
            OutputColumn(name, value.type, key, value.origin, value.collation, lineage)
            for name, value, key, lineage in zip(names, values, unique_keys(names), lineages, strict=True)
        ]
        return outputs, values, aggregated

    def _traced_item(self, item: n.SelectItem) -> tuple[Typed, Lineage]:
        """A value, and the columns that it is made of (where that is wanted)."""
        outer = self.env.lineage
        if outer is None:
            return self._item(item), frozenset()
        self.env.lineage = set()
        try:
            value = self._item(item)
            found = frozenset(self.env.lineage)
        finally:
            self.env.lineage = outer
        outer |= found
        return value, found

    def _item(self, item: n.SelectItem) -> Typed:
        alias = item.alias
        expanding = self.scope.expanding
        added = alias is not None and alias not in expanding and self.scope.aliases.get(alias) is item.expr
        if added and alias is not None:
            expanding.add(alias)
        try:
            value = self.expression(item.expr)
        finally:
            if added and alias is not None:
                expanding.discard(alias)
        if value.type is NULL_TYPE:
            return Typed("CAST(NULL AS VARCHAR)", NULL_TYPE, None)
        return value

    def _column_name(self, item: n.SelectItem) -> str:
        """How Snowflake calls a column without an alias: a column by its name, all else by its text in capitals."""
        expr = item.expr
        if isinstance(expr, n.NamedByValue) and expr.call is None:
            return self.identifier_parts(expr.argument)[-1]
        if isinstance(expr, n.Name):
            return self._fold(expr.parts)[-1]
        return re.sub(r"\s*\n\s*", " ", self.sql[item.start : item.end]).upper()

    def _star_value(self, star: n.Star, column: Column) -> Typed:
        renames = dict(star.rename)
        for name, expr in star.replace:
            if renames.get(name, name) == column.name:
                return self.expression(expr)
        return Typed(column.sql, column.type, origin=column.origin)

    def star_columns(self, star: n.Star) -> list[Column]:
        """The columns that ``*`` stands for, after ILIKE, EXCLUDE and RENAME."""
        relations = [r for r in self.scope.relations if not star.qualifier or r.matches(star.qualifier)]
        if not relations:
            shown = ".".join(star.qualifier) or "*"
            raise self.error(errors.INVALID_IDENTIFIER, star, shown)
        columns = [column for relation in relations for column in relation.columns if not column.hidden]
        if star.ilike is not None:
            pattern = re.compile(_like_regex(star.ilike), re.I | re.S)
            columns = [column for column in columns if pattern.fullmatch(column.name)]
        known = {column.name for column in columns}
        for name in (*star.exclude, *(old for old, _ in star.rename), *(name for name, _ in star.replace)):
            if name not in known:
                raise self.error(errors.INVALID_IDENTIFIER, star, name)
        renames = dict(star.rename)
        return [
            Column(
                renames.get(column.name, column.name),
                column.type,
                column.sql,
                origin=column.origin,
                lineage=column.lineage,
            )
            for column in columns
            if column.name not in star.exclude
        ]

    # --- order and limit ----------------------------------------------------------------------------------------------
    def _tail(self, query: n.Query, bound: BoundQuery) -> str:
        """ORDER BY and LIMIT of a set operation: over its output columns."""
        alias_columns = [Column(column.name, column.type, identifier(column.key)) for column in bound.columns]
        values = [Typed(column.sql, column.type) for column in alias_columns]
        order = self._order(query, bound.columns, values, True)
        return order + self._limit(query, None)

    def _order(self, query: n.Query, outputs: list[OutputColumn], values: list[Typed], only_outputs: bool) -> str:
        if query.order_all is not None:
            items = [_ordered(self.key(value), query.order_all) for value in values]
            return f" ORDER BY {', '.join(items)}"
        if not query.order:
            return ""
        parts = [_ordered(self._order_key(item.expr, outputs, values, only_outputs), item) for item in query.order]
        return f" ORDER BY {', '.join(parts)}"

    def _order_key(self, expr: n.Expr, outputs: list[OutputColumn], values: list[Typed], only_outputs: bool) -> str:
        index = self._output_index(expr, outputs)
        if index is not None:
            value = values[index]
            key = self.key(value)
            if key == value.sql and value.kind not in ("BINARY",):
                return str(index + 1)
            return key
        if only_outputs:
            alias = dict(zip((column.name for column in outputs), values, strict=True))
            saved = dict(self.scope.parameters)
            self.scope.parameters.update({k: v for k, v in alias.items() if not self.scope.candidates((k,))})
            try:
                return self.key(self.expression(expr))
            finally:
                self.scope.parameters = saved
        value = self.expression(expr)
        return f"({value.sql})" if value.is_const else self.key(value)

    def _output_index(self, expr: n.Expr, outputs: list[OutputColumn]) -> int | None:
        if isinstance(expr, n.Literal) and expr.kind == "number" and expr.value.isdigit():
            index = int(expr.value) - 1
            if not 0 <= index < len(outputs):
                raise errors.SnowflakeError(
                    1006, "42000", f"SQL compilation error:\ninvalid ORDER BY position '{expr.value}'"
                )
            return index
        if isinstance(expr, n.Name):
            name = self._fold(expr.parts)[-1]
            found = [index for index, column in enumerate(outputs) if column.name == name]
            if len(expr.parts) == 1 and found:
                return found[0]
        return None

    def _limit(self, query: n.Query, top: n.Expr | None) -> str:
        sql = ""
        limit = query.limit if query.limit is not None else top
        if limit is not None and not (isinstance(limit, n.Literal) and limit.kind == "null"):
            if any(isinstance(part, n.ScalarQuery) for part in n.walk(limit)):
                raise errors.ROW_COUNT(self.text_of(limit))
            value = self.expression(limit)
            if isinstance(value.const, int | Decimal) and value.const < 0:
                raise errors.ROW_COUNT(self.text_of(limit))
            if not (value.is_const and value.const in ("", None)):
                sql += f" LIMIT {self.coerce(value, m.number()).sql}"
        if query.offset is not None:
            value = self.expression(query.offset)
            if not (value.is_const and value.const is None):
                sql += f" OFFSET {self.coerce(value, m.number()).sql}"
        return sql

    def order_sql(self, items: list[n.OrderItem]) -> str:
        """ORDER BY inside a window or an aggregate."""
        if not items:
            return ""
        parts = [_ordered(self.key(self.expression(item.expr)), item) for item in items]
        return f"ORDER BY {', '.join(parts)}"


def _ordered(key: str, item: n.OrderItem) -> str:
    """NULLs are the highest values unless the query says otherwise (the backend's default)."""
    sql = f"{key} DESC" if item.descending else key
    if item.nulls_first is None:
        return sql
    return f"{sql} NULLS {'FIRST' if item.nulls_first else 'LAST'}"


def _renamed(columns: list[OutputColumn], names: list[str]) -> list[OutputColumn]:
    if names and len(names) > len(columns):
        raise errors.SnowflakeError(
            2057, "42601", f"SQL compilation error:\ninvalid number of columns {len(names)}, expected {len(columns)}"
        )
    renamed = [*names, *(column.name for column in columns[len(names) :])]
    return [
        OutputColumn(name, column.type, column.key, column.origin, column.collation, column.lineage)
        for name, column in zip(renamed, columns, strict=True)
    ]


def _widened(kind: SnowflakeType) -> SnowflakeType:
    """The type of a recursive column: its values may grow."""
    if kind.name == "FIXED":
        return m.number(38, kind.scale or 0)
    return m.text() if kind.name in ("TEXT", "NULL") else kind


def _mentions(query: n.Query, name: str) -> bool:
    """Whether a query reads a table called ``name``."""
    return any(isinstance(item, n.TableRef) and item.parts == (name,) for item in n.walk(query))


def _like_regex(pattern: str) -> str:
    return "".join(".*" if c == "%" else "." if c == "_" else re.escape(c) for c in pattern)
