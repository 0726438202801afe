"""MATCH_RECOGNIZE. Vendor page: "MATCH_RECOGNIZE".

Rows are numbered in their partition, the conditions of DEFINE become bits of a mask, ``sf_match_rows`` finds the
matches of each partition, and measures are aggregates (ONE ROW PER MATCH) or windows (ALL ROWS PER MATCH) over the
matched rows.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.binder.expressions import ExpressionBinder
from dw_simulator.emulators.snowflake.translation.scope import BoundQuery, Column, OutputColumn, Relation, unique_keys
from dw_simulator.emulators.snowflake.translation.text import identifier, literal
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

Bound = tuple[str, list[Relation]]
NUMBER = m.number(38, 0)
_WHOLE_MATCH = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
UNMATCHED = "UNMATCHED"
"""ALL ROWS PER MATCH WITH UNMATCHED ROWS."""


class MatchBinder(ExpressionBinder):
    _match: _Measures | None = None
    _ahead: dict[tuple[int, int], Typed]
    """What NEXT and LEAD of MEASURES give, in the numbered rows, by their places in the text."""

    if TYPE_CHECKING:  # the binder of sources has these

        def source(self, source: n.Source) -> Bound: ...

        def _aliased(self, sql: str, bound: BoundQuery, alias: n.Alias | None, parts: tuple[str, ...]) -> Bound: ...

    def match_recognize(self, source: n.MatchRecognize) -> Bound:
        if source.all_rows == UNMATCHED and _excludes(source.pattern):
            raise errors.UNSUPPORTED_FEATURE("{- … -} together with WITH UNMATCHED ROWS")
        sql, relations = self.source(source.source)
        saved, self.scope.relations = self.scope.relations, relations
        try:
            bound = self._matched(source, sql, relations)
        finally:
            self.scope.relations = saved
            self._match, self.match_over = None, None
        return self._aliased(f"({bound.sql})", bound, source.alias, ("",))

    def _matched(self, source: n.MatchRecognize, sql: str, relations: list[Relation]) -> BoundQuery:
        columns = [column for relation in relations for column in relation.columns if not column.hidden]
        symbols = _symbols(source.pattern)
        rows, pid = self._rows(source, sql, columns, symbols)
        pattern = literal(json.dumps(_pattern_json(source.pattern, symbols)))
        after = literal(json.dumps(_after_json(source, symbols)))
        matches = f"sf_match_rows(list(mask ORDER BY rn), {pattern}, {after})"
        found = f"SELECT pid, unnest({matches}) AS u FROM {rows} GROUP BY pid"
        alias = self.fresh("m")
        join = "LEFT JOIN" if source.all_rows == UNMATCHED else "JOIN"
        matched = (
            f"(WITH {rows} AS ({pid}) SELECT r.*, u.match_no, u.seq, u.symbol, u.shown FROM {rows} AS r "
            f"{join} ({found}) AS f ON r.pid = f.pid AND r.rn = u.row_no) AS {alias}"
        )
        return self._output(source, columns, symbols, matched, alias)

    def _rows(self, source: n.MatchRecognize, sql: str, columns: list[Column], symbols: list[str]) -> tuple[str, str]:
        """Numbered rows with the mask of symbols that each may be."""
        window = self.window_sql(n.Window(None, source.partition, source.order, None))
        keys = [self.key(self.expression(item)) for item in source.partition]
        number = f"dense_rank() OVER (ORDER BY {', '.join(keys)})" if keys else "1"
        self.match_over = window
        self.scope.relations = [*self.scope.relations, *(Relation((name,), columns) for name in symbols)]
        bits = []
        for index, name in enumerate(symbols):
            condition = source.defines.get(name)
            if condition is None:
                bits.append(str(1 << index))
                continue
            self._refuse_other_symbols(condition, name, symbols)
            bits.append(f"CASE WHEN {self.condition(condition)} THEN {1 << index} ELSE 0 END")
        ahead = self._looking_ahead(source.measures, window, symbols)
        listed = ", ".join(f"{column.sql} AS c{index}" for index, column in enumerate(columns))
        inner = (
            f"SELECT {listed}, {number} AS pid, row_number() OVER {window} AS rn, "
            f"CAST({' + '.join(bits)} AS BIGINT) AS mask{ahead} FROM {sql}"
        )
        return self.fresh("rows"), inner

    def _refuse_other_symbols(self, condition: n.Expr, own: str, symbols: list[str]) -> None:
        from dw_simulator.emulators.snowflake.translation.binder.outer import _walk

        for node in _walk(condition):
            if isinstance(node, n.Name) and len(node.parts) == 2 and node.parts[0] in symbols and node.parts[0] != own:
                raise errors.UNSUPPORTED_FEATURE(f"DEFINE of {own} that looks at {node.parts[0]}")

    # --- measures -----------------------------------------------------------------------------------------------------
    def _output(
        self, source: n.MatchRecognize, columns: list[Column], symbols: list[str], matched: str, alias: str
    ) -> BoundQuery:
        measures = _Measures(
            columns, {**{name: [name] for name in symbols}, **source.subsets}, alias, bool(source.all_rows)
        )
        position = {column.sql: f"{alias}.c{index}" for index, column in enumerate(columns)}
        partition = [self.expression(item) for item in source.partition]
        names = [item.parts[-1] for item in source.partition if isinstance(item, n.Name)]
        shown: list[tuple[str, Typed]] = []
        if source.all_rows:
            shown = [(column.name, Typed(position[column.sql], column.type)) for column in columns]
            self.match_over = measures.over
        else:
            shown = [
                (name, Typed(f"any_value({position[value.sql]})", value.type))
                for name, value in zip(names, partition, strict=False)
            ]
        self._match = measures
        self.scope.relations = measures.outer()
        values = [(item.alias or self.text_of(item).upper(), self.expression(item.expr)) for item in source.measures]
        if source.all_rows == UNMATCHED:
            values = [(name, _in_match(value, alias)) for name, value in values]
        shown += values
        keys = unique_keys([name for name, _ in shown])
        listed = ", ".join(f"{value.sql} AS {identifier(key)}" for (_, value), key in zip(shown, keys, strict=True))
        order = f" ORDER BY {alias}.pid, {alias}.{'rn' if source.all_rows == UNMATCHED else 'match_no'}, {alias}.seq"
        if source.all_rows and _excludes(source.pattern):
            matched += f" QUALIFY {alias}.shown AND row_number() OVER () > 0"
        if not source.all_rows:
            order = f" GROUP BY {alias}.pid, {alias}.match_no ORDER BY {alias}.pid, {alias}.match_no"
        outputs = [OutputColumn(name, value.type, key) for (name, value), key in zip(shown, keys, strict=True)]
        return BoundQuery(f"SELECT {listed} FROM {matched}{order}", outputs)

    def _looking_ahead(self, items: list[n.SelectItem], window: str, symbols: list[str]) -> str:
        """NEXT and LEAD of MEASURES look past the match, at rows of the partition: more items for the numbered rows."""
        from dw_simulator.emulators.snowflake.translation.binder.outer import _walk

        self._ahead = {}
        parts: list[str] = []
        for node in _walk(items):
            if not isinstance(node, n.Call) or node.name not in ("NEXT", "LEAD") or node.window is not None:
                continue
            names = (item.parts for item in _walk(node.args) if isinstance(item, n.Name) and len(item.parts) > 1)
            if node.semantics == "FINAL" or any(name[-2] in symbols for name in names):
                raise errors.UNSUPPORTED_FEATURE(f"{node.name} of a symbol's column, or with FINAL")
            self.match_over = window
            value = self.expression(replace(node, name="LEAD", start=node.start, end=node.end))
            column = f"next{len(parts)}"
            self._ahead[(node.start, node.end)] = Typed(column, value.type)
            parts.append(f", {value.sql} AS {column}")
        self.match_over = None
        return "".join(parts)

    def _beside(self, node: n.Call, measures: _Measures) -> Typed:
        """PREV and LAG (inside the match), NEXT and LEAD."""
        if node.name in ("NEXT", "LEAD"):
            value = self._ahead[(node.start, node.end)]
            sql = f"{measures.alias}.{value.sql}"
            return Typed(sql if measures.running else f"arg_max_null({sql}, {measures.alias}.seq)", value.type)
        if not measures.running or node.semantics == "FINAL" or measures.test_of(n.Row(node.args)):
            raise errors.UNSUPPORTED_FEATURE(f"{node.name} of a symbol's column, or for a whole match")
        saved, self.scope.relations = self.scope.relations, measures.inner()
        self._match = None
        try:
            return self.expression(replace(node, name="LAG", start=node.start, end=node.end))
        finally:
            self.scope.relations, self._match = saved, measures

    def match_call(self, node: n.Call) -> Typed | None:
        measures = self._match
        if measures is None and self.match_over is not None and node.name == "NEXT":
            return self.expression(replace(node, name="LEAD", start=node.start, end=node.end))
        if measures is None or node.window is not None or node.qualifier:
            return None
        row = measures.alias
        if node.name in ("PREV", "NEXT", "LAG", "LEAD"):
            return self._beside(node, measures)
        if node.semantics == "FINAL" and self.match_over == measures.over:
            self.match_over = measures.over.removesuffix(")") + f" {_WHOLE_MATCH})"
            try:
                return self.match_call(replace(node, semantics="", start=node.start, end=node.end))
            finally:
                self.match_over = measures.over
        over = f" OVER {self.match_over}" if self.match_over is not None else ""
        if node.name in ("MATCH_NUMBER", "MATCH_SEQUENCE_NUMBER"):
            column = "match_no" if node.name == "MATCH_NUMBER" else "seq"
            sql = f"{row}.{column}" if over else f"max({row}.{column})"
            return Typed(f"CAST({sql} AS BIGINT)", NUMBER)
        if node.name == "CLASSIFIER":
            return Typed(f"{row}.symbol" if over else f"arg_max({row}.symbol, {row}.seq)", m.text())
        if node.name in ("FIRST", "LAST", "FIRST_VALUE", "LAST_VALUE"):
            return self._edge(node, over)
        from dw_simulator.emulators.snowflake.functions import registry

        overloads = registry.FUNCTIONS.get(node.name, [])
        if not any(entry.kind == "aggregate" for entry in overloads):
            return None
        return self._aggregate(node)

    def _edge(self, node: n.Call, over: str) -> Typed:
        """The value in the first or last row of a match (of a symbol's rows, where the argument names one)."""
        measures = self._match
        assert measures is not None
        value, test = self._raw(node.args[0])
        name = "arg_min_null" if node.name.startswith("FIRST") else "arg_max_null"
        keep = f" FILTER (WHERE {test})" if test else ""
        return Typed(f"{name}({value.sql}, {measures.alias}.seq){keep}{over}", value.type.with_nullable(True))

    def _raw(self, node: n.Expr) -> tuple[Typed, str]:
        """An argument over the matched rows themselves, and the test of the symbol it names."""
        measures = self._match
        assert measures is not None
        saved, self.scope.relations = self.scope.relations, measures.inner()
        self._match = None
        try:
            value = self.expression(node)
        finally:
            self.scope.relations, self._match = saved, measures
        return value, measures.test_of(node)

    def _aggregate(self, node: n.Call) -> Typed:
        measures = self._match
        assert measures is not None
        star = node.args[0] if node.args and isinstance(node.args[0], n.Star) else None
        if star is not None:
            test = (
                measures.symbol_test(star.qualifier[-1]) if star.qualifier else f"{measures.alias}.symbol IS NOT NULL"
            )
            over = f" OVER {self.match_over}" if self.match_over is not None else ""
            return Typed(f"count(CASE WHEN {test} THEN 1 END){over}", m.number(18, 0))
        saved, self.scope.relations = self.scope.relations, measures.inner()
        self._match = None
        try:
            return self.expression(node)
        finally:
            self.scope.relations, self._match = saved, measures


class _Measures:
    """The matched rows as MEASURES sees them."""

    def __init__(self, columns: list[Column], groups: dict[str, list[str]], alias: str, running: bool) -> None:
        self.columns, self.groups, self.alias, self.running = columns, groups, alias, running
        self.over = f"(PARTITION BY {alias}.pid, {alias}.match_no ORDER BY {alias}.seq)"
        """The window of a row's match up to the row."""

    def symbol_test(self, name: str) -> str:
        symbols = ", ".join(literal(symbol) for symbol in self.groups.get(name, [name]))
        return f"{self.alias}.symbol IN ({symbols})"

    def test_of(self, node: n.Expr) -> str:
        from dw_simulator.emulators.snowflake.translation.binder.outer import _walk

        named = {
            item.parts[0]
            for item in _walk(node)
            if isinstance(item, n.Name) and len(item.parts) == 2 and item.parts[0] in self.groups
        }
        return " AND ".join(self.symbol_test(name) for name in sorted(named))

    def _relations(self, plain: Any, qualified: Any) -> list[Relation]:
        def relation(parts: tuple[str, ...], wrap: Any) -> Relation:
            listed = [Column(c.name, c.type, wrap(f"{self.alias}.c{i}")) for i, c in enumerate(self.columns)]
            return Relation(parts, listed)

        base = relation(("",), plain)
        others = [relation((name,), lambda sql, name=name: qualified(sql, name)) for name in self.groups]
        for other in others:
            for column in other.columns:
                column.hidden = True
        return [base, *others]

    def inner(self) -> list[Relation]:
        """Inside an aggregate: the rows; a symbol's columns are NULL in the rows of others, all in an empty match."""
        plain = f"CASE WHEN {self.alias}.symbol IS NOT NULL THEN {{}} END"
        return self._relations(plain.format, lambda sql, name: f"CASE WHEN {self.symbol_test(name)} THEN {sql} END")

    def outer(self) -> list[Relation]:
        """Outside aggregates: the value in the last row (so far, with ALL ROWS PER MATCH)."""
        seq = f"{self.alias}.seq"
        over = f" OVER {self.over}" if self.running else ""

        def plain(sql: str) -> str:
            return sql if self.running else f"arg_max_null({sql}, {seq})"

        def qualified(sql: str, name: str) -> str:
            return f"arg_max_null({sql}, {seq}) FILTER (WHERE {self.symbol_test(name)}){over}"

        return self._relations(plain, qualified)


def _in_match(value: Typed, alias: str) -> Typed:
    """A measure, which is NULL in rows of no match."""
    return Typed(f"CASE WHEN {alias}.match_no IS NOT NULL THEN {value.sql} END", value.type.with_nullable(True))


def _excludes(pattern: n.PatternNode) -> bool:
    return pattern.kind == "exclude" or any(_excludes(item) for item in pattern.items)


def _symbols(pattern: n.PatternNode) -> list[str]:
    found: list[str] = []

    def walk(node: n.PatternNode) -> None:
        if node.kind == "symbol" and node.name not in found:
            found.append(node.name)
        for item in node.items:
            walk(item)

    walk(pattern)
    return found


def _pattern_json(node: n.PatternNode, symbols: list[str]) -> dict[str, Any]:
    return {
        "kind": node.kind,
        "name": node.name,
        "bit": symbols.index(node.name) if node.kind == "symbol" else -1,
        "items": [_pattern_json(item, symbols) for item in node.items],
        "low": node.low,
        "high": node.high,
        "greedy": node.greedy,
    }


def _after_json(source: n.MatchRecognize, symbols: list[str]) -> dict[str, Any]:
    where, symbol = source.after
    if symbol is not None and symbol not in symbols and symbol not in source.subsets:
        raise errors.INVALID_IDENTIFIER(symbol)
    empty = source.all_rows != "OMIT EMPTY"
    return {"where": where, "symbols": source.subsets.get(symbol or "", [symbol]), "empty": empty}
