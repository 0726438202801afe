"""MATCH_RECOGNIZE. Vendor page: "MATCH_RECOGNIZE"."""

from __future__ import annotations

from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.lexer import WORD
from dw_simulator.emulators.snowflake.translation.parser.expressions import ExpressionParser


class PatternParser(ExpressionParser):
    def select_item(self) -> n.SelectItem:
        raise NotImplementedError

    def match_recognize(self, source: n.Source) -> n.MatchRecognize:
        """At MATCH_RECOGNIZE; the alias that may follow is not taken."""
        self.next()
        self.expect_op("(")
        result = n.MatchRecognize(source, [], [], [], None, ("PAST LAST ROW", None), n.PatternNode("empty"), {}, {})
        if self.accept("PARTITION", "BY"):
            result.partition = self.comma_list(self.expression)
        if self.accept("ORDER", "BY"):
            result.order = self.comma_list(self.order_item)
        if self.accept("MEASURES"):
            result.measures = self.comma_list(self.select_item)
        self._rows_per_match(result)
        self._after_match(result)
        self.expect("PATTERN")
        self.expect_op("(")
        result.pattern = self._alternatives()
        self.expect_op(")")
        if self.accept("SUBSET"):
            result.subsets = dict(self.comma_list(self._subset))
        if self.accept("DEFINE"):
            result.defines = dict(self.comma_list(self._define))
        self.expect_op(")")
        return result

    def _word_primary(self) -> n.Expr:
        semantics = ""
        if self.is_word("FINAL", "RUNNING") and self.ahead().kind == WORD and self.ahead(2).value == "(":
            semantics = self.next().value
        expr = super()._word_primary()
        if isinstance(expr, n.Call):
            expr.semantics = semantics
        return expr

    def _subset(self) -> tuple[str, list[str]]:
        name = self.identifier()
        self.expect_op("=")
        return name, self.parenthesized(self.identifier)

    def _define(self) -> tuple[str, n.Expr]:
        name = self.identifier()
        self.expect("AS")
        return name, self.expression()

    def _rows_per_match(self, result: n.MatchRecognize) -> None:
        if self.accept("ONE", "ROW", "PER", "MATCH"):
            return
        if self.accept("ALL", "ROWS", "PER", "MATCH"):
            result.all_rows = "SHOW EMPTY"
            if self.accept("OMIT", "EMPTY", "MATCHES"):
                result.all_rows = "OMIT EMPTY"
            elif self.accept("WITH", "UNMATCHED", "ROWS"):
                result.all_rows = "UNMATCHED"
            else:
                self.accept("SHOW", "EMPTY", "MATCHES")

    def _after_match(self, result: n.MatchRecognize) -> None:
        if not self.accept("AFTER", "MATCH", "SKIP"):
            return
        if self.accept("PAST", "LAST", "ROW"):
            return
        self.expect("TO")
        if self.accept("NEXT", "ROW"):
            result.after = ("NEXT ROW", None)
            return
        where = self.accept_any("FIRST", "LAST") or "LAST"
        result.after = (where, self.identifier())

    def _alternatives(self) -> n.PatternNode:
        items = [self._sequence()]
        while self.accept_op("|"):
            items.append(self._sequence())
        return items[0] if len(items) == 1 else n.PatternNode("alt", items=items)

    def _sequence(self) -> n.PatternNode:
        items: list[n.PatternNode] = []
        while not self.is_op(")", "|", "}", ",", "-"):
            items.append(self._quantified())
        return items[0] if len(items) == 1 else n.PatternNode("seq", items=items)

    def _quantified(self) -> n.PatternNode:
        node = self._atom()
        bounds = self._quantifier()
        if bounds is None:
            return node
        if (node.low, node.high) != (1, 1):
            node = n.PatternNode("seq", items=[node])
        node.low, node.high = bounds
        node.greedy = not self.accept_op("?")
        return node

    def _quantifier(self) -> tuple[int, int | None] | None:
        for op, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self.accept_op(op):
                return bounds
        if not self.is_op("{") or self.ahead().value == "-":
            return None
        self.next()
        low = 0 if self.is_op(",") else self.integer()
        high: int | None = low
        if self.accept_op(","):
            high = None if self.is_op("}") else self.integer()
        self.expect_op("}")
        return low, high

    def _atom(self) -> n.PatternNode:
        if self.accept_op("^"):
            return n.PatternNode("start")
        if self.is_op("$"):
            self.next()
            return n.PatternNode("end")
        if self.accept_op("("):
            if self.accept_op(")"):
                return n.PatternNode("empty")
            node = self._alternatives()
            self.expect_op(")")
            return n.PatternNode("seq", items=[node])
        if self.accept_op("{"):
            self.expect_op("-")
            node = self._alternatives()
            self.expect_op("-")
            self.expect_op("}")
            return n.PatternNode("exclude", items=[node])
        if self.is_word("PERMUTE"):
            self.next()
            return n.PatternNode("permute", items=self.parenthesized(self._alternatives))
        return n.PatternNode("symbol", name=self.identifier())
