"""PIVOT and UNPIVOT. Vendor pages: "PIVOT", "UNPIVOT"."""

from __future__ import annotations

from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.binder.expressions import ExpressionBinder, literal_text
from dw_simulator.emulators.snowflake.translation.scope import (
    BoundQuery,
    Column,
    OutputColumn,
    Relation,
    Scope,
    unique_keys,
)
from dw_simulator.emulators.snowflake.translation.text import identifier
from dw_simulator.emulators.snowflake.translation.typing import Typed, common
from dw_simulator.emulators.snowflake.types import model as m

Bound = tuple[str, list[Relation]]


class PivotBinder(ExpressionBinder):
    def source(self, source: n.Source) -> Bound:
        raise NotImplementedError

    def _aliased(self, sql: str, bound: BoundQuery, alias: n.Alias | None, parts: tuple[str, ...]) -> Bound:
        raise NotImplementedError

    # --- pivot --------------------------------------------------------------------------------------------------------
    def _pivot(self, pivot: n.Pivot) -> Bound:
        sql, relations = self.source(pivot.source)
        saved = self.scope.relations
        self.scope.relations = relations
        try:
            bound = self._pivoted(pivot, sql, relations)
        finally:
            self.scope.relations = saved
        return self._aliased(f"({bound.sql})", bound, pivot.alias, ("",))

    def _pivoted(self, pivot: n.Pivot, sql: str, relations: list[Relation]) -> BoundQuery:
        columns = [column for relation in relations for column in relation.columns if not column.hidden]
        by = self.expression(pivot.column)
        used = {by.sql} | {self.expression(arg).sql for item in pivot.aggregates for arg in _arguments(item.expr)}
        keys = [column for column in columns if column.sql not in used]
        names = [column.name for column in keys]
        items = [Typed(column.sql, column.type) for column in keys]
        for value, shown in self._pivot_values(pivot, by, sql):
            for aggregate in pivot.aggregates:
                names.append(shown if len(pivot.aggregates) == 1 else f"{shown}_{self._aggregate_name(aggregate)}")
                items.append(self._pivot_cell(pivot, aggregate, by, value))
        outputs = [
            OutputColumn(name, item.type, key) for name, item, key in zip(names, items, unique_keys(names), strict=True)
        ]
        listed = ", ".join(
            f"{item.sql} AS {identifier(output.key)}" for item, output in zip(items, outputs, strict=True)
        )
        group = f" GROUP BY {', '.join(column.sql for column in keys)}" if keys else ""
        return BoundQuery(f"SELECT {listed} FROM {sql}{group}", outputs)

    def _aggregate_name(self, item: n.SelectItem) -> str:
        if item.alias is not None:
            return item.alias
        return item.expr.name if isinstance(item.expr, n.Call) else "VALUE"

    def _pivot_cell(self, pivot: n.Pivot, item: n.SelectItem, by: Typed, value: Typed) -> Typed:
        """The aggregate over the rows of one pivot value: its argument is made NULL in all others."""
        call = item.expr
        if not isinstance(call, n.Call) or not call.args:
            raise self.error(errors.INVALID_FUNCTION_TYPE, item, self.text_of(item), "PIVOT")
        test = f"({by.sql} IS NULL)" if value.const is None and value.is_const else self.compare("=", by, value)
        key = f"pivot{self.fresh('')}"
        if isinstance(call.args[0], n.Star):
            argument = Typed(f"CASE WHEN {test} THEN 1 END", m.number())
        else:
            inner = self.expression(call.args[0])
            argument = Typed(f"CASE WHEN {test} THEN {inner.sql} END", inner.type.with_nullable(True))
        self.scope.parameters[key] = argument
        try:
            replaced = n.Call(call.name, [n.Name((key,)), *call.args[1:]], distinct=call.distinct, order=call.order)
            result = self.expression(replaced)
        finally:
            del self.scope.parameters[key]
        if call.name == "COUNT":
            return result
        if pivot.default is not None:
            default = self.expression(pivot.default)
            kind = common((result.type, default.type))
            return Typed(f"coalesce({self.coerce(result, kind).sql}, {self.coerce(default, kind).sql})", kind)
        return result

    def _pivot_values(self, pivot: n.Pivot, by: Typed, sql: str) -> list[tuple[Typed, str]]:
        if pivot.values:
            result = []
            for item in pivot.values:
                value = self.expression(item.expr)
                if not value.is_const:
                    raise self.error(errors.INVALID_FUNCTION_TYPE, item, self.text_of(item), "PIVOT")
                result.append((value, item.alias or self._shown(value)))
            return result
        if pivot.query is not None:
            bound = self.query(pivot.query)
            column = bound.columns[0]
            query = f"SELECT {identifier(column.key)} FROM ({bound.sql}) AS p"
            return self._evaluated(query, by, distinct=True)
        order = self.order_sql(pivot.any_order or []) or "ORDER BY 1"
        query = f"SELECT {by.sql} FROM {sql} GROUP BY {by.sql} {order}"
        return self._evaluated(query, by)

    def _evaluated(self, query: str, by: Typed, *, distinct: bool = False) -> list[tuple[Typed, str]]:
        """The values that a query gives; a subquery in IN may give one several times."""
        if self.env.evaluate is None:
            raise errors.UNSUPPORTED_FEATURE("PIVOT with ANY here")
        self.env.volatile = True
        values = [row[0] for row in self.env.evaluate(self.pivot_prefix() + query)]
        values = list(dict.fromkeys(values)) if distinct else values
        return [(typed, self._shown(typed)) for typed in (self._value(value, by) for value in values)]

    def pivot_prefix(self) -> str:
        """The CTEs in scope, as a WITH clause for a query that is run on its own."""
        parts: list[str] = []
        scope: Scope | None = self.scope
        while scope is not None:
            parts = [*(part for part in scope.with_parts if part not in parts), *parts]
            scope = scope.parent
        return f"WITH RECURSIVE {', '.join(parts)} " if parts else ""

    def _value(self, value: Any, by: Typed) -> Typed:
        if value is None:
            return Typed("CAST(NULL AS VARCHAR)", by.type, None)
        if by.kind == "TEXT":
            return literal_text(str(value))
        if by.kind in ("FIXED", "REAL"):
            return self.number_literal(str(value))
        if by.kind == "BOOLEAN":
            return Typed(str(value).lower(), m.boolean(), value)
        typed = self.coerce(literal_text(str(value)), by.type)
        return Typed(typed.sql, typed.type, str(value))

    def _shown(self, value: Typed) -> str:
        """The name of a pivot column: the value as a literal is written."""
        if value.const is None:
            return "NULL"
        if isinstance(value.const, bool):
            return str(value.const).upper()
        return f"'{value.const}'" if isinstance(value.const, str) else str(value.const)

    # --- unpivot ------------------------------------------------------------------------------------------------------
    def _unpivot(self, unpivot: n.Unpivot) -> Bound:
        sql, relations = self.source(unpivot.source)
        columns = [column for relation in relations for column in relation.columns if not column.hidden]
        by_name = {column.name: column for column in columns}
        missing = next((name for name, _ in unpivot.columns if name not in by_name), None)
        if missing is not None:
            raise self.error(errors.INVALID_IDENTIFIER, unpivot, missing)
        chosen = {name for name, _ in unpivot.columns}
        keys = [column for column in columns if column.name not in chosen]
        kind = common(by_name[name].type for name, _ in unpivot.columns)
        branches = []
        for name, shown in unpivot.columns:
            column = by_name[name]
            value = self.coerce(Typed(column.sql, column.type), kind).sql
            branches.append(f"{{'n': {literal_text(shown or name).sql}, 'v': {value}}}")
        names = [column.name for column in keys] + [unpivot.name, unpivot.value]
        kinds = [column.type for column in keys] + [m.text(), kind]
        outputs = [
            OutputColumn(name, column_kind, key)
            for name, column_kind, key in zip(names, kinds, unique_keys(names), strict=True)
        ]
        pair = self.fresh("u")
        inner = self._unpivot_sql(sql, keys, outputs, branches, pair)
        where = "" if unpivot.include_nulls else f" WHERE {identifier(outputs[-1].key)} IS NOT NULL"
        bound = BoundQuery(f"SELECT * FROM ({inner}) AS {pair}x{where}", outputs)
        return self._aliased(f"({bound.sql})", bound, unpivot.alias, ("",))

    def _unpivot_sql(
        self, sql: str, keys: list[Column], outputs: list[OutputColumn], branches: list[str], pair: str
    ) -> str:
        listed = [f"{column.sql} AS {identifier(output.key)}" for column, output in zip(keys, outputs, strict=False)]
        kept = [identifier(output.key) for output, _ in zip(outputs, keys, strict=False)]
        listed.append(f"unnest([{', '.join(branches)}]) AS {pair}")
        kept.append(f"{pair}.n AS {identifier(outputs[-2].key)}")
        kept.append(f"{pair}.v AS {identifier(outputs[-1].key)}")
        return f"SELECT {', '.join(kept)} FROM (SELECT {', '.join(listed)} FROM {sql})"


def _arguments(expr: n.Expr) -> list[n.Expr]:
    if isinstance(expr, n.Call):
        return [arg for arg in expr.args if not isinstance(arg, n.Star)]
    return [expr]
